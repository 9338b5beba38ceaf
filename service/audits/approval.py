"""From review to an approved audit: the gate, and the plan that freezes everything that touches the outcome."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from samenspraak.types.application import StoredApplication
from samenspraak.types.audit import Gate, PlanRequest
from samenspraak.types.margins import MarginSet
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import Questionnaire

from panels.errors import MarginsUnknown
from panels.joining import notice
from panels.margins import sets as margin_sets
from service.audits import cases, plans
from service.audits.errors import GateClosed, PlanInvalid
from service.audits.models import Actor, Case
from service.audits.transitions import target
from service.store import Connection
from surveys import applications, ballots, battery, responses
from surveys.lint import lint


async def gate(conn: Connection, *, audit_id: UUID) -> Gate:
    """What review looks at: readability, balance, comprehension keys, and the lint of the questionnaire."""
    case = await cases.find(conn, audit_id=audit_id)
    application, questionnaire = await _material(conn, case)
    return plans.inspect(application, lint(questionnaire))


async def questionnaire(conn: Connection, case: Case) -> Questionnaire:
    """The questionnaire of an audit: frozen from approval on, before that as it would be."""
    if case.plan is not None:
        return await responses.questionnaire(conn, case.id)
    return (await _material(conn, case))[1]


async def approve(
    conn: Connection,
    *,
    audit_id: UUID,
    request: PlanRequest,
    actor: Actor,
    now: datetime,
    entropy: Callable[[int], bytes],
) -> Case:
    """in_review -> approved: the questionnaire is stored, the plan frozen and hashed, the seed drawn and committed to.

    Raises:
        TransitionRefused: not in review.
        GateClosed: the application does not pass the gate.
        PlanInvalid: with every fault of the plan.
    """
    case = await cases.lock(conn, audit_id=audit_id)
    target(case.state, "approve", actor)
    application, questions = await _material(conn, case)
    _pass_gate(plans.inspect(application, lint(questions)))
    margins = await _margins(conn, request.margins_id)
    faults = plans.check(
        request,
        target_completes=case.target_completes,
        margins=margins,
        drafts=plans.drafts(questions),
        now=now,
        secret_ballot=case.secret_ballot,
    )
    if faults or margins is None:
        raise PlanInvalid(faults=faults)
    seed = entropy(16).hex()
    plan, plan_hash = plans.freeze(
        request,
        case=case,
        application=application,
        questionnaire=questions,
        margins=margins,
        ballot=ballots.define(application.application) if case.secret_ballot else None,
        seed=seed,
        now=now,
    )
    await responses.add_questionnaire(conn, audit_id, questions)
    return await cases.move(
        conn,
        case,
        "approve",
        actor=actor,
        now=now,
        plan=plan,
        plan_hash=plan_hash,
        seed=seed,
        sample_kind=request.sample_kind,
        detail={"plan_hash": plan_hash, "seed_commitment": plan.draw.seed_commitment},
    )


async def _material(conn: Connection, case: Case) -> tuple[StoredApplication, Questionnaire]:
    application = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
    return application, battery.build(
        application.application,
        form=case.form,
        notice_version=notice.NOTICE_VERSION,
        own=case.own_questions,
        quotas=case.quotas,
    )


async def _margins(conn: Connection, margins_id: str) -> MarginSet | None:
    try:
        return await margin_sets.get(conn, margins_id)
    except MarginsUnknown:
        return None


def _pass_gate(found: Gate) -> None:
    if not found.passes:
        faults = (Fault(pointer="", code="gate", detail=reason) for reason in found.reasons)
        raise GateClosed(faults=tuple(faults))
