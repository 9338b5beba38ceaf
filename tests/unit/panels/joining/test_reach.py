"""The form on which a member says how to be invited: all faults at once, and an address as letters need it."""

import pytest

from panels.errors import SignUpInvalid
from panels.joining import reach
from panels.models import Address
from panels.store.reach import Standing

NOTHING = Standing(status="active", channel="email", phone_given=False, address_given=False)
HOME = {"street": "Dorpsstraat", "house_number": "12 bis", "home_postcode": "3511 ab", "place": "Utrecht"}


def check(form: dict[str, str], standing: Standing = NOTHING, *, texting: bool = True) -> reach.Given:
    return reach.check({"channel": "email", **form}, language="nl", standing=standing, texting=texting)


def faults(form: dict[str, str], standing: Standing = NOTHING, *, texting: bool = True) -> set[tuple[str, str]]:
    with pytest.raises(SignUpInvalid) as refused:
        check(form, standing, texting=texting)
    return {(fault.pointer, fault.code) for fault in refused.value.faults}


def test_number_and_address_come_out_in_one_form() -> None:
    given = check({"channel": "letter", "phone": "06 12345678", "name": " A. de  Vries ", **HOME})
    assert (given.channel, given.phone) == ("letter", "+31612345678")
    assert given.address is not None
    assert given.address.lines == ("A. de Vries", "Dorpsstraat 12 BIS", "3511 AB  UTRECHT")


def test_a_letter_needs_no_name() -> None:
    given = check(HOME)
    assert given.address == Address(street="Dorpsstraat", door="12 BIS", postcode="3511AB", place="Utrecht")
    assert given.address.lines == ("Dorpsstraat 12 BIS", "3511 AB  UTRECHT")


def test_what_is_left_empty_stays_as_it_was() -> None:
    there = Standing(status="active", channel="sms", phone_given=True, address_given=True)
    given = check({"channel": "letter"}, there)
    assert (given.phone, given.address) == (None, None)


def test_a_channel_needs_what_it_is_sent_to() -> None:
    assert faults({"channel": "sms"}) == {("phone", "needed")}
    assert faults({"channel": "letter"}) == {("street", "needed")}


def test_text_messages_cannot_be_chosen_where_none_are_sent() -> None:
    assert faults({"channel": "sms", "phone": "0612345678"}, texting=False) == {("channel", "unknown_choice")}


def test_every_fault_is_named_at_once() -> None:
    assert faults({"channel": "pigeon", "phone": "030 2345678", "name": "x" * 61, "home_postcode": "3511"}) == {
        ("channel", "unknown_choice"),
        ("phone", "not_mobile"),
        ("name", "too_long"),
        ("street", "needed"),
        ("house_number", "not_a_house_number"),
        ("home_postcode", "not_whole"),
        ("place", "needed"),
    }


@pytest.mark.parametrize("field", reach.FIELDS)
def test_control_characters_are_refused_everywhere(field: str) -> None:
    assert (field, "nul") in faults({**HOME, field: "a\x00\n"})


def test_what_was_typed_is_never_repeated_in_a_fault() -> None:
    with pytest.raises(SignUpInvalid) as refused:
        check({"phone": "030 9876543", "street": "Geheimstraat", "home_postcode": "9999"})
    assert not any("987" in fault.detail or "Geheim" in fault.detail for fault in refused.value.faults)
