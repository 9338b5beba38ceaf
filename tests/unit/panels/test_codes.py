"""Typed codes of invitations: printed again the same, told apart, and no typing error opens somebody else's."""

from uuid import UUID

import pytest

from panels import codes
from panels.codes import CodeMistyped

KEY = b"k" * 32
CODE = codes.invitation_code(KEY, UUID(int=7))


def test_the_same_invitation_has_the_same_code_and_another_key_another() -> None:
    assert codes.invitation_code(KEY, UUID(int=7)) == CODE
    assert codes.invitation_code(b"x" * 32, UUID(int=7)) != CODE
    assert codes.hash_of(KEY, UUID(int=7)) != codes.hash_of(b"x" * 32, UUID(int=7))


def test_twenty_thousand_codes_are_all_different() -> None:
    made = {codes.invitation_code(KEY, UUID(int=number)) for number in range(20_000)}
    assert len(made) == 20_000


def test_every_wrong_character_and_every_two_that_changed_places_are_found() -> None:
    letters = sorted({letter for number in range(300) for letter in codes.invitation_code(KEY, UUID(int=number))})
    for place in range(len(CODE)):
        for letter in letters:
            if letter != CODE[place]:
                with pytest.raises(CodeMistyped):
                    codes.read(CODE[:place] + letter + CODE[place + 1 :])
    for place in range(len(CODE) - 1):
        swapped = CODE[:place] + CODE[place + 1] + CODE[place] + CODE[place + 2 :]
        if swapped != CODE:
            with pytest.raises(CodeMistyped):
                codes.read(swapped)


@pytest.mark.parametrize("typed", [CODE.lower(), codes.shown(CODE), " ".join(CODE), f"  {codes.shown(CODE).lower()} "])
def test_capitals_spaces_and_dashes_make_no_difference(typed: str) -> None:
    assert codes.read(typed) == CODE
