"""Trimming inside the loop, counted people, and mixed totals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from analytics.errors import AnalyticsError, MarginsUnusable, WeightsUnusable
from analytics.weights import calibrate, codes
from analytics.weights.calibrate import Variable
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin

A = Margin(key="a", levels=("1", "2", "3"), shares=(0.3, 0.4, 0.3))
B = Margin(key="b", levels=("1", "2"), shares=(0.55, 0.45))


def sample(seed: int, n: int) -> tuple[list[Coded], np.ndarray]:
    rng = np.random.default_rng(seed)
    a = np.r_[[0, 1, 2, 0, 1, 2], rng.choice(3, n - 6, p=[0.5, 0.35, 0.15])]
    b = np.r_[[0, 0, 0, 1, 1, 1], rng.choice(2, n - 6, p=[0.35, 0.65])]
    return [Coded(codes=a, patterns=np.eye(3)), Coded(codes=b, patterns=np.eye(2))], rng.uniform(0.6, 1.8, n)


class TestTrimmingInside:
    def test_weights_are_the_nearest_within_the_limits(self) -> None:
        """Against a general solver of the primal problem, everybody with a start weight of their own."""
        coded, d = sample(3, 40)
        d *= 40 / d.sum()
        found = calibrate.rake(coded, [A, B], d, trim_low=0.4, trim_high=2.8)
        x = np.hstack([c.patterns[c.codes] for c in coded])
        targets = 40 * np.r_[A.shares, B.shares]
        general = optimize.minimize(
            lambda w: float((w * np.log(w / d) - w + d).sum()),
            np.clip(d, 0.4, 2.8),
            jac=lambda w: np.log(w / d),
            bounds=[(0.4, 2.8)] * 40,
            constraints=[{"type": "eq", "fun": lambda w: (x.T @ w - targets)[:4], "jac": lambda _: x.T[:4]}],
            method="SLSQP",
            options={"maxiter": 500, "ftol": 1e-12},
        )
        assert general.success
        assert np.allclose(found.weights, general.x, atol=1e-4)
        on_a_limit = (found.weights < 0.4 + 1e-9) | (found.weights > 2.8 - 1e-9)
        assert 0 < on_a_limit.mean() == pytest.approx(found.certificate.trimmed_share)

    @settings(max_examples=15, deadline=None)
    @given(seed=st.integers(0, 10_000))
    def test_equal_start_weights_given_one_by_one_or_as_groups_make_no_difference(self, seed: int) -> None:
        coded, _ = sample(seed, 120)
        start = np.random.default_rng(seed).choice([1.0, 2.0, 3.5], 120)
        limits = {"trim_low": 0.2, "trim_high": 4.5}
        whole = calibrate.rake(coded, [A, B], start, **limits)
        nearly = calibrate.rake(coded, [A, B], start * (1 + 1e-13 * np.arange(120)), **limits)
        assert np.allclose(whole.weights, nearly.weights, rtol=1e-9)


class TestCells:
    @settings(max_examples=15, deadline=None)
    @given(seed=st.integers(0, 10_000), limited=st.booleans())
    def test_counted_people_get_the_weights_of_the_people(self, seed: int, limited: bool) -> None:
        coded, d = sample(seed, 150)
        limits = {"trim_low": 0.2, "trim_high": 4.5} if limited else {}
        keys = [c.codes for c in coded]
        if limited:
            d = np.random.default_rng(seed).choice([1.0, 2.0], 150)
            keys.append((d > 1.5).astype(np.int64))
        cell = codes.cells(*keys)
        size = cell.first.size
        sums, squares = np.bincount(cell.of, d, size), np.bincount(cell.of, d * d, size)
        counted = calibrate.rake_cells(
            [Coded(codes=c.codes[cell.first], patterns=c.patterns) for c in coded],
            [A, B],
            sums,
            np.bincount(cell.of).astype(float),
            squares=squares,
            total=500.0,
            **limits,
        )
        found = calibrate.rake(coded, [A, B], d, total=500.0, **limits)
        assert np.allclose(d * counted.factor[cell.of], found.weights, rtol=1e-10)
        mine, theirs = counted.certificate, found.certificate
        assert (mine.n, mine.converged) == (theirs.n, theirs.converged)
        assert (mine.n_eff, mine.n_eff_start, mine.trimmed_share) == pytest.approx(
            (theirs.n_eff, theirs.n_eff_start, theirs.trimmed_share)
        )

    def test_limits_need_one_start_weight_per_cell(self) -> None:
        coded = [Coded(codes=np.array([0, 1, 2]), patterns=np.eye(3))]
        sums, people = np.array([3.0, 2.0, 2.0]), np.array([2.0, 2.0, 2.0])
        with pytest.raises(AnalyticsError, match="share one start weight"):
            calibrate.rake_cells(coded, [A], sums, people, squares=np.array([5.0, 2.0, 2.0]), trim_high=4.0)
        assert calibrate.rake_cells(coded, [A], sums, people, squares=np.array([5.0, 2.0, 2.0])).certificate.converged

    def test_cells_without_people_are_refused(self) -> None:
        coded = [Coded(codes=np.array([0, 1, 2]), patterns=np.eye(3))]
        with pytest.raises(WeightsUnusable, match="numbers of people"):
            calibrate.rake_cells(coded, [A], np.ones(3), np.array([1.0, 0.0, 2.0]))


class TestMixed:
    def test_margins_and_continuous_totals_are_met_in_one_call(self) -> None:
        coded, d = sample(1, 200)
        age = np.random.default_rng(1).normal(45, 15, 200)
        for distance in ("raking", "linear"):
            found = calibrate.calibrate_mixed(
                coded,
                [A, B],
                [Variable(name="age", values=age, total=48_000.0)],
                d,
                total=1000.0,
                distance=distance,  # type: ignore[arg-type]
            )
            assert age @ found.weights == pytest.approx(48_000.0)
            assert np.bincount(coded[0].codes, found.weights) == pytest.approx(1000 * np.array(A.shares))
            assert found.basis.blocks == ((0, 3), (3, 5), (5, 6))

    def test_without_variables_it_is_raking(self) -> None:
        coded, d = sample(2, 100)
        mixed = calibrate.calibrate_mixed(coded, [A, B], [], d)
        assert np.allclose(mixed.weights, calibrate.rake(coded, [A, B], d).weights, rtol=1e-9)

    def test_a_missing_value_is_refused_or_counts_with_the_population_mean(self) -> None:
        coded, d = sample(3, 100)
        age = np.random.default_rng(3).normal(45, 15, 100)
        age[[4, 7]] = np.nan
        with pytest.raises(MarginsUnusable, match="2 people \\(number 5, 8\\)"):
            calibrate.calibrate_mixed(coded[:1], [A], [Variable(name="age", values=age, total=4_800.0)], d)
        kept = Variable(name="age", values=age, total=4_700.0, missing=True)
        found = calibrate.calibrate_mixed(coded[:1], [A], [kept], d, total=100.0)
        known = ~np.isnan(age)
        assert (age[known] @ found.weights[known]) / found.weights[known].sum() == pytest.approx(47.0)
        assert found.weights[4] > 0

    def test_shape_and_number_faults_are_named(self) -> None:
        coded, d = sample(3, 100)
        short = Variable(name="age", values=np.ones(99), total=1.0)
        with pytest.raises(MarginsUnusable, match="`age` has values of shape"):
            calibrate.calibrate_mixed(coded, [A, B], [short], d)
        endless = Variable(name="age", values=np.ones(100), total=float("nan"))
        with pytest.raises(MarginsUnusable, match="`age` is nan"):
            calibrate.calibrate_mixed(coded, [A, B], [endless], d)


class TestPoststratification:
    def test_a_cell_with_a_target_and_nobody_is_infeasible(self) -> None:
        coded = Coded(codes=np.array([0, 0, 2]), patterns=np.eye(3))
        with pytest.raises(AnalyticsError, match="Nobody who answered is in `1`") as caught:
            calibrate.poststratify(coded, np.array([5.0, 1.0, 4.0]), np.ones(3))
        assert caught.value.details["repairs"][0].enough
        with pytest.raises(MarginsUnusable, match="target is 0"):
            calibrate.poststratify(coded, np.array([5.0, 5.0, 0.0]), np.ones(3))
        with pytest.raises(MarginsUnusable, match="Cell 1 has total nan"):
            calibrate.poststratify(coded, np.array([5.0, np.nan, 1.0]), np.ones(3))

    def test_people_known_in_part_are_fitted(self) -> None:
        coded = Coded(codes=np.array([0, 1, 2, 0]), patterns=np.vstack([np.eye(2), [0.4, 0.6]]))
        found = calibrate.poststratify(coded, np.array([4.0, 6.0]), np.ones(4))
        assert (coded.patterns[coded.codes].T @ found.weights) == pytest.approx([4.0, 6.0])
