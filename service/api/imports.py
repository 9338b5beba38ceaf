"""Files that staff hand in: members with their consent, and the table that turns postcodes into municipalities."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body as BodyParameter
from litestar.params import FromPath, QueryParameter
from litestar.response import Response
from samenspraak.administration import ImportTicket
from samenspraak.types.base import SampleKind
from samenspraak.types.joining import ImportMapping, PostcodeTable
from samenspraak.types.margins import Provenance
from samenspraak.types.panel import ImportOutcome
from samenspraak.types.problem import Fault

from panels.errors import ImportInvalid, ImportUnknown, PostcodesInvalid
from panels.joining import imports, postcodes
from service import outbox
from service.api.access import CalledBy
from service.api.bodies import FileBody
from service.api.declare import CSV_BODY, errors, listed, sent
from service.api.listing import Cursor, Limit, Page, after_id, page
from service.audits import trail
from service.context import InContext
from service.idempotency import Reply, once
from service.store import Connection
from service.tasks.arguments import PanelImport
from service.validation import BodyInvalid, BodyUndecodable, decode

TAGS = ["panel"]
File = Annotated[bytes, BodyParameter(media_type="text/csv")]
Kind = Annotated[SampleKind, QueryParameter(name="kind", description="How these people were selected.")]
DryRun = Annotated[bool, QueryParameter(name="dry_run", description="Check every row, import none.")]
Mapping = Annotated[
    str | None,
    QueryParameter(
        name="mapping",
        max_length=20_000,
        description=(
            "How the columns are called and what is written in them, as JSON: "
            '`{"columns": {"E-mailadres": "email"}, "values": {"sex": {"man": "M"}}, "others": "ignore"}`.'
        ),
    ),
]
Version = Annotated[
    str, QueryParameter(name="version", min_length=1, max_length=100, description="What to call this version.")
]
Source = Annotated[
    str, QueryParameter(name="source", min_length=3, max_length=500, description="Who published it, and where.")
]
Trust = Annotated[Provenance, QueryParameter(name="provenance", description="How the figures came here.")]


@post(
    "/staff/panel/imports",
    operation_id="import_members",
    summary="Hand in members with their record of consent",
    tags=TAGS,
    dto=FileBody,
    status_code=202,
    request_max_body_size=CSV_BODY,
    responses=sent(ImportInvalid),
)
async def import_members(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    data: File,
    kind: Kind = "opt_in_panel",
    dry_run: DryRun = False,
    mapping: Mapping = None,
) -> Response[ImportTicket]:
    """Columns: email, birth_year, sex, province, education, consent_version, consent_at; and if there are: language,
    postcode, house_number, house_addition, selection_probability (needed for a probability sample), recruitment_wave,
    origin with origin_consent_at, assembly_consent_at. Encoding and delimiter are found out."""
    read = _mapping(mapping)

    async def effect(conn: Connection) -> Reply:
        import_id, now = context.new_id(), context.now()
        await imports.queue_import(
            conn,
            import_id=import_id,
            csv=data,
            mapping=read,
            dry_run=dry_run,
            kind=kind,
            staff=str(caller.actor),
            now=now,
        )
        await outbox.put(conn, "panel.import", PanelImport(import_id=import_id), dedup_key=f"panel.import:{import_id}")
        await trail.append(
            conn,
            actor=caller.actor,
            event="panel.import",
            now=now,
            detail={"import_id": str(import_id), "kind": kind, "dry_run": dry_run},
        )
        headers = {"Location": f"/v1/staff/panel/imports/{import_id}", "Retry-After": "1"}
        return Reply(status=202, value=ImportTicket(id=str(import_id)), headers=headers)

    return await once(request, context, caller, effect)


@get(
    "/staff/panel/imports/{import_id:uuid}",
    operation_id="get_import",
    summary="What an import did, or that it still waits",
    tags=TAGS,
    responses={
        **errors(ImportUnknown),
        202: ResponseSpec(data_container=ImportTicket, generate_examples=False, description="Still waiting"),
    },
)
async def get_import(context: InContext, import_id: FromPath[UUID]) -> Response[ImportOutcome]:
    async with context.db.reading() as conn:
        outcome = await imports.import_outcome(conn, import_id)
    if outcome is None:
        waiting: Any = ImportTicket(id=str(import_id))
        return Response(content=waiting, status_code=202, headers={"Retry-After": "1"})
    return Response(content=outcome)


@post(
    "/staff/panel/postcodes",
    operation_id="import_postcodes",
    summary="Load a version of the table of postcodes; from then on people are asked for theirs",
    tags=TAGS,
    dto=FileBody,
    request_max_body_size=CSV_BODY,
    responses=sent(PostcodesInvalid),
)
async def import_postcodes(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    data: File,
    version: Version,
    source: Source,
    provenance: Trust,
) -> Response[PostcodeTable]:
    """Columns: pc4, municipality (GM code), province, urbanity (1 to 5), and perhaps landsdeel; a row a postcode."""

    async def effect(conn: Connection) -> Reply:
        now = context.now()
        table = await postcodes.add(
            conn,
            csv=data,
            version=version,
            source=source,
            provenance=provenance,
            staff=str(caller.actor),
            now=now,
            new_id=context.new_id,
        )
        detail: dict[str, str | int | float | bool | None] = {"table_id": table.id, "hash": table.content_hash}
        await trail.append(conn, actor=caller.actor, event="postcodes.import", now=now, detail=detail)
        return Reply(status=201, value=table)

    return await once(request, context, caller, effect)


@get(
    "/staff/panel/postcodes",
    operation_id="list_postcode_tables",
    summary="Versions of the table of postcodes, newest first; the first one counts",
    tags=TAGS,
    responses=listed(),
)
async def list_postcode_tables(context: InContext, limit: Limit = 50, cursor: Cursor = None) -> Page[PostcodeTable]:
    after = after_id(cursor)
    async with context.db.reading() as conn:
        found = await postcodes.listed(conn, after=after, limit=limit + 1)
    return page(found, limit, show=postcodes.shown, place=lambda table: table.id)


def _mapping(text: str | None) -> ImportMapping | None:
    """The mapping in the address.

    Raises:
        BodyInvalid: with every fault, under `query/mapping`.
    """
    if text is None:
        return None
    try:
        return decode(text.encode("utf-8", "surrogatepass"), ImportMapping)
    except BodyUndecodable as odd:
        raise BodyInvalid(faults=(Fault(pointer="query/mapping", code="not_json", detail=str(odd)),)) from odd
    except BodyInvalid as odd:
        placed = [msgspec.structs.replace(fault, pointer=f"query/mapping{fault.pointer}") for fault in odd.faults]
        raise BodyInvalid(faults=tuple(placed)) from odd


HANDLERS = (import_members, get_import, import_postcodes, list_postcode_tables)
