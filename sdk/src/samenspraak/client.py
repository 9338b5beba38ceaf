"""The client for asyncio. `samenspraak.sync.client` is generated from this file."""

import os
from types import TracebackType
from typing import Self

from samenspraak import core
from samenspraak.applications import AsyncApplications
from samenspraak.audits import AsyncAudits
from samenspraak.questionnaires import AsyncQuestionnaires
from samenspraak.session import AsyncSession
from samenspraak.staff import AsyncStaff
from samenspraak.transport import AsyncHttp, AsyncTransport


class AsyncSamenspraak:
    """Everything the service offers to the holder of a key.

    Use it as a context manager, or call `close` at the end. Make one and keep it: it holds the connections::

        async with AsyncSamenspraak() as client:
            async for audit in client.audits.list():
                print(audit.id, audit.state)

    Args:
        api_key: else SAMENSPRAAK_API_KEY.
        base_url: address of the service, else SAMENSPRAAK_BASE_URL.
        timeout: seconds one attempt may take; connecting takes at most 5 of them.
        max_retries: attempts after the first, on lost connections, 408, 429, 5xx, and 409 while the same request is
            being handled. Pauses follow `Retry-After`, else grow from half a second, with jitter.
        transport: another way to the service than HTTP of this process's own, see `samenspraak.transport`.

    Raises:
        ConfigurationError: no key, no address, or values that cannot be used.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = core.DEFAULT_TIMEOUT,
        max_retries: int = core.DEFAULT_RETRIES,
        transport: AsyncTransport | None = None,
    ) -> None:
        access = core.access(api_key, base_url, os.environ)
        self._bind(AsyncSession(access, core.options(timeout, max_retries), transport or AsyncHttp()))

    def _bind(self, session: AsyncSession) -> None:
        self._session = session
        self.applications = AsyncApplications(session)
        self.audits = AsyncAudits(session)
        self.questionnaires = AsyncQuestionnaires(session)
        self.staff = AsyncStaff(session)

    def with_options(self, *, timeout: float | None = None, max_retries: int | None = None) -> Self:
        """The same client under other options. It shares the connections, so close the first one only."""
        now = self._session.options
        options = core.options(
            now.timeout if timeout is None else timeout, now.max_retries if max_retries is None else max_retries
        )
        copy = object.__new__(type(self))
        copy._bind(self._session.with_options(options))
        return copy

    async def close(self) -> None:
        """Close the connections. The client may be used again and then opens new ones."""
        await self._session.transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._session.access.base_url!r})"
