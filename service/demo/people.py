"""The crowd of the demonstration: who joins, with which address, and how each of them behaves."""

import csv
import io
import random
from datetime import UTC, datetime, timedelta
from importlib import resources

import msgspec
import numpy as np
from samenspraak.types.application import Application
from samenspraak.types.margins import MarginSet

from panels.joining.notice import NOTICE_VERSION
from service.demo.browser import Browser
from service.demo.citizens import Manner, Person
from service.demo.mailbox import Mailbox
from service.demo.population import Citizen, Population, World, simulate

_COLUMNS = ("email", "birth_year", "sex", "province", "education", "language", "consent_version", "consent_at")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who joins the panel."""

    email: str
    citizen: Citizen


class Crowd(msgspec.Struct):
    population: Population
    members: list[Member]
    by_email: dict[str, Member]
    right: dict[str, int]
    """Question key -> right answer, for the comprehension questions of the application at hand."""

    def person(self, member: Member, rng: random.Random) -> Person:
        """Decide how this member deals with an invitation, from the willingness the simulation gave."""
        citizen, seed = member.citizen, rng.getrandbits(60)
        own = np.random.default_rng(seed)
        return Person(
            email=member.email,
            manner=_manner(citizen, random.Random(seed)),
            thinks=lambda key, codes: citizen.answer(key, own, options=codes, correct=self.right.get(key)),
            ballot=citizen.ballot_choice(own),
            seed=seed,
        )


def gather(
    margins: MarginSet, application: Application, *, population: int, panel: int, seed: int, world: World
) -> Crowd:
    """Simulate a population and let `panel` of its people join, with the bias the world has."""
    people = simulate(margins, size=population, seed=seed, world=world)
    order = np.random.default_rng(seed + 1)
    joined = people.sample_panel(panel, order)
    members = [
        Member(email=f"burger{number:05d}@voorbeeld.test", citizen=people.citizen(int(index)))
        for number, index in enumerate(order.permutation(joined))
    ]
    keys = application.comprehension
    right = {"CC_GOAL": keys.goal.correct, "CC_HUM": keys.human.correct, "CC_DATA": keys.data.correct}
    return Crowd(population=people, members=members, by_email={m.email: m for m in members}, right=right)


def _manner(citizen: Citizen, rng: random.Random) -> Manner:
    willing = rng.random() < citizen.p_respond
    return Manner(
        answers_after=rng.choices((1, 2, 3), weights=(0.72, 0.18, 0.10))[0] if willing else None,
        declines=willing and rng.random() < citizen.p_decline,
        breaks_off_after=rng.randint(2, 9) if rng.random() < citizen.p_break_off else None,
        returns=rng.random() < 0.6,
        rushes=rng.random() < citizen.p_rush,
        straight_lines=rng.random() < citizen.p_straight_line,
        votes=rng.random() < 0.9,
        votes_twice=rng.random() < 0.05,
    )


def margins_csv() -> bytes:
    """The CBS pack as staff import it."""
    return (resources.files("panels") / "data" / "nl_weighting_default.csv").read_bytes()


def members_csv(members: list[Member]) -> bytes:
    """A member file as a recruiting office delivers it."""
    rows = [_row(member) for member in members]
    return _written(_COLUMNS, rows)


def faulty_csv(members: list[Member]) -> bytes:
    """A member file with the faults people make: a formula in an address, an impossible year, an unknown province."""
    rows = [_row(member) for member in members]
    rows[0]["email"] = "=HYPERLINK(1)@voorbeeld.test"
    rows[1]["birth_year"] = "2031"
    rows[2]["province"] = "Holland"
    return _written(_COLUMNS, rows)


def _row(member: Member) -> dict[str, str]:
    citizen = member.citizen
    return {
        "email": member.email,
        "birth_year": str(citizen.birth_year),
        "sex": citizen.sex,
        "province": citizen.province,
        "education": citizen.education,
        "language": "nl",
        "consent_version": NOTICE_VERSION,
        "consent_at": (datetime.now(UTC) - timedelta(days=2)).isoformat(timespec="seconds"),
    }


def _written(columns: tuple[str, ...], rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


async def sign_up(member: Member, browser: Browser, mailbox: Mailbox, site: str) -> bool:
    """Join by the public page, and confirm by the link in the mail. False when no mail came."""
    page = await browser.open(f"{site.rstrip('/')}/join?lang=nl")
    form = page.form(ending="/join")
    if form is None:
        return False
    row = _row(member)
    values = {name: [row[name]] for name in ("email", "birth_year", "sex", "province", "education", "language")}
    known = {c.name for c in form.questions()}
    values = {name: value for name, value in values.items() if name in known} | {"consent": ["yes"]}
    await browser.send(page, form, values)
    link = await mailbox.wait_for(member.email, "/join/confirm/", within=60.0)
    if link is None:
        return False
    confirm = await browser.open(link)
    answer = confirm.form(ending=link.rsplit("/", 1)[1].split("?")[0])
    if answer is None:
        return False
    return (await browser.send(confirm, answer, {})).status == 200
