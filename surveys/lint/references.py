"""Conditions, jumps, carried-forward answers and slots point at what exists and was asked before, in every arm."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from samenspraak.types.base import Localised
from samenspraak.types.expressions import (
    MOST_DEEP,
    Answered,
    AnswerOf,
    AnyCondition,
    AnyTerm,
    Chosen,
    Compare,
    Constant,
    Has,
    InArm,
    OneOf,
)
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Finding,
    Info,
    Likert,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Ranking,
    Single,
    Slider,
)

from surveys.lint.view import (
    Conditional,
    Placed,
    View,
    codes,
    error,
    every_condition,
    is_number,
    options,
    too_deep,
    walk,
    warning,
)

SLOT = re.compile(r"\{([A-Z][A-Z0-9_]{1,39})\}")
ORDERED = ("lt", "le", "gt", "ge")


class Reading(NamedTuple):
    """One question that is read at one place of a condition."""

    question: str
    row: str
    pointer: str


def conditions(v: View) -> Iterator[Finding]:
    """Everything that a condition names exists, is known by then and can be compared so."""
    for one in v.conditions:
        yield from in_condition(v, one)
    for one in every_condition(v.q, (*v.placed, *v.replacing)):
        if too_deep(one.condition):
            message = f"The conditions of {one.name} lie more than {MOST_DEEP} deep in each other; split them."
            yield error("too_deep", one.pointer, message)


def in_condition(v: View, one: Conditional) -> Iterator[Finding]:
    """The same for one condition."""
    arms = {part for arm in v.q.arms for part in (arm.key, *arm.key.split("/"))}
    for node, pointer in walk(one.condition, one.pointer):
        for reading in _readings(node, pointer):
            target = v.by_key.get(reading.question)
            if target is None:
                yield _unknown(one.name, reading.question, pointer)
            else:
                yield from _row(target.question, reading)
                yield from _order(v, one.name, one.page, target, pointer, same_page=one.same_page)
        yield from _codes(v, node, pointer)
        yield from _comparison(v, node, pointer)
        if isinstance(node, InArm) and node.key not in arms:
            yield error("unknown_arm", f"{pointer}/key", f"There is no arm or order {node.key!r}.")


def _unknown(name: str, question: str, pointer: str) -> Finding:
    return error("unknown_question", pointer, f"{name} refers to {question}, which is not asked.")


def _readings(node: AnyCondition, pointer: str) -> Iterator[Reading]:
    match node:
        case Has(question=question):
            yield Reading(question, "", pointer)
        case Answered(question=question, row=row):
            yield Reading(question, row, pointer)
        case OneOf(term=term):
            yield from _term(term, f"{pointer}/term")
        case Compare(left=left, right=right):
            yield from _term(left, f"{pointer}/left")
            yield from _term(right, f"{pointer}/right")
        case _:
            return


def _term(term: AnyTerm, pointer: str) -> Iterator[Reading]:
    if isinstance(term, AnswerOf):
        yield Reading(term.question, term.row, pointer)
    elif isinstance(term, Chosen):
        yield Reading(term.question, "", pointer)


def _row(question: AnyQuestion, reading: Reading) -> Iterator[Finding]:
    if isinstance(question, Info):
        yield error("no_answer", reading.pointer, f"{question.key} is only read, so it has no answer.")
    rows = _rows(question)
    if reading.row and reading.row not in rows:
        yield error("unknown_row", reading.pointer, f"{question.key} has no row {reading.row!r}.")


def _rows(question: AnyQuestion) -> frozenset[str]:
    if isinstance(question, Matrix):
        return frozenset(row.key for row in question.rows)
    if isinstance(question, MaxDiff):
        return frozenset(f"{number}.{end}" for number in range(1, question.sets + 1) for end in ("best", "worst"))
    return frozenset()


def _order(v: View, name: str, page: str, target: Placed, where: str, *, same_page: bool) -> Iterator[Finding]:
    """A question can only be read once it was asked."""
    source = target.question.key
    if not page:
        return
    if page == target.page:
        if not same_page:
            message = f"{name} depends on {source} on the same page, which cannot work without a script; "
            yield error("same_page_condition", where, message + "give it its own page.")
        return
    block = next((one.block for one in v.q.pages if one.key == page), "")
    if block == target.block and block in v.q.shuffled_blocks:
        message = f"{name} depends on {source}, but the pages of block {block} come in random order."
        yield error("backward_condition", where, message)
        return
    late = sum(order[page] < order[target.page] for order in v.orders)
    if late == len(v.orders):
        yield error("forward_reference", where, f"{name} depends on {source}, which is asked later.")
    elif late:
        yield error("backward_condition", where, f"{name} depends on {source}, which one of the arms asks later.")


def _codes(v: View, node: AnyCondition, pointer: str) -> Iterator[Finding]:
    """Codes that a condition names exist; numbers lie in the range."""
    match node:
        case Has(question=question, code=code):
            named = [(code, f"{pointer}/code")]
        case OneOf(term=AnswerOf(question=question), values=values):
            named = [(value, f"{pointer}/values/{n}") for n, value in enumerate(values) if isinstance(value, int)]
        case Compare(left=AnswerOf(question=question), test="eq" | "ne", right=Constant(value=int(value))):
            named = [(value, f"{pointer}/right/value")]
        case Compare(left=Constant(value=int(value)), test="eq" | "ne", right=AnswerOf(question=question)):
            named = [(value, f"{pointer}/left/value")]
        case _:
            return
    versions = v.versions.get(question, ())
    if not versions or any(isinstance(version, Open | Info) for version in versions):
        return
    known = frozenset[int]().union(*(codes(version) for version in versions))
    for code, where in named:
        if code not in known and not any(_in_range(version, code) for version in versions):
            kind = "out_of_range" if is_number(versions[0]) else "unknown_code"
            yield error(kind, where, f"{question} has no answer with code {code}.")


def _in_range(question: AnyQuestion, number: int) -> bool:
    return isinstance(question, Numeric | Slider) and question.minimum <= number <= question.maximum


def _comparison(v: View, node: AnyCondition, pointer: str) -> Iterator[Finding]:
    """Numbers are compared with numbers and texts for equality only; anything else is never true."""
    if not isinstance(node, Compare):
        return
    kinds = [_kind(v, node.left), _kind(v, node.right)]
    if "several" in kinds:
        message = "An answer of several codes cannot be compared; use `has`, `chosen` or a row."
        yield error("incomparable", pointer, message)
    elif set(kinds) == {"text", "number"}:
        yield error("incomparable", pointer, "A text is compared with a number, which is never true.")
    elif node.test in ORDERED and "text" in kinds:
        yield error("incomparable", pointer, "Texts have no order; compare them with = or !=.")


def _kind(v: View, term: AnyTerm) -> str:
    """`number`, `text`, `several`, or empty when that is not known."""
    if isinstance(term, Constant):
        return "text" if isinstance(term.value, str) else "number"
    if not isinstance(term, AnswerOf):
        return "text" if term.__struct_config__.tag == "profile" else "number"
    target = v.by_key.get(term.question)
    if target is None or isinstance(target.question, Info):
        return ""
    if isinstance(target.question, Multi | Ranking) or (isinstance(target.question, Matrix | MaxDiff) and not term.row):
        return "several"
    return "text" if isinstance(target.question, Open) else "number"


def carried(v: View) -> Iterator[Finding]:
    """Options come from an earlier question that has such codes."""
    for one in (*v.placed, *v.replacing):
        question = one.question
        if not isinstance(question, Single | Multi | Ranking) or question.options_from is None:
            continue
        where = f"{one.pointer}/options_from"
        if isinstance(question, Ranking) and question.options_from == "concerns":
            continue
        target = v.by_key.get(question.options_from)
        if target is None:
            yield _unknown(question.key, question.options_from, where)
            continue
        yield from _order(v, question.key, one.page, target, where, same_page=False)
        moving = {option.code for option in question.options if not option.pinned and not option.missing}
        if not moving & codes(target.question):
            message = f"No option of {question.key} has a code of {target.question.key}, so none is carried forward."
            yield error("nothing_carried", where, message)


def concerns(v: View) -> Iterator[Finding]:
    """A ranking of concerns offers concerns that are asked about."""
    asked = {
        one.question.text for one in v.placed if isinstance(one.question, Likert) and one.question.report == "concern"
    }
    for one in (*v.placed, *v.replacing):
        if not isinstance(one.question, Ranking) or one.question.options_from != "concerns":
            continue
        for index, option in enumerate(one.question.options):
            if option.label not in asked:
                message = "No concern item has this text, so this option can never be carried forward."
                yield error("unknown_question", f"{one.pointer}/options/{index}", message)


def slots(v: View) -> Iterator[Finding]:
    """`{Q_KEY}` in a text names an earlier question whose answer has a label; every language has the same slots."""
    for one in (*v.placed, *v.replacing):
        for place in ("text", "stem", "hint"):
            text: Localised | None = getattr(one.question, place)
            if text is None or ("{" not in text.nl and "{" not in text.en):
                continue
            where = f"{one.pointer}/{place}"
            dutch = dict.fromkeys(SLOT.findall(text.nl))
            if text.en.strip() and set(SLOT.findall(text.en)) != set(dutch):
                yield warning("slots_differ", f"{where}/en", "The English text does not have the slots of the Dutch.")
            for key in dutch:
                yield from _slot(v, one, key, f"{where}/nl")


def _slot(v: View, one: Placed, key: str, where: str) -> Iterator[Finding]:
    target = v.by_key.get(key)
    if target is None:
        yield _unknown(one.question.key, key, where)
        return
    if not options(target.question) or is_number(target.question) or _rows(target.question):
        message = f"The answer to {key} has no label to fill in; what somebody typed is never shown in a question."
        yield error("slot_without_label", where, message)
    yield from _order(v, one.question.key, one.page, target, where, same_page=False)


def jumps(v: View) -> Iterator[Finding]:
    """Jumps go to a later page, in every arm."""
    blocks = {page.key: page.block for page in v.q.pages}
    for number, page in enumerate(v.q.pages):
        for index, jump in enumerate(page.next):
            where = f"/pages/{number}/next/{index}/to"
            if any(earlier.when is None for earlier in page.next[:index]):
                yield warning("never_followed", f"/pages/{number}/next/{index}", "The jump before is always followed.")
            if jump.to == "end":
                continue
            if jump.to not in blocks:
                yield error("unknown_page", where, f"There is no page {jump.to}.")
            elif any(order[jump.to] <= order[page.key] for order in v.orders):
                yield error("backward_jump", where, f"{jump.to} does not come after {page.key} in every arm.")
            elif blocks[jump.to] in v.q.shuffled_blocks:
                message = f"The pages of block {blocks[jump.to]} come in random order, so chance decides what is left"
                kind = error if blocks[jump.to] == page.block else warning
                yield kind("jump_into_shuffled", where, message + " out.")


RULES = (conditions, carried, concerns, slots, jumps)
