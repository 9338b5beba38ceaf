"""The page about an assembly in every stage and language: what is said, what can be chosen, and nothing else."""

from typing import get_args

import pytest
from samenspraak.types.base import Lang

from panels.assemblies.models import Stage
from service.demo.browser import Page, read
from service.pages.assembly import BUTTONS, WORDS, assembly_view
from service.pages.rendering import Frame, html
from service.pages.texts import texts
from surveys.readability import flesch_douma
from tests.unit.panels.assemblies.factory import assembly, candidate, visitors

LINK = "/a/abcdefghijklmnopqrstuA"


def shown(stage: Stage, lang: Lang = "nl") -> tuple[Page, str]:
    view = assembly_view(visitors()[stage], texts(lang), token=LINK[3:])
    text = html("assembly.html", frame=Frame(lang=lang, title=view.name), view=view)
    return read(LINK, 200, text), text


def buttons(page: Page) -> list[str]:
    return [value for form in page.forms for _, value in form.buttons]


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("stage", get_args(Stage))
def test_every_stage_has_its_words_and_its_choices(stage: Stage, lang: Lang) -> None:
    page, _ = shown(stage, lang)
    t = texts(lang)
    assert t(WORDS[stage][0], size=40) in page.text
    assert buttons(page) == [action for action, _ in BUTTONS.get(stage, ())]


def test_nobody_is_told_a_yes_beforehand() -> None:
    _, text = shown("asked")
    assert "checked" not in text
    assert "selected" not in text


def test_who_is_asked_reads_what_it_is_how_is_chosen_and_what_is_kept() -> None:
    page, _ = shown("asked")
    for words in (
        "Ziekenhuizen gebruiken steeds vaker AI.",
        "Gemeente Voorbeeld",
        "Een loting beslist, geen mens.",
        "leeftijd en geslacht, provincie",
        "hoogstens één persoon",
        "8 december 2026",
        "wissen we een jaar na afloop",
    ):
        assert words in page.text, words


def test_a_ticket_says_how_many_panels_hold_it_and_leads_to_the_public_page() -> None:
    page, _ = shown("published")
    assert "7KQ4-M2XP" in page.text
    assert "34 van de 1000." in page.text
    assert "Lotto van 28 november 2026" in page.text
    assert any(link.startswith("/register/assemblies/") for link in page.links)


def test_somebody_no_panel_can_hold_is_told_so() -> None:
    visitor = visitors()["published"]
    alone = type(visitor)(assembly=visitor.assembly, candidate=candidate(answer="yes", ticket="7KQ4", selected=0.0))
    view = assembly_view(alone, texts("nl"), token="x")
    assert "past u in geen enkele groep" in view.standing[0][1]


def test_before_publication_nothing_leads_to_the_public_page() -> None:
    stages: tuple[Stage, ...] = ("asked", "willing", "unwilling", "waiting")
    for stage in stages:
        page, text = shown(stage)
        assert not any(link.startswith("/register/assemblies/") for link in page.links)
        assert "Uw lot<" not in text


def test_a_seat_that_was_taken_can_be_given_back_after_a_question() -> None:
    page, _ = shown("confirmed")
    assert f"{LINK}/give-back" in page.links
    assert buttons(page) == []


def test_text_of_staff_is_never_markup() -> None:
    visitor = visitors()["asked"]
    terms = visitor.assembly.terms
    loud = type(terms)(
        **{
            **{name: getattr(terms, name) for name in terms.__struct_fields__},
            "organiser": "<script>alert(1)</script>",
        }
    )
    view = assembly_view(type(visitor)(assembly=assembly(terms=loud), candidate=candidate()), texts("nl"), token="x")
    text = html("assembly.html", frame=Frame(lang="nl", title="x"), view=view)
    assert "<script>" not in text


def test_the_dutch_text_is_easy_to_read() -> None:
    t = texts("nl")
    written = " ".join(
        t(key, **dict.fromkeys(("size", "panels", "features", "organiser", "reason", "holding", "source", "day"), "40"))
        for key in t.messages
        if key.startswith("lot.") and len(t.messages[key].split()) > 6
    )
    assert flesch_douma(written) >= 65
