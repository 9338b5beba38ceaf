"""Whether this process lives, and whether it can work. Asked by machines, without a key."""

import asyncio
from typing import Any

from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.response import Response

from service import migrate
from service.api.shapes import Alive, Ready
from service.context import Context, InContext
from service.db import DatabaseUnavailable

DATABASE_SECONDS = 0.5
NEWEST = migrate.read()[-1].number
"""The migration that this version of the code needs."""


@get("/livez", operation_id="livez", summary="The process runs", tags=["health"])
async def livez() -> Alive:
    """Touches nothing outside the process."""
    return Alive()


@get(
    "/readyz",
    operation_id="readyz",
    summary="The process can do its work",
    tags=["health"],
    responses={503: ResponseSpec(data_container=Ready, generate_examples=False, description="Not now")},
)
async def readyz(request: Request[Any, Any, Any], context: InContext) -> Response[Ready]:
    """503 without the database or with an older schema; without Valkey only `degraded`, since no job is lost."""
    version = await _schema_version(context)
    reaches_valkey = request.app.state.get("valkey_answers")
    valkey = bool(await reaches_valkey()) if reaches_valkey is not None else False
    fits = version is not None and version >= NEWEST
    status = "unavailable" if not fits else "ok" if valkey else "degraded"
    ready = Ready(status=status, database=version is not None, schema=fits, valkey=valkey)  # type: ignore[arg-type]
    headers = {} if fits else {"Retry-After": "2"}
    return Response(content=ready, status_code=200 if fits else 503, headers=headers)


async def _schema_version(context: Context) -> int | None:
    try:
        async with asyncio.timeout(DATABASE_SECONDS), context.db.reading() as conn:
            return await migrate.latest(conn)
    except (DatabaseUnavailable, TimeoutError):
        return None


HANDLERS = (livez, readyz)
