"""A look at every page of a questionnaire, for its owner and the staff: by link, GET only, nothing is stored.

The link holds the id of the audit and a code that only this service can make, so that no table is needed.
"""

import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from msgspec import Struct
from msgspec.structs import replace
from samenspraak.expressions import write
from samenspraak.types.base import Language
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Likert,
    Multi,
    Page,
    Questionnaire,
    Ranking,
    Single,
)

from panels import links
from panels.errors import LinkUnknown
from service.audits import approval, cases
from service.audits.errors import AuditUnknown
from service.context import Context, InContext
from service.pages import questions
from service.pages.marked import direction, joined
from service.pages.rendering import Frame, page
from service.pages.texts import NAMES, texts
from service.pages.views import PreviewChoice, PreviewView
from service.pages.visits import LOOK, Asked, fielded
from surveys import routing
from surveys.errors import QuestionnaireUnknown
from surveys.models import Respondent
from surveys.routing.options import HIGHEST

_TOKEN = re.compile(r"([0-9a-f]{32})-([A-Za-z0-9_-]{22})")


class Shown(Struct, frozen=True, kw_only=True):
    """Which page of a preview is asked for, and as whom."""

    lang: Language
    arm: str = ""
    easy: bool = False
    page: str = ""

    def address(self, token: str = "") -> str:
        """The address of this page; relative to the preview without a token."""
        fields = {"lang": self.lang, "arm": self.arm, "easy": "1" if self.easy else "", "page": self.page}
        query = urlencode({name: value for name, value in fields.items() if value})
        return f"/preview/{token}?{query}" if token else f"?{query}"


