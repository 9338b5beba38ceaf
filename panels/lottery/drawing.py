"""The drawing: a public number, looked up by two people, points at one of the published panels.

1 + (SHA-256 of `commitment|value`, read as a big-endian integer) modulo the number of panels. The commitment was fixed
before anybody knew the number, so nobody could choose the panels to suit it; and 2^256 is so much more than the number
of panels that each has the same chance (the bias is below 1e-70).
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from samenspraak.lottery import number
from samenspraak.types.lottery import Drawing, PublishedLottery
from samenspraak.types.problem import Fault

from panels.errors import DrawingInvalid, LotteryDrawn

__all__ = ["LONGEST_VALUE", "draw", "number", "panel"]

LONGEST_VALUE = 200


def draw(
    lottery: PublishedLottery,
    *,
    value: str,
    entered_at: datetime,
    entered_by: str,
    confirmed_value: str,
    confirmed_at: datetime,
    confirmed_by: str,
    seed: str,
    drawn: Drawing | None = None,
) -> Drawing:
    """Draw the panel.

    Args:
        value: the public number as the first person entered it; spaces at both ends do not count.
        confirmed_value: what the second person found.
        seed: hexadecimal text that the panels were computed with.
        drawn: the drawing of this lottery, when there was one already.

    Raises:
        LotteryDrawn: it was drawn before; a second value changes nothing.
        DrawingInvalid: every rule that is not kept, at once.
    """
    if drawn is not None:
        raise LotteryDrawn(details={"number": drawn.number, "confirmed_at": drawn.confirmed_at.isoformat()})
    value, second = value.strip(), confirmed_value.strip()
    faults = [
        *_value(value, second),
        *_moments(lottery.randomness.known_from, entered_at, confirmed_at),
        *_people(entered_by, confirmed_by),
        *_seed(lottery, seed),
    ]
    if faults:
        raise DrawingInvalid(faults=tuple(faults))
    return Drawing(
        value=value,
        entered_at=entered_at,
        entered_by=entered_by,
        confirmed_at=confirmed_at,
        confirmed_by=confirmed_by,
        seed=seed,
        number=number(lottery.commitment, value, len(lottery.panels)),
    )


def panel(lottery: PublishedLottery, drawing: Drawing) -> tuple[str, ...]:
    """Tickets of the panel that was drawn."""
    return tuple(lottery.tickets[place] for place in lottery.panels[drawing.number - 1])


def _hash(seed: str) -> str:
    return hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()


def _value(value: str, second: str) -> Iterator[Fault]:
    if not value:
        yield Fault(pointer="/value", code="missing", detail="Enter the public number.")
    elif len(value) > LONGEST_VALUE:
        detail = f"Has {len(value)} characters, may have at most {LONGEST_VALUE}."
        yield Fault(pointer="/value", code="too_long", detail=detail)
    elif not value.isprintable():
        detail = "Holds a character that cannot be seen, such as a line break; type the number by hand."
        yield Fault(pointer="/value", code="unprintable", detail=detail)
    if value != second:
        detail = "The second person found another number; look it up again at the source, both of you."
        yield Fault(pointer="/confirmed_value", code="values_differ", detail=detail)


def _moments(known_from: datetime, entered_at: datetime, confirmed_at: datetime) -> Iterator[Fault]:
    if entered_at < known_from:
        detail = f"The public number is not known before {known_from.isoformat()}; enter it after that."
        yield Fault(pointer="/entered_at", code="too_early", detail=detail)
    if confirmed_at < entered_at:
        yield Fault(pointer="/confirmed_at", code="too_early", detail="Confirm the number after it was entered.")


def _people(entered_by: str, confirmed_by: str) -> Iterator[Fault]:
    if not entered_by or not confirmed_by:
        yield Fault(pointer="/confirmed_by", code="missing", detail="Two people are needed, both recorded.")
    elif entered_by == confirmed_by:
        detail = "The person who entered the number cannot confirm it; ask somebody else."
        yield Fault(pointer="/confirmed_by", code="same_person", detail=detail)


def _seed(lottery: PublishedLottery, seed: str) -> Iterator[Fault]:
    if _hash(seed) != lottery.rules.seed_commitment:
        detail = "This is not the seed whose hash was published with the panels."
        yield Fault(pointer="/seed", code="seed_mismatch", detail=detail)
