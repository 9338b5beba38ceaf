"""One figure with everything needed to judge it."""

from typing import Literal

from samenspraak.types.base import Answer, Localised, SampleKind

Flag = Literal["ok", "exploratory", "too_few", "suppressed", "fixed_by_margin", "no_answers"]
"""By unweighted base: `suppressed` under 10 (and protected by secondary suppression), `too_few` 10-29,
`exploratory` 30-99, `ok` from 100. `fixed_by_margin`: the figure is set by the weighting, its interval has no width."""


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
    base: str = ""
    """Who is in the base: `all`, `knows`, `age3=18-34`, ..."""
    flag: Flag = "ok"
    sample_kind: SampleKind = "simulated"
    unweighted: float | None = None
    sensitivity: Interval | None = None
    """The interval widened by what may still be wrong with who took part (opt-in and simulated samples)."""


class Share(Answer, frozen=True, kw_only=True):
    code: str
    label: Localised
    estimate: Estimate
