"""People who are no members: from a firm's link to the questionnaire and back, and from a register to the letters."""

import asyncio
import csv
import io
import re
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from panels import fieldwork
from service.context import Context
from service.db import Databases
from service.reports import gather
from tests.integration.api.harness import Client, expect, plan

REDIRECTS = {
    "complete": "https://firm.example/back?status=1&pid={id}",
    "screened_out": "https://firm.example/back?status=2&pid={id}",
    "quota_full": "https://firm.example/back?status=3&pid={id}",
}
SELECTION = {
    "nl": "Leden van een betaald onlinepanel die zelf kozen om mee te doen.",
    "en": "Members of a paid online panel who chose themselves to take part.",
}
BASIS = {
    "ground": "Article 3.2 of the Act on the register, decision of the board of 3 November 2026.",
    "controller": "gemeente Voorbeeld",
    "decided_by": "college van burgemeester en wethouders",
    "decided_on": "2026-11-03",
}
FORM = {"birth_year": "1980", "sex": "V", "province": "PV27", "education": "2"}
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
async def unballoted(developer: Client, staff: Client, application: dict[str, Any]) -> dict[str, Any]:
    """An audit in review without a secret ballot."""
    asked = {"application_id": application["id"], "form": "short", "target_completes": 100, "secret_ballot": False}
    audit = await expect(developer.post("/v1/audits", json=asked), 201)
    await expect(developer.post(f"/v1/audits/{audit['id']}/submit"), 200)
    return await expect(staff.post(f"/v1/staff/audits/{audit['id']}/review"), 200)


@pytest.fixture
async def by_link(staff: Client, unballoted: dict[str, Any], margins: dict[str, Any]) -> str:
    """An approved audit whose people come through a link."""
    at = f"/v1/staff/audits/{unballoted['id']}"
    await expect(staff.post(f"{at}/approve", json=plan(margins, intake="link_in")), 200)
    return at


@pytest.fixture
async def by_register(staff: Client, unballoted: dict[str, Any], margins: dict[str, Any]) -> str:
    at = f"/v1/staff/audits/{unballoted['id']}"
    await expect(staff.post(f"{at}/approve", json=plan(margins, intake="register")), 200)
    return at


async def firm(staff: Client, at: str, **changes: Any) -> dict[str, Any]:
    asked = {"name": "Panelbureau Oost", "selection": SELECTION, "redirects": REDIRECTS, **changes}
    return await expect(staff.post(f"{at}/sources", json=asked), 201)


async def enter(anyone: Client, source: dict[str, Any], id: str, **changes: str) -> Any:
    address = source["link"].replace("{id}", quote(id, safe="")).partition("://")[2].partition("/")[2]
    assert (await anyone.get(f"/{address}")).status_code == 200
    return await anyone.post(f"/{address}&lang=nl", data={**FORM, **changes})


async def counted(staff: Client, at: str) -> dict[str, Any]:
    (source,) = (await expect(staff.get(f"{at}/sources"), 200))["data"]
    found: dict[str, Any] = source["counts"]
    return found


