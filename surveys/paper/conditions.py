"""What is left of a condition on paper: true, false, or a condition that the respondent can judge.

Arm and profile are known when a form is made, so what they decide is decided. Negations are pushed to the atoms (De
Morgan holds in three-valued logic); what is then unknown for good, as an answer to a question that is not on the form,
can never become true and counts as false.
"""

from collections.abc import Container, Sequence

from msgspec.structs import replace
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

from surveys.expressions import holds, term
from surveys.models import Respondent

Left = AnyCondition | bool
_INVERSE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
_MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}


def resolve(condition: AnyCondition, who: Respondent, printed: Container[str], *, specimen: bool = False) -> Left:
    """What a reader must still judge.

    Args:
        printed: keys of the questions on the form.
        specimen: nobody is known, so that what the profile decides stays a condition.
    """
    return _resolve(condition, who, printed, specimen, negated=False)


def _resolve(condition: AnyCondition, who: Respondent, printed: Container[str], specimen: bool, negated: bool) -> Left:
    match condition:
        case Not():
            return _resolve(condition.of, who, printed, specimen, not negated)
        case AllOf() | AnyOf():
            parts = [_resolve(part, who, printed, specimen, negated) for part in condition.of]
            return together(parts, every=isinstance(condition, AllOf) != negated)
        case InArm():
            return (holds(condition, who, {}) is True) != negated
        case Answered():
            return _signed(condition, negated) if condition.question in printed else negated
        case Has():
            return _signed(condition, negated) if condition.question in printed else False
        case OneOf():
            return _one_of(condition, who, printed, specimen, negated)
        case Compare():
            return _compare(condition, who, printed, specimen, negated)


def together(parts: Sequence[Left], *, every: bool) -> Left:
    """All of the parts, or any; what is settled falls out."""
    if (not every) in parts:
        return not every
    left = tuple(part for part in parts if not isinstance(part, bool))
    if len(left) < 2:
        return left[0] if left else every
    return AllOf(of=left) if every else AnyOf(of=left)


def _signed(condition: AnyCondition, negated: bool) -> AnyCondition:
    return Not(of=condition) if negated else condition


def _one_of(condition: OneOf, who: Respondent, printed: Container[str], specimen: bool, negated: bool) -> Left:
    if isinstance(condition.term, Profile) and specimen:
        return _signed(condition, negated)
    if isinstance(condition.term, Profile | Constant):
        return holds(_signed(condition, negated), who, {}) is True
    readable = not isinstance(condition.term, AnswerOf | Chosen) or condition.term.question in printed
    return _signed(condition, negated) if readable else False


def _compare(condition: Compare, who: Respondent, printed: Container[str], specimen: bool, negated: bool) -> Left:
    left, right = (_term(one, who, printed, specimen) for one in (condition.left, condition.right))
    if left is None or right is None:
        return False
    test = _INVERSE[condition.test] if negated else condition.test
    if isinstance(left, Constant) and not isinstance(right, Constant):
        left, right, test = right, left, _MIRRORED[test]
    compared = replace(condition, left=left, test=test, right=right)
    if isinstance(left, Constant):
        return holds(compared, who, {}) is True
    return _counted(compared) if isinstance(left, Count) and isinstance(right, Constant) else compared


def _term(one: AnyTerm, who: Respondent, printed: Container[str], specimen: bool) -> AnyTerm | None:
    """The term with what is known filled in; None: it will never have a value."""
    match one:
        case Profile():
            value = term(one, who, {})
            return one if specimen else None if value is None else Constant(value=value)
        case AnswerOf() | Chosen():
            return one if one.question in printed else None
        case Count():
            return _count(one, who, printed, specimen)
        case Constant():
            return one


def _count(one: Count, who: Respondent, printed: Container[str], specimen: bool) -> Count | Constant:
    """The parts that are still open; those known to be true stay as a part that is always true."""
    parts = [_resolve(part, who, printed, specimen, negated=False) for part in one.of]
    left = tuple(part for part in parts if not isinstance(part, bool))
    true = sum(part is True for part in parts)
    if not left:
        return Constant(value=true)
    return Count(of=(*left, *(_TRUE for _ in range(true))))


_TRUE = Compare(left=Constant(value=1), test="eq", right=Constant(value=1))


def _counted(compared: Compare) -> Left:
    """A count of open parts against a number: those that are always true are taken off on both sides."""
    assert isinstance(compared.left, Count)
    assert isinstance(compared.right, Constant)
    left = tuple(part for part in compared.left.of if part != _TRUE)
    true, aim = len(compared.left.of) - len(left), compared.right.value
    if isinstance(aim, str):
        return False
    return replace(compared, left=Count(of=left), right=Constant(value=aim - true))
