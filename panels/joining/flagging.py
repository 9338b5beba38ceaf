"""Flags: signs kept with their evidence, listed for staff, decided by staff. Nobody is removed by a program."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from samenspraak.types.joining import Flag, FlagCounts

from panels.errors import FlagUnknown, StepNotAllowed
from panels.joining import membership, signs
from panels.joining.signs import Seen
from panels.store import Connection
from panels.store import flags as store
from panels.store.flags import NewFlag, StoredFlag

Decision = Literal["keep", "pause", "end"]


async def flag_sign_up(
    conn: Connection, *, member_id: UUID, seen: Seen, by_code: bool, now: datetime, new_id: Callable[[], UUID]
) -> None:
    """Keep the signs of one sign-up (api role), with how much it looks like others.

    Args:
        by_code: came with an invitation code, which a program does not have: then a crowd is a sign of good letters.
    """
    for found in await store.likeness(conn, member_ids=[member_id]):
        seen = msgspec.structs.replace(seen, household=found.household, twins=found.twins)
    if not by_code:
        since = now - timedelta(hours=signs.COHORT_HOURS)
        seen = msgspec.structs.replace(seen, cohort=await store.crowd(conn, member_id=member_id, since=since))
    read = signs.read(seen)
    if read:
        new = [NewFlag(id=new_id(), member_id=member_id, kind=sign, evidence=read[sign]) for sign in read]
        await store.add(conn, flags=new, now=now)


async def flag_imported(
    vault_conn: Connection, *, member_ids: Sequence[UUID], now: datetime, new_id: Callable[[], UUID]
) -> int:
    """Keep the signs among members who came in with a file; returns how many of them have one."""
    new = []
    alike = await store.likeness(vault_conn, member_ids=member_ids) if member_ids else []
    for found in alike:
        read = signs.read(Seen(household=found.household, twins=found.twins))
        new += [NewFlag(id=new_id(), member_id=found.member_id, kind=sign, evidence=read[sign]) for sign in read]
    if new:
        await store.add(vault_conn, flags=new, now=now)
    return len({flag.member_id for flag in new})


async def listed(conn: Connection, *, decided: bool, after: UUID | None, limit: int) -> list[StoredFlag]:
    """Flags of people who are or were members, newest first."""
    return await store.listed(conn, decided=decided, after=after, limit=limit)


async def counts(conn: Connection) -> FlagCounts:
    """How many flags wait and how many were decided."""
    waiting: dict[str, int] = dict.fromkeys(signs.SIGNS, 0)
    decided: dict[str, int] = {"keep": 0, "pause": 0, "end": 0}
    for row in await store.counts(conn):
        if row.decision is None:
            waiting[row.kind] = waiting.get(row.kind, 0) + row.flags
        else:
            decided[row.decision] += row.flags
    return FlagCounts(members=await store.flagged_members(conn), open=waiting, decided=decided)


async def decide(
    conn: Connection, *, flag_id: UUID, decision: Decision, reason: str, staff: str, now: datetime
) -> StoredFlag:
    """Record what staff decide about a flag, and do it; a later decision replaces an earlier one.

    `keep` leaves the member as is, `pause` stops invitations until the member resumes on the own page, `end` ends the
    membership as if the member had left.

    Raises:
        FlagUnknown: no such flag.
        StepNotAllowed: the membership cannot be paused or ended any more.
    """
    found = await store.lock(conn, flag_id=flag_id)
    if found is None:
        raise FlagUnknown(details={"id": str(flag_id)})
    if found.flag.decision == "end" and decision != "end":
        raise StepNotAllowed("This membership was ended; a decision cannot bring it back.")
    if decision == "pause":
        await membership.pause(conn, member_id=found.member_id, now=now)
    elif decision == "end":
        await membership.withdraw(conn, member_id=found.member_id, now=now)
    await store.decide(conn, flag_id=flag_id, decision=decision, reason=reason, staff=staff, now=now)
    done = await store.lock(conn, flag_id=flag_id)
    return done or found


def shown(stored: StoredFlag) -> Flag:
    """A flag as staff see it."""
    return Flag(
        id=str(stored.id),
        member_id=str(stored.member_id),
        member_status=stored.member_status,
        kind=stored.flag.kind,
        evidence=stored.flag.evidence,  # type: ignore[arg-type]
        raised_at=stored.flag.raised_at,
        decision=stored.flag.decision,
        reason=stored.flag.reason,
        decided_at=stored.flag.decided_at,
    )
