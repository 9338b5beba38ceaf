"""The questionnaire as a Triple-S 3.0 definition (https://triple-s.org): the layout of a CSV file, column by column."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import Questionnaire

from surveys.exchange.columns import Column, columns
from surveys.exchange.markup import clean

_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def write(q: Questionnaire, *, title: str) -> bytes:
    """An `sss` document in Dutch and English, UTF-8, with its declaration. The data have one line of headings.

    Args:
        title: name of the study.
    """
    return of_columns(columns(q), title=title, name=q.id, version=str(q.version))


def of_columns(found: Sequence[Column], *, title: str, name: str, version: str, file: str = "") -> bytes:
    """The same for any columns; `file` names the file with the data beside the definition."""
    document = Element("sss", {"version": "3.0", "languages": "nl en"})
    _under(document, "origin", "Samenspraak")
    survey = _under(document, "survey")
    _under(survey, "name", clean(name))
    _under(survey, "version", version)
    _under(survey, "title", clean(title))
    record = _under(survey, "record", ident="A", format="csv", skip="1")
    if file:
        record.set("href", file)
    for number, column in enumerate(found, start=1):
        _variable(record, number, column)
    indent(document)
    made: bytes = tostring(document, encoding="utf-8", xml_declaration=True)
    return made


def _variable(record: Element, number: int, column: Column) -> None:
    kind = _kind(column)
    variable = _under(record, "variable", ident=str(number), type=kind)
    if column.weight:
        variable.set("use", "weight")
    _under(variable, "name", column.name)
    _texts(_under(variable, "label"), column.label)
    _under(variable, "position", start=str(number))
    if kind == "logical":
        return
    values = _under(variable, "values")
    if kind == "quantity":
        codes = [value.code for value in column.values]
        low, high = (column.minimum, column.maximum) if column.kind == "quantity" else (min(codes), max(codes))
        # The number of decimals follows from how the ends of the range are written.
        _under(values, "range", **{"from": f"{low:.{column.decimals}f}", "to": f"{high:.{column.decimals}f}"})
    for value in column.values:
        _texts(_under(values, "value", code=str(value.code)), value.label)


def _kind(column: Column) -> str:
    """A single answer has codes from 0; where one is negative, it is a quantity whose values have labels."""
    if column.kind == "flag":
        return "logical"
    if column.kind == "quantity" or any(value.code < 0 for value in column.values):
        return "quantity"
    return "single"


def _texts(parent: Element, text: Localised) -> None:
    for language in ("nl", "en"):
        _under(parent, "text", clean(getattr(text, language))).set(_LANG, language)


def _under(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    made = SubElement(parent, tag, attributes)
    made.text = text or None
    return made
