"""Judges conditions in three-valued logic (Kleene, 1938): true, false, or None for unknown.

Total: whatever the answers hold, a condition gives one of the three and never fails.
"""

from collections.abc import Iterator, Mapping, Sequence

from samenspraak.types.expressions import (
    AllOf,
    Answered,
    AnswerOf,
    AnyCondition,
    AnyOf,
    AnyTerm,
    Chosen,
    Compare,
    Constant,
    Count,
    Has,
    InArm,
    Not,
    OneOf,
    Profile,
)
from samenspraak.types.questionnaire import AnswerValue

from surveys.models import Respondent

Given = Mapping[str, AnswerValue]
Truth = bool | None
Value = int | float | str | None


def holds(condition: AnyCondition, who: Respondent, answers: Given) -> Truth:
    """Whether a condition is true of this person with these answers; None when an answer it needs is missing."""
    match condition:
        case Compare():
            return _compare(term(condition.left, who, answers), condition.test, term(condition.right, who, answers))
        case OneOf():
            return _one_of(condition, who, answers)
        case Has():
            given = answers.get(condition.question)
            return None if _empty(given) else condition.code in _codes(given)
        case Answered():
            return not _empty(_given(answers, condition.question, condition.row))
        case InArm():
            return condition.key in (who.arm, *who.arm.split("/"))
        case AllOf():
            return _all([holds(part, who, answers) for part in condition.of])
        case AnyOf():
            inner = _all([_opposite(holds(part, who, answers)) for part in condition.of])
            return _opposite(inner)
        case Not():
            return _opposite(holds(condition.of, who, answers))


def term(one: AnyTerm, who: Respondent, answers: Given) -> Value:
    """The value of a term; None when it is not known, or no single value."""
    match one:
        case Constant():
            return one.value
        case Profile():
            return who.profile.get(one.field)
        case AnswerOf():
            value = _given(answers, one.question, one.row)
            return value if isinstance(value, int | float | str) and value != "" else None
        case Chosen():
            given = answers.get(one.question)
            return None if given is None else len(_codes(given))
        case Count():
            return sum(holds(part, who, answers) is True for part in one.of)


def reads(condition: AnyCondition) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Every question that a condition looks at, with the codes it compares with, in order of appearance."""
    match condition:
        case OneOf(term=AnswerOf(question=question), values=values):
            yield question, tuple(value for value in values if isinstance(value, int))
        case OneOf(term=one):
            yield from _read_by(one)
        case Has(question=question, code=code):
            yield question, (code,)
        case Answered(question=question):
            yield question, ()
        case Compare(left=left, right=right):
            yield from _read_by(left)
            yield from _read_by(right)
        case AllOf(of=parts) | AnyOf(of=parts):
            for part in parts:
                yield from reads(part)
        case Not(of=part):
            yield from reads(part)


def _read_by(one: AnyTerm) -> Iterator[tuple[str, tuple[int, ...]]]:
    match one:
        case AnswerOf(question=question) | Chosen(question=question):
            yield question, ()
        case Count(of=parts):
            for part in parts:
                yield from reads(part)


def _compare(left: Value, test: str, right: Value) -> Truth:
    if isinstance(left, str) != isinstance(right, str) or left is None or right is None:
        return None
    if test in ("eq", "ne"):
        return (left == right) == (test == "eq")
    if isinstance(left, str) or isinstance(right, str):
        return None  # texts have no order that everybody shares
    return {"lt": left < right, "le": left <= right, "gt": left > right, "ge": left >= right}[test]


def _one_of(condition: OneOf, who: Respondent, answers: Given) -> Truth:
    """A multiple choice is one of the values when any chosen option is; a text is never compared with numbers."""
    if isinstance(condition.term, AnswerOf):
        given = answers.get(condition.term.question)
        if isinstance(given, list):
            return None if not given else any(code in condition.values for code in given)
    value = term(condition.term, who, answers)
    if value is None:
        return None
    alike = [one for one in condition.values if isinstance(one, str) == isinstance(value, str)]
    return value in alike if alike else None


def _given(answers: Given, question: str, row: str) -> AnswerValue:
    """The answer to a question, or on one row of a matrix; None where the answer has no such part."""
    given = answers.get(question)
    if not row:
        return given
    return given.get(row) if isinstance(given, dict) else None


def _codes(given: AnswerValue) -> Sequence[int]:
    if isinstance(given, list):
        return given
    if isinstance(given, dict):
        return tuple(given.values())
    return (given,) if isinstance(given, int) else ()


def _empty(given: object) -> bool:
    return given is None or given in ("", [], {})


def _all(parts: Sequence[Truth]) -> Truth:
    if False in parts:
        return False
    return None if None in parts else True


def _opposite(truth: Truth) -> Truth:
    return None if truth is None else not truth
