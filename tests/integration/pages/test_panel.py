"""Joining, confirming, and a member's own page."""

from typing import Any
from uuid import UUID

import pytest

from panels import links
from panels.joining import membership, recruitment
from service.context import Context
from service.db import Databases
from tests.integration.pages.conftest import Browser

FORM = {
    "email": "anna@voorbeeld.nl",
    "birth_year": "1980",
    "sex": "V",
    "province": "PV26",
    "education": "2",
    "language": "nl",
    "consent": "yes",
}


async def rows(databases: Databases, statement: str, *args: object) -> list[Any]:
    async with databases.api.reading() as conn:
        return list(await conn.fetch(statement, *args))


async def join(browser: Browser, databases: Databases, **changes: str) -> UUID:
    """Sign up through the form; gives the pending member."""
    answer = await browser.ask("POST", "/join", FORM | changes)
    assert answer.status_code == 303, answer.text
    found = await rows(databases, "SELECT id FROM panel.member ORDER BY id DESC LIMIT 1")
    member_id: UUID = found[0]["id"]
    return member_id


@pytest.fixture
async def member(browser: Browser, databases: Databases, context: Context) -> tuple[UUID, str]:
    """A confirmed member and the address of the own page."""
    member_id = await join(browser, databases)
    token = links.token(context.keys.link_key, "confirm", member_id)
    await browser.ask("POST", f"/join/confirm/{token}")
    async with databases.vault.transaction() as conn:
        await recruitment.admit(conn, member_id=member_id)
    return member_id, f"/m/{links.token(context.keys.link_key, 'member', member_id)}"


class TestJoining:
    async def test_the_form_shows_the_notice_before_it_asks_anything(self, browser: Browser) -> None:
        await browser.open("/join")
        text = browser.last.text
        assert text.index("Hoe lang: zolang u lid bent") < text.index('id="email"')

    async def test_a_sign_up_is_kept_as_pending_and_mailed(self, browser: Browser, databases: Databases) -> None:
        member_id = await join(browser, databases)
        assert browser.last.headers["location"] == "/join/sent?lang=nl"
        status = await rows(databases, "SELECT status FROM panel.member WHERE id = $1", member_id)
        assert status[0]["status"] == "pending"
        assert len(await rows(databases, "SELECT id FROM ops.job WHERE kind = 'member.confirm'")) == 1

    async def test_every_fault_is_shown_at_once_and_nothing_is_kept(
        self, browser: Browser, databases: Databases
    ) -> None:
        bad = {"email": "geen adres", "birth_year": "2020", "sex": "Q", "province": "XX", "education": "9"}
        page = await browser.open("/join", method="POST", body=bad)
        assert page.status == 422
        for field in ("email", "birth_year", "sex-V", "province", "education-1", "consent"):
            assert f'<a href="#{field}">' in browser.last.text, field
        assert 'value="geen adres"' in browser.last.text
        assert await rows(databases, "SELECT id FROM panel.member") == []

    async def test_a_filled_in_trap_field_turns_nobody_away(self, browser: Browser, databases: Databases) -> None:
        await join(browser, databases, website="http://spam.example")
        assert len(await rows(databases, "SELECT id FROM panel.member")) == 1

    async def test_known_and_unknown_addresses_get_the_same_answer(
        self, browser: Browser, databases: Databases, member: tuple[UUID, str]
    ) -> None:
        known = await browser.ask("POST", "/join", FORM)
        unknown = await browser.ask("POST", "/join", FORM | {"email": "nieuw@voorbeeld.nl"})
        assert (known.status_code, known.headers["location"], known.text) == (
            unknown.status_code,
            unknown.headers["location"],
            unknown.text,
        )

    async def test_opening_the_confirmation_link_confirms_nothing(
        self, browser: Browser, databases: Databases, context: Context
    ) -> None:
        member_id = await join(browser, databases)
        token = links.token(context.keys.link_key, "confirm", member_id)
        for method in ("GET", "HEAD"):
            assert (await browser.ask(method, f"/join/confirm/{token}")).status_code == 200
        assert await rows(databases, "SELECT id FROM ops.job WHERE kind = 'member.welcome'") == []

    async def test_pressing_the_button_confirms_once(
        self, browser: Browser, databases: Databases, context: Context
    ) -> None:
        member_id = await join(browser, databases)
        address = f"/join/confirm/{links.token(context.keys.link_key, 'confirm', member_id)}"
        for _ in range(2):
            page = await browser.open(address, method="POST")
            assert "Welkom in het panel" in page.text
        assert len(await rows(databases, "SELECT id FROM ops.job WHERE kind = 'member.welcome'")) == 1

    async def test_a_made_up_confirmation_link_looks_like_any_unknown_page(self, browser: Browser) -> None:
        unknown = await browser.ask("GET", "/s/aaaaaaaaaaaaaaaaaaaaaA")
        for path in ("/join/confirm/x", "/join/confirm/aaaaaaaaaaaaaaaaaaaaaA"):
            answer = await browser.ask("GET", path)
            assert (answer.status_code, answer.text) == (404, unknown.text)

    async def test_the_notice_can_be_read_in_english(self, browser: Browser) -> None:
        page = await browser.open("/notice?lang=en")
        assert "Dutch AI Coalition" in page.text
        assert '<html lang="en"' in browser.last.text


