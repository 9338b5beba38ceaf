"""The questionnaire by form posts: a page, the feedback after it, the review. Every answered page is one commit."""

from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.types.questionnaire import Page

from panels import fieldwork
from panels.errors import QuotaFull
from service.audits import cases
from service.context import Context, InContext
from service.pages.failures import not_found
from service.pages.rendering import see_other
from service.pages.visits import LOOK, Asked, Visit, arrive, first, hold, sent
from service.pages.walk import Walk
from service.store import Connection
from surveys import incidents, responses
from surveys.errors import Incomplete, PageUnknown, ResponseFinished, StaleRevision

InAddress = FromPath[str]


class Answering(Controller):
    """Pages of the questionnaire. GET shows, POST saves and sends the browser on."""

    path = "/s/{token:str}"
    include_in_schema = False

    @route("/p/{key:str}", http_method=LOOK)
    async def look(self, request: Asked, context: InContext, token: InAddress, key: InAddress) -> Answer[str]:
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
            try:
                walk = await Walk.load(conn, visit)
            except ResponseFinished:
                return see_other(visit.to())
        return _on_route(walk, key) or walk.show(_page(walk, key))

    @post("/p/{key:str}")
    async def answer(self, request: Asked, context: InContext, token: InAddress, key: InAddress) -> Answer[str]:
        fields = await sent(request)
        action = first(fields, "action") or "next"
        stale = False
        try:
            async with context.db.transaction() as conn:
                visit = await hold(conn, context, request, token)
                if action == "stop":
                    return see_other(visit.to("stop"))
                walk = await Walk.load(conn, visit)
                return await _save(conn, context, walk, key, fields, action)
        except PageUnknown:
            return not_found(visit.lang)
        except (ResponseFinished, QuotaFull):
            # A group that filled up while the last page was sent: the transaction is undone, and the page says so.
            return see_other(visit.to())
        except StaleRevision:
            stale = True
        return await self._again(request, context, token, key, stale=stale)

    async def _again(self, request: Asked, context: Context, token: str, key: str, *, stale: bool) -> Answer[str]:
        """Someone went on elsewhere: show what is stored now, and say that this answer was not saved."""
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
            try:
                walk = await Walk.load(conn, visit)
            except ResponseFinished:
                return see_other(visit.to())
        shown = walk.page(key)
        if shown is None:
            return see_other(walk.resume())
        return walk.show(shown, message=visit.texts("page.stale") if stale else "", status=409)

    @route("/p/{key:str}/feedback", http_method=LOOK)
    async def look_back(self, request: Asked, context: InContext, token: InAddress, key: InAddress) -> Answer[str]:
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
            try:
                walk = await Walk.load(conn, visit)
            except ResponseFinished:
                return see_other(visit.to())
        shown = walk.page(key)
        if shown is None or not walk.wrong(shown):
            return see_other(walk.after(key))
        return walk.show_feedback(shown)

    @post("/p/{key:str}/feedback")
    async def read(self, request: Asked, context: InContext, token: InAddress, key: InAddress) -> Answer[str]:
        action = first(await sent(request), "action")
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
            try:
                walk = await Walk.load(conn, visit)
            except ResponseFinished:
                return see_other(visit.to())
        back = action == "back" and walk.questionnaire.policy.back
        return see_other(_leave(visit, action) or (visit.to(f"p/{key}") if back else walk.after(key)))

    @route("/review", http_method=LOOK)
    async def look_through(self, request: Asked, context: InContext, token: InAddress) -> Answer[str]:
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
            try:
                walk = await Walk.load(conn, visit)
            except ResponseFinished:
                return see_other(visit.to())
        return walk.show_review()

    @post("/review")
    async def send(self, request: Asked, context: InContext, token: InAddress) -> Answer[str]:
        action = first(await sent(request), "action") or "send"
        try:
            async with context.db.transaction() as conn:
                visit = await hold(conn, context, request, token)
                if visit.completed:
                    return see_other(visit.to("done"))
                walk = await Walk.load(conn, visit)
                if action != "send":
                    held = visit.to("review") if not walk.questionnaire.policy.back else walk.before(None)
                    return see_other(_leave(visit, action) or held)
                await _send(conn, context, walk)
        except (ResponseFinished, QuotaFull):
            # A group that filled up while this was sent: the transaction is undone, and the page says so.
            return see_other(visit.to())
        except Incomplete as gap:
            return see_other(visit.to(f"p/{gap.details['page']}"))
        return see_other(visit.to("done"))


