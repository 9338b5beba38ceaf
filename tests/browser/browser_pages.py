"""Every other page that citizens see, in Dutch and English: start, stop, done, vote, join, member, register, errors."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext
from samenspraak.types.base import Lang

from service.pages.texts import LANGUAGES
from tests.browser import looking
from tests.browser.conftest import SHORT
from tests.browser.evidence import Evidence

Pages = Callable[[Lang], dict[str, str]]
SHORT_FORM = (
    "start", "stop", "done", "vote-error", "vote-receipt", "join-error", "member", "home", "audit-published",
)  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES[:1] if SHORT else LANGUAGES)
def test_no_page_has_a_fault(lang: Lang, every_page: Pages, under_axe: BrowserContext, evidence: Evidence) -> None:
    """The kinds of question alone are left to their own test."""
    made = {name: html for name, html in every_page(lang).items() if not name.startswith("page-")}
    if SHORT:
        made = {name: made[name] for name in SHORT_FORM}
    looking.serve(under_axe, {f"/{name}": html for name, html in made.items()})
    page, faults = under_axe.new_page(), dict[str, tuple[str, ...]]()
    for name in made:
        page.goto(f"{looking.SITE}/{name}")
        seen = looking.look(page).faults
        evidence.pages[name, lang] = len(seen)
        if seen:
            faults[name] = seen
    assert faults == {}
