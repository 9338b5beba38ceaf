"""Every kind of question answered by form posts, and what a questionnaire may settle about the way through it."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from samenspraak.types.expressions import AllOf, Not, OneOf, Profile
from samenspraak.types.questionnaire import Policy, Questionnaire

from service.context import Context
from service.db import Databases
from service.demo.browser import Form, Page
from service.pages import preview
from surveys import responses
from tests.integration.pages.conftest import Browser, Fieldwork, Watch, filled
from tests.unit.pages.kinds import every_kind

RIGHT: dict[str, Any] = {
    "TV_WAY": "4",
    "TV_WAY.4.text": "Met de boot",
    "TV_ALL": ["1", "2"],
    "TV_WHY": "Dat is gezond.",
    "AC_LINE": "65",
    "AC_RISK": "0",
    "DM_HH": "3",
    "DM_RENT": "812,50",
    "DM_SINCE": "1998",
    "DM_PC": "1234ab",
    "ST_ONE": "-1",
}
Field = Callable[[Questionnaire], Awaitable[None]]


@pytest.fixture
def field(context: Context, fieldwork: Fieldwork) -> Field:
    """Put another questionnaire in the field, before anybody began."""

    async def put(questionnaire: Questionnaire) -> None:
        async with context.db.transaction() as conn:
            await responses.add_questionnaire(conn, fieldwork.case.id, questionnaire)

    return put


def right(form: Form) -> dict[str, Any]:
    """Right answers to whatever stands on a page; of best and worst never the same item."""
    fields = {name: value for name, value in filled(form).items() if not name.endswith((".none", ".text"))}
    for control in form.questions():
        if control.name in RIGHT:
            fields[control.name] = RIGHT[control.name]
        elif control.name.endswith(".worst"):
            fields[control.name] = control.values[1]
    return fields


async def answer(browser: Browser, page: Page, until: str = "/review") -> Page:
    """Answer page after page until one whose address holds `until`."""
    for _ in range(60):
        form = page.form(action="next")
        if until in page.url or form is None:
            return page
        page = await browser.send(page, "next", right(form))
        assert page.status == 200, page.text
    raise AssertionError("a questionnaire without end")


async def start(browser: Browser, link: str, action: str = "start") -> Page:
    return await browser.send(await browser.open(link), action)


class TestEveryKind:
    async def test_is_stored_as_published_and_sent(
        self, browser: Browser, link: str, field: Field, watch: Watch
    ) -> None:
        await field(every_kind())
        review = await answer(browser, await start(browser, link))
        assert review.url.endswith("/review")
        done = await browser.send(review, "send")
        assert done.url.endswith("/done"), done.text
        stored = await watch.answers()
        sets = stored.pop("CD_BW")
        assert set(sets) == {f"{n}.{side}" for n in range(1, 5) for side in ("best", "worst")}
        assert stored["TR_ORG"] == {"honest": 1, "able": 1, "secret": 1}
        for key, value in {
            "TV_WAY": 4,
            "TV_WAY.4": "Met de boot",
            "TV_ALL": [1, 2],
            "TV_BEST": 1,
            "AC_LINE": 65,
            "AC_RISK": 0,
            "DM_RENT": 812.5,
            "DM_SINCE": 1998,
            "DM_PC": "1234 AB",
            "ST_ONE": -1,
        }.items():
            assert stored[key] == value, key

    async def test_a_row_left_open_is_led_to(self, browser: Browser, link: str, field: Field) -> None:
        await field(every_kind())
        page = await answer(browser, await start(browser, link), until="/p/rows")
        again = await browser.send(page, "next", {"TR_ORG.honest": "2"})
        assert again.status == 422
        assert '<a href="#TR_ORG-able-1">' in browser.last.text
        assert again.form(action="next").controls["TR_ORG.honest"].preset == ["2"]  # type: ignore[union-attr]

    async def test_don_t_know_may_be_said_instead_of_a_number(
        self, browser: Browser, link: str, field: Field, watch: Watch
    ) -> None:
        await field(every_kind())
        page = await answer(browser, await start(browser, link), until="/p/line")
        await browser.send(page, "next", {"AC_LINE": "", "AC_LINE.none": "998", "AC_RISK": "3"})
        assert (await watch.answers())["AC_LINE"] == 998

    async def test_a_question_that_may_be_left_open_is_asked_for_once(
        self, browser: Browser, link: str, field: Field, watch: Watch
    ) -> None:
        await field(every_kind())
        page = await answer(browser, await start(browser, link), until="/p/why")
        again = await browser.send(page, "next", {"TV_WHY": ""})
        assert again.status == 422
        after = await browser.send(again, "next", {"TV_WHY": ""})
        assert after.status == 200
        assert "/p/why" not in after.url
        assert (await watch.answers())["TV_WHY"] is None


class TestTheEasyMode:
    async def test_is_chosen_at_the_start_and_asks_one_question_at_a_time(
        self, browser: Browser, link: str, field: Field, watch: Watch
    ) -> None:
        await field(every_kind())
        begin = await browser.open(link)
        assert "Makkelijke versie" in begin.text
        page = await browser.send(begin, "easy")
        assert '<body class="easy">' in browser.last.text
        asked = set()
        while (form := page.form(action="next")) is not None:
            asked |= (names := {control.name.split(".")[0] for control in form.questions()})
            assert len(names) <= 1
            page = await browser.send(page, "next", right(form))
        assert asked == {"CO_PART", "TV_WAY", "TR_ORG", "ST_ONE"}
        assert (await browser.send(page, "send")).url.endswith("/done")
        assert len(await watch.answers()) == 5

    async def test_is_not_begun_where_the_questionnaire_has_none(
        self, browser: Browser, link: str, field: Field
    ) -> None:
        await field(msgspec.structs.replace(every_kind(), easy=None))
        assert "Makkelijke versie" not in (await browser.open(link)).text
        await browser.open(link, method="POST", body={"action": "easy"})
        assert '<body class="easy">' not in browser.last.text


class TestThePolicy:
    async def test_without_a_review_the_last_page_sends(
        self, browser: Browser, link: str, field: Field, watch: Watch
    ) -> None:
        await field(msgspec.structs.replace(every_kind(), policy=Policy(review=False)))
        done = await answer(browser, await start(browser, link), until="/done")
        assert done.url.endswith("/done")
        assert await watch.responses() == [("completed", "nl")]

    async def test_without_a_review_a_gap_is_led_to_and_the_last_page_is_kept(
        self, browser: Browser, link: str, field: Field, watch: Watch
    ) -> None:
        asked = every_kind()
        await field(msgspec.structs.replace(asked, policy=Policy(review=False)))
        first = await start(browser, link)
        await browser.send(first, "next", right(first.form(action="next")))  # type: ignore[arg-type]
        last = await browser.open(f"{link}/p/statement")
        page = await browser.send(last, "next", {"ST_ONE": "1"})
        assert "/done" not in page.url
        assert (await watch.answers())["ST_ONE"] == 1
        assert await watch.responses() == [("in_progress", "nl")]

    async def test_without_a_way_back_an_earlier_page_can_neither_be_seen_nor_changed(
        self, browser: Browser, link: str, field: Field, watch: Watch
    ) -> None:
        await field(msgspec.structs.replace(every_kind(), policy=Policy(back=False)))
        page = await answer(browser, await start(browser, link), until="/p/trust")
        before = await watch.everything()
        assert page.form(action="back") is None
        form = page.form(action="next")
        assert form is not None
        same = await browser.open(page.url, method="POST", body={**form.hidden(), "action": "back", "TR_APP": "3"})
        assert same.url == page.url
        assert (await browser.open(f"{link}/p/concerns")).url == page.url
        body = {**form.hidden(), "action": "next", "CN_PRIV": "1", "CN_DISC": "1"}
        assert (await browser.open(f"{link}/p/concerns", method="POST", body=body)).url == page.url
        assert await watch.everything() == before


class TestWhatIsKnownBeforehand:
    async def test_a_condition_may_look_at_the_profile_and_nothing_else_of_it_is_kept(
        self, browser: Browser, link: str, field: Field, fieldwork: Fieldwork, databases: Databases
    ) -> None:
        sex = fieldwork.invitations[0].profile["sex"]
        asked = every_kind()
        mine = OneOf(term=Profile(field="sex"), values=(str(sex),))
        pages = {
            "rows": msgspec.structs.replace(asked.pages[-6], show_if=mine),
            "statement": msgspec.structs.replace(asked.pages[-2], show_if=Not(of=AllOf(of=(mine, mine)))),
        }
        assert all(page.key == key for key, page in pages.items())
        await field(msgspec.structs.replace(asked, pages=tuple(pages.get(page.key, page) for page in asked.pages)))
        review = await answer(browser, await start(browser, link))
        assert "De gemeente is eerlijk." in review.text
        assert "De computer mag alleen advies geven" not in review.text
        async with databases.api.reading() as conn:
            kept = await conn.fetchval("SELECT profile::text FROM fieldwork.response")
        assert msgspec.json.decode(kept) == {"sex": sex}


class TestLanguages:
    async def test_only_a_language_that_is_fielded_can_be_chosen(
        self, browser: Browser, link: str, field: Field
    ) -> None:
        await field(every_kind())
        for lang, shown in (("en", "en"), ("ar", "nl"), ("xx", "nl")):
            await browser.open(f"{link}?lang={lang}")
            assert f'<html lang="{shown}" dir="ltr">' in browser.last.text

    async def test_a_questionnaire_in_one_language_offers_no_other(
        self, browser: Browser, link: str, field: Field
    ) -> None:
        await field(msgspec.structs.replace(every_kind(), languages=("nl",)))
        await browser.open(f"{link}?lang=en")
        assert '<html lang="nl"' in browser.last.text


class TestGoingOnElsewhere:
    async def test_the_page_for_later_shows_the_whole_address_and_its_code(
        self, browser: Browser, link: str, field: Field, context: Context
    ) -> None:
        await field(every_kind())
        page = await answer(browser, await start(browser, link), until="/p/rows")
        later = await browser.send(page, "later", {"TR_ORG.honest": "2"})
        assert f"{context.settings.public_url}{link}" in later.text
        assert 'class="qr"' in browser.last.text
        assert (await browser.send(await browser.open(link), "start")).url.endswith("/p/rows")


class TestThePreview:
    async def test_shows_every_page_and_stores_nothing(
        self, browser: Browser, fieldwork: Fieldwork, context: Context, watch: Watch
    ) -> None:
        address = f"/preview/{preview.token(context.keys.link_key, fieldwork.case.id)}"
        before = await watch.everything()
        page = await browser.open(address)
        assert "Voorbeeld: telt niet mee." in page.text
        seen = 0
        while (found := [link for link in page.links if link.startswith("?")]) and seen < 80:
            seen += 1
            if "Volgende pagina" not in page.text:
                break
            page = await browser.open(f"{address}{found[-1]}")
        assert seen > 10
        assert await watch.everything() == before

    async def test_takes_no_form(self, browser: Browser, fieldwork: Fieldwork, context: Context) -> None:
        address = f"/preview/{preview.token(context.keys.link_key, fieldwork.case.id)}"
        assert (await browser.ask("POST", address, {"CO_PART": "1"})).status_code == 405

    async def test_a_link_that_we_did_not_make_is_unknown(self, browser: Browser, fieldwork: Fieldwork) -> None:
        forged = preview.token(b"o" * 32, fieldwork.case.id)
        assert (await browser.open(f"/preview/{forged}")).status == 404
