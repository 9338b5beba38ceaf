"""Connections to PostgreSQL: one pool per role, transactions, and outages as one kind of failure."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import msgspec

from service import engines, keyring
from service.errors import ServiceError
from service.settings import Role, Settings
from service.store import Connection

ACQUIRE_SECONDS = 3.0
COMMAND_SECONDS = 5.0
REPORT_SECONDS = 60.0
RETRY_AFTER = 2
T = TypeVar("T")

OUTAGES = (
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.InternalClientError,
    asyncpg.DiskFullError,
    asyncpg.OutOfMemoryError,
)
"""What a statement may meet when the database is away, stopping, full or too slow."""

CONNECTING = (OSError, *OUTAGES)
"""The same while connecting, where a missing socket file is an outage too."""

CONFLICTS = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""The database undid the transaction for another one's sake (40001, 40P01); doing it again is right."""


class DatabaseUnavailable(ServiceError):
    """The database does not answer now. What was acknowledged is kept; try again after `retry_after` seconds."""

    code = "database_unavailable"
    message = "The service cannot reach its database. Try again in a moment."

    def __init__(self) -> None:
        super().__init__(retry_after=RETRY_AFTER)


class DatabaseUnsafe(Exception):
    """The database may lose what it acknowledged; the service refuses to start on it."""

    code = "database_unsafe"


class LoginRefused(Exception):
    """The database is there and does not let a role in; the message says what to check."""

    code = "login_refused"


class Hint(msgspec.Struct, frozen=True):
    """A job that was written in this transaction, for the wake-up after commit."""

    job_id: UUID
    queue: str


Wake = Callable[[Sequence[Hint]], None]


def ignore(_hints: Sequence[Hint]) -> None:
    """No wake-up: the sweeper finds the jobs within a second."""


class Database:
    """A pool of one role. Transactions open here, in controllers and jobs only."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", *, role: str) -> None:
        self._pool = pool
        self.role = role
        self.wake: Wake = ignore
        """Called after a commit with the jobs that it wrote; must not raise or block."""

    @classmethod
    async def connect(
        cls,
        dsn: str,
        *,
        role: str,
        min_size: int = 0,
        max_size: int = 8,
        command_seconds: float = COMMAND_SECONDS,
    ) -> "Database":
        """Open a pool for the role named in the DSN.

        Args:
            min_size: connections made at once; 0 makes none, so that a start does not need the database.
            command_seconds: longest run of one statement.

        Raises:
            DatabaseUnavailable: a first connection was asked for and does not succeed.
        """
        milliseconds = int(command_seconds * 1000)
        with unavailable(CONNECTING):
            pool = await asyncpg.create_pool(
                dsn,
                min_size=min_size,
                max_size=max_size,
                timeout=ACQUIRE_SECONDS,
                command_timeout=command_seconds + 1,
                max_inactive_connection_lifetime=300,
                init=_prepare,
                connection_class=_PlainConnection,
                server_settings={
                    "application_name": f"samenspraak {role}",
                    "statement_timeout": str(milliseconds),
                    "idle_in_transaction_session_timeout": "60000",
                    "timezone": "UTC",
                },
            )
        return cls(pool, role=role)

    def transaction(self) -> "contextlib.AbstractAsyncContextManager[Connection]":
        """One read-committed transaction: committed when the block ends, undone when it raises.

        Raises:
            DatabaseUnavailable: the database is away or too slow. Whether a commit that was under way succeeded is then
                not known; repeat only what may happen twice.
        """
        return self._transaction(also=CONFLICTS)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection that may only read; every statement sees what was committed before it."""
        async with self._connection() as conn:
            with unavailable(OUTAGES):
                async with conn.transaction(readonly=True):
                    yield conn

    async def run(self, work: Callable[[Connection], Awaitable[T]], *, attempts: int = 4) -> T:
        """Run `work` in a transaction of its own, again when the database undid it for another's sake.

        `work` gets a fresh transaction each time and must do everything through it.

        Raises:
            DatabaseUnavailable: away, or undone `attempts` times.
        """
        for attempt in range(1, attempts):
            try:
                async with self._transaction() as conn:
                    return await work(conn)
            except CONFLICTS:
                await asyncio.sleep(0.01 * 2**attempt)
        async with self.transaction() as conn:
            return await work(conn)

    @contextlib.asynccontextmanager
    async def _transaction(self, *, also: tuple[type[BaseException], ...] = ()) -> AsyncIterator[Connection]:
        async with self._connection() as conn:
            with unavailable((*OUTAGES, *also)), _collected(conn) as hints:
                async with conn.transaction():
                    yield conn
        if hints:
            self.wake(hints)

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        with unavailable(CONNECTING):
            conn = await self._pool.acquire(timeout=ACQUIRE_SECONDS)
        try:
            yield conn
        finally:
            with unavailable(OUTAGES):
                await self._pool.release(conn)

    async def close(self) -> None:
        """Give running statements two seconds, then cut the connections."""
        try:
            await asyncio.wait_for(self._pool.close(), 2)
        except (TimeoutError, *OUTAGES):
            self._pool.terminate()


