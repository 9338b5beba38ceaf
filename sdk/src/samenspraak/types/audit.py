"""One audit: what a developer asks for, what is frozen at approval, and where it stands."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from samenspraak.types.application import Readability
from samenspraak.types.ballot import BallotDefinition
from samenspraak.types.base import Answer, Request, SampleKind
from samenspraak.types.external import Intake
from samenspraak.types.inference import FamilyPlan
from samenspraak.types.questionnaire import AnyQuestion, Finding, Form, Quota

AuditState = Literal[
    "draft",
    "submitted",
    "in_review",
    "approved",
    "fielding",
    "closed",
    "analysing",
    "reported",
    "published",
    "refused",
    "withdrawn",
]


class AuditRequest(Request, frozen=True, kw_only=True):
    """What a developer asks for. Everything that touches the outcome is settled by staff in the plan."""

    application_id: str
    """Id of the stored application version."""
    form: Form = "standard"
    target_completes: Annotated[int, Meta(ge=100, le=20_000)] = 1000
    secret_ballot: bool = True
    wants_to_learn: Annotated[str, Meta(max_length=1000)] = ""
    """What the owner wants to learn or decide; staff and citizens' council read it."""
    own_questions: Annotated[tuple[AnyQuestion, ...], Meta(max_length=10)] = ()
    """Questions of the owner, asked after the opinions of the battery. Keys begin with `OWN_`; kinds: single, multi,
    likert, scale, slider, matrix, ranking, numeric, statement and open. Closed ones have a section of the report."""
    quotas: Annotated[tuple[Quota, ...], Meta(max_length=50)] = ()
    """No more completed responses than this of some group, by what the panel knows of people (`profile.age3`) or by
    their answers. `end` thanks who comes on top; `report` only counts. Fixed once the audit is made."""


class ClosingRule(Request, frozen=True, kw_only=True):
    """Closes at so many completes or at a date, whichever comes first. Grace holds for the date only."""

    completes: Annotated[int, Meta(ge=1)] | None = None
    at: datetime | None = None
    grace_seconds: Annotated[int, Meta(ge=0, le=3600)] = 60


class Schedule(Request, frozen=True, kw_only=True):
    """When reminders leave, in plan days after the invitation. A plan day lasts `day_seconds`."""

    day_seconds: Annotated[float, Meta(gt=0, le=86_400)] = 86_400.0
    """86,400 for real people. Only an audit of simulated people may have shorter days."""
    reminder_days: tuple[Annotated[float, Meta(gt=0, le=60)], ...] = (3.0, 7.0)


class DrawPlan(Request, frozen=True, kw_only=True):
    strata: tuple[str, ...] = ("sex_age",)
    """Dimensions whose crossing makes the strata; allocation is proportional to the population margin."""
    expected_participation: Annotated[float, Meta(gt=0, le=1)] = 0.5
    """Completes over invitations that staff expect; sizes the draw together with `assurance`."""
    assurance: Annotated[float, Meta(ge=0.5, lt=1)] = 0.9
    """Probability that the draw yields the target if expected participation holds (binomial quantile)."""
    seed_commitment: str = ""
    """SHA-256 of the seed, published before the draw; the seed itself follows in the report."""


