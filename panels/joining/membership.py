"""What members do with their membership: look, pause, leave, take their data along, be forgotten."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from panels import links
from panels.errors import LinkUnknown, MemberUnknown, StepNotAllowed
from panels.models import Contact, Erased, Member, MemberExport, MemberStatus
from panels.store import Connection, calling, flags, letters, members, merges, profiles, reach, recruiting, volunteers
from panels.store import contacts as vault
from panels.store import fieldwork as invitations


async def by_token(conn: Connection, token: str) -> Member:
    """The member behind a member link, also one who left and is not erased yet. Raises LinkUnknown."""
    found = await members.find_by_link(conn, link_hash=links.token_hash(token)) if links.well_formed(token) else None
    if found is None:
        raise LinkUnknown
    return found


async def get(conn: Connection, member_id: UUID) -> Member:
    """Raises MemberUnknown."""
    found = await members.find(conn, member_id=member_id)
    if found is None:
        raise MemberUnknown(details={"member_id": str(member_id)})
    return found


async def pause(conn: Connection, *, member_id: UUID, now: datetime) -> Member:
    """No invitations or reminders until resumed. Raises MemberUnknown, StepNotAllowed (the membership ended)."""
    return await _change(conn, member_id, "paused", ["active"], ended_at=None)


async def resume(conn: Connection, *, member_id: UUID, now: datetime) -> Member:
    """Be invited again. Raises MemberUnknown, StepNotAllowed (the membership ended)."""
    return await _change(conn, member_id, "active", ["paused"], ended_at=None)


async def withdraw(conn: Connection, *, member_id: UUID, now: datetime) -> Member:
    """End the membership: consents end, the origin is forgotten, waiting invitations are withdrawn; given answers stay.

    Raises:
        MemberUnknown: no such member.
        StepNotAllowed: a sign-up that was never confirmed, or a duplicate.
    """
    member = await _change(conn, member_id, "withdrawn", ["active", "paused"], ended_at=now)
    await members.end_consents(conn, member_id=member_id, now=now)
    await profiles.forget_origin(conn, member_ids=[member_id])
    for id in await _of_person(conn, member_id):
        await invitations.withdraw_waiting(conn, member_id=id, now=now)
    return member


async def request_erasure(conn: Connection, *, member_id: UUID, now: datetime) -> Member:
    """End the membership and mark it for erasure; the job `member.erase` must follow. Raises as `withdraw`."""
    member = await withdraw(conn, member_id=member_id, now=now)
    await members.mark_erasure(conn, member_id=member_id, now=now)
    return member


async def export_profile(conn: Connection, member_id: UUID) -> MemberExport:
    """Everything the panel schema holds about a member, with what came from memberships merged into this one. Raises
    MemberUnknown."""
    member = await get(conn, member_id)
    ids = await _of_person(conn, member_id)
    consents = [record for id in ids for record in await members.consents(conn, member_id=id)]
    parts = [part for id in ids for part in await invitations.of_member(conn, member_id=id)]
    return MemberExport(
        member=member,
        consents=tuple(consents),
        invitations=tuple(parts),
        origin=(await profiles.origins(conn, member_ids=[member_id])).get(member_id),
        profile_changes=await profiles.changes(conn, member_ids=ids),
        flags=await flags.of_members(conn, member_ids=ids),
        merged=ids[1:],
        assemblies=tuple([part for id in ids for part in await volunteers.of_member(conn, member_id=id)]),
    )


async def linked(conn: Connection, member_id: UUID) -> tuple[tuple[UUID, UUID], ...]:
    """(audit_id, respondent_id) of the answers that are still known to be this member's: those of audits not reported.

    An erasure job erases these answers first and calls `erase` last: then a crash in between loses no answer.
    """
    ids = await _of_person(conn, member_id)
    parts = [part for id in ids for part in await invitations.of_member(conn, member_id=id)]
    return tuple((part.audit_id, part.respondent_id) for part in parts)


async def erase(vault_conn: Connection, *, member_id: UUID, now: datetime) -> Erased:
    """Remove contact data, profile and consents and cut every link (vault role), also of memberships merged into this
    one. May run twice.

    A tombstone stays (see `retention.RULES`): SHA-256 of the member id, to erase again after a restore, and the keyed
    hash of the address, so that an old list cannot bring the person back. Answers are not touched; see `linked`.
    """
    ids = await _of_person(vault_conn, member_id)
    done = [await _erase_one(vault_conn, id, now) for id in ids]
    await reach.forget(vault_conn, member_ids=ids)
    await profiles.forget_origin(vault_conn, member_ids=ids)
    await profiles.forget_changes(vault_conn, member_ids=ids)
    await flags.delete(vault_conn, member_ids=ids)
    await merges.delete(vault_conn, member_ids=ids)
    await recruiting.release(vault_conn, member_ids=ids)
    respondents = tuple(respondent for one in done for respondent in one.respondents)
    return Erased(
        member_id=member_id,
        contact=any(one.contact for one in done),
        profile=any(one.profile for one in done),
        consents=sum(one.consents for one in done),
        invitations=len(respondents),
        respondents=respondents,
    )


async def _erase_one(vault_conn: Connection, member_id: UUID, now: datetime) -> Erased:
    await letters.forget_member(vault_conn, member_id=member_id)
    await calling.forget_member(vault_conn, member_id=member_id)
    respondents = await invitations.erase_of_member(vault_conn, member_id=member_id, now=now)
    await invitations.delete_participation(vault_conn, member_id=member_id)
    await volunteers.erase_of_member(vault_conn, member_id=member_id, now=now)
    email_key = await vault.delete(vault_conn, member_id=member_id)
    consents = await members.delete_consents(vault_conn, member_id=member_id)
    profile = await members.delete(vault_conn, member_id=member_id)
    member_hash = hashlib.sha256(member_id.bytes).digest()
    await vault.insert_erasure(vault_conn, member_hash=member_hash, email_key=email_key, now=now)
    return Erased(
        member_id=member_id,
        contact=email_key is not None,
        profile=profile,
        consents=consents,
        invitations=len(respondents),
        respondents=respondents,
    )


async def _of_person(conn: Connection, member_id: UUID) -> tuple[UUID, ...]:
    """The member's own id, and those of memberships that were merged into this one."""
    return (member_id, *await merges.merged(conn, member_id=member_id))


async def contact(vault_conn: Connection, member_id: UUID) -> Contact:
    """Address of one member (vault role). Raises MemberUnknown."""
    found = await vault.contacts(vault_conn, member_ids=[member_id])
    if member_id not in found:
        raise MemberUnknown(details={"member_id": str(member_id)})
    return found[member_id]


async def contacts(vault_conn: Connection, member_ids: Sequence[UUID]) -> dict[UUID, Contact]:
    """Addresses of many members (vault role); members without one are absent."""
    return await vault.contacts(vault_conn, member_ids=member_ids)


async def _change(
    conn: Connection,
    member_id: UUID,
    status: MemberStatus,
    sources: Sequence[MemberStatus],
    *,
    ended_at: datetime | None,
) -> Member:
    """Change the status; a member who has it already is left as is."""
    await members.change_status(conn, member_id=member_id, status=status, sources=sources, ended_at=ended_at)
    member = await get(conn, member_id)
    if member.status != status:
        raise StepNotAllowed(
            "This membership cannot be changed that way.", details={"present": member.status, "wanted": status}
        )
    return member