class TestTheLinkOfAFirm:
    async def test_a_person_comes_in_once_however_often_the_link_is_opened(
        self, staff: Client, anyone: Client, by_link: str
    ) -> None:
        source = await firm(staff, by_link)
        await expect(staff.post(f"{by_link}/open"), 200)
        first, again = await enter(anyone, source, "p 1/2"), await enter(anyone, source, "p 1/2", birth_year="1950")
        assert first.status_code == again.status_code == 303
        assert first.headers["location"] == again.headers["location"]
        page = await anyone.get(first.headers["location"])
        assert page.status_code == 200
        assert "p 1/2" not in page.text, "the id of the firm is not shown"
        assert (await counted(staff, by_link))["came_in"] == 1

    async def test_opening_the_door_changes_nothing(self, staff: Client, anyone: Client, by_link: str) -> None:
        source = await firm(staff, by_link)
        await expect(staff.post(f"{by_link}/open"), 200)
        for _ in range(5):
            await anyone.get("/x/" + source["link"].partition("/x/")[2].replace("{id}", "scanner"))
        assert (await counted(staff, by_link))["came_in"] == 0

    async def test_whoever_is_too_young_goes_back_with_that_outcome_and_leaves_nothing(
        self, staff: Client, anyone: Client, by_link: str
    ) -> None:
        source = await firm(staff, by_link)
        await expect(staff.post(f"{by_link}/open"), 200)
        answer = await enter(anyone, source, "kid&1", birth_year="2012")
        assert 'href="https://firm.example/back?status=2&amp;pid=kid%261"' in answer.text
        assert await counted(staff, by_link) == {
            "listed": 0, "came_in": 0, "screened_out": 1, "quota_full": 0, "completed": 0
        }  # fmt: skip

    async def test_a_full_source_sends_people_back_and_two_at_once_cannot_both_have_the_last_place(
        self, staff: Client, anyone: Client, by_link: str
    ) -> None:
        source = await firm(staff, by_link, most=3)
        await expect(staff.post(f"{by_link}/open"), 200)
        answers = await asyncio.gather(*(enter(anyone, source, f"p{number}") for number in range(8)))
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [303] * 3
        assert (await counted(staff, by_link)) | {"completed": 0} == {
            "listed": 0, "came_in": 3, "screened_out": 0, "quota_full": 5, "completed": 0
        }  # fmt: skip

    async def test_faults_at_the_door_are_named_by_field(self, staff: Client, anyone: Client, by_link: str) -> None:
        source = await firm(staff, by_link)
        await expect(staff.post(f"{by_link}/open"), 200)
        answer = await enter(anyone, source, "p1", birth_year="198", province="PV99")
        assert answer.status_code == 422
        assert 'href="#birth_year"' in answer.text
        assert 'href="#province"' in answer.text

    @pytest.mark.parametrize("id", ["x" * 101, "a%00b", "a%0Ab"])
    async def test_an_impossible_id_is_an_answer_not_a_failure(
        self, staff: Client, anyone: Client, by_link: str, id: str
    ) -> None:
        source = await firm(staff, by_link)
        await expect(staff.post(f"{by_link}/open"), 200)
        token = source["link"].partition("/x/")[2].partition("?")[0]
        assert (await anyone.get(f"/x/{token}?id={id}")).status_code == 404

    async def test_before_the_opening_the_door_is_shut(self, staff: Client, anyone: Client, by_link: str) -> None:
        source = await firm(staff, by_link)
        token = source["link"].partition("/x/")[2].partition("?")[0]
        assert (await anyone.get(f"/x/{token}?id=p1")).status_code == 410
        assert (await anyone.post(f"/x/{token}?id=p1", data=FORM)).status_code == 410

    async def test_whoever_is_done_finds_the_way_back(
        self, staff: Client, anyone: Client, context: Context, databases: Databases, by_link: str
    ) -> None:
        source = await firm(staff, by_link)
        await expect(staff.post(f"{by_link}/open"), 200)
        answer = await enter(anyone, source, "p7")
        link = answer.headers["location"].partition("?")[0]
        async with context.db.transaction() as conn:
            invitation = await fieldwork.by_token(conn, link.removeprefix("/s/"))
            for step in ("started", "completed"):
                await fieldwork.mark(conn, invitation_id=invitation.id, disposition=step, now=context.now())  # type: ignore[arg-type]
        page = await anyone.get(f"{link}/done")
        assert 'href="https://firm.example/back?status=1&amp;pid=p7"' in page.text
        async with databases.worker.transaction() as conn:
            await fieldwork.unlink(conn, audit_id=UUID(source["audit_id"]), now=context.now())
        assert "firm.example" not in (await anyone.get(f"{link}/done")).text, "after the report nobody knows who it was"

    async def test_an_open_link_takes_people_without_an_id(self, staff: Client, anyone: Client, by_link: str) -> None:
        source = await firm(staff, by_link, redirects=None)
        await expect(staff.post(f"{by_link}/open"), 200)
        assert "{id}" not in source["link"]
        token = source["link"].partition("/x/")[2]
        places = {(await anyone.post(f"/x/{token}", data=FORM)).headers["location"] for _ in range(3)}
        assert len(places) == 3


class TestTheTermsOfASource:
    async def test_every_fault_of_a_source_comes_at_once(self, staff: Client, by_link: str) -> None:
        asked = {
            "name": "Bureau",
            "selection": {"nl": "kort", "en": "short"},
            "legal_basis": BASIS,
            "redirects": {**REDIRECTS, "complete": "http://x/{id}", "quota_full": "https://{id}.example/"},
        }
        problem = await expect(staff.post(f"{by_link}/sources", json=asked), 422)
        assert {fault["pointer"] for fault in problem["errors"]} == {
            "/selection/nl", "/selection/en", "/legal_basis", "/redirects/complete", "/redirects/quota_full"
        }  # fmt: skip

    async def test_nobody_in_a_register_is_written_to_without_a_legal_basis(
        self, staff: Client, by_register: str
    ) -> None:
        asked: dict[str, Any] = {"name": "Bevolkingsregister", "selection": SELECTION}
        problem = await expect(staff.post(f"{by_register}/sources", json=asked), 422)
        assert [fault["pointer"] for fault in problem["errors"]] == ["/legal_basis"]
        late = {**asked, "legal_basis": {**BASIS, "decided_on": "2027-01-01"}}
        problem = await expect(staff.post(f"{by_register}/sources", json=late), 422)
        assert [fault["code"] for fault in problem["errors"]] == ["in_the_future"]

    async def test_a_link_never_makes_a_probability_sample(
        self, staff: Client, unballoted: dict[str, Any], margins: dict[str, Any]
    ) -> None:
        asked = plan(margins, intake="link_in", sample_kind="probability")
        problem = await expect(staff.post(f"/v1/staff/audits/{unballoted['id']}/approve", json=asked), 422)
        assert "/intake" in {fault["pointer"] for fault in problem["errors"]}

    async def test_a_secret_ballot_and_a_link_do_not_go_together(
        self, staff: Client, in_review: dict[str, Any], margins: dict[str, Any]
    ) -> None:
        asked = plan(margins, intake="link_in")
        problem = await expect(staff.post(f"/v1/staff/audits/{in_review['id']}/approve", json=asked), 422)
        assert ("/intake", "no_ballot") in {(fault["pointer"], fault["code"]) for fault in problem["errors"]}


