"""What every answer has in common: errors, headers, health, and a log that holds nothing of anybody."""

from typing import Any

import httpx
import pytest
import structlog
from litestar import Litestar

from panels.links import token
from service.app import create_app
from service.context import Context
from service.db import Database
from service.settings import Settings
from tests.integration.api.harness import Client, example, expect

UNREACHABLE = "postgresql:///nothing?host=/nonexistent&user=x&password=y"


class TestProblems:
    async def test_an_unknown_address_is_a_problem(self, anyone: Client) -> None:
        answer = await anyone.get("/v1/nothing/here")
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (answer.status_code, problem["code"], problem["status"]) == (404, "not_found", 404)
        assert problem["request_id"] == answer.headers["x-request-id"]

    async def test_another_method_is_refused_and_the_right_ones_named(self, developer: Client) -> None:
        answer = await developer.put("/v1/applications", json={})
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert set(answer.headers["allow"].replace(" ", "").split(",")) >= {"GET", "POST"}

    async def test_an_unknown_address_for_people_is_a_page(self, anyone: Client) -> None:
        answer = await anyone.get("/nothing-here", headers={"Accept": "text/html"})
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")

    async def test_a_missing_query_value_is_named(self, staff: Client) -> None:
        csv = {"Content-Type": "text/csv"}
        problem = await expect(staff.post("/v1/staff/margins", content=b"a,b", headers=csv), 422)
        assert [(f["pointer"], f["code"]) for f in problem["errors"]] == [("query/name", "missing")]

    async def test_faulty_margins_are_listed_by_row(self, staff: Client) -> None:
        csv = {"Content-Type": "text/csv"}
        problem = await expect(staff.post("/v1/staff/margins?name=x", content=b"wrong,header\n1,2", headers=csv), 422)
        assert problem["code"] == "margins_invalid"
        assert problem["errors"]

    async def test_what_nobody_foresaw_says_nothing_about_our_insides(
        self, developer: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError("secret answer of somebody")

        monkeypatch.setattr("service.api.applications.applications.listing", broken)
        with structlog.testing.capture_logs() as lines:
            answer = await developer.get("/v1/applications")
        assert (answer.status_code, answer.json()["code"]) == (500, "internal")
        assert "secret" not in answer.text + str(lines)
        assert [line["error"] for line in lines if line["event"] == "problem"] == ["builtins.RuntimeError"]

    async def test_the_catalogue_explains_every_code(self, anyone: Client) -> None:
        answer = await anyone.get("/problems")
        for entry in answer.json():
            one = await expect(anyone.get(f"/problems/{entry['code']}"), 200)
            assert one == entry
        page = await anyone.get("/problems/plan_invalid", headers={"Accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        await expect(anyone.get("/problems/nothing"), 404)


class TestOutage:
    @pytest.fixture
    async def away(self, context: Context) -> Any:
        """The application while its database cannot be reached."""
        gone = await Database.connect(UNREACHABLE, role="api")
        cut = Context(settings=context.settings, db=gone, keys=context.keys, now=context.now)
        async with Client(create_app(context=cut), "smsp_live_" + "0" * 43 + "_000000") as client:
            yield client
        await gone.close()

    async def test_a_database_outage_is_503_with_retry_after(self, away: Client, developer: Client) -> None:
        headers = {"Authorization": f"Bearer {developer.key}"}
        for answer in (
            await away.get("/v1/audits", headers=headers),
            await away.post("/v1/applications", json=example(), headers=headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert answer.headers["retry-after"] == "2"

    async def test_it_lives_but_is_not_ready(self, away: Client) -> None:
        await expect(away.get("/livez"), 200)
        ready = await expect(away.get("/readyz"), 503)
        assert (ready["status"], ready["database"]) == ("unavailable", False)


class TestHealth:
    async def test_it_is_ready_with_the_newest_schema(self, anyone: Client) -> None:
        ready = await expect(anyone.get("/readyz"), 200)
        assert (ready["database"], ready["schema"]) == (True, True)

    async def test_without_valkey_it_is_degraded_not_down(self, anyone: Client, app: Litestar) -> None:
        assert (await expect(anyone.get("/readyz"), 200))["status"] == "degraded"

        async def answers() -> bool:
            return True

        app.state.valkey_answers = answers
        assert (await expect(anyone.get("/readyz"), 200))["status"] == "ok"

    async def test_an_older_schema_is_not_ready(self, anyone: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("service.api.health.NEWEST", 9999)
        ready = await expect(anyone.get("/readyz"), 503)
        assert (ready["database"], ready["schema"]) == (True, False)


class TestHeaders:
    @pytest.mark.parametrize("path", ["/livez", "/v1/audits", "/v1/nothing", "/problems/internal"])
    async def test_json_is_protected_everywhere(self, anyone: Client, path: str) -> None:
        headers = (await anyone.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "set-cookie" not in headers

    async def test_the_clients_request_id_comes_back_when_it_is_one(self, anyone: Client) -> None:
        given = {"X-Request-ID": "req-0123456789"}
        assert (await anyone.get("/livez", headers=given)).headers["x-request-id"] == "req-0123456789"
        odd = {"X-Request-ID": "kees@voorbeeld.nl"}
        assert len((await anyone.get("/livez", headers=odd)).headers["x-request-id"]) == 32

    async def test_the_documents_are_served(self, anyone: Client) -> None:
        document = await expect(anyone.get("/schema/openapi.json"), 200)
        assert document["openapi"].startswith("3.1")


class TestLog:
    async def test_one_line_per_request_and_nothing_of_anybody(
        self, developer: Client, anyone: Client, context: Context
    ) -> None:
        link = token(context.keys.link_key, "member", context.new_id())
        body = {**example(), "extra": "kees@voorbeeld.nl"}
        with structlog.testing.capture_logs() as lines:
            await developer.post("/v1/applications?note=kees@voorbeeld.nl", json=body)
            await anyone.get(f"/m/{link}?from=kees@voorbeeld.nl")
            await anyone.get(f"/nowhere/{link}")
            await anyone.request("kees@voorbeeld.nl", "/livez")
        requests = [line for line in lines if line["event"] == "request"]
        assert len(requests) == 4
        assert requests[0]["route"] == "/v1/applications"
        assert set(requests[0]) == {"event", "log_level", "method", "route", "status", "ms", "request_id", "key_id"}
        everything = str(lines)
        for secret in (link, str(developer.key), "kees", "note="):
            assert secret not in everything

    async def test_a_request_that_breaks_is_logged_too(
        self, developer: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr("service.api.applications.applications.listing", broken)
        with structlog.testing.capture_logs() as lines:
            await developer.get("/v1/applications")
        assert [line["status"] for line in lines if line["event"] == "request"] == [500]


class TestStart:
    async def test_the_real_application_opens_and_closes_its_own_database(self, database_settings: Settings) -> None:
        app = create_app(database_settings)
        async with app.lifespan():
            transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://samenspraak.test") as client:
                assert (await client.get("/readyz")).status_code == 200


class TestOperations:
    async def test_a_purge_is_queued_and_named(self, staff: Client) -> None:
        job = await expect(staff.post("/v1/staff/purge"), 202)
        assert (job["kind"], job["state"]) == ("data.purge", "queued")
        assert (await expect(staff.get("/v1/staff/purges"), 200))["data"] == []

    async def test_only_a_job_that_was_given_up_gets_another_life(self, staff: Client, context: Context) -> None:
        job = await expect(staff.post("/v1/staff/purge"), 202)
        problem = await expect(staff.post(f"/v1/staff/jobs/{job['id']}/retry"), 409)
        assert (problem["code"], problem["details"]) == ("job_alive", {"state": "queued"})
        async with context.db.transaction() as conn:
            await conn.execute("UPDATE ops.job SET state = 'dead', attempts = 8, finished_at = now()")
        again = await expect(staff.post(f"/v1/staff/jobs/{job['id']}/retry"), 200)
        assert (again["state"], again["attempts"]) == ("queued", 0)
        await expect(staff.post("/v1/staff/jobs/019ab000-0000-7000-8000-000000000000/retry"), 404)

    async def test_members_come_in_as_a_ticket_and_end_as_counts(
        self, staff: Client, members: int, context: Context
    ) -> None:
        panel = await expect(staff.get("/v1/staff/panel"), 200)
        assert (panel["active"], panel["by_kind"]) == (members, {"simulated": members})
        ticket = await staff.post(
            "/v1/staff/panel/imports?dry_run=true", content=b"email\n", headers={"Content-Type": "text/csv"}
        )
        assert ticket.status_code == 202
        waiting = await staff.get(ticket.headers["location"])
        assert (waiting.status_code, waiting.json()["state"]) == (202, "queued")
        assert waiting.headers["retry-after"] == "1"
        await expect(staff.get("/v1/staff/panel/imports/019ab000-0000-7000-8000-000000000000"), 404)
