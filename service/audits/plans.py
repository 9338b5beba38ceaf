"""The plan: judged as a whole before approval, then frozen and hashed. Pure rules, no database.

A plan settles everything that touches the outcome before anybody answers. Its hash is printed in the report, so that a
reader can see that nothing was chosen after the fact.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET
from samenspraak.canonical import content_hash
from samenspraak.types.application import Comprehension, StoredApplication
from samenspraak.types.audit import Gate, Plan, PlanRequest, WavePlan
from samenspraak.types.ballot import BallotDefinition
from samenspraak.types.margins import MarginSet
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import Finding, Questionnaire

from analytics.comparisons import power
from panels.coding import LEVELS
from panels.errors import PlanUnfit
from panels.external.terms import KINDS
from panels.inviting.allocation import allocate, stratum_shares
from panels.margins import areas
from service.audits.models import Case
from surveys.instruments import instruments
from surveys.readability import measure

DAY = 86_400
LONGEST_FIELDWORK = timedelta(days=366)
LEAST_PARTICIPATION = 0.01
"""Expecting fewer than one in a hundred would size the draw beyond any panel."""
POWER, PLANNED_DEFF, COMPARED_FIGURES = 0.8, 1.3, 3
"""Under which the smallest detectable difference between variants is stated: value, use and vote are compared."""
SUBGROUPS = (frozenset(LEVELS) - {"urbanity"}) | {"digital_skill", "experience"}
"""What a report can be split by: the coded profile, and two answers of the battery."""


def inspect(application: StoredApplication, findings: Iterable[Finding]) -> Gate:
    """What stands between an application and approval."""
    asked = application.application
    found = tuple(findings)
    pairs = [asked.arguments, *(variant.arguments for variant in asked.variants if variant.arguments is not None)]
    balanced = all(len(arguments.in_favour) == len(arguments.against) for arguments in pairs)
    keyed = all(_keyed(one) for one in (asked.comprehension, *(variant.comprehension for variant in asked.variants)))
    reasons = []
    if not application.readability.passes:
        level = application.readability.flesch_douma
        reasons.append(f"The Dutch description is too hard to read: Flesch-Douma {level:.0f}, at least 60 is needed.")
        reasons.extend(application.readability.remarks)
    for variant in asked.variants:
        own = measure(variant.description)
        if not own.passes:
            reasons.append(
                f"The Dutch description of variant {variant.key} is too hard to read: Flesch-Douma "
                f"{own.flesch_douma:.0f}, at least 60 is needed."
            )
            reasons.extend(own.remarks)
    if not balanced:
        reasons.append("The arguments are not balanced: give as many for as against.")
    if not keyed:
        reasons.append("A comprehension question has no right answer among its options.")
    reasons.extend(f"{finding.path}: {finding.message}" for finding in found if finding.severity == "error")
    return Gate(
        passes=not reasons,
        readability=application.readability,
        balanced_arguments=balanced,
        comprehension_keys=keyed,
        lint=found,
        reasons=tuple(reasons),
    )


def _keyed(comprehension: Comprehension) -> bool:
    keys = (comprehension.goal, comprehension.human, comprehension.data, comprehension.topic)
    return all(key.correct in {option.code for option in key.options} for key in keys if key is not None)


def check(
    request: PlanRequest,
    *,
    target_completes: int,
    margins: MarginSet | None,
    drafts: int,
    now: datetime,
    secret_ballot: bool = False,
) -> tuple[Fault, ...]:
    """Every fault of a plan at once, with pointers into the request.

    Args:
        secret_ballot: whether the audit holds one.
        margins: the set that `request.margins_id` names; None when there is none.
        drafts: questions of the questionnaire that are still drafts.
    """
    return (
        *_margins(request, margins),
        *_closing(request, target_completes, now),
        *_schedule(request),
        *_draw(request),
        *_intake(request, margins, secret_ballot),
        *_waves(request, target_completes, margins),
        *_subgroups(request),
        *_families(request),
        *_decisions(request, margins, drafts),
    )


def drafts(questionnaire: Questionnaire) -> int:
    """Questions with the status `draft`."""
    return sum(question.status == "draft" for page in questionnaire.pages for question in page.questions)


def commitment(seed: str) -> str:
    """SHA-256 of the seed's 32 hexadecimal digits: published before the draw, so that no seed is chosen after it."""
    return hashlib.sha256(seed.encode("ascii")).hexdigest()


