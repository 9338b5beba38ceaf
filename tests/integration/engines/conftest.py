"""A mail server that can refuse, and a worker's hands on a fresh database."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from service import keyring
from service.db import Databases
from service.mail.send import Mailer
from service.settings import Settings
from service.supervise import free_port
from service.work import Computing, Work


class MailServer:
    """Real SMTP on a free port; says what it is told to say."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []
        """(recipient, Message-ID) of every accepted message."""
        self.answer = "250 ok"
        """To the message itself."""
        self.limit: int | None = None
        """Messages to take before it says 452 to all others."""
        self.refused: dict[str, str] = {}
        """Recipient -> answer to RCPT."""
        self.port = free_port("127.0.0.1")
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, loop=loop), "127.0.0.1", self.port)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.limit is not None and len(self.received) >= self.limit:
            return "452 too many"
        if self.answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            line = next(line for line in content.decode().splitlines() if line.lower().startswith("message-id"))
            self.received.append((envelope.rcpt_tos[0], line.split(": ", 1)[1].strip()))
        return self.answer


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    server = MailServer()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def mailer(mail_server: MailServer) -> AsyncIterator[Mailer]:
    sender = Mailer(mail_server.url)
    yield sender
    await sender.close()


@pytest.fixture
async def work(database_settings: Settings, databases: Databases, mailer: Mailer) -> AsyncIterator[Work]:
    computing = Computing()
    yield Work(
        settings=database_settings,
        databases=databases,
        keys=keyring.load(database_settings.secrets_dir),
        mailer=mailer,
        computing=computing,
    )
    computing.close()
