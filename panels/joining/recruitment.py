"""Joining the panel: sign-up, confirmation of the address, admission.

What the API can see and write is the same for a known and an unknown address. Which of the two it was, only the vault
finds out, and only the owner of the mailbox hears it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from samenspraak.types.base import SampleKind

from panels import links
from panels.errors import LinkUnknown, MemberUnknown, SignUpInvalid
from panels.joining import (
    addresses,
    ages,
    background,
    batches,
    flagging,
    household,
    postcodes,
    signup,
)
from panels.joining.batches import Judged
from panels.joining.messages import Faults
from panels.joining.notice import NOTICE_VERSION
from panels.joining.signs import Seen
from panels.models import ConfirmationDue, Member, MemberAdmitted, Profile, SignUp
from panels.store import Connection, contacts, members, profiles

CONFIRMATION_DAYS = 7
"""How long a confirmation link works, and how long an unconfirmed sign-up is kept."""


async def sign_up(
    conn: Connection,
    *,
    form: Mapping[str, str],
    simulated: bool,
    address_key: bytes,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
    code: Judged | None = None,
    seen: Seen | None = None,
) -> ConfirmationDue:
    """Write one pending member (api role). The same rows are written whether the address is known or not.

    Args:
        form: fields as `signup.check` names them.
        simulated: the member is not a person; marks the sample kind for good.
        code: the invitation code in the form, as `batches.judge` found it; None without one.
        seen: what the page noticed about the form (`signs`); None where there was no page.

    Raises:
        SignUpInvalid: with every fault, also for people who are too young and without consent; nothing is written then.
    """
    fault = code.fault if code else None
    checked = signup.check(
        form,
        today=now.date(),
        minimum_age=await ages.minimum_age(conn),
        places=await postcodes.around(conn, background.pc4_of(form)),
        code_fault=fault,
    )
    member_id = new_id()
    if code is not None and not await batches.claim(conn, judged=code, member_id=member_id):
        faults = Faults(checked.language)
        faults.add("code", "used")
        raise SignUpInvalid(faults=tuple(faults.found))
    new = _pending(checked, member_id, code, simulated=simulated, address_key=address_key, link_key=link_key, now=now)
    await members.insert(conn, members=[new])
    if checked.origin:
        await profiles.give_origins(conn, given=[(member_id, checked.origin, now)], versions=[NOTICE_VERSION])
    await _drop_address(conn, checked, member_id, address_key=address_key, now=now)
    if seen is not None:
        seen = msgspec.structs.replace(seen, domain=checked.email.rpartition("@")[2])
        by_code = code is not None
        await flagging.flag_sign_up(conn, member_id=member_id, seen=seen, by_code=by_code, now=now, new_id=new_id)
    return ConfirmationDue(member_id=member_id)


async def _drop_address(
    conn: Connection, checked: SignUp, member_id: UUID, *, address_key: bytes, now: datetime
) -> None:
    """Drop the address into the vault, from where this role cannot take it back."""
    contact = contacts.NewContact(
        member_id=member_id,
        email=checked.email,
        email_key=addresses.address_key(address_key, checked.canonical),
        language=checked.language,
    )
    await contacts.insert_pending(conn, contact=contact, now=now)


def _pending(
    checked: SignUp,
    member_id: UUID,
    code: Judged | None,
    *,
    simulated: bool,
    address_key: bytes,
    link_key: bytes,
    now: datetime,
) -> members.NewMember:
    """A sign-up as it is kept until it is confirmed. The way in decides the sample kind: only a code can make it other
    than that of a volunteer."""
    batch = code.batch if code else None
    kind: SampleKind = "simulated" if simulated else batch.kind if batch else "opt_in_panel"
    return members.NewMember(
        id=member_id,
        status="pending",
        admitted=False,
        kind=kind,
        profile=Profile(
            sex=checked.sex,
            birth_year=checked.birth_year,
            province=checked.province,
            education=checked.education,
            municipality=checked.municipality,
            urbanity=checked.urbanity,
        ),
        language=checked.language,
        consent_version=NOTICE_VERSION,
        consent_at=now,
        joined_at=now,
        confirm_hash=links.token_hash(links.token(link_key, "confirm", member_id)),
        link_hash=links.token_hash(links.token(link_key, "member", member_id)),
        household_key=household.household_key(address_key, checked.household) if checked.household else None,
        recruitment_probability=batch.probability if batch else None,
        recruitment_wave=batch.name if batch else None,
        recruitment_batch=batch.id if batch else None,
        assembly_at=now if checked.assembly else None,
    )


async def confirmation(conn: Connection, *, token: str, now: datetime) -> Member:
    """Whose confirmation link this is; changes nothing, so a page may show it.

    Raises:
        LinkUnknown: malformed, unknown, older than `CONFIRMATION_DAYS`, or of a membership that ended.
    """
    if not links.well_formed(token):
        raise LinkUnknown
    found = await members.find_by_confirmation(
        conn, confirm_hash=links.token_hash(token), joined_after=now - timedelta(days=CONFIRMATION_DAYS)
    )
    if found is None:
        raise LinkUnknown
    return found


async def confirm(conn: Connection, *, token: str, now: datetime) -> MemberAdmitted:
    """Confirm the address behind a link (api role). A second click gives the same answer.

    Raises:
        LinkUnknown: as in `confirmation`.
    """
    member = await confirmation(conn, token=token, now=now)
    if member.status == "pending":
        await batches.use(conn, member_id=member.id, now=now)
    await members.change_status(conn, member_id=member.id, status="active", sources=["pending"], ended_at=None)
    return MemberAdmitted(member_id=member.id)


async def settle_pending(vault_conn: Connection, *, member_id: UUID) -> Literal["confirm", "already_member"]:
    """Which mail a sign-up must get (vault role). May run twice.

    With `already_member` the new sign-up ends here: it becomes a duplicate, and its confirmation link never leaves.

    Raises:
        MemberUnknown: there is no contact for this member (any more).
    """
    contact = await contacts.lock(vault_conn, member_id=member_id)
    if contact is None:
        raise MemberUnknown(details={"member_id": str(member_id)})
    if contact.state == "active" or not await contacts.held_by_another(
        vault_conn, email_key=contact.email_key, member_id=member_id
    ):
        return "confirm"
    await members.change_status(vault_conn, member_id=member_id, status="duplicate", sources=["pending"], ended_at=None)
    return "already_member"


async def admit(vault_conn: Connection, *, member_id: UUID) -> Literal["admitted", "duplicate"]:
    """Claim the address for a confirmed member (vault role). May run twice.

    Of two sign-ups with one address that are both confirmed, one is admitted and the other becomes a duplicate. Until
    its admission a member cannot be drawn.

    Raises:
        MemberUnknown: there is no contact for this member (any more).
    """
    contact = await contacts.lock(vault_conn, member_id=member_id)
    if contact is None:
        raise MemberUnknown(details={"member_id": str(member_id)})
    if contact.state != "active" and not await contacts.claim(
        vault_conn, member_id=member_id, email_key=contact.email_key
    ):
        await members.change_status(
            vault_conn, member_id=member_id, status="duplicate", sources=["pending", "active", "paused"], ended_at=None
        )
        return "duplicate"
    await members.admit(vault_conn, member_id=member_id)
    return "admitted"
