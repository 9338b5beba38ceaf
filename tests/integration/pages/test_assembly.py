"""One person's page about an assembly: being asked, the ticket, the seat; and that looking changes nothing."""

import asyncio
import re
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from panels import links
from panels.assemblies import founding, seating
from panels.assemblies.models import Assembly
from service.context import Context
from service.db import Databases
from service.settings import Settings
from tests.integration.api.harness import Clock
from tests.integration.pages.conftest import Browser
from tests.integration.panels.convening import Convening

TABLES = ("panel.assembly", "panel.assembly_candidate", "panel.assembly_seat", "ops.job", "ops.trail")


@pytest.fixture
def house(databases: Databases, database_settings: Settings, clock: Clock, context: Context) -> Convening:
    return Convening(databases, database_settings, clock, context.keys.link_key)


@pytest.fixture
async def recruiting(house: Convening) -> tuple[Assembly, list[str]]:
    """An assembly that asks, and the addresses of the people who were asked."""
    await house.members(60)
    assembly = await house.recruit(await house.create(one_per_household=True))
    return assembly, [f"/a/{token}" for token in await house.tokens(assembly)]


@pytest.fixture
async def drawn(house: Convening) -> tuple[Assembly, list[str], str]:
    """A drawn assembly: the addresses of who has a seat, and of somebody who has none."""
    assembly = await house.drawn()
    seats = [house.token(UUID(seat.id)) for seat in await house.seats(assembly)]
    rows = await house.rows(
        "SELECT id FROM panel.assembly_candidate AS c WHERE answer = 'yes' AND NOT EXISTS "
        "(SELECT 1 FROM panel.assembly_seat AS s WHERE s.candidate_id = c.id) LIMIT 1"
    )
    return assembly, [f"/a/{token}" for token in seats], f"/a/{house.token(rows[0]['id'])}"


async def everything(databases: Databases) -> list[Any]:
    """A fingerprint of every table that a request could touch."""
    async with databases.api.reading() as conn:
        return [
            await conn.fetchval(
                f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} AS t"
            )
            for table in TABLES
        ]


class TestBeingAsked:
    async def test_the_page_explains_before_it_asks(
        self, browser: Browser, recruiting: tuple[Assembly, list[str]]
    ) -> None:
        page = await browser.open(recruiting[1][0] + "?lang=nl")
        for words in ("Burgerberaad over AI in de zorg", "gemeente Voorbeeld", "Een loting beslist", "Wat bewaren we?"):
            assert words in page.text
        assert page.text.index("Een loting beslist") < page.text.index("Ja, ik loot mee")

    async def test_yes_and_no_are_kept_and_can_be_changed(
        self, browser: Browser, recruiting: tuple[Assembly, list[str]], house: Convening
    ) -> None:
        _, (link, *_) = recruiting
        link += "?lang=nl"
        page = await browser.send(await browser.open(link), "yes")
        assert "U loot mee." in page.text
        page = await browser.send(page, "no")
        assert "U loot niet mee." in page.text
        page = await browser.send(page, "yes")
        assert "U loot mee." in page.text
        rows = await house.rows("SELECT answer FROM panel.assembly_candidate WHERE answer <> 'asked'")
        assert [row["answer"] for row in rows] == ["yes"]

    async def test_the_page_is_in_the_language_of_the_person_unless_asked_otherwise(
        self, browser: Browser, recruiting: tuple[Assembly, list[str]], house: Convening
    ) -> None:
        rows = await house.rows("SELECT id FROM panel.assembly_candidate WHERE language = 'en' LIMIT 1")
        link = f"/a/{house.token(rows[0]['id'])}"
        assert "Yes, put me in the lottery" in (await browser.open(link)).text
        assert "Ja, ik loot mee" in (await browser.open(f"{link}?lang=nl")).text

    async def test_looking_changes_nothing(
        self, browser: Browser, recruiting: tuple[Assembly, list[str]], databases: Databases
    ) -> None:
        before = await everything(databases)
        for path in ("", "/give-back", "?late=1", "?lang=en"):
            for method in ("GET", "HEAD"):
                assert (await browser.ask(method, recruiting[1][0] + path)).status_code in (200, 303)
        assert await everything(databases) == before

    async def test_a_strange_action_changes_nothing(
        self, browser: Browser, recruiting: tuple[Assembly, list[str]], databases: Databases
    ) -> None:
        before = await everything(databases)
        for action in ("", "accept", "decline", "maybe"):
            answer = await browser.ask("POST", recruiting[1][0], {"action": action})
            assert answer.status_code == 303
        assert await everything(databases) == before

    async def test_after_closing_an_answer_comes_too_late_and_the_page_says_so(
        self, browser: Browser, recruiting: tuple[Assembly, list[str]], house: Convening
    ) -> None:
        assembly, addresses = recruiting
        for link in addresses[1:40]:
            await browser.ask("POST", link, {"action": "yes"})
        await house.close(assembly)
        page = await browser.open(f"{addresses[0]}?lang=nl", method="POST", body={"action": "yes"})
        assert "Dit kan nu niet meer." in page.text
        assert "Meeloten kan niet meer." in page.text

    async def test_strange_links_all_look_alike(
        self, browser: Browser, recruiting: tuple[Assembly, list[str]], context: Context, house: Convening
    ) -> None:
        rows = await house.rows("SELECT id, member_id FROM panel.assembly_candidate LIMIT 1")
        unknown = await browser.ask("GET", "/s/aaaaaaaaaaaaaaaaaaaaaA")
        for token in (
            "x",
            "a" * 500,
            links.token(context.keys.link_key, "assembly", uuid7()),
            links.token(context.keys.link_key, "member", rows[0]["member_id"]),
            links.token(context.keys.link_key, "invitation", rows[0]["id"]),
        ):
            for method in ("GET", "POST"):
                answer = await browser.ask(method, f"/a/{token}", {"action": "yes"} if method == "POST" else None)
                assert (answer.status_code, answer.text) == (404, unknown.text)

    async def test_a_link_to_an_assembly_opens_no_membership_and_no_questionnaire(
        self, browser: Browser, recruiting: tuple[Assembly, list[str]]
    ) -> None:
        token = recruiting[1][0].removeprefix("/a/")
        for place in ("/s/", "/m/"):
            assert (await browser.ask("GET", place + token)).status_code == 404

    async def test_a_person_sees_nothing_of_other_people(
        self, browser: Browser, recruiting: tuple[Assembly, list[str]], house: Convening
    ) -> None:
        page = await browser.open(recruiting[1][0])
        ids = await house.rows("SELECT id, member_id FROM panel.assembly_candidate")
        assert not any(str(row["id"]) in browser.last.text or str(row["member_id"]) in browser.last.text for row in ids)
        assert page.status == 200


