"""A desk to test a panel from: forms, files, margins and plans as the rest of the house hands them over."""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from samenspraak.types.audit import ClosingRule, DrawPlan, Plan, Schedule, WeightingPlan
from samenspraak.types.base import SampleKind
from samenspraak.types.joining import ImportMapping
from samenspraak.types.margins import MarginSet
from samenspraak.types.panel import ImportOutcome
from uuid_utils.compat import uuid7

from panels import coding, invitations, links
from panels.joining import imports, postcodes, recruitment
from panels.joining.batches import Judged
from panels.joining.notice import NOTICE_VERSION
from panels.joining.signs import Seen
from panels.margins import sets as margins
from panels.models import Opened
from service import db
from service.db import Database, Databases
from service.settings import Settings
from tests.integration.api.harness import Clock
from tests.integration.panels.convening import Convening

TABLES = """
SELECT n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname IN ('vault', 'panel', 'fieldwork', 'ballots', 'results', 'ops')
  AND c.relname <> 'postcode'
"""


class Desk:
    """Does what API and worker do, each step in a transaction of its own and in the role that the service uses."""

    header = "email,birth_year,sex,province,education,language,consent_version,consent_at"
    address_key = b"a" * 32
    link_key = b"l" * 32

    def __init__(self, databases: Databases, settings: Settings, now: datetime) -> None:
        self.databases = databases
        self.settings = settings
        self.now = now

    def form(self, **changes: str) -> dict[str, str]:
        values = {
            "email": "anna@voorbeeld.nl",
            "birth_year": "1980",
            "sex": "V",
            "province": "PV26",
            "education": "3",
            "language": "nl",
            "consent": "yes",
        }
        return {**values, **changes}

    async def sign_up(
        self,
        *,
        at: datetime | None = None,
        simulated: bool = True,
        code: Judged | None = None,
        seen: Seen | None = None,
        **changes: str,
    ) -> UUID:
        async with self.databases.api.transaction() as conn:
            due = await recruitment.sign_up(
                conn,
                form=self.form(**changes),
                simulated=simulated,
                address_key=self.address_key,
                link_key=self.link_key,
                now=at or self.now,
                new_id=uuid7,
                code=code,
                seen=seen,
            )
        return due.member_id

    async def settle(self, member_id: UUID) -> str:
        async with self.databases.vault.transaction() as vault_conn:
            return await recruitment.settle_pending(vault_conn, member_id=member_id)

    async def confirm(self, member_id: UUID, *, at: datetime | None = None) -> UUID:
        async with self.databases.api.transaction() as conn:
            token = links.token(self.link_key, "confirm", member_id)
            return (await recruitment.confirm(conn, token=token, now=at or self.now)).member_id

    async def admit(self, member_id: UUID) -> str:
        async with self.databases.vault.transaction() as vault_conn:
            return await recruitment.admit(vault_conn, member_id=member_id)

    async def join(self, *, at: datetime | None = None, **changes: Any) -> UUID:
        """A member who goes all the way from form to admission."""
        member_id = await self.sign_up(at=at, **changes)
        await self.confirm(member_id, at=(at or self.now) + timedelta(minutes=5))
        assert await self.admit(member_id) == "admitted"
        return member_id

    def file(self, size: int, *, seed: int = 1, consent_at: str = "2026-11-20", start: int = 0) -> bytes:
        random = Random(seed)
        rows = [self.header]
        for number in range(start, start + size):
            sex = random.choice(["M", "V", "M", "V", "M", "V", "X", ""])
            rows.append(
                f"lid{number}@voorbeeld.nl,{2026 - random.randrange(18, 90)},{sex},{random.choice(coding.PROVINCES)},"
                f"{random.choice('123')},nl,{NOTICE_VERSION},{consent_at}"
            )
        return "\n".join(rows).encode()

    async def queue(
        self,
        csv: bytes,
        *,
        dry_run: bool = False,
        kind: SampleKind = "simulated",
        mapping: ImportMapping | None = None,
    ) -> UUID:
        import_id = uuid7()
        async with self.databases.api.transaction() as conn:
            await imports.queue_import(
                conn,
                import_id=import_id,
                csv=csv,
                mapping=mapping,
                dry_run=dry_run,
                kind=kind,
                staff="staff:key_1",
                now=self.now,
            )
        return import_id

    async def run(self, import_id: UUID) -> ImportOutcome:
        async with self.databases.vault.transaction() as vault_conn:
            return await imports.run_import(
                vault_conn,
                import_id=import_id,
                address_key=self.address_key,
                link_key=self.link_key,
                now=self.now,
                new_id=uuid7,
            )

    async def load(self, csv: bytes, **options: Any) -> ImportOutcome:
        return await self.run(await self.queue(csv, **options))

    async def load_postcodes(self, version: str = "2026") -> None:
        """A small table: one postcode in Utrecht, one in Amsterdam, one in Groningen."""
        rows = "3511,GM0344,PV26,LD03,1\n1012,GM0363,PV27,LD03,1\n9711,GM0014,PV20,LD01,2"
        async with self.databases.api.transaction() as conn:
            await postcodes.add(
                conn,
                csv=f"pc4,municipality,province,landsdeel,urbanity\n{rows}".encode(),
                version=version,
                source="a table made for tests",
                provenance="read",
                staff="staff:key_1",
                now=self.now,
                new_id=uuid7,
            )

    def margin_set(self) -> MarginSet:
        pack = Path(coding.__file__).parent / "data" / "nl_weighting_default.csv"
        return margins.parse(pack.read_text(encoding="utf-8"), name="CBS", now=self.now, id=str(uuid7()))

    def plan(self, margin_set: MarginSet, *, target: int = 100, kind: SampleKind = "simulated") -> Plan:
        return Plan(
            audit_id=str(uuid7()),
            application_id="a",
            application_version=1,
            questionnaire_hash="q",
            margins_id=margin_set.id,
            margins_hash=margin_set.content_hash,
            sample_kind=kind,
            target_completes=target,
            closing=ClosingRule(completes=target),
            schedule=Schedule(),
            draw=DrawPlan(expected_participation=0.8),
            weighting=WeightingPlan(),
            subgroups=(),
            ballot=None,
            frozen_at=self.now,
        )

    async def open(self, audit_id: UUID, *, target: int = 100, seed: int = 7, kind: SampleKind = "simulated") -> Opened:
        margin_set = self.margin_set()
        async with self.databases.api.transaction() as conn:
            return await invitations.open_fieldwork(
                conn,
                audit_id=audit_id,
                plan=self.plan(margin_set, target=target, kind=kind),
                margins=margin_set,
                seed=seed,
                link_key=self.link_key,
                now=self.now,
                new_id=uuid7,
            )

    async def everything(self) -> str:
        """Every row of every table, as the owner of the database sees them, but for the table of postcodes itself."""
        owner = await Database.connect(db.role_dsn(self.settings, "owner"), role="owner", max_size=1)
        try:
            async with owner.reading() as conn:
                names = [row[0] for row in await conn.fetch(TABLES)]
                rows = [await conn.fetchval(f"SELECT string_agg(t::text, '|') FROM {name} AS t") for name in names]
                return "|".join(row for row in rows if row)
        finally:
            await owner.close()

    async def value(self, query: str, *args: object) -> object:
        """One value as the vault's keeper sees it."""
        async with self.databases.vault.reading() as conn:
            return await conn.fetchval(query, *args)


@pytest.fixture
def desk(databases: Databases, database_settings: Settings, now: datetime) -> Desk:
    return Desk(databases, database_settings, now)


@pytest.fixture
async def panel_of_400(desk: Desk) -> Desk:
    outcome = await desk.load(desk.file(400))
    assert outcome.imported == 400
    return desk


@pytest.fixture
def house(databases: Databases, database_settings: Settings, now: datetime) -> Convening:
    """Assemblies, step by step as the service takes them."""
    return Convening(databases, database_settings, Clock(now))
