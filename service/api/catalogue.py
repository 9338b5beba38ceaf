"""The problem catalogue: what every `type` of a problem points at."""

import inspect
from collections.abc import Mapping
from functools import cache
from html import escape
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from service.api.declare import public
from service.api.errors import ProblemUnknown
from service.api.shapes import CatalogueEntry
from service.problems import HTTP_ROWS, ROWS

TAGS = ["problems"]


@cache
def entries() -> Mapping[str, CatalogueEntry]:
    """Every kind of problem by its code, in the order of the table."""
    found: dict[str, CatalogueEntry] = {}
    for kind, row in ROWS.items():
        code = str(getattr(kind, "code", ""))
        words = getattr(kind, "text", None) or getattr(kind, "message", "")
        note = inspect.cleandoc(kind.__doc__ or "") if "__doc__" in vars(kind) else ""
        explanation = f"{words} {note}".strip() if row.status != 500 else "The service made a mistake."
        found[code] = CatalogueEntry(code=code, status=row.status, title=row.title, explanation=explanation)
    for status, (code, title) in HTTP_ROWS.items():
        found.setdefault(code, CatalogueEntry(code=code, status=status, title=title, explanation=title + "."))
    return found


@get("/problems", operation_id="list_problems", summary="Everything that can go wrong", tags=TAGS)
async def list_problems() -> list[CatalogueEntry]:
    return list(entries().values())


@get(
    "/problems/{code:str}",
    operation_id="get_problem",
    summary="One kind of problem; a page for people, JSON for machines",
    tags=TAGS,
    responses=public(ProblemUnknown),
)
async def get_problem(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[CatalogueEntry]:
    entry = entries().get(code)
    if entry is None:
        raise ProblemUnknown
    if "text/html" in request.headers.get("accept", ""):
        page: Any = _page(entry)
        return Response(content=page, media_type="text/html")
    return Response(content=entry)


def _page(entry: CatalogueEntry) -> str:
    title = escape(entry.title)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<main><h1>{title}</h1><p>Status {entry.status}, code <code>{escape(entry.code)}</code></p>"
        f"<p>{escape(entry.explanation)}</p></main></html>"
    )


HANDLERS = (list_problems, get_problem)
