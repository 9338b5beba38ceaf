"""How a member wants to be reached: mail, a text message or a letter, and the number and address that takes.

Number and address go straight into the vault and nobody reads them on a page; all that a page knows is that they are
there. What was dropped in is taken over by the job `member.reach`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast, get_args
from uuid import UUID

import msgspec

from panels.errors import MemberUnknown, SignUpInvalid, StepNotAllowed
from panels.joining import phones, postal
from panels.joining.messages import Faults
from panels.joining.phones import PhoneInvalid
from panels.joining.postal import PostalInvalid
from panels.joining.profile import EDITABLE
from panels.models import Address, ChannelName
from panels.store import Connection, letters, profiles
from panels.store import contacts as vault
from panels.store import reach as store
from panels.store.reach import Standing, What

CHANNELS: tuple[ChannelName, ...] = get_args(ChannelName)
NEEDS: Mapping[ChannelName, What] = {"sms": "phone", "letter": "address"}
"""What a channel cannot do without."""
HOME = ("name", "street", "house_number", "home_postcode", "place")
"""Fields of a postal address; all but the name are needed as soon as one is filled in."""
FIELDS = ("channel", "phone", *HOME)
LONGEST = 60


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A checked form. None: left as it was."""

    channel: ChannelName
    phone: str | None
    address: Address | None


def check(form: Mapping[str, str], *, language: str, standing: Standing, texting: bool) -> Given:
    """Check the fields of `FIELDS`. Number and address may be left empty: then they stay as they are. Pure.

    Args:
        language: of the page, for what is wrong.
        texting: whether text messages can be sent.

    Raises:
        SignUpInvalid: with every fault.
    """
    faults = Faults(language)
    for field in FIELDS:
        if any(ord(char) < 32 for char in form.get(field, "")):
            faults.add(field, "nul")
    phone, address = _phone(form, faults), _address(form, faults)
    channel = form.get("channel", "")
    if channel not in CHANNELS or (channel == "sms" and not texting):
        faults.add("channel", "unknown_choice")
    elif channel == "sms" and not (standing.phone_given or form.get("phone", "").strip()):
        faults.add("phone", "needed")
    elif channel == "letter" and not (standing.address_given or _typed(form)):
        faults.add("street", "needed")
    if faults.found:
        raise SignUpInvalid(faults=tuple(faults.found))
    return Given(channel=cast(ChannelName, channel), phone=phone, address=address)


async def change(
    conn: Connection,
    *,
    member_id: UUID,
    form: Mapping[str, str],
    language: str,
    texting: bool,
    now: datetime,
    new_id: Callable[[], UUID],
) -> UUID | None:
    """Take over what a member filled in; the job `member.reach` must follow when an id of a drop comes back.

    Raises:
        MemberUnknown: no such member.
        StepNotAllowed: the membership has ended.
        SignUpInvalid: with every fault.
    """
    standing = await _editable(conn, member_id)
    given = check(form, language=language, standing=standing, texting=texting)
    dropped = new_id() if given.phone or given.address else None
    if given.phone:
        await store.drop_phone(conn, id=new_id(), member_id=member_id, phone=given.phone, now=now)
    if given.address:
        await store.drop_address(conn, id=new_id(), member_id=member_id, address=given.address, now=now)
    changed = ["channel"] if given.channel != standing.channel else []
    changed += ["phone"] if given.phone else []
    changed += ["address"] if given.address else []
    await store.update(
        conn,
        member_id=member_id,
        channel=given.channel,
        phone_given=standing.phone_given or given.phone is not None,
        address_given=standing.address_given or given.address is not None,
    )
    if changed:
        await profiles.note_change(conn, member_id=member_id, changed=changed, now=now)
    return dropped


async def remove(conn: Connection, *, member_id: UUID, what: What, now: datetime, new_id: Callable[[], UUID]) -> UUID:
    """Have the number or the address erased; whoever was reached by it gets mail again. The job `member.reach` must
    follow. Raises as `change`."""
    standing = await _editable(conn, member_id)
    drop = new_id()
    if what == "phone":
        await store.drop_phone(conn, id=drop, member_id=member_id, phone=None, now=now)
    else:
        await store.drop_address(conn, id=drop, member_id=member_id, address=None, now=now)
    await store.update(
        conn,
        member_id=member_id,
        channel="email" if NEEDS.get(standing.channel) == what else standing.channel,
        phone_given=standing.phone_given and what != "phone",
        address_given=standing.address_given and what != "address",
    )
    await profiles.note_change(conn, member_id=member_id, changed=[what], now=now)
    return drop


async def take_over(vault_conn: Connection, *, member_id: UUID) -> None:
    """Bring number and address in the vault up to date, and letters that still wait (vault role). May run twice."""
    await store.take_over(vault_conn, member_id=member_id)
    found = (await vault.contacts(vault_conn, member_ids=[member_id])).get(member_id)
    if found is not None and found.address is not None:
        await letters.readdress(vault_conn, member_id=member_id, lines=found.address.lines)
    else:
        await letters.forget_waiting(vault_conn, member_id=member_id)


async def _editable(conn: Connection, member_id: UUID) -> Standing:
    standing = await store.lock(conn, member_id=member_id)
    if standing is None:
        raise MemberUnknown(details={"member_id": str(member_id)})
    if standing.status not in EDITABLE:
        raise StepNotAllowed("This membership has ended.", details={"present": standing.status})
    return standing


def _typed(form: Mapping[str, str]) -> bool:
    return any(form.get(field, "").strip() for field in HOME)


def _phone(form: Mapping[str, str], faults: Faults) -> str | None:
    typed = form.get("phone", "").strip()
    if not typed:
        return None
    try:
        return phones.normalise(typed)
    except PhoneInvalid as odd:
        faults.add("phone", odd.code)
        return None


def _address(form: Mapping[str, str], faults: Faults) -> Address | None:
    if not _typed(form):
        return None
    name, street, place = (_line(form, field, faults) for field in ("name", "street", "place"))
    typed, number = form.get("home_postcode", ""), form.get("house_number", "").strip()
    if not number:
        faults.add("house_number", "not_a_house_number")
    try:
        # A postcode is looked at by itself too, so that a missing number does not hide what is wrong with it.
        home = postal.read(typed, number or "1")
    except PostalInvalid as odd:
        wrong = "house_number" if odd.code == "not_a_house_number" else "home_postcode"
        faults.add(wrong, odd.code if wrong == "house_number" else "not_whole")
        return None
    if home.door is None or faults.found:
        return None
    postcode, _, door = home.door.partition(" ")
    return Address(name=name, street=street, door=door, postcode=postcode, place=place)


def _line(form: Mapping[str, str], field: str, faults: Faults) -> str:
    line = " ".join(form.get(field, "").split())
    if not line and field != "name":
        faults.add(field, "needed")
    if len(line) > LONGEST:
        faults.add(field, "too_long")
    return line
