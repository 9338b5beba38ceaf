"""The attacks find what is there to be found."""

import numpy as np
import pytest

from analytics.disclosure import attack
from analytics.errors import AnalyticsError

SETS = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 1, 0]])
"""Everybody, the first two kinds, the third kind."""
PEOPLE = np.array([3.0, 40.0, 20.0, 7.0])


def test_what_remains_of_the_whole_is_a_combination() -> None:
    targets = np.eye(4)
    assert attack.linear(SETS, targets).tolist() == [False, False, True, True]


def test_nothing_follows_from_nothing() -> None:
    assert not attack.linear(np.zeros((0, 4)), np.eye(4)).any()


def test_a_recovery_names_the_sets_it_rests_on() -> None:
    known = attack.solve(SETS.astype(float), np.eye(4)[3:])
    assert known.needed.tolist() == [[True, True, True]]
    doubled = attack.solve(np.vstack([SETS, SETS[:1]]).astype(float), np.eye(4)[3:])
    assert doubled.needed.tolist() == [[False, True, True, False]]
    assert doubled.used.tolist() == [[True, False, False, True]]


def test_counts_lie_between_limits() -> None:
    low, high = attack.bounds(SETS, np.eye(4), PEOPLE)
    assert low.tolist() == [0, 0, 20, 7]
    assert high.tolist() == [43, 43, 20, 7]


def test_sets_that_differ_by_few_are_paired() -> None:
    sets = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [0, 1, 1, 0]])
    assert [(one.first, one.second, one.people) for one in attack.differences(sets, PEOPLE)] == [(0, 1, 7), (1, 2, 3)]
    assert not attack.differences(sets[:1], PEOPLE)


def test_the_narrowest_combination_is_found() -> None:
    assert attack.fewest(SETS, PEOPLE) == 7
    assert attack.fewest(SETS[:2], PEOPLE) == 27
    assert attack.fewest(SETS, PEOPLE, start=[2]) == 20


@pytest.mark.parametrize("people", [[1.0, 2.0], [-1.0, 1, 1, 1], [np.nan, 1, 1, 1]])
def test_counts_that_do_not_fit_are_refused(people: list[float]) -> None:
    with pytest.raises(AnalyticsError):
        attack.bounds(SETS, np.eye(4), people)
