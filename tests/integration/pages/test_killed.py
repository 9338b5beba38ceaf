"""A connection that breaks at every page, another device each time, and scanners that open everything: nothing is lost,
and nothing is changed by looking."""

from typing import Any

from litestar import Litestar

from service.app import create_app
from service.context import Context
from tests.integration.pages.conftest import Browser, Fieldwork, Watch, filled


async def test_after_every_page_another_device_goes_on_at_the_next(context: Context, link: str, watch: Watch) -> None:
    """Each page is sent by a browser and an application that nobody hears of again."""

    def device() -> Browser:
        made: Litestar = create_app(context=context)
        made.state.context = context
        return Browser(made)

    first = device()
    page = await first.send(await first.open(link), "start")
    shown: dict[str, str] = {}
    for _ in range(60):
        form = page.form(action="next")
        if form is None:
            break
        shown[page.url] = page.text
        fields = filled(form)
        body = {**form.hidden(), **fields, "action": "next"}
        answer = await first.ask("POST", form.action, body)  # the answer never arrives
        assert answer.status_code == 303
        await first.client.aclose()
        first = device()
        page = await first.open(link)
        page = await first.send(page, "start") if page.form(action="start") else page
        assert page.url not in shown, "a page that was sent is asked again"
        again = await first.open(next(iter(shown)))
        assert again.text.split()[:5] == shown[next(iter(shown))].split()[:5]
    assert page.url.endswith("/review")
    stored = await watch.answers()
    assert len(stored) > 20
    done = await first.send(page, "send")
    assert done.url.endswith("/done")
    assert await watch.answers() == stored
    await first.client.aclose()


async def test_a_scanner_that_opens_every_address_fifty_times_changes_nothing(
    browser: Browser, fieldwork: Fieldwork, link: str, walk: Any, watch: Watch
) -> None:
    review = await walk(link)
    places = [
        "", "/review", "/later", "/stop", "/done", "/vote", "/call", "/notice", "/still-there", "/end",
        *(f"/p/{page.key}" for page in (await _asked(browser, fieldwork)).pages),
    ]  # fmt: skip
    other = f"/s/{fieldwork.tokens[1]}"
    before = await watch.everything()
    for round in range(50):
        place = places[round % len(places)]
        for method in ("GET", "HEAD"):
            for start in (link, other):
                answer = await browser.ask(method, f"{start}{place}")
                assert answer.status_code < 500
    for place in places:
        await browser.ask("GET", f"{link}{place}")
        await browser.ask("GET", f"{other}{place}")
    assert await watch.everything() == before
    await browser.send(review, "send")
    assert await watch.everything() != before  # the watch sees a change where there is one


async def _asked(browser: Browser, fieldwork: Fieldwork) -> Any:
    from surveys import responses

    context: Context = browser.client._transport.app.state.context  # type: ignore[attr-defined]
    async with context.db.reading() as conn:
        return await responses.questionnaire(conn, fieldwork.case.id)
