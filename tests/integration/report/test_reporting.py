"""From the last answer to publication: each step once, whatever is killed in between."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from samenspraak.types.report import Report

from service import keyring
from service.audits import cases
from service.audits.errors import ClosingRuleUnmet, TooEarly
from service.audits.models import Case
from service.db import Databases
from service.reports import signing
from service.reports.build import build as calculate
from service.reports.gather import gather
from service.store import results
from service.store.results import StoredReport
from service.tasks import reporting
from service.tasks.arguments import AuditPublish, ReportBuild, SurveyClose
from service.work import Computing, Work
from surveys import ballots
from tests.integration.api.harness import Clock
from tests.integration.report.conftest import BALLOTS, COMPLETES, Inline


class Killed(Exception):
    """The worker is gone in the middle of a job."""


async def state(databases: Databases, case: Case) -> str:
    async with databases.api.reading() as conn:
        return (await cases.find(conn, audit_id=case.id)).state


async def stored(databases: Databases, case: Case) -> StoredReport | None:
    async with databases.api.reading() as conn:
        return await results.report(conn, organisation_id=case.organisation_id, audit_id=case.id)


async def count(databases: Databases, statement: str, *args: object) -> int:
    async with databases.worker.reading() as conn:
        return int(await conn.fetchval(statement, *args))


async def events(databases: Databases, case: Case) -> list[str]:
    async with databases.worker.reading() as conn:
        rows = await conn.fetch("SELECT event FROM ops.trail WHERE audit_id = $1 ORDER BY number", case.id)
    return [row["event"] for row in rows]


async def box(databases: Databases, case: Case) -> int:
    async with databases.tally.reading() as conn:
        return int(await conn.fetchval("SELECT count(*) FROM ballots.box WHERE audit_id = $1", case.id))


async def close(work: Work, case: Case) -> None:
    await reporting.close_survey(work, SurveyClose(audit_id=case.id, why="completes"))


async def build(work: Work, case: Case) -> None:
    await reporting.build_report(work, ReportBuild(audit_id=case.id))


class TestCloseSurvey:
    async def test_enough_completes_close_and_queue_the_report(
        self, work: Work, databases: Databases, answered: Case
    ) -> None:
        await close(work, answered)
        assert await state(databases, answered) == "closed"
        assert await count(databases, "SELECT count(*) FROM ops.job WHERE kind = 'report.build'") == 1

    async def test_closing_again_changes_nothing(self, work: Work, databases: Databases, answered: Case) -> None:
        await close(work, answered)
        before = await events(databases, answered)
        await close(work, answered)
        assert await events(databases, answered) == before

    async def test_too_few_completes_do_not_close(self, work: Work, databases: Databases, fielding: Case) -> None:
        with pytest.raises(ClosingRuleUnmet):
            await close(work, fielding)
        assert await state(databases, fielding) == "fielding"


class TestBuildReport:
    @pytest.fixture
    async def closed(self, work: Work, answered: Case) -> Case:
        await close(work, answered)
        return answered

    async def test_report_is_stored_signed_and_released(self, work: Work, databases: Databases, closed: Case) -> None:
        await build(work, closed)
        kept = await stored(databases, closed)
        assert kept is not None
        assert await state(databases, closed) == "reported"
        report = msgspec.json.decode(kept.json, type=Report)
        assert (report.n, report.simulated, report.plan_hash) == (COMPLETES, True, closed.plan_hash)
        assert report.fieldwork.invited > COMPLETES
        assert report.weighting.n == COMPLETES
        public = signing.public_key(work.keys.report_signing_key)
        assert signing.verify(kept.json, kept.signature, public)
        assert kept.pdf.startswith(b"%PDF-1.7")
        assert kept.html.startswith(b"<!doctype html>")
        assert b"PV_SOC" in kept.csv

    async def test_ballot_is_counted_box_emptied_and_key_destroyed(
        self, work: Work, databases: Databases, closed: Case
    ) -> None:
        assert await box(databases, closed) == BALLOTS
        await build(work, closed)
        assert await box(databases, closed) == 0
        assert keyring.read_ballot_key(work.settings.secrets_dir, closed.id) is None
        kept = await stored(databases, closed)
        assert kept is not None
        ballot = msgspec.json.decode(kept.json, type=Report).ballot
        assert ballot is not None
        assert ballot.result.cast == BALLOTS
        assert sum(ballot.result.counts.values()) == BALLOTS
        assert len(ballot.result.receipts) == BALLOTS

    async def test_link_between_members_and_answers_is_cut(
        self, work: Work, databases: Databases, closed: Case
    ) -> None:
        linked = "SELECT count(*) FROM panel.invitation WHERE audit_id = $1 AND member_id IS NOT NULL"
        assert await count(databases, linked, closed.id) > 0
        await build(work, closed)
        assert await count(databases, linked, closed.id) == 0

    async def test_whoever_began_and_did_not_send_broke_off(
        self, work: Work, databases: Databases, closed: Case
    ) -> None:
        begun = "UPDATE panel.invitation SET disposition = 'started' WHERE audit_id = $1 AND disposition = 'queued'"
        async with databases.worker.transaction() as conn:
            await conn.execute(begun, closed.id)
        await build(work, closed)
        kept = await stored(databases, closed)
        assert kept is not None
        dispositions = msgspec.json.decode(kept.json, type=Report).fieldwork.dispositions
        assert dispositions["broken_off"] > 0
        assert "started" not in dispositions

    async def test_building_again_leaves_the_first_report(
        self, work: Work, databases: Databases, closed: Case, clock: Clock
    ) -> None:
        await build(work, closed)
        first = await stored(databases, closed)
        clock.pass_days(1)
        await build(work, closed)
        assert await stored(databases, closed) == first
        assert (await events(databases, closed)).count("audit.record_report") == 1

    async def test_two_workers_at_once_make_one_report(self, work: Work, databases: Databases, closed: Case) -> None:
        outcomes = await asyncio.gather(build(work, closed), build(work, closed), return_exceptions=True)
        if any(isinstance(outcome, BaseException) for outcome in outcomes):
            await build(work, closed)
        assert await state(databases, closed) == "reported"
        assert (await events(databases, closed)).count("audit.record_report") == 1
        assert await box(databases, closed) == 0

    @pytest.mark.parametrize("step", ["final_weights", "build"])
    async def test_killed_while_calculating_it_is_done_anew(
        self, work: Work, databases: Databases, closed: Case, step: str
    ) -> None:
        class Dying(Inline):
            async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
                if function.__name__ == step:
                    raise Killed
                return await super().run(function, *args, **kwargs)

        with pytest.raises(Killed):
            await build(msgspec.structs.replace(work, computing=Dying()), closed)
        assert await stored(databases, closed) is None
        await build(work, closed)
        assert await state(databases, closed) == "reported"
        assert (await events(databases, closed)).count("audit.begin_analysis") == 1

    @pytest.mark.parametrize(("room", "name"), [("keyring", "destroy_ballot_key"), ("cases", "record_report")])
    async def test_killed_between_two_commits_it_goes_on_from_there(
        self,
        work: Work,
        databases: Databases,
        closed: Case,
        room: str,
        name: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def killed(*_args: object, **_kwargs: object) -> Awaitable[None]:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(getattr(reporting, room), name, killed)
            with pytest.raises(Killed):
                await build(work, closed)
        assert await stored(databases, closed) is None
        await build(work, closed)
        assert await state(databases, closed) == "reported"
        assert keyring.read_ballot_key(work.settings.secrets_dir, closed.id) is None

    async def test_missing_tally_key_stops_before_anything_is_lost(
        self, work: Work, databases: Databases, closed: Case
    ) -> None:
        keyring.destroy_ballot_key(work.settings.secrets_dir, closed.id)
        with pytest.raises(keyring.SecretMissing, match="backup"):
            await build(work, closed)
        assert await box(databases, closed) == BALLOTS
        assert await state(databases, closed) == "analysing"

    async def test_other_process_gives_the_same_bytes(self, work: Work, databases: Databases, closed: Case) -> None:
        computing = Computing(processes=1)
        try:
            await build(msgspec.structs.replace(work, computing=computing), closed)
        finally:
            computing.close()
        kept = await stored(databases, closed)
        assert kept is not None
        async with databases.worker.reading() as conn:
            case = await cases.find(conn, audit_id=closed.id)
            inputs = await gather(conn, case=case, now=work.now())
        again = calculate(inputs)
        assert (again.json, again.html, again.pdf, again.csv) == (kept.json, kept.html, kept.pdf, kept.csv)


class TestPublishAudit:
    @pytest.fixture
    async def reported(self, work: Work, answered: Case) -> Case:
        await close(work, answered)
        await build(work, answered)
        return answered

    async def test_unanswered_report_waits_for_its_deadline_and_is_then_public(
        self, work: Work, databases: Databases, reported: Case, clock: Clock
    ) -> None:
        args = AuditPublish(audit_id=reported.id)
        clock.pass_days(41.9)
        with pytest.raises(TooEarly):
            await reporting.publish_audit(work, args)
        assert await state(databases, reported) == "reported"
        clock.pass_days(0.2)
        await reporting.publish_audit(work, args)
        await reporting.publish_audit(work, args)
        assert await state(databases, reported) == "published"
        assert await count(databases, "SELECT count(*) FROM ops.job WHERE kind = 'mail.result'") == 1


async def test_votes_are_weighed_with_the_final_weights_of_their_voters(
    work: Work, databases: Databases, answered: Case
) -> None:
    await close(work, answered)
    await build(work, answered)
    async with databases.worker.reading() as conn:
        result = await ballots.result(conn, answered.id)
    assert result is not None
    assert sum(cell.counts[option] for cell in result.cells for option in cell.counts) == BALLOTS
    if result.weighted:
        assert len({cell.weight for cell in result.cells}) > 1
