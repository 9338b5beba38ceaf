"""A questionnaire by form posts, as a browser without scripts sends them."""

from collections.abc import Callable
from typing import Any

from samenspraak.types.questionnaire import Knowledge

from service.audits import cases
from service.context import Context
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

    async def test_a_body_that_is_no_form_is_refused_with_a_page(self, browser: Browser, link: str) -> None:
        part = b'--x\r\nContent-Disposition: form-data; name="action"\r\nContent-Type: text/plain; charset=nope\r\n'
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await browser.client.post(link, content=part + b"\r\nstart\r\n--x--\r\n", headers=kind)
        assert answer.status_code == 400
        assert "Dit konden wij niet lezen" in answer.text

    async def test_another_method_is_refused_and_the_right_ones_named(self, browser: Browser, link: str) -> None:
        answer = await browser.ask("GET", f"{link}/vote/cast")
        assert answer.status_code == 405
        assert "POST" in answer.headers["allow"]

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


def _form(page: Page) -> Any:
    return page.form(action="next")


async def _goal(context: Context, fieldwork: Fieldwork) -> Knowledge:
    async with context.db.reading() as conn:
        asked = await responses.questionnaire(conn, fieldwork.case.id)
    found = next(q for page in asked.pages for q in page.questions if q.key == "CC_GOAL")
    assert isinstance(found, Knowledge)
    return found


def test_the_reader_of_the_tests_sees_forms_as_a_browser_does() -> None:
    page = read("/x", 200, '<form method="post" action="/y"><input type="radio" name="A" value="1" checked></form>')
    assert page.forms[0].controls["A"].preset == ["1"]
