"""Citizens in front of the real application: an audit in the field, and a browser without scripts."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any
from urllib.parse import urljoin
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from litestar import Litestar
from samenspraak import examples
from samenspraak.types.audit import AuditRequest, ClosingRule, PlanRequest, Schedule
from uuid_utils.compat import uuid7

from panels import fieldwork as panel
from panels import links
from panels.margins import sets as margins
from panels.models import Invitation
from service import keyring
from service.app import create_app
from service.audits import approval, cases, opening
from service.audits.models import Actor, Case
from service.context import Context
from service.db import Databases
from service.demo.browser import Form, Page, read
from service.settings import Settings
from surveys import applications
from tests.integration.api.harness import MARGINS, Clock, new_organisation

DEVELOPER, STAFF = Actor(role="developer"), Actor(role="staff")
MEMBERS = """
INSERT INTO panel.member (id, status, admitted, kind, sex, birth_year, province, education, language,
    consent_version, consent_at, joined_at, confirm_hash, link_hash)
SELECT gen_random_uuid(), 'active', true, 'simulated', (ARRAY['M', 'V'])[1 + n % 2], 1940 + (n * 7) % 66,
    'PV' || (20 + n % 12), (ARRAY['1', '2', '3'])[1 + (n / 2) % 3], 'nl', 'test', $1, $1,
    sha256(('confirm' || n)::bytea), sha256(('link' || n)::bytea)
FROM generate_series(1, 400) AS n
"""
CONSENTS = """
INSERT INTO panel.consent (member_id, purpose, version, given_at)
SELECT id, purpose, 'test', $1 FROM panel.member, unnest(ARRAY['membership', 'profile']) AS purpose
"""
PROMISED = ("content-security-policy", "referrer-policy", "cache-control", "x-robots-tag")


class Browser:
    """Opens pages and sends forms; checks on every page what every page promises."""

    def __init__(self, app: Litestar) -> None:
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),  # type: ignore[arg-type]
            base_url="http://samenspraak.test",
        )
        self.last: httpx.Response

    async def ask(self, method: str, url: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """One request, no redirect followed."""
        self.last = await self.client.request(method, url, data=body)
        assert "set-cookie" not in self.last.headers
        if not url.startswith(("/register", "/static", "/favicon")) and url != "/":
            assert all(name in self.last.headers for name in PROMISED), self.last.headers
        return self.last

    async def open(self, url: str, *, method: str = "GET", body: dict[str, Any] | None = None) -> Page:
        """A page as it is seen after redirects."""
        answer = await self.ask(method, url, body)
        while answer.status_code == 303:
            url = urljoin(url, answer.headers["location"])
            answer = await self.ask("GET", url)
        return read(url, answer.status_code, answer.text)

    async def send(self, page: Page, action: str, fields: dict[str, Any] | None = None) -> Page:
        """Press a button of the page with these fields filled in."""
        form = page.form(action=action)
        assert form is not None, f"{page.url} offers no {action}: {page.text}"
        body = {**form.hidden(), **(fields or {}), "action": action}
        return await self.open(form.action, method="POST", body=body)


def filled(form: Form, **chosen: Any) -> dict[str, Any]:
    """An answer to every question of a page: the first option, unless `chosen` says otherwise."""
    fields: dict[str, Any] = {}
    for control in form.questions():
        key, _, place = control.name.partition(".")
        offered = [value for value in control.values if value]
        if control.name in chosen or key in chosen:
            fields[control.name] = chosen.get(control.name, chosen.get(key))
        elif control.kind == "select":
            fields[control.name] = offered[int(place) - 1]
        elif offered:
            fields[control.name] = offered[0]
        elif control.kind == "textarea":
            fields[control.name] = "Wie kijkt er mee?"
    return fields


class Fieldwork(msgspec.Struct, frozen=True, kw_only=True):
    """An audit in the field, and the links of people who were drawn."""

    case: Case
    invitations: tuple[Invitation, ...]
    tokens: tuple[str, ...]


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def context(database_settings: Settings, databases: Databases, clock: Clock) -> Context:
    keys = keyring.load(database_settings.secrets_dir)
    return Context(settings=database_settings, db=databases.api, keys=keys, now=clock)


@pytest.fixture
async def app(context: Context) -> Litestar:
    """The application on a context that the test owns, so that nothing is left for it to open or close."""
    made = create_app(context=context)
    made.state.context = context
    return made


@pytest.fixture
async def browser(app: Litestar) -> AsyncIterator[Browser]:
    made = Browser(app)
    yield made
    await made.client.aclose()


@pytest.fixture
async def fieldwork(context: Context, databases: Databases, now: datetime) -> Fieldwork:
    """Simulated members, one audit of the short form with a secret ballot, opened."""
    async with databases.vault.transaction() as conn:
        await conn.execute(MEMBERS, now)
        await conn.execute(CONSENTS, now)
    organisation = await new_organisation(context)
    async with context.db.transaction() as conn:
        population = margins.parse(MARGINS.read_text(), name="CBS", now=now, id=str(uuid7()))
        await margins.add(conn, population)
        stored = await applications.keep(
            conn, organisation_id=organisation, application=examples.load("chatbot-gemeente"), now=now, new_id=uuid7
        )
        asked = AuditRequest(application_id=stored.id, form="short", target_completes=100)
        case = await cases.create(
            conn,
            organisation_id=organisation,
            application=stored,
            request=asked,
            actor=DEVELOPER,
            now=now,
            new_id=uuid7,
        )
        await cases.submit(conn, audit_id=case.id, organisation_id=organisation, actor=DEVELOPER, now=now)
        await cases.start_review(conn, audit_id=case.id, actor=STAFF, now=now)
        plan = PlanRequest(
            margins_id=population.id,
            sample_kind="simulated",
            closing=ClosingRule(completes=100),
            schedule=Schedule(day_seconds=20.0, reminder_days=(1.0,)),
        )
        await approval.approve(conn, audit_id=case.id, request=plan, actor=STAFF, now=now, entropy=context.entropy)
        case = await opening.open_fieldwork(
            conn,
            audit_id=case.id,
            actor=STAFF,
            link_key=context.keys.link_key,
            secrets_dir=context.settings.secrets_dir,
            now=now,
            new_id=uuid7,
            entropy=context.entropy,
        )
        rows = await conn.fetch("SELECT id FROM panel.invitation WHERE audit_id = $1 ORDER BY id LIMIT 4", case.id)
    tokens = tuple(links.token(context.keys.link_key, "invitation", row["id"]) for row in rows)
    async with context.db.reading() as conn:
        found = tuple([await panel.by_token(conn, token) for token in tokens])
    return Fieldwork(case=case, invitations=found, tokens=tokens)


@pytest.fixture
def link(fieldwork: Fieldwork) -> str:
    """One person's link."""
    return f"/s/{fieldwork.tokens[0]}"


