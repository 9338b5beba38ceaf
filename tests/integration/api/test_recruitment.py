"""Files, letters, flags and doubles as staff handle them over HTTP."""

import json
from datetime import timedelta
from typing import Any

import pytest

from panels.joining import imports
from service.context import Context
from service.db import Databases
from tests.integration.api.harness import Client, expect, member_file

CSV = {"Content-Type": "text/csv"}
POSTCODES = "/v1/staff/panel/postcodes?version=2026&source=a%20table&provenance=read"
TABLE = b"pc4,municipality,province,urbanity\n3511,GM0344,PV26,1"
HEADER = "email,birth_year,sex,province,education,language,consent_version,consent_at"
ROW = "{},1980,V,PV26,3,nl,2026-11-1,2026-11-20"


async def imported(staff: Client, context: Context, databases: Databases, content: bytes, **query: str) -> Any:
    """Hand a file in and carry the job out."""
    ticket = await expect(
        staff.post("/v1/staff/panel/imports", params={"kind": "simulated", **query}, content=content, headers=CSV), 202
    )
    address = f"/v1/staff/panel/imports/{ticket['id']}"
    await expect(staff.get(address), 202)
    async with databases.vault.transaction() as conn:
        await imports.run_import(
            conn,
            import_id=ticket["id"],
            address_key=context.keys.address_key,
            link_key=context.keys.link_key,
            now=context.now(),
            new_id=context.new_id,
        )
    return await expect(staff.get(address), 200)


def batch(context: Context, **changes: Any) -> dict[str, Any]:
    return {
        "name": "voorjaar",
        "probability": 0.001,
        "source": "BRP-steekproef",
        "legal_basis": "besluit van 1 oktober 2026",
        "size": 3,
        "expires_at": (context.now() + timedelta(days=30)).isoformat(),
        **changes,
    }


class TestImport:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
    async def test_a_file_with_other_names_and_words_is_read_as_mapped(
        self, staff: Client, context: Context, databases: Databases, encoding: str
    ) -> None:
        text = f"{HEADER};opmerking\n{ROW.format('a@voorbeeld.nl')};café".replace(",", ";")
        text = text.replace("email", "E-mail").replace(";V;", ";vrouw;")
        mapping = {"columns": {"E-mail": "email"}, "values": {"sex": {"vrouw": "V"}}, "others": "ignore"}
        outcome = await imported(staff, context, databases, text.encode(encoding), mapping=json.dumps(mapping))
        assert (outcome["imported"], outcome["faults"]) == (1, [])
        assert outcome["delimiter"] == ";"
        assert outcome["encoding"] == {"utf-8": "utf-8", "utf-16": "utf-16", "cp1252": "windows-1252"}[encoding]

    @pytest.mark.parametrize(
        ("mapping", "pointer"),
        [
            ("{", "query/mapping"),
            ('{"colums": {}}', "query/mapping/colums"),
            ('{"columns": {"a": 1}}', "query/mapping/columns/a"),
            ('{"columns": {"a": "b"}}', "mapping/columns/a"),
            ('{"values": {"email": {}}}', "mapping/values/email"),
        ],
    )
    async def test_a_mapping_that_leads_nowhere_is_refused_before_anything_is_kept(
        self, staff: Client, databases: Databases, mapping: str, pointer: str
    ) -> None:
        problem = await expect(
            staff.post("/v1/staff/panel/imports", params={"mapping": mapping}, content=member_file(1), headers=CSV), 422
        )
        assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
        async with databases.vault.reading() as conn:
            assert await conn.fetchval("SELECT count(*) FROM vault.import") == 0

    async def test_another_content_type_is_refused(self, staff: Client) -> None:
        await expect(staff.post("/v1/staff/panel/imports", json={}), 415)


class TestPostcodes:
    async def test_a_table_is_loaded_once_and_listed(self, staff: Client) -> None:
        table = await expect(staff.post(POSTCODES, content=TABLE, headers=CSV), 201)
        again = await expect(staff.post(POSTCODES, content=TABLE, headers=CSV), 201)
        listed = await expect(staff.get("/v1/staff/panel/postcodes"), 200)
        assert (table["postcodes"], again["id"]) == (1, table["id"])
        assert [entry["id"] for entry in listed["data"]] == [table["id"]]

    async def test_every_fault_is_named_by_row_and_column(self, staff: Client) -> None:
        content = b"pc4,municipality,province,urbanity\n0511,GM0344,PV26,1\n3511,GM1,PV26,9"
        problem = await expect(staff.post(POSTCODES, content=content, headers=CSV), 422)
        assert [fault["pointer"] for fault in problem["errors"]] == [
            "row/1/column/pc4",
            "row/2/column/municipality",
            "row/2/column/urbanity",
        ]


