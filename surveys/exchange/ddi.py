"""The questionnaire as DDI-Codebook 2.5 (https://ddialliance.org/Specification/DDI-Codebook/2.5): variables, the words
of the question, and what each code means. With a data file it says where each variable stands and who may use it.

The order of elements is the one of the schema, `codebook.xsd` of 2012-01-17.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from msgspec import Struct
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import Questionnaire

from surveys.exchange.columns import Column, columns
from surveys.exchange.markup import clean

NAMESPACE = "ddi:codebook:2_5"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
register_namespace("", NAMESPACE)


class DataFile(Struct, frozen=True, kw_only=True):
    """The file that the variables are in: text, comma-separated, one line of headings."""

    name: str
    rows: int
    content: Localised
    """What is in it, and what was done to it."""
    restriction: Localised
    """Who may use it."""
    notes: tuple[Localised, ...] = ()


def write(q: Questionnaire, *, title: str) -> bytes:
    """A `codeBook` with `stdyDscr` and `dataDscr`, UTF-8, with its declaration.

    Args:
        title: name of the study.
    """
    return of_columns(columns(q), title=title, identity=f"{q.id}, version {q.version}")


def of_columns(found: Sequence[Column], *, title: str, identity: str, file: DataFile | None = None) -> bytes:
    """The same for any columns, with a description of the file they are in."""
    book = Element(_tag("codeBook"), {"version": "2.5", _LANG: "nl"})
    study = _under(book, "stdyDscr")
    statement = _under(_under(study, "citation"), "titlStmt")
    _under(statement, "titl", clean(title))
    _under(statement, "IDNo", clean(identity))
    if file is not None:
        _use(study, file)
        _file(book, file, len(found))
    data = _under(book, "dataDscr")
    weight = next((f"V{number}" for number, column in enumerate(found, start=1) if column.weight), "")
    for number, column in enumerate(found, start=1):
        _variable(data, number, column, file, weight)
    indent(book)
    made: bytes = tostring(book, encoding="utf-8", xml_declaration=True)
    return made


def _use(study: Element, file: DataFile) -> None:
    """Terms of use. The schema allows one text there, so both languages stand in it."""
    use = _under(_under(study, "dataAccs"), "useStmt")
    _under(use, "restrctn", clean(f"{file.restriction.nl} / {file.restriction.en}"))


def _file(book: Element, file: DataFile, variables: int) -> None:
    described = _under(book, "fileDscr", ID="F1", URI=file.name)
    text = _under(described, "fileTxt")
    _under(text, "fileName", clean(file.name))
    _under(text, "fileCont", clean(f"{file.content.nl} / {file.content.en}"))
    size = _under(text, "dimensns")
    _under(size, "caseQnty", str(file.rows))
    _under(size, "varQnty", str(variables))
    _under(text, "fileType", "text/csv; charset=utf-8; header=present").set("charset", "UTF-8")
    for note in file.notes:
        _texts(described, "notes", note)


def _variable(data: Element, number: int, column: Column, file: DataFile | None, weight: str) -> None:
    kind = "contin" if column.kind == "quantity" else "discrete"
    variable = _under(data, "var", ID=f"V{number}", name=column.name, intrvl=kind)
    if column.weight:
        variable.set("wgt", "wgt")
    elif weight:
        variable.set("wgt-var", weight)
    if column.decimals:
        variable.set("dcml", str(column.decimals))
    if file is not None:
        variable.set("files", "F1")
        _under(variable, "location", StartPos=str(number), fileid="F1")
    _texts(variable, "labl", column.label)
    if column.question is not None:
        _texts(_under(variable, "qstn"), "qstnLit", column.question.text)
    if column.kind == "quantity":
        valid = _under(variable, "valrng")
        units = "REAL" if column.decimals else "INT"
        _under(valid, "range", UNITS=units, min=str(column.minimum), max=str(column.maximum))
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
