"""Correct texts of a questionnaire that is in the field, and tell what was corrected."""

from datetime import datetime
from uuid import UUID

from samenspraak.types.versions import CorrectionRequest, QuestionnaireVersion

from service.audits import cases, trail
from service.audits.errors import TransitionRefused
from service.audits.models import Actor
from service.store import Connection
from surveys import corrections

STATES = ("approved", "fielding")
"""Before, the application itself is changed; after, nobody reads the questions any more."""


async def correct(
    conn: Connection, *, audit_id: UUID, request: CorrectionRequest, actor: Actor, now: datetime
) -> QuestionnaireVersion:
    """A new version beside the ones before, with its event in the trail. The plan and its hash stay as they are.

    Raises:
        AuditUnknown: no such audit.
        TransitionRefused: not approved yet, or closed.
        CorrectionInvalid, CorrectionStructural: with every fault.
    """
    case = await cases.lock(conn, audit_id=audit_id)
    if case.state not in STATES:
        message = f"The audit is `{case.state}`; texts can be corrected while it is {' or '.join(STATES)}."
        raise TransitionRefused(message, details={"state": case.state})
    made = await corrections.correct(conn, audit_id=audit_id, request=request, now=now)
    await trail.append(
        conn,
        actor=actor,
        event="questionnaire.correct",
        now=now,
        organisation_id=case.organisation_id,
        audit_id=audit_id,
        detail={
            "version": made.version,
            "content_hash": made.content_hash,
            "changes": len(made.changes),
            "reason": request.reason,
        },
    )
    return made


async def versions(conn: Connection, *, audit_id: UUID) -> tuple[QuestionnaireVersion, ...]:
    """Every version in order; none before the plan is approved. Raises AuditUnknown."""
    case = await cases.find(conn, audit_id=audit_id)
    return await corrections.listed(conn, audit_id=case.id)
