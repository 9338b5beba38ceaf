"""Margins that may be missed: a ridge, a tolerance, and what the certificate says of them."""

import numpy as np
import pytest
from scipy import optimize

from analytics.arrays import FloatArray
from analytics.designs import design, variance
from analytics.errors import Infeasible, MarginsUnusable
from analytics.weights import calibrate
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin


def people(seed: int, n: int = 80) -> tuple[list[Coded], FloatArray]:
    rng = np.random.default_rng(seed)
    codes = [rng.integers(0, 2, n), rng.choice(3, n, p=[0.6, 0.3, 0.1])]
    return [Coded(codes=c, patterns=np.eye(k)) for c, k in zip(codes, (2, 3), strict=True)], rng.uniform(0.5, 2, n)


SEX = Margin(key="sex", levels=("m", "f"), shares=(0.5, 0.5))


def place(*, ridge: float = 0.0, tolerance: float = 0.0) -> Margin:
    return Margin(key="place", levels=("x", "y", "z"), shares=(0.2, 0.3, 0.5), ridge=ridge, tolerance=tolerance)


def reached(coded: Coded, weights: FloatArray) -> FloatArray:
    return np.bincount(coded.codes, weights=weights, minlength=coded.patterns.shape[1]) / weights.sum()


class TestRidge:
    def test_linear_ridge_weights_follow_the_formula_of_ridge_regression(self) -> None:
        rng = np.random.default_rng(4)
        x = np.column_stack([np.ones(40), rng.normal(2, 1, 40), rng.integers(0, 2, 40)])
        d, totals, ridge = rng.uniform(1, 3, 40), np.array([90.0, 160.0, 60.0]), np.array([0.0, 0.3, 1.5])
        found = calibrate.calibrate(x, totals, d, distance="linear", ridge=ridge)
        products = x.T @ (x * d[:, None])
        multipliers = np.linalg.solve(products + np.diag(ridge * np.diag(products)), totals - x.T @ d)
        assert np.allclose(found.weights, d * (1 + x @ multipliers), rtol=1e-10)
        assert [soft.name for soft in found.certificate.soft] == ["column 2", "column 3"]
        for soft, i in zip(found.certificate.soft, (1, 2), strict=True):
            assert soft.missed == pytest.approx(x[:, i] @ found.weights - totals[i])
            assert soft.missed == pytest.approx(-ridge[i] * products[i, i] * multipliers[i])

    def test_a_column_by_itself_keeps_the_promised_part_of_its_gap(self) -> None:
        x, d = np.arange(1.0, 21.0)[:, None], np.ones(20)
        found = calibrate.calibrate(x, np.array([250.0]), d, distance="linear", ridge=0.25)
        assert x[:, 0] @ found.weights - 250 == pytest.approx((210 - 250) * 0.25 / 1.25)

    def test_a_soft_margin_lies_between_sample_and_population_and_a_hard_one_is_met(self) -> None:
        coded, d = people(1)
        hard, free = calibrate.rake(coded, [SEX, place()], d), calibrate.rake(coded[:1], [SEX], d)
        soft = calibrate.rake(coded, [SEX, place(ridge=0.5)], d)
        before, after = reached(coded[1], free.weights), reached(coded[1], soft.weights)
        target = np.array(place().shares)
        assert 0 < np.abs(after - target).sum() < 0.9 * np.abs(before - target).sum()
        assert np.allclose(reached(coded[0], soft.weights), SEX.shares, atol=1e-10)
        assert soft.certificate.worst_margin_error < 1e-10
        assert soft.certificate.n_eff > hard.certificate.n_eff
        assert {s.name for s in soft.certificate.soft} == {"place=x", "place=y", "place=z"}

    def test_a_small_ridge_is_close_to_none_and_an_empty_level_is_no_obstacle(self) -> None:
        coded, d = people(2)
        hard, nearly = calibrate.rake(coded, [SEX, place()], d), calibrate.rake(coded, [SEX, place(ridge=1e-9)], d)
        assert np.allclose(hard.weights, nearly.weights, rtol=1e-6)
        gone = Coded(codes=np.minimum(coded[1].codes, 1), patterns=np.eye(3))
        with pytest.raises(Infeasible):
            calibrate.rake([coded[0], gone], [SEX, place()], d)
        found = calibrate.rake([coded[0], gone], [SEX, place(ridge=0.2)], d)
        empty = next(soft for soft in found.certificate.soft if soft.name == "place=z")
        assert empty.missed / d.sum() == pytest.approx(-0.5)

    def test_residuals_are_those_of_ridge_regression(self) -> None:
        coded, d = people(3)
        found = calibrate.rake(coded, [SEX, place(ridge=0.5)], d)
        z = np.random.default_rng(8).normal(size=(80, 2))
        x = np.hstack([c.patterns[c.codes] for c in coded])
        ridge = np.r_[0.0, 0.0, 0.5 * d.sum() * np.array(place().shares)]
        slopes = np.linalg.pinv(x.T @ (x * d[:, None]) + np.diag(ridge)) @ (x.T @ (z * d[:, None]))
        sampled = design.make(found.weights, bases=[found.basis])
        assert np.allclose(variance.residuals(z, sampled), z - x @ slopes, atol=1e-10)


