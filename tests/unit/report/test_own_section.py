"""Questions of the owner in the report: their figures, their tables, and whose questions they are."""

import csv
import io

import msgspec
import numpy as np
import pytest
from samenspraak.types.questionnaire import AnswerValue
from samenspraak.types.report import Figure

from service.render import csv as tidy
from service.render import html
from service.reports import reported, weighting
from service.reports.assemble import Analysis, analyse
from service.reports.inputs import ReportInputs
from surveys import battery
from tests.unit.report import factory
from tests.unit.surveys.test_own import CAR, HOURS, MATRIX, SLIDER, STATEMENT

ASKED = (CAR, MATRIX, SLIDER, HOURS, STATEMENT)


def answered(number: int, rng: np.random.Generator) -> dict[str, AnswerValue]:
    """As pages store them."""
    return {
        "OWN_CAR": 1 + int(rng.random() < 0.3),
        "OWN_ROWS": {"speed": int(rng.integers(1, 4)), "price": 3 if number % 4 else 1},
        "OWN_LINE": 5 * int(rng.integers(0, 21)),
        "OWN_HOURS": 998 if number % 10 == 0 else round(float(rng.gamma(4.0, 2.0)), 1),
        "OWN_SAID": (1, 1, -1, 0)[number % 4],
    }


@pytest.fixture(scope="module")
def inputs() -> ReportInputs:
    """A sample that also answered five own questions."""
    rng = np.random.default_rng(3)
    plain = factory.inputs(n=600)
    asked = battery.build(plain.application, form="standard", own=ASKED)
    people = tuple(
        factory.replaced(person, answers=reported.answers(asked, answered(number, rng)))
        for number, person in enumerate(plain.respondents)
    )
    return msgspec.structs.replace(plain, questionnaire=reported.reported(asked), respondents=people)


@pytest.fixture(scope="module")
def analysis(inputs: ReportInputs) -> Analysis:
    return analyse(inputs)


def figures(analysis: Analysis) -> dict[str, Figure]:
    return {figure.key: figure for figure in analysis.report.own}


def test_every_kind_has_its_figure_and_says_whose_question_it_is(analysis: Analysis) -> None:
    found = figures(analysis)
    assert list(found) == ["OWN_CAR", "OWN_ROWS.speed", "OWN_ROWS.price", "OWN_LINE", "OWN_HOURS", "OWN_SAID"]
    assert all(figure.note and "eigenaar" in figure.note.nl for figure in found.values())
    assert all(figure.headline and figure.headline.value is not None for figure in found.values())
    others = (*analysis.report.value, *analysis.report.use, *analysis.report.other, *analysis.report.conditions)
    assert not {figure.key for figure in others} & set(found)


def test_figures_are_the_weighted_means_of_what_people_filled_in(inputs: ReportInputs, analysis: Analysis) -> None:
    found = figures(analysis)
    people = weighting.ordered(inputs)
    w = weighting.weight(inputs, people).design.weights

    def mean(key: str, scores: dict[int, float] | None = None) -> float:
        given = [person.answers.get(key) for person in people]
        if scores is not None:
            given = [scores.get(value) if isinstance(value, int) else None for value in given]
        y = np.array([value if isinstance(value, int | float) else np.nan for value in given])
        return float(np.nansum(w * y) / w[~np.isnan(y)].sum())

    hours, price = found["OWN_HOURS"].headline, found["OWN_ROWS.price"].headline
    assert hours is not None
    assert hours.value == pytest.approx(mean("OWN_HOURS"), abs=1e-4)
    assert hours.n == 540  # who has no number is not in the base
    assert price is not None
    assert price.value == pytest.approx(mean("OWN_ROWS.price", {1: 0.0, 2: 0.0, 3: 1.0}), abs=1e-4)
    shares = {share.code: share.estimate.value for share in found["OWN_SAID"].shares}
    assert set(shares) == {"1", "-1", "0"}
    assert shares["1"] == pytest.approx(mean("OWN_SAID", {1: 1.0, -1: 0.0, 0: 0.0}), abs=1e-4)


def test_sentences_give_unit_and_statement_and_never_a_scale_for_a_number(analysis: Analysis) -> None:
    found = figures(analysis)
    assert "uur per week bij de vraag" in found["OWN_HOURS"].sentence.nl
    assert "op een schaal" not in found["OWN_HOURS"].sentence.nl
    assert "on the statement" in found["OWN_SAID"].sentence.en
    assert "bij de vraag “Prijs: Hoe belangrijk is dit voor u?”" in found["OWN_ROWS.price"].sentence.nl


def test_the_tables_hold_them_in_total_and_by_group(analysis: Analysis) -> None:
    text = tidy.render(analysis.report, analysis.tables).decode("utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["section"] == "own"]
    assert {row["figure"] for row in rows} == set(figures(analysis))
    total = [row for row in rows if row["figure"] == "OWN_CAR" and not row["dimension"] and row["measure"] == "share"]
    assert [row["code"] for row in total] == ["1", "2"]
    assert {row["dimension"].partition("=")[0] for row in rows} >= {"", "sex", "age3"}
    by_sex = [row for row in rows if row["figure"] == "OWN_HOURS" and row["dimension"].startswith("sex=")]
    assert [row["measure"] for row in by_sex] == ["mean", "mean"]


def test_the_page_has_a_section_of_its_own(analysis: Analysis) -> None:
    page = html.render(analysis.report, lang="nl").decode()
    assert '<section id="own"' in page
    assert "De eigenaar heeft deze vraag zelf opgesteld" in page
    assert '<section id="own"' not in html.render(analyse(factory.inputs(n=120)).report, lang="nl").decode()


def test_a_questionnaire_without_them_is_left_as_it_is() -> None:
    q = factory.inputs(n=5).questionnaire
    assert reported.reported(q) is q
