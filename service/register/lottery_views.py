"""What the register shows of an assembly and its lottery: what was fixed, what was drawn, and how to work it out."""

import hashlib
from datetime import datetime
from functools import lru_cache

import msgspec
from samenspraak import lottery as verifier
from samenspraak.types.lottery import Drawing, PublishedLottery

from panels.lottery import drawing as drawings
from panels.lottery.public import PublicAssembly, PublicRound
from service.pages.rendering import day, moment
from service.pages.texts import Texts
from service.pages.views import View
from service.register.checking import Checked, Said, WorkedOut
from service.register.selection_views import SelectionView, selection, whole

GROUP = 8
"""Characters of a hash that are printed together, so that people can compare them."""


class AssemblyLine(View, frozen=True, kw_only=True):
    """One assembly in the list."""

    address: str
    name: str
    meta: str
    state: str
    state_text: str


class AssembliesView(View, frozen=True, kw_only=True):
    assemblies: tuple[AssemblyLine, ...]
    more: str = ""


class Sum(View, frozen=True, kw_only=True):
    """The arithmetic of the drawing, with the numbers filled in."""

    source: str
    value: str
    joined: str
    digest: str
    integer: str
    panels: str
    rest: str
    number: str


class DrawnView(View, frozen=True, kw_only=True):
    number: str
    sum: Sum
    tickets: tuple[str, ...]
    seed: str
    facts: tuple[tuple[str, str], ...]
    """When and by whom."""


class RoundView(View, frozen=True, kw_only=True):
    """One published lottery."""

    number: int
    query: str
    """Put behind every address of this lottery."""
    code: tuple[str, ...]
    """The commitment in groups."""
    commitment: str
    panels: str
    source: str
    source_address: str
    known: str
    drawn: DrawnView | None
    selection: SelectionView | None


class TicketView(View, frozen=True, kw_only=True):
    typed: str = ""
    answer: str = ""
    known: bool = False


class AssemblyView(View, frozen=True, kw_only=True):
    base: str
    name: str
    purpose: str
    organiser: str
    state: str
    state_text: str
    reason: str
    facts: tuple[tuple[str, str], ...]
    shown: RoundView | None
    others: tuple[tuple[str, str], ...]
    """Address and name of the other lotteries of this assembly."""
    ticket: TicketView


class Outcome(View, frozen=True, kw_only=True):
    """A file that was worked out again."""

    good: bool
    title: str
    checks: tuple[tuple[bool, str, str], ...]
    """Whether it holds, in words, what was checked."""
    facts: tuple[str, ...] = ()
    match: str = ""
    """Whether it belongs to the lottery of this page."""


class CheckView(View, frozen=True, kw_only=True):
    base: str
    name: str
    query: str
    ours: Outcome
    yours: Outcome | None = None
    error: str = ""


@lru_cache(maxsize=4)
def published(content: bytes) -> PublishedLottery:
    """The lottery in its published bytes; kept, as a large one takes a while to read."""
    return msgspec.json.decode(content, type=PublishedLottery)


def line(one: PublicAssembly, t: Texts, query: str) -> AssemblyLine:
    """One assembly as a line of the list."""
    parts = (one.organiser, t("lottery.places", n=whole(one.size, t.lang)), day(one.changed_at, t.lang))
    return AssemblyLine(
        address=f"/register/assemblies/{one.id}{query}",
        name=t.of(one.title),
        meta=" · ".join(part for part in parts if part),
        state=one.state,
        state_text=t(f"assembly_state.{one.state}"),
    )


def assembly(one: PublicAssembly, shown: PublicRound | None, t: Texts, *, query: str, ticket: str) -> AssemblyView:
    """One assembly as a page, with one of its lotteries."""
    base = f"/register/assemblies/{one.id}"
    return AssemblyView(
        base=base,
        name=t.of(one.title),
        purpose=t.of(one.purpose),
        organiser=one.organiser,
        state=one.state,
        state_text=t(f"assembly_state.{one.state}"),
        reason=one.reason if one.state == "cancelled" else "",
        facts=_facts(one, shown, t),
        shown=_round(one, shown, t, query) if shown else None,
        others=tuple(
            (f"{base}{_query(query, other.number)}", t("lottery.round", n=other.number))
            for other in one.rounds
            if shown is not None and other.number != shown.number
        ),
        ticket=_ticket(shown, t, ticket) if shown and ticket else TicketView(),
    )


