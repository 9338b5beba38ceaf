"""The largest of many t values: known critical values, the error of the family kept, and more found than by Holm."""

import numpy as np
import pytest
from scipy import stats

from analytics.comparisons import crosstab, families, max_t
from analytics.designs import design, replicates, reweigh
from analytics.errors import ComparisonUnusable


class TestCriticalValues:
    def test_independent_figures(self) -> None:
        """Largest of k independent normal values: the quantile of one at level^(1/k)."""
        for k in (1, 3, 10):
            found = max_t.from_covariance(np.zeros(k), np.eye(k), df=np.inf, seed=1, draws=200_000)
            assert found.critical == pytest.approx(stats.norm.ppf((1 + 0.95 ** (1 / k)) / 2), abs=0.02)

    def test_few_degrees_of_freedom(self) -> None:
        """Studentised maximum modulus, 5 percent: k = 3 on 10 and on 5 degrees of freedom (Stoline and Ury 1979)."""
        for df, point in ((10, 2.829), (5, 3.40)):
            found = max_t.from_covariance(np.zeros(3), np.eye(3), df=df, seed=2, draws=200_000)
            assert found.critical == pytest.approx(point, abs=0.04)

    def test_all_pairs_of_equal_groups_are_tukeys(self) -> None:
        pairs = np.array([[1, -1, 0, 0], [1, 0, -1, 0], [1, 0, 0, -1], [0, 1, -1, 0], [0, 1, 0, -1], [0, 0, 1, -1]])
        found = max_t.from_covariance(np.zeros(6), pairs @ pairs.T * 3.7, df=20, seed=3, draws=200_000)
        assert found.critical == pytest.approx(stats.studentized_range.ppf(0.95, 4, 20) / np.sqrt(2), abs=0.02)

    def test_one_figure_is_a_t_test(self) -> None:
        found = max_t.from_covariance(np.array([2.1]), np.array([[1.0]]), df=12, seed=4, draws=100_000)
        assert found.single_step[0] == pytest.approx(2 * stats.t.sf(2.1, 12), abs=0.002)