class Databases:
    """The roles that this process may log in as. The API holds `api` alone; the worker all but `api` and `owner`."""

    def __init__(self, held: dict[Role, Database]) -> None:
        self._held = held

    @classmethod
    async def connect(cls, settings: Settings, *, roles: Sequence[Role], max_size: int = 8) -> "Databases":
        """Open one pool per role, without a first connection: the database may still be on its way."""
        held: dict[Role, Database] = {}
        for role in roles:
            seconds = COMMAND_SECONDS if role == "api" else REPORT_SECONDS
            held[role] = await Database.connect(
                role_dsn(settings, role), role=role, max_size=max_size, command_seconds=seconds
            )
        return cls(held)

    @property
    def api(self) -> Database:
        return self._role("api")

    @property
    def worker(self) -> Database:
        return self._role("worker")

    @property
    def vault(self) -> Database:
        return self._role("vault")

    @property
    def tally(self) -> Database:
        return self._role("tally")

    def wake_with(self, wake: Wake) -> None:
        """Let every pool announce new jobs with `wake`."""
        for database in self._held.values():
            database.wake = wake

    async def close(self) -> None:
        await asyncio.gather(*(database.close() for database in self._held.values()))

    def _role(self, role: Role) -> Database:
        if role not in self._held:
            raise LookupError(f"this process may not log in as {role}")
        return self._held[role]


def role_dsn(settings: Settings, role: Role) -> str:
    """DSN with the login of one role: the base address plus the role's own password."""
    base = urlsplit(engines.database_url(settings))
    query = dict(parse_qsl(base.query))
    query |= {"user": f"samenspraak_{role}", "password": keyring.database_password(settings, role)}
    place = base.netloc.rpartition("@")[2]
    return urlunsplit((base.scheme, place, base.path, urlencode(query), ""))


def after_commit(conn: Connection, hint: Hint) -> None:
    """Remember a job for the wake-up after this connection's transaction; does nothing outside `transaction()`."""
    hints = _open.get(id(conn))
    if hints is not None:
        hints.append(hint)


_open: dict[int, list[Hint]] = {}


@contextlib.contextmanager
def _collected(conn: Connection) -> Iterator[list[Hint]]:
    hints: list[Hint] = []
    _open[id(conn)] = hints
    try:
        yield hints
    finally:
        del _open[id(conn)]


@contextlib.contextmanager
def unavailable(kinds: tuple[type[BaseException], ...]) -> Iterator[None]:
    """Turn what an outage looks like into `DatabaseUnavailable`; everything else passes."""
    try:
        yield
    except asyncpg.InterfaceError as error:
        # "connection was closed in the middle of operation" is an outage; a wrong argument is our own mistake.
        if "clos" not in str(error):
            raise
        raise DatabaseUnavailable from error
    except kinds as error:
        raise DatabaseUnavailable from error


