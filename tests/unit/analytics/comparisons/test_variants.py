"""Variants: even parts whatever the moment, differences with the right size and power, and power said beforehand."""

from collections import Counter

import numpy as np
import pytest
from scipy import stats

from analytics.comparisons import blocks, lead, power, variants
from analytics.designs import design
from analytics.errors import AnalyticsError


class TestAssignment:
    def test_parts_stay_even_in_every_stratum_at_every_moment(self) -> None:
        rng = np.random.default_rng(3)
        strata = rng.choice(["a", "b", "c"], size=500).tolist()
        given = blocks.assign(["x", "y", "z"], strata, seed="s")
        for stratum in "abc":
            mine = [variant for variant, where in zip(given, strata, strict=True) if where == stratum]
            for moment in range(1, len(mine)):
                counts = Counter(mine[:moment])
                assert max(counts[v] for v in "xyz") - min(counts[v] for v in "xyz") <= 2

    def test_each_place_gets_each_variant_equally_often(self) -> None:
        """Chi-square over 100,000 assignments: uniform, and no place of a block is fixed."""
        names = ["x", "y", "z", "w"]
        given = np.array(blocks.assign(names, ["s"] * 100_000, seed="fixed", copies=1)).reshape(-1, 4)
        for place in range(4):
            counts = [int((given[:, place] == name).sum()) for name in names]
            assert stats.chisquare(counts).pvalue > 0.001
        after = Counter(zip(given[:, 0].tolist(), given[:, 1].tolist(), strict=True))
        assert stats.chisquare(list(after.values())).pvalue > 0.001
        assert len(after) == 12

    def test_the_same_seed_gives_the_same_and_another_seed_does_not(self) -> None:
        strata = ["s"] * 60
        first, again = (blocks.assign(["x", "y"], strata, seed="1") for _ in range(2))
        assert first == again
        assert first != blocks.assign(["x", "y"], strata, seed="2")

    @pytest.mark.parametrize("names", [[], ["a", "b", "c", "d", "e"], ["a", "a"]])
    def test_one_to_four_different_variants(self, names: list[str]) -> None:
        with pytest.raises(AnalyticsError, match="One to four different"):
            blocks.assign(names, ["s"], seed="1")


class TestComparison:
    def two(self, rng: np.random.Generator, shift: float, n: int = 400) -> tuple[variants.Difference, ...]:
        part = rng.permutation(n) < n // 2
        y = (rng.random(n) < 0.4 + shift * part).astype(float)
        parts = {"new": part, "old": ~part}
        return variants.compare({"use": y}, parts, design.make(rng.uniform(0.6, 1.8, n)))

    @pytest.mark.slow
    def test_size_and_power_are_as_stated_beforehand(self) -> None:
        rng, runs = np.random.default_rng(8), 1500
        deff = float(1 + np.var(np.linspace(0.6, 1.8, 1000)) / 1.2**2)
        stated = power.power_of_shares(0.4, 0.15, 200, 200, deff=deff)
        null = np.mean([self.two(rng, 0.0)[0].stands for _ in range(runs)])
        found = np.mean([self.two(rng, 0.15)[0].stands for _ in range(runs)])
        assert 0.035 <= null <= 0.068
        assert found == pytest.approx(stated, abs=0.04)

    def test_all_pairs_and_figures_are_corrected_together(self) -> None:
        rng = np.random.default_rng(1)
        part = rng.integers(0, 3, 600)
        parts = {name: part == i for i, name in enumerate("abc")}
        figures = {"value": rng.normal(size=600), "use": rng.normal(size=600) + 0.5 * (part == 0)}
        found = variants.compare(figures, parts, design.make(np.ones(600)))
        assert [(one.figure, one.first, one.second) for one in found][:3] == [
            ("value", "a", "b"), ("value", "a", "c"), ("value", "b", "c"),
        ]  # fmt: skip
        assert len(found) == 6
        assert {one.figure for one in found if one.stands} == {"use"}
        tested = [(one.p or 0.0, one.p_adjusted or 0.0) for one in found]
        assert all(adjusted >= p for p, adjusted in tested)

    def test_small_parts_are_shown_without_a_test(self) -> None:
        parts = {"a": np.arange(100) < 20, "b": np.arange(100) >= 20}
        (found,) = variants.compare({"y": np.arange(100.0)}, parts, design.make(np.ones(100)))
        assert found.p is None
        assert found.stands is None
        assert found.n == (20, 80)

    def test_overlap_and_a_single_part_are_refused(self) -> None:
        plain, y = design.make(np.ones(10)), {"y": np.arange(10.0)}
        with pytest.raises(AnalyticsError, match="3 people are in more than one part"):
            variants.compare(y, {"a": np.arange(10) < 6, "b": np.arange(10) >= 3}, plain)
        with pytest.raises(AnalyticsError, match="there are 1"):
            variants.compare(y, {"a": np.ones(10, dtype=bool)}, plain)


