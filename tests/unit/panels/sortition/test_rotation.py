"""Households that take turns: each the same number of seats of every kind, give or take one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from panels.sortition import rotation


@st.composite
def seats(draw: st.DrawFn) -> tuple[NDArray[np.int64], int]:
    households = draw(st.integers(1, 9))
    types = draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    rows = []
    for _ in range(draw(st.integers(1, 40))):
        sitting = rng.integers(0, types, size=rng.integers(0, households + 1))
        rows.append(np.bincount(sitting, minlength=types))
    return np.array(rows), households


@settings(max_examples=150, deadline=None)
@given(seats())
def test_every_household_gets_every_kind_of_seat_equally_often(given_: tuple[NDArray[np.int64], int]) -> None:
    wanted, households = given_
    found = rotation.rotate(wanted, households)
    assert found.shape == (len(wanted), households)
    for type_ in range(wanted.shape[1]):
        sits = found == type_
        assert sits.sum(axis=1).tolist() == wanted[:, type_].tolist()
        each = sits.sum(axis=0)
        assert each.max() - each.min() <= 1


def test_turns_alone_would_not_do() -> None:
    """Two couples alternate panels and so, without exchanges, one would always send him and the other always her."""
    found = rotation.rotate(np.array([[1, 0], [0, 1]] * 10), 2)
    assert [(found[:, 0] == 0).sum(), (found[:, 1] == 0).sum()] == [5, 5]


@pytest.mark.parametrize("households", [1, 3])
def test_no_seats_is_nobody(households: int) -> None:
    assert (rotation.rotate(np.zeros((4, 2), dtype=np.int64), households) == rotation.NOBODY).all()
