"""Who gets which variant: even at any moment, uniform, and the same for the same seed."""

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from analytics.comparisons import blocks
from analytics.errors import ComparisonUnusable


@pytest.mark.parametrize("copies", [1, 2, 3])
@pytest.mark.parametrize("names", [("x", "y"), ("x", "y", "z"), ("x", "y", "z", "w")])
def test_parts_stay_even_in_every_stratum_at_every_moment(names: tuple[str, ...], copies: int) -> None:
    rng = np.random.default_rng(3)
    strata = rng.choice(["a", "b", "c"], size=400).tolist()
    given = blocks.assign(names, strata, seed="s", copies=copies)
    for stratum in "abc":
        mine = [variant for variant, where in zip(given, strata, strict=True) if where == stratum]
        counts: Counter[str] = Counter()
        for number, variant in enumerate(mine, 1):
            counts[variant] += 1
            sizes = [counts[name] for name in names]
            assert max(sizes) - min(sizes) <= copies
            if number % (copies * len(names)) == 0:
                assert max(sizes) == min(sizes)


def test_the_bound_is_reached_and_not_only_kept() -> None:
    """Blocks that never put the copies of one variant in a row would be guessable."""
    given = blocks.assign(["x", "y"], ["s"] * 400, seed="1", copies=2)
    widest = max(abs(given[:i].count("x") - given[:i].count("y")) for i in range(400))
    assert widest == 2


def test_each_place_gets_each_variant_equally_often() -> None:
    """Chi-square over 100,000 assignments: uniform, and no place of a block is fixed."""
    names = ["x", "y", "z", "w"]
    given = np.array(blocks.assign(names, ["s"] * 100_000, seed="fixed", copies=1)).reshape(-1, 4)
    for place in range(4):
        counts = [int((given[:, place] == name).sum()) for name in names]
        assert stats.chisquare(counts).pvalue > 0.001
    orders = Counter(map(tuple, given.tolist()))
    assert len(orders) == 24
    assert stats.chisquare(list(orders.values())).pvalue > 0.001


def test_strata_and_blocks_do_not_repeat_each_other() -> None:
    """A generator that forgot the stratum, or the block, would give the same order again."""
    one, other = (blocks.assign(["x", "y"], [name] * 4000, seed="k", copies=2) for name in ("a", "b"))
    assert np.mean([a == b for a, b in zip(one, other, strict=True)]) == pytest.approx(0.5, abs=0.04)
    assert np.mean([a == b for a, b in zip(one, one[4:], strict=False)]) == pytest.approx(0.5, abs=0.04)


def test_the_same_seed_gives_the_same_and_another_seed_does_not() -> None:
    strata = ["s"] * 60
    first, again = (blocks.assign(["x", "y"], strata, seed="1") for _ in range(2))
    assert first == again
    assert first != blocks.assign(["x", "y"], strata, seed="2")
    assert first == tuple(blocks.place(["x", "y"], seed="1", stratum="s", number=i) for i in range(60))


@pytest.mark.parametrize("names", [[], ["a", "b", "c", "d", "e"], ["a", "a"]])
def test_one_to_four_different_variants(names: list[str]) -> None:
    with pytest.raises(ComparisonUnusable, match="One to four different"):
        blocks.assign(names, ["s"], seed="1")


def test_one_variant_goes_to_everybody() -> None:
    assert set(blocks.assign(["only"], ["s"] * 9, seed="1")) == {"only"}


def test_places_that_nobody_can_have() -> None:
    with pytest.raises(ComparisonUnusable, match="Place -1"):
        blocks.place(["a"], seed="1", stratum="", number=-1)
    with pytest.raises(ComparisonUnusable, match="blocks of 0"):
        blocks.place(["a"], seed="1", stratum="", number=0, copies=0)
