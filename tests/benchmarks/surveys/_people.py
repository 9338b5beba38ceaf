"""The people of the benchmark: an audit in its fieldwork, everybody begun, each with the whole walk filled in."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).resolve()
Form = dict[str, list[str]]


@dataclass(frozen=True, kw_only=True)
class Person:
    """One invited person, with the whole walk filled in beforehand."""

    token: str
    invitation_id: Any
    respondent_id: Any
    response_id: Any
    walk: tuple[tuple[str, Form], ...]
    answers: dict[str, Any]
    """What is stored once the whole walk is sent."""


async def in_the_field(settings: Any, people: int) -> tuple[Any, Any, list[tuple[Any, Any, str]]]:
    """An audit in its fieldwork; its questionnaire and (invitation, respondent, token) of this many people."""
    from samenspraak import examples
    from samenspraak.types.audit import AuditRequest, ClosingRule, PlanRequest, Schedule
    from uuid_utils.compat import uuid7

    from panels import links
    from panels.margins import sets as margins
    from service import db, keyring
    from service.audits import approval, cases, opening
    from service.audits.models import Actor
    from service.context import Context
    from surveys import applications, responses
    from tests.integration.api.harness import MARGINS, new_organisation

    now, staff, developer = datetime.now(UTC), Actor(role="staff"), Actor(role="developer")
    databases = await db.Databases.connect(settings, roles=("api", "vault"), max_size=2)
    context = Context(settings=settings, db=databases.api, keys=keyring.load(settings.secrets_dir))
    async with databases.vault.transaction() as conn:
        await conn.execute(MEMBERS, now, people * 6)
        await conn.execute(CONSENTS, now)
    organisation = await new_organisation(context)
    async with context.db.transaction() as conn:
        population = margins.parse(MARGINS.read_text(), name="CBS", now=now, id=str(uuid7()))
        await margins.add(conn, population)
        document = examples.load("chatbot-gemeente")
        stored = await applications.keep(
            conn, organisation_id=organisation, application=document, now=now, new_id=uuid7
        )
        wanted = AuditRequest(application_id=stored.id, form="standard", target_completes=people)
        case = await cases.create(
            conn, organisation_id=organisation, application=stored, request=wanted, actor=developer, now=now,
            new_id=uuid7,
        )  # fmt: skip
        await cases.submit(conn, audit_id=case.id, organisation_id=organisation, actor=developer, now=now)
        await cases.start_review(conn, audit_id=case.id, actor=staff, now=now)
        plan = PlanRequest(
            margins_id=population.id, sample_kind="simulated", closing=ClosingRule(completes=people),
            schedule=Schedule(day_seconds=20.0, reminder_days=(1.0,)),
        )  # fmt: skip
        await approval.approve(conn, audit_id=case.id, request=plan, actor=staff, now=now, entropy=os.urandom)
        case = await opening.open_fieldwork(
            conn, audit_id=case.id, actor=staff, link_key=context.keys.link_key, secrets_dir=settings.secrets_dir,
            now=now, new_id=uuid7, entropy=os.urandom,
        )  # fmt: skip
        drawn = await conn.fetch(
            "SELECT id, respondent_id FROM panel.invitation WHERE audit_id = $1 ORDER BY id LIMIT $2", case.id, people
        )
        asked = await responses.questionnaire(conn, case.id)
    await databases.close()
    assert len(drawn) == people
    key = context.keys.link_key
    return case.id, asked, [(r["id"], r["respondent_id"], links.token(key, "invitation", r["id"])) for r in drawn]


MEMBERS = """
INSERT INTO panel.member (id, status, admitted, kind, sex, birth_year, province, education, language,
    consent_version, consent_at, joined_at, confirm_hash, link_hash)
SELECT gen_random_uuid(), 'active', true, 'simulated', (ARRAY['M', 'V'])[1 + n % 2], 1940 + (n * 7) % 66,
    'PV' || (20 + n % 12), (ARRAY['1', '2', '3'])[1 + (n / 2) % 3], 'nl', 'test', $1, $1,
    sha256(('confirm' || n)::bytea), sha256(('link' || n)::bytea)
