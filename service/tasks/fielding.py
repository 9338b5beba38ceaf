"""The job that looks at an audit in the field once a plan day: how even participation is, and whether a wave is due."""

import structlog
import uuid_utils.compat

from panels import fieldwork
from panels.waves import observing
from panels.waves.observing import observe as look
from service.audits import cases, fielding, handover
from service.tasks.arguments import FieldworkObserve
from service.work import Work

log = structlog.get_logger("samenspraak.fielding")


async def observe(work: Work, args: FieldworkObserve) -> None:
    """Keep how even participation is, let held-back mail go, draw a wave that the plan wants, and look again tomorrow.

    Running it twice does no harm: a day is kept once and a wave is drawn once. After the closing it does nothing, and
    no further look follows.
    """
    async with work.databases.worker.reading() as conn:
        case = await cases.find(conn, audit_id=args.audit_id)
        if case.state != "fielding" or case.plan is None:
            return
        frame = await fieldwork.frame(conn, case.id)
    point = await work.compute(look, frame, plan=case.plan, day=args.day, now=work.now())
    async with work.databases.worker.transaction() as conn:
        case = await cases.hold(conn, audit_id=args.audit_id)
        if case.state != "fielding" or case.plan is None or case.opened_at is None:
            return
        await observing.keep(conn, audit_id=case.id, observation=point)
        await fielding.mail_waiting(conn, case, case.plan, now=work.now())
        await handover.observe(
            conn, audit_id=case.id, plan=case.plan, opened_at=case.opened_at, now=work.now(), after=args.day
        )
    async with work.databases.worker.transaction() as conn:
        wave = await fielding.draw_due_wave(
            conn,
            audit_id=case.id,
            link_key=work.keys.link_key,
            now=work.now(),
            new_id=uuid_utils.compat.uuid7,
            entropy=work.entropy,
        )
    invited = wave.invited if wave else 0
    log.info("fieldwork_observed", audit_id=str(case.id), day=args.day, completed=point.completed, invited=invited)
