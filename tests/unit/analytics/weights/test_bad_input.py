"""Input of any kind gives weights, or an error that names the row or level and the remedy."""

from typing import Any

import numpy as np
import pytest

from analytics.errors import AnalyticsError, Infeasible, MarginsUnusable, NotConverged, ValuesUnknown, WeightsUnusable
from analytics.weights import calibrate, nonresponse
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin
from analytics.weights.weigh import weigh, weigh_coded

SEX = Margin(key="sex", levels=("m", "f"), shares=(0.5, 0.5))
ALL = Margin(key="all", levels=("all",), shares=(1.0,))


def coded(codes: Any, size: int = 2) -> Coded:
    return Coded(codes=np.array(codes), patterns=np.eye(size))


class TestStartWeights:
    @pytest.mark.parametrize(
        ("weights", "words"),
        [
            ([1.0, -2.0, 1.0, 0.0], "number 2: -2, number 4: 0"),
            ([1.0, np.nan, 1.0, 1.0], "number 2: nan"),
            ([1.0, np.inf, 1.0, 1.0], "number 2: inf"),
            ([1.0, 1e300, 1.0, 1.0], "too far apart"),
            ([1.0, 1e-12, 1.0, 1.0], "number 2 is 1e-12"),
            ([1.0, 1.0, 1.0], "3 start weights for profiles of 4 people"),
            (["a", "b", "c", "d"], "as numbers"),
            ([[1.0, 1.0], [1.0]], "as numbers"),
            ([[1.0, 1.0], [1.0, 1.0]], "shape"),
            ([], "at least one person"),
        ],
    )
    def test_weights_that_cannot_be_used_are_named_by_row(self, weights: Any, words: str) -> None:
        with pytest.raises(WeightsUnusable, match=words):
            calibrate.rake([coded([0, 1, 0, 1])], [SEX], weights)
        with pytest.raises(WeightsUnusable, match=words):
            calibrate.calibrate(np.ones((4, 1)), np.array([4.0]), weights)

    def test_every_bad_row_is_in_the_faults_up_to_twenty(self) -> None:
        with pytest.raises(WeightsUnusable, match="and 10 more") as caught:
            calibrate.rake([coded([0, 1] * 20)], [SEX], np.r_[np.full(30, -1.0), np.ones(10)])
        assert len(caught.value.faults) == 20
        assert len(caught.value.details["rows"]) == 30

    def test_large_weights_of_one_size_are_fine(self) -> None:
        found = calibrate.rake([coded([0, 1, 0, 0])], [SEX], np.full(4, 1e150))
        assert found.certificate.converged
        assert found.weights[1] == pytest.approx(2e150)

    def test_input_is_not_changed(self) -> None:
        start, codes = np.array([1.0, 2.0, 3.0]), np.array([0, 1, 1])
        x = np.column_stack([np.ones(3), [1.0, 2.0, 4.0]])
        calibrate.rake([coded(codes)], [SEX], start)
        calibrate.calibrate(x, np.array([6.0, 15.0]), start)
        assert start.tolist() == [1.0, 2.0, 3.0]
        assert codes.tolist() == [0, 1, 1]


class TestFewPeople:
    def test_one_person_can_stand_for_one_level_only(self) -> None:
        found = calibrate.rake([coded([0], 1)], [ALL], np.array([3.0]))
        assert found.weights.tolist() == [3.0]
        with pytest.raises(Infeasible, match="Nobody who answered is in `f`"):
            calibrate.rake([coded([0])], [SEX], np.ones(1))

    def test_nobody_is_refused(self) -> None:
        with pytest.raises(AnalyticsError, match="at least one"):
            calibrate.rake([coded(np.zeros(0, dtype=np.int64))], [SEX], np.ones(0))
        with pytest.raises(AnalyticsError, match="at least one"):
            weigh([], [SEX])
        with pytest.raises(AnalyticsError, match="at least one"):
            weigh_coded([], [])

    def test_equal_weights_and_equal_profiles_stay_as_they_are(self) -> None:
        found = calibrate.rake([coded([0, 1] * 10)], [SEX], np.ones(20), trim_low=0.5, trim_high=2.0)
        assert found.weights.tolist() == [1.0] * 20
        assert (found.certificate.g_min, found.certificate.g_max, found.certificate.deff) == (1.0, 1.0, 1.0)
        assert found.certificate.trimmed_share == 0.0


