"""Joining the panel: the notice, the form, the confirmation."""

from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.types.base import Lang
from samenspraak.types.problem import Fault

from panels.errors import SignUpInvalid
from panels.joining import ages, batches, formtime, notice, postcodes, recruitment
from panels.joining.batches import Judged
from panels.joining.signs import Seen
from service import outbox
from service.context import Context, InContext
from service.pages import background
from service.pages.background import PLAIN, Asks
from service.pages.rendering import page, see_other
from service.pages.texts import Texts, language, texts
from service.pages.views import Choice, ConfirmView, JoinView, Message, NoticeView, Section
from service.pages.visits import LOOK, Asked, public_frame, query_of, sent
from service.store import Connection
from service.tasks.arguments import MemberConfirm, MemberWelcome

TRAP = "website"
"""A field people do not see. Filled in, it is a sign for staff and nothing more: nobody is turned away for it."""
STAMP = "opened"
"""The field that says when the form was opened."""


class Joining(Controller):
    """Public sign-up. No datum is asked before the notice, none is kept without consent."""

    include_in_schema = False

    @route("/join", http_method=LOOK)
    async def look(self, request: Asked, context: InContext) -> Answer[str]:
        async with context.db.reading() as conn:
            asked = await asks(conn, context)
        # A letter may carry a link, or its picture, that fills the code in.
        fields = {"code": request.query_params.get("code", "")[:40]}
        return show(request, context, fields, (), lang=language(request.query_params.get("lang")), asked=asked)

    @post("/join")
    async def join(self, request: Asked, context: InContext) -> Answer[str]:
        fields = {name: values[0] for name, values in (await sent(request)).items()}
        lang = language(fields.get("language"))
        seen = _seen(context, fields)
        code = await _judged(context, fields.get("code", ""))
        try:
            async with context.db.transaction() as conn:
                due = await recruitment.sign_up(
                    conn,
                    form=fields,
                    simulated=context.settings.simulated,
                    address_key=context.keys.address_key,
                    link_key=context.keys.link_key,
                    now=context.now(),
                    new_id=context.new_id,
                    code=code,
                    seen=seen,
                )
                await outbox.put(
                    conn,
                    "member.confirm",
                    MemberConfirm(member_id=due.member_id),
                    dedup_key=f"member.confirm:{due.member_id}",
                )
        except SignUpInvalid as invalid:
            stamp = fields.get(STAMP, "") if seen.stamped else ""
            async with context.db.reading() as conn:
                asked = await asks(conn, context, stamp)
            return show(request, context, fields, invalid.faults, lang=lang, asked=asked)
        return see_other(f"/join/sent?lang={lang}")

    @route("/join/sent", http_method=LOOK)
    async def joined(self, request: Asked, context: InContext) -> Answer[str]:
        return _message(request, context, "join.sent_title", "join.sent_text", "join.sent_wait")

    @route("/join/confirm/{token:str}", http_method=LOOK)
    async def ask(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            member = await recruitment.confirmation(conn, token=token, now=context.now())
        lang = language(request.query_params.get("lang"), member.language)
        t, query = texts(lang), query_of(request)
        view = ConfirmView(
            action=f"/join/confirm/{token}{query}",
            heading=t("join.confirm_title"),
            paragraphs=(t("join.confirm_text"),),
            button=t("join.confirm_button"),
            back="",
        )
        frame = public_frame(request, context, t("join.confirm_title"), lang=lang)
        return page("confirm.html", frame=frame, view=view)

    @post("/join/confirm/{token:str}")
    async def confirm(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        now = context.now()
        async with context.db.transaction() as conn:
            member = await recruitment.confirmation(conn, token=token, now=now)
            admitted = await recruitment.confirm(conn, token=token, now=now)
            await outbox.put(
                conn,
                "member.welcome",
                MemberWelcome(member_id=admitted.member_id),
                dedup_key=f"member.welcome:{admitted.member_id}",
            )
        return see_other(f"/join/welcome?lang={language(request.query_params.get('lang'), member.language)}")

    @route("/join/welcome", http_method=LOOK)
    async def welcome(self, request: Asked, context: InContext) -> Answer[str]:
        return _message(request, context, "join.welcome_title", "join.welcome_text", "join.welcome_next")

    @route("/notice", http_method=LOOK)
    async def notice(self, request: Asked, context: InContext) -> Answer[str]:
        lang = language(request.query_params.get("lang"))
        view = notice_view(texts(lang))
        return page("notice.html", frame=public_frame(request, context, view.title, lang=lang), view=view)


def notice_view(t: Texts, *, back: str = "") -> NoticeView:
    """What happens with data, in words; `back` leads to where it was opened from."""
    return NoticeView(
        title=t.of(notice.TITLE),
        version=notice.NOTICE_VERSION,
        sections=tuple(Section(heading=t.of(section.heading), text=t.of(section.text)) for section in notice.SECTIONS),
        back=back,
    )


async def asks(conn: Connection, context: Context, stamp: str = "") -> Asks:
    """What the form asks today. A form that comes back with faults keeps the moment at which it was opened."""
    return Asks(
        minimum_age=await ages.minimum_age(conn),
        postcode=await postcodes.asked(conn),
        stamp=stamp or formtime.stamp(context.keys.link_key, now=context.now()),
    )


def show(
    request: Asked,
    context: Context,
    fields: dict[str, str],
    faults: tuple[Fault, ...],
    *,
    lang: Lang,
    asked: Asks,
) -> Answer[str]:
    """The sign-up form, empty or as it was sent with what is wrong in it."""
    t = texts(lang)
    query = f"?lang={lang}" if faults else query_of(request)
    view = form(t, fields, faults, query=query, asked=asked)
    frame = public_frame(request, context, t("join.title"), failed=bool(faults), lang=lang)
    return page("join.html", frame=frame, view=view, status=422 if faults else 200)


def form(t: Texts, fields: dict[str, str], faults: tuple[Fault, ...], *, query: str, asked: Asks = PLAIN) -> JoinView:
    """The sign-up form as a view. Pure."""
    wrong = {fault.pointer: fault.detail for fault in reversed(faults)}
    questions = (
        background.typed(t, "email", fields, wrong),
        *background.questions(t, fields, wrong, asked),
        background.typed(t, "code", fields, wrong),
    )
    consent = Choice(
        id="consent",
        name="consent",
        value="yes",
        label=t.of(notice.consent(asked.minimum_age)),
        checked=bool(fields.get("consent")),
    )
    return JoinView(
        action=f"/join{query}",
        questions=questions,
        consent=consent,
        consent_error=wrong.get("consent", ""),
        notice=f"/notice{query}",
        notice_version=notice.NOTICE_VERSION,
        stamp=asked.stamp,
        errors=background.errors(faults, questions, otherwise="consent"),
    )


def _seen(context: Context, fields: dict[str, str]) -> Seen:
    """What the form shows about how it was filled in."""
    seconds = formtime.seconds_since(context.keys.link_key, fields.get(STAMP, ""), now=context.now())
    return Seen(trap=bool(fields.get(TRAP)), stamped=seconds is not None, seconds=seconds)


async def _judged(context: Context, text: str) -> Judged | None:
    """The invitation code in a form, in a transaction of its own: a wrong one counts whatever becomes of the form."""
    if not text.strip():
        return None
    async with context.db.transaction() as conn:
        return await batches.judge(conn, text=text, code_key=context.keys.link_key, now=context.now())


def _message(request: Asked, context: Context, title: str, *parts: str) -> Answer[str]:
    lang = language(request.query_params.get("lang"))
    t = texts(lang)
    view = Message(heading=t(title), paragraphs=tuple(map(t, parts)))
    return page("message.html", frame=public_frame(request, context, t(title), lang=lang), view=view)
