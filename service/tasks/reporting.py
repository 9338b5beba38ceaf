"""Jobs from the last answer to publication: survey.close, report.build, audit.publish.

Each may be killed at any point and run again: what was committed is found and left alone, the rest is done anew. The
secret ballot is counted before the report is made, in one transaction that empties the box and stores the result;
only then is its key destroyed.
"""

import hashlib

import structlog

from panels import fieldwork
from service import keyring, outbox
from service.audits import cases
from service.audits.models import SYSTEM, Case
from service.keyring import SecretMissing
from service.reports import signing
from service.reports.build import Built, build
from service.reports.gather import gather, register_weights
from service.reports.inputs import ReportInputs
from service.reports.weighting import final_weights
from service.store import letters, results
from service.store.results import StoredReport
from service.tasks.arguments import AuditPublish, MailResult, ReportBuild, SurveyClose
from service.work import Work
from surveys import ballots, responses, tally

log = structlog.get_logger("samenspraak.reporting")

BEFORE_REPORT = ("closed", "analysing")
AFTER_REPORT = ("reported", "published")


async def close_survey(work: Work, args: SurveyClose) -> None:
    """Close when the rule is met; an audit that is closed already stays as it is.

    Raises:
        ClosingRuleUnmet: too early; the job is tried again.
    """
    async with work.databases.worker.transaction() as conn:
        case = await cases.lock(conn, audit_id=args.audit_id)
        if case.state in (*BEFORE_REPORT, *AFTER_REPORT):
            return
        completes = await responses.count_completed(conn, args.audit_id)
        await cases.close(conn, audit_id=args.audit_id, actor=SYSTEM, completes=completes, now=work.now())
    log.info("survey_closed", audit_id=str(args.audit_id), why=args.why, completes=completes)


async def build_report(work: Work, args: ReportBuild) -> None:
    """Count the ballot, make the report, store it and move to `reported`; at most one report per audit, ever."""
    async with work.databases.worker.reading() as conn:
        case = await cases.find(conn, audit_id=args.audit_id)
    if case.state in AFTER_REPORT:
        return
    async with work.databases.worker.transaction() as conn:
        case = await cases.begin_analysis(conn, audit_id=args.audit_id, now=work.now())
        await fieldwork.break_off(conn, audit_id=args.audit_id, now=work.now())
    async with work.databases.worker.reading() as conn:
        stored = await results.report_file(conn, organisation_id=case.organisation_id, audit_id=case.id, form="json")
    if stored is None:
        inputs = await _inputs(work, case)
        built = await work.compute(build, inputs)
        await _release(work, case, built)
    else:
        await _report(work, case, None)
    log.info("report_released", audit_id=str(args.audit_id))


async def publish_audit(work: Work, args: AuditPublish) -> None:
    """Publish with the owner's answer, or after the deadline without it, and tell those who took part.

    Raises:
        TooEarly: no answer and time left; the job is tried again.
    """
    async with work.databases.worker.transaction() as conn:
        await cases.publish(conn, audit_id=args.audit_id, actor=SYSTEM, now=work.now())
        key = f"mail.result:{args.audit_id}"
        await outbox.put(conn, "mail.result", MailResult(audit_id=args.audit_id), dedup_key=key)
    log.info("audit_published", audit_id=str(args.audit_id))


async def _inputs(work: Work, case: Case) -> ReportInputs:
    """Everything the report is made of, with the ballot counted."""
    if case.plan is not None and case.plan.ballot is not None:
        await _count_ballot(work, case)
    async with work.databases.worker.reading() as conn:
        return await gather(conn, case=case, now=work.now())


async def _count_ballot(work: Work, case: Case) -> None:
    """Close the register, empty the box, store the count, then destroy the key. Found counted: only the key is left
    to do."""
    today = work.now().date()
    async with work.databases.worker.transaction() as conn:
        await ballots.close_register(conn, case.id, today=today)
    async with work.databases.worker.reading() as conn:
        counted = await ballots.result(conn, case.id)
        inputs = None if counted is not None else await gather(conn, case=case, now=work.now())
    if inputs is not None:
        await _store_count(work, case, await work.compute(final_weights, inputs))
    keyring.destroy_ballot_key(work.settings.secrets_dir, case.id)


async def _store_count(work: Work, case: Case, weights: dict[str, float] | None) -> None:
    """One transaction of the tally role: the box is empty exactly if the result is there."""
    assert case.plan is not None, "only a planned audit has a ballot"
    assert case.plan.ballot is not None, "asked for an audit with a ballot"
    private_key = keyring.read_ballot_key(work.settings.secrets_dir, case.id)
    if private_key is None:
        raise SecretMissing(f"the tally key of audit {case.id} is missing: put it back from a backup")
    async with work.databases.tally.transaction() as conn:
        by_cell = None if weights is None else await register_weights(conn, audit_id=case.id, weights=weights)
        entitled = await ballots.entitled(conn, case.id)
        opened = await ballots.empty_box(conn, audit_id=case.id, private_key=private_key)
        result = tally.count(
            opened,
            definition=case.plan.ballot,
            weights_by_cell=by_cell,
            entitled=entitled,
            sample_kind=case.plan.sample_kind,
            level=case.plan.weighting.level,
        )
        await ballots.store_result(conn, audit_id=case.id, result=result, today=work.now().date())


async def _release(work: Work, case: Case, built: Built) -> None:
    report = StoredReport(
        audit_id=case.id,
        organisation_id=case.organisation_id,
        json=built.json,
        html=built.html,
        pdf=built.pdf,
        csv=built.csv,
        etag=f'"{hashlib.sha256(built.json).hexdigest()}"',
        plan_hash=case.plan_hash or "",
        signature=signing.sign(built.json, work.keys.report_signing_key),
        created_at=work.now(),
    )
    await _report(work, case, report)


async def _report(work: Work, case: Case, report: StoredReport | None) -> None:
    """Store, move to `reported`, and cut the link between members and answers, all in one transaction.

    `report` None: one is stored already and only the step is missing.
    """
    now = work.now()
    async with work.databases.vault.transaction() as conn:
        # A letter holds an address beside an invitation: it goes before the link between the two is cut.
        await fieldwork.forget_letters(conn, audit_id=case.id)
    async with work.databases.worker.transaction() as conn:
        standing = await cases.lock(conn, audit_id=case.id)
        if standing.state in AFTER_REPORT:
            return
        if report is not None:
            await results.save_report(conn, report=report)
        await letters.forget(conn, audit_id=case.id)
        await cases.record_report(conn, audit_id=case.id, now=now)
        await fieldwork.unlink(conn, audit_id=case.id, now=now)
