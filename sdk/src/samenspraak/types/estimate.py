"""One figure with everything needed to judge it."""

from typing import Literal

from samenspraak.types.base import Answer, Localised, SampleKind

Flag = Literal["ok", "exploratory", "too_few", "suppressed", "fixed_by_margin", "no_answers"]
"""By unweighted base: `suppressed` under 10 (and protected by secondary suppression), `too_few` 10-29,
`exploratory` 30-99, `ok` from 100. `fixed_by_margin`: the figure is set by the weighting, its interval has no width."""

ReliabilityFlag = Literal["ok", "few_answers", "wide", "relatively_wide", "few_df", "zero_or_all", "complement"]
"""Statistical reliability by the NCHS standard for proportions (2017). Unreliable, although shown: `few_answers` (fewer
than 30, or than 30 effective), `wide` (interval of 30 points or more), `relatively_wide` (interval over 130 percent of
the share). To be looked at: `few_df` (fewer than 8 degrees of freedom), `zero_or_all` (nobody or everybody),
`complement` (the share is reliable, one minus the share is not)."""


WordingRule = Literal[
    "opt_in",
    "probability",
    "simulated",
    "divided",
    "too_few",
    "exploratory",
    "intention",
    "consultative_vote",
    "no_opinion_first",
    "group_difference",
]
"""How a figure may be put into words. `opt_in`: of the participants, with the condition under which a margin holds;
`probability`: an estimate about the population, with its interval; `simulated`: about no people at all; `divided`: the
interval touches half, so no majority is named; `too_few`: no percentage; `exploratory`: said so, never in a headline;
`intention`: what people say, not what they will do; `consultative_vote`: no referendum outcome; `no_opinion_first`:
many have no opinion, and that comes first; `group_difference`: named with its interval, after correction."""


class Interval(Answer, frozen=True, kw_only=True):
    lower: float
    upper: float
    level: float = 0.95
    method: str = "korn_graubard"


class Estimate(Answer, frozen=True, kw_only=True):
    """One figure. `value`, `se` and `interval` are None where `flag` forbids showing them."""

    value: float | None
    se: float | None = None
    interval: Interval | None = None
    n: int | None = None
    """Unweighted base: people whose answer counts. None where even the base must be protected."""
    n_eff: float | None = None
    deff: float | None = None
    df: float | None = None
    """Degrees of freedom of the design behind `se`."""
    base: str = ""
    """Who is in the base: `all`, `knows`, `age3=18-34`, ..."""
    flag: Flag = "ok"
    sample_kind: SampleKind = "simulated"
    unweighted: float | None = None
    sensitivity: Interval | None = None
    """The interval widened by what may still be wrong with who took part (opt-in and simulated samples)."""
    se_convention: str = ""
    """How the standard error looks through the calibration: `start_weights` or `unweighted_sweep`; empty without."""
    wording: tuple[WordingRule, ...] = ()
    """Rules that hold for a sentence with this figure in it."""
    reliability: ReliabilityFlag = "ok"
    """Whether the figure is precise enough to rely on; `ok` too where no figure is shown."""


class Share(Answer, frozen=True, kw_only=True):
    code: str
    label: Localised
    estimate: Estimate
