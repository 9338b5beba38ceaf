"""Who is ahead: the variance of a margin, the probability of a lead, and calls that are too close."""

import numpy as np
import pytest
from scipy import stats

from analytics.comparisons import lead
from analytics.designs import design
from analytics.errors import AnswersUnusable, ComparisonUnusable
from analytics.estimates import estimate
from analytics.weights import calibrate
from analytics.weights.codes import Coded


def two(vote: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[np.ndarray, np.ndarray]:
    return (vote == 0).astype(float), (vote == 1).astype(float)


class TestMargin:
    def test_the_variance_knows_that_shares_move_against_each_other(self) -> None:
        rng = np.random.default_rng(2)
        vote = rng.choice(3, p=[0.5, 0.4, 0.1], size=900)
        found = lead.lead(*two(vote), design.make(np.ones(900)))
        a, b = np.mean(vote == 0), np.mean(vote == 1)
        assert found is not None
        assert found.se == pytest.approx(np.sqrt((a + b - (a - b) ** 2) / 899))
        assert found.se > 1.2 * np.sqrt((a * (1 - a) + b * (1 - b)) / 899)

    def test_it_is_the_mean_of_the_difference_under_any_design(self) -> None:
        """V_A + V_B - 2 cov_AB equals the variance of the mean of A - B, clusters and calibration included."""
        rng = np.random.default_rng(5)
        vote, sex = rng.choice(3, p=[0.45, 0.4, 0.15], size=300), rng.integers(0, 2, 300)
        found = calibrate.poststratify(Coded(codes=sex, patterns=np.eye(2)), np.array([500.0, 520.0]), np.ones(300))
        stage = design.stage(strata=None, units=(np.arange(300) // 6).tolist(), rows=300)
        sample = design.make(found.weights, stages=[stage], bases=[found.basis])
        first, second = two(vote)
        margin, whole = lead.lead(first, second, sample), estimate.mean(first - second, sample)
        assert margin is not None
        assert margin.value == pytest.approx(whole.value)
        assert margin.se == pytest.approx(whole.se)
        assert margin.probability == pytest.approx(stats.t.cdf((whole.value or 0) / (whole.se or 1), 49))

    def test_a_lead_turned_round(self) -> None:
        first, second = two(np.random.default_rng(3).choice(3, size=200))
        sample = design.make(np.ones(200))
        one, other = lead.lead(first, second, sample), lead.lead(second, first, sample)
        assert one is not None
        assert other is not None
        assert one.value == -other.value
        assert one.probability + other.probability == pytest.approx(1)
        assert one.too_close == other.too_close

    def test_an_allowance_for_selection_makes_more_leads_too_close(self) -> None:
        vote = np.repeat([0, 1], [560, 440])
        sample = design.make(np.ones(1000))
        plain, wary = (lead.lead(*two(vote), sample, bias=bias) for bias in (0.0, 0.07))
        assert plain is not None
        assert wary is not None
        assert (plain.too_close, wary.too_close) == (False, True)
        assert plain.interval == wary.interval

    @pytest.mark.slow
    def test_a_tie_is_called_in_five_of_a_hundred_and_a_clear_lead_nearly_always(self) -> None:
        rng, runs = np.random.default_rng(6), 500
        called = clear = 0
        sure = []
        for _ in range(runs):
            sample = design.make(rng.uniform(0.5, 1.5, 500))
            tie = lead.lead(*two(rng.choice(3, p=[0.4, 0.4, 0.2], size=500)), sample)
            won = lead.lead(*two(rng.choice(3, p=[0.5, 0.35, 0.15], size=500)), sample)
            assert tie is not None
            assert won is not None
            called += not tie.too_close
            clear += not won.too_close
            sure.append(tie.probability)
        assert 0.03 <= called / runs <= 0.075
        assert clear / runs >= 0.9
        assert stats.kstest(sure, "uniform").pvalue > 0.001


class TestOneVoice:
    def test_nobody_answered(self) -> None:
        nothing = np.full(6, np.nan)
        assert lead.lead(nothing, nothing, design.make(np.ones(6))) is None
        weightless = np.where(np.arange(6) < 2, 1.0, np.nan)
        assert lead.lead(weightless, 0 * weightless, design.make(np.r_[0.0, 0, np.ones(4)])) is None

    def test_everybody_for_the_first(self) -> None:
        """Six of six: the 95 percent limit of a binomial share is 0.541, so that the lead is at least 0.082."""
        found = lead.lead(np.ones(6), np.zeros(6), design.make(np.ones(6)))
        assert found is not None
        assert (found.value, found.too_close, found.note) == (1.0, False, "no_spread")
        assert found.interval.lower == pytest.approx(2 * stats.beta.ppf(0.025, 6, 1) - 1)
        assert found.probability == pytest.approx(stats.beta.sf(0.5, 7, 1))

    def test_three_of_three_are_too_few_to_call(self) -> None:
        found = lead.lead(np.zeros(3), np.ones(3), design.make(np.ones(3)))
        assert found is not None
        assert (found.value, found.too_close) == (-1.0, True)

    def test_nobody_for_either(self) -> None:
        found = lead.lead(np.zeros(40), np.zeros(40), design.make(np.ones(40)))
        assert found is not None
        assert (found.value, found.probability, found.too_close) == (0.0, 0.5, True)

    def test_a_lead_that_the_weighting_fixes(self) -> None:
        vote = np.arange(60) % 2
        found = calibrate.poststratify(Coded(codes=vote, patterns=np.eye(2)), np.array([60.0, 40.0]), np.ones(60))
        fixed = lead.lead(*two(vote), design.make(found.weights, bases=[found.basis]))
        assert fixed is not None
        assert fixed.value == pytest.approx(0.2)
        assert (fixed.se, fixed.probability, fixed.note) == (0.0, 1.0, "fixed")


class TestInput:
    def test_answers_that_do_not_exclude_each_other(self) -> None:
        with pytest.raises(ComparisonUnusable, match="6 people gave both answers"):
            lead.lead(np.ones(6), np.ones(6), design.make(np.ones(6)))
        with pytest.raises(AnswersUnusable, match="neither 0 nor 1"):
            lead.lead(np.full(6, 0.5), np.ones(6), design.make(np.ones(6)))
        with pytest.raises(ComparisonUnusable, match="allowance of 0 or more"):
            lead.lead(np.ones(6), np.zeros(6), design.make(np.ones(6)), bias=-0.1)

    def test_no_answer_to_one_is_no_answer(self) -> None:
        first, second = np.array([1.0, 0, 1, 0, np.nan]), np.array([0.0, 1, 0, np.nan, 1])
        found = lead.lead(first, second, design.make(np.ones(5)))
        assert found is not None
        assert (found.n, found.value) == (3, pytest.approx(1 / 3))
