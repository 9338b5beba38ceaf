"""The secret ballot over pages: promise, check, one cast, receipt."""

import asyncio
from collections.abc import Callable
from typing import Any

from service.audits import cases
from service.audits.models import SYSTEM
from service.context import Context
from service.demo.browser import Page
from service.demo.citizens import receipt_in
from tests.integration.pages.conftest import Browser, Fieldwork, Watch

Walk = Callable[..., Any]


class TestVoting:
    async def test_comes_after_the_answers(self, browser: Browser, link: str, watch: Watch) -> None:
        page = await browser.open(f"{link}/vote")
        assert "Stemmen kan als u uw antwoorden hebt verstuurd" in page.text
        answer = await browser.ask("POST", f"{link}/vote/cast", {"choice": "1"})
        assert answer.status_code == 409
        assert await watch.ballots() == 0

    async def test_is_offered_after_sending_with_the_promise_first(
        self, browser: Browser, finish: Walk, link: str
    ) -> None:
        done = await finish(link)
        assert f"{link}/vote" in done.links
        page = await browser.open(f"{link}/vote")
        text = browser.last.text
        assert text.index("Dit beloven wij niet") < text.index('type="radio"')
        assert "geen verkiezing" in page.text

    async def test_checking_a_choice_stores_nothing(
        self, browser: Browser, finish: Walk, link: str, watch: Watch
    ) -> None:
        await finish(link)
        before = await watch.everything()
        check = await browser.send(await browser.open(f"{link}/vote"), "check", {"choice": "2"})
        assert check.status == 200
        assert "U stemt: Nee" in check.text or "Nee" in check.text
        assert (await watch.everything(), await watch.ballots()) == (before, 0)

    async def test_casting_gives_a_receipt_that_says_nothing_about_the_choice(
        self, browser: Browser, finish: Walk, link: str, watch: Watch
    ) -> None:
        await finish(link)
        receipt = await _vote(browser, link)
        assert receipt_in(receipt)
        assert await watch.ballots() == 1
        done = await browser.open(link)
        assert "U hebt gestemd" in done.text
        assert f"{link}/vote" not in done.links

    async def test_a_second_vote_is_refused_and_the_first_stands(
        self, browser: Browser, finish: Walk, link: str, watch: Watch
    ) -> None:
        await finish(link)
        await _vote(browser, link)
        again = await browser.ask("POST", f"{link}/vote/cast", {"choice": "1"})
        assert again.status_code == 409
        assert "U hebt al gestemd" in again.text
        page = await browser.open(f"{link}/vote")
        assert page.form(action="check") is None
        assert await watch.ballots() == 1

    async def test_of_many_casts_at_once_one_counts(
        self, browser: Browser, finish: Walk, link: str, watch: Watch
    ) -> None:
        await finish(link)
        casts = (browser.client.post(f"{link}/vote/cast", data={"choice": str(1 + n % 3)}) for n in range(5))
        statuses = sorted(answer.status_code for answer in await asyncio.gather(*casts))
        assert statuses == [200, 409, 409, 409, 409]
        assert await watch.ballots() == 1

    async def test_a_choice_that_is_not_on_the_ballot_is_refused(
        self, browser: Browser, finish: Walk, link: str, watch: Watch
    ) -> None:
        await finish(link)
        for odd in ("", "0", "4", "x", "\x00", "9" * 50):
            for place in ("vote", "vote/cast"):
                assert (await browser.ask("POST", f"{link}/{place}", {"choice": odd})).status_code == 422
        assert "<title>Fout: " in browser.last.text
        assert await watch.ballots() == 0

    async def test_two_choices_at_once_are_no_vote(
        self, browser: Browser, finish: Walk, link: str, watch: Watch
    ) -> None:
        await finish(link)
        for address in (f"{link}/vote", f"{link}/vote/cast"):
            assert (await browser.ask("POST", address, {"choice": ["1", "2"]})).status_code == 422
        assert await watch.ballots() == 0

    async def test_is_refused_after_closing(
        self, browser: Browser, finish: Walk, link: str, watch: Watch, context: Context, fieldwork: Fieldwork
    ) -> None:
        await finish(link)
        async with context.db.transaction() as conn:
            await cases.close(conn, audit_id=fieldwork.case.id, actor=SYSTEM, completes=100, now=context.now())
        assert (await browser.ask("POST", f"{link}/vote/cast", {"choice": "1"})).status_code == 409
        assert "De stemming is gesloten" in browser.last.text
        assert await watch.ballots() == 0

    async def test_deleting_the_answers_leaves_the_vote(
        self, browser: Browser, finish: Walk, link: str, watch: Watch
    ) -> None:
        await finish(link)
        await _vote(browser, link)
        stop = await browser.open(f"{link}/stop")
        assert "Die stem blijft" in stop.text
        await browser.send(stop, "delete")
        assert await watch.ballots() == 1


async def _vote(browser: Browser, link: str) -> Page:
    check = await browser.send(await browser.open(f"{link}/vote"), "check", {"choice": "2"})
    return await browser.send(check, "cast")
