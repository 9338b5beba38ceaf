"""What the tests of assemblies share: members who may be asked, requests, and every step as the service makes it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from samenspraak.types.assembly import (
    AssemblyRequest,
    QuotaRequest,
    RandomnessRequest,
    RecruitRequest,
)
from samenspraak.types.base import Localised
from uuid_utils.compat import uuid7

from panels import links
from panels.assemblies import founding, pool, publishing, reading, recruiting, seating, solving, steps, volunteer_csv
from panels.assemblies.calculation import calculate
from panels.assemblies.models import Assembly, Step
from service import assemblies
from service.audits.models import SYSTEM, Actor
from service.db import Database, Databases, role_dsn
from service.settings import Settings
from tests.integration.api.harness import Clock

MEMBERS = """
INSERT INTO panel.member (id, status, admitted, kind, sex, birth_year, province, education, language,
    consent_version, consent_at, joined_at, confirm_hash, link_hash, household_key)
SELECT gen_random_uuid(), 'active', true, $2, (ARRAY['M', 'V'])[1 + n % 2], 1940 + (n * 7) % 66,
    'PV' || (20 + n % 12), (ARRAY['1', '2', '3'])[1 + (n / 2) % 3], (ARRAY['nl', 'en'])[1 + n % 2], 'test', $1, $1,
    sha256(('confirm' || n || $2)::bytea), sha256(('link' || n || $2)::bytea),
    CASE WHEN n % 10 < 2 THEN sha256(('home' || n / 10)::bytea) END
