"""The text form of the conditions of a questionnaire: read, written, and measured before anything is decoded.

    from samenspraak.expressions import parse, write

    condition = parse('CD_ALL has 3 and not (AGE < 18 or TRUST["police"] in (1, 2))')
    assert parse(write(condition)) == condition

=========================  ==================================================================
`AGE >= 18`                a comparison with =, !=, <, <=, > or >=
`VT_MAIN in (1, 2)`        the answer is one of these
`CD_ALL has 3`             this option is among those chosen or ranked
`answered(AGE)`            there is an answer
`arm("value_first")`       the person is in this arm, order or variant
`not a`, `a and b`, `a or b`  in this order of precedence; brackets change it
`TRUST["police"]`          the answer on one row of a matrix
`chosen(CD_ALL)`           how many options were chosen
`count(A = 1, B = 1)`      how many of these conditions are true
`profile.age3`             what is known of the person beforehand
`3`, `2.5`, `"65+"`        a number or a text; texts are written as in JSON
=========================  ==================================================================
"""

import json
import math
import re
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeVar, get_args

from samenspraak.types.expressions import (
    MOST_DEEP,
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
    ProfileField,
)

__all__ = ["LONGEST_TEXT", "ExpressionFault", "depth_of", "parse", "write"]

LONGEST_TEXT = 20_000
"""Most characters of a condition in text form."""

T = TypeVar("T")
Test = Literal["eq", "ne", "lt", "le", "gt", "ge"]

_SIGNS: dict[Test, str] = {"eq": "=", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_TESTS: dict[str, Test] = {sign: test for test, sign in _SIGNS.items()}
_FIELDS: tuple[str, ...] = get_args(ProfileField)
_TOO_DEEP = f"conditions lie in each other at most {MOST_DEEP} levels deep; this one lies deeper."
_WORDS = {"and", "or", "not", "in", "has", "answered", "chosen", "count", "arm", "profile"}
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
      | (?P<text>"(?:[^"\\\x00-\x1f]|\\.)*")
      | (?P<key>[A-Z][A-Z0-9_]{1,39}(?![A-Za-z0-9_]))
      | (?P<word>[a-z_][a-z0-9_]*)
      | (?P<sign><=|>=|!=|[=<>()\[\],.])
    )""",
    re.VERBOSE,
)


class ExpressionFault(ValueError):
    """A text that is no condition. `position` counts characters from 1."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(f"Position {position}: {message}")
        self.position = position


class _Token(NamedTuple):
    kind: str
    """`number`, `text`, `key`, `word`, `sign`, or `end`."""
    written: str
    at: int
    """From 0."""


def parse(text: str) -> AnyCondition:
    """The condition that a text says.

    Raises:
        ExpressionFault: it says none; the message names the place, what was expected there and what was found.
    """
    if len(text) > LONGEST_TEXT:
        raise ExpressionFault(LONGEST_TEXT + 1, f"a condition has at most {LONGEST_TEXT} characters; this is longer.")
    reader = _Reader(_tokens(text))
    condition = reader.condition()
    if reader.now.kind != "end":
        raise reader.fault("`and`, `or` or the end of the condition")
    if _height(condition) > MOST_DEEP:
        raise ExpressionFault(1, _TOO_DEEP)
    return condition


def write(condition: AnyCondition) -> str:
    """The text form, with no more brackets than needed. An `and` or `or` of one condition is that condition."""
    match condition:
        case Compare():
            return f"{_term(condition.left)} {_SIGNS[condition.test]} {_term(condition.right)}"
        case OneOf():
            return f"{_term(condition.term)} in ({', '.join(map(_value, condition.values))})"
        case Has():
            return f"{condition.question} has {condition.code}"
        case Answered():
            return f"answered({_place(condition.question, condition.row)})"
        case InArm():
            return f"arm({_value(condition.key)})"
        case AllOf(of=(only,)) | AnyOf(of=(only,)):
            return write(only)
        case AllOf():
            return " and ".join(_within(part, AllOf, AnyOf) for part in condition.of)
        case AnyOf():
            return " or ".join(_within(part, AnyOf) for part in condition.of)
        case Not():
            return f"not {_within(condition.of, AllOf, AnyOf)}"


