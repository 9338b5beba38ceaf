"""Cell tables counted by the database are those of the respondents, and so are weights and figures."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import numpy as np
import pytest
from uuid_utils.compat import uuid7

from analytics.cells import estimates, measures
from analytics.cells.table import CellTable
from panels.margins import sets as margin_sets
from service.audits import cases
from service.audits.models import Case
from service.db import Databases
from service.reports import celltables, crosstabs, weighting
from service.reports.celltables import ReportCells
from service.reports.gather import gather
from service.reports.inputs import ReportInputs
from service.store import Connection
from service.store import cells as store
from service.tasks import reporting
from service.tasks.arguments import SurveyClose
from service.work import Work
from tests.integration.report.conftest import COMPLETES

DIMENSIONS = ("sex", "age3", "education3", "landsdeel", "digital_skill", "experience")
Marks = Mapping[tuple[object, ...], tuple[float, float, float]]


@pytest.fixture
async def closed(answered: Case, work: Work) -> Case:
    await reporting.close_survey(work, SurveyClose(audit_id=answered.id, why="completes"))
    return answered


async def gathered(databases: Databases, case: Case, now: datetime) -> ReportInputs:
    async with databases.worker.reading() as conn:
        return await gather(conn, case=await cases.find(conn, audit_id=case.id), now=now)


async def counted(conn: Connection, audit_id: UUID, inputs: ReportInputs) -> store.CountedCells:
    wanted = celltables.counting(inputs.questionnaire, inputs.plan.weighting.dimensions, DIMENSIONS)
    return await store.count_cells(conn, audit_id=audit_id, counting=wanted)


async def by_database(databases: Databases, case: Case, inputs: ReportInputs) -> ReportCells:
    async with databases.worker.reading() as conn:
        found = await counted(conn, case.id, inputs)
        margins = await margin_sets.get(conn, inputs.plan.margins_id)
    return celltables.from_counted(found, inputs.plan.weighting, margins, inputs.questionnaire, DIMENSIONS)


def by_respondents(inputs: ReportInputs) -> ReportCells:
    respondents = weighting.ordered(inputs)
    design = weighting.weight(inputs, respondents).design
    return celltables.from_respondents(respondents, design, inputs.questionnaire, DIMENSIONS)


def contents(cells: ReportCells) -> tuple[Marks, Marks]:
    """Cells and answers by what they stand for, whatever the order of cells; base weights with mean 1."""
    table, answers = cells.table, cells.table.answers
    scale = table.people / float(table.d.sum())
    names = [
        (
            *(tuple(np.round(one.patterns[one.codes[c]], 9).tolist()) for one in table.coded.values()),
            *(group.labels[group.codes[c]] for group in table.groups.values()),
            round(float(table.d[c] / table.n[c]) * scale, 9),
        )
        for c in range(table.size)
    ]
    people = {
        name: (n, d * scale, d2 * scale**2)
        for name, n, d, d2 in zip(names, table.n.tolist(), table.d.tolist(), table.d2.tolist(), strict=True)
    }
    key = {column: q.key for q in answers.questions.values() for column in range(q.start, q.stop)}
    sums = zip(answers.n.tolist(), answers.d.tolist(), answers.d2.tolist(), strict=True)
    given = {
        (names[cell], key[column], repr(float(answers.codes[column]))): (n, d * scale, d2 * scale**2)
        for cell, column, (n, d, d2) in zip(answers.cell.tolist(), answers.column.tolist(), sums, strict=True)
    }
    return people, given


def same(found: Marks, wanted: Marks) -> None:
    assert found.keys() == wanted.keys()
    for name, sums in wanted.items():
        assert found[name] == pytest.approx(sums, rel=1e-10)


def figures(cells: ReportCells, table: CellTable) -> np.ndarray[Any, Any]:
    """Value, standard error, n_eff of every mean and share, in total and by sex."""
    asked = [*measures.every_mean(table, without=(98, 99)), *measures.every_share(table, without=(98, 99))]
    found = [
        estimates.estimate(cells.table, cells.design, asked, by=by)
        for by in (None, cells.table.groups["sex"], cells.table.groups["digital_skill"])
    ]
    return np.stack([
        np.concatenate([one.sums.value.ravel() for one in found]),
        np.concatenate([np.sqrt(one.variance).ravel() for one in found]),
        np.concatenate([one.sums.n.ravel() for one in found]),
        np.concatenate([estimates.n_eff(one.sums).ravel() for one in found]),
    ])  # fmt: skip


async def test_tables_weights_and_figures_equal_those_of_the_respondents(
    databases: Databases, closed: Case, now: datetime
) -> None:
    inputs = await gathered(databases, closed, now)
    people, rows = by_respondents(inputs), await by_database(databases, closed, inputs)
    assert people.table.people == rows.table.people == COMPLETES
    for found, wanted in zip(contents(rows), contents(people), strict=True):
        same(found, wanted)
    assert len(contents(people)[1]) > 2000, "control: there are answers to compare"
    assert rows.calibrated
    assert people.calibrated
    assert sum(rows.design.weight) == pytest.approx(sum(people.design.weight), rel=1e-10)
    assert np.sort(rows.design.factor * rows.table.d / rows.table.n) == pytest.approx(
        np.sort(people.design.factor * people.table.d / people.table.n), rel=1e-9
    )
    assert figures(rows, people.table) == pytest.approx(figures(people, people.table), rel=1e-9, abs=1e-12)


async def test_the_tables_that_leave_are_the_same(databases: Databases, closed: Case, now: datetime) -> None:
    inputs = await gathered(databases, closed, now)
    made = [
        crosstabs.crosstabs(
            cells, inputs.questionnaire, DIMENSIONS, plan=inputs.plan.weighting, kind="simulated", bias=None
        )
        for cells in (by_respondents(inputs), await by_database(databases, closed, inputs))
    ]
    assert len(made[0]) > 1000
    for one, other in zip(*made, strict=True):
        assert msgspec.structs.replace(one, estimate=other.estimate) == other
        assert (one.estimate.flag, one.estimate.n) == (other.estimate.flag, other.estimate.n)
        if one.estimate.value is not None:
            assert one.estimate.value == pytest.approx(other.estimate.value, abs=1.5e-6)
            assert one.estimate.se == pytest.approx(other.estimate.se, abs=1.5e-6)


async def test_only_completed_responses_and_answers_on_the_route_count(
    databases: Databases, closed: Case, now: datetime
) -> None:
    inputs = await gathered(databases, closed, now)
    async with databases.worker.reading() as conn:
        before = await counted(conn, closed.id, inputs)
    async with databases.api.transaction() as conn:
        waiting = await conn.fetch(
            "SELECT i.respondent_id FROM panel.invitation AS i LEFT JOIN fieldwork.response AS r"
            " ON r.audit_id = i.audit_id AND r.respondent_id = i.respondent_id"
            " WHERE i.audit_id = $1 AND r.id IS NULL ORDER BY 1 LIMIT 2",
            closed.id,
        )
        under_way, without_invitation = waiting[0]["respondent_id"], uuid4()
        for respondent, state in ((under_way, "in_progress"), (without_invitation, "completed")):
            response = uuid7()
            await conn.execute(
                "INSERT INTO fieldwork.response (audit_id, id, respondent_id, state, language, seed, started_at,"
                " saved_at, completed_at) VALUES ($1, $2, $3, $4, 'nl', 1, $5, $5, $5)",
                closed.id,
                response,
                respondent,
                state,
                now,
            )
            await conn.execute(
                "INSERT INTO fieldwork.answer (audit_id, response_id, question, value, revision)"
                " VALUES ($1, $2, 'AC_ALL', $3, 1)",
                closed.id,
                response,
                4,
            )
        first = await conn.fetchval(
            "SELECT id FROM fieldwork.response WHERE audit_id = $1 AND state = 'completed' ORDER BY id LIMIT 1",
            closed.id,
        )
        await conn.execute(
            "UPDATE fieldwork.answer SET on_route = false WHERE audit_id = $1 AND response_id = $2 AND question = $3",
            closed.id,
            first,
            "AC_ALL",
        )
        await conn.execute(
            "UPDATE fieldwork.answer SET value = 'null' WHERE audit_id = $1 AND response_id = $2 AND question = $3",
            closed.id,
            first,
            "TR_APP",
        )
    async with databases.worker.reading() as conn:
        after = await counted(conn, closed.id, inputs)

    def answered(found: store.CountedCells, key: str) -> float:
        return float(sum(row.n.sum() for row in found.answers if row.question == key))

    assert after.sums.n.sum() == before.sums.n.sum() == COMPLETES
    assert answered(after, "AC_ALL") == answered(before, "AC_ALL") - 1
    assert answered(after, "TR_APP") == answered(before, "TR_APP") - 1
    assert answered(after, "VT_MAIN") == answered(before, "VT_MAIN")


async def test_understanding_and_doubtful_quality_tell_cells_apart(
    databases: Databases, closed: Case, now: datetime
) -> None:
    inputs = await gathered(databases, closed, now)
    right = {"CC_GOAL": 1, "CC_HUM": 1}
    doubtful = tuple(UUID(person.respondent_id) for person in inputs.respondents[:7])
    wanted = store.Counting(profile=("sex",), right=right, flagged=doubtful, questions=("AC_ALL",))
    async with databases.worker.reading() as conn:
        found = await store.count_cells(conn, audit_id=closed.id, counting=wanted)
    scores = [sum(person.answers.get(key) == code for key, code in right.items()) for person in inputs.respondents]
    assert (
        np.bincount(found.right, weights=found.sums.n, minlength=3).tolist()
        == np.bincount(scores, minlength=3).tolist()
    )
    assert found.sums.n[found.flagged == 1].sum() == 7
    assert set(found.arms) == {person.arm for person in inputs.respondents}


async def test_lists_count_each_choice_once_and_the_base_apart(
    databases: Databases, closed: Case, now: datetime
) -> None:
    inputs = await gathered(databases, closed, now)
    async with databases.worker.reading() as conn:
        found = await counted(conn, closed.id, inputs)
    lists = {key for person in inputs.respondents for key, value in person.answers.items() if isinstance(value, list)}
    assert lists
    for key in lists:
        given = [value for person in inputs.respondents if isinstance(value := person.answers.get(key), list)]
        rows = {row.code: float(row.n.sum()) for row in found.answers if row.question == key}
        assert rows[None] == len(given)
        for code in {code for value in given for code in value}:
            assert rows[float(code)] == sum(code in value for value in given)


async def test_an_audit_without_answers_has_no_cells(databases: Databases, fielding: Case) -> None:
    wanted = store.Counting(profile=("sex",), questions=("AC_ALL",))
    async with databases.worker.reading() as conn:
        found = await store.count_cells(conn, audit_id=fielding.id, counting=wanted)
    assert found.sums.n.size == len(found.profiles) == len(found.answers) == 0


async def test_answers_are_read_and_counted_inside_the_database(
    databases: Databases, closed: Case, now: datetime
) -> None:
    """The plan aggregates the scan of answers; what comes out is one row per answer, not per person."""
    inputs = await gathered(databases, closed, now)
    wanted = celltables.counting(inputs.questionnaire, inputs.plan.weighting.dimensions, DIMENSIONS)
    async with databases.worker.reading() as conn:
        arguments = (
            closed.id, list(wanted.profile), list(wanted.background), [], [], [], list(wanted.questions),
            list(wanted.ranked),
        )  # fmt: skip
        rows = await conn.fetch("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + store.COUNT_CELLS, *arguments)
        stored = await conn.fetchval("SELECT count(*) FROM fieldwork.answer WHERE audit_id = $1", closed.id)
    plan = msgspec.json.decode(rows[0][0])[0]["Plan"]
    nodes = list(walk(plan))
    scans = [node for node in nodes if node.get("Relation Name") == "answer"]
    aggregates = [node for node in nodes if "Aggregate" in node["Node Type"]]
    assert scans
    assert len(aggregates) >= 3
    assert 0 < plan["Actual Rows"] < stored / 8


def walk(plan: dict[str, Any]) -> Any:
    yield plan
    for part in plan.get("Plans", []):
        yield from walk(part)


async def test_only_a_role_that_may_join_answers_to_invitations_counts(databases: Databases, closed: Case) -> None:
    wanted = store.Counting(profile=("sex",), questions=("AC_ALL",))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with databases.tally.reading() as conn:
            await store.count_cells(conn, audit_id=closed.id, counting=wanted)
    async with databases.worker.reading() as conn:
        assert (await store.count_cells(conn, audit_id=closed.id, counting=wanted)).sums.n.sum() == COMPLETES