class WavePlan(Request, frozen=True, kw_only=True):
    """How invitations go out, wave by wave, and what is done with a group that is full.

    The cells that are watched are the strata of the draw: the crossing of `DrawPlan.strata`, and those who fit none.
    """

    method: Literal["stratified", "balanced"] = "stratified"
    """`balanced` also holds the totals of the `balance` dimensions, by the cube method; chances stay the same."""
    balance: Annotated[tuple[str, ...], Meta(max_length=6)] = ()
    most_invitations: Annotated[int, Meta(ge=1, le=31)] = 2
    """Invitations of one member in any 30 days, this one included; who has had as many is not drawn."""
    rest_days: Annotated[int, Meta(ge=0, le=365)] = 7
    """Days after an invitation to anything in which a member is not drawn again."""
    most_waves: Annotated[int, Meta(ge=1, le=10)] = 3
    """Draws at most, the first one included."""
    wave_days: Annotated[float, Meta(gt=0, le=60)] = 7.0
    """Plan days from one wave to the next, at least."""
    adaptive: Literal["staff", "plan"] = "staff"
    """Who decides on a next wave: `staff` accept a proposal; with `plan` it goes by itself as soon as it is due."""
    full_cells: Literal["watch", "finish", "refuse"] = "watch"
    """What happens once a cell has its completes. `watch`: nothing, it is only shown. `finish`: no mail goes to it any
    more and nobody begins, but whoever has begun may finish. `refuse`: not even they, so that it never exceeds."""


class WeightingPlan(Request, frozen=True, kw_only=True):
    dimensions: tuple[str, ...] = ("sex_age", "province", "education")
    trim_low: Annotated[float, Meta(gt=0, le=1)] = 0.2
    trim_high: Annotated[float, Meta(ge=1)] = 5.0
    """Final weights are kept within [trim_low, trim_high] x mean, by trimming inside the raking loop."""
    response: Literal["groups", "propensity"] | UnsetType = UNSET
    """Whether the base weight also divides by the estimated chance to respond: by groups of the draw, or by classes of
    a propensity model on `dimensions`; by neither where it is left out."""
    se_convention: Literal["start_weights", "unweighted_sweep"] = "start_weights"
    interval_method: Literal["korn_graubard", "wilson", "logit"] = "korn_graubard"
    level: Annotated[float, Meta(gt=0.5, lt=1)] = 0.95


class AnalysisPlan(Request, frozen=True, kw_only=True):
    """What will be tested and modelled, settled before anybody answers."""

    families: Annotated[tuple[FamilyPlan, ...], Meta(max_length=10)] = (
        FamilyPlan(name="vote_and_value", kind="confirmatory", figures=("VT_MAIN", "PV_SOC")),
        FamilyPlan(
            name="other_key_figures",
            kind="exploratory",
            figures=("PV_SELF", "PV_BAL", "TR_APP", "LU_INT", "LU_SUBJ", "AC_ALL"),
        ),
    )
    drivers: bool = True
    """Whether to report which concerns go with voting against."""
    second_opinions: bool = True
    """Whether thin groups of the vote get a model's estimate beside the direct figure."""


class PlanRequest(Request, frozen=True, kw_only=True):
    """What staff settle at approval."""

    margins_id: str
    """Whose population the audit is about: the area and age base of these margins."""
    sample_kind: SampleKind = "opt_in_panel"
    intake: Intake = "panel"
    closing: ClosingRule
    schedule: Schedule = Schedule()
    draw: DrawPlan = DrawPlan()
    waves: WavePlan = WavePlan()
    weighting: WeightingPlan = WeightingPlan()
    subgroups: tuple[str, ...] = ("sex", "age3", "education3", "landsdeel", "digital_skill", "experience")
    analysis: AnalysisPlan = AnalysisPlan()
    accept_draft_items: Annotated[str, Meta(max_length=500)] = ""
    """Named staff decision to field items that are not validated; printed on the first page of the report."""
    accept_recalled_margins: Annotated[str, Meta(max_length=500)] = ""
    """Named staff decision to use figures that were not read from their source; printed on the first page."""
    accept_outdated_margins: Annotated[str, Meta(max_length=500)] = ""
    """Named staff decision to use figures about a day more than five years ago; printed on the first page."""


