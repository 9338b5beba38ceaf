"""Forms on paper through the SDK: where each call asks and what it sends."""

import json
from typing import Any

import pytest
from samenspraak.types.paper import PaperFormsRequest

AT = "/v1/staff/audits/a1"
STATE = {"audit_id": "a1", "state": "differing", "language": "nl", "easy": False, "fields": 9}
STATE["differences"] = [{"field": "7", "question": "VT_MAIN", "first": "1", "second": "2"}]
ERRORS = {"forms": 1, "fields": 9, "differing": 1, "share": 0.1, "text_fields": 0, "text_differing": 0}
ERRORS |= {"waiting": 0, "unsettled": 1}
CODE = "ACDE-FGHJ-KMN3"


@pytest.mark.parametrize(
    ("name", "arguments", "options", "answer", "asked", "sent"),
    [
        ("state", (CODE,), {}, STATE, f"GET {AT}/paper/{CODE}", None),
        ("key", (CODE, "second", {"7": "2"}), {}, STATE, f"PUT {AT}/paper/{CODE}/second", {"answers": {"7": "2"}}),
        (
            "settle",
            (CODE, {"7": "1"}),
            {"reason": "Staat er zo."},
            STATE,
            f"POST {AT}/paper/{CODE}/settle",
            {"answers": {"7": "1"}, "reason": "Staat er zo."},
        ),
        ("keying_errors", (), {}, ERRORS, f"GET {AT}/paper-errors", None),
    ],
)
def test_each_call_asks_for_what_the_api_offers(
    client: Any, service: Any, name: str, arguments: Any, options: Any, answer: Any, asked: str, sent: Any
) -> None:
    service.answers(answer)
    getattr(client.staff.paper, name)("a1", *arguments, **options)
    request = service.last
    assert f"{request.method} {request.url.path}" == asked
    assert (json.loads(request.content) if request.content else None) == sent


def test_files_come_as_they_are(client: Any, service: Any) -> None:
    service.answers(b"%PDF-1.7")
    assert client.staff.paper.specimen("a1", lang="en", large=True) == b"%PDF-1.7"
    assert dict(service.last.url.params) == {"lang": "en", "arm": "", "easy": "false", "large": "true"}
    assert client.staff.paper.forms("a1", PaperFormsRequest(codes=(CODE,), large=True)) == b"%PDF-1.7"
    assert service.last.url.path == f"{AT}/paper-forms"
    assert service.last.headers["accept"].startswith("application/pdf")
    assert json.loads(service.last.content)["codes"] == [CODE]


def test_differences_can_be_read(client: Any, service: Any) -> None:
    [difference] = service.answers(STATE) and client.staff.paper.state("a1", CODE).differences
    assert (difference.field, difference.first, difference.second) == ("7", "1", "2")
