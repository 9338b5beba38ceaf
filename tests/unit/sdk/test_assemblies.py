"""Assemblies through the SDK: every method asks for the right thing, in both clients."""

import inspect
import json
from datetime import UTC, datetime

import msgspec
import pytest
from samenspraak import WaitTimedOut
from samenspraak.types.assembly import AssemblyRequest, QuotaRequest, RandomnessRequest, RecruitRequest
from samenspraak.types.base import Localised

KNOWN = "2026-11-28T21:00:00Z"
RANDOMNESS = {"source": "Lotto", "address": "", "known_from": KNOWN}
ASSEMBLY = {
    "id": "b1",
    "title": {"nl": "Burgerberaad", "en": "Assembly"},
    "organiser": "Gemeente",
    "purpose": {"nl": "Praten over AI.", "en": "Talking about AI."},
    "state": "draft",
    "size": 40,
    "sample_kind": "opt_in_panel",
    "pool": "members",
    "margins_id": None,
    "quotas": [],
    "one_per_household": False,
    "algorithm": "leximin",
    "panels": 1000,
    "round": 1,
    "randomness": RANDOMNESS,
    "seed_commitment": "c" * 64,
    "asked": 0,
    "volunteers": 0,
    "declined": 0,
    "created_at": "2026-11-24T09:00:00Z",
}
LOTTERY = {
    "lottery": {
        "assembly_id": "b1",
        "title": "Burgerberaad",
        "sample_kind": "opt_in_panel",
        "rules": {
            "size": 1,
            "panels": 1,
            "quotas": [],
            "one_per_household": False,
            "algorithm": "leximin",
            "seed_commitment": "c" * 64,
        },
        "randomness": RANDOMNESS,
        "tickets": ["7KQ4-M2XP"],
        "pool_hash": "d" * 64,
        "panels": [[0]],
        "published_at": "2026-11-24T09:00:00Z",
        "commitment": "e" * 64,
    },
    "drawing": None,
}
OUTCOME = {"rows": 2, "volunteers": 2, "households": 0, "dry_run": True}
SEAT = {"id": "s1", "ticket": "7KQ4-M2XP", "state": "offered", "round": 1, "chance": 0.1}
NUMBER = RandomnessRequest(source="Lotto", known_from=datetime(2026, 11, 28, 21, tzinfo=UTC))
REQUEST = AssemblyRequest(
    title=Localised(nl="Burgerberaad", en="Assembly"),
    organiser="Gemeente",
    purpose=Localised(nl="Praten over AI.", en="Talking about AI."),
    size=40,
    randomness=NUMBER,
)
PLANNED = json.loads(msgspec.json.encode(REQUEST))
AT = "/v1/staff/assemblies/b1"
RESERVE = {"people": [], "without": 3.1, "expected": 1.2, "error": 0.1, "scenarios": 400}
QUOTA = QuotaRequest(feature="sex", value="M", minimum=18, maximum=22)

