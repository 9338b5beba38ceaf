"""From one agreed entry to the values that are stored, by the rules of the pages, with a list of what went wrong.

A page asks again; paper cannot. So what a page would refuse is stored as None, "seen and left open", and named in the
list with the code of the fault and what stood there. The list begins with faults that only paper knows:

* `two_ticked`: several boxes where one was asked for;
* `unreadable`: nobody can read it, or it is not what the box asks for;
* `same_place`: two options of a ranking with one number;
* `best_is_worst`: one item of a group ticked on both sides; the other groups count;
* `written_without_tick`: written beside a box that is not ticked;
* `too_long`: a text longer than the question takes; its beginning is stored;
* `left_open`: nothing where an answer is required, or not in every row;
* `off_route`: answered although the way through led past it; stored, flagged, and outside every count.

The others are those of `surveys.wording`.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace
from samenspraak.types.paper import PaperFault
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Consent,
    Matrix,
    MaxDiff,
    Multi,
    Open,
    Ranking,
    Single,
)

from surveys import routing
from surveys.answers import WRITE_IN, check_page
from surveys.paper.entry import UNREADABLE, Keyed, codes, number_parts
from surveys.paper.fields import Field
from surveys.paper.sheet import Sheet, SheetPage
from surveys.routing.options import carried

Form = dict[str, list[str]]


class Judged(Struct, frozen=True, kw_only=True):
    """What becomes of one entry."""

    values: dict[str, AnswerValue]
    off_route: frozenset[str]
    """Keys of the values beside the route."""
    faults: tuple[PaperFault, ...]
    consent: bool
    """Whether the person agreed, where the questionnaire asks for that."""


def judge(sheet: Sheet, keyed: Keyed, form: Mapping[str, Field]) -> Judged:
    """Judge a whole entry, page by page in this person's order."""
    screen = _Screen(form, keyed)
    answers: dict[str, AnswerValue] = {}
    for item in sheet.items:
        screen.cut(item.question)
    for page in sheet.pages:
        _judge_page(sheet, page, screen, answers)
    on_route = routing.on_route(sheet.questionnaire, sheet.who, answers)
    kept = {key: value for key, value in answers.items() if key in on_route or value is not None}
    off_route = frozenset(kept) - on_route
    for item in sheet.items:
        key = item.question.key
        if key in off_route:
            screen.fault(key, "off_route", *screen.filled(key))
        elif key in on_route and _open(item.question, kept.get(key)) and not screen.faulty(key):
            screen.fault(key, "left_open", *screen.empty(key))
    return Judged(values=kept, off_route=off_route, faults=screen.sorted(), consent=_consent(sheet, kept))


def _judge_page(sheet: Sheet, page: SheetPage, screen: "_Screen", answers: dict[str, AnswerValue]) -> None:
    """The values of one page. What paper leaves open is None, as when a page lets a question pass."""
    q, who = sheet.questionnaire, sheet.who
    questions = tuple(_lenient(item.question, sheet, answers) for item in page.items)
    checked = check_page(q, replace(page.page, questions=questions), who, form=screen.form, answers=answers)
    answers.update(checked.values)
    for fault in checked.faults:
        key = fault.pointer.split(".")[0]
        answers.setdefault(key, None)
        screen.fault(key, fault.code, *screen.filled(key))


def _lenient(question: AnyQuestion, sheet: Sheet, answers: Mapping[str, AnswerValue]) -> AnyQuestion:
    """The question as paper asks it. Where nothing is carried forward the person should have passed it; an answer is
    then judged against all options, to be kept beside the route."""
    free = replace(question, required=False, show_if=None)
    if isinstance(free, Ranking | Single | Multi) and not carried(free, sheet.questionnaire, answers):
        return replace(free, options_from=None)
    return free


def _open(question: AnyQuestion, value: AnswerValue) -> bool:
    if question.required is False:
        return False
    if isinstance(question, Matrix):
        return not isinstance(value, dict) or len(value) < len(question.rows)
    if isinstance(question, MaxDiff):
        return not isinstance(value, dict) or len(value) < 2 * question.sets
    return value is None


def _consent(sheet: Sheet, values: Mapping[str, AnswerValue]) -> bool:
    """Whether no question for consent was refused, and none that must be answered was left open."""
    for item in sheet.items:
        asked = item.question
        if not isinstance(asked, Consent):
            continue
        value = values.get(asked.key)
        refused = any(option.ends and option.code == value for option in asked.options)
        if refused or (value is None and asked.required is not False):
            return False
    return True


