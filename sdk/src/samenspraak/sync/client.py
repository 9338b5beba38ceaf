# Generated from samenspraak/client.py by sdk/generate_sync.py; change that file and run it again.
"""The blocking client."""

import os
from types import TracebackType
from typing import Self

from samenspraak import core
from samenspraak.sync.applications import Applications
from samenspraak.sync.audits import Audits
from samenspraak.sync.questionnaires import Questionnaires
from samenspraak.sync.session import Session
from samenspraak.sync.staff import Staff
from samenspraak.transport import Http, Transport


class Samenspraak:
    """Everything the service offers to the holder of a key.

    Use it as a context manager, or call `close` at the end. Make one and keep it: it holds the connections::

        with Samenspraak() as client:
            for audit in client.audits.list():
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
        transport: Transport | None = None,
    ) -> None:
        access = core.access(api_key, base_url, os.environ)
        self._bind(Session(access, core.options(timeout, max_retries), transport or Http()))

    def _bind(self, session: Session) -> None:
        self._session = session
        self.applications = Applications(session)
        self.audits = Audits(session)
        self.questionnaires = Questionnaires(session)
        self.staff = Staff(session)

    def with_options(self, *, timeout: float | None = None, max_retries: int | None = None) -> Self:
        """The same client under other options. It shares the connections, so close the first one only."""
        now = self._session.options
        options = core.options(
            now.timeout if timeout is None else timeout, now.max_retries if max_retries is None else max_retries
        )
        copy = object.__new__(type(self))
        copy._bind(self._session.with_options(options))
        return copy

    def close(self) -> None:
        """Close the connections. The client may be used again and then opens new ones."""
        self._session.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._session.access.base_url!r})"
