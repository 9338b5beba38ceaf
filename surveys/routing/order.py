"""Every page in one respondent's order, before any answer: arm, variant, seed and easy mode decide."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

import msgspec
from samenspraak.types.questionnaire import AnyQuestion, Arm, Consent, EasyForm, Info, Page, Questionnaire

from surveys.models import Respondent

T = TypeVar("T")


def ordered(q: Questionnaire, who: Respondent) -> list[Page]:
    """Every page, shown or not, in this respondent's order: blocks by arm, pages and questions of shuffled blocks by
    seed. In the easy mode every question has a page of its own.
    """
    pages = whole(q, who)
    return pages if easy_form(q, who) is None else [one for page in pages for one in alone(page, page.questions)]


def question(q: Questionnaire, who: Respondent, key: str) -> AnyQuestion | None:
    """The question with this key as this respondent reads it, shown or not; None when there is none."""
    own = _own(q, who)
    return next((own.get(key, one) for page in q.pages for one in page.questions if one.key == key), None)


def shuffle(items: Iterable[T], seed: int, purpose: str, *, key: Callable[[T], str]) -> list[T]:
    """Items in a random order fixed by seed and purpose; `key` names an item."""

    def place(item: T) -> bytes:
        return hashlib.sha256(f"{seed}/{purpose}/{key(item)}".encode()).digest()

    return sorted(items, key=place)


def easy_form(q: Questionnaire, who: Respondent) -> EasyForm | None:
    """The easy form, when the questionnaire has one and this person chose it."""
    return q.easy if who.easy else None


def whole(q: Questionnaire, who: Respondent) -> list[Page]:
    """As `ordered`, with the pages of the questionnaire undivided. A page may hold no question: jumps lead to it."""
    return list(_whole(_Same(q), who.arm, who.seed, who.easy))


class _Same:
    """A questionnaire as a key: comparing and hashing what it holds would take longer than ordering its pages."""

    __slots__ = ("q",)

    def __init__(self, q: Questionnaire) -> None:
        self.q = q

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.q is other.q

    def __hash__(self) -> int:
        return id(self.q)


@lru_cache(maxsize=4096)
def _whole(same: _Same, arm_key: str, seed: int, easy: bool) -> tuple[Page, ...]:
    """The pages of people who are under way: they come back for the same order with every page."""
    q, who = same.q, Respondent(arm=arm_key, seed=seed, easy=easy)
    arm = _arm(q, who)
    pages = _by_arm(_worded(q, who), arm)
    for block in q.shuffled_blocks:
        places = [place for place, page in enumerate(pages) if page.block == block]
        shuffled = shuffle([pages[place] for place in places], who.seed, f"pages/{block}", key=lambda page: page.key)
        for place, page in zip(places, shuffled, strict=True):
            questions = shuffle(page.questions, who.seed, f"page/{page.key}", key=lambda question: question.key)
            pages[place] = msgspec.structs.replace(page, questions=tuple(questions))
    return tuple(pages)


def alone(page: Page, shown: Sequence[AnyQuestion]) -> list[Page]:
    """A page of its own for each question shown.

    The first question of the page keeps its key, the others have `{key}-2`, `{key}-3` and so on: the address of a
    question does not depend on whether those before it are shown.
    """
    numbers = {question.key: number for number, question in enumerate(page.questions, 1)}
    return [
        msgspec.structs.replace(page, key=_numbered(page.key, numbers[one.key]), questions=(one,), next=())
        for one in shown
    ]


def _numbered(key: str, number: int) -> str:
    return key if number == 1 else f"{key}-{number}"


def _arm(q: Questionnaire, who: Respondent) -> Arm | None:
    return next((arm for arm in q.arms if arm.key == who.arm), None)


def _own(q: Questionnaire, who: Respondent) -> dict[str, AnyQuestion]:
    """The questions that read otherwise for this person, by key.

    Where both a variant and the easy form replace a question the variant wins: what people are asked about comes
    before how it is said.
    """
    easy, arm = easy_form(q, who), _arm(q, who)
    own = {} if easy is None else {one.key: one for one in easy.questions}
    variant = None if arm is None else next((one for one in q.variants if one.key == arm.variant), None)
    return own if variant is None else {**own, **{one.key: one for one in variant.questions}}


def _worded(q: Questionnaire, who: Respondent) -> Sequence[Page]:
    """The pages with what this person reads in place of the questions with the same keys, and in the easy mode only
    what it asks."""
    easy, own = easy_form(q, who), _own(q, who)
    if easy is None and not own:
        return q.pages
    pages = []
    for page in q.pages:
        questions = tuple(own.get(one.key, one) for one in page.questions if easy is None or _in_easy(one, easy))
        pages.append(msgspec.structs.replace(page, questions=questions))
    return pages


def _in_easy(question: AnyQuestion, easy: EasyForm) -> bool:
    return question.key in easy.asked or isinstance(question, Info | Consent)


def _by_arm(pages: Sequence[Page], arm: Arm | None) -> list[Page]:
    """Pages with the arm's blocks in the arm's order, in the places those blocks have; other blocks stay where they
    are.
    """
    if arm is None:
        return list(pages)
    rank = {block: number for number, block in enumerate(arm.block_order)}
    listed = sorted((page for page in pages if page.block in rank), key=lambda page: rank[page.block])
    moved = iter(listed)
    return [next(moved) if page.block in rank else page for page in pages]
