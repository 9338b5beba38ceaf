"""DDI and Triple-S against the content models of their specifications.

The schemas are no part of the repository, so the parts that are written are held against what they say of them:

- DDI-Codebook 2.5, `codebook.xsd` of 2012-01-17: order and number of children, attributes with their enumerations,
  references to ids (github.com/ncrncornell/ddi-schemas, 2.5/schemas/codebook.xsd).
- Triple-S 3.0, the XML standard (triple-s.org): the same.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from samenspraak import examples
from samenspraak.canonical import canonical_json

from service.microdata.build import build
from service.reports.assemble import assemble
from surveys import battery
from surveys.exchange import ddi, triple_s
from tests.unit.report import factory

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Model(NamedTuple):
    children: str
    """Names in order, as in a schema: `?` may be left out, `*` may repeat, `+` must be there."""
    attributes: dict[str, str] = {}
    """Name -> pattern of its value; `!` before it: required. Besides, any element may have ID and xml:lang."""
    text: bool = False


DDI = {
    "codeBook": Model("docDscr* stdyDscr+ fileDscr* dataDscr* otherMat*", {"version": "2\\.5"}),
    "stdyDscr": Model(
        "citation+ studyAuthorization* stdyInfo* studyDevelopment* method* dataAccs* othrStdyMat* notes*"
    ),
    "citation": Model("titlStmt rspStmt? prodStmt? distStmt? serStmt* verStmt* biblCit? holdings* notes*"),
    "titlStmt": Model("titl subTitl* altTitl* parTitl* IDNo*"),
    "dataAccs": Model("setAvail* useStmt* notes*"),
    "useStmt": Model("confDec? specPerm? restrctn? contact* citReq? deposReq? conditions? disclaimer?"),
    "fileDscr": Model("fileTxt* locMap? notes*", {"URI": ".+"}),
    "fileTxt": Model(
        "fileName? fileCitation? fileCont? fileStrc? dimensns? fileType? format? filePlac? dataChck* ProcStat? "
        "dataMsng? software* verStmt?"
    ),
    "dimensns": Model("caseQnty* varQnty* logRecL* recPrCas* recNumTot*"),
    "dataDscr": Model("varGrp* nCubeGrp* var* nCube* notes*"),
    "var": Model(
        "location* labl* imputation? security? embargo? respUnit? anlysUnit? qstn* valrng* invalrng* undocCod* "
        "universe* TotlResp? sumStat* txt* stdCatgry* catgryGrp* catgry* codInstr* verStmt* concept* derivation? "
        "varFormat? geoMap* catLevel* notes*",
        {"!name": ".+", "wgt": "wgt|not-wgt", "wgt-var": "#", "files": "#", "dcml": "\\d+",
         "intrvl": "contin|discrete"},
    ),
    "location": Model("", {"StartPos": "\\d+", "fileid": "#"}),
    "qstn": Model("qstnLit*", text=True),
    "valrng": Model("range+ key? notes*"),
    "range": Model("", {"UNITS": "INT|REAL", "min": "-?[\\d.]+", "max": "-?[\\d.]+"}),
    "catgry": Model("catValu? labl* txt* catStat* mrow?", {"missing": "Y|N"}),
    "varFormat": Model("", {"type": "numeric|character"}, text=True),
    "fileType": Model("", {"charset": ".+"}, text=True),
    **{
        name: Model("", text=True)
        for name in ("titl", "IDNo", "restrctn", "fileName", "fileCont", "caseQnty", "varQnty", "labl", "qstnLit",
                     "catValu", "notes")
    },
}  # fmt: skip
TRIPLE_S = {
    "sss": Model("date? time? origin? user? survey", {"!version": "3\\.0", "languages": "[a-z]{2}( [a-z]{2})*"}),
    "survey": Model("name? version? title? record+"),
    "record": Model("variable+", {"!ident": "[A-Za-z]+", "href": ".+", "format": "fixed|csv", "skip": "\\d+"}),
    "variable": Model(
        "name label position filter? spread? values?",
        {
            "!ident": "[1-9]\\d*",
            "!type": "single|multiple|quantity|logical|character|date|time",
            "use": "serial|weight",
        },
    ),
    "label": Model("text+"),
    "position": Model("", {"!start": "[1-9]\\d*", "finish": "[1-9]\\d*"}),
    "values": Model("range? value*"),
    "range": Model("", {"!from": "-?\\d+(\\.\\d+)?", "!to": "-?\\d+(\\.\\d+)?"}),
    "value": Model("text+", {"!code": "-?\\d+"}),
    **{name: Model("", text=True) for name in ("origin", "name", "version", "title", "text")},
}


def faults(root: Element, models: dict[str, Model]) -> Iterator[str]:
    ids = {one.get("ID") for one in root.iter() if one.get("ID")}
    for element in root.iter():
        name = _name(element)
        if name not in models:
            yield f"{name} is not known"
            continue
        model = models[name]
        children = "".join(f"{_name(child)} " for child in element)
        order = "".join(_part(word) for word in model.children.split())
        if not re.fullmatch(order, children):
            yield f"{name}: {children[:80]} is not {model.children}"
        if not model.text and (element.text or "").strip():
            yield f"{name} has text"
        yield from _attributes(element, name, model, ids)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _part(word: str) -> str:
    name, many = (word[:-1], word[-1]) if word[-1] in "?*+" else (word, "")
    return f"(?:{name} ){many}"


def _attributes(element: Element, name: str, model: Model, ids: set[str | None]) -> Iterator[str]:
    known = {key.lstrip("!"): pattern for key, pattern in model.attributes.items()}
    for key, value in element.attrib.items():
        if key in ("ID", XML_LANG):
            continue
        if key not in known:
            yield f"{name} has no attribute {key}"
        elif known[key] == "#" and not set(value.split()) <= ids:
            yield f"{name} {key} refers to {value}, which is no id"
        elif known[key] != "#" and not re.fullmatch(known[key], value):
            yield f"{name} {key} is {value}"
    for key in model.attributes:
        if key.startswith("!") and key[1:] not in element.attrib:
            yield f"{name} needs {key[1:]}"


@pytest.fixture(scope="module")
def written() -> dict[str, Element]:
    q = battery.build(examples.load("scanauto-parkeren"), form="long")
    found = factory.inputs(n=100, seed=2)
    made = build(found, canonical_json(assemble(found)), entropy=b"x", agreement="a").files
    texts = {
        "ddi": ddi.write(q, title="Een < titel & meer"),
        "triple_s": triple_s.write(q, title="Een < titel & meer"),
        "ddi of microdata": made["ddi"],
        "triple_s of microdata": made["triple_s"],
    }
    return {name: ElementTree.fromstring(text) for name, text in texts.items()}


@pytest.mark.parametrize("name", ["ddi", "ddi of microdata"])
def test_ddi_keeps_to_the_schema(written: dict[str, Element], name: str) -> None:
    assert list(faults(written[name], DDI)) == []
    ids = [one.get("ID") for one in written[name].iter() if one.get("ID")]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z_][\w.-]*", str(one)) for one in ids)


@pytest.mark.parametrize("name", ["triple_s", "triple_s of microdata"])
def test_triple_s_keeps_to_the_standard(written: dict[str, Element], name: str) -> None:
    root = written[name]
    assert list(faults(root, TRIPLE_S)) == []
    idents = [one.get("ident") for one in root.iter("variable")]
    names = [one.findtext("name") for one in root.iter("variable")]
    assert len(set(idents)) == len(idents)
    assert len(set(names)) == len(names)
    for variable in root.iter("variable"):
        kind, values = variable.get("type"), variable.find("values")
        assert (values is None) == (kind == "logical")
        if kind == "single" and values is not None:
            assert values.find("range") is None
            assert all(int(str(value.get("code"))) >= 0 for value in values.iter("value"))
        if kind == "quantity" and values is not None:
            assert values.find("range") is not None


def test_the_check_sees_what_is_in_the_wrong_place(written: dict[str, Element]) -> None:
    book = ElementTree.fromstring(ElementTree.tostring(written["ddi"]))
    variable = next(one for one in book.iter() if _name(one) == "var")
    first = variable[0]
    variable.remove(first)
    variable.append(first)
    variable.set("intrvl", "often")
    variable.set("files", "F9")
    del variable.attrib["name"]
    assert len(list(faults(book, DDI))) == 4
