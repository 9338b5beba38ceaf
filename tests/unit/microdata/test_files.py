"""The files for researchers: the same numbers in every form, the released figures, and nobody alone."""

import csv
import io
import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import numpy as np
import polars as pl
import pyreadstat
import pytest
from samenspraak.canonical import canonical_json
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import Open, Option, Page, Single
from samenspraak.types.report import Report

from analytics.disclosure import anonymity
from service.microdata import background
from service.microdata.build import Built, build
from service.microdata.errors import MicrodataUnfit
from service.reports.assemble import assemble
from service.reports.inputs import ReportInputs
from service.reports.weighting import ordered
from tests.unit.report import factory

DDI = "{ddi:codebook:2_5}"


@pytest.fixture(scope="module")
def inputs() -> ReportInputs:
    return factory.inputs(n=400, seed=7)


@pytest.fixture(scope="module")
def report(inputs: ReportInputs) -> Report:
    return assemble(inputs)


@pytest.fixture(scope="module")
def built(inputs: ReportInputs, report: Report) -> Built:
    return build(inputs, canonical_json(report), entropy=b"one", agreement="the-agreement")


@pytest.fixture(scope="module")
def rows(built: Built) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(built.files["csv"].decode(), newline="")))


@pytest.fixture(scope="module")
def spss(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = Path(tmp_path_factory.mktemp("sav")) / "microdata.sav"
    path.write_bytes(built.files["sav"])
    return pyreadstat.read_sav(path, user_missing=True, output_format="polars")


def weighted_share(built: Built, rows: list[dict[str, str]], key: str, top: tuple[int, ...]) -> float:
    """Worked out from the CSV and its codebook alone, as a researcher would."""
    codebook = csv.DictReader(io.StringIO(built.files["codebook"].decode(), newline=""))
    none = {int(line["code"]) for line in codebook if line["column"] == key and line["missing"] == "yes"}
    base = [row for row in rows if row[key] and int(row[key]) not in none]
    whole = sum(float(row["WEIGHT"]) for row in base)
    return sum(float(row["WEIGHT"]) for row in base if int(row[key]) in top) / whole


def test_the_weighted_file_gives_the_released_figures_again(
    report: Report, built: Built, rows: list[dict[str, str]]
) -> None:
    figure = next(one for one in report.value if one.key == "PV_SOC")
    assert figure.headline is not None
    assert weighted_share(built, rows, "PV_SOC", (4, 5)) == pytest.approx(figure.headline.value, abs=5e-5)
    unweighted = np.mean([int(row["PV_SOC"]) in (4, 5) for row in rows if row["PV_SOC"] not in ("", "98", "99", "997")])
    assert abs(unweighted - (figure.headline.value or 0)) > 5e-4, "the control: without weights it is another figure"
    assert report.vote_item is not None
    assert report.vote_item.headline is not None
    vote = weighted_share(built, rows, "VT_MAIN", (1, 2))
    assert vote == pytest.approx(report.vote_item.headline.value, abs=5e-5)


def test_nobody_stands_alone_and_coarsening_is_what_does_it(inputs: ReportInputs, rows: list[dict[str, str]]) -> None:
    names = [name for name in ("SEX", "AGE7", "AGE3", "EDUCATION3", "PROVINCE", "LANDSDEEL") if name in rows[0]]
    keys = np.array([[int(row[name]) for name in names] for row in rows])
    assert anonymity.unique_share(keys) == 0.0
    assert anonymity.sizes(keys).min() >= 5
    with_weight = np.column_stack([keys, [round(float(row["WEIGHT"]) * 1e6) for row in rows]])
    assert anonymity.sizes(with_weight).min() >= 5, "the weight would say what was coarsened"
    people = ordered(inputs)
    fine = [tuple(person.profile[key] for key in ("sex", "age7", "education3", "province")) for person in people]
    alone = sum(fine.count(one) == 1 for one in fine) / len(fine)
    assert alone > 0.05, "the control: without coarsening people do stand alone"


def test_rows_hold_no_id_time_text_or_secret_vote_and_come_in_a_new_order(
    inputs: ReportInputs, report: Report, built: Built, rows: list[dict[str, str]]
) -> None:
    texts = {q.key for page in inputs.questionnaire.pages for q in page.questions if isinstance(q, Open)}
    assert not texts & set(rows[0])
    assert texts <= set(built.protection.left_out)
    assert all(cell == "" or math.isfinite(float(cell)) for row in rows for cell in row.values())
    for form, content in built.files.items():
        for secret in (ordered(inputs)[0].respondent_id.encode(), b"Wie kijkt er mee", b"ballot_result"):
            assert secret not in content, form
    other = build(inputs, canonical_json(report), entropy=b"two", agreement="the-agreement")
    mine, theirs = built.files["csv"].splitlines(), other.files["csv"].splitlines()
    assert sum(a.partition(b",")[2] == b.partition(b",")[2] for a, b in zip(mine, theirs, strict=True)) < 50
    assert sorted(line.partition(b",")[2] for line in mine) == sorted(line.partition(b",")[2] for line in theirs)


def test_every_form_holds_the_same_numbers(built: Built, rows: list[dict[str, str]], spss: Any) -> None:
    parquet = pl.read_parquet(io.BytesIO(built.files["parquet"]))
    sav, _ = spss
    assert parquet.schema["WEIGHT"] == pl.Float64
    assert {kind for name, kind in parquet.schema.items() if name != "WEIGHT"} == {pl.Int64()}
    for name in rows[0]:
        from_csv = [float(row[name]) if row[name] else None for row in rows]
        assert parquet[name].cast(pl.Float64).to_list() == from_csv, name
        assert sav[name].to_list() == from_csv, name


def test_spss_knows_labels_missing_codes_and_levels(inputs: ReportInputs, spss: Any) -> None:
    _, meta = spss
    question = next(q for page in inputs.questionnaire.pages for q in page.questions if q.key == "PV_SOC")
    labels = meta.variable_value_labels["PV_SOC"]
    assert {code: labels[code] for code in (1.0, 5.0, 98.0)} == {
        float(option.code): option.label.nl for option in question.options if option.code in (1, 5, 98)
    }
    missing = [code for one in meta.missing_ranges["PV_SOC"] for code in (one["lo"], one["hi"])]
    assert 98.0 in missing
    assert 5.0 not in missing
    assert meta.column_names_to_labels["PV_SOC"].startswith(question.text.nl[:40])
    measures = meta.variable_measure
    assert (measures["PV_SOC"], measures["WEIGHT"], measures["SEX"]) == ("ordinal", "scale", "nominal")
    assert any("WEIGHT" in note for note in meta.notes)


def test_ddi_and_triple_s_describe_the_very_columns_of_the_csv(built: Built, rows: list[dict[str, str]]) -> None:
    book = ElementTree.fromstring(built.files["ddi"])
    variables = list(book.iter(f"{DDI}var"))
    assert [one.get("name") for one in variables] == list(rows[0])
    assert [one.find(f"{DDI}location").get("StartPos") for one in variables] == [  # type: ignore[union-attr]
        str(place) for place in range(1, len(variables) + 1)
    ]
    weight = [one for one in variables if one.get("wgt") == "wgt"]
    assert [one.get("name") for one in weight] == ["WEIGHT"]
    assert {one.get("wgt-var") for one in variables if one not in weight} == {weight[0].get("ID")}
    assert book.findtext(f".//{DDI}caseQnty") == str(len(rows))
    triple = ElementTree.fromstring(built.files["triple_s"])
    record = triple.find(".//record")
    assert record is not None
    assert (record.get("href"), record.get("format"), record.get("skip")) == ("microdata.csv", "csv", "1")
    for number, variable in enumerate(record.iter("variable"), start=1):
        name = variable.findtext("name") or ""
        place = variable.find("position")
        assert place is not None
        assert place.get("start") == str(number)
        assert list(rows[0])[number - 1] == name
        codes = {int(value.get("code", "")) for value in variable.iter("value")}
        if variable.get("type") in ("single", "logical"):
            allowed = codes or {0, 1}
            assert {int(row[name]) for row in rows if row[name]} <= allowed, name
    assert [v.findtext("name") for v in record.iter("variable") if v.get("use") == "weight"] == ["WEIGHT"]


def test_the_words_say_what_was_done(built: Built) -> None:
    about = built.files["about"].decode()
    assert "the-agreement" in about
    assert all(f"{name} {count}" in about for name, count in built.protection.suppressed.items())
    assert "PV_SOC" in about
    assert built.protection.suppressed
    hidden = sum(row.count("998") for row in csv.reader(io.StringIO(built.files["csv"].decode())))
    assert hidden == sum(built.protection.suppressed.values())


def own(code_counts: dict[int, int], n: int, text: str = "=HYPERLINK(1)") -> ReportInputs:
    """Inputs with one question of the owner, whose answers are given out in these numbers."""
    found = factory.inputs(n=n, seed=5)
    options = tuple(Option(code=code, label=Localised(nl=text, en=text)) for code in code_counts)
    asked = Single(key="OWN_JOB", text=Localised(nl=text, en=text), options=options, report="own")
    page = Page(key="own_1", block="own", questions=(asked,))
    questionnaire = msgspec.structs.replace(found.questionnaire, pages=(*found.questionnaire.pages, page))
    codes = [code for code, count in code_counts.items() for _ in range(count)]
    people = tuple(
        factory.replaced(person, answers={"OWN_JOB": code})
        for person, code in zip(found.respondents, codes, strict=True)
    )
    return msgspec.structs.replace(found, questionnaire=questionnaire, respondents=people)


def test_a_rare_answer_is_suppressed_and_never_alone() -> None:
    found = own({1: 100, 2: 80, 3: 17, 4: 3}, n=200)
    made = build(found, canonical_json(assemble(found)), entropy=b"x", agreement="a")
    given = [row["OWN_JOB"] for row in csv.DictReader(io.StringIO(made.files["csv"].decode(), newline=""))]
    assert {code: given.count(code) for code in set(given)} == {"1": 100, "2": 80, "998": 20}
    assert made.protection.suppressed["OWN_JOB"] == 20


def test_an_owner_cannot_plant_a_formula() -> None:
    found = own({1: 100, 2: 100}, n=200)
    made = build(found, canonical_json(assemble(found)), entropy=b"x", agreement="a")
    cells = [cell for row in csv.reader(io.StringIO(made.files["codebook"].decode())) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "|", "%"))]


