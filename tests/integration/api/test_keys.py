"""Keys: shown once, kept as a hash, ended at once; and who may do what."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from service import auth
from service.context import Context
from service.db import Databases, role_dsn
from tests.integration.api.harness import Client, Clock, expect, issue


class TestIssueKey:
    async def test_an_issued_key_works_and_only_its_hash_is_stored(
        self, app: Litestar, staff: Client, organisation_id: UUID, databases: Databases
    ) -> None:
        issued = await expect(
            staff.post(f"/v1/staff/organisations/{organisation_id}/keys", json={"role": "developer"}), 201
        )
        assert auth.well_formed(issued["key"])
        async with Client(app, issued["key"]) as client:
            await expect(client.get("/v1/audits"), 200)
        async with databases.api.reading() as conn:
            rows = await conn.fetch("SELECT k::text AS line FROM ops.api_key AS k")
            kept = await conn.fetch("SELECT i::text AS line FROM ops.idempotency AS i")
        everything = "".join(row["line"] for row in [*rows, *kept])
        assert issued["key"] not in everything
        assert issued["key"].encode().hex() not in everything
        assert auth.secret_hash(issued["key"]).hex() in everything

    async def test_a_repeated_request_gives_the_same_key_and_stores_it_unreadable(
        self, staff: Client, organisation_id: UUID, databases: Databases
    ) -> None:
        path, key = f"/v1/staff/organisations/{organisation_id}/keys", {"Idempotency-Key": "key-1"}
        first = await expect(staff.post(path, json={"role": "developer"}, headers=key), 201)
        assert await expect(staff.post(path, json={"role": "developer"}, headers=key), 201) == first
        async with databases.api.reading() as conn:
            body = await conn.fetchval("SELECT body FROM ops.idempotency WHERE key = 'key-1'")
        assert first["key"].encode() not in body
        assert b"smsp_live_" not in body

    async def test_staff_keys_belong_to_no_organisation(self, staff: Client, organisation_id: UUID) -> None:
        problem = await expect(
            staff.post(f"/v1/staff/organisations/{organisation_id}/keys", json={"role": "staff"}), 422
        )
        assert problem["errors"][0]["pointer"] == "/role"
        await expect(staff.post("/v1/staff/keys", json={"role": "developer"}), 422)
        auditor = await expect(staff.post("/v1/staff/keys", json={"role": "auditor", "expires_in_days": 30}), 201)
        assert (auditor["role"], auditor["expires_at"]) == ("auditor", "2026-12-24T09:00:00Z")

    async def test_a_scope_that_the_role_cannot_have_is_a_fault(self, staff: Client, organisation_id: UUID) -> None:
        problem = await expect(
            staff.post(
                f"/v1/staff/organisations/{organisation_id}/keys",
                json={"role": "developer", "scopes": ["audits:read", "staff:trail"]},
            ),
            422,
        )
        assert [fault["pointer"] for fault in problem["errors"]] == ["/scopes/1"]

    async def test_an_unknown_organisation_gets_no_key(self, staff: Client) -> None:
        path = "/v1/staff/organisations/019ab000-0000-7000-8000-000000000000/keys"
        problem = await expect(staff.post(path, json={"role": "developer"}), 404)
        assert problem["code"] == "organisation_unknown"


class TestUseKey:
    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "Bearer",
            "Bearer ",
            "Bearer x",
            "Basic smsp_live_x",
            "Bearer smsp_live_" + "0" * 43 + "_000000",
            "Bearer " + auth.new_secret(lambda size: b"\1" * size),
        ],
    )
    async def test_whatever_is_no_valid_key_looks_alike(self, anyone: Client, header: str | None) -> None:
        headers = {} if header is None else {"Authorization": header}
        answer = await anyone.get("/v1/audits", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"

    async def test_a_revoked_key_stops_at_once(
        self, app: Litestar, staff: Client, context: Context, organisation_id: UUID
    ) -> None:
        issued = await expect(
            staff.post(f"/v1/staff/organisations/{organisation_id}/keys", json={"role": "developer"}), 201
        )
        async with Client(app, issued["key"]) as client:
            await expect(client.get("/v1/audits"), 200)
            for _ in range(2):
                assert (await staff.delete(f"/v1/staff/keys/{issued['id']}")).status_code == 204
            await expect(client.get("/v1/audits"), 401)
        await expect(staff.delete("/v1/staff/keys/019ab000-0000-7000-8000-000000000000"), 404)

    async def test_an_expired_key_stops(
        self, app: Litestar, context: Context, organisation_id: UUID, clock: Clock
    ) -> None:
        secret = await issue(context, "developer", organisation_id, expires_in_days=1)
        async with Client(app, secret) as client:
            await expect(client.get("/v1/audits"), 200)
            clock.pass_days(1)
            await expect(client.get("/v1/audits"), 401)

    async def test_a_key_without_the_scope_is_refused(
        self, app: Litestar, context: Context, organisation_id: UUID
    ) -> None:
        secret = await issue(context, "developer", organisation_id, scopes=("audits:read",))
        async with Client(app, secret) as client:
            await expect(client.get("/v1/audits"), 200)
            await expect(client.get("/v1/applications"), 403)

    async def test_the_last_use_is_noted_by_the_hour(
        self, app: Litestar, context: Context, organisation_id: UUID, clock: Clock, databases: Databases
    ) -> None:
        async def noted() -> Any:
            async with databases.api.reading() as conn:
                return await conn.fetchval("SELECT last_used_at FROM ops.api_key WHERE role = 'developer'")

        async with Client(app, await issue(context, "developer", organisation_id)) as client:
            await client.get("/v1/audits")
            first = await noted()
            clock.pass_days(0.5 / 24)
            await client.get("/v1/audits")
            assert await noted() == first == clock.now.replace(hour=9, minute=0)
            clock.pass_days(1 / 24)
            await client.get("/v1/audits")
            assert await noted() == clock.now


class TestTrail:
    async def test_the_trail_holds_and_shows_who_did_what(self, staff: Client, in_review: dict[str, Any]) -> None:
        events = (await expect(staff.get(f"/v1/staff/trail?audit_id={in_review['id']}"), 200))["data"]
        assert [event["event"] for event in events] == ["audit.create", "audit.submit", "audit.start_review"]
        assert [event["actor"].partition(":")[0] for event in events] == ["developer", "developer", "staff"]
        check = await expect(staff.get("/v1/staff/trail/verify"), 200)
        assert (check["intact"], check["first_broken"]) == (True, None)

    async def test_a_changed_event_is_found(
        self, staff: Client, in_review: dict[str, Any], database_settings: Any
    ) -> None:
        owner = await asyncpg.connect(role_dsn(database_settings, "owner"))
        await owner.execute("UPDATE ops.trail SET actor = 'nobody' WHERE number = 2")
        await owner.close()
        check = await expect(staff.get("/v1/staff/trail/verify"), 200)
        assert (check["intact"], check["first_broken"]) == (False, 2)

    async def test_a_cut_off_end_is_found(
        self, staff: Client, in_review: dict[str, Any], database_settings: Any
    ) -> None:
        owner = await asyncpg.connect(role_dsn(database_settings, "owner"))
        last = await owner.fetchval(
            "DELETE FROM ops.trail WHERE number = (SELECT max(number) FROM ops.trail) RETURNING 1"
        )
        await owner.close()
        assert last == 1
        assert (await expect(staff.get("/v1/staff/trail/verify"), 200))["intact"] is False

    async def test_neither_the_api_nor_the_worker_may_change_an_event(
        self, in_review: dict[str, Any], databases: Databases
    ) -> None:
        for database in (databases.api, databases.worker):
            for statement in ("UPDATE ops.trail SET actor = 'x'", "DELETE FROM ops.trail"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with database.transaction() as conn:
                        await conn.execute(statement)
