"""Weights meet what they promise, and say why when they cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from analytics.errors import AnalyticsError, Infeasible, MarginsUnusable, NotConverged, ValuesUnknown
from analytics.weights import calibrate, ipf
from analytics.weights.codes import Coded, code
from analytics.weights.frame import Margin, check_margins

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

    def test_an_impossible_combination_is_found_although_each_level_is_possible(self) -> None:
        groups, places = ["a"] * 50 + ["b"] * 50, ["x"] * 50 + ["y"] * 25 + ["z"] * 25
        with pytest.raises((Infeasible, MarginsUnusable)):
            calibrate.rake([coded(groups, AB), coded(places, XYZ)], [AB, XYZ], np.ones(100))

    def test_start_weights_must_be_positive_and_complete(self) -> None:
        with pytest.raises(AnalyticsError, match="above 0"):
            calibrate.rake(sample(1), [AB, XYZ], np.zeros(200))
        with pytest.raises(AnalyticsError, match="199 start weights"):
            calibrate.rake(sample(1), [AB, XYZ], np.ones(199))


class TestCalibrate:
    def test_negative_weights_of_the_linear_distance_are_counted(self) -> None:
        x = np.column_stack([np.ones(50), np.arange(50.0)])
        found = calibrate.calibrate(x, np.array([50.0, 45.0 * 50]), np.ones(50), distance="linear")
        assert found.certificate.negatives > 0
        raked = calibrate.calibrate(x, np.array([50.0, 45.0 * 50]), np.ones(50), distance="raking")
        assert raked.certificate.negatives == 0

    def test_unreachable_totals_raise_with_the_error_that_remains(self) -> None:
        x = np.column_stack([np.ones(50), np.arange(50.0)])
        with pytest.raises(NotConverged) as caught:
            calibrate.calibrate(x, np.array([50.0, 60.0 * 50]), np.ones(50), distance="logit", bounds=(0.5, 2.0))
        assert caught.value.details["worst_margin_error"] > 0.01

    @pytest.mark.parametrize(("distance", "bounds"), [("logit", None), ("linear", (2.0, 1.0)), ("logit", (1.5, 2.0))])
    def test_limits_that_make_no_sense_are_refused(
        self, distance: calibrate.Distance, bounds: tuple[float, float] | None
    ) -> None:
        with pytest.raises(AnalyticsError, match="limit"):
            calibrate.calibrate(np.ones((5, 1)), np.array([5.0]), np.ones(5), distance=distance, bounds=bounds)


class TestMargins:
    def test_every_fault_is_collected_at_once(self) -> None:
        bad = [
            Margin(key="sums", levels=("a", "b"), shares=(0.5, 0.4)),
            Margin(key="zero", levels=("a", "b"), shares=(0.0, 1.0)),
            Margin(key="twice", levels=("a", "a"), shares=(0.5, 0.5)),
            Margin(key="empty", levels=(), shares=()),
        ]
        with pytest.raises(MarginsUnusable) as caught:
            check_margins(bad)
        assert [(f.pointer, f.code) for f in caught.value.faults] == [
            ("/sums", "sum"),
            ("/zero/a", "not_positive"),
            ("/twice/a", "duplicate"),
            ("/empty", "missing"),
        ]

    def test_a_value_outside_the_levels_is_never_dropped(self) -> None:
        with pytest.raises(ValuesUnknown, match="declared levels") as caught:
            code(["1", "1.0", "1.0", None], ["1", "2"])
        assert len(caught.value.faults) == 1
        assert "`1.0` occurs 2 times" in caught.value.faults[0].detail
