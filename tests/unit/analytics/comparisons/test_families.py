"""Corrections hold what they promise: few false findings together, and no test while people still answer."""

import numpy as np
import pytest
from scipy import stats

from analytics.comparisons import families
from analytics.errors import AnalyticsError


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
    def test_holm_and_max_t_keep_the_error_of_the_family_and_uncorrected_tests_do_not(self) -> None:
        """Twelve correlated figures, none of which differs from zero."""
        rng, runs, k = np.random.default_rng(1), 600, 12
        shared = 0.7 * np.ones((k, k)) + 0.3 * np.eye(k)
        root = np.linalg.cholesky(shared)
        wrong = dict.fromkeys(("none", "holm", "max_t"), 0)
        for _ in range(runs):
            value = root @ rng.normal(size=k)
            p = 2 * stats.norm.sf(np.abs(value))
            noise = rng.normal(size=(300, k)) @ root.T
            wrong["none"] += bool((p < 0.05).any())
            wrong["holm"] += min(q for q in families.holm(p.tolist()) if q is not None) < 0.05
            wrong["max_t"] += bool((families.max_t(value, np.ones(k), noise) < 0.05).any())
        assert wrong["none"] / runs > 0.12
        assert wrong["holm"] / runs <= 0.06
        assert 0.03 <= wrong["max_t"] / runs <= 0.075

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

    def test_max_t_finds_more_than_holm_where_figures_move_together(self) -> None:
        rng, k = np.random.default_rng(9), 10
        common = rng.normal(size=(2000, 1))
        noise = 0.97 * common + 0.24 * rng.normal(size=(2000, k))
        value = np.full(k, 2.3)
        by_max = families.max_t(value, np.ones(k), noise)
        by_holm = families.holm((2 * stats.norm.sf(value)).tolist())
        assert by_max.max() < 0.05 < max(q for q in by_holm if q is not None)


class TestFamily:
    def test_kind_decides_the_correction(self) -> None:
        tests = [("vote/age", 0.01), ("vote/sex", 0.04), ("value/age", None)]
        declared = families.correct("main", "confirmatory", tests)
        around = families.correct("rest", "exploratory", tests)
        assert [member.p_adjusted for member in declared.members] == [0.02, 0.04, None]
        assert [member.stands for member in declared.members] == [True, True, None]
        assert declared.correction == "holm"
        assert around.correction == "benjamini_hochberg"
        assert [member.p_adjusted for member in around.members] == [0.02, 0.04, None]

    def test_nothing_is_tested_before_closing(self) -> None:
        early = families.correct("main", "confirmatory", [("a", 0.0001)], interim=True)
        assert early.interim
        assert early.members[0].p is None
        assert early.members[0].stands is None

    def test_faults_are_named_together(self) -> None:
        with pytest.raises(AnalyticsError, match=r"named twice: a; not a p-value: b \(1.2\)"):
            families.correct("main", "confirmatory", [("a", 0.1), ("a", 0.2), ("b", 1.2)])

    def test_max_t_needs_replicates_of_the_same_figures(self) -> None:
        with pytest.raises(AnalyticsError, match="replicates of shape"):
            families.max_t(np.ones(3), np.ones(3), np.ones((200, 2)))
        with pytest.raises(AnalyticsError, match="50 replicates are too few"):
            families.max_t(np.ones(2), np.ones(2), np.ones((50, 2)))

    def test_a_figure_without_variance_differs_or_does_not(self) -> None:
        noise = np.random.default_rng(1).normal(size=(200, 1))
        theta = np.column_stack([noise, np.full(200, 0.5), np.zeros(200)])
        adjusted = families.max_t(np.array([0.1, 0.5, 0.0]), np.array([1.0, 0.0, 0.0]), theta)
        assert adjusted[1:].tolist() == [0.0, 1.0]
        assert adjusted[0] > 0.5
