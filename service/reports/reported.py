"""Questions as the figures of the report see them: every closed kind brought to one answer per person and question.

A matrix becomes a scale per row, a statement a choice, and a slider a number, so that the
figures, the tables and the disclosure rules need to know a few kinds only. Answers are brought along.
"""

from collections.abc import Iterator, Mapping

import msgspec
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Likert,
    Matrix,
    Numeric,
    Option,
    Page,
    Questionnaire,
    Single,
    Slider,
    Statement,
)

SAID = (
    Option(code=1, label=Localised(nl="Eens", en="Agree")),
    Option(code=-1, label=Localised(nl="Oneens", en="Disagree")),
    Option(code=0, label=Localised(nl="Overgeslagen", en="Passed")),
)
"""What can be said of a statement."""


def reported(questionnaire: Questionnaire) -> Questionnaire:
    """The questionnaire with every question in the kind that is reported."""
    if not any(isinstance(question, Changed) for page in questionnaire.pages for question in page.questions):
        return questionnaire
    return msgspec.structs.replace(questionnaire, pages=tuple(map(_page, questionnaire.pages)))


def answers(questionnaire: Questionnaire, given: Mapping[str, AnswerValue]) -> dict[str, AnswerValue]:
    """Answers by the keys of `reported`. Saying that one has no number counts as no answer.

    Args:
        questionnaire: as it was asked.
    """
    found = dict(given)
    for page in questionnaire.pages:
        for question in page.questions:
            value = found.get(question.key)
            if isinstance(question, Matrix):
                found.pop(question.key, None)
                rows = value if isinstance(value, dict) else {}
                found |= {f"{question.key}.{row}": code for row, code in rows.items()}
            elif isinstance(question, Slider | Numeric) and value in {option.code for option in question.options}:
                found[question.key] = None
    return found


Changed = Matrix | Statement | Slider


def _page(page: Page) -> Page:
    return msgspec.structs.replace(
        page, questions=tuple(one for question in page.questions for one in _kinds(question))
    )


def _kinds(question: AnyQuestion) -> Iterator[AnyQuestion]:
    same = {name: getattr(question, name) for name in ("key", "text", "stem", "report", "status", "construct")}
    match question:
        case Matrix():
            for row in question.rows:
                text = Localised(nl=f"{row.text.nl}: {question.text.nl}", en=f"{row.text.en}: {question.text.en}")
                yield Likert(**same | {"key": f"{question.key}.{row.key}", "text": text}, options=question.options)
        case Statement():
            yield Single(**same, options=SAID)
        case Slider():
            yield Numeric(**same, minimum=question.minimum, maximum=question.maximum, unit=question.unit)
        case _:
            yield question