class Preview(Controller):
    """Pages that count for nothing."""

    path = "/preview/{token:str}"
    include_in_schema = False

    @route(http_method=LOOK)
    async def look(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        audit_id = audit_of(context.keys.link_key, token)
        async with context.db.reading() as conn:
            try:
                case = await cases.find(conn, audit_id=audit_id)
                questionnaire = await approval.questionnaire(conn, case)
            except (AuditUnknown, QuestionnaireUnknown) as gone:
                raise LinkUnknown from gone
        return show(questionnaire, chosen(questionnaire, request.query_params))


def token(key: bytes, audit_id: UUID) -> str:
    """The credential of the preview of one audit; the same each time."""
    return f"{audit_id.hex}-{links.token(key, 'preview', audit_id)}"


def audit_of(key: bytes, given: str) -> UUID:
    """The audit of a preview link.

    Raises:
        LinkUnknown: not a link that this service made.
    """
    parts = _TOKEN.fullmatch(given)
    if parts is None or not hmac.compare_digest(token(key, UUID(parts[1])), given):
        raise LinkUnknown
    return UUID(parts[1])


def addresses(context: Context, audit_id: UUID, questionnaire: Questionnaire) -> list[tuple[Shown, str]]:
    """A whole address for every language and arm, and where there is an easy mode for that too."""
    made = token(context.keys.link_key, audit_id)
    shown = [
        Shown(lang=lang, arm=arm, easy=easy)
        for lang in (*questionnaire.languages, *questionnaire.unreviewed)
        for arm in _arms(questionnaire)
        for easy in ((False, True) if questionnaire.easy else (False,))
    ]
    return [(one, f"{context.settings.public_url}{one.address(made)}") for one in shown]


def chosen(questionnaire: Questionnaire, query: Mapping[str, str]) -> Shown:
    """What an address asks for; whatever the questionnaire does not have becomes the first there is."""
    offered = (*questionnaire.languages, *questionnaire.unreviewed)
    lang = fielded(offered, query.get("lang"))
    arms, arm = _arms(questionnaire), query.get("arm", "")
    easy = questionnaire.easy is not None and query.get("easy") == "1"
    one = Shown(lang=lang, arm=arm if arm in arms else arms[0], easy=easy)
    keys = [page.key for page in _pages(questionnaire, one)]
    asked = query.get("page", "")
    return replace(one, page=asked if asked in keys else next(iter(keys), ""))


def show(questionnaire: Questionnaire, shown: Shown) -> Answer[str]:
    """One page as somebody in this arm sees it, with the conditions under which it is shown."""
    t, pages = texts(shown.lang), _pages(questionnaire, shown)
    number = next((n for n, one in enumerate(pages) if one.key == shown.page), 0)
    here = pages[number]
    reader = questions.Reader(questionnaire, texts=t, who=_who(shown), answers=_carried_forward(questionnaire), sent={})
    heading = questions.heading(here, t)
    view = PreviewView(
        heading=heading,
        place=t("preview.place", n=number + 1, total=len(pages)),
        unreviewed=shown.lang in questionnaire.unreviewed,
        languages=_languages(questionnaire, shown),
        arms=_orders(questionnaire, shown),
        modes=_modes(questionnaire, shown),
        pages=tuple(
            _choice(
                joined("", (f"{n}. ", questions.heading(one, t), f" ({one.key})")), shown, replace(shown, page=one.key)
            )
            for n, one in enumerate(pages, 1)
        ),
        groups=reader.groups(here),
        conditions=conditions(here),
        earlier=replace(shown, page=pages[number - 1].key).address() if number else "",
        later=replace(shown, page=pages[number + 1].key).address() if number + 1 < len(pages) else "",
    )
    frame = Frame(lang=shown.lang, title=f"{t('preview.title')} {heading}", switch=False, easy=shown.easy)
    return page("preview.html", frame=frame, view=view)


def conditions(here: Page) -> tuple[tuple[str, str, str], ...]:
    """(message, what, condition) of every condition of a page, in the text form of conditions."""
    found: list[tuple[str, str, str]] = []
    if here.show_if is not None:
        found.append(("preview.only_page", here.key, write(here.show_if)))
    found += [("preview.only_question", q.key, write(q.show_if)) for q in here.questions if q.show_if is not None]
    for jump in here.next:
        if jump.when is None:
            found.append(("preview.goes_on", jump.to, ""))
        else:
            found.append(("preview.goes", jump.to, write(jump.when)))
    return tuple(found)


def _arms(questionnaire: Questionnaire) -> tuple[str, ...]:
    return tuple(arm.key for arm in questionnaire.arms) or ("",)


def _who(shown: Shown) -> Respondent:
    return Respondent(arm=shown.arm, easy=shown.easy)


def _pages(questionnaire: Questionnaire, shown: Shown) -> list[Page]:
    """Every page with a question, whatever its condition."""
    return [one for one in routing.ordered(questionnaire, _who(shown)) if one.questions]


def _choice(name: str, shown: Shown, other: Shown, *, lang: Language | None = None) -> PreviewChoice:
    return PreviewChoice(
        name=name,
        link="" if other == shown else other.address(),
        lang=lang or "",
        dir=direction(lang) if lang else "",
    )


def _languages(questionnaire: Questionnaire, shown: Shown) -> tuple[PreviewChoice, ...]:
    offered = (*questionnaire.languages, *questionnaire.unreviewed)
    return tuple(_choice(NAMES[lang], shown, replace(shown, lang=lang), lang=lang) for lang in offered)


def _orders(questionnaire: Questionnaire, shown: Shown) -> tuple[PreviewChoice, ...]:
    return tuple(_choice(arm, shown, replace(shown, arm=arm)) for arm in _arms(questionnaire))


def _modes(questionnaire: Questionnaire, shown: Shown) -> tuple[PreviewChoice, ...]:
    """The normal and the easy version; they have no pages in common, so that the other one begins at its first."""
    if questionnaire.easy is None:
        return ()
    t = texts(shown.lang)
    modes = ((t("preview.normal"), False), (t("start.easy"), True))
    others = ((name, shown if shown.easy == easy else replace(shown, easy=easy, page="")) for name, easy in modes)
    return tuple(_choice(name, shown, other) for name, other in others)


def _carried_forward(questionnaire: Questionnaire) -> dict[str, AnswerValue]:
    """Answers with which every list that depends on an earlier answer is as long as it can be."""
    asked: dict[str, AnyQuestion] = {one.key: one for page in questionnaire.pages for one in page.questions}
    sources = {one.options_from for one in asked.values() if isinstance(one, Single | Multi | Ranking)}
    whole: dict[str, AnswerValue] = {}
    for key, question in asked.items():
        if isinstance(question, Likert) and question.report == "concern" and "concerns" in sources:
            whole[key] = HIGHEST
        elif key in sources and isinstance(question, Multi | Single | Ranking):
            whole[key] = [option.code for option in question.options if not option.missing]
    return whole
