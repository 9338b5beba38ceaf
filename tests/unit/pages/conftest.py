"""Every page that needs no database, made from one questionnaire with every question kind."""

from collections.abc import Callable
from importlib import resources

import msgspec
import pytest
from litestar.response import Response as Answer
from samenspraak.types.application import Application
from samenspraak.types.base import Lang
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import (
    AnswerValue,
    Info,
    Questionnaire,
)

from panels.models import Invitation
from service.pages import entry, failures, joining, membership, preview, voting
from service.pages.background import Asks
from service.pages.rendering import Frame, html
from service.pages.texts import texts
from service.pages.views import (
    ConfirmView,
    DoneView,
    LaterView,
    Message,
    NoticeView,
    ReceiptView,
    Section,
    StartView,
    StopView,
)
from service.pages.visits import Visit
from service.pages.walk import Walk
from service.register import views as register
from surveys.models import Response
from tests.unit.pages import kinds
from tests.unit.pages.samples import (
    ANSWERS,
    AUDIT,
    BALLOT,
    CASE,
    HASH,
    KINDS,
    MEMBER,
    NOW,
    QUESTIONNAIRE,
    RESPONSE,
    TOKEN,
)


@pytest.fixture(scope="session")
def application() -> Application:
    return msgspec.json.decode(
        (resources.files("samenspraak.examples") / "slimme-check-bijstand.json").read_bytes(), type=Application
    )


@pytest.fixture(scope="session")
def visit_in(application: Application) -> Callable[[Lang], Visit]:
    """A visitor in the middle of the questionnaire, in one language."""

    def make(lang: Lang) -> Visit:
        return Visit(
            token=TOKEN,
            lang=lang,
            query="",
            invitation=Invitation(
                id=AUDIT,
                audit_id=AUDIT,
                member_id=AUDIT,
                respondent_id=AUDIT,
                disposition="started",
                probability=0.1,
                profile={},
                language=lang,
                created_at=NOW,
            ),
            case=CASE,
            application=application,
            response=Response(
                id=AUDIT,
                audit_id=AUDIT,
                respondent_id=AUDIT,
                state="in_progress",
                language=lang,
                arm="one",
                seed=4,
                revision=7,
                last_page="consent",
                started_at=NOW,
                saved_at=NOW,
                completed_at=None,
            ),
            simulated=True,
        )

    return make


@pytest.fixture(scope="session")
def walk_in(visit_in: Callable[[Lang], Visit]) -> Callable[..., Walk]:
    """The walk of that visitor, with these answers stored."""

    def make(lang: Lang, answers: dict[str, AnswerValue] | None = None, asked: Questionnaire = QUESTIONNAIRE) -> Walk:
        visit = visit_in(lang)
        assert visit.response is not None
        return Walk(visit, visit.response, asked, answers or {})

    return make


@pytest.fixture(scope="session")
def every_page(
    visit_in: Callable[[Lang], Visit], walk_in: Callable[..., Walk], application: Application
) -> Callable[[Lang], dict[str, str]]:
    """Name -> HTML of every page and state that needs no database, in one language."""

    def make(lang: Lang) -> dict[str, str]:
        pages = {}
        visit, fresh, answered = visit_in(lang), walk_in(lang), walk_in(lang, ANSWERS)
        for key, _, asked in KINDS:
            page = next(page for page in QUESTIONNAIRE.pages if page.key == key)
            faults = [Fault(pointer=q.key, code="missing", detail="Geef een antwoord.") for q in asked]
            pages[f"page-{key}"] = content(fresh.show(page))
            pages[f"page-{key}-answered"] = content(answered.show(page))
            if not isinstance(asked[0], Info):
                pages[f"page-{key}-error"] = content(fresh.show(page, fields={}, faults=faults, status=422))
        comprehension = QUESTIONNAIRE.pages[2]
        pages["page-stale"] = content(fresh.show(QUESTIONNAIRE.pages[0], message=texts(lang)("page.stale"), status=409))
        pages["feedback"] = content(answered.show_feedback(comprehension))
        pages["review"] = content(answered.show_review())
        pages |= _every_kind(lang, walk_in) | _preview(lang)
        pages |= _around(lang, visit) | _panel(lang) | _register(lang, application)
        return pages

    return make