FROM generate_series(1, $3::integer) AS n
"""
CONSENTS = """
INSERT INTO panel.consent (member_id, purpose, version, given_at)
SELECT m.id, purpose, 'test', $1
FROM panel.member AS m, unnest(ARRAY['membership', 'profile', 'assembly']) AS purpose WHERE m.kind = $2
"""
FIRST, SECOND = Actor(role="staff", key_id=UUID(int=1)), Actor(role="staff", key_id=UUID(int=2))
SEX = (
    QuotaRequest(feature="sex", value="M", minimum=4, maximum=6),
    QuotaRequest(feature="sex", value="V", minimum=4, maximum=6),
)
AGE = tuple(QuotaRequest(feature="age3", value=value, minimum=2, maximum=5) for value in ("18-34", "35-64", "65+"))
LIST_QUOTAS = (
    QuotaRequest(feature="wijk", value="Oost", minimum=2, maximum=4),
    QuotaRequest(feature="wijk", value="West", minimum=2, maximum=4),
)


class Convening:
    """Does what API, pages and worker do: each step in its own transaction, in the role that the service uses."""

    link_key = b"l" * 32

    def __init__(self, databases: Databases, settings: Settings, clock: Clock, link_key: bytes | None = None) -> None:
        self.databases = databases
        self.settings = settings
        self.clock = clock
        self.link_key = link_key or self.link_key
        self._entropy = 0

    def entropy(self, length: int) -> bytes:
        """Secrets that are the same in every run."""
        self._entropy += 1
        return self._entropy.to_bytes(length, "big")

    async def members(self, size: int = 200, *, kind: str = "simulated") -> None:
        async with self.databases.vault.transaction() as conn:
            await conn.execute(MEMBERS, self.clock.now, kind, size)
            await conn.execute(CONSENTS, self.clock.now, kind)

    def request(self, **changes: Any) -> AssemblyRequest:
        values: dict[str, Any] = {
            "title": Localised(nl="Burgerberaad over AI in de zorg", en="Citizens' assembly on AI in care"),
            "organiser": "gemeente Voorbeeld",
            "purpose": Localised(
                nl="We praten over AI in het ziekenhuis. De gemeenteraad krijgt het advies.",
                en="We talk about AI in hospitals. The council gets the advice.",
            ),
            "size": 10,
            "sample_kind": "simulated",
            "quotas": (*SEX, *AGE),
            "panels": 100,
            "randomness": self.randomness(),
        }
        return AssemblyRequest(**{**values, **changes})

    def randomness(self, *, days: float = 30) -> RandomnessRequest:
        return RandomnessRequest(
            source="Lotto, the six numbers in ascending order, separated by hyphens",
            address="https://lotto.example",
            known_from=self.clock.now + timedelta(days=days),
        )

    async def do(
        self, move: Callable[..., Awaitable[Step | None]], *, by: Actor = FIRST, role: str = "api", **options: Any
    ) -> Assembly:
        """One step, noted in the trail as the service does."""
        database: Database = getattr(self.databases, role)
        async with database.transaction() as conn:
            step = await move(conn, now=self.clock.now, **options)
            assert step is not None
            await assemblies.carry_out(conn, step, actor=by, now=self.clock.now)
        return step.assembly

    async def create(self, **changes: Any) -> Assembly:
        return await self.do(founding.create, request=self.request(**changes), new_id=uuid7, entropy=self.entropy)

    async def recruit(self, assembly: Assembly, *, sample: int | None = None) -> Assembly:
        return await self.do(
            recruiting.open_recruiting,
            assembly_id=assembly.id,
            request=RecruitRequest(sample=sample),
            link_key=self.link_key,
            beside=asyncio.to_thread,
            new_id=uuid7,
        )

    async def load(self, assembly: Assembly, rows: int = 40, *, csv: bytes | None = None) -> Assembly:
        """A list from elsewhere: two neighbourhoods, every tenth pair at one address."""
        lines = ["id,wijk,household"]
        lines += [f"v{n},{('Oost', 'West')[n % 2]},{f'huis {n // 10}' if n % 10 < 2 else ''}" for n in range(rows)]
        sheet = volunteer_csv.read(csv or "\n".join(lines).encode(), quotas=assembly.quotas)

        async def move(conn: Any, *, now: datetime) -> Step | None:
            _, step = await pool.load_volunteers(
                conn,
                assembly_id=assembly.id,
                sheet=sheet,
                quotas=assembly.quotas,
                dry_run=False,
                beside=asyncio.to_thread,
                now=now,
                new_id=uuid7,
            )
            return step

        return await self.do(move)

    async def tokens(self, assembly: Assembly) -> list[str]:
        """A link for everybody who was asked, in the order of their ids."""
        async with self.databases.api.reading() as conn:
            rows = await conn.fetch(
                "SELECT id FROM panel.assembly_candidate WHERE assembly_id = $1 AND member_id IS NOT NULL ORDER BY id",
                assembly.id,
            )
        return [self.token(row["id"]) for row in rows]

    def token(self, candidate_id: UUID) -> str:
        return links.token(self.link_key, "assembly", candidate_id)

    async def say(self, token: str, *, yes: bool = True) -> bool:
        async with self.databases.api.transaction() as conn:
            return await recruiting.answer(conn, token=token, yes=yes, now=self.clock.now)

    async def settle(self, token: str, *, accept: bool) -> bool:
        async with self.databases.api.transaction() as conn:
            return await seating.answer(conn, token=token, accept=accept, now=self.clock.now)

    async def close(self, assembly: Assembly) -> Assembly:
        return await self.do(pool.close_pool, assembly_id=assembly.id, beside=asyncio.to_thread)

    async def solve(self, assembly: Assembly) -> Assembly:
        """The calculation from asking for it to what the job keeps."""
        asked = await self.do(solving.solve, assembly_id=assembly.id)
        async with self.databases.worker.reading() as conn:
            found = await solving.material(conn, assembly_id=assembly.id, attempt=asked.attempt)
        assert found is not None
        terms = found[0].terms
        calculated = calculate(found[1], algorithm=terms.algorithm, seed=asked.seed, panels=terms.panels)
        return await self.do(
            solving.keep,
            by=SYSTEM,
            role="worker",
            assembly_id=assembly.id,
            attempt=asked.attempt,
            calculated=calculated,
        )

    async def publish(self, assembly: Assembly) -> Assembly:
        return await self.do(publishing.publish, assembly_id=assembly.id, beside=asyncio.to_thread)

    async def enter(self, assembly: Assembly, value: str = "3-8-15-22-31-40", *, by: Actor = FIRST) -> Assembly:
        return await self.do(publishing.enter, by=by, assembly_id=assembly.id, value=value, person=str(by))

    async def draw(self, assembly: Assembly, value: str = "3-8-15-22-31-40") -> Assembly:
        """Both people, after the number became known."""
        self.clock.now = max(self.clock.now, assembly.randomness.known_from + timedelta(hours=1))
        await self.do(publishing.enter, assembly_id=assembly.id, value=value, person=str(FIRST))
        return await self.do(
            publishing.confirm,
            by=SECOND,
            assembly_id=assembly.id,
            value=value,
            person=str(SECOND),
            beside=asyncio.to_thread,
        )

    async def willing(self, assembly: Assembly, size: int = 200) -> list[str]:
        """Members, asked, of whom two in three say yes; their links."""
        await self.members(size)
        await self.recruit(assembly)
        tokens = await self.tokens(assembly)
        yes = [token for number, token in enumerate(tokens) if number % 3]
        for token in yes:
            assert await self.say(token)
        return yes

    async def published(self, **changes: Any) -> Assembly:
        assembly = await self.create(**changes)
        await self.willing(assembly)
        await self.close(assembly)
        await self.solve(assembly)
        return await self.publish(assembly)

    async def drawn(self, **changes: Any) -> Assembly:
        return await self.draw(await self.published(**changes))

    async def now(self, assembly: Assembly) -> Assembly:
        """The assembly as it is stored."""
        async with self.databases.api.reading() as conn:
            return await steps.find(conn, assembly_id=assembly.id)

    async def shown(self, assembly: Assembly) -> Any:
        async with self.databases.api.reading() as conn:
            return await reading.shown(conn, await steps.find(conn, assembly_id=assembly.id))

    async def seats(self, assembly: Assembly) -> Any:
        async with self.databases.api.reading() as conn:
            return await reading.seats_of(conn, assembly.id)

    async def rows(self, statement: str, *args: object) -> list[Any]:
        """Rows as the vault's keeper sees them."""
        async with self.databases.vault.reading() as conn:
            return list(await conn.fetch(statement, *args))

    async def force(self, statement: str, *args: object) -> None:
        """A change that no use case makes, as the owner of the schemas."""
        conn = await asyncpg.connect(role_dsn(self.settings, "owner"))
        try:
            await conn.execute(statement, *args)
        finally:
            await conn.close()

    async def trail(self, assembly: Assembly) -> list[str]:
        """Events of an assembly, oldest first."""
        async with self.databases.api.reading() as conn:
            rows = await conn.fetch("SELECT event FROM ops.trail WHERE audit_id = $1 ORDER BY number", assembly.id)
        return [row["event"] for row in rows]
