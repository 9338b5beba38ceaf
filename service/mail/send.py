"""Hands messages to a mail server over one connection that is used again."""

import asyncio
import contextlib
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib

from service.channels.channel import ChannelUnavailable, RecipientRefused

TIMEOUT = 10.0
GONE = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPConnectError, aiosmtplib.SMTPTimeoutError, OSError)


class MailUnavailable(ChannelUnavailable):
    """The mail server is away or refuses for now; the same message may be offered again later."""

    code = "mail_unavailable"
    message = "Mail cannot be sent at the moment."


class Mailer:
    """One sender. Messages go out one after the other; many tasks may use it at once."""

    def __init__(self, smtp_url: str) -> None:
        """`smtp_url`: smtp://[user:password@]host[:port] (STARTTLS where offered), or smtps:// (TLS from the start)."""
        self._place = urlsplit(smtp_url)
        self._lock = asyncio.Lock()
        self._client: aiosmtplib.SMTP | None = None

    async def send(self, message: EmailMessage, *, return_path: str | None = None) -> None:
        """Offer one message to its one recipient; what cannot be delivered comes back to `return_path` or the sender.

        Raises:
            RecipientRefused: a permanent refusal (5xx) of the address.
            MailUnavailable: anything else; nothing was accepted.
        """
        async with self._lock:
            if self._client is not None:
                try:
                    await self._offer(self._client, message, return_path)
                    return
                except GONE:
                    # The server may have dropped an idle connection; a fresh one decides.
                    await self._drop()
            try:
                self._client = await self._connect()
                await self._offer(self._client, message, return_path)
            except (aiosmtplib.SMTPException, OSError) as error:
                await self._drop()
                raise MailUnavailable from error

    async def close(self) -> None:
        async with self._lock:
            await self._drop()

    async def _offer(self, client: aiosmtplib.SMTP, message: EmailMessage, return_path: str | None) -> None:
        try:
            await client.send_message(message, sender=return_path)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refusal = error.recipients[0]
            await self._reset(client)
            if 500 <= refusal.code < 600:
                raise RecipientRefused from error
            raise MailUnavailable from error
        except aiosmtplib.SMTPResponseException as error:
            await self._reset(client)
            raise MailUnavailable from error

    async def _reset(self, client: aiosmtplib.SMTP) -> None:
        """Forget a half-offered message; a server that does not even take that gets a new connection next time."""
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            await self._drop()

    async def _connect(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            hostname=self._place.hostname,
            port=self._place.port,
            use_tls=self._place.scheme == "smtps",
            username=unquote(self._place.username) if self._place.username else None,
            password=unquote(self._place.password) if self._place.password else None,
            timeout=TIMEOUT,
        )
        await client.connect()
        return client

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                client.close()
