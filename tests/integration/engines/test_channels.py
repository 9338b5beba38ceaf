"""One promise, three channels: what each takes, refuses for good, and says when it is away."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import structlog
from uuid_utils.compat import uuid7

from panels.models import Address, ChannelName, Contact
from service.channels.channel import Channel, ChannelUnavailable, Notice, RecipientRefused
from service.channels.letter import LetterTray
from service.channels.mail import MailChannel
from service.channels.sms import FILE, SmsFolder
from service.db import Database, Databases
from service.mail.send import Mailer

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = b"k" * 32
ANNA = Contact(
    email="anna@example.org",
    language="nl",
    phone="+31612345678",
    address=Address(street="Dorpsstraat", door="12", postcode="3511AB", place="Utrecht"),
)
SECRETS = ("anna@", "612345678", "Dorpsstraat", "3511")


class Bench(msgspec.Struct, kw_only=True):
    """A channel, somebody it can never reach, and how to make it go away."""

    channel: Channel
    never: Contact
    leave: Callable[[], Awaitable[None]]
    back: Callable[[], Awaitable[None]]
    arrived: Callable[[], Awaitable[list[str]]]
    """To whom messages went so far."""


def mail(mail_server: Any, mailer: Mailer) -> Bench:
    async def leave() -> None:
        mail_server.answer = "421 closing"

    async def back() -> None:
        mail_server.answer = "250 ok"

    async def arrived() -> list[str]:
        return [to for to, _ in mail_server.received]

    mail_server.refused = {"gone@example.org": "550 no such user"}
    return Bench(
        channel=MailChannel(
            mailer, mail_from="p@example.org", bounce_to="bounce@example.org", key=KEY, now=lambda: NOW
        ),
        never=msgspec.structs.replace(ANNA, email="gone@example.org"),
        leave=leave,
        back=back,
        arrived=arrived,
    )


def sms(folder: Path) -> Bench:
    aside = folder.with_suffix(".aside")

    async def leave() -> None:
        if folder.exists():
            folder.rename(aside)
        folder.write_text("no folder")

    async def back() -> None:
        folder.unlink()
        if aside.exists():
            aside.rename(folder)

    async def arrived() -> list[str]:
        return [line["to"] for line in lines(folder)]

    return Bench(
        channel=SmsFolder(folder, key=KEY),
        never=msgspec.structs.replace(ANNA, phone=None),
        leave=leave,
        back=back,
        arrived=arrived,
    )


def letter(databases: Databases) -> Bench:
    tray = LetterTray(databases.vault, now=lambda: NOW)

    async def leave() -> None:
        # A port that nobody listens at.
        gone = await Database.connect("postgresql://nobody@127.0.0.1:1/none", role="vault")
        tray._vault = gone

    async def back() -> None:
        tray._vault = databases.vault

    async def arrived() -> list[str]:
        async with databases.vault.reading() as conn:
            rows = await conn.fetch("SELECT lines FROM vault.letter ORDER BY invitation_id")
        return [" | ".join(row["lines"]) for row in rows]

    return Bench(
        channel=tray, never=msgspec.structs.replace(ANNA, address=None), leave=leave, back=back, arrived=arrived
    )


@pytest.fixture(params=["email", "sms", "letter"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, mail_server: Any, mailer: Mailer, databases: Any) -> Bench:
    name: ChannelName = request.param
    made = {"email": mail(mail_server, mailer), "sms": sms(tmp_path / "sms"), "letter": letter(databases)}[name]
    assert made.channel.name == name
    return made


def notice(to: Contact = ANNA, *, id: UUID | None = None) -> Notice:
    return Notice(
        kind="invitation",
        audit_id=uuid7(),
        invitation_id=id or uuid7(),
        wave="invitation",
        language="nl",
        to=to,
        link=f"https://samenspraak.test/s/{'a' * 22}",
        own_page=f"https://samenspraak.test/m/{'b' * 22}",
        words={"app": "de chatbot", "org": "de gemeente", "Org": "De gemeente"},
    )


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]


async def test_every_notice_arrives(bench: Bench) -> None:
    for _ in range(2):
        await bench.channel.offer(notice())
    assert len(await bench.arrived()) == 2


async def test_whom_it_never_reaches_is_refused_and_the_next_one_arrives(bench: Bench) -> None:
    with pytest.raises(RecipientRefused):
        await bench.channel.offer(notice(bench.never))
    await bench.channel.offer(notice())
    assert len(await bench.arrived()) == 1


async def test_a_channel_that_is_away_says_so_and_takes_the_same_notice_later(bench: Bench) -> None:
    one = notice()
    await bench.leave()
    with pytest.raises(ChannelUnavailable) as away:
        await bench.channel.offer(one)
    assert away.value.not_now
    await bench.back()
    await bench.channel.offer(one)
    assert len(await bench.arrived()) == 1


async def test_nothing_that_leads_to_a_person_is_logged_or_told(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with structlog.testing.capture_logs() as entries:
        await bench.channel.offer(notice())
        with pytest.raises(RecipientRefused) as refused:
            await bench.channel.offer(notice(bench.never))
        await bench.leave()
        with pytest.raises(ChannelUnavailable) as away:
            await bench.channel.offer(notice())
    told = f"{entries} {caplog.text} {refused.value} {refused.value.details} {away.value} {away.value.details}"
    assert not [word for word in SECRETS if word in told]


async def test_a_letter_that_is_offered_twice_waits_once(databases: Databases) -> None:
    bench, id = letter(databases), uuid7()
    one = notice(id=id)
    for _ in range(2):
        await bench.channel.offer(one)
    assert await bench.arrived() == ["Dorpsstraat 12 | 3511 AB  UTRECHT"]


async def test_a_text_message_offered_twice_has_one_reference(tmp_path: Path) -> None:
    channel, one = SmsFolder(tmp_path, key=KEY), notice()
    for sent in (one, one, notice()):
        await channel.offer(sent)
    put = lines(tmp_path)
    assert put[0] == put[1]
    assert put[0]["reference"] != put[2]["reference"]
    assert set(put[0]) == {"reference", "to", "text", "coding", "segments"}
    assert put[0]["segments"] == 2
    assert one.link in put[0]["text"]
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("phone", ["0612345678", "+31 612345678", "+316123456789012345", "612345678"])
async def test_a_number_that_is_none_never_reaches_a_gateway(tmp_path: Path, phone: str) -> None:
    with pytest.raises(RecipientRefused):
        await SmsFolder(tmp_path, key=KEY).offer(notice(msgspec.structs.replace(ANNA, phone=phone)))
    assert not (tmp_path / FILE).exists()
