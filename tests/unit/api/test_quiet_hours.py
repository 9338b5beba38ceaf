"""Reminders leave by day, whatever the hour at which fieldwork was opened, in summer and in winter."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.audits.handover import by_day


@pytest.mark.parametrize(
    ("due", "leaves"),
    [
        (datetime(2026, 11, 24, 10, 30, tzinfo=UTC), datetime(2026, 11, 24, 10, 30, tzinfo=UTC)),
        (datetime(2026, 11, 24, 7, 59, tzinfo=UTC), datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 19, 0, tzinfo=UTC), datetime(2026, 11, 25, 8, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 18, 0, tzinfo=UTC), datetime(2026, 7, 2, 7, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), datetime(2026, 7, 2, 7, 0, tzinfo=UTC)),
        # The clock goes back that night, and forward this one.
        (datetime(2026, 10, 24, 20, 0, tzinfo=UTC), datetime(2026, 10, 25, 8, 0, tzinfo=UTC)),
        (datetime(2026, 3, 28, 22, 0, tzinfo=UTC), datetime(2026, 3, 29, 7, 0, tzinfo=UTC)),
    ],
)
def test_a_reminder_waits_for_the_morning(due: datetime, leaves: datetime) -> None:
    assert by_day(due, day_seconds=86_400.0) == leaves


def test_simulated_days_have_no_night() -> None:
    night = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert by_day(night, day_seconds=20.0) == night


@given(st.integers(min_value=0, max_value=4 * 366 * 1440))
def test_it_never_leaves_early_nor_half_a_day_late(minutes: int) -> None:
    due = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    leaves = by_day(due, day_seconds=86_400.0)
    assert timedelta(0) <= leaves - due <= timedelta(hours=14)
    assert by_day(leaves, day_seconds=86_400.0) == leaves
