"""Estimates: the full design behind every domain, intervals that stay honest at the edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.comparisons import compare
from analytics.designs import design, variance
from analytics.errors import DesignUnusable
from analytics.estimates import estimate, interval, ranking
from analytics.weights.frame import Margin
from analytics.weights.weigh import Weighting, weigh

Profiles = list[dict[str, str | None]]


@pytest.fixture(scope="module")
def weighting(profiles: Profiles, margins: tuple[Margin, ...]) -> Weighting:
    return weigh(profiles, margins)


def answers(seed: int = 1, n: int = 1000) -> np.ndarray:
    return np.random.default_rng(seed).choice([1.0, 2.0, 3.0, 4.0, 5.0, 98.0], size=n)


class TestShares:
    def test_a_distribution_sums_to_one_over_its_own_base(self, weighting: Weighting) -> None:
        found = estimate.shares(answers(), [1, 2, 3, 4, 5], weighting.design)
        assert sum(one.value or 0 for one in found.values()) == pytest.approx(1)
        assert {one.n for one in found.values()} == {int((answers() != 98).sum())}
        assert all(one.n_eff <= one.n for one in found.values())

    @pytest.mark.parametrize("method", [m for m in interval.METHODS if m != "likelihood"])
    def test_nobody_and_everybody_get_a_one_sided_limit(
        self, weighting: Weighting, method: interval.ProportionMethod
    ) -> None:
        none = estimate.proportion(np.zeros(1000), weighting.design, method=method)
        every = estimate.proportion(np.ones(1000), weighting.design, method=method)
        assert (none.value, every.value) == (0.0, 1.0)
        assert none.interval is not None
        assert every.interval is not None
        assert none.interval.lower == 0.0
        assert 0 < none.interval.upper < 0.01
        assert every.interval.upper == 1.0
        assert 0.99 < every.interval.lower < 1
        assert none.note == every.note == "one_sided"

    def test_a_figure_fixed_by_a_margin_has_no_width_and_says_so(
        self, weighting: Weighting, profiles: Profiles, margins: tuple[Margin, ...]
    ) -> None:
        graduate = np.array([float(p["education"] == "3") for p in profiles])
        found = estimate.proportion(graduate, weighting.design)
        assert found.note == "fixed_by_margin"
        assert found.value == pytest.approx(margins[2].shares[3])
        assert found.se == 0
        assert found.interval is not None
        assert found.interval.lower == found.interval.upper == found.value

    def test_no_answers_give_no_value_instead_of_nan(self, weighting: Weighting) -> None:
        nothing = estimate.proportion(np.full(1000, np.nan), weighting.design)
        assert nothing.value is None
        assert nothing.interval is None
        assert nothing.note == "no_answers"
        assert estimate.mean(np.full(1000, np.nan), weighting.design).value is None

    def test_one_answer_gives_the_whole_range(self, weighting: Weighting) -> None:
        one = np.full(1000, np.nan)
        one[3] = 1.0
        found = estimate.proportion(one, weighting.design)
        assert found.n == 1
        assert found.interval is not None
        assert found.interval.lower < 0.05

    @settings(max_examples=30, deadline=None)
    @given(
        p=st.floats(0, 1),
        variance=st.floats(0, 0.3),
        n=st.integers(1, 5000),
        method=st.sampled_from(interval.METHODS),
        level=st.sampled_from([0.8, 0.95, 0.99]),
    )
    def test_limits_hold_the_share_and_never_leave_zero_to_one(
        self, p: float, variance: float, n: int, method: interval.ProportionMethod, level: float
    ) -> None:
        found = interval.proportion_limits(
            np.array([p]),
            np.array([variance]),
            np.array([float(n)]),
            np.array([float(n)]),
            df=max(n - 1, 1),
            level=level,
            method=method,
        )
        assert 0 <= found.lower[0] <= p <= found.upper[0] <= 1


class TestDomain:
    def test_a_domain_keeps_the_whole_design(self, weighting: Weighting, profiles: Profiles) -> None:
        women = np.array([p["sex"] == "V" for p in profiles])
        found = estimate.mean(answers(2), weighting.design, domain=women)
        assert found.df == 999
        assert found.n == int(women.sum())
        rows = variance.residuals(
            estimate.influence(answers(2)[:, None], weighting.design, domain=women), weighting.design
        )
        assert rows.shape == (1000, 1)
        assert np.abs(rows[~women]).max() > 0

    def test_groups_agree_with_one_domain_each(self, weighting: Weighting, profiles: Profiles) -> None:
        hit = (answers(3) >= 4).astype(float)
        groups = np.array([0 if p["sex"] == "V" else 1 for p in profiles])
        table = estimate.by_group(hit, groups, ["V", "M"], weighting.design, kind="proportion")
        alone = estimate.proportion(hit, weighting.design, domain=groups == 0)
        assert table["V"].value == pytest.approx(alone.value)
        assert table["V"].se == pytest.approx(alone.se)
        assert (table["V"].n, table["V"].df) == (alone.n, 999)

    def test_missing_answers_are_a_domain_and_not_a_smaller_sample(self, weighting: Weighting) -> None:
        y = answers(4)
        y[::3] = np.nan
        by_nan = estimate.mean(y, weighting.design)
        by_mask = estimate.mean(answers(4), weighting.design, domain=~np.isnan(y))
        assert by_nan == by_mask


class TestVariance:
    def test_conventions_give_the_same_value_and_nearly_the_same_error(
        self, profiles: Profiles, margins: tuple[Margin, ...]
    ) -> None:
        regression, sweep = weigh(profiles, margins), weigh(profiles, margins, convention="unweighted_sweep")
        one, two = (estimate.mean(answers(5), w.design) for w in (regression, sweep))
        assert one.value == pytest.approx(two.value)
        assert one.se == pytest.approx(two.se, rel=0.05)
        assert one.se != two.se

    def test_calibration_makes_a_figure_it_explains_more_precise(
        self, weighting: Weighting, profiles: Profiles
    ) -> None:
        graduate = np.array([float(p["education"] == "3") for p in profiles])
        y = graduate * 2 + np.random.default_rng(6).standard_normal(1000) * 0.2
        aware = estimate.mean(y, weighting.design)
        plain = estimate.mean(y, design.make(weighting.weights))
        assert (aware.se or 1) < 0.5 * (plain.se or 0)

    def test_the_order_of_people_changes_nothing(self, profiles: Profiles, margins: tuple[Margin, ...]) -> None:
        order = np.random.default_rng(8).permutation(1000)
        straight = estimate.mean(answers(9), weigh(profiles, margins).design)
        mixed = estimate.mean(answers(9)[order], weigh([profiles[i] for i in order], margins).design)
        assert straight.value == pytest.approx(mixed.value, rel=1e-9)
        assert straight.se == pytest.approx(mixed.se, rel=1e-7)

    def test_a_stratum_with_one_unit_is_refused_by_name(self) -> None:
        stage = design.stage(strata=["a", "a", "b"], units=None, rows=3)
        with pytest.raises(DesignUnusable, match="single unit"):
            estimate.mean(np.arange(3.0), design.make(np.ones(3), stages=[stage]))

    def test_weights_that_are_not_numbers_are_refused(self) -> None:
        with pytest.raises(DesignUnusable):
            design.make(np.array([1.0, np.nan]))


class TestComparison:
    def test_a_real_difference_is_found_and_an_invented_one_is_not(
        self, weighting: Weighting, profiles: Profiles
    ) -> None:
        groups = np.array([{"1": 0, "2": 1, "3": 2, "Y": 3}[p["education"] or "Y"] for p in profiles])
        noise = np.random.default_rng(10).standard_normal(1000)
        assert (compare.group_test(noise + (groups == 2), groups, weighting.design) or noise).p < 1e-6  # type: ignore[union-attr]
        nothing = compare.group_test(noise, groups, weighting.design)
        assert nothing is not None
        assert nothing.p > 0.01
        assert nothing.groups == (0, 1, 2, 3)

    def test_groups_with_few_answers_stay_out_of_the_test(self, weighting: Weighting) -> None:
        groups = np.r_[np.zeros(980), np.ones(20)].astype(int)
        assert compare.group_test(answers(11), groups, weighting.design) is None

    def test_ranks_that_cannot_be_told_apart_overlap(self, weighting: Weighting) -> None:
        rng = np.random.default_rng(12)
        y = (rng.random((1000, 4)) < np.array([0.7, 0.4, 0.41, 0.1])).astype(float)
        first, second, third, last = ranking.rank_intervals(y, weighting.design)
        assert (first.rank, first.low, first.high) == (1, 1, 1)
        assert {second.rank, third.rank} == {2, 3}
        assert (second.low, second.high) == (third.low, third.high) == (2, 3)
        assert (last.low, last.high) == (4, 4)

    def test_an_item_nobody_answered_may_have_any_rank(self, weighting: Weighting) -> None:
        y = np.column_stack([answers(13) >= 4, answers(14) >= 2, np.full(1000, np.nan)]).astype(float)
        assert ranking.rank_intervals(y, weighting.design)[2] == ranking.RankInterval(rank=3, low=1, high=3)
