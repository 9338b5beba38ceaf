"""An audit in the field with enough answers and ballots, and a worker's hands to close, report and publish it."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from samenspraak import examples
from samenspraak.types.audit import AuditRequest, ClosingRule, PlanRequest, Schedule
from samenspraak.types.questionnaire import AnswerValue
from uuid_utils.compat import uuid7

from panels.margins import sets as margins
from service import keyring
from service.audits import approval, cases, opening
from service.audits.models import Actor, Case
from service.db import Databases
from service.mail.send import Mailer
from service.settings import Settings
from service.work import Computing, Work
from surveys import applications, ballots, responses
from surveys.store import responses as response_store
from tests.integration.api.harness import MARGINS, Clock, written
from tests.unit.report import factory

DEVELOPER, STAFF = Actor(role="developer"), Actor(role="staff")
COMPLETES, BALLOTS = 120, 100
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


class Inline(Computing):
    """Calculates in this process: tests of the steps need no second one."""

    async def run(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def work(database_settings: Settings, databases: Databases, clock: Clock) -> Work:
    return Work(
        settings=database_settings,
        databases=databases,
        keys=keyring.load(database_settings.secrets_dir),
        mailer=Mailer("smtp://127.0.0.1:1"),
        computing=Inline(),
        now=clock,
    )


@pytest.fixture
async def fielding(work: Work, databases: Databases, now: datetime) -> Case:
    """An audit of the short form with a secret ballot, in the field."""
    organisation = uuid7()
    async with databases.vault.transaction() as conn:
        await conn.execute(MEMBERS, now)
        await conn.execute(CONSENTS, now)
    async with databases.api.transaction() as conn:
        population = margins.parse(MARGINS.read_text(), name="CBS", now=now, id=str(uuid7()))
        await margins.add(conn, population)
        stored = await applications.keep(
            conn, organisation_id=organisation, application=examples.load("chatbot-gemeente"), now=now, new_id=uuid7
        )
        asked = AuditRequest(application_id=stored.id, form="short", target_completes=COMPLETES)
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
            closing=ClosingRule(completes=COMPLETES),
            schedule=Schedule(day_seconds=20.0, reminder_days=(1.0,)),
        )
        await approval.approve(conn, audit_id=case.id, request=plan, actor=STAFF, now=now, entropy=os.urandom)
        return await opening.open_fieldwork(
            conn,
            audit_id=case.id,
            actor=STAFF,
            link_key=work.keys.link_key,
            secrets_dir=work.settings.secrets_dir,
            now=now,
            new_id=uuid7,
            entropy=os.urandom,
        )


@pytest.fixture
async def answered(fielding: Case, databases: Databases, now: datetime) -> Case:
    """The same, with completed responses and most of their ballots."""
    async with databases.api.transaction() as conn:
        questionnaire = await responses.questionnaire(conn, fielding.id)
        rows = await conn.fetch(
            "SELECT respondent_id FROM panel.invitation WHERE audit_id = $1 ORDER BY respondent_id LIMIT $2",
            fielding.id,
            COMPLETES,
        )
        invented = factory.sample(questionnaire, n=COMPLETES, seed=11)
        for number, (row, person) in enumerate(zip(rows, invented, strict=True)):
            respondent: UUID = row["respondent_id"]
            begun = await responses.begin(
                conn, audit_id=fielding.id, respondent_id=respondent, language="nl", seed=number, now=now, new_id=uuid7
            )
            values: dict[str, AnswerValue] = {key: value for key, value in person.answers.items() if value is not None}
            at = now + timedelta(seconds=300 + number)
            page = written(begun, questionnaire.pages[0].key, values, at)
            await response_store.save(conn, writes=(page,))
            sent = now + timedelta(minutes=8)
            await response_store.set_state(
                conn, audit_id=fielding.id, response_id=begun.id, state="completed", now=sent
            )
            if number < BALLOTS:
                await ballots.cast(
                    conn,
                    audit_id=fielding.id,
                    respondent_id=respondent,
                    choice=1 + number % 3 % 2 + (number % 5 == 0),
                    today=now.date(),
                    entropy=os.urandom,
                )
    return fielding
