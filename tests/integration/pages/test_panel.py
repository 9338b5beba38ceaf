"""Joining, confirming, and a member's own page."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from samenspraak.types.joining import CodeBatchRequest
from samenspraak.types.margins import MarginDimension, MarginSet
from uuid_utils.compat import uuid7

from panels import links
from panels.joining import batches, codes, membership, postcodes, recruitment
from panels.margins import sets as margins
from service.context import Context
from service.db import Databases
from tests.integration.api.harness import Clock
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


async def join(browser: Browser, databases: Databases, **changes: Any) -> UUID:
    """Sign up through the form; gives the pending member."""
    answer = await browser.ask("POST", "/join", FORM | changes)
    assert answer.status_code == 303, answer.text
    found = await rows(databases, "SELECT id FROM panel.member ORDER BY id DESC LIMIT 1")
    member_id: UUID = found[0]["id"]
    return member_id


async def flags(databases: Databases) -> list[str]:
    return sorted(row["kind"] for row in await rows(databases, "SELECT kind FROM panel.flag"))


async def load_postcodes(context: Context) -> None:
    async with context.db.transaction() as conn:
        await postcodes.add(
            conn,
            csv=b"pc4,municipality,province,urbanity\n3511,GM0344,PV26,1",
            version="1",
            source="a table made for tests",
            provenance="read",
            staff="s",
            now=context.now(),
            new_id=uuid7,
        )


async def keep_figures_from_16(context: Context) -> None:
    dimensions = tuple(
        MarginDimension(key=key, source_dimension=key, levels=()) for key in ("sex_age", "province", "education")
    )
    figures = MarginSet(
        id=str(uuid7()),
        name="16+",
        base="16+",
        population=14_000_000,
        dimensions=dimensions,
        content_hash="0",
        imported_at=context.now(),
    )
    async with context.db.transaction() as conn:
        await margins.add(conn, figures)


async def issue_code(context: Context) -> str:
    """One code of a batch for a probability sample."""
    request = CodeBatchRequest(
        name="brief",
        probability=0.01,
        source="een lijst",
        legal_basis="een grond om te schrijven",
        size=1,
        expires_at=context.now() + timedelta(days=30),
    )
    async with context.db.transaction() as conn:
        issued = await batches.issue(
            conn,
            request=request,
            code_key=context.keys.link_key,
            join_page="",
            staff="s",
            now=context.now(),
            new_id=uuid7,
        )
    return issued.csv.splitlines()[1].split(",")[1]


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
        assert "trap_filled" in await flags(databases)

    async def test_a_form_that_was_opened_and_read_shows_no_sign(
        self, browser: Browser, databases: Databases, clock: Clock
    ) -> None:
        opened = await browser.open("/join")
        form = opened.form(ending="/join")
        assert form is not None
        clock.pass_days(1 / 1440)
        await join(browser, databases, **form.hidden())
        assert await flags(databases) == []

    async def test_a_form_sent_at_once_or_never_opened_is_flagged_and_taken(
        self, browser: Browser, databases: Databases
    ) -> None:
        form = (await browser.open("/join")).form(ending="/join")
        assert form is not None
        await join(browser, databases, **form.hidden())
        assert await flags(databases) == ["filled_too_fast"]
        await join(browser, databases, email="bram@voorbeeld.nl")
        assert await flags(databases) == ["filled_too_fast", "form_not_opened"]

    async def test_a_form_that_comes_back_with_faults_keeps_its_clock(self, browser: Browser, clock: Clock) -> None:
        form = (await browser.open("/join")).form(ending="/join")
        assert form is not None
        clock.pass_days(1 / 1440)
        again = await browser.open("/join", method="POST", body={**FORM, **form.hidden(), "email": "geen adres"})
        sent_back = again.form(ending="/join")
        assert sent_back is not None
        assert sent_back.hidden()["opened"] == form.hidden()["opened"]

    async def test_a_postcode_is_asked_only_when_it_can_be_turned_into_a_place(
        self, browser: Browser, databases: Databases, context: Context, capsys: pytest.CaptureFixture[str]
    ) -> None:
        await browser.open("/join")
        assert 'id="postcode"' not in browser.last.text
        await load_postcodes(context)
        await browser.open("/join")
        assert 'id="postcode"' in browser.last.text
        assert 'id="house_number"' in browser.last.text
        member_id = await join(browser, databases, province="", postcode="3511 QW", house_number="8765")
        found = await rows(databases, "SELECT municipality, province FROM panel.member WHERE id = $1", member_id)
        assert tuple(found[0]) == ("GM0344", "PV26")
        written = "".join(capsys.readouterr())
        assert not re.search(r"3511 ?QW|8765", written)

    async def test_an_origin_without_its_tick_is_asked_back(self, browser: Browser, databases: Databases) -> None:
        page = await browser.open("/join", method="POST", body=FORM | {"origin": "E"})
        assert page.status == 422
        assert '<a href="#origin_consent-yes">' in browser.last.text
        await join(browser, databases, origin="E", origin_consent="yes", assembly="yes")
        purposes = await rows(databases, "SELECT purpose FROM panel.consent ORDER BY purpose")
        assert [row["purpose"] for row in purposes] == ["assembly", "membership", "origin", "profile"]

    async def test_minors_are_asked_only_where_the_figures_reach_that_far(
        self, browser: Browser, databases: Databases, context: Context
    ) -> None:
        young = FORM | {"birth_year": "2010"}
        assert (await browser.open("/join", method="POST", body=young)).status == 422
        await keep_figures_from_16(context)
        page = await browser.open("/join")
        assert "Ik ben 16 jaar of ouder" in page.text
        await join(browser, databases, birth_year="2010")
        page = await browser.open("/join", method="POST", body=FORM | {"birth_year": "2011"})
        assert "vanaf 16 jaar" in page.text


class TestCodes:
    async def test_the_link_in_the_letter_fills_the_code_in(self, browser: Browser) -> None:
        await browser.open("/join?code=ACDE-FGHJ-KMN3")
        assert 'value="ACDE-FGHJ-KMN3"' in browser.last.text

    async def test_a_code_says_how_somebody_was_selected(
        self, browser: Browser, databases: Databases, context: Context
    ) -> None:
        code = await issue_code(context)
        member_id = await join(browser, databases, code=f" {code.lower()} ")
        found = await rows(databases, "SELECT kind, recruitment_probability FROM panel.member WHERE id = $1", member_id)
        assert tuple(found[0]) == ("probability", 0.01)

    async def test_a_wrong_code_is_told_beside_every_other_fault_and_counted(
        self, browser: Browser, databases: Databases, context: Context
    ) -> None:
        code = await issue_code(context)
        wrong = code[:3] + "D" if code[3] != "D" else code[:3] + "E"
        page = await browser.open("/join", method="POST", body=FORM | {"email": "", "code": wrong + code[4:]})
        assert page.status == 422
        assert '<a href="#code">' in browser.last.text
        assert '<a href="#email">' in browser.last.text
        assert await rows(databases, "SELECT id FROM panel.member") == []

    async def test_guesses_count_although_nothing_else_of_the_form_is_kept(
        self, browser: Browser, databases: Databases, context: Context
    ) -> None:
        code = codes.read(await issue_code(context))
        body = codes.prefix(code) + "33333333"
        await browser.open("/join", method="POST", body=FORM | {"code": body + codes.check_digit(body)})
        assert (await rows(databases, "SELECT wrong FROM panel.code_batch"))[0]["wrong"] == 1

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


class TestTheProfile:
    async def test_is_filled_in_with_what_is_known(self, browser: Browser, member: tuple[UUID, str]) -> None:
        page = await browser.open(f"{member[1]}/profile")
        assert page.status == 200
        assert 'value="1980"' in browser.last.text
        assert re.search(r'<option value="PV26" selected>', browser.last.text)

    async def test_a_change_is_saved_and_shown(self, browser: Browser, member: tuple[UUID, str]) -> None:
        answers = {"birth_year": "1981", "sex": "V", "province": "PV20", "education": "1", "assembly": "yes"}
        page = await browser.open(f"{member[1]}/profile", method="POST", body=answers)
        assert "Uw gegevens zijn opgeslagen" in page.text
        for text in ("1981", "Groningen", "24 november 2026"):
            assert text in page.text

    async def test_faults_bring_the_form_back_as_it_was_sent(self, browser: Browser, member: tuple[UUID, str]) -> None:
        page = await browser.open(f"{member[1]}/profile", method="POST", body={"birth_year": "2020", "sex": "Q"})
        assert page.status == 422
        assert '<a href="#birth_year">' in browser.last.text
        assert 'value="2020"' in browser.last.text
        assert "2020" not in (await browser.open(member[1])).text

    async def test_an_old_profile_is_asked_about_and_a_fresh_one_is_not(
        self, browser: Browser, member: tuple[UUID, str], clock: Clock
    ) -> None:
        question = "Kloppen uw gegevens nog?"
        assert question not in (await browser.open(member[1])).text
        clock.pass_days(366)
        assert question in (await browser.open(member[1])).text
        await browser.open(f"{member[1]}/profile", method="POST", body={"birth_year": "1980"})
        assert question not in (await browser.open(member[1])).text

    async def test_who_left_cannot_change_it(self, browser: Browser, member: tuple[UUID, str]) -> None:
        await browser.open(f"{member[1]}/withdraw", method="POST")
        for method in ("GET", "POST"):
            page = await browser.open(f"{member[1]}/profile", method=method, body={"birth_year": "1980"})
            assert "Dat kan nu niet" in page.text

    async def test_a_strange_link_has_no_profile(self, browser: Browser) -> None:
        for method in ("GET", "POST"):
            assert (await browser.ask(method, "/m/aaaaaaaaaaaaaaaaaaaaaA/profile")).status_code == 404


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
