"""The chance to say yes: right for groups of people, and careful with small ones."""

import numpy as np
import pytest

from panels.assemblies.response import rates


def asked(groups: dict[tuple[str, str], tuple[int, int]]) -> list[tuple[dict[str, str], bool]]:
    """(age, place) -> (asked, yes)."""
    return [
        ({"age": age, "place": place}, number < yes)
        for (age, place), (people, yes) in groups.items()
        for number in range(people)
    ]


def test_the_estimated_yeses_of_every_value_are_close_to_those_that_came() -> None:
    people = asked(
        {
            ("young", "east"): (400, 60),
            ("old", "east"): (300, 150),
            ("young", "west"): (500, 100),
            ("old", "west"): (200, 120),
        }
    )
    found = np.array(rates(people), dtype=float)
    answers = np.array([answer for _, answer in people])
    for feature, value in (("age", "young"), ("age", "old"), ("place", "east"), ("place", "west")):
        inside = np.array([features[feature] == value for features, _ in people])
        assert found[inside].sum() == pytest.approx(answers[inside].sum(), rel=0.03)
    assert found.sum() == pytest.approx(answers.sum(), rel=1e-6)


def test_a_small_group_is_drawn_towards_everybody() -> None:
    people = asked({("young", "east"): (1000, 300), ("old", "east"): (2, 2)})
    found = rates(people)
    assert found[0] == pytest.approx(0.3, abs=0.01)
    assert found[-1] is not None
    assert 0.3 < found[-1] < 0.75


def test_the_order_of_the_people_does_not_matter() -> None:
    people = asked({("young", "east"): (40, 6), ("old", "east"): (30, 15), ("old", "west"): (20, 12)})
    assert rates(people[::-1])[::-1] == pytest.approx(rates(people), abs=1e-9)


def test_without_a_yes_nothing_is_estimated_and_with_nothing_but_yeses_it_is_certain() -> None:
    assert rates(asked({("young", "east"): (9, 0)})) == [None] * 9
    assert rates(asked({("young", "east"): (9, 9)})) == [1.0] * 9
    assert rates([]) == []


def test_without_features_everybody_has_the_overall_rate() -> None:
    assert rates([({}, True), ({}, False), ({}, False), ({}, False)]) == pytest.approx([0.25] * 4)


def test_estimates_with_the_inverse_rate_are_right_where_plain_ones_are_not() -> None:
    """What the factor is for: the young answer less and think otherwise; weighting with 1 / rate undoes that."""
    people = asked({("young", "east"): (6000, 600), ("old", "east"): (4000, 2000)})
    found = rates(people)
    thinks = [1.0 if features["age"] == "young" else 0.0 for features, _ in people]
    said = [number for number, (_, answer) in enumerate(people) if answer]
    weights = [1 / rate for number in said if (rate := found[number]) is not None]
    weighted = sum(w * thinks[number] for w, number in zip(weights, said, strict=True)) / sum(weights)
    plain = sum(thinks[number] for number in said) / len(said)
    assert plain < 0.3
    assert weighted == pytest.approx(0.6, abs=0.01)
