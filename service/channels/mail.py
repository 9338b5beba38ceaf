"""Notices by mail."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from service.channels.channel import Notice
from service.mail import bounces
from service.mail.compose import Letter, compose
from service.mail.send import Mailer


class MailChannel:
    """Writes a mail and hands it to the mail server; what cannot be delivered comes back by invitation."""

    name: Literal["email"] = "email"

    def __init__(
        self, mailer: Mailer, *, mail_from: str, bounce_to: str | None, key: bytes, now: Callable[[], datetime]
    ) -> None:
        """
        Args:
            bounce_to: where reports go; None: to the sender, where nobody reads them.
            key: signs return addresses and message ids.
        """
        self._mailer = mailer
        self._mail_from = mail_from
        self._bounce_to = bounce_to
        self._key = key
        self._now = now

    async def offer(self, notice: Notice) -> None:
        letter = Letter(
            kind=notice.kind,
            language=notice.language,
            to=notice.to.email,
            identity=notice.identity,
            link=notice.link,
            own_page=notice.own_page,
            words=notice.words,
        )
        message = compose(letter, mail_from=self._mail_from, key=self._key, now=self._now())
        return_path = None
        if self._bounce_to is not None:
            return_path = bounces.return_path(self._bounce_to, invitation_id=notice.invitation_id, key=self._key)
        await self._mailer.send(message, return_path=return_path)
