"""Imports an XLSForm: the spreadsheet of ODK and KoboToolbox (https://xlsform.org), in the subset that fits here.

Texts stand in columns by language, `label::Dutch (nl)`. A group becomes a page; a question outside a group gets a page
of its own. What is outside the subset is refused with its row and what to do, never left out in silence.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pyxform.errors import PyXFormError
from pyxform.xls2json import workbook_to_json
from pyxform.xls2json_backends import DefinitionData
from samenspraak.types.base import Localised
from samenspraak.types.exchange import ImportedQuestions
from samenspraak.types.expressions import AnyCondition
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Info,
    Likert,
    Multi,
    Numeric,
    Open,
    Option,
    Ranking,
    Single,
    Slider,
)

from surveys.exchange import conditions, workbook
from surveys.exchange.conditions import Asked, Unreadable
from surveys.exchange.drafts import LANGUAGES, Draft, Placed, Sheet, coded, marked, page_key
from surveys.exchange.workbook import Row, Sheets

READ = frozenset({"type", "name", "label", "hint", "required", "relevant", "constraint", "parameters", "appearance"})
WITHOUT_EFFECT = frozenset({"constraint_message", "required_message", "guidance_hint", "note", "comment"})
"""Columns that change no question and no answer; each is noted once."""
TRANSLATED = frozenset({"label", "hint", "constraint_message", "required_message", "guidance_hint"})
SPELLINGS = {
    "select_one": "select_one", "select one": "select_one", "select one from": "select_one", "select1": "select_one",
    "select_multiple": "select_multiple", "select multiple": "select_multiple",
    "select multiple from": "select_multiple", "select all that apply": "select_multiple",
    "select all that apply from": "select_multiple", "rank": "rank",
    "integer": "integer", "int": "integer", "decimal": "decimal", "text": "text", "string": "text", "note": "note",
    "range": "range",
    "begin_group": "begin_group", "begin group": "begin_group", "end_group": "end_group", "end group": "end_group",
}  # fmt: skip
REMEDIES = (
    (r"(begin|end)[ _]repeat", "Nobody is asked the same again here; ask once, or write the questions out."),
    (r"calculate|hidden", "Nothing is calculated while people answer; take the row out."),
    (r"geo(point|trace|shape)|start-geopoint", "No places on a map are asked; use text with a postcode, or a choice."),
    (r"image|photo|audio|video|file|barcode|background-audio", "No files are taken in; use text or take the row out."),
    (r"date|time|datetime|today|start|end", "No dates or times are asked; use integer for a year, or a choice."),
    (
        r"deviceid|phonenumber|simserial|subscriberid|username|email|audit",
        "Nothing about devices is kept; take it out.",
    ),
    (r"select.*", "Use select_one or select_multiple with a list of the sheet choices, without or_other."),
)
YES, NO = frozenset({"yes", "true", "true()", "1"}), frozenset({"", "no", "false", "false()", "0"})
MOST_CHARS = 4000
DEFAULT_CHARS = 1000

_LANGUAGE_NAMES = {
    "dutch": "nl", "nederlands": "nl", "english": "en", "engels": "en", "turkish": "tr", "arabic": "ar",
    "polish": "pl", "ukrainian": "uk",
}  # fmt: skip
_BOUND = re.compile(r"\.\s*(>=|<=|>|<)\s*(-?\d{1,9})")
_CHOSEN = re.compile(r"count-selected\(\s*\.\s*\)\s*(>=|<=|=)\s*(\d{1,4})")
_LENGTH = re.compile(r"string-length\(\s*\.\s*\)\s*(<=)\s*(\d{1,6})")
_PAIR = re.compile(r"([A-Za-z_-]+)\s*=\s*([^\s,;]+)")
_PIPED = re.compile(r"\$\{([^{}]+)\}")


class _List(NamedTuple):
    options: tuple[Option, ...]
    codes: dict[str, int]


class _Place(NamedTuple):
    """Where a row stands, for faults."""

    sheet: str
    number: int

    def __call__(self, column: str = "") -> str:
        return f"{self.sheet}/row/{self.number}" + (f"/column/{column}" if column else "")


def read(file: bytes) -> ImportedQuestions:
    """The questions of an XLSForm workbook.

    Args:
        file: the bytes of an .xlsx file.

    Raises:
        FileInvalid: with every fault at once, by sheet, row and column.
    """
    return of_sheets(workbook.opened(file))


def of_sheets(sheets: Sheets) -> ImportedQuestions:
    """The same for a workbook that was opened before.

    Raises:
        FileInvalid
    """
    form = _Form(sheets)
    form.read()
    if form.placed and not form.draft.faults:
        _judge(sheets, form.draft)
    return form.draft.finished(form.placed)


def _judge(sheets: Sheets, draft: Draft) -> None:
    """What pyxform itself has to say of the form, by its own rules."""
    book: dict[str, Any] = {}
    for name, rows in copy.deepcopy(sheets)._asdict().items():
        book[name] = rows
        book[f"{name}_header"] = [dict.fromkeys(column for row in rows for column in row)] if rows else []
    try:
        workbook_to_json(DefinitionData(**book, sheet_names=list(sheets._fields)), form_name="data")
    except PyXFormError as error:
        row = re.search(r"\[row : (\d+)\]", str(error))
        draft.fault(f"survey/row/{row[1]}" if row else "survey", "xlsform", str(error))


class _Form:
    def __init__(self, sheets: Sheets) -> None:
        self.draft = Draft()
        self.placed: list[Placed] = []
        self._sheets = sheets
        self._default = ""
        self._lists: dict[str, _List] = {}
        self._asked: dict[str, Asked] = {}
        self._group: Sheet | None = None
        self._opened = _Place("survey", 0)

    def read(self) -> None:
        self._settings()
        self._headings()
        self._choices()
        for number, row in enumerate(self._sheets.survey, start=2):
            if row:
                self._row(self._split(row, _Place("survey", number)), _Place("survey", number))
        if self._group is not None:
            self.draft.fault(self._opened("type"), "open_group", "This group is never closed; add a row end_group.")

    def _settings(self) -> None:
        for row in self._sheets.settings[:1]:
            given = row.get("default_language", "")
            self._default = _language(given) or ""
            if given and not self._default:
                self._unknown_language(given, "settings/row/2/column/default_language")
            others = sorted(set(row) - {"default_language"})
            if others:
                self.draft.note("settings/row/2", f"Not needed here: {', '.join(others)}.")

    def _choices(self) -> None:
        grouped: dict[str, list[tuple[_Place, dict[str, dict[str, str]]]]] = {}
        for number, row in enumerate(self._sheets.choices, start=2):
            if row:
                place = _Place("choices", number)
                cells = self._split(row, place)
                name = _said(cells, "list_name") or _said(cells, "list name")
                if not name or not _said(cells, "name"):
                    self.draft.fault(place(), "missing", "An option needs a list_name and a name; fill them in.")
                else:
                    grouped.setdefault(name, []).append((place, cells))
                for column in sorted(set(cells) - {"list_name", "list name", "name", "label"}):
                    detail = f"Options with {column} are not supported (no pictures, no choice_filter); take it out."
                    self.draft.fault(place(column), "unsupported", detail)
        for name, rows in grouped.items():
            self._lists[name] = self._list(name, rows)

    def _list(self, name: str, rows: list[tuple[_Place, dict[str, dict[str, str]]]]) -> _List:
        names = [_said(cells, "name") for _, cells in rows]
        for (place, _), option in zip(rows, names, strict=True):
            if names.count(option) > 1:
                self.draft.fault(place("name"), "duplicate", f"List {name} has {option} twice; rename one.")
        codes = coded(names)
        if any(option != str(code) for option, code in codes.items()):
            said = ", ".join(f"{option} = {code}" for option, code in list(codes.items())[:20])
            self.draft.note(rows[0][0]("name"), f"The options of {name} are numbered: {said}.")
        options = [
            Option(code=codes[option], label=self._text(cells, "label", place, f"Option {option}"))
            for (place, cells), option in zip(rows, names, strict=True)
        ]
        return _List(tuple(options), codes)

    def _split(self, row: Row, place: _Place) -> dict[str, dict[str, str]]:
        """Column -> language -> text; the language is empty where the column has none."""
        cells: dict[str, dict[str, str]] = {}
        for heading, text in row.items():
            column, _, language = (part.strip() for part in heading.partition("::"))
            column = column.lower()
            if not language:
                code = self._default if column in TRANSLATED else ""
                cells.setdefault(column, {})[code] = text
            elif column in TRANSLATED:
                cells.setdefault(column, {})[_language(language) or ""] = text
            else:
                cells.setdefault(heading.lower(), {})[""] = text
        return cells

    def _headings(self) -> None:
        """Columns with a text must say its language, each column another one."""
        for name in ("survey", "choices"):
            seen: dict[tuple[str, str], str] = {}
            for heading in dict.fromkeys(heading for row in getattr(self._sheets, name) for heading in row):
                column, _, language = (part.strip() for part in heading.partition("::"))
                if column.lower() not in TRANSLATED:
                    continue
                pointer, code = f"{name}/row/1/column/{heading}", _language(language) if language else self._default
                if not language and not code:
                    detail = f"The language of {column} is not said; name the column {column}::Dutch (nl)."
                    self.draft.fault(pointer, "no_language", detail)
                elif not code:
                    self._unknown_language(language, pointer)
                elif (column.lower(), code) in seen:
                    other = seen[column.lower(), code]
                    self.draft.fault(pointer, "duplicate", f"{heading} and {other} say the same; keep one of them.")
                else:
                    seen[column.lower(), code] = heading

    def _unknown_language(self, language: str, pointer: str) -> None:
        known = ", ".join(LANGUAGES)
        detail = f"{language} is none of {known}; write the code behind the name, as in Dutch (nl)."
        self.draft.fault(pointer, "unknown_language", detail)

    def _text(self, cells: Mapping[str, Mapping[str, str]], column: str, place: _Place, what: str) -> Localised:
        said = {language: self._piped(text, place(column)) for language, text in cells.get(column, {}).items()}
        where = {"nl": f"{column}::Dutch (nl)", "en": f"{column}::English (en)"}
        return self.draft.text(said, f"{place()}/column", where, what)

    def _piped(self, text: str, pointer: str) -> str:
        """`${age}` in a text as `{AGE}`: the label of an earlier choice, never what somebody typed."""

        def named(found: re.Match[str]) -> str:
            asked = self._asked.get(found[1].strip())
            if asked is None or asked.kind != "single":
                detail = f"{found[0]} in a text must name an earlier select_one; take it out or name another."
                self.draft.fault(pointer, "piping", detail)
                return found[0]
            return f"{{{asked.key}}}"

        return _PIPED.sub(named, text)

    def _row(self, cells: dict[str, dict[str, str]], place: _Place) -> None:
        written = " ".join(_said(cells, "type").split())
        kind, argument = _kind(written)
        if kind == "end_group":
            self._end(place)
            return
        if not kind:
            self._refuse(written, place)
            return
        self._check_columns(cells, place)
        if kind == "begin_group":
            self._begin(cells, place)
        else:
            self._question(kind, argument, cells, place)

    def _refuse(self, written: str, place: _Place) -> None:
        if not written:
            self.draft.fault(place("type"), "missing", "The row has no type; fill it in or empty the row.")
            return
        lower = written.lower()
        remedy = next((said for pattern, said in REMEDIES if re.fullmatch(pattern, lower)), "")
        known = "select_one, select_multiple, rank, integer, decimal, range, text, note, begin_group and end_group"
        detail = f"The type {written[:60]} is not supported. {remedy or f'Supported are {known}.'}"
        self.draft.fault(place("type"), "unsupported", detail)

    def _check_columns(self, cells: dict[str, dict[str, str]], place: _Place) -> None:
        for column in sorted(set(cells) - READ):
            if column in WITHOUT_EFFECT:
                self.draft.note(place(column), f"The column {column} is not taken over.")
            else:
                detail = f"The column {column} is not supported; empty this cell."
                self.draft.fault(place(column), "unsupported", detail)

    def _begin(self, cells: dict[str, dict[str, str]], place: _Place) -> None:
        if self._group is not None:
            detail = "A group inside a group is not supported; close the other one first with end_group."
            self.draft.fault(place("type"), "nested", detail)
        for column in sorted({"hint", "required", "constraint", "parameters"} & set(cells)):
            self.draft.fault(place(column), "unsupported", f"A group has no {column}; empty this cell.")
        self._appearance(_said(cells, "appearance"), "begin_group", place)
        title = self._text(cells, "label", place, "The group") if "label" in cells else None
        name = _said(cells, "name")
        self._group = Sheet(page_key(name, place.number), title, self._condition(cells, place))
        self._opened = place

    def _end(self, place: _Place) -> None:
        if self._group is None:
            self.draft.fault(place("type"), "no_group", "No group is open here; take this row out.")
        self._group = None

    def _question(self, kind: str, argument: str, cells: dict[str, dict[str, str]], place: _Place) -> None:
        name = _said(cells, "name")
        key = self.draft.key(name, place("name"))
        found = self._list_of(kind, argument, place)
        text = self._text(cells, "label", place, "The question")
        common: dict[str, Any] = {
            "key": key or "UNNAMED",
            "text": text,
            "hint": self._text(cells, "hint", place, "The hint") if "hint" in cells else None,
            "required": self._required(cells, place) if kind != "note" else False,
            "show_if": self._condition(cells, place),
            "report": "own",
        }
        question = self._made(kind, common, found, cells, place)
        if key is not None and kind != "note":
            self._asked[name] = Asked(key, _ASKED[kind], found.codes)
        if key is not None and question is not None:
            sheet = self._group or Sheet(page_key(name, place.number))
            self.placed.append(Placed(question, sheet, place()))

    def _made(
        self, kind: str, common: dict[str, Any], found: _List, cells: dict[str, dict[str, str]], place: _Place
    ) -> AnyQuestion | None:
        constraint, parameters = _said(cells, "constraint"), self._parameters(kind, cells, place)
        look = self._appearance(_said(cells, "appearance"), kind, place)
        shuffled = parameters.get("randomize", "false").lower() in ("true", "true()", "yes")
        if kind == "select_multiple":
            least, most = self._bounds(constraint, _CHOSEN, place, "count-selected(.) >= 1 and count-selected(.) <= 3")
            options = marked(found.options, several=True)
            return Multi(**common, options=options, minimum=least or 0, maximum=most, randomise=shuffled)
        if kind in ("integer", "decimal"):
            return self._number(kind, common, constraint, place)
        if kind == "text":
            _, most = self._bounds(constraint, _LENGTH, place, "string-length(.) <= 500")
            if most is not None and not 1 <= most <= MOST_CHARS:
                detail = f"A text may have 1 to {MOST_CHARS} characters; change the constraint."
                self.draft.fault(place("constraint"), "constraint", detail)
            return Open(**common, max_chars=most or DEFAULT_CHARS)
        if constraint:
            detail = f"A constraint on {kind} is not supported; empty this cell."
            self.draft.fault(place("constraint"), "constraint", detail)
        if kind == "range":
            return self._slider(common, parameters, place)
        if kind == "rank":
            return Ranking(**common, options=found.options, top=len(found.options))
        if kind == "note":
            return Info(**common, seconds=0, sections=())
        if look == "likert":
            return Likert(**common, options=marked(found.options, several=False))
        return Single(**common, options=marked(found.options, several=False), randomise=shuffled)

    def _list_of(self, kind: str, argument: str, place: _Place) -> _List:
        if kind not in ("select_one", "select_multiple", "rank"):
            return _List((), {})
        if argument not in self._lists:
            known = ", ".join(self._lists) or "none"
            detail = f"The sheet choices has no list {argument or '(empty)'}; it has {known}."
            self.draft.fault(place("type"), "unknown_list", detail)
        return self._lists.get(argument, _List((), {}))

    def _number(self, kind: str, common: dict[str, Any], constraint: str, place: _Place) -> AnyQuestion | None:
        example = ". >= 0 and . <= 120"
        least, most = self._bounds(constraint, _BOUND, place, example, whole=kind == "integer")
        if least is None or most is None:
            if not constraint or (least is not None or most is not None):
                detail = f"A number needs its smallest and largest value; write a constraint such as {example}."
                self.draft.fault(place("constraint"), "missing", detail)
            return None
        if least > most:
            self.draft.fault(place("constraint"), "constraint", "No number fits this constraint; turn it around.")
        return Numeric(**common, minimum=least, maximum=most, decimals=2 if kind == "decimal" else 0)

    def _slider(self, common: dict[str, Any], parameters: Mapping[str, str], place: _Place) -> AnyQuestion | None:
        given = {"start": "1", "end": "10", "step": "1", **parameters}
        if any(not re.fullmatch(r"-?\d{1,6}", value) for value in given.values()):
            self.draft.fault(place("parameters"), "parameters", "start, end and step of a range must be whole numbers.")
            return None
        start, end, step = (int(given[name]) for name in ("start", "end", "step"))
        if start >= end or step < 1 or (end - start) % step:
            detail = "A range goes up from start to end in whole steps of 1 or more; change the parameters."
            self.draft.fault(place("parameters"), "parameters", detail)
            return None
        low, high = Localised(nl=str(start), en=str(start)), Localised(nl=str(end), en=str(end))
        self.draft.note(place(), "The ends of a range are labelled with their numbers; write labels for them.")
        return Slider(**common, minimum=start, maximum=end, step=step, low=low, high=high)

    def _bounds(
        self, text: str, pattern: re.Pattern[str], place: _Place, example: str, *, whole: bool = True
    ) -> tuple[int | None, int | None]:
        """Smallest and largest value that a constraint leaves; None where it says nothing."""
        least: int | None = None
        most: int | None = None
        for part in re.split(r"\s+and\s+", text) if text else ():
            match = pattern.fullmatch(part.strip())
            if match is None or (match[1] in ("<", ">") and not whole):
                detail = f"The constraint {text[:80]} is not supported; write it as {example}."
                self.draft.fault(place("constraint"), "constraint", detail)
                return None, None
            value = int(match[2]) + {"<": -1, ">": 1}.get(match[1], 0)
            if match[1] in (">", ">=", "="):
                least = value if least is None else max(least, value)
            if match[1] in ("<", "<=", "="):
                most = value if most is None else min(most, value)
        return least, most

    def _parameters(self, kind: str, cells: Mapping[str, Mapping[str, str]], place: _Place) -> dict[str, str]:
        written = _said(cells, "parameters")
        pairs = _PAIR.findall(written)
        known = {"range": {"start", "end", "step"}, "select_one": {"randomize"}, "select_multiple": {"randomize"}}
        given: dict[str, str] = {}
        if _PAIR.sub("", written).strip(" ,;"):
            self.draft.fault(place("parameters"), "parameters", "Write parameters as name=value; or empty this cell.")
        for name, value in pairs:
            if name not in known.get(kind, set()):
                detail = f"The parameter {name} of {kind} is not supported; take it out."
                self.draft.fault(place("parameters"), "parameters", detail)
            else:
                given[name] = value
        return given

    def _appearance(self, look: str, kind: str, place: _Place) -> str:
        if look and not (look == "likert" and kind == "select_one"):
            self.draft.note(place("appearance"), f"The appearance {look} is not taken over; pages have one look.")
        return look

    def _required(self, cells: Mapping[str, Mapping[str, str]], place: _Place) -> bool:
        given = _said(cells, "required").lower()
        if given not in YES | NO:
            self.draft.fault(place("required"), "required", "Write yes, or leave required empty; no condition is read.")
        return given in YES

    def _condition(self, cells: Mapping[str, Mapping[str, str]], place: _Place) -> AnyCondition | None:
        text = _said(cells, "relevant")
        if not text:
            return None
        try:
            return conditions.read(text, conditions.XLSFORM, self._asked)
        except Unreadable as error:
            self.draft.fault(place("relevant"), "condition", str(error))
            return None


_ASKED: Mapping[str, Any] = {
    "select_one": "single", "select_multiple": "multi", "rank": "ranking", "integer": "number", "decimal": "number",
    "range": "number", "text": "text",
}  # fmt: skip


def _kind(written: str) -> tuple[str, str]:
    """The type and the list it names; an empty type where it is not supported."""
    if written.lower() in SPELLINGS:
        return SPELLINGS[written.lower()], ""
    before, _, argument = written.rpartition(" ")
    kind = SPELLINGS.get(before.lower(), "")
    return (kind, argument) if kind in ("select_one", "select_multiple", "rank") else ("", "")


def _said(cells: Mapping[str, Mapping[str, str]], column: str) -> str:
    return next(iter(cells.get(column, {}).values()), "").strip()


def _language(written: str) -> str | None:
    """The code of a language: behind its name in brackets, or the name or code by itself."""
    inside = re.search(r"\(([a-zA-Z]{2})\)$", written)
    code = inside[1].lower() if inside else _LANGUAGE_NAMES.get(written.lower(), written.lower())
    return code if code in LANGUAGES else None
