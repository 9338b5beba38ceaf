"""Replicates: variances that are right, weights that meet the margins in every replicate or say that they do not."""

from typing import Any

import msgspec
import numpy as np
import pytest
from scipy import optimize

from analytics.designs import design, replicates, reweigh
from analytics.errors import AnswersUnusable, DesignUnusable, MarginsUnusable, NotConverged
from analytics.estimates import estimate
from analytics.weights import calibrate
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin
from tests.unit.analytics.designs.conftest import People


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
        factors = np.ascontiguousarray(replicates.bootstrap(sampled, 5, seed=1).block(0, 5)).reshape(10, 4, 5)
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
        with pytest.raises(DesignUnusable, match="Stratum `1` has a single unit"):
            replicates.bootstrap(sampled, 10, seed=1)
        with pytest.raises(DesignUnusable, match="Stratum `1` has a single unit"):
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


class TestSeveralStages:
    def test_the_correction_is_left_out_unless_asked_for(self, people_of_stages: People) -> None:
        sampled = design.make(people_of_stages.w, stages=people_of_stages.stages(2, "sizes"))
        usual, asked = (replicates.bootstrap(sampled, 20, seed=1, fpc=fpc) for fpc in (None, True))
        assert (usual.fpc, asked.fpc) == (False, True)
        assert usual.block(0, 20)[:20].min() == 0.0
        assert asked.block(0, 20)[:20].min() == pytest.approx(1 - np.sqrt(1 - 5 / 20))
        one_stage = design.make(people_of_stages.w, stages=people_of_stages.stages(1, "sizes"))
        assert replicates.bootstrap(one_stage, 20, seed=1).fpc

    def test_below_clusters_that_were_all_taken_the_next_stage_is_drawn(self, people_of_stages: People) -> None:
        people = people_of_stages
        first = design.stage(strata=people.h, units=people.c, population=np.full(60, 5.0), rows=60)
        second = design.stage(strata=None, units=people.u, within=first, rows=60)
        drawn = replicates.bootstrap(design.make(people.w, stages=[first, second]), 30, seed=1)
        factors = drawn.block(0, 30)
        for h, c in [("A", 0), ("C", 4)]:
            there = (people.h == h) & (people.c == c)
            assert factors[there].sum(axis=0) == pytest.approx(np.full(30, 4.0))
            assert (factors[there & (people.u == 0)] == factors[there & (people.u == 0)][0]).all()

    def test_a_stratum_taken_whole_does_not_move(self) -> None:
        sizes = np.repeat([3.0, 30.0], [3, 6])
        stage = design.stage(strata=np.repeat([0, 1], [3, 6]), units=None, population=sizes, rows=9)
        sampled = design.make(np.ones(9), stages=[stage])
        factors = replicates.bootstrap(sampled, 12, seed=1).block(0, 12)
        assert (factors[:3] == 1).all()
        assert replicates.jackknife(sampled).size == 6

    @pytest.mark.slow
    def test_rao_wu_is_unbiased_for_a_stratified_sample_without_replacement(self) -> None:
        rng = np.random.default_rng(4)
        population = [rng.gamma(2.0, 2.0, 40) + 5 * h for h in range(3)]
        taken = [8, 12, 10]
        strata = np.repeat([0, 1, 2], taken)
        stage = design.stage(strata=strata, units=None, population=np.full(30, 40.0), rows=30)
        weights = 40.0 / np.array(taken)[strata]
        totals, found = [], []
        for run in range(700):
            y = np.concatenate([rng.choice(one, n, replace=False) for one, n in zip(population, taken, strict=True)])
            drawn = reweigh.plain(weights, replicates.bootstrap(design.make(weights, stages=[stage]), 60, seed=run))
            totals.append(weights @ y)
            found.append(reweigh.covariance(drawn, reweigh.totals(drawn, y), [totals[-1]])[0, 0])
        truth = sum(40**2 * (1 - n / 40) * one.var(ddof=1) / n for one, n in zip(population, taken, strict=True))
        assert np.mean(found) == pytest.approx(truth, rel=0.06)
        assert np.var(totals) == pytest.approx(truth, rel=0.15)
        # control: without the correction it is too large by far more than chance
        assert truth * 1.2 < sum(40**2 * one.var(ddof=1) / n for one, n in zip(population, taken, strict=True))


