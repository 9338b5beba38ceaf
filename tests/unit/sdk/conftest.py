"""A service in memory: it answers what the test put up and remembers what was asked."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from samenspraak import AsyncSamenspraak, Samenspraak
from samenspraak.transport import AsyncHttp, Http
from samenspraak.types.base import Localised
from samenspraak.types.estimate import Estimate, Interval
from samenspraak.types.report import Disclosure, Fieldwork, Figure, Quality, Ranked, Report, WeightingRecord

KEY = "smsp_live_test"
URL = "https://api.voorbeeld.test"


class Service:
    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.slept: list[float] = []
        self.clock = 0.0
        self._answers: list[Callable[[httpx2.Request], httpx2.Response]] = []

    def answers(self, body: object = None, status: int = 200, **headers: str) -> "Service":
        """Put up one answer. The last one put up is given again and again."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._answers.append(lambda _: httpx2.Response(status, content=content, headers=named))
        return self

    def refuses(
        self, status: int, code: str, *, errors: list[dict[str, str]] | None = None, **headers: str
    ) -> "Service":
        problem = {"type": f"/problems/{code}", "title": "No", "status": status, "code": code, "errors": errors or []}
        return self.answers(problem, status, content_type="application/problem+json", **headers)

    def breaks(self, kind: type[httpx2.TransportError] = httpx2.ConnectError) -> "Service":
        def fail(request: httpx2.Request) -> httpx2.Response:
            raise kind("broken line", request=request)

        self._answers.append(fail)
        return self

    def handle(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return answer(request)

    @property
    def last(self) -> httpx2.Request:
        return self.requests[-1]

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock += seconds


class Line(Http):
    """HTTP into a `Service`, on a clock that jumps."""

    def __init__(self, service: Service) -> None:
        super().__init__(httpx2.MockTransport(service.handle))
        self._service = service

    def sleep(self, seconds: float) -> None:
        self._service.sleep(seconds)

    def monotonic(self) -> float:
        return self._service.clock


class AsyncLine(AsyncHttp):
    def __init__(self, service: Service) -> None:
        super().__init__(httpx2.MockTransport(service.handle))
        self._service = service

    async def sleep(self, seconds: float) -> None:
        self._service.sleep(seconds)

    def monotonic(self) -> float:
        return self._service.clock


def audit_json(**changes: Any) -> dict[str, Any]:
    return {
        "id": "a1",
        "organisation_id": "o1",
        "application_id": "p1",
        "application_name": "Chatbot",
        "form": "short",
        "state": "draft",
        "target_completes": 600,
        "secret_ballot": True,
        "created_at": "2026-11-24T09:00:00Z",
        **changes,
    }


_AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


def _say(text: str) -> Localised:
    return Localised(nl=f"{text} (nl)", en=text)


def _estimate(value: float | None, *, flag: str = "ok", n: int | None = 640) -> Estimate:
    shown = None if value is None else Interval(lower=value - 0.04, upper=value + 0.04)
    return Estimate(value=value, interval=shown, n=n, n_eff=500.4, flag=flag)


def _report(**changes: object) -> Report:
    weighting = WeightingRecord(
        method="raking",
        dimensions=("sex_age",),
        converged=True,
        iterations=4,
        worst_margin_error=0.0,
        g_min=0.5,
        g_max=2.0,
        n=640,
        n_eff=500.4,
        deff=1.28,
        margins_id="m1",
        margins_hash="h",
        margins_source="CBS",
    )
    fields: dict[str, object] = {
        "audit_id": "a1",
        "plan_hash": "abc123",
        "questionnaire_hash": "def",
        "application": "chatbot-gemeente",
        "application_name": _say("Virtual municipal assistant"),
        "application_version": 1,
        "owner": _say("the municipality of Voorbeeld"),
        "sample_kind": "simulated",
        "simulated": True,
        "generated_at": _AT,
        "n": 640,
        "headline": (_say("Most participants find it useful."),),
        "banner": _say("Simulated answers"),
        "risk": _say("Who took part may differ from who did not."),
        "fieldwork": Fieldwork(invited=1300, dispositions={}, participation_rate=0.5, opened_at=_AT, closed_at=_AT),
        "weighting": weighting,
        "margin_checks": (),
        "comprehension": (),
        "value": (
            Figure(
                key="V1",
                question=_say("Useful?"),
                kind="top_two",
                section="value",
                headline=_estimate(0.62),
                sentence=_say("Find it useful"),
            ),
        ),
        "concerns": (
            Ranked(code="errors", label=_say("Mistakes"), share=_estimate(0.48)),
            Ranked(code="power", label=_say("Power"), share=_estimate(None, flag="too_few", n=21)),
        ),
        "use": (),
        "quality": Quality(completes=640, flags={}, flagged=10, rule=_say("two of three")),
        "disclosure": Disclosure(**{item: _say(item) for item in Disclosure.__struct_fields__}),
        "method": (),
        **changes,
    }
    return Report(**fields)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def client(service: Service) -> Samenspraak:
    return Samenspraak(KEY, base_url=URL, transport=Line(service))


@pytest.fixture
def async_client(service: Service) -> AsyncSamenspraak:
    return AsyncSamenspraak(KEY, base_url=URL, transport=AsyncLine(service))


@pytest.fixture
def make_audit() -> Callable[..., dict[str, Any]]:
    """An audit as JSON, with the fields given."""
    return audit_json


@pytest.fixture
def listed() -> Callable[..., dict[str, Any]]:
    """A page of a list as JSON."""

    def page(*items: object, cursor: str | None = None) -> dict[str, Any]:
        return {"data": list(items), "has_more": cursor is not None, "next_cursor": cursor}

    return page


@pytest.fixture
def make_report() -> Callable[..., Report]:
    """A small report, with the fields given."""
    return _report
