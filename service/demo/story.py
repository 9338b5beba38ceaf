"""The story of one audit, in the order in which it really happens."""

import asyncio
import contextlib
import hashlib
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import msgspec
from samenspraak import AsyncSamenspraak, ValidationFailed, examples
from samenspraak.types.audit import (
    Audit,
    AuditRequest,
    ClosingRule,
    DrawPlan,
    Measure,
    OwnerResponseRequest,
    PlanRequest,
    Schedule,
)
from samenspraak.types.margins import MarginSet
from samenspraak.types.panel import PanelState
from samenspraak.types.questionnaire import Form
from samenspraak.types.report import Report

from service.demo import assembly, findings, people
from service.demo.browser import Browser
from service.demo.citizens import Pace, Tally, take_part
from service.demo.console import Console
from service.demo.mailbox import Mailbox
from service.demo.population import World
from service.demo.process import Service

_DAY_SECONDS = 4.0
"""Length of a plan day: the same code waits 86,400 seconds for real people."""
_VISITORS = 40
"""Citizens with a page open at the same time."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line may change."""

    application: str = "scanauto-parkeren"
    form: Form = "short"
    world: World = "ignorable"
    target: int = 620
    panel: int = 4_000
    by_page: int = 200
    """Members who join through the sign-up page; the others come in a CSV file."""
    volunteers: int = 400
    """Members who want to sit on the assembly."""
    population: int = 200_000
    seed: int = 20_261_124


class Stage(msgspec.Struct):
    """What one chapter hands to the next."""

    options: Options
    console: Console
    folder: Path
    service: Service
    api: str = ""
    mailbox_url: str = ""
    staff_key: str = ""
    developer_key: str = ""
    audit_id: str = ""
    margins: MarginSet | None = None

    @contextlib.asynccontextmanager
    async def staff(self) -> AsyncIterator[AsyncSamenspraak]:
        async with AsyncSamenspraak(api_key=self.staff_key, base_url=self.api) as client:
            yield client

    @contextlib.asynccontextmanager
    async def developer(self) -> AsyncIterator[AsyncSamenspraak]:
        async with AsyncSamenspraak(api_key=self.developer_key, base_url=self.api) as client:
            yield client


async def tell(stage: Stage) -> None:
    """Run the whole story. Raises what went wrong; the caller stops the service."""
    await set_up(stage)
    await submit(stage)
    await review(stage)
    crowd = await recruit(stage)
    await draw(stage)
    tally = await field(stage, crowd)
    report = await close(stage, tally)
    await answer(stage, report)
    findings.show(report, crowd.population, stage.console)
    await convene(stage, crowd)
    if stage.margins is not None:
        findings.show_both_worlds(stage.margins, stage.console)


async def set_up(stage: Stage) -> None:
    stage.console.chapter("Set-up: engines, migrations, API, worker and mail sink")
    addresses = await stage.service.start()
    stage.api, stage.mailbox_url = addresses.api, addresses.mailbox
    stage.staff_key = stage.service.staff_key
    stage.console.step(f"ready: {stage.api} (mailbox {stage.mailbox_url})")
    async with stage.staff() as staff:
        organisation = await staff.staff.organisations.create("gemeente Voorbeeld")
        key = await staff.staff.organisations.issue_key(organisation.id, role="developer")
    stage.developer_key = key.key
    stage.console.step("staff made the organisation 'gemeente Voorbeeld' and gave its developer a key")


