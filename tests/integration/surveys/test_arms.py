"""Arms by permuted blocks inside strata: balance at any time, chance, and no place lost or given twice."""

import asyncio
from collections import Counter
from uuid import UUID, uuid4

import numpy as np
from samenspraak.types.questionnaire import Questionnaire
from scipy import stats

from service.db import Databases
from service.store import Connection
from surveys import responses
from tests.integration.surveys.conftest import NOON

STRATA = ("M x 18-34", "V x 18-34", "M x 65+", "V x 65+", "rest")


async def arm(conn: Connection, audit_id: UUID, stratum: str, seed: int) -> str:
    begun = await responses.begin(
        conn,
        audit_id=audit_id,
        respondent_id=uuid4(),
        language="nl",
        seed=seed,
        now=NOON,
        new_id=uuid4,
        stratum=stratum,
    )
    return begun.arm


async def test_in_every_stratum_the_arms_differ_by_two_at_most_at_any_time(
    conn: Connection, questionnaire: Questionnaire, audit_id: UUID
) -> None:
    await responses.add_questionnaire(conn, audit_id, questionnaire)
    lots = np.random.default_rng(20261124)
    given: dict[str, Counter[str]] = {stratum: Counter() for stratum in STRATA}
    first: Counter[str] = Counter()
    for _ in range(400):
        stratum = str(lots.choice(STRATA, p=(0.4, 0.3, 0.15, 0.1, 0.05)))
        got = await arm(conn, audit_id, stratum, int(lots.integers(2**62)))
        if sum(given[stratum].values()) % 4 == 0:
            first[got] += 1
        given[stratum][got] += 1
        assert abs(given[stratum]["a"] - given[stratum]["b"]) <= 2
    assert min(sum(counts.values()) for counts in given.values()) >= 10
    # Who opens a block gets either arm equally often: nobody can tell which comes next.
    assert stats.chisquare([first["a"], first["b"]]).pvalue > 0.001


async def test_strata_are_balanced_each_by_itself(
    conn: Connection, questionnaire: Questionnaire, audit_id: UUID
) -> None:
    """Twenty strata of one or two people each: one sequence for the whole audit would balance the total only."""
    await responses.add_questionnaire(conn, audit_id, questionnaire)
    orders = set()
    for number in range(20):
        arms = [await arm(conn, audit_id, f"stratum {number}", seed=number * 7919 + turn) for turn in range(4)]
        assert Counter(arms) == {"a": 2, "b": 2}
        orders.add(tuple(arms))
    assert len(orders) >= 4


async def test_fifty_at_once_in_two_strata_lose_no_place_and_double_none(
    databases: Databases, questionnaire: Questionnaire, audit_id: UUID
) -> None:
    async with databases.api.transaction() as conn:
        await responses.add_questionnaire(conn, audit_id, questionnaire)

    async def comes(number: int) -> tuple[str, str]:
        stratum = STRATA[number % 2]
        async with databases.api.transaction() as conn:
            return stratum, await arm(conn, audit_id, stratum, seed=number)

    given = Counter(await asyncio.gather(*(comes(number) for number in range(48))))
    assert set(given.values()) == {12}
    async with databases.api.reading() as conn:
        rows = await conn.fetch("SELECT stratum, allocated FROM fieldwork.arm_block WHERE audit_id = $1", audit_id)
    assert {row["stratum"]: row["allocated"] for row in rows} == {STRATA[0]: 24, STRATA[1]: 24}


async def test_coming_again_takes_no_second_place(
    conn: Connection, questionnaire: Questionnaire, audit_id: UUID
) -> None:
    await responses.add_questionnaire(conn, audit_id, questionnaire)
    person = {"audit_id": audit_id, "respondent_id": uuid4(), "language": "nl", "now": NOON, "new_id": uuid4}
    first = await responses.begin(conn, **person, seed=1, stratum="M")
    again = await responses.begin(conn, **person, seed=2, stratum="V")
    assert first == again
    rows = await conn.fetch("SELECT stratum, allocated FROM fieldwork.arm_block WHERE audit_id = $1", audit_id)
    assert [(row["stratum"], row["allocated"]) for row in rows] == [("M", 1)]
