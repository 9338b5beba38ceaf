"""Forms on paper over HTTP: printed, keyed twice, settled, and counted like every other response."""

import asyncio
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pypdf
import pytest
from litestar import Litestar

from panels import codes, links
from service.app import create_app
from service.context import Context
from service.paper import forms
from surveys import responses, retention
from surveys.paper.fields import fields
from surveys.paper.sheet import Sheet, sheet
from tests.integration.api.harness import Client, Clock, expect, issue, plan
from tests.integration.api.test_external import BASIS, CSV, SELECTION
from tests.unit.surveys.test_paper import typed

# Full, under a plan that lets nobody in then.
CLOSE_CELL = """
UPDATE panel.quota_cell AS q SET decision = 'stopped', closing = 'refuse'
FROM panel.invitation AS i WHERE i.id = $1 AND q.audit_id = i.audit_id AND q.key = i.stratum
"""
ADDRESS = ("Samenspraak", "Antwoordnummer 1234", "2500 VB Den Haag")


@pytest.fixture
def context(context: Context) -> Context:
    """With an address to send forms back to."""
    settings = msgspec.structs.replace(context.settings, return_address=ADDRESS)
    return msgspec.structs.replace(context, settings=settings)


@pytest.fixture
async def other(app: Litestar, context: Context) -> Any:
    """A second typist."""
    async with Client(app, await issue(context, "staff")) as client:
        yield client


class Person(msgspec.Struct):
    """Somebody with a form."""

    invitation: UUID
    respondent: UUID
    code: str
    paper: Sheet

    def entry(self, **changes: str) -> dict[str, str]:
        """A whole form: the first box of every question, and what is changed by question key."""
        keyed = {name: next(iter(field.codes), "") for name, field in fields(self.paper).items()}
        keyed |= {name: "1" for name, field in fields(self.paper).items() if field.kind == "number"}
        for item in self.paper.items:
            if item.question.__struct_config__.tag == "ranking":
                keyed |= typed(self.paper, {item.question.key: [item.options[0].code]})
            if item.question.key in changes:
                keyed[str(item.number)] = changes[item.question.key]
        return {name: value for name, value in keyed.items() if value}

    def number(self, key: str) -> str:
        item = self.paper.item(key)
        assert item is not None
        return str(item.number)


async def invited(context: Context, audit: dict[str, Any], number: int) -> list[tuple[UUID, UUID]]:
    async with context.db.reading() as conn:
        rows = await conn.fetch(
            "SELECT id, respondent_id FROM panel.invitation WHERE audit_id = $1 ORDER BY id LIMIT $2",
            UUID(audit["id"]),
            number,
        )
    return [(row["id"], row["respondent_id"]) for row in rows]


async def people(context: Context, staff: Client, audit: dict[str, Any], number: int) -> tuple[list[Person], bytes]:
    """People of an audit for whom forms were printed."""
    ids = await invited(context, audit, number)
    made = [codes.invitation_code(context.keys.link_key, id) for id, _ in ids]
    answer = await staff.post(f"/v1/staff/audits/{audit['id']}/paper-forms", json={"codes": made})
    assert answer.status_code == 200, answer.text
    found = []
    for (invitation, respondent), code in zip(ids, made, strict=True):
        async with context.db.reading() as conn:
            standing = await responses.standing(conn, audit_id=UUID(audit["id"]), respondent_id=respondent)
        assert standing is not None
        paper = sheet(standing.questionnaire, standing.response.respondent)
        found.append(Person(invitation=invitation, respondent=respondent, code=code, paper=paper))
    return found, answer.content


@pytest.fixture
async def person(context: Context, staff: Client, fielding: dict[str, Any]) -> Person:
    return (await people(context, staff, fielding, 1))[0][0]


async def key(client: Client, audit: dict[str, Any], who: Person, turn: str, entry: dict[str, str]) -> Any:
    path = f"/v1/staff/audits/{audit['id']}/paper/{codes.shown(who.code).lower()}/{turn}"
    return await client.put(path, json={"answers": entry})


async def one_row(context: Context, who: Person, columns: str = "state, mode, completed_at IS NOT NULL AS done") -> Any:
    async with context.db.reading() as conn:
        row = await conn.fetchrow(f"SELECT {columns} FROM fieldwork.response WHERE respondent_id = $1", who.respondent)
        standing = await conn.fetchval("SELECT disposition FROM panel.invitation WHERE id = $1", who.invitation)
    return (*row.values(), standing)


