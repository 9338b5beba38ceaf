"""What must happen after a change of state, written to the outbox in the same transaction."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from samenspraak.types.audit import Plan

from service import outbox
from service.store import Connection
from service.tasks.arguments import AuditPublish, FieldworkObserve, MailAgain, MailWave, ReportBuild, SurveyClose

DAILY_UNTIL, DAYS_APART_LATER = 60, 7
"""Fieldwork is looked at every plan day until this one, then every so many days."""
SECONDS_APART = 2.0
REAL_DAY = 86_400.0
MORNING, EVENING = time(9), time(20)
"""Reminders, and every text message, leave between these hours of the Netherlands: at night they wake people up."""


def closes_at(plan: Plan) -> datetime | None:
    """When the date of the closing rule is over, grace included."""
    if plan.closing.at is None:
        return None
    return plan.closing.at + timedelta(seconds=plan.closing.grace_seconds)


def by_day(moment: datetime, *, day_seconds: float) -> datetime:
    """The moment itself, or the next morning where it falls in the evening or the night of the Netherlands.

    Simulated people, whose days are shorter than real ones, have no night.
    """
    if day_seconds != REAL_DAY:
        return moment
    here = moment.astimezone(ZoneInfo("Europe/Amsterdam"))
    if MORNING <= here.time() < EVENING:
        return moment
    day = here.date() if here.time() < MORNING else here.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, tzinfo=here.tzinfo).astimezone(UTC)


async def mail_waves(conn: Connection, *, audit_id: UUID, plan: Plan, batches: range, now: datetime) -> None:
    """Queue the invitation of these batches now and every reminder at its plan day and by day, one job per batch."""
    waves = [("invitation", now)]
    for number, days in enumerate(plan.schedule.reminder_days, start=1):
        due = now + timedelta(seconds=days * plan.schedule.day_seconds)
        waves.append((f"reminder_{number}", by_day(due, day_seconds=plan.schedule.day_seconds)))
    for wave, moment in waves:
        for batch in batches:
            args = MailWave(audit_id=audit_id, wave=wave, batch=batch)
            key = f"mail.wave:{audit_id}:{wave}:{batch}"
            await outbox.put(conn, "mail.wave", args, dedup_key=key, run_after=moment)


async def mail_waiting(
    conn: Connection, *, audit_id: UUID, plan: Plan, batches: Iterable[int], opened_at: datetime, now: datetime
) -> None:
    """Queue the invitation of these batches once more, after their cells opened again; at most once a plan day."""
    day = int((now - opened_at).total_seconds() / plan.schedule.day_seconds)
    for batch in batches:
        args = MailWave(audit_id=audit_id, wave="invitation", batch=batch)
        key = f"mail.wave:{audit_id}:invitation:{batch}:{day}"
        await outbox.put(conn, "mail.wave", args, dedup_key=key)


async def mail_again(
    conn: Connection, *, audit_id: UUID, invitation_id: UUID, wave: str, plan: Plan, days: int, now: datetime
) -> None:
    """Queue one invitation once more, so many plan days from now and by day; each wave of it once."""
    length = plan.schedule.day_seconds
    moment = by_day(now + timedelta(seconds=days * length), day_seconds=length)
    args = MailAgain(audit_id=audit_id, invitation_id=invitation_id, wave=wave)
    await outbox.put(conn, "mail.again", args, dedup_key=f"mail.again:{invitation_id}:{wave}", run_after=moment)


async def observe(
    conn: Connection, *, audit_id: UUID, plan: Plan, opened_at: datetime, now: datetime, after: int = 0
) -> None:
    """Queue the next look at the fieldwork: at the end of a plan day later than `after`, later on once a week."""
    length = plan.schedule.day_seconds
    day = max(after, int((now - opened_at).total_seconds() / length)) + 1
    day += DAYS_APART_LATER - 1 if day > DAILY_UNTIL else 0
    # The days of simulated people may be shorter than a look takes.
    moment = max(opened_at + timedelta(seconds=day * length), now + timedelta(seconds=SECONDS_APART))
    args = FieldworkObserve(audit_id=audit_id, day=day)
    await outbox.put(conn, "fieldwork.observe", args, dedup_key=f"fieldwork.observe:{audit_id}:{day}", run_after=moment)


async def close_by_date(conn: Connection, *, audit_id: UUID, plan: Plan) -> None:
    """Queue the closing at the date of the rule, if it has one."""
    moment = closes_at(plan)
    if moment is not None:
        args = SurveyClose(audit_id=audit_id, why="date")
        await outbox.put(conn, "survey.close", args, dedup_key=f"survey.close:{audit_id}:date", run_after=moment)


async def close_by_completes(conn: Connection, *, audit_id: UUID) -> bool:
    """Queue the closing now; False when it was queued before."""
    args = SurveyClose(audit_id=audit_id, why="completes")
    return await outbox.put(conn, "survey.close", args, dedup_key=f"survey.close:{audit_id}:completes") is not None


async def build_report(conn: Connection, *, audit_id: UUID) -> None:
    await outbox.put(conn, "report.build", ReportBuild(audit_id=audit_id), dedup_key=f"report.build:{audit_id}")


async def publish(conn: Connection, *, audit_id: UUID, at: datetime | None) -> None:
    """Queue the publication: at the deadline, or now (None) because the owner answered."""
    key = f"audit.publish:{audit_id}:{'answered' if at is None else 'due'}"
    await outbox.put(conn, "audit.publish", AuditPublish(audit_id=audit_id), dedup_key=key, run_after=at)
