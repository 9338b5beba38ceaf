"""Nothing leaves that says something about a few people."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from analytics.arrays import IntArray
from analytics.designs import design
from analytics.disclosure import disclosure
from analytics.estimates import estimate
from analytics.representation import sensitivity

TABLE = np.array([[3, 40, 57], [25, 31, 44], [60, 21, 80]])


class TestThresholds:
    @pytest.mark.parametrize(
        ("n", "verdict"),
        [
            (0, "no_answers"),
            (1, "suppressed"),
            (9, "suppressed"),
            (10, "too_few"),
            (29, "too_few"),
            (30, "exploratory"),
            (99, "exploratory"),
            (100, "ok"),
        ],
    )
    def test_the_base_decides_what_is_shown(self, n: int, verdict: str) -> None:
        assert disclosure.flag(n) == verdict

    def test_a_figure_beside_nearly_the_same_figure_is_unsafe(self) -> None:
        assert disclosure.complement_safe(1000, 1000)
        assert disclosure.complement_safe(1000, 990)
        assert not disclosure.complement_safe(1000, 991)

    def test_unanimous_answers_are_recognised(self) -> None:
        assert disclosure.unanimous(np.array([0, 12, 0]))
        assert not disclosure.unanimous(np.array([1, 12, 0]))


class TestProtect:
    def test_primary_suppression_alone_is_broken_by_the_attack(self) -> None:
        primary = TABLE < 10
        assert disclosure.recovered(TABLE, primary).sum() == 1
        low, high = disclosure.attack(TABLE, primary)
        assert low[0, 0] == high[0, 0] == 3

    def test_after_protection_the_attack_recovers_nothing(self) -> None:
        hidden = disclosure.protect(TABLE)
        assert hidden[0, 0]
        assert not disclosure.recovered(TABLE, hidden).any()
        assert hidden.sum() < TABLE.size

    @settings(max_examples=15, deadline=None)
    @given(table=arrays.arrays(np.int64, (3, 4), elements=st.integers(0, 40)))
    def test_no_table_gives_a_hidden_cell_away(self, table: IntArray) -> None:
        hidden = disclosure.protect(table)
        assert hidden[table < 10].all()
        low, high = disclosure.attack(table, hidden)
        told = hidden & (high - low < 1e-6)
        everything_hidden_and_still_known = hidden.all()
        assert not told.any() or everything_hidden_and_still_known

    def test_one_hidden_group_takes_a_second_one_along(self) -> None:
        bases = {"18-34": 6, "35-64": 500, "65+": 300}
        assert disclosure.hidden_groups(bases, 806) == {"18-34", "65+"}
        assert disclosure.hidden_groups({"a": 120, "b": 80}, 200) == frozenset()

    def test_people_in_no_group_are_protected_as_well(self) -> None:
        assert disclosure.hidden_groups({"M": 500, "V": 497}, 1000) == {"V"}


class TestPublish:
    def figure(self, n: int) -> estimate.Estimate:
        hits = np.where(np.arange(400) < n, (np.arange(400) % 2).astype(float), np.nan)
        return estimate.proportion(hits, design.make(np.ones(400)))

    def test_under_ten_not_even_the_base_leaves(self) -> None:
        out = disclosure.publish(self.figure(9), base="all", sample_kind="simulated")
        assert (out.value, out.se, out.interval, out.n, out.n_eff, out.flag) == (None,) * 5 + ("suppressed",)

    def test_under_thirty_only_the_base_leaves(self) -> None:
        out = disclosure.publish(self.figure(29), base="all", sample_kind="simulated")
        assert (out.value, out.n, out.flag) == (None, 29, "too_few")

    def test_a_hidden_group_says_nothing_although_its_base_is_large(self) -> None:
        out = disclosure.publish(self.figure(300), base="all", sample_kind="simulated", hidden=True)
        assert (out.value, out.n, out.flag) == (None, None, "suppressed")

    def test_a_large_base_leaves_with_everything_needed_to_judge_it(self) -> None:
        found = self.figure(300)
        band = sensitivity.band(found, sensitivity.measure([found]))
        out = disclosure.publish(found, base="all", sample_kind="opt_in_panel", sensitivity=band)
        assert out.flag == "ok"
        assert out.interval is not None
        assert out.sensitivity is not None
        assert out.sensitivity.lower < out.interval.lower < (out.value or 0) < out.interval.upper
        assert out.sensitivity.method == "korn_graubard+selection"


class TestSensitivity:
    def weighted(self, lift: float) -> estimate.Estimate:
        hits = (np.arange(400) % 2).astype(float)
        return estimate.proportion(hits, design.make(np.where(hits == 1, 1 + lift, 1.0)))

    def test_the_band_grows_with_what_weighting_changed(self) -> None:
        small, large = self.weighted(0.1), self.weighted(1.0)
        assert sensitivity.measure([small]).standardised < sensitivity.measure([large]).standardised
        bands = [sensitivity.band(small, sensitivity.measure([one])) for one in (small, large)]
        assert bands[0] is not None
        assert bands[1] is not None
        assert bands[1].upper - bands[1].lower > bands[0].upper - bands[0].lower

    def test_no_change_seen_still_leaves_an_allowance(self) -> None:
        assert sensitivity.measure([self.weighted(0.0)]).standardised == sensitivity.FLOOR
        assert sensitivity.measure([]).figures == 0

    def test_a_share_stays_between_nothing_and_everything(self) -> None:
        hits = np.zeros(400)
        hits[:2] = 1
        band = sensitivity.band(
            estimate.proportion(hits, design.make(np.ones(400))), sensitivity.BiasTerm(standardised=1.0, figures=1)
        )
        assert band is not None
        assert band.lower == 0
        assert band.upper <= 1
