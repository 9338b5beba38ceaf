"""The chapter about a citizens' assembly: volunteers, panels, a public lottery that anybody can check."""

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import httpx2
from samenspraak import AsyncSamenspraak, lottery
from samenspraak.types.assembly import Assembly, AssemblyRequest, FeatureRequest, RandomnessRequest
from samenspraak.types.base import Localised
from samenspraak.types.margins import MarginSet

from panels import coding
from panels.models import Education, Profile, Sex
from service.demo.console import Console
from service.demo.people import Member

SEATS = 40
_KNOWN_AFTER = 5.0
"""Seconds until the public number of the demonstration is known: long enough to publish the panels first."""
_NUMBER = "3-11-19-24-30-41"


async def hold(
    staff: AsyncSamenspraak, colleague: AsyncSamenspraak, members: Sequence[Member], margins: MarginSet, *, api: str,
    folder: Path, console: Console,
) -> bool:  # fmt: skip
    """Draw an assembly out of volunteers; whether its published file holds when checked by itself."""
    console.chapter("Assembly: forty seats by a lottery that nobody can steer")
    assemblies = staff.staff.assemblies
    asked = await assemblies.create(_request(margins))
    console.step(f"planned: {asked.size} seats; seed commitment {asked.seed_commitment[:16]}...")
    pool = await assemblies.load_volunteers(asked.id, _volunteers(members))
    await assemblies.close_pool(asked.id)
    console.step(f"{pool.volunteers} volunteers on the list, {pool.households} addresses with more than one")
    solved = await _panels(staff, asked.id, console)
    fairness = solved.fairness
    if fairness is None:
        return False
    console.step(
        f"{fairness.panels:,} panels found, each within the quotas; chances from {fairness.minimum:.3f} to "
        f"{fairness.maximum:.3f}, and no lottery gives everybody more than {fairness.bound:.4f}"
    )
    # Named once the panels are there, so that the demonstration does not wait longer than it must.
    moment = datetime.now(UTC) + timedelta(seconds=_KNOWN_AFTER)
    await assemblies.name_randomness(asked.id, _number(moment))
    published = await assemblies.publish(asked.id)
    console.step(f"published before the number is known; commitment {(published.commitment or '')[:16]}...")
    await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()) + 0.2)
    await assemblies.enter_value(asked.id, _NUMBER)
    drawn = await colleague.staff.assemblies.confirm_value(asked.id, _NUMBER)
    number = drawn.drawing.number if drawn.drawing else 0
    console.step(f"two people entered the number {_NUMBER}: panel {number} is drawn")
    async with httpx2.AsyncClient() as public:
        answer = await public.get(f"{api.rstrip('/')}/register/assemblies/{asked.id}/lottery.json")
    (folder / "lottery.json").write_bytes(answer.content)
    verdict = lottery.verify(answer.content)
    console.step(f"the public file alone, checked by anybody: {'it holds' if verdict.holds else 'IT DOES NOT HOLD'}")
    console.step(f"    samenspraak verify-draw {folder / 'lottery.json'}")
    return bool(verdict.holds)


async def _panels(staff: AsyncSamenspraak, assembly_id: str, console: Console) -> Assembly:
    """Have the panels computed; where the pool cannot give them, with the cheapest change of quotas."""
    assemblies = staff.staff.assemblies
    await assemblies.solve(assembly_id)
    found = await assemblies.solved(assembly_id)
    if found.impossibility is not None:
        console.step("no panel meets these quotas, and the answer says why:")
        for sentence in found.impossibility.words[:3]:
            console.step(f"    {sentence.en}")
        await assemblies.relax(assembly_id, why="Nearest quotas that this pool can give.")
        await assemblies.solve(assembly_id)
        found = await assemblies.solved(assembly_id)
    return found


def _request(margins: MarginSet) -> AssemblyRequest:
    return AssemblyRequest(
        title=Localised(nl="Burgerraad AI in de openbare ruimte", en="Citizens' council on AI in public space"),
        organiser="gemeente Voorbeeld",
        purpose=Localised(
            nl="De raad praat drie avonden over camera's en algoritmes op straat. De gemeente antwoordt op elk advies.",
            en="The council talks for three evenings about cameras and algorithms in the street. The municipality "
            "answers every recommendation.",
        ),
        size=SEATS,
        sample_kind="simulated",
        pool="file",
        margins_id=margins.id,
        features=(
            FeatureRequest(feature="sex_age", slack=0.05),
            FeatureRequest(feature="education", slack=0.05),
            FeatureRequest(feature="province", slack=0.05),
        ),
        one_per_household=True,
        randomness=_number(datetime.now(UTC) + timedelta(minutes=5)),
    )


def _number(known_from: datetime) -> RandomnessRequest:
    return RandomnessRequest(
        source="Demonstratie: de zes getallen van een verzonnen trekking, oplopend, met streepjes",
        known_from=known_from,
    )


def _volunteers(members: Sequence[Member]) -> bytes:
    """A list of volunteers with their features; every tenth shares an address with the one before."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("id", "sex_age", "education", "province", "household"))
    today = datetime.now(UTC).date()
    for number, member in enumerate(members):
        citizen = member.citizen
        profile = Profile(
            sex=cast("Sex", citizen.sex),
            birth_year=citizen.birth_year,
            province=citizen.province,
            education=cast("Education", citizen.education),
        )
        coded = coding.coded(profile, on=today)
        features = [coded[key] for key in ("sex_age", "education", "province")]
        if None not in features:
            writer.writerow((f"v{number:04d}", *features, f"a{number - (number % 10 == 9):04d}"))
    return out.getvalue().encode()
