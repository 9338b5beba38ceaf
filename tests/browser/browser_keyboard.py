"""Every kind is answered by keyboard alone, and what the form then sends is an answer the survey engine takes."""

from urllib.parse import parse_qs

import msgspec
import pytest
from playwright.sync_api import Page, Request
from samenspraak.types.questionnaire import AnyQuestion, Info
from samenspraak.types.questionnaire import Page as Sheet

from surveys import answers
from surveys.models import Respondent
from tests.browser import gallery, looking
from tests.browser.conftest import Opened
from tests.browser.gallery import KINDS, VisitIn
from tests.browser.looking import Focused, focus

TYPED = {"numeric": "2", "slider": "40", "open": "Wie kijkt er mee?"}
"""What is typed into the field of a kind."""
_MOST_STOPS = 120


def answer_by_keyboard(page: Page, question: AnyQuestion) -> list[Focused]:
    """From the top of the page by Tab to the button that goes on, answering on the way; returns every stop."""
    stops: list[Focused] = []
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        at = focus(page)
        stops.append(at)
        if (at.tag, at.value) == ("button", "next"):
            page.keyboard.press("Enter")
            return stops
        _answer(page, at, question)
    raise AssertionError(f"no way to go on: {[stop.id or stop.text for stop in stops]}")


def _answer(page: Page, at: Focused, question: AnyQuestion) -> None:
    """What a person does at this stop. Fields beside the question itself (don't know, a write-in) are passed by."""
    if at.name.endswith((".none", ".text")) or not at.name.startswith(question.key):
        return
    if at.tag == "select":
        for _ in range(int(at.name.rsplit(".", 1)[1])):
            page.keyboard.press("ArrowDown")
    elif at.type == "radio":
        # Best and worst of a set may not be the same.
        page.keyboard.press("ArrowDown" if at.name.endswith(".worst") else "Space")
    elif at.type == "checkbox":
        if at.id == f"{question.key}-1":
            page.keyboard.press("Space")
    elif at.type != "range":
        page.keyboard.type(TYPED.get(gallery.kind_of(question), "1234 AB"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_answered_without_a_mouse(kind: str, visit_in: VisitIn, opened: Opened) -> None:
    question = KINDS[kind]
    context, visit = opened(), visit_in("nl")
    looking.serve(context, {"/fresh": gallery.states(visit, question)["fresh"]})
    page, posted = context.new_page(), list[Request]()
    page.on("request", lambda request: posted.append(request) if request.method == "POST" else None)
    page.goto(f"{looking.SITE}/fresh")
    with page.expect_navigation(wait_until="commit"):
        stops = answer_by_keyboard(page, question)

    tops = [stop.top for stop in stops[1:]]
    assert tops == sorted(tops), f"the focus jumps back: {[(stop.id or stop.text, stop.top) for stop in stops]}"
    assert [stop.id or stop.text for stop in stops if not stop.outlined] == []
    assert stops[0].text, "the skip link comes first"
    form = parse_qs(posted[0].post_data or "", keep_blank_values=True)
    assert form["action"] == ["next"]
    if not isinstance(question, Info):
        assert _stored(form, question) is not None


def _stored(form: dict[str, list[str]], question: AnyQuestion) -> object:
    """The answer the survey engine keeps of this form; fails on any fault."""
    asked = msgspec.structs.replace(question, show_if=None)
    sheet = Sheet(key="only", block="open", questions=(asked,))
    who = Respondent(arm="one", seed=4)
    checked = answers.check_page(gallery.alone(sheet), sheet, who, form=form, answers={}, lang="nl")
    assert not checked.faults
    return checked.values[question.key]


@pytest.mark.parametrize("kind", [kind for kind, question in KINDS.items() if not isinstance(question, Info)])
def test_the_error_summary_leads_to_the_field(kind: str, visit_in: VisitIn, opened: Opened) -> None:
    context = opened()
    looking.serve(context, {"/error": gallery.states(visit_in("nl"), KINDS[kind])["error"]})
    page = context.new_page()
    page.goto(f"{looking.SITE}/error")
    links = page.locator(".summary a")
    assert links.count() > 0
    for number in range(links.count()):
        wanted = links.nth(number).get_attribute("href")
        links.nth(number).focus()
        page.keyboard.press("Enter")
        at = focus(page)
        assert f"#{at.id}" == wanted
        assert at.tag in ("input", "select", "textarea")


def test_the_skip_link_leads_to_the_content(visit_in: VisitIn, opened: Opened) -> None:
    context = opened()
    looking.serve(context, {"/fresh": gallery.states(visit_in("nl"), KINDS["likert"])["fresh"]})
    page = context.new_page()
    page.goto(f"{looking.SITE}/fresh")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert focus(page).id == "content"
    page.keyboard.press("Tab")
    assert focus(page).type == "radio"
