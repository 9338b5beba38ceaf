"""The questionnaire by form posts: a page, the feedback after it, the review. Every answered page is one commit."""

from datetime import datetime
from functools import partial

from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.types.questionnaire import Page as QuestionPage

from panels import fieldwork
from panels.errors import QuotaFull
from service import submitting, tempo
from service.context import Context, InContext
from service.pages import quotas
from service.pages.desk import InDesk, Page, Sending, Shown, Written
from service.pages.failures import not_found
from service.pages.rendering import see_other
from service.pages.visits import LOOK, Asked, Visit, arrive, first, hold, sent
from service.pages.walk import Walk
from service.store import Connection
from surveys import responses, saving
from surveys.errors import Incomplete, PageUnknown, QuotaFilled, ResponseFinished, StaleRevision
from surveys.models import Saved, Stored

InAddress = FromPath[str]
Fields = dict[str, list[str]]
DRAFT = ("back", "later")
"""Ways to leave a page that keep what is right and ask for nothing."""


class Answering(Controller):
    """Pages of the questionnaire. GET shows, POST saves and sends the browser on."""

    path = "/s/{token:str}"
    include_in_schema = False
    before_request = staticmethod(tempo.kept)

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
    async def answer(
        self, request: Asked, context: InContext, desk: InDesk, token: InAddress, key: InAddress
    ) -> Answer[str]:
        fields = await sent(request)
        action = first(fields, "action") or "next"
        try:
            judge = partial(_judged, key=key, fields=fields, action=action, now=context.now())
            shown = await desk.pages(context.db, Page(context=context, request=request, token=token, judge=judge))
        except StaleRevision:
            return await self._again(request, context, token, key, stale=True)
        if shown is not None:
            return shown()
        return await self._alone(request, context, token, key, fields, action)

    async def _alone(
        self, request: Asked, context: Context, token: str, key: str, fields: Fields, action: str
    ) -> Answer[str]:
        """Save in a transaction of its own what the desk does not take."""
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
        except QuotaFilled as filled:
            return await quotas.let_go(context, request, token, filled)
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
    async def send(self, request: Asked, context: InContext, desk: InDesk, token: InAddress) -> Answer[str]:
        action = first(await sent(request), "action") or "send"
        if action == "send":
            onward = await desk.submits(context.db, Sending(context=context, request=request, token=token))
            if onward is not None:
                return see_other(onward)
        return await self._send_alone(request, context, token, action)

    async def _send_alone(self, request: Asked, context: Context, token: str, action: str) -> Answer[str]:
        """Send in a transaction of its own what the desk does not take, or leave this page another way."""
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
        except QuotaFilled as filled:
            return await quotas.let_go(context, request, token, filled)
        except Incomplete as gap:
            return see_other(visit.to(f"p/{gap.details['page']}"))
        return see_other(visit.to("done"))


def _judged(walk: Walk, *, key: str, fields: Fields, action: str, now: datetime) -> Shown | Written | None:
    """What to write for this page, or what to show when nothing is written; None: what takes more than one page."""
    if action == "stop":
        return partial(see_other, walk.visit.to("stop"))
    shown = walk.page(key)
    if shown is None or walk.shut(key) or not _may(walk, action):
        return partial(_turned, walk, key)
    judged = saving.judge(
        walk.response,
        walk.stored,
        walk.questionnaire,
        page_key=key,
        form={**fields, **walk.settled(shown)},
        revision=_number(first(fields, "revision")),
        now=now,
        draft=action in DRAFT,
        back=action == "back",
        route=walk.route,
    )
    if isinstance(judged, Saved):
        return partial(_after, walk, shown, fields, action, judged) if _goes_on(walk, judged, action) else None
    if judged.refuses or not _goes_on(walk, judged.saved(), action):
        return None
    return Written(write=judged, shown=partial(_after, walk, shown, fields, action, judged.saved()))


async def _save(conn: Connection, context: Context, walk: Walk, key: str, fields: Fields, action: str) -> Answer[str]:
    """Save one page in the caller's transaction; the answer says where to go, or shows the page with its faults."""
    visit, response, now = walk.visit, walk.response, context.now()
    shown = walk.page(key)
    if shown is None or walk.shut(key) or not _may(walk, action):
        return _turned(walk, key)
    if action == "next" and walk.unread(shown, fields):
        return walk.show(shown, fields=fields, unread=True, status=422)
    stored: Stored | None = walk.stored
    if response.language != visit.lang:
        stored = None
        response = await responses.set_language(conn, response=response, language=visit.lang, now=now)
    saved = await responses.save_page(
        conn,
        response=response,
        questionnaire=walk.questionnaire,
        page_key=key,
        form={**fields, **walk.settled(shown)},
        revision=_number(first(fields, "revision")),
        now=now,
        draft=action in DRAFT,
        back=action == "back",
        stored=stored,
    )
    if saved.ended:
        await fieldwork.mark(conn, invitation_id=visit.invitation.id, disposition="declined", now=now)
        return see_other(visit.to())
    if not _goes_on(walk, saved, action):
        return await _send_at_once(conn, context, walk)
    return _after(walk, shown, fields, action, saved)


def _may(walk: Walk, action: str) -> bool:
    return action != "back" or walk.questionnaire.policy.back


def _turned(walk: Walk, key: str) -> Answer[str]:
    """The answer to a page that cannot be saved, or that nobody may leave backwards."""
    here = walk.visit.to(f"p/{key}" if walk.page(key) and not walk.shut(key) else "")
    return _on_route(walk, key) or see_other(here)


def _goes_on(walk: Walk, saved: Saved, action: str) -> bool:
    """Whether another page follows; not after the last one, where no answers are shown once more before they are
    sent.
    """
    last = saved.next is None and not saved.faults and not saved.wrong and action not in DRAFT
    return walk.questionnaire.policy.review or not last


def _after(walk: Walk, shown: QuestionPage, fields: Fields, action: str, saved: Saved) -> Answer[str]:
    """The answer once a page is saved, or has faults."""
    visit = walk.visit
    if saved.faults and action not in DRAFT:
        return walk.show(shown, fields=fields, faults=saved.faults, status=422)
    if action in DRAFT:
        return see_other(_leave(visit, action) or walk.before(shown.key))
    if saved.wrong:
        return see_other(visit.to(f"p/{shown.key}/feedback"))
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
    await submitting.one(
        conn,
        invitation_id=walk.visit.invitation.id,
        audit_id=walk.visit.case.id,
        response=walk.response,
        questionnaire=walk.questionnaire,
        now=context.now(),
        new_id=context.new_id,
    )


def _on_route(walk: Walk, key: str) -> Answer[str] | None:
    """What to answer for a page that is not this person's: unknown, or on a route they left."""
    if walk.page(key) is not None:
        return see_other(walk.resume()) if walk.shut(key) else None
    if not walk.knows(key):
        return not_found(walk.visit.lang)
    return see_other(walk.resume())


def _page(walk: Walk, key: str) -> QuestionPage:
    shown = walk.page(key)
    assert shown is not None, "asked after _on_route"
    return shown


def _leave(visit: Visit, action: str) -> str | None:
    """Where the two ways out lead."""
    return {"later": visit.to("later"), "stop": visit.to("stop")}.get(action)


def _number(text: str) -> int:
    """The revision a form carries; anything else is older than every revision, so nothing is overwritten by it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
