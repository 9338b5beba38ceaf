"""Quantiles: the rules of Hyndman and Fan with weights, and intervals that hold the truth."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.errors import AnalyticsError
from analytics.estimates import quantile
from analytics.estimates.quantile import RULES, Rule


def equal(n: int, weight: float = 1.0) -> design.Design:
    return design.make(np.full(n, weight))


class TestRules:
    @pytest.mark.parametrize(("rule", "method"), [("hf1", 1), ("hf2", 2), ("hf4", 4), ("hf6", 6), ("hf7", 7)])
    def test_equal_weights_give_the_rules_of_hyndman_and_fan(self, rule: Rule, method: int) -> None:
        names = {
            1: "inverted_cdf",
            2: "averaged_inverted_cdf",
            4: "interpolated_inverted_cdf",
            6: "weibull",
            7: "linear",
        }
        y = np.random.default_rng(5).normal(size=41)
        for p in (0.03, 0.25, 0.5, 0.81, 0.99):
            got = quantile.quantiles(y, [p], equal(41), rule=rule)[0].value
            assert got == pytest.approx(np.quantile(y, p, method=names[method]))

    @pytest.mark.parametrize("rule", ["hf1", "hf2", "hf4"])
    def test_whole_weights_count_as_that_many_people(self, rule: Rule) -> None:
        rng = np.random.default_rng(8)
        y, w = rng.normal(size=30), rng.integers(1, 6, size=30)
        many = np.repeat(y, w)
        for p in (0.11, 0.37, 0.62, 0.93):
            weighted = quantile.quantiles(y, [p], design.make(w.astype(float)), rule=rule)[0].value
            if rule != "hf4":
                assert weighted == quantile.quantiles(many, [p], equal(many.size), rule=rule)[0].value
            assert weighted is not None
            assert y.min() <= weighted <= y.max()

    def test_the_middle_of_two_answers_only_where_the_share_is_reached_exactly(self) -> None:
        y = np.array([1.0, 2.0, 3.0, 4.0])
        assert quantile.quantiles(y, [0.5, 0.6], equal(4), rule="hf2")[0].value == 2.5
        assert quantile.quantiles(y, [0.5, 0.6], equal(4), rule="hf2")[1].value == 3.0


class TestIntervals:
    @pytest.mark.slow
    def test_woodruff_holds_the_truth_for_skewed_answers(self) -> None:
        rng, truth, hits = np.random.default_rng(4), np.exp(0.0), 0
        for _ in range(600):
            y, w = rng.lognormal(size=200), rng.uniform(0.5, 2, size=200)
            found = quantile.quantiles(y, [0.5], design.make(w))[0]
            assert found.lower is not None
            assert found.upper is not None
            hits += found.lower <= truth <= found.upper
        assert 0.93 <= hits / 600 <= 0.975

    @pytest.mark.parametrize("p", [0.9, 0.99])
    def test_a_limit_beyond_the_answers_is_left_out_and_no_standard_error_is_made_up(self, p: float) -> None:
        y = np.arange(20.0)
        found = quantile.quantiles(y, [p], equal(20))[0]
        assert found.upper is None
        assert found.se is None
        assert found.interval is None
        assert found.lower is not None

    def test_a_domain_keeps_the_degrees_of_freedom_of_the_whole(self) -> None:
        y = np.random.default_rng(1).normal(size=300)
        part = np.arange(300) < 100
        found = quantile.quantiles(y, [0.5], equal(300), domain=part)[0]
        assert found.df == 299
        assert found.n == 100
        assert found.value == quantile.quantiles(y[:100], [0.5], equal(100))[0].value


class TestInput:
    @pytest.mark.parametrize("p", [0.0, 1.0, -0.5, np.nan])
    def test_a_share_outside_zero_and_one_is_refused_by_name(self, p: float) -> None:
        with pytest.raises(AnalyticsError, match="between 0 and 1"):
            quantile.quantiles(np.arange(5.0), [0.5, p], equal(5))

    def test_weights_below_zero_are_refused_with_their_number(self) -> None:
        w = np.array([1.0, -0.5, 2.0, -1.0])
        with pytest.raises(AnalyticsError, match="2 weights are below 0"):
            quantile.quantiles(np.arange(4.0), [0.5], design.make(w))

    @pytest.mark.parametrize("rule", RULES)
    def test_nobody_and_one_person(self, rule: Rule) -> None:
        nobody = quantile.quantiles(np.full(5, np.nan), [0.5], equal(5), rule=rule)[0]
        assert nobody.value is None
        assert nobody.n == 0
        alone = np.full(5, np.nan)
        alone[2] = 3.0
        assert quantile.quantiles(alone, [0.5], equal(5), rule=rule)[0].value == 3.0
