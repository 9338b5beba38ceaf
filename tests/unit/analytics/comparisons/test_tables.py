"""Tests of association and of ranks: the numbers of R survey 4.1.1, and the right size under clustering."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analytics.comparisons import compare, ranks, tables, tail, ttest
from analytics.comparisons.ranks import Score
from analytics.comparisons.tables import TableMethod
from analytics.designs import design
from analytics.designs.design import Design
from analytics.errors import AnswersUnusable, ComparisonUnusable
from analytics.weights import calibrate
from analytics.weights.codes import Coded

NUMBER = np.arange(1, 61)
ROWS = (NUMBER * 11 % 13) % 2
COLUMNS = (NUMBER * 5 % 7) % 3
Y = (NUMBER * 31 % 17).astype(float)
Y[[4, 32]] = np.nan


@pytest.fixture(scope="module")
def clustered() -> Design:
    """svydesign(~psu, strata = ~h, weights = ~w): 3 strata of 4 clusters of 5."""
    weights = np.round(1 + (NUMBER * 7919 % 13) / 4, 2)
    strata, units = np.repeat([1, 2, 3], 20).tolist(), np.repeat(np.arange(12), 5).tolist()
    return design.make(weights, stages=[design.stage(strata=strata, units=units, rows=60)])


class TestAgainstR:
    @pytest.mark.parametrize(
        ("method", "statistic", "degrees", "p"),
        [
            ("second_order", 0.047785393999839, (1.484125347205, 13.357128124845), 0.91130075534318),
            ("first_order", 0.075878887674316, (2, None), 0.95333835725738),
            ("wald", 0.067935998105458, (2, 9), 0.93479475187223),
            ("adjusted_wald", 0.060387553871518, (2, 8), 0.94182456523896),
        ],
    )
    def test_independence(
        self,
        clustered: Design,
        method: TableMethod,
        statistic: float,
        degrees: tuple[float, float | None],
        p: float,
    ) -> None:
        found = tables.independence(ROWS, COLUMNS, clustered, method=method)
        assert found.statistic == pytest.approx(statistic, rel=1e-10)
        assert found.df1 == pytest.approx(degrees[0])
        assert found.df2 == (None if degrees[1] is None else pytest.approx(degrees[1]))
        assert found.p == pytest.approx(p, rel=1e-10)

    @pytest.mark.parametrize(
        ("score", "difference", "t", "p", "wald", "p_wald"),
        [
            ("wilcoxon", 0.040337954658412, 0.62187246818408, 0.55133227254641, 1.2212808484279, 0.5695802795974),
            (
                "van_der_waerden",
                0.16381440434379,
                0.70599121542169,
                0.50023294572123,
                1.2559012741404,
                0.56126430338121,
            ),
            ("median", 0.056384463589546, 0.50125946740439, 0.62968825705875, 1.1195216721325, 0.5949583737094),
        ],
    )
    def test_ranks(
        self, clustered: Design, score: Score, difference: float, t: float, p: float, wald: float, p_wald: float
    ) -> None:
        two = ranks.rank_test(Y, ROWS, clustered, score=score)
        assert (two.difference, two.statistic, two.p) == pytest.approx((difference, t, p), rel=1e-10)
        assert two.df2 == 8
        three = ranks.rank_test(Y, COLUMNS, clustered, score=score)
        assert (three.statistic, three.p) == pytest.approx((wald, p_wald), rel=1e-10)
        assert (three.df1, three.df2) == (2, 7)

    def test_t(self, clustered: Design) -> None:
        two = ttest.t_test(Y, clustered, groups=ROWS)
        assert (two.value, two.t, two.p) == pytest.approx((0.68113779660201, 0.62811028428675, 0.5474394167501))
        assert (two.interval.lower, two.interval.upper) == pytest.approx((-1.8195481735246, 3.1818237667286))
        one = ttest.t_test(Y, clustered)
        assert (one.value, one.t, one.p) == pytest.approx((8.272884283247, 17.618402152955, 1.1007624045363e-07))
        assert one.df == 8


class TestDomain:
    """The same design, tested among part of the people; R: subset(d, (n * 3) %% 5 < 3)."""

    DOMAIN = (NUMBER * 3 % 5) < 3

    def test_table(self, clustered: Design) -> None:
        found = tables.independence(ROWS, COLUMNS, clustered, domain=self.DOMAIN)
        assert (found.statistic, found.p) == pytest.approx((0.0519083298479737, 0.933695545084297), rel=1e-10)
        assert (found.df1, found.df2) == pytest.approx((1.77121262940637, 15.9409136646573))
        assert int(found.table.n.sum()) == int(self.DOMAIN.sum())

    def test_t_and_ranks(self, clustered: Design) -> None:
        two = ttest.t_test(Y, clustered, groups=ROWS, domain=self.DOMAIN)
        assert (two.value, two.t, two.p) == pytest.approx(
            (-0.511674718196456, -0.306778254736243, 0.766845244725699), rel=1e-10
        )
        one = ttest.t_test(Y, clustered, domain=self.DOMAIN)
        assert (one.value, one.t, one.p) == pytest.approx(
            (8.09826589595376, 10.1423491507596, 7.6373331634748e-06), rel=1e-10
        )
        rank = ranks.rank_test(Y, ROWS, clustered, domain=self.DOMAIN)
        assert (rank.difference, rank.statistic, rank.p) == pytest.approx(
            (-0.0325330348010182, -0.322166803626442, 0.755584008019474), rel=1e-10
        )
        assert (two.df, one.df, rank.df2) == (8, 8, 8)


class TestTail:
    @pytest.mark.parametrize("x", [0.5, 3.0, 9.0, 20.0])
    def test_equal_weights_are_a_chi_square(self, x: float) -> None:
        assert tail.exact(x, np.ones(4)) == pytest.approx(stats.chi2.sf(x, 4), abs=1e-12)
        assert tail.exact(x, np.ones(3), 12.0) == pytest.approx(stats.f.sf(x / 3, 3, 12), abs=1e-12)
        assert tail.exact(x, np.array([1.0, 0.0, 0.0])) == pytest.approx(stats.chi2.sf(x, 1), abs=1e-12)

    @pytest.mark.parametrize(
        ("weights", "x", "tail_beyond"),
        [
            ((0.6, 0.3, 0.1), 0.1, 0.9458),
            ((0.6, 0.3, 0.1), 0.7, 0.5064),
            ((0.6, 0.3, 0.1), 2.0, 0.1240),
            ((0.6, 0.6, 0.3, 0.3, 0.1, 0.1), 2.0, 0.3998),
            ((0.6, 0.6, 0.3, 0.3, 0.1, 0.1), 6.0, 0.0161),
        ],
    )
    def test_the_table_of_imhof(self, weights: tuple[float, ...], x: float, tail_beyond: float) -> None:
        """Imhof 1961, table 1."""
        assert tail.exact(x, np.array(weights)) == pytest.approx(tail_beyond, abs=6e-5)

    def test_the_approximations_lie_near_the_exact_tail(self) -> None:
        weights = np.array([2.5, 1.0, 0.4])
        for x in (8.0, 14.0, 22.0):
            truth = tail.exact(x, weights)
            assert tail.saddlepoint(x, weights) == pytest.approx(truth, rel=0.06)
            assert tail.satterthwaite(x, weights) == pytest.approx(truth, rel=0.3)

    def test_a_denominator_of_few_degrees_makes_the_tail_heavier(self) -> None:
        """Against drawn values, and towards the plain sum when the denominator is nearly certain."""
        rng, weights = np.random.default_rng(3), np.array([3.0, 0.7, 0.2])
        top = rng.chisquare(1, size=(400_000, 3)) @ weights
        assert tail.exact(9.0, weights) == pytest.approx((top > 9).mean(), abs=0.0015)
        ratio = top / (rng.chisquare(6.5, size=400_000) / 6.5)
        assert tail.exact(9.0, weights, 6.5) == pytest.approx((ratio > 9).mean(), abs=0.0015)
        assert tail.exact(9.0, weights, 1e7) == pytest.approx(tail.exact(9.0, weights), abs=1e-6)

    def test_deep_tails_are_small_numbers_and_never_zero(self) -> None:
        weights = np.array([1.3, 1.0, 0.7])
        deep = [tail.exact(x, weights, 200.0) for x in (20.0, 40.0, 60.0, 90.0)]
        assert all(after < before for before, after in pairwise(deep))
        assert 0 < deep[-1] < 1e-12
        assert tail.exact(0.0, weights) == tail.saddlepoint(0.0, weights) == tail.saddlepoint(0.0, weights, 9.0) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("method", ["second_order", "adjusted_wald", "exact"])
def test_tables_are_rejected_at_the_stated_level_and_by_a_plain_test_far_more_often(method: TableMethod) -> None:
    """Under independence, with clusters that answer alike. The control shows what the correction is for."""
    rng, runs = np.random.default_rng(12), 400
    corrected = plain = 0
    stage = design.stage(strata=None, units=np.repeat(np.arange(40), 10).tolist(), rows=400)
    clusters = design.make(np.ones(400), stages=[stage])
    for _ in range(runs):
        lean = rng.normal(size=40).repeat(10)
        rows = (lean + rng.normal(size=400) > 0).astype(np.int64)
        columns = (rng.normal(size=40).repeat(10) + rng.normal(size=400) > 0).astype(np.int64)
        corrected += tables.independence(rows, columns, clusters, method=method).p < 0.05
        plain += (
            stats.chi2_contingency(
                np.array([[sum((rows == i) & (columns == j)) for j in (0, 1)] for i in (0, 1)]), correction=False
            ).pvalue
            < 0.05
        )
    assert 0.025 <= corrected / runs <= 0.08
    assert plain / runs > 0.13


@pytest.mark.slow
def test_means_and_ranks_of_groups_are_rejected_at_the_stated_level_under_clustering() -> None:
    """Two groups made of whole clusters, no difference; the controls take people for independent."""
    rng, runs = np.random.default_rng(4), 500
    units = np.repeat(np.arange(36), 8)
    clusters = design.make(
        rng.uniform(0.5, 2, units.size), stages=[design.stage(strata=None, units=units.tolist(), rows=units.size)]
    )
    hits = dict.fromkeys(("t", "rank", "omnibus", "plain t", "plain rank"), 0)
    for _ in range(runs):
        y = np.round(2 * rng.normal(size=36).repeat(8) + 2 * rng.normal(size=units.size))
        two, three = rng.permutation(36)[units] % 2, rng.permutation(36)[units] % 3
        hits["t"] += ttest.t_test(y, clusters, groups=two).p < 0.05
        hits["rank"] += ranks.rank_test(y, two, clusters).p < 0.05
        hits["omnibus"] += (compare.group_test(y, three, clusters) or pytest.fail("no test")).p < 0.05
        hits["plain t"] += stats.ttest_ind(y[two == 0], y[two == 1]).pvalue < 0.05
        hits["plain rank"] += stats.mannwhitneyu(y[two == 0], y[two == 1]).pvalue < 0.05
    shares = {name: count / runs for name, count in hits.items()}
    for name in ("t", "rank", "omnibus"):
        assert 0.03 <= shares[name] <= 0.075, (name, shares)
    assert min(shares["plain t"], shares["plain rank"]) > 0.2


class TestInput:
    def test_one_level_is_named_on_both_sides(self, clustered: Design) -> None:
        with pytest.raises(ComparisonUnusable, match=r"Only one level of the columns occurs \(1\)"):
            tables.independence(ROWS, np.ones(60, dtype=np.int64), clustered)
        with pytest.raises(ComparisonUnusable, match=r"rows occurs \(3\); Only one level of the columns") as refused:
            tables.independence(np.full(60, 3), np.ones(60, dtype=np.int64), clustered)
        assert [fault.pointer for fault in refused.value.faults] == ["/rows", "/columns"]

    def test_nobody_in_the_table(self, clustered: Design) -> None:
        with pytest.raises(ComparisonUnusable, match="Nobody has a code"):
            tables.independence(np.full(60, -1), COLUMNS, clustered)

    @pytest.mark.parametrize(
        ("codes", "message"),
        [
            (ROWS[:59], "rows have 59 codes for a design of 60"),
            (ROWS + 0.5, "must be whole numbers, with -1 where unknown, not float64"),
            (ROWS - 3, "hold the code -3"),
            (np.full(60, None), "not object"),
        ],
    )
    def test_codes_that_are_none(self, clustered: Design, codes: Any, message: str) -> None:
        with pytest.raises(ComparisonUnusable, match=message):
            tables.independence(codes, COLUMNS, clustered)

    def test_unknown_codes_stay_in_the_design(self, clustered: Design) -> None:
        known = ROWS.copy()
        known[:7] = -1
        table = tables.tabulate(known, COLUMNS, clustered)
        assert int(table.n.sum()) == 53
        assert tables.independence(known, COLUMNS, clustered, method="adjusted_wald").df2 == 8

    def test_a_level_without_anybody_is_dropped_and_changes_nothing(self, clustered: Design) -> None:
        """Level 5 of the columns occurs only among people whose row is unknown, level 7 nowhere."""
        rows, columns = ROWS.copy(), COLUMNS.copy()
        rows[:3], columns[:3] = -1, 5
        columns[columns == 2] = 8
        found = tables.independence(rows, columns, clustered)
        columns[:3] = -1
        assert found.table.columns == (0, 1, 8)
        assert found.statistic == tables.independence(rows, columns, clustered).statistic

    def test_people_who_stand_for_nobody_fill_no_table(self) -> None:
        weights = np.where(COLUMNS == 2, 0.0, 1.0)
        plain = design.make(weights)
        assert tables.tabulate(ROWS, COLUMNS, plain).columns == (0, 1)
        assert tables.independence(ROWS, COLUMNS, plain).p > 0
        assert ranks.rank_test(Y, ROWS, plain, score="van_der_waerden").p > 0

    def test_negative_weights_are_refused(self) -> None:
        weights = np.ones(60)
        weights[:4] = -0.5
        for run in (tables.independence, lambda *given: ranks.rank_test(Y, *given[1:])):
            with pytest.raises(ComparisonUnusable, match="4 weights are negative"):
                run(ROWS, COLUMNS, design.make(weights))

    def test_some_empty_cells_are_no_hindrance_and_too_many_are_named(self, clustered: Design) -> None:
        some = np.where((ROWS == 0) & (COLUMNS == 2), 1, COLUMNS)
        assert tables.independence(ROWS, some, clustered).table.n[0, 2] == 0
        with pytest.raises(ComparisonUnusable, match=r"empty cells.*\(0, 1\), \(0, 2\), \(1, 0\)") as refused:
            tables.independence(COLUMNS, COLUMNS, clustered)
        assert (0, 1) in refused.value.details["empty"]

    def test_a_table_that_the_weighting_fixes_is_refused(self) -> None:
        coded = Coded(codes=ROWS * 3 + COLUMNS, patterns=np.eye(6))
        found = calibrate.poststratify(coded, np.full(6, 10.0), np.ones(60))
        fixed = design.make(found.weights, bases=[found.basis])
        with pytest.raises(ComparisonUnusable, match="weighting fixes every cell"):
            tables.independence(ROWS, COLUMNS, fixed)

    def test_a_domain_in_one_unit_of_each_stratum_is_refused(self, clustered: Design) -> None:
        with pytest.raises(ComparisonUnusable, match="leave no degree of freedom"):
            tables.independence(ROWS, COLUMNS, clustered, domain=(NUMBER <= 5) | ((NUMBER > 20) & (NUMBER <= 25)))

    def test_same_answers_and_one_group_are_refused(self, clustered: Design) -> None:
        with pytest.raises(ComparisonUnusable, match="All answers are the same"):
            ranks.rank_test(np.ones(60), ROWS, clustered)
        with pytest.raises(ComparisonUnusable, match="answers of 1"):
            ranks.rank_test(Y, np.zeros(60, dtype=np.int64), clustered)
        with pytest.raises(ComparisonUnusable, match="do not vary"):
            ttest.t_test(np.full(60, 7.3), clustered)
        with pytest.raises(ComparisonUnusable, match=r"answers come from 3 \(\[0, 1, 2\]\)"):
            ttest.t_test(Y, clustered, groups=COLUMNS)
        with pytest.raises(ComparisonUnusable, match="Nobody gave an answer"):
            ttest.t_test(np.full(60, np.nan), clustered)
        with pytest.raises(AnswersUnusable, match="infinite"):
            ttest.t_test(np.full(60, np.inf), clustered)

    def test_too_few_units(self, clustered: Design) -> None:
        few = design.make(np.ones(60), stages=[design.stage(strata=None, units=(NUMBER % 3).tolist(), rows=60)])
        with pytest.raises(ComparisonUnusable, match="2 degrees of freedom are too few for a Wald test"):
            tables.independence((NUMBER * 3 % 11) % 4, COLUMNS, few, method="adjusted_wald")
        with pytest.raises(ComparisonUnusable, match="singular"):
            tables.independence((NUMBER * 3 % 11) % 4, COLUMNS, few, method="wald")
        with pytest.raises(ComparisonUnusable, match=r"[tT]oo few first-stage units"):
            ranks.rank_test(Y, (NUMBER * 3 % 11) % 4, few)
        two = design.make(np.ones(60), stages=[design.stage(strata=None, units=(NUMBER % 2).tolist(), rows=60)])
        with pytest.raises(ComparisonUnusable, match="these first-stage units leave 0"):
            ttest.t_test(Y, two)

    def test_half_the_weight_exactly_is_not_above_half(self) -> None:
        """Sums of such weights are not exact; the middle answer of an odd number is at one half all the same."""
        y, group = np.arange(9.0), np.array([0, 0, 0, 0, 1, 1, 1, 1, 0])
        values = {
            ranks.rank_test(y, group, design.make(np.full(9, weight)), score="median").difference
            for weight in (0.1, 0.3, 1.0, 30.97, 1e-5)
        }
        assert max(values) - min(values) < 1e-12  # type: ignore[type-var, operator]
        assert values.pop() == pytest.approx(3 / 4 - 1 / 5)
