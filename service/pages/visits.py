"""Who is at the door: the person, audit and language behind a link."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request
from litestar.enums import HttpMethod
from litestar.exceptions import ClientException
from samenspraak.types.application import Application
from samenspraak.types.base import Language, Mode
from samenspraak.types.questionnaire import Questionnaire

from panels import access, fieldwork
from panels.models import AccessMode, AccessSession, Invitation
from service.audits import cases
from service.audits.models import Case
from service.context import Context
from service.pages import pace
from service.pages.rendering import Frame, Session
from service.pages.texts import DEFAULT, LANGUAGES, Texts, language, texts
from service.store import Connection
from surveys import applications, responses, routing
from surveys.errors import QuestionnaireUnknown
from surveys.models import Response, Standing

Asked = Request[Any, Any, Any]

LOOK: Sequence[HttpMethod] = (HttpMethod.GET, HttpMethod.HEAD)
"""How a page is looked at; neither changes anything, since mail scanners open links too."""

VISIT = "visit"
"""Under this name a request within a session keeps its visit, for whoever extends the session afterwards."""

_MOST_FIELDS = 200


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One request through the link of an invitation, or of an access session that stands for one."""

    token: str
    lang: Language
    query: str
    """`?lang=..` when the reader chose a language in the address, and `text=large`; kept in every next address."""
    invitation: Invitation
    case: Case
    application: Application
    response: Response | None
    standing: Standing | None = None
    """The response with its answers and questionnaire, as they were when this visit began."""
    simulated: bool
    questionnaire: Questionnaire | None = None
    """None: it was never stored, or has been purged."""
    session: Session | None = None
    """None: this is the link of the invitation itself."""
    large: bool = False

    @property
    def texts(self) -> Texts:
        return texts(self.lang)

    @property
    def name(self) -> str:
        """The application inside a sentence."""
        return self.texts.of(self.application.short_name)

    @property
    def owner(self) -> str:
        """The owner inside a sentence."""
        return self.texts.of(self.application.owner)

    @property
    def offered(self) -> tuple[Language, ...]:
        """Languages this questionnaire is fielded in."""
        return LANGUAGES if self.questionnaire is None else self.questionnaire.languages

    @property
    def easy(self) -> bool:
        """Whether this person chose the easy mode."""
        return self.response is not None and self.response.easy

    @property
    def mode(self) -> Mode:
        """How whoever answers now does so."""
        return "web" if self.session is None else self.session.mode

    @property
    def helped(self) -> bool:
        """Whether somebody else fills in, and so sees everything that is chosen."""
        return self.mode == "phone"

    @property
    def open(self) -> bool:
        return self.case.state == "fielding"

    @property
    def completed(self) -> bool:
        """Sent; still so when the answers themselves have been purged."""
        sent_now = self.response is not None and self.response.state == "completed"
        return sent_now or self.invitation.disposition == "completed"

    @property
    def gone(self) -> bool:
        """Whether this person said no, took the answers back, or was let go because a quota was full."""
        return self.invitation.disposition in ("declined", "withdrawn", "quota_full")

    @property
    def under_way(self) -> bool:
        """Whether this person has begun and may answer now."""
        begun = self.response is not None and self.response.state == "in_progress"
        return begun and self.open and not self.gone and not self.turned_away

    @property
    def turned_away(self) -> bool:
        """Whether the group of this person is full: nobody begins then, and under a strict plan nobody goes on."""
        begun = self.response is not None
        return not self.completed and (self.invitation.shut if begun else self.invitation.closed)

    @property
    def register(self) -> str:
        """The public page of this audit; empty on a public computer, where nothing leads out of the survey."""
        return "" if self.mode == "kiosk" else f"/register/{self.case.id}{self.query}"

    @property
    def notice(self) -> str:
        """What happens with the answers; within a session a page of its own."""
        return self.to("notice") if self.session else f"/notice{self.query}"

    def to(self, place: str = "") -> str:
        """Address of another page of this walk."""
        return f"/s/{self.token}{'/' if place else ''}{place}{self.query}"

    def with_response(self, response: Response) -> "Visit":
        return msgspec.structs.replace(self, response=response, standing=None)

    def frame(self, title: str, *, failed: bool = False, switch: bool = True) -> Frame:
        return Frame(
            lang=self.lang,
            title=title,
            simulated=self.simulated,
            failed=failed,
            switch=switch,
            query=self.query,
            languages=self.offered,
            easy=self.easy,
            shared=self.mode == "kiosk",
            large=self.large,
            session=self.session,
            refresh=self._refresh,
        )

    @property
    def _refresh(self) -> tuple[int, str] | None:
        """On a public computer the page goes by itself to one that asks whether somebody is still there."""
        if self.session is None or self.session.mode != "kiosk":
            return None
        place = f"still-there/{self.session.place}" if self.session.place else "still-there"
        return max(1, self.session.left - pace.WARNING), self.to(place)


async def arrive(conn: Connection, context: Context, request: Asked, token: str) -> Visit:
    """Everything known about the person behind an invitation link or an access session; for looking.

    Raises:
        LinkUnknown: malformed, unknown, expired and foreign links, all alike.
        SessionEnded: the link of an access session that is over.
    """
    invitation, session = await _invited(conn, context, token)
    case = await cases.find(conn, audit_id=invitation.audit_id)
    return await _visit(conn, context, request, token, invitation, case, session)


