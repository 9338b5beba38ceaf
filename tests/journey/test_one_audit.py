"""One audit through the SDK, the mail and the pages of a running service, and what people do besides."""

import asyncio
import re
import subprocess
from pathlib import Path

import httpx2
import pytest
from samenspraak import AsyncSamenspraak, Conflict, NotFound, examples
from samenspraak.types.audit import (
    Measure,
    OwnerResponseRequest,
)

from service.demo.browser import Browser
from service.demo.mailbox import Mailbox
from tests.journey.conftest import Running
from tests.journey.steps import COMPLETES, answer, developer_key, fielded, submitted


class TestOneAudit:
    async def test_from_submission_to_publication(self, running: Running, tmp_path: Path) -> None:
        key = await developer_key(running, "gemeente Voorbeeld")
        audit = await submitted(key, running.api)
        await fielded(running, audit)
        tally = await answer(running)
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
        mine = await developer_key(running, "gemeente Een")
        other = await developer_key(running, "gemeente Twee")
        audit = await submitted(mine, running.api)
        async with AsyncSamenspraak(api_key=other, base_url=running.api) as client:
            with pytest.raises(NotFound):
                await client.audits.get(audit.id)
            with pytest.raises(NotFound):
                await client.audits.withdraw(audit.id, "Dit is niet van mij.")

    async def test_a_refusal_is_public_with_its_reason(self, running: Running) -> None:
        key = await developer_key(running, "gemeente Drie")
        audit = await submitted(key, running.api)
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
    async def test_the_first_developer_key_works_at_once(self, running: Running) -> None:
        file = running.state_dir / "secrets" / "developer.key"
        assert file.stat().st_mode & 0o077 == 0
        async with AsyncSamenspraak(api_key=file.read_text().strip(), base_url=running.api) as client:
            stored = await client.applications.submit(examples.load("zorg-spraakverslag"))
            assert [one.id async for one in client.applications.list()] == [stored.id]

    def test_a_second_service_on_the_same_folder_is_refused_with_the_remedy(
        self, start_again: subprocess.CompletedProcess[str]
    ) -> None:
        assert start_again.returncode != 0
        said = start_again.stdout + start_again.stderr
        assert "Traceback" not in said
        assert "already" in said