def _every_kind(lang: Lang, walk_in: Callable[..., Walk]) -> dict[str, str]:
    """The pages of `kinds`: fresh, with what was answered, with everything wrong, and the answers in words."""
    asked = kinds.every_kind()
    seed = walk_in(lang, None, asked).response.respondent
    answers = kinds.answers(seed)
    whole = walk_in(lang, answers, asked)
    pages = {"review-kinds": content(whole.show_review())}
    for shown in kinds.NEW:
        fresh = walk_in(lang, kinds.CARRIED if shown.key == "best" else {}, asked)
        pages[f"page-{shown.key}"] = content(fresh.show(shown))
        pages[f"page-{shown.key}-answered"] = content(whole.show(shown))
        pages[f"page-{shown.key}-error"] = content(
            fresh.show(shown, fields=kinds.FIELDS.get(shown.key, {}), faults=kinds.wrong(shown), status=422)
        )
    return pages


def _preview(lang: Lang) -> dict[str, str]:
    asked = kinds.every_kind()
    return {
        f"preview-{key}": content(preview.show(asked, preview.chosen(asked, {"lang": lang, "page": key})))
        for key in ("best", "rows", "background")
    }


def content(answer: Answer[str]) -> str:
    return str(answer.content)


def _around(lang: Lang, visit: Visit) -> dict[str, str]:
    t = texts(lang)

    def shown(template: str, title: str, view: object) -> str:
        return html(template, frame=visit.frame(t(title, name=visit.name)), view=view)

    def door(*, begun: bool, until: str, easy: int = 0) -> StartView:
        return StartView(
            action=visit.to(),
            name=visit.name,
            owner=visit.owner,
            minutes=6,
            begun=begun,
            open_until=until,
            easy_minutes=easy,
        )

    code, size = entry.drawn(f"https://samenspraak.example{visit.to()}")
    later = LaterView(until="", here=visit.to(), link=f"https://samenspraak.example{visit.to()}", code=code, size=size)

    report = DoneView(
        owner="de gemeente", name="x", report="/r", register="/r", response=entry.owners_answer(RESPONSE, t)
    )
    return {
        "start": shown("start.html", "start.title", door(begun=False, until="15 december 2026")),
        "start-resume": shown("start.html", "start.title", door(begun=True, until="")),
        "start-easy": shown("start.html", "start.title", door(begun=False, until="", easy=3)),
        "later": shown("later.html", "later.title", later),
        "stop": shown("stop.html", "stop.title", StopView(action=visit.to("stop"))),
        "done": shown("done.html", "done.title", DoneView(owner="de gemeente", name=visit.name, vote=visit.to("vote"))),
        "done-voted": shown("done.html", "done.title", DoneView(owner="de gemeente", name=visit.name, voted=True)),
        "done-waiting": shown(
            "done.html", "done.title", DoneView(owner="de gemeente", name=visit.name, closed=True, waiting="Tot 1 mei.")
        ),
        "done-report": shown("done.html", "done.title", report),
        "done-unanswered": shown(
            "done.html",
            "done.title",
            DoneView(owner="de gemeente", name="x", report="/r", register="/r", unanswered=True),
        ),
        "closed": content(entry.closed(visit)),
        "vote": content(voting.show(visit, BALLOT)),
        "vote-error": content(voting.show(visit, BALLOT, missing=True)),
        "vote-check": content(voting.checked(visit, BALLOT, "2")),
        "vote-receipt": shown(
            "receipt.html",
            "receipt.title",
            ReceiptView(code="K7QD-M2XA-9PWT-4HLC", register="/register/x", done="/s/x/done"),
        ),
        "not-found": content(failures.not_found(lang)),
        "away": content(failures.unavailable(lang)),
        "broken": content(failures.broken(lang)),
    }


