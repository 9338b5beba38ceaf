"""The questions about a person's background: what a sign-up and a change of profile have in common. Pure."""

import re
from collections.abc import Mapping
from datetime import date
from typing import cast

import msgspec

from panels.coding import MINIMUM_AGE, PROVINCES, age
from panels.joining import postal
from panels.joining.messages import Faults
from panels.joining.postal import Postal, PostalInvalid
from panels.models import Education, Origin, Sex
from panels.store.postcodes import Place

OLDEST = 120
YES = ("yes", "ja", "on", "true", "1")
SEXES = ("M", "V", "X")
EDUCATIONS = ("1", "2", "3")
ORIGINS = ("N", "E", "B")
FIELDS = (
    "birth_year",
    "sex",
    "province",
    "education",
    "postcode",
    "house_number",
    "origin",
    "origin_consent",
    "assembly",
)
"""Names of the fields, as forms send them."""


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """Checked answers. The postcode is turned into a place and is not among them."""

    birth_year: int
    sex: Sex | None
    province: str | None
    education: Education | None
    place: Place | None
    door: str | None
    """Normalised home address, to be hashed and forgotten."""
    origin: Origin | None
    """None without consent."""
    assembly: bool


def check(
    form: Mapping[str, str],
    *,
    today: date,
    faults: Faults,
    minimum_age: int = MINIMUM_AGE,
    places: Mapping[str, Place] | None = None,
) -> Background | None:
    """Check the answers of `FIELDS`; None when the year of birth cannot be used.

    All but the year may be empty. The origin counts only with its own tick.

    Args:
        faults: every fault is added here.
        places: where the postcode in the form lies, by postcode of four digits; None without a table of postcodes: then
            postcode and house number are not looked at, and kept nowhere.
    """
    birth_year = form.get("birth_year", "").strip()
    wrong = birth_year_fault(birth_year, today, minimum_age=minimum_age)
    if wrong:
        faults.add("birth_year", wrong)
    province = choice("province", form, PROVINCES, faults)
    home = None if places is None else _home(form, faults)
    place = places.get(home.pc4) if home and places is not None else None
    if home and place is None:
        faults.add("postcode", "unknown_postcode")
    if place and province and place.province != province:
        faults.add("province", "elsewhere")
    sex = choice("sex", form, SEXES, faults)
    education = choice("education", form, EDUCATIONS, faults)
    origin = _origin(form, faults)
    if wrong:
        return None
    return Background(
        birth_year=int(birth_year),
        sex=cast("Sex | None", sex),
        province=place.province if place else province,
        education=cast("Education | None", education),
        place=place,
        door=home.door if home else None,
        origin=origin,
        assembly=ticked(form, "assembly"),
    )


def birth_year_fault(text: str, today: date, *, minimum_age: int = MINIMUM_AGE) -> str | None:
    """The slug of what is wrong with a year of birth, or None: missing, not_a_year, out_of_range, under_age."""
    if not text:
        return "missing"
    if not re.fullmatch(r"\d{4}", text, re.ASCII):
        return "not_a_year"
    years = age(int(text), today)
    if years < 0 or years > OLDEST:
        return "out_of_range"
    return "under_age" if years < minimum_age else None


def pc4_of(form: Mapping[str, str]) -> str | None:
    """The postcode of four digits in a form, to be looked up before the check; None for what is no postcode."""
    try:
        return postal.read(form.get("postcode", "")).pc4
    except PostalInvalid:
        return None


def choice(field: str, form: Mapping[str, str], known: tuple[str, ...], faults: Faults) -> str | None:
    """A chosen code, or None for a question that was skipped."""
    chosen = form.get(field, "").strip()
    if chosen and chosen not in known:
        faults.add(field, "unknown_choice")
    return chosen or None


def ticked(form: Mapping[str, str], field: str) -> bool:
    return form.get(field, "").strip().lower() in YES


def _home(form: Mapping[str, str], faults: Faults) -> Postal | None:
    postcode, number = form.get("postcode", "").strip(), form.get("house_number", "").strip()
    if not postcode:
        if number:
            faults.add("postcode", "missing")
        return None
    try:
        return postal.read(postcode, number)
    except PostalInvalid as odd:
        faults.add("house_number" if odd.code == "not_a_house_number" else "postcode", odd.code)
        return None


def _origin(form: Mapping[str, str], faults: Faults) -> Origin | None:
    origin = choice("origin", form, ORIGINS, faults)
    if origin is None:
        return None
    if not ticked(form, "origin_consent"):
        faults.add("origin_consent", "missing")
        return None
    return cast(Origin, origin)
