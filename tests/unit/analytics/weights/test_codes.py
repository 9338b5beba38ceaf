"""Codes are strict: what is no level is named, and a number is not the text that looks like it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import ValuesUnknown
from analytics.weights import codes
from analytics.weights.codes import code, code_partial, known
from analytics.weights.crossed import cross
from analytics.weights.frame import Margin, code_all


class TestCode:
    def test_a_value_outside_the_levels_is_never_dropped(self) -> None:
        with pytest.raises(ValuesUnknown, match="declared levels") as caught:
            code(["1", "1.0", "1.0", None], ["1", "2"])
        assert len(caught.value.faults) == 1
        assert "`1.0` occurs 2 times" in caught.value.faults[0].detail

    def test_missing_is_minus_one(self) -> None:
        assert code(["b", None, float("nan"), "a"], ["a", "b"]).tolist() == [1, -1, -1, 0]

    @pytest.mark.parametrize(
        ("value", "levels", "kind", "wanted"),
        [
            (1, ["1", "2"], "whole number", "text"),
            ("1", [1, 2], "text", "whole number"),
            (1.0, [1, 2], "decimal number", "whole number"),
            (np.float64(2.0), ["1", "2"], "decimal number", "text"),
            (np.int64(2), ["1", "2"], "whole number", "text"),
            (" 1", ["1", "2"], "text", None),
        ],
    )
    def test_numbers_and_text_are_not_mixed_up(
        self, value: object, levels: list[object], kind: str, wanted: str | None
    ) -> None:
        with pytest.raises(ValuesUnknown) as caught:
            code([levels[0], value, value], levels)
        fault = caught.value.faults[0]
        assert fault.code == ("unknown_level" if wanted is None else "wrong_type")
        assert wanted is None or (f"2 times as {kind}" in fault.detail and f"give all as {wanted}" in fault.detail)

    def test_a_truth_value_is_no_number(self) -> None:
        with pytest.raises(ValuesUnknown):
            code([1, True], [1, 2])
        assert code([np.int64(1), 2], [1, 2]).tolist() == [0, 1]

    def test_thousands_of_strangers_do_not_flood_the_message(self) -> None:
        with pytest.raises(ValuesUnknown) as caught:
            code([f"id{i}" for i in range(5000)], ["a"])
        assert len(caught.value.faults) == 50
        assert len(caught.value.message) < 1000


class TestPartial:
    def test_what_is_left_open_counts_by_conditional_shares(self) -> None:
        found = code_partial(["a", ("a", "c"), None], ["a", "b", "c"], [0.2, 0.5, 0.3])
        assert found.patterns[found.codes[1]].tolist() == [0.4, 0.0, 0.6]
        assert np.allclose(found.patterns[found.codes[2]], [0.2, 0.5, 0.3])

    def test_levels_that_the_population_lacks_are_shared_equally(self) -> None:
        found = code_partial([("a", "b")], ["a", "b", "c"], [0.0, 0.0, 1.0])
        assert found.patterns[found.codes[0]].tolist() == [0.5, 0.5, 0.0]

    def test_options_outside_the_levels_and_none_at_all_are_refused(self) -> None:
        with pytest.raises(ValuesUnknown) as caught:
            code_partial([("a", "q"), (), 1], ["a", "b"], [0.5, 0.5])  # type: ignore[list-item]
        assert {f.pointer for f in caught.value.faults} == {"/q", "/(nothing)", "/1"}

    def test_codes_outside_the_levels_are_refused(self) -> None:
        for bad in (np.array([0, 2]), np.array([0, -2]), np.array([0.0, 1.0]), np.array([["a"]])):
            with pytest.raises(ValuesUnknown):
                known(bad, ("a", "b"), (0.5, 0.5))

    def test_codes_that_several_margins_lack_are_named_together(self) -> None:
        margins = [Margin(key=k, levels=("1", "2"), shares=(0.5, 0.5)) for k in ("one", "two")]
        with pytest.raises(ValuesUnknown) as caught:
            code_all([{"one": "9", "two": "1"}, {"one": "1", "two": "8"}], margins)
        assert [f.pointer for f in caught.value.faults] == ["/one/9", "/two/8"]


class TestKinds:
    @settings(max_examples=40, deadline=None)
    @given(seed=st.integers(0, 10_000), n=st.integers(1, 400), small=st.booleans())
    def test_kinds_are_the_combinations_that_occur_in_order(self, seed: int, n: int, small: bool) -> None:
        rng = np.random.default_rng(seed)
        sizes = (3, 1, 5) if small else (2000, 1500, 3)
        columns = [rng.integers(0, size, n) for size in sizes]
        values = rng.random(n) + 0.1
        found = codes.kinds(columns, sizes, values)
        table, place = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
        used = found.values > 0
        assert used.mean() >= 0.5
        assert np.array_equal(np.column_stack(found.codes)[used], table)
        assert np.array_equal(np.column_stack(found.codes)[found.of], np.column_stack(columns))
        assert np.allclose(found.values[used], np.bincount(place.reshape(-1), weights=values))
        assert np.array_equal(found.sums()[used], np.bincount(place.reshape(-1)))
        assert np.allclose(found.spread(found.values), found.values[found.of])
        assert np.allclose(found.spread(found.values, values), found.values[found.of] * values)
        assert np.allclose(found.sums(values), found.values)

    @pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64])
    def test_small_integer_types_give_the_same_kinds(self, dtype: type) -> None:
        columns = [np.array([2, 0, 1, 2], dtype=dtype), np.array([1, 1, 0, 1], dtype=dtype)]
        found = codes.kinds(columns, (3, 2), np.ones(4))
        assert found.of.tolist() == [5, 1, 2, 5]
        assert found.sums().tolist() == [0, 1, 1, 0, 0, 2]
        few = codes.kinds(columns, (3, 20), np.ones(4))
        assert few.of.tolist() == [2, 0, 1, 2]
        assert few.sums().tolist() == [1, 1, 2]

    @pytest.mark.parametrize("bad", [[0, 3], [0, -1]])
    def test_codes_without_a_level_are_not_counted_as_another(self, bad: list[int]) -> None:
        with pytest.raises(codes.OutsideLevels):
            codes.kinds([np.array(bad), np.array([0, 0])], (3, 2), np.ones(2))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_counted_products_are_those_of_the_columns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    patterns = [np.vstack([np.eye(3), [0.2, 0.3, 0.5]]), np.eye(2), np.eye(4)]
    rows = [rng.integers(0, len(p), 50) for p in patterns]
    x = np.hstack([p[code] for p, code in zip(patterns, rows, strict=True)])
    weights = rng.random(50)
    table = cross(rows, patterns)
    kept = np.array([0, 2, 4, 8])
    assert np.allclose(table.products(weights), (x * weights[:, None]).T @ x)
    assert np.allclose(table.only(kept).products(weights), (x * weights[:, None]).T[kept] @ x[:, kept])