class TestFigures:
    def test_each_column_has_its_own_base(self, people: tuple) -> None:
        _, _, start, y = people
        drawn = replicates.bootstrap(design.make(start), 15, seed=1)
        weights = reweigh.plain(start, drawn)
        holes = np.column_stack([y, np.where(y > 1, np.nan, y), y])
        inside = np.column_stack([y > 0, y < 9, y < 9])
        found = reweigh.means(weights, holes, domain=inside)
        for r, w in enumerate((drawn.block(0, 15) * start[:, None]).T):
            base = inside & ~np.isnan(holes)
            expected = [w[base[:, j]] @ holes[base[:, j], j] / w[base[:, j]].sum() for j in range(3)]
            assert found[r] == pytest.approx(expected)
        assert reweigh.ratios(weights, holes, np.ones((600, 3)), domain=inside) == pytest.approx(found)

    def test_a_figure_without_people_in_some_replicates_uses_the_others(self, people: tuple) -> None:
        _, _, start, y = people
        weights = reweigh.plain(start, replicates.bootstrap(design.make(start), 300, seed=1))
        rare = np.zeros(600, dtype=bool)
        rare[:3] = True
        domains = np.column_stack([rare, ~rare])
        estimates = reweigh.means(weights, np.column_stack([y, y]), domain=domains)
        gone = int(np.isnan(estimates[:, 0]).sum())
        assert 0 < gone < 60
        full = np.array([start[m] @ y[m] / start[m].sum() for m in domains.T])
        found = reweigh.summary(weights, estimates, full)
        assert found.used.tolist() == [300 - gone, 300]
        assert found.se[1] == pytest.approx(np.std(estimates[:, 1], ddof=1))
        assert found.se[0] == pytest.approx(np.nanstd(estimates[:, 0], ddof=1))
        assert np.linalg.eigvalsh(found.covariance).min() >= 0

    def test_answers_of_other_people_are_refused(self, people: tuple) -> None:
        weights = reweigh.plain(people[2], replicates.bootstrap(design.make(people[2]), 5, seed=1))
        with pytest.raises(AnswersUnusable, match="do not fit weights of 600 people"):
            reweigh.means(weights, np.ones(5))
        with pytest.raises(AnswersUnusable, match="True or False"):
            reweigh.means(weights, people[3], domain=np.ones(600))


class TestExport:
    @pytest.mark.parametrize("kind", ["rao_wu", "panel"])
    def test_draws_leave_as_counts_of_one_byte(self, people_of_stages: People, kind: str) -> None:
        sampled = design.make(people_of_stages.w, stages=people_of_stages.stages(1, "sizes"))
        drawn = replicates.bootstrap(sampled, 40, seed=3, kind=kind)  # type: ignore[arg-type]
        file = drawn.export()
        assert file.table.dtype == np.uint8
        assert file.table.shape == (15, 40)
        assert file.factors() == pytest.approx(drawn.block(0, 40))
        assert (file.scale, file.centre, file.seed, file.fpc) == (1 / 39, "mean of the replicates", 3, kind == "rao_wu")

    def test_what_left_comes_back_as_given_factors(self, people_of_stages: People) -> None:
        people = people_of_stages
        drawn = replicates.jackknife(design.make(people.w, stages=people.stages()), mse=True)
        file = drawn.export()
        again = replicates.given(
            file.factors(), scale=file.scale, rscales=np.array(file.rscales), mse=file.mse, df=file.df
        )
        full = [people.w @ people.x / people.w.sum()]
        one, other = (
            reweigh.covariance(w, reweigh.means(w, people.x), full)[0, 0]
            for w in (reweigh.plain(people.w, drawn), reweigh.plain(people.w, again))
        )
        assert one == pytest.approx(other, rel=1e-6)


