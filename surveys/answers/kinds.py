"""One judge for each kind of question."""

import re
from collections.abc import Mapping

from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Option,
    Questionnaire,
    Ranking,
    Slider,
    Statement,
)

from surveys import routing
from surveys.answers import fields
from surveys.answers.fields import Form, Partial, Wrong, given
from surveys.models import OptionsShown, Respondent
from surveys.wording import Code

Verdict = AnswerValue | Wrong | Partial

_PLACE = re.compile(r"[1-9][0-9]?")
_POSITIONS = {"1": 1, "-1": -1, "0": 0}


def judge(
    question: AnyQuestion, who: Respondent, form: Form, *, answers: Mapping[str, AnswerValue], q: Questionnaire
) -> Verdict:
    """The value to store, None when nothing was given, or what is wrong."""
    if isinstance(question, Matrix):
        return _matrix(question, who, form)
    if isinstance(question, MaxDiff):
        return _sets(question, who, form)
    if isinstance(question, Numeric | Slider):
        return _measure(question, form)
    shown = routing.options_shown(question, who, answers, q)
    if isinstance(question, Ranking):
        return _ranking(question.key, form, shown)
    values = given(form, question.key)
    if not values:
        return None
    if isinstance(question, Open):
        return _open(question, values)
    if isinstance(question, Statement):
        return _statement(values)
    return _several(question, values, shown) if isinstance(question, Multi) else fields.one(values, shown.options)


def missing(question: AnyQuestion) -> Code:
    """What to say when a question was left open."""
    if isinstance(question, Multi):
        return "missing_choice"
    if isinstance(question, Ranking):
        return "missing_place"
    return "missing_text" if isinstance(question, Open | Numeric | Slider) else "missing"


def _several(question: Multi, values: list[str], shown: OptionsShown) -> list[int] | Wrong:
    codes = fields.codes(values, shown.options)
    if codes is None:
        return Wrong("unknown_option")
    chosen = sorted(set(codes))
    ticked = [option for option in shown.options if option.code in chosen]
    for option in ticked:
        if option.exclusive and len(chosen) > 1:
            return Wrong("exclusive", option=option)
    if len(chosen) > shown.top:
        return Wrong("too_many", {"most": shown.top})
    least = min(question.minimum, len(shown.options))
    if len(chosen) < least and not any(option.exclusive or option.missing for option in ticked):
        return Wrong("too_few", {"least": least})
    return chosen


def _ranking(key: str, form: Form, shown: OptionsShown) -> list[int] | Wrong | None:
    """Codes from most important; a place left open between two others closes up."""
    places = sorted(int(name) for name in fields.under(form, key) if _PLACE.fullmatch(name))
    codes = fields.codes([value for place in places for value in given(form, f"{key}.{place}")], shown.options)
    if codes is None:
        return Wrong("unknown_option")
    for option in shown.options:
        if codes.count(option.code) > 1:
            return Wrong("same_twice", option=option)
    if len(codes) > shown.top:
        return Wrong("too_many", {"most": shown.top})
    return codes or None


def _matrix(question: Matrix, who: Respondent, form: Form) -> Verdict:
    if fields.under(form, question.key) - {row.key for row in question.rows}:
        return Wrong("unknown_row")
    value: dict[str, int] = {}
    for row in question.rows:
        sent = given(form, f"{question.key}.{row.key}")
        code = fields.one(sent, question.options) if sent else None
        if isinstance(code, Wrong):
            return code
        if code is not None:
            value[row.key] = code
    empty = tuple(row for row in routing.rows_shown(question, who) if row.key not in value)
    return Partial(value, Wrong("rows_open", rows=empty)) if value and empty else value or None


def _sets(question: MaxDiff, who: Respondent, form: Form) -> Verdict:
    """Best and worst of every set; numbers of sets count from 1 in the order shown."""
    shown = routing.sets_shown(question, who)
    names = {f"{number}.{end}": items for number, items in enumerate(shown, 1) for end in ("best", "worst")}
    if fields.under(form, question.key) - names.keys():
        return Wrong("unknown_option")
    value: dict[str, int] = {}
    for name, items in names.items():
        sent = given(form, f"{question.key}.{name}")
        code = fields.one(sent, items) if sent else None
        if isinstance(code, Wrong):
            return code
        if code is not None:
            value[name] = code
    for number in range(1, len(shown) + 1):
        if (best := value.get(f"{number}.best")) is not None and best == value.get(f"{number}.worst"):
            return Wrong("best_is_worst", {"set": number})
    empty = sorted({int(name.split(".")[0]) for name in names if name not in value})
    if value and empty:
        return Partial(value, Wrong("sets_open", {"sets": ", ".join(map(str, empty))}))
    return value or None


def _measure(question: Numeric | Slider, form: Form) -> float | Wrong | None:
    """A number, or an answer that stands beside it, but not both."""
    values, beside = given(form, question.key), given(form, f"{question.key}.none")
    if not beside:
        return _number(question, values) if values else None
    code = fields.one(beside, question.options)
    if values and not isinstance(code, Wrong):
        return Wrong("number_and_option", option=_named(question.options, code))
    return code


def _number(question: Numeric | Slider, values: list[str]) -> float | Wrong:
    if isinstance(question, Slider):
        number = fields.number(values, 0)
    elif question.format == "year":
        number = fields.year(values)
    else:
        number = fields.number(values, question.decimals)
    if isinstance(number, Wrong):
        return number
    if not question.minimum <= number <= question.maximum:
        return Wrong("out_of_range", {"least": question.minimum, "most": question.maximum})
    if isinstance(question, Slider) and (number - question.minimum) % question.step:
        return Wrong("off_step", {"least": question.minimum, "step": question.step})
    return number


def _open(question: Open, values: list[str]) -> str | Wrong | None:
    written = fields.text(values, question.max_chars)
    if not isinstance(written, str) or not question.format:
        return written
    return fields.postcode(written) if question.format == "postcode" else fields.postcode4(written)


def _statement(values: list[str]) -> int | Wrong:
    if not _POSITIONS.keys() >= set(values):
        return Wrong("unknown_option")
    return _POSITIONS[values[0]] if len(set(values)) == 1 else Wrong("one_only")


def _named(options: tuple[Option, ...], code: int) -> Option:
    return next(option for option in options if option.code == code)
