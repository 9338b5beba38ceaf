"""The way through the questionnaire that the answers so far make."""

from collections.abc import Sequence

import msgspec
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Consent,
    Info,
    Matrix,
    MaxDiff,
    Multi,
    Page,
    Questionnaire,
    Ranking,
    Single,
)

from surveys.expressions import Given, holds
from surveys.models import Respondent
from surveys.routing.options import carried, write_ins
from surveys.routing.order import alone, easy_form, ordered, whole

_CARRYING = (Ranking, Single, Multi)
"""Questions that may take their options from another answer, and are not shown when it leaves none."""
_ENDING = (Consent, Single)
"""Questions with answers after which nothing follows."""


def route(q: Questionnaire, who: Respondent, answers: Given) -> tuple[Page, ...]:
    """Pages in this respondent's order, each with only the visible questions in the order to show them.

    Pages without a visible question drop out, and so do those that a jump passes over. A jump is followed when its
    page is shown and its aim lies ahead in this respondent's order; any other aim counts as no jump. An answer to a
    question that is not shown counts as not given. After an answer that ends the questionnaire nothing follows.
    """
    pages: list[Page] = []
    heard = dict(answers)
    easy = easy_form(q, who) is not None
    every = whole(q, who)
    places = {page.key: place for place, page in enumerate(every)}
    resume = 0
    for place, page in enumerate(every):
        shown = _shown(page, q, who, heard) if place >= resume else ()
        if len(shown) < len(page.questions):
            _forget(page, shown, heard)
        if not shown:
            continue
        if easy:
            pages.extend(alone(page, shown))
        else:
            pages.append(page if len(shown) == len(page.questions) else msgspec.structs.replace(page, questions=shown))
        aim = _aim(page, who, heard) if page.next else ""
        if aim == "end" or any(_ends(question, heard) for question in shown):
            break
        resume = places.get(aim, 0)
    return tuple(pages)


def page(q: Questionnaire, who: Respondent, answers: Given, *, key: str) -> Page | None:
    """The page with this key as this respondent sees it, or None when it is not on the route."""
    return next((page for page in route(q, who, answers) if page.key == key), None)


def next_page(q: Questionnaire, who: Respondent, answers: Given, *, after: str | None) -> Page | None:
    """First page on the route that comes after `after`, itself on the route or not; `after` None gives the first page.

    None: nothing follows but the review page (or the end, when an answer ended the questionnaire). An unknown `after`
    counts as the start.
    """
    return following(q, who, route(q, who, answers), after=after)


def following(q: Questionnaire, who: Respondent, walked: Sequence[Page], *, after: str | None) -> Page | None:
    """As `next_page`, on a route that is known already."""
    if after is None:
        return walked[0] if walked else None
    keys = [page.key for page in walked]
    if after in keys:
        return next(iter(walked[keys.index(after) + 1 :]), None)
    places = {page.key: place for place, page in enumerate(ordered(q, who))}
    at = places.get(after, -1)
    return next((page for page in walked if places[page.key] > at), None)


def previous_page(q: Questionnaire, who: Respondent, answers: Given, *, before: str | None) -> Page | None:
    """Last page on the route that comes before `before` (None: before the review page); None at the first page."""
    places = {page.key: place for place, page in enumerate(ordered(q, who))}
    at = len(places) if before is None else places.get(before, len(places))
    earlier = [page for page in route(q, who, answers) if places[page.key] < at]
    return earlier[-1] if earlier else None


def progress(q: Questionnaire, who: Respondent, answers: Given, *, at: str | None) -> tuple[int, int]:
    """(number of page `at` from 1, number of pages) on the present route; `at` None: every page done."""
    keys = [page.key for page in route(q, who, answers)]
    return (keys.index(at) + 1 if at in keys else len(keys)), len(keys)


def on_route(q: Questionnaire, who: Respondent, answers: Given) -> frozenset[str]:
    """Keys under which the present route stores answers: the questions that ask for one, and `KEY.CODE` for each
    chosen option that may be written in.
    """
    return stored_on(route(q, who, answers), answers)


def stored_on(walked: Sequence[Page], answers: Given) -> frozenset[str]:
    """As `on_route`, on a route that is known already."""
    keys: set[str] = set()
    for page in walked:
        for question in page.questions:
            if not isinstance(question, Info):
                keys.add(question.key)
                keys.update(f"{question.key}.{one.code}" for one in write_ins(question, answers.get(question.key)))
    return frozenset(keys)


def unanswered(q: Questionnaire, who: Respondent, answers: Given) -> str | None:
    """Key of the first page on the route that is not done; None when all are.

    A page is not done when a required question lacks its answer (a matrix: a row; a best-worst question: a choice in a
    set), when a question that is softly required was never seen, or when an answer names what is no longer carried
    forward.
    """
    for page in route(q, who, answers):
        if any(_open(question, answers) or _stale(question, q, answers) for question in page.questions):
            return page.key
    return None


def _shown(page: Page, q: Questionnaire, who: Respondent, heard: Given) -> tuple[AnyQuestion, ...]:
    if page.show_if is not None and holds(page.show_if, who, heard) is not True:
        return ()
    shown = [question for question in page.questions if _visible(question, q, who, heard)]
    return page.questions if len(shown) == len(page.questions) else tuple(shown)


def _visible(question: AnyQuestion, q: Questionnaire, who: Respondent, answers: Given) -> bool:
    if question.show_if is not None and holds(question.show_if, who, answers) is not True:
        return False
    return not isinstance(question, _CARRYING) or bool(carried(question, q, answers))


def _forget(page: Page, shown: Sequence[AnyQuestion], heard: dict[str, AnswerValue]) -> None:
    kept = {question.key for question in shown}
    for question in page.questions:
        if question.key not in kept:
            heard.pop(question.key, None)


def _aim(page: Page, who: Respondent, heard: Given) -> str:
    """Where the first jump that applies leads; empty when none does."""
    return next((jump.to for jump in page.next if jump.when is None or holds(jump.when, who, heard) is True), "")


def _ends(question: AnyQuestion, answers: Given) -> bool:
    if not isinstance(question, _ENDING):
        return False
    return any(option.ends and answers.get(question.key) == option.code for option in question.options)


def _open(question: AnyQuestion, answers: Given) -> bool:
    """Whether an answer that must be there is not."""
    if isinstance(question, Info) or question.required is False:
        return False
    if question.required == "soft":
        return question.key not in answers
    value = answers.get(question.key)
    if isinstance(question, Matrix):
        return not _holds_all(value, [row.key for row in question.rows])
    if isinstance(question, MaxDiff):
        return not _holds_all(value, [f"{n}.{end}" for n in range(1, question.sets + 1) for end in ("best", "worst")])
    return value is None or value in ("", [], {})


def _holds_all(value: AnswerValue, keys: Sequence[str]) -> bool:
    return isinstance(value, dict) and all(value.get(key) is not None for key in keys)


def _stale(question: AnyQuestion, q: Questionnaire, answers: Given) -> bool:
    """Whether an answer names an option that is no longer carried forward."""
    if not isinstance(question, _CARRYING):
        return False
    if question.options_from is None and not isinstance(question, Ranking):
        return False
    value = answers.get(question.key)
    codes = value if isinstance(value, list) else [] if value is None else [value]
    offered = [option.code for option in carried(question, q, answers)]
    return any(code not in offered for code in codes)
