"""What stands on one person's form: pages, questions with their numbers, options in order, and the way through.

A form is made of the same order as the screen: arm, shuffled pages and options follow from the seed of the response, so
that it can be printed again and whoever keys it knows what stands where. What no reader can judge is decided here.
"""

import string

from msgspec import Struct
from msgspec.structs import replace
from samenspraak.types.expressions import AnyCondition
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Info,
    Likert,
    Matrix,
    MaxDiff,
    Multi,
    Option,
    Page,
    Questionnaire,
    Ranking,
    Row,
    Single,
)

from surveys import routing
from surveys.models import Respondent
from surveys.paper.conditions import Left, resolve
from surveys.routing.order import whole


class Item(Struct, frozen=True, kw_only=True):
    """One question on paper."""

    question: AnyQuestion
    number: int
    """0: something to read."""
    options: tuple[Option, ...] = ()
    """In this person's order; all that may be carried forward."""
    rows: tuple[Row, ...] = ()
    sets: tuple[tuple[Option, ...], ...] = ()
    only_if: AnyCondition | None = None


class Turn(Struct, frozen=True, kw_only=True):
    """Where to go after a page: when this is true, or in any case."""

    when: AnyCondition | None
    to: str
    """Key of a page on this form that lies ahead, or `end`."""


class SheetPage(Struct, frozen=True, kw_only=True):
    page: Page
    items: tuple[Item, ...]
    only_if: AnyCondition | None
    turns: tuple[Turn, ...]


class Sheet(Struct, frozen=True, kw_only=True):
    """The form of one person, or a specimen."""

    questionnaire: Questionnaire
    who: Respondent
    pages: tuple[SheetPage, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Every numbered question, in order."""
        return tuple(item for page in self.pages for item in page.items if item.number)

    def item(self, key: str) -> Item | None:
        return next((item for item in self.items if item.question.key == key), None)

    def concerns(self) -> tuple[Item, ...]:
        """The items that a ranking of concerns takes its options from."""
        return tuple(
            item for item in self.items if isinstance(item.question, Likert) and item.question.report == "concern"
        )


def sheet(questionnaire: Questionnaire, who: Respondent, *, specimen: bool = False) -> Sheet:
    """The form of this person; a specimen also holds what the profile decides, with its condition."""
    every = whole(questionnaire, who)
    printed = {question.key for page in every for question in page.questions}
    kept = _kept(every, who, printed, specimen)
    while (left := {question.key for page in kept for question, _ in page[1]}) != printed:
        printed = left
        kept = _kept(every, who, printed, specimen)
    order = [page.key for page, _, _ in kept]
    number, pages = 0, []
    for page, questions, only_if in kept:
        items = []
        for question, own in questions:
            number += not isinstance(question, Info)
            items.append(_item(question, 0 if isinstance(question, Info) else number, own, questionnaire, who))
        turns = _turns(page, who, printed, specimen, order, [one.key for one in every])
        pages.append(SheetPage(page=page, items=tuple(items), only_if=only_if, turns=turns))
    return Sheet(questionnaire=questionnaire, who=who, pages=tuple(pages))


def letter(place: int) -> str:
    """a, b, ..., z, aa, ab, ...: the name of a row or set, from 0."""
    name = ""
    while place >= 0:
        place, rest = divmod(place, 26)
        name, place = string.ascii_lowercase[rest] + name, place - 1
    return name


Kept = tuple[Page, list[tuple[AnyQuestion, AnyCondition | None]], AnyCondition | None]


def _kept(every: list[Page], who: Respondent, printed: set[str], specimen: bool) -> list[Kept]:
    """Pages and questions that this person may come to, each with the condition that is left."""
    kept: list[Kept] = []
    for page in every:
        shown = _left(page.show_if, who, printed, specimen)
        asked = [(question, _left(question.show_if, who, printed, specimen)) for question in page.questions]
        open_ones = [(question, _open(left)) for question, left in asked if left is not False]
        if shown is not False and open_ones:
            kept.append((page, open_ones, _open(shown)))
    return kept


def _left(condition: AnyCondition | None, who: Respondent, printed: set[str], specimen: bool) -> Left:
    return True if condition is None else resolve(condition, who, printed, specimen=specimen)


def _open(left: Left) -> AnyCondition | None:
    return None if isinstance(left, bool) else left


def _turns(
    page: Page, who: Respondent, printed: set[str], specimen: bool, order: list[str], every: list[str]
) -> tuple[Turn, ...]:
    """Jumps that lie ahead for this person; after one that always holds nothing follows."""
    turns: list[Turn] = []
    for jump in page.next:
        when, aim = _left(jump.when, who, printed, specimen), _ahead(jump.to, page.key, order, every)
        if when is False:
            continue
        turns.append(Turn(when=_open(when), to=aim))
        if when is True:
            break
    # A jump that leads to what comes next anyhow says nothing, unless one after it says something else.
    following = order[order.index(page.key) + 1 :]
    while turns and turns[-1].to == (following[0] if following else "end"):
        turns.pop()
    return tuple(turns)


def _ahead(aim: str, here: str, order: list[str], every: list[str]) -> str:
    """The first page on the form at or behind the aim; where the aim does not lie ahead, what comes next anyhow."""
    if aim == "end":
        return aim
    start = every.index(aim) if aim in every and every.index(aim) > every.index(here) else every.index(here) + 1
    return next((key for key in every[start:] if key in order), "end")


def _item(question: AnyQuestion, number: int, only_if: AnyCondition | None, q: Questionnaire, who: Respondent) -> Item:
    whole_list = replace(question, options_from=None) if isinstance(question, Single | Multi | Ranking) else question
    options = () if isinstance(question, MaxDiff) else routing.options_shown(whole_list, who, {}, q).options
    return Item(
        question=question,
        number=number,
        options=options,
        rows=routing.rows_shown(question, who) if isinstance(question, Matrix) else (),
        sets=routing.sets_shown(question, who) if isinstance(question, MaxDiff) else (),
        only_if=only_if,
    )
