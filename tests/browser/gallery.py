"""Every kind of question alone on a page, in every language and in every state a reader can meet it in."""

from collections.abc import Callable

import msgspec
from litestar.response import Response as Answer
from samenspraak.types.base import Language
from samenspraak.types.questionnaire import AnyQuestion, Arm, Info, Knowledge, Page, Questionnaire

from service.pages.texts import NAMES
from service.pages.visits import Visit
from service.pages.walk import Walk
from surveys import answers
from surveys.models import Stored
from tests.unit.pages import kinds

LANGUAGES: tuple[Language, ...] = tuple(NAMES)
VisitIn = Callable[[Language], Visit]
STATES = ("fresh", "error", "answered", "review")


def kind_of(question: AnyQuestion) -> str:
    return str(question.__struct_config__.tag)


KINDS: dict[str, AnyQuestion] = {kind_of(question): question for question in kinds.one_of_each()}


def states(visit: Visit, question: AnyQuestion) -> dict[str, str]:
    """State -> HTML of this one question. Something to read has no error."""
    # An error needs a question that must be answered; where it stands is no part of how it looks.
    asked = msgspec.structs.replace(question, required=True, show_if=None)
    shown = Page(key="only", block="open", questions=(asked,))
    questionnaire = alone(shown)
    fresh = _walk(visit, questionnaire, stored=False)
    answered = _walk(visit, questionnaire, stored=True)
    page = fresh.page("only")
    assert page is not None
    made = {
        "fresh": _html(fresh.show(page)),
        "answered": _html(answered.show(page)),
        "review": _html(answered.show_review()),
    }
    if not isinstance(question, Info):
        who = fresh.response.respondent
        judged = answers.check_page(questionnaire, page, who, form={}, answers={}, lang=visit.lang)
        assert judged.faults, f"an empty answer to {question.key} is no fault"
        made["error"] = _html(fresh.show(page, fields={}, faults=judged.faults, status=422))
    if isinstance(question, Knowledge):
        made["feedback"] = _html(answered.show_feedback(page))
    return made


def alone(page: Page) -> Questionnaire:
    """A questionnaire of this one page."""
    return Questionnaire(
        id="one-kind",
        version=1,
        form="short",
        languages=LANGUAGES,
        pages=(page,),
        arms=(Arm(key="one", block_order=(page.block,)),),
        shuffled_blocks=(),
    )


def _walk(visit: Visit, questionnaire: Questionnaire, *, stored: bool) -> Walk:
    assert visit.response is not None
    keys = {question.key for page in questionnaire.pages for question in page.questions}
    known = kinds.answers(visit.response.respondent) if stored else {}
    given = {key: value for key, value in known.items() if key.split(".")[0] in keys}
    return Walk(visit, visit.response, questionnaire, Stored(given, frozenset()))


def _html(answer: Answer[str]) -> str:
    return str(answer.content)