def freeze(
    request: PlanRequest,
    *,
    case: Case,
    application: StoredApplication,
    questionnaire: Questionnaire,
    margins: MarginSet,
    ballot: BallotDefinition | None,
    seed: str,
    now: datetime,
) -> tuple[Plan, str]:
    """The plan of one audit and its hash."""
    plan = Plan(
        audit_id=str(case.id),
        application_id=application.id,
        application_version=application.version,
        questionnaire_hash=content_hash(questionnaire),
        margins_id=margins.id,
        margins_hash=margins.content_hash,
        sample_kind=request.sample_kind,
        target_completes=case.target_completes,
        closing=request.closing,
        schedule=request.schedule,
        draw=msgspec.structs.replace(request.draw, seed_commitment=commitment(seed)),
        waves=request.waves,
        weighting=request.weighting,
        subgroups=request.subgroups,
        analysis=request.analysis,
        detectable_difference=detectable(case.target_completes, len(questionnaire.variants)),
        ballot=ballot,
        accept_draft_items=request.accept_draft_items,
        accept_recalled_margins=request.accept_recalled_margins,
        accept_outdated_margins=request.accept_outdated_margins,
        intake=UNSET if request.intake == "panel" else request.intake,
        frozen_at=now,
    )
    # Hashed as it will be read back, so that numbers such as 3 and 3.0 cannot make the printed hash fail.
    stored = msgspec.json.decode(msgspec.json.encode(plan), type=Plan)
    return stored, content_hash(stored)


def detectable(target: int, variants: int) -> float | None:
    """Smallest difference of shares around one half between two of the variants that `target` answers find.

    All pairs are compared in value, use and vote and corrected together; the design effect is that of light raking.
    None without variants, or where the parts are too small to find anything.
    """
    if variants < 2:
        return None
    pairs = variants * (variants - 1) // 2
    each = target // variants
    found = power.detectable_share(each, each, power=POWER, deff=PLANNED_DEFF, comparisons=pairs * COMPARED_FIGURES)
    return None if found is None else round(found, 4)


Faults = Iterator[Fault]


def _margins(request: PlanRequest, margins: MarginSet | None) -> Faults:
    if not request.weighting.dimensions:
        yield Fault(pointer="/weighting/dimensions", code="too_short", detail="Weight by at least one dimension.")
    if not request.draw.strata:
        yield Fault(pointer="/draw/strata", code="too_short", detail="Draw by at least one dimension.")
    for pointer, names in (
        ("/weighting/dimensions", request.weighting.dimensions),
        ("/draw/strata", request.draw.strata),
    ):
        yield from _twice(pointer, names)
    if margins is None:
        yield Fault(
            pointer="/margins_id",
            code="unknown",
            detail="There are no margins with this id; import them with POST /v1/staff/margins.",
        )
        return
    known = {dimension.key for dimension in margins.dimensions}
    for place, name in enumerate(request.weighting.dimensions):
        if name not in known:
            yield _dimension(f"/weighting/dimensions/{place}", name, known)
        elif name not in LEVELS:
            yield _dimension(f"/weighting/dimensions/{place}", name, known & LEVELS.keys())
    for place, name in enumerate(request.draw.strata):
        if name not in known or name not in LEVELS:
            yield _dimension(f"/draw/strata/{place}", name, known & LEVELS.keys())


