"""Differences between groups: R's numbers, the joint covariance, and flags where a test would mislead."""

from collections.abc import Callable

import numpy as np
import pytest

from analytics.arrays import FloatArray
from analytics.comparisons import compare
from analytics.designs import design
from analytics.designs.design import Design
from analytics.errors import AnswersUnusable, ComparisonUnusable
from analytics.weights import calibrate
from analytics.weights.codes import Coded

NUMBER = np.arange(1, 61)
GROUPS = (NUMBER * 5 % 7) % 3
Y = (NUMBER * 31 % 17).astype(float)
Y[[4, 32]] = 4


@pytest.fixture(scope="module")
def clustered() -> Design:
    """svydesign(~psu, strata = ~h, weights = ~w): 3 strata of 4 clusters of 5."""
    weights = np.round(1 + (NUMBER * 7919 % 13) / 4, 2)
    strata, units = np.repeat([1, 2, 3], 20).tolist(), np.repeat(np.arange(12), 5).tolist()
    return design.make(weights, stages=[design.stage(strata=strata, units=units, rows=60)])


class TestAgainstR:
    """svyby(~y, ~c, d, svymean, covmat = TRUE), and from its coef b and vcov v the statistic with L = (1, -I)."""

    def test_all_groups(self, clustered: Design) -> None:
        """The second order from R's b, v and within-group variances, with solve(S, L v L') for the design effects."""
        found = compare.group_test(Y, GROUPS, clustered, minimum=1)
        assert found is not None
        assert (found.method, found.groups) == ("second_order", (0, 1, 2))
        assert (found.statistic, found.df1, found.df2, found.p) == pytest.approx(
            (0.505462784505418, 1.78085612698138, 16.0277051428325, 0.591665485677535), rel=1e-10
        )

    def test_all_groups_by_wald(self, clustered: Design) -> None:
        found = compare.group_test(Y, GROUPS, clustered, minimum=1, method="wald")
        assert found is not None
        assert (found.statistic, found.p) == pytest.approx((0.471234391510412, 0.640516345261699), rel=1e-10)
        assert (found.df1, found.df2) == (2, 8)

    def test_a_share_in_all_groups_is_the_test_of_the_table(self, clustered: Design) -> None:
        """svychisq(~c + s, d) with s = y > 7."""
        found = compare.group_test((Y > 7).astype(float), GROUPS, clustered, minimum=1)
        assert found is not None
        assert (found.statistic, found.df1, found.df2, found.p) == pytest.approx(
            (0.274369209513108, 1.38444284705553, 12.4599856234998, 0.684295542096013), rel=1e-10
        )

    def test_a_difference(self, clustered: Design) -> None:
        found = compare.difference(Y, GROUPS, 0, 1, clustered)
        assert (found.value, found.se) == pytest.approx((-0.113432835820896, 1.51384911586014), rel=1e-10)
        assert found.interval.lower == pytest.approx(found.value - 2.262157162740992 * found.se)


@pytest.mark.slow
class TestSize:
    """Two groups of 30 beside one of 240, nothing to find: the default keeps its level where Wald does not."""

    SIZES = (30, 30, 240)
    RUNS = 500

    def rejected(self, draw: Callable[[np.random.Generator, int], FloatArray]) -> dict[str, float]:
        rng, groups = np.random.default_rng(7), np.repeat([0, 1, 2], self.SIZES)
        found = dict.fromkeys(compare.METHODS, 0)
        for _ in range(self.RUNS):
            sample, y = design.make(rng.uniform(0.5, 1.8, groups.size)), draw(rng, groups.size)
            for method in ("second_order", "wald"):
                test = compare.group_test(y, groups, sample, method=method)
                found[method] += test is not None and test.p < 0.05
        return {method: count / self.RUNS for method, count in found.items()}

    def test_rare_answers(self) -> None:
        found = self.rejected(lambda rng, n: (rng.random(n) < 0.1).astype(float))
        assert found["second_order"] <= 0.075
        assert found["wald"] > 0.12

    def test_skewed_scale(self) -> None:
        found = self.rejected(lambda rng, n: rng.choice(5.0 + np.arange(5), p=[0.85, 0.08, 0.04, 0.02, 0.01], size=n))
        assert found["second_order"] <= 0.075
        assert found["wald"] > 0.12

    def test_power_is_not_what_pays_for_it(self) -> None:
        rng, groups, found = (
            np.random.default_rng(3),
            np.repeat([0, 1, 2], [200, 400, 400]),
            dict.fromkeys(compare.METHODS, 0),
        )
        for _ in range(200):
            y = (rng.random(1000) < 0.1 + 0.08 * (groups == 0)).astype(float)
            sample = design.make(rng.uniform(0.5, 1.8, 1000))
            for method in ("second_order", "wald"):
                test = compare.group_test(y, groups, sample, method=method)
                found[method] += test is not None and test.p < 0.05
        assert found["second_order"] >= found["wald"]