def check(one: PublicAssembly, shown: PublicRound, ours: WorkedOut, t: Texts, *, query: str) -> CheckView:
    """The page that works our own file out again."""
    return CheckView(
        base=f"/register/assemblies/{one.id}",
        name=t.of(one.title),
        query=_query(query, shown.number),
        ours=outcome(ours, t),
    )


def outcome(found: WorkedOut, t: Texts, *, against: str = "") -> Outcome:
    """What came of one file. `against`: the commitment of the lottery whose page this is."""
    match = ""
    if against and found.commitment:
        sound = all(one.holds for one in found.checks if one.name == "commitment")
        same = found.commitment == against and sound
        match = t("drawcheck.same" if same else "drawcheck.other")
    return Outcome(
        good=found.holds,
        title=t("drawcheck.good" if found.holds else "drawcheck.bad"),
        checks=tuple(_check(one, t) for one in found.checks),
        facts=tuple(_said(fact, t) for fact in found.facts),
        match=match,
    )


def _check(one: Checked, t: Texts) -> tuple[bool, str, str]:
    return one.holds, t("drawcheck.holds" if one.holds else "drawcheck.fails"), _said(one, t)


def _said(one: Checked | Said, t: Texts) -> str:
    return one.en if t.lang == "en" else one.nl


def _query(query: str, number: int) -> str:
    """The language choice and the number of the lottery."""
    return f"{query}{'&' if query else '?'}round={number}"


def _facts(one: PublicAssembly, shown: PublicRound | None, t: Texts) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = [(t("lottery.size"), whole(one.size, t.lang))]
    if one.asked is not None:
        found.append((t("lottery.asked"), whole(one.asked, t.lang)))
    found.append((t("lottery.volunteers"), whole(one.volunteers, t.lang)))
    found.append((t("lottery.kind"), t(f"kind.{one.sample_kind}")))
    if shown is not None:
        lottery = published(shown.content)
        moments: list[tuple[str, datetime]] = [
            ("lottery.published", lottery.published_at),
            ("lottery.known", lottery.randomness.known_from),
        ]
        if shown.drawing is not None:
            moments.append(("lottery.drawn", shown.drawing.confirmed_at))
        found += [(t(name), moment(at, t.lang)) for name, at in moments]
    return tuple(found)


def _round(one: PublicAssembly, shown: PublicRound, t: Texts, query: str) -> RoundView:
    lottery = published(shown.content)
    code, source = lottery.commitment, lottery.randomness
    opt_in = one.sample_kind != "probability"
    return RoundView(
        number=shown.number,
        query=_query(query, shown.number),
        code=tuple(code[start : start + GROUP] for start in range(0, len(code), GROUP)),
        commitment=code,
        panels=whole(len(lottery.panels), t.lang),
        source=source.source,
        source_address=source.address if source.address.startswith(("https://", "http://")) else "",
        known=moment(source.known_from, t.lang),
        drawn=_drawn(lottery, shown.drawing, t) if shown.drawing else None,
        selection=selection(shown.selection, t, opt_in=opt_in) if shown.selection else None,
    )


def _drawn(lottery: PublishedLottery, drawing: Drawing, t: Texts) -> DrawnView:
    joined = f"{lottery.commitment}|{drawing.value}"
    digest = hashlib.sha256(joined.encode()).hexdigest()
    integer, panels = int(digest, 16), len(lottery.panels)
    return DrawnView(
        number=whole(drawing.number, t.lang),
        sum=Sum(
            source=lottery.randomness.source,
            value=drawing.value,
            joined=joined,
            digest=digest,
            integer=str(integer),
            panels=whole(panels, t.lang),
            rest=whole(integer % panels, t.lang),
            number=whole(integer % panels + 1, t.lang),
        ),
        tickets=drawings.panel(lottery, drawing),
        seed=drawing.seed,
        facts=(
            (t("lottery.entered"), f"{moment(drawing.entered_at, t.lang)} ({drawing.entered_by})"),
            (t("lottery.confirmed"), f"{moment(drawing.confirmed_at, t.lang)} ({drawing.confirmed_by})"),
        ),
    )


def _ticket(shown: PublicRound, t: Texts, typed: str) -> TicketView:
    lottery = published(shown.content)
    found = verifier.look_up(
        typed, lottery.tickets, lottery.panels, lottery.panels[shown.drawing.number - 1] if shown.drawing else None
    )
    return TicketView(typed=typed, answer=str(getattr(found.words, t.lang)), known=found.holds)