def _dimension(pointer: str, name: str, known: Iterable[str]) -> Fault:
    choices = ", ".join(sorted(known))
    return Fault(
        pointer=pointer, code="unknown_dimension", detail=f"`{name[:80]}` is not among the dimensions: {choices}."
    )


def _closing(request: PlanRequest, target_completes: int, now: datetime) -> Faults:
    rule = request.closing
    if rule.completes is None and rule.at is None:
        yield Fault(pointer="/closing", code="missing", detail="Say when the audit closes: `completes`, `at`, or both.")
    if rule.at is not None and rule.at <= now:
        yield Fault(pointer="/closing/at", code="in_the_past", detail="The closing date must lie in the future.")
    if rule.at is not None and rule.at > now + LONGEST_FIELDWORK:
        yield Fault(
            pointer="/closing/at",
            code="out_of_range",
            detail=f"The closing date must lie within {LONGEST_FIELDWORK.days} days from now.",
        )
    if rule.completes is not None and rule.completes > target_completes and rule.at is None:
        yield Fault(
            pointer="/closing/completes",
            code="out_of_range",
            detail=f"The draw is sized for {target_completes} completes; close at no more than that, or add a date.",
        )


def _schedule(request: PlanRequest) -> Faults:
    schedule = request.schedule
    if schedule.day_seconds != DAY and request.sample_kind != "simulated":
        yield Fault(
            pointer="/schedule/day_seconds",
            code="simulated_only",
            detail="Only an audit of simulated people may have shorter days; real days last 86400 seconds.",
        )
    days = schedule.reminder_days
    for place in range(1, len(days)):
        if days[place] <= days[place - 1]:
            yield Fault(
                pointer=f"/schedule/reminder_days/{place}",
                code="out_of_order",
                detail="Every reminder leaves later than the one before.",
            )
    if len(days) > 5:
        yield Fault(pointer="/schedule/reminder_days", code="too_long", detail="At most five reminders.")


def _draw(request: PlanRequest) -> Faults:
    if request.draw.seed_commitment:
        yield Fault(
            pointer="/draw/seed_commitment",
            code="not_yours",
            detail="The service draws the seed and publishes its commitment; leave this out.",
        )
    if request.draw.expected_participation < LEAST_PARTICIPATION:
        yield Fault(
            pointer="/draw/expected_participation",
            code="out_of_range",
            detail=f"Expect at least {LEAST_PARTICIPATION}: below that no panel is large enough.",
        )


def _waves(request: PlanRequest, target_completes: int, margins: MarginSet | None) -> Faults:
    waves = request.waves
    if waves.method == "balanced" and not waves.balance:
        detail = "A balanced draw needs dimensions to balance on; name at least one, or draw `stratified`."
        yield Fault(pointer="/waves/balance", code="too_short", detail=detail)
    if waves.method == "stratified" and waves.balance:
        detail = "Only a `balanced` draw uses these dimensions; leave them out, or draw `balanced`."
        yield Fault(pointer="/waves/balance", code="not_used", detail=detail)
    yield from _twice("/waves/balance", waves.balance)
    for place, name in enumerate(waves.balance):
        if name not in LEVELS:
            yield _dimension(f"/waves/balance/{place}", name, LEVELS)
    if waves.full_cells != "watch":
        yield from _full_cells(request, target_completes, margins)


def _full_cells(request: PlanRequest, target_completes: int, margins: MarginSet | None) -> Faults:
    at = "/waves/full_cells"
    if request.sample_kind == "probability":
        detail = "In a probability sample everybody who was drawn may answer; only `watch` its cells."
        yield Fault(pointer=at, code="not_for_probability", detail=detail)
    try:
        shares = stratum_shares(margins, request.draw.strata) if margins is not None else {}
    except PlanUnfit:
        return  # The faults of the strata stand at their own place.
    thin = [key for key, need in allocate(target_completes, shares).items() if not need]
    if thin:
        shown = ", ".join(thin[:3])
        detail = f"{len(thin)} cells ({shown}) need less than one complete of {target_completes}; cross fewer."
        yield Fault(pointer=at, code="cells_too_thin", detail=detail)


