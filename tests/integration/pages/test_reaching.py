"""A member says how to be invited; what was given is never shown again."""

from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import Litestar

from panels import links
from panels.joining import membership
from panels.models import Member
from service import keyring
from service.app import create_app
from service.context import Context
from service.db import Databases
from service.mail.send import Mailer
from service.settings import Settings
from service.tasks import upkeep
from service.tasks.arguments import MemberReach
from service.work import Computing, Work
from tests.integration.pages.conftest import Browser
from tests.integration.pages.test_panel import join

HOME = {"street": "Dorpsstraat", "house_number": "12", "home_postcode": "3511 AB", "place": "Utrecht"}


@pytest.fixture
def context(context: Context) -> Context:
    """The same service, with text messages."""
    settings = msgspec.structs.replace(context.settings, sms_dir=context.settings.state_dir / "sms")
    return msgspec.structs.replace(context, settings=settings)


@pytest.fixture
async def own(browser: Browser, databases: Databases, context: Context) -> tuple[str, UUID]:
    """Somebody's own page, once confirmed."""
    member_id = await join(browser, databases)
    await browser.ask("POST", f"/join/confirm/{links.token(context.keys.link_key, 'confirm', member_id)}")
    return f"/m/{links.token(context.keys.link_key, 'member', member_id)}", member_id


async def member(context: Context, member_id: UUID) -> Member:
    async with context.db.reading() as conn:
        return await membership.get(conn, member_id)


async def take_over(databases: Databases, settings: Settings, member_id: UUID) -> Any:
    work = Work(
        settings=settings,
        databases=databases,
        keys=keyring.load(settings.secrets_dir),
        mailer=Mailer("smtp://127.0.0.1:1"),
        computing=Computing(),
    )
    await upkeep.take_over_reach(work, MemberReach(member_id=member_id))
    async with databases.vault.reading() as conn:
        return await membership.contact(conn, member_id)


async def test_a_number_is_taken_kept_apart_and_never_shown(
    browser: Browser, own: tuple[str, UUID], context: Context, databases: Databases
) -> None:
    link, member_id = own
    page = await browser.open(f"{link}/reach")
    assert "Wij hebben een nummer" not in page.text
    saved = await browser.open(f"{link}/reach", method="POST", body={"channel": "sms", "phone": "06 12345678"})
    assert "opgeslagen" in saved.text
    assert (await member(context, member_id)).channel == "sms"
    assert (await take_over(databases, context.settings, member_id)).phone == "+31612345678"
    for place in ("", "/reach", "/profile"):
        seen = await browser.open(f"{link}{place}")
        assert "12345678" not in browser.last.text, place
    assert "Wij hebben een nummer van u" in (await browser.open(f"{link}/reach")).text
    assert "Mobiel nummer Gegeven" in " ".join((await browser.open(link)).text.split())
    assert seen.status == 200


async def test_every_fault_is_named_and_what_was_typed_stays_on_the_form(
    browser: Browser, own: tuple[str, UUID], context: Context
) -> None:
    link, member_id = own
    body = {"channel": "letter", "phone": "030 2345678", "street": "Dorpsstraat"}
    page = await browser.open(f"{link}/reach", method="POST", body=body)
    assert page.status == 422
    for words in ("geen mobiel nummer", "hele postcode", "huisnummer", "woonplaats"):
        assert words in page.text, words
    assert 'value="030 2345678"' in browser.last.text
    assert 'value="letter" checked' in browser.last.text
    assert (await member(context, member_id)).channel == "email"


async def test_what_is_removed_is_gone_and_invitations_come_by_mail_again(
    browser: Browser, own: tuple[str, UUID], context: Context, databases: Databases
) -> None:
    link, member_id = own
    await browser.open(f"{link}/reach", method="POST", body={"channel": "letter", **HOME})
    assert (await take_over(databases, context.settings, member_id)).address is not None
    for _ in range(2):
        page = await browser.open(f"{link}/reach/address", method="POST")
        assert "halen het meteen weg" in page.text
    seen = await member(context, member_id)
    assert (seen.channel, seen.address_given) == ("email", False)
    assert (await take_over(databases, context.settings, member_id)).address is None


async def test_looking_changes_nothing_and_whoever_left_is_told(
    browser: Browser, own: tuple[str, UUID], context: Context, databases: Databases
) -> None:
    link, member_id = own
    assert (await browser.ask("GET", f"{link}/reach/phone")).status_code in (404, 405)
    await browser.open(f"{link}/withdraw", method="POST")
    for method in ("GET", "POST"):
        page = await browser.open(f"{link}/reach", method=method, body={"channel": "sms", "phone": "06 12345678"})
        assert "Dat kan nu niet" in page.text
    assert not (await member(context, member_id)).phone_given


async def test_the_one_click_button_of_a_mail_program_stops_invitations_and_keeps_consent(
    browser: Browser, own: tuple[str, UUID], context: Context
) -> None:
    link, member_id = own
    answer = await browser.ask("POST", f"{link}/unsubscribe", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    async with context.db.reading() as conn:
        export = await membership.export_profile(conn, member_id)
    assert export.member.status == "paused"
    assert [record.purpose for record in export.consents if record.withdrawn_at is not None] == []
    assert {record.purpose for record in export.consents} == {"membership", "profile"}


class TestWithoutTextMessages:
    @pytest.fixture
    def app(self, context: Context) -> Litestar:
        silent = msgspec.structs.replace(context.settings, sms_dir=None)
        without = msgspec.structs.replace(context, settings=silent)
        made = create_app(context=without)
        made.state.context = without
        return made

    async def test_nobody_is_offered_any(self, browser: Browser, own: tuple[str, UUID], context: Context) -> None:
        link, member_id = own
        page = await browser.open(f"{link}/reach")
        assert " sms" not in page.text
        assert 'name="phone"' not in browser.last.text
        page = await browser.open(f"{link}/reach", method="POST", body={"channel": "sms", "phone": "0612345678"})
        assert page.status == 422
        assert (await member(context, member_id)).channel == "email"
