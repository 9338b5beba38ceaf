"""From an agreement to a file in a researcher's hands, over HTTP and through the job, with everything in the trail."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from samenspraak.types.report import Report

from service import retention
from service.app import create_app
from service.audits.models import Case, Role
from service.context import Context
from service.db import Databases
from service.store import results
from service.tasks import TASKS, reporting
from service.tasks import microdata as job
from service.tasks.arguments import MicrodataMake, ReportBuild, SurveyClose
from service.work import Work
from tests.integration.api.harness import Client, Clock, expect, issue
from tests.integration.report.conftest import COMPLETES

FORMS = ("csv", "parquet", "sav", "codebook", "ddi", "triple_s", "about")


@pytest.fixture
def context(work: Work, databases: Databases, clock: Clock) -> Context:
    return Context(settings=work.settings, db=databases.api, keys=work.keys, now=clock)


@pytest.fixture
async def staff(context: Context) -> AsyncIterator[Client]:
    async with Client(create_app(context=context), await issue(context, "staff")) as client:
        yield client


@pytest.fixture
async def reported(work: Work, answered: Case) -> Case:
    await reporting.close_survey(work, SurveyClose(audit_id=answered.id, why="completes"))
    await reporting.build_report(work, ReportBuild(audit_id=answered.id))
    return answered


def signed(clock: Clock, *audits: object, days: int = 90) -> dict[str, Any]:
    return {
        "institution": "Universiteit Voorbeeld",
        "researcher": "dr. A. Onderzoeker",
        "purpose": "Onderzoek naar vertrouwen in de overheid.",
        "reference": "OVK-2026-014",
        "ends_on": (clock.now.date() + timedelta(days=days)).isoformat(),
        "audits": [str(audit) for audit in audits],
    }


async def made(staff: Client, work: Work, clock: Clock, case: Case) -> dict[str, Any]:
    """A file that was asked for and made."""
    agreement = await expect(staff.post("/v1/staff/agreements", json=signed(clock, case.id)), 201)
    asked = await expect(
        staff.post(f"/v1/staff/audits/{case.id}/microdata", json={"agreement_id": agreement["id"]}), 202
    )
    assert asked["state"] == "making"
    await job.make(work, MicrodataMake(microdata_id=asked["id"]))
    return await expect(staff.get(f"/v1/staff/microdata/{asked['id']}"), 200)


async def trail(staff: Client, case: Case) -> list[dict[str, Any]]:
    page = await expect(staff.get("/v1/staff/trail", params={"audit_id": str(case.id), "limit": 100}), 200)
    return [event for event in page["data"] if event["event"].startswith("microdata.")]


async def test_a_researcher_gets_the_released_figure_from_the_rows(
    staff: Client, work: Work, databases: Databases, clock: Clock, reported: Case
) -> None:
    found = await made(staff, work, clock, reported)
    assert (found["state"], found["rows"], found["protection"]["unique"]) == ("ready", COMPLETES, 0.0)
    async with databases.api.reading() as conn:
        kept = await results.report(conn, organisation_id=reported.organisation_id, audit_id=reported.id)
    assert kept is not None
    report = msgspec.json.decode(kept.json, type=Report)
    answers = {form: await staff.get(f"/v1/staff/microdata/{found['id']}/{form}") for form in FORMS}
    assert {form: answer.status_code for form, answer in answers.items()} == dict.fromkeys(FORMS, 200)
    rows = list(csv.DictReader(io.StringIO(answers["csv"].text, newline="")))
    assert len(rows) == COMPLETES
    released = {one.key: one.headline.value for one in report.value if one.headline is not None}
    base = [row for row in rows if row["PV_SELF"] not in ("", "98", "99", "997")]
    share = sum(float(row["WEIGHT"]) for row in base if row["PV_SELF"] in ("4", "5"))
    shown = {one["key"]: one for one in found["figures"]}
    file = share / sum(float(row["WEIGHT"]) for row in base)
    assert file == pytest.approx(shown["PV_SELF"]["file"], abs=1e-5)
    assert shown["PV_SELF"]["report"] == released["PV_SELF"]
    assert abs(found["figures"][0]["file"] - found["figures"][0]["report"]) < 0.005


async def test_every_making_and_every_fetch_is_in_the_trail_without_a_person(
    staff: Client, work: Work, clock: Clock, reported: Case
) -> None:
    found = await made(staff, work, clock, reported)
    contents = []
    for form in ("csv", "csv", "sav"):
        contents.append((await staff.get(f"/v1/staff/microdata/{found['id']}/{form}")).content)
        # The job may run twice: the file stays, and is made once.
        await TASKS["microdata.make"].load()(work, MicrodataMake(microdata_id=found["id"]))
    assert contents[0] == contents[1] != contents[2]
    events = await trail(staff, reported)
    assert [event["event"] for event in events] == ["microdata.ask", "microdata.make", *["microdata.fetch"] * 3]
    assert [event["detail"].get("form") for event in events[2:]] == ["csv", "csv", "sav"]
    assert {event["detail"]["agreement_id"] for event in events} == {found["agreement_id"]}
    whole = await expect(staff.get("/v1/staff/trail", params={"limit": 100}), 200)
    assert "Onderzoeker" not in str(whole)
    assert (await expect(staff.get("/v1/staff/trail/verify"), 200))["intact"]


async def test_an_ended_agreement_gives_nothing_more(staff: Client, work: Work, clock: Clock, reported: Case) -> None:
    found = await made(staff, work, clock, reported)
    await expect(staff.post(f"/v1/staff/agreements/{found['agreement_id']}/end"), 200)
    problem = await expect(staff.get(f"/v1/staff/microdata/{found['id']}/csv"), 409)
    assert [fault["code"] for fault in problem["errors"]] == ["ended"]
    again = staff.post(f"/v1/staff/audits/{reported.id}/microdata", json={"agreement_id": found["agreement_id"]})
    assert (await expect(again, 409))["code"] == "microdata_refused"
    assert [event["event"] for event in await trail(staff, reported)] == ["microdata.ask", "microdata.make"]


async def test_the_last_day_counts_and_the_day_after_a_waiting_job_makes_no_file(
    staff: Client, work: Work, clock: Clock, reported: Case
) -> None:
    agreement = await expect(staff.post("/v1/staff/agreements", json=signed(clock, reported.id, days=2)), 201)
    body = {"agreement_id": agreement["id"]}
    clock.pass_days(2)
    asked = await expect(staff.post(f"/v1/staff/audits/{reported.id}/microdata", json=body), 202)
    await expect(staff.get(f"/v1/staff/microdata/{asked['id']}/csv"), 409)
    clock.pass_days(1)
    await expect(staff.post(f"/v1/staff/audits/{reported.id}/microdata", json=body), 409)
    await job.make(work, MicrodataMake(microdata_id=asked["id"]))
    found = await expect(staff.get(f"/v1/staff/microdata/{asked['id']}"), 200)
    assert (found["state"], found["why"]) == ("refused", "The agreement ended before the file was made.")


async def test_everything_that_is_missing_is_named_at_once(staff: Client, clock: Clock, answered: Case) -> None:
    faulty = signed(clock, uuid4(), "not an id at all, but as long as one", days=-1)
    problem = await expect(staff.post("/v1/staff/agreements", json=faulty), 422)
    assert [fault["pointer"] for fault in problem["errors"]] == ["/ends_on", "/audits/0", "/audits/1"]
    unknown = staff.post(f"/v1/staff/audits/{answered.id}/microdata", json={"agreement_id": str(uuid4())})
    assert (await expect(unknown, 404))["code"] == "agreement_unknown"
    agreement = await expect(staff.post("/v1/staff/agreements", json=signed(clock, answered.id)), 201)
    body = {"agreement_id": agreement["id"]}
    problem = await expect(staff.post(f"/v1/staff/audits/{answered.id}/microdata", json=body), 409)
    assert [fault["code"] for fault in problem["errors"]] == ["not_reported"]


async def test_nobody_but_staff_gets_rows_and_is_told_why(
    staff: Client, context: Context, work: Work, clock: Clock, reported: Case
) -> None:
    found = await made(staff, work, clock, reported)
    roles: tuple[Role, ...] = ("developer", "fieldwork", "auditor")
    for role in roles:
        organisation = reported.organisation_id if role == "developer" else None
        async with Client(create_app(context=context), await issue(context, role, organisation)) as other:
            for form in FORMS:
                problem = await expect(other.get(f"/v1/staff/microdata/{found['id']}/{form}"), 403)
                assert "for researchers only" in problem["detail"]
            body = {"agreement_id": found["agreement_id"]}
            await expect(other.post(f"/v1/staff/audits/{reported.id}/microdata", json=body), 403)


async def test_files_go_after_thirty_days_and_the_agreement_stays(
    staff: Client, work: Work, databases: Databases, clock: Clock, reported: Case
) -> None:
    found = await made(staff, work, clock, reported)
    clock.pass_days(29)
    assert (await staff.get(f"/v1/staff/microdata/{found['id']}/csv")).status_code == 200
    clock.pass_days(2)
    await expect(staff.get(f"/v1/staff/microdata/{found['id']}/csv"), 404)
    async with databases.worker.transaction() as conn:
        swept = {one.table: one for one in await retention.purge(conn, now=clock())}
    assert (swept["results.microdata"].deleted, swept["results.microdata"].kept) == (1, 0)
    await expect(staff.get(f"/v1/staff/microdata/{found['id']}"), 404)
    listed = await expect(staff.get("/v1/staff/agreements"), 200)
    assert [one["id"] for one in listed["data"]] == [found["agreement_id"]]
