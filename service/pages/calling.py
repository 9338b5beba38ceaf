"""Asking to be called: for whoever would rather answer on the telephone, or has a question first."""

from collections.abc import Mapping
from datetime import UTC, datetime, time

import msgspec
from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.types.base import Lang
from samenspraak.types.problem import Fault

from panels import calling
from panels.errors import CallInvalid
from panels.store.calling import StoredCall
from service.context import InContext
from service.pages.background import errors
from service.pages.rendering import day, page, see_other
from service.pages.texts import Texts
from service.pages.views import CallView, Choice, QuestionView
from service.pages.visits import LOOK, Asked, Visit, arrive, first, hold, sent


class Calling(Controller):
    """One page: the request, or what was asked for and a way back from it."""

    path = "/s/{token:str}/call"
    include_in_schema = False

    @route(http_method=LOOK)
    async def look(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
            if not _possible(visit):
                return see_other(visit.to())
            waiting = await calling.waiting(conn, invitation=visit.invitation)
        return show(visit, waiting, {}, ())

    @post()
    async def ask(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        fields = await sent(request)
        given = {name: first(fields, name)[:40] for name in ("phone", "moment", "consent")}
        async with context.db.transaction() as conn:
            visit = await hold(conn, context, request, token)
            if not _possible(visit):
                return see_other(visit.to())
            if first(fields, "action") == "withdraw":
                await calling.take_back(conn, invitation=visit.invitation)
                return see_other(visit.to())
            try:
                wanted = calling.check(given)
            except CallInvalid as invalid:
                return show(visit, None, given, invalid.faults)
            lang: Lang = "en" if visit.lang == "en" else "nl"
            await calling.ask(
                conn,
                invitation=visit.invitation,
                wanted=wanted,
                language=lang,
                key=context.keys.address_key,
                now=context.now(),
                new_id=context.new_id,
                entropy=context.entropy,
            )
        return see_other(visit.to("call"))


def _possible(visit: Visit) -> bool:
    """Whether a call would still lead somewhere."""
    return visit.open and not visit.completed and not visit.gone and not visit.turned_away


def show(visit: Visit, waiting: StoredCall | None, fields: Mapping[str, str], faults: tuple[Fault, ...]) -> Answer[str]:
    """The form, as it was sent with what is wrong in it; or what is still to happen. Pure."""
    t = visit.texts
    worded = tuple(Fault(pointer=one.pointer, code=one.code, detail=_words(t, one)) for one in faults)
    wrong = {one.pointer: one.detail for one in worded}
    questions = _questions(t, fields, wrong)
    if visit.session is not None:
        questions = tuple(msgspec.structs.replace(one, autocomplete="off") for one in questions)
    view = CallView(
        action=visit.to("call"),
        here=visit.to(),
        asked="" if waiting is None else _asked(visit, waiting),
        questions=questions,
        errors=errors(worded, questions, otherwise="phone"),
        notice=visit.notice,
    )
    frame = visit.frame(t("call.title"), failed=bool(faults))
    return page("call.html", frame=frame, view=view, status=422 if faults else 200)


def _asked(visit: Visit, waiting: StoredCall) -> str:
    t = visit.texts
    moment = {"morning": t("call.morning"), "afternoon": t("call.afternoon"), "evening": t("call.evening")}
    due = datetime.combine(waiting.due_on, time(), UTC)
    return t("call.asked", moment=moment[waiting.moment].lower(), day=day(due, visit.lang))


def _words(t: Texts, fault: Fault) -> str:
    said = {
        ("phone", "missing"): "call.phone_missing",
        ("phone", "odd"): "call.phone_odd",
        ("moment", "missing"): "call.moment_missing",
        ("consent", "missing"): "call.consent_missing",
    }
    return t(said[fault.pointer, fault.code])


def _questions(t: Texts, fields: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[QuestionView, ...]:
    moments = {"morning": t("call.morning"), "afternoon": t("call.afternoon"), "evening": t("call.evening")}
    return (
        QuestionView(
            key="phone",
            kind="line",
            text=t("call.phone"),
            hint=t("call.phone_hint"),
            error=wrong.get("phone", ""),
            value=fields.get("phone", ""),
            maximum=30,
            inputmode="tel",
            autocomplete="tel",
        ),
        QuestionView(
            key="moment",
            kind="radios",
            text=t("call.moment"),
            error=wrong.get("moment", ""),
            choices=tuple(
                Choice(id=f"moment-{key}", name="moment", value=key, label=label, checked=fields.get("moment") == key)
                for key, label in moments.items()
            ),
        ),
        QuestionView(
            key="consent",
            kind="checks",
            text=t("call.consent_title"),
            error=wrong.get("consent", ""),
            choices=(
                Choice(
                    id="consent-yes",
                    name="consent",
                    value="yes",
                    label=t("call.consent"),
                    checked=bool(fields.get("consent")),
                ),
            ),
        ),
    )
