"""What must happen after a change of state, written to the outbox in the same transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from samenspraak.types.audit import Plan

from service import outbox
from service.store import Connection
from service.tasks.arguments import AuditPublish, MailWave, ReportBuild, SurveyClose


def closes_at(plan: Plan) -> datetime | None:
    """When the date of the closing rule is over, grace included."""
    if plan.closing.at is None:
        return None
    return plan.closing.at + timedelta(seconds=plan.closing.grace_seconds)


async def mail_waves(conn: Connection, *, audit_id: UUID, plan: Plan, batches: int, now: datetime) -> None:
    """Queue the invitation now and every reminder at its plan day, one job per batch."""
    waves = [("invitation", now)]
    for number, days in enumerate(plan.schedule.reminder_days, start=1):
        waves.append((f"reminder_{number}", now + timedelta(seconds=days * plan.schedule.day_seconds)))
    for wave, moment in waves:
        for batch in range(batches):
            args = MailWave(audit_id=audit_id, wave=wave, batch=batch)
            key = f"mail.wave:{audit_id}:{wave}:{batch}"
            await outbox.put(conn, "mail.wave", args, dedup_key=key, run_after=moment)


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
