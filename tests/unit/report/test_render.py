"""The report as people get it: a page, a PDF and a table of figures."""

import base64
import csv
import hashlib
import io
import itertools
import re
from html.parser import HTMLParser
from typing import Any

import msgspec
import pypdf
import pytest
from samenspraak.types.base import Localised
from samenspraak.types.report import Report

from service.render import charts, html, pdf
from service.render import csv as tidy
from service.render.charts import Bar, Chart
from service.render.policy import content_security_policy
from service.reports.assemble import assemble
from service.reports.crosstabs import TableRow
from tests.unit.report import factory

NASTY = "<script>alert('x')</script>&\"; =HYPERLINK(1)"


@pytest.fixture(scope="module")
def report() -> Report:
    return assemble(factory.inputs(n=300))


@pytest.fixture(scope="module")
def real() -> Report:
    return assemble(factory.inputs(n=300, kind="opt_in_panel"))


@pytest.fixture(scope="module")
def document(report: Report) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf.render(report)))


class Page(HTMLParser):
    """Tags with attributes, in order, and whether they close as they opened."""

    VOID = frozenset({"meta", "br", "img", "input", "link", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


class TestHtml:
    def test_page_is_whole_and_free_of_scripts_and_outside_addresses(self, report: Report) -> None:
        text = html.render(report).decode()
        page = Page(text)
        assert page.open == []
        assert not page.all("script")
        assert not page.all("link")
        assert not page.all("img")
        assert all("style" not in attrs and not any(k.startswith("on") for k in attrs) for _, attrs in page.tags)
        assert re.findall(r"https?://[^\s\"<]+", text.replace("http://www.w3.org/2000/svg", "")) == []

    def test_style_sheet_is_the_one_that_the_policy_allows(self, report: Report) -> None:
        text = html.render(report).decode()
        style = text.partition("<style>")[2].partition("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in content_security_policy()
        assert "default-src 'none'" in content_security_policy()

    def test_language_title_and_headings_are_in_order(self, report: Report) -> None:
        text = html.render(report).decode()
        page = Page(text)
        assert page.all("html")[0]["lang"] == "nl"
        assert "<title>Samenlevingsaudit: Parkeercontrole met scanauto&#39;s</title>" in text
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))

    def test_every_chart_has_title_description_and_its_numbers_in_a_table(self, report: Report) -> None:
        text = html.render(report).decode()
        drawn = re.findall(r"<figure>.*?(<svg.*?</svg>)", text, re.S)
        assert len(drawn) > 30
        for picture in drawn:
            assert re.search(r"<title id=\"([^\"]+)\">[^<]+</title><desc id=\"[^\"]+\">[^<]+</desc>", picture)
        for figure in re.split(r"<figure>", text)[1:]:
            assert "<table>" in figure.partition("</article>")[0]

    def test_ids_are_unique(self, report: Report) -> None:
        ids = [attrs["id"] for _, attrs in Page(html.render(report).decode()).tags if "id" in attrs]
        assert len(ids) == len(set(ids))

    def test_header_cells_say_what_they_head(self, report: Report) -> None:
        assert all(attrs.get("scope") for attrs in Page(html.render(report).decode()).all("th"))

    def test_simulation_is_said_at_the_top_and_the_end(self, report: Report, real: Report) -> None:
        assert html.render(report).decode().count('class="banner') == 2
        assert 'class="banner' not in html.render(real).decode()

    def test_summary_in_the_other_language_is_marked_as_such(self, report: Report) -> None:
        text = html.render(report).decode()
        assert '<section id="translation" lang="en"' in text
        assert "Of the simulated answers" in text
        assert '<html lang="en">' in html.render(report, lang="en").decode()

    def test_texts_of_the_owner_cannot_become_markup(self, report: Report) -> None:
        evil = msgspec.structs.replace(report, application_name=Localised(nl=NASTY, en=NASTY))
        first = evil.value[0]
        share = msgspec.structs.replace(first.shares[0], label=Localised(nl=NASTY, en=NASTY))
        figure = msgspec.structs.replace(first, shares=(share, *first.shares[1:]))
        text = html.render(msgspec.structs.replace(evil, value=(figure, *evil.value[1:]))).decode()
        assert "<script" not in text
        assert "alert" in text


class TestPdf:
    def test_same_report_gives_the_same_bytes(self, report: Report) -> None:
        assert pdf.render(report) == pdf.render(report)

    def test_file_claims_ua_and_archive_standards_and_is_tagged(self, document: pypdf.PdfReader) -> None:
        catalogue: Any = document.trailer["/Root"]
        metadata = catalogue["/Metadata"].get_object().get_data().decode()
        assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
        assert "<pdfaid:part>2</pdfaid:part>" in metadata
        assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
        assert catalogue["/MarkInfo"]["/Marked"]

    def test_language_title_and_date_are_set(self, document: pypdf.PdfReader, report: Report) -> None:
        catalogue: Any = document.trailer["/Root"]
        assert str(catalogue["/Lang"]).startswith("nl")
        assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
        assert document.metadata is not None
        assert document.metadata.title == "Samenlevingsaudit: Parkeercontrole met scanauto's"
        assert document.metadata.creation_date == report.generated_at

    def test_every_picture_has_an_alternative_text_and_tables_have_headers(self, document: pypdf.PdfReader) -> None:
        kinds: dict[str, int] = {}
        without = 0
        catalogue: Any = document.trailer["/Root"]
        for node in structure(catalogue["/StructTreeRoot"]):
            kind = str(node.get("/S", ""))
            kinds[kind] = kinds.get(kind, 0) + 1
            without += kind == "/Figure" and not node.get("/Alt")
        assert kinds["/Figure"] > 30
        assert without == 0
        assert kinds["/TH"] > 100

    def test_bookmarks_lead_to_every_part(self, document: pypdf.PdfReader) -> None:
        titles = [str(entry["/Title"]) for entry in document.outline if not isinstance(entry, list)]
        assert titles[0] == "In het kort"
        assert {"Hoe zeker zijn we?", "Waarde", "Zorgen", "Verantwoording"} <= set(titles)

    def test_answer_comes_first_and_every_page_says_simulation(self, document: pypdf.PdfReader) -> None:
        pages = [page.extract_text() for page in document.pages]
        assert "In het kort" in pages[0]
        assert "Voorgelegd" in pages[0]
        assert all("SIMULATIE: alle antwoorden" in page for page in pages)

    def test_report_on_a_panel_carries_no_banner(self, real: Report) -> None:
        pages = pypdf.PdfReader(io.BytesIO(pdf.render(real))).pages
        assert not any("SIMULATIE" in page.extract_text() for page in pages)


def structure(node: Any) -> list[Any]:
    """Every element of the structure tree."""
    node = node.get_object() if hasattr(node, "get_object") else node
    found = [node] if hasattr(node, "get") else []
    children: Any = node.get("/K") if hasattr(node, "get") else None
    children = children.get_object() if hasattr(children, "get_object") else children
    for child in children if isinstance(children, list) else [children]:
        if child is not None and not isinstance(child, int):
            found += structure(child)
    return found


class TestCsv:
    def rows(self, report: Report) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(tidy.render(report).decode("utf-8-sig"))))

    def test_every_figure_is_one_row_with_its_base(self, report: Report) -> None:
        rows = self.rows(report)
        assert {"value", "concerns", "use", "vote_item", "secret_ballot", "subgroups"} <= {r["section"] for r in rows}
        headline = next(r for r in rows if r["figure"] == "PV_SOC" and r["measure"] == "headline")
        figure = next(f for f in report.value if f.key == "PV_SOC")
        assert figure.headline is not None
        assert float(headline["value"]) == figure.headline.value
        assert headline["n"] == str(figure.headline.n)
        assert headline["sample_kind"] == "simulated"
        assert headline["plan_hash"] == report.plan_hash

    def test_tables_by_group_keep_own_questions_of_the_owner_apart(self, report: Report) -> None:
        estimate = report.value[0].shares[0].estimate
        label = Localised(nl="Ja", en="Yes")
        tables = [
            TableRow(
                question=question,
                text=Localised(nl="Hebt u een auto?", en="Do you have a car?"),
                dimension=dimension,
                group="M" if dimension else "",
                group_label=label,
                what="share",
                code="1",
                label=label,
                estimate=estimate,
            )
            for question in ("OWN_CAR", "PV_SOC")
            for dimension in ("", "sex")
        ]
        raw = tidy.render(report, tables).decode("utf-8-sig")
        rows = [row for row in csv.DictReader(io.StringIO(raw)) if row["label_nl"].startswith("Hebt u")]
        assert [(row["section"], row["figure"], row["dimension"]) for row in rows] == [
            ("own", "OWN_CAR", "sex=M"),
            ("tables", "PV_SOC", "sex=M"),
        ]

    def test_hidden_figures_have_empty_cells(self) -> None:
        rows = self.rows(assemble(factory.inputs(n=45)))
        hidden = [row for row in rows if row["flag"] == "suppressed"]
        assert hidden
        assert all(row[name] == "" for row in hidden for name in ("value", "se", "lower", "upper", "n", "unweighted"))

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "|", "＝"])
    def test_no_cell_can_act_as_a_formula(self, report: Report, start: str) -> None:
        label = Localised(nl=f"{start}HYPERLINK(1)", en=f"{start}cmd")
        first = report.value[0]
        share = msgspec.structs.replace(first.shares[0], label=label)
        figure = msgspec.structs.replace(first, question=label, shares=(share, *first.shares[1:]))
        rows = self.rows(msgspec.structs.replace(report, value=(figure,)))
        touched = [row["label_nl"] for row in rows if "HYPERLINK" in row["label_nl"]]
        assert touched
        assert all(cell.startswith("'") for cell in touched)

    def test_negative_numbers_stay_numbers(self) -> None:
        assert tidy.inert("-0.25") == "-0.25"
        assert tidy.inert("-0.25x") == "'-0.25x"


class TestCharts:
    def test_label_too_long_for_its_place_is_cut_with_an_ellipsis(self) -> None:
        bar = Bar(label="lang woord " * 30, text="5%", value=0.05)
        drawn = charts.svg(Chart(title="t", description="d", bars=(bar,)), key="k", font="serif")
        assert drawn.count("<tspan") == 3
        assert "…</tspan>" in drawn

    def test_bar_without_a_value_says_why(self) -> None:
        bar = Bar(label="groep", text="te weinig antwoorden")
        drawn = charts.svg(Chart(title="t", description="d", bars=(bar,)), key="k", font="serif")
        assert "te weinig antwoorden</text>" in drawn
        assert "<rect" not in drawn

    def test_whiskers_stay_inside_the_picture(self) -> None:
        bar = Bar(label="groep", text="99%", value=0.99, low=0.9, high=1.2, wide_low=-0.3, wide_high=2.0)
        drawn = charts.svg(Chart(title="t", description="d", bars=(bar,)), key="k", font="serif")
        places = [float(x) for x in re.findall(r'x[12]="([\d.]+)"', drawn)]
        assert max(places) <= charts.WIDTH - charts.VALUE
        assert min(places) >= charts.LABEL