class TestCodes:
    def test_codes_that_are_no_levels_are_refused_and_counted(self) -> None:
        with pytest.raises(ValuesUnknown, match=r"2 codes of `sex` lie outside 0 ... 1, such as 7"):
            calibrate.rake([coded([0, 7, 1, -1])], [SEX], np.ones(4))

    @pytest.mark.parametrize("codes", [[0.0, 1.0], ["0", "1"], [True, False]])
    def test_codes_must_be_whole_numbers(self, codes: Any) -> None:
        with pytest.raises(ValuesUnknown, match="whole numbers"):
            calibrate.rake([coded(codes)], [SEX], np.ones(2))

    def test_dimensions_of_different_people_are_refused(self) -> None:
        with pytest.raises(MarginsUnusable, match="`sex` 2, `all` 3"):
            calibrate.rake([coded([0, 1]), coded([0, 0, 0], 1)], [SEX, ALL], np.ones(2))
        with pytest.raises(MarginsUnusable, match="1 coded dimensions for 2 margins"):
            calibrate.rake([coded([0, 1])], [SEX, ALL], np.ones(2))


class TestRules:
    @pytest.mark.parametrize(("low", "high"), [(2.0, 5.0), (0.2, 0.9), (-1.0, 3.0), (np.nan, 2.0), (1.0, 1.0)])
    def test_limits_that_leave_no_mean_are_refused(self, low: float, high: float) -> None:
        with pytest.raises(AnalyticsError, match="lie around 1"):
            calibrate.rake([coded([0, 1])], [SEX], np.ones(2), trim_low=low, trim_high=high)

    @pytest.mark.parametrize("total", [0.0, -5.0, np.nan, np.inf])
    def test_a_sum_that_cannot_be_is_refused(self, total: float) -> None:
        with pytest.raises(AnalyticsError, match="cannot sum to"):
            calibrate.rake([coded([0, 1])], [SEX], np.ones(2), total=total)

    def test_weights_that_do_not_arrive_are_never_handed_out(self) -> None:
        """More precision than the arithmetic has."""
        rng = np.random.default_rng(1)
        people = [coded(rng.integers(0, 2, 50)), coded(rng.integers(0, 3, 50), 3)]
        place, start = Margin(key="place", levels=("x", "y", "z"), shares=(0.21, 0.32, 0.47)), rng.uniform(1, 2, 50)
        with pytest.raises(NotConverged, match="miss a target") as caught:
            calibrate.rake(people, [SEX, place], start, tolerance=1e-30)
        assert caught.value.details["converged"] is False
        assert caught.value.details["worst_margin_error"] < 1e-10


class TestColumns:
    @pytest.mark.parametrize(
        ("columns", "totals", "words"),
        [
            ([[1.0, np.nan], [1.0, 2.0]], [2.0, 3.0], "`b` has no finite value for 1 people \\(number 1\\)"),
            ([[1.0, np.inf], [1.0, 2.0]], [2.0, np.nan], "`b` has no finite value .* total of `b` is nan"),
            ([["x", "y"], ["x", "y"]], [1.0, 1.0], "must be numbers"),
            ([[1.0, 2.0], [1.0, 2.0]], [1.0], "as many totals"),
            ([1.0, 2.0], [1.0, 1.0], "as many totals"),
        ],
    )
    def test_columns_that_are_no_numbers_are_named(self, columns: Any, totals: Any, words: str) -> None:
        with pytest.raises(MarginsUnusable, match=words):
            calibrate.calibrate(columns, totals, np.ones(2), names=["a", "b"])

    def test_a_column_of_zeros_cannot_have_a_total(self) -> None:
        x = np.column_stack([np.ones(10), np.zeros(10)])
        with pytest.raises(MarginsUnusable, match="`nobody`"):
            calibrate.calibrate(x, np.array([10.0, 3.0]), np.ones(10), names=["all", "nobody"])
        assert calibrate.calibrate(x, np.array([10.0, 0.0]), np.ones(10)).certificate.converged


class TestNonresponse:
    @pytest.mark.parametrize(
        ("responded", "words"),
        [
            ([False] * 4, "None of the 4 people"),
            ([1.0, 0.5, 0.0, 1.0], "True or False"),
            (["yes", "no", "yes", "no"], "True or False"),
            ([[True], [False]], "shape"),
            ([], "shape"),
        ],
    )
    def test_who_responded_must_be_known(self, responded: Any, words: str) -> None:
        with pytest.raises(AnalyticsError, match=words):
            nonresponse.by_groups(np.array(responded), np.zeros(len(responded), dtype=int), np.ones(len(responded)))

    def test_groups_must_be_known(self) -> None:
        answered = np.array([True, False, True])
        for groups in (np.array([0, -1, 0]), np.array([0.0, 1.0, 0.0]), np.array([0, 1])):
            with pytest.raises(AnalyticsError):
                nonresponse.by_groups(answered, groups, np.ones(3))
        with pytest.raises(WeightsUnusable):
            nonresponse.by_groups(answered, np.zeros(3, dtype=int), np.array([1.0, np.nan, 1.0]))