def depth_of(raw: bytes) -> int:
    """How deep the objects and lists of a JSON text lie in each other, without decoding it.

    Takes time in proportion to the length, whatever the text holds; brackets inside strings do not count, and a string
    that never ends reaches to the end.
    """
    deepest = level = 0
    for byte in _NO_BRACKET.sub(b"", raw):
        if byte in b"[{":
            level += 1
            deepest = max(deepest, level)
        else:
            level -= 1
    return deepest


_NO_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[^"\[\]{}]++', re.DOTALL)


class _Reader:
    """Recursive descent over the tokens of one condition."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.level = 0

    @property
    def now(self) -> _Token:
        return self.tokens[self.place]

    def condition(self) -> AnyCondition:
        parts = [self._all()]
        while self._take("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else AnyOf(of=tuple(parts))

    def _all(self) -> AnyCondition:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else AllOf(of=tuple(parts))

    def _one(self) -> AnyCondition:
        if self._take("not"):
            return Not(of=self._deeper(self._one))
        if self._take("("):
            inner = self._deeper(self.condition)
            self._need(")")
            return inner
        if self._take("answered"):
            return self._called(self._answered)
        if self._take("arm"):
            return self._called(lambda: InArm(key=self._text("the key of an arm in quotes", most=60)))
        return self._comparison()

    def _comparison(self) -> AnyCondition:
        start = self.now
        if start.kind == "end":
            raise self.fault("a condition")
        left = self._term("a condition")
        sign = self.now
        if sign.written in _TESTS:
            self.place += 1
            return Compare(left=left, test=_TESTS[sign.written], right=self._term("a number, a text or a question"))
        if self._take("in"):
            return OneOf(term=left, values=self._called(self._values))
        if sign.written == "has" and isinstance(left, AnswerOf) and not left.row:
            self.place += 1
            return Has(question=left.question, code=self._whole_number())
        after = self.tokens[self.place - 1].written
        signs = "=, !=, <, <=, >, >=, `in` or `has`" if isinstance(left, AnswerOf) else "=, !=, <, <=, >, >= or `in`"
        raise self.fault(f"{signs} after `{after}`")

    def _term(self, expected: str) -> AnyTerm:
        token = self.now
        if token.kind == "key":
            question, row = self._question()
            return AnswerOf(question=question, row=row)
        if token.kind == "number":
            self.place += 1
            return Constant(value=_number(token))
        if token.kind == "text":
            return Constant(value=self._text("a text in quotes", most=LONGEST_TEXT))
        if self._take("profile"):
            return self._profile()
        if self._take("chosen"):
            return self._called(lambda: Chosen(question=self._key()))
        if self._take("count"):
            return self._called(lambda: Count(of=self._deeper(self._conditions)))
        raise self.fault(expected)

    def _answered(self) -> Answered:
        question, row = self._question()
        return Answered(question=question, row=row)

    def _question(self) -> tuple[str, str]:
        question, row = self._key(), ""
        if self._take("["):
            row = self._text("the key of a row in quotes", most=40, least=1)
            self._need("]")
        return question, row

    def _profile(self) -> Profile:
        self._need(".")
        token = self.now
        field = next((name for name in get_args(ProfileField) if name == token.written), None)
        if field is None:
            raise self.fault(f"one of {', '.join(_FIELDS)}")
        self.place += 1
        return Profile(field=field)

    def _conditions(self) -> tuple[AnyCondition, ...]:
        parts = [self.condition()]
        while self._take(","):
            parts.append(self.condition())
        return tuple(parts)

    def _values(self) -> tuple[int | str, ...]:
        values = [self._one_value()]
        while self._take(","):
            values.append(self._one_value())
        return tuple(values)

    def _one_value(self) -> int | str:
        if self.now.kind == "text":
            return self._text("a text in quotes", most=LONGEST_TEXT)
        return self._whole_number("a whole number or a text in quotes")

    def _whole_number(self, expected: str = "a whole number") -> int:
        token = self.now
        value = _number(token) if token.kind == "number" else None
        if not isinstance(value, int):
            raise self.fault(expected)
        self.place += 1
        return value

    def _key(self) -> str:
        token = self.now
        if token.kind != "key":
            raise self.fault("the key of a question, in capitals")
        self.place += 1
        return token.written

    def _text(self, expected: str, *, most: int, least: int = 0) -> str:
        token = self.now
        if token.kind != "text":
            raise self.fault(expected)
        try:
            value = str(json.loads(token.written))
            value.encode()
        except ValueError:
            raise ExpressionFault(token.at + 1, f"the text {token.written} is not written as in JSON.") from None
        if not least <= len(value) <= most:
            raise self.fault(f"{expected}, of {least} to {most} characters")
        self.place += 1
        return value

    def _called(self, inner: Callable[[], T]) -> T:
        self._need("(")
        value = inner()
        self._need(")")
        return value

    def _deeper(self, inner: Callable[[], T]) -> T:
        self.level += 1
        if self.level > MOST_DEEP:
            raise ExpressionFault(self.now.at + 1, _TOO_DEEP)
        value = inner()
        self.level -= 1
        return value

    def _take(self, written: str) -> bool:
        found = self.now.kind in ("word", "sign") and self.now.written == written
        self.place += found
        return found

    def _need(self, written: str) -> None:
        if not self._take(written):
            raise self.fault(f"`{written}`")

    def fault(self, expected: str) -> ExpressionFault:
        token = self.now
        found = "the text ends" if token.kind == "end" else f"`{token.written}` was found"
        return ExpressionFault(token.at + 1, f"expected {expected}; {found}.")


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            raise ExpressionFault(at + 1, _unread(text, at))
        kind = str(found.lastgroup)
        token = _Token(kind, found[kind], found.start(kind))
        named = bool(tokens) and tokens[-1].written == "."
        if kind == "word" and not named and token.written not in _WORDS:
            raise ExpressionFault(token.at + 1, f"`{token.written}` is no word of conditions; keys are in capitals.")
        tokens.append(token)
        place = found.end()
    return [*tokens, _Token("end", "", end)]


def _unread(text: str, at: int) -> str:
    if text[at] == '"':
        return "a text starts here and has no closing quote on its line."
    return f"`{text[at : at + 20]}` starts nothing that belongs in a condition."


def _number(token: _Token) -> int | float:
    digits = token.written
    whole = re.fullmatch(r"-?[0-9]{1,18}", digits) is not None
    value = int(digits) if whole else float(digits) if re.search(r"[.eE]", digits) else math.inf
    if math.isinf(value):
        raise ExpressionFault(token.at + 1, "this number is too large; whole ones have at most 18 digits.")
    return value


def _height(part: AnyCondition | AnyTerm) -> int:
    """How deep conditions lie in this one, itself included."""
    match part:
        case AllOf(of=parts) | AnyOf(of=parts) | Count(of=parts):
            return 1 + max(map(_height, parts))
        case Not(of=inner):
            return 1 + _height(inner)
        case Compare(left=left, right=right):
            return max(1, _height(left), _height(right))
        case OneOf(term=term):
            return max(1, _height(term))
        case _:
            return 1


def _within(part: AnyCondition, *bracketed: type) -> str:
    """A part of a condition; in brackets where it would be read otherwise."""
    while isinstance(part, AllOf | AnyOf) and len(part.of) == 1:
        part = part.of[0]
    return f"({write(part)})" if isinstance(part, bracketed) else write(part)


def _term(term: AnyTerm) -> str:
    match term:
        case AnswerOf():
            return _place(term.question, term.row)
        case Profile():
            return f"profile.{term.field}"
        case Constant():
            return _value(term.value)
        case Chosen():
            return f"chosen({term.question})"
        case Count():
            return f"count({', '.join(map(write, term.of))})"


def _place(question: str, row: str) -> str:
    return f"{question}[{_value(row)}]" if row else question


def _value(value: float | str) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
