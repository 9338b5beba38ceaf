"""Tests of association and of ranks: the numbers of R survey 4.1.1, and the right size under clustering."""

import numpy as np
import pytest

from analytics.comparisons import compare, ranks, tables, tail
from analytics.comparisons.ranks import Score
from analytics.comparisons.tables import TableMethod
from analytics.designs import design
from analytics.designs.design import Design
from analytics.errors import AnalyticsError

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
        two = compare.t_test(Y, clustered, groups=ROWS)
        assert (two.value, two.t, two.p) == pytest.approx((0.68113779660201, 0.62811028428675, 0.5474394167501))
        assert (two.interval.lower, two.interval.upper) == pytest.approx((-1.8195481735246, 3.1818237667286))
        one = compare.t_test(Y, clustered)
        assert (one.value, one.t, one.p) == pytest.approx((8.272884283247, 17.618402152955, 1.1007624045363e-07))
        assert one.df == 8


class TestTail:
    @pytest.mark.parametrize("x", [0.5, 3.0, 9.0, 20.0])
    def test_equal_weights_are_a_chi_square(self, x: float) -> None:
        from scipy import stats

        assert tail.exact(x, np.ones(4)) == pytest.approx(stats.chi2.sf(x, 4), abs=1e-8)
        assert tail.exact(x, np.ones(3), 12.0) == pytest.approx(stats.f.sf(x / 3, 3, 12), abs=1e-7)

    def test_the_approximations_lie_near_the_exact_tail(self) -> None:
        weights = np.array([2.5, 1.0, 0.4])
        for x in (8.0, 14.0, 22.0):
            truth = tail.exact(x, weights)
            assert tail.saddlepoint(x, weights) == pytest.approx(truth, rel=0.06)
            assert tail.satterthwaite(x, weights) == pytest.approx(truth, rel=0.3)

    def test_simulation_agrees(self) -> None:
        weights = np.array([3.0, 0.7, 0.2])
        drawn = np.random.default_rng(3).chisquare(1, size=(200_000, 3)) @ weights
        assert tail.exact(9.0, weights) == pytest.approx((drawn > 9).mean(), abs=0.002)


@pytest.mark.slow
def test_clustered_answers_are_rejected_at_the_stated_level_and_a_plain_test_is_not() -> None:
    """Under independence, with clusters that answer alike. The control shows what the correction is for."""
    rng, runs = np.random.default_rng(12), 400
    corrected = plain = 0
    units = np.repeat(np.arange(40), 10).tolist()
    for _ in range(runs):
        lean = rng.normal(size=40).repeat(10)
        rows = (lean + rng.normal(size=400) > 0).astype(np.int64)
        columns = (rng.normal(size=40).repeat(10) + rng.normal(size=400) > 0).astype(np.int64)
        clusters = design.make(np.ones(400), stages=[design.stage(strata=None, units=units, rows=400)])
        corrected += tables.independence(rows, columns, clusters).p < 0.05
        plain += tables.independence(rows, columns, design.make(np.ones(400))).p < 0.05
    assert 0.02 <= corrected / runs <= 0.085
    assert plain / runs > 0.12


class TestInput:
    def test_one_level_is_named(self, clustered: Design) -> None:
        with pytest.raises(AnalyticsError, match=r"Only one level of the columns occurs \(1\)"):
            tables.independence(ROWS, np.ones(60, dtype=np.int64), clustered)

    def test_nobody_in_the_table(self, clustered: Design) -> None:
        with pytest.raises(AnalyticsError, match="Nobody has a code"):
            tables.independence(np.full(60, -1), COLUMNS, clustered)

    def test_codes_of_other_people(self, clustered: Design) -> None:
        with pytest.raises(AnalyticsError, match="59 and 60 codes for a design of 60"):
            tables.independence(ROWS[:59], COLUMNS, clustered)

    def test_unknown_codes_stay_in_the_design(self, clustered: Design) -> None:
        known = ROWS.copy()
        known[:7] = -1
        table = tables.tabulate(known, COLUMNS, clustered)
        assert int(table.n.sum()) == 53
        assert tables.independence(known, COLUMNS, clustered, method="adjusted_wald").df2 == 8

    def test_same_answers_and_one_group_are_refused(self, clustered: Design) -> None:
        with pytest.raises(AnalyticsError, match="All answers are the same"):
            ranks.rank_test(np.ones(60), ROWS, clustered)
        with pytest.raises(AnalyticsError, match="answers of 1"):
            ranks.rank_test(Y, np.zeros(60, dtype=np.int64), clustered)
        with pytest.raises(AnalyticsError, match="do not vary"):
            compare.t_test(np.ones(60), clustered)
        with pytest.raises(AnalyticsError, match="answers come from 3"):
            compare.t_test(Y, clustered, groups=COLUMNS)

    def test_too_many_degrees_for_few_clusters(self) -> None:
        few = design.make(np.ones(60), stages=[design.stage(strata=None, units=(NUMBER % 3).tolist(), rows=60)])
        with pytest.raises(AnalyticsError, match=r"singular|too few"):
            tables.independence((NUMBER * 3 % 11) % 4, COLUMNS, few, method="adjusted_wald")
