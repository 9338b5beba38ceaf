"""Invitations and reminders the way each member wants them, and another way when one fails; each once."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from uuid_utils.compat import uuid7

from panels import fieldwork, returns
from panels.models import ChannelName
from service.channels.channel import ChannelUnavailable
from service.channels.sms import FILE
from service.tasks import mailing
from service.tasks.arguments import MailAgain, MailWave
from service.work import Work
from tests.integration.engines.test_wave import ABOUT, NOW, dispositions, join_panel, open_field

NIGHT, MORNING = datetime(2026, 11, 24, 22, 0, tzinfo=UTC), datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
WISH = "UPDATE panel.member SET channel = $1, phone_given = $2, address_given = $3"
REACH = """
UPDATE vault.contact SET phone = $1, street = $2, door = $3, postcode = $4, place = $5
"""
QUEUED = "SELECT args, run_after FROM ops.job WHERE kind = $1 ORDER BY run_after"


class Field(msgspec.Struct, kw_only=True):
    work: Work
    audit_id: UUID
    folder: Path
    server: Any

    def at(self, moment: datetime) -> "Field":
        return msgspec.structs.replace(self, work=msgspec.structs.replace(self.work, now=lambda: moment))

    async def wish(self, channel: ChannelName, *, phone: bool = False, address: bool = False) -> None:
        """What every member wants and has given."""
        async with self.work.databases.api.transaction() as conn:
            await conn.execute(WISH, channel, phone, address)
        home = ("Dorpsstraat", "12", "3511AB", "Utrecht") if address else (None,) * 4
        async with self.work.databases.vault.transaction() as conn:
            await conn.execute(REACH, "+31612345678" if phone else None, *home)

    async def wave(self, name: str = "invitation") -> None:
        await mailing.send_wave(self.work, MailWave(audit_id=self.audit_id, wave=name, batch=0))

    async def again(self, invitation_id: UUID, wave: str) -> None:
        args = MailAgain(audit_id=self.audit_id, invitation_id=invitation_id, wave=wave)
        await mailing.send_again(self.work, args)

    async def arrived(self) -> dict[str, int]:
        """Messages that left, by channel."""
        texts = (self.folder / FILE).read_text().splitlines() if (self.folder / FILE).exists() else []
        async with self.work.databases.vault.reading() as conn:
            letters = await conn.fetchval("SELECT count(*) FROM vault.letter")
        found = {"email": len(self.server.received), "sms": len(texts), "letter": letters}
        return {name: count for name, count in found.items() if count}

    async def booked(self) -> dict[str, int]:
        async with self.work.databases.worker.reading() as conn:
            return (await fieldwork.state(conn, self.audit_id)).channels

    async def invitation(self) -> UUID:
        async with self.work.databases.worker.reading() as conn:
            found: UUID = await conn.fetchval("SELECT id FROM panel.invitation ORDER BY id LIMIT 1")
        return found

    async def take_report(self, invitation_id: UUID, kind: Any) -> returns.Step:
        async with self.work.databases.api.transaction() as conn:
            return await returns.take(
                conn, invitation_id=invitation_id, kind=kind, report_hash=uuid7().bytes * 2, texting=True, now=NOW
            )


@pytest.fixture
async def field(work: Work, tmp_path: Path, mail_server: Any, monkeypatch: pytest.MonkeyPatch) -> Field:
    """Fieldwork that was just opened, with a folder for text messages."""

    async def describe(_work: Work, _audit_id: UUID) -> mailing.About:
        return ABOUT

    monkeypatch.setattr(mailing, "describe", describe)
    settings = msgspec.structs.replace(work.settings, sms_dir=tmp_path / "sms")
    timed = msgspec.structs.replace(work, settings=settings, now=lambda: NOW)
    await join_panel(timed, 60)
    audit_id = uuid7()
    await open_field(timed, audit_id)
    return Field(work=timed, audit_id=audit_id, folder=tmp_path / "sms", server=mail_server)


@pytest.mark.parametrize("channel", ["email", "sms", "letter"])
async def test_everybody_hears_once_the_way_they_want(field: Field, channel: ChannelName) -> None:
    await field.wish(channel, phone=True, address=True)
    for name in ("invitation", "invitation", "reminder_1"):
        await field.wave(name)
    invited = (await dispositions(field.work, field.audit_id))["sent"]
    assert await field.arrived() == {channel: 2 * invited}
    assert await field.booked() == {channel: 2 * invited}


@pytest.mark.parametrize("channel", ["sms", "letter"])
async def test_a_wish_without_number_or_address_goes_by_mail(field: Field, channel: ChannelName) -> None:
    await field.wish(channel)
    await field.wave()
    assert set(await field.arrived()) == {"email"}


async def test_where_no_text_messages_are_sent_they_go_by_mail(field: Field) -> None:
    await field.wish("sms", phone=True)
    settings = msgspec.structs.replace(field.work.settings, sms_dir=None)
    field.work = msgspec.structs.replace(field.work, settings=settings)
    await field.wave()
    assert set(await field.arrived()) == {"email"}


async def test_a_text_message_names_the_person_and_carries_the_link(field: Field) -> None:
    await field.wish("sms", phone=True)
    await field.wave()
    messages = [json.loads(line) for line in (field.folder / FILE).read_text().splitlines()]
    links = Counter(word for message in messages for word in message["text"].split() if "/s/" in word)
    assert len(links) == len(messages)
    assert {message["to"] for message in messages} == {"+31612345678"}
    assert max(message["segments"] for message in messages) <= 2


async def test_nobody_gets_a_text_message_at_night_and_everybody_in_the_morning(field: Field) -> None:
    await field.wish("sms", phone=True)
    for _ in range(2):
        await field.at(NIGHT).wave()
    assert await field.arrived() == {}
    async with field.work.databases.worker.reading() as conn:
        jobs = await conn.fetch(QUEUED, "mail.wave")
    assert [job["run_after"] for job in jobs] == [MORNING]
    await field.at(MORNING).wave()
    assert await field.arrived() == {"sms": (await dispositions(field.work, field.audit_id))["sent"]}


async def test_mail_and_letters_do_not_wait_for_the_day(field: Field) -> None:
    await field.wish("letter", address=True)
    await field.at(NIGHT).wave()
    assert set(await field.arrived()) == {"letter"}


async def test_an_address_that_takes_no_mail_is_reached_another_way(field: Field) -> None:
    await field.wish("email", address=True)
    field.server.refused = {f"m{number}@example.org": "550 no such user" for number in range(60)}
    await field.wave()
    booked = await dispositions(field.work, field.audit_id)
    assert set(booked) == {"sent"}
    assert await field.arrived() == {"letter": booked["sent"]}


@pytest.mark.parametrize(("phone", "address", "reached"), [(True, True, "sms"), (False, True, "letter")])
async def test_mail_that_came_back_for_good_is_followed_by_one_message_another_way(
    field: Field, phone: bool, address: bool, reached: str
) -> None:
    await field.wish("email", phone=phone, address=address)
    await field.wave()
    before = await field.arrived()
    id = await field.invitation()
    step = await field.take_report(id, "permanent")
    for _ in range(2):
        await field.again(id, step.wave)
    assert await field.arrived() == {**before, reached: 1}
    await field.wave("reminder_1")
    assert await field.arrived() == {"email": 2 * before["email"] - 1, reached: 2}
    assert await field.booked() == {"email": 2 * before["email"] - 1, reached: 2}


async def test_mail_that_came_back_for_now_goes_by_mail_again_and_once(field: Field) -> None:
    await field.wish("email", phone=True)
    await field.wave()
    before = (await field.arrived())["email"]
    id = await field.invitation()
    step = await field.take_report(id, "transient")
    for _ in range(2):
        await field.again(id, step.wave)
    assert await field.arrived() == {"email": before + 1}


async def test_a_retry_is_left_out_once_mail_came_back_for_good(field: Field) -> None:
    await field.wish("email", phone=True)
    await field.wave()
    before, id = await field.arrived(), await field.invitation()
    later = await field.take_report(id, "transient")
    other = await field.take_report(id, "permanent")
    await field.again(id, later.wave)
    assert await field.arrived() == before
    await field.again(id, other.wave)
    assert await field.arrived() == {**before, "sms": 1}


async def test_who_answers_meanwhile_or_is_out_of_the_field_is_left_alone(
    field: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    await field.wish("email", phone=True)
    await field.wave()
    before, id = await field.arrived(), await field.invitation()
    step = await field.take_report(id, "permanent")

    async def closed(_work: Work, _audit_id: UUID) -> mailing.About:
        return msgspec.structs.replace(ABOUT, fielding=False)

    with monkeypatch.context() as patched:
        patched.setattr(mailing, "describe", closed)
        await field.again(id, step.wave)
    async with field.work.databases.api.transaction() as conn:
        await fieldwork.mark(conn, invitation_id=id, disposition="started", now=NOW)
    await field.again(id, step.wave)
    assert await field.arrived() == before


async def test_the_other_way_waits_for_the_day_too(field: Field) -> None:
    await field.wish("email", phone=True)
    await field.wave()
    id = await field.invitation()
    step = await field.take_report(id, "permanent")
    await field.at(NIGHT).again(id, step.wave)
    assert "sms" not in await field.arrived()
    async with field.work.databases.worker.reading() as conn:
        jobs = await conn.fetch(QUEUED, "mail.again")
    assert [job["run_after"] for job in jobs] == [MORNING]
    await field.at(MORNING).again(id, step.wave)
    assert (await field.arrived())["sms"] == 1


async def test_a_number_that_was_removed_meanwhile_ends_it_there(field: Field) -> None:
    await field.wish("email", phone=True)
    await field.wave()
    before, id = await field.arrived(), await field.invitation()
    step = await field.take_report(id, "permanent")
    await field.wish("email")
    await field.again(id, step.wave)
    assert await field.arrived() == before
    assert (await dispositions(field.work, field.audit_id))["undeliverable"] == 1


async def test_a_folder_that_is_away_loses_nothing_and_doubles_nothing(field: Field) -> None:
    await field.wish("sms", phone=True)
    field.folder.write_text("no folder")
    with pytest.raises(ChannelUnavailable):
        await field.wave()
    assert set(await dispositions(field.work, field.audit_id)) == {"queued"}
    field.folder.unlink()
    await field.wave()
    assert await field.arrived() == {"sms": (await dispositions(field.work, field.audit_id))["sent"]}
