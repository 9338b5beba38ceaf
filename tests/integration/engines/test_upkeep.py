"""A copy of one's data, erasure, and a purge that proves what it did."""

import json
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from panels import links
from panels.joining import recruitment
from service import outbox
from service.store import jobs as store
from service.tasks import mailing, upkeep
from service.tasks.arguments import DataPurge, MemberConfirm, MemberErase, MemberExport, MemberWelcome
from service.work import Work


@pytest.fixture
async def member(work: Work) -> UUID:
    """Somebody who signed up, confirmed and was admitted."""
    form = {
        "email": "jan@example.org",
        "birth_year": "1980",
        "sex": "V",
        "province": "PV28",
        "education": "2",
        "language": "nl",
        "consent": "yes",
    }
    async with work.databases.api.transaction() as conn:
        due = await recruitment.sign_up(
            conn,
            form=form,
            simulated=True,
            address_key=work.keys.address_key,
            link_key=work.keys.link_key,
            now=work.now(),
            new_id=uuid4,
        )
    await mailing.confirm_member(work, MemberConfirm(member_id=due.member_id))
    token = links.token(work.keys.link_key, "confirm", due.member_id)
    async with work.databases.api.transaction() as conn:
        await recruitment.confirm(conn, token=token, now=work.now())
    await mailing.welcome_member(work, MemberWelcome(member_id=due.member_id))
    return due.member_id


@pytest.fixture
def letters(mail_server: Any) -> list[EmailMessage]:
    """Every message the server took, whole."""
    kept: list[EmailMessage] = []
    taken = mail_server.handle_DATA

    async def keep(server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        kept.append(message)
        return str(await taken(server, session, envelope))

    mail_server.handle_DATA = keep
    return kept


async def test_a_copy_holds_contact_profile_and_consent(work: Work, letters: list[EmailMessage], member: UUID) -> None:
    await upkeep.export_member(work, MemberExport(member_id=member))
    letter = letters[-1]
    assert letter["To"] == "jan@example.org"
    (attachment,) = letter.iter_attachments()
    copy = json.loads(attachment.get_content())
    assert copy["contact"]["email"] == "jan@example.org"
    assert copy["panel"]["member"]["profile"]["birth_year"] == 1980
    assert copy["panel"]["consents"]


async def test_erasure_leaves_no_address_and_says_goodbye_once(
    work: Work, letters: list[EmailMessage], member: UUID
) -> None:
    before = len(letters)
    for _ in range(2):
        await upkeep.erase_member(work, MemberErase(member_id=member))
    assert [letter["Subject"] for letter in letters[before:]] == ["Uw gegevens zijn gewist"]
    async with work.databases.vault.reading() as conn:
        assert await conn.fetchval("SELECT count(*) FROM vault.contact WHERE email = 'jan@example.org'") == 0
        assert await conn.fetchval("SELECT count(*) FROM panel.member WHERE id = $1", member) == 0


async def test_erasure_does_not_wait_for_the_mail_server(work: Work, mail_server: Any, member: UUID) -> None:
    await mail_server.stop()
    await work.mailer.close()
    await upkeep.erase_member(work, MemberErase(member_id=member))
    async with work.databases.vault.reading() as conn:
        assert await conn.fetchval("SELECT count(*) FROM vault.contact") == 0


async def test_jobs_for_somebody_who_is_gone_do_nothing(work: Work, mail_server: Any) -> None:
    nobody = uuid4()
    await mailing.confirm_member(work, MemberConfirm(member_id=nobody))
    await mailing.welcome_member(work, MemberWelcome(member_id=nobody))
    await upkeep.export_member(work, MemberExport(member_id=nobody))
    assert mail_server.received == []


class TestPurge:
    async def test_every_rule_leaves_a_proof(self, work: Work) -> None:
        run_id = await upkeep.purge_data(work, DataPurge(day=work.now().date()))
        async with work.databases.worker.reading() as conn:
            tables = {row.table for row in await store.purges(conn, run_id=run_id)}
        assert {"vault.contact", "panel.member", "fieldwork.response", "ops.job", "ops.idempotency"} <= tables

    async def test_settled_jobs_go_after_their_date_and_waiting_ones_stay(self, work: Work) -> None:
        old = datetime.now(UTC) - timedelta(days=31)
        async with work.databases.worker.transaction() as conn:
            for key in ("settled", "waiting"):
                await outbox.put(conn, "member.confirm", MemberConfirm(member_id=uuid4()), dedup_key=key)
            await conn.execute("UPDATE ops.job SET state = 'done', finished_at = $1 WHERE dedup_key = 'settled'", old)
        run_id = await upkeep.purge_data(work, DataPurge(day=work.now().date()))
        async with work.databases.worker.reading() as conn:
            (proof,) = [row for row in await store.purges(conn, run_id=run_id) if row.table == "ops.job"]
            assert await conn.fetchval("SELECT array_agg(dedup_key) FROM ops.job") == ["waiting"]
        assert (proof.deleted, proof.kept) == (1, 1)

    async def test_an_unconfirmed_sign_up_is_forgotten(self, work: Work) -> None:
        early = msgspec.structs.replace(work, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
        async with work.databases.api.transaction() as conn:
            await recruitment.sign_up(
                conn,
                form={"email": "x@example.org", "birth_year": "1980", "language": "nl", "consent": "yes"},
                simulated=True,
                address_key=work.keys.address_key,
                link_key=work.keys.link_key,
                now=early.now(),
                new_id=uuid4,
            )
        await upkeep.purge_data(early, DataPurge(day=date(2026, 1, 1)))
        assert await contacts(work) == 1
        await upkeep.purge_data(work, DataPurge(day=work.now().date()))
        assert await contacts(work) == 0


async def contacts(work: Work) -> int:
    async with work.databases.vault.reading() as conn:
        return int(await conn.fetchval("SELECT count(*) FROM vault.contact"))