class TestGroups:
    def test_figures_in_other_units_give_the_same_test(self, clustered: Design) -> None:
        whole = compare.group_test(Y, GROUPS, clustered, minimum=1)
        for scale, shift in ((1e-9, 0.0), (1e9, 0.0), (0.01, 50.0)):
            other = compare.group_test(Y * scale + shift, GROUPS, clustered, minimum=1)
            assert whole is not None
            assert other is not None
            assert other.p == pytest.approx(whole.p, rel=1e-6)

    def test_small_groups_stand_aside(self, clustered: Design) -> None:
        groups = np.where(NUMBER <= 5, 7, GROUPS)
        found = compare.group_test(Y, groups, clustered, minimum=10)
        assert found is not None
        assert found.groups == (0, 1, 2)
        assert compare.group_test(Y, groups, clustered, minimum=40) is None

    def test_more_groups_than_units_carry_are_not_tested_by_wald(self, clustered: Design) -> None:
        assert compare.group_test(Y, NUMBER % 11, clustered, minimum=1, method="wald") is None
        found = compare.group_test(Y, NUMBER % 11, clustered, minimum=1)
        assert found is not None
        assert found.df1 <= 9
        assert found.df2 > 1

    def test_a_group_that_speaks_with_one_voice_is_flagged(self) -> None:
        y = np.where(GROUPS == 1, 1.0, NUMBER % 2)
        for answer in (y, y * 3.5):
            found = compare.group_test(answer, GROUPS, design.make(np.ones(60)), minimum=10)
            certain = compare.group_test(answer, GROUPS, design.make(np.ones(60)), minimum=10, method="wald")
            assert found is not None
            assert certain is not None
            assert found.unanimous == certain.unanimous == (1,)
            assert found.p > certain.p
        single = compare.difference(y, GROUPS, 1, 0, design.make(np.ones(60)))
        assert single.note == "no_spread"

    def test_a_difference_that_the_weighting_fixes(self) -> None:
        """Post-stratified on answer by group: both means are given, and so is their difference."""
        sex, half = NUMBER % 2, (NUMBER // 2) % 2
        coded = Coded(codes=sex * 2 + half, patterns=np.eye(4))
        found = calibrate.poststratify(coded, np.array([10.0, 20.0, 30.0, 40.0]), np.ones(60))
        weighted = design.make(found.weights, bases=[found.basis])
        gap = compare.difference(sex.astype(float), half, 0, 1, weighted)
        assert gap.value == pytest.approx(30 / 40 - 40 / 60)
        assert (gap.se, gap.note, gap.p) == (0.0, "fixed", 0.0)
        assert compare.group_test(sex.astype(float), half, weighted, minimum=1) is None

    def test_equal_groups_without_variance_do_not_differ(self) -> None:
        found = compare.difference(np.ones(60), GROUPS, 0, 1, design.make(np.ones(60)))
        assert (found.value, found.p, found.note) == (0.0, 1.0, "no_spread")


def test_pairs_are_those_of_single_differences(clustered: Design) -> None:
    figures, codes = compare.by_group(Y, GROUPS, clustered)
    found = compare.pairwise(figures, minimum=1)
    assert codes == [0, 1, 2]
    assert [(one.first, one.second) for one in found] == [("0", "1"), ("0", "2"), ("1", "2")]
    for one in found:
        assert one.difference == compare.difference(Y, GROUPS, int(one.first), int(one.second), clustered)
        assert one.n == (int((int(one.first) == GROUPS).sum()), int((int(one.second) == GROUPS).sum()))
    assert compare.pairwise(figures, minimum=100) == ()


class TestInput:
    def test_a_group_without_answers(self, clustered: Design) -> None:
        with pytest.raises(ComparisonUnusable, match="Nobody in group 9"):
            compare.difference(Y, GROUPS, 0, 9, clustered)
        with pytest.raises(ComparisonUnusable, match="Nobody in group 1"):
            compare.difference(np.where(GROUPS == 1, np.nan, Y), GROUPS, 0, 1, clustered)

    def test_answers_and_groups_of_other_people(self, clustered: Design) -> None:
        with pytest.raises(AnswersUnusable, match="do not fit a design of 60"):
            compare.group_test(Y[:9], GROUPS, clustered)
        with pytest.raises(ComparisonUnusable, match="groups have 9 codes"):
            compare.group_test(Y, GROUPS[:9], clustered)
        with pytest.raises(ComparisonUnusable, match="One answer is compared at a time; 2"):
            compare.group_test(np.column_stack([Y, Y]), GROUPS, clustered)

    def test_negative_weights_fill_no_table_but_make_means(self) -> None:
        weights = np.ones(60)
        weights[:3] = -0.2
        found = compare.group_test((Y > 7).astype(float), GROUPS, design.make(weights), minimum=1)
        assert found is not None
        assert 0 <= found.p <= 1

    def test_nobody_answers(self, clustered: Design) -> None:
        assert compare.group_test(np.full(60, np.nan), GROUPS, clustered) is None
        assert compare.group_test(Y, np.full(60, -1), clustered) is None
