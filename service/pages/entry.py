"""The way in and the ways out: start, decline, continue later, stop and delete, and what follows after sending."""

from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.types.audit import OwnerResponse
from samenspraak.types.questionnaire import Questionnaire

from panels import codes, fieldwork
from panels.errors import QuotaFull
from panels.external import arrivals
from service import tempo
from service.context import Context, InContext
from service.pages import quotas
from service.pages.rendering import day, page, see_other
from service.pages.texts import Texts
from service.pages.views import DoneView, LaterView, Message, OwnersAnswer, StartView, StopView
from service.pages.visits import LOOK, Asked, Visit, arrive, first, hold, sent
from service.pages.walk import Walk
from service.render.qr import drawn
from service.store import Connection, results
from surveys import ballots, battery, profiles, responses, routing
from surveys.errors import NotEntitled, QuotaFilled, ResponseFinished
from surveys.models import Respondent


class Entry(Controller):
    """Everything around the questions."""

    path = "/s/{token:str}"
    include_in_schema = False
    before_request = staticmethod(tempo.kept)

    @route(http_method=LOOK)
    async def look(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
            if visit.completed:
                return see_other(visit.to("done"))
            if visit.invitation.disposition == "withdrawn":
                return message(visit, "erased.gone", "erased.gone_text")
            if visit.invitation.disposition == "declined":
                return message(visit, "declined.title", "declined.text")
            if visit.invitation.disposition == "quota_full":
                return await quotas.thanked(conn, visit)
            if not visit.open:
                return closed(visit)
            if visit.turned_away:
                return full(visit)
        if visit.questionnaire is None:
            return closed(visit)
        t, closing = visit.texts, visit.case.plan.closing.at if visit.case.plan else None
        view = StartView(
            action=visit.to(),
            name=visit.name,
            owner=visit.owner,
            minutes=_minutes(visit.questionnaire, easy=visit.easy),
            begun=visit.response is not None,
            call="" if visit.helped else visit.to("call"),
            easy_minutes=_easy_minutes(visit.questionnaire) if visit.response is None else 0,
            open_until=day(closing, visit.lang) if closing else "",
            notice=visit.notice,
        )
        return page("start.html", frame=visit.frame(t("start.title", name=visit.name)), view=view)

    @post()
    async def begin(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        action = first(await sent(request), "action") or "start"
        now = context.now()
        try:
            async with context.db.transaction() as conn:
                visit = await hold(conn, context, request, token)
                if not visit.open or visit.completed or visit.gone:
                    return see_other(visit.to())
                if action == "decline" and visit.response is not None:
                    return see_other(visit.to("stop"))
                if action == "decline":
                    await fieldwork.mark(conn, invitation_id=visit.invitation.id, disposition="declined", now=now)
                    return see_other(visit.to())
                walk = await _begun(conn, context, visit, easy=action == "easy")
        except (QuotaFull, ResponseFinished):
            # The group filled up meanwhile; nothing was begun, and the page says so.
            return see_other(visit.to())
        except QuotaFilled as filled:
            return await quotas.let_go(context, request, token, filled)
        return see_other(walk.resume())

    @route("/later", http_method=LOOK)
    async def later(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
        if not visit.open or visit.response is None or visit.completed or visit.turned_away:
            return see_other(visit.to())
        t, closing = visit.texts, visit.case.plan.closing.at if visit.case.plan else None
        # A session has no address to go on at: the code opens another one.
        address = f"{context.settings.public_url}{visit.to()}" if visit.session is None else ""
        code, size = drawn(address) if address else ("", 0)
        view = LaterView(
            until=t("later.until", day=day(closing, visit.lang)) if closing else "",
            here=visit.to(),
            link=address,
            code=code,
            size=size,
            typed=codes.shown(codes.invitation_code(context.keys.link_key, visit.invitation.id)),
            typed_at=f"{context.settings.public_url}/code",
        )
        return page("later.html", frame=visit.frame(t("later.title")), view=view)

    @route("/stop", http_method=LOOK)
    async def ask_stop(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
        if visit.gone:
            return see_other(visit.to())
        if not visit.open:
            return message(visit, "frozen.title", "frozen.text")
        view = StopView(action=visit.to("stop"))
        return page("stop.html", frame=visit.frame(visit.texts("stop.title")), view=view)

    @post("/stop")
    async def stop(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        action = first(await sent(request), "action")
        async with context.db.transaction() as conn:
            visit = await hold(conn, context, request, token)
            if visit.open and action == "delete":
                await _delete(conn, context, visit)
                return see_other(visit.to())
            if not visit.open:
                return see_other(visit.to("stop"))
            try:
                walk = await Walk.load(conn, visit)
            except ResponseFinished:
                return see_other(visit.to())
        return see_other(walk.resume())

    @route("/done", http_method=LOOK)
    async def done(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
            if not visit.completed and visit.case.state != "published":
                return see_other(visit.to())
            view = await _outcome(conn, visit)
        return page("done.html", frame=visit.frame(visit.texts("done.title")), view=view)


def _minutes(questionnaire: Questionnaire, *, easy: bool) -> int:
    return _easy_minutes(questionnaire) if easy else max(1, round(questionnaire.estimated_minutes))


def _easy_minutes(questionnaire: Questionnaire) -> int:
    """Minutes of the easy mode; 0 where the questionnaire has none."""
    if questionnaire.easy is None:
        return 0
    pages = routing.ordered(questionnaire, Respondent(easy=True))
    return max(1, round(battery.minutes(tuple(pages))))


async def _begun(conn: Connection, context: Context, visit: Visit, *, easy: bool) -> Walk:
    """Begin, or find what was begun before, on whatever device."""
    now, asked = context.now(), visit.questionnaire
    if visit.response is None:
        response = await responses.begin(
            conn,
            audit_id=visit.case.id,
            respondent_id=visit.invitation.respondent_id,
            language=visit.lang,
            seed=int.from_bytes(context.entropy(8), "big") >> 1,
            now=now,
            new_id=context.new_id,
            easy=easy and asked is not None and asked.easy is not None,
            profile=profiles.needed(asked, visit.invitation.profile) if asked is not None else {},
            mode=visit.mode,
            stratum=visit.invitation.stratum,
        )
        await fieldwork.mark(conn, invitation_id=visit.invitation.id, disposition="started", now=now)
        visit = visit.with_response(response)
    return await Walk.load(conn, visit)


async def _delete(conn: Connection, context: Context, visit: Visit) -> None:
    """Delete the answers: all that was begun, or a response that was sent already."""
    ids, now = {"audit_id": visit.case.id, "respondent_id": visit.invitation.respondent_id}, context.now()
    if visit.completed:
        await responses.erase(conn, **ids)
        await fieldwork.mark(conn, invitation_id=visit.invitation.id, disposition="withdrawn", now=now)
    elif not visit.gone:
        await responses.decline(conn, **ids, now=now)
        await fieldwork.mark(conn, invitation_id=visit.invitation.id, disposition="declined", now=now)


async def _outcome(conn: Connection, visit: Visit) -> DoneView:
    """What there is to see after sending: the vote, the waiting, or the report with the owner's answer."""
    case = visit.case
    if case.state == "published":
        answer = await results.response(conn, organisation_id=case.organisation_id, audit_id=case.id)
        return DoneView(
            name=visit.name,
            owner=visit.owner,
            contact=visit.application.owner.contact,
            report=f"/register/{case.id}/report.html" if visit.register else "",
            register=visit.register,
            response=owners_answer(answer, visit.texts) if answer else None,
            unanswered=answer is None,
        )
    offered = visit.open and case.plan is not None and case.plan.ballot is not None
    voted = offered and await _voted(conn, visit)
    deadline = day(case.publish_by, visit.lang) if case.publish_by else ""
    sender, back = await arrivals.way_back(conn, audit_id=case.id, invitation_id=visit.invitation.id) or ("", "")
    return DoneView(
        name=visit.name,
        owner=visit.owner,
        contact=visit.application.owner.contact,
        back=back if visit.register else "",
        sender=sender,
        vote=visit.to("vote") if offered and not voted and not visit.helped else "",
        voted=voted,
        alone=offered and not voted and visit.helped,
        closed=not visit.open,
        waiting=visit.texts("answer.waiting", day=deadline) if case.state == "reported" else "",
    )


async def _voted(conn: Connection, visit: Visit) -> bool:
    try:
        return await ballots.has_voted(conn, audit_id=visit.case.id, respondent_id=visit.invitation.respondent_id)
    except NotEntitled:
        return False


def owners_answer(answer: OwnerResponse, t: Texts) -> OwnersAnswer:
    """The owner's response as the pages show it."""
    return OwnersAnswer(
        summary=answer.response.summary,
        measures=tuple(
            (measure.finding, t(f"answer.{measure.decision}"), measure.why, measure.by)
            for measure in answer.response.measures
        ),
        contact=answer.response.contact,
        received=day(answer.received_at, t.lang),
    )


def message(visit: Visit, title: str, *parts: str, status: int = 200) -> Answer[str]:
    """A short page on the way, with no way on."""
    t = visit.texts
    view = Message(heading=t(title), paragraphs=tuple(map(t, parts)))
    return page("message.html", frame=visit.frame(t(title)), view=view, status=status)


def full(visit: Visit) -> Answer[str]:
    """Enough people of this group took part; whoever had begun under a strict plan reads what becomes of that."""
    t = visit.texts
    begun = (t("full.begun"),) if visit.response is not None else ()
    view = Message(
        heading=t("full.title"),
        paragraphs=(t("full.text"), *begun, t("full.again"), t("closed.register")),
        link=visit.register,
        link_text=t("done.register"),
    )
    return page("message.html", frame=visit.frame(t("full.title")), view=view)


def closed(visit: Visit) -> Answer[str]:
    """The owner of a valid link must know: this audit takes no answers any more."""
    t = visit.texts
    view = Message(
        heading=t("closed.title"),
        paragraphs=(t("closed.text"), t("closed.register")),
        link=visit.register,
        link_text=t("done.register"),
    )
    return page("message.html", frame=visit.frame(t("closed.title")), view=view, status=410)
