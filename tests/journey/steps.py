"""The steps of an audit, as tests take them: through the SDK, the mail and the pages."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx2
from samenspraak import AsyncSamenspraak, examples
from samenspraak.types.audit import Audit, AuditRequest, ClosingRule, DrawPlan, PlanRequest, Schedule

from service.demo import people
from service.demo.browser import Browser
from service.demo.citizens import Manner, Pace, Person, Tally, take_part
from service.demo.mailbox import Mailbox
from tests.journey.conftest import Running

COMPLETES = 12
MEMBERS = 120


def address(number: int) -> str:
    return f"lid{number}@voorbeeld.test"


def members(count: int) -> bytes:
    lines = ["email,birth_year,sex,province,education,language,consent_version,consent_at"]
    consent_at = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
    for n in range(count):
        sex, province = "MV"[n % 2], f"PV{20 + n % 12}"
        consent = f"{people.NOTICE_VERSION},{consent_at}"
        lines.append(f"{address(n)},{1945 + n % 60},{sex},{province},{1 + n % 3},nl,{consent}")
    return "\n".join(lines).encode()


def citizen(number: int) -> Person:
    return Person(
        email=address(number),
        manner=Manner(answers_after=1),
        thinks=lambda key, codes: 1 if key == "CO_PART" else (codes[number % len(codes)] if codes else None),
        ballot=1 + number % 3,
        seed=number,
    )


async def developer_key(running: Running, name: str) -> str:
    async with AsyncSamenspraak(api_key=running.staff_key, base_url=running.api) as staff:
        organisation = await staff.staff.organisations.create(name)
        return (await staff.staff.organisations.issue_key(organisation.id)).key


async def submitted(key: str, api: str) -> Audit:
    async with AsyncSamenspraak(api_key=key, base_url=api) as client:
        stored = await client.applications.submit(examples.load("chatbot-gemeente"))
        request = AuditRequest(application_id=stored.id, form="short", target_completes=100)
        return await client.audits.submit((await client.audits.create(request)).id)


def plan(margins_id: str) -> PlanRequest:
    return PlanRequest(
        margins_id=margins_id,
        sample_kind="simulated",
        closing=ClosingRule(completes=COMPLETES, at=datetime.now(UTC) + timedelta(minutes=20)),
        schedule=Schedule(day_seconds=600),
        draw=DrawPlan(expected_participation=1.0),
        accept_draft_items="Proef.",
    )


async def fielded(running: Running, audit: Audit) -> None:
    async with AsyncSamenspraak(api_key=running.staff_key, base_url=running.api) as client:
        margins = await client.staff.margins.add(people.margins_csv(), name="CBS")
        await client.staff.panel.import_csv(members(MEMBERS), kind="simulated")
        await client.staff.audits.review(audit.id)
        await client.staff.audits.approve(audit.id, plan(margins.id))
        await client.staff.audits.open(audit.id)


async def answer(running: Running) -> Tally:
    """The first invited citizens open their mail and answer, one after the other, until the audit has enough."""
    tally = Tally()
    async with httpx2.AsyncClient(timeout=20.0) as client:
        mailbox = Mailbox(client, running.mailbox)
        answered: set[int] = set()
        async with asyncio.timeout(120):
            while tally.outcomes["completed"] < COMPLETES:
                await mailbox.poll()
                invited = {n for n in range(MEMBERS) if any(m.link("/s/") for m in mailbox.letters(address(n)))}
                for number in sorted(invited - answered)[: COMPLETES - tally.outcomes["completed"]]:
                    answered.add(number)
                    await take_part(citizen(number), Browser(client), mailbox, Pace(page=0.0), tally)
                await asyncio.sleep(0.2)
    return tally
