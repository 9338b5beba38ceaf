"""One table of thresholds decides what may be shown."""

import pytest

from analytics.disclosure import thresholds


@pytest.mark.parametrize(
    ("n", "verdict"),
    [
        (0, "no_answers"),
        (1, "suppressed"),
        (9, "suppressed"),
        (10, "too_few"),
        (29, "too_few"),
        (30, "exploratory"),
        (99, "exploratory"),
        (100, "ok"),
    ],
)
def test_the_base_decides_what_is_shown(n: int, verdict: str) -> None:
    assert thresholds.flag(n) == verdict


def test_a_comparison_needs_two_hundred_answers() -> None:
    assert thresholds.THRESHOLDS.comparison_from == 200


def test_a_figure_beside_nearly_the_same_figure_is_unsafe() -> None:
    assert thresholds.complement_safe(1000, 1000)
    assert thresholds.complement_safe(1000, 990)
    assert not thresholds.complement_safe(1000, 991)


def test_a_count_needs_ten_on_both_sides() -> None:
    assert thresholds.countable(10, 20)
    assert thresholds.countable(20, 20)
    assert not thresholds.countable(9, 20)
    assert not thresholds.countable(11, 20)
    assert not thresholds.countable(0, 20)


@pytest.mark.parametrize(("share", "alike"), [(0.0, True), (1.0, True), (0.001, False), (None, False)])
def test_everybody_or_nobody_is_of_one_mind(share: float | None, alike: bool) -> None:
    assert thresholds.unanimous(share) == alike
