"""How even participation was: a figure only where enough people stand behind it."""

from uuid import uuid4

import msgspec
import pytest

from panels.models import FrameRow
from panels.waves.observing import LEAST, observe
from tests.unit.panels.waves.field import NOW, plan

LEVELS = (
    ("18-34", "M", "1", "LD01"),
    ("35-64", "V", "2", "LD02"),
    ("65+", "M", "3", "LD03"),
    ("18-34", "V", "2", "LD04"),
)


def frame(size: int, *, uneven: bool = False, took: int | None = None) -> list[FrameRow]:
    rows = []
    for number in range(size):
        age3, sex, education3, landsdeel = LEVELS[number % 4]
        every = (2 if age3 == "18-34" else 5) if uneven else 3
        responded = number < took if took is not None else number // 4 % every == 0
        rows.append(
            FrameRow(
                respondent_id=uuid4(),
                probability=0.5,
                stratum=age3,
                wave=1 + number % 2,
                responded=responded,
                coded={"age3": age3, "sex": sex, "education3": education3, "landsdeel": landsdeel},
            )
        )
    return rows


def test_even_participation_is_close_to_one_and_uneven_participation_is_not() -> None:
    even = observe(frame(1200), plan=plan(), day=3, now=NOW)
    uneven = observe(frame(1200, uneven=True), plan=plan(), day=3, now=NOW)
    assert even.r is not None
    assert uneven.r is not None
    assert even.r > 0.95
    assert uneven.r < 0.8
    assert uneven.lower is not None
    assert uneven.upper is not None
    assert uneven.lower < uneven.r < uneven.upper
    assert (even.day, even.wave, even.invited) == (3, 2, 1200)


@pytest.mark.parametrize("took", [0, LEAST - 1, 200 - LEAST + 1, 200])
def test_few_who_took_part_or_did_not_have_no_figure(took: int) -> None:
    point = observe(frame(200, took=took), plan=plan(), day=1, now=NOW)
    assert (point.r, point.lower, point.upper) == (None, None, None)
    assert (point.invited, point.completed) == (200, took)


def test_groups_that_answered_as_one_are_no_error() -> None:
    rows = [msgspec.structs.replace(row, responded=row.coded["age3"] == "18-34") for row in frame(400)]
    point = observe(rows, plan=plan(), day=1, now=NOW)
    assert point.completed == 200
    assert point.r is None or 0 <= point.r < 0.2


def test_before_anybody_is_invited_there_is_no_figure() -> None:
    assert observe([], plan=plan(), day=0, now=NOW).r is None
