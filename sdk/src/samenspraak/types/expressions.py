"""Conditions of a questionnaire: typed, total, without loops.

A condition is true, false or unknown (Kleene's three-valued logic): whatever compares an answer that was not given is
unknown, `not` of unknown is unknown, and a question whose condition is unknown is not shown. `Answered` alone is never
unknown. `samenspraak.expressions` reads and writes the text form: `CD_ALL has 3 and not AGE < 18`.
"""

from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Request

QuestionKey = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
ProfileField = Literal["sex", "age3", "education3", "landsdeel", "urbanity", "digital_skill"]
"""What a condition may know of a person before the first answer; nothing finer."""


class Expression(Request, tag_field="is", frozen=True, kw_only=True, omit_defaults=True):
    """Base of terms and conditions."""


class AnswerOf(Expression, tag="answer", frozen=True, kw_only=True):
    """The answer to a question; of a matrix, the answer on one row. Text form: `AGE`, `TRUST["police"]`."""

    question: QuestionKey
    row: Annotated[str, Meta(max_length=40)] = ""


class Profile(Expression, tag="profile", frozen=True, kw_only=True):
    """What the panel knows of the person. Text form: `profile.age3`."""

    field: ProfileField


class Constant(Expression, tag="constant", frozen=True, kw_only=True):
    """A number or a text. Text form: `3`, `2.5`, `"65+"`."""

    value: int | float | str


class Chosen(Expression, tag="chosen", frozen=True, kw_only=True):
    """How many options were chosen in a multiple choice or ranking. Text form: `chosen(CD_ALL)`."""

    question: QuestionKey


class Count(Expression, tag="count", frozen=True, kw_only=True):
    """How many of these conditions are true; unknown ones do not count. Text form: `count(A = 1, B = 1)`."""

    of: Annotated[tuple["AnyCondition", ...], Meta(min_length=1)]


class Compare(Expression, tag="compare", frozen=True, kw_only=True):
    """Two terms compared. Numbers compare with numbers and texts with texts; anything else is unknown.

    Text form: `AGE >= 18`, with =, !=, <, <=, > and >=.
    """

    left: "AnyTerm"
    test: Literal["eq", "ne", "lt", "le", "gt", "ge"]
    right: "AnyTerm"


class OneOf(Expression, tag="in", frozen=True, kw_only=True):
    """A term is one of these values. Text form: `VT_MAIN in (1, 2)`."""

    term: "AnyTerm"
    values: Annotated[tuple[int | str, ...], Meta(min_length=1)]


class Has(Expression, tag="has", frozen=True, kw_only=True):
    """An option is among those chosen or ranked. Text form: `CD_ALL has 3`."""

    question: QuestionKey
    code: int


class Answered(Expression, tag="answered", frozen=True, kw_only=True):
    """A question was answered; of a matrix, this row. Never unknown. Text form: `answered(AGE)`."""

    question: QuestionKey
    row: Annotated[str, Meta(max_length=40)] = ""


class InArm(Expression, tag="arm", frozen=True, kw_only=True):
    """The person is in this arm, order or variant. Never unknown. Text form: `arm("value_first")`."""

    key: Annotated[str, Meta(max_length=60)]


class AllOf(Expression, tag="all", frozen=True, kw_only=True):
    """Text form: `a and b`."""

    of: Annotated[tuple["AnyCondition", ...], Meta(min_length=1)]


class AnyOf(Expression, tag="any", frozen=True, kw_only=True):
    """Text form: `a or b`."""

    of: Annotated[tuple["AnyCondition", ...], Meta(min_length=1)]


class Not(Expression, tag="not", frozen=True, kw_only=True):
    """Text form: `not a`."""

    of: "AnyCondition"


AnyTerm = AnswerOf | Profile | Constant | Chosen | Count
AnyCondition = Compare | OneOf | Has | Answered | InArm | AllOf | AnyOf | Not

MOST_DEEP = 32
"""How deep conditions may lie in each other; checked before anything is decoded."""