class TestTheTicket:
    async def test_everybody_in_the_pool_sees_their_own_ticket_and_how_many_panels_hold_it(
        self, browser: Browser, house: Convening
    ) -> None:
        assembly = await house.published()
        rows = await house.rows(
            "SELECT id, ticket, selected FROM panel.assembly_candidate WHERE ticket <> '' ORDER BY id LIMIT 3"
        )
        for row in rows:
            page = await browser.open(f"/a/{house.token(row['id'])}?lang=nl")
            assert row["ticket"] in page.text
            assert f"{round(row['selected'] * 100)} van de 100." in page.text
            others = {other["ticket"] for other in rows} - {row["ticket"]}
            assert not any(ticket in page.text for ticket in others)
            assert f"/register/assemblies/{assembly.id}?lang=nl" in page.links

    async def test_nobody_sees_a_ticket_before_publication(self, browser: Browser, house: Convening) -> None:
        assembly = await house.create()
        yes = await house.willing(assembly)
        await house.close(assembly)
        await house.solve(assembly)
        page = await browser.open(f"/a/{yes[0]}?lang=nl")
        assert "We maken nu de groepen." in page.text
        assert not re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", page.text)


class TestTheSeat:
    async def test_a_seat_is_taken_and_given_back_after_a_question(
        self, browser: Browser, drawn: tuple[Assembly, list[str], str], house: Convening
    ) -> None:
        assembly, (link, *_), _ = drawn
        link += "?lang=nl"
        page = await browser.send(await browser.open(link), "accept")
        assert "U hebt een plaats." in page.text
        asked = await browser.open(f"{link.replace('?', '/give-back?')}")
        assert "Wilt u uw plaats teruggeven?" in asked.text
        assert (await house.shown(assembly)).seats == {"offered": 9, "confirmed": 1}
        form = asked.form(ending="/give-back")
        assert form is not None
        page = await browser.open(form.action, method="POST", body={})
        assert "U hebt uw plaats teruggegeven." in page.text
        assert (await house.shown(assembly)).seats == {"offered": 9, "declined": 1}

    async def test_pressing_the_button_twice_does_no_harm(
        self, browser: Browser, drawn: tuple[Assembly, list[str], str], house: Convening
    ) -> None:
        assembly, (link, *_), _ = drawn
        await asyncio.gather(*(browser.ask("POST", link, {"action": "accept"}) for _ in range(4)))
        assert (await house.shown(assembly)).seats == {"offered": 9, "confirmed": 1}

    async def test_who_has_no_seat_is_told_so_and_cannot_take_one(
        self, browser: Browser, drawn: tuple[Assembly, list[str], str], databases: Databases
    ) -> None:
        _, _, link = drawn
        assert "U bent niet geloot." in (await browser.open(f"{link}?lang=nl")).text
        before = await everything(databases)
        page = await browser.open(f"{link}?lang=nl", method="POST", body={"action": "accept"})
        assert "Dit kan nu niet meer." in page.text
        assert await everything(databases) == before

    async def test_after_the_beginning_an_unanswered_seat_has_lapsed(
        self, browser: Browser, drawn: tuple[Assembly, list[str], str], house: Convening
    ) -> None:
        assembly, (link, *_), _ = drawn
        await house.do(seating.seat, assembly_id=assembly.id, accept_fewer="we begin")
        page = await browser.open(f"{link}?lang=nl", method="POST", body={"action": "accept"})
        assert "Uw plaats is vervallen." in page.text


async def test_a_cancelled_assembly_says_why(
    browser: Browser, recruiting: tuple[Assembly, list[str]], house: Convening
) -> None:
    assembly, (link, *_) = recruiting
    await house.do(founding.cancel, assembly_id=assembly.id, reason="De raad trok de vraag in.")
    page = await browser.open(f"{link}?lang=nl")
    assert "De raad trok de vraag in." in page.text
    assert page.forms == []
