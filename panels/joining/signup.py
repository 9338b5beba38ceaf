"""Checking a sign-up form: every fault at once, in words for the person who fills it in."""

from collections.abc import Mapping
from datetime import date
from typing import get_args

from samenspraak.types.base import Lang

from panels.coding import MINIMUM_AGE
from panels.errors import SignUpInvalid
from panels.joining import background
from panels.joining.addresses import Address, AddressInvalid, normalise
from panels.joining.background import Background
from panels.joining.messages import Faults
from panels.joining.notice import NOTICE_VERSION
from panels.models import SignUp
from panels.store.postcodes import Place

READ = ("language", "consent", *background.FIELDS)


def check(
    form: Mapping[str, str],
    *,
    today: date,
    minimum_age: int = MINIMUM_AGE,
    places: Mapping[str, Place] | None = None,
    code_fault: str | None = None,
) -> SignUp:
    """Check the fields email, language, consent, notice_version (if sent) and those of `background.FIELDS`.

    Only email, year of birth and consent must be there. Whoever reaches the age this year passes: only the year is
    asked, and the consent sentence states the age. Fields with other names are not looked at.

    Args:
        minimum_age: see `ages.minimum_age`.
        places: see `background.check`.
        code_fault: what is wrong with an invitation code, from `batches.judge`; told with everything else.

    Raises:
        SignUpInvalid: with every fault; `pointer` is the field name, `detail` is in the language of the form.
    """
    language = form.get("language", "").strip() or "nl"
    faults = Faults(language, age=minimum_age)
    for field in READ:
        if "\x00" in form.get(field, ""):
            faults.add(field, "nul")
    if faults.found:
        raise SignUpInvalid(faults=tuple(faults.found))
    address = _address(form.get("email", ""), faults)
    known = background.check(form, today=today, faults=faults, minimum_age=minimum_age, places=places)
    if language not in get_args(Lang):
        faults.add("language", "unknown_choice")
    if code_fault:
        faults.add("code", code_fault)
    if not background.ticked(form, "consent"):
        faults.add("consent", "missing")
    if form.get("notice_version", NOTICE_VERSION) != NOTICE_VERSION:
        faults.add("notice_version", "notice_changed")
    if faults.found or address is None or known is None:
        raise SignUpInvalid(faults=tuple(faults.found))
    return _sign_up(address, known, language)


def _sign_up(address: Address, known: Background, language: str) -> SignUp:
    return SignUp(
        email=address.email,
        canonical=address.canonical,
        birth_year=known.birth_year,
        sex=known.sex,
        province=known.province,
        education=known.education,
        language=language,
        consent=True,
        municipality=known.place.municipality if known.place else None,
        urbanity=known.place.urbanity if known.place else None,
        household=known.door,
        origin=known.origin,
        assembly=known.assembly,
    )


def _address(text: str, faults: Faults) -> Address | None:
    try:
        return normalise(text)
    except AddressInvalid as odd:
        faults.add("email", odd.code)
        return None
