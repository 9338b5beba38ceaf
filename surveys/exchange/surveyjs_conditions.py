"""Writes conditions in the language of SurveyJS, true for the same answers: what is unknown is not true."""

from collections.abc import Mapping, Sequence

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

Names = Mapping[tuple[str, int], str]
"""Question and code -> what SurveyJS calls that choice, where it is not the code (`other`, `none`)."""
_MARKS = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "le": "gt", "gt": "le"}


def visible_if(condition: AnyCondition, names: Names) -> str:
    """The condition as text. Of a person known beforehand it speaks as `{arm}` and `{profile_age3}`."""
    return _said(condition, True, names)


def _said(condition: AnyCondition, wanted: bool, names: Names) -> str:
    """True exactly where the condition is true (`wanted`), or where it is false; both untrue where it is unknown."""
    match condition:
        case AllOf():
            return joined([_said(part, wanted, names) for part in condition.of], "and" if wanted else "or")
        case AnyOf():
            return joined([_said(part, wanted, names) for part in condition.of], "or" if wanted else "and")
        case Not():
            return _said(condition.of, not wanted, names)
        case Answered():
            return f"{_name(condition.question, condition.row)} {'notempty' if wanted else 'empty'}"
        case InArm():
            return f"{{arm}} {'contains' if wanted else 'notcontains'} {_value(condition.key)}"
        case Has():
            name = _name(condition.question)
            code = _choice(condition.question, condition.code, names)
            return f"{name} contains {code}" if wanted else _known(name, f"notcontains {code}")
        case OneOf():
            return _one_of(condition, wanted, names)
        case Compare():
            test = condition.test if wanted else _OPPOSITE[condition.test]
            left, right = (
                _side(mine, other, names)
                for mine, other in ((condition.left, condition.right), (condition.right, condition.left))
            )
            said = f"{left} {_MARKS[test]} {right}"
            sides = [_answered(side) for side in (condition.left, condition.right) if isinstance(side, AnswerOf)]
            return said if test == "eq" else joined([*sides, said], "and")


def _one_of(condition: OneOf, wanted: bool, names: Names) -> str:
    term = _side(condition.term, condition.term, names)
    values = [_side(Constant(value=value), condition.term, names) for value in condition.values]
    if wanted:
        return f"{term} anyof [{', '.join(values)}]"
    parts = [f"{term} <> {value}" for value in values]
    return joined([*([_answered(condition.term)] if isinstance(condition.term, AnswerOf) else []), *parts], "and")


def _known(name: str, test: str) -> str:
    return f"({name} notempty and {name} {test})"


def _answered(term: AnswerOf) -> str:
    return f"{_name(term.question, term.row)} notempty"


def _side(term: AnyTerm, other: AnyTerm, names: Names) -> str:
    """One side of a comparison; a code beside the question it belongs to has the name of its choice."""
    match term:
        case AnswerOf():
            return _name(term.question, term.row)
        case Profile():
            return f"{{profile_{term.field}}}"
        case Constant():
            if isinstance(other, AnswerOf) and isinstance(term.value, int) and not other.row:
                return _choice(other.question, term.value, names)
            return _value(term.value)
        case Chosen():
            return f"{{{term.question}.length}}"
        case Count():
            return "(" + " + ".join(f"iif({visible_if(part, names)}, 1, 0)" for part in term.of) + ")"


def _name(question: str, row: str = "") -> str:
    return f"{{{question}.{row}}}" if row else f"{{{question}}}"


def _choice(question: str, code: int, names: Names) -> str:
    return _value(names.get((question, code), code))


def _value(value: int | float | str) -> str:
    return f"'{value}'".replace("\\", "") if isinstance(value, str) else str(value)


def joined(parts: Sequence[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else "(" + f" {word} ".join(parts) + ")"
