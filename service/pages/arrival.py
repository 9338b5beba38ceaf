"""The door for people whom a panel firm, an event or an open link sends: a few questions about themselves, then the
questionnaire or the way back. GET changes nothing."""

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.types.base import Lang
from samenspraak.types.problem import Fault

from panels.errors import ArrivalInvalid
from panels.external import arrivals
from panels.external.arrivals import TurnedAway
from panels.margins import sets as margin_sets
from panels.store.external import StoredSource
from service.audits import cases
from service.audits.models import Case
from service.context import Context, InContext
from service.pages import background
from service.pages.background import PLAIN, Asks
from service.pages.rendering import Frame, page, see_other
from service.pages.texts import language, texts
from service.pages.views import ArrivalView, Message
from service.pages.visits import LOOK, Asked, sent
from service.store import Connection
from surveys import applications

ASKED = ("birth_year", "sex", "province", "education")

_TURNED_AWAY: Mapping[str, tuple[str, str]] = {
    "screened_out": ("arrival.screened_out_title", "arrival.screened_out"),
    "quota_full": ("arrival.quota_full_title", "arrival.quota_full"),
}


class _Door(msgspec.Struct, frozen=True, kw_only=True):
    """One request at the link of a source."""

    token: str
    lang: Lang
    reference: str
    source: StoredSource
    case: Case
    name: str
    asks: Asks
    simulated: bool

    @property
    def open(self) -> bool:
        return self.case.state == "fielding"

    @property
    def action(self) -> str:
        given = {"id": self.reference} if self.reference else {}
        return f"/x/{self.token}?{urlencode({**given, 'lang': self.lang})}"

    def frame(self, title: str, *, failed: bool = False) -> Frame:
        # The id of the firm belongs in this address only, so the layout carries on nothing but the language.
        return Frame(
            lang=self.lang,
            title=title,
            simulated=self.simulated,
            failed=failed,
            switch=not self.reference,
            query=f"?lang={self.lang}",
        )


class Arrival(Controller):
    """Coming in through the link of a source."""

    path = "/x/{token:str}"
    include_in_schema = False

    @route(http_method=LOOK)
    async def look(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            door = await _door(conn, context, request, token)
        return _show(door, {}, ()) if door.open else _closed(door)

    @post()
    async def come_in(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        fields = {name: values[0] for name, values in (await sent(request)).items() if name in ASKED}
        try:
            async with context.db.transaction() as conn:
                door = await _door(conn, context, request, token, hold=True)
                if not door.open or door.case.plan is None:
                    return _closed(door)
                outcome = await arrivals.arrive(
                    conn,
                    token=token,
                    reference=door.reference,
                    form=fields,
                    language=door.lang,
                    plan=door.case.plan,
                    margins=await margin_sets.get(conn, door.case.plan.margins_id),
                    link_key=context.keys.link_key,
                    now=context.now(),
                    new_id=context.new_id,
                    entropy=context.entropy,
                )
        except ArrivalInvalid as invalid:
            async with context.db.reading() as conn:
                door = await _door(conn, context, request, token)
            return _show(door, fields, invalid.faults)
        if isinstance(outcome, TurnedAway):
            return _turned_away(door, outcome)
        return see_other(f"/s/{outcome.token}?lang={door.lang}")


async def _door(conn: Connection, context: Context, request: Asked, token: str, *, hold: bool = False) -> _Door:
    source = await arrivals.by_token(conn, token)
    case = await (cases.hold if hold else cases.find)(conn, audit_id=source.audit_id)
    stored = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
    lang = language(request.query_params.get("lang"))
    margins = await margin_sets.get(conn, case.plan.margins_id) if case.plan else None
    return _Door(
        token=token,
        lang=lang,
        reference=arrivals.reference_of(request.query_params.get("id", "")),
        source=source,
        case=case,
        name=texts(lang).of(stored.application.short_name),
        asks=Asks(minimum_age=16) if margins is not None and margins.base == "16+" else PLAIN,
        simulated=context.settings.simulated or case.sample_kind == "simulated",
    )


def _show(door: _Door, fields: dict[str, str], faults: tuple[Fault, ...]) -> Answer[str]:
    t = texts(door.lang)
    wrong = {fault.pointer: fault.detail for fault in faults}
    asked = tuple(one for one in background.questions(t, fields, wrong, door.asks) if one.key in ASKED)
    view = ArrivalView(
        action=door.action,
        name=door.name,
        sender=door.source.definition.name,
        questions=asked,
        errors=background.errors(faults, asked, otherwise="birth_year"),
        notice=f"/notice?lang={door.lang}",
    )
    title = t("arrival.title", name=door.name)
    return page("arrival.html", frame=door.frame(title, failed=bool(faults)), view=view, status=422 if faults else 200)


def _turned_away(door: _Door, outcome: TurnedAway) -> Answer[str]:
    t = texts(door.lang)
    title, text = _TURNED_AWAY[outcome.why]
    view = Message(
        heading=t(title),
        paragraphs=(t(text),),
        link=outcome.back or f"/register/{door.case.id}?lang={door.lang}",
        link_text=t("arrival.back", sender=door.source.definition.name) if outcome.back else t("done.register"),
    )
    return page("message.html", frame=door.frame(t(title)), view=view)


def _closed(door: _Door) -> Answer[str]:
    t = texts(door.lang)
    view = Message(
        heading=t("closed.title"),
        paragraphs=(t("closed.text"), t("closed.register")),
        link=f"/register/{door.case.id}?lang={door.lang}",
        link_text=t("done.register"),
    )
    return page("message.html", frame=door.frame(t("closed.title")), view=view, status=410)