class TestAdjusted:
    def figures(self, k: int, rho: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        return rho * np.ones((k, k)) + (1 - rho) * np.eye(k)

    def test_step_down_lies_between_raw_and_single_step_and_keeps_the_order(self) -> None:
        value = np.array([3.1, 0.2, -2.6, 2.2, 1.0])
        found = max_t.from_covariance(value, self.figures(5, 0.4), df=60, seed=5)
        raw = 2 * stats.t.sf(np.abs(value), 60)
        assert (found.step_down <= found.single_step).all()
        assert (found.step_down >= raw - 0.005).all()
        assert np.argsort(found.step_down).tolist() == np.argsort(raw).tolist()
        assert found.step_down[0] == found.single_step[0]

    def test_figures_that_move_together_are_found_sooner_than_by_holm(self) -> None:
        value = np.full(10, 2.4)
        by_max = max_t.from_covariance(value, self.figures(10, 0.94), df=np.inf, seed=9).step_down
        by_holm = families.holm((2 * stats.norm.sf(value)).tolist())
        assert by_max.max() < 0.05 < max(q for q in by_holm if q is not None)

    def test_the_same_seed_gives_the_same_bytes(self) -> None:
        value, matrix = np.array([2.0, 1.0]), self.figures(2, 0.5)
        first, again, other = (max_t.from_covariance(value, matrix, df=30, seed=seed) for seed in (1, 1, 2))
        assert first.step_down.tobytes() == again.step_down.tobytes()
        assert first.step_down.tobytes() != other.step_down.tobytes()

    def test_a_figure_without_variance_differs_or_does_not(self) -> None:
        value, se = np.array([0.0, 1.0, 3.0]), np.array([0.0, 0.0, 1.0])
        noise = np.random.default_rng(2).normal(size=(500, 3)) * se
        found = max_t.from_replicates(value, se, noise)
        assert found.step_down[:2].tolist() == [1.0, 0.0]
        assert found.t[:2].tolist() == [0.0, np.inf]
        assert 0 < found.step_down[2] < 0.05
        covered = max_t.from_covariance(value, np.diag(se**2), df=50, seed=1)
        assert covered.step_down[:2].tolist() == [1.0, 0.0]

    def test_covariances_may_be_singular(self) -> None:
        """Shares that add up to one: the third follows from the others and costs nothing."""
        p = np.array([0.5, 0.3, 0.2])
        found = max_t.from_covariance(np.zeros(3), np.diag(p) - np.outer(p, p), df=np.inf, seed=1, draws=100_000)
        assert found.critical == pytest.approx(2.35, abs=0.05)

    def test_replicates_and_covariance_agree(self) -> None:
        """A raked-again bootstrap and the linearised joint covariance of the same differences."""
        rng = np.random.default_rng(7)
        groups, sample = rng.integers(0, 4, 800), design.make(rng.uniform(0.5, 1.5, 800))
        y = rng.normal(size=800) + 0.25 * (groups == 3)
        gaps = crosstab.gaps(y, ["y"], {"g": groups}, sample)
        weights = reweigh.plain(sample.weights, replicates.bootstrap(sample, 1000, seed=3))
        means = reweigh.means(weights, np.where(groups[:, None] == np.arange(4), y[:, None], np.nan))
        drawn = np.column_stack([means[:, gap.first] - means[:, gap.second] for gap in gaps.gaps])
        by_draws = max_t.from_replicates(gaps.value, np.sqrt(np.diag(gaps.covariance)), drawn)
        by_covariance = gaps.max_t(seed=1)
        assert by_draws.critical == pytest.approx(by_covariance.critical, abs=0.12)
        assert by_draws.step_down == pytest.approx(by_covariance.step_down, abs=0.04)


@pytest.mark.slow
def test_the_error_of_the_family_is_kept_with_few_clusters_and_is_not_without_correction() -> None:
    """All pairs of three groups on four figures that move together, in 24 clusters, nothing to find."""
    rng, runs = np.random.default_rng(21), 300
    units = np.repeat(np.arange(24), 12)
    sample = design.make(np.ones(288), stages=[design.stage(strata=None, units=units.tolist(), rows=288)])
    wrong = dict.fromkeys(("raw", "single", "stepped"), 0)
    for run in range(runs):
        common = rng.normal(size=(24, 1))[units]
        y = 0.7 * common + 0.5 * rng.normal(size=(24, 4))[units] + rng.normal(size=(288, 4))
        gaps = crosstab.gaps(y, list("abcd"), {"g": rng.permutation(24)[units] % 3}, sample)
        found = gaps.max_t(seed=run, draws=2000)
        wrong["raw"] += bool((2 * stats.t.sf(np.abs(found.t), gaps.df) < 0.05).any())
        wrong["single"] += bool((found.single_step < 0.05).any())
        wrong["stepped"] += bool((found.step_down < 0.05).any())
    assert wrong["single"] == wrong["stepped"]
    assert 0.02 <= wrong["stepped"] / runs <= 0.09
    assert wrong["raw"] / runs > 0.2


class TestInput:
    def test_replicates_of_other_figures_and_too_few(self) -> None:
        with pytest.raises(ComparisonUnusable, match="replicates of shape"):
            max_t.from_replicates(np.ones(3), np.ones(3), np.ones((200, 2)))
        with pytest.raises(ComparisonUnusable, match="50 replicates are too few"):
            max_t.from_replicates(np.ones(2), np.ones(2), np.ones((50, 2)))

    def test_numbers_that_are_none(self) -> None:
        theta = np.random.default_rng(1).normal(size=(200, 2))
        theta[4, 1] = np.nan
        with pytest.raises(ComparisonUnusable, match="Not finite: figures, replicates"):
            max_t.from_replicates(np.array([np.nan, 1.0]), np.ones(2), theta)

    def test_what_is_no_covariance(self) -> None:
        with pytest.raises(ComparisonUnusable, match="negative variance"):
            max_t.from_covariance(np.zeros(2), np.array([[1.0, 2.0], [2.0, 1.0]]), df=10, seed=1)
        with pytest.raises(ComparisonUnusable, match="do not belong together"):
            max_t.from_covariance(np.zeros(2), np.eye(3), df=10, seed=1)
        with pytest.raises(ComparisonUnusable, match="0 degrees of freedom"):
            max_t.from_covariance(np.zeros(2), np.eye(2), df=0, seed=1)
        with pytest.raises(ComparisonUnusable, match="level lies between"):
            max_t.from_covariance(np.zeros(2), np.eye(2), df=10, seed=1, level=95)

    def test_no_figures_at_all_vary(self) -> None:
        found = max_t.from_covariance(np.zeros(2), np.zeros((2, 2)), df=10, seed=1)
        assert found.step_down.tolist() == [1.0, 1.0]
        assert found.critical == 0.0