ROUTES = [
    ("create", (REQUEST,), {}, ASSEMBLY, "POST /v1/staff/assemblies", PLANNED),
    ("get", ("b1",), {}, ASSEMBLY, f"GET {AT}", None),
    ("recruit", ("b1",), {}, ASSEMBLY, f"POST {AT}/recruit", {"sample": None, "answer_by": None}),
    ("recruit", ("b1", RecruitRequest(sample=9)), {}, ASSEMBLY, f"POST {AT}/recruit", {"sample": 9, "answer_by": None}),
    ("close_pool", ("b1",), {}, ASSEMBLY, f"POST {AT}/close-pool", None),
    (
        "change_quotas",
        ("b1", [QUOTA]),
        {"why": "fairer"},
        ASSEMBLY,
        f"POST {AT}/quotas",
        {"quotas": [{"feature": "sex", "value": "M", "minimum": 18, "maximum": 22}], "why": "fairer"},
    ),
    ("relax", ("b1",), {"why": "no time"}, ASSEMBLY, f"POST {AT}/relax", {"why": "no time"}),
    ("name_randomness", ("b1", NUMBER), {}, ASSEMBLY, f"POST {AT}/randomness", RANDOMNESS),
    ("solve", ("b1",), {}, ASSEMBLY, f"POST {AT}/solve", None),
    ("publish", ("b1",), {}, ASSEMBLY, f"POST {AT}/publish", None),
    ("lottery", ("b1",), {}, LOTTERY, f"GET {AT}/lottery", None),
    ("lottery", ("b1",), {"round": 2}, LOTTERY, f"GET {AT}/lottery?round=2", None),
    ("weights", ("b1",), {}, {"seats": [], "joint": [], "joint_method": "hajek"}, f"GET {AT}/weights", None),
    ("reserve", ("b1",), {"count": 3}, RESERVE, f"GET {AT}/reserve?count=3&expected=0.2", None),
    (
        "stand_in",
        ("b1", ["s1"]),
        {"why": "Two fell ill."},
        ASSEMBLY,
        f"POST {AT}/stand-ins",
        {"people": ["s1"], "why": "Two fell ill."},
    ),
    ("pool_table", ("b1",), {}, b"{}", f"GET {AT}/pool-table", None),
    ("enter_value", ("b1", "1-2-3"), {}, ASSEMBLY, f"POST {AT}/drawing", {"value": "1-2-3"}),
    ("confirm_value", ("b1", "1-2-3"), {}, ASSEMBLY, f"POST {AT}/drawing/confirm", {"value": "1-2-3"}),
    ("confirm_seat", ("b1", "s1"), {}, ASSEMBLY, f"POST {AT}/seats/s1/confirm", None),
    ("decline_seat", ("b1", "s1"), {"why": "called"}, ASSEMBLY, f"POST {AT}/seats/s1/decline", {"why": "called"}),
    ("replace", ("b1", NUMBER), {}, ASSEMBLY, f"POST {AT}/replace", {"randomness": RANDOMNESS}),
    ("seat", ("b1",), {}, ASSEMBLY, f"POST {AT}/seat", {"accept_fewer": ""}),
    ("end", ("b1",), {}, ASSEMBLY, f"POST {AT}/end", None),
    ("cancel", ("b1", "no money"), {}, ASSEMBLY, f"POST {AT}/cancel", {"reason": "no money"}),
]
NAMES = [f"{name}-{number}" for number, (name, *_) in enumerate(ROUTES)]


def check(asked, route, body):
    assert f"{asked.method} {asked.url.raw_path.decode()}" == route
    assert (json.loads(asked.content) if asked.content else None) == body
    assert ("idempotency-key" in asked.headers) == (asked.method == "POST")


@pytest.mark.parametrize(("name", "args", "options", "answer", "route", "body"), ROUTES, ids=NAMES)
def test_blocking_client_asks_for(client, service, name, args, options, answer, route, body):
    service.answers(answer)
    getattr(client.staff.assemblies, name)(*args, **options)
    check(service.last, route, body)


@pytest.mark.parametrize(("name", "args", "options", "answer", "route", "body"), ROUTES, ids=NAMES)
async def test_asyncio_client_asks_for(async_client, service, name, args, options, answer, route, body):
    service.answers(answer)
    result = getattr(async_client.staff.assemblies, name)(*args, **options)
    assert inspect.isawaitable(result)
    await result
    check(service.last, route, body)


def test_every_method_is_asked(client):
    public = {name for name in dir(client.staff.assemblies) if not name.startswith("_")}
    assert public - {name for name, *_ in ROUTES} == {"list", "load_volunteers", "seats", "solved"}


def test_a_list_of_volunteers_travels_as_csv(client, service):
    service.answers(OUTCOME)
    assert client.staff.assemblies.load_volunteers("b1", "id,wijk\nv1,Oost\n", dry_run=True).volunteers == 2
    assert str(service.last.url).endswith(f"{AT}/volunteers?dry_run=true")
    assert service.last.headers["content-type"].startswith("text/csv")


def test_old_bytes_travel_as_they_are(client, service):
    service.answers(OUTCOME)
    content = "id,wijk\nv1,Één\n".encode("latin-1")
    client.staff.assemblies.load_volunteers("b1", content)
    assert service.last.content == content


def test_assemblies_are_a_list(client, service):
    service.answers({"data": [ASSEMBLY], "has_more": False})
    assert [one.id for one in client.staff.assemblies.list(state="draft")] == ["b1"]
    assert service.last.url.raw_path.decode() == "/v1/staff/assemblies?state=draft&limit=50"


def test_seats_are_a_list(client, service):
    service.answers({"data": [SEAT], "has_more": False})
    assert [one.ticket for one in client.staff.assemblies.seats("b1")] == ["7KQ4-M2XP"]


def test_a_calculation_is_awaited(client, service):
    service.answers({**ASSEMBLY, "state": "solving"}).answers({**ASSEMBLY, "state": "solved"})
    assert client.staff.assemblies.solved("b1").state == "solved"
    assert len(service.slept) == 1


def test_a_calculation_that_takes_too_long_is_given_up(client, service):
    for _ in range(9):
        service.answers({**ASSEMBLY, "state": "solving"})
    with pytest.raises(WaitTimedOut):
        client.staff.assemblies.solved("b1", timeout=5)
