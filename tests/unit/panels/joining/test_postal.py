"""Postal addresses: one front door, one normal form, one household key."""

import pytest

from panels.joining import postal
from panels.joining.household import household_key
from panels.joining.postal import PostalInvalid

SECRET = bytes(range(32))


@pytest.mark.parametrize(
    "written",
    [
        ("3511AB", "12a"),
        ("3511 ab", "12-A"),
        (" 3511\u00a0AB ", "12 a"),
        ("３５１１ab", "12/A"),
        ("3511-AB", "12", "a"),
        ("3511AB", " 12 ", " A. "),
    ],
)
def test_ways_to_write_one_door_are_one_door(written: tuple[str, ...]) -> None:
    assert postal.read(*written).door == "3511AB 12 A"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("3511AB", "12"), ("3511AB", "12a")),
        (("3511AB", "12-2"), ("3511AB", "122")),
        (("3511AB", "1", "22"), ("3511AB", "12", "2")),
        (("3511AB", "12"), ("3511AC", "12")),
        (("3511AB", "12 1"), ("3511AB", "12 11")),
    ],
)
def test_two_doors_stay_two(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert postal.read(*one).door != postal.read(*other).door


def test_additions_in_full_and_in_short_are_one() -> None:
    assert postal.read("1012AB", "7 huis").door == postal.read("1012AB", "7-hs").door


def test_four_digits_are_a_postcode_without_a_door() -> None:
    assert (postal.read("3511").pc4, postal.read("3511").door) == ("3511", None)
    assert postal.read("3511AB").door is None


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (("0511AB", "12"), "not_a_postcode"),
        (("351", ""), "not_a_postcode"),
        (("35111", ""), "not_a_postcode"),
        (("3511A", ""), "not_a_postcode"),
        (("3511SS", "1"), "not_a_postcode"),
        (("B-1000", ""), "not_a_postcode"),
        (("3511", "12"), "postcode_too_short"),
        (("3511AB", "bis"), "not_a_house_number"),
        (("3511AB", "0"), "not_a_house_number"),
        (("3511AB", "123456"), "not_a_house_number"),
        (("3511AB", "12 'drop table"), "not_a_house_number"),
        (("3511AB", "12", "é"), "not_a_house_number"),
    ],
)
def test_what_is_no_address_is_refused_with_its_reason(written: tuple[str, ...], code: str) -> None:
    with pytest.raises(PostalInvalid) as refused:
        postal.read(*written)
    assert refused.value.code == code


def test_a_household_key_is_the_same_for_one_door_and_needs_the_secret() -> None:
    one = household_key(SECRET, "3511AB 12 A")
    assert len(one) == 32
    assert one == household_key(SECRET, "3511AB 12 A")
    assert one != household_key(SECRET, "3511AB 12")
    assert one != household_key(bytes(32), "3511AB 12 A")
