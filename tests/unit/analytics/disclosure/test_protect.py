"""One table, published with its totals, gives no small cell away."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from analytics.arrays import IntArray
from analytics.disclosure import attack
from analytics.disclosure.protect import count_rule, hidden_groups, protect
from analytics.errors import AnalyticsError

TABLE = np.array([[3, 40, 57], [25, 31, 44], [60, 21, 80]])


class TestProtect:
    def test_primary_suppression_alone_is_broken_by_the_attack(self) -> None:
        primary = TABLE < 10
        assert attack.recovered(TABLE, primary).sum() == 1
        low, high = attack.table(TABLE, primary)
        assert low[0, 0] == high[0, 0] == 3

    def test_after_protection_the_attack_learns_nothing_within_ten(self) -> None:
        hidden = protect(TABLE)
        low, high = attack.table(TABLE, hidden)
        assert hidden[0, 0]
        assert high[0, 0] - low[0, 0] >= 10
        assert hidden.sum() < TABLE.size

    @settings(max_examples=12, deadline=None)
    @given(table=arrays.arrays(np.int64, (3, 4), elements=st.integers(0, 40)))
    def test_no_table_gives_a_small_cell_away(self, table: IntArray) -> None:
        hidden = protect(table)
        assert hidden[table < 10].all()
        low, high = attack.table(table, hidden)
        assert hidden.all() or (high - low >= 10 - 1e-6)[table < 10].all()

    @pytest.mark.parametrize("table", [[-1, 20], [np.nan, 20], [0.5, 20], [], np.zeros((2, 2, 2))])
    def test_what_is_no_table_of_counts_is_refused(self, table: object) -> None:
        with pytest.raises(AnalyticsError):
            protect(np.array(table))


class TestGroups:
    def test_one_hidden_group_takes_a_second_one_along(self) -> None:
        assert hidden_groups({"18-34": 6, "35-64": 500, "65+": 300}, 806) == {"18-34", "65+"}
        assert hidden_groups({"a": 120, "b": 80}, 200) == frozenset()

    def test_people_in_no_group_are_protected_as_well(self) -> None:
        assert hidden_groups({"M": 500, "V": 497}, 1000) == {"V"}

    def test_a_group_without_answers_says_nothing_about_anybody(self) -> None:
        assert hidden_groups({"a": 0, "b": 50, "c": 50}, 100) == frozenset()

    def test_in_a_profile_table_zero_is_no_count_of_ten(self) -> None:
        assert "a" in count_rule({"a": 0, "b": 50, "c": 50}, 100)

    def test_groups_that_do_not_fit_into_the_whole_are_refused(self) -> None:
        with pytest.raises(AnalyticsError, match="do not fit"):
            count_rule({"a": 60, "b": 50}, 100)

    def test_nothing_to_protect_in_an_empty_table(self) -> None:
        assert count_rule({}, 0) == frozenset()
