"""What is published before anybody knows the public number: tickets, panels and rules, fixed by one hash.

The commitment is the SHA-256 of the canonical JSON of everything published. Who changes a panel, a ticket or a rule
afterwards gets another commitment, and with it another number is drawn.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec
from samenspraak.canonical import canonical_json, content_hash
from samenspraak.types.base import SampleKind
from samenspraak.types.lottery import Drawing, LotteryRules, PoolRow, PoolTable, PublicRandomness, PublishedLottery
from samenspraak.types.problem import Fault

from panels.errors import LotteryInvalid
from panels.lottery import tickets
from panels.sortition.model import Person

NAMED = 5
"""Panels named in a fault when more are wrong."""


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A lottery that is ready to be published, and what belongs to it and stays inside."""

    lottery: PublishedLottery
    content: bytes
    """Canonical JSON of `lottery`: keep and serve these bytes, since a later version of the struct has other fields."""
    pool: PoolTable
    pool_content: bytes
    """Canonical JSON of `pool`, for an auditor. Confidential."""
    tickets: Mapping[str, str]
    """Ticket by id of the volunteer. Confidential."""


def publish(
    *,
    assembly_id: str,
    title: str,
    sample_kind: SampleKind,
    rules: LotteryRules,
    randomness: PublicRandomness,
    people: Sequence[Person],
    seats: Sequence[Sequence[str]],
    salt: bytes,
    published_at: datetime,
) -> Publication:
    """Fix a lottery.

    Args:
        people: everybody who takes part; without those who declined.
        seats: ids of the people on each panel; every panel has the same chance.
        salt: at least 16 random bytes, kept secret for ever.

    Raises:
        LotteryInvalid: every fault at once: panels that do not meet the rules, a public number that is known already.
    """
    faults = [*_moments(randomness, published_at), *_seats(rules, people, seats)]
    if faults:
        raise LotteryInvalid(faults=tuple(faults))
    by_id = tickets.of([person.id for person in people], salt=salt)
    pool = pool_table(by_id, people, assembly_id=assembly_id, salt=salt)
    order = {row.ticket: place for place, row in enumerate(pool.rows)}
    open_form = PublishedLottery(
        assembly_id=assembly_id,
        title=title,
        sample_kind=sample_kind,
        rules=rules,
        randomness=randomness,
        tickets=tuple(order),
        pool_hash=content_hash(pool),
        panels=tuple(tuple(sorted(order[by_id[id]] for id in panel)) for panel in seats),
        published_at=published_at,
        commitment="",
    )
    commitment = hashlib.sha256(committed(canonical_json(open_form))).hexdigest()
    lottery = msgspec.structs.replace(open_form, commitment=commitment)
    return Publication(
        lottery=lottery,
        content=canonical_json(lottery),
        pool=pool,
        pool_content=canonical_json(pool),
        tickets=by_id,
    )


def pool_table(by_id: Mapping[str, str], people: Sequence[Person], *, assembly_id: str, salt: bytes) -> PoolTable:
    """The confidential table, by ticket. Households are numbered in the order of their first ticket."""
    homes = Counter(person.household for person in people if person.household)
    numbers: dict[str, int] = {}
    rows = []
    for ticket, person in sorted((by_id[person.id], person) for person in people):
        shared = homes[person.household] > 1
        household = numbers.setdefault(person.household, len(numbers) + 1) if shared else 0
        rows.append(PoolRow(ticket=ticket, features=dict(person.features), household=household))
    return PoolTable(assembly_id=assembly_id, salt=tickets.salted(salt, "pool"), rows=tuple(rows))


def committed(content: bytes) -> bytes:
    """Exactly the bytes whose SHA-256 is the commitment: the published JSON without the field `commitment`."""
    fields = {name: value for name, value in json.loads(content).items() if name != "commitment"}
    return canonical_json(fields)


def document(content: bytes, drawing: Drawing | None) -> bytes:
    """The file for download, in canonical JSON: the lottery byte for byte as it was published, and the drawing."""
    return canonical_json({"drawing": drawing, "lottery": msgspec.Raw(content)})


def _moments(randomness: PublicRandomness, now: datetime) -> Iterator[Fault]:
    if randomness.known_from <= now:
        detail = f"The public number is known from {randomness.known_from.isoformat()}; name one that nobody knows yet."
        yield Fault(pointer="/randomness/known_from", code="known_already", detail=detail)
    if len(randomness.source.strip()) < 3:
        detail = "Say which number it is, so precisely that everybody finds the same one."
        yield Fault(pointer="/randomness/source", code="missing", detail=detail)


def _seats(rules: LotteryRules, people: Sequence[Person], seats: Sequence[Sequence[str]]) -> Iterator[Fault]:
    """Every panel once more in whole numbers, whatever a solver said about it."""
    if len(seats) != rules.panels or not seats:
        detail = f"There are {len(seats)} panels; the rules say {rules.panels}, and one is the least."
        yield Fault(pointer="/rules/panels", code="wrong_number", detail=detail)
    by_id = {person.id: person for person in people}
    wrong: dict[str, list[int]] = {}
    for place, panel in enumerate(seats, 1):
        for what in _panel(rules, by_id, panel):
            wrong.setdefault(what, []).append(place)
    for what, places in wrong.items():
        named = ", ".join(map(str, places[:NAMED])) + (
            "" if len(places) <= NAMED else f" and {len(places) - NAMED} more"
        )
        yield Fault(pointer="/panels", code="broken_rule", detail=f"{what}: panels {named}. Compute the panels again.")


def _panel(rules: LotteryRules, by_id: Mapping[str, Person], panel: Sequence[str]) -> Iterator[str]:
    if len(panel) != rules.size or len(set(panel)) != len(panel):
        yield f"Not {rules.size} different people"
    if not by_id.keys() >= set(panel):
        yield "People who are not in the pool"
        return
    people = [by_id[id] for id in panel]
    held = Counter(pair for person in people for pair in person.features.items())
    for quota in rules.quotas:
        if not quota.minimum <= held[quota.feature, quota.value] <= quota.maximum:
            yield f"Not {quota.minimum} to {quota.maximum} people with {quota.feature} {quota.value}"
    homes = Counter(person.household for person in people if person.household)
    if rules.one_per_household and max(homes.values(), default=0) > 1:
        yield "Two people from one address"
