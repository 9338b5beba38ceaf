"""Corrections hold what they promise: few false findings together, and no test while people still answer."""

import numpy as np
import pytest
from scipy import stats

from analytics.comparisons import crosstab, families
from analytics.designs import design
from analytics.errors import ComparisonUnusable


class TestCorrections:
    def test_holm_follows_the_worked_example(self) -> None:
        assert families.holm([0.01, None, 0.04, 0.03]) == (0.03, None, 0.06, 0.06)
        assert families.holm([0.9, 0.8]) == (1.0, 1.0)

    def test_benjamini_hochberg_agrees_with_scipy(self) -> None:
        p = np.random.default_rng(2).uniform(size=25) ** 2
        assert families.benjamini_hochberg(p.tolist()) == pytest.approx(stats.false_discovery_control(p))
        assert families.benjamini_hochberg([0.02, None, 0.5]) == (0.04, None, 0.5)

    def test_adjusted_values_keep_the_order_of_the_raw_ones(self) -> None:
        p = [0.001, 0.02, 0.021, 0.4, 0.05]
        for correction in (families.holm, families.benjamini_hochberg):
            adjusted = [value for value in correction(p) if value is not None]
            assert [adjusted[i] for i in np.argsort(p)] == sorted(adjusted)
            assert all(after >= before for before, after in zip(p, adjusted, strict=True))

    @pytest.mark.slow
    def test_holm_keeps_the_error_of_the_family_and_uncorrected_tests_do_not(self) -> None:
        """Twelve group tests of one clustered sample, none of which has anything to find."""
        rng, runs, k = np.random.default_rng(1), 250, 12
        units = np.repeat(np.arange(40), 8)
        sample = design.make(np.ones(320), stages=[design.stage(strata=None, units=units.tolist(), rows=320)])
        wrong = dict.fromkeys(("none", "holm"), 0)
        for _ in range(runs):
            y = rng.normal(size=(40, k))[units] + rng.normal(size=(320, k))
            found = crosstab.group_tests(
                y, [str(i) for i in range(k)], {"half": rng.permutation(40)[units] % 2}, sample
            )
            p = [one.p for one in found if one.p is not None]
            assert len(p) == k
            wrong["none"] += min(p) < 0.05
            wrong["holm"] += min(q for q in families.holm(p) if q is not None) < 0.05
        assert wrong["none"] / runs > 0.3
        assert 0.01 <= wrong["holm"] / runs <= 0.085

    @pytest.mark.slow
    def test_benjamini_hochberg_keeps_the_share_of_false_findings(self) -> None:
        rng, shares = np.random.default_rng(4), []
        for _ in range(400):
            z = rng.normal(size=40) + np.r_[np.full(10, 3.2), np.zeros(30)]
            q = families.benjamini_hochberg((2 * stats.norm.sf(np.abs(z))).tolist())
            found = [i for i, value in enumerate(q) if value is not None and value < 0.1]
            shares.append(sum(i >= 10 for i in found) / max(len(found), 1))
        assert np.mean(shares) <= 0.1
        assert np.mean(shares) > 0.04


class TestFamily:
    def test_kind_decides_the_correction(self) -> None:
        tests = [("vote/age", 0.01), ("vote/sex", 0.04), ("value/age", None)]
        declared = families.correct("main", "confirmatory", tests)
        around = families.correct("rest", "exploratory", tests)
        assert [member.p_adjusted for member in declared.members] == [0.02, 0.04, None]
        assert [member.p for member in declared.members] == [0.01, 0.04, None]
        assert [member.stands for member in declared.members] == [True, True, None]
        assert declared.correction == "holm"
        assert around.correction == "benjamini_hochberg"
        assert [member.p_adjusted for member in around.members] == [0.02, 0.04, None]

    def test_nothing_is_tested_before_closing(self) -> None:
        plan = families.Declared(name="main", kind="confirmatory", members=("a", "b"))
        early = families.judge(plan, {"a": 0.0001}, interim=True)
        assert early.interim
        assert early.note == "interim: no tests"
        assert [(one.p, one.p_adjusted, one.stands) for one in early.members] == [(None, None, None)] * 2
        assert families.judge(plan, {"a": 0.0001, "b": 0.3}).note == ""

    def test_members_come_in_the_order_of_the_plan_whatever_the_order_of_results(self) -> None:
        plan = families.Declared(name="main", kind="confirmatory", members=("a", "b", "c"))
        judged = families.judge(plan, {"c": 0.2, "a": 0.01, "b": None})
        assert [one.name for one in judged.members] == ["a", "b", "c"]
        assert [one.p_adjusted for one in judged.members] == [0.02, None, 0.2]

    def test_a_test_that_was_not_declared_cannot_enter_and_none_can_be_left_out(self) -> None:
        plan = families.Declared(name="main", kind="confirmatory", members=("a", "b"), level=1.5)
        with pytest.raises(ComparisonUnusable) as refused:
            families.judge(plan, {"a": 0.01, "c": 0.0001, "d": -0.2})
        assert refused.value.message == (
            "Family `main`: a level of 1.5 is not in (0, 1); not declared: c, d; no result (give None if untested): b; "
            "not a p-value: d (-0.2)."
        )
        assert [fault.code for fault in refused.value.faults] == ["level", "undeclared", "missing", "not_p"]

    def test_faults_are_named_together(self) -> None:
        with pytest.raises(ComparisonUnusable, match=r"named twice: a; not a p-value: b \(1.2\)"):
            families.correct("main", "confirmatory", [("a", 0.1), ("a", 0.2), ("b", 1.2)])
        with pytest.raises(ComparisonUnusable, match=r"not a p-value: b \(nan\)"):
            families.correct("main", "confirmatory", [("b", float("nan"))])

    def test_max_t_of_a_plan_is_taken_from_the_joint_figures(self) -> None:
        plan = families.Declared(name="main", kind="confirmatory", members=("a", "b", "c"), max_t=True)
        judged = families.judge(plan, {"a": 0.001, "b": 0.02, "c": None}, joint={"a": 0.002, "b": 0.06})
        assert judged.correction == "max_t"
        assert [(one.p, one.p_adjusted, one.stands) for one in judged.members] == [
            (0.001, 0.002, True), (0.02, 0.06, False), (None, None, None),
        ]  # fmt: skip
        with pytest.raises(ComparisonUnusable, match="no max-t p-value: b"):
            families.judge(plan, {"a": 0.001, "b": 0.02, "c": None}, joint={"a": 0.002})
        with pytest.raises(ComparisonUnusable, match="an exploratory one takes Benjamini-Hochberg"):
            families.judge(families.Declared(name="x", kind="exploratory", members=("a",), max_t=True), {"a": 0.1})

    def test_a_family_of_nothing_finds_nothing(self) -> None:
        assert families.correct("none", "exploratory", []).members == ()
