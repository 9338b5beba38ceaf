"""Which pages and questions one respondent sees, in which order.

Pure and total: the same questionnaire, arm, seed and answers give the same route on every device, whatever the answers
hold. Order never comes from render time. Random orders sort by SHA-256 over (seed, what is ordered, element), so they
do not depend on a random generator's version and every order is equally likely.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Arm,
    Consent,
    Info,
    Knowledge,
    Likert,
    Multi,
    Open,
    Option,
    Page,
    Questionnaire,
    Ranking,
    Single,
    Statement,
    VoteItem,
)

from surveys.expressions import holds
from surveys.models import OptionsShown, Respondent

Given = Mapping[str, AnswerValue]
T = TypeVar("T")

WEIGHS = 3
"""A concern is carried forward to the ranking when answered this or higher ..."""
HIGHEST = 5
"""... up to this; codes above are don't know and the like."""


def route(q: Questionnaire, who: Respondent, answers: Given) -> tuple[Page, ...]:
    """Pages in this respondent's order, each with only the visible questions in the order to show them.

    Pages without a visible question drop out. An answer to a question that is no longer shown counts as not given.
    After an answer that ends the questionnaire nothing follows.
    """
    pages: list[Page] = []
    heard = dict(answers)
    for page in ordered(q, who):
        shown = tuple(question for question in page.questions if _visible(question, q, who, heard))
        for question in page.questions:
            if question not in shown:
                heard.pop(question.key, None)
        if shown:
            pages.append(msgspec.structs.replace(page, questions=shown))
            if any(_ends(question, heard) for question in shown):
                break
    return tuple(pages)


def ordered(q: Questionnaire, who: Respondent) -> list[Page]:
    """Every page, shown or not, in this respondent's order: blocks by arm, pages and questions of shuffled blocks by
    seed.
    """
    given = next((a for a in q.arms if a.key == who.arm), None)
    pages = _by_arm(_of_variant(q, given), given)
    for block in q.shuffled_blocks:
        places = [place for place, page in enumerate(pages) if page.block == block]
        shuffled = shuffle([pages[place] for place in places], who.seed, f"pages/{block}", key=lambda page: page.key)
        for place, page in zip(places, shuffled, strict=True):
            questions = shuffle(page.questions, who.seed, f"page/{page.key}", key=lambda question: question.key)
            pages[place] = msgspec.structs.replace(page, questions=tuple(questions))
    return pages


def page(q: Questionnaire, who: Respondent, answers: Given, *, key: str) -> Page | None:
    """The page with this key as this respondent sees it, or None when it is not on the route."""
    return next((page for page in route(q, who, answers) if page.key == key), None)


def next_page(q: Questionnaire, who: Respondent, answers: Given, *, after: str | None) -> Page | None:
    """First page on the route that comes after `after`, itself on the route or not; `after` None gives the first page.

    None: nothing follows but the review page (or the end, when an answer ended the questionnaire). An unknown `after`
    counts as the start.
    """
    places = {page.key: place for place, page in enumerate(ordered(q, who))}
    at = -1 if after is None else places.get(after, -1)
    return next((page for page in route(q, who, answers) if places[page.key] > at), None)


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
    """Keys of the questions that ask for an answer on the present route."""
    return frozenset(
        question.key for page in route(q, who, answers) for question in page.questions if not isinstance(question, Info)
    )


def unanswered(q: Questionnaire, who: Respondent, answers: Given) -> str | None:
    """Key of the first page on the route with a required question that has no answer; None when all are answered.

    A ranking of something that is no longer carried forward is no answer.
    """
    for page in route(q, who, answers):
        for question in page.questions:
            value = answers.get(question.key)
            if question.required and not isinstance(question, Info) and value in (None, "", []):
                return page.key
            if isinstance(question, Ranking) and isinstance(value, list):
                carried = {option.code for option in _carried(question, q, answers)}
                stale = not carried.issuperset(value)
                if stale:
                    return page.key
    return None


def options_shown(question: AnyQuestion, who: Respondent, answers: Given, questionnaire: Questionnaire) -> OptionsShown:
    """Options in this respondent's order; of a ranking only those carried forward.

    `top`: how many may be ranked or chosen at most. When options are shuffled, those that are pinned, exclusive or not
    an opinion (don't know) keep their place at the end. A question without options gives none.
    """
    if isinstance(question, Open | Info | Statement):
        return OptionsShown(options=(), top=0)
    options = question.options
    if isinstance(question, Ranking):
        options = _carried(question, questionnaire, answers)
        return OptionsShown(options=_mixed(options, who.seed, question.key), top=min(question.top, len(options)))
    if isinstance(question, Single | Multi | Knowledge) and question.randomise:
        options = _mixed(options, who.seed, question.key)
    most = question.maximum if isinstance(question, Multi) else 1
    return OptionsShown(options=options, top=len(options) if most is None else most)


