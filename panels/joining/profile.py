"""A member's own profile: changed or confirmed on the own page, and asked about once a year.

What was drawn or published before stays as it was: invitations and pools hold their own copy of a profile.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from panels.errors import SignUpInvalid, StepNotAllowed
from panels.joining import ages, background, household, membership, postcodes
from panels.joining.background import Background
from panels.joining.messages import Faults
from panels.joining.notice import NOTICE_VERSION
from panels.models import Member, Origin, Profile, Recipient
from panels.store import Connection, members
from panels.store import profiles as store
from panels.store.postcodes import Place

FRESH_DAYS = 365
"""How long a profile counts as known; then its owner is asked whether it is still right."""
EDITABLE = ("active", "paused")


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """What the form begins with."""

    member: Member
    origin: Origin | None
    assembly: bool


def stale(member: Member, *, now: datetime) -> bool:
    """Whether this profile has to be looked at again."""
    return (member.profile_at or member.joined_at) < now - timedelta(days=FRESH_DAYS)


async def present(conn: Connection, member: Member) -> Present:
    """The profile with what was agreed to beside it."""
    consents = await members.consents(conn, member_id=member.id)
    return Present(
        member=member,
        origin=(await store.origins(conn, member_ids=[member.id])).get(member.id),
        assembly=any(one.purpose == "assembly" and one.withdrawn_at is None for one in consents),
    )


async def change(
    conn: Connection, *, member_id: UUID, form: Mapping[str, str], language: str, address_key: bytes, now: datetime
) -> tuple[str, ...]:
    """Take over what a member filled in, and note when; returns the names of the answers that changed.

    A postcode left empty means that nobody moved: place and household stay, unless another province was chosen. The
    origin is kept only with its tick; without it, it is forgotten at once.

    Args:
        form: fields as in `background.FIELDS`.
        language: of the page, for what is wrong.

    Raises:
        MemberUnknown: no such member.
        StepNotAllowed: the membership has ended.
        SignUpInvalid: with every fault.
    """
    household_key = await store.lock_household(conn, member_id=member_id)
    before = await present(conn, await membership.get(conn, member_id))
    if before.member.status not in EDITABLE:
        raise StepNotAllowed("This membership has ended.", details={"present": before.member.status})
    if form.get("postcode", "").strip() and form.get("province") == before.member.profile.province:
        # The form came with the old province filled in: of people who moved, the postcode knows better.
        form = {**form, "province": ""}
    given = _checked(
        form,
        language=language,
        today=now.date(),
        minimum_age=await ages.minimum_age(conn),
        places=await postcodes.around(conn, background.pc4_of(form)),
    )
    after, key = _applied(given, before.member.profile, household_key, address_key)
    changed = _differences(before, after, given, household_key != key)
    await store.update(conn, member_id=member_id, profile=after, household_key=key, now=now)
    await _consents(conn, member_id, before, given, now)
    await store.note_change(conn, member_id=member_id, changed=changed, now=now)
    return changed


async def due(conn: Connection, *, now: datetime, limit: int) -> list[Recipient]:
    """Active members whose profile is too old, and who were not asked about it in a year."""
    return await store.stale(conn, before=now - timedelta(days=FRESH_DAYS), limit=limit)


async def record_question(conn: Connection, *, member_id: UUID, now: datetime) -> bool:
    """Claim the question to one member; False when it was claimed before, then nothing may be sent."""
    return await store.mark_asked(conn, member_id=member_id, before=now - timedelta(days=FRESH_DAYS), now=now)


def _checked(
    form: Mapping[str, str],
    *,
    language: str,
    today: date,
    minimum_age: int,
    places: Mapping[str, Place] | None,
) -> Background:
    faults = Faults(language, age=minimum_age)
    for field in background.FIELDS:
        if "\x00" in form.get(field, ""):
            faults.add(field, "nul")
    given = None
    if not faults.found:
        given = background.check(form, today=today, faults=faults, minimum_age=minimum_age, places=places)
    if faults.found or given is None:
        raise SignUpInvalid(faults=tuple(faults.found))
    return given


def _applied(
    given: Background, before: Profile, household_key: bytes | None, address_key: bytes
) -> tuple[Profile, bytes | None]:
    """The profile and household after the change. Pure."""
    stayed = given.place is None and given.province == before.province
    where: tuple[str | None, str | None] = (None, None)
    if given.place is not None:
        where = given.place.municipality, given.place.urbanity
    elif stayed:
        where = before.municipality, before.urbanity
    if given.door is not None:
        household_key = household.household_key(address_key, given.door)
    elif not stayed:
        household_key = None
    profile = Profile(
        sex=given.sex,
        birth_year=given.birth_year,
        province=given.province,
        education=given.education,
        municipality=where[0],
        urbanity=where[1],
    )
    return profile, household_key


def _differences(before: Present, after: Profile, given: Background, moved: bool) -> tuple[str, ...]:
    old, new = msgspec.structs.asdict(before.member.profile), msgspec.structs.asdict(after)
    changed = [field for field in old if old[field] != new[field]]
    changed += ["household"] if moved else []
    changed += ["origin"] if before.origin != given.origin else []
    changed += ["assembly"] if before.assembly != given.assembly else []
    return tuple(changed)


async def _consents(conn: Connection, member_id: UUID, before: Present, given: Background, now: datetime) -> None:
    """Give and end the optional consents as they were ticked. Another origin is a new consent."""
    if before.origin != given.origin:
        await store.forget_origin(conn, member_ids=[member_id])
        await members.end_consent(conn, member_id=member_id, purpose="origin", now=now)
        if given.origin is not None:
            await store.give_origins(conn, given=[(member_id, given.origin, now)], versions=[NOTICE_VERSION])
    if given.assembly and not before.assembly:
        await members.give_consent(conn, member_id=member_id, purpose="assembly", version=NOTICE_VERSION, now=now)
    elif before.assembly and not given.assembly:
        await members.end_consent(conn, member_id=member_id, purpose="assembly", now=now)