async def hold(conn: Connection, context: Context, request: Asked, token: str) -> Visit:
    """As `arrive`, for changing: the audit cannot close before this transaction ends.

    Raises:
        LinkUnknown, SessionEnded: as `arrive`.
    """
    invitation, session = await _invited(conn, context, token)
    case = await cases.hold(conn, audit_id=invitation.audit_id)
    return await _visit(conn, context, request, token, invitation, case, session)


async def _invited(conn: Connection, context: Context, token: str) -> tuple[Invitation, AccessSession | None]:
    """The invitation behind a link, with the access session where the link is of one."""
    if access.mode_of(token) is None:
        return await fieldwork.by_token(conn, token), None
    session = await access.find(conn, token, now=context.now())
    return await access.invitation(conn, session), session


async def _visit(
    conn: Connection,
    context: Context,
    request: Asked,
    token: str,
    invitation: Invitation,
    case: Case,
    session: AccessSession | None,
) -> Visit:
    stored = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
    standing = await responses.standing(conn, audit_id=case.id, respondent_id=invitation.respondent_id)
    questionnaire = standing.questionnaire if standing else await _asked(conn, case)
    visit = seen(context, request, token, invitation, case, stored.application, standing, questionnaire)
    return visit if session is None else _within(visit, request, session, context.now())


def seen(
    context: Context,
    request: Asked,
    token: str,
    invitation: Invitation,
    case: Case,
    application: Application,
    standing: Standing | None,
    questionnaire: Questionnaire | None,
) -> Visit:
    """The visit of what was read, without an access session; reads nothing itself. Whoever has a form on paper has not
    begun here."""
    if standing is not None and standing.response.printed:
        standing = None
    response = standing.response if standing else None
    offered = LANGUAGES if questionnaire is None else questionnaire.languages
    asked, large = request.query_params.get("lang"), larger(request)
    return Visit(
        token=token,
        lang=fielded(offered, asked, response.language if response else invitation.language),
        query=carried(asked if asked in offered else None, large=large),
        large=large,
        invitation=invitation,
        case=case,
        application=application,
        response=response,
        standing=standing,
        simulated=context.settings.simulated or case.sample_kind == "simulated",
        questionnaire=questionnaire,
    )


def _within(visit: Visit, request: Asked, session: AccessSession, now: datetime) -> Visit:
    """The visit with its session. Sending a form gives the time of the page that follows (`keeping`), so a page that is
    shown in answer to a form has all of its own.
    """
    place = request.url.path.removeprefix(f"/s/{visit.token}").strip("/")
    limit = open_for(visit, session.mode, place)
    left = math.ceil((session.ends_at - now).total_seconds())
    shown = Session(
        mode=session.mode,
        address=f"/s/{visit.token}",
        place=place,
        left=limit if request.method == "POST" else left,
        limit=limit,
    )
    visit = msgspec.structs.replace(visit, session=shown)
    request.scope["state"][VISIT] = visit
    return visit


def open_for(visit: Visit, mode: AccessMode, place: str) -> int:
    """Seconds that a page of this walk may stay open in a session."""
    if mode == "phone":
        return pace.PHONE
    asked = visit.questionnaire
    if asked is None:
        return pace.LEAST
    who = visit.response.respondent if visit.response else None
    return pace.seconds(asked.pages if who is None else routing.ordered(asked, who), place, visit.lang)


async def _asked(conn: Connection, case: Case) -> Questionnaire | None:
    try:
        return await responses.questionnaire(conn, case.id)
    except QuestionnaireUnknown:
        return None


def fielded(offered: Sequence[Language], *wanted: str | None) -> Language:
    """The first wanted language that is offered; else Dutch, or the first offered where Dutch is not."""
    found = [lang for want in (*wanted, DEFAULT) for lang in offered if lang == want]
    return found[0] if found else offered[0]


def larger(request: Asked) -> bool:
    """Whether the reader of a public computer chose larger letters."""
    return request.query_params.get("text") == "large"


def carried(lang: str | None, *, large: bool) -> str:
    """What is kept in every next address."""
    chosen = {**({"lang": lang} if lang else {}), **({"text": "large"} if large else {})}
    return f"?{urlencode(chosen)}" if chosen else ""


def query_of(request: Asked) -> str:
    """The language choice of this address, to be carried on; nothing else of the query is."""
    asked = request.query_params.get("lang")
    return f"?lang={asked}" if asked and language(asked) == asked else ""


def public_frame(request: Asked, context: Context, title: str, *, failed: bool = False, lang: Language) -> Frame:
    """The frame of a page that belongs to no audit."""
    return Frame(lang=lang, title=title, simulated=context.settings.simulated, failed=failed, query=query_of(request))


async def sent(request: Asked) -> dict[str, list[str]]:
    """The fields of a form, each with every value it was sent with.

    Raises:
        ClientException: not a form, or more fields than any page has.
    """
    try:
        form = await request.form()
    except (ValueError, LookupError) as odd:  # a charset that nobody knows is a LookupError
        raise ClientException("This is not a form.") from odd
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    if sum(map(len, fields.values())) > _MOST_FIELDS:
        raise ClientException("This form has too many fields.")
    return fields


def first(fields: Mapping[str, Sequence[str]], name: str) -> str:
    """The first value of a field, or an empty text."""
    return next(iter(fields.get(name, ())), "")


def only(fields: Mapping[str, Sequence[str]], name: str) -> str:
    """The value of a field that may have one; an empty text when it was sent with none, or with several."""
    values = fields.get(name, ())
    return values[0] if len(values) == 1 else ""
