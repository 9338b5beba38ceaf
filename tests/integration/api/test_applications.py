"""Submitting an application: everything wrong at once, and nothing of anybody else."""

from typing import Any

import pytest

from tests.integration.api.harness import Client, example, expect


class TestSubmitApplication:
    async def test_a_good_application_is_kept_as_version_1(self, developer: Client, organisation_id: Any) -> None:
        answer = await developer.post("/v1/applications", json=example())
        stored = answer.json()
        assert answer.status_code == 201
        assert (stored["version"], stored["organisation_id"]) == (1, str(organisation_id))
        assert answer.headers["location"] == f"/v1/applications/{stored['id']}"
        assert await expect(developer.get(answer.headers["location"]), 200) == stored

    async def test_the_same_id_again_is_the_next_version(self, developer: Client, application: dict[str, Any]) -> None:
        again = await expect(developer.post("/v1/applications", json=example()), 201)
        assert (again["version"], again["application"]["id"]) == (2, application["application"]["id"])

    async def test_every_fault_comes_back_at_once_with_its_pointer(self, developer: Client) -> None:
        document = example()
        del document["purpose"]
        document["colour"] = "blue"
        document["citizen_role"] = "bystander"
        document["name"]["nl"] = 7
        document["data_used"]["en"] = []
        document["human_oversight"]["nl"] = "met een \0 erin"
        problem = await expect(developer.post("/v1/applications", json=document), 422)
        assert {(fault["pointer"], fault["code"]) for fault in problem["errors"]} == {
            ("/purpose", "missing"),
            ("/colour", "unknown_field"),
            ("/citizen_role", "not_one_of"),
            ("/name/nl", "wrong_type"),
            ("/data_used/en", "too_short"),
            ("/human_oversight/nl", "nul"),
        }
        assert (problem["code"], problem["type"]) == ("invalid_request", "/problems/invalid_request")

    async def test_contradictions_across_fields_are_listed_too(self, developer: Client) -> None:
        document = example()
        document["comprehension"]["goal"]["correct"] = 77
        document["arguments"]["for"].append({"nl": "Nog een voordeel.", "en": "One more advantage."})
        problem = await expect(developer.post("/v1/applications", json=document), 422)
        pointers = {fault["pointer"] for fault in problem["errors"]}
        assert problem["code"] == "application_invalid"
        assert "/comprehension/goal/correct" in pointers
        assert any(pointer.startswith("/arguments") for pointer in pointers)

    async def test_nothing_is_kept_of_a_faulty_application(self, developer: Client) -> None:
        await expect(developer.post("/v1/applications", json={**example(), "extra": 1}), 422)
        assert (await expect(developer.get("/v1/applications"), 200))["data"] == []

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"", 400, "undecodable_body"),
            (b"{", 400, "undecodable_body"),
            (b'{"id": "x"', 400, "undecodable_body"),
            (b"\xff\xfe", 400, "undecodable_body"),
            (b"[]", 422, "invalid_request"),
            (b"null", 422, "invalid_request"),
            (b"[" * 3000 + b"]" * 3000, 422, "invalid_request"),
            (b'{"id": NaN}', 422, "invalid_request"),
            (b'{"id": 1e400}', 422, "invalid_request"),
            (b'{"id": "\\ud800"}', 422, "invalid_request"),
            (b'{"id": "a", "id": "b"}', 422, "invalid_request"),
        ],
    )
    async def test_bodies_that_are_no_application(self, developer: Client, body: bytes, status: int, code: str) -> None:
        headers = {"Content-Type": "application/json"}
        problem = await expect(developer.post("/v1/applications", content=body, headers=headers), status)
        assert problem["code"] == code

    @pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json; charset=latin-1", ""])
    async def test_another_content_type_is_refused(self, developer: Client, kind: str) -> None:
        answer = await developer.post("/v1/applications", content=b"{}", headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")

    @pytest.mark.parametrize("announced", [True, False])
    async def test_ten_megabytes_are_refused(self, developer: Client, announced: bool) -> None:
        async def stream() -> Any:
            for _ in range(160):
                yield b"x" * 65_536

        content: Any = b"x" * 10_485_760 if announced else stream()
        headers = {"Content-Type": "application/json"}
        problem = await expect(developer.post("/v1/applications", content=content, headers=headers), 413)
        assert problem["code"] == "body_too_large"

    async def test_every_field_with_a_wrong_type_is_named(self, developer: Client) -> None:
        document = dict.fromkeys(example(), 3.5)
        problem = await expect(developer.post("/v1/applications", json=document), 422)
        named = {fault["pointer"].removeprefix("/") for fault in problem["errors"]}
        assert set(document) <= named


class TestTenants:
    async def test_another_organisation_sees_nothing(
        self, stranger: Client, application: dict[str, Any], draft: dict[str, Any]
    ) -> None:
        for path in (f"/v1/applications/{application['id']}", f"/v1/audits/{draft['id']}"):
            problem = await expect(stranger.get(path), 404)
            assert application["id"] not in str(problem)
        assert (await expect(stranger.get("/v1/applications"), 200))["data"] == []
        assert (await expect(stranger.get("/v1/audits"), 200))["data"] == []

    @pytest.mark.parametrize("path", ["events", "fieldwork", "questionnaire", "report", "report.pdf", "response"])
    async def test_every_part_of_a_foreign_audit_is_not_found(
        self, stranger: Client, draft: dict[str, Any], path: str
    ) -> None:
        problem = await expect(stranger.get(f"/v1/audits/{draft['id']}/{path}"), 404)
        assert problem["code"] == "audit_unknown"

    async def test_another_organisation_can_change_nothing(self, stranger: Client, draft: dict[str, Any]) -> None:
        await expect(stranger.post(f"/v1/audits/{draft['id']}/submit"), 404)
        await expect(stranger.post(f"/v1/audits/{draft['id']}/withdraw", json={"reason": "not mine"}), 404)
        answer = {"summary": "We take note of this.", "measures": [{"finding": "all", "decision": "no", "why": "no"}]}
        answer["measures"][0]["why"] = "Because."  # type: ignore[index]
        await expect(stranger.post(f"/v1/audits/{draft['id']}/response", json=answer), 404)

    async def test_an_audit_of_a_foreign_application_is_a_fault_of_the_request(
        self, stranger: Client, application: dict[str, Any]
    ) -> None:
        problem = await expect(stranger.post("/v1/audits", json={"application_id": application["id"]}), 422)
        assert [fault["pointer"] for fault in problem["errors"]] == ["/application_id"]

    @pytest.mark.parametrize("id", ["not-a-uuid", "%00", "0", "..%2f..", "019ab000-0000-7000-8000-000000000000"])
    async def test_odd_and_unknown_ids_are_not_found(self, developer: Client, id: str) -> None:
        await expect(developer.get(f"/v1/audits/{id}"), 404)
        await expect(developer.get(f"/v1/applications/{id}"), 404)


class TestLists:
    async def test_pages_follow_each_other_without_gap_or_repeat(self, developer: Client) -> None:
        for _ in range(5):
            await expect(developer.post("/v1/applications", json=example()), 201)
        seen: list[int] = []
        cursor = ""
        while True:
            page = await expect(developer.get(f"/v1/applications?limit=2{cursor}"), 200)
            seen += [stored["version"] for stored in page["data"]]
            if not page["has_more"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen == [5, 4, 3, 2, 1]
        assert page["next_cursor"] is None

    @pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=many", "cursor=%00", "cursor=abc", "limit="])
    async def test_odd_queries_are_faults(self, developer: Client, query: str) -> None:
        problem = await expect(developer.get(f"/v1/applications?{query}"), 422)
        assert problem["errors"][0]["pointer"] == f"query/{query.partition('=')[0]}"
