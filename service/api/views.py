"""Stored things as the API shows them, and to whom."""

import msgspec
from samenspraak.types.audit import Audit
from samenspraak.types.panel import FieldworkState

from panels import fieldwork as panel_fieldwork
from service.audits import handover
from service.audits.errors import TransitionRefused
from service.audits.models import Case, seen
from service.store import Connection
from surveys import ballots, responses

RELEASED = ("reported", "published")
"""From here on figures that depend on answers may be seen."""


def audit(case: Case, completes: int | None = None) -> Audit:
    """An audit without asking the database for its completes: before fieldwork there are none."""
    return seen(case, completes=completes)


async def counted(conn: Connection, case: Case) -> Audit:
    """An audit with its number of completes since fieldwork began."""
    if case.opened_at is None:
        return seen(case, completes=None)
    return seen(case, completes=await responses.count_completed(conn, case.id))


async def fieldwork(conn: Connection, case: Case) -> FieldworkState:
    """One audit in the field, in counts.

    Raises:
        TransitionRefused: fieldwork was never opened.
    """
    if case.opened_at is None or case.plan is None:
        raise TransitionRefused("Fieldwork has not been opened yet.", details={"state": case.state})
    counts = await panel_fieldwork.state(conn, case.id)
    result = await ballots.result(conn, case.id) if case.plan.ballot is not None else None
    return FieldworkState(
        audit_id=str(case.id),
        sample_kind=case.plan.sample_kind,
        invited=counts.invited,
        dispositions=counts.dispositions,
        completes=await responses.count_completed(conn, case.id),
        target_completes=case.target_completes,
        ballots_cast=result.cast if result is not None else None,
        closes_at=handover.closes_at(case.plan),
        reminders_sent=counts.reminders_sent,
    )


def allowed(state: FieldworkState, case: Case) -> FieldworkState:
    """What the owner may see: until the report only how many were invited and how many completed."""
    if case.state in RELEASED:
        return state
    return msgspec.structs.replace(
        state, dispositions={"completed": state.completes}, ballots_cast=None, reminders_sent=0
    )
