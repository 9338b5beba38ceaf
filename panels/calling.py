"""Requests to be called: somebody leaves a number and a good time, staff call and write down what came of it.

The number is sealed with a key derived from the key of the addresses, which lies outside the database: a copy of the
database gives no number away. The vault would keep it from the API as well, but then the people who call could not see
it either, since they ask the API; a scope of its own (`staff:calls`) decides who may.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from samenspraak.types.base import Lang
from samenspraak.types.calls import Call, CallCounts, CallDecision, CallMoment, CallState
from samenspraak.types.problem import Fault

from panels.errors import CallDecided, CallInvalid, CallUnknown
from panels.joining import derived, phones
from panels.joining.phones import PhoneInvalid
from panels.models import Invitation
from panels.store import Connection
from panels.store import calling as store
from panels.store.calling import StoredCall

WORKING_DAYS = 3
"""Within which we promise to call."""
MOST_ATTEMPTS = 3
"""Calls without answer; then we leave the person alone."""
MOMENTS: tuple[CallMoment, ...] = ("morning", "afternoon", "evening")

_NONCE = 12


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A checked form."""

    phone: str
    """E.164."""
    moment: CallMoment


def check(form: Mapping[str, str]) -> Wanted:
    """The form `phone`, `moment`, `consent`.

    Raises:
        CallInvalid: every fault by field, with a code that names the words for the reader.
    """
    faults = []
    phone: str | None = None
    try:
        phone = phones.e164(form.get("phone", ""))
    except PhoneInvalid:
        given = "odd" if form.get("phone", "").strip() else "missing"
        detail = "Give a telephone number with ten digits, or with a country code such as +32."
        faults.append(Fault(pointer="phone", code=given, detail=detail))
    moment = next((one for one in MOMENTS if one == form.get("moment")), None)
    if moment is None:
        faults.append(Fault(pointer="moment", code="missing", detail="Choose morning, afternoon or evening."))
    if not form.get("consent"):
        faults.append(Fault(pointer="consent", code="missing", detail="Without consent nobody is called."))
    if phone is None or moment is None or faults:
        raise CallInvalid(faults=tuple(faults))
    return Wanted(phone=phone, moment=moment)


async def ask(
    conn: Connection,
    *,
    invitation: Invitation,
    wanted: Wanted,
    language: Lang,
    key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
) -> None:
    """Keep a request; it replaces an earlier one of the same person."""
    id = new_id()
    await store.put(
        conn,
        call=StoredCall(
            audit_id=invitation.audit_id,
            id=id,
            invitation_id=invitation.id,
            phone=_seal(key, id, wanted.phone, entropy),
            moment=wanted.moment,
            language=language,
            asked_at=now,
            due_on=working_day(now.date(), WORKING_DAYS),
            state="open",
            attempts=0,
            decided_at=None,
        ),
    )


async def waiting(conn: Connection, *, invitation: Invitation) -> StoredCall | None:
    """The request of this person that somebody still has to call about."""
    found = await store.of(conn, audit_id=invitation.audit_id, invitation_id=invitation.id)
    return found if found is not None and found.state == "open" else None


async def take_back(conn: Connection, *, invitation: Invitation) -> None:
    """The person would rather not be called; nothing of the request is kept."""
    await store.take_back(conn, audit_id=invitation.audit_id, invitation_id=invitation.id)


async def page(conn: Connection, *, state: CallState, after: tuple[date, UUID] | None, limit: int) -> list[StoredCall]:
    """Requests of all audits that stand so, what is due first in front, after this date and id."""
    return await store.page(conn, state=state, after=after, limit=limit)


async def counts(conn: Connection, *, today: date) -> CallCounts:
    return await store.counts(conn, today=today)


async def decide(conn: Connection, *, id: UUID, decision: CallDecision, by: UUID, now: datetime) -> StoredCall:
    """Write down what came of a call. A call without answer is tried again on the next working day, three in all.

    Raises:
        CallUnknown: no such request, or it was taken back or deleted.
        CallDecided: settled otherwise before.
    """
    call = await store.lock(conn, id=id)
    if call is None:
        raise CallUnknown
    if call.state == decision.state:
        return call
    if call.state != "open":
        raise CallDecided(details={"state": call.state})
    attempts = call.attempts + (decision.state == "not_reached")
    again = decision.state == "not_reached" and attempts < MOST_ATTEMPTS
    settled = msgspec.structs.replace(
        call,
        attempts=attempts,
        state="open" if again else decision.state,
        due_on=working_day(now.date(), 1) if again else call.due_on,
        decided_at=None if again else now,
        phone=None if decision.state == "withdrawn" else call.phone,
    )
    await store.settle(conn, call=settled, by=by)
    return settled


async def forget(conn: Connection, *, audit_id: UUID) -> None:
    """Delete every request of an audit that is reported."""
    await store.forget(conn, audit_id=audit_id)


def shown(call: StoredCall, *, key: bytes, today: date) -> Call:
    """A request as the people who call see it."""
    return Call(
        id=str(call.id),
        audit_id=str(call.audit_id),
        invitation_id=str(call.invitation_id),
        phone="" if call.phone is None else _open(key, call.id, call.phone),
        moment=call.moment,
        language=call.language,
        asked_on=call.asked_at.date(),
        due_on=call.due_on,
        overdue=call.state == "open" and call.due_on < today,
        state=call.state,
        attempts=call.attempts,
        decided_on=None if call.decided_at is None else call.decided_at.date(),
    )


def working_day(start: date, days: int) -> date:
    """The date `days` working days (Monday to Friday) after `start`; holidays count as working days."""
    found = start
    while days > 0:
        found += timedelta(days=1)
        days -= found.weekday() < 5
    return found


def _seal(key: bytes, id: UUID, phone: str, entropy: Callable[[int], bytes]) -> bytes:
    """ChaCha20-Poly1305 (RFC 8439) under a key of this purpose, bound to the request; 12 bytes of nonce in front."""
    nonce = entropy(_NONCE)
    return nonce + ChaCha20Poly1305(derived.key(key, "call")).encrypt(nonce, phone.encode(), id.bytes)


def _open(key: bytes, id: UUID, sealed: bytes) -> str:
    """The number; empty when it was sealed with a key that is not here any more, so that one odd row hides no list."""
    try:
        return ChaCha20Poly1305(derived.key(key, "call")).decrypt(sealed[:_NONCE], sealed[_NONCE:], id.bytes).decode()
    except InvalidTag:
        return ""
