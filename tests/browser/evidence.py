"""What a run saw, and the page of evidence and the pictures' index that a whole run writes."""

import itertools
from html import escape
from pathlib import Path

from samenspraak.types.base import Language

from service.pages.texts import NAMES
from tests.browser.gallery import KINDS, LANGUAGES, STATES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "accessibility.md"
PICTURES = ROOT / "var" / "browser"
UNASKED = {("info", "error")}
"""Something to read cannot be answered wrongly."""

_HEAD = """# Accessibility: what was checked and how

Written by `make browser`, which opens the citizen pages in real Chromium and fails when one of these checks does. Made with Chromium {chromium}
and axe-core {axe}.

## Every kind of question

Faults found in each state, in the order {states}; `–` where a kind has no such state. A fault is

- a violation that axe finds, by its rules tagged {tags};
- a page that scrolls sideways at 320 CSS px, or does so there with text of 200 %;
- a target under 24 by 24 CSS px that is no link in a sentence.

"""
REST = """
## Other pages

The same checks in Dutch and English. Faults found:

{pages}

## What else the run proves

- **Keyboard.** Every kind is completed with Tab, Space, arrows and typing alone; the focus moves down the page, never up; each link of the error
  summary puts the focus on the field it names.
- **No script.** With JavaScript off, a questionnaire is walked from the mailed link to "sent", and the secret vote to its receipt.
- **Weight.** The first view costs at most 20 kB over the wire in two requests to the service itself, beside the icon of the tab, and sets no cookie.
- **Speed.** With 150 ms round trips, 1.6 Mbit/s and a processor slowed down four times the largest piece of content stands within 1.5 s and nothing
  moves afterwards.
- **Control.** A page broken on purpose (a picture without text, a field without label, a wide table, a tiny button) fails each of these checks.

## What this does not show

- Nobody has tried these pages with a screen reader, screen magnifier, switch or voice control. No test with people was held.
- Rules that a program can judge are a part of WCAG 2.2 AA and EN 301 549. Whether a text is understood, an order makes sense or an error helps, a
  person must judge. This page is therefore no statement of conformance.
- One browser was used. Other browsers and real phones were not.
- Only the light colours were judged; the dark ones that a device may ask for were not part of the run.
- Turkish, Arabic, Polish and Ukrainian texts were not reviewed by people. They are shown in previews and never fielded. A text of the
  questionnaire that has no translation comes in Dutch, marked as Dutch.
"""


class Evidence:
    """Faults by kind, language and state, and by page."""

    def __init__(self, *, chromium: str, axe: str, tags: tuple[str, ...]) -> None:
        self.chromium = chromium
        self.axe = axe
        self.tags = tags
        self.kinds: dict[tuple[str, Language, str], int] = {}
        self.pages: dict[tuple[str, Language], int] = {}

    @property
    def whole(self) -> bool:
        """Whether every combination was looked at."""
        every = {c for c in itertools.product(KINDS, LANGUAGES, STATES) if (c[0], c[2]) not in UNASKED}
        return self.kinds.keys() == every and bool(self.pages)

    def write(self) -> None:
        """The page of evidence and the index of pictures, both without dates; nothing after a partial run."""
        if self.whole:
            PAGE.write_text(self.text())
            (PICTURES / "index.html").write_text(_index())

    def text(self) -> str:
        head = _HEAD.format(chromium=self.chromium, axe=self.axe, states=", ".join(STATES), tags=", ".join(self.tags))
        return head + "\n".join(self._table()) + "\n" + REST.format(pages="\n".join(self._list()))

    def _table(self) -> list[str]:
        lines = [f"| kind | {' | '.join(NAMES[lang] for lang in LANGUAGES)} |", "|---" * (len(LANGUAGES) + 1) + "|"]
        for kind in KINDS:
            cells = (" ".join(str(self.kinds.get((kind, lang, s), "–")) for s in STATES) for lang in LANGUAGES)
            lines.append(f"| {kind} | {' | '.join(cells)} |")
        return lines

    def _list(self) -> list[str]:
        """One line for each number of faults, so that the usual page is short."""
        languages = tuple(dict.fromkeys(lang for _, lang in self.pages))
        lines = [f"| page | {' | '.join(languages)} |", "|---" * (len(languages) + 1) + "|"]
        names = sorted({name for name, _ in self.pages})
        return lines + [
            f"| {name} | {' | '.join(str(self.pages.get((name, lang), '–')) for lang in languages)} |" for name in names
        ]


def picture(kind: str, lang: str, state: str) -> Path:
    """Where a picture of this page is kept."""
    return PICTURES / f"{kind}-{lang}-{state}.png"


def _index() -> str:
    """Every picture with its name."""
    parts = ["<!doctype html><html lang=en><meta charset=utf-8><title>Kinds of question</title>"]
    for kind, state, lang in itertools.product(KINDS, ("fresh", "error"), LANGUAGES):
        at = picture(kind, lang, state)
        if at.is_file():
            name = escape(f"{kind}, {NAMES[lang]}, {state}")
            parts.append(
                f'<figure style="display:inline-block"><img src="{at.name}" alt="{name}" width=320><figcaption>{name}'
            )
    return "\n".join(parts)
