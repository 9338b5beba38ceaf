"""Lotteries in the public register: what everybody sees before and after a drawing, and the page that works it out."""

import hashlib
import itertools
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from samenspraak import lottery as verifier
from samenspraak.types.base import Localised

from panels.assemblies.models import Assembly, Solution, Terms
from panels.lottery import publication, selection
from panels.lottery.publication import Publication
from panels.store import assemblies as store
from service.context import Context
from service.demo.browser import Page, read
from tests.integration.pages.conftest import Browser
from tests.unit.panels.lottery import factory

LIST = "/register/assemblies"
Publish = Callable[..., Awaitable["Published"]]


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """An assembly in the register."""

    id: UUID
    made: Publication

    @property
    def address(self) -> str:
        return f"{LIST}/{self.id}"

    @property
    def code(self) -> str:
        return self.made.lottery.commitment

    def file(self, *, drawn: bool = True) -> bytes:
        return publication.document(self.made.content, factory.drawn(self.made) if drawn else None)


@pytest.fixture
def publish(context: Context) -> Publish:
    """Puts an assembly into a state, with its lottery as it would be stored."""

    async def to(state: str = "published", **changed: Any) -> Published:
        now, id = factory.NOW, context.new_id()
        made = factory.publish(assembly_id=str(id))
        draft = Assembly(
            id=id,
            state="draft",
            sample_kind=changed.pop("sample_kind", "opt_in_panel"),
            terms=Terms(
                title=Localised(nl="Burgerberaad klimaat", en="Assembly on the climate"),
                organiser="Gemeente Voorbeeld",
                purpose=Localised(nl="Inwoners geven advies.", en="Residents give advice."),
                size=factory.SIZE, pool="file", margins_id=None, one_per_household=True, algorithm="leximin",
                panels=factory.PANELS,
            ),
            quotas=made.lottery.rules.quotas, randomness=factory.randomness(), seed=factory.SEED, salt=factory.SALT,
            created_at=now, changed_at=now,
        )  # fmt: skip
        async with context.db.transaction() as conn:
            await store.insert(conn, assembly=draft)
            if state != "draft" and changed.pop("lottery", True):
                await _lottery(conn, id, made, drawn=state not in ("solved", "published"))
            public = None if state in ("draft", "solved") else now
            given = {"state": state, "published_at": public, "asked": 900, "volunteers": 48, **changed}
            await store.save(conn, assembly=msgspec.structs.replace(draft, **given))
        return Published(id=id, made=made)

    return to


async def _lottery(conn: Any, id: UUID, made: Publication, *, drawn: bool, number: int = 1) -> None:
    solution = msgspec.json.encode(Solution(people=(), panels=()))
    await store.keep_solution(conn, assembly_id=id, number=number, solution=solution, now=factory.NOW)
    report = selection.pool(made.lottery, made.pool, bound=0.2)
    await store.publish(
        conn, assembly_id=id, number=number, content=made.content, pool_table=made.pool_content,
        commitment=made.lottery.commitment, selection=msgspec.json.encode(report), now=factory.NOW,
    )  # fmt: skip
    if drawn:
        one = factory.drawn(made)
        report = selection.panel(report, made.lottery, made.pool, one)
        await store.draw(
            conn, assembly_id=id, number=number, drawing=one, selection=msgspec.json.encode(report), now=factory.NOW
        )


def spaceless(text: str) -> str:
    return "".join(text.split())


class TestTheList:
    async def test_is_empty_at_first_and_says_so(self, browser: Browser) -> None:
        assert "Er is nog geen loting gepubliceerd" in (await browser.open(LIST)).text
        assert LIST in (await browser.open("/register")).links

    async def test_shows_what_is_public_and_nothing_else(self, browser: Browser, publish: Publish) -> None:
        draft, solved, shown = await publish("draft"), await publish("solved"), await publish("published")
        page = await browser.open(LIST)
        assert shown.address in page.links
        assert not {draft.address, solved.address} & set(page.links)
        assert "De panels liggen vast" in page.text
        for hidden in (draft, solved):
            for place in ("", "/check", "/lottery.json", "/committed.json"):
                assert (await browser.ask("GET", hidden.address + place)).status_code == 404

    async def test_turns_pages(self, browser: Browser, publish: Publish) -> None:
        for _ in range(22):
            await publish("ended", lottery=False)
        first = await browser.open(f"{LIST}?lang=en")
        more = next(link for link in first.links if "after=" in link)
        second = await browser.open(more)
        assert len([link for link in second.links if link.startswith(f"{LIST}/")]) == 2
        assert "Ended" in second.text


