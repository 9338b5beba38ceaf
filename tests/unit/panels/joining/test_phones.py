"""Mobile numbers: one form, however they are written, and a reason when they are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panels.joining.phones import PhoneInvalid, normalise


@pytest.mark.parametrize(
    "written",
    [
        "0612345678",
        "06 12 34 56 78",
        "06-12345678",
        "06 – 1234 5678",
        "+31612345678",
        "+31 (0)6 12345678",
        "+31 06 12345678",
        "0031612345678",
        "0031 (0)6 1234.5678",
        "31612345678",
        "\uff10\uff16 12345678",
        " (06) 12345678 ",
    ],
)
def test_one_number_has_one_form(written: str) -> None:
    assert normalise(written) == "+31612345678"


@pytest.mark.parametrize(
    ("written", "number"), [("+32 470 12 34 56", "+32470123456"), ("0049 1511 2345678", "+4915112345678")]
)
def test_numbers_of_other_countries_are_kept(written: str, number: str) -> None:
    assert normalise(written) == number


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "not_a_number"),
        ("geen", "not_a_number"),
        ("06 1234567", "not_a_number"),
        ("06 123456789", "not_a_number"),
        ("+31 6 1234567a", "not_a_number"),
        ("12345678", "not_a_number"),
        ("+0612345678", "not_a_number"),
        ("030 2345678", "not_mobile"),
        ("06 61234567", "not_mobile"),
        ("06 00123456", "not_mobile"),
        ("0900 123456", "not_mobile"),
    ],
)
def test_what_takes_no_text_message_is_refused_with_a_reason(written: str, code: str) -> None:
    with pytest.raises(PhoneInvalid) as refused:
        normalise(written)
    assert refused.value.code == code


@given(st.text(max_size=30))
def test_anything_typed_is_a_number_or_a_fault_and_stays_the_same(text: str) -> None:
    try:
        number = normalise(text)
    except PhoneInvalid:
        return
    assert normalise(number) == number
    assert number[1:].isdigit()
