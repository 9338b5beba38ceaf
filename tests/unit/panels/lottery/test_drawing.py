"""Drawing one of the published panels by a public number."""

import hashlib
from collections import Counter
from datetime import timedelta

import pytest
from scipy import stats

from panels.errors import DrawingInvalid, LotteryDrawn
from panels.lottery import drawing
from tests.unit.panels.lottery import factory


@pytest.fixture(scope="module")
def published():
    return factory.publish()


def faults(published, **changed):
    with pytest.raises(DrawingInvalid) as error:
        factory.drawn(published, **changed)
    return [(fault.pointer, fault.code) for fault in error.value.faults]


class TestDraw:
    def test_the_number_points_at_a_panel_as_anybody_can_work_out(self, published):
        drawn = factory.drawn(published)
        digest = hashlib.sha256(f"{published.lottery.commitment}|{factory.VALUE}".encode()).digest()
        assert drawn.number == 1 + int.from_bytes(digest, "big") % factory.PANELS
        seats = factory.seats(factory.people())[drawn.number - 1]
        assert set(drawing.panel(published.lottery, drawn)) == {published.tickets[id] for id in seats}

    def test_spaces_at_both_ends_do_not_count(self, published):
        drawn = factory.drawn(published, value=f"  {factory.VALUE}\n", confirmed_value=factory.VALUE)
        assert drawn == factory.drawn(published)

    def test_the_same_number_chooses_another_panel_of_another_lottery(self, published):
        numbers = {factory.drawn(factory.publish(title=f"Beraad {n}")).number for n in range(8)}
        assert len(numbers) > 3

    def test_every_panel_has_the_same_chance(self, published):
        held = Counter(drawing.number(published.lottery.commitment, str(value), 20) for value in range(100_000))
        assert set(held) == set(range(1, 21))
        assert stats.chisquare(list(held.values())).pvalue > 0.001


class TestRefused:
    def test_before_the_number_is_known(self, published):
        early = {"entered_at": factory.KNOWN - timedelta(seconds=1)}
        assert faults(published, **early) == [("/entered_at", "too_early")]

    def test_confirmed_before_it_was_entered(self, published):
        assert faults(published, confirmed_at=factory.KNOWN) == [("/confirmed_at", "too_early")]

    def test_by_one_person_alone(self, published):
        assert faults(published, confirmed_by="staff key 1") == [("/confirmed_by", "same_person")]
        assert faults(published, confirmed_by="") == [("/confirmed_by", "missing")]

    def test_when_the_second_person_found_another_number(self, published):
        assert faults(published, confirmed_value="4-11-19-23-31-41") == [("/confirmed_value", "values_differ")]

    def test_with_another_seed_than_was_committed_to(self, published):
        assert faults(published, seed=factory.SEED[::-1]) == [("/seed", "seed_mismatch")]

    @pytest.mark.parametrize(
        ("value", "code"),
        [("  ", "missing"), ("1" * 201, "too_long"), ("1\n2", "unprintable"), ("1\u200b", "unprintable")],
    )
    def test_what_is_no_number(self, published, value, code):
        assert faults(published, value=value) == [("/value", code)]

    def test_a_second_time_whatever_the_number(self, published):
        first = factory.drawn(published)
        with pytest.raises(LotteryDrawn) as error:
            factory.drawn(published, value="other", confirmed_value="other", drawn=first)
        assert error.value.details["number"] == first.number

    def test_for_all_reasons_at_once(self, published):
        found = faults(
            published,
            value="",
            confirmed_value="1",
            entered_at=factory.NOW,
            confirmed_at=factory.NOW - timedelta(days=1),
            confirmed_by="staff key 1",
            seed="",
        )
        assert len(found) == 6