def _intake(request: PlanRequest, margins: MarginSet | None, secret_ballot: bool) -> Faults:
    known = KINDS[request.intake]
    if request.sample_kind not in known:
        yield Fault(
            pointer="/intake",
            code="unfit",
            detail=f"People who come by `{request.intake}` are never a sample of the kind `{request.sample_kind}`; "
            f"use {', '.join(sorted(known))}.",
        )
    if request.intake == "link_in" and margins is not None and areas.level(margins.area) == "municipality":
        yield Fault(
            pointer="/margins_id",
            code="unfit",
            detail="At a link people are asked for their province only, so nobody could be told to live in this "
            "municipality; use margins of the country or of a province.",
        )
    if request.intake == "link_in" and secret_ballot:
        yield Fault(
            pointer="/intake",
            code="no_ballot",
            detail="Through a link one person can come in twice, so a secret ballot is not possible; ask for an audit "
            "without one.",
        )
    if request.intake != "panel" and request.waves != WavePlan() and request.waves.most_waves > 1:
        yield Fault(
            pointer="/waves/most_waves",
            code="not_used",
            detail="Only the panel is asked in waves; leave this out.",
        )


def _subgroups(request: PlanRequest) -> Faults:
    yield from _twice("/subgroups", request.subgroups)
    for place, name in enumerate(request.subgroups):
        if name not in SUBGROUPS:
            yield _dimension(f"/subgroups/{place}", name, SUBGROUPS)


def _families(request: PlanRequest) -> Faults:
    """Families name questions of the battery and groups of the report, and no test belongs to two of them."""
    known = {item.id for item in instruments().items}
    seen: dict[tuple[str, str], str] = {}
    for number, family in enumerate(request.analysis.families):
        at = f"/analysis/families/{number}"
        if [one.name for one in request.analysis.families].index(family.name) != number:
            yield Fault(pointer=f"{at}/name", code="duplicate", detail=f"Family `{family.name}` is declared twice.")
        for place, figure in enumerate(family.figures):
            if figure not in known:
                detail = f"`{figure[:80]}` is no question of the battery."
                yield Fault(pointer=f"{at}/figures/{place}", code="unknown_question", detail=detail)
        for place, name in enumerate(family.dimensions):
            if name not in SUBGROUPS:
                yield _dimension(f"{at}/dimensions/{place}", name, SUBGROUPS)
        for figure in dict.fromkeys(family.figures):
            for name in dict.fromkeys(family.dimensions or request.subgroups):
                first = seen.setdefault((figure, name), family.name)
                if first != family.name:
                    detail = f"{figure} by {name} is tested in `{first}` already; a test belongs to one family."
                    yield Fault(pointer=f"{at}/figures", code="tested_twice", detail=detail)


def _decisions(request: PlanRequest, margins: MarginSet | None, drafts: int) -> Faults:
    if request.sample_kind == "simulated":
        return
    if drafts and not request.accept_draft_items.strip():
        yield Fault(
            pointer="/accept_draft_items",
            code="decision_needed",
            detail=f"{drafts} questions are still drafts; name who decides to field them, and why.",
        )
    if margins is not None and margins.recalled and not request.accept_recalled_margins.strip():
        yield Fault(
            pointer="/accept_recalled_margins",
            code="decision_needed",
            detail="Some margins were not read from their source; name who decides to use them, and why.",
        )
    if margins is not None and margins.outdated and not request.accept_outdated_margins.strip():
        yield Fault(
            pointer="/accept_outdated_margins",
            code="decision_needed",
            detail="Some margins are about a day more than five years ago; name who decides to use them, and why, or "
            "import newer figures.",
        )


def _twice(pointer: str, names: tuple[str, ...]) -> Faults:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Fault(pointer=f"{pointer}/{place}", code="duplicate", detail=f"`{name[:80]}` is named twice.")
