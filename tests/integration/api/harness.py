"""What the tests of the API share: callers, keys, bodies."""

import copy
import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import samenspraak
import uuid_utils.compat
from litestar import Litestar
from samenspraak.core import Options, Reply, Wire
from samenspraak.types.questionnaire import AnswerValue

from panels.joining.notice import NOTICE_VERSION
from service import auth
from service.audits.models import Role
from service.context import Context
from service.store import organisations
from service.store.organisations import Tenant
from surveys.models import Response
from surveys.saving import Write

EXAMPLES = Path(samenspraak.__file__).parent / "examples"
MARGINS = Path(__file__).parents[3] / "panels" / "data" / "nl_weighting_default.csv"


class Clock:
    """A time that only moves when a test says so."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)


class Client(httpx.AsyncClient):
    """A caller with one key, or with none."""

    def __init__(self, app: Litestar, key: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        super().__init__(
            transport=httpx.ASGITransport(app=app),  # type: ignore[arg-type]
            base_url="http://samenspraak.test",
            headers=headers,
            timeout=30,
        )
        self.key = key


async def issue(context: Context, role: Role, organisation_id: UUID | None = None, **options: Any) -> str:
    """A key of this role, straight from the use case."""
    async with context.db.transaction() as conn:
        issued = await auth.issue_key(
            conn,
            role=role,
            organisation_id=organisation_id,
            now=context.now(),
            entropy=os.urandom,
            new_id=uuid_utils.compat.uuid7,
            **options,
        )
    return issued.key


async def new_organisation(context: Context, name: str = "gemeente Voorbeeld") -> UUID:
    tenant = Tenant(id=uuid_utils.compat.uuid7(), name=name, created_at=context.now())
    async with context.db.transaction() as conn:
        await organisations.add(conn, tenant=tenant)
    return tenant.id


def example(name: str = "chatbot-gemeente") -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text())
    return copy.deepcopy(document)


def member_file(size: int = 500) -> bytes:
    """A file of simulated members, spread over sex, age, province and education."""
    header = "email,birth_year,sex,province,education,language,consent_version,consent_at"
    rows = (
        f"lid{number}@voorbeeld.nl,{1937 + number * 7 % 71},{'MV'[number % 2]},PV{20 + number % 12},"
        f"{1 + number // 2 % 3},nl,{NOTICE_VERSION},2026-11-20T10:00:00Z"
        for number in range(size)
    )
    return "\n".join([header, *rows]).encode()


def plan(margins: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "margins_id": margins["id"],
        "sample_kind": "simulated",
        "closing": {"completes": 100},
        "schedule": {"day_seconds": 20, "reminder_days": [1]},
        "draw": {"expected_participation": 0.5},
        **changes,
    }


async def expect(request: Any, status: int) -> dict[str, Any]:
    """The JSON of an answer that must have this status."""
    answer: httpx.Response = await request
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    body: dict[str, Any] = answer.json()
    return body


class Line:
    """The way from the client of the SDK to the application in this process."""

    def __init__(self, app: Any) -> None:
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app))

    async def send(self, wire: Wire, options: Options) -> Reply:
        answer = await self._http.request(wire.method, wire.url, headers=dict(wire.headers), content=wire.content)
        return Reply(status=answer.status_code, headers=dict(answer.headers), body=answer.content)

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing to wait for")

    def monotonic(self) -> float:
        return 0.0

    async def close(self) -> None:
        await self._http.aclose()


def written(begun: Response, page: str, values: dict[str, AnswerValue], now: datetime) -> Write:
    """These answers as one page that is saved as it is, whatever a form would allow."""
    return Write(
        held=begun,
        page=page,
        now=now,
        values=values,
        after=values,
        on_route=None,
        changes=0,
        back=False,
        faults=(),
        next=None,
        wrong=(),
        refuses=False,
    )
