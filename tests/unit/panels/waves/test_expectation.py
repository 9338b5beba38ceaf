"""Expected response: by cells where they are few, by profiles where they are many, and always by what was seen."""

from uuid import UUID

import msgspec
import pytest
from samenspraak.types.audit import Plan, WavePlan

from panels import coding
from panels.inviting.curve import INSTANT
from panels.inviting.models import CellState, Fieldwork
from panels.inviting.profile import Composition
from panels.inviting.response import Response
from panels.store.waves import PastProfile, Standing
from panels.waves import expectation
from tests.unit.panels.waves.field import AUDIT, NOW, OTHER, SEED, plan

AGES = coding.LEVELS["age7"]
CELLS = [(province, age) for province in coding.PROVINCES for age in AGES]
NEVER_ASKED = "PV20 x 18-24"


def rate_of(age: str) -> float:
    return 0.2 if age == "18-24" else 0.6


def coded(province: str, age: str) -> dict[str, str | None]:
    return {"age7": age, "sex": "V", "education3": "2", "province": province}


def many_cells() -> Plan:
    found = plan(waves=WavePlan())
    return msgspec.structs.replace(found, draw=msgspec.structs.replace(found.draw, strata=("province", "age7")))


def fieldwork(have: int = 0) -> Fieldwork:
    return Fieldwork(cells=tuple(CellState(key=f"{province} x {age}", need=5, have=have) for province, age in CELLS))


def past() -> tuple[PastProfile, ...]:
    """Two audits in which the young answered less; one cell was never asked."""
    return tuple(
        PastProfile(audit_id=audit, coded=coded(province, age), invited=20, completed=round(20 * rate_of(age)))
        for audit in (UUID(int=8), OTHER)
        for province, age in CELLS
        if f"{province} x {age}" != NEVER_ASKED
    )


def response(
    *, history: tuple[PastProfile, ...] = (), standings: tuple[Standing, ...] = (), of: Plan | None = None
) -> Response:
    return expectation.expected(
        fieldwork(),
        standings,
        history,
        [Composition(cell=f"{province} x {age}", coded=coded(province, age), people=10) for province, age in CELLS],
        plan=of or many_cells(),
        pace=INSTANT,
        seed=SEED,
        now=NOW,
    )


def rate(found: Response, cell: str) -> float:
    return float(found.rate[found.keys.index(cell)])


def test_a_cell_that_was_never_asked_is_expected_to_answer_as_people_like_it() -> None:
    found = response(history=past())
    assert found.method == "profiles"
    assert rate(found, NEVER_ASKED) == pytest.approx(0.2, abs=0.1)
    assert rate(found, "PV20 x 75+") == pytest.approx(0.6, abs=0.1)


def test_what_this_field_tells_of_some_provinces_holds_for_the_young_of_all() -> None:
    told = tuple(
        Standing(stratum=f"{province} x {age}", coded=coded(province, age), invited_at=NOW, disposition=word, people=n)
        for province, age in CELLS
        if province != "PV20"
        for word, n in (("completed", round(20 * rate_of(age))), ("declined", 20 - round(20 * rate_of(age))))
    )
    found = response(standings=told)
    assert rate(found, NEVER_ASKED) == pytest.approx(0.2, abs=0.12)


def test_without_anything_seen_it_is_what_staff_expect() -> None:
    assert response().rate.mean() == pytest.approx(0.5, abs=0.06)


def test_a_few_cells_speak_for_themselves() -> None:
    two = Fieldwork(cells=(CellState(key="M", need=50), CellState(key="V", need=50)))
    history = tuple(
        PastProfile(audit_id=AUDIT, coded={"sex": sex}, invited=500, completed=completed)
        for sex, completed in (("M", 100), ("V", 300), (None, 20))
    )
    found = expectation.expected(two, (), history, (), plan=plan(waves=WavePlan()), pace=INSTANT, seed=SEED, now=NOW)
    assert found.method == "cells"
    assert rate(found, "M") + 0.1 < rate(found, "V")


def test_people_alike_are_taken_together_whatever_else_is_known_of_them() -> None:
    people = [("M", {**coded("PV20", "75+"), "municipality": name}) for name in ("GM0014", "GM0037", None)]
    (one,) = expectation.composed(people)
    assert (one.cell, one.people, one.coded) == ("M", 3, coded("PV20", "75+"))