FROM generate_series(1, $2::int) AS n
"""
CONSENTS = """
INSERT INTO panel.consent (member_id, purpose, version, given_at)
SELECT id, purpose, 'test', $1 FROM panel.member, unnest(ARRAY['membership', 'profile']) AS purpose
"""


async def walks(settings: Any, audit_id: Any, asked: Any, people: list[tuple[Any, Any, str]]) -> list[Person]:
    """Fill in the walk of everybody who has begun."""
    from service import db
    from surveys import responses

    databases = await db.Databases.connect(settings, roles=("api",), max_size=2)
    found = []
    async with databases.api.reading() as conn:
        for invitation_id, respondent_id, token in people:
            response = await responses.load(conn, audit_id=audit_id, respondent_id=respondent_id)
            assert response is not None
            answers: dict[str, Any] = {}
            walk = tuple(walked(asked, response.respondent, answers))
            one = Person(
                token=token, invitation_id=invitation_id, respondent_id=respondent_id, response_id=response.id,
                walk=walk, answers=answers,
            )  # fmt: skip
            found.append(one)
    await databases.close()
    return found


def walked(asked: Any, who: Any, answers: dict[str, Any]) -> Iterator[tuple[str, Form]]:
    """Page after page of one person's route with a sound answer to everything: the form as a browser sends it.

    `answers` holds all of them at the end.
    """
    from surveys import routing
    from surveys.answers import check_page

    page = routing.next_page(asked, who, answers, after=None)
    while page is not None:
        form: Form = {}
        for question in page.questions:
            form |= filled(question, routing.options_shown(question, who, answers, asked))
        checked = check_page(asked, page, who, form=form, answers=answers)
        assert not checked.faults, checked.faults
        answers.update(checked.values)
        yield page.key, form
        page = routing.next_page(asked, who, answers, after=page.key)


async def answered(settings: Any, audit_id: Any, people: Sequence[Person]) -> None:
    """All answers of these people are in both databases, as if they had sent every page; what is left is to send."""
    import asyncpg
    import msgspec

    from service.db import role_dsn

    conn = await asyncpg.connect(role_dsn(settings, "owner"))
    rows = [
        (audit_id, one.response_id, one.respondent_id, key, msgspec.json.encode(value).decode())
        for one in people
        for key, value in one.answers.items()
    ]
    await conn.executemany(
        "INSERT INTO fieldwork.answer (audit_id, response_id, question, value, revision) "
        "SELECT $1, $2, $4, $5::text::jsonb, 1 WHERE $3::uuid IS NOT NULL", rows,
    )  # fmt: skip
    await conn.executemany(
        "INSERT INTO peer_answer (response_id, question, value, revision) "
        "SELECT $3::uuid, $4, $5::text::jsonb, 1 WHERE $1::uuid IS NOT NULL AND $2::uuid IS NOT NULL", rows,
    )  # fmt: skip
    await conn.execute("ANALYZE")
    await conn.close()


async def completes(settings: Any, audit_id: Any) -> tuple[int, int]:
    """Completed responses: of the service, of the peer."""
    import asyncpg

    from service.db import role_dsn

    conn = await asyncpg.connect(role_dsn(settings, "owner"))
    ours = await conn.fetchval(
        "SELECT count(*) FROM fieldwork.response WHERE audit_id = $1 AND state = 'completed'", audit_id
    )
    peer = await conn.fetchval("SELECT count(*) FROM peer_response WHERE state = 'completed'")
    await conn.close()
    return ours, peer


def filled(question: Any, shown: Any) -> Form:
    """An answer to one question: the first options, the middle of a range, some words."""
    codes = [str(option.code) for option in shown.options if not option.ends]
    match question.__struct_config__.tag:
        case "info":
            return {}
        case "ranking":
            return {f"{question.key}.{place + 1}": [code] for place, code in enumerate(codes[: shown.top])}
        case "matrix":
            return {f"{question.key}.{row.key}": codes[:1] for row in question.rows}
        case "numeric" | "slider":
            return {question.key: [str((question.minimum + question.maximum) // 2)]}
        case "open":
            return {question.key: ["Wie kijkt er mee met wat de computer doet?"]}
        case "statement":
            return {question.key: ["1"]}
        case _:
            return {question.key: [str(question.correct)] if hasattr(question, "correct") else codes[:1]}


async def beside(settings: Any, audit_id: Any, asked: Any, people: Sequence[Person]) -> None:
    """The peer's tables in the same database, with the same people at the start of the same walk."""
    sys.path.insert(0, str(HERE.parent / "peer"))
    os.environ["PEER_DATABASE"] = peer_dsn(settings)
    import app as peer
    import msgspec

    from panels import links

    async with peer.engine.begin() as conn:
        await conn.run_sync(peer.Base.metadata.create_all)
    async with peer.session() as session, session.begin():
        session.add(peer.Audit(id=audit_id, state="fielding", target=10**6))
        session.add(peer.Cell(id=audit_id, need=10**6, have=0, pending=len(people)))
        session.add(peer.Questionnaire(audit_id=audit_id, definition=msgspec.to_builtins(asked)))
        for one in people:
            given = {"audit_id": audit_id, "respondent_id": one.respondent_id}
            token_hash = links.token_hash(one.token)
            session.add(
                peer.Invitation(
                    id=one.invitation_id, token_hash=token_hash, disposition="started", cell_id=audit_id, **given
                )
            )
            session.add(
                peer.Saved(
                    id=one.respondent_id,
                    state="in_progress",
                    revision=0,
                    saved_at=datetime.now(UTC).replace(tzinfo=None),
                    **given,
                )
            )
    await peer.engine.dispose()


def peer_dsn(settings: Any) -> str:
    """The same database for SQLAlchemy."""
    from service.db import role_dsn

    login = urlsplit(role_dsn(settings, "owner"))
    return f"postgresql+asyncpg:///{login.path.lstrip('/')}?{login.query}"
