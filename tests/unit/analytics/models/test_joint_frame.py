"""Frames of the population: with the margins they were given, nothing impossible, and every contradiction named."""

import numpy as np
import pytest

from analytics.errors import MarginsUnusable, ValuesUnknown
from analytics.models import joint_frame
from analytics.weights.frame import Margin


def margin(key: str, shares: list[float]) -> Margin:
    return Margin(key=key, levels=tuple(f"{key}{i}" for i in range(len(shares))), shares=tuple(shares))


AGE, SCHOOL = margin("age", [0.2, 0.5, 0.3]), margin("school", [0.8, 0.2])


class TestRaked:
    def test_it_has_its_margins_and_nothing_impossible(self) -> None:
        young = np.array([[False, True], [True, False], [True, False]])
        made = joint_frame.raked([AGE, SCHOOL], possible={("age", "school"): young})
        assert made.source == "raked"
        assert made.shares.sum() == pytest.approx(1)
        assert made.shares[made.within("age", ["age1"])].sum() == pytest.approx(0.5)
        assert made.shares[made.within("school", ["school1"])].sum() == pytest.approx(0.2)
        assert not (made.within("age", ["age0"]) & made.within("school", ["school0"])).any()

    def test_without_more_knowledge_dimensions_are_independent(self) -> None:
        made = joint_frame.raked([AGE, SCHOOL])
        inside = made.within("age", ["age1"]) & made.within("school", ["school0"])
        assert made.shares[inside].sum() == pytest.approx(0.5 * 0.8)

    def test_pairs_may_be_given_in_any_order(self) -> None:
        young = np.array([[False, True], [True, False], [True, False]])
        one = joint_frame.raked([AGE, SCHOOL], possible={("age", "school"): young})
        other = joint_frame.raked([AGE, SCHOOL], possible={("school", "age"): young.T})
        assert np.array_equal(one.shares, other.shares)

    def test_contradictions_are_named(self) -> None:
        young = np.array([[False, True], [True, False]])
        age, school = margin("age", [0.3, 0.7]), margin("school", [0.8, 0.2])
        with pytest.raises(MarginsUnusable, match="age, school contradict"):
            joint_frame.raked([age, school], possible={("age", "school"): young})
        with pytest.raises(MarginsUnusable, match="holds `school1` of `school`"):
            joint_frame.raked([age, school], possible={("age", "school"): np.array([[True, False], [True, False]])})

    def test_pairs_that_are_none_are_named(self) -> None:
        with pytest.raises(MarginsUnusable, match="`age` and `sex` are no two of the margins age, school"):
            joint_frame.raked([AGE, SCHOOL], possible={("age", "sex"): np.ones((3, 2), dtype=bool)})
        with pytest.raises(MarginsUnusable, match="needs 3 x 2 values"):
            joint_frame.raked([AGE, SCHOOL], possible={("age", "school"): np.ones((2, 2), dtype=bool)})

    def test_no_margins_twice_the_same_or_too_many_cells(self) -> None:
        with pytest.raises(MarginsUnusable):
            joint_frame.raked([])
        with pytest.raises(MarginsUnusable):
            joint_frame.raked([AGE, AGE])
        many = [margin(f"d{i}", [0.1] * 10) for i in range(30)]
        with pytest.raises(MarginsUnusable, match="combinations are too many"):
            joint_frame.raked(many)


class TestPublished:
    def test_it_is_used_as_it_is(self) -> None:
        table = np.array([[0.1, 0.3], [0.0, 0.6]])
        made = joint_frame.published(["a", "b"], [["x", "y"], ["p", "q"]], table)
        assert made.source == "published"
        assert made.shares.tolist() == pytest.approx([0.1, 0.3, 0.6])

    @pytest.mark.parametrize(
        ("shares", "message"),
        [
            ([0.5, 0.3, 0.2], "shape of its levels"),
            ([-0.5, 1.5], "shares of 0 or more"),
            ([np.nan, 1.0], "finite"),
            ([0, 0], "holds nobody"),
        ],
    )
    def test_impossible_tables_are_refused(self, shares: list[float], message: str) -> None:
        with pytest.raises(MarginsUnusable, match=message):
            joint_frame.published(["a"], [["x", "y"]], np.array(shares))

    def test_unknown_dimensions_and_levels_are_named(self) -> None:
        made = joint_frame.published(["a"], [["x", "y"]], np.array([0.5, 0.5]))
        with pytest.raises(ValuesUnknown, match="no `b`; it has a"):
            made.within("b", ["x"])
        with pytest.raises(ValuesUnknown, match="`a` has no 'z'; it has x, y"):
            made.within("a", ["x", "z"])
