"""Numbered SQL files applied in order, once, each in its own transaction, as the role that owns the schemas."""

import hashlib
import re
from pathlib import Path

import asyncpg
import msgspec

from service import db
from service.store import Connection

FOLDER = Path(__file__).with_name("migrations")
NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")


class MigrationFailed(Exception):
    """A migration cannot be applied; the message names the file, the line and the remedy."""

    code = "migration_failed"


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    name: str
    """File name."""
    sql: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hexadecimal; an applied file may not change."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read(folder: Path = FOLDER) -> tuple[Migration, ...]:
    """The migrations of a folder in the order of their numbers.

    Raises:
        MigrationFailed: a file is named oddly, or two share a number.
    """
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = NAME.fullmatch(path.name)
        if match is None:
            raise MigrationFailed(f"{path.name}: name it NNNN_name.sql, in lower case")
        number = int(match[1])
        if number in found:
            raise MigrationFailed(f"{path.name} and {found[number].name} share a number; renumber the newer one")
        found[number] = Migration(number=number, name=path.name, sql=path.read_text())
    return tuple(found[number] for number in sorted(found))


# Bookkeeping, made before the first migration; the one row of migration_lock is what a runner holds.
PREPARE = """
CREATE SCHEMA IF NOT EXISTS ops;
CREATE TABLE IF NOT EXISTS ops.migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS ops.migration_lock (one boolean PRIMARY KEY DEFAULT true CHECK (one));
INSERT INTO ops.migration_lock DEFAULT VALUES ON CONFLICT DO NOTHING;
"""
# Makes every other runner wait until our transaction ends.
LOCK = "SELECT one FROM ops.migration_lock FOR UPDATE"
# What was applied before.
APPLIED = "SELECT number, name, digest FROM ops.migration ORDER BY number"
# Remembers one applied file.
RECORD = "INSERT INTO ops.migration (number, name, digest) VALUES ($1, $2, $3)"


async def migrate(owner_dsn: str, *, migrations: tuple[Migration, ...] | None = None) -> tuple[str, ...]:
    """Apply what is missing; names of the files that were applied. Several runners at once do no harm.

    Raises:
        MigrationFailed: a file is wrong, was changed after it was applied, or comes before one that was.
        DatabaseUnavailable: the database does not answer within ten seconds.
    """
    wanted = read() if migrations is None else migrations
    conn = await db.first_connection(owner_dsn)
    done: list[str] = []
    try:
        await _prepare(conn)
        for migration in wanted:
            async with conn.transaction():
                await conn.execute("SET LOCAL lock_timeout = '10s'")
                await conn.fetchval(LOCK)
                if await _pending(conn, migration, wanted):
                    await _apply(conn, migration)
                    done.append(migration.name)
    finally:
        await conn.close()
    return tuple(done)


async def latest(conn: Connection) -> int:
    """Number of the newest applied migration; the readiness check compares it with the newest file."""
    rows = await conn.fetch(APPLIED)
    return int(rows[-1]["number"]) if rows else 0


async def _prepare(conn: Connection) -> None:
    for attempt in (1, 2, 3):
        try:
            await conn.execute(PREPARE)
            return
        except asyncpg.UniqueViolationError:
            # Two runners made the same schema at the same moment; IF NOT EXISTS does not cover that.
            if attempt == 3:
                raise


async def _pending(conn: Connection, migration: Migration, wanted: tuple[Migration, ...]) -> bool:
    applied = {row["number"]: row for row in await conn.fetch(APPLIED)}
    unknown = applied.keys() - {known.number for known in wanted}
    if unknown:
        raise MigrationFailed(
            f"the database has migration {max(unknown):04} that this version does not know; run a newer version"
        )
    before = applied.get(migration.number)
    if before is None:
        if applied and max(applied) > migration.number:
            raise MigrationFailed(
                f"{migration.name} is new but {applied[max(applied)]['name']} was applied before it; "
                "give it a higher number"
            )
        return True
    if before["digest"] != migration.digest:
        raise MigrationFailed(
            f"{migration.name} was changed after it was applied; put the old text back and write a new migration"
        )
    return False


async def _apply(conn: Connection, migration: Migration) -> None:
    try:
        await conn.execute(migration.sql)
    except asyncpg.PostgresError as error:
        raise MigrationFailed(f"{migration.name}, {_place(migration.sql, error)}: {error}") from error
    await conn.execute(RECORD, migration.number, migration.name, migration.digest)


def _place(sql: str, error: asyncpg.PostgresError) -> str:
    position = getattr(error, "position", None)
    if position is None:
        return "some statement"
    return f"line {sql.count(chr(10), 0, int(position) - 1) + 1}"
