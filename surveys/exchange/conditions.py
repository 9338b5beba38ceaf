"""Reads conditions written for other survey software: `relevant` of XLSForm and `visibleIf` of SurveyJS.

Both are read by one grammar; only a question is named differently (`${age}`, `{age}`). A comparison with a question
that was not answered is unknown here, and the question that depends on it is not shown.
"""

import re
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from samenspraak.types.expressions import (
    MOST_DEEP,
    AllOf,
    Answered,
    AnswerOf,
    AnyCondition,
    AnyOf,
    Chosen,
    Compare,
    Constant,
    Has,
    Not,
    OneOf,
)

XLSFORM = re.compile(r"\s*\$\{(?P<name>[^{}]+)\}")
SURVEYJS = re.compile(r"\s*\{(?P<name>[^{}]+)\}")
LONGEST = 2000
"""Characters in one condition."""

Test = Literal["eq", "ne", "lt", "le", "gt", "ge"]
TESTS: Mapping[str, Test] = {
    "=": "eq", "==": "eq", "!=": "ne", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
}  # fmt: skip
MIRRORED: Mapping[Test, Test] = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^']*'|"[^"]*")|(?P<number>-?\d{1,12}(?:\.\d{1,6})?)"""
    r"""|(?P<mark><>|!=|<=|>=|==|&&|\|\||[=<>()\[\],!])|(?P<word>[A-Za-z][A-Za-z_-]*))"""
)


class Unreadable(Exception):
    """A condition outside the subset; the message says what to write in its place."""


class Asked(NamedTuple):
    """What a condition may know of an earlier question."""

    key: str
    kind: Literal["single", "number", "multi", "ranking", "text", "matrix"]
    codes: Mapping[str, int] = {}
    """Name of an option in the file -> its code."""
    rows: Mapping[str, str] = {}
    """Name of a row in the file -> its key."""


class _Token(NamedTuple):
    kind: str
    text: str


class _Reference(NamedTuple):
    asked: Asked
    row: str = ""
    counts: bool = False
    """How many options were chosen, in place of which."""


def read(text: str, reference: re.Pattern[str], asked: Mapping[str, Asked]) -> AnyCondition:
    """The condition in our own terms.

    Args:
        reference: how a question is named, `XLSFORM` or `SURVEYJS`.
        asked: the questions before this one, by their name in the file.

    Raises:
        Unreadable: something outside the subset, an unknown question or an unknown option.
    """
    if len(text) > LONGEST:
        raise Unreadable(f"The condition is longer than {LONGEST} characters; make it shorter.")
    parser = _Parser(_tokens(text, reference), asked)
    condition = parser.any_of()
    parser.end()
    return condition


def _tokens(text: str, reference: re.Pattern[str]) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = reference.match(text, place)
        if match:
            found.append(_Token("question", match["name"].strip()))
        else:
            match = _TOKEN.match(text, place)
            if match is None:
                odd = text[place : place + 20].strip()
                raise Unreadable(f"`{odd}` is not understood; use =, !=, <, >, and, or, not, selected().")
            kind = str(match.lastgroup)
            found.append(_Token(kind, match[kind][1:-1] if kind == "text" else match[kind]))
        place = match.end()
    return found


