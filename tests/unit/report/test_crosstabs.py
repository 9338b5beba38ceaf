"""Weighted tables of every closed question: the report's figures, for all questions, and nothing that is unsafe."""

import msgspec
import numpy as np
import pytest
from samenspraak.types import estimate as published
from samenspraak.types.questionnaire import Knowledge, Likert, Multi, Numeric, Ranking, Scale, Single, VoteItem

from analytics.disclosure.reliability import judge
from analytics.estimates import estimate as analysis
from analytics.representation.sensitivity import BiasTerm
from service.reports import celltables, crosstabs, weighting
from service.reports.crosstabs import Crosstab, TableRow
from service.reports.estimates import publish
from service.reports.inputs import ReportInputs
from service.reports.sample import Sample, build
from service.reports.subgroups import split
from tests.unit.report import factory

BIAS = BiasTerm(standardised=0.05, figures=8)
DIMENSIONS = ("sex", "age3", "education3", "landsdeel", "digital_skill", "experience")


def sampled(inputs: ReportInputs) -> Sample:
    respondents = weighting.ordered(inputs)
    sample = build(
        respondents,
        design=weighting.weight(inputs, respondents).design,
        questionnaire=inputs.questionnaire,
        kind=inputs.plan.sample_kind,
        plan=inputs.plan.weighting,
    )
    return msgspec.structs.replace(sample, bias=BIAS)


def cells_of(inputs: ReportInputs, sample: Sample) -> celltables.ReportCells:
    return celltables.from_respondents(sample.respondents, sample.design, inputs.questionnaire, DIMENSIONS)


def rows_of(inputs: ReportInputs, sample: Sample) -> tuple[TableRow, ...]:
    return crosstabs.crosstabs(
        cells_of(inputs, sample),
        inputs.questionnaire,
        DIMENSIONS,
        plan=inputs.plan.weighting,
        kind=inputs.plan.sample_kind,
        bias=BIAS,
    )


def raw_of(inputs: ReportInputs, sample: Sample) -> tuple[Crosstab, ...]:
    return crosstabs.tabulate(
        cells_of(inputs, sample), inputs.questionnaire, DIMENSIONS, plan=inputs.plan.weighting, bias=BIAS
    )


@pytest.fixture(scope="module")
def inputs() -> ReportInputs:
    """A few people whose sex the frame does not know, and one question that few answered."""
    made = factory.inputs(n=600, form="short")
    people = [
        factory.replaced(person, profile={"sex": None, "sex_age": None}) if i % 100 == 3 else person
        for i, person in enumerate(made.respondents)
    ]
    return msgspec.structs.replace(made, respondents=tuple(people))


@pytest.fixture(scope="module")
def sample(inputs: ReportInputs) -> Sample:
    return sampled(inputs)


@pytest.fixture(scope="module")
def rows(inputs: ReportInputs, sample: Sample) -> tuple[TableRow, ...]:
    return rows_of(inputs, sample)


def same(found: published.Estimate, wanted: published.Estimate) -> None:
    """Everything equal; numbers may differ in the last of six decimals. Reliability has a test of its own."""
    for field in msgspec.structs.fields(found):
        if field.name == "reliability":
            continue
        value, other = getattr(found, field.name), getattr(wanted, field.name)
        if isinstance(value, published.Interval) and isinstance(other, published.Interval):
            assert (value.level, value.method) == (other.level, other.method), field.name
            assert [value.lower, value.upper] == pytest.approx([other.lower, other.upper], abs=1.5e-6), field.name
        elif isinstance(value, float) and isinstance(other, float):
            assert value == pytest.approx(other, abs=1.5e-6), field.name
        else:
            assert value == other, field.name


def test_every_closed_question_has_a_table_in_total_and_by_each_dimension(
    inputs: ReportInputs, rows: tuple[TableRow, ...]
) -> None:
    kinds = (Likert, Scale, Single, Knowledge, VoteItem, Multi, Ranking, Numeric)
    wanted = [q.key for page in inputs.questionnaire.pages for q in page.questions if isinstance(q, kinds)]
    assert list(dict.fromkeys(row.question for row in rows)) == wanted
    # The short form does not ask for digital skill in all its versions; every dimension that is known has its tables.
    dimensions = list(dict.fromkeys(row.dimension for row in rows))
    assert dimensions[0] == ""
    assert {"sex", "age3", "education3", "landsdeel"} <= set(dimensions)
    assert len({(row.question, row.dimension, row.group, row.what, row.code) for row in rows}) == len(rows)


def test_totals_are_the_figures_of_the_report(inputs: ReportInputs, sample: Sample, rows: tuple[TableRow, ...]) -> None:
    checked = 0
    for page in inputs.questionnaire.pages:
        for question in page.questions:
            if not isinstance(question, Likert | Scale | VoteItem):
                continue
            given = sample.codes(question.key)
            known = np.isin(given, [option.code for option in question.options if not option.missing])
            for row in rows:
                if row.question == question.key and row.dimension == "" and row.what in ("share", "mean"):
                    y = given if row.what == "mean" else (given == float(row.code)).astype(np.float64)
                    one = (analysis.mean if row.what == "mean" else analysis.proportion)(
                        np.where(known, y, np.nan), sample.design
                    )
                    same(row.estimate, publish(sample, one, base="knows"))
                    assert row.estimate.reliability == judge(one).flag
                    checked += 1
    assert checked > 70


