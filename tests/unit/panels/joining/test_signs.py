"""Signs of programs and doubles, and the stamp that says when a form was opened."""

from datetime import UTC, datetime, timedelta

import pytest

from panels.joining import formtime, signs
from panels.joining.signs import Seen

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECRET = bytes(range(32))


def test_an_ordinary_sign_up_shows_no_sign() -> None:
    assert signs.read(Seen(seconds=45.0, domain="voorbeeld.nl", household=3)) == {}


@pytest.mark.parametrize(
    ("seen", "sign"),
    [
        (Seen(trap=True, seconds=60.0), "trap_filled"),
        (Seen(seconds=1.0), "filled_too_fast"),
        (Seen(stamped=False), "form_not_opened"),
        (Seen(seconds=60.0, domain="mailinator.com"), "disposable_mail"),
        (Seen(seconds=60.0, domain="x.Mailinator.com"), "disposable_mail"),
        (Seen(seconds=60.0, household=signs.HOUSEHOLD_MOST), "household_crowd"),
        (Seen(seconds=60.0, twins=1), "profile_twin"),
        (Seen(seconds=60.0, cohort=signs.COHORT_MOST), "cohort_crowd"),
    ],
)
def test_each_sign_is_read_by_itself(seen: Seen, sign: str) -> None:
    assert list(signs.read(seen)) == [sign]


def test_the_evidence_holds_counts_and_seconds_and_no_address() -> None:
    seen = Seen(trap=True, seconds=0.123, domain="mailinator.com", household=9, twins=2, cohort=12)
    for evidence in signs.read(seen).values():
        assert all(isinstance(value, int | float) for value in evidence.values())


def test_a_domain_that_only_ends_like_a_disposable_one_is_left_alone() -> None:
    assert not signs.disposable("notmailinator.com")
    assert not signs.disposable("gmail.com")
    assert signs.disposable("mailinator.com")


class TestStamp:
    def test_says_how_long_ago_the_form_was_opened(self) -> None:
        stamp = formtime.stamp(SECRET, now=NOW)
        assert formtime.seconds_since(SECRET, stamp, now=NOW + timedelta(seconds=90)) == 90.0

    def test_cannot_be_made_older_without_the_secret(self) -> None:
        stamp = formtime.stamp(SECRET, now=NOW)
        older = formtime.stamp(bytes(32), now=NOW - timedelta(hours=1))
        assert formtime.seconds_since(SECRET, older, now=NOW) is None
        assert formtime.seconds_since(SECRET, "B" + stamp[1:], now=NOW) is None

    @pytest.mark.parametrize("text", ["", "x", "é", "A" * 27, "A" * 5000, "\x00", "!!!!"])
    def test_what_is_no_stamp_says_nothing(self, text: str) -> None:
        assert formtime.seconds_since(SECRET, text, now=NOW) is None

    @pytest.mark.parametrize("age", [timedelta(days=8), timedelta(seconds=-10)])
    def test_a_stamp_out_of_its_time_says_nothing(self, age: timedelta) -> None:
        assert formtime.seconds_since(SECRET, formtime.stamp(SECRET, now=NOW - age), now=NOW) is None
