"""The sign-up form: every fault at once, in the language of the form."""

from datetime import date

import pytest

from panels.errors import SignUpInvalid
from panels.joining import signup
from panels.joining.notice import NOTICE_VERSION

TODAY = date(2026, 11, 24)


def form(**changes: str) -> dict[str, str]:
    values = {
        "email": "anna@voorbeeld.nl",
        "birth_year": "1980",
        "sex": "V",
        "province": "PV26",
        "education": "3",
        "language": "nl",
        "consent": "yes",
    }
    return {**values, **changes}


def faults_of(sent: dict[str, str]) -> dict[str, str]:
    with pytest.raises(SignUpInvalid) as refused:
        signup.check(sent, today=TODAY)
    return {fault.pointer: fault.code for fault in refused.value.faults}


def test_a_full_form_is_accepted() -> None:
    checked = signup.check(form(notice_version=NOTICE_VERSION), today=TODAY)
    assert (checked.email, checked.birth_year, checked.sex, checked.province, checked.education) == (
        "anna@voorbeeld.nl",
        1980,
        "V",
        "PV26",
        "3",
    )


def test_sex_province_and_education_may_be_skipped() -> None:
    checked = signup.check(form(sex="", province="", education=""), today=TODAY)
    assert (checked.sex, checked.province, checked.education) == (None, None, None)


def test_all_faults_come_at_once() -> None:
    sent = form(email="anna", birth_year="80", sex="Q", province="PV99", education="9", language="xx", consent="")
    assert faults_of(sent) == {
        "email": "not_an_address",
        "birth_year": "not_a_year",
        "sex": "unknown_choice",
        "province": "unknown_choice",
        "education": "unknown_choice",
        "language": "unknown_choice",
        "consent": "missing",
    }


def test_an_empty_form_names_what_must_be_filled_in() -> None:
    assert faults_of({}) == {"email": "missing", "birth_year": "missing", "consent": "missing"}


@pytest.mark.parametrize(
    ("year", "code"),
    [
        ("2009", "under_age"),
        ("2026", "under_age"),
        ("2027", "out_of_range"),
        ("1900", "out_of_range"),
        ("19 80", "not_a_year"),
        ("١٩٨٠", "not_a_year"),
    ],
)
def test_a_year_that_cannot_be_is_refused(year: str, code: str) -> None:
    assert faults_of(form(birth_year=year)) == {"birth_year": code}


def test_whoever_turns_18_this_year_may_join() -> None:
    assert signup.check(form(birth_year="2008"), today=TODAY).birth_year == 2008


def test_under_18_is_told_so_in_plain_words() -> None:
    with pytest.raises(SignUpInvalid) as refused:
        signup.check(form(birth_year="2012"), today=TODAY)
    assert "18" in refused.value.faults[0].detail


def test_faults_speak_the_language_of_the_form() -> None:
    with pytest.raises(SignUpInvalid) as dutch:
        signup.check(form(email=""), today=TODAY)
    with pytest.raises(SignUpInvalid) as english:
        signup.check(form(email="", language="en"), today=TODAY)
    assert dutch.value.faults[0].detail == "Vul uw e-mailadres in."
    assert english.value.faults[0].detail == "Fill in your e-mail address."


def test_consent_to_an_older_notice_is_asked_again() -> None:
    assert faults_of(form(notice_version="2001-1")) == {"notice_version": "notice_changed"}


@pytest.mark.parametrize("field", ["email", "birth_year", "sex", "province", "education", "language", "consent"])
def test_nul_in_any_field_is_a_fault(field: str) -> None:
    assert faults_of(form(**{field: "a\x00b"})) == {field: "nul"}


def test_no_fault_repeats_what_was_typed() -> None:
    with pytest.raises(SignUpInvalid) as refused:
        signup.check(form(email="geheim adres", province="geheim"), today=TODAY)
    assert not any("geheim" in fault.detail for fault in refused.value.faults)
