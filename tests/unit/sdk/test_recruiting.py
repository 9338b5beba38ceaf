"""Recruiting through the SDK: each call asks for what the API offers."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from samenspraak.types.joining import CodeBatchRequest, ImportMapping

NOW = "2026-11-24T09:00:00Z"
BATCH = {
    "id": "b1",
    "name": "brief",
    "kind": "probability",
    "probability": 0.001,
    "source": "lijst",
    "legal_basis": "besluit",
    "sent": 10,
    "used": 2,
    "response_rate": 0.2,
    "created_at": NOW,
    "expires_at": NOW,
}
TABLE = {
    "id": "t1",
    "version": "2026",
    "source": "CBS",
    "provenance": "read",
    "content_hash": "0",
    "postcodes": 1,
    "imported_at": NOW,
}
FLAG = {
    "id": "f1",
    "member_id": "m1",
    "member_status": "active",
    "kind": "profile_twin",
    "evidence": {"others": 1},
    "raised_at": NOW,
}
COUNTS = {"members": 1, "open": {"profile_twin": 1}, "decided": {"keep": 0}}
MERGED = {
    "id": "g1",
    "kept": "m1",
    "duplicate": "m2",
    "participations": 1,
    "consents": 2,
    "invitations": 0,
    "overlapping": 0,
    "merged_at": NOW,
}
PANEL = "/v1/staff/panel"
ROUTES = [
    ("batch", ("b1",), {}, BATCH, f"GET {PANEL}/code-batches/b1", None),
    ("end_batch", ("b1",), {}, BATCH, f"POST {PANEL}/code-batches/b1/end", None),
    ("flag_counts", (), {}, COUNTS, f"GET {PANEL}/flags/counts", None),
    (
        "decide",
        ("f1", "keep", "gezien"),
        {},
        FLAG,
        f"PUT {PANEL}/flags/f1/decision",
        {"decision": "keep", "reason": "gezien"},
    ),
    (
        "merge",
        ("m1", "m2"),
        {"reason": "belde"},
        MERGED,
        f"POST {PANEL}/merges",
        {"first": "m1", "second": "m2", "reason": "belde"},
    ),
]


@pytest.mark.parametrize(("name", "args", "named", "answer", "route", "body"), ROUTES, ids=[row[0] for row in ROUTES])
def test_asks_for(client, service, name, args, named, answer, route, body):
    service.answers(answer)
    result = getattr(client.staff.recruiting, name)(*args, **named)
    assert isinstance(result, msgspec.Struct)
    assert f"{service.last.method} {service.last.url.raw_path.decode()}" == route
    assert (json.loads(service.last.content) if service.last.content else None) == body


@pytest.mark.parametrize(
    ("name", "answer", "route"),
    [
        ("batches", BATCH, f"{PANEL}/code-batches?limit=50"),
        ("postcode_tables", TABLE, f"{PANEL}/postcodes?limit=50"),
        ("flags", FLAG, f"{PANEL}/flags?state=open&limit=50"),
    ],
)
def test_lists(client, service, name, answer, route):
    service.answers({"data": [answer], "has_more": False})
    assert len(getattr(client.staff.recruiting, name)().collect()) == 1
    assert service.last.url.raw_path.decode() == route


def test_codes_come_with_the_list_for_the_printer(client, service):
    service.answers({"batch": BATCH, "csv": "number,code,link\n"}, 201)
    request = CodeBatchRequest(
        name="brief",
        probability=0.001,
        source="lijst",
        legal_basis="besluit van de raad",
        size=10,
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert client.staff.recruiting.issue_codes(request).csv.startswith("number")
    assert json.loads(service.last.content)["legal_basis"] == "besluit van de raad"


def test_postcodes_travel_as_csv_with_their_source(client, service):
    service.answers(TABLE, 201)
    client.staff.recruiting.load_postcodes("pc4\n", version="2026", source="CBS")
    assert str(service.last.url).endswith("/postcodes?version=2026&source=CBS&provenance=read")
    assert service.last.content == b"pc4\n"


def test_a_mapping_travels_beside_the_file(client, service):
    service.answers({"id": "i1", "state": "queued"}, 202)
    mapping = ImportMapping(columns={"E-mail": "email"}, others="ignore")
    client.staff.panel.start_import("E-mail\n", mapping=mapping)
    sent = dict(service.last.url.params)
    assert msgspec.json.decode(sent["mapping"], type=ImportMapping) == mapping