class TestBeforeTheDrawing:
    @pytest.mark.parametrize(("lang", "word"), [("nl", "Dit ligt nu vast"), ("en", "This is fixed now")])
    async def test_the_code_and_the_named_number_stand_first(
        self, browser: Browser, publish: Publish, lang: str, word: str
    ) -> None:
        one = await publish()
        page = await browser.open(f"{one.address}?lang={lang}")
        assert word in page.text
        assert one.code in spaceless(page.text)
        assert "Lotto van 28 november 2026" in page.text
        assert "https://lotto.example" in page.links

    async def test_nothing_of_the_drawing_is_told(self, browser: Browser, publish: Publish) -> None:
        one = await publish()
        page = await browser.open(one.address)
        assert "is geloot" not in page.text.replace("Voordat er wordt geloot", "")
        assert factory.SEED not in page.text
        file = (await browser.ask("GET", f"{one.address}/lottery.json")).content
        assert factory.SEED.encode() not in file

    async def test_a_ticket_is_found_however_it_is_typed(self, browser: Browser, publish: Publish) -> None:
        one = await publish()
        ticket = one.made.lottery.tickets[7]
        held = sum(7 in panel for panel in one.made.lottery.panels)
        page = await browser.open(f"{one.address}?ticket={ticket.lower().replace('-', '+')}")
        assert f"Lotnummer {ticket} zit in {held} van de 50 panels" in page.text
        assert "ingeloot" not in page.text

    async def test_an_unknown_ticket_is_said_so(self, browser: Browser, publish: Publish) -> None:
        one = await publish()
        for typed in ("ZZZZ-ZZZZ", "%3Cscript%3E", "%00", "a" * 3000):
            page = await browser.open(f"{one.address}?ticket={typed}")
            assert page.status == 200
            assert "doet niet mee aan deze loting" in page.text
            assert "<script" not in browser.last.text