def _panel(lang: Lang) -> dict[str, str]:
    t = texts(lang)
    faults = (
        Fault(pointer="email", code="missing", detail="Vul uw e-mailadres in."),
        Fault(pointer="sex", code="unknown_choice", detail="Kies een van de antwoorden."),
        Fault(pointer="province", code="unknown_choice", detail="Kies een provincie."),
        Fault(pointer="consent", code="missing", detail="Zet een vinkje."),
    )
    frame = Frame(lang=lang, title=t("join.title"))
    member = membership.member_view(MEMBER, t, token=TOKEN, query="", news="exported")
    stale = membership.member_view(MEMBER, t, token=TOKEN, query="", stale=True, origin="E", assembly=True)
    confirm = ConfirmView(
        action="/x",
        heading=t("erase.title"),
        paragraphs=(t("erase.text"),),
        button=t("erase.button"),
        back="/m",
        danger=True,
    )
    notice = NoticeView(title="Uw gegevens", version="1", sections=(Section(heading="Wie?", text="Wij."),))
    return {
        "join": html("join.html", frame=frame, view=joining.form(t, {}, (), query="")),
        "join-error": html(
            "join.html",
            frame=msgspec.structs.replace(frame, failed=True),
            view=joining.form(t, {"email": "<x>", "sex": "V"}, faults, query="?lang=nl"),
        ),
        "join-postcode": html(
            "join.html", frame=frame, view=joining.form(t, {"code": "ACDE"}, (), query="", asked=Asks(postcode=True))
        ),
        "profile": html(
            "profile.html",
            frame=frame,
            view=membership.profile_view(
                t, {"birth_year": "<1968>"}, faults[1:2], token=TOKEN, query="", asked=Asks(postcode=True, moving=True)
            ),
        ),
        "member-stale": html("member.html", frame=frame, view=stale),
        "join-sent": html(
            "message.html", frame=frame, view=Message(heading=t("join.sent_title"), paragraphs=(t("join.sent_text"),))
        ),
        "notice": html("notice.html", frame=frame, view=notice),
        "member": html("member.html", frame=frame, view=member),
        "member-erase": html("confirm.html", frame=frame, view=confirm),
    }


def _register(lang: Lang, application: Application) -> dict[str, str]:
    t = texts(lang)
    published = msgspec.structs.replace(CASE, state="published", closed_at=NOW, reported_at=NOW, published_at=NOW)
    refused = msgspec.structs.replace(
        CASE, state="refused", plan=None, plan_hash=None, opened_at=None, reason="De uitleg was niet eerlijk."
    )
    cases = [published, CASE, refused]
    shown = [register.Shown(case=case, application=application) for case in cases]
    lines = tuple(register.line(one, t, "") for one in shown)
    whole = register.Shown(case=published, application=application, response=RESPONSE, receipts=(HASH, HASH))
    frame = Frame(lang=lang, title="x", simulated=True)
    return {
        "home": html("home.html", frame=frame, view=register.ListView(audits=lines)),
        "register": html("register.html", frame=frame, view=register.ListView(audits=lines, more="/register?after=x")),
        "register-empty": html("register.html", frame=frame, view=register.ListView(audits=())),
        "audit": html("audit.html", frame=frame, view=register.audit(shown[1], t)),
        "audit-refused": html("audit.html", frame=frame, view=register.audit(shown[2], t)),
        "audit-published": html("audit.html", frame=frame, view=register.audit(whole, t, looked_up=t("audit.found"))),
        "audit-unanswered": html("audit.html", frame=frame, view=register.audit(shown[0], t)),
    }
