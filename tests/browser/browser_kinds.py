"""Every kind of question x language x state: no fault that axe finds, no sideways scrolling, no small target."""

from typing import get_args

import pytest
from playwright.sync_api import BrowserContext
from samenspraak.types.base import Language
from samenspraak.types.questionnaire import AnyQuestion

from tests.browser import gallery, looking
from tests.browser.conftest import SHORT
from tests.browser.evidence import Evidence, picture
from tests.browser.gallery import KINDS, LANGUAGES, VisitIn

SHORT_FORM: tuple[Language, ...] = ("nl", "ar")


def test_every_kind_there_is_has_a_sample() -> None:
    assert set(KINDS) == {str(kind.__struct_config__.tag) for kind in get_args(AnyQuestion)}


@pytest.mark.parametrize("lang", SHORT_FORM if SHORT else LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_in_every_state(
    kind: str, lang: Language, visit_in: VisitIn, under_axe: BrowserContext, evidence: Evidence
) -> None:
    """One page load for each state; the pictures are of the page as a phone and a narrow window show it."""
    made = gallery.states(visit_in(lang), KINDS[kind])
    if SHORT:
        state = "error" if "error" in made else "fresh"
        made = {state: made[state]}
    looking.serve(under_axe, {f"/{state}": html for state, html in made.items()})
    page, faults = under_axe.new_page(), dict[str, tuple[str, ...]]()
    for state in made:
        page.goto(f"{looking.SITE}/{state}")
        seen = looking.look(page).faults
        if state in gallery.STATES:
            evidence.kinds[kind, lang, state] = len(seen)
        if seen:
            faults[state] = seen
        if not SHORT and state in ("fresh", "error"):
            page.set_viewport_size({"width": 720, "height": 600})
            page.screenshot(path=picture(kind, lang, state), full_page=True)
    assert faults == {}
