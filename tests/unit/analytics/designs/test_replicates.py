"""Replicates: variances that are right, weights that meet the margins in every replicate or say that they do not."""

import numpy as np
import pytest

from analytics.designs import design, replicates, reweigh
from analytics.errors import DesignUnusable
from analytics.estimates import estimate
from analytics.weights import calibrate
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin


def coded(levels: np.ndarray, count: int) -> Coded:
    return Coded(codes=levels.astype(np.int64), patterns=np.eye(count))


def margin(key: str, *shares: float) -> Margin:
    return Margin(key=key, levels=tuple(f"l{i}" for i in range(len(shares))), shares=shares)


@pytest.fixture(scope="module")
def people() -> tuple[list[Coded], list[Margin], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(6)
    a, b = rng.choice(3, size=600, p=[0.2, 0.3, 0.5]), rng.choice(2, size=600, p=[0.7, 0.3])
    y = a + rng.normal(size=600)
    pair = [coded(a, 3), coded(b, 2)], [margin("a", 0.3, 0.4, 0.3), margin("b", 0.5, 0.5)]
    return *pair, rng.uniform(0.5, 2.0, 600), y


class TestDraws:
    def test_rao_wu_of_a_mean_is_its_linearised_variance(self) -> None:
        rng = np.random.default_rng(1)
        y, w = rng.normal(size=300), rng.uniform(1, 3, 300)
        strata = np.repeat([0, 1, 2], 100).tolist()
        sampled = design.make(w, stages=[design.stage(strata=strata, units=None, rows=300)])
        drawn = replicates.bootstrap(sampled, 4000, seed=9)
        weights = reweigh.plain(w, drawn)
        full = np.array([estimate.mean(y, sampled).value])
        se = float(np.sqrt(reweigh.covariance(weights, reweigh.means(weights, y[:, None]), full)[0, 0]))
        assert se == pytest.approx(estimate.mean(y, sampled).se, rel=0.04)

    def test_a_finite_population_narrows_the_draws(self) -> None:
        y = np.random.default_rng(2).normal(size=200)
        half = design.stage(strata=None, units=None, population=np.full(200, 400.0), rows=200)
        sampled = design.make(np.full(200, 2.0), stages=[half])
        weights = reweigh.plain(sampled.weights, replicates.bootstrap(sampled, 3000, seed=4))
        full = np.array([estimate.mean(y, sampled).value])
        se = float(np.sqrt(reweigh.covariance(weights, reweigh.means(weights, y[:, None]), full)[0, 0]))
        assert se == pytest.approx(estimate.mean(y, sampled).se, rel=0.05)
        assert se < 0.8 * np.std(y) / np.sqrt(200)

    def test_a_jackknife_of_a_mean_is_exact(self) -> None:
        y = np.random.default_rng(3).normal(size=50)
        sampled = design.make(np.ones(50))
        weights = reweigh.plain(sampled.weights, replicates.jackknife(sampled))
        full = np.array([y.mean()])
        variance = reweigh.covariance(weights, reweigh.means(weights, y[:, None]), full)[0, 0]
        assert variance == pytest.approx(y.var(ddof=1) / 50)
        assert weights.replicates.kind == "jk1"

    def test_the_same_seed_gives_the_same_bytes_and_another_does_not(self) -> None:
        sampled = design.make(np.ones(40))
        first, again, other = (replicates.bootstrap(sampled, 20, seed=seed).block(0, 20) for seed in (7, 7, 8))
        assert first.tobytes() == again.tobytes()
        assert first.tobytes() != other.tobytes()

    @pytest.mark.parametrize("kind", ["rao_wu", "panel"])
    def test_factors_keep_the_size_of_every_stratum(self, kind: str) -> None:
        strata = np.repeat([0, 1], [30, 12]).tolist()
        sampled = design.make(np.ones(42), stages=[design.stage(strata=strata, units=None, rows=42)])
        factors = replicates.bootstrap(sampled, 10, seed=1, kind=kind).block(0, 10)  # type: ignore[arg-type]
        assert factors[:30].sum(axis=0) == pytest.approx(np.full(10, 30.0))
        assert factors[30:].sum(axis=0) == pytest.approx(np.full(10, 12.0))

    def test_whole_clusters_are_drawn(self) -> None:
        units = np.repeat(np.arange(10), 4)
        sampled = design.make(np.ones(40), stages=[design.stage(strata=None, units=units.tolist(), rows=40)])
        factors = replicates.bootstrap(sampled, 5, seed=1).block(0, 5).reshape(10, 4, 5)
        assert (factors == factors[:, :1]).all()

    @pytest.mark.slow
    def test_intervals_from_reraked_replicates_hold_the_truth(self) -> None:
        rng, hits, runs = np.random.default_rng(5), 0, 150
        margins = [margin("a", 0.5, 0.5)]
        for _ in range(runs):
            a = rng.choice(2, size=250, p=[0.3, 0.7])
            y = 2.0 * a + rng.normal(size=250)
            groups = [coded(a, 2)]
            start = np.ones(250)
            found = calibrate.rake(groups, margins, start)
            sampled = design.make(found.weights, bases=[found.basis])
            weights = reweigh.rake(replicates.bootstrap(sampled, 120, seed=3), groups, margins, start)
            full = np.array([float(found.weights @ y / found.weights.sum())])
            se = float(np.sqrt(reweigh.covariance(weights, reweigh.means(weights, y[:, None]), full)[0, 0]))
            hits += abs(full[0] - 1.0) <= 1.97 * se
        assert 0.90 <= hits / runs <= 0.99


class TestWeighingAgain:
    def test_every_replicate_meets_every_margin(self, people: tuple) -> None:
        groups, margins, start, _ = people
        weights = reweigh.rake(replicates.bootstrap(design.make(start), 60, seed=2), groups, margins, start)
        assert weights.certificate is not None
        assert weights.certificate.converged.all()
        assert weights.certificate.worst <= 1e-9
        table = weights.export().astype(np.float64)
        for level, share in enumerate(margins[0].shares):
            assert table[groups[0].codes == level].sum(axis=0) / table.sum(axis=0) == pytest.approx(share, abs=1e-6)

    def test_they_are_the_weights_that_raking_alone_gives(self, people: tuple) -> None:
        groups, margins, start, _ = people
        drawn = replicates.bootstrap(design.make(start), 8, seed=2)
        together = np.hstack(list(reweigh.rake(drawn, groups, margins, start, tolerance=1e-12).blocks()))
        factors = drawn.block(0, 8)
        for r in range(8):
            there = factors[:, r] > 0
            part = [Coded(codes=one.codes[there], patterns=one.patterns) for one in groups]
            alone = calibrate.rake(part, margins, start[there] * factors[there, r], total=float(start.sum()))
            assert together[there, r] == pytest.approx(alone.weights, rel=1e-8)
            assert (together[~there, r] == 0).all()

    def test_limits_hold_in_every_replicate(self, people: tuple) -> None:
        groups, margins, start, _ = people
        drawn = replicates.bootstrap(design.make(start), 20, seed=2)
        weights = reweigh.rake(drawn, groups, margins, start, trim_low=0.3, trim_high=3.5)
        assert weights.certificate is not None
        assert weights.certificate.converged.all()
        factors = drawn.block(0, 20)
        table = np.hstack(list(weights.blocks()))
        per_copy = table[factors > 0] / factors[factors > 0] / start.mean()
        assert per_copy.max() <= 3.5 * (1 + 1e-9)
        assert per_copy.min() >= 0.3 * (1 - 1e-9)

    def test_a_figure_fixed_by_a_margin_does_not_vary(self, people: tuple) -> None:
        groups, margins, start, _ = people
        weights = reweigh.rake(replicates.bootstrap(design.make(start), 30, seed=2), groups, margins, start)
        share = (groups[0].codes == 0).astype(float)[:, None]
        found = reweigh.means(weights, share)
        assert reweigh.covariance(weights, found, np.array([0.3]))[0, 0] < 1e-18

    def test_a_lost_level_is_left_out_of_a_bootstrap_and_named(self, people: tuple) -> None:
        groups, margins, start, _ = people
        rare = np.zeros(600)
        rare[:4] = 1
        pair = [*groups, coded(rare, 2)], [*margins, margin("rare", 0.98, 0.02)]
        weights = reweigh.rake(replicates.bootstrap(design.make(start), 400, seed=1), *pair, start)
        assert weights.certificate is not None
        lost = int((~weights.kept).sum())
        assert 0 < lost <= 20
        assert weights.certificate.lost == (f"rare=l1 ({lost})",)

    def test_too_many_lost_levels_are_refused_by_name(self, people: tuple) -> None:
        groups, margins, start, _ = people
        rare = np.zeros(600)
        rare[0] = 1
        pair = [*groups, coded(rare, 2)], [*margins, margin("rare", 0.98, 0.02)]
        with pytest.raises(DesignUnusable, match="lost rare=l1"):
            reweigh.rake(replicates.bootstrap(design.make(start), 100, seed=1), *pair, start)
        with pytest.raises(DesignUnusable, match=r"1 of 600 replicates .* lost rare=l1 \(1\)"):
            reweigh.rake(replicates.jackknife(design.make(start)), *pair, start)


class TestInput:
    def test_a_stratum_with_one_unit_is_named(self) -> None:
        stage = design.stage(strata=[0, 0, 1], units=None, rows=3)
        sampled = design.make(np.ones(3), stages=[stage])
        with pytest.raises(DesignUnusable, match="Stratum 1 has a single unit"):
            replicates.bootstrap(sampled, 10, seed=1)
        with pytest.raises(DesignUnusable, match="Stratum 1 has a single unit"):
            replicates.jackknife(sampled)

    def test_one_replicate_and_a_huge_jackknife_are_refused(self) -> None:
        with pytest.raises(DesignUnusable, match="1 replicates"):
            replicates.bootstrap(design.make(np.ones(5)), 1, seed=1)
        with pytest.raises(DesignUnusable, match="use the bootstrap"):
            replicates.jackknife(design.make(np.ones(6000)))

    def test_given_factors_are_checked(self) -> None:
        with pytest.raises(DesignUnusable, match="0 or more"):
            replicates.given(np.array([[1.0, -1.0]]), scale=1, mse=True, df=1)
        with pytest.raises(DesignUnusable, match="3 rscales for 2 replicates"):
            replicates.given(np.ones((4, 2)), scale=1, rscales=np.ones(3), mse=True, df=1)

    def test_any_statistic_of_the_weights(self, people: tuple) -> None:
        _, _, start, y = people
        weights = reweigh.plain(start, replicates.bootstrap(design.make(start), 25, seed=1))
        by_callable = reweigh.statistic(weights, lambda w: np.array([w @ y / w.sum()]))
        assert by_callable == pytest.approx(reweigh.means(weights, y[:, None]))
