"""The access log: what it writes, and what it keeps to itself."""

from typing import Any

import pytest
import structlog

from service.telemetry import AccessLog


async def call(app: Any, **scope: Any) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    given = {"type": "http", "method": "GET", "headers": [], "path": "/s/token", "query_string": b"q=1", **scope}
    await AccessLog(app, clock=iter((1.0, 1.25)).__next__)(given, receive, send)  # type: ignore[arg-type]
    return sent


async def answers(scope: Any, receive: Any, send: Any) -> None:
    scope["path_template"] = "/s/{token}"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
    await send({"type": "http.response.body", "body": b"secret"})


async def test_a_line_has_a_fixed_set_of_fields() -> None:
    with structlog.testing.capture_logs() as lines:
        sent = await call(answers)
    request_id = dict(sent[0]["headers"])[b"x-request-id"].decode()
    assert lines == [
        {
            "event": "request",
            "log_level": "info",
            "method": "GET",
            "route": "/s/{token}",
            "status": 200,
            "ms": 250.0,
            "request_id": request_id,
        }
    ]


async def test_a_route_that_was_not_found_is_not_written_as_it_came() -> None:
    async def lost(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 404, "headers": []})

    with structlog.testing.capture_logs() as lines:
        await call(lost, method="kees@voorbeeld.nl")
    assert (lines[0]["route"], lines[0]["method"]) == ("unmatched", "OTHER")


async def test_an_application_that_breaks_is_written_with_status_0_and_the_error_goes_on() -> None:
    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError

    with structlog.testing.capture_logs() as lines, pytest.raises(RuntimeError):
        await call(breaks)
    assert [line["status"] for line in lines] == [0]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (b"req-12345678", True),
        (b"0192ab34-cdef-7abc-8def-0123456789ab", True),
        (b"short", False),
        (b"kees@voorbeeld.nl", False),
        (b"a b c d e f g h", False),
        (b"x" * 65, False),
        (b"smsp_live_" + b"0" * 43, False),
        (b"newline\r\nX: y", False),
    ],
)
async def test_only_what_looks_like_an_id_is_taken_over(given: bytes, kept: bool) -> None:
    sent = await call(answers, headers=[(b"x-request-id", given)])
    assert (dict(sent[0]["headers"])[b"x-request-id"] == given) is kept


async def test_quiet_addresses_are_only_written_when_something_is_wrong() -> None:
    async def health(status: int) -> list[Any]:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope["path_template"] = "/readyz"
            await send({"type": "http.response.start", "status": status, "headers": []})

        with structlog.testing.capture_logs() as lines:
            await call(app)
        return list(lines)

    assert await health(200) == []
    assert len(await health(503)) == 1
