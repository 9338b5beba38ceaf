"""Addresses: one person, one normal form; odd ones are refused with a reason."""

import pytest

from panels.joining.addresses import AddressInvalid, address_key, normalise


@pytest.mark.parametrize(
    "typed",
    [
        "anna@voorbeeld.nl",
        " anna@voorbeeld.nl\n",
        "Anna@Voorbeeld.NL",
        "ANNA@VOORBEELD.NL.",
        "ａｎｎａ@voorbeeld.nl",
        "\u00a0anna@voorbeeld.nl\u00a0",
    ],
)
def test_ways_to_write_one_address_are_one_address(typed: str) -> None:
    assert normalise(typed).canonical == "anna@voorbeeld.nl"


def test_an_international_domain_compares_with_its_ascii_form() -> None:
    assert normalise("a@Bücher.example").canonical == normalise("a@xn--bcher-kva.example").canonical


def test_mail_goes_to_the_local_part_as_typed() -> None:
    assert normalise("Anna.B@voorbeeld.nl").email == "Anna.B@voorbeeld.nl"


def test_dots_and_tags_are_left_alone() -> None:
    forms = {normalise(f"{local}@voorbeeld.nl").canonical for local in ("anna.b", "annab", "annab+post")}
    assert len(forms) == 3


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "missing"),
        ("   ", "missing"),
        ("anna", "not_an_address"),
        ("@voorbeeld.nl", "formula"),
        ("anna@", "not_an_address"),
        ("an na@voorbeeld.nl", "not_an_address"),
        ("anna@voorbeeld.nl\r\nBcc: x@voorbeeld.nl", "not_an_address"),
        (".anna@voorbeeld.nl", "not_an_address"),
        ("an..na@voorbeeld.nl", "not_an_address"),
        ('"anna"@voorbeeld.nl', "not_an_address"),
        ("añña@voorbeeld.nl", "address_not_supported"),
        ("anna@localhost", "domain_unknown"),
        ("anna@127.0.0.1", "domain_unknown"),
        ("anna@-voorbeeld.nl", "domain_unknown"),
        ("anna@voor beeld.nl", "domain_unknown"),
        ("anna@voorbeeld..nl", "domain_unknown"),
        ("anna@" + "a" * 64 + ".nl", "domain_unknown"),
        ("a" * 65 + "@voorbeeld.nl", "too_long"),
        ("=cmd@voorbeeld.nl", "formula"),
        ("+anna@voorbeeld.nl", "formula"),
        ("-anna@voorbeeld.nl", "formula"),
        ("an\x00na@voorbeeld.nl", "nul"),
    ],
)
def test_an_odd_address_is_refused_with_its_reason(typed: str, code: str) -> None:
    with pytest.raises(AddressInvalid) as refused:
        normalise(typed)
    assert refused.value.code == code


def test_the_key_of_an_address_depends_on_the_secret() -> None:
    one, other = address_key(bytes(32), "anna@voorbeeld.nl"), address_key(b"\x01" * 32, "anna@voorbeeld.nl")
    assert one != other
    assert len(one) == 32
    assert one == address_key(bytes(32), "anna@voorbeeld.nl")
