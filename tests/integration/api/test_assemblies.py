"""Assemblies over HTTP: the journey of staff from a plan to seats, and everything that is refused on the way."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import Litestar
from samenspraak.types.lottery import LotteryFile

from panels.assemblies import solving
from panels.assemblies.calculation import calculate
from service import assemblies as carrying
from service.audits.models import SYSTEM
from service.context import Context
from service.db import Databases
from service.settings import Settings
from tests.integration.api.harness import Client, Clock, expect, issue
from tests.integration.panels.convening import Convening

PATH = "/v1/staff/assemblies"
VALUE = {"value": "3-8-15-22-31-40"}
CSV = {"Content-Type": "text/csv"}


@pytest.fixture
async def second(app: Litestar, context: Context) -> AsyncIterator[Client]:
    """A colleague with a key of their own."""
    async with Client(app, await issue(context, "staff")) as client:
        yield client


@pytest.fixture
async def auditor(app: Litestar, context: Context) -> AsyncIterator[Client]:
    async with Client(app, await issue(context, "auditor")) as client:
        yield client


@pytest.fixture
def house(databases: Databases, database_settings: Settings, clock: Clock, context: Context) -> Convening:
    return Convening(databases, database_settings, clock, context.keys.link_key)


def plan(clock: Clock, **changes: Any) -> dict[str, Any]:
    return {
        "title": {"nl": "Burgerberaad over AI in de zorg", "en": "Citizens' assembly on AI in care"},
        "organiser": "gemeente Voorbeeld",
        "purpose": {"nl": "We praten over AI in het ziekenhuis.", "en": "We talk about AI in hospitals."},
        "size": 10,
        "sample_kind": "simulated",
        "quotas": [{"feature": "sex", "value": value, "minimum": 4, "maximum": 6} for value in ("M", "V")],
        "panels": 100,
        "randomness": number(clock),
        **changes,
    }


def number(clock: Clock) -> dict[str, Any]:
    known = clock.now + timedelta(days=30)
    return {"source": "Lotto, six numbers", "address": "https://lotto.example", "known_from": known.isoformat()}


def listed(clock: Clock, **changes: Any) -> dict[str, Any]:
    """A plan whose volunteers come from a list."""
    quotas = [{"feature": "wijk", "value": value, "minimum": 2, "maximum": 4} for value in ("Oost", "West")]
    return plan(clock, pool="file", size=6, quotas=quotas, **changes)


def volunteers(rows: int = 40) -> bytes:
    return "\n".join(["id,wijk", *(f"v{n},{('Oost', 'West')[n % 2]}" for n in range(rows))]).encode()


async def solve(databases: Databases, clock: Clock, assembly: dict[str, Any]) -> None:
    """What the job does, without its process pool."""
    id = UUID(assembly["id"])
    async with databases.worker.reading() as conn:
        attempt = await conn.fetchval("SELECT attempt FROM panel.assembly WHERE id = $1", id)
        found = await solving.material(conn, assembly_id=id, attempt=attempt)
    assert found is not None
    terms = found[0].terms
    calculated = calculate(found[1], algorithm=terms.algorithm, seed=found[0].seed, panels=terms.panels)
    async with databases.worker.transaction() as conn:
        step = await solving.keep(conn, assembly_id=id, attempt=attempt, calculated=calculated, now=clock.now)
        assert step is not None
        await carrying.carry_out(conn, step, actor=SYSTEM, now=clock.now)


@pytest.fixture
async def closed(staff: Client, clock: Clock) -> dict[str, Any]:
    """A pool from a list, closed."""
    assembly = await expect(staff.post(PATH, json=listed(clock)), 201)
    await expect(staff.post(f"{PATH}/{assembly['id']}/volunteers", content=volunteers(), headers=CSV), 200)
    return await expect(staff.post(f"{PATH}/{assembly['id']}/close-pool"), 200)


@pytest.fixture
async def published(staff: Client, databases: Databases, clock: Clock, closed: dict[str, Any]) -> dict[str, Any]:
    await expect(staff.post(f"{PATH}/{closed['id']}/solve"), 202)
    await solve(databases, clock, closed)
    return await expect(staff.post(f"{PATH}/{closed['id']}/publish"), 200)


@pytest.fixture
async def drawn(staff: Client, second: Client, clock: Clock, published: dict[str, Any]) -> dict[str, Any]:
    clock.pass_days(31)
    await expect(staff.post(f"{PATH}/{published['id']}/drawing", json=VALUE), 200)
    return await expect(second.post(f"{PATH}/{published['id']}/drawing/confirm", json=VALUE), 200)


async def kinds(staff: Client) -> list[str]:
    return [job["kind"] for job in (await expect(staff.get("/v1/staff/jobs?limit=100"), 200))["data"]]


async def events(staff: Client, assembly: dict[str, Any]) -> list[str]:
    found = await expect(staff.get(f"/v1/staff/trail?audit_id={assembly['id']}"), 200)
    return [event["event"] for event in found["data"]]


class TestTheJourney:
    async def test_from_a_plan_with_members_to_an_assembly_that_begins(
        self, staff: Client, second: Client, databases: Databases, clock: Clock, house: Convening
    ) -> None:
        await house.members(120)
        made = await expect(staff.post(PATH, json=plan(clock)), 201)
        at = f"{PATH}/{made['id']}"
        asked = await expect(staff.post(f"{at}/recruit", json={}), 200)
        assert (asked["state"], asked["asked"]) == ("recruiting", 120)
        stored = await house.now(_as(made))
        for token in (await house.tokens(stored))[:60]:
            await house.say(token)
        assert (await expect(staff.get(at), 200))["volunteers"] == 60
        assert (await expect(staff.post(f"{at}/close-pool"), 200))["volunteers"] == 60
        solving_now = await expect(staff.post(f"{at}/solve"), 202)
        assert solving_now["state"] == "solving"
        await solve(databases, clock, made)
        solved = await expect(staff.get(at), 200)
        assert solved["fairness"]["people"] == 60
        await expect(staff.post(f"{at}/publish"), 200)
        clock.pass_days(31)
        await expect(staff.post(f"{at}/drawing", json=VALUE), 200)
        drawn = await expect(second.post(f"{at}/drawing/confirm", json=VALUE), 200)
        assert drawn["seats"] == {"offered": 10}
        assert hashlib.sha256(drawn["drawing"]["seed"].encode()).hexdigest() == made["seed_commitment"]
        seats = (await expect(staff.get(f"{at}/seats"), 200))["data"]
        gone, *staying = [seat["id"] for seat in seats]
        await expect(staff.post(f"{at}/seats/{gone}/decline", json={"why": "by telephone"}), 200)
        for seat in staying:
            await expect(staff.post(f"{at}/seats/{seat}/confirm"), 200)
        again = await expect(staff.post(f"{at}/replace", json={"randomness": number(clock)}), 200)
        assert (again["state"], again["round"]) == ("pool_closed", 2)
        await expect(staff.post(f"{at}/solve"), 202)
        await solve(databases, clock, made)
        await expect(staff.post(f"{at}/publish"), 200)
        clock.pass_days(31)
        await expect(second.post(f"{at}/drawing", json=VALUE), 200)
        full = await expect(staff.post(f"{at}/drawing/confirm", json=VALUE), 200)
        assert full["seats"] == {"offered": 1, "confirmed": 9, "declined": 1}
        last = next(s for s in (await expect(staff.get(f"{at}/seats"), 200))["data"] if s["state"] == "offered")
        await expect(staff.post(f"{at}/seats/{last['id']}/confirm"), 200)
        assert (await expect(staff.post(f"{at}/seat", json={}), 200))["state"] == "seated"
        assert (await expect(staff.post(f"{at}/end"), 200))["state"] == "ended"
        assert {"assembly.mail", "assembly.solve"} <= set(await kinds(staff))

    async def test_from_a_list_to_a_drawing_that_anybody_can_check(
        self, staff: Client, auditor: Client, drawn: dict[str, Any]
    ) -> None:
        answer = await staff.get(f"{PATH}/{drawn['id']}/lottery")
        file = msgspec.json.decode(answer.content, type=LotteryFile)
        assert file.drawing is not None
        panels, value = len(file.lottery.panels), file.drawing.value
        digest = hashlib.sha256(f"{file.lottery.commitment}|{value}".encode()).digest()
        assert file.drawing.number == 1 + int.from_bytes(digest, "big") % panels
        table = await auditor.get(f"{PATH}/{drawn['id']}/pool-table")
        assert hashlib.sha256(table.content).hexdigest() == file.lottery.pool_hash

    async def test_the_trail_of_an_assembly_can_be_asked_for(self, staff: Client, drawn: dict[str, Any]) -> None:
        found = await events(staff, drawn)
        assert found[0] == "assembly.create"
        assert found[-1] == "assembly.draw"
        assert (await expect(staff.get("/v1/staff/trail/verify"), 200))["intact"]


class TestPlanning:
    async def test_every_fault_of_the_body_comes_back_with_its_place(self, staff: Client, clock: Clock) -> None:
        bad = plan(clock, size=1, panels=3, colour="red", quotas=[{"feature": "sex"}])
        problem = await expect(staff.post(PATH, json=bad), 422)
        places = {error["pointer"] for error in problem["errors"]}
        assert {"/size", "/panels", "/colour", "/quotas/0/value"} <= places

    async def test_every_fault_of_the_plan_comes_back_at_once(self, staff: Client, clock: Clock) -> None:
        sex = [{"feature": "sex", "value": "M", "minimum": 8, "maximum": 2}]
        bad = plan(clock, margins_id="nowhere", quotas=sex, randomness={**number(clock), "address": "ftp://x"})
        problem = await expect(staff.post(PATH, json=bad), 422)
        assert problem["code"] == "assembly_invalid"
        assert {error["code"] for error in problem["errors"]} == {
            "unknown_margins", "minimum_above_maximum", "maxima_below_size", "missing_value", "not_https",
        }  # fmt: skip

    async def test_quotas_follow_from_the_margins(self, staff: Client, clock: Clock, margins: dict[str, Any]) -> None:
        features = [{"feature": "province", "slack": 0.05}, {"feature": "sex_age", "slack": 0.1}]
        wanted = plan(clock, size=40, quotas=[], margins_id=margins["id"], features=features)
        made = await expect(staff.post(PATH, json=wanted), 201)
        utrecht = next(quota for quota in made["quotas"] if quota["value"] == "PV26")
        # 7.64 % of 40 is 3.06 people, with two more or less.
        assert (utrecht["minimum"], utrecht["maximum"]) == (1, 6)
        assert len(made["quotas"]) == 12 + 14

    async def test_the_seed_is_in_no_answer_before_the_drawing(
        self, staff: Client, house: Convening, published: dict[str, Any]
    ) -> None:
        seed = (await house.now(_as(published))).seed
        for path in ("", "/lottery", "/pool-table", "/seats"):
            assert seed not in (await staff.get(f"{PATH}/{published['id']}{path}")).text
        trail = await staff.get(f"/v1/staff/trail?audit_id={published['id']}")
        assert seed not in trail.text

    async def test_a_request_that_is_sent_twice_makes_one_assembly(self, staff: Client, clock: Clock) -> None:
        once = {"Idempotency-Key": "k1"}
        first = await expect(staff.post(PATH, json=plan(clock), headers=once), 201)
        again = await expect(staff.post(PATH, json=plan(clock), headers=once), 201)
        assert first == again
        assert len((await expect(staff.get(PATH), 200))["data"]) == 1

    async def test_assemblies_are_listed_newest_first_by_state(self, staff: Client, clock: Clock) -> None:
        ids = [(await expect(staff.post(PATH, json=plan(clock)), 201))["id"] for _ in range(3)]
        await expect(staff.post(f"{PATH}/{ids[1]}/cancel", json={"reason": "only a trial"}), 200)
        page = await expect(staff.get(f"{PATH}?limit=2"), 200)
        assert [one["id"] for one in page["data"]] == ids[:0:-1]
        rest = await expect(staff.get(f"{PATH}?limit=2&cursor={page['next_cursor']}"), 200)
        assert [one["id"] for one in rest["data"]] == ids[:1]
        drafts = await expect(staff.get(f"{PATH}?state=draft"), 200)
        assert [one["id"] for one in drafts["data"]] == [ids[2], ids[0]]


class TestVolunteers:
    async def test_a_dry_run_takes_nobody_in(self, staff: Client, clock: Clock) -> None:
        made = await expect(staff.post(PATH, json=listed(clock)), 201)
        outcome = await expect(
            staff.post(f"{PATH}/{made['id']}/volunteers?dry_run=true", content=volunteers(), headers=CSV), 200
        )
        assert outcome == {"rows": 40, "volunteers": 40, "households": 0, "dry_run": True}
        assert (await expect(staff.get(f"{PATH}/{made['id']}"), 200))["state"] == "draft"

    @pytest.mark.parametrize(
        ("content", "codes"),
        [
            (b"id,wijk\n=1+1,Oost\n", {"formula"}),
            (b"id,wijk\nv1,Noord\nv1,Oost\n,West\n", {"unknown_value", "missing"}),
            (b"naam\nJan\n", {"missing_column"}),
            (b"\xff\xfe\x00\x00", {"nul"}),
        ],
    )
    async def test_a_list_with_faults_is_refused_with_all_of_them(
        self, staff: Client, clock: Clock, content: bytes, codes: set[str]
    ) -> None:
        made = await expect(staff.post(PATH, json=listed(clock)), 201)
        problem = await expect(staff.post(f"{PATH}/{made['id']}/volunteers", content=content, headers=CSV), 422)
        assert problem["code"] == "volunteers_invalid"
        assert {error["code"] for error in problem["errors"]} == codes

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
    async def test_old_encodings_are_read(self, staff: Client, clock: Clock, encoding: str) -> None:
        quotas = [{"feature": "wijk", "value": value, "minimum": 0, "maximum": 6} for value in ("Één", "Twee")]
        made = await expect(staff.post(PATH, json=plan(clock, pool="file", size=6, quotas=quotas)), 201)
        content = "\n".join(["id;wijk", *(f"v{n};{('Één', 'Twee')[n % 2]}" for n in range(8))]).encode(encoding)
        headers = {"Content-Type": f"text/csv; charset={encoding}"}
        answer = staff.post(f"{PATH}/{made['id']}/volunteers", content=content, headers=headers)
        assert (await expect(answer, 200))["volunteers"] == 8

    async def test_json_is_no_list(self, staff: Client, clock: Clock) -> None:
        made = await expect(staff.post(PATH, json=listed(clock)), 201)
        await expect(staff.post(f"{PATH}/{made['id']}/volunteers", json={"id": 1}), 415)


class TestAPublicLottery:
    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("solve", None),
            ("publish", None),
            ("close-pool", None),
            ("quotas", {"quotas": [], "why": "no quotas any more"}),
            ("relax", {"why": "something else"}),
        ],
    )
    async def test_an_attempt_to_change_it_is_refused_and_noted(
        self, staff: Client, published: dict[str, Any], path: str, body: Any
    ) -> None:
        problem = await expect(staff.post(f"{PATH}/{published['id']}/{path}", json=body), 409)
        assert problem["code"] == "lottery_published"
        assert (await events(staff, published))[-1] == "assembly.refused"
        assert (await expect(staff.get("/v1/staff/trail/verify"), 200))["intact"]

    async def test_a_second_drawing_is_refused_and_noted(
        self, staff: Client, second: Client, drawn: dict[str, Any]
    ) -> None:
        other = {"value": "1-2-3"}
        await expect(staff.post(f"{PATH}/{drawn['id']}/drawing", json=other), 409)
        await expect(second.post(f"{PATH}/{drawn['id']}/drawing/confirm", json=other), 409)
        assert (await events(staff, drawn))[-2:] == ["assembly.refused", "assembly.refused"]
        assert (await expect(staff.get(f"{PATH}/{drawn['id']}"), 200))["drawing"] == drawn["drawing"]

    async def test_the_number_is_refused_before_it_is_known(self, staff: Client, published: dict[str, Any]) -> None:
        problem = await expect(staff.post(f"{PATH}/{published['id']}/drawing", json=VALUE), 422)
        assert [error["code"] for error in problem["errors"]] == ["too_early"]

    async def test_the_same_key_cannot_confirm_what_it_entered(
        self, staff: Client, clock: Clock, published: dict[str, Any]
    ) -> None:
        clock.pass_days(31)
        await expect(staff.post(f"{PATH}/{published['id']}/drawing", json=VALUE), 200)
        problem = await expect(staff.post(f"{PATH}/{published['id']}/drawing/confirm", json=VALUE), 422)
        assert [error["code"] for error in problem["errors"]] == ["same_person"]

    async def test_before_publication_there_is_nothing_to_read(self, staff: Client, closed: dict[str, Any]) -> None:
        for path in ("lottery", "pool-table"):
            await expect(staff.get(f"{PATH}/{closed['id']}/{path}"), 409)


async def test_what_does_not_exist_is_not_found(staff: Client) -> None:
    nowhere = f"{PATH}/01234567-89ab-cdef-0123-456789abcdef"
    for path in ("", "/lottery", "/pool-table", "/seats"):
        await expect(staff.get(nowhere + path), 404)
    for path in ("close-pool", "solve", "publish", "end"):
        assert (await expect(staff.post(f"{nowhere}/{path}"), 404))["code"] == "assembly_unknown"


async def test_a_member_seats_list_shows_tickets_and_never_a_person(staff: Client, drawn: dict[str, Any]) -> None:
    seats = (await expect(staff.get(f"{PATH}/{drawn['id']}/seats"), 200))["data"]
    assert len(seats) == 6
    assert {len(seat["features"]) for seat in seats} == {1}
    assert all(seat["ticket"] and seat["reference"].startswith("v") for seat in seats)
    nobody = await expect(staff.post(f"{PATH}/{drawn['id']}/seats/{drawn['id']}/confirm"), 404)
    assert nobody["code"] == "seat_unknown"


def _as(assembly: dict[str, Any]) -> Any:
    """The id of an answer, as the helper takes it."""
    return SimpleNamespace(id=UUID(assembly["id"]))
