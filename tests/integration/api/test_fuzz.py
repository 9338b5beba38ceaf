"""Whatever is sent to the API, it never answers with a mistake of its own, and only with what it declares."""

from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode

from service.api.openapi import document
from service.app import describe
from tests.integration.api.harness import Client


@schemathesis.serializer("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "message/rfc822")
def as_it_is(ctx: Any, value: Any) -> bytes:
    """A file of any bytes, or of any text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


SCHEMA = schemathesis.openapi.from_dict(document(describe()))
RESULTS: list[Any] = list(SCHEMA.get_all_operations())
OPERATIONS = [found.ok() for found in RESULTS]
SENT_AS_MADE = ("content-type", "idempotency-key")


@settings(
    max_examples=250,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data())
async def test_no_request_brings_out_a_mistake_of_ours(
    developer: Client, staff: Client, draft: dict[str, Any], data: st.DataObject
) -> None:
    operation = data.draw(st.sampled_from(OPERATIONS))
    case = data.draw(operation.as_strategy(generation_mode=data.draw(st.sampled_from(list(GenerationMode)))))
    made = case.as_transport_kwargs(base_url="http://samenspraak.test")
    answer = await _send(staff if "/staff/" in operation.path else developer, made, case, draft)
    assert answer.status_code < 500, answer.text
    if answer.status_code not in (404, 405):
        assert str(answer.status_code) in operation.definition.raw["responses"], answer.text
    # A made-up id such as `..` leads out of the API, to where people get a page.
    if answer.status_code >= 400 and answer.request.url.path.startswith("/v1/"):
        assert answer.headers["content-type"] == "application/problem+json"


async def _send(client: Client, made: dict[str, Any], case: Any, draft: dict[str, Any]) -> httpx.Response:
    """Send a made-up request, with ids that exist where it has made-up ones, so that not all ends as 404."""
    url = str(made["url"])
    for name, id in (("audit_id", draft["id"]), ("application_id", draft["application_id"])):
        url = url.replace(str((case.path_parameters or {}).get(name, "\0")), id)
    headers = {
        name: value
        for name, value in (made.get("headers") or {}).items()
        if name.lower() in SENT_AS_MADE and value.isascii() and value.isprintable()
    }
    content = made.get("data") or b""
    assume(isinstance(content, bytes | str))
    body: dict[str, Any] = {"json": made["json"]} if "json" in made else {"content": content}
    try:
        return await client.request(made["method"], url, params=made.get("params"), headers=headers, **body)
    except httpx.InvalidURL:
        # No client can send such an address, so the service never sees it.
        reject()
