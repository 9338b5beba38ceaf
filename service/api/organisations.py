"""Organisations and keys, as staff manage them."""

from typing import Any
from uuid import UUID

from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from samenspraak.types.audit import IssuedKey, Organisation

from service import auth
from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import errors, listed, sent
from service.api.errors import OrganisationUnknown
from service.api.listing import Cursor, Limit, Page, after_id, page
from service.api.shapes import KeyRequest, OrganisationRequest
from service.audits import trail
from service.auth import Caller, KeyRequestInvalid, KeyUnknown
from service.context import Context, InContext
from service.idempotency import Reply, once
from service.store import Connection, keys, organisations
from service.store.organisations import Tenant

TAGS = ["staff"]


def _shown(tenant: Tenant) -> Organisation:
    return Organisation(id=str(tenant.id), name=tenant.name, created_at=tenant.created_at)


@post(
    "/staff/organisations",
    operation_id="create_organisation",
    summary="Add an organisation",
    tags=TAGS,
    dto=Body,
    responses=sent(),
)
async def create_organisation(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, data: JSONBody[OrganisationRequest]
) -> Response[Organisation]:
    async def effect(conn: Connection) -> Reply:
        tenant = Tenant(id=context.new_id(), name=data.name, created_at=context.now())
        await organisations.add(conn, tenant=tenant)
        await trail.append(
            conn, actor=caller.actor, event="organisation.create", now=context.now(), organisation_id=tenant.id
        )
        return Reply(status=201, value=_shown(tenant))

    return await once(request, context, caller, effect)


@get(
    "/staff/organisations",
    operation_id="list_organisations",
    summary="List organisations, newest first",
    tags=TAGS,
    responses=listed(),
)
async def list_organisations(context: InContext, limit: Limit = 50, cursor: Cursor = None) -> Page[Organisation]:
    after = after_id(cursor)
    async with context.db.reading() as conn:
        found = await organisations.page(conn, after=after, limit=limit + 1)
    return page(found, limit, show=_shown, place=lambda tenant: tenant.id)


@post(
    "/staff/organisations/{organisation_id:uuid}/keys",
    operation_id="issue_developer_key",
    summary="Issue a key to an organisation; it is shown this once",
    tags=TAGS,
    dto=Body,
    responses=sent(OrganisationUnknown, KeyRequestInvalid),
)
async def issue_developer_key(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    organisation_id: FromPath[UUID],
    data: JSONBody[KeyRequest],
) -> Response[IssuedKey]:
    async def effect(conn: Connection) -> Reply:
        if await organisations.find(conn, organisation_id=organisation_id) is None:
            raise OrganisationUnknown
        return await _issue(conn, context, caller, data, organisation_id)

    return await once(request, context, caller, effect)


@post(
    "/staff/keys",
    operation_id="issue_staff_key",
    summary="Issue a key to staff, fieldwork or an auditor; it is shown this once",
    tags=TAGS,
    dto=Body,
    responses=sent(KeyRequestInvalid),
)
async def issue_staff_key(
    request: Request[Any, Any, Any], context: InContext, caller: CalledBy, data: JSONBody[KeyRequest]
) -> Response[IssuedKey]:
    async def effect(conn: Connection) -> Reply:
        return await _issue(conn, context, caller, data, None)

    return await once(request, context, caller, effect)


async def _issue(
    conn: Connection, context: Context, caller: Caller, data: KeyRequest, organisation_id: UUID | None
) -> Reply:
    issued = await auth.issue_key(
        conn,
        role=data.role,
        organisation_id=organisation_id,
        now=context.now(),
        entropy=context.entropy,
        new_id=context.new_id,
        scopes=data.scopes,
        expires_in_days=data.expires_in_days,
    )
    await trail.append(
        conn,
        actor=caller.actor,
        event="key.issue",
        now=context.now(),
        organisation_id=organisation_id,
        detail={"key_id": issued.id, "role": issued.role},
    )
    return Reply(status=201, value=issued)


@delete(
    "/staff/keys/{key_id:uuid}",
    operation_id="revoke_key",
    summary="End a key at once; ending it twice does no harm",
    tags=TAGS,
    responses=errors(KeyUnknown),
)
async def revoke_key(context: InContext, caller: CalledBy, key_id: FromPath[UUID]) -> None:
    async with context.db.transaction() as conn:
        if not await keys.revoke(conn, key_id=key_id, now=context.now()):
            raise KeyUnknown
        await trail.append(
            conn, actor=caller.actor, event="key.revoke", now=context.now(), detail={"key_id": str(key_id)}
        )


HANDLERS = (create_organisation, list_organisations, issue_developer_key, issue_staff_key, revoke_key)
