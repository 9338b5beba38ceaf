"""A POST that is sent twice takes effect once."""

import asyncio
from typing import Any

import pytest
from litestar import Litestar

from service.context import Context
from service.db import Databases
from tests.integration.api.harness import Client, Clock, example, expect, issue


async def versions(client: Client) -> int:
    return len((await expect(client.get("/v1/applications?limit=100"), 200))["data"])


class TestRepeat:
    async def test_the_answer_is_repeated_byte_for_byte_and_says_so(self, developer: Client) -> None:
        key = {"Idempotency-Key": "a"}
        first = await developer.post("/v1/applications", json=example(), headers=key)
        again = await developer.post("/v1/applications", json=example(), headers=key)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.content == first.content
        assert again.headers["location"] == first.headers["location"]
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        assert await versions(developer) == 1

    async def test_thirty_at_once_take_effect_once(self, developer: Client) -> None:
        key = {"Idempotency-Key": "crowd"}

        async def send() -> Any:
            for _ in range(20):
                answer = await developer.post("/v1/applications", json=example(), headers=key)
                if answer.status_code not in (409, 503):
                    return answer
                assert int(answer.headers["retry-after"]) >= 1
                await asyncio.sleep(0.1)
            raise AssertionError("never answered")

        answers = await asyncio.gather(*(send() for _ in range(30)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert await versions(developer) == 1

    async def test_thirty_without_a_key_take_effect_thirty_times(self, developer: Client) -> None:
        answers = await asyncio.gather(*(developer.post("/v1/applications", json=example()) for _ in range(30)))
        kept = sum(answer.status_code == 201 for answer in answers)
        assert kept > 1
        assert await versions(developer) == kept

    async def test_another_body_under_the_same_key_is_refused(self, developer: Client) -> None:
        key = {"Idempotency-Key": "b"}
        await expect(developer.post("/v1/applications", json=example(), headers=key), 201)
        other = {**example(), "register_id": "other"}
        problem = await expect(developer.post("/v1/applications", json=other, headers=key), 422)
        assert problem["code"] == "idempotency_mismatch"

    async def test_another_address_under_the_same_key_is_refused(
        self, developer: Client, draft: dict[str, Any]
    ) -> None:
        key = {"Idempotency-Key": "c"}
        await expect(developer.post(f"/v1/audits/{draft['id']}/submit", headers=key), 200)
        body = {"reason": "We stop."}
        problem = await expect(developer.post(f"/v1/audits/{draft['id']}/withdraw", json=body, headers=key), 422)
        assert problem["code"] == "idempotency_mismatch"

    async def test_the_same_key_of_another_caller_is_another_key(self, developer: Client, stranger: Client) -> None:
        key = {"Idempotency-Key": "d"}
        mine = await expect(developer.post("/v1/applications", json=example(), headers=key), 201)
        theirs = await expect(stranger.post("/v1/applications", json=example(), headers=key), 201)
        assert mine["id"] != theirs["id"]

    async def test_a_refused_request_leaves_its_key_free(self, developer: Client) -> None:
        key = {"Idempotency-Key": "e"}
        await expect(developer.post("/v1/applications", json={}, headers=key), 422)
        await expect(developer.post("/v1/applications", json=example(), headers=key), 201)

    async def test_a_step_sent_twice_is_made_once(self, developer: Client, draft: dict[str, Any]) -> None:
        key = {"Idempotency-Key": "f"}
        first = await expect(developer.post(f"/v1/audits/{draft['id']}/submit", headers=key), 200)
        assert await expect(developer.post(f"/v1/audits/{draft['id']}/submit", headers=key), 200) == first
        problem = await expect(developer.post(f"/v1/audits/{draft['id']}/submit"), 409)
        assert problem["code"] == "transition_refused"

    @pytest.mark.parametrize("key", ["", "x" * 256, "tab\tinside"])
    async def test_an_odd_key_is_a_fault(self, developer: Client, key: str) -> None:
        problem = await expect(
            developer.post("/v1/applications", json=example(), headers={"Idempotency-Key": key}), 422
        )
        assert [fault["pointer"] for fault in problem["errors"]] == ["header/Idempotency-Key"]


class TestInFlight:
    async def test_while_the_first_runs_the_second_is_told_to_come_back(
        self, app: Litestar, context: Context, databases: Databases, organisation_id: Any
    ) -> None:
        secret = await issue(context, "developer", organisation_id)
        async with Client(app, secret) as client, databases.api.transaction() as conn:
            key_id = await conn.fetchval("SELECT id FROM ops.api_key WHERE role = 'developer'")
            await conn.execute(
                "INSERT INTO ops.idempotency (api_key_id, key, fingerprint, created_at)"
                " VALUES ($1, 'busy', sha256('x'), now())",
                key_id,
            )
            answer = await client.post("/v1/applications", json=example(), headers={"Idempotency-Key": "busy"})
            assert (answer.status_code, answer.json()["code"]) == (409, "request_in_flight")
            assert answer.headers["retry-after"] == "1"


class TestKeeping:
    async def test_answers_are_kept_72_hours(self, developer: Client, databases: Databases, clock: Clock) -> None:
        from service import retention

        key = {"Idempotency-Key": "old"}
        await expect(developer.post("/v1/applications", json=example(), headers=key), 201)
        for hours, left in ((71.9, 1), (72.1, 0)):
            async with databases.worker.transaction() as conn:
                now = clock.now.__class__.fromtimestamp(clock.now.timestamp() + hours * 3600, clock.now.tzinfo)
                swept = {table.table: table for table in await retention.purge(conn, now=now)}
            assert swept["ops.idempotency"].kept == left
