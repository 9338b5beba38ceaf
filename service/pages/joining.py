"""Joining the panel: the notice, the form, the confirmation."""

import structlog
from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.types.base import Lang
from samenspraak.types.problem import Fault

from panels.coding import PROVINCES
from panels.errors import SignUpInvalid
from panels.joining import notice, recruitment
from service import outbox
from service.context import Context, InContext
from service.pages.rendering import page, see_other
from service.pages.texts import Texts, language, texts
from service.pages.views import Choice, ConfirmView, FieldError, JoinView, Message, NoticeView, QuestionView, Section
from service.pages.visits import LOOK, Asked, public_frame, query_of, sent
from service.tasks.arguments import MemberConfirm, MemberWelcome

log = structlog.get_logger(__name__)

TRAP = "website"
"""A field people do not see. Filled in, it is counted in the log and nothing more: nobody is turned away for it."""


class Joining(Controller):
    """Public sign-up. No datum is asked before the notice, none is kept without consent."""

    include_in_schema = False

    @route("/join", http_method=LOOK)
    async def look(self, request: Asked, context: InContext) -> Answer[str]:
        return show(request, context, {}, (), lang=language(request.query_params.get("lang")))

    @post("/join")
    async def join(self, request: Asked, context: InContext) -> Answer[str]:
        fields = {name: values[0] for name, values in (await sent(request)).items()}
        lang = language(fields.get("language"))
        if fields.pop(TRAP, ""):
            log.warning("sign_up_trap_filled")
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
                )
                await outbox.put(
                    conn,
                    "member.confirm",
                    MemberConfirm(member_id=due.member_id),
                    dedup_key=f"member.confirm:{due.member_id}",
                )
        except SignUpInvalid as invalid:
            return show(request, context, fields, invalid.faults, lang=lang)
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
        t = texts(lang)
        view = NoticeView(
            title=t.of(notice.TITLE),
            version=notice.NOTICE_VERSION,
            sections=tuple(
                Section(heading=t.of(section.heading), text=t.of(section.text)) for section in notice.SECTIONS
            ),
        )
        return page("notice.html", frame=public_frame(request, context, view.title, lang=lang), view=view)


def show(
    request: Asked, context: Context, fields: dict[str, str], faults: tuple[Fault, ...], *, lang: Lang
) -> Answer[str]:
    """The sign-up form, empty or as it was sent with what is wrong in it."""
    t = texts(lang)
    view = form(t, fields, faults, query=f"?lang={lang}" if fields else query_of(request))
    frame = public_frame(request, context, t("join.title"), failed=bool(faults), lang=lang)
    return page("join.html", frame=frame, view=view, status=422 if faults else 200)


def form(t: Texts, fields: dict[str, str], faults: tuple[Fault, ...], *, query: str) -> JoinView:
    """The sign-up form as a view. Pure."""
    wrong = {fault.pointer: fault.detail for fault in reversed(faults)}
    questions = (
        _typed(t, "email", fields, wrong),
        _typed(t, "birth_year", fields, wrong),
        _listed(t, "sex", {"V": "sex_v", "M": "sex_m", "X": "sex_x", "": "skip"}, fields, wrong),
        QuestionView(
            key="province",
            kind="radios",
            text=t("join.province"),
            hint=t("join.province_hint"),
            error=wrong.get("province", ""),
            choices=tuple(
                Choice(
                    id=f"province-{code}",
                    name="province",
                    value=code,
                    label=t(f"province.{code}"),
                    checked=fields.get("province") == code,
                )
                for code in PROVINCES
            ),
        ),
        _listed(
            t,
            "education",
            {"1": "education_1", "2": "education_2", "3": "education_3", "": "skip"},
            fields,
            wrong,
        ),
    )
    consent = Choice(
        id="consent", name="consent", value="yes", label=t.of(notice.CONSENT), checked=bool(fields.get("consent"))
    )
    first_fields = {question.key: question.first_field for question in questions} | {"province": "province"}
    return JoinView(
        action=f"/join{query}",
        questions=questions,
        consent=consent,
        consent_error=wrong.get("consent", ""),
        notice=f"/notice{query}",
        notice_version=notice.NOTICE_VERSION,
        errors=tuple(
            FieldError(field=first_fields.get(fault.pointer, "consent"), text=fault.detail) for fault in faults
        ),
    )


def _typed(t: Texts, key: str, fields: dict[str, str], wrong: dict[str, str]) -> QuestionView:
    return QuestionView(
        key=key,
        kind="text",
        text=t(f"join.{key}"),
        hint=t(f"join.{key}_hint"),
        error=wrong.get(key, ""),
        value=fields.get(key, ""),
    )


def _listed(t: Texts, key: str, options: dict[str, str], fields: dict[str, str], wrong: dict[str, str]) -> QuestionView:
    return QuestionView(
        key=key,
        kind="radios",
        text=t(f"join.{key}"),
        error=wrong.get(key, ""),
        choices=tuple(
            Choice(
                id=f"{key}-{code or 'none'}",
                name=key,
                value=code,
                label=t(f"join.{name}"),
                checked=fields.get(key) == code,
                apart=not code,
            )
            for code, name in options.items()
        ),
    )


def _message(request: Asked, context: Context, title: str, *parts: str) -> Answer[str]:
    lang = language(request.query_params.get("lang"))
    t = texts(lang)
    view = Message(heading=t(title), paragraphs=tuple(map(t, parts)))
    return page("message.html", frame=public_frame(request, context, t(title), lang=lang), view=view)
