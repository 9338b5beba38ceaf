"""The frozen result of an audit."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.ballot import BallotOption, BallotResult
from samenspraak.types.base import Answer, Localised, SampleKind
from samenspraak.types.estimate import Estimate, Flag, Interval, Share
from samenspraak.types.external import SourceReport
from samenspraak.types.inference import ArmDifference, Drivers, Family, Lead, SecondOpinion, Variants
from samenspraak.types.open_answers import OpenAnswers
from samenspraak.types.representation import Representation


class Reliability(Answer, frozen=True, kw_only=True):
    """How well the items of an index measure one thing."""

    alpha: float | None
    """Cronbach's alpha, weighted; None where it cannot be computed."""
    omega: float | None
    """McDonald's omega of one factor."""
    items: int
    n: int
    """People who answered all items."""


class Figure(Answer, frozen=True, kw_only=True):
    """One question with its distribution."""

    key: str
    question: Localised
    kind: Literal["shares", "mean", "top_two", "multi", "ranking"]
    section: str
    shares: tuple[Share, ...] = ()
    """The distribution: parts of one whole, or for `multi` and `ranking` each with its own share."""
    headline: Estimate | None = None
    """What the sentence is about: mean, top-two share, index."""
    dont_know: Estimate | None = None
    sentence: Localised
    """Wording by sample kind and base."""
    without_flagged: Estimate | None = None
    """The headline among answers without quality flags."""
    understood: Estimate | None = None
    """The headline among people with enough comprehension answers right."""
    arms: dict[str, Estimate] = {}
    """The headline by split arm, to see an order effect."""
    net: Estimate | None = None
    """Share of the positive answers minus that of the negative ones, where the scale has two sides."""
    reliability: Reliability | None = None
    """Of an index over several items."""
    lead: Lead | None = None
    """Of the vote item: for, with or without conditions, against against."""
    note: Localised | None = None


class SubgroupRow(Answer, frozen=True, kw_only=True):
    code: str
    label: Localised
    estimate: Estimate
    second_opinion: SecondOpinion | None = None


class SubgroupTable(Answer, frozen=True, kw_only=True):
    figure: str
    title: Localised
    dimension: str
    dimension_label: Localised
    rows: tuple[SubgroupRow, ...]
    differs: bool | None = None
    """Whether any difference in this table stands after correction for the number of comparisons; None: not tested."""
    p_adjusted: float | None = None


class MarginCheck(Answer, frozen=True, kw_only=True):
    """One level of a weighting dimension: population, sample before and after weighting."""

    dimension: str
    code: str
    label: Localised
    population: float
    unweighted: float | None
    weighted: float | None
    n: int | None


class WeightFactor(Answer, frozen=True, kw_only=True):
    """One step between the population and the answer, and the range of its chance among those who answered."""

    step: str
    """`recruited`, `invited`, `responded` or `selected`."""
    method: str
    """`draw` where the chance is known; else how it was estimated."""
    lowest: float
    highest: float


class WeightingRecord(Answer, frozen=True, kw_only=True):
    """The certificate of the weighting: enough to do it again."""

    method: str
    dimensions: tuple[str, ...]
    merged: tuple[str, ...] = ()
    """Levels merged because too few answered, in words."""
    converged: bool
    iterations: int
    worst_margin_error: float
    g_min: float
    g_max: float
    negatives: int = 0
    n: int
    n_eff: float
    deff: float
    trimmed_share: float = 0.0
    se_convention: str = "start_weights"
    infeasible: str = ""
    margins_id: str
    margins_hash: str
    margins_source: str
    reference_dates: tuple[str, ...] = ()
    base: tuple[WeightFactor, ...] = ()
    """What the base weight is the inverse of: the product of these chances."""


class Fieldwork(Answer, frozen=True, kw_only=True):
    invited: int
    dispositions: dict[str, int]
    participation_rate: float | None
    """Completes over invitations, for opt-in and simulated samples; never called a response rate."""
    response_rate: float | None = None
    """AAPOR RR2, only for probability samples."""
    opened_at: datetime
    closed_at: datetime
    seed: str = ""
    seed_commitment: str = ""
    sources: tuple[SourceReport, ...] = ()
    """Who sent people who are no members of the panel, and what became of them."""


class Quality(Answer, frozen=True, kw_only=True):
    """Flags with evidence, nothing removed."""

    completes: int
    flags: dict[str, int]
    """speeding, straight_lining, attention, duplicate, item_nonresponse -> people. Two of the first three make a
    flagged case."""
    flagged: int | None
    median_minutes: float | None = None
    rule: Localised


