"""Imports SurveyJS JSON (https://surveyjs.io) in the subset that fits here.

Texts are localised objects, `{"default": "...", "nl": "..."}`; `default` is in the language of the form's `locale`,
English where there is none. A property that would change a question or an answer and is not known here is refused.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from samenspraak.types.base import Localised
from samenspraak.types.exchange import ImportedQuestions
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Info,
    Likert,
    Matrix,
    Multi,
    Numeric,
    Open,
    Option,
    Ranking,
    Row,
    Scale,
    Single,
    Slider,
)

from surveys.errors import FileInvalid
from surveys.exchange.conditions import Asked
from surveys.exchange.drafts import NOT_SUBSTANTIVE, Placed, Sheet, coded, marked, page_key
from surveys.exchange.surveyjs_parts import Parts

MOST_BYTES = 2 * 1024 * 1024
MOST_DEEP = 30
"""Objects and lists inside each other; a form of pages with questions needs six."""
MOST_ELEMENTS = 1000
MOST_CHARS = 4000
DEFAULT_CHARS = 1000

COMMON = frozenset({"type", "name", "title", "description", "visibleIf", "isRequired"})
LOOKS = frozenset({
    "width", "minWidth", "maxWidth", "titleLocation", "descriptionLocation", "startWithNewLine", "indent", "colCount",
    "showNumber", "placeholder", "rows", "autoGrow", "cellType", "renderAs", "rateType", "displayMode", "size",
    "requiredErrorText", "hideNumber", "errorLocation", "itemSize", "scaleColorMode", "rateColorMode",
    "autoGenerate", "rateCount", "displayRateDescriptionsAsExtremeItems", "alternateRows", "verticalAlign",
    "showLabels", "tooltipVisibility", "searchEnabled", "allowClear", "swapOrder", "cols",
})  # fmt: skip
"""Properties that change how a question looks, and nothing else."""
FORM_LOOKS = frozenset({
    "title", "description", "logo", "logoPosition", "logoWidth", "logoHeight", "showProgressBar", "progressBarType",
    "showQuestionNumbers", "questionTitleLocation", "widthMode", "width", "completedHtml", "showTitle", "headerView",
    "pageNextText", "pagePrevText", "completeText", "showPrevButton", "firstPageIsStartPage", "showNavigationButtons",
    "questionErrorLocation", "requiredMark", "requiredText", "checkErrorsMode", "textUpdateMode", "fitToContainer",
})  # fmt: skip
OWN: Mapping[str, frozenset[str]] = {
    "radiogroup": frozenset({"choices", "choicesOrder", "showOtherItem", "otherText"}),
    "dropdown": frozenset({"choices", "choicesOrder", "showOtherItem", "otherText"}),
    "checkbox": frozenset({
        "choices", "choicesOrder", "minSelectedChoices", "maxSelectedChoices", "showOtherItem", "otherText",
        "showNoneItem", "noneText",
    }),
    "ranking": frozenset({"choices", "selectToRankEnabled", "maxSelectedChoices"}),
    "rating": frozenset({"rateMin", "rateMax", "rateStep", "rateValues", "minRateDescription", "maxRateDescription"}),
    "boolean": frozenset({"labelTrue", "labelFalse"}),
    "text": frozenset({"inputType", "min", "max", "step", "maxLength"}),
    "comment": frozenset({"maxLength"}),
    "html": frozenset({"html"}),
    "matrix": frozenset({"columns", "rows", "rowsOrder", "eachRowRequired", "isAllRowRequired"}),
    "slider": frozenset({"min", "max", "step", "sliderType", "customLabels"}),
}  # fmt: skip
LAID_OUT = {"matrix": LOOKS - {"rows"}}
"""In a matrix `rows` is what is asked, elsewhere the height of a field."""
YES, NO = Localised(nl="Ja", en="Yes"), Localised(nl="Nee", en="No")
OTHER = Localised(nl="Anders, namelijk", en="Other, namely")
NONE = Localised(nl="Geen van deze", en="None of these")


def read(file: bytes) -> ImportedQuestions:
    """The questions of a SurveyJS form.

    Args:
        file: JSON in UTF-8, at most 2 MB.

    Raises:
        FileInvalid: with every fault at once, by JSON pointer.
    """
    return of_form(_decoded(file))


def _decoded(file: bytes) -> object:
    if len(file) > MOST_BYTES:
        raise _refused("too_large", "The file is larger than 2 MB; take out pictures and other forms.")
    try:
        form = msgspec.json.decode(file)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _refused("not_json", "This is no JSON in UTF-8; save the form as JSON once more.") from error
    level, deep = [form], 0
    while level:
        deep += 1
        if deep > MOST_DEEP:
            raise _refused("too_deep", f"The file nests more than {MOST_DEEP} levels deep; that is no form.")
        level = [
            part
            for one in level
            if isinstance(one, dict | list)
            for part in (one.values() if isinstance(one, dict) else one)
        ]
    return form


def _refused(code: str, detail: str) -> FileInvalid:
    return FileInvalid(faults=(Fault(pointer="", code=code, detail=detail),))


def of_form(form: object) -> ImportedQuestions:
    """The same for JSON that is decoded already.

    Raises:
        FileInvalid
    """
    reader = reading(form)
    return reader.draft.finished(reader.placed)


def reading(form: object) -> "Form":
    """What can be read of a form, with the faults beside it."""
    reader = Form()
    reader.read(form)
    return reader


class Form(Parts):
    def __init__(self) -> None:
        super().__init__()
        self.placed: list[Placed] = []

    def read(self, form: object) -> None:
        if not isinstance(form, dict):
            self.draft.fault("", "wrong_type", "A SurveyJS form is a JSON object with pages.")
            return
        self.locale = self.language(form.get("locale", "en"))
        for name in sorted(set(form) - {"pages", "elements", "questions", "locale"}):
            if name in FORM_LOOKS:
                self.draft.note(f"/{name}", f"The property {name} of the form is not taken over.")
            else:
                self.unsupported(f"/{name}", name, "the form")
        pages = form.get("pages")
        if pages is None:
            member = "questions" if "questions" in form else "elements"
            self._elements(form.get(member, []), f"/{member}", Sheet("page_1"))
            return
        for number, page in enumerate(self.objects(pages, "/pages")):
            self._page(page, f"/pages/{number}", number + 1)

    def _page(self, page: Mapping[str, Any], pointer: str, number: int) -> None:
        for name in sorted(set(page) - {"name", "title", "elements", "questions", "visibleIf"}):
            if name in LOOKS | FORM_LOOKS:
                self.draft.note(f"{pointer}/{name}", f"The property {name} of a page is not taken over.")
            else:
                self.unsupported(f"{pointer}/{name}", name, "a page")
        title = self.text(page["title"], f"{pointer}/title", "The page") if "title" in page else None
        sheet = Sheet(page_key(str(page.get("name", "")), number), title, self.condition(page, pointer))
        member = "questions" if "questions" in page else "elements"
        self._elements(page.get(member, []), f"{pointer}/{member}", sheet)

    def _elements(self, elements: object, pointer: str, sheet: Sheet) -> None:
        for number, element in enumerate(self.objects(elements, pointer)):
            if len(self.placed) >= MOST_ELEMENTS:
                self.draft.fault(pointer, "too_large", f"The form asks more than {MOST_ELEMENTS} questions; split it.")
                return
            self._element(element, f"{pointer}/{number}", sheet)

    def _element(self, element: dict[str, Any], pointer: str, sheet: Sheet) -> None:
        if not element:
            return
        kind = element.get("type")
        if not isinstance(kind, str) or kind not in OWN:
            detail = f"The type {str(kind)[:60]} is not supported; use one of {', '.join(OWN)}."
            self.draft.fault(f"{pointer}/type", "unsupported", detail)
            return
        looks = LAID_OUT.get(kind, LOOKS)
        for name in sorted(set(element) - COMMON - OWN[kind]):
            if name in looks:
                self.draft.note(f"{pointer}/{name}", f"The property {name} is not taken over; pages have one look.")
            else:
                self.unsupported(f"{pointer}/{name}", name, kind)
        name = str(element.get("name", ""))
        key = self.draft.key(name, f"{pointer}/name")
        options, codes = self._options(kind, element, pointer)
        question = self._made(kind, element, self._common(kind, key or "UNNAMED", element, pointer), options, pointer)
        if key is None or question is None:
            return
        self.placed.append(Placed(question, sheet, pointer))
        if not isinstance(question, Info):
            rows = _row_names(element, question) if isinstance(question, Matrix) else {}
            self.asked[name] = Asked(key, _ASKED.get(type(question), "single"), codes, rows)

    def _common(self, kind: str, key: str, element: Mapping[str, Any], pointer: str) -> dict[str, Any]:
        required = self.flag(element, "isRequired", pointer)
        shown = "html" if kind == "html" else "title"
        # Without a title SurveyJS shows the name of a question, which is no text to ask people.
        hint = "description"
        return {
            "key": key,
            "text": self.text(element.get(shown, ""), f"{pointer}/{shown}", "The question", markup=kind == "html"),
            "hint": self.text(element[hint], f"{pointer}/{hint}", "The hint") if hint in element else None,
            "required": required and kind != "html",
            "show_if": self.condition(element, pointer),
            "report": "own",
        }

    def _made(
        self, kind: str, element: Mapping[str, Any], common: dict[str, Any], options: tuple[Option, ...], pointer: str
    ) -> AnyQuestion | None:
        match kind:
            case "radiogroup" | "dropdown" | "boolean":
                return Single(
                    **common, options=marked(options, several=False), randomise=self.shuffled(element, pointer)
                )
            case "checkbox":
                least = self.whole(element, "minSelectedChoices", pointer, 0)
                most = self.whole(element, "maxSelectedChoices", pointer, 0) or None
                shuffled = self.shuffled(element, pointer)
                options = marked(options, several=True)
                return Multi(**common, options=options, minimum=least or 0, maximum=most, randomise=shuffled)
            case "ranking":
                top = self.whole(element, "maxSelectedChoices", pointer, 0) or len(options)
                partly = self.flag(element, "selectToRankEnabled", pointer)
                if top != len(options) and not partly:
                    detail = "maxSelectedChoices of a ranking works with selectToRankEnabled only; set it to true."
                    self.draft.fault(f"{pointer}/maxSelectedChoices", "unsupported", detail)
                return Ranking(**common, options=options, top=min(top, len(options)))
            case "rating":
                labelled = "rateValues" in element
                options = marked(options, several=False)
                return Likert(**common, options=options) if labelled else Scale(**common, options=options)
            case "matrix":
                return self._matrix(element, common, options, pointer)
            case "slider":
                return self._slider(element, common, pointer)
            case "html":
                return Info(**common, seconds=0, sections=())
            case _:
                return self._text_field(element, common, pointer)

    def _text_field(self, element: Mapping[str, Any], common: dict[str, Any], pointer: str) -> AnyQuestion | None:
        given = element.get("inputType", "text")
        if given == "number":
            least, most = (self.whole(element, bound, pointer, None) for bound in ("min", "max"))
            if least is None or most is None or least > most:
                detail = "A number needs its smallest and largest value: whole numbers min and max, min below max."
                self.draft.fault(f"{pointer}/min", "missing", detail)
                return None
            return Numeric(**common, minimum=least, maximum=most, decimals=self._decimals(element, pointer))
        if given != "text":
            detail = f"The inputType {str(given)[:40]} is not supported; use text or number."
            self.draft.fault(f"{pointer}/inputType", "unsupported", detail)
        for bound in ("min", "max", "step"):
            if bound in element:
                self.unsupported(f"{pointer}/{bound}", bound, "a text")
        most = self.whole(element, "maxLength", pointer, DEFAULT_CHARS)
        if most is not None and not 1 <= most <= MOST_CHARS:
            detail = f"A text may have 1 to {MOST_CHARS} characters; change maxLength."
            self.draft.fault(f"{pointer}/maxLength", "out_of_range", detail)
        return Open(**common, max_chars=most or DEFAULT_CHARS)

    def _slider(self, element: Mapping[str, Any], common: dict[str, Any], pointer: str) -> AnyQuestion | None:
        if element.get("sliderType", "single") != "single":
            self.draft.fault(f"{pointer}/sliderType", "unsupported", "Only a slider with one value is supported.")
        start, end, step = (
            self.whole(element, name, pointer, usual) for name, usual in (("min", 0), ("max", 100), ("step", 1))
        )
        if start is None or end is None or step is None or start >= end or step < 1 or (end - start) % step:
            detail = "A slider goes up from min to max in whole steps of 1 or more; change them."
            self.draft.fault(f"{pointer}/min", "out_of_range", detail)
            return None
        labels = {str(number): Localised(nl=str(number), en=str(number)) for number in (start, end)}
        if "customLabels" in element:
            given = dict(self.items(element["customLabels"], f"{pointer}/customLabels"))
            if set(given) - set(labels):
                detail = "Only the two ends of a slider have labels; take the others out."
                self.draft.fault(f"{pointer}/customLabels", "unsupported", detail)
            labels |= given
        else:
            self.draft.note(pointer, "The ends of a slider are labelled with their numbers; write customLabels.")
        low, high = labels[str(start)], labels[str(end)]
        return Slider(**common, minimum=start, maximum=end, step=step, low=low, high=high)

    def _decimals(self, element: Mapping[str, Any], pointer: str) -> int:
        step = element.get("step", 1)
        places = {1: 0, 0.1: 1, 0.01: 2, 0.001: 3}
        if isinstance(step, bool) or step not in places:
            self.draft.fault(f"{pointer}/step", "unsupported", "The step of a number is 1, 0.1, 0.01 or 0.001.")
            return 0
        return places[step]

    def _matrix(
        self, element: Mapping[str, Any], common: dict[str, Any], options: tuple[Option, ...], pointer: str
    ) -> AnyQuestion:
        rows: list[Row] = []
        for number, (name, label) in enumerate(self.items(element.get("rows", []), f"{pointer}/rows")):
            key = _row_key(name)
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key) or any(row.key == key for row in rows):
                detail = (
                    "The value of a row begins with a letter, has at most 40 letters, digits or _, and occurs once."
                )
                self.draft.fault(f"{pointer}/rows/{number}/value", "name", detail)
            rows.append(Row(key=key, text=label))
        if not rows:
            self.draft.fault(f"{pointer}/rows", "missing", "A matrix needs rows; add them, or use radiogroup.")
        every = element.get("eachRowRequired", element.get("isAllRowRequired", False))
        order = element.get("rowsOrder", "initial")
        if order not in ("initial", "random"):
            self.draft.fault(f"{pointer}/rowsOrder", "unsupported", "rowsOrder is initial or random.")
        common["required"] = common["required"] or every is True
        options = marked(options, several=False)
        return Matrix(**common, rows=tuple(rows), options=options, shuffle_rows=order == "random")

    def _options(
        self, kind: str, element: Mapping[str, Any], pointer: str
    ) -> tuple[tuple[Option, ...], dict[str, int]]:
        if kind == "boolean":
            labels = [
                self.text(element[name], f"{pointer}/{name}", "The answer") if name in element else usual
                for name, usual in (("labelTrue", YES), ("labelFalse", NO))
            ]
            return (Option(code=1, label=labels[0]), Option(code=0, label=labels[1])), {"true": 1, "false": 0}
        if kind == "rating" and "rateValues" not in element:
            return self._rate(element, pointer)
        member = {"matrix": "columns", "rating": "rateValues"}.get(kind, "choices")
        if member not in OWN[kind]:
            return (), {}
        items = self.items(element.get(member, []), f"{pointer}/{member}")
        if not items:
            self.draft.fault(f"{pointer}/{member}", "missing", f"A {kind} needs {member}; add them.")
        names = [name for name, _ in items]
        for number, name in enumerate(names):
            if name in names[:number]:
                detail = f"The value {name[:60]} occurs twice; change one of them."
                self.draft.fault(f"{pointer}/{member}/{number}", "duplicate", detail)
        codes = coded(names)
        if any(name != str(code) for name, code in codes.items()):
            said = ", ".join(f"{name} = {code}" for name, code in list(codes.items())[:20])
            self.draft.note(f"{pointer}/{member}", f"The values are numbered: {said}.")
        options = tuple(Option(code=codes[name], label=label) for name, label in items)
        return (*options, *self._special(element, codes, pointer)), codes

    def _special(self, element: Mapping[str, Any], codes: dict[str, int], pointer: str) -> list[Option]:
        """ "Other" with a field behind it, and "none" that excludes the rest; their codes follow the highest."""
        found = []
        for shown, name, words, usual in (
            ("showOtherItem", "other", "otherText", OTHER),
            ("showNoneItem", "none", "noneText", NONE),
        ):
            if not self.flag(element, shown, pointer):
                if words in element:
                    self.draft.fault(f"{pointer}/{words}", "unsupported", f"{words} needs {shown}; add it.")
                continue
            code = max((code for code in codes.values() if code not in NOT_SUBSTANTIVE), default=0) + 1
            code = code if code not in NOT_SUBSTANTIVE else max(NOT_SUBSTANTIVE) + 1
            if name in codes:
                self.draft.fault(f"{pointer}/{shown}", "duplicate", f"A choice is called {name} already; rename it.")
            codes[name] = code
            label = self.text(element[words], f"{pointer}/{words}", "The answer") if words in element else usual
            last: dict[str, Any] = {"write_in": True} if name == "other" else {"exclusive": True}
            found.append(Option(code=code, label=label, pinned=True, **last))
        return found

    def _rate(self, element: Mapping[str, Any], pointer: str) -> tuple[tuple[Option, ...], dict[str, int]]:
        low = self.whole(element, "rateMin", pointer, 1)
        high = self.whole(element, "rateMax", pointer, 5)
        step = self.whole(element, "rateStep", pointer, 1)
        if low is None or high is None or step is None or not 0 <= low < high <= low + 100 or step < 1:
            detail = "A rating goes up from rateMin (0 or more) to rateMax in whole steps, at most 100 of them."
            self.draft.fault(f"{pointer}/rateMin", "out_of_range", detail)
            return (), {}
        values = list(range(low, high + 1, step))
        labels = {value: Localised(nl=str(value), en=str(value)) for value in values}
        for name, value in (("minRateDescription", values[0]), ("maxRateDescription", values[-1])):
            if name in element:
                labels[value] = self.text(element[name], f"{pointer}/{name}", "The end of the scale")
        return (
            tuple(Option(code=value, label=label) for value, label in labels.items()),
            {str(value): value for value in values},
        )


_ASKED: Mapping[type[Any], Any] = {
    Multi: "multi",
    Ranking: "ranking",
    Matrix: "matrix",
    Numeric: "number",
    Slider: "number",
    Open: "text",
}


def _row_key(name: str) -> str:
    return re.sub(r"[-. ]", "_", name).lower()


def _row_names(element: Mapping[str, Any], question: Matrix) -> dict[str, str]:
    """Name of a row in the file -> its key."""
    given: Sequence[Any] = element["rows"]
    names = [str(one.get("value") if isinstance(one, dict) else one) for one in given]
    return {name: _row_key(name) for name in names if any(row.key == _row_key(name) for row in question.rows)}
