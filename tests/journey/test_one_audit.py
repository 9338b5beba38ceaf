"""One audit through the SDK, the mail and the pages of a running service, and what people do besides."""

import asyncio
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from samenspraak import AsyncSamenspraak, Conflict, NotFound, examples
from samenspraak.types.audit import (
    Audit,
    AuditRequest,
    ClosingRule,
    DrawPlan,
    Measure,
    OwnerResponseRequest,
    PlanRequest,
    Schedule,
)

from service.demo import people
from service.demo.browser import Browser
from service.demo.citizens import Manner, Pace, Person, Tally, take_part
from service.demo.mailbox import Mailbox
from tests.journey.conftest import Running

COMPLETES = 12


def _members(count: int) -> bytes:
    lines = ["email,birth_year,sex,province,education,language,consent_version,consent_at"]
    consent_at = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
    for n in range(count):
        sex, province = "MV"[n % 2], f"PV{20 + n % 12}"
        consent = f"{people.NOTICE_VERSION},{consent_at}"
        lines.append(f"lid{n}@voorbeeld.test,{1945 + n % 60},{sex},{province},{1 + n % 3},nl,{consent}")
    return "\n".join(lines).encode()


def _citizen(number: int) -> Person:
    return Person(
        email=f"lid{number}@voorbeeld.test",
        manner=Manner(answers_after=1),
        thinks=lambda key, codes: 1 if key == "CO_PART" else (codes[number % len(codes)] if codes else None),
        ballot=1 + number % 3,
        seed=number,
    )


async def _developer_key(running: Running, name: str) -> str:
    async with AsyncSamenspraak(api_key=running.staff_key, base_url=running.api) as staff:
        organisation = await staff.staff.organisations.create(name)
        return (await staff.staff.organisations.issue_key(organisation.id)).key


async def _submitted(key: str, api: str) -> Audit:
    async with AsyncSamenspraak(api_key=key, base_url=api) as client:
        stored = await client.applications.submit(examples.load("chatbot-gemeente"))
        request = AuditRequest(application_id=stored.id, form="short", target_completes=100)
        return await client.audits.submit((await client.audits.create(request)).id)


def _plan(margins_id: str) -> PlanRequest:
    return PlanRequest(
        margins_id=margins_id,
        sample_kind="simulated",
        closing=ClosingRule(completes=COMPLETES, at=datetime.now(UTC) + timedelta(minutes=20)),
        schedule=Schedule(day_seconds=600),
        draw=DrawPlan(expected_participation=1.0),
        accept_draft_items="Proef.",
    )


async def _fielded(running: Running, audit: Audit) -> None:
    async with AsyncSamenspraak(api_key=running.staff_key, base_url=running.api) as client:
        margins = await client.staff.margins.add(people.margins_csv(), name="CBS")
        await client.staff.panel.import_csv(_members(120), kind="simulated")
        await client.staff.audits.review(audit.id)
        await client.staff.audits.approve(audit.id, _plan(margins.id))
        await client.staff.audits.open(audit.id)


async def _answer(running: Running) -> Tally:
    tally = Tally()
    async with httpx2.AsyncClient(timeout=20.0) as client:
        mailbox = Mailbox(client, running.mailbox)
        watch = asyncio.create_task(mailbox.watch())
        pace = Pace(page=0.0, mail=40.0)
        for number in range(120):
            before = tally.outcomes["completed"]
            if before >= COMPLETES:
                break
            if mailbox.letters(f"lid{number}@voorbeeld.test") or number < 100:
                await take_part(_citizen(number), Browser(client), mailbox, pace, tally)
        watch.cancel()
    return tally