class _Screen:
    """Turns fields on paper into fields of a page, and keeps what cannot be turned."""

    def __init__(self, fields: Mapping[str, Field], keyed: Keyed) -> None:
        self._fields = fields
        self._keyed = keyed
        self._faults: list[PaperFault] = []
        self.form: Form = {}
        for name, field in fields.items():
            if name in keyed and field.kind != "place":
                self._take(field, keyed[name])
        self._rank()
        self._part()

    def fault(self, question: str, code: str, *names: str) -> None:
        """Note a fault of a question, at each of these fields."""
        for name in names:
            field = self._fields[name]
            found = "" if field.kind == "text" else self._keyed.get(name, "")
            self._faults.append(PaperFault(field=name, question=question, code=code, found=found))

    def faulty(self, question: str) -> bool:
        return any(fault.question == question for fault in self._faults)

    def filled(self, question: str) -> list[str]:
        """Names of the fields of a question in which something stands."""
        return [name for name, field in self._fields.items() if field.question == question and name in self._keyed]

    def empty(self, question: str) -> list[str]:
        """Names of the fields of a question that are open; of several places for one answer only the first."""
        own = [name for name, field in self._fields.items() if field.question == question]
        rows = [name for name in own if self._fields[name].kind == "one" and name not in self._keyed]
        return rows or own[:1]

    def sorted(self) -> tuple[PaperFault, ...]:
        """Every fault, in the order of the form."""
        order = {name: place for place, name in enumerate(self._fields)}
        return tuple(sorted(self._faults, key=lambda fault: order[fault.field]))

    def _take(self, field: Field, keyed: str) -> None:
        if keyed == UNREADABLE:
            self.fault(field.question, "unreadable", field.name)
        elif field.kind == "one":
            self._tick(field, codes(field, keyed))
        elif field.kind == "several":
            self.form[field.form] = [field.codes[code] for code in codes(field, keyed)]
        elif field.kind == "number":
            self._number(field, number_parts(keyed))
        else:
            self._text(field, keyed)

    def _tick(self, field: Field, ticked: list[str]) -> None:
        if len(ticked) > 1:
            self.fault(field.question, "two_ticked", field.name)
        else:
            self.form[field.form] = [field.codes[ticked[0]]]

    def _number(self, field: Field, parts: list[str]) -> None:
        """A number, or the code of an answer beside it; of both at once a page asks which is meant."""
        beside = [part for part in parts if part in field.codes]
        numbers = [part for part in parts if part not in field.codes]
        if len(beside) > 1:
            self.fault(field.question, "two_ticked", field.name)
            return
        if beside:
            self.form[f"{field.form}.none"] = beside
        if numbers:
            self.form[field.form] = [" ".join(numbers)]

    def _text(self, field: Field, text: str) -> None:
        self.form[field.form] = [text]
        box = field.name.partition(".")
        if box[1] and box[2] not in self._keyed.get(box[0], "").split():
            del self.form[field.form]
            self.fault(field.question, "written_without_tick", field.name)

    def cut(self, question: AnyQuestion) -> None:
        """Keep only the beginning of texts that are longer than this question takes."""
        most = question.max_chars if isinstance(question, Open) else WRITE_IN
        for name, field in self._fields.items():
            text = self.form.get(field.form, [""])[0]
            if field.question == question.key and field.kind == "text" and len(text) > most:
                self.form[field.form] = [text[:most]]
                self.fault(question.key, "too_long", name)

    def _rank(self) -> None:
        """From numbers in front of options to places."""
        places: dict[str, list[Field]] = {}
        for name, field in self._fields.items():
            if field.kind == "place" and name in self._keyed:
                places.setdefault(field.question, []).append(field)
        for question, given in places.items():
            names = [field.name for field in given]
            numbers = [self._keyed[name] for name in names]
            if not all(number.isdigit() for number in numbers):
                self.fault(question, "unreadable", *(n for n in names if not self._keyed[n].isdigit()))
            elif len(set(numbers)) < len(numbers):
                self.fault(question, "same_place", *(n for n in names if numbers.count(self._keyed[n]) > 1))
            else:
                self.form.update({f"{question}.{self._keyed[field.name]}": [field.form] for field in given})

    def _part(self) -> None:
        """Drop groups of a best-worst question in which one item was ticked on both sides."""
        for name, field in self._fields.items():
            if not name.endswith("+"):
                continue
            worst = self._fields[f"{name[:-1]}-"]
            if self.form.get(field.form) and self.form.get(field.form) == self.form.get(worst.form):
                del self.form[field.form], self.form[worst.form]
                self.fault(field.question, "best_is_worst", name, worst.name)


__all__ = ["Judged", "judge"]
