"""Who is at the door: the person, audit and language behind a link."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Request
from litestar.enums import HttpMethod
from litestar.exceptions import ClientException
from samenspraak.types.application import Application
from samenspraak.types.base import Language
from samenspraak.types.questionnaire import Questionnaire

from panels import fieldwork
from panels.models import Invitation
from service.audits import cases
from service.audits.models import Case
from service.context import Context
from service.pages.rendering import Frame
from service.pages.texts import DEFAULT, LANGUAGES, Texts, language, texts
from service.store import Connection
from surveys import applications, responses
from surveys.errors import QuestionnaireUnknown
from surveys.models import Response, Standing

Asked = Request[Any, Any, Any]

LOOK: Sequence[HttpMethod] = (HttpMethod.GET, HttpMethod.HEAD)
"""How a page is looked at; neither changes anything, since mail scanners open links too."""

_MOST_FIELDS = 200


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One request through an invitation link."""

    token: str
    lang: Language
    query: str
    """`?lang=..` when the reader chose a language in the address; kept in every next address."""
    invitation: Invitation
    case: Case
    application: Application
    response: Response | None
    standing: Standing | None = None
    """The response with its answers and questionnaire, as they were when this visit began."""
    simulated: bool
    questionnaire: Questionnaire | None = None
    """None: it was never stored, or has been purged."""

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
        owner = self.application.owner
        return owner.en if self.lang == "en" else owner.nl

    @property
    def offered(self) -> tuple[Language, ...]:
        """Languages this questionnaire is fielded in."""
        return LANGUAGES if self.questionnaire is None else self.questionnaire.languages

    @property
    def easy(self) -> bool:
        """Whether this person chose the easy mode."""
        return self.response is not None and self.response.easy

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
        """Whether this person said no, or took the answers back."""
        return self.invitation.disposition in ("declined", "withdrawn")

    @property
    def turned_away(self) -> bool:
        """Whether the group of this person is full: nobody begins then, and under a strict plan nobody goes on."""
        begun = self.response is not None
        return not self.completed and (self.invitation.shut if begun else self.invitation.closed)

    @property
    def register(self) -> str:
        """The public page of this audit."""
        return f"/register/{self.case.id}{self.query}"

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
        )


async def arrive(conn: Connection, context: Context, request: Asked, token: str) -> Visit:
    """Everything known about the person behind an invitation link; for looking.

    Raises:
        LinkUnknown: malformed, unknown, expired and foreign links, all alike.
    """
    invitation = await fieldwork.by_token(conn, token)
    return await _visit(conn, context, request, token, invitation, await cases.find(conn, audit_id=invitation.audit_id))


async def hold(conn: Connection, context: Context, request: Asked, token: str) -> Visit:
    """As `arrive`, for changing: the audit cannot close before this transaction ends.

    Raises:
        LinkUnknown: as `arrive`.
    """
    invitation = await fieldwork.by_token(conn, token)
    return await _visit(conn, context, request, token, invitation, await cases.hold(conn, audit_id=invitation.audit_id))


async def _visit(
    conn: Connection, context: Context, request: Asked, token: str, invitation: Invitation, case: Case
) -> Visit:
    stored = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
    standing = await responses.standing(conn, audit_id=case.id, respondent_id=invitation.respondent_id)
    response = standing.response if standing else None
    questionnaire = standing.questionnaire if standing else await _asked(conn, case)
    offered = LANGUAGES if questionnaire is None else questionnaire.languages
    asked = request.query_params.get("lang")
    return Visit(
        token=token,
        lang=fielded(offered, asked, response.language if response else invitation.language),
        query=f"?lang={asked}" if asked in offered else "",
        invitation=invitation,
        case=case,
        application=stored.application,
        response=response,
        standing=standing,
        simulated=context.settings.simulated or case.sample_kind == "simulated",
        questionnaire=questionnaire,
    )


async def _asked(conn: Connection, case: Case) -> Questionnaire | None:
    try:
        return await responses.questionnaire(conn, case.id)
    except QuestionnaireUnknown:
        return None


def fielded(offered: Sequence[Language], *wanted: str | None) -> Language:
    """The first wanted language that is offered; else Dutch, or the first offered where Dutch is not."""
    found = [lang for want in (*wanted, DEFAULT) for lang in offered if lang == want]
    return found[0] if found else offered[0]


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
