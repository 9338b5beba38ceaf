"""What the planner is told about a field: who may still come, who is out, and what the past says."""

from datetime import timedelta

import pytest
from samenspraak.types.audit import WavePlan

from panels.inviting.curve import assumed
from panels.inviting.models import CellState
from panels.models import QuotaCell
from panels.store.waves import PastProfile, Standing
from panels.waves import forecast
from panels.waves.forecast import Field, Forecast
from tests.unit.panels.waves.field import AUDIT, NOW, OTHER, SEED, cell, plan

LATER = NOW + timedelta(days=3)


def standing(disposition: str, people: int, *, days: float = 0.0, stratum: str = "M") -> Standing:
    return Standing(
        coded={"age7": "45-54", "sex": stratum, "education3": "2", "province": "PV26"},
        stratum=stratum,
        invited_at=NOW + timedelta(days=days),
        disposition=disposition,
        people=people,
    )


def of(one: QuotaCell, *standings: Standing, past: tuple[PastProfile, ...] = (), available: int = 7) -> Forecast:
    return forecast.of(
        Field(cells=(one, cell("V")), standings=standings, past=past),
        plan=plan(waves=WavePlan(full_cells="finish")),
        available={one.key: available},
        seed=SEED,
        now=LATER,
    )


def state(one: QuotaCell, *standings: Standing) -> CellState:
    return of(one, *standings).fieldwork.cells[0]


ALL = (
    standing("queued", 5),
    standing("sent", 4, days=1),
    standing("started", 3),
    standing("completed", 10),
    standing("declined", 2),
    standing("undeliverable", 1),
    standing("withdrawn", 1),
    standing("sent", 90, stratum="V"),
)


class TestCells:
    def test_open_cells_expect_everybody_who_is_neither_done_nor_out(self) -> None:
        found = state(cell("M", have=10, pending=12), *ALL)
        assert [(group.age, group.people) for group in found.pending] == [(2.0, 4), (3.0, 8)]
        assert (found.have, found.out, found.available) == (10, 4, 7)

    def test_in_a_full_cell_only_those_who_began_are_expected(self) -> None:
        found = state(cell("M", have=50, closing="finish", closed=True), *ALL)
        assert [group.people for group in found.pending] == [3]
        assert found.available == 0

    def test_in_a_strict_one_nobody_is(self) -> None:
        found = state(cell("M", have=50, closing="refuse", closed=True), *ALL)
        assert found.pending == ()

    def test_people_who_were_shut_out_count_as_refusals_only_as_far_as_time_had_told(self) -> None:
        found = state(cell("M", have=50, closing="refuse", closed=True), standing("sent", 100, days=3))
        assert found.out == 0
        found = state(cell("M", have=50, closing="refuse", closed=True), standing("sent", 100))
        assert found.out == round(100 * assumed((3.0, 7.0)).at(3.0))

    def test_the_end_of_the_audit_is_in_plan_days(self) -> None:
        found = forecast.of(
            Field(cells=(cell("M"),), standings=(), past=()),
            plan=plan(waves=WavePlan(), day_seconds=60.0, closes=NOW + timedelta(minutes=5)),
            available={},
            seed=SEED,
            now=NOW,
        )
        assert found.fieldwork.days_left == 5.0


class TestPace:
    def curve_at(self, day: float, *ages: float) -> float:
        found = forecast.of(
            Field(cells=(cell("M"),), standings=(), past=(), ages=ages),
            plan=plan(waves=WavePlan()),
            available={},
            seed=SEED,
            now=NOW,
        )
        return found.curve.at(day)

    def test_without_a_past_it_follows_the_reminders(self) -> None:
        assert self.curve_at(2.0) == assumed((3.0, 7.0)).at(2.0)

    def test_audits_before_say_how_fast_people_answer(self) -> None:
        quick, slow = [0.1] * 500, [9.0] * 500
        assert self.curve_at(2.0, *slow) < 0.1 < 0.9 < self.curve_at(2.0, *quick)


class TestResponse:
    def past(self, rate: float) -> tuple[PastProfile, ...]:
        return tuple(
            PastProfile(audit_id=audit, coded={"sex": "M"}, invited=1000, completed=round(1000 * rate))
            for audit in (AUDIT, OTHER)
        )

    def test_without_a_past_it_is_what_staff_expect(self) -> None:
        assert of(cell("M")).response.rate.tolist() == pytest.approx([0.5, 0.5], abs=0.05)

    def test_audits_before_are_learnt_from(self) -> None:
        assert of(cell("M"), past=self.past(0.2)).response.rate[0] < 0.35

    def test_the_field_itself_speaks_loudest(self) -> None:
        told = (standing("completed", 400, days=-30), standing("sent", 600, days=-30))
        found = of(cell("M", need=900, have=400), *told, past=self.past(0.8))
        assert found.response.rate[0] == pytest.approx(0.4, abs=0.05)

    def test_the_same_field_gives_the_same_forecast(self) -> None:
        one, same = of(cell("M"), *ALL).response, of(cell("M"), *ALL).response
        assert (one.scenarios == same.scenarios).all()
