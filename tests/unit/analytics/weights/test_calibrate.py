"""Weights meet what they promise, and say why when they cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from analytics.errors import AnalyticsError, Infeasible, MarginsUnusable
from analytics.weights import calibrate, ipf
from analytics.weights.codes import Coded, code
from analytics.weights.frame import Margin

AB = Margin(key="group", levels=("a", "b"), shares=(0.5, 0.5))
XYZ = Margin(key="place", levels=("x", "y", "z"), shares=(0.2, 0.3, 0.5))


def coded(values: list[str], margin: Margin) -> Coded:
    return Coded(codes=code(values, margin.levels), patterns=np.eye(len(margin.levels)))


def sample(seed: int, n: int = 200) -> list[Coded]:
    rng = np.random.default_rng(seed)
    groups = [*"ab", *rng.choice(["a", "b"], p=[0.7, 0.3], size=n - 2)]
    places = [*"xyz", *rng.choice(["x", "y", "z"], p=[0.4, 0.35, 0.25], size=n - 3)]
    return [coded([str(g) for g in groups], AB), coded([str(p) for p in places], XYZ)]


def reachable(people: list[Coded], low: float, high: float) -> bool:
    """Whether any weights within the limits meet both margins, by linear programming over everybody."""
    columns = np.hstack([one.patterns[one.codes] for one in people])
    totals = len(columns) * np.concatenate([AB.shares, XYZ.shares])
    found = optimize.linprog(np.zeros(len(columns)), A_eq=columns.T, b_eq=totals, bounds=(low, high))
    return bool(found.status == 0)


def brute_upper(x: np.ndarray, totals: np.ndarray, low: float) -> float:
    """The smallest upper bound on g (start weights 1), by bisection over linear programmes."""
    below, above = 1.0, 60.0
    for _ in range(50):
        middle = (below + above) / 2
        found = optimize.linprog(np.zeros(len(x)), A_eq=x.T, b_eq=totals, bounds=(low, middle))
        below, above = (below, middle) if found.status == 0 else (middle, above)
    return above


class TestRake:
    @settings(max_examples=20, deadline=None)
    @given(seed=st.integers(0, 10_000), low=st.floats(0.05, 0.3), high=st.floats(3, 8))
    def test_every_margin_is_met_within_the_trimming_limits_or_no_weights_exist(
        self, seed: int, low: float, high: float
    ) -> None:
        rng = np.random.default_rng(seed)
        start = rng.uniform(0.5, 2.0, size=200)
        try:
            found = calibrate.rake(sample(seed), [AB, XYZ], start, total=200.0, trim_low=low, trim_high=high)
        except Infeasible:
            assert not reachable(sample(seed), low, high)
            return
        for one, margin in zip(sample(seed), [AB, XYZ], strict=True):
            reached = np.bincount(one.codes, weights=found.weights) / 200
            assert np.abs(reached - margin.shares).max() < 1e-9
        assert found.weights.min() >= low - 1e-9
        assert found.weights.max() <= high + 1e-9
        assert found.certificate.converged
        assert found.certificate.worst_margin_error < 1e-9

    @settings(max_examples=10, deadline=None)
    @given(seed=st.integers(0, 10_000))
    def test_the_order_of_people_does_not_matter(self, seed: int) -> None:
        order = np.random.default_rng(seed).permutation(200)
        start = np.random.default_rng(seed + 1).choice([1.0, 2.0], size=200)
        straight = calibrate.rake(sample(seed), [AB, XYZ], start)
        mixed = calibrate.rake(
            [Coded(codes=c.codes[order], patterns=c.patterns) for c in sample(seed)], [AB, XYZ], start[order]
        )
        assert np.allclose(straight.weights[order], mixed.weights, rtol=1e-12)

    def test_start_weights_are_kept_within_a_cell(self) -> None:
        start = np.random.default_rng(3).choice([1.0, 4.0], size=200)
        found = calibrate.rake(sample(3), [AB, XYZ], start)
        first, second = sample(3)
        same = (first.codes == 0) & (second.codes == 1)
        assert np.allclose(found.weights[same] / start[same], (found.weights / start)[same][0])

    def test_newton_and_iterative_fitting_agree(self) -> None:
        parts = sample(5)
        found = calibrate.rake(parts, [AB, XYZ], np.ones(200))
        members = [c.patterns[c.codes] for c in parts]
        targets = [200 * np.array(m.shares) for m in (AB, XYZ)]
        free = {"low": np.zeros(200), "high": np.full(200, np.inf), "tolerance": 1e-12}
        assert np.allclose(ipf.fit(members, np.ones(200), targets, **free).g, found.weights, rtol=1e-9)

    def test_a_margin_that_repeats_another_is_met_and_named_redundant(self) -> None:
        parts = sample(5)
        twin = Margin(key="twin", levels=("a", "b"), shares=AB.shares)
        found = calibrate.rake([parts[0], parts[0], parts[1]], [AB, twin, XYZ], np.ones(200))
        assert np.allclose(found.weights, calibrate.rake(parts, [AB, XYZ], np.ones(200)).weights)
        assert len(found.certificate.redundant) == 3

    def test_margins_that_disagree_are_refused_with_both_sides_named(self) -> None:
        parts = sample(5)
        twin = Margin(key="twin", levels=("a", "b"), shares=(0.6, 0.4))
        with pytest.raises(MarginsUnusable, match="same people") as caught:
            calibrate.rake([parts[0], parts[0], parts[1]], [AB, twin, XYZ], np.ones(200))
        assert "group=" in caught.value.message
        assert "twin=" in caught.value.message

    def test_a_level_without_people_is_named_with_the_merge_that_repairs_it(self) -> None:
        values = ["x"] * 60 + ["y"] * 40
        with pytest.raises(Infeasible, match="Nobody who answered is in `z` of `place`") as caught:
            calibrate.rake([coded(values, XYZ)], [XYZ], np.ones(100))
        repair = caught.value.details["repairs"][0]
        assert (repair.first, repair.second, repair.enough) == ("y", "z", True)
        assert caught.value.faults[0].pointer == "/place/z"

    def test_limits_too_tight_say_how_wide_they_must_be(self) -> None:
        values = ["x"] * 90 + ["y"] * 8 + ["z"] * 2
        with pytest.raises(Infeasible) as caught:
            calibrate.rake([coded(values, XYZ)], [XYZ], np.ones(100), trim_low=0.1, trim_high=5.0)
        assert caught.value.details["trim_high_needed"] == pytest.approx(25.0)
        assert {s.level for s in caught.value.details["levels"]} == {"z"}
        calibrate.rake([coded(values, XYZ)], [XYZ], np.ones(100), trim_low=0.1, trim_high=25.0)

    def test_two_levels_that_are_the_same_people_are_named_with_the_merge(self) -> None:
        groups, places = ["a"] * 50 + ["b"] * 50, ["x"] * 50 + ["y"] * 25 + ["z"] * 25
        with pytest.raises(MarginsUnusable, match="same people") as caught:
            calibrate.rake([coded(groups, AB), coded(places, XYZ)], [AB, XYZ], np.ones(100))
        best = caught.value.details["repairs"][0]
        assert best.enough
        assert (best.dimension, best.first, best.second) == ("place", "x", "y")

    def test_levels_that_exclude_each_other_are_named_as_a_pair(self) -> None:
        groups = ["a"] * 40 + ["b"] * 60
        places = ["x"] * 30 + ["y"] * 10 + ["y"] * 30 + ["z"] * 30
        wanted = Margin(key="place", levels=("x", "y", "z"), shares=(0.6, 0.3, 0.1))
        with pytest.raises(Infeasible, match="cannot both be met") as caught:
            calibrate.rake([coded(groups, AB), coded(places, wanted)], [AB, wanted], np.ones(100))
        pair = caught.value.details["pairs"][0]
        assert ("place", "x") in set(zip(pair.dimensions, pair.levels, strict=True))
        assert pair.gap == pytest.approx(0.1)
        repair = caught.value.details["repairs"][0]
        assert repair.enough
        merged = ["x + y" if place in "xy" else "z" for place in places]
        after = Margin(key="place", levels=("x + y", "z"), shares=(0.9, 0.1))
        assert calibrate.rake(
            [coded(groups, AB), coded(merged, after)], [AB, after], np.ones(100)
        ).certificate.converged

    def test_where_no_single_merge_is_enough_a_chain_is_proposed(self) -> None:
        many = Margin(key="step", levels=("a", "b", "c", "d"), shares=(0.25, 0.25, 0.25, 0.25))
        with pytest.raises(Infeasible, match="No single merge") as caught:
            calibrate.rake([coded(["a"] * 30, many)], [many], np.ones(30))
        assert len(caught.value.details["path"]) == 3

    def test_one_level_may_be_far_off_and_another_empty_of_room(self) -> None:
        """Limits from below: the sample holds too many of a small group."""
        values = ["x"] * 90 + ["y"] * 5 + ["z"] * 5
        few = Margin(key="place", levels=("x", "y", "z"), shares=(0.1, 0.45, 0.45))
        with pytest.raises(Infeasible) as caught:
            calibrate.rake([coded(values, few)], [few], np.ones(100), trim_low=0.2, trim_high=20.0)
        assert caught.value.details["trim_low_needed"] == pytest.approx(0.1 / 0.9)
        assert calibrate.rake([coded(values, few)], [few], np.ones(100), trim_low=0.111, trim_high=20.0)


class TestCalibrate:
    def test_negative_weights_of_the_linear_distance_are_counted(self) -> None:
        x = np.column_stack([np.ones(50), np.arange(50.0)])
        found = calibrate.calibrate(x, np.array([50.0, 45.0 * 50]), np.ones(50), distance="linear")
        assert found.certificate.negatives > 0
        raked = calibrate.calibrate(x, np.array([50.0, 45.0 * 50]), np.ones(50), distance="raking")
        assert raked.certificate.negatives == 0

    def test_a_total_beyond_everybody_is_named_and_no_bounds_are_promised(self) -> None:
        x = np.column_stack([np.ones(50), np.arange(50.0)])
        with pytest.raises(Infeasible, match="No bounds help") as caught:
            calibrate.calibrate(x, np.array([50.0, 60.0 * 50]), np.ones(50), distance="logit", bounds=(0.5, 2.0))
        assert caught.value.details["conflict"] == ("column 2",)

    @pytest.mark.parametrize("distance", ["linear", "logit", "raking"])
    def test_bounds_too_tight_name_the_smallest_that_work(self, distance: calibrate.Distance) -> None:
        x, totals = np.column_stack([np.ones(50), np.arange(50.0)]), np.array([50.0, 28.0 * 50])

        def bounded(low: float, high: float) -> calibrate.Calibration:
            return calibrate.calibrate(x, totals, np.ones(50), distance=distance, bounds=(low, high))

        with pytest.raises(Infeasible, match="narrowest") as caught:
            bounded(0.8, 1.2)
        needed = caught.value.details["needed"]
        assert needed.upper == pytest.approx(brute_upper(x, totals, 0.8), rel=1e-6)
        low, high = needed.both
        for shift, works in ((0.004, True), (-0.004, False)):
            if works:
                found = bounded(low - shift, high + shift)
                assert np.abs(x.T @ found.weights - totals).max() < 1e-6
                assert low - shift <= found.certificate.g_min <= found.certificate.g_max <= high + shift
            else:
                with pytest.raises(Infeasible):
                    bounded(low - shift, high + shift)

    def test_weights_may_be_limited_themselves(self) -> None:
        start = np.linspace(0.5, 3.0, 60)
        x = np.column_stack([np.ones(60), np.arange(60.0)])
        totals = np.array([start.sum(), 1.08 * (x[:, 1] @ start)])
        free = calibrate.calibrate(x, totals, start, distance="linear")
        found = calibrate.calibrate(x, totals, start, distance="linear", weight_limits=(0.6, 3.1))
        assert free.weights.max() > 3.1
        assert 0.6 - 1e-9 <= found.weights.min() <= found.weights.max() <= 3.1 + 1e-9
        assert np.allclose(x.T @ found.weights, totals, rtol=1e-9)
        on_a_limit = (found.weights <= 0.6 + 1e-9) | (found.weights >= 3.1 - 1e-9)
        assert found.certificate.trimmed_share == pytest.approx(on_a_limit.mean())

    def test_columns_that_contradict_each_other_are_named(self) -> None:
        x = np.column_stack([np.ones(30), np.arange(30.0), 2 * np.arange(30.0)])
        with pytest.raises(MarginsUnusable, match="`twice`"):
            calibrate.calibrate(x, np.array([30.0, 450.0, 901.0]), np.ones(30), names=["all", "once", "twice"])
        found = calibrate.calibrate(x, np.array([30.0, 450.0, 900.0]), np.ones(30), names=["all", "once", "twice"])
        assert found.certificate.redundant in (("once",), ("twice",))
        assert np.allclose(x.T @ found.weights, [30.0, 450.0, 900.0])

    @pytest.mark.parametrize(("distance", "bounds"), [("logit", None), ("linear", (2.0, 1.0)), ("logit", (1.5, 2.0))])
    def test_limits_that_make_no_sense_are_refused(
        self, distance: calibrate.Distance, bounds: tuple[float, float] | None
    ) -> None:
        with pytest.raises(AnalyticsError, match="limit"):
            calibrate.calibrate(np.ones((5, 1)), np.array([5.0]), np.ones(5), distance=distance, bounds=bounds)
