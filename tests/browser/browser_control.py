"""The proof can fail: pages broken on purpose are seen by the same checks."""

import pytest
from playwright.sync_api import BrowserContext

from tests.browser import looking

SOUND = "<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1>{}</main>"
BROKEN = {
    "a picture without text": ('<img src="/x.png" width=40 height=40>', "image-alt"),
    "a field without label": ('<input name="x">', "label"),
    "text nobody can read": ('<p style="color:#bbb;background:#fff">Too pale to read.</p>', "color-contrast"),
    "a group that points nowhere": ('<p role="radio">One</p>', "aria-required-attr"),
    "a wide table": (f"<table><tr>{'<td>Neitheragreenordisagree</td>' * 6}</tr></table>", "320 px"),
    "a word that grows too wide": ('<p style="font-size:1.6rem">Arbeidsongeschiktheid</p>', "200 %"),
    "a tiny button": ('<button style="inline-size:12px;block-size:12px;padding:0">x</button>', "button x"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_page_broken_on_purpose_is_seen(name: str, under_axe: BrowserContext) -> None:
    body, expected = BROKEN[name]
    looking.serve(under_axe, {"/sound": SOUND.format("<p>Well.</p>"), "/broken": SOUND.format(body)})
    page = under_axe.new_page()
    page.goto(f"{looking.SITE}/sound")
    assert looking.look(page).faults == ()
    page.goto(f"{looking.SITE}/broken")
    seen = looking.look(page).faults
    assert any(expected in fault for fault in seen), seen
