import itertools
import os
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest
from samenspraak.types.application import Application
from samenspraak.types.ballot import BallotResult
from samenspraak.types.base import Localised
from samenspraak.types.expressions import AnswerOf, OneOf
from samenspraak.types.questionnaire import (
    Arm,
    Consent,
    Info,
    InfoSection,
    Knowledge,
    Likert,
    Open,
    Option,
    Page,
    Questionnaire,
    Single,
)

from service import keyring
from service.db import Databases
from service.engines import embedded_dsn
from service.settings import Settings
from service.store import Connection
from surveys import ballots, responses, sealing, tally
from surveys.models import Receipt, Response, Saved

TODAY = date(2026, 11, 24)
CELLS = ("18-34/1", "18-34/3", "65+/1", "65+/3")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
Form = Mapping[str, Sequence[str]]


def both(text: str) -> Localised:
    return Localised(nl=text, en=text)


def option(code: int, *, ends: bool = False, missing: bool = False) -> Option:
    return Option(code=code, label=both(f"option {code}"), ends=ends, missing=missing)


SCALE = tuple(option(code, missing=code == 98) for code in (1, 2, 3, 4, 5, 98))


@pytest.fixture
def questionnaire() -> Questionnaire:
    """Consent, something to read, a comprehension question, two blocks whose order is drawn, a route that can be
    left.
    """
    agree = (option(1), option(2, ends=True))
    pages = (
        Page(
            key="consent",
            block="start",
            questions=(Consent(key="CO", text=both("Do you agree?"), options=agree, notice_version="1"),),
        ),
        Page(
            key="info",
            block="start",
            questions=(
                Info(key="INFO", text=both("Read"), sections=(InfoSection(heading=both("h"), text=both("t")),)),
            ),
        ),
        Page(
            key="understood",
            block="start",
            questions=(
                Knowledge(
                    key="KN", text=both("What?"), options=(option(1), option(2)), correct=1, explain=both("It is one.")
                ),
            ),
        ),
        Page(key="value", block="value", questions=(Likert(key="VA", text=both("Value?"), options=SCALE),)),
        Page(key="worry", block="worry", questions=(Likert(key="WO", text=both("Worry?"), options=SCALE),)),
        Page(
            key="why",
            block="worry_more",
            questions=(
                Single(
                    key="WHY",
                    text=both("Why?"),
                    options=(option(1), option(2)),
                    show_if=OneOf(term=AnswerOf(question="WO"), values=(4, 5)),
                ),
            ),
        ),
        Page(key="open", block="end", questions=(Open(key="OP", text=both("More?"), required=False, max_chars=20),)),
    )
    blocks = ("start", "value", "worry", "worry_more", "end")
    return Questionnaire(
        id="test",
        version=1,
        form="short",
        languages=("nl", "en"),
        pages=pages,
        arms=(
            Arm(key="a", block_order=blocks),
            Arm(key="b", block_order=("start", "worry", "worry_more", "value", "end")),
        ),
        shuffled_blocks=(),
    )


class Walk:
    """One respondent who fills in page after page, a minute each, as the pages of the service do."""

    def __init__(self, conn: Connection, questionnaire: Questionnaire, response: Response) -> None:
        self.conn = conn
        self.questionnaire = questionnaire
        self.response = response
        self._minutes = itertools.count(1)

    def now(self) -> datetime:
        return NOON + timedelta(minutes=next(self._minutes))

    async def save(self, page: str, form: Form | None = None, *, revision: int | None = None, **more: bool) -> Saved:
        saved = await responses.save_page(
            self.conn,
            response=self.response,
            questionnaire=self.questionnaire,
            page_key=page,
            form=form or {},
            revision=self.response.revision if revision is None else revision,
            now=self.now(),
            **more,
        )
        self.response = saved.response
        return saved

    async def whole(self, **answers: str) -> None:
        """Every page of the route, with sound answers unless told otherwise."""
        given = {"CO": "1", "KN": "1", "VA": "3", "WO": "2", "WHY": "1", "OP": "text", **answers}
        form = {key: [value] for key, value in given.items()}
        page: str | None = "consent"
        while page is not None:
            saved = await self.save(page, form)
            assert saved.faults == ()
            page = saved.next


Begin = Callable[..., "Walk"]


async def begin(
    conn: Connection, questionnaire: Questionnaire, audit_id: UUID, *, respondent_id: UUID, seed: int
) -> Walk:
    response = await responses.begin(
        conn, audit_id=audit_id, respondent_id=respondent_id, language="en", seed=seed, now=NOON, new_id=uuid4
    )
    return Walk(conn, questionnaire, response)


