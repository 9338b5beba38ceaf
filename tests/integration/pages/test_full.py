"""Somebody whose group is full reads so in plain words; whoever has begun may finish, unless the plan is strict."""

from typing import Any

import pytest

from service.context import Context
from service.db import Databases
from tests.integration.pages.conftest import Browser, Fieldwork, filled

TITLE = "Er doen al genoeg mensen uit uw groep mee"


async def fill(databases: Databases, fieldwork: Fieldwork, *, closing: str) -> None:
    """Every cell has what it needs, and this is what full cells do."""
    async with databases.worker.transaction() as conn:
        await conn.execute(
            "UPDATE panel.quota_cell SET need = 1, have = 1, closing = $2 WHERE audit_id = $1",
            fieldwork.case.id,
            closing,
        )


async def responses(context: Context, fieldwork: Fieldwork) -> list[str]:
    async with context.db.reading() as conn:
        rows = await conn.fetch("SELECT state FROM fieldwork.response WHERE audit_id = $1", fieldwork.case.id)
    return [row["state"] for row in rows]


async def to_the_end(browser: Browser, link: str) -> Any:
    """Begin and answer everything up to the review."""
    page = await browser.send(await browser.open(link), "start")
    while form := page.form(action="next"):
        page = await browser.send(page, "next", filled(form))
    return page


@pytest.mark.parametrize("closing", ["finish", "refuse"])
async def test_nobody_begins_in_a_full_group(
    browser: Browser, link: str, fieldwork: Fieldwork, databases: Databases, context: Context, closing: str
) -> None:
    start = await browser.open(link)
    await fill(databases, fieldwork, closing=closing)
    page = await browser.send(start, "start")
    assert TITLE in page.text
    assert page.form(action="start") is None
    assert TITLE in (await browser.open(link)).text
    assert await responses(context, fieldwork) == []


async def test_whoever_has_begun_may_finish(
    browser: Browser, link: str, fieldwork: Fieldwork, databases: Databases, context: Context
) -> None:
    review = await to_the_end(browser, link)
    await fill(databases, fieldwork, closing="finish")
    done = await browser.send(review, "send")
    assert TITLE not in done.text
    assert await responses(context, fieldwork) == ["completed"]


async def test_under_a_strict_plan_whoever_is_late_reads_what_becomes_of_their_answers(
    browser: Browser, link: str, fieldwork: Fieldwork, databases: Databases, context: Context
) -> None:
    review = await to_the_end(browser, link)
    await fill(databases, fieldwork, closing="refuse")
    page = await browser.send(review, "send")
    assert TITLE in page.text
    assert "Wij gebruiken die antwoorden nu niet" in page.text
    assert await responses(context, fieldwork) == ["in_progress"]
    async with databases.worker.transaction() as conn:
        await conn.execute("UPDATE panel.quota_cell SET need = 9 WHERE audit_id = $1", fieldwork.case.id)
    again = await browser.send(await browser.open(f"{link}/review"), "send")
    assert TITLE not in again.text
    assert await responses(context, fieldwork) == ["completed"]


async def test_somebody_who_is_done_sees_nothing_of_it(
    browser: Browser, link: str, fieldwork: Fieldwork, databases: Databases
) -> None:
    await browser.send(await to_the_end(browser, link), "send")
    await fill(databases, fieldwork, closing="refuse")
    assert TITLE not in (await browser.open(link)).text