def test_lists_count_everybody_who_gave_one(inputs: ReportInputs, sample: Sample, rows: tuple[TableRow, ...]) -> None:
    lists = [q for page in inputs.questionnaire.pages for q in page.questions if isinstance(q, Multi | Ranking)]
    assert lists
    for question in lists:
        hits = sample.chosen(question.key, [option.code for option in question.options]).copy()
        if isinstance(question, Ranking):
            hits[np.nansum(hits, axis=1) == 0] = np.nan
        found = [row.estimate for row in rows if row.question == question.key and row.dimension == ""]
        wanted = [publish(sample, one, base="all") for one in analysis.proportions(hits, sample.design)]
        for one, other in zip(found, wanted, strict=True):
            same(one, other)


def test_groups_are_those_of_the_reports_tables(
    inputs: ReportInputs, sample: Sample, rows: tuple[TableRow, ...]
) -> None:
    """Values, bases and labels of the headline by group, folded alike, where the report shows it."""
    asked = [q for page in inputs.questionnaire.pages for q in page.questions]
    tables = split(sample, asked, DIMENSIONS, ()).tables
    assert tables
    compared = 0
    for table in tables:
        own = [row for row in rows if (row.question, row.dimension) == (table.figure, table.dimension)]
        head = [row for row in own if row.what in ("top", "mean")]
        for row, wanted in zip(head, table.rows, strict=bool(head)):
            assert (row.group, row.group_label) == (wanted.code, wanted.label)
            if row.estimate.flag != "suppressed":
                same(row.estimate, wanted.estimate)
                compared += 1
    assert compared > 30
    sexes = {row.group_label.en for row in rows if row.dimension == "sex"}
    assert any("not known" in label for label in sexes), "six people of unknown sex count with the smaller group"


class TestNothingUnsafe:
    def test_few_people_are_hidden_and_so_is_what_would_give_them_away(self) -> None:
        made = factory.inputs(n=300, form="short")
        people = [
            factory.replaced(person, profile={"landsdeel": "LD01" if i < 6 else "LD02" if i < 40 else "LD03"})
            for i, person in enumerate(made.respondents)
        ]
        inputs = msgspec.structs.replace(made, respondents=tuple(people))
        rows = [row for row in rows_of(inputs, sampled(inputs)) if row.dimension == "landsdeel"]
        assert all(row.estimate.value is None and row.estimate.n is None for row in rows if row.group == "LD01")
        for question in {row.question for row in rows}:
            hidden = {row.group for row in rows if row.question == question and row.estimate.flag == "suppressed"}
            assert len(hidden) >= 2, question

    def test_a_group_of_one_mind_hides_its_table(self) -> None:
        made = factory.inputs(n=300, form="short")
        people = [
            factory.replaced(person, answers={"AC_ALL": 5}) if person.profile["age3"] == "18-34" else person
            for person in made.respondents
        ]
        inputs = msgspec.structs.replace(made, respondents=tuple(people))
        rows = [row for row in rows_of(inputs, sampled(inputs)) if row.question == "AC_ALL"]
        assert {row.estimate.flag for row in rows if row.dimension == "age3"} == {"suppressed"}
        assert "suppressed" not in {row.estimate.flag for row in rows if row.dimension == ""}

    def test_the_release_may_hide_more(self, inputs: ReportInputs, sample: Sample) -> None:
        cells = cells_of(inputs, sample)
        rows = crosstabs.crosstabs(
            cells,
            inputs.questionnaire,
            DIMENSIONS,
            plan=inputs.plan.weighting,
            kind="simulated",
            bias=None,
            hidden={("AC_ALL", "sex", "M")},
        )
        own = [row for row in rows if row.question == "AC_ALL" and row.dimension == "sex"]
        assert {row.estimate.flag for row in own if row.group == "M"} == {"suppressed"}
        assert "suppressed" not in {row.estimate.flag for row in own if row.group == "V"}

    def test_before_publication_nothing_is_hidden(self, inputs: ReportInputs, sample: Sample) -> None:
        raw = raw_of(inputs, sample)
        assert all(len(list(line.figures())) == len(table.groups) for table in raw for line in table.lines)


@pytest.mark.parametrize("n", [60, 150])
def test_figures_that_cannot_be_relied_upon_say_why(n: int) -> None:
    inputs = factory.inputs(n=n, form="short")
    sample = sampled(inputs)
    rows = [row for row in rows_of(inputs, sample) if row.what == "share" and row.dimension == ""]
    verdicts = set()
    for row in rows:
        question = next(q for page in inputs.questionnaire.pages for q in page.questions if q.key == row.question)
        if isinstance(question, Likert):
            given = sample.codes(row.question)
            known = np.isin(given, [option.code for option in question.options if not option.missing])
            one = analysis.proportion(np.where(known, given == float(row.code), np.nan), sample.design)
            if row.estimate.value is not None:
                assert row.estimate.reliability == judge(one).flag
                verdicts.add(row.estimate.reliability)
    assert {"relatively_wide"} < verdicts


def test_fewer_than_thirty_answers_still_make_tables_on_base_weights() -> None:
    inputs = factory.inputs(n=20, form="short")
    rows = rows_of(inputs, sampled(inputs))
    assert {row.estimate.flag for row in rows} <= {"too_few", "suppressed", "no_answers"}


def test_the_same_inputs_give_the_same_rows(inputs: ReportInputs, sample: Sample) -> None:
    assert msgspec.json.encode(rows_of(inputs, sample)) == msgspec.json.encode(rows_of(inputs, sample))