def arguments_shown(question: VoteItem, who: Respondent) -> tuple[tuple[Localised, ...], tuple[Localised, ...], bool]:
    """Arguments for, arguments against, and whether those for come first; all in a seeded random order."""
    return arguments_mixed(question.arguments_for, question.arguments_against, seed=who.seed, purpose=question.key)


def arguments_mixed(
    in_favour: tuple[Localised, ...], against: tuple[Localised, ...], *, seed: int, purpose: str
) -> tuple[tuple[Localised, ...], tuple[Localised, ...], bool]:
    """The same for any pair of lists of arguments (the secret ballot shows them too, under its own `purpose`)."""
    first = shuffle(("for", "against"), seed, f"side/{purpose}", key=str)[0]
    return (
        tuple(shuffle(in_favour, seed, f"for/{purpose}", key=lambda text: text.nl)),
        tuple(shuffle(against, seed, f"against/{purpose}", key=lambda text: text.nl)),
        first == "for",
    )


def shuffle(items: Iterable[T], seed: int, purpose: str, *, key: Callable[[T], str]) -> list[T]:
    """Items in a random order fixed by seed and purpose; `key` names an item."""

    def place(item: T) -> bytes:
        return hashlib.sha256(f"{seed}/{purpose}/{key(item)}".encode()).digest()

    return sorted(items, key=place)


def _of_variant(q: Questionnaire, arm: Arm | None) -> tuple[Page, ...]:
    """The pages with the questions of the arm's variant in the place of those with the same keys."""
    variant = None if arm is None else next((one for one in q.variants if one.key == arm.variant), None)
    if variant is None or not variant.questions:
        return q.pages
    own = {question.key: question for question in variant.questions}
    return tuple(
        msgspec.structs.replace(page, questions=tuple(own.get(one.key, one) for one in page.questions))
        for page in q.pages
    )


def _by_arm(pages: tuple[Page, ...], arm: Arm | None) -> list[Page]:
    """Pages with the arm's blocks in the arm's order, in the places those blocks have; other blocks stay where they
    are.
    """
    if arm is None:
        return list(pages)
    rank = {block: number for number, block in enumerate(arm.block_order)}
    listed = sorted((page for page in pages if page.block in rank), key=lambda page: rank[page.block])
    moved = iter(listed)
    return [next(moved) if page.block in rank else page for page in pages]


def _visible(question: AnyQuestion, q: Questionnaire, who: Respondent, answers: Given) -> bool:
    if question.show_if is not None and holds(question.show_if, who, answers) is not True:
        return False
    return not isinstance(question, Ranking) or bool(_carried(question, q, answers))


def _ends(question: AnyQuestion, answers: Given) -> bool:
    if not isinstance(question, Consent | Single):
        return False
    return any(option.ends and answers.get(question.key) == option.code for option in question.options)


def _carried(question: Ranking, q: Questionnaire, answers: Given) -> tuple[Option, ...]:
    """Options of a ranking that earlier answers leave: chosen ones, or concerns that weigh.

    An option of the ranking of concerns belongs to the concern item with the same text.
    """
    if question.options_from is None:
        return question.options
    if question.options_from == "concerns":
        weighing = _weighing(q, answers)
        return tuple(option for option in question.options if option.label in weighing)
    chosen = answers.get(question.options_from)
    codes = chosen if isinstance(chosen, list) else [chosen]
    return tuple(option for option in question.options if option.code in codes)


def _weighing(q: Questionnaire, answers: Given) -> set[Localised]:
    found = set()
    for page in q.pages:
        for question in page.questions:
            if isinstance(question, Likert) and question.report == "concern":
                value = answers.get(question.key)
                if isinstance(value, int) and WEIGHS <= value <= HIGHEST:
                    found.add(question.text)
    return found


def _mixed(options: tuple[Option, ...], seed: int, purpose: str) -> tuple[Option, ...]:
    """Options in random order, the fixed ones after them in the order of the questionnaire."""
    fixed = tuple(option for option in options if option.pinned or option.exclusive or option.missing)
    free = [option for option in options if option not in fixed]
    return (*shuffle(free, seed, f"options/{purpose}", key=lambda option: str(option.code)), *fixed)