class TestPower:
    @pytest.mark.parametrize(
        ("n", "points"), [(100, 31.9), (150, 26.1), (300, 18.4), (500, 14.3), (750, 11.7), (1000, 10.1), (2000, 7.1)]
    )
    def test_smallest_difference_between_two_halves(self, n: int, points: float) -> None:
        """Known table: two halves, half against half, 80 percent power, design effect 1.3; it uses the variance at one
        half for both parts, so that ours, which lets it shrink with the difference, is a little smaller."""
        found = power.detectable_share(n / 2, n / 2, deff=1.3)
        assert found is not None
        assert 100 * found <= points + 0.05
        assert 100 * found == pytest.approx(points, rel=0.06)

    def test_people_needed_and_detectable_difference_are_each_others_inverse(self) -> None:
        n = power.people_needed(0.1, base=0.3, deff=1.4, comparisons=3)
        found = power.detectable_share(n, n, base=0.3, deff=1.4, comparisons=3)
        assert found is not None
        assert found <= 0.1
        fewer = power.detectable_share(n - 1, n - 1, base=0.3, deff=1.4, comparisons=3)
        assert fewer is not None
        assert fewer > 0.1

    def test_a_published_sample_size(self) -> None:
        """Fleiss, Levin and Paik: 0.25 against 0.40, alpha 0.05, power 0.90: 203 people each, no correction."""
        assert power.people_needed(0.15, base=0.25, power=0.9) == 203

    def test_means(self) -> None:
        """Two groups of 64, half a standard deviation apart: 80 percent (Cohen 1988)."""
        assert power.power_of_means(0.5, 1.0, 64, 64) == pytest.approx(0.807, abs=0.01)

    def test_nothing_can_be_found_with_a_handful(self) -> None:
        assert power.detectable_share(3, 3) is None

    def test_faults_are_named(self) -> None:
        with pytest.raises(AnalyticsError, match=r"0.5 and 1.2"):
            power.power_of_shares(0.5, 0.7, 100, 100)
        with pytest.raises(AnalyticsError, match="there are 1 and 100"):
            power.power_of_shares(0.5, 0.1, 1, 100)
        with pytest.raises(AnalyticsError, match="too small to be found"):
            power.people_needed(1e-6)


class TestLead:
    def test_the_variance_knows_that_shares_move_against_each_other(self) -> None:
        rng = np.random.default_rng(2)
        vote = rng.choice(3, p=[0.5, 0.4, 0.1], size=900)
        found = lead.lead((vote == 0) * 1.0, (vote == 1) * 1.0, design.make(np.ones(900)))
        a, b = np.mean(vote == 0), np.mean(vote == 1)
        assert found is not None
        assert found.se == pytest.approx(np.sqrt((a + b - (a - b) ** 2) / 899), rel=1e-3)

    @pytest.mark.slow
    def test_close_calls_are_named_and_clear_ones_are_not_missed(self) -> None:
        rng, called, close = np.random.default_rng(6), 0, 0
        for _ in range(400):
            even, clear = rng.choice(2, size=500), rng.choice(2, p=[0.4, 0.6], size=500)
            plain = design.make(rng.uniform(0.5, 1.5, 500))
            tie = lead.lead((even == 1) * 1.0, (even == 0) * 1.0, plain)
            won = lead.lead((clear == 1) * 1.0, (clear == 0) * 1.0, plain)
            assert tie is not None
            assert won is not None
            close += tie.too_close
            called += not won.too_close and won.probability > 0.97
        assert close / 400 >= 0.92
        assert called / 400 >= 0.95

    def test_nobody_and_everybody(self) -> None:
        plain = design.make(np.ones(6))
        assert lead.lead(np.full(6, np.nan), np.full(6, np.nan), plain) is None
        sure = lead.lead(np.ones(6), np.zeros(6), plain)
        assert sure is not None
        assert (sure.probability, sure.too_close) == (1.0, False)
