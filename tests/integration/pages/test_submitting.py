"""Sending at the same moment: everybody once, cells exactly, and nothing lost when there is too much."""

import asyncio
from typing import Any

import httpx
import pytest
from litestar import Litestar

from panels import links
from service.context import Context
from service.db import Databases
from service.pages.desk import Desk
from tests.integration.pages.conftest import Browser, Fieldwork, Watch, filled

PEOPLE = 12


async def to_the_review(browser: Browser, link: str) -> None:
    page = await browser.send(await browser.open(link), "start")
    while form := page.form(action="next"):
        page = await browser.send(page, "next", filled(form))


@pytest.fixture
async def ready(browser: Browser, fieldwork: Fieldwork, context: Context) -> list[str]:
    """Links of people who answered everything and did not send yet."""
    async with context.db.reading() as conn:
        rows = await conn.fetch(
            "SELECT id FROM panel.invitation WHERE audit_id = $1 ORDER BY id LIMIT $2", fieldwork.case.id, PEOPLE
        )
    found = [f"/s/{links.token(context.keys.link_key, 'invitation', row['id'])}" for row in rows]
    for link in found:
        await to_the_review(browser, link)
    return found


async def send(app: Litestar, paths: list[str]) -> list[httpx.Response]:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://samenspraak.test") as client:
        body = {"action": "send"}
        return list(await asyncio.gather(*(client.post(f"{path}/review", data=body) for path in paths)))


async def counted(databases: Databases, fieldwork: Fieldwork) -> tuple[int, int, int]:
    """Completed responses, completed invitations, and completes as the cells count them."""
    async with databases.worker.reading() as conn:
        row = await conn.fetchrow(
            """SELECT (SELECT count(*) FROM fieldwork.response WHERE audit_id = $1 AND state = 'completed') AS a,
            (SELECT count(*) FROM panel.invitation WHERE audit_id = $1 AND disposition = 'completed') AS b,
            (SELECT sum(have) FROM panel.quota_cell WHERE audit_id = $1) AS c""",
            fieldwork.case.id,
        )
    assert row is not None
    return row["a"], row["b"], int(row["c"])


async def test_all_at_once_and_twice_each_is_once_each(
    app: Litestar, ready: list[str], databases: Databases, fieldwork: Fieldwork
) -> None:
    answers = await send(app, [*ready, *ready])
    assert {answer.status_code for answer in answers} == {303}
    assert all(answer.headers["location"].endswith("/done") for answer in answers)
    assert await counted(databases, fieldwork) == (PEOPLE, PEOPLE, PEOPLE)


async def test_a_strict_cell_takes_as_many_as_it_has_places(
    app: Litestar, ready: list[str], databases: Databases, fieldwork: Fieldwork
) -> None:
    async with databases.worker.transaction() as conn:
        await conn.execute(
            "UPDATE panel.quota_cell SET need = have + 1, closing = 'refuse' WHERE audit_id = $1", fieldwork.case.id
        )
        cells = await conn.fetch(
            "SELECT count(DISTINCT stratum) AS n FROM panel.invitation WHERE audit_id = $1 AND disposition = 'started'",
            fieldwork.case.id,
        )
    answers = await send(app, ready)
    done = [answer for answer in answers if answer.headers["location"].endswith("/done")]
    assert len(done) == cells[0]["n"] < PEOPLE
    assert await counted(databases, fieldwork) == (len(done), len(done), len(done))
    async with databases.worker.reading() as conn:
        over = await conn.fetchval("SELECT count(*) FROM panel.quota_cell WHERE need > 0 AND have > need")
    assert over == 0


async def test_with_too_much_waiting_people_are_told_that_nothing_is_lost(
    app: Litestar, ready: list[str], watch: Watch, databases: Databases, fieldwork: Fieldwork
) -> None:
    usual = app.state.desk
    app.state.desk = Desk(waiting=0)
    before = await watch.everything()
    (answer,) = await send(app, ready[:1])
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "Er is niets verloren" in answer.text
    assert await watch.everything() == before
    app.state.desk = usual
    (answer,) = await send(app, ready[:1])
    assert answer.headers["location"].endswith("/done")
    assert (await counted(databases, fieldwork))[0] == 1


async def test_what_fails_together_is_done_one_by_one(
    app: Litestar, ready: list[str], databases: Databases, fieldwork: Fieldwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service import submitting

    whole = submitting.many

    async def alone_only(conn: Any, sent: Any, **more: Any) -> Any:
        if len(sent) > 1:
            raise RuntimeError("no two at once today")
        return await whole(conn, sent, **more)

    monkeypatch.setattr(submitting, "many", alone_only)
    answers = await send(app, ready)
    assert all(answer.headers["location"].endswith("/done") for answer in answers)
    assert await counted(databases, fieldwork) == (PEOPLE, PEOPLE, PEOPLE)
