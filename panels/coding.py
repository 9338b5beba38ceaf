"""A member's background as level codes, equal to the codes of the population margins."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal

from panels.models import Profile

MINIMUM_AGE = 18
LOWEST_AGE = 16
"""Under this nobody can be a member, whatever margins there are."""
MINORS = "16-17"
"""The age level of members under 18: it exists in margins with the base `16+` only."""

AGE7 = ((18, "18-24"), (25, "25-34"), (35, "35-44"), (45, "45-54"), (55, "55-64"), (65, "65-74"), (75, "75+"))
AGE3 = ((18, "18-34"), (35, "35-64"), (65, "65+"))

LANDSDEEL: Mapping[str, str] = MappingProxyType(
    {
        "PV20": "LD01",
        "PV21": "LD01",
        "PV22": "LD01",
        "PV23": "LD02",
        "PV24": "LD02",
        "PV25": "LD02",
        "PV26": "LD03",
        "PV27": "LD03",
        "PV28": "LD03",
        "PV29": "LD03",
        "PV30": "LD04",
        "PV31": "LD04",
    }
)
PROVINCES: tuple[str, ...] = tuple(LANDSDEEL)

LEVELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sex": ("M", "V"),
        "age7": tuple(code for _, code in AGE7),
        "age3": tuple(code for _, code in AGE3),
        "sex_age": tuple(f"{sex}_{code}" for _, code in AGE7 for sex in ("M", "V")),
        "province": PROVINCES,
        "landsdeel": ("LD01", "LD02", "LD03", "LD04"),
        "education3": ("1", "2", "3"),
        "education": ("Y", "1", "2", "3"),
        "urbanity": ("1", "2", "3", "4", "5"),
    }
)
"""Every dimension that margins of people of 18 and over may have, with all its levels. The registers behind the margins
know two sexes, so `X` is an answer of a member but not a level."""

_WITH_MINORS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **LEVELS,
        "age7": (MINORS, *LEVELS["age7"]),
        "sex_age": (f"M_{MINORS}", f"V_{MINORS}", *LEVELS["sex_age"]),
    }
)

Base = Literal["16+", "18+"]


def levels(base: str) -> Mapping[str, tuple[str, ...]]:
    """Every dimension with all its levels, for margins of an age base; other bases than `16+` are taken as `18+`.

    Age in three classes starts at 18 in both: people of 16 and 17 are in none of them.
    """
    return _WITH_MINORS if base == "16+" else LEVELS


CROSS = "_x_"
"""Joins two dimensions into one of their combinations: `province_x_age7`."""
SEPARATOR = " x "
"""Joins the codes of such a combination: `PV20 x 18-24`."""

YOUNG = "18-24"
"""The age level whose people form level `Y` of `education`, with the minors where there are any: many of them are still
in education."""


def level(coded: Mapping[str, str | None], dimension: str) -> str | None:
    """Level of a dimension or of a combination of dimensions (`CROSS`); None where a part is not known."""
    if CROSS not in dimension:
        return coded.get(dimension)
    codes = [coded.get(part) for part in dimension.split(CROSS)]
    return SEPARATOR.join(code for code in codes if code is not None) if None not in codes else None


def age(birth_year: int, on: date) -> int:
    """Age reached in the year of `on`; only the year of birth is known."""
    return on.year - birth_year


def coded(profile: Profile, *, on: date) -> dict[str, str | None]:
    """Code a profile on a date, by dimension (`LEVELS`). None where the answer is not known.

    Sex `X` has no level in any margin, so `sex` and `sex_age` are None then, and the person keeps the age levels.
    """
    years = age(profile.birth_year, on)
    age7 = MINORS if LOWEST_AGE <= years < MINIMUM_AGE else _band(years, AGE7)
    sex = profile.sex if profile.sex in ("M", "V") else None
    return {
        "sex": sex,
        "age7": age7,
        "age3": _band(years, AGE3),
        "sex_age": f"{sex}_{age7}" if sex and age7 else None,
        "province": profile.province,
        "landsdeel": LANDSDEEL.get(profile.province) if profile.province else None,
        "municipality": profile.municipality,
        "urbanity": profile.urbanity,
        "education3": profile.education,
        "education": "Y" if age7 in (MINORS, YOUNG) else profile.education,
    }


def _band(years: int, bands: tuple[tuple[int, str], ...]) -> str | None:
    return next((code for start, code in reversed(bands) if years >= start), None)
