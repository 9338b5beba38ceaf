"""The frozen result of an audit."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.ballot import BallotOption, BallotResult
from samenspraak.types.base import Answer, Localised, SampleKind
from samenspraak.types.estimate import Estimate, Flag, Interval, Share


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
    note: Localised | None = None


class SubgroupRow(Answer, frozen=True, kw_only=True):
    code: str
    label: Localised
    estimate: Estimate


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


class Quality(Answer, frozen=True, kw_only=True):
    """Flags with evidence, nothing removed."""

    completes: int
    flags: dict[str, int]
    """speeding, straight_lining, attention, item_nonresponse -> people; two of three make a flagged case."""
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


class Method(Answer, frozen=True, kw_only=True):
    """Disclosure: what a reader needs to judge or repeat the audit (AAPOR Code III.A, 11 items)."""

    item: str
    text: Localised


class BallotSection(Answer, frozen=True, kw_only=True):
    """The secret ballot beside the vote item; every figure says which of the two it comes from."""

    proposition: Localised
    options: tuple[BallotOption, ...]
    result: BallotResult
    sentence: Localised


class Report(Answer, frozen=True, kw_only=True):
    schema_version: Annotated[str, Meta(max_length=20)] = "report/1"
    audit_id: str
    plan_hash: str
    questionnaire_hash: str
    application: str
    application_name: Localised
    application_version: int
    owner: Localised
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
    open_answers: dict[str, int] = {}
    """Question key -> people who wrote something; texts are not part of the report."""
    subgroups: tuple[SubgroupTable, ...] = ()
    quality: Quality
    method: tuple[Method, ...]


__all__ = [
    "BallotSection",
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
