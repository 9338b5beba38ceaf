"""A second release about the same people does not give a few of them away."""

from collections.abc import Iterable

import pytest

from analytics.disclosure import release
from analytics.disclosure.release import Trace
from analytics.errors import ReleaseRefused, ReleaseUnusable

SECRET = b"sixteen bytes or more"


def trace(key: str, people: Iterable[int], variable: str = "PV_SELF") -> Trace:
    return release.trace(key, variable, [f"person-{one}" for one in people], secret=SECRET)


@pytest.mark.parametrize("few", [1, 5, 9])
def test_an_interim_figure_on_nearly_the_same_people_is_refused(few: int) -> None:
    earlier, later = [trace("all", range(1000 - few))], [trace("all", range(1000))]
    with pytest.raises(ReleaseRefused, match="earlier release") as caught:
        release.check_apart(earlier, later)
    assert caught.value.faults[0].pointer == "/PV_SELF/all"
    assert f"by {few} people" in caught.value.faults[0].detail


def test_people_who_left_and_others_who_joined_both_count() -> None:
    found = release.compare([trace("all", range(1000))], [trace("all", range(4, 1005))])
    assert [(one.earlier, one.later) for one in found] == [("all", "all")]
    assert 7 <= found[0].people <= 9


def test_different_cells_of_one_question_are_compared() -> None:
    earlier = [trace("all", range(1000)), trace("sex=M", range(480))]
    found = release.compare(earlier, [trace("not_flagged", range(995)), trace("age3=65+", range(484))])
    assert {(one.earlier, one.later) for one in found} == {("all", "not_flagged"), ("sex=M", "age3=65+")}


def test_the_same_people_may_be_shown_again() -> None:
    assert not release.compare([trace("all", range(1000))], [trace("all", reversed(range(1000)))])


def test_ten_people_more_are_enough() -> None:
    release.check_apart([trace("all", range(990))], [trace("all", range(1000))])


def test_answers_to_different_questions_are_no_difference() -> None:
    release.check_apart([trace("all", range(995))], [trace("all", range(1000), variable="LU_INT")])


def test_a_trace_holds_no_id_and_needs_its_secret() -> None:
    one = trace("all", range(30))
    other = release.trace("all", "PV_SELF", [f"person-{i}" for i in range(30)], secret=b"another secret, as long")
    assert one.people == other.people == sum(one.buckets) == 30
    assert one.buckets != other.buckets
    with pytest.raises(ReleaseUnusable, match="16 to 64 bytes"):
        release.trace("all", "PV_SELF", ["a"], secret=b"short")


def test_nobody_counts_twice() -> None:
    with pytest.raises(ReleaseUnusable, match="twice"):
        release.trace("all", "PV_SELF", ["a", "a"], secret=SECRET)
