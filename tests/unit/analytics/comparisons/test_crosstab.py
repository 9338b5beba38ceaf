"""Whole tables in one pass: the same numbers as one test at a time, and corrections over all of them."""

import numpy as np
import pytest

from analytics.comparisons import compare, crosstab, families, tables
from analytics.designs import design
from analytics.designs.design import Design
from analytics.errors import AnswersUnusable, ComparisonUnusable
from analytics.weights import calibrate
from analytics.weights.codes import Coded

RNG = np.random.default_rng(11)
N = 400
AGE, SEX = RNG.integers(0, 3, N), RNG.integers(0, 2, N)
Y = RNG.normal(size=(N, 3)) + 0.5 * RNG.normal(size=(N, 1))
Y[RNG.random((N, 3)) < 0.1] = np.nan
Y[:, 2] += 1.0 * (AGE == 2)
GROUPS = {"age": AGE, "sex": np.where(RNG.random(N) < 0.05, -1, SEX)}


@pytest.fixture(scope="module")
def sample() -> Design:
    """Clusters, calibrated to age by sex."""
    start = RNG.uniform(0.5, 2, N)
    found = calibrate.poststratify(
        Coded(codes=AGE * 2 + SEX, patterns=np.eye(6)), np.array([60.0, 70, 60, 70, 80, 60]), start
    )
    stage = design.stage(strata=None, units=(np.arange(N) // 5).tolist(), rows=N)
    return design.make(found.weights, stages=[stage], bases=[found.basis])


class TestGroupTests:
    def test_they_are_those_of_one_question_at_a_time(self, sample: Design) -> None:
        found = crosstab.group_tests(Y, ["a", "b", "c"], GROUPS, sample)
        assert [(one.figure, one.grouping) for one in found] == [(f, g) for f in "abc" for g in ("age", "sex")]
        for one in found:
            alone = compare.group_test(Y[:, "abc".index(one.figure)], GROUPS[one.grouping], sample)
            assert one.test is not None
            assert alone is not None
            assert (one.p, one.test.statistic) == pytest.approx((alone.p, alone.statistic), rel=1e-9)
            assert one.test.groups == alone.groups
            assert (one.test.df1, one.test.df2) == pytest.approx((alone.df1, alone.df2))

    def test_shares_are_tested_by_their_tables(self, sample: Design) -> None:
        high = np.where(np.isnan(Y[:, :1]), np.nan, Y[:, :1] > 0)
        for one in crosstab.group_tests(high, ["high"], GROUPS, sample):
            answer = np.where(np.isnan(high[:, 0]), -1, high[:, 0] == 1).astype(np.int64)
            assert one.p == tables.independence(GROUPS[one.grouping], answer, sample).p

    def test_the_difference_that_is_there_stands_after_correction_and_no_other_does(self, sample: Design) -> None:
        found = crosstab.group_tests(Y, ["a", "b", "c"], GROUPS, sample)
        judged = families.correct("all", "confirmatory", [(f"{one.figure}/{one.grouping}", one.p) for one in found])
        assert [one.name for one in judged.members if one.stands] == ["c/age"]

    def test_reasons_for_no_test(self, sample: Design) -> None:
        y = np.column_stack([np.where(AGE == 0, Y[:, 0], np.nan), np.full(N, 3.0)])
        few, alike = crosstab.group_tests(y, ["few", "alike"], {"age": AGE}, sample)
        assert (few.test, few.p, few.reason) == (None, None, "few_answers")
        assert (alike.test, alike.p, alike.reason) == (None, None, "no_test")

    def test_a_domain_is_that_of_single_tests(self, sample: Design) -> None:
        found = crosstab.group_tests(Y, ["a", "b", "c"], {"age": AGE}, sample, domain=SEX == 1)
        alone = compare.group_test(Y[:, 1], AGE, sample, domain=SEX == 1)
        assert alone is not None
        assert found[1].p == pytest.approx(alone.p, rel=1e-9)


class TestAssociations:
    ANSWER = np.where(np.isnan(Y[:, 0]), -1, np.digitize(np.nan_to_num(Y[:, 0]), [-0.5, 0.5]))

    def test_they_are_those_of_single_tables(self, sample: Design) -> None:
        found = crosstab.associations({"a": self.ANSWER}, GROUPS, sample)
        for one in found:
            assert one.test is not None
            assert one.p == tables.independence(GROUPS[one.grouping], self.ANSWER, sample).p

    def test_small_groups_stand_aside_and_a_table_of_one_answer_says_so(self, sample: Design) -> None:
        thin = np.where(np.arange(N) < 12, 9, AGE)
        kept, alike = crosstab.associations({"a": self.ANSWER, "b": np.zeros(N, dtype=int)}, {"g": thin}, sample)
        assert kept.test is not None
        assert kept.test.table.rows == (0, 1, 2)
        assert (alike.p, alike.reason) == (None, "no_test")
        assert "Only one level of the columns" in alike.detail
        (few,) = crosstab.associations({"a": self.ANSWER}, {"g": np.where(np.arange(N) < 12, 1, 0)}, sample)
        assert (few.test, few.reason) == (None, "few_answers")


class TestGaps:
    def test_values_and_errors_are_those_of_single_differences(self, sample: Design) -> None:
        found = crosstab.gaps(Y, ["a", "b", "c"], GROUPS, sample)
        assert len(found.gaps) == 3 * (3 + 1)
        for gap, value, variance in zip(found.gaps, found.value, np.diag(found.covariance), strict=True):
            alone = compare.difference(
                Y[:, "abc".index(gap.figure)], GROUPS[gap.grouping], gap.first, gap.second, sample
            )
            assert (value, np.sqrt(variance)) == pytest.approx((alone.value, alone.se), rel=1e-9)

    def test_max_t_over_the_table_finds_what_is_there(self, sample: Design) -> None:
        found = crosstab.gaps(Y, ["a", "b", "c"], GROUPS, sample)
        judged = found.max_t(seed=5)
        real = [gap.figure == "c" and gap.grouping == "age" and gap.second == 2 for gap in found.gaps]
        assert (judged.step_down[real] < 0.05).all()
        assert (judged.step_down[~np.array(real)] > 0.05).all()
        raw_to_holm = families.holm(
            [
                compare.difference(Y[:, "abc".index(gap.figure)], GROUPS[gap.grouping], gap.first, gap.second, sample).p
                for gap in found.gaps
            ]
        )
        assert judged.step_down.sum() < sum(q for q in raw_to_holm if q is not None)

    def test_nothing_to_compare(self, sample: Design) -> None:
        with pytest.raises(ComparisonUnusable, match="No two groups have 500 answers"):
            crosstab.gaps(Y, ["a", "b", "c"], GROUPS, sample, minimum=500)


class TestInput:
    def test_names_and_groups_must_fit(self, sample: Design) -> None:
        with pytest.raises(ComparisonUnusable, match="3 questions need as many different names"):
            crosstab.group_tests(Y, ["a", "a", "b"], GROUPS, sample)
        with pytest.raises(ComparisonUnusable, match="The age have 3 codes"):
            crosstab.group_tests(Y, ["a", "b", "c"], {"age": AGE[:3]}, sample)
        with pytest.raises(AnswersUnusable, match="do not fit"):
            crosstab.group_tests(Y[:5], ["a", "b", "c"], GROUPS, sample)

    def test_no_groupings_no_tests(self, sample: Design) -> None:
        assert crosstab.group_tests(Y, ["a", "b", "c"], {}, sample) == ()