async def submit(stage: Stage) -> None:
    stage.console.chapter("Submission: a developer describes an application through the SDK")
    application = examples.load(stage.options.application)
    spoiled = msgspec.to_builtins(application)
    spoiled |= {"citizen_role": "customer", "short_name": {"nl": "de app"}, "colour": "green"}
    spoiled["comprehension"]["goal"]["correct"] = 77
    async with stage.developer() as client:
        try:
            await client.applications.submit(spoiled)
        except ValidationFailed as refused:
            stage.console.step(f"a faulty description is refused with all {len(refused.errors)} faults at once:")
            for fault in refused.errors:
                stage.console.step(f"    {fault.pointer}: {fault.detail}")
        stored = await client.applications.submit(application)
        stage.console.step(
            f"accepted: {stored.application.name.nl}, version {stored.version}, "
            f"Flesch-Douma {stored.readability.flesch_douma:.0f}"
        )
        audit = await client.audits.create(
            AuditRequest(
                application_id=stored.id,
                form=stage.options.form,
                target_completes=stage.options.target,
                wants_to_learn="Of bewoners dit goed vinden, en onder welke voorwaarden.",
            )
        )
        audit = await client.audits.submit(audit.id)
    stage.audit_id = audit.id
    stage.console.step(f"audit {audit.id} is {audit.state}")


async def review(stage: Stage) -> None:
    stage.console.chapter("Review: staff look at the gate and freeze the plan")
    async with stage.staff() as staff:
        margins = await staff.staff.margins.add(people.margins_csv(), name="CBS 18+ 2021/2023")
        stage.margins = margins
        sizes = ", ".join(f"{d.key} {len(d.levels)}" for d in margins.dimensions)
        stage.console.step(f"margins imported: {sizes} levels, {margins.population:,} adults")
        await staff.staff.audits.review(stage.audit_id)
        gate = await staff.staff.audits.gate(stage.audit_id)
        warnings = sum(f.severity == "warning" for f in gate.lint)
        stage.console.step(
            f"gate: readability {gate.readability.flesch_douma:.0f}, longest sentence "
            f"{gate.readability.longest_sentence} words, {warnings} lint warnings, passes: {gate.passes}"
        )
        audit = await staff.staff.audits.approve(stage.audit_id, _plan(margins.id, stage.options.target))
    stage.console.step(f"approved; plan hash {audit.plan_hash}")


def _plan(margins_id: str, target: int) -> PlanRequest:
    return PlanRequest(
        margins_id=margins_id,
        sample_kind="simulated",
        closing=ClosingRule(completes=target, at=datetime.now(UTC) + timedelta(minutes=10)),
        schedule=Schedule(day_seconds=_DAY_SECONDS, reminder_days=(3.0, 7.0)),
        draw=DrawPlan(expected_participation=0.42),
        accept_draft_items="Demonstratie met gesimuleerde burgers.",
    )


async def recruit(stage: Stage) -> people.Crowd:
    options = stage.options
    stage.console.chapter("Panel: citizens join by CSV import and by the sign-up page")
    if stage.margins is None:
        raise StoryBroken("no margins were imported")
    crowd = people.gather(
        stage.margins,
        examples.load(options.application),
        population=options.population,
        panel=options.panel,
        seed=options.seed,
        world=options.world,
    )
    stage.console.step(
        f"simulated population of {options.population:,} adults; {options.panel:,} of them join, with bias"
    )
    by_csv, by_page = crowd.members[options.by_page :], crowd.members[: options.by_page]
    async with stage.staff() as staff:
        faulty = await staff.staff.panel.import_csv(people.faulty_csv(by_csv[:3]), kind="simulated", dry_run=True)
        stage.console.step(f"a dry run of a faulty file names {len(faulty.faults)} faults, such as:")
        for fault in faulty.faults[:3]:
            stage.console.step(f"    {fault.pointer}: {fault.detail}")
        outcome = await staff.staff.panel.import_csv(people.members_csv(by_csv), kind="simulated")
        stage.console.step(f"imported {outcome.imported:,} members from CSV ({outcome.refused} refused)")
    await _join_by_page(stage, [member.email for member in by_page], crowd)
    async with stage.staff() as staff:
        state = await _settled(staff)
    stage.console.step(f"panel: {state.active:,} active members, {state.pending} not confirmed; kinds {state.by_kind}")
    return crowd


async def _settled(staff: AsyncSamenspraak) -> PanelState:
    """The panel once everybody who confirmed has been let in, which the worker does."""
    state = await staff.staff.panel.state()
    for _ in range(100):
        if state.pending == 0:
            break
        await asyncio.sleep(0.2)
        state = await staff.staff.panel.state()
    return state


