"""Every page in both languages: labels, legends, headings, errors, size, and nothing that runs or styles inline."""

import gzip
import itertools
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from samenspraak.types.base import Lang

from service.pages.rendering import HEADERS
from service.pages.texts import LANGUAGES

CSS = Path(__file__).parents[3] / "service" / "static" / "samenspraak.css"
KIOSK_SCRIPT = '<script src="/static/kiosk.js" defer></script>'
"""On public computers alone: asks in the page whether somebody is still there."""
VOID = {"meta", "link", "input", "br", "path"}
Pages = Callable[[Lang], dict[str, str]]


class Outline(HTMLParser):
    """What assistive technology would find on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.labels: dict[str, str] = {}
        self.headings: list[int] = []
        self.controls: list[tuple[str, dict[str, str], bool]] = []
        self.legends = 0
        self._label: str | None = None
        self.problems: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        self.tags.append((tag, at))
        if "id" in at:
            self.ids.append(at["id"])
        if tag == "label":
            self._label = at.get("for")
            self.labels[at.get("for", "")] = ""
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("input", "select", "textarea") and at.get("type") != "hidden":
            self.controls.append((tag, at, "fieldset" in self.open))
        self.legends += tag == "legend"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if tag == "label":
            self._label = None
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"unexpected </{tag}>")

    def handle_data(self, data: str) -> None:
        if self._label is not None:
            self.labels[self._label] += data.strip()

    def all(self, name: str) -> list[dict[str, str]]:
        return [at for tag, at in self.tags if tag == name]


@pytest.fixture(scope="module", params=LANGUAGES)
def pages(request: pytest.FixtureRequest, every_page: Pages) -> dict[str, Outline]:
    return {name: Outline(text) for name, text in every_page(request.param).items()}


@pytest.fixture(scope="module")
def sources(every_page: Pages) -> dict[str, str]:
    return {f"{lang}-{name}": text for lang in LANGUAGES for name, text in every_page(lang).items()}


class TestEveryPage:
    def test_is_well_formed(self, pages: dict[str, Outline]) -> None:
        assert {name: page.problems or page.open for name, page in pages.items() if page.problems or page.open} == {}

    def test_runs_no_script_and_has_no_inline_style(self, sources: dict[str, str]) -> None:
        odd = re.compile(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
        plain = {name: text for name, text in sources.items() if "-kiosk-" not in name}
        assert [name for name, text in plain.items() if odd.search(text)] == []
        shared = {name: text.replace(KIOSK_SCRIPT, "") for name, text in sources.items() if name not in plain}
        assert [name for name, text in shared.items() if odd.search(text)] == []
        assert any(KIOSK_SCRIPT in text for text in sources.values())

    def test_fetches_one_stylesheet_of_our_own_and_nothing_else(self, pages: dict[str, Outline]) -> None:
        for name, page in pages.items():
            fetched = [at["href"] for at in page.all("link")] + [at["src"] for tag, at in page.tags if "src" in at]
            ours = ["/static/samenspraak.css", "/static/kiosk.js"] if "kiosk-" in name else ["/static/samenspraak.css"]
            assert fetched == ours[: len(fetched)], name

    def test_has_one_main_heading_and_skips_no_level(self, pages: dict[str, Outline]) -> None:
        for name, page in pages.items():
            ranks = list(page.headings)
            assert ranks.count(1) == 1, name
            body = ranks[ranks.index(1) :]
            assert all(b - a <= 1 for a, b in itertools.pairwise(body)), (name, ranks)

    def test_has_a_title_a_language_and_a_skip_link_first(self, pages: dict[str, Outline]) -> None:
        for name, page in pages.items():
            assert page.all("html")[0]["lang"] in LANGUAGES, name
            assert page.all("title").count({}) == 1, name
            assert page.all("a")[0] == {"class": "skip", "href": "#content"}, name
            assert "content" in page.ids, name

    def test_labels_every_control(self, pages: dict[str, Outline]) -> None:
        for name, page in pages.items():
            for _, at, _ in page.controls:
                assert page.labels.get(at["id"]), (name, at)

    def test_groups_choices_under_a_legend(self, pages: dict[str, Outline]) -> None:
        for name, page in pages.items():
            assert page.legends == len(page.all("fieldset")), name
            for _, at, grouped in page.controls:
                if at.get("type") in ("radio", "checkbox"):
                    assert grouped, (name, at)

    def test_uses_every_id_once_and_points_only_to_ids_that_exist(self, pages: dict[str, Outline]) -> None:
        for name, page in pages.items():
            assert len(page.ids) == len(set(page.ids)), name
            wanted = {at["href"][1:] for at in page.all("a") if at.get("href", "").startswith("#")}
            for attribute in ("for", "aria-describedby", "aria-labelledby"):
                wanted |= {part for _, at in page.tags for part in at.get(attribute, "").split()}
            assert wanted <= set(page.ids), (name, wanted - set(page.ids))

    def test_stays_under_twenty_kilobytes_with_its_stylesheet(self, sources: dict[str, str]) -> None:
        css = len(gzip.compress(CSS.read_bytes()))
        sizes = {name: css + len(gzip.compress(text.encode())) for name, text in sources.items()}
        assert max(sizes.values()) <= 20_000

    def test_escapes_what_people_typed(self, sources: dict[str, str]) -> None:
        assert "<b>mee" not in sources["nl-page-open-answered"]
        assert "Wie kijkt &lt;b&gt;mee&lt;/b&gt; &amp; waarom?" in sources["nl-page-open-answered"]
        assert "<b>mee" not in sources["nl-review"]

    def test_says_that_people_are_made_up(self, sources: dict[str, str]) -> None:
        for name in ("nl-start", "nl-page-trust", "nl-vote", "nl-done", "nl-audit", "nl-review"):
            assert 'class="banner"' in sources[name], name
        assert 'class="banner"' not in sources["nl-join"]


class TestAnErrorState:
    def test_says_so_first_in_the_title_and_in_an_alert_that_leads_to_the_field(
        self, sources: dict[str, str], pages: dict[str, Outline]
    ) -> None:
        for name, text in sources.items():
            if name.endswith("-error"):
                prefix = "Fout:" if name.startswith("nl-") else "Error:"
                assert f"<title>{prefix} " in text, name
                assert 'class="summary" role="alert"' in text, name
        for name, page in pages.items():
            if name.endswith("-error"):
                links = [at["href"][1:] for at in page.all("a") if at.get("href", "#content").startswith("#")]
                fields = {at["id"] for _, at, _ in page.controls}
                assert set(links) - {"content"} <= fields, name
                assert len(links) > 1, name

    def test_describes_the_field_by_its_error(self, sources: dict[str, str]) -> None:
        assert re.search(
            r'<textarea id="OP_Q"[^>]*aria-describedby="OP_Q-hint OP_Q-error"', sources["nl-page-open-error"]
        )
        assert 'aria-describedby="TR_APP-error"' in sources["nl-page-trust-error"]

    def test_keeps_what_was_typed(self, sources: dict[str, str]) -> None:
        assert 'value="&lt;x&gt;"' in sources["nl-join-error"]


class TestAQuestionPage:
    def test_offers_back_later_and_stop(self, pages: dict[str, Outline]) -> None:
        for name, page in pages.items():
            if name.startswith("page-") or name in ("feedback", "review"):
                values = [at.get("value") for at in page.all("button")]
                assert {"back", "later", "stop"} <= set(values), name
                assert values[0] in ("next", "send"), name

    def test_tells_progress_in_words(self, sources: dict[str, str]) -> None:
        assert "Vraag 5 van ongeveer 11" in sources["nl-page-trust"]
        assert "Vraag 3 tot en met 4 van ongeveer 12" in sources["nl-page-concerns-answered"]
        assert "Question 5 of about 11" in sources["en-page-trust"]

    def test_shows_what_was_answered_before(self, sources: dict[str, str]) -> None:
        assert re.search(r'value="6" checked', sources["nl-page-trust-answered"])
        assert sources["nl-page-conditions-answered"].count(" checked") == 2
        assert re.search(r'id="CD_MUST-1".*?value="3" selected', sources["nl-page-must-answered"], re.DOTALL)
        assert "checked" not in sources["nl-page-trust"]

    def test_carries_the_revision(self, sources: dict[str, str]) -> None:
        assert '<input type="hidden" name="revision" value="7">' in sources["nl-page-trust"]

    def test_shows_both_sides_next_to_the_vote_item(self, sources: dict[str, str]) -> None:
        for text in ("Argumenten voor", "Argumenten tegen", "voelen zich verdacht", "geen officiële stemming"):
            assert text in sources["nl-page-vote"]

    def test_does_not_offer_a_comprehension_question_twice(self, pages: dict[str, Outline]) -> None:
        assert pages["page-comprehension"].controls != []
        assert pages["page-comprehension-answered"].controls == []

    def test_shows_the_right_answer_with_its_sentence_after_a_wrong_one(self, sources: dict[str, str]) -> None:
        assert "Kiezen welke aanvragen extra worden onderzocht" in sources["nl-feedback"]
        assert "De gemeente wil weten welke aanvragen zij extra moet onderzoeken." in sources["nl-feedback"]


class TestTheSecretVote:
    def test_promises_come_before_the_choice(self, sources: dict[str, str]) -> None:
        text = sources["nl-vote"]
        assert text.index("Dit beloven wij niet") < text.index('type="radio"')
        assert "beheerder met kwade bedoelingen" in text
        assert "leeftijd (18-34, 35-64, 65 en ouder), opleiding" in text

    def test_the_check_page_shows_the_choice_and_carries_it(self, sources: dict[str, str]) -> None:
        assert "<strong>Nee</strong>" in sources["nl-vote-check"]
        assert '<input type="hidden" name="choice" value="2">' in sources["nl-vote-check"]

    def test_the_receipt_names_no_choice(self, sources: dict[str, str]) -> None:
        assert "Ontvangstcode:</span> <code>K7QD-M2XA-9PWT-4HLC</code>" in sources["nl-vote-receipt"]
        assert not re.search(r"<strong>(Ja|Nee|Blanco)</strong>", sources["nl-vote-receipt"])


class TestTheRegister:
    def test_a_published_audit_links_every_form_of_the_report_and_the_owners_answer(
        self, sources: dict[str, str]
    ) -> None:
        text = sources["nl-audit-published"]
        for name in ("report.html", "report.pdf", "report.json", "tables.csv", "receipts.txt"):
            assert f"/{name}" in text
        assert "Wij laten dit elk jaar onderzoeken." in text

    def test_silence_of_the_owner_is_shown(self, sources: dict[str, str]) -> None:
        assert "De eigenaar heeft geen antwoord gegeven." in sources["nl-audit-unanswered"]
        assert "De eigenaar heeft geen antwoord gegeven." in sources["nl-done-unanswered"]

    def test_an_audit_in_the_field_shows_plan_and_dates_but_no_report(self, sources: dict[str, str]) -> None:
        assert "0f0f0f" in sources["nl-audit"]
        assert "report." not in sources["nl-audit"]

    def test_a_refusal_shows_its_public_reason(self, sources: dict[str, str]) -> None:
        assert "De uitleg was niet eerlijk." in sources["nl-audit-refused"]


def test_the_stylesheet_is_at_most_eight_kilobytes_and_fetches_nothing() -> None:
    css = CSS.read_text()
    assert len(gzip.compress(css.encode())) <= 8_000
    assert not re.search(r"url\(|@import", css)


def test_the_stylesheet_serves_dark_print_and_forced_colours() -> None:
    css = CSS.read_text()
    for query in ("prefers-color-scheme: dark", "@media print", "forced-colors: active", ":focus-visible"):
        assert query in css
    physical = re.compile(r"(margin|padding|border)-(left|right|top|bottom)|\b(left|right):")
    assert not physical.search(css)


def test_pages_may_load_nothing_and_are_not_kept_indexed_or_passed_on() -> None:
    assert HEADERS["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in HEADERS["Content-Security-Policy"]
    assert HEADERS["Referrer-Policy"] == "no-referrer"
    assert HEADERS["Cache-Control"] == "no-store"
    assert HEADERS["X-Robots-Tag"] == "noindex"


def _light(colour: str) -> float:
    """Relative luminance of `#rgb` or `#rrggbb` (WCAG 2.2)."""
    digits = colour.lstrip("#")
    parts = [int(d * 2, 16) for d in digits] if len(digits) == 3 else [int(digits[i : i + 2], 16) for i in (0, 2, 4)]
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_pair_of_colours_that_meets_has_enough_contrast(theme: int) -> None:
    themes = re.findall(r":root \{(.*?)\}", CSS.read_text(), re.DOTALL)
    colours = dict(re.findall(r"--sp-([a-z-]+): (#[0-9a-f]+);", themes[theme]))
    texts = [
        *((ink, ground) for ink in ("ink", "soft", "accent", "danger") for ground in ("paper", "wash", "tint")),
        ("danger", "danger-tint"),
        ("ink", "danger-tint"),
        ("on-accent", "accent"),
        ("on-accent", "accent-deep"),
        ("accent-deep", "tint"),
        ("banner-ink", "banner"),
        ("paper", "danger"),
    ]
    assert {
        pair: _contrast(colours[pair[0]], colours[pair[1]])
        for pair in texts
        if _contrast(colours[pair[0]], colours[pair[1]]) < 4.5
    } == {}
    edges = [("edge", "paper"), ("accent", "paper"), ("focus", "paper"), ("danger", "paper")]
    assert {pair for pair in edges if _contrast(colours[pair[0]], colours[pair[1]]) < 3} == set()
