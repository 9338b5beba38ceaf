"""A public computer: typed code, a session of its own, and an end after which nothing can be seen."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from panels import codes
from service.context import Context
from service.db import Databases
from service.demo.browser import Page
from service.pages import pace
from tests.integration.api.harness import Clock
from tests.integration.pages.conftest import Browser, Fieldwork, Watch, filled

Walk = Callable[..., Any]


@pytest.fixture
def code(context: Context, fieldwork: Fieldwork) -> str:
    """As it is printed in the letter of the first person."""
    return codes.shown(codes.invitation_code(context.keys.link_key, fieldwork.invitations[0].id))


@pytest.fixture
def enter(browser: Browser) -> Callable[..., Any]:
    """Type a code at the page that stands open; the address of the session without its query."""

    async def typed(code: str, at: str = "/kiosk") -> str:
        page = await browser.send(await browser.open(at), "start", {"code": code})
        assert page.status == 200, page.text
        return page.url.partition("?")[0]

    return typed


async def mode_of(databases: Databases) -> list[str]:
    async with databases.api.reading() as conn:
        return [row["mode"] for row in await conn.fetch("SELECT mode FROM fieldwork.response")]


class TestTheWholeWay:
    async def test_leads_from_the_code_to_the_end_and_nowhere_else(
        self,
        browser: Browser,
        enter: Walk,
        code: str,
        fieldwork: Fieldwork,
        watch: Watch,
        databases: Databases,
    ) -> None:
        session = await enter(code.lower().replace("-", " "))
        page, seen = await browser.send(await browser.open(session), "start"), []
        while page.form(action="send") is None:
            seen.append(page)
            _keeps_inside(browser, page, session, fieldwork.tokens[0])
            page = await browser.send(page, "next", filled(_form(page)))
            assert len(seen) < 60
        _keeps_inside(browser, page, session, fieldwork.tokens[0])
        done = await browser.send(page, "send")
        assert done.url == f"{session}/done"
        _keeps_inside(browser, done, session, fieldwork.tokens[0])
        assert await watch.responses() == [("completed", "nl")]
        assert await mode_of(databases) == ["kiosk"]

        home = await browser.send(done, "end")
        assert home.url.startswith("/kiosk?")
        assert "Wat u hebt ingevuld, is bewaard" in home.text
        assert browser.last.headers["refresh"] == "30; url=/kiosk"
        assert len(await watch.answers()) >= 20

    async def test_a_typing_error_and_a_code_of_nobody_are_told_apart_and_open_nothing(
        self, browser: Browser, code: str, fieldwork: Fieldwork, databases: Databases
    ) -> None:
        stranger = codes.shown(codes.invitation_code(b"another house", fieldwork.invitations[0].id))
        wrong = ("A" if code[0] != "A" else "C") + code[1:]
        for typed, said in ((wrong, "typefout"), (stranger, "kennen wij niet"), ("", "Typ de code")):
            page = await browser.send(await browser.open("/kiosk"), "start", {"code": typed})
            assert (page.status, said in page.text) == (422, True), page.text
            assert "<title>Fout: " in browser.last.text
        async with databases.api.reading() as conn:
            assert await conn.fetchval("SELECT count(*) FROM panel.access") == 0

    async def test_what_was_begun_at_home_goes_on_there(
        self, browser: Browser, enter: Walk, code: str, walk: Walk, link: str, databases: Databases
    ) -> None:
        left = await walk(link, until="/p/value")
        session = await enter(code)
        page = await browser.send(await browser.open(session), "start")
        assert page.url.rsplit("/", 1)[1] == left.url.rsplit("/", 1)[1]
        assert await mode_of(databases) == ["web"]
        # The page that is still open at home is told that it is old, and loses nothing.
        await browser.send(page, "next", filled(_form(page), PV_SOC="5"))
        old = await browser.send(left, "next", filled(_form(left), PV_SOC="1"))
        assert old.status == 409

    async def test_larger_letters_and_language_are_carried_along(self, browser: Browser, code: str) -> None:
        page = await browser.open("/kiosk?lang=en")
        assert "?lang=en&text=large" in page.links
        page = await browser.send(await browser.open("/kiosk?lang=en&text=large"), "start", {"code": code})
        page = await browser.send(page, "start")
        assert page.url.endswith("/p/consent?lang=en&text=large")
        assert 'class="large"' in browser.last.text
        # The next visitor begins anew.
        home = await browser.send(page, "end")
        assert 'class="large"' not in browser.last.text
        assert "What you filled in is kept" in home.text

    async def test_later_shows_the_code_and_no_address_of_the_session(
        self, browser: Browser, enter: Walk, code: str
    ) -> None:
        session = await enter(code)
        page = await browser.send(await browser.open(session), "start")
        later = await browser.send(page, "later")
        assert later.url == f"{session}/later"
        assert code in later.text
        assert session not in later.text
        assert "<path d=" not in browser.last.text.partition("<main")[2]

    async def test_the_secret_vote_is_open_there(self, browser: Browser, enter: Walk, code: str, watch: Watch) -> None:
        session = await enter(code)
        await _finish(browser, session)
        check = await browser.send(await browser.open(f"{session}/vote"), "check", {"choice": "1"})
        receipt = await browser.send(check, "cast")
        assert receipt.status == 200
        assert await watch.ballots() == 1
        assert not [link for link in receipt.links if "/register" in link]

    async def test_the_notice_is_read_without_leaving(self, browser: Browser, enter: Walk, code: str) -> None:
        session = await enter(code)
        start = await browser.open(session)
        assert f"{session}/notice" in start.links
        notice = await browser.open(f"{session}/notice")
        assert notice.status == 200
        assert session in notice.links


class TestTheEnd:
    async def test_back_shows_that_the_session_has_ended(self, browser: Browser, enter: Walk, code: str) -> None:
        session = await enter(code)
        page = await browser.send(await browser.open(session), "start")
        await browser.send(page, "end")
        for address in (session, page.url, f"{session}/review", f"{session}/done", f"{session}/still-there"):
            again = await browser.open(address)
            assert (again.status, again.links[-1]) == (410, "/kiosk"), address
            assert "afgesloten" in again.text
            assert "no-store" in browser.last.headers["cache-control"]
        # Nor does a page that was open still save anything.
        answer = await browser.send(page, "next", filled(_form(page)))
        assert answer.status == 410
        # Ending twice is no fault.
        assert (await browser.send(page, "end")).url.startswith("/kiosk")

    async def test_ending_asks_the_browser_to_forget_its_pages(self, browser: Browser, enter: Walk, code: str) -> None:
        session = await enter(code)
        ended = await browser.ask("POST", f"{session}/end")
        assert ended.headers["clear-site-data"] == '"cache"'

    async def test_a_second_session_ends_the_first(
        self, browser: Browser, enter: Walk, code: str, databases: Databases
    ) -> None:
        first = await enter(code)
        page = await browser.send(await browser.open(first), "start")
        await browser.send(page, "next", filled(_form(page)))
        second = await enter(code)
        assert (await browser.open(first)).status == 410
        again = await browser.send(await browser.open(second), "start")
        assert (again.status, again.url.startswith(f"{second}/p/")) == (200, True)
        async with databases.api.reading() as conn:
            rows = await conn.fetch("SELECT ended FROM panel.access ORDER BY ended")
        assert [row["ended"] for row in rows] == [False, True]

    async def test_a_link_that_never_was_looks_the_same(self, browser: Browser, link: str) -> None:
        assert (await browser.open(f"/s/k{'A' * 22}")).status == 410
        assert (await browser.open(f"/s/k{'%00' * 22}")).status == 404
        assert (await browser.open(f"/s/k{'A' * 23}")).status == 404
        assert (await browser.ask("POST", f"/s/k{'A' * 22}/end")).status_code == 303

    async def test_a_link_of_an_invitation_has_none_of_this(self, browser: Browser, link: str, watch: Watch) -> None:
        before = await watch.everything()
        page = await browser.open(link)
        assert page.form(action="end") is None
        assert "refresh" not in browser.last.headers
        assert "script-src" not in browser.last.headers["content-security-policy"]
        for place in ("still-there", "still-there/p/consent"):
            assert (await browser.open(f"{link}/{place}")).url == link
        await browser.ask("POST", f"{link}/end")
        assert (await browser.open(link)).status == 200
        assert await watch.everything() == before


class TestTime:
    async def test_nobody_there_asks_first_and_then_ends(
        self, browser: Browser, enter: Walk, code: str, clock: Clock, watch: Watch
    ) -> None:
        session = await enter(code)
        page = await browser.send(await browser.open(session), "start")
        page = await browser.send(page, "next", filled(_form(page)))
        before = await watch.everything()
        seconds, target = _refresh(browser)
        assert target == f"{session}/still-there/{page.url.removeprefix(session + '/')}"

        _wait(clock, seconds)
        asked = await browser.open(target)
        assert "Bent u er nog?" in asked.text
        left, then = _refresh(browser)
        assert (left, then) == (pace.WARNING, session)

        _wait(clock, left)
        ended = await browser.open(then)
        assert (ended.status, _refresh(browser)[1]) == (410, "/kiosk")
        # Looking changed nothing, and what was sent is kept.
        assert await watch.everything() == before
        assert len(await watch.answers()) > 0

    async def test_yes_goes_on_where_the_question_came_up(
        self, browser: Browser, enter: Walk, code: str, clock: Clock
    ) -> None:
        session = await enter(code)
        page = await browser.send(await browser.open(session), "start")
        for _ in range(11):
            seconds, target = _refresh(browser)
            assert seconds >= pace.LEAST - pace.WARNING
            _wait(clock, seconds + 50)
            back = await browser.send(await browser.open(target), "stay")
            assert back.url == page.url
        await browser.send(back, "next", filled(_form(back)))
        assert browser.last.status_code == 200

    async def test_looking_does_not_keep_a_session(
        self, browser: Browser, enter: Walk, code: str, clock: Clock
    ) -> None:
        session = await enter(code)
        for _ in range(3):
            _wait(clock, 50)
            assert (await browser.open(session)).status == 200
        _wait(clock, 30)
        assert (await browser.open(session)).status == 410

    async def test_a_page_that_comes_back_with_faults_has_its_time_again(
        self, browser: Browser, enter: Walk, code: str, clock: Clock
    ) -> None:
        session = await enter(code)
        page = await browser.send(await browser.open(session), "start")
        _wait(clock, 150)
        assert (await browser.send(page, "next", {})).status == 422
        assert _refresh(browser)[0] >= pace.LEAST - pace.WARNING
        _wait(clock, 150)
        assert (await browser.open(page.url)).status == 200

    async def test_a_page_to_write_on_stays_longer(
        self, browser: Browser, enter: Walk, code: str, clock: Clock
    ) -> None:
        session = await enter(code)
        page = await browser.send(await browser.open(session), "start")
        while not page.url.endswith("/p/open"):
            assert _refresh(browser)[0] >= pace.LEAST - pace.WARNING
            page = await browser.send(page, "next", filled(_form(page)))
        seconds, _ = _refresh(browser)
        assert seconds >= 180
        # What the page says is what the session has.
        _wait(clock, seconds + pace.WARNING - 1)
        assert (await browser.open(page.url)).status == 200
        _wait(clock, 1)
        assert (await browser.open(page.url)).status == 410


def _wait(clock: Clock, seconds: float) -> None:
    clock.now += timedelta(seconds=seconds)


def _refresh(browser: Browser) -> tuple[int, str]:
    seconds, target = browser.last.headers["refresh"].split("; url=")
    return int(seconds), target


def _keeps_inside(browser: Browser, page: Page, session: str, token: str) -> None:
    """A page of a public computer leads nowhere else, is kept nowhere, and can be ended."""
    assert all(link.startswith((session, "?", "#")) for link in page.links), page.links
    assert page.form(action="end") is not None
    assert all(form.action.startswith(session) for form in page.forms)
    assert token not in browser.last.text
    assert browser.last.headers["cache-control"] == "no-store"
    typed = re.findall(r"<(?:textarea|input [^>]*type=.text.)[^>]*>", browser.last.text)
    assert all('autocomplete="off"' in tag for tag in typed), typed
    assert "script-src 'self'" in browser.last.headers["content-security-policy"]


async def _finish(browser: Browser, session: str) -> Page:
    page = await browser.send(await browser.open(session), "start")
    while page.form(action="send") is None:
        page = await browser.send(page, "next", filled(_form(page)))
    return await browser.send(page, "send")


def _form(page: Page) -> Any:
    return page.form(action="next")