async def _join_by_page(stage: Stage, addresses: list[str], crowd: people.Crowd) -> None:
    async with _visitors() as client:
        mailbox = Mailbox(client, stage.mailbox_url)
        watch = asyncio.create_task(mailbox.watch())
        gate = asyncio.Semaphore(_VISITORS)

        async def join(address: str) -> bool:
            async with gate:
                return await people.sign_up(crowd.by_email[address], Browser(client), mailbox, stage.api)

        joined = await asyncio.gather(*(join(address) for address in addresses))
        watch.cancel()
    stage.console.step(f"{sum(joined)} people signed up on the page and confirmed by mail")


async def draw(stage: Stage) -> None:
    stage.console.chapter("Draw and invitations")
    async with stage.staff() as staff:
        audit = await staff.staff.audits.open(stage.audit_id)
        state = await staff.staff.audits.fieldwork(stage.audit_id)
    commitment = audit.plan.draw.seed_commitment if audit.plan else ""
    stage.console.step(f"{state.invited:,} members drawn by stratum; seed commitment {commitment[:16]}...")


async def field(stage: Stage, crowd: people.Crowd) -> Tally:
    stage.console.chapter("Fieldwork: citizens read their mail and answer page by page")
    tally = Tally()
    rng = random.Random(stage.options.seed)
    async with _visitors() as client:
        mailbox = Mailbox(client, stage.mailbox_url)
        watch = asyncio.create_task(mailbox.watch())
        open_pages = asyncio.Semaphore(_VISITORS)

        async def visit(person: people.Member) -> None:
            someone = crowd.person(person, rng)
            wanted = someone.manner.answers_after
            if (
                wanted is not None
                and await mailbox.wait_for(someone.email, "/s/", within=_mail_patience(wanted), at_least=wanted) is None
            ):
                tally.outcomes["not invited or too late"] += 1
                return
            async with open_pages:
                await take_part(someone, Browser(client), mailbox, Pace(), tally)

        visits = [asyncio.create_task(visit(person)) for person in crowd.members]
        await _restart_halfway(stage)
        mailbox.move(stage.mailbox_url)
        audit = await _until(stage, "closed", visits)
        for task in visits:
            task.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        watch.cancel()
        stage.console.step(f"{mailbox.total:,} mails arrived at the sink")
    stage.console.step(f"closed with {audit.completes} completes; what citizens met: {dict(tally.outcomes)}")
    stage.console.step(
        f"{tally.pages:,} pages answered in {tally.requests:,} requests; {tally.resumed_on_the_same_page} people went "
        f"on at the very page they had left; {tally.second_votes_refused} second votes refused"
    )
    return tally


def _mail_patience(mails: int) -> float:
    return 60.0 + _DAY_SECONDS * 10 * mails


async def _restart_halfway(stage: Stage) -> None:
    """Kill the whole service in the middle of fieldwork and start it again: nothing saved may be lost."""
    async with stage.staff() as staff:
        while True:
            before = await staff.staff.audits.fieldwork(stage.audit_id)
            if before.completes >= stage.options.target * 0.4:
                break
            await asyncio.sleep(0.5)
    stage.console.step(f"{before.completes} completes; now the whole service is killed (kill -9) and started again")
    await stage.service.crash()
    addresses = await stage.service.start()
    stage.api, stage.mailbox_url = addresses.api, addresses.mailbox
    async with stage.staff() as staff:
        after = await staff.staff.audits.fieldwork(stage.audit_id)
    if after.completes < before.completes:
        raise StoryBroken(f"{before.completes} completes before the restart, {after.completes} after it")
    stage.console.step(f"back with {after.completes} completes; nothing that was saved is lost")


async def _until(stage: Stage, state: str, visits: list[asyncio.Task[None]]) -> Audit:
    past = {"closed", "analysing", "reported", "published"}
    shown = stage.console.elapsed
    async with stage.developer() as client:
        while True:
            audit = await client.audits.get(stage.audit_id)
            if audit.state in past:
                return audit
            if all(task.done() for task in visits):
                raise StoryBroken(
                    f"every citizen is done, but the audit is still {audit.state} ({audit.completes} completes)"
                )
            if stage.console.elapsed - shown > 10:
                shown = stage.console.elapsed
                stage.console.step(f"{audit.completes} completes")
            await asyncio.sleep(0.5)


