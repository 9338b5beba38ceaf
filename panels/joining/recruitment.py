"""Joining the panel: sign-up, confirmation of the address, admission.

What the API can see and write is the same for a known and an unknown address. Which of the two it was, only the vault
finds out, and only the owner of the mailbox hears it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from samenspraak.types.base import SampleKind

from panels import links
from panels.errors import LinkUnknown, MemberUnknown
from panels.joining import addresses, signup
from panels.joining.notice import NOTICE_VERSION
from panels.models import ConfirmationDue, Member, MemberAdmitted, Profile
from panels.store import Connection, contacts, members

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
) -> ConfirmationDue:
    """Write one pending member (api role). The same rows are written whether the address is known or not.

    Args:
        form: fields as `signup.check` names them.
        simulated: the member is not a person; marks the sample kind for good.

    Raises:
        SignUpInvalid: with every fault, also for people under 18 and without consent; nothing is written then.
    """
    checked = signup.check(form, today=now.date())
    member_id = new_id()
    kind: SampleKind = "simulated" if simulated else "opt_in_panel"
    await members.insert(
        conn,
        members=[
            members.NewMember(
                id=member_id,
                status="pending",
                admitted=False,
                kind=kind,
                profile=Profile(
                    sex=checked.sex,
                    birth_year=checked.birth_year,
                    province=checked.province,
                    education=checked.education,
                ),
                language=checked.language,
                consent_version=NOTICE_VERSION,
                consent_at=now,
                joined_at=now,
                confirm_hash=links.token_hash(links.token(link_key, "confirm", member_id)),
                link_hash=links.token_hash(links.token(link_key, "member", member_id)),
            )
        ],
    )
    contact = contacts.NewContact(
        member_id=member_id,
        email=checked.email,
        email_key=addresses.address_key(address_key, checked.canonical),
        language=checked.language,
    )
    await contacts.insert_pending(conn, contact=contact, now=now)
    return ConfirmationDue(member_id=member_id)


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