class TestTolerance:
    @pytest.mark.parametrize("seed", range(6))
    def test_weights_are_the_nearest_within_the_tolerance(self, seed: int) -> None:
        """Against a general solver of the primal problem."""
        coded, _ = people(seed, 14)
        coded = [
            Coded(codes=np.r_[c.codes[:11], k].astype(np.int64), patterns=c.patterns)
            for c, k in zip(coded, ([0, 1, 0], [0, 1, 2]), strict=True)
        ]
        d = np.random.default_rng(seed).uniform(0.5, 1.5, 14)
        d *= 14 / d.sum()
        found = calibrate.rake(coded, [SEX, place(tolerance=0.08)], d)
        x, targets = coded[1].patterns[coded[1].codes], 14 * np.array(place().shares)
        sexes = coded[0].patterns[coded[0].codes]
        general = optimize.minimize(
            lambda w: float((w * np.log(w / d) - w + d).sum()),
            d,
            jac=lambda w: np.log(w / d),
            bounds=[(1e-6, None)] * 14,
            constraints=[
                {"type": "eq", "fun": lambda w: sexes.T @ w - 7.0, "jac": lambda _: sexes.T},
                {"type": "ineq", "fun": lambda w: 0.08 * 14 - (x.T @ w - targets), "jac": lambda _: -x.T},
                {"type": "ineq", "fun": lambda w: 0.08 * 14 + (x.T @ w - targets), "jac": lambda _: x.T},
            ],
            method="SLSQP",
            options={"maxiter": 500, "ftol": 1e-12},
        )
        assert general.success
        assert np.allclose(found.weights, general.x, atol=1e-4)
        missed = np.abs(reached(coded[1], found.weights) - place().shares)
        assert missed.max() <= 0.08 + 1e-9

    def test_a_target_within_its_tolerance_asks_nothing(self) -> None:
        coded, d = people(5)
        free = calibrate.rake(coded[:1], [SEX], d)
        loose = calibrate.rake(coded, [SEX, place(tolerance=0.9)], d)
        assert np.allclose(free.weights, loose.weights, rtol=1e-10)
        assert not loose.basis.columns[:, 2:].any()

    def test_the_sum_is_kept_although_every_margin_is_soft(self) -> None:
        coded, d = people(6)
        found = calibrate.rake(coded[1:], [place(tolerance=0.05)], d, total=1000.0)
        assert found.weights.sum() == pytest.approx(1000.0)
        assert np.abs(reached(coded[1], found.weights) - place().shares).max() == pytest.approx(0.05)

    def test_a_tolerance_makes_room_within_limits(self) -> None:
        coded, d = people(7)
        with pytest.raises(Infeasible):
            calibrate.rake(coded, [SEX, place()], d, trim_high=3.0)
        found = calibrate.rake(coded, [SEX, place(tolerance=0.25)], d, trim_high=3.0)
        assert found.weights.max() <= 3.0 * found.weights.mean() + 1e-9
        assert np.allclose(reached(coded[0], found.weights), SEX.shares, atol=1e-9)

    def test_a_tolerance_too_small_for_an_empty_level_is_still_refused(self) -> None:
        coded, d = people(8)
        gone = Coded(codes=np.minimum(coded[1].codes, 1), patterns=np.eye(3))
        with pytest.raises(Infeasible, match="Nobody who answered is in `z`"):
            calibrate.rake([coded[0], gone], [SEX, place(tolerance=0.1)], d)

    def test_columns_may_have_a_tolerance_in_their_own_units(self) -> None:
        rng = np.random.default_rng(9)
        x, d = np.column_stack([np.ones(50), rng.normal(40, 10, 50)]), np.ones(50)
        found = calibrate.calibrate(x, np.array([50.0, 2300.0]), d, slack=np.array([0.0, 60.0]))
        assert x[:, 1] @ found.weights == pytest.approx(2240.0)
        assert found.certificate.soft[0].missed == pytest.approx(-60.0)
        assert found.weights.sum() == pytest.approx(50.0)

    def test_the_sweep_convention_has_no_soft_margins(self) -> None:
        coded, d = people(1)
        with pytest.raises(MarginsUnusable, match="start_weights"):
            calibrate.rake(coded, [SEX, place(ridge=0.5)], d, convention="unweighted_sweep")
