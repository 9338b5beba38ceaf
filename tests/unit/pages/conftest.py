"""Every page that needs no database, made from one questionnaire with every question kind."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib import resources
from uuid import UUID

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

from panels.models import AccessMode, Invitation
from panels.store.calling import StoredCall
from service.pages import calling, entry, failures, joining, kiosk, membership, preview, reaching, voting
from service.pages import code as code_page
from service.pages.background import Asks
from service.pages.rendering import Frame, Session, html
from service.pages.texts import Texts, texts
from service.pages.views import (
    ConfirmView,
    DoneView,
    LaterView,
    Message,
    NoticeView,
    ReachView,
    ReceiptView,
    Section,
    StartView,
    StopView,
)
from service.pages.visits import Visit
from service.pages.walk import Walk
from service.register import views as register
from service.render import qr
from surveys.models import Response, Stored
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
        return Walk(visit, visit.response, asked, Stored(answers or {}, frozenset()))

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
        pages |= _sessions(visit)
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


def _sessions(visit: Visit) -> dict[str, str]:
    """On a public computer, and by telephone."""
    lang, t = visit.lang, visit.texts
    plain = Frame(lang=lang, title=t("kiosk.title"), shared=True)

    def inside(mode: AccessMode, place: str) -> Visit:
        session = Session(mode=mode, address=f"/s/k{TOKEN}", place=place, left=180, limit=180)
        return msgspec.structs.replace(visit, token=f"k{TOKEN}", session=session)

    def walking(mode: AccessMode, place: str, *, large: bool = False) -> Walk:
        seen = msgspec.structs.replace(inside(mode, place), large=large)
        assert seen.response is not None
        return Walk(seen, seen.response, QUESTIONNAIRE, Stored(ANSWERS, frozenset()))

    def home(fault: str = "", *, left: bool = False, large: bool = False) -> str:
        frame = msgspec.structs.replace(plain, failed=bool(fault), large=large)
        return html("kiosk.html", frame=frame, view=kiosk.waiting(t, "ACDE", fault, left=left, query=""))

    def done(mode: AccessMode, view: DoneView) -> str:
        return html("done.html", frame=inside(mode, "done").frame(t("done.title")), view=view)

    consent, concerns = QUESTIONNAIRE.pages[0], QUESTIONNAIRE.pages[3]
    door = StartView(action="/s/k", name=visit.name, owner=visit.owner, minutes=6, begun=False, call="/s/k/call")
    later = LaterView(
        until="", here="/s/k", link="", code="", size=0, typed="ACDE-FGHJ-KMN3", typed_at="https://samenspraak.nl/code"
    )
    public, phone = walking("kiosk", "p/concerns"), walking("phone", "p/consent")
    return {
        "kiosk": home(),
        "kiosk-error": home("mistyped"),
        "kiosk-left": home(left=True, large=True),
        "kiosk-start": html("start.html", frame=inside("kiosk", "").frame(t("kiosk.title")), view=door),
        "kiosk-page": content(public.show(concerns)),
        "kiosk-page-large": content(walking("kiosk", "p/concerns", large=True).show(concerns)),
        "kiosk-later": html("later.html", frame=inside("kiosk", "later").frame(t("later.title")), view=later),
        "kiosk-still-there": content(kiosk.still_there(inside("kiosk", "still-there/p/concerns"))),
        "kiosk-done": done("kiosk", DoneView(owner=visit.owner, name=visit.name, vote="/s/k/vote")),
        "kiosk-ended": content(failures.ended(lang)),
        "phone-consent": content(phone.show(consent)),
        "phone-consent-error": content(phone.show(consent, fields={"CO_PART": ["1"]}, unread=True, status=422)),
        "phone-done": done("phone", DoneView(owner=visit.owner, name=visit.name, alone=True)),
        "phone-ended": content(failures.ended(lang, mode="phone")),
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
            call=visit.to("call"),
            open_until=until,
            easy_minutes=easy,
        )

    code, size = qr.drawn(f"https://samenspraak.example{visit.to()}")
    later = LaterView(
        until="",
        here=visit.to(),
        link=f"https://samenspraak.example{visit.to()}",
        code=code,
        size=size,
        typed="ACDE-FGHJ-KMN3",
        typed_at="https://samenspraak.example/code",
    )
    asked = StoredCall(
        audit_id=UUID(int=1),
        id=UUID(int=2),
        invitation_id=UUID(int=3),
        phone=b"",
        moment="evening",
        language="nl",
        asked_at=datetime(2026, 11, 24, tzinfo=UTC),
        due_on=date(2026, 11, 27),
        state="open",
        attempts=0,
        decided_at=None,
    )
    nothing = tuple(Fault(pointer=field, code="missing", detail="") for field in ("phone", "moment", "consent"))

    report = DoneView(
        owner="de gemeente", name="x", report="/r", register="/r", response=entry.owners_answer(RESPONSE, t)
    )
    return {
        "start": shown("start.html", "start.title", door(begun=False, until="15 december 2026")),
        "start-resume": shown("start.html", "start.title", door(begun=True, until="")),
        "start-easy": shown("start.html", "start.title", door(begun=False, until="", easy=3)),
        "later": shown("later.html", "later.title", later),
        "code": shown("code.html", "code.title", code_page.form(t, "", "", query="")),
        "code-mistyped": shown("code.html", "code.title", code_page.form(t, "ACDE-FGHJ-KMN4", "mistyped", query="")),
        "call": content(calling.show(visit, None, {}, ())),
        "call-errors": content(calling.show(visit, None, {"phone": ""}, nothing)),
        "call-asked": content(calling.show(visit, asked, {}, ())),
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


PHONE_FAULTS = (
    Fault(pointer="phone", code="not_mobile", detail="Dit is geen mobiel nummer."),
    Fault(pointer="street", code="needed", detail="Vul uw straat in."),
)


def _reach(t: Texts, fields: dict[str, str], faults: tuple[Fault, ...], *, given: bool = False) -> ReachView:
    member = msgspec.structs.replace(MEMBER, phone_given=given, address_given=given)
    return reaching.reach_view(member, t, fields, faults, token=TOKEN, query="", texting=True)


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
        "reach": html("reach.html", frame=frame, view=_reach(t, {"channel": "email"}, ())),
        "reach-error": html(
            "reach.html",
            frame=msgspec.structs.replace(frame, failed=True),
            view=_reach(t, {"channel": "sms", "phone": "<020>"}, PHONE_FAULTS, given=True),
        ),
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
