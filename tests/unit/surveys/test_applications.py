from typing import Any

import msgspec
import pytest
from samenspraak.types.application import Application

from surveys.applications import check


def changed(application: Application, **values: object) -> Application:
    """The same application with values put at JSON pointers, `__` for the slash."""
    body: Any = msgspec.to_builtins(application)
    for pointer, value in values.items():
        *path, last = pointer.split("__")
        place = body
        for step in path:
            place = place[int(step) if step.isdigit() else step]
        place[int(last) if last.isdigit() else last] = value
    return msgspec.convert(body, Application)


def faults(application: Application) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in check(application)}


def test_a_sound_application_has_no_faults(application: Application) -> None:
    assert check(application) == ()


def test_every_fault_is_reported_at_once_with_its_pointer(application: Application) -> None:
    broken = changed(
        application,
        name__nl="  ",
        purpose__en="with a \x00 in it",
        short_name__en="x" * 61,
        arguments__for=[{"nl": "Het gaat snel.", "en": "It is fast."}],
        arguments__against__0__nl="woord " * 26,
        comprehension__goal__correct=9,
        comprehension__human__options__1__code=1,
        comprehension__data__options__1__nl="het kenteken",
        known_concerns=["privacy", "aliens", "privacy"],
        theme=["Ruimtevaart"],
        publication_category="Geheim",
        source_url="javascript:alert(1)",
        data_used__en=["number plate"],
    )
    assert faults(broken) == {
        "/name/nl": "blank",
        "/purpose/en": "nul",
        "/short_name/en": "too_long",
        "/arguments": "unbalanced",
        "/arguments/against/0/nl": "too_long",
        "/comprehension/goal/correct": "unknown_code",
        "/comprehension/human/options/1/code": "duplicate_code",
        "/comprehension/data/options/1/nl": "duplicate_text",
        "/known_concerns/1": "unknown_concern",
        "/known_concerns/2": "duplicate",
        "/theme/0": "unknown_theme",
        "/publication_category": "unknown_category",
        "/source_url": "not_a_web_address",
        "/data_used/en": "lengths_differ",
    }


def test_a_description_over_250_words_is_refused_in_the_language_that_is_too_long(application: Application) -> None:
    long = changed(application, description__en__0__text="word " * 251)
    assert faults(long) == {"/description/en": "too_long"}


def test_both_languages_have_the_same_sections(application: Application) -> None:
    short = changed(application, description__en=[{"heading": "What is it?", "text": "It is a car."}])
    assert faults(short) == {"/description/en": "lengths_differ"}


def test_nobody_has_to_guess_at_a_comprehension_question(application: Application) -> None:
    options = [{"code": code, "nl": f"n{code}", "en": f"e{code}"} for code in (1, 2, 3)]
    assert faults(changed(application, comprehension__goal__options=options)) == {
        "/comprehension/goal/options": "no_dont_know"
    }
    assert faults(changed(application, comprehension__goal__correct=98)) == {
        "/comprehension/goal/correct": "unknown_code"
    }


@pytest.mark.parametrize("url", ["https://example.org/a", "http://example.org"])
def test_web_addresses_are_accepted_as_source(application: Application, url: str) -> None:
    assert check(changed(application, source_url=url)) == ()


@pytest.mark.parametrize("url", ["ftp://example.org", "https://", "example.org", "https://[::1", " "])
def test_other_addresses_are_refused_as_source(application: Application, url: str) -> None:
    assert faults(changed(application, source_url=url)) == {"/source_url": "not_a_web_address"}


def test_every_fault_says_what_to_do(application: Application) -> None:
    for fault in check(changed(application, known_concerns=["x"], name__en="")):
        assert len(fault.detail) > 20
