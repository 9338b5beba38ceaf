"""The document of the API is the one in the repository, and says all there is to say."""

import json
from typing import Any

import pytest

from service.api.access import ACCESS
from service.api.openapi import FILE, document, text
from service.app import describe

METHODS = ("get", "post", "put", "patch", "delete")
PUBLIC = {"livez", "readyz", "list_problems", "get_problem"}


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return document(describe())


def operations(made: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, item[method]) for path, item in made["paths"].items() for method in METHODS if method in item
    ]


def test_the_kept_document_is_the_applications() -> None:
    assert FILE.read_text() == text(describe()), "write it anew with: make openapi"


def test_every_operation_is_named_and_declared(made: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(made)]
    assert sorted(names) == sorted(set(names))
    assert set(names) == set(ACCESS) | PUBLIC


def test_every_operation_says_what_it_answers_and_what_can_go_wrong(made: dict[str, Any]) -> None:
    for path, method, operation in operations(made):
        responses = operation["responses"]
        assert operation["summary"], path
        assert any(status.startswith("2") for status in responses), path
        if path.startswith("/v1/"):
            assert {"401", "403", "503"} <= set(responses), (path, method)
            assert operation["security"] == [{"api_key": []}]
        if method == "post":
            assert {"409", "413", "422"} <= set(responses), path
        if "requestBody" in operation:
            assert {"400", "415", "422"} <= set(responses), path
        for status, response in responses.items():
            if status.startswith(("4", "5")) and path != "/readyz":
                assert list(response["content"]) == ["application/problem+json"], (path, status)


def test_request_bodies_refuse_unknown_fields(made: dict[str, Any]) -> None:
    schemas = made["components"]["schemas"]
    for _, _, operation in operations(made):
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            # A file in JSON has no shape of ours; its reader refuses what it does not know.
            if media_type == "application/json" and content["schema"].get("type") != "string":
                name = content["schema"]["$ref"].rsplit("/", 1)[-1]
                assert schemas[name]["additionalProperties"] is False, name


def test_every_kind_of_question_can_be_told_apart(made: dict[str, Any]) -> None:
    schemas = made["components"]["schemas"]
    kinds = [
        schemas[ref["$ref"].rsplit("/", 1)[-1]] for ref in schemas["Page"]["properties"]["questions"]["items"]["oneOf"]
    ]
    tags = [kind["properties"]["kind"].get("const") or kind["properties"]["kind"]["enum"][0] for kind in kinds]
    assert len(set(tags)) == len(tags) == 16
    assert all("kind" in kind["required"] for kind in kinds)


def test_nothing_for_people_is_in_the_document(made: dict[str, Any]) -> None:
    assert not [path for path in made["paths"] if path.startswith(("/s/", "/m/", "/join", "/register"))]


def test_every_reference_leads_somewhere(made: dict[str, Any]) -> None:
    names = set(made["components"]["schemas"])
    for piece in json.dumps(made).split('"#/components/schemas/')[1:]:
        assert piece.split('"')[0] in names
