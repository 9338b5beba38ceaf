"""Notices by text message. Here they are put down in a folder, where a gateway of the operator takes them up."""

import asyncio
import hashlib
import hmac
import os
import re
from pathlib import Path
from typing import Literal

import msgspec

from service.channels import texting
from service.channels.channel import ChannelUnavailable, Notice, RecipientRefused

FILE = "messages.jsonl"
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")


class TextMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the file."""

    reference: str
    """Tells a message that was put down twice, after a crash, from two messages; says nothing about the person."""
    to: str
    text: str
    coding: texting.Coding
    segments: int


class SmsFolder:
    """Adds each message as one line of JSON to a file that only the service may read."""

    name: Literal["sms"] = "sms"

    def __init__(self, folder: Path, *, key: bytes) -> None:
        """`key`: of the HMAC behind the references."""
        self._folder = folder
        self._key = key

    async def offer(self, notice: Notice) -> None:
        message = written(notice, key=self._key)
        try:
            await asyncio.to_thread(self._append, msgspec.json.encode(message) + b"\n")
        except OSError as error:
            raise ChannelUnavailable from error

    def _append(self, line: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # One write of one line, flushed to the disk: it is there whole, or not at all.
        place = os.open(self._folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(place, line)
            os.fsync(place)
        finally:
            os.close(place)


def written(notice: Notice, *, key: bytes) -> TextMessage:
    """The message as a gateway needs it.

    Raises:
        RecipientRefused: there is no number, or it is none.
    """
    to = notice.to.phone
    if to is None or not _E164.fullmatch(to):
        raise RecipientRefused
    text = texting.worded(
        notice.kind, notice.language, app=notice.words.get("app", ""), link=notice.link, page=notice.own_page
    )
    counted = texting.segmented(text)
    reference = hmac.new(key, f"sms|{notice.identity}".encode(), hashlib.sha256).hexdigest()[:32]
    return TextMessage(reference=reference, to=to, text=text, coding=counted.coding, segments=counted.segments)
