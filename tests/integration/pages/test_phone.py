"""Staff fill in for somebody on the telephone: who may, on whose behalf, and what is not for other eyes."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from panels import calling, codes
from service.context import Context
from service.db import Databases
from service.demo.browser import Page
from service.pages import pace
from tests.integration.api.harness import Client, Clock, issue
from tests.integration.pages.conftest import Browser, Fieldwork, Watch, filled

Walk = Callable[..., Any]


@pytest.fixture
async def staff(app: Litestar, context: Context) -> AsyncIterator[Client]:
    async with Client(app, await issue(context, "staff")) as made:
        yield made


@pytest.fixture
def assisted(staff: Client, fieldwork: Fieldwork) -> Callable[..., Any]:
    async def ask(**whom: str) -> httpx.Response:
        return await staff.post(f"/v1/staff/audits/{fieldwork.case.id}/assisted", json=whom)

    return ask


@pytest.fixture
def code(context: Context, fieldwork: Fieldwork) -> str:
    return codes.shown(codes.invitation_code(context.keys.link_key, fieldwork.invitations[0].id))


def _place(answer: httpx.Response) -> str:
    assert answer.status_code == 201, answer.text
    link: str = answer.json()["link"]
    return link.removeprefix("http://samenspraak.test")


def _form(page: Page) -> Any:
    return page.form(action="next")


class TestTheWholeCall:
    async def test_ends_with_answers_by_telephone_and_no_vote(
        self, browser: Browser, assisted: Walk, code: str, watch: Watch, databases: Databases
    ) -> None:
        session = _place(await assisted(code=code))
        page = await browser.send(await browser.open(session), "start")
        assert "Lees elke vraag" in page.text
        fields = filled(_form(page))

        # Consent is given aloud: it counts when the text was read out.
        fields.pop("read_aloud")
        refused = await browser.send(page, "next", fields)
        assert (refused.status, "eerst helemaal voor" in refused.text) == (422, True)
        assert await watch.answers() == {}
        page = await browser.send(refused, "next", {**fields, "read_aloud": "yes"})
        while page.form(action="send") is None:
            page = await browser.send(page, "next", filled(_form(page)))
        done = await browser.send(page, "send")
        assert "De deelnemer stemt daarom zelf" in done.text
        assert not [link for link in done.links if "/vote" in link]

        # Nor by an address that is typed.
        assert "stemt daarom zelf" in (await browser.open(f"{session}/vote")).text
        for place in ("vote", "vote/cast"):
            answer = await browser.ask("POST", f"{session}/{place}", {"choice": "1"})
            assert (answer.status_code, "stemt daarom zelf" in answer.text) == (409, True)
        assert await watch.ballots() == 0
        async with databases.api.reading() as conn:
            assert await conn.fetchval("SELECT mode FROM fieldwork.response") == "phone"

    async def test_an_hour_of_silence_ends_it_and_every_page_gives_another(
        self, browser: Browser, assisted: Walk, code: str, clock: Clock, fieldwork: Fieldwork
    ) -> None:
        answer = await assisted(code=code)
        session = _place(answer)
        page = await browser.send(await browser.open(session), "start")
        assert "refresh" not in browser.last.headers
        clock.now += timedelta(seconds=pace.PHONE - 1)
        page = await browser.send(page, "next", {**filled(_form(page)), "read_aloud": "yes"})
        clock.now += timedelta(seconds=pace.PHONE - 1)
        assert (await browser.open(page.url)).status == 200
        clock.now += timedelta(seconds=1)
        ended = await browser.open(page.url)
        assert (ended.status, "nieuwe sessie met de code" in ended.text) == (410, True)

        session = _place(await assisted(code=code))
        ended = await browser.send(await browser.open(session), "end")
        assert (ended.url, ended.status) == (session, 410)
        assert (await browser.open(f"/s/{fieldwork.tokens[0]}")).status == 200


class TestWhoMayBegin:
    async def test_the_operator_is_recorded_and_the_trail_names_no_person(
        self, assisted: Walk, code: str, databases: Databases, fieldwork: Fieldwork
    ) -> None:
        _place(await assisted(code=code))
        async with databases.api.reading() as conn:
            operator = await conn.fetchval("SELECT operator FROM panel.access")
            event = await conn.fetchrow("SELECT event, actor, detail FROM ops.trail ORDER BY number DESC LIMIT 1")
        assert (event["event"], str(operator) in event["actor"]) == ("answers.assist", True)
        who = fieldwork.invitations[0]
        written = str(dict(event))
        assert not any(str(id) in written for id in (who.id, who.member_id, who.respondent_id))

    async def test_every_fault_is_named(
        self, assisted: Walk, code: str, context: Context, fieldwork: Fieldwork
    ) -> None:
        mistyped = ("A" if code[0] != "A" else "C") + code[1:]
        stranger = codes.shown(codes.invitation_code(b"another house", fieldwork.invitations[0].id))
        expected = (
            ({}, "", "one_of"),
            ({"code": code, "invitation_id": str(fieldwork.invitations[0].id)}, "", "one_of"),
            ({"code": mistyped}, "/code", "mistyped"),
            ({"code": stranger}, "/code", "unknown"),
            ({"invitation_id": "x" * 36}, "/invitation_id", "pattern"),
        )
        for whom, pointer, kind in expected:
            answer = await assisted(**whom)
            fault = answer.json()["errors"][0]
            assert (answer.status_code, fault["pointer"], fault["code"]) == (422, pointer, kind), answer.text
        assert (await assisted(invitation_id=str(uuid4()))).status_code == 404

    async def test_without_the_code_nobody_is_opened_who_began_alone_unless_they_asked_for_a_call(
        self, browser: Browser, assisted: Walk, link: str, fieldwork: Fieldwork, context: Context, clock: Clock
    ) -> None:
        who, other = fieldwork.invitations[:2]
        await browser.send(await browser.open(link), "start")
        refused = await assisted(invitation_id=str(who.id))
        assert (refused.status_code, refused.json()["code"]) == (409, "code_needed")
        # Whoever has not begun has nothing that could be read.
        _place(await assisted(invitation_id=str(other.id)))

        async with context.db.transaction() as conn:
            await calling.ask(
                conn,
                invitation=who,
                wanted=calling.check({"phone": "0612345678", "moment": "morning", "consent": "yes"}),
                language="nl",
                key=context.keys.address_key,
                now=clock(),
                new_id=uuid4,
                entropy=context.entropy,
            )
        _place(await assisted(invitation_id=str(who.id)))

    async def test_a_key_without_the_scope_is_refused(
        self, app: Litestar, context: Context, fieldwork: Fieldwork, code: str
    ) -> None:
        for key in (await issue(context, "auditor"), await issue(context, "staff", scopes=("staff:audits",))):
            async with Client(app, key) as client:
                answer = await client.post(f"/v1/staff/audits/{fieldwork.case.id}/assisted", json={"code": code})
                assert answer.status_code == 403
