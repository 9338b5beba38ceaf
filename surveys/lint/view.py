"""What every rule looks at: questions and conditions with their places, and the orders of the arms."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

import msgspec
from samenspraak.types.expressions import (
    MOST_DEEP,
    AllOf,
    AnyCondition,
    AnyOf,
    AnyTerm,
    Compare,
    Count,
    Not,
    OneOf,
)
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Finding,
    Info,
    Numeric,
    Open,
    Option,
    Questionnaire,
    Slider,
    Statement,
)

from surveys import routing
from surveys.models import Respondent


class Placed(NamedTuple):
    """A question and where it stands."""

    question: AnyQuestion
    page: str
    block: str
    pointer: str


class Conditional(NamedTuple):
    """A condition and where it stands.

    `page`: key of the page where it is judged; empty for a quota, which is judged at the end. `same_page`: whether the
    answers on that page are known by then, as they are after the page.
    """

    condition: AnyCondition
    pointer: str
    name: str
    page: str
    same_page: bool
    holder: Literal["question", "page", "jump", "quota"]


class View(NamedTuple):
    """A questionnaire, taken apart once."""

    q: Questionnaire
    placed: tuple[Placed, ...]
    replacing: tuple[Placed, ...]
    """Questions of variants and of the easy form, where the ones stand that they replace."""
    by_key: Mapping[str, Placed]
    versions: Mapping[str, tuple[AnyQuestion, ...]]
    """Every question that may be asked under a key."""
    orders: tuple[Mapping[str, int], ...]
    """Page key -> place, for every different order of the arms. Shuffled blocks keep their places as a whole."""
    conditions: tuple[Conditional, ...]
    """Those that are not too deep to be looked into."""


Rule = Callable[[View], Iterator[Finding]]


def view(q: Questionnaire) -> View:
    placed = tuple(
        Placed(question, page.key, page.block, f"/pages/{number}/questions/{index}")
        for number, page in enumerate(q.pages)
        for index, question in enumerate(page.questions)
    )
    by_key = {one.question.key: one for one in placed}
    replacing = tuple(_replacing(q, by_key))
    versions: dict[str, tuple[AnyQuestion, ...]] = {}
    for one in (*placed, *replacing):
        versions[one.question.key] = (*versions.get(one.question.key, ()), one.question)
    conditions = tuple(one for one in every_condition(q, (*placed, *replacing)) if not too_deep(one.condition))
    return View(q, placed, replacing, by_key, versions, tuple(_orders(q)), conditions)


def _replacing(q: Questionnaire, by_key: Mapping[str, Placed]) -> Iterator[Placed]:
    for number, variant in enumerate(q.variants):
        for index, question in enumerate(variant.questions):
            if question.key in by_key:
                at = by_key[question.key]
                yield Placed(question, at.page, at.block, f"/variants/{number}/questions/{index}")
    for index, question in enumerate(q.easy.questions if q.easy is not None else ()):
        if question.key in by_key:
            at = by_key[question.key]
            yield Placed(question, at.page, at.block, f"/easy/questions/{index}")


def _orders(q: Questionnaire) -> Iterator[Mapping[str, int]]:
    plain = msgspec.structs.replace(q, shuffled_blocks=(), variants=())
    by_order = {arm.block_order: arm.key for arm in q.arms}
    for arm in by_order.values() or [""]:
        yield {page.key: place for place, page in enumerate(routing.ordered(plain, Respondent(arm=arm)))}


def every_condition(q: Questionnaire, placed: tuple[Placed, ...]) -> Iterator[Conditional]:
    """Every condition there is: of questions, pages, jumps and quotas."""
    for one in placed:
        condition = one.question.show_if
        if condition is not None:
            yield Conditional(condition, f"{one.pointer}/show_if", one.question.key, one.page, False, "question")
    for number, page in enumerate(q.pages):
        if page.show_if is not None:
            yield Conditional(page.show_if, f"/pages/{number}/show_if", f"page {page.key}", page.key, False, "page")
        for index, jump in enumerate(page.next):
            if jump.when is not None:
                where, name = f"/pages/{number}/next/{index}/when", f"the jump from {page.key} to {jump.to}"
                yield Conditional(jump.when, where, name, page.key, True, "jump")
    for number, quota in enumerate(q.quotas):
        yield Conditional(quota.when, f"/quotas/{number}/when", f"quota {quota.key}", "", True, "quota")


def too_deep(condition: AnyCondition) -> bool:
    """Whether conditions lie deeper in each other than `MOST_DEEP`. Without recursion, since it may be very deep."""
    level = [condition]
    for _ in range(MOST_DEEP):
        level = [part for one in level for _, part in parts(one)]
        if not level:
            return False
    return True


def parts(condition: AnyCondition) -> list[tuple[str, AnyCondition]]:
    """The conditions directly inside one, each with its pointer from there."""
    match condition:
        case Not(of=part):
            return [("/of", part)]
        case AllOf(of=several) | AnyOf(of=several):
            return [(f"/of/{index}", part) for index, part in enumerate(several)]
        case Compare(left=left, right=right):
            return [*_counted(left, "/left"), *_counted(right, "/right")]
        case OneOf(term=term):
            return _counted(term, "/term")
        case _:
            return []


def _counted(term: AnyTerm, pointer: str) -> list[tuple[str, AnyCondition]]:
    if not isinstance(term, Count):
        return []
    return [(f"{pointer}/of/{index}", part) for index, part in enumerate(term.of)]


def walk(condition: AnyCondition, pointer: str) -> Iterator[tuple[AnyCondition, str]]:
    """A condition and everything inside it, each with its pointer."""
    yield condition, pointer
    for below, part in parts(condition):
        yield from walk(part, pointer + below)


def options(question: AnyQuestion) -> tuple[Option, ...]:
    return () if isinstance(question, Statement | Open | Info) else question.options


def codes(question: AnyQuestion) -> frozenset[int]:
    """Codes that may be stored for a choice; of numbers and texts only the non-substantive ones."""
    if isinstance(question, Statement):
        return frozenset({1, -1, 0})
    return frozenset(option.code for option in options(question))


def is_number(question: AnyQuestion) -> bool:
    return isinstance(question, Numeric | Slider)


def error(code: str, path: str, message: str) -> Finding:
    return Finding(severity="error", code=code, path=path, message=message)


def warning(code: str, path: str, message: str) -> Finding:
    return Finding(severity="warning", code=code, path=path, message=message)
