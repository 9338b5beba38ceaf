"""Power said beforehand: published tables, R's numbers, and each function the inverse of the other."""

import pytest

from analytics.comparisons import power
from analytics.errors import ComparisonUnusable

HALVES = [
    (100, 31.9), (150, 26.1), (300, 18.4), (500, 14.3), (750, 11.7), (1000, 10.1), (1500, 8.2), (2000, 7.1),
]  # fmt: skip


class TestKnownTables:
    @pytest.mark.parametrize(("n", "points"), HALVES)
    def test_smallest_difference_between_two_halves(self, n: int, points: float) -> None:
        """80 percent power, design effect 1.3, with the largest variance that a share can have in both halves."""
        assert 100 * power.detectable_mean(0.5, n / 2, n / 2, deff=1.3) == pytest.approx(points, abs=0.0501)

    @pytest.mark.parametrize(("n", "points"), HALVES)
    def test_a_variance_that_shrinks_with_the_difference_finds_a_little_less(self, n: int, points: float) -> None:
        found = power.detectable_share(n / 2, n / 2, deff=1.3)
        assert found is not None
        assert points * 0.93 < 100 * found < points + 0.05

    @pytest.mark.parametrize(
        ("n", "points"),
        [
            (100, (9.8, 11.2, 12.4, 13.9)),
            (300, (5.7, 6.5, 7.2, 8.0)),
            (1000, (3.1, 3.5, 3.9, 4.4)),
            (2000, (2.2, 2.5, 2.8, 3.1)),
        ],
    )
    def test_half_of_an_interval_at_one_half(self, n: int, points: tuple[float, ...]) -> None:
        for deff, expected in zip((1.0, 1.3, 1.6, 2.0), points, strict=True):
            assert 100 * power.half_width(n, deff=deff) == pytest.approx(expected, abs=0.0501)

    def test_two_shares_as_in_r(self) -> None:
        """power.prop.test(..., strict = TRUE), which counts both tails as ours does."""
        assert power.power_of_shares(0.4, 0.15, 200, 200) == pytest.approx(0.854463177521438, rel=1e-12)
        assert power.people_needed(0.15, base=0.25, power=0.9) == 203  # 202.80945989537
        up = power.detectable_share(150, 150, base=0.3, comparisons=6)
        assert 0.3 + (up or 0) == pytest.approx(0.495713547193, rel=1e-9)

    def test_two_means(self) -> None:
        """Cohen 1988: 64 people each for half a standard deviation, 80 percent; 63 by the normal distribution."""
        assert power.power_of_means(0.5, 1.0, 64, 64) == pytest.approx(0.807, abs=0.001)
        assert power.people_needed_for_mean(0.5, 1.0) == 63
        assert power.people_needed_for_mean(5, 10.0, deff=2.0) == 126


class TestInverse:
    def test_people_and_detectable_share(self) -> None:
        n = power.people_needed(0.1, base=0.3, deff=1.4, comparisons=3)
        found, fewer = (power.detectable_share(m, m, base=0.3, deff=1.4, comparisons=3) for m in (n, n - 1))
        assert found is not None
        assert fewer is not None
        assert found <= 0.1 < fewer
        assert power.power_of_shares(0.3, found, n, n, deff=1.4, comparisons=3) == pytest.approx(0.8)

    def test_people_and_detectable_mean(self) -> None:
        n = power.people_needed_for_mean(0.25, 1.1, power=0.9, deff=1.3, comparisons=6)
        assert power.detectable_mean(1.1, n, n, power=0.9, deff=1.3, comparisons=6) <= 0.25
        assert power.detectable_mean(1.1, n - 1, n - 1, power=0.9, deff=1.3, comparisons=6) > 0.25

    def test_uneven_parts_find_less_than_even_ones(self) -> None:
        even, uneven = power.detectable_share(500, 500), power.detectable_share(900, 100)
        assert (even or 1) < (uneven or 1)

    def test_directions(self) -> None:
        up = power.detectable_share(200, 200, base=0.2, direction="up")
        down = power.detectable_share(200, 200, base=0.2, direction="down")
        assert up == power.detectable_share(200, 200, base=0.2)
        assert (down or 1) < (up or 0)
        assert power.detectable_share(30, 30, base=0.05, direction="down") is None

    def test_more_comparisons_and_a_larger_design_effect_cost_power(self) -> None:
        plain = power.power_of_shares(0.5, 0.1, 400, 400)
        assert power.power_of_shares(0.5, 0.1, 400, 400, comparisons=6) < plain
        assert power.power_of_shares(0.5, 0.1, 400, 400, deff=1.5) < plain
        assert power.power_of_shares(0.5, 0.0, 400, 400) == pytest.approx(0.05)


class TestStatement:
    def test_it_says_what_the_plan_needs(self) -> None:
        """Three variants, three figures: nine comparisons."""
        said = power.state(1000, parts=3, figures=3)
        assert (said.each, said.comparisons, said.deff, said.power) == (333, 9, 1.3, 0.8)
        assert said.detectable == power.detectable_share(333, 333, deff=1.3, comparisons=9)
        assert said.half_width == power.half_width(1000, deff=1.3)

    def test_nothing_can_be_found_with_a_handful(self) -> None:
        assert power.state(6).detectable is None
        assert power.detectable_share(3, 3) is None

    def test_one_part_is_no_comparison(self) -> None:
        with pytest.raises(ComparisonUnusable, match="1 parts and 1 figures hold no comparison"):
            power.state(100, parts=1)
        with pytest.raises(ComparisonUnusable, match="there are 1 and 1"):
            power.state(3)


class TestInput:
    def test_shares_outside_their_range(self) -> None:
        with pytest.raises(ComparisonUnusable, match=r"0.5 and 1.2"):
            power.power_of_shares(0.5, 0.7, 100, 100)
        with pytest.raises(ComparisonUnusable, match="1 does not"):
            power.detectable_share(100, 100, base=1.0)

    @pytest.mark.parametrize("side", [1.0, -3.0, float("nan")])
    def test_too_few_people(self, side: float) -> None:
        with pytest.raises(ComparisonUnusable, match="Two people on each side"):
            power.power_of_shares(0.5, 0.1, side, 100)

    def test_tests_that_are_none(self) -> None:
        for given in ({"alpha": 0.0}, {"alpha": 1.0}, {"deff": 0.0}, {"deff": float("nan")}, {"comparisons": 0}):
            with pytest.raises(ComparisonUnusable, match="make no test"):
                power.power_of_means(0.1, 1.0, 100, 100, **given)
        with pytest.raises(ComparisonUnusable, match="standard deviation of 0"):
            power.power_of_means(0.1, 0.0, 100, 100)
        with pytest.raises(ComparisonUnusable, match=r"power of 0.03 cannot be planned for"):
            power.detectable_mean(1.0, 100, 100, power=0.03)
        with pytest.raises(ComparisonUnusable, match="make no interval"):
            power.half_width(0)

    def test_differences_too_small_for_any_survey(self) -> None:
        with pytest.raises(ComparisonUnusable, match="too small to be found"):
            power.people_needed(1e-6)
        with pytest.raises(ComparisonUnusable, match="too small to be found"):
            power.people_needed_for_mean(0.0, 1.0)
