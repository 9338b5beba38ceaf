"""The sign-up form: every fault at once, in the language of the form."""

from datetime import date
from typing import Any

import pytest

from panels.errors import SignUpInvalid
from panels.joining import signup
from panels.joining.notice import NOTICE_VERSION
from panels.store.postcodes import Place

TODAY = date(2026, 11, 24)
PLACES = {"3511": Place(pc4="3511", municipality="GM0344", province="PV26", landsdeel="LD03", urbanity="1")}


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


def faults_of(sent: dict[str, str], **terms: Any) -> dict[str, str]:
    with pytest.raises(SignUpInvalid) as refused:
        signup.check(sent, today=TODAY, **terms)
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


@pytest.mark.parametrize(("year", "accepted"), [("2010", True), ("2011", False), ("2026", False)])
def test_16_is_enough_only_where_the_population_figures_reach_that_far(year: str, accepted: bool) -> None:
    assert faults_of(form(birth_year="2010")) == {"birth_year": "under_age"}
    if accepted:
        assert signup.check(form(birth_year=year), today=TODAY, minimum_age=16).birth_year == int(year)
    else:
        assert faults_of(form(birth_year=year), minimum_age=16) == {"birth_year": "under_age"}


def test_the_age_that_is_told_is_the_age_that_counts() -> None:
    with pytest.raises(SignUpInvalid) as refused:
        signup.check(form(birth_year="2015"), today=TODAY, minimum_age=16)
    assert "16" in refused.value.faults[0].detail


class TestPlace:
    def test_a_postcode_becomes_a_place_and_is_not_among_the_answers(self) -> None:
        checked = signup.check(form(postcode="3511 ab", province=""), today=TODAY, places=PLACES)
        assert (checked.province, checked.municipality, checked.urbanity) == ("PV26", "GM0344", "1")
        assert "3511" not in repr(checked)

    def test_postcode_and_house_number_make_a_door(self) -> None:
        checked = signup.check(form(postcode="3511ab", house_number="12-a"), today=TODAY, places=PLACES)
        assert checked.household == "3511AB 12 A"

    def test_without_a_table_of_postcodes_nothing_of_them_is_looked_at(self) -> None:
        checked = signup.check(form(postcode="onzin", house_number="12"), today=TODAY)
        assert (checked.municipality, checked.household, checked.province) == (None, None, "PV26")

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"postcode": "abcd"}, {"postcode": "not_a_postcode"}),
            ({"postcode": "9999"}, {"postcode": "unknown_postcode"}),
            ({"postcode": "3511", "house_number": "12"}, {"postcode": "postcode_too_short"}),
            ({"house_number": "12"}, {"postcode": "missing"}),
            ({"postcode": "3511AB", "house_number": "bis"}, {"house_number": "not_a_house_number"}),
            ({"postcode": "3511", "province": "PV20"}, {"province": "elsewhere"}),
        ],
    )
    def test_what_does_not_fit_is_told_at_its_field(self, changes: dict[str, str], fault: dict[str, str]) -> None:
        assert faults_of(form(**changes), places=PLACES) == fault


class TestOptionalConsent:
    def test_an_origin_counts_only_with_its_own_tick(self) -> None:
        assert faults_of(form(origin="E")) == {"origin_consent": "missing"}
        assert signup.check(form(origin="E", origin_consent="yes"), today=TODAY).origin == "E"

    def test_a_tick_without_an_answer_gives_nothing(self) -> None:
        assert signup.check(form(origin_consent="yes"), today=TODAY).origin is None

    def test_assemblies_are_agreed_to_apart(self) -> None:
        assert signup.check(form(), today=TODAY).assembly is False
        assert signup.check(form(assembly="yes"), today=TODAY).assembly is True


@pytest.mark.parametrize("code", ["mistyped", "unknown", "used", "expired", "busy"])
def test_what_is_wrong_with_a_code_is_told_with_everything_else(code: str) -> None:
    assert faults_of(form(email=""), code_fault=code) == {"email": "missing", "code": code}


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


@pytest.mark.parametrize("field", ["email", "birth_year", "sex", "origin", "postcode", "language", "consent"])
def test_nul_in_any_field_is_a_fault(field: str) -> None:
    assert faults_of(form(**{field: "a\x00b"})) == {field: "nul"}


def test_no_fault_repeats_what_was_typed() -> None:
    with pytest.raises(SignUpInvalid) as refused:
        signup.check(form(email="geheim adres", province="geheim"), today=TODAY)
    assert not any("geheim" in fault.detail for fault in refused.value.faults)
