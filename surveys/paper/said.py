"""Conditions in words that go behind "only if" or "go to question 12 if": `you chose "No" at question 8`.

Written for the two languages a form is printed in. Questions are named by their number on the form, answers by their
label.
"""

from collections.abc import Sequence

from samenspraak.expressions import write
from samenspraak.types.base import Lang, Localised
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
    Not,
    OneOf,
)
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Matrix,
    Multi,
    Numeric,
    Open,
    Option,
    Ranking,
    Slider,
    Statement,
)

from surveys.expressions import holds
from surveys.filling import said
from surveys.models import Respondent
from surveys.paper.sheet import Sheet, letter
from surveys.paper.words import WORDS
from surveys.piping import piped

STATEMENT: tuple[tuple[int, str], ...] = ((1, "agree"), (-1, "disagree"), (0, "pass"))
"""The answers to a statement in the order in which they stand on paper, where they are numbered 1, 2, 3."""


def condition(one: AnyCondition, sheet: Sheet, lang: Lang) -> str:
    """A condition that `conditions.resolve` left, as the end of a sentence."""
    match one:
        case AllOf() | AnyOf():
            joined = f" {WORDS['and' if isinstance(one, AllOf) else 'or'][lang]} "
            return joined.join(_inside(part, sheet, lang) for part in one.of)
        case Not():
            return _atom(one.of, sheet, lang, no=True)
        case _:
            return _atom(one, sheet, lang, no=False)


def label(option: Option, sheet: Sheet, lang: Lang) -> str:
    """A label as it is quoted in a sentence."""
    return f"‘{text(option.label, sheet, lang)}’"


def text(words: Localised, sheet: Sheet, lang: Lang) -> str:
    """A text of the questionnaire on paper: where an earlier answer is piped in, the place of that answer."""
    plain = said(words, lang)
    for item in sheet.items:
        slot = f"{{{item.question.key}}}"
        if slot in plain:
            plain = plain.replace(slot, f"({WORDS['your_answer'][lang].format(number=item.number)})")
    return piped(plain, sheet.questionnaire, sheet.who, {}, lang)


def listed(words: Sequence[str], lang: Lang, last: str = "or") -> str:
    """`a, b or c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {WORDS[last][lang]} {words[-1]}"


def _inside(part: AnyCondition, sheet: Sheet, lang: Lang) -> str:
    told = condition(part, sheet, lang)
    return f"({told})" if isinstance(part, AllOf | AnyOf) else told


def _atom(one: AnyCondition, sheet: Sheet, lang: Lang, *, no: bool) -> str:
    match one:
        case Answered():
            return _say("filled_not" if no else "filled", lang, question=_named(one.question, one.row, sheet, lang))
        case Has():
            item = sheet.item(one.question)
            kind = "ranked" if item and isinstance(item.question, Ranking) else "ticked"
            return _chosen(kind, one.question, "", [one.code], sheet, lang, no=no)
        case OneOf(term=AnswerOf(question=key, row=row)):
            return _one_of(key, row, one.values, sheet, lang, no=no)
        case Compare():
            return _compare(one, sheet, lang)
        case _:
            return _say("profile", lang, condition=write(Not(of=one) if no else one))


def _one_of(key: str, row: str, values: Sequence[int | str], sheet: Sheet, lang: Lang, *, no: bool) -> str:
    item = sheet.item(key)
    kind = "ticked" if item and isinstance(item.question, Multi | Ranking) else "chose"
    if item is not None and isinstance(item.question, Open):
        numbers = listed([f"‘{value}’" for value in values], lang)
        return _say("ne" if no else "eq", lang, question=_named(key, row, sheet, lang), number=numbers)
    return _chosen(kind, key, row, [value for value in values if isinstance(value, int)], sheet, lang, no=no)


def _compare(one: Compare, sheet: Sheet, lang: Lang) -> str:
    if isinstance(one.right, Constant):
        match one.left:
            case AnswerOf():
                return _answer(one, one.left, one.right, sheet, lang)
            case Chosen():
                question = _named(one.left.question, "", sheet, lang)
                return _say(f"many_{one.test}", lang, question=question, number=one.right.value)
            case Count():
                parts = "; ".join(condition(part, sheet, lang) for part in one.left.of)
                return _say(f"of_{one.test}", lang, number=one.right.value, parts=parts)
            case _:
                return _say("profile", lang, condition=write(one))
    left, right = (_term(term, sheet, lang) for term in (one.left, one.right))
    return _say(f"terms_{one.test}", lang, left=left, right=right)


def _answer(one: Compare, left: AnswerOf, right: Constant, sheet: Sheet, lang: Lang) -> str:
    """An answer against a number: by the labels for which it is true, or by the number."""
    item = sheet.item(left.question)
    asked = item.question if item else None
    question = _named(left.question, left.row, sheet, lang)
    codes = _codes(asked)
    true = [code for code in codes if holds(one, Respondent(), _given(left, code)) is True]
    if isinstance(asked, Numeric | Slider | Open):
        told = _say(one.test, lang, question=question, number=right.value)
        labels = listed([_label(asked, code, sheet, lang) for code in true], lang)
        return _say("or_ticked", lang, told=told, labels=labels) if labels else told
    if len(true) > 1 and len(true) == len(codes) - 1:
        false = [code for code in codes if code not in true]
        return _chosen("chose", left.question, left.row, false, sheet, lang, no=True)
    return _chosen("chose", left.question, left.row, true, sheet, lang, no=False)


def _given(left: AnswerOf, code: int) -> dict[str, int | dict[str, int]]:
    return {left.question: {left.row: code} if left.row else code}


def _codes(asked: AnyQuestion | None) -> list[int]:
    if isinstance(asked, Statement):
        return [code for code, _ in STATEMENT]
    return [option.code for option in getattr(asked, "options", ())]


def _chosen(kind: str, key: str, row: str, codes: Sequence[int], sheet: Sheet, lang: Lang, *, no: bool) -> str:
    item = sheet.item(key)
    assert item is not None, "a condition that is left reads questions that are on the form"
    labels = listed([_label(item.question, code, sheet, lang) for code in codes], lang)
    return _say(f"{kind}_not" if no else kind, lang, question=_named(key, row, sheet, lang), labels=labels)


def _label(asked: AnyQuestion, code: int, sheet: Sheet, lang: Lang) -> str:
    if isinstance(asked, Statement):
        return f"‘{WORDS[dict(STATEMENT)[code]][lang]}’" if code in dict(STATEMENT) else str(code)
    options: Sequence[Option] = getattr(asked, "options", ())
    found = next((option for option in options if option.code == code), None)
    return label(found, sheet, lang) if found else str(code)


def _named(key: str, row: str, sheet: Sheet, lang: Lang) -> str:
    """`question 12`, and of one row of a table `question 12b`."""
    item = sheet.item(key)
    assert item is not None, "a condition that is left reads questions that are on the form"
    place = ""
    if row and isinstance(item.question, Matrix):
        place = next((letter(n) for n, one in enumerate(item.rows) if one.key == row), "")
    return _say("question", lang, number=f"{item.number}{place}")


def _term(one: AnyTerm, sheet: Sheet, lang: Lang) -> str:
    match one:
        case AnswerOf():
            return _say("answer", lang, question=_named(one.question, one.row, sheet, lang))
        case Chosen():
            return _say("many", lang, question=_named(one.question, "", sheet, lang))
        case Constant():
            return str(one.value)
        case _:
            return _say("profile", lang, condition=write(Compare(left=one, test="eq", right=one)))


def _say(key: str, lang: Lang, **slots: object) -> str:
    return WORDS[key][lang].format(**slots)
