"""Signs that a sign-up may come from a program, or from somebody who is a member already.

A sign is a question for staff. It never refuses, delays or removes anybody: whoever lives in a large household, types
fast or minds the privacy of a mail address shows the same signs.
"""

from functools import cache
from importlib import resources
from typing import Literal, get_args

import msgspec

Sign = Literal[
    "trap_filled",
    "filled_too_fast",
    "form_not_opened",
    "disposable_mail",
    "household_crowd",
    "profile_twin",
    "cohort_crowd",
]
SIGNS: tuple[Sign, ...] = get_args(Sign)

FASTEST_SECONDS = 4.0
"""Reading nothing and letting the browser fill in everything takes longer."""
HOUSEHOLD_MOST = 5
"""Other members and sign-ups behind one door, from which on it is a sign."""
COHORT_MOST = 10
"""Other sign-ups without a code within a day of one year of birth in one municipality, from which on it is a sign."""
COHORT_HOURS = 24


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-up looks like from here."""

    trap: bool = False
    """A field that people do not see was filled in."""
    stamped: bool = True
    """The form was opened here before it was sent."""
    seconds: float | None = None
    """Between opening and sending."""
    domain: str = ""
    household: int = 0
    """Other members and sign-ups behind the same door."""
    twins: int = 0
    """Members among them with the same sex and year of birth."""
    cohort: int = 0
    """Other sign-ups of the same year of birth and municipality in `COHORT_HOURS`."""


def read(seen: Seen) -> dict[Sign, dict[str, object]]:
    """The signs in a sign-up, each with its evidence: counts and seconds, nothing that leads to a person."""
    found: dict[Sign, dict[str, object]] = {}
    if seen.trap:
        found["trap_filled"] = {}
    if not seen.stamped:
        found["form_not_opened"] = {}
    if seen.seconds is not None and seen.seconds < FASTEST_SECONDS:
        found["filled_too_fast"] = {"seconds": round(seen.seconds, 1), "fastest": FASTEST_SECONDS}
    if disposable(seen.domain):
        found["disposable_mail"] = {}
    if seen.household >= HOUSEHOLD_MOST:
        found["household_crowd"] = {"others": seen.household}
    if seen.twins:
        found["profile_twin"] = {"others": seen.twins}
    if seen.cohort >= COHORT_MOST:
        found["cohort_crowd"] = {"others": seen.cohort, "hours": COHORT_HOURS}
    return found


def disposable(domain: str) -> bool:
    """Whether a mail domain, or one that it lies under, hands out throw-away addresses."""
    labels = domain.lower().split(".")
    return any(".".join(labels[start:]) in disposable_domains() for start in range(len(labels) - 1))


@cache
def disposable_domains() -> frozenset[str]:
    text = (resources.files("panels") / "data" / "disposable_domains.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
