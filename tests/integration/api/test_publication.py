"""Report, answer, publication: frozen bytes, one answer, and no way to keep a result in the drawer."""

from typing import Any
from uuid import UUID

import pytest

from service.audits import cases
from service.audits.errors import TooEarly, TransitionRefused
from service.audits.models import SYSTEM
from service.context import Context
from service.db import Databases
from service.store import results
from service.store.results import StoredReport
from tests.integration.api.harness import Client, Clock, expect

ANSWER = {
    "summary": "We read the report and change two things.",
    "measures": [{"finding": "People miss an explanation", "decision": "adopt", "why": "It is true.", "by": "June"}],
}


@pytest.fixture
async def reported(databases: Databases, fielding: dict[str, Any], clock: Clock) -> UUID:
    """An audit with a stored report."""
    audit_id = UUID(fielding["id"])
    async with databases.worker.transaction() as conn:
        case = await cases.close(conn, audit_id=audit_id, actor=SYSTEM, completes=100, now=clock())
        await cases.begin_analysis(conn, audit_id=audit_id, now=clock())
        await results.save_report(
            conn,
            report=StoredReport(
                audit_id=audit_id,
                organisation_id=case.organisation_id,
                json=b'{"schema_version":"report/1"}',
                html=b"<!doctype html><title>Report</title>",
                pdf=b"%PDF-1.7",
                csv=b"figure,value\r\n",
                etag='"abc"',
                plan_hash=case.plan_hash or "",
                signature="c2ln",
                created_at=clock(),
            ),
        )
        await cases.record_report(conn, audit_id=audit_id, now=clock())
    return audit_id