class TestTheOwnPage:
    async def test_shows_what_is_known(self, browser: Browser, member: tuple[UUID, str]) -> None:
        page = await browser.open(member[1])
        for text in ("1980", "Vrouw", "Utrecht", "U bent lid van het panel"):
            assert text in page.text

    async def test_pause_and_resume(self, browser: Browser, member: tuple[UUID, str]) -> None:
        paused = await browser.open(f"{member[1]}/pause", method="POST")
        assert "Uw deelname staat nu op pauze" in paused.text
        resumed = await browser.open(f"{member[1]}/resume", method="POST")
        assert "U doet weer mee" in resumed.text
        assert "U bent lid van het panel" in resumed.text

    async def test_one_click_unsubscribe_stops_the_mail_without_a_redirect(
        self, browser: Browser, member: tuple[UUID, str], context: Context
    ) -> None:
        answer = await browser.ask("POST", f"{member[1]}/unsubscribe", {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "U krijgt geen uitnodigingen meer" in answer.text
        async with context.db.reading() as conn:
            assert (await membership.get(conn, member[0])).status == "paused"

    async def test_get_asks_and_never_acts(self, browser: Browser, member: tuple[UUID, str], context: Context) -> None:
        for act in ("", "/unsubscribe", "/withdraw", "/erase"):
            for method in ("GET", "HEAD"):
                assert (await browser.ask(method, member[1] + act)).status_code == 200
        for act in ("/pause", "/resume", "/export"):
            assert (await browser.ask("GET", member[1] + act)).status_code == 405
        async with context.db.reading() as conn:
            assert (await membership.get(conn, member[0])).status == "active"

    async def test_leaving_ends_the_membership(
        self, browser: Browser, member: tuple[UUID, str], context: Context
    ) -> None:
        page = await browser.open(f"{member[1]}/withdraw", method="POST")
        assert "U bent gestopt met het panel" in page.text
        refused = await browser.open(f"{member[1]}/resume", method="POST")
        assert "Dat kan nu niet" in refused.text

    async def test_export_and_erasure_are_queued(
        self, browser: Browser, member: tuple[UUID, str], databases: Databases
    ) -> None:
        for _ in range(2):
            await browser.open(f"{member[1]}/export", method="POST")
        gone = await browser.open(f"{member[1]}/erase", method="POST")
        assert "Wij wissen uw gegevens" in gone.text
        kinds = await rows(databases, "SELECT kind FROM ops.job WHERE kind IN ('member.export', 'member.erase')")
        assert sorted(row["kind"] for row in kinds) == ["member.erase", "member.export"]

    async def test_an_invitation_link_opens_no_membership(self, browser: Browser, context: Context) -> None:
        token = links.token(context.keys.link_key, "invitation", UUID(int=1))
        for act in ("pause", "withdraw", "erase", "export", "unsubscribe"):
            assert (await browser.ask("POST", f"/m/{token}/{act}")).status_code == 404
