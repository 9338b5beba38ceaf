"""Judges one page of a form: strings in, stored values or faults in the respondent's language out.

Field names of a form, for a question `KEY`:

* a choice: `KEY` with the code as value, several times for a multiple choice; a statement: `KEY` with 1, -1 or 0;
* a text or number: `KEY`; an answer beside a number ("don't know"): `KEY.none` with its code;
* a matrix: `KEY.row` with the code; a ranking: `KEY.1`, `KEY.2`, ... from most important;
* a best-worst question: `KEY.1.best` and `KEY.1.worst`, and so on for every set;
* what is written in beside an option: `KEY.CODE.text`;
* `asked`: keys of the questions that are softly required and came back once.

Fields of other names are not looked at. All faults of a page are collected; each one's pointer is the question key, or
`KEY.CODE` for what was written in.
"""

from collections.abc import Mapping

from samenspraak.types.base import Language
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import AnswerValue, AnyQuestion, Info, Option, Page, Questionnaire

from surveys import routing
from surveys.answers.fields import Form, Partial, Wrong, given, text
from surveys.answers.kinds import judge, missing
from surveys.filling import said
from surveys.models import Checked, Respondent
from surveys.wording import TEXTS, Code

__all__ = ["CODES", "WRITE_IN", "Form", "check_page", "fault"]

CODES: tuple[Code, ...] = tuple(TEXTS)
WRITE_IN = 200
"""Most characters of what is written in beside an option."""


def check_page(
    q: Questionnaire,
    page: Page,
    who: Respondent,
    *,
    form: Form,
    answers: Mapping[str, AnswerValue],
    lang: Language = "nl",
    draft: bool = False,
) -> Checked:
    """Judge one page of the route of this respondent.

    Args:
        page: the page as `routing.page` gives it: only questions this respondent sees are judged.
        answers: stored answers so far; they decide which options are carried forward.
        draft: the respondent goes back or stops for now: a missing answer is no fault, and clears only what was stored;
            a matrix or best-worst question that is half filled in is kept as it is.

    Returns:
        Values of the questions without fault (None: seen and left open) and every fault, in the order of the page.
    """
    values: dict[str, AnswerValue] = {}
    faults: list[Fault] = []
    for question in page.questions:
        if isinstance(question, Info):
            continue
        verdict = _settled(question, judge(question, who, form, answers=answers, q=q), form, draft=draft)
        if isinstance(verdict, Wrong):
            faults.append(_told(question.key, verdict, lang))
            continue
        if verdict is not None or not draft or question.key in answers:
            values[question.key] = verdict
        for option in routing.write_ins(question, verdict):
            key = f"{question.key}.{option.code}"
            written = text(given(form, f"{key}.text"), WRITE_IN)
            if isinstance(written, Wrong):
                faults.append(_told(key, written, lang))
            elif written is not None or not draft or key in answers:
                values[key] = written
    return Checked(values=values, faults=tuple(faults))


def fault(key: str, code: Code, lang: Language, option: Option | None = None, **values: int | str) -> Fault:
    """The fault in the respondent's language; `option` is named by its label."""
    label = "" if option is None else said(option.label, lang)
    words = TEXTS[code]
    return Fault(pointer=key, code=code, detail=words.get(lang, words["nl"]).format(label=label, **values))


def _settled(
    question: AnyQuestion, verdict: AnswerValue | Wrong | Partial, form: Form, *, draft: bool
) -> AnswerValue | Wrong:
    """What is stored after all of an answer that is missing or half given, or the fault that it is."""
    asked = question.required == "soft" and question.key in form.get("asked", ())
    lenient = draft or asked or question.required is False
    if isinstance(verdict, Partial):
        return verdict.value if lenient else verdict.wrong
    if verdict is None and not lenient:
        return Wrong("soft" if question.required == "soft" else missing(question))
    return verdict


def _told(key: str, wrong: Wrong, lang: Language) -> Fault:
    rows = "; ".join(f"“{said(row.text, lang)}”" for row in wrong.rows)
    return fault(key, wrong.code, lang, wrong.option, rows=rows, **wrong.values)
