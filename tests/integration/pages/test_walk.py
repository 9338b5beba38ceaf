"""A questionnaire by form posts, as a browser without scripts sends them."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
import pytest
from litestar import Litestar
from samenspraak.types.questionnaire import Knowledge

from service.audits import cases
from service.audits.models import SYSTEM
from service.context import Context
from service.db import Databases
from service.demo.browser import Page, read
from surveys import responses
from tests.integration.pages.conftest import Browser, Fieldwork, Watch, filled

Walk = Callable[..., Any]


class TestTheWholeWalk:
    async def test_answers_are_sent_and_the_invitation_is_completed(
        self, finish: Walk, link: str, watch: Watch, fieldwork: Fieldwork
    ) -> None:
        done = await finish(link)
        assert done.url.endswith("/done")
        assert "Dank u wel" in done.text
        assert await watch.responses() == [("completed", "nl")]
        assert await watch.disposition(fieldwork.invitations[0]) == "completed"
        assert len(await watch.answers()) >= 20

    async def test_starting_marks_the_invitation_as_started(
        self, browser: Browser, link: str, watch: Watch, fieldwork: Fieldwork
    ) -> None:
        page = await browser.send(await browser.open(link), "start")
        assert page.url.endswith("/p/consent")
        assert await watch.disposition(fieldwork.invitations[0]) == "started"

    async def test_the_start_page_says_who_asks_what_and_how_long(self, browser: Browser, link: str) -> None:
        page = await browser.open(link)
        assert "gemeente Voorbeeld" in page.text
        assert "minuten" in page.text
        assert "Alle deelnemers hier zijn verzonnen" in page.text

    async def test_sending_twice_changes_nothing_more(
        self, browser: Browser, walk: Walk, link: str, watch: Watch
    ) -> None:
        review = await walk(link)
        first, second = await browser.send(review, "send"), None
        before = await watch.everything()
        second = await browser.send(review, "send")
        assert first.url == second.url
        assert await watch.everything() == before

    async def test_a_link_that_was_used_to_send_leads_to_the_thanks(
        self, browser: Browser, finish: Walk, link: str
    ) -> None:
        await finish(link)
        for address in (link, f"{link}/p/consent", f"{link}/review"):
            assert (await browser.open(address)).url.endswith("/done")

    async def test_the_review_shows_answers_and_leads_back_to_change_them(
        self, browser: Browser, walk: Walk, link: str, watch: Watch
    ) -> None:
        review = await walk(link, PV_SOC="2")
        assert "Weinig waarde" in review.text
        page = await browser.open(f"{link}/p/value")
        await browser.send(page, "next", filled(_form(page), PV_SOC="4"))
        assert (await watch.answers())["PV_SOC"] == 4

    async def test_sending_with_a_gap_leads_to_the_page_that_lacks_an_answer(self, browser: Browser, link: str) -> None:
        page = await browser.send(await browser.open(link), "start")
        page = await browser.send(page, "next", filled(_form(page)))
        missing = await browser.open(f"{link}/review", method="POST", body={"action": "send"})
        assert missing.url == page.url

    async def test_the_last_wanted_answer_queues_the_closing(
        self, finish: Walk, link: str, watch: Watch, context: Context, fieldwork: Fieldwork
    ) -> None:
        assert await watch.jobs("survey.close") == 0
        async with context.db.transaction() as conn:
            case = await cases.lock(conn, audit_id=fieldwork.case.id)
            await conn.execute(
                "UPDATE fieldwork.audit SET plan = jsonb_set(plan, '{closing,completes}', '1') WHERE id = $1", case.id
            )
        await finish(link)
        assert await watch.jobs("survey.close") == 1


class TestAnsweringAPage:
    async def test_a_missing_answer_is_named_and_nothing_is_stored(
        self, browser: Browser, walk: Walk, link: str, watch: Watch
    ) -> None:
        page = await walk(link, until="/p/value")
        before = await watch.everything()
        again = await browser.send(page, "next", {})
        assert again.status == 422
        assert "<title>Fout: " in browser.last.text
        assert 'role="alert"' in browser.last.text
        assert '<a href="#PV_SELF-1">' in browser.last.text
        assert await watch.everything() == before

    async def test_right_answers_stay_filled_in_when_another_is_missing(
        self, browser: Browser, walk: Walk, link: str
    ) -> None:
        page = await walk(link, until="/p/value")
        fields = filled(_form(page), PV_SOC="3")
        fields.pop("PV_SELF")
        again = await browser.send(page, "next", fields)
        assert _form(again).controls["PV_SOC"].preset == ["3"]

    async def test_a_code_that_is_not_offered_is_refused(
        self, browser: Browser, walk: Walk, link: str, watch: Watch
    ) -> None:
        page = await walk(link, until="/p/value")
        for odd in ("7", "-1", "1 OR 1=1", "\x00", "9" * 400):
            again = await browser.send(page, "next", filled(_form(page), PV_SOC=odd))
            assert again.status == 422
        assert "PV_SOC" not in await watch.answers()

    async def test_free_text_with_a_nul_is_refused_and_with_markup_kept_as_typed(
        self, browser: Browser, walk: Walk, link: str, watch: Watch
    ) -> None:
        page = await walk(link, until="/p/open")
        assert (await browser.send(page, "next", {"OP_Q": "a\x00b"})).status == 422
        await browser.send(page, "next", {"OP_Q": "<script>alert(1)</script>"})
        assert (await watch.answers())["OP_Q"] == "<script>alert(1)</script>"
        await browser.open(f"{link}/review")
        assert "<script" not in browser.last.text

    async def test_back_keeps_what_was_filled_in(self, browser: Browser, walk: Walk, link: str, watch: Watch) -> None:
        page = await walk(link, until="/p/value")
        earlier = await browser.send(page, "back", {"PV_SOC": "4"})
        assert earlier.url != page.url
        assert (await watch.answers())["PV_SOC"] == 4
        assert _form(await browser.open(f"{link}/p/value")).controls["PV_SOC"].preset == ["4"]

    async def test_the_same_page_sent_twice_goes_on_as_if_sent_once(
        self, browser: Browser, walk: Walk, link: str, watch: Watch
    ) -> None:
        page = await walk(link, until="/p/value")
        fields = filled(_form(page))
        first = await browser.send(page, "next", fields)
        before = await watch.everything()
        second = await browser.send(page, "next", fields)
        assert first.url == second.url
        assert await watch.everything() == before

    async def test_a_stale_tab_is_told_so_and_overwrites_nothing(
        self, browser: Browser, walk: Walk, link: str, watch: Watch
    ) -> None:
        old = await walk(link, until="/p/value")
        await browser.send(old, "next", filled(_form(old), PV_SOC="5"))
        answer = await browser.send(old, "next", filled(_form(old), PV_SOC="1"))
        assert answer.status == 409
        assert "niet bewaard" in answer.text
        assert (await watch.answers())["PV_SOC"] == 5
        assert _form(answer).controls["PV_SOC"].preset == ["5"]

    async def test_a_form_without_a_readable_revision_overwrites_nothing(
        self, browser: Browser, walk: Walk, link: str, watch: Watch
    ) -> None:
        page = await walk(link, until="/p/value")
        for odd in ("", "x", "-5", "9" * 40):
            body = {**filled(_form(page)), "action": "next", "revision": odd}
            assert (await browser.open(page.url, method="POST", body=body)).status == 409
        assert "PV_SOC" not in await watch.answers()

    async def test_a_page_that_does_not_exist_looks_like_an_unknown_link(self, browser: Browser, link: str) -> None:
        await browser.send(await browser.open(link), "start")
        assert (await browser.open(f"{link}/p/nonsense")).status == 404
        assert (await browser.open(f"{link}/p/nonsense", method="POST", body={"action": "next"})).status == 404

    async def test_the_language_in_the_address_is_kept_and_stored_with_the_answers(
        self, browser: Browser, link: str, watch: Watch
    ) -> None:
        page = await browser.send(await browser.open(f"{link}?lang=en"), "start")
        assert page.url.endswith("/p/consent?lang=en")
        page = await browser.send(page, "next", filled(_form(page)))
        assert "Continue" in browser.last.text
        assert await watch.responses() == [("in_progress", "en")]


class TestComprehension:
    async def test_a_wrong_answer_gets_the_right_one_once_and_stands(
        self, browser: Browser, walk: Walk, link: str, watch: Watch, context: Context, fieldwork: Fieldwork
    ) -> None:
        goal = await _goal(context, fieldwork)
        wrong = next(option.code for option in goal.options if option.code != goal.correct)
        page = await walk(link, until="/p/comprehension")
        feedback = await browser.send(page, "next", filled(_form(page), CC_GOAL=str(wrong)))
        assert feedback.url.endswith("/p/comprehension/feedback")
        right = next(option.label.nl for option in goal.options if option.code == goal.correct)
        assert right in feedback.text
        assert goal.explain.nl in feedback.text
        assert "/feedback" not in (await browser.send(feedback, "next")).url
        again = await browser.send(feedback, "back")
        assert "CC_GOAL" not in _form(again).controls
        await browser.send(again, "next", {**filled(_form(again)), "CC_GOAL": str(goal.correct)})
        assert (await watch.answers())["CC_GOAL"] == wrong

    async def test_right_answers_go_straight_on(
        self, browser: Browser, walk: Walk, link: str, context: Context, fieldwork: Fieldwork
    ) -> None:
        async with context.db.reading() as conn:
            asked = await responses.questionnaire(conn, fieldwork.case.id)
        right = {q.key: str(q.correct) for page in asked.pages for q in page.questions if isinstance(q, Knowledge)}
        page = await walk(link, until="/p/comprehension")
        following = await browser.send(page, "next", filled(_form(page), **right))
        assert "feedback" not in following.url
        assert not (await browser.open(f"{page.url}/feedback")).url.endswith("/feedback")


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


async def _goal(context: Context, fieldwork: Fieldwork) -> Knowledge:
    async with context.db.reading() as conn:
        asked = await responses.questionnaire(conn, fieldwork.case.id)
    found = next(q for page in asked.pages for q in page.questions if q.key == "CC_GOAL")
    assert isinstance(found, Knowledge)
    return found


async def _close(context: Context, fieldwork: Fieldwork) -> None:
    async with context.db.transaction() as conn:
        await cases.close(conn, audit_id=fieldwork.case.id, actor=SYSTEM, completes=100, now=context.now())


def test_the_reader_of_the_tests_sees_forms_as_a_browser_does() -> None:
    page = read("/x", 200, '<form method="post" action="/y"><input type="radio" name="A" value="1" checked></form>')
    assert page.forms[0].controls["A"].preset == ["1"]
