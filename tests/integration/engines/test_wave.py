"""Invitations, reminders and news of the result: to everybody due, each once, whatever the mail server says."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from samenspraak.types.audit import ClosingRule, DrawPlan, Plan, Schedule, WeightingPlan
from samenspraak.types.base import Localised
from uuid_utils.compat import uuid7

from panels import coding, fieldwork, invitations
from panels.joining import imports
from panels.joining.notice import NOTICE_VERSION
from panels.margins import sets as margins
from service.mail.send import MailUnavailable
from service.tasks import arguments, mailing, upkeep
from service.tasks.arguments import MailResult, MailWave
from service.work import Work

ABOUT = mailing.About(
    app=Localised(nl="de chatbot", en="the chatbot"),
    org=Localised(nl="de gemeente Voorbeeld", en="the municipality of Voorbeeld"),
    fielding=True,
)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TARGET = 25


@pytest.fixture
async def field(work: Work, monkeypatch: pytest.MonkeyPatch) -> tuple[Work, UUID]:
    """Fieldwork that was just opened on a panel of 120 imported members; what it is about is given."""

    async def describe(_work: Work, _audit_id: UUID) -> mailing.About:
        return ABOUT

    monkeypatch.setattr(mailing, "describe", describe)
    timed = msgspec.structs.replace(work, now=lambda: NOW)
    await join_panel(timed, 120)
    audit_id = uuid7()
    await open_field(timed, audit_id)
    return timed, audit_id


async def join_panel(work: Work, size: int) -> None:
    rows = ["email,birth_year,sex,province,education,language,consent_version,consent_at"]
    rows += [
        f"m{n}@example.org,{1940 + n % 67},{'MV'[n % 2]},{coding.PROVINCES[n % 12]},{1 + n % 3},{('nl', 'en')[n % 2]},"
        f"{NOTICE_VERSION},2026-11-20"
        for n in range(size)
    ]
    import_id = uuid7()
    async with work.databases.api.transaction() as conn:
        await imports.queue_import(
            conn,
            import_id=import_id,
            csv="\n".join(rows).encode(),
            mapping=None,
            dry_run=False,
            kind="simulated",
            staff="staff:key_1",
            now=NOW,
        )
    await upkeep.import_panel(work, arguments.PanelImport(import_id=import_id))


async def open_field(work: Work, audit_id: UUID) -> None:
    pack = Path(coding.__file__).parent / "data" / "nl_weighting_default.csv"
    figures = margins.parse(pack.read_text(encoding="utf-8"), name="CBS", now=NOW, id=str(uuid7()))
    plan = Plan(
        audit_id=str(audit_id),
        application_id="a",
        application_version=1,
        questionnaire_hash="q",
        margins_id=figures.id,
        margins_hash=figures.content_hash,
        sample_kind="simulated",
        target_completes=TARGET,
        closing=ClosingRule(completes=TARGET),
        schedule=Schedule(),
        draw=DrawPlan(expected_participation=0.8),
        weighting=WeightingPlan(),
        subgroups=(),
        ballot=None,
        frozen_at=NOW,
    )
    async with work.databases.api.transaction() as conn:
        await invitations.open_fieldwork(
            conn,
            audit_id=audit_id,
            plan=plan,
            margins=figures,
            seed=7,
            link_key=work.keys.link_key,
            now=NOW,
            new_id=uuid7,
        )


async def dispositions(work: Work, audit_id: UUID) -> dict[str, int]:
    async with work.databases.worker.reading() as conn:
        counts = await fieldwork.state(conn, audit_id)
    return {name: count for name, count in counts.dispositions.items() if count}


async def wave(work: Work, audit_id: UUID, name: str = "invitation") -> None:
    await mailing.send_wave(work, MailWave(audit_id=audit_id, wave=name, batch=0))


async def test_everybody_drawn_is_invited_once_and_booked(field: tuple[Work, UUID], mail_server: Any) -> None:
    work, audit_id = field
    await wave(work, audit_id)
    await wave(work, audit_id)
    counted = Counter(to for to, _ in mail_server.received)
    assert set(counted.values()) == {1}
    assert await dispositions(work, audit_id) == {"sent": len(counted)}


async def test_two_workers_on_one_batch_send_each_mail_once(field: tuple[Work, UUID], mail_server: Any) -> None:
    work, audit_id = field
    await asyncio.gather(*(wave(work, audit_id) for _ in range(3)))
    assert set(Counter(to for to, _ in mail_server.received).values()) == {1}
    assert (await dispositions(work, audit_id))["sent"] == len(mail_server.received)


async def test_a_server_that_refuses_halfway_gets_the_rest_later_and_nothing_twice(
    field: tuple[Work, UUID], mail_server: Any
) -> None:
    work, audit_id = field
    mail_server.limit = 7
    with pytest.raises(MailUnavailable):
        await wave(work, audit_id)
    before = await dispositions(work, audit_id)
    assert before["sent"] == len(mail_server.received) == 7
    assert before["queued"] > 0
    mail_server.limit = None
    await wave(work, audit_id)
    counted = Counter(to for to, _ in mail_server.received)
    assert set(counted.values()) == {1}
    assert await dispositions(work, audit_id) == {"sent": sum(before.values())}


async def test_an_address_that_takes_no_mail_is_undeliverable_and_gets_no_reminder(
    field: tuple[Work, UUID], mail_server: Any
) -> None:
    work, audit_id = field
    mail_server.refused = {f"m{number}@example.org": "550 no such user" for number in range(0, 120, 3)}
    await wave(work, audit_id)
    booked = await dispositions(work, audit_id)
    assert booked["undeliverable"] > 0
    assert booked["sent"] == len(mail_server.received)
    mail_server.refused = {}
    mail_server.received.clear()
    await wave(work, audit_id, "reminder_1")
    assert len(mail_server.received) == booked["sent"]


async def test_no_mail_leaves_once_the_audit_is_out_of_the_field(
    field: tuple[Work, UUID], mail_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, audit_id = field

    async def closed(_work: Work, _audit_id: UUID) -> mailing.About:
        return msgspec.structs.replace(ABOUT, fielding=False)

    monkeypatch.setattr(mailing, "describe", closed)
    await wave(work, audit_id)
    assert mail_server.received == []


async def test_news_of_the_result_comes_once_also_after_the_link_to_the_answers_was_cut(
    field: tuple[Work, UUID], mail_server: Any
) -> None:
    work, audit_id = field
    await wave(work, audit_id)
    invited = {to for to, _ in mail_server.received}
    mail_server.received.clear()
    async with work.databases.worker.transaction() as conn:
        await fieldwork.unlink(conn, audit_id=audit_id, now=NOW)
    for _ in range(2):
        await mailing.send_result(work, MailResult(audit_id=audit_id))
    counted = Counter(to for to, _ in mail_server.received)
    assert set(counted) == invited
    assert set(counted.values()) == {1}
