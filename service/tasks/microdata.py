"""microdata.make: the files for researchers, made from the stored answers of a reported audit."""

import msgspec
import structlog

from service.audits import cases
from service.audits.models import SYSTEM
from service.microdata import agreements
from service.microdata.build import Built, build
from service.microdata.errors import MicrodataUnfit
from service.reports.gather import gather
from service.reports.inputs import ReportInputs
from service.store import microdata as store
from service.store import results
from service.store.microdata import StoredMicrodata, Summary
from service.tasks.arguments import MicrodataMake
from service.work import Work

log = structlog.get_logger("samenspraak.microdata")


async def make(work: Work, args: MicrodataMake) -> None:
    """Make the files once; a file that was made, refused or deleted is left alone."""
    async with work.databases.worker.reading() as conn:
        asked = await store.find(conn, id=args.microdata_id)
        if asked is None or asked.state != "making":
            return
    try:
        inputs, released = await _inputs(work, asked)
        agreement = str(asked.agreement_id)
        built = await work.compute(build, inputs, released, entropy=work.entropy(32), agreement=agreement)
    except MicrodataUnfit as error:
        async with work.databases.worker.transaction() as conn:
            await store.refuse(conn, id=asked.id, now=work.now(), why=str(error))
        log.info("microdata_refused", microdata_id=str(asked.id))
        return
    await _keep(work, asked, built)
    log.info("microdata_made", microdata_id=str(asked.id), rows=built.rows)


async def _inputs(work: Work, asked: StoredMicrodata) -> tuple[ReportInputs, bytes]:
    """What the report was made of, without the secret ballot, and the report itself.

    Raises:
        MicrodataUnfit: the agreement ended while the job waited, or no report is stored.
    """
    async with work.databases.worker.reading() as conn:
        case = await cases.find(conn, audit_id=asked.audit_id)
        agreement = await agreements.find(conn, id=asked.agreement_id)
        if not agreements.still_holds(agreement, case, work.now()):
            raise MicrodataUnfit("The agreement ended before the file was made.")
        inputs = await gather(conn, case=case, now=work.now())
        file = await results.report_file(conn, organisation_id=case.organisation_id, audit_id=case.id, form="json")
    if file is None:
        raise MicrodataUnfit("There is no released report to hold the file against.")
    return msgspec.structs.replace(inputs, ballot=None), file.content


async def _keep(work: Work, asked: StoredMicrodata, built: Built) -> None:
    now = work.now()
    summary = Summary(rows=built.rows, columns=built.columns, protection=built.protection, figures=built.figures)
    async with work.databases.worker.transaction() as conn:
        held = await store.hold(conn, id=asked.id)
        if held is None or held.state != "making":
            return
        await store.save(conn, id=asked.id, now=now, summary=summary, files=built.files)
        suppressed = sum(built.protection.suppressed.values())
        await agreements.note(conn, SYSTEM, "microdata.make", asked, now, rows=built.rows, suppressed=suppressed)
