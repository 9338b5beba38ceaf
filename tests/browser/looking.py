"""What is measured on an open page: faults that axe finds, sideways scrolling, small targets, the way by keyboard."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
from playwright.sync_api import BrowserContext, Page, Route

ROOT = Path(__file__).parents[2]
AXE = ROOT / "var" / "browser" / "node_modules" / "axe-core" / "axe.min.js"
CSS = ROOT / "service" / "static" / "samenspraak.css"
SITE = "http://samenspraak.test"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "EN-301-549", "best-practice")
NARROW = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 900}

_AXE_RUN = """async tags => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return found.violations.map(v => `${v.id}: ${v.help} [${v.nodes.map(n => n.target.join(" ")).join(", ")}]`);
}"""
# What sticks out is named, so that a failure can be found. Clipped helpers (skip link, trap) do not widen the page.
_SIDEWAYS = """() => {
  const root = document.documentElement, wide = root.scrollWidth - root.clientWidth;
  if (wide <= 0) return "";
  const out = [...document.body.querySelectorAll("*")].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && (box.right > root.clientWidth + 1 || box.left < -1);
  });
  const named = out.slice(-3).map(e => e.tagName.toLowerCase() + (e.className ? "." + e.className : ""));
  return `${wide} px too wide: ${named.join(", ")}`;
}"""
# WCAG 2.2, 2.5.8: 24 by 24 px, except a link inside a sentence. A choice is pressed on its label.
_SMALL = """() => {
  const inline = e => {
    const block = e.closest("p, li, dd, dt, td, blockquote");
    return block && block.textContent.trim().length > e.textContent.trim().length
      && getComputedStyle(e).display === "inline";
  };
  const shown = e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().right > 0;
  const pressed = e => (e.matches("[type=radio], [type=checkbox]") && e.labels[0]) || e;
  return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
    .filter(e => shown(e) && !e.closest(".skip, .trap") && !(e.matches("a") && inline(e)))
    .map(e => [e, pressed(e).getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([e, box]) => `${e.tagName.toLowerCase()} ${e.id || e.textContent.trim()} ${box.width}x${box.height}`);
}"""

_FOCUS = """() => {
  const e = document.activeElement, outline = x => x && getComputedStyle(x).outlineStyle !== "none";
  return {tag: e.tagName.toLowerCase(), id: e.id, name: e.name || "", value: e.value || "", type: e.type || "",
    text: e.textContent.trim().slice(0, 80), top: Math.round(e.getBoundingClientRect().top + scrollY),
    outlined: !!(outline(e) || outline(e.closest(".choice")))};
}"""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What was wrong with one page; all empty when nothing was."""

    axe: tuple[str, ...]
    sideways: tuple[str, ...]
    small: tuple[str, ...]

    @property
    def faults(self) -> tuple[str, ...]:
        return (*self.axe, *self.sideways, *self.small)


def serve(context: BrowserContext, pages: Mapping[str, str]) -> None:
    """Answer every request of this context from `pages` (path -> HTML); anything else is not found, nothing leaves."""
    style = CSS.read_bytes()

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path.startswith("/static/samenspraak.css"):
            route.fulfill(body=style, content_type="text/css; charset=utf-8")
        elif route.request.method == "POST":
            route.fulfill(body="Sent.", content_type="text/plain")
        elif path in pages:
            route.fulfill(body=pages[path], content_type="text/html; charset=utf-8")
        else:
            route.fulfill(status=404, body="", content_type="text/plain")

    context.route("**/*", answer)


def axe(page: Page) -> tuple[str, ...]:
    """Violations on the page as it is now, one line each."""
    page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(_AXE_RUN, TAGS)
    return tuple(found)


def sideways(page: Page) -> str:
    """How far the page scrolls sideways and what sticks out; empty when it does not."""
    found: str = page.evaluate(_SIDEWAYS)
    return found


def small(page: Page) -> tuple[str, ...]:
    """Targets under 24 by 24 CSS px."""
    found: list[str] = page.evaluate(_SMALL)
    return tuple(found)


def look(page: Page) -> Seen:
    """One open page, judged wide by axe, then at 320 px, then there with text of twice the size."""
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    found = axe(page)
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    narrow, targets = sideways(page), small(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    large = sideways(page)
    page.evaluate("document.documentElement.style.fontSize = ''")
    scrolls = [f"320 px: {narrow}"] * bool(narrow) + [f"200 %: {large}"] * bool(large)
    return Seen(axe=found, sideways=tuple(scrolls), small=targets)


class Focused(msgspec.Struct, frozen=True, kw_only=True):
    """The element that has the focus; `top` in CSS px from the top of the page."""

    tag: str
    id: str
    name: str
    value: str
    type: str
    text: str
    top: float
    outlined: bool
    """Whether the focus can be seen, on the element or on the choice around it."""


def focus(page: Page) -> Focused:
    """Where the focus is now."""
    return msgspec.convert(page.evaluate(_FOCUS), Focused)
