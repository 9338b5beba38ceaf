"""Sending a form keeps an access session going: for as long as the page that follows may stay open.

Looking at a page changes nothing. What follows is known when the answer leaves: it is done there, for all forms alike.
"""

from datetime import timedelta
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Receive, Scope, Send

from panels import access
from service.context import Context
from service.db import DatabaseUnavailable
from service.pages.visits import VISIT, Visit, open_for


class Keeping(ASGIMiddleware):
    """Around every page; does something for forms within a session only."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "POST":
            await next_app(scope, receive, send)
            return
        asked = scope

        async def keeping(message: Message) -> None:
            if message["type"] == "http.response.start" and VISIT in asked["state"]:
                await _keep(asked["litestar_app"].state.context, asked["state"][VISIT], _follows(asked, message))
            await send(message)

        await next_app(scope, receive, keeping)


def _follows(scope: HTTPScope, message: HTTPResponseStartEvent) -> str:
    """The address of the page that this answer shows, or sends the browser to."""
    location = next((value.decode() for name, value in message["headers"] if name.lower() == b"location"), "")
    return urlsplit(location).path or scope["path"]


async def _keep(context: Context, visit: Visit, path: str) -> None:
    assert visit.session is not None, "kept for sessions only"
    place = path.removeprefix(visit.session.address).strip("/")
    seconds = open_for(visit, visit.session.mode, place)
    now = context.now()
    try:
        async with context.db.transaction() as conn:
            await access.extend(conn, visit.token, now=now, ends_at=now + timedelta(seconds=seconds))
    except DatabaseUnavailable:
        # What the form did stands, and its answer must leave; the session then ends as it would have.
        return