class TestCodes:
    async def test_codes_are_shown_once_and_counted_from_then_on(self, staff: Client, context: Context) -> None:
        made = await expect(staff.post("/v1/staff/panel/code-batches", json=batch(context)), 201)
        assert len(made["csv"].splitlines()) == 4
        listed = await expect(staff.get("/v1/staff/panel/code-batches"), 200)
        one = await expect(staff.get(f"/v1/staff/panel/code-batches/{made['batch']['id']}"), 200)
        assert listed["data"] == [one] == [made["batch"]]
        assert (one["sent"], one["used"], one["response_rate"]) == (3, 0, 0.0)
        assert "csv" not in one

    @pytest.mark.parametrize("missing", ["legal_basis", "source", "expires_at", "size"])
    async def test_nothing_is_made_without_its_grounds(self, staff: Client, context: Context, missing: str) -> None:
        body = {name: value for name, value in batch(context).items() if name != missing}
        problem = await expect(staff.post("/v1/staff/panel/code-batches", json=body), 422)
        assert [fault["pointer"] for fault in problem["errors"]] == [f"/{missing}"]

    async def test_ending_a_batch_twice_does_no_harm(self, staff: Client, context: Context) -> None:
        made = await expect(staff.post("/v1/staff/panel/code-batches", json=batch(context)), 201)
        address = f"/v1/staff/panel/code-batches/{made['batch']['id']}/end"
        ended = [await expect(staff.post(address), 200) for _ in range(2)]
        assert ended[0]["ended_at"] == ended[1]["ended_at"] is not None


class TestFlagsAndDoubles:
    async def twins(self, staff: Client, context: Context, databases: Databases) -> list[dict[str, Any]]:
        await expect(staff.post(POSTCODES, content=TABLE, headers=CSV), 201)
        rows = [f"{ROW.format(f'lid{n}@voorbeeld.nl')},3511AB,12" for n in range(2)]
        content = "\n".join([f"{HEADER},postcode,house_number", *rows]).encode()
        assert (await imported(staff, context, databases, content))["flagged"] == 2
        found = await expect(staff.get("/v1/staff/panel/flags"), 200)
        return list(found["data"])

    async def test_flags_are_listed_counted_and_decided(
        self, staff: Client, context: Context, databases: Databases
    ) -> None:
        flags = await self.twins(staff, context, databases)
        assert {flag["kind"] for flag in flags} == {"profile_twin"}
        body = {"decision": "pause", "reason": "belt niet terug"}
        decided = await expect(staff.put(f"/v1/staff/panel/flags/{flags[0]['id']}/decision", json=body), 200)
        assert (decided["decision"], decided["member_status"]) == ("pause", "paused")
        counts = await expect(staff.get("/v1/staff/panel/flags/counts"), 200)
        assert (counts["members"], counts["open"]["profile_twin"], counts["decided"]["pause"]) == (1, 1, 1)
        done = await expect(staff.get("/v1/staff/panel/flags?state=decided"), 200)
        assert [flag["id"] for flag in done["data"]] == [flags[0]["id"]]

    async def test_two_members_become_one_with_a_trail_that_names_neither(
        self, staff: Client, context: Context, databases: Databases
    ) -> None:
        ids = [flag["member_id"] for flag in await self.twins(staff, context, databases)]
        body = {"first": ids[0], "second": ids[1], "reason": "dezelfde persoon"}
        merged = await expect(staff.post("/v1/staff/panel/merges", json=body), 201)
        assert {merged["kept"], merged["duplicate"]} == set(ids)
        await expect(staff.post("/v1/staff/panel/merges", json=body), 409)
        trail = await expect(staff.get("/v1/staff/trail"), 200)
        assert "members.merge" in [event["event"] for event in trail["data"]]
        assert not any(id in json.dumps(trail) for id in ids)

    async def test_ids_that_are_none_are_told_by_field(self, staff: Client) -> None:
        problem = await expect(
            staff.post("/v1/staff/panel/merges", json={"first": "x", "second": "y", "reason": "zomaar"}), 422
        )
        assert [fault["pointer"] for fault in problem["errors"]] == ["/first", "/second"]
