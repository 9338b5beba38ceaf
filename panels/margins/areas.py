"""Areas that an audit can be about: the country, a province or a municipality."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal

from samenspraak.types.margins import MarginSet

from panels.coding import MINORS, PROVINCES

COUNTRY = "NL"
Level = Literal["country", "province", "municipality"]


@cache
def _municipalities() -> Mapping[str, tuple[str, str]]:
    text = (resources.files("panels") / "data" / "nl_municipalities.csv").read_text(encoding="utf-8")
    return MappingProxyType(
        {row["gm_code"]: (row["name"], row["province_code"]) for row in csv.DictReader(text.splitlines())}
    )


def level(area: str) -> Level | None:
    """What kind of area a code is; None for codes of no area."""
    if area == COUNTRY:
        return "country"
    if area in PROVINCES:
        return "province"
    return "municipality" if area in _municipalities() else None


def known(area: str) -> bool:
    return level(area) is not None


def fault(named: str, first: str) -> tuple[str, str]:
    """Code and words for an area that is unknown, or another than that of the first row."""
    if not known(first):
        return "unknown_area", f"{first!r} is no area; use NL, a province (PV20 to PV31) or a municipality (GM0363)."
    return "mixed_areas", f"The area is {named!r} where every row must have {first!r}: areas cannot be mixed."


_PROVINCES: Mapping[str, str] = MappingProxyType(
    {
        "PV20": "Groningen",
        "PV21": "Fryslân",
        "PV22": "Drenthe",
        "PV23": "Overijssel",
        "PV24": "Flevoland",
        "PV25": "Gelderland",
        "PV26": "Utrecht",
        "PV27": "Noord-Holland",
        "PV28": "Zuid-Holland",
        "PV29": "Zeeland",
        "PV30": "Noord-Brabant",
        "PV31": "Limburg",
    }
)


def name(area: str) -> str:
    """Dutch name of an area; the code itself where it is none."""
    if area == COUNTRY:
        return "Nederland"
    return _PROVINCES.get(area) or _municipalities().get(area, (area, ""))[0]


def province_of(municipality: str) -> str | None:
    found = _municipalities().get(municipality)
    return found[1] if found else None


def municipalities(area: str) -> tuple[str, ...]:
    """Codes of all municipalities in an area, ascending; a municipality holds itself."""
    return tuple(code for code, (_, province) in sorted(_municipalities().items()) if area in (COUNTRY, province, code))


def inside(margins: MarginSet, coded: Mapping[str, str | None]) -> bool:
    """Whether somebody belongs to the population of these margins, by area and age.

    Whoever did not say where they live belongs to the country only.
    """
    if margins.base != "16+" and coded.get("age7") == MINORS:
        return False
    kind = level(margins.area)
    return kind == "country" or (kind is not None and coded.get(kind) == margins.area)
