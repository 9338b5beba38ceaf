"""Notices on paper: put down in the vault, to be printed with the next batch of letters."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from panels import fieldwork
from service.channels.channel import ChannelUnavailable, Notice, RecipientRefused
from service.db import Database, DatabaseUnavailable


class LetterTray:
    """Each letter waits once, however often it is offered."""

    name: Literal["letter"] = "letter"

    def __init__(self, vault: Database, *, now: Callable[[], datetime]) -> None:
        self._vault = vault
        self._now = now

    async def offer(self, notice: Notice) -> None:
        if notice.to.address is None:
            raise RecipientRefused
        try:
            async with self._vault.transaction() as conn:
                await fieldwork.queue_letter(
                    conn,
                    audit_id=notice.audit_id,
                    invitation_id=notice.invitation_id,
                    wave=notice.wave,
                    address=notice.to.address,
                    language=notice.language,
                    now=self._now(),
                )
        except DatabaseUnavailable as error:
            raise ChannelUnavailable from error
