"""Invitation codes: short, typed by people, and hard to guess."""

import itertools
import random

import pytest

from panels.joining import codes
from panels.joining.codes import ALPHABET, CodeMistyped


def draw(seed: int = 1) -> codes.Draw:
    return random.Random(seed).randrange


def test_a_code_has_twelve_characters_that_nobody_confuses() -> None:
    code = codes.make("ACD", draw())
    assert len(code) == 12
    assert code.startswith("ACD")
    assert set(code) <= set(ALPHABET)
    for lookalikes in ("0OQ", "1ILJ", "2Z", "5S", "8B", "UVY"):
        assert sum(character in ALPHABET for character in lookalikes) <= 1, lookalikes


def test_what_is_printed_is_read_back_however_it_is_typed() -> None:
    code = codes.make("ACD", draw())
    shown = codes.shown(code)
    assert len(shown) == 14
    for typed in (shown, shown.lower(), f" {code} ", shown.replace("-", " "), shown.replace("-", "–")):
        assert codes.read(typed) == code


@pytest.mark.parametrize("seed", range(20))
def test_every_single_mistake_is_caught(seed: int) -> None:
    code = codes.make("ACD", draw(seed))
    for place, character in itertools.product(range(len(code)), ALPHABET):
        if character != code[place]:
            with pytest.raises(CodeMistyped):
                codes.read(code[:place] + character + code[place + 1 :])


@pytest.mark.parametrize("seed", range(20))
def test_every_two_characters_that_changed_places_are_caught(seed: int) -> None:
    code = codes.make("ACD", draw(seed))
    for one, other in itertools.combinations(range(len(code)), 2):
        if code[one] != code[other]:
            typed = list(code)
            typed[one], typed[other] = typed[other], typed[one]
            with pytest.raises(CodeMistyped):
                codes.read("".join(typed))


@pytest.mark.parametrize("typed", ["", "ACD", "A" * 13, "ACDE-FGHJ-KM0O", "ÁCDE-FGHJ-KMN3", "\x00" * 12])
def test_what_cannot_be_a_code_is_refused(typed: str) -> None:
    with pytest.raises(CodeMistyped):
        codes.read(typed)


def test_a_random_guess_that_passes_the_check_is_one_in_23() -> None:
    guess = random.Random(7)
    tried = ["".join(guess.choice(ALPHABET) for _ in range(12)) for _ in range(4600)]
    passed = sum(codes.check_digit(code[:-1]) == code[-1] for code in tried)
    # 200 expected, standard deviation 13.8.
    assert 150 < passed < 250


def test_the_hash_of_a_code_needs_the_secret() -> None:
    assert codes.code_hash(bytes(32), "A" * 12) != codes.code_hash(b"\x01" * 32, "A" * 12)
    assert len(codes.code_hash(bytes(32), "A" * 12)) == 32
