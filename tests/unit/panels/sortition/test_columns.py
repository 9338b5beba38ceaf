"""The best of all lotteries over whole panels, against every panel there is."""

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panels.errors import DraftImpossible
from panels.sortition import columns, leximin, maximin, types, verify
from panels.sortition.model import Lottery, Types
from tests.unit.panels.sortition import enumeration, pools, relaxed
from tests.unit.panels.sortition.test_targets import INSTANCES, read


def chances(grouped: Types, lottery: Lottery) -> np.ndarray:
    verify.panels(grouped, lottery.panels)
    assert lottery.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert (lottery.weights > 0).all()
    mean: np.ndarray = lottery.weights @ lottery.panels / grouped.counts
    return mean


class TestParity:
    @pytest.mark.parametrize(("name", "true", "promised"), [("third", 1 / 3, 1 / 2), ("four_fifteenths", 4 / 15, 0.3)])
    @pytest.mark.parametrize("algorithm", ["leximin", "maximin"])
    def test_what_the_relaxation_promises_too_much_is_solved_exactly(
        self, name: str, true: float, promised: float, algorithm: columns.Solvable
    ) -> None:
        folder = INSTANCES / f"parity_{name}"
        grouped = types.group(read(folder))
        lottery = columns.solve(grouped, algorithm)
        every = pools.all_panels(grouped)
        assert maximin.bound(grouped) == pytest.approx(promised, abs=1e-9)
        assert pools.best_minimum(grouped, every) == pytest.approx(true, abs=1e-9)
        assert lottery.exact
        assert chances(grouped, lottery).min() == pytest.approx(true, rel=1e-6)
        assert json.loads((folder / "expected.json").read_text())["maximin"] == pytest.approx(true, abs=1e-12)

    @pytest.mark.parametrize("kinds", [3, 5])
    def test_a_ring_of_people_who_exclude_their_neighbours(self, kinds: int) -> None:
        """Half of a ring of 5 would be 5/2 people; whole people make 2, so 2/5 each and not 1/2."""
        people = [{f"m{j}": "in" if j in (i, (i + 1) % kinds) else "out" for j in range(kinds)} for i in range(kinds)]
        people += [{f"m{j}": "out" for j in range(kinds)}] * 4
        quotas = {(f"m{j}", v): (0, 1 if v == "in" else 9) for j in range(kinds) for v in ("in", "out")}
        size = kinds // 2 + 3
        grouped = types.group(enumeration.draft_of(people, quotas, size=size))
        lottery = columns.solve(grouped, "leximin")
        assert lottery.exact
        expected = pools.best_minimum(grouped, pools.all_panels(grouped))
        assert chances(grouped, lottery).min() == pytest.approx(expected, rel=1e-6)
        assert expected == pytest.approx((kinds // 2) / kinds)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_leximin_is_the_leximin_of_all_lotteries(seed: int) -> None:
    drawn = enumeration.random_draft(seed) if seed % 2 else pools.pool(9, 4, seed, slack=0, features=3)
    grouped = types.group(drawn)
    every = pools.all_panels(grouped)
    if not len(every):
        with pytest.raises(DraftImpossible):
            columns.solve(grouped, "leximin")
        return
    lottery = columns.solve(grouped, "leximin")
    kept = (grouped.floor == 0) & every.any(axis=0)
    expected = relaxed.of_panels(grouped, every, kept).leximin()
    assert expected is not None
    assert lottery.exact
    assert chances(grouped, lottery)[kept] == pytest.approx(expected, abs=1e-6)
    assert (chances(grouped, lottery)[(grouped.floor == 0) & ~kept] == 0).all()


def test_where_the_relaxation_is_reached_it_gives_the_same_levels() -> None:
    grouped = types.group(pools.pool(40, 8, 4, features=3))
    lottery = columns.solve(grouped, "leximin")
    p = chances(grouped, lottery)
    wanted = leximin.levels(p.round(6), grouped.counts.astype(np.float64))
    assert lottery.exact
    assert p.min() == pytest.approx(maximin.bound(grouped), rel=1e-6)
    assert sum(people for _, people in wanted) == 40


def test_a_lottery_to_start_from_does_not_change_the_answer() -> None:
    grouped = types.group(read(INSTANCES / "parity_four_fifteenths"))
    every = pools.all_panels(grouped)[:5].astype(np.int32)
    start = Lottery(panels=every, weights=np.full(5, 0.2))
    assert chances(grouped, columns.solve(grouped, "leximin", start)).min() == pytest.approx(4 / 15, rel=1e-6)


def test_a_search_that_is_given_up_says_that_it_is_not_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "ROUNDS", 1)
    grouped = types.group(pools.pool(60, 12, 1))
    lottery = columns.solve(grouped, "leximin")
    assert not lottery.exact
    assert chances(grouped, lottery).min() < maximin.bound(grouped) - 1e-6


def test_a_panel_of_confirmed_people_is_the_only_panel() -> None:
    drawn = enumeration.draft_of([{"sex": "M"}] * 3, {("sex", "M"): (0, 3)}, size=2)
    grouped = types.group(msgspec.structs.replace(drawn, confirmed=frozenset({"p0", "p2"})))
    lottery = columns.solve(grouped, "leximin")
    assert lottery.exact
    assert lottery.panels.tolist() == [[0, 1, 1]]
    assert lottery.weights.tolist() == [1.0]


def test_the_same_types_give_the_same_lottery_bit_for_bit() -> None:
    grouped = types.group(pools.pool(30, 6, 2, features=3))
    one, other = columns.solve(grouped, "leximin"), columns.solve(grouped, "leximin")
    assert one.panels.tobytes() == other.panels.tobytes()
    assert one.weights.tobytes() == other.weights.tobytes()