class TestARegister:
    ROWS = "reference,selection_probability,birth_year,sex,province,stratum\n" + "\n".join(
        f"r{number},{'0.01' if number % 2 else '0.02'},19{50 + number % 50},{'MV'[number % 2]},PV27,{'ab'[number % 2]}"
        for number in range(60)
    )

    async def source(self, staff: Client, at: str) -> str:
        asked = {"name": "Bevolkingsregister", "selection": SELECTION, "legal_basis": BASIS}
        made = await expect(staff.post(f"{at}/sources", json=asked), 201)
        assert made["link"] == ""
        return f"{at}/sources/{made['id']}"

    async def test_everybody_in_the_file_gets_a_link_and_keeps_their_chance(
        self, staff: Client, anyone: Client, context: Context, by_register: str
    ) -> None:
        at = await self.source(staff, by_register)
        tried = await expect(staff.post(f"{at}/people?dry_run=true", content=self.ROWS, headers=CSV), 200)
        assert (tried["rows"], tried["kept"], tried["strata"]) == (60, 0, 2)
        assert tried["population"] == 30 * 100 + 30 * 50
        await expect(staff.post(f"{by_register}/open"), 409)
        loaded = await expect(staff.post(f"{at}/people", content=self.ROWS, headers=CSV), 200)
        assert loaded["kept"] == 60
        await expect(staff.post(f"{by_register}/open"), 200)
        letters = list(csv.DictReader(io.StringIO((await staff.get(f"{at}/letters")).text)))
        assert {row["reference"] for row in letters} == {f"r{number}" for number in range(60)}
        link = re.sub(r"^https?://[^/]+", "", letters[0]["link"])
        assert (await anyone.get(link)).status_code == 200
        async with context.db.reading() as conn:
            frame = await fieldwork.frame(conn, UUID(by_register.rpartition("/")[2]))
        assert sorted({(row.stratum, row.probability) for row in frame}) == [("a", 0.02), ("b", 0.01)]
        await expect(staff.post(f"{at}/people", content=self.ROWS, headers=CSV), 409)

    async def test_a_file_with_any_fault_is_not_kept_and_every_fault_is_named(
        self, staff: Client, by_register: str
    ) -> None:
        at = await self.source(staff, by_register)
        wrong = "\n".join(
            ["reference,selection_probability,birth_year,sex", "a,0.1,1980,M", "a,1.5,1980,M", "=b,0.1,1980,M",
             "c,abc,1980,Q", "d,0.1,2015,V", ",0.1,1980,V", "e,0.1"]
        )  # fmt: skip
        outcome = await expect(staff.post(f"{at}/people", content=wrong, headers=CSV), 200)
        assert outcome["kept"] == 0
        assert {fault["pointer"]: fault["code"] for fault in outcome["faults"]} == {
            "row/2/column/reference": "duplicate_row",
            "row/2/column/selection_probability": "out_of_range",
            "row/3/column/reference": "formula",
            "row/4/column/selection_probability": "not_a_number",
            "row/4/column/sex": "unknown_choice",
            "row/5/column/birth_year": "under_age",
            "row/6/column/reference": "missing",
            "row/7": "cell_count",
        }

    async def test_the_report_names_the_source(self, staff: Client, context: Context, by_register: str) -> None:
        at = await self.source(staff, by_register)
        await expect(staff.post(f"{at}/people", content=self.ROWS, headers=CSV), 200)
        await expect(staff.post(f"{by_register}/open"), 200)
        async with context.db.reading() as conn:
            (named,) = gather.sources.reported(
                await gather.sources.listed(conn, audit_id=UUID(by_register.rpartition("/")[2]))
            )
        assert (named.name, named.counts.listed, named.counts.completed) == ("Bevolkingsregister", 60, 0)
