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
        "an\u00adna@voor\u200bbeeld.nl",
        "\ufeffanna@voorbeeld.nl\u200f",
        "anna＠voorbeeld．nl",
    ],
)
def test_ways_to_write_one_address_are_one_address(typed: str) -> None:
    assert normalise(typed).canonical == "anna@voorbeeld.nl"


def test_an_international_domain_compares_with_its_ascii_form() -> None:
    assert normalise("a@Bücher.example").canonical == normalise("a@xn--bcher-kva.example").canonical


def test_mail_goes_to_the_local_part_as_typed() -> None:
    assert normalise("Anna.B@voorbeeld.nl").email == "Anna.B@voorbeeld.nl"


def test_dots_and_tags_are_left_alone_where_nobody_knows_what_they_mean() -> None:
    forms = {normalise(f"{local}@voorbeeld.nl").canonical for local in ("anna.b", "annab", "annab+post")}
    assert len(forms) == 3


@pytest.mark.parametrize(
    "typed",
    [
        "Anna.B@gmail.com",
        "annab@gmail.com",
        "a.n.n.a.b+x@gmail.com",
        "annab+x+y@googlemail.com",
        "ANNAB@Gmail.com.",
    ],
)
def test_ways_to_write_one_gmail_address_are_one_person(typed: str) -> None:
    assert normalise(typed).canonical == "annab@gmail.com"
    assert normalise(typed).email.lower() == typed.lower().rstrip(".")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("anna+a@outlook.com", "anna@outlook.com", True),
        ("anna@outlook.com", "anna@hotmail.com", False),
        ("an.na@outlook.com", "anna@outlook.com", False),
        ("anna+a@icloud.com", "anna@me.com", True),
        ("an.na@proton.me", "anna+z@protonmail.com", True),
        ("anna+a@ziggo.nl", "anna@ziggo.nl", False),
    ],
)
def test_each_provider_is_taken_at_its_own_word(one: str, other: str, same: bool) -> None:
    assert (normalise(one).canonical == normalise(other).canonical) is same


@pytest.mark.parametrize("domain", ["stra\u00dfe.example", "nea\u03c2.example", "ab\u200dc.example"])
def test_a_domain_that_two_standards_read_differently_is_refused(domain: str) -> None:
    with pytest.raises(AddressInvalid) as refused:
        normalise(f"anna@{domain}")
    assert refused.value.code == "domain_unknown"


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
