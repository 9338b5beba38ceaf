"""Who may join: 18 and over, and 16 and over only where the population figures reach that far."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from samenspraak.types.margins import MarginDimension, MarginSet

from panels.joining import ages

FULL = ("sex_age", "province", "education")


def margins(*keys: str, **changes: Any) -> MarginSet:
    values: dict[str, Any] = {
        "id": "1",
        "name": "CBS",
        "base": "16+",
        "population": 1,
        "dimensions": tuple(MarginDimension(key=key, source_dimension=key, levels=()) for key in keys),
        "content_hash": "0",
        "imported_at": datetime(2026, 11, 24, tzinfo=UTC),
    }
    return MarginSet(**{**values, **changes})


def test_without_figures_people_join_from_18() -> None:
    assert ages.lowest([]) == 18


def test_a_complete_set_of_16_and_over_opens_the_panel_to_16() -> None:
    assert ages.lowest([margins(*FULL, base="18+"), margins(*FULL)]) == 16
    assert ages.lowest([margins("age7", "province", "education3")]) == 16


@pytest.mark.parametrize(
    "lacking",
    [
        margins(*FULL, base="18+"),
        margins("sex_age", "province"),
        margins("province", "education"),
        margins(*FULL, recalled=True),
        margins(*FULL, outdated=True),
        margins(*FULL, area="PV27"),
        msgspec.structs.replace(margins(*FULL), base="15+"),
    ],
)
def test_anything_less_keeps_it_at_18(lacking: MarginSet) -> None:
    assert ages.lowest([lacking]) == 18