async def stored(context: Context, audit: dict[str, Any], who: Person) -> dict[str, Any]:
    async with context.db.reading() as conn:
        response = await responses.load(conn, audit_id=UUID(audit["id"]), respondent_id=who.respondent)
        assert response is not None
        return dict(await responses.answers(conn, response))


class TestForms:
    async def test_a_specimen_from_the_first_draft_on(self, staff: Client, draft: dict[str, Any]) -> None:
        for query in ("", "?lang=en&large=true", "?easy=true"):
            answer = await staff.get(f"/v1/staff/audits/{draft['id']}/paper-form{query}")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), answer.text
            assert len(pypdf.PdfReader(io.BytesIO(answer.content)).pages) >= 4

    async def test_what_a_specimen_cannot_be_is_said_at_once(self, staff: Client, draft: dict[str, Any]) -> None:
        problem = await expect(staff.get(f"/v1/staff/audits/{draft['id']}/paper-form?arm=x&lang=xx"), 422)
        assert problem["code"] == "invalid_request"
        problem = await expect(staff.get(f"/v1/staff/audits/{draft['id']}/paper-form?arm=x"), 422)
        assert [fault["pointer"] for fault in problem["errors"]] == ["query/arm"]

    async def test_every_sheet_names_its_code_and_its_place(
        self, context: Context, staff: Client, fielding: dict[str, Any]
    ) -> None:
        found, content = await people(context, staff, fielding, 2)
        texts = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
        for who in found:
            own = [text for text in texts if who.code in "".join(text.split())]
            assert len(own) >= 4
            assert f"Bladzijde 1 van {len(own)}" in own[0]
            assert f"Bladzijde {len(own)} van {len(own)}" in own[-1]
        assert any("Antwoordnummer 1234" in text for text in texts)

    async def test_a_form_that_was_lost_is_printed_again_byte_for_byte(
        self, context: Context, staff: Client, fielding: dict[str, Any]
    ) -> None:
        _, first = await people(context, staff, fielding, 1)
        _, again = await people(context, staff, fielding, 1)
        assert first == again

    async def test_printing_counts_for_nobody(
        self, context: Context, staff: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        assert await one_row(context, person) == ("in_progress", "paper", False, "queued")
        progress = await expect(staff.get(f"/v1/staff/audits/{fielding['id']}/fieldwork/progress"), 200)
        assert (progress["began"], progress["under_way"]) == (0, 0)

    async def test_arms_stay_balanced_over_forms(
        self, context: Context, staff: Client, fielding: dict[str, Any]
    ) -> None:
        await people(context, staff, fielding, 24)
        async with context.db.reading() as conn:
            counts = await conn.fetch(
                "SELECT r.arm, i.stratum, count(*) AS n FROM fieldwork.response r"
                " JOIN panel.invitation i ON i.respondent_id = r.respondent_id GROUP BY 1, 2"
            )
        by_arm: dict[str, int] = {}
        for row in counts:
            by_arm[row["arm"]] = by_arm.get(row["arm"], 0) + row["n"]
        strata = len({row["stratum"] for row in counts})
        assert abs(by_arm["value_first"] - by_arm["concerns_first"]) <= 2 * strata

    async def test_all_people_without_a_form_are_named_at_once(
        self, context: Context, staff: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        body = {"codes": [person.code, "ACDE-FGHJ-KMN4", "hello"]}
        problem = await expect(staff.post(f"/v1/staff/audits/{fielding['id']}/paper-forms", json=body), 422)
        assert [fault["pointer"] for fault in problem["errors"]] == ["/codes/1", "/codes/2"]
        for wrong in ({}, {"codes": [person.code], "source_id": "x"}, {"source_id": "x"}):
            await expect(staff.post(f"/v1/staff/audits/{fielding['id']}/paper-forms", json=wrong), 422)

    async def test_whoever_answers_online_after_all_finds_the_same_order(
        self, context: Context, fielding: dict[str, Any], person: Person
    ) -> None:
        before = await one_row(context, person, "arm, seed, mode")
        async with context.db.transaction() as conn:
            begun = await responses.begin(
                conn,
                audit_id=UUID(fielding["id"]),
                respondent_id=person.respondent,
                language="nl",
                seed=1,
                now=context.now(),
                new_id=context.new_id,
            )
        assert (begun.arm, begun.seed, begun.mode) == (before[0], before[1], "web")
        assert await one_row(context, person, "arm, seed, mode") == (before[0], before[1], "web", "queued")


async def test_a_register_is_printed_in_parts_without_those_who_said_no(
    context: Context,
    staff: Client,
    in_review: dict[str, Any],
    margins: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = f"/v1/staff/audits/{in_review['id']}"
    await expect(staff.post(f"{at}/approve", json=plan(margins, intake="register")), 200)
    asked = {"name": "Bevolkingsregister", "selection": SELECTION, "legal_basis": BASIS}
    source = await expect(staff.post(f"{at}/sources", json=asked), 201)
    rows = "reference,selection_probability,birth_year\n" + "\n".join(f"r{n:02},0.01,1980" for n in range(12))
    await expect(staff.post(f"{at}/sources/{source['id']}/people", content=rows, headers=CSV), 200)
    await expect(staff.post(f"{at}/open"), 200)
    async with context.db.transaction() as conn:
        await conn.execute(
            "UPDATE panel.invitation SET disposition = 'declined' WHERE id ="
            " (SELECT invitation_id FROM panel.arrival ORDER BY reference LIMIT 1)"
        )
    monkeypatch.setattr(forms, "MOST_FORMS", 5)
    counts = []
    for skip in (0, 5, 10):
        answer = await staff.post(f"{at}/paper-forms", json={"source_id": source["id"], "skip": skip})
        counts.append(answer.headers["Samenspraak-Forms"])
    assert counts == ["4 of 12", "5 of 12", "2 of 12"]
    await expect(staff.post(f"{at}/paper-forms", json={"source_id": source["id"], "skip": 12}), 422)


async def test_two_typists_at_once_wait_for_each_other(
    context: Context, staff: Client, other: Client, fielding: dict[str, Any], person: Person
) -> None:
    await key(staff, fielding, person, "first", person.entry())
    both = await asyncio.gather(
        key(staff, fielding, person, "first", person.entry(VT_MAIN="2")),
        key(other, fielding, person, "second", person.entry()),
    )
    statuses = [answer.status_code for answer in both]
    seen = await expect(staff.get(f"/v1/staff/audits/{fielding['id']}/paper/{person.code}"), 200)
    # Either the correction came first and the entries differ, or the second came first and the correction is refused.
    assert (statuses, seen["state"]) in (([200, 200], "differing"), ([409, 200], "completed"))


async def test_on_the_web_a_printed_form_is_not_begun_and_can_be_answered_there(
    context: Context, anyone: Client, staff: Client, other: Client, fielding: dict[str, Any], person: Person
) -> None:
    address = f"/s/{links.token(context.keys.link_key, 'invitation', person.invitation)}"
    page = await anyone.get(address)
    assert page.status_code == 200
    assert "U was al begonnen" not in page.text
    # The pages behind it are shut until somebody begins, also for a direct address.
    assert (await anyone.get(f"{address}/p/consent")).headers["location"] == address
    before = await one_row(context, person, "arm, seed")
    begun = await anyone.post(address, data={"action": "start"})
    assert begun.headers["location"].startswith(f"{address}/p/")
    assert await one_row(context, person, "arm, seed, mode") == (*before[:2], "web", "started")
    # What was begun there is replaced by the form, when that comes back all the same.
    await key(staff, fielding, person, "first", person.entry())
    await key(other, fielding, person, "second", person.entry())
    assert await one_row(context, person) == ("completed", "paper", True, "completed")
    assert (await anyone.get(address)).headers["location"] == f"{address}/done"


async def test_no_form_without_an_address_to_send_it_to(
    context: Context, staff: Client, fielding: dict[str, Any]
) -> None:
    settings = msgspec.structs.replace(context.settings, return_address=())
    without = create_app(context=msgspec.structs.replace(context, settings=settings))
    async with Client(without, staff.key) as client:
        problem = await expect(
            client.post(f"/v1/staff/audits/{fielding['id']}/paper-forms", json={"codes": ["ACDE-FGHJ-KMN3"]}), 422
        )
    assert "SAMENSPRAAK_RETURN_ADDRESS" in problem["errors"][0]["detail"]


class TestKeying:
    async def test_two_entries_that_agree_are_a_completed_response(
        self, context: Context, staff: Client, other: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        first = (await key(staff, fielding, person, "first", person.entry())).json()
        assert (first["state"], first["differences"]) == ("keyed_once", [])
        second = (await key(other, fielding, person, "second", person.entry())).json()
        assert (second["state"], second["differences"]) == ("completed", [])
        assert await one_row(context, person) == ("completed", "paper", True, "completed")
        found = await stored(context, fielding, person)
        assert found["CO_PART"] == 1
        assert found["VT_MAIN"] == int(person.entry()[person.number("VT_MAIN")])
        # Sent again by a client that lost the answer: the same.
        assert (await key(other, fielding, person, "second", person.entry())).json() == second
        async with context.db.reading() as conn:
            assert await responses.count_completed(conn, UUID(fielding["id"])) == 1
            [complete] = await responses.completed(conn, UUID(fielding["id"]))
        assert complete.page_seconds == {}

    async def test_the_second_typist_does_not_see_the_first_and_is_somebody_else(
        self, staff: Client, other: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        await key(staff, fielding, person, "first", person.entry())
        assert (await key(staff, fielding, person, "second", person.entry())).json()["code"] == "same_operator"
        seen = await expect(other.get(f"/v1/staff/audits/{fielding['id']}/paper/{person.code}"), 200)
        assert (seen["state"], seen["differences"], seen["faults"], seen["fields"]) == ("keyed_once", [], [], 0)
        assert (await key(other, fielding, person, "first", person.entry())).json()["code"] == "paper_keyed"

    async def test_the_second_waits_for_the_first(
        self, staff: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        problem = (await key(staff, fielding, person, "second", person.entry())).json()
        assert problem["code"] == "paper_not_keyed"
        assert (await key(staff, fielding, person, "third", person.entry())).status_code == 422

    async def test_a_typist_may_correct_an_entry_until_the_other_is_in(
        self, staff: Client, other: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        await key(staff, fielding, person, "first", person.entry(VT_MAIN="3"))
        await key(staff, fielding, person, "first", person.entry(VT_MAIN="2"))
        done = (await key(other, fielding, person, "second", person.entry(VT_MAIN="2"))).json()
        assert done["state"] == "completed"
        late = await key(staff, fielding, person, "first", person.entry(VT_MAIN="1"))
        assert (late.status_code, late.json()["code"]) == (409, "paper_keyed")

    async def test_differences_wait_for_a_third_look(
        self, context: Context, staff: Client, other: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        await key(staff, fielding, person, "first", person.entry(VT_MAIN="1"))
        waits = (await key(other, fielding, person, "second", person.entry(VT_MAIN="2"))).json()
        number = person.number("VT_MAIN")
        assert waits["state"] == "differing"
        assert waits["differences"] == [{"field": number, "question": "VT_MAIN", "first": "1", "second": "2"}]
        assert (await one_row(context, person))[0] == "in_progress"
        errors = await expect(staff.get(f"/v1/staff/audits/{fielding['id']}/paper-errors"), 200)
        assert (errors["forms"], errors["differing"], errors["unsettled"]) == (1, 1, 1)
        assert errors["share"] == pytest.approx(1 / errors["fields"])

        path = f"/v1/staff/audits/{fielding['id']}/paper/{person.code}/settle"
        reason = {"reason": "Het kruisje staat bij Tegen."}
        for wrong in ({}, {number: "77"}, {number: "3", "1": "1"}):
            problem = await expect(staff.post(path, json={"answers": wrong, **reason}), 422)
            assert problem["errors"], problem
        done = await expect(staff.post(path, json={"answers": {number: "3"}, **reason}), 200)
        assert (done["state"], done["settled"]) == ("completed", reason["reason"])
        assert (await stored(context, fielding, person))["VT_MAIN"] == 3
        assert await expect(staff.post(path, json={"answers": {number: "3"}, **reason}), 200) == done
        await expect(staff.post(path, json={"answers": {number: "1"}, **reason}), 409)

    async def test_what_went_wrong_on_paper_is_kept_with_what_stood_there(
        self, context: Context, staff: Client, other: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        entry = person.entry(VT_MAIN="1 2", TR_APP="")
        await key(staff, fielding, person, "first", entry)
        done = (await key(other, fielding, person, "second", entry)).json()
        assert done["state"] == "completed"
        named = {(fault["question"], fault["code"]): fault["found"] for fault in done["faults"]}
        assert named["VT_MAIN", "two_ticked"] == "1 2"
        assert named["TR_APP", "left_open"] == ""
        assert (await stored(context, fielding, person))["VT_MAIN"] is None

    async def test_an_answer_beside_the_route_is_kept_and_counts_nowhere(
        self, context: Context, staff: Client, other: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        # Nobody who worries about nothing is asked what worries most; this person ranked something all the same.
        for client, turn in ((staff, "first"), (other, "second")):
            done = (await key(client, fielding, person, turn, person.entry())).json()
        assert [fault["question"] for fault in done["faults"] if fault["code"] == "off_route"] == ["CN_TOP"]
        assert isinstance((await stored(context, fielding, person))["CN_TOP"], list)
        async with context.db.reading() as conn:
            [complete] = await responses.completed(conn, UUID(fielding["id"]))
        assert "CN_TOP" not in complete.answers
        assert "VT_MAIN" in complete.answers

    async def test_without_consent_nothing_is_kept(
        self, context: Context, staff: Client, other: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        entry = person.entry(CO_PART="")
        await key(staff, fielding, person, "first", entry)
        done = (await key(other, fielding, person, "second", entry)).json()
        assert done["state"] == "without_consent"
        assert await one_row(context, person) == ("declined", "paper", False, "declined")
        assert await stored(context, fielding, person) == {}
        async with context.db.reading() as conn:
            assert await conn.fetchval("SELECT count(*) FROM fieldwork.paper_entry") == 0
        assert (await key(other, fielding, person, "second", entry)).json() == done

    async def test_answers_that_tell_of_harm_wait_for_a_person(
        self, staff: Client, other: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        entry = person.entry(OP_Q="Mijn uitkering is stopgezet.")
        await key(staff, fielding, person, "first", entry)
        await key(other, fielding, person, "second", entry)
        waiting = await expect(staff.get("/v1/staff/incidents"), 200)
        assert [one["kind"] for one in waiting["data"]] == ["harm"]

    async def test_whoever_answered_online_is_not_keyed(
        self, context: Context, staff: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        async with context.db.transaction() as conn:
            await conn.execute(
                "UPDATE fieldwork.response SET mode = 'web', state = 'completed', completed_at = now()"
                " WHERE respondent_id = $1",
                person.respondent,
            )
        answer = await key(staff, fielding, person, "first", person.entry())
        assert (answer.status_code, answer.json()["code"]) == (409, "answered_online")

    async def test_slips_of_the_typist_come_back_all_at_once(
        self, staff: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        answer = await key(staff, fielding, person, "first", {**person.entry(VT_MAIN="9"), "444": "1"})
        assert answer.status_code == 422
        pointers = {fault["pointer"] for fault in answer.json()["errors"]}
        assert pointers == {f"/answers/{person.number('VT_MAIN')}", "/answers/444"}

    async def test_a_code_of_nobody_or_of_another_audit_has_no_form(
        self, staff: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        for code in ("ACDE-FGHJ-KMN4", "x", codes.invitation_code(b"x" * 32, person.invitation)):
            problem = await expect(staff.get(f"/v1/staff/audits/{fielding['id']}/paper/{code}"), 404)
            assert problem["code"] == "paper_form_unknown"

    async def test_whoever_takes_back_the_answers_takes_back_what_was_keyed(
        self, context: Context, staff: Client, other: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        await key(staff, fielding, person, "first", person.entry())
        await key(other, fielding, person, "second", person.entry())
        async with context.db.transaction() as conn:
            await responses.erase(conn, audit_id=UUID(fielding["id"]), respondent_id=person.respondent)
            left = [
                await conn.fetchval(f"SELECT count(*) FROM fieldwork.{name}")
                for name in ("paper_entry", "paper_outcome")
            ]
        assert left == [0, 0]

    async def test_a_full_group_keeps_the_entries_and_not_the_answers(
        self, context: Context, staff: Client, other: Client, fielding: dict[str, Any], person: Person
    ) -> None:
        async with context.db.transaction() as conn:
            await conn.execute(CLOSE_CELL, person.invitation)
        await key(staff, fielding, person, "first", person.entry())
        done = (await key(other, fielding, person, "second", person.entry())).json()
        assert done["state"] == "turned_away"
        assert await stored(context, fielding, person) == {}

    async def test_after_closing_nothing_is_keyed(
        self, context: Context, staff: Client, fielding: dict[str, Any], person: Person, clock: Clock
    ) -> None:
        async with context.db.transaction() as conn:
            await conn.execute("UPDATE fieldwork.audit SET state = 'closed' WHERE id = $1", UUID(fielding["id"]))
        answer = await key(staff, fielding, person, "first", person.entry())
        assert (answer.status_code, answer.json()["code"]) == (409, "transition_refused")


async def test_what_was_keyed_goes_when_its_response_is_purged(
    context: Context, staff: Client, other: Client, fielding: dict[str, Any], person: Person, databases: Any
) -> None:
    await key(staff, fielding, person, "first", person.entry())
    await key(other, fielding, person, "second", person.entry())
    async with databases.worker.transaction() as conn:
        purged = await retention.purge(conn, now=context.now() + timedelta(days=400))
    counts = {one.table: (one.deleted, one.kept) for one in purged if "paper" in one.table}
    assert counts == {"fieldwork.paper_entry": (2, 0), "fieldwork.paper_outcome": (1, 0)}