class _Parser:
    """Recursive descent over `or`, `and`, `not` and comparisons, in that order of binding."""

    def __init__(self, tokens: list[_Token], asked: Mapping[str, Asked]) -> None:
        self._tokens = tokens
        self._asked = asked
        self._at = 0
        self._depth = 0

    def any_of(self) -> AnyCondition:
        self._depth += 1
        if self._depth > MOST_DEEP - 2:
            raise Unreadable("The condition nests too deep; make it simpler.")
        parts = self._parts(self._all_of, "or", "||")
        self._depth -= 1
        return parts[0] if len(parts) == 1 else AnyOf(of=tuple(parts))

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise Unreadable(f"`{self._tokens[self._at].text}` is not expected there.")

    def _all_of(self) -> AnyCondition:
        parts = self._parts(self._single, "and", "&&")
        return parts[0] if len(parts) == 1 else AllOf(of=tuple(parts))

    def _parts(self, part: Callable[[], AnyCondition], *joined: str) -> list[AnyCondition]:
        found = [part()]
        while self._next() in joined:
            self._take()
            found.append(part())
        return found

    def _single(self) -> AnyCondition:
        word = self._next()
        if word in ("not", "!"):
            self._take()
            self._expect("(")
            inner = self.any_of()
            self._expect(")")
            return Not(of=inner)
        if word == "(":
            self._take()
            inner = self.any_of()
            self._expect(")")
            return inner
        if word == "selected":
            return self._selected()
        return self._comparison()

    def _selected(self) -> AnyCondition:
        self._take()
        self._expect("(")
        question = self._question()
        self._expect(",")
        value = self._literal()
        self._expect(")")
        return _has(question.asked, value)

    def _comparison(self) -> AnyCondition:
        if self._kind() in ("text", "number"):
            value = self._literal()
            test = MIRRORED[self._test()]
            return _compare(self._term(), test, value)
        question = self._term()
        word = self._next().lower()
        if word in ("empty", "notempty"):
            self._take()
            answered = Answered(question=question.asked.key, row=question.row)
            return answered if word == "notempty" else Not(of=answered)
        if word in ("contains", "notcontains"):
            self._take()
            has = _has(question.asked, self._literal())
            return has if word == "contains" else Not(of=has)
        if word == "anyof":
            self._take()
            return _one_of(question, self._list())
        return _compare(question, self._test(), self._literal())

    def _term(self) -> _Reference:
        if self._next() != "count-selected":
            return self._question()
        self._take()
        self._expect("(")
        question = self._question()
        self._expect(")")
        if question.asked.kind not in ("multi", "ranking"):
            raise Unreadable("count-selected() counts the options of a multiple choice.")
        return question._replace(counts=True)

    def _question(self) -> _Reference:
        if self._kind() != "question":
            raise Unreadable(f"A question is expected in place of `{self._next() or 'the end'}`.")
        name = self._take().text
        if name in self._asked:
            return _Reference(self._asked[name])
        before, _, row = name.partition(".")
        found = self._asked.get(before)
        if found is not None and row in found.rows:
            return _Reference(found, found.rows[row])
        if found is not None and row == "length" and found.kind in ("multi", "ranking"):
            return _Reference(found, counts=True)
        raise Unreadable(f"No question before this one is called {name}.")

    def _literal(self) -> str:
        if self._kind() in ("text", "number") or self._next() in ("true", "false"):
            return self._take().text
        raise Unreadable("A question can be compared with a number or a text between quotes only.")

    def _list(self) -> list[str]:
        self._expect("[")
        values = [self._literal()]
        while self._next() == ",":
            self._take()
            values.append(self._literal())
        self._expect("]")
        return values

    def _test(self) -> Test:
        mark = self._next()
        if mark not in TESTS:
            raise Unreadable(f"One of {', '.join(TESTS)} is expected in place of `{mark or 'the end'}`.")
        self._take()
        return TESTS[mark]

    def _kind(self) -> str:
        return self._tokens[self._at].kind if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        """The next mark or word; empty before a question, a value or the end."""
        return self._tokens[self._at].text if self._kind() in ("mark", "word") else ""

    def _take(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, mark: str) -> None:
        if self._next() != mark:
            raise Unreadable(f"`{mark}` is missing.")
        self._take()


def _compare(question: _Reference, test: Test, value: str) -> AnyCondition:
    asked = question.asked
    if question.counts:
        return Compare(left=Chosen(question=asked.key), test=test, right=Constant(value=_number(value)))
    if value == "" and test in ("eq", "ne"):
        answered = Answered(question=asked.key, row=question.row)
        return answered if test == "ne" else Not(of=answered)
    if asked.kind in ("multi", "ranking"):
        raise Unreadable(f"{asked.key} has several answers: use selected() in XLSForm, `contains` in SurveyJS.")
    if asked.kind == "matrix" and not question.row:
        raise Unreadable(f"{asked.key} has several rows: name one, as in {{{asked.key}.row}}.")
    return Compare(
        left=AnswerOf(question=asked.key, row=question.row), test=test, right=Constant(value=_value(asked, test, value))
    )


def _value(asked: Asked, test: Test, value: str) -> int | float | str:
    if asked.kind == "text":
        if test not in ("eq", "ne"):
            raise Unreadable(f"{asked.key} is a text, which is neither smaller nor greater than another.")
        return value
    if asked.kind == "number":
        return _number(value)
    if test not in ("eq", "ne") and any(name != str(code) for name, code in asked.codes.items()):
        raise Unreadable(f"The options of {asked.key} have names, not numbers, so < and > say nothing; name each.")
    if test not in ("eq", "ne"):
        return _number(value)
    return _code(asked, value)


def _has(asked: Asked, value: str) -> AnyCondition:
    if asked.kind in ("multi", "ranking"):
        return Has(question=asked.key, code=_code(asked, value))
    if asked.kind == "single":
        return Compare(left=AnswerOf(question=asked.key), test="eq", right=Constant(value=_code(asked, value)))
    raise Unreadable(f"{asked.key} has no options that could be selected.")


def _one_of(question: _Reference, values: list[str]) -> AnyCondition:
    asked = question.asked
    if asked.kind in ("number", "text") or (asked.kind == "matrix" and not question.row):
        raise Unreadable(f"`anyof` needs a question with options; {asked.key} has none.")
    codes = tuple(_code(asked, value) for value in values)
    return OneOf(term=AnswerOf(question=asked.key, row=question.row), values=codes)


def _code(asked: Asked, value: str) -> int:
    if value not in asked.codes:
        known = ", ".join(list(asked.codes)[:20])
        raise Unreadable(f"{asked.key} has no option {value}; it has {known}.")
    return asked.codes[value]


def _number(value: str) -> int | float:
    try:
        number = float(value)
    except ValueError as error:
        raise Unreadable(f"A number is expected in place of {value[:20]}.") from error
    return int(number) if number.is_integer() else number
