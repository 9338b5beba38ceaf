"""The pages of a lottery in both languages: headings, labels, ids, size, and nothing that runs or styles inline."""

import gzip
import itertools
import re
from uuid import UUID

import msgspec
import pytest
from samenspraak.types.base import Localised

from panels.lottery import selection
from panels.lottery.public import PublicAssembly, PublicRound
from service.pages.rendering import Frame, html
from service.pages.texts import LANGUAGES, texts
from service.register import checking
from service.register import lottery_views as views
from tests.unit.pages.test_pages import CSS, Outline
from tests.unit.panels.lottery import factory

MADE = factory.publish()
DRAWN = factory.drawn(MADE)
POOL = selection.pool(MADE.lottery, MADE.pool, bound=0.2)
PANEL = selection.panel(POOL, MADE.lottery, MADE.pool, DRAWN)
WRONG = checking.Checked(name="number", holds=False, nl="Panel 3, niet <4>.", en="Panel 3, not <4>.")


def assembly(state: str, *rounds: PublicRound, reason: str = "") -> PublicAssembly:
    return PublicAssembly(
        id=UUID(int=7),
        title=Localised(nl="Beraad <b>", en="Assembly <b>"),
        purpose=Localised(nl="Inwoners geven advies.", en="Residents give advice."),
        organiser="Gemeente Voorbeeld",
        state=state,
        sample_kind="opt_in_panel",
        size=factory.SIZE,
        asked=900,
        volunteers=48,
        reason=reason,
        changed_at=factory.NOW,
        rounds=rounds,
    )


BEFORE = assembly("published", PublicRound(number=1, content=MADE.content, selection=POOL))
AFTER = assembly(
    "drawn",
    PublicRound(number=1, content=MADE.content, drawing=DRAWN, selection=PANEL),
    PublicRound(number=2, content=MADE.content, drawing=DRAWN),
)
CANCELLED = assembly("cancelled", reason="Te weinig aanmeldingen.")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {f"{lang}-{name}": text for lang in LANGUAGES for name, text in made(lang).items()}


def made(lang: str) -> dict[str, str]:
    t = texts("nl" if lang == "nl" else "en")
    frame = Frame(lang=t.lang, title="x")
    right = checking.WorkedOut(
        holds=True,
        checks=(checking.Checked(name="format", holds=True, nl="Leesbaar.", en="Readable."),),
        commitment=MADE.lottery.commitment,
    )
    wrong = msgspec.structs.replace(right, holds=False, checks=(*right.checks, WRONG))
    check = views.check(AFTER, AFTER.rounds[0], right, t, query="")
    yours = views.outcome(wrong, t, against=right.commitment)

    def one(shown: PublicAssembly, number: int | None, ticket: str = "") -> str:
        at = None if number is None else shown.rounds[number]
        return html("lottery.html", frame=frame, view=views.assembly(shown, at, t, query="", ticket=ticket))

    lines = tuple(views.line(shown, t, "") for shown in (BEFORE, AFTER, CANCELLED))
    return {
        "list": html("lotteries.html", frame=frame, view=views.AssembliesView(assemblies=lines, more="/more")),
        "list-empty": html("lotteries.html", frame=frame, view=views.AssembliesView(assemblies=())),
        "before": one(BEFORE, 0),
        "after": one(AFTER, 0, MADE.lottery.tickets[0]),
        "after-unknown": one(AFTER, 1, "<i>"),
        "cancelled": one(CANCELLED, None),
        "check": html("lottery_check.html", frame=frame, view=check),
        "check-wrong": html("lottery_check.html", frame=frame, view=msgspec.structs.replace(check, yours=yours)),
        "check-error": html("lottery_check.html", frame=frame, view=msgspec.structs.replace(check, error="Kies.")),
    }


class TestEveryLotteryPage:
    def test_is_well_formed(self, pages: dict[str, str]) -> None:
        found = {name: Outline(text) for name, text in pages.items()}
        assert {name: page.problems or page.open for name, page in found.items() if page.problems or page.open} == {}

    def test_has_one_main_heading_and_skips_no_level(self, pages: dict[str, str]) -> None:
        for name, text in pages.items():
            ranks = Outline(text).headings
            assert (ranks[0], ranks.count(1)) == (1, 1), name
            assert all(b - a <= 1 for a, b in itertools.pairwise(ranks)), (name, ranks)

    def test_labels_every_control(self, pages: dict[str, str]) -> None:
        for name, text in pages.items():
            page = Outline(text)
            assert all(page.labels.get(at["id"]) for _, at, _ in page.controls), name

    def test_uses_every_id_once_and_points_only_to_ids_that_exist(self, pages: dict[str, str]) -> None:
        for name, text in pages.items():
            page = Outline(text)
            assert len(page.ids) == len(set(page.ids)), name
            wanted = {at["href"][1:] for at in page.all("a") if at.get("href", "").startswith("#")}
            for attribute in ("for", "aria-describedby", "aria-labelledby"):
                wanted |= {part for _, at in page.tags for part in at.get(attribute, "").split()}
            assert wanted <= set(page.ids), (name, wanted - set(page.ids))

    def test_runs_no_script_has_no_inline_style_and_fetches_nothing_else(self, pages: dict[str, str]) -> None:
        odd = re.compile(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:|\ssrc=", re.IGNORECASE)
        assert [name for name, text in pages.items() if odd.search(text)] == []

    def test_escapes_what_comes_from_outside(self, pages: dict[str, str]) -> None:
        for text in pages.values():
            assert not re.search(r"<b>|<i>|<4>", text)
        assert "Beraad &lt;b&gt;" in pages["nl-after"]
        assert "Panel 3, niet &lt;4&gt;." in pages["nl-check-wrong"]

    def test_stays_under_thirty_kilobytes_with_its_stylesheet_and_pictures(self, pages: dict[str, str]) -> None:
        css = len(gzip.compress(CSS.read_bytes()))
        assert max(css + len(gzip.compress(text.encode())) for text in pages.values()) <= 30_000

    def test_says_right_and_wrong_in_words_and_not_by_colour_alone(self, pages: dict[str, str]) -> None:
        assert "✗ Klopt niet" in pages["nl-check-wrong"]
        assert "✓ Holds" in pages["en-check"]

    def test_an_address_that_is_no_web_address_is_no_link(self) -> None:
        """The source of the public number is typed by staff."""
        odd = factory.publish(randomness=factory.randomness(address="javascript:alert(1)"))
        shown = assembly("published", PublicRound(number=1, content=odd.content))
        view = views.assembly(shown, shown.rounds[0], texts("nl"), query="", ticket="")
        assert view.shown is not None
        assert view.shown.source_address == ""
