"""Intervals of shares: how often they hold the truth in calibrated samples, and input that cannot be."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.errors import AnalyticsError
from analytics.estimates import estimate, interval
from analytics.estimates.interval import ProportionMethod
from analytics.weights import calibrate
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin

SHARES = np.array([0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98])
SIZE = 50_000
REPETITIONS = 400


@pytest.fixture(scope="module")
def held() -> dict[int, dict[str, np.ndarray]]:
    """Per sample size and method: how often each share was held; also the mean of n_eff x min(p, 1 - p).

    People answer unevenly by two margins that also drive the opinion; samples are raked to both.
    """
    rng = np.random.default_rng(12)
    a, b = rng.choice(5, SIZE, p=[0.1, 0.15, 0.2, 0.25, 0.3]), rng.choice(4, SIZE, p=[0.4, 0.3, 0.2, 0.1])
    opinion = 0.4 * a - 0.4 * b + rng.normal(size=SIZE)
    hits = (opinion[:, None] > np.quantile(opinion, 1 - SHARES)).astype(float)
    truth, chance = hits.mean(axis=0), (0.3 + 0.15 * a) * (1 - 0.15 * b)
    margins = [
        Margin(key=key, levels=tuple(map(str, range(k))), shares=tuple(np.bincount(codes) / SIZE))
        for key, codes, k in (("a", a, 5), ("b", b, 4))
    ]
    found: dict[int, dict[str, np.ndarray]] = {}
    for n in (300, 1000):
        counts = {name: np.zeros(SHARES.size) for name in ("korn_graubard", "wilson", "logit", "wald", "hits")}
        for _ in range(REPETITIONS):
            pool = rng.choice(SIZE, 6 * n, replace=False)
            people = pool[rng.random(pool.size) < chance[pool]][:n]
            coded = [Coded(codes=a[people], patterns=np.eye(5)), Coded(codes=b[people], patterns=np.eye(4))]
            raked = calibrate.rake(coded, margins, np.ones(people.size))
            weighted = design.make(raked.weights, bases=[raked.basis])
            figures = estimate.proportions(hits[people], weighted)
            counts["hits"] += [one.n_eff for one in figures]
            columns = np.array([(one.value, (one.se or 0.0) ** 2, one.n, one.n_eff) for one in figures]).T
            for method in ("korn_graubard", "wilson", "logit", "wald"):
                kind: ProportionMethod = method  # type: ignore[assignment]
                more = estimate.inflate(weighted)
                limits = interval.share_limits(*columns, df=weighted.df, level=0.95, method=kind, inflate=more)
                counts[method] += (limits.lower <= truth) & (truth <= limits.upper)
        found[n] = {name: count / REPETITIONS for name, count in counts.items()}
        found[n]["hits"] *= np.minimum(truth, 1 - truth)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("n", [300, 1000])
class TestCoverage:
    """Of 400 samples; the chance error of a rate near 0.95 is 0.011, so bounds lie up to two of those outside."""

    def test_korn_graubard_holds_at_all_shares_and_not_far_too_often(
        self, held: dict[int, dict[str, np.ndarray]], n: int
    ) -> None:
        rate, enough = held[n]["korn_graubard"], held[n]["hits"] >= 20
        assert (rate >= 0.925).all()
        assert enough.sum() >= 5
        assert (rate[enough] <= 0.985).all()
        assert rate[enough].mean() <= 0.97

    def test_the_plain_interval_fails_at_rare_shares_where_the_default_holds(
        self, held: dict[int, dict[str, np.ndarray]], n: int
    ) -> None:
        if n == 300:
            assert held[n]["wald"][[0, -1]].min() < 0.91
        assert held[n]["korn_graubard"][[0, -1]].min() > held[n]["wald"][[0, -1]].min()

    def test_wilson_and_logit_hold_where_hits_are_not_rare(
        self, held: dict[int, dict[str, np.ndarray]], n: int
    ) -> None:
        enough = held[n]["hits"] >= 20
        for method in ("wilson", "logit"):
            assert held[n][method][enough].min() >= 0.915


class TestCarefulLimits:
    def test_the_limits_of_common_shares_are_those_of_r_and_calibration_widens_them_a_little(self) -> None:
        p, v, n = np.array([0.4]), np.array([0.4 * 0.6 / 250]), np.array([300.0])
        plain = interval.proportion_limits(p, v, n, n, df=299, level=0.95)
        same = interval.share_limits(p, v, n, n, df=299, level=0.95)
        wider = interval.share_limits(p, v, n, n, df=299, level=0.95, inflate=interval.inflation(300, 27))
        assert same == plain or (same.lower[0], same.upper[0]) == (plain.lower[0], plain.upper[0])
        width = (wider.upper[0] - wider.lower[0]) / (plain.upper[0] - plain.lower[0])
        assert width == pytest.approx(np.sqrt(300 / 273), rel=0.01)

    def test_a_lucky_variance_of_a_rare_share_is_not_believed(self) -> None:
        p, n, n_eff = np.array([0.02]), np.array([300.0]), np.array([180.0])
        lucky = np.array([0.02 * 0.98 / 900])
        careful = interval.share_limits(p, lucky, n, n_eff, df=299, level=0.95)
        kish = interval.proportion_limits(p, p * (1 - p) / n_eff, n, n_eff, df=299, level=0.95)
        assert careful.upper[0] == pytest.approx(kish.upper[0])
        assert careful.lower[0] == pytest.approx(kish.lower[0])

    def test_a_figure_fixed_by_a_margin_stays_without_width(self) -> None:
        found = interval.share_limits(
            np.array([0.02]), np.array([1e-24]), np.array([300.0]), np.array([180.0]), df=299, level=0.95, inflate=1.1
        )
        assert found.fixed[0]
        assert found.lower[0] == found.upper[0] == 0.02


class TestInput:
    @pytest.mark.parametrize("level", [0.0, 1.0, 95.0, -0.5])
    def test_a_level_that_is_no_share_is_refused(self, level: float) -> None:
        with pytest.raises(AnalyticsError, match="between 0 and 1"):
            estimate.proportion(np.array([0.0, 1.0, 1.0]), design.make(np.ones(3)), level=level)

    def test_a_method_that_does_not_exist_is_refused_by_name(self) -> None:
        with pytest.raises(AnalyticsError, match=r"bayes.*korn_graubard"):
            estimate.proportion(np.array([0.0, 1.0]), design.make(np.ones(2)), method="bayes")  # type: ignore[arg-type]