def test_answers_that_are_not_those_of_the_report_make_no_file(inputs: ReportInputs, report: Report) -> None:
    fewer = msgspec.structs.replace(inputs, respondents=inputs.respondents[1:])
    with pytest.raises(MicrodataUnfit, match="400 responses and 399 are stored"):
        build(fewer, canonical_json(report), entropy=b"x", agreement="a")
    turned = [factory.replaced(person, answers={"PV_SOC": 5}) for person in inputs.respondents]
    changed = msgspec.structs.replace(inputs, respondents=tuple(turned))
    with pytest.raises(MicrodataUnfit, match="PV_SOC was released as"):
        build(changed, canonical_json(report), entropy=b"x", agreement="a")


@pytest.mark.parametrize(("n", "seed"), [(40, 1), (120, 0), (120, 1), (120, 2), (150, 3)])
def test_the_leading_figure_comes_out_of_small_audits_too(n: int, seed: int) -> None:
    found = factory.inputs(n=n, seed=seed, form="short")
    made = build(found, canonical_json(assemble(found)), entropy=b"x", agreement="a")
    assert abs(made.figures[0].file - made.figures[0].report) < 0.005
    assert made.protection.unique == 0.0


def test_the_finest_set_that_needs_little_is_taken() -> None:
    """A thousand people are too few for provinces; sixty thousand copies of them are not."""
    people = factory.inputs(n=1000, seed=1).respondents
    assert next(background.protected(people)).names == ("sex", "age3", "education3", "landsdeel")
    assert next(background.protected(people * 60)).names == ("sex", "age7", "education3", "province")
