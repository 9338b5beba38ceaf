"""What the forms say: in both languages, politely, in short sentences."""

import re

import pytest

from panels.joining.messages import MESSAGES, Faults


@pytest.mark.parametrize("key", list(MESSAGES), ids="-".join)
def test_every_message_is_short_polite_and_in_both_languages(key: tuple[str, str]) -> None:
    text = MESSAGES[key]
    assert text.nl != text.en
    assert not re.search(r"\b(jij|je|jouw|jullie)\b", text.nl, re.IGNORECASE)
    assert all(len(sentence.split()) <= 20 for sentence in re.split(r"(?<=[.!?:])\s", text.nl))


def test_faults_come_in_the_language_of_the_form_with_the_age_that_counts() -> None:
    for language, word in (("nl", "vanaf 16 jaar"), ("en", "age of 16"), ("tr", "vanaf 16 jaar")):
        faults = Faults(language, age=16)
        faults.add("birth_year", "under_age")
        assert word in faults.found[0].detail
