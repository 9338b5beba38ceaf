"""Jobs that keep the house in order: imports, copies of one's data, erasure, and the daily purge."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from uuid import UUID

import msgspec
import structlog
import uuid_utils.compat
from samenspraak.types.questionnaire import AnswerValue

from panels import retention as panel_retention
from panels.errors import MemberUnknown
from panels.joining import imports, membership, merging, reach
from panels.models import Contact, MemberExport
from service import retention
from service.channels.channel import RecipientRefused
from service.mail.compose import Letter, compose
from service.mail.send import MailUnavailable
from service.store import jobs as store
from service.store.jobs import Swept
from service.tasks import arguments
from service.work import Work
from surveys import responses
from surveys import retention as survey_retention

log = structlog.get_logger("samenspraak.upkeep")


class AnswersOf(msgspec.Struct, frozen=True, kw_only=True):
    audit_id: UUID
    answers: dict[str, AnswerValue]


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one person, as sent on request."""

    contact: Contact
    panel: MemberExport
    responses: tuple[AnswersOf, ...]
    """Answers that are still linked to the person; the link ends when the audit is reported."""


async def import_panel(work: Work, args: arguments.PanelImport) -> None:
    """Carry out a queued member import; a second run finds the outcome of the first."""
    async with work.databases.vault.transaction() as conn:
        outcome = await imports.run_import(
            conn,
            import_id=args.import_id,
            address_key=work.keys.address_key,
            link_key=work.keys.link_key,
            now=work.now(),
            new_id=uuid_utils.compat.uuid7,
        )
    log.info("panel_imported", rows=outcome.rows, imported=outcome.imported, refused=outcome.refused)


async def export_member(work: Work, args: arguments.MemberExport) -> None:
    """Mail a member everything we hold, as JSON. The secret ballot is not in it: nobody can find it back."""
    try:
        async with work.databases.vault.reading() as conn:
            contact = await membership.contact(conn, args.member_id)
        async with work.databases.worker.reading() as conn:
            profile = await membership.export_profile(conn, args.member_id)
            answered: list[AnswersOf] = []
            for part in profile.invitations:
                response = await responses.load(conn, audit_id=part.audit_id, respondent_id=part.respondent_id)
                if response is not None:
                    values = await responses.answers(conn, response)
                    answered.append(AnswersOf(audit_id=part.audit_id, answers=values))
    except MemberUnknown:
        return
    copy = Copy(contact=contact, panel=profile, responses=tuple(answered))
    letter = Letter(
        kind="export",
        language=contact.language,
        to=contact.email,
        identity=f"export|{args.member_id}|{work.now():%Y-%m-%d}",
        attachment=msgspec.json.format(msgspec.json.encode(copy), indent=2),
    )
    await _send(work, letter)


async def take_over_reach(work: Work, args: arguments.MemberReach) -> None:
    """Move what a member dropped in to the contact, and what was removed out of it."""
    async with work.databases.vault.transaction() as conn:
        await reach.take_over(conn, member_id=args.member_id)


async def merge_members(work: Work, args: arguments.MemberMerge) -> None:
    """Hand the invitations of a duplicate to the member who is kept."""
    async with work.databases.vault.transaction() as conn:
        await merging.hand_over(conn, kept=args.kept, duplicate=args.duplicate)


async def erase_member(work: Work, args: arguments.MemberErase) -> None:
    """Erase answers first, then the person: broken off in between, a second run still knows whose answers they were."""
    contact: Contact | None = None
    try:
        async with work.databases.worker.transaction() as conn:
            profile = await membership.export_profile(conn, args.member_id)
            await _erase_answers(work, [(part.audit_id, part.respondent_id) for part in profile.invitations])
        async with work.databases.vault.reading() as conn:
            contact = await membership.contact(conn, args.member_id)
    except MemberUnknown:
        pass
    async with work.databases.vault.transaction() as conn:
        erased = await membership.erase(conn, member_id=args.member_id, now=work.now())
    await _erase_answers(work, erased.respondents)
    if contact is not None:
        letter = Letter(
            kind="goodbye", language=contact.language, to=contact.email, identity=f"goodbye|{args.member_id}"
        )
        try:
            await _send(work, letter)
        except MailUnavailable:
            # The address is gone now, so this mail cannot be tried again; the erasure matters more.
            log.info("goodbye_not_sent")


async def _erase_answers(work: Work, respondents: Sequence[tuple[UUID, UUID]]) -> None:
    async with work.databases.worker.transaction() as conn:
        for audit_id, respondent_id in respondents:
            await responses.erase(conn, audit_id=audit_id, respondent_id=respondent_id)


class _Purged(Protocol):
    @property
    def table(self) -> str: ...
    @property
    def deleted(self) -> int: ...
    @property
    def kept(self) -> int: ...
    @property
    def oldest(self) -> datetime | None: ...


async def purge_data(work: Work, args: arguments.DataPurge) -> UUID:
    """Remove what is past its date everywhere; the proof is a row per table in ops.purge_run under the run's id."""
    now = min(work.now(), datetime.combine(args.day + timedelta(days=1), time(), UTC))
    swept: list[_Purged] = []
    async with work.databases.vault.transaction() as conn:
        swept += await panel_retention.purge(conn, now=now)
    async with work.databases.worker.transaction() as conn:
        swept += await survey_retention.purge(conn, now=now)
        swept += await retention.purge(conn, now=now)
        run_id = uuid_utils.compat.uuid7()
        for table in swept:
            await store.record_purge(
                conn,
                run_id=run_id,
                day=args.day,
                swept=Swept(table=table.table, deleted=table.deleted, kept=table.kept, oldest=table.oldest),
                now=work.now(),
            )
    log.info("data_purged", run=str(run_id), tables=len(swept), deleted=sum(table.deleted for table in swept))
    return run_id


async def _send(work: Work, letter: Letter) -> None:
    message = compose(letter, mail_from=work.settings.mail_from, key=work.keys.link_key, now=work.now())
    try:
        await work.mailer.send(message)
    except RecipientRefused:
        log.info("mail_undeliverable", kind=letter.kind)