async def _save(
    conn: Connection, context: Context, walk: Walk, key: str, fields: dict[str, list[str]], action: str
) -> Answer[str]:
    """Save one page in the caller's transaction; the answer says where to go, or shows the page with its faults."""
    visit, response, now = walk.visit, walk.response, context.now()
    shown = walk.page(key)
    if shown is None or walk.shut(key):
        return _on_route(walk, key) or see_other(visit.to())
    if action == "back" and not walk.questionnaire.policy.back:
        return see_other(visit.to(f"p/{key}"))
    standing = visit.standing
    stored = standing.stored if standing else None
    if response.language != visit.lang:
        stored = None
        response = await responses.set_language(conn, response=response, language=visit.lang, now=now)
    draft = action in ("back", "later")
    saved = await responses.save_page(
        conn,
        response=response,
        questionnaire=walk.questionnaire,
        page_key=key,
        form={**fields, **walk.settled(shown)},
        revision=_number(first(fields, "revision")),
        now=now,
        draft=draft,
        stored=stored,
    )
    if saved.ended:
        await fieldwork.mark(conn, invitation_id=visit.invitation.id, disposition="declined", now=now)
        return see_other(visit.to())
    if saved.faults and not draft:
        return walk.show(shown, fields=fields, faults=saved.faults, status=422)
    if draft:
        return see_other(_leave(visit, action) or walk.before(key))
    if saved.wrong:
        return see_other(visit.to(f"p/{key}/feedback"))
    if saved.next is None and not walk.questionnaire.policy.review:
        return await _send_at_once(conn, context, walk)
    return see_other(visit.to(f"p/{saved.next}" if saved.next else "review"))


async def _send_at_once(conn: Connection, context: Context, walk: Walk) -> Answer[str]:
    """Send after the last page, where the questionnaire shows no answers once more."""
    try:
        await _send(conn, context, walk)
    except Incomplete as gap:
        return see_other(walk.visit.to(f"p/{gap.details['page']}"))
    return see_other(walk.visit.to("done"))


async def _send(conn: Connection, context: Context, walk: Walk) -> None:
    """Send the answers; the count that this makes may close the audit, decided in the same transaction."""
    now, visit = context.now(), walk.visit
    submitted = await responses.submit(conn, response=walk.response, questionnaire=walk.questionnaire, now=now)
    if submitted.first:
        await incidents.look_through(
            conn,
            response=submitted.response,
            questionnaire=walk.questionnaire,
            answers=await responses.answers(conn, submitted.response),
            now=now,
            new_id=context.new_id,
        )
    await fieldwork.mark(conn, invitation_id=visit.invitation.id, disposition="completed", now=now)
    await cases.reach_target(conn, audit_id=visit.case.id, completes=submitted.completes, now=now)


def _on_route(walk: Walk, key: str) -> Answer[str] | None:
    """What to answer for a page that is not this person's: unknown, or on a route they left."""
    if walk.page(key) is not None:
        return see_other(walk.resume()) if walk.shut(key) else None
    if not walk.knows(key):
        return not_found(walk.visit.lang)
    return see_other(walk.resume())


def _page(walk: Walk, key: str) -> Page:
    shown = walk.page(key)
    assert shown is not None, "asked after _on_route"
    return shown


def _leave(visit: Visit, action: str) -> str | None:
    """Where the two ways out lead."""
    return {"later": visit.to("later"), "stop": visit.to("stop")}.get(action)


def _number(text: str) -> int:
    """The revision a form carries; anything else is older than every revision, so nothing is overwritten by it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