class TestReport:
    @pytest.mark.parametrize(
        ("path", "content", "kind"),
        [
            ("report", b'{"schema_version":"report/1"}', "application/json"),
            ("report.html", b"<!doctype html><title>Report</title>", "text/html; charset=utf-8"),
            ("report.pdf", b"%PDF-1.7", "application/pdf"),
            ("tables.csv", b"figure,value\r\n", "text/csv; charset=utf-8"),
        ],
    )
    async def test_every_form_is_served_byte_for_byte(
        self, developer: Client, reported: UUID, path: str, content: bytes, kind: str
    ) -> None:
        answer = await developer.get(f"/v1/audits/{reported}/{path}")
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, content, kind)

    async def test_a_report_that_is_known_is_not_sent_again(self, developer: Client, reported: UUID) -> None:
        first = await developer.get(f"/v1/audits/{reported}/report")
        again = await developer.get(f"/v1/audits/{reported}/report", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", '"abc"')
        other = await developer.get(f"/v1/audits/{reported}/report", headers={"If-None-Match": '"other"'})
        assert other.status_code == 200

    async def test_the_forms_have_tags_of_their_own(self, developer: Client, reported: UUID) -> None:
        tags = {
            (await developer.get(f"/v1/audits/{reported}/{path}")).headers["etag"]
            for path in ("report", "report.html", "report.pdf", "tables.csv")
        }
        assert len(tags) == 4

    async def test_a_stored_report_is_not_shown_before_the_audit_is_reported(
        self, developer: Client, databases: Databases, fielding: dict[str, Any], clock: Clock
    ) -> None:
        audit_id = UUID(fielding["id"])
        async with databases.worker.transaction() as conn:
            case = await cases.close(conn, audit_id=audit_id, actor=SYSTEM, completes=100, now=clock())
            report = StoredReport(
                audit_id=audit_id,
                organisation_id=case.organisation_id,
                json=b"{}",
                html=b"",
                pdf=b"",
                csv=b"",
                etag='"x"',
                plan_hash=case.plan_hash or "",
                signature="",
                created_at=clock(),
            )
            assert await results.save_report(conn, report=report)
            assert not await results.save_report(conn, report=report)
        problem = await expect(developer.get(f"/v1/audits/{audit_id}/report"), 404)
        assert problem["code"] == "report_not_ready"


class TestAnswer:
    async def test_an_answer_is_kept_and_publication_follows(
        self, developer: Client, staff: Client, reported: UUID, databases: Databases, clock: Clock
    ) -> None:
        given = await expect(developer.post(f"/v1/audits/{reported}/response", json=ANSWER), 201)
        assert await expect(developer.get(f"/v1/audits/{reported}/response"), 200) == given
        jobs = (await expect(staff.get("/v1/staff/jobs?limit=100"), 200))["data"]
        assert [job["kind"] for job in jobs].count("audit.publish") == 2
        async with databases.worker.transaction() as conn:
            published = await cases.publish(conn, audit_id=reported, actor=SYSTEM, now=clock())
        assert published.state == "published"
        events = (await expect(developer.get(f"/v1/audits/{reported}/events"), 200))["data"]
        assert events[-1]["detail"]["owner"] == "the owner answered"

    async def test_a_second_answer_is_refused(self, developer: Client, reported: UUID) -> None:
        await expect(developer.post(f"/v1/audits/{reported}/response", json=ANSWER), 201)
        other = {**ANSWER, "summary": "On second thoughts we do nothing."}
        problem = await expect(developer.post(f"/v1/audits/{reported}/response", json=other), 409)
        assert problem["code"] == "response_given"
        kept = await expect(developer.get(f"/v1/audits/{reported}/response"), 200)
        assert kept["response"]["summary"] == ANSWER["summary"]

    async def test_there_is_nothing_to_answer_before_the_report(
        self, developer: Client, fielding: dict[str, Any]
    ) -> None:
        problem = await expect(developer.post(f"/v1/audits/{fielding['id']}/response", json=ANSWER), 409)
        assert problem["code"] == "nothing_to_answer"
        await expect(developer.get(f"/v1/audits/{fielding['id']}/response"), 404)


class TestDeadline:
    async def test_the_owner_has_42_days(self, developer: Client, reported: UUID, clock: Clock) -> None:
        audit = await expect(developer.get(f"/v1/audits/{reported}"), 200)
        clock.pass_days(42)
        assert audit["publish_by"] == clock.now.isoformat().replace("+00:00", "Z")

    async def test_without_an_answer_nothing_is_published_before_the_deadline(
        self, staff: Client, reported: UUID, databases: Databases, clock: Clock
    ) -> None:
        clock.pass_days(41.999)
        await expect(staff.post(f"/v1/staff/audits/{reported}/publish"), 409)
        async with databases.worker.transaction() as conn:
            assert await cases.publish_overdue(conn, now=clock()) == ()
            with pytest.raises(TooEarly):
                await cases.publish(conn, audit_id=reported, actor=SYSTEM, now=clock())

    async def test_after_the_deadline_it_is_published_with_the_silence_on_record(
        self, developer: Client, reported: UUID, databases: Databases, clock: Clock
    ) -> None:
        clock.pass_days(42)
        async with databases.worker.transaction() as conn:
            assert await cases.publish_overdue(conn, now=clock()) == (reported,)
            assert await cases.publish_overdue(conn, now=clock()) == ()
        audit = await expect(developer.get(f"/v1/audits/{reported}"), 200)
        events = (await expect(developer.get(f"/v1/audits/{reported}/events"), 200))["data"]
        assert (audit["state"], events[-1]["event"]) == ("published", "audit.publish")
        assert events[-1]["detail"]["owner"] == "the owner gave no answer"

    async def test_publishing_twice_is_publishing_once(
        self, staff: Client, reported: UUID, databases: Databases, clock: Clock
    ) -> None:
        clock.pass_days(43)
        first = await expect(staff.post(f"/v1/staff/audits/{reported}/publish"), 200)
        clock.pass_days(1)
        assert await expect(staff.post(f"/v1/staff/audits/{reported}/publish"), 200) == first

    async def test_the_steps_of_the_system_are_closed_to_staff(
        self, fielding: dict[str, Any], context: Context, databases: Databases
    ) -> None:
        async with databases.worker.transaction() as conn:
            with pytest.raises(TransitionRefused):
                await cases.begin_analysis(conn, audit_id=UUID(fielding["id"]), now=context.now())
