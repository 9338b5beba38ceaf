"""Quotes: only what a person approved, only past the screen, only where ten raised it, and not the same thing twice."""

import numpy as np
import pytest

from analytics.texts.quotes import choose, quotable
from analytics.texts.vectors import Vectors, vectors

ABOUT_DATA = [
    "Hoe lang bewaren jullie mijn gegevens eigenlijk?",
    "Hoe lang bewaren jullie mijn gegevens dan?",
    "Wat gebeurt er met mijn gegevens na de proef?",
    "Wie kan mijn gegevens allemaal zien en lezen?",
    "Mijn gegevens gaan niemand wat aan, dus wis ze snel",
    "Ik vertrouw het niet, bewaar geen gegevens over mij",
    "Mijn gegevens? Bel mij op 06-12345678 en leg het uit",
    "gegevens",
    "Mijn gegevens bewaren is niet nodig voor een boete",
    "Waarom gaan mijn gegevens naar een ander land toe?",
    "Bewaar mijn gegevens niet langer dan een dag graag",
]
OTHERS = ["Kan ik een mens spreken aan de balie?", "Wie let er op de makers?", "Prima plan hoor"] * 4
TEXTS = ABOUT_DATA + OTHERS
GROUP = np.array([True] * len(ABOUT_DATA) + [False] * len(OTHERS))
ALL = range(len(TEXTS))


@pytest.fixture(scope="module")
def given() -> Vectors:
    return vectors(TEXTS, ["nl"] * len(TEXTS))


def test_nothing_leaves_without_approval(given: Vectors) -> None:
    assert choose(TEXTS, GROUP, given, approved=()) == ()


def test_only_approved_answers_of_the_group_leave(given: Vectors) -> None:
    found = choose(TEXTS, GROUP, given, approved={2, 4, 11, 12})
    assert {one.row for one in found} == {2, 4}
    assert all(one.text == TEXTS[one.row] for one in found)


def test_approval_does_not_open_the_screen(given: Vectors) -> None:
    assert 6 not in {one.row for one in choose(TEXTS, GROUP, given, approved=ALL, most=20)}
    assert choose(TEXTS, GROUP, given, approved={6}) == ()


@pytest.mark.parametrize("people", [0, 1, 9])
def test_a_subject_of_few_people_is_not_quoted(given: Vectors, people: int) -> None:
    group = GROUP.copy()
    group[people:] = False
    assert choose(TEXTS, group, given, approved=ALL) == ()


def test_the_first_quote_is_the_one_closest_to_the_middle(given: Vectors) -> None:
    found = choose(TEXTS, GROUP, given, approved=ALL, most=20)
    assert found[0].closeness == max(one.closeness for one in found)


def test_two_quotes_that_say_the_same_do_not_stand_together(given: Vectors) -> None:
    found = {one.row for one in choose(TEXTS, GROUP, given, approved=ALL)}
    assert len(found) == 3
    assert not {0, 1} <= found


def test_what_was_quoted_before_is_not_quoted_again(given: Vectors) -> None:
    first = {one.row for one in choose(TEXTS, GROUP, given, approved=ALL)}
    assert first.isdisjoint({one.row for one in choose(TEXTS, GROUP, given, approved=ALL, used=first)})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kan ik een mens spreken?", True),
        ("Wie controleert dit?", False),
        ("woord " * 60, False),
        ("Wie kijkt er mee met mijn buurman Jan?", False),
        ("Wie kijkt er mee bij dit systeem? Niet citeren.", False),
    ],
)
def test_a_quote_can_be_read_and_passes_the_screen(text: str, expected: bool) -> None:
    assert quotable(text) is expected
