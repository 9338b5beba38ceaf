"""Coming back, stopping, arriving too late, and links that open nothing."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest
from litestar import Litestar

from service.audits import cases
from service.audits.models import SYSTEM
from service.context import Context
from service.db import Databases
from service.demo.browser import Page
from tests.integration.pages.conftest import Browser, Fieldwork, Watch, filled

Walk = Callable[..., Any]


class TestComingBack:
    async def test_later_saves_and_the_same_link_continues_on_the_same_page(
        self, browser: Browser, walk: Walk, link: str, watch: Watch
    ) -> None:
        page = await walk(link, until="/p/value")
        pause = await browser.send(page, "later", {"PV_SOC": "2"})
        assert "Uw antwoorden zijn bewaard" in pause.text
        assert (await watch.answers())["PV_SOC"] == 2
        start = await browser.open(link)
        assert "U was al begonnen" in start.text
        resumed = await browser.send(start, "start")
        assert resumed.url == page.url
        assert _form(resumed).controls["PV_SOC"].preset == ["2"]

    async def test_order_of_options_is_the_same_on_every_visit(self, browser: Browser, walk: Walk, link: str) -> None:
        page = await walk(link, until="/p/concerns")
        again = await browser.open(page.url)
        assert list(_form(page).controls) == list(_form(again).controls)
        assert [c.values for c in _form(page).questions()] == [c.values for c in _form(again).questions()]

    async def test_starting_at_once_on_many_devices_begins_one_response(
        self, browser: Browser, link: str, watch: Watch
    ) -> None:
        starts = (browser.client.post(link, data={"action": "start"}) for _ in range(5))
        answers = await asyncio.gather(*starts)
        assert {(a.status_code, a.headers["location"]) for a in answers} == {(303, f"{link}/p/consent")}
        assert await watch.responses() == [("in_progress", "nl")]


class TestStopping:
    async def test_declining_at_the_door_keeps_nothing(
        self, browser: Browser, link: str, watch: Watch, fieldwork: Fieldwork
    ) -> None:
        page = await browser.send(await browser.open(link), "decline")
        assert "U doet deze keer niet mee" in page.text
        assert await watch.disposition(fieldwork.invitations[0]) == "declined"
        assert await watch.responses() == []

    async def test_refusing_consent_ends_politely(
        self, browser: Browser, link: str, watch: Watch, fieldwork: Fieldwork
    ) -> None:
        page = await browser.send(await browser.open(link), "start")
        page = await browser.send(page, "next", filled(_form(page), CO_PART="2"))
        assert "U doet deze keer niet mee" in page.text
        assert await watch.disposition(fieldwork.invitations[0]) == "declined"
        assert await watch.answers() == {}

    async def test_stop_asks_once_more_and_then_deletes_every_answer(
        self, browser: Browser, walk: Walk, link: str, watch: Watch, fieldwork: Fieldwork
    ) -> None:
        page = await walk(link, until="/p/value")
        asked = await browser.send(page, "stop")
        assert await watch.answers() != {}
        gone = await browser.send(asked, "delete")
        assert "Wij bewaren geen antwoorden van u" in gone.text
        assert await watch.answers() == {}
        assert await watch.disposition(fieldwork.invitations[0]) == "declined"

    async def test_no_go_back_leads_to_where_one_was(self, browser: Browser, walk: Walk, link: str) -> None:
        page = await walk(link, until="/p/value")
        asked = await browser.send(page, "stop")
        assert (await browser.send(asked, "back")).url == page.url

    async def test_no_go_back_before_the_start_leads_to_the_start(self, browser: Browser, link: str) -> None:
        asked = await browser.open(f"{link}/stop")
        assert (await browser.send(asked, "back")).url == link

    async def test_whoever_said_no_cannot_go_on_from_an_open_page(
        self, browser: Browser, walk: Walk, link: str, watch: Watch
    ) -> None:
        page = await walk(link, until="/p/value")
        await browser.send(await browser.send(page, "stop"), "delete")
        before = await watch.everything()
        answer = await browser.send(page, "next", filled(_form(page)))
        assert "U doet deze keer niet mee" in answer.text
        assert await watch.everything() == before

    async def test_answers_can_be_deleted_after_sending_too(
        self, browser: Browser, finish: Walk, link: str, watch: Watch, fieldwork: Fieldwork
    ) -> None:
        await finish(link)
        gone = await browser.send(await browser.open(f"{link}/stop"), "delete")
        assert "Deze link werkt niet meer" in gone.text
        assert (await watch.answers(), await watch.responses()) == ({}, [])
        assert await watch.disposition(fieldwork.invitations[0]) == "withdrawn"


class TestAClosedAudit:
    async def test_takes_no_answers_and_says_so(
        self, browser: Browser, walk: Walk, link: str, watch: Watch, context: Context, fieldwork: Fieldwork
    ) -> None:
        page = await walk(link, until="/p/value")
        await _close(context, fieldwork)
        before = await watch.everything()
        for action in ("next", "later", "back"):
            closed = await browser.send(page, action, filled(_form(page)))
            assert closed.status == 410
            assert "Dit onderzoek is gesloten" in closed.text
        assert (await browser.open(f"{link}/stop", method="POST", body={"action": "delete"})).status == 200
        assert "Wissen kan niet meer" in browser.last.text
        assert await watch.everything() == before

    async def test_whoever_sent_in_time_sees_what_follows(
        self, browser: Browser, finish: Walk, link: str, context: Context, fieldwork: Fieldwork
    ) -> None:
        await finish(link)
        await _close(context, fieldwork)
        done = await browser.open(link)
        assert "Het onderzoek is gesloten" in done.text
        assert "Naar de stemming" not in done.text


class TestLookingOnly:
    async def test_no_get_or_head_changes_anything(
        self, browser: Browser, walk: Walk, link: str, watch: Watch, fieldwork: Fieldwork
    ) -> None:
        await walk(link, until="/p/value")
        fresh = f"/s/{fieldwork.tokens[1]}"
        before = await watch.everything()
        for person in (link, fresh):
            for place in ("", "/p/consent", "/p/value", "/p/comprehension/feedback", "/review", "/later", "/stop",
                          "/done", "/vote"):  # fmt: skip
                for method in ("GET", "HEAD"):
                    assert (await browser.ask(method, person + place)).status_code in (200, 303), (person, place)
        assert await watch.everything() == before

    async def test_an_act_by_get_is_refused(self, browser: Browser, link: str) -> None:
        assert (await browser.ask("GET", f"{link}/vote/cast")).status_code == 405


class TestALinkThatOpensNothing:
    async def test_malformed_unknown_forged_and_foreign_links_look_alike(
        self, browser: Browser, strange_tokens: dict[str, str]
    ) -> None:
        seen = set()
        for token in strange_tokens.values():
            for path in (f"/s/{token}", f"/s/{token}/p/consent", f"/s/{token}/vote", f"/s/{token}/done"):
                answer = await browser.ask("GET", path)
                seen.add((answer.status_code, answer.text))
            for path in (f"/s/{token}", f"/s/{token}/p/consent", f"/s/{token}/vote/cast", f"/s/{token}/stop"):
                answer = await browser.ask("POST", path, {"action": "next"})
                seen.add((answer.status_code, answer.text))
            assert len(token) < 9 or token not in answer.text
        assert len(seen) == 1
        assert seen.pop()[0] == 404


class TestAnOutage:
    async def test_is_a_page_that_says_what_was_saved(self, databases: Databases, browser: Browser, link: str) -> None:
        await databases.api.close()
        answer = await browser.ask("GET", link)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        assert "Alles van de vorige bladzijden is bewaard" in answer.text


class TestOurOwnMistake:
    async def test_is_a_calm_page_and_the_log_holds_neither_link_nor_message(
        self, app: Litestar, context: Context, link: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fails() -> datetime:
            raise ValueError("what somebody typed")

        app.state.context = msgspec.structs.replace(context, now=fails)
        answer = await Browser(app).ask("POST", link, {"action": "start"})
        assert answer.status_code == 500
        assert "Dit ligt niet aan u" in answer.text
        logged = capsys.readouterr().out
        assert "ValueError" in logged
        assert "what somebody typed" not in logged + answer.text
        assert link.removeprefix("/s/") not in logged


def _form(page: Page) -> Any:
    return page.form(action="next")


async def _close(context: Context, fieldwork: Fieldwork) -> None:
    async with context.db.transaction() as conn:
        await cases.close(conn, audit_id=fieldwork.case.id, actor=SYSTEM, completes=100, now=context.now())
