"""Predicted drop-out."""

import numpy as np
import pytest

from panels.errors import ReplacementInvalid
from panels.sortition import dropout
from panels.sortition.dropout import Past
from panels.sortition.model import Person


def person(**features: str) -> Person:
    return Person(id="p", features=features)


def chance(found: dropout.Dropout, **features: str) -> float:
    return float(dropout.predict(found, [person(**features)])[0])


class TestFit:
    def test_nothing_known_gives_the_expected_rate_to_everybody(self) -> None:
        assert chance(dropout.fit(expected=0.15), age="young") == pytest.approx(0.15)

    def test_overall_rate_is_shrunken_towards_the_expected_one(self) -> None:
        found = dropout.fit([Past(features={}, drawn=30, dropped=15)], expected=0.1)
        assert found.overall == pytest.approx((15 + 10 * 0.1) / 40)

    def test_small_groups_stay_near_the_overall_rate_and_large_ones_go_their_own_way(self) -> None:
        def young(times: int) -> float:
            past = [
                Past(features={"age": "young"}, drawn=4 * times, dropped=2 * times),
                Past(features={"age": "old"}, drawn=1000, dropped=100),
            ]
            return chance(dropout.fit(past), age="young")

        overall = dropout.fit([Past(features={}, drawn=1004, dropped=102)]).overall
        assert overall < young(1) < young(10) < young(200) < 0.5
        assert young(1) < 0.25
        assert young(200) > 0.45

    def test_two_features_add_up_without_counting_twice(self) -> None:
        # Age matters and town does not, though most of the young live in towns.
        past = [
            Past(features={"age": "young", "area": "town"}, drawn=4000, dropped=1600),
            Past(features={"age": "young", "area": "land"}, drawn=1000, dropped=400),
            Past(features={"age": "old", "area": "town"}, drawn=1000, dropped=100),
            Past(features={"age": "old", "area": "land"}, drawn=4000, dropped=400),
        ]
        found = dropout.fit(past)
        assert chance(found, age="young", area="land") == pytest.approx(0.4, abs=0.02)
        assert chance(found, age="old", area="town") == pytest.approx(0.1, abs=0.02)

    def test_a_rate_given_by_staff_takes_the_place_of_the_counts(self) -> None:
        past = [Past(features={"age": "young"}, drawn=100, dropped=10)]
        found = dropout.fit(past, given={"age": {"young": 0.5}})
        assert chance(found, age="young") == pytest.approx(0.5)
        assert chance(found, age="old") == pytest.approx(found.overall)

    def test_recovers_the_chances_of_simulated_people(self) -> None:
        rng = np.random.default_rng(4)
        past, truth = [], {}
        for age, a in (("young", 0.8), ("old", -0.4)):
            for area, b in (("town", 0.3), ("land", -0.3)):
                p = 1 / (1 + np.exp(-(-1.2 + a + b)))
                truth[age, area] = p
                past.append(Past(features={"age": age, "area": area}, drawn=2000, dropped=int(rng.binomial(2000, p))))
        found = dropout.fit(past)
        for (age, area), p in truth.items():
            assert chance(found, age=age, area=area) == pytest.approx(p, abs=0.03)

    def test_groups_in_which_everybody_or_nobody_dropped_out_stay_inside_0_and_1(self) -> None:
        past = [Past(features={"age": "a"}, drawn=50, dropped=50), Past(features={"age": "b"}, drawn=50, dropped=0)]
        found = dropout.fit(past)
        assert 0.6 < chance(found, age="a") < 1
        assert 0 < chance(found, age="b") < 0.2

    def test_all_faults_are_told_at_once(self) -> None:
        with pytest.raises(ReplacementInvalid) as raised:
            dropout.fit([Past(features={}, drawn=3, dropped=4)], expected=2.0, given={"age": {"old": float("nan")}})
        assert [fault.pointer for fault in raised.value.faults] == ["past/0/dropped", "expected", "given/age/old"]
