"""Open questions of the battery: what people are told beside them, and that the coder speaks the battery's language."""

import pytest
from samenspraak import examples
from samenspraak.types.questionnaire import Form

from analytics.texts.screen import blocks
from surveys import battery, items, open_answers, readability
from surveys.instruments import concern_items

FORMS: tuple[Form, ...] = ("short", "standard", "long")
APPLICATION = examples.load("scanauto-parkeren")


def test_the_coder_gives_the_codes_of_the_taxonomy_in_its_order() -> None:
    assert open_answers.coder().lexicon.codes == tuple(concern_items())


@pytest.mark.parametrize("form", FORMS)
def test_beside_every_open_question_stands_that_it_may_be_quoted_and_how_to_refuse(form: Form) -> None:
    asked = open_answers.open_questions(battery.build(APPLICATION, form=form))
    assert asked
    for question in asked.values():
        assert question.quotable
        assert question.hint is not None
        assert "zonder uw naam" in question.hint.nl
        assert "niet citeren" in question.hint.nl
        assert "without your name" in question.hint.en
        assert "do not quote" in question.hint.en


def test_the_words_of_refusal_are_the_ones_the_screen_obeys() -> None:
    assert blocks("Wie kijkt hier naar? niet citeren")
    assert blocks("Who looks at this? Do not quote.")


def test_what_stands_beside_an_open_question_is_easy_to_read() -> None:
    assert readability.flesch_douma(items.QUOTED[0]) >= 70
    assert all(len(sentence.split()) <= 15 for sentence in readability.sentences(items.QUOTED[0]))


def test_personal_data_lead_to_no_code() -> None:
    assert open_answers.code("mail mij op privacy@hackers.nl", "nl").codes == ()
    assert open_answers.code("mail mij over privacy en hackers", "nl").codes == ("privacy", "security")