class _PlainConnection(asyncpg.Connection):
    """Given back without a reset, which saves a round trip; nothing here sets session state (SET LOCAL only)."""

    def get_reset_query(self) -> str:
        return ""


async def _prepare(conn: "asyncpg.Connection[asyncpg.Record]") -> None:
    """jsonb goes in as anything msgspec encodes and comes out as the bytes to decode: no step through text.

    The binary form starts with one version byte, 0x01.
    """
    await conn.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda data: bytes(data[1:]),
    )


# The roles, their logins and the database itself; only the launcher runs these, as the embedded superuser.
ROLE_EXISTS = "SELECT true FROM pg_roles WHERE rolname = $1"
CREATE_ROLE = "SELECT format('CREATE ROLE %I LOGIN', $1::text)"
SET_PASSWORD = "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)"
DATABASE_EXISTS = "SELECT true FROM pg_database WHERE datname = $1"
CREATE_DATABASE = "SELECT format('CREATE DATABASE %I OWNER samenspraak_owner', $1::text)"
CLOSE_DATABASE = "SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $1::text)"
OPEN_DATABASE = "SELECT format('GRANT CONNECT ON DATABASE %I TO %I', $1::text, $2::text)"


async def bootstrap(superuser_dsn: str, *, database: str, passwords: dict[str, str]) -> None:
    """Make the roles and the database of an embedded server; set every password to the one in its file.

    Args:
        superuser_dsn: login on the `postgres` database.
        passwords: role (without prefix) -> password.

    Raises:
        DatabaseUnavailable: the server does not take connections within ten seconds.
    """
    conn = await first_connection(superuser_dsn)
    try:
        roles = {f"samenspraak_{role}": password for role, password in passwords.items()}
        for role, password in roles.items():
            if not await conn.fetchval(ROLE_EXISTS, role):
                await _say(conn, CREATE_ROLE, role)
            await _say(conn, SET_PASSWORD, role, password)
        if not await conn.fetchval(DATABASE_EXISTS, database):
            await _say(conn, CREATE_DATABASE, database)
        await _say(conn, CLOSE_DATABASE, database)
        for role in roles:
            await _say(conn, OPEN_DATABASE, database, role)
    finally:
        await conn.close()


async def _say(conn: Any, statement: str, *arguments: str) -> None:
    """Let the server quote names and passwords into a statement that takes no parameters, then run it."""
    await conn.execute(await conn.fetchval(statement, *arguments))


async def first_connection(dsn: str, *, seconds: float = 10.0) -> "asyncpg.Connection[asyncpg.Record]":
    """Connect to a server that may still be recovering ("the database system is starting up", 57P03).

    Raises:
        LoginRefused: a wrong password, or no such role or database.
        DatabaseUnavailable: not within `seconds`.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        try:
            return await asyncpg.connect(dsn, timeout=ACQUIRE_SECONDS)
        except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            raise LoginRefused(
                f"{error}. The database and the roles samenspraak_{{owner,api,worker,vault,tally}} must be there; "
                "passwords come from SAMENSPRAAK_DATABASE_PASSWORD_<ROLE> or from the files in the secrets folder."
            ) from error
        except CONNECTING as error:
            if loop.time() >= until:
                raise DatabaseUnavailable from error
            await asyncio.sleep(0.05)


# Settings without which an acknowledged row may be lost in a crash.
DURABILITY = """
SELECT name FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'
ORDER BY name
"""


async def refuse_unsafe(dsn: str) -> None:
    """Check that the database keeps what it acknowledges.

    Raises:
        DatabaseUnsafe: fsync, full_page_writes or synchronous_commit is off.
    """
    conn = await first_connection(dsn)
    try:
        off = [row["name"] for row in await conn.fetch(DURABILITY)]
    finally:
        await conn.close()
    if off:
        raise DatabaseUnsafe(
            f"{', '.join(off)} is off in this database, so it may lose acknowledged answers and votes. "
            "Turn it on and start again."
        )