class TestAfterTheDrawing:
    async def test_every_step_of_the_sum_is_shown_with_its_number(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        page = await browser.open(one.address)
        drawn = factory.drawn(one.made)
        digest = hashlib.sha256(f"{one.code}|{factory.VALUE}".encode()).hexdigest()
        for step in (one.code, factory.VALUE, f"{one.code}|{factory.VALUE}", digest, str(int(digest, 16))):
            assert step in page.text
        assert f"Panel {drawn.number} is geloot" in page.text
        assert factory.SEED in page.text

    async def test_the_tickets_of_the_panel_are_listed(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        page = await browser.open(one.address)
        panel = one.made.lottery.panels[factory.drawn(one.made).number - 1]
        listed = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", page.text.replace("7K3M-Q9TX", ""))
        assert sorted(set(listed)) == [one.made.lottery.tickets[place] for place in panel]

    async def test_a_ticket_says_whether_it_was_drawn(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        panel = one.made.lottery.panels[factory.drawn(one.made).number - 1]
        for place in (panel[0], next(n for n in range(48) if n not in panel)):
            page = await browser.open(f"{one.address}?ticket={one.made.lottery.tickets[place]}&lang=en")
            assert ("This ticket was drawn" in page.text) == (place in panel)

    async def test_a_lottery_on_invented_people_says_so(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn", sample_kind="simulated")
        for place in ("", "/check"):
            assert "Oefening." in (await browser.open(one.address + place)).text

    async def test_an_earlier_lottery_keeps_its_own_page(
        self, browser: Browser, publish: Publish, context: Context
    ) -> None:
        one = await publish("drawn")
        again = factory.publish(assembly_id=str(one.id), title="Tweede loting")
        async with context.db.transaction() as conn:
            await _lottery(conn, one.id, again, drawn=False, number=2)
        latest, first = await browser.open(one.address), await browser.open(f"{one.address}?round=1")
        assert again.lottery.commitment in spaceless(latest.text)
        assert f"{one.address}?round=1" in latest.links
        assert one.code in spaceless(first.text)
        file = (await browser.ask("GET", f"{one.address}/lottery.json?round=1")).content
        assert file == one.file()
        for odd in ("3", "x", "0"):
            assert (await browser.ask("GET", f"{one.address}?round={odd}")).status_code == 404


class TestSelectionReport:
    async def test_chances_and_groups_are_shown_as_picture_and_in_a_table(
        self, browser: Browser, publish: Publish
    ) -> None:
        one = await publish("drawn")
        page = await browser.open(f"{one.address}?lang=en")
        html = browser.last.text
        assert html.count('<svg xmlns="http://www.w3.org/2000/svg"') == 4, "two pictures, each wide and narrow"
        assert html.count("<title id=") == html.count("<desc id=") == 4
        assert "highest possible smallest chance" in page.text
        assert "24 (50%)" in page.text
        assert "3 to 5" in page.text

    async def test_no_count_under_ten_is_shown(self, browser: Browser, publish: Publish) -> None:
        """Panels of twelve: every group on the panel is small."""
        one = await publish("drawn")
        await browser.open(f"{one.address}?lang=en")
        rows = re.findall(r"<tr><th scope=\"row\">[^<]*</th>((?:<td>[^<]*</td>)+)</tr>", browser.last.text)
        groups = [re.findall(r"<td>([^<]*)</td>", row) for row in rows]
        panel = [cells[3] for cells in groups if len(cells) == 4]
        assert len(panel) == 5
        assert set(panel) == {"–"}

    async def test_people_who_signed_up_themselves_are_not_called_representative(
        self, browser: Browser, publish: Publish
    ) -> None:
        one = await publish("drawn")
        for lang, said in (("nl", "kozen zelf om zich aan te melden"), ("en", "chose to sign up themselves")):
            page = await browser.open(f"{one.address}?lang={lang}")
            assert said in page.text
            assert "represent" not in page.text.lower()


class TestFiles:
    async def test_the_code_is_the_hash_of_the_file_that_says_so(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        answer = await browser.ask("GET", f"{one.address}/committed.json")
        assert hashlib.sha256(answer.content).hexdigest() == one.code
        assert "attachment" in answer.headers["content-disposition"]

    async def test_the_file_is_what_the_checking_program_takes(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        answer = await browser.ask("GET", f"{one.address}/lottery.json")
        assert answer.content == one.file()
        assert verifier.verify(answer.content, pool=one.made.pool_content, noted=one.code).holds

    async def test_the_program_itself_can_be_had(self, browser: Browser) -> None:
        answer = await browser.ask("GET", f"{LIST}/verify-draw.py")
        space: dict[str, Any] = {"__name__": "downloaded"}
        exec(compile(answer.content, "verify-draw.py", "exec"), space)
        assert space["verify"](factory.file()).holds

    async def test_what_stays_inside_is_nowhere(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        for place in ("", "/check", "/lottery.json", "/committed.json"):
            content = (await browser.ask("GET", one.address + place)).content
            assert b"member-" not in content
            assert one.made.pool.salt.encode() not in content
            assert factory.SALT.hex().encode() not in content


class TestCheck:
    async def send(self, browser: Browser, one: Published, content: bytes, **fields: str) -> Page:
        url = f"{one.address}/check?lang=en&round=1"
        file = {"file": ("lottery.json", content, "application/json")}
        browser.last = await browser.client.post(url, files=file, data=fields)
        assert "set-cookie" not in browser.last.headers
        return read(url, browser.last.status_code, browser.last.text)

    async def test_our_own_file_is_worked_out_line_by_line(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        page = await browser.open(f"{one.address}/check")
        assert "Alles klopt" in page.text
        assert page.text.count("✓ Klopt") == 10
        assert "Klopt niet" not in page.text
        assert f"wijst panel {factory.drawn(one.made).number} van 50 aan" in page.text

    async def test_before_the_drawing_what_is_published_is_worked_out(self, browser: Browser, publish: Publish) -> None:
        page = await browser.open(f"{(await publish()).address}/check?lang=en")
        assert page.text.count("✓ Holds") == 6
        assert "The drawing has not taken place yet." in page.text

    async def test_a_file_that_somebody_kept_is_worked_out(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        ticket = one.made.lottery.tickets[3]
        page = await self.send(browser, one, one.file(drawn=False), noted=one.code[:16], ticket=ticket)
        assert page.status == 200
        assert "Your file Everything holds This file belongs to this lottery" in page.text
        assert f"Ticket {ticket} is in" in page.text
        assert "The code is the one you noted beforehand." in page.text

    async def test_a_changed_file_is_found_out(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        page = await self.send(browser, one, one.file().replace(b"Burgerberaad klimaat", b"Burgerberaad Klimaat"))
        assert "Your file Not everything holds Note: this file does not belong" in page.text
        assert page.text.count("✗ Does not hold") == 1
        assert "Something was changed after publication" in page.text

    async def test_a_sound_file_of_another_lottery_is_not_taken_for_this_one(
        self, browser: Browser, publish: Publish
    ) -> None:
        one = await publish("drawn")
        page = await self.send(browser, one, factory.file(factory.publish(title="Iets anders")))
        assert "Your file Everything holds Note: this file does not belong to the lottery on this page" in page.text

    async def test_a_wrong_file_gets_a_clear_answer(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        picture = b"\x89PNG\r\n\x1a\n" + bytes(500)
        for content in (b"hello", b"[]", b"{}", b"\xff\xfe", b"[" * 50_000, b'{"lottery":1.5}', picture):
            page = await self.send(browser, one, content)
            assert page.status == 200, content[:20]
            assert re.search(r"This is not a file of a lottery|This file is not complete", page.text), content[:20]

    async def test_no_file_is_said_so(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        for answer in (
            await self.send(browser, one, b""),
            await browser.open(f"{one.address}/check?lang=en", method="POST", body={"ticket": "x"}),
        ):
            assert answer.status == 200
            assert "Choose a file first." in answer.text
            assert "Everything holds" in answer.text, "our own file is still there"
        assert "<title>Error:" in browser.last.text

    async def test_too_large_a_file_is_refused_with_the_limit(self, browser: Browser, publish: Publish) -> None:
        page = await self.send(browser, await publish("drawn"), bytes(8 * 1024 * 1024 + 1))
        assert page.status == 413
        assert "8 MB at most" in page.text

    async def test_a_file_of_many_megabytes_is_taken(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        page = await self.send(browser, one, one.file() + b" " * 3_000_000)
        assert "Your file Everything holds" in page.text

    async def test_what_is_no_form_is_never_our_fault(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        kinds = (
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "application/json",
            "text/plain; charset=odd",
        )
        for kind, body in itertools.product(kinds, (b"", b"--x\r\nbroken", b"a=b&file=%ff")):
            headers = {"Content-Type": kind}
            answer = await browser.client.post(f"{one.address}/check", content=body, headers=headers)
            assert answer.status_code in (200, 400), (kind, body)

    async def test_changes_nothing(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        before = (await browser.ask("GET", f"{one.address}/lottery.json")).content
        await self.send(browser, one, factory.file(factory.publish(title="Iets anders")))
        assert (await browser.ask("GET", f"{one.address}/lottery.json")).content == before


class TestPages:
    async def test_hold_no_script_no_cookie_and_no_style_of_their_own(self, browser: Browser, publish: Publish) -> None:
        one = await publish("drawn")
        for lang, place in itertools.product(("nl", "en"), (LIST, one.address, f"{one.address}/check")):
            answer = await browser.ask("GET", f"{place}?lang={lang}")
            assert answer.status_code == 200
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert not re.search(r"<script|<style| style=| on\w+=", answer.text)
            assert f'<html lang="{lang}"' in answer.text

    async def test_a_cancelled_assembly_says_why(self, browser: Browser, publish: Publish) -> None:
        one = await publish("cancelled", lottery=False, reason="Te weinig aanmeldingen.")
        page = await browser.open(one.address)
        assert "Gaat niet door" in page.text
        assert "Te weinig aanmeldingen." in page.text
        assert (await browser.ask("GET", f"{one.address}/check")).status_code == 404

    async def test_unknown_addresses_look_like_every_unknown_page(self, browser: Browser) -> None:
        unknown = await browser.ask("GET", "/nowhere")
        for path in ("x", "00000000-0000-7000-8000-000000000000", "x/check", "%00/lottery.json"):
            answer = await browser.client.get(f"{LIST}/{path}")
            assert (answer.status_code, answer.text) == (404, unknown.text)
        assert (await browser.client.get(f"{LIST}?after=x")).status_code == 404