class Ranked(Answer, frozen=True, kw_only=True):
    code: str
    label: Localised
    share: Estimate
    """Share `veel` or `heel veel` among valid answers of those who saw it."""
    top_three: Estimate | None = None
    rank_low: int | None = None
    rank_high: int | None = None


class Disclosure(Answer, frozen=True, kw_only=True):
    """What every survey report owes its readers: the eleven items of the AAPOR Code (III.A, April 2021)."""

    strategy: Localised
    sponsor: Localised
    instruments: Localised
    population: Localised
    sampling: Localised
    mode: Localised
    dates: Localised
    precision: Localised
    weighting: Localised
    processing: Localised
    limitations: Localised


class Method(Answer, frozen=True, kw_only=True):
    """Further items of the annex, such as the input for an impact assessment and how to repeat the audit."""

    item: str
    text: Localised


class Release(Answer, frozen=True, kw_only=True):
    """What was held back so that nobody's answers can be worked out, over everything that is released together."""

    cells: int
    """Figures and counts in the report and its tables."""
    hidden: int
    too_few: int
    """Of those with a base of 10 to 29: the base is shown, no percentage."""
    note: Localised


class BallotSection(Answer, frozen=True, kw_only=True):
    """The secret ballot beside the vote item; every figure says which of the two it comes from."""

    proposition: Localised
    options: tuple[BallotOption, ...]
    result: BallotResult
    sentence: Localised


class CorrectedText(Answer, frozen=True, kw_only=True):
    path: str
    """Where in the questionnaire, parts named by key or code: `/pages/vote/questions/VT_MAIN/text/nl`."""
    before: str
    after: str


class Correction(Answer, frozen=True, kw_only=True):
    """Texts of the questionnaire that were corrected while people answered, all at once."""

    version: int
    """Of the questionnaire, from then on for whoever began."""
    corrected_at: datetime
    reason: str
    answered_before: int
    """Completed responses to the versions before."""
    answered_after: int
    """The same to this version and those that followed."""
    texts: tuple[CorrectedText, ...]


class Report(Answer, frozen=True, kw_only=True):
    schema_version: Annotated[str, Meta(max_length=20)] = "report/1"
    audit_id: str
    plan_hash: str
    questionnaire_hash: str
    application: str
    application_name: Localised
    application_version: int
    owner: Localised
    area: str = "NL"
    """Whom the figures are about by place: `NL`, a province or a municipality."""
    sample_kind: SampleKind
    simulated: bool
    generated_at: datetime
    n: int
    headline: tuple[Localised, ...]
    """Answer first: what was tested, three findings, the vote, what remains uncertain."""
    banner: Localised | None = None
    """On every page when the answers are simulated."""
    decisions: tuple[str, ...] = ()
    """Named staff decisions that belong on the first page."""
    risk: Localised
    """Which risk remains, by sample kind."""
    fieldwork: Fieldwork
    representation: Representation | None = None
    weighting: WeightingRecord
    margin_checks: tuple[MarginCheck, ...]
    comprehension: tuple[Figure, ...]
    value: tuple[Figure, ...]
    concerns: tuple[Ranked, ...]
    concern_figures: tuple[Figure, ...] = ()
    use: tuple[Figure, ...]
    other: tuple[Figure, ...] = ()
    vote_item: Figure | None = None
    ballot: BallotSection | None = None
    conditions: tuple[Figure, ...] = ()
    own: tuple[Figure, ...] = ()
    """Questions that the owner of the application asked beside the battery."""
    open_answers: dict[str, int] = {}
    """Question key -> people who wrote something."""
    texts: OpenAnswers | None = None
    """What people wrote: coded concerns, themes, and sentences that a person approved for quoting."""
    subgroups: tuple[SubgroupTable, ...] = ()
    families: tuple[Family, ...] = ()
    """The tests that the plan declared, with raw and corrected p-values."""
    drivers: Drivers | None = None
    order_effects: tuple[ArmDifference, ...] = ()
    variants: Variants | None = None
    quality: Quality
    release: Release | None = None
    disclosure: Disclosure
    method: tuple[Method, ...]
    corrections: tuple[Correction, ...] = ()
    """Texts of the questionnaire that changed under way; `questionnaire_hash` is that of the first version."""


__all__ = [
    "BallotSection",
    "CorrectedText",
    "Correction",
    "Estimate",
    "Fieldwork",
    "Figure",
    "Flag",
    "Interval",
    "MarginCheck",
    "Method",
    "Quality",
    "Ranked",
    "Report",
    "Share",
    "SubgroupRow",
    "SubgroupTable",
    "WeightingRecord",
]