@pytest.fixture
def audit_id() -> UUID:
    return uuid4()


@pytest.fixture
async def walk(conn: Connection, questionnaire: Questionnaire, audit_id: UUID) -> Walk:
    """A respondent who has just begun."""
    await responses.add_questionnaire(conn, audit_id, questionnaire)
    return await begin(conn, questionnaire, audit_id, respondent_id=uuid4(), seed=7)


@pytest.fixture
async def administrator(database_settings: Settings) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Someone who may see everything in the database, hidden columns included."""
    state_dir: Path = database_settings.state_dir
    password = keyring.superuser_password(state_dir / "secrets")
    name = urlsplit(str(database_settings.database_url)).path.lstrip("/")
    conn = await asyncpg.connect(f"{embedded_dsn(state_dir, name)}&user=postgres&password={password}")
    yield conn
    await conn.close()


@pytest.fixture
def application(questionnaire: Questionnaire) -> Application:
    """Any sound application."""
    body = {
        "id": "parkeer-auto",
        "name": {"nl": "Parkeerauto", "en": "Parking car"},
        "short_name": {"nl": "de parkeerauto", "en": "the parking car"},
        "owner": {"nl": "de gemeente", "en": "the municipality"},
        "citizen_role": "subject",
        "lifecycle_stage": "in_use",
        **{
            field: {"nl": "Het is zo.", "en": "It is so."}
            for field in ("purpose", "how_it_works", "affected", "human_oversight")
        },
        "data_used": {"nl": ["kenteken"], "en": ["number plate"]},
        "arguments": {
            "for": [{"nl": "Snel.", "en": "Fast."}],
            "against": [{"nl": "Fout.", "en": "Wrong."}],
        },
        "description": {
            "nl": [{"heading": "Wat is het?", "text": "Het is een auto."}],
            "en": [{"heading": "What is it?", "text": "It is a car."}],
        },
        "comprehension": {
            name: {
                "options": [
                    {"code": 1, "nl": "Een", "en": "One"},
                    {"code": 2, "nl": "Twee", "en": "Two"},
                    {"code": 98, "nl": "Weet ik niet", "en": "Don't know"},
                ],
                "correct": 1,
            }
            for name in ("goal", "human", "data")
        },
    }
    return msgspec.convert(body, Application)


class Poll:
    """A ballot from opening to count, each step in the role that the service uses for it."""

    def __init__(self, databases: Databases, application: Application, voters: int) -> None:
        self.databases = databases
        self.audit_id = uuid4()
        self.definition = ballots.define(application)
        self.private_key, self.public_key = sealing.new_keypair(os.urandom)
        self.register = {uuid4(): CELLS[number % len(CELLS)] for number in range(voters)}
        self.chosen: dict[UUID, int] = {}
        self.receipts: dict[UUID, Receipt] = {}

    async def open(self) -> "Poll":
        async with self.databases.api.transaction() as conn:
            await ballots.open_box(
                conn,
                audit_id=self.audit_id,
                definition=self.definition,
                public_key=self.public_key,
                voters=self.register.items(),
                today=TODAY,
            )
        return self

    async def cast(self, respondent_id: UUID, choice: int) -> Receipt:
        async with self.databases.api.transaction() as conn:
            receipt = await ballots.cast(
                conn,
                audit_id=self.audit_id,
                respondent_id=respondent_id,
                choice=choice,
                today=TODAY,
                entropy=os.urandom,
            )
        self.chosen[respondent_id], self.receipts[respondent_id] = choice, receipt
        return receipt

    async def everybody_votes(self) -> None:
        for number, respondent_id in enumerate(self.register):
            await self.cast(respondent_id, number // 2 % 3 + 1)

    async def close(self) -> bool:
        async with self.databases.worker.transaction() as conn:
            return await ballots.close_register(conn, self.audit_id, today=TODAY)

    async def count(self) -> BallotResult:
        async with self.databases.tally.transaction() as conn:
            opened = await ballots.empty_box(conn, audit_id=self.audit_id, private_key=self.private_key)
            result = tally.count(
                opened,
                definition=self.definition,
                weights_by_cell={cell: float(number) for cell, number in Counter(self.register.values()).items()},
                entitled=await ballots.entitled(conn, self.audit_id),
                sample_kind="simulated",
            )
            await ballots.store_result(conn, audit_id=self.audit_id, result=result, today=TODAY)
        return result


@pytest.fixture
async def poll(databases: Databases, application: Application) -> Poll:
    """An open ballot with 48 voters in four cells."""
    return await Poll(databases, application, voters=48).open()
