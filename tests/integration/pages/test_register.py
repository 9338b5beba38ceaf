"""The public register and the home page."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from samenspraak.types.audit import Measure, OwnerResponseRequest

from service.audits import cases
from service.audits.models import Case
from service.context import Context
from service.db import Databases
from service.store import audits, results
from service.store.results import StoredReport
from surveys import ballots
from tests.integration.pages.conftest import DEVELOPER, Browser, Fieldwork

CODE = "AAAA-BBBB-CCCC-DDDD"
RESPONSE = OwnerResponseRequest(
    summary="Wij danken iedereen die meedeed.",
    measures=[Measure(finding="Zorgen over fouten", decision="adopt", why="Een mens kijkt altijd mee.")],
)
Publish = Callable[..., Any]


@pytest.fixture
async def publish(databases: Databases, context: Context, fieldwork: Fieldwork) -> Publish:
    """Puts the audit in a later state, with a report as the worker would store it."""

    async def to(state: str, *, answered: bool = False) -> Case:
        now, case = context.now(), fieldwork.case
        body = {"ballot": {
            "proposition": {"nl": "Mag het?", "en": "May it?"}, "options": [], "sentence": {"nl": "", "en": ""},
            "result": {"definition_hash": "h", "entitled": 1, "cast": 1, "counts": {}, "shares": {}, "weighted": False,
                       "cells": [], "receipts": [ballots.receipt_digest(CODE)], "digest": "d"},
        }}  # fmt: skip
        async with databases.worker.transaction() as conn:
            report = StoredReport(
                audit_id=case.id,
                organisation_id=case.organisation_id,
                json=msgspec.json.encode(body),
                html=b"<!doctype html><title>Verslag</title>",
                pdf=b"%PDF-1.7",
                csv=b"figure;value\n",
                etag='"abc"',
                plan_hash="0" * 64,
                signature="sig",
                created_at=now,
            )
            await results.save_report(conn, report=report)
        async with context.db.transaction() as conn:
            if answered:
                await results.save_response(
                    conn, organisation_id=case.organisation_id, audit_id=case.id, response=RESPONSE, now=now
                )
            moved = msgspec.structs.replace(
                case, state=state, reported_at=now, publish_by=now, published_at=now if state == "published" else None
            )
            await audits.save(conn, case=moved)
        return moved

    return to


class TestTheList:
    async def test_is_empty_at_first_and_says_so(self, browser: Browser) -> None:
        assert "Er zijn nog geen onderzoeken" in (await browser.open("/register")).text
        assert "Praat mee" in (await browser.open("/")).text

    async def test_shows_an_audit_from_approval_on(self, browser: Browser, fieldwork: Fieldwork) -> None:
        for address in ("/", "/register"):
            page = await browser.open(address)
            assert "Mensen doen nu mee" in page.text
            assert f"/register/{fieldwork.case.id}" in page.links

    async def test_does_not_show_a_draft(self, browser: Browser, fieldwork: Fieldwork, context: Context) -> None:
        async with context.db.transaction() as conn:
            draft = msgspec.structs.replace(fieldwork.case, state="in_review")
            await audits.save(conn, case=draft)
        assert "Er zijn nog geen onderzoeken" in (await browser.open("/register")).text
        assert (await browser.ask("GET", f"/register/{fieldwork.case.id}")).status_code == 404

    async def test_shows_a_refusal_with_its_reason(
        self, browser: Browser, fieldwork: Fieldwork, context: Context
    ) -> None:
        async with context.db.transaction() as conn:
            refused = msgspec.structs.replace(fieldwork.case, state="refused", reason="De uitleg was niet eerlijk.")
            await audits.save(conn, case=refused)
        page = await browser.open(f"/register/{fieldwork.case.id}")
        assert "De uitleg was niet eerlijk." in page.text

    async def test_turns_pages(self, browser: Browser, fieldwork: Fieldwork, context: Context) -> None:
        async with context.db.transaction() as conn:
            for _ in range(25):
                await audits.add(
                    conn, case=msgspec.structs.replace(fieldwork.case, id=context.new_id(), state="refused")
                )
        first = await browser.open("/register?lang=en")
        more = next(link for link in first.links if "after=" in link)
        second = await browser.open(more)
        assert len([link for link in second.links if "/register/" in link and "/assemblies" not in link]) == 6
        assert '<html lang="en"' in browser.last.text


class TestBeforePublication:
    async def test_plan_and_dates_are_public_and_the_report_is_not(
        self, browser: Browser, fieldwork: Fieldwork, publish: Publish
    ) -> None:
        case = await publish("reported")
        page = await browser.open(f"/register/{case.id}")
        assert fieldwork.case.plan_hash is not None
        assert fieldwork.case.plan_hash in page.text
        assert "De eigenaar kan antwoorden" in page.text
        for name in ("report.json", "report.html", "report.pdf", "tables.csv", "receipts.txt"):
            assert (await browser.ask("GET", f"/register/{case.id}/{name}")).status_code == 404

    async def test_the_trail_of_a_person_does_not_show_the_report_either(
        self, browser: Browser, link: str, finish: Callable[..., Any], publish: Publish
    ) -> None:
        await finish(link)
        await publish("reported")
        done = await browser.open(link)
        assert "De eigenaar kan antwoorden" in done.text
        assert not [address for address in done.links if "report.html" in address]


class TestAfterPublication:
    async def test_every_form_of_the_report_is_served_as_it_was_frozen(
        self, browser: Browser, publish: Publish
    ) -> None:
        case = await publish("published")
        for name, start in (("report.json", b"{"), ("report.html", b"<!doctype"), ("report.pdf", b"%PDF"),
                            ("tables.csv", b"figure")):  # fmt: skip
            answer = await browser.ask("GET", f"/register/{case.id}/{name}")
            assert answer.content.startswith(start)
            assert answer.headers["x-samenspraak-signature"] == "sig"
            again = await browser.client.get(
                f"/register/{case.id}/{name}", headers={"If-None-Match": answer.headers["etag"]}
            )
            assert (again.status_code, again.content) == (304, b"")

    async def test_the_owners_answer_stands_beside_the_report(self, browser: Browser, publish: Publish) -> None:
        case = await publish("published", answered=True)
        page = await browser.open(f"/register/{case.id}")
        assert "Een mens kijkt altijd mee." in page.text
        assert "geen antwoord gegeven" not in page.text

    async def test_silence_of_the_owner_is_shown(self, browser: Browser, publish: Publish) -> None:
        case = await publish("published")
        assert "De eigenaar heeft geen antwoord gegeven." in (await browser.open(f"/register/{case.id}")).text

    async def test_a_voter_finds_the_receipt_however_it_is_typed(self, browser: Browser, publish: Publish) -> None:
        case = await publish("published")
        for typed in (CODE, CODE.lower(), f" {CODE.replace('-', ' ')} "):
            page = await browser.open(f"/register/{case.id}/receipt", method="POST", body={"receipt": typed})
            assert "De stem is geteld" in page.text
        page = await browser.open(f"/register/{case.id}/receipt", method="POST", body={"receipt": "ZZZZ"})
        assert "staat niet in de lijst" in page.text
        listed = (await browser.ask("GET", f"/register/{case.id}/receipts.txt")).text.split()
        assert listed == [ballots.receipt_digest(CODE)]

    async def test_somebody_who_took_part_finds_report_and_answer_by_the_same_link(
        self, browser: Browser, link: str, finish: Callable[..., Any], publish: Publish
    ) -> None:
        await finish(link)
        case = await publish("published", answered=True)
        done = await browser.open(link)
        assert f"/register/{case.id}/report.html" in done.links
        assert "Een mens kijkt altijd mee." in done.text


class TestUnknownAddresses:
    async def test_look_like_every_unknown_page(self, browser: Browser) -> None:
        unknown = await browser.ask("GET", "/s/aaaaaaaaaaaaaaaaaaaaaA")
        for path in ("/register/x", "/register/00000000-0000-7000-8000-000000000000", "/nowhere"):
            answer = await browser.client.get(path)
            assert (answer.status_code, answer.text) == (404, unknown.text)


async def test_the_stylesheet_is_cached_by_its_content(browser: Browser) -> None:
    first = await browser.ask("GET", "/static/samenspraak.css")
    assert first.headers["content-type"].startswith("text/css")
    again = await browser.client.get("/static/samenspraak.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_key_that_signs_reports_is_public(browser: Browser) -> None:
    shown = (await browser.ask("GET", "/register/signing-key")).json()
    assert shown["algorithm"] == "Ed25519"
    assert len(shown["public_key"]) == 43


async def test_a_withdrawal_before_fieldwork_is_public(
    browser: Browser, fieldwork: Fieldwork, context: Context
) -> None:
    case = fieldwork.case
    async with context.db.transaction() as conn:
        await audits.save(conn, case=msgspec.structs.replace(case, state="approved", opened_at=None))
        await cases.withdraw(
            conn,
            audit_id=case.id,
            organisation_id=case.organisation_id,
            actor=DEVELOPER,
            reason="Wij bouwen het niet meer.",
            now=context.now(),
        )
    assert "Wij bouwen het niet meer." in (await browser.open(f"/register/{case.id}")).text
