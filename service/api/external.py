"""Sources of people who are no members of the panel: panel firms by link, and registers by file."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import Body as BodyParameter
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response
from samenspraak.types.audit import Plan
from samenspraak.types.external import RegisterOutcome, Source, SourceRequest

from panels.errors import FieldworkOpened, RegisterMissing, SourceInvalid, SourceUnknown
from panels.external import sources
from panels.margins import sets as margin_sets
from panels.store.external import StoredSource
from service.api.access import CalledBy
from service.api.bodies import Body, CsvBody
from service.api.declare import CSV_BODY, errors, sent
from service.api.listing import Page
from service.audits import cases, trail
from service.audits.errors import AuditUnknown, TransitionRefused
from service.audits.fielding import aside
from service.audits.models import Case
from service.context import Context, InContext
from service.idempotency import Reply, once
from service.letters import batch as letters
from service.letters import pdf
from service.letters.words import REFERENCE
from service.store import Connection
from surveys import applications

TAGS = ["staff"]
RegisterCsv = Annotated[str, BodyParameter(media_type="text/csv")]
First = Annotated[int, QueryParameter(description="Number of the first letter, from 1.", ge=1)]
Size = Annotated[int, QueryParameter(description="How many letters.", ge=1, le=500)]
DryRun = Annotated[bool, QueryParameter(name="dry_run", description="Check every row, keep none.")]


@post(
    "/staff/audits/{audit_id:uuid}/sources",
    operation_id="add_source",
    summary="Set up who sends people to an audit: a panel firm by link, or a register by file",
    tags=TAGS,
    dto=Body,
    responses=sent(AuditUnknown, TransitionRefused, SourceInvalid),
)
async def add_source(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    data: JSONBody[SourceRequest],
) -> Response[Source]:
    """Which of the two follows from the plan's `intake`. People from a register are written to by its holder, and only
    after the legal basis is recorded here."""

    async def effect(conn: Connection) -> Reply:
        case, plan = await _planned(conn, audit_id, lock=True)
        made = await sources.add(
            conn,
            audit_id=case.id,
            plan=plan,
            request=data,
            link_key=context.keys.link_key,
            now=context.now(),
            new_id=context.new_id,
        )
        detail: dict[str, str | int | float | bool | None] = {"source_id": str(made.id), "intake": made.intake}
        if data.legal_basis is not None:
            detail["legal_basis"] = data.legal_basis.ground[:300]
        await trail.append(
            conn, actor=caller.actor, event="source.add", now=context.now(), audit_id=case.id, detail=detail
        )
        return Reply(status=201, value=_shown(context, made))

    return await once(request, context, caller, effect)


@get(
    "/staff/audits/{audit_id:uuid}/sources",
    operation_id="list_sources",
    summary="Who sends people to an audit, and what became of them",
    tags=TAGS,
    responses=errors(AuditUnknown),
)
async def list_sources(context: InContext, audit_id: FromPath[UUID]) -> Page[Source]:
    async with context.db.reading() as conn:
        await cases.find(conn, audit_id=audit_id)
        found = await sources.listed(conn, audit_id=audit_id)
    return Page(data=tuple(_shown(context, one) for one in found), has_more=False)


@post(
    "/staff/audits/{audit_id:uuid}/sources/{source_id:uuid}/people",
    operation_id="load_register",
    summary="Load the file of a register: reference, chance and background; no names, no addresses",
    tags=TAGS,
    dto=CsvBody,
    status_code=200,
    request_max_body_size=CSV_BODY,
    responses=sent(AuditUnknown, TransitionRefused, SourceUnknown, FieldworkOpened),
)
async def load_register(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    source_id: FromPath[UUID],
    data: RegisterCsv,
    dry_run: DryRun = False,
) -> Response[RegisterOutcome]:
    """Columns: reference, selection_probability, birth_year; and where known sex, province, municipality, education,
    stratum, language. With any fault nothing is kept."""

    async def effect(conn: Connection) -> Reply:
        case, plan = await _planned(conn, audit_id, lock=True)
        outcome = await sources.load_register(
            conn,
            audit_id=case.id,
            source_id=source_id,
            content=data.encode(),
            margins=await margin_sets.get(conn, plan.margins_id),
            dry_run=dry_run,
            now=context.now(),
        )
        if outcome.kept:
            await trail.append(
                conn,
                actor=caller.actor,
                event="source.load",
                now=context.now(),
                audit_id=case.id,
                detail={"source_id": str(source_id), "people": outcome.kept},
            )
        return Reply(value=outcome)

    return await once(request, context, caller, effect)


@get(
    "/staff/audits/{audit_id:uuid}/sources/{source_id:uuid}/letters",
    operation_id="get_letters",
    summary="Reference, link and typed code of everybody in a register, for the letters",
    tags=TAGS,
    media_type="text/csv",
    responses=errors(AuditUnknown, SourceUnknown, RegisterMissing),
)
async def get_letters(context: InContext, audit_id: FromPath[UUID], source_id: FromPath[UUID]) -> Response[bytes]:
    async with context.db.reading() as conn:
        await cases.find(conn, audit_id=audit_id)
        text = await sources.letters(
            conn,
            audit_id=audit_id,
            source_id=source_id,
            link_key=context.keys.link_key,
            public_url=context.settings.public_url,
        )
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="letters.csv"'}
    return Response(content=text.encode(), media_type="text/csv; charset=utf-8", headers=headers)


@get(
    "/staff/audits/{audit_id:uuid}/sources/{source_id:uuid}/letters.pdf",
    operation_id="print_register_letters",
    summary="Letters to people of a register, with the reference in the place of the address",
    tags=TAGS,
    media_type="application/pdf",
    responses=errors(AuditUnknown, SourceUnknown, RegisterMissing),
)
async def print_register_letters(
    context: InContext, audit_id: FromPath[UUID], source_id: FromPath[UUID], first: First = 1, size: Size = 100
) -> Response[bytes]:
    """In the order of the references; whoever holds the register merges the addresses, which never come here."""
    key, url = context.keys.link_key, context.settings.public_url
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id)
        stored = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
        people = await sources.listed_people(conn, audit_id=audit_id, source_id=source_id)
    chosen = people[first - 1 : first - 1 + size]
    if not chosen:
        raise RegisterMissing(f"The register has {len(people)} people; start at a number up to that.")
    sheets = [letters.sheet(id, (REFERENCE["nl"], reference), link_key=key, public_url=url) for reference, id in chosen]
    about = letters.about(case, stored.application, context.settings)
    content = await aside(lambda: pdf.render(sheets, about, made_at=context.now()))
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="letters.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)


async def _planned(conn: Connection, audit_id: UUID, *, lock: bool) -> tuple[Case, Plan]:
    """An audit with a plan that has not closed. Raises AuditUnknown, TransitionRefused."""
    case = await (cases.lock if lock else cases.find)(conn, audit_id=audit_id)
    if case.plan is None or case.state not in ("approved", "fielding"):
        raise TransitionRefused(
            "Sources belong to an audit that is approved or in the field.", details={"state": case.state}
        )
    return case, case.plan


def _shown(context: Context, source: StoredSource) -> Source:
    return sources.shown(source, link_key=context.keys.link_key, public_url=context.settings.public_url)


HANDLERS = (add_source, list_sources, load_register, get_letters, print_register_letters)