class Watch:
    """What is stored about one audit, to see whether a request changed anything."""

    def __init__(self, databases: Databases, audit_id: UUID) -> None:
        self.databases = databases
        self.audit_id = audit_id

    async def disposition(self, invitation: Invitation) -> str:
        return str(await self._value("SELECT disposition FROM panel.invitation WHERE id = $1", invitation.id))

    async def answers(self) -> dict[str, Any]:
        """Stored answers of everybody in this audit, by question."""
        async with self.databases.api.reading() as conn:
            rows = await conn.fetch("SELECT question, value FROM fieldwork.answer WHERE audit_id = $1", self.audit_id)
        return {row["question"]: msgspec.json.decode(row["value"]) for row in rows}

    async def responses(self) -> list[tuple[str, str]]:
        """(state, language) of every response."""
        async with self.databases.api.reading() as conn:
            rows = await conn.fetch("SELECT state, language FROM fieldwork.response WHERE audit_id = $1", self.audit_id)
        return [(row["state"], row["language"]) for row in rows]

    async def ballots(self) -> int:
        async with self.databases.tally.reading() as conn:
            return int(await conn.fetchval("SELECT count(*) FROM ballots.box WHERE audit_id = $1", self.audit_id))

    async def jobs(self, kind: str) -> int:
        return int(await self._value("SELECT count(*) FROM ops.job WHERE kind = $1", kind))

    async def everything(self) -> dict[str, str]:
        """A fingerprint of every table that a request could touch."""
        tables = (
            "panel.invitation", "panel.member", "fieldwork.response", "fieldwork.answer", "ballots.register", "ops.job",
            "ops.trail",
        )  # fmt: skip
        return {
            table: str(
                await self._value(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
            )
            for table in tables
        }

    async def _value(self, statement: str, *args: object) -> Any:
        async with self.databases.api.reading() as conn:
            return await conn.fetchval(statement, *args)


@pytest.fixture
def watch(databases: Databases, fieldwork: Fieldwork) -> Watch:
    return Watch(databases, fieldwork.case.id)


@pytest.fixture
def walk(browser: Browser) -> Callable[..., Any]:
    """Answer page after page from a start page until the review, or until a page with `until` in its address."""

    async def on(link: str, until: str = "/review", **chosen: Any) -> Page:
        page = await browser.send(await browser.open(link), "start")
        for _ in range(60):
            if until in page.url or (form := page.form(action="next")) is None:
                return page
            page = await browser.send(page, "next", filled(form, **chosen))
        raise AssertionError("a questionnaire without end")

    return on


@pytest.fixture
def finish(browser: Browser, walk: Callable[..., Any]) -> Callable[..., Any]:
    """The whole walk, sent."""

    async def through(link: str, **chosen: Any) -> Page:
        return await browser.send(await walk(link, **chosen), "send")

    return through


@pytest.fixture
def strange_tokens(fieldwork: Fieldwork, context: Context) -> dict[str, str]:
    """Tokens that open nothing here: malformed, unknown, forged, and of another purpose."""
    member = fieldwork.invitations[0].member_id
    assert member is not None
    good = fieldwork.tokens[0]
    return {
        "malformed": "x",
        "unknown": links.token(context.keys.link_key, "invitation", uuid4()),
        "forged": re.sub(r"^.", "A" if good[0] != "A" else "B", good),
        "foreign": links.token(context.keys.link_key, "member", member),
        "nul": "%00" * 22,
        "long": "a" * 500,
    }
