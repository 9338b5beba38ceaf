"""The questionnaire as DDI-Codebook 2.5 (https://ddialliance.org/Specification/DDI-Codebook/2.5): variables, the words
of the question, and what each code means."""

from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import Questionnaire

from surveys.exchange.columns import Column, columns
from surveys.exchange.markup import clean

NAMESPACE = "ddi:codebook:2_5"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
register_namespace("", NAMESPACE)


def write(q: Questionnaire, *, title: str) -> bytes:
    """A `codeBook` with `stdyDscr` and `dataDscr`, UTF-8, with its declaration.

    Args:
        title: name of the study.
    """
    book = Element(_tag("codeBook"), {"version": "2.5", _LANG: "nl"})
    citation = _under(_under(book, "stdyDscr"), "citation")
    statement = _under(citation, "titlStmt")
    _under(statement, "titl", clean(title))
    _under(statement, "IDNo", clean(f"{q.id}, version {q.version}"))
    data = _under(book, "dataDscr")
    for number, column in enumerate(columns(q), start=1):
        _variable(data, number, column)
    indent(book)
    made: bytes = tostring(book, encoding="utf-8", xml_declaration=True)
    return made


def _variable(data: Element, number: int, column: Column) -> None:
    kind = "contin" if column.kind == "quantity" else "discrete"
    variable = _under(data, "var", ID=f"V{number}", name=column.name, intrvl=kind)
    if column.decimals:
        variable.set("dcml", str(column.decimals))
    _texts(variable, "labl", column.label)
    _texts(_under(variable, "qstn"), "qstnLit", column.question.text)
    if column.kind == "quantity":
        valid = _under(variable, "valrng")
        _under(valid, "range", min=str(column.minimum), max=str(column.maximum))
    for value in column.values:
        category = _under(variable, "catgry", missing="Y" if value.missing else "N")
        _under(category, "catValu", str(value.code))
        _texts(category, "labl", value.label)
    _under(variable, "varFormat", type="numeric")


def _texts(parent: Element, tag: str, text: Localised) -> None:
    for language in ("nl", "en"):
        _under(parent, tag, clean(getattr(text, language))).set(_LANG, language)


def _under(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    made = SubElement(parent, _tag(tag), attributes)
    made.text = text or None
    return made


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