class TestOneAudit:
    async def test_from_submission_to_publication(self, running: Running, tmp_path: Path) -> None:
        key = await _developer_key(running, "gemeente Voorbeeld")
        audit = await _submitted(key, running.api)
        await _fielded(running, audit)
        tally = await _answer(running)
        assert tally.outcomes["completed"] >= COMPLETES, tally
        assert tally.unexpected == []
        async with AsyncSamenspraak(api_key=key, base_url=running.api) as client:
            audit = await client.audits.wait(audit.id, until="reported", timeout=60)
            report = await client.audits.report(audit.id)
            assert report.simulated
            assert report.n == COMPLETES
            assert report.plan_hash == audit.plan_hash
            # Twelve answers are too few for any percentage, and the report keeps to that.
            assert all(figure.headline is None or figure.headline.value is None for figure in report.value)
            assert (await client.audits.report_bytes(audit.id, format="pdf")).startswith(b"%PDF")
            await client.audits.respond(
                audit.id,
                OwnerResponseRequest(
                    summary="Wij danken iedereen die meedeed aan deze proef.",
                    measures=[Measure(finding="Uitleg", decision="adopt", why="De uitleg wordt korter.")],
                ),
            )
            audit = await client.audits.wait(audit.id, until="published", timeout=60)
        page = httpx2.get(f"{running.api}/register/{audit.id}")
        assert "De uitleg wordt korter." in page.text
        async with AsyncSamenspraak(api_key=running.staff_key, base_url=running.api) as client:
            assert (await client.staff.trail.verify()).intact
            with pytest.raises(Conflict):
                await client.staff.audits.close(audit.id)

    async def test_another_developer_finds_nothing(self, running: Running) -> None:
        mine = await _developer_key(running, "gemeente Een")
        other = await _developer_key(running, "gemeente Twee")
        audit = await _submitted(mine, running.api)
        async with AsyncSamenspraak(api_key=other, base_url=running.api) as client:
            with pytest.raises(NotFound):
                await client.audits.get(audit.id)
            with pytest.raises(NotFound):
                await client.audits.withdraw(audit.id, "Dit is niet van mij.")

    async def test_a_refusal_is_public_with_its_reason(self, running: Running) -> None:
        key = await _developer_key(running, "gemeente Drie")
        audit = await _submitted(key, running.api)
        async with AsyncSamenspraak(api_key=running.staff_key, base_url=running.api) as client:
            await client.staff.audits.review(audit.id)
            await client.staff.audits.refuse(audit.id, "De toepassing bestaat niet meer.")
        page = httpx2.get(f"{running.api}/register/{audit.id}")
        assert "De toepassing bestaat niet meer." in page.text


class TestAMember:
    async def test_joins_by_page_and_mail_and_is_erased_by_link(self, running: Running) -> None:
        async with httpx2.AsyncClient(timeout=20.0) as client:
            browser, mailbox = Browser(client), Mailbox(client, running.mailbox)
            watch = asyncio.create_task(mailbox.watch())
            page = await browser.open(f"{running.api}/join?lang=nl")
            form = page.form(ending="/join")
            assert form is not None
            address = "nieuw@voorbeeld.test"
            values = {"email": address, "birth_year": "1980", "sex": "V", "province": "PV26", "education": "2"}
            sent = await browser.send(page, form, {k: [v] for k, v in values.items()} | {"consent": ["yes"]})
            assert sent.status == 200
            confirm_link = await mailbox.wait_for(address, "/join/confirm/", within=30)
            assert confirm_link is not None
            confirm = await browser.open(confirm_link)
            welcome = await browser.send(confirm, confirm.forms[0], {})
            assert welcome.status == 200
            member_link = await mailbox.wait_for(address, "/m/", within=30)
            assert member_link is not None
            own = await browser.open(re.split(r"\?", member_link)[0] + "/erase")
            await browser.send(own, own.forms[0], {})
            for _ in range(60):
                if (await browser.open(re.split(r"\?", member_link)[0])).status == 404:
                    break
                await asyncio.sleep(0.5)
            else:
                pytest.fail("the member can still be found 30 s after asking to be erased")
            watch.cancel()


class TestStarting:
    def test_a_second_service_on_the_same_folder_is_refused_with_the_remedy(
        self, start_again: subprocess.CompletedProcess[str]
    ) -> None:
        assert start_again.returncode != 0
        said = start_again.stdout + start_again.stderr
        assert "Traceback" not in said
        assert "already" in said
