"""What becomes of panels that were calculated: a published lottery, then the people on the drawn panel.

Pure. For a large pool each takes seconds of processor time, so callers that answer others meanwhile run it beside.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.lottery import Drawing, LotteryRules, PoolTable, PublishedLottery
from samenspraak.types.margins import MarginSet
from samenspraak.types.selection import SelectionReport

from panels.assemblies import pool
from panels.assemblies.models import Assembly, Candidate, Round, Solution
from panels.lottery import drawing, publication, selection


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is written when a lottery is published."""

    content: bytes
    pool_table: bytes
    commitment: str
    pool_hash: str
    selection: bytes
    tickets: tuple[tuple[UUID, str, float], ...]
    """Candidate, ticket, share of the panels that hold this person."""


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is written when a panel is drawn."""

    drawing: Drawing
    winners: tuple[tuple[UUID, float], ...]
    """Candidate and chance."""
    selection: bytes


def published(
    assembly: Assembly, solution: bytes, people: Sequence[Candidate], margins: MarginSet | None, now: datetime
) -> Published:
    """The lottery of a solved assembly as it goes public.

    Args:
        solution: JSON of a `Solution`.
        people: everybody whose features are known, also who left since the calculation: the panels stay as they are.

    Raises:
        LotteryInvalid: the public number is known already.
    """
    assert assembly.fairness is not None, "a solved assembly has figures"
    found = msgspec.json.decode(solution, type=Solution)
    inside = set(found.people)
    # For the calculation that was made they were all willing.
    willing = [msgspec.structs.replace(one, answer="yes") for one in people if str(one.id) in inside]
    made = publication.publish(
        assembly_id=str(assembly.id),
        title=assembly.terms.title.nl,
        sample_kind=assembly.sample_kind,
        rules=_rules(assembly),
        randomness=assembly.randomness,
        people=pool.draft(assembly, willing, ()).people,
        seats=[[found.people[place] for place in panel] for panel in found.panels],
        salt=assembly.salt,
        published_at=now,
    )
    report = selection.pool(made.lottery, made.pool, bound=assembly.fairness.bound, margins=margins)
    chances = zip(found.people, found.chances(), strict=True)
    return Published(
        content=made.content,
        pool_table=made.pool_content,
        commitment=made.lottery.commitment,
        pool_hash=made.lottery.pool_hash,
        selection=msgspec.json.encode(report),
        tickets=tuple((UUID(id), made.tickets[id], chance) for id, chance in chances),
    )


def drawn(assembly: Assembly, round_: Round, value: str, person: str, now: datetime) -> Drawn:
    """The drawing of a published lottery, and who sits on the panel that the public number points at.

    Args:
        value: the number as the second person found it.
        person: who that is: role and key, never a name.

    Raises:
        DrawingInvalid: with every rule that is not kept: the same person twice, another number, too early.
    """
    assert assembly.entered is not None, "asked after the first person entered the number"
    lottery = msgspec.json.decode(_there(round_.content), type=PublishedLottery)
    made = drawing.draw(
        lottery,
        value=assembly.entered.value,
        entered_at=assembly.entered.at,
        entered_by=assembly.entered.by,
        confirmed_value=value,
        confirmed_at=now,
        confirmed_by=person,
        seed=assembly.seed,
        drawn=round_.drawing,
    )
    solution = msgspec.json.decode(round_.solution, type=Solution)
    chances = solution.chances()
    report = selection.panel(
        msgspec.json.decode(_there(round_.selection), type=SelectionReport),
        lottery,
        msgspec.json.decode(_there(round_.pool_table), type=PoolTable),
        made,
    )
    return Drawn(
        drawing=made,
        winners=tuple((UUID(solution.people[place]), chances[place]) for place in solution.panels[made.number - 1]),
        selection=msgspec.json.encode(report),
    )


def _there(content: bytes | None) -> bytes:
    assert content is not None, "a published round has its lottery, its table and its report"
    return content


def _rules(assembly: Assembly) -> LotteryRules:
    return LotteryRules(
        size=assembly.terms.size,
        panels=assembly.terms.panels,
        quotas=assembly.quotas,
        one_per_household=assembly.terms.one_per_household,
        algorithm=assembly.terms.algorithm,
        seed_commitment=assembly.seed_commitment,
    )