class TestWhatCannotBeWeighted:
    def test_small_samples_are_never_half_raked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reweigh, "MOST_LOST", 0.3)
        rng = np.random.default_rng(8)
        groups = [coded(rng.integers(0, 2, 80), 2), coded(rng.integers(0, 4, 80), 4)]
        margins, limits = [margin("a", 0.9, 0.1), margin("b", 0.05, 0.05, 0.45, 0.45)], (0.02, 7.0)
        drawn = replicates.bootstrap(design.make(np.ones(80)), 150, seed=1)
        weights = reweigh.rake(drawn, groups, margins, np.ones(80), trim_low=limits[0], trim_high=limits[1])
        certificate = weights.certificate
        assert certificate is not None
        assert (certificate.error[~certificate.converged] > certificate.tolerance).all()
        # left out are those for which no weights exist at all, found by linear programming
        members = np.hstack([one.patterns[one.codes] for one in groups])
        targets = 80 * np.concatenate([one.shares for one in margins])
        possible = [
            optimize.linprog(
                np.zeros(80), A_eq=members.T, b_eq=targets, bounds=np.outer(factors, limits), method="highs"
            ).success
            for factors in drawn.rows(0, 150)
        ]
        assert certificate.converged.tolist() == possible
        assert 10 < certificate.failed < 45
        table = weights.export().astype(np.float64)
        assert np.isnan(table[:, ~weights.kept]).all()
        kept = table[:, weights.kept]
        assert kept[groups[0].codes == 1].sum(axis=0) / kept.sum(axis=0) == pytest.approx(0.1, abs=1e-6)
        found = reweigh.means(weights, rng.normal(size=80))
        assert np.isnan(found[~weights.kept]).all()
        assert np.isfinite(found[weights.kept]).all()
        assert reweigh.statistic(weights, lambda w: w.sum())[weights.kept] == pytest.approx(80.0)
        assert reweigh.summary(weights, found, found[weights.kept][0]).used.tolist() == [150 - certificate.failed]

    def test_soft_margins_and_zero_targets_are_refused_by_name(self, people: tuple) -> None:
        groups, margins, start, _ = people
        soft = [msgspec.structs.replace(margins[0], ridge=0.1), margin("b", 1.0, 0.0)]
        with pytest.raises(MarginsUnusable, match="`a` has a ridge") as caught:
            reweigh.rake(replicates.bootstrap(design.make(start), 5, seed=1), groups, soft, start)
        assert [fault.pointer for fault in caught.value.faults] == ["/a", "/b=l1"]

    def test_targets_that_contradict_each_other_are_refused(self, people: tuple) -> None:
        groups, margins, start, _ = people
        drawn = replicates.bootstrap(design.make(start), 5, seed=1)
        twice = [groups[0], groups[0]], [margins[0], margin("again", 0.2, 0.5, 0.3)]
        with pytest.raises(MarginsUnusable, match=r"contradict each other by 10\.0000 %"):
            reweigh.rake(drawn, *twice, start)
        fine = reweigh.rake(drawn, [groups[0], groups[0]], [margins[0], margin("again", 0.3, 0.4, 0.3)], start)
        assert fine.kept.all()

    def test_people_codes_and_totals_must_fit(self, people: tuple) -> None:
        groups, margins, start, _ = people
        drawn = replicates.bootstrap(design.make(start), 5, seed=1)
        with pytest.raises(DesignUnusable, match="each of the 600 people"):
            reweigh.plain(np.ones(5), drawn)
        with pytest.raises(MarginsUnusable, match="codes of its own levels for 600 people"):
            reweigh.rake(drawn, groups[::-1], margins, start)
        with pytest.raises(MarginsUnusable, match="do not fit 600 people and 1 totals"):
            reweigh.calibrate(drawn, np.ones((600, 2)), [600.0], start)

    def test_limits_that_no_replicate_can_keep_are_refused(self, people: tuple) -> None:
        groups, margins, start, _ = people
        drawn = replicates.bootstrap(design.make(start), 20, seed=1)
        with pytest.raises(NotConverged, match="20 of 20 replicates do not reach the targets"):
            reweigh.rake(drawn, groups, margins, start, trim_low=0.9, trim_high=1.1)


@pytest.mark.parametrize(("distance", "bounds"), [("linear", None), ("logit", (0.1, 6.0)), ("raking", (0.2, 4.0))])
def test_any_calibration_is_done_again_as_it_is_done_alone(people: tuple, distance: Any, bounds: Any) -> None:
    groups, _, start, y = people
    columns = np.column_stack([np.ones(600), groups[0].codes == 1, y])
    totals = np.array([1.1, 0.35, 1.3]) * start.sum()
    drawn = replicates.bootstrap(design.make(start), 6, seed=2)
    weights = reweigh.calibrate(drawn, columns, totals, start, distance=distance, bounds=bounds, tolerance=1e-11)
    assert weights.certificate is not None
    assert weights.certificate.converged.all()
    together, factors = np.hstack(list(weights.blocks())), drawn.block(0, 6)
    for r in range(6):
        there = factors[:, r] > 0
        alone = calibrate.calibrate(
            columns[there], totals, start[there] * factors[there, r], distance=distance, bounds=bounds
        )
        assert together[there, r] == pytest.approx(alone.weights, rel=1e-6)