class Plan(Request, frozen=True, kw_only=True):
    """What is frozen at approval. `plan_hash` is SHA-256 over its canonical JSON."""

    audit_id: str
    application_id: str
    application_version: int
    questionnaire_hash: str
    margins_id: str
    margins_hash: str
    sample_kind: SampleKind
    target_completes: int
    closing: ClosingRule
    schedule: Schedule
    draw: DrawPlan
    waves: WavePlan | UnsetType = UNSET
    """Absent in plans that were frozen before there were waves: those are drawn once, without limits, and keep their
    hash."""
    weighting: WeightingPlan
    subgroups: tuple[str, ...]
    analysis: AnalysisPlan = AnalysisPlan()
    detectable_difference: float | None = None
    """Of an application with variants: the smallest difference of shares between two of them that the target finds with
    80 percent power. Stated before anybody answers."""
    ballot: BallotDefinition | None
    accept_draft_items: str = ""
    accept_recalled_margins: str = ""
    accept_outdated_margins: str | UnsetType = UNSET
    """Left out of plans frozen before figures could be outdated, so that their hash holds."""
    intake: Intake | UnsetType = UNSET
    """Left out where people are drawn from the panel."""
    frozen_at: datetime


class Gate(Answer, frozen=True, kw_only=True):
    """What review looks at before approval; `passes` when nothing stands in the way."""

    passes: bool
    readability: Readability
    balanced_arguments: bool
    comprehension_keys: bool
    lint: tuple[Finding, ...]
    reasons: tuple[str, ...] = ()


class Audit(Answer, frozen=True, kw_only=True):
    """One audit as its owner and staff see it. Nothing here depends on answers before `reported`."""

    id: str
    organisation_id: str
    application_id: str
    application_name: str
    form: Form
    state: AuditState
    sample_kind: SampleKind | None = None
    target_completes: int
    completes: int | None = None
    """Counted since fielding began; the only number the plan lets the developer see before the report."""
    secret_ballot: bool
    plan: Plan | None = None
    plan_hash: str | None = None
    reason: str | None = None
    """Public reason of a refusal, a withdrawal or a request for changes."""
    created_at: datetime
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    reported_at: datetime | None = None
    publish_by: datetime | None = None
    published_at: datetime | None = None
    wants_to_learn: str = ""
    own_questions: tuple[AnyQuestion, ...] = ()
    quotas: tuple[Quota, ...] = ()


class TrailEvent(Answer, frozen=True, kw_only=True):
    """One entry of the hash-chained audit trail."""

    number: int
    at: datetime
    actor: str
    """Role and key id, never a name: `staff:key_...`, `system`."""
    event: str
    audit_id: str | None = None
    detail: dict[str, str | int | float | bool | None] = {}
    previous_hash: str
    hash: str


class Measure(Request, frozen=True, kw_only=True):
    """One thing the owner does, partly does or does not do with a finding."""

    finding: Annotated[str, Meta(min_length=3, max_length=300)]
    decision: Literal["adopt", "partly", "no"]
    why: Annotated[str, Meta(min_length=3, max_length=1000)]
    by: Annotated[str, Meta(max_length=40)] = ""
    """When it will be done: a date or a quarter, in words."""


class OwnerResponseRequest(Request, frozen=True, kw_only=True):
    summary: Annotated[str, Meta(min_length=10, max_length=2000)]
    measures: Annotated[list[Measure], Meta(min_length=1, max_length=30)]
    contact: Annotated[str, Meta(max_length=200)] = ""


class OwnerResponse(Answer, frozen=True, kw_only=True):
    audit_id: str
    response: OwnerResponseRequest
    received_at: datetime


class Organisation(Answer, frozen=True, kw_only=True):
    id: str
    name: str
    created_at: datetime


class IssuedKey(Answer, frozen=True, kw_only=True):
    """An API key, shown this once."""

    id: str
    key: str
    role: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


class JobState(Answer, frozen=True, kw_only=True):
    id: str
    kind: str
    state: str
    attempts: int
    run_after: datetime
    last_error: str | None = None


class Reason(Request, frozen=True, kw_only=True):
    reason: Annotated[str, Meta(min_length=3, max_length=1000)]