async def close(stage: Stage, tally: Tally) -> Report:
    stage.console.chapter("Closing, count and report")
    async with stage.developer() as client:
        await client.audits.wait(stage.audit_id, until="reported", timeout=120)
        for suffix in ("json", "html", "pdf", "csv"):
            content = await client.audits.report_bytes(stage.audit_id, format=suffix)
            target = stage.folder / ("tables.csv" if suffix == "csv" else f"report.{suffix}")
            target.write_bytes(content)
            stage.console.step(f"{target} ({len(content) / 1000:,.0f} kB)")
        report = await client.audits.report(stage.audit_id)
    _check_receipts(stage, report, tally)
    weighting = report.weighting
    stage.console.step(
        f"weighted to {', '.join(weighting.dimensions)}: converged {weighting.converged}, worst margin error "
        f"{weighting.worst_margin_error:.1e}, n_eff {weighting.n_eff:.0f} of {weighting.n}, deff {weighting.deff:.2f}"
    )
    for sentence in report.headline:
        stage.console.step(sentence.nl)
    return report


def _check_receipts(stage: Stage, report: Report, tally: Tally) -> None:
    if report.ballot is None:
        raise StoryBroken("the report has no secret ballot")
    published = set(report.ballot.result.receipts)
    counted = sum(hashlib.sha256(code.encode()).hexdigest() in published for code in tally.receipts)
    if counted != len(tally.receipts):
        raise StoryBroken(f"{len(tally.receipts) - counted} of {len(tally.receipts)} receipts are not on the list")
    stage.console.step(
        f"secret ballot: {report.ballot.result.cast} counted; all {counted} receipts are on the published list"
    )


async def convene(stage: Stage, crowd: people.Crowd) -> None:
    if stage.margins is None:
        raise StoryBroken("no margins were imported")
    async with stage.staff() as staff:
        second = await staff.staff.issue_key("staff")
        async with AsyncSamenspraak(api_key=second.key, base_url=stage.api) as colleague:
            held = await assembly.hold(
                staff,
                colleague,
                crowd.members[: stage.options.volunteers],
                stage.margins,
                api=stage.api,
                folder=stage.folder,
                console=stage.console,
            )
    if not held:
        raise StoryBroken("the published lottery does not hold when it is checked")


async def answer(stage: Stage, report: Report) -> None:
    stage.console.chapter("The owner answers in public")
    worry = report.concerns[0].label.nl if report.concerns else "De grootste zorg"
    async with stage.developer() as client:
        await client.audits.respond(
            stage.audit_id,
            OwnerResponseRequest(
                summary="Wij danken iedereen die meedeed. Wij passen de uitleg en de bewaartermijn aan.",
                measures=[
                    Measure(finding=worry, decision="adopt", why="Foto's gaan na 48 uur weg.", by="1 maart 2027"),
                    Measure(
                        finding="Voorwaarden bij de stem", decision="partly", why="Bezwaar kan straks ook per telefoon."
                    ),
                ],
            ),
        )
        audit = await client.audits.wait(stage.audit_id, until="published", timeout=60)
    async with _visitors() as client:
        page = await Browser(client).open(f"{stage.api}/register/{stage.audit_id}")
    if page.status != 200 or "48 uur" not in page.text:
        raise StoryBroken("the register does not show the owner's response")
    stage.console.step(f"published {audit.published_at}; public page {stage.api}/register/{stage.audit_id}")


@contextlib.asynccontextmanager
async def _visitors() -> AsyncIterator[httpx2.AsyncClient]:
    limits = httpx2.Limits(max_connections=_VISITORS * 2, max_keepalive_connections=_VISITORS)
    async with httpx2.AsyncClient(timeout=20.0, limits=limits) as client:
        yield client


class StoryBroken(Exception):
    """Something the story promises did not happen."""
