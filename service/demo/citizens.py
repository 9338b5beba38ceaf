"""Simulated citizens who read their mail, open their own link and answer page by page."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from service.demo.browser import Browser, Control, Form, Page, ServiceAway
from service.demo.mailbox import Mailbox

AnswerOf = Callable[[str, Sequence[int]], object]
"""Question key and the codes on offer -> what this citizen thinks: a code, a list of codes, a text, or nothing."""

_MOST_PAGES = 120


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How one citizen deals with an invitation."""

    answers_after: int | None
    """Number of mails after which the link is opened: 1 at the invitation, 2 after the first reminder; None never."""
    declines: bool = False
    breaks_off_after: int | None = None
    """Pages answered before walking away."""
    returns: bool = True
    """Whether somebody who walked away comes back and goes on."""
    rushes: bool = False
    straight_lines: bool = False
    votes: bool = True
    votes_twice: bool = False


class Person(msgspec.Struct, frozen=True, kw_only=True):
    email: str
    manner: Manner
    thinks: AnswerOf
    ballot: int
    """What this citizen chooses in the secret ballot: 1 yes, 2 no, 3 blank."""
    seed: int


class Tally(msgspec.Struct):
    """What happened in the field, as the citizens themselves lived it."""

    outcomes: Counter[str] = msgspec.field(default_factory=Counter)
    receipts: list[str] = []
    second_votes_refused: int = 0
    resumed_on_the_same_page: int = 0
    requests: int = 0
    pages: int = 0
    unexpected: list[str] = []


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds a citizen takes, scaled to the demonstration."""

    page: float = 0.05
    away: float = 2.0
    """Between walking away and coming back."""
    mail: float = 60.0
    """How long somebody waits for a mail before giving up on it."""


async def take_part(person: Person, browser: Browser, mailbox: Mailbox, pace: Pace, tally: Tally) -> None:
    """One citizen from the mail to the vote. Never raises for what a page says; it is counted instead."""
    wanted = person.manner.answers_after
    if wanted is None:
        tally.outcomes["never opened"] += 1
        return
    link = await mailbox.wait_for(person.email, "/s/", within=pace.mail * wanted, at_least=wanted)
    if link is None:
        tally.outcomes["no mail in time"] += 1
        return
    try:
        outcome = await _Visit(person, browser, pace, tally).run(link)
    except ServiceAway:
        outcome = "service away"
    tally.outcomes[outcome] += 1
    tally.requests += browser.requests


class _Visit:
    def __init__(self, person: Person, browser: Browser, pace: Pace, tally: Tally) -> None:
        self._person, self._browser, self._pace, self._tally = person, browser, pace, tally
        self._random = random.Random(person.seed)
        self._opinions: dict[str, object] = {}
        self._line = self._random.randint(2, 4)
        """The one answer of somebody who straight-lines."""

    async def run(self, link: str) -> str:
        start = await self._browser.open(link)
        form = start.form(action="start")
        if form is None:
            return "closed on arrival"
        if self._person.manner.declines:
            await self._browser.send(start, form if _offers(form, "decline") else start.forms[-1], {}, action="decline")
            return "declined"
        page = await self._browser.send(start, form, self._fill(form), action="start")
        return await self._answer(link, page)

    async def _answer(self, link: str, page: Page) -> str:
        manner = self._person.manner
        for number in range(_MOST_PAGES):
            form = page.form(action="next")
            if form is None:
                return await self._send(link, page)
            if number == manner.breaks_off_after:
                if not manner.returns:
                    return "broke off"
                page = await self._come_back(link, page)
                continue
            await asyncio.sleep(self._think())
            self._tally.pages += 1
            page = await self._browser.send(page, form, self._fill(form), action="next")
        self._tally.unexpected.append("a questionnaire without end")
        return "lost"

    async def _come_back(self, link: str, left: Page) -> Page:
        await asyncio.sleep(self._pace.away * self._random.uniform(0.5, 1.5))
        start = await self._browser.open(link)
        form = start.form(action="start")
        page = start if form is None else await self._browser.send(start, form, self._fill(form), action="start")
        if page.url == left.url:
            self._tally.resumed_on_the_same_page += 1
        return page

    async def _send(self, link: str, page: Page) -> str:
        form = page.form(action="send") or page.form(ending="/review")
        if form is None:
            return "closed while answering" if page.status in (200, 409, 410) else f"page {page.status}"
        done = await self._browser.send(page, form, {}, action="send" if _offers(form, "send") else None)
        if not done.url.endswith("/done"):
            return "closed while answering"
        if self._person.manner.votes:
            await self._vote(link)
        return "completed"

    async def _vote(self, link: str) -> None:
        receipt = await self._cast(link)
        if receipt:
            self._tally.receipts.append(receipt)
        if self._person.manner.votes_twice and receipt:
            self._tally.second_votes_refused += await self._cast(link) is None

    async def _cast(self, link: str) -> str | None:
        """Vote; returns the receipt code, or None when the page does not take a vote."""
        page = await self._browser.open(link.split("?")[0] + "/vote")
        form = page.form(ending="/vote")
        if form is None:
            return None
        choice = next((c for c in form.questions() if c.kind == "radio"), None)
        if choice is None:
            return None
        await asyncio.sleep(self._think())
        check = await self._browser.send(page, form, {choice.name: [str(self._person.ballot)]})
        cast = check.form(ending="/vote/cast")
        if cast is None:
            return None
        return receipt_in(await self._browser.send(check, cast, {}))

    def _think(self) -> float:
        if self._person.manner.rushes:
            return 0.0
        return self._pace.page * self._random.uniform(0.7, 1.5)

    def _fill(self, form: Form) -> dict[str, list[str]]:
        return {name: chosen for c in form.questions() if (chosen := self._choose(c, form)) for name in [c.name]}

    def _choose(self, control: Control, form: Form) -> list[str]:
        key, _, place = control.name.partition(".")
        if key not in self._opinions:  # made up once: the places of a ranking must agree with each other
            self._opinions[key] = self._person.thinks(key, [int(v) for v in control.values if v.isdigit()])
        opinion = self._opinions[key]
        if control.kind == "radio":
            if (
                self._person.manner.straight_lines
                and key not in ("CO_PART", "VT_MAIN")
                and str(self._line) in control.values
            ):
                return [str(self._line)]
            return [_offered(opinion, control.values, self._random)]
        if control.kind == "checkbox":
            wanted = [str(v) for v in opinion] if isinstance(opinion, Sequence) and not isinstance(opinion, str) else []
            return [v for v in wanted if v in control.values] or control.values[:1]
        if control.kind == "select":
            return self._ranked(opinion, control, int(place or 1) - 1)
        return [opinion] if isinstance(opinion, str) else []

    def _ranked(self, opinion: object, control: Control, place: int) -> list[str]:
        offered = [v for v in control.values if v]
        wanted = [str(v) for v in opinion] if isinstance(opinion, Sequence) and not isinstance(opinion, str) else []
        order = [v for v in wanted if v in offered] + [v for v in offered if v not in wanted]
        return [order[place]] if place < len(order) else []


def _offers(form: Form, action: str) -> bool:
    return any(value == action for _, value in form.buttons)


def _offered(opinion: object, values: Sequence[str], rng: random.Random) -> str:
    return str(opinion) if str(opinion) in values else rng.choice(list(values))


def receipt_in(page: Page) -> str | None:
    """The receipt code on a receipt page: groups of characters behind `Ontvangstcode` or `Receipt code`."""
    for label in ("Ontvangstcode:", "Receipt code:"):
        if label in page.text:
            words = page.text.split(label, 1)[1].split()
            return words[0] if words else None
    return None
