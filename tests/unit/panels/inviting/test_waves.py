"""The next wave: careful at first, sure at the end, reminders before new people, chances kept right throughout."""

import numpy as np
import pytest
from scipy import stats

from analytics.arrays import FloatArray
from panels.errors import PlanUnfit
from panels.inviting import monitor, recruits, response, sizing, waves
from panels.inviting.curve import assumed
from panels.inviting.models import CellState, Fieldwork, Pending
from panels.inviting.prior import from_staff

RATES = (0.2, 0.3, 0.4)
PACE = assumed((3.0, 7.0))


def field(*cells: CellState, days_left: float | None = None) -> Fieldwork:
    return Fieldwork(cells=cells, days_left=days_left)


def fresh(need: int = 50, available: int = 5000) -> Fieldwork:
    return field(*(CellState(key=f"c{i}", need=need, available=available) for i in range(len(RATES))))


def known(fieldwork: Fieldwork) -> response.Response:
    return response.known(fieldwork.keys, RATES[: len(fieldwork.cells)])


def only(cell: CellState, **asked: object) -> waves.CellPlan:
    one = field(cell)
    given: dict[str, object] = {"wave": 2, "waves": 3, "curve": PACE, "reminder_days": (3.0, 7.0), **asked}
    return waves.plan(one, response.known(("c",), (0.3,)), **given).cells[0]  # type: ignore[arg-type]


class TestPlan:
    def test_an_early_wave_invites_fewer_than_the_last(self) -> None:
        unsure = response.predict(fresh(), from_staff(fresh().keys, 0.3), seed=1)
        invited = [waves.plan(fresh(), unsure, wave=wave, waves=3).invited for wave in (1, 2, 3)]
        assert invited == sorted(invited)
        assert invited[0] < 0.5 * invited[2]

    def test_the_last_wave_assures_the_quota(self) -> None:
        planned = waves.plan(fresh(), known(fresh()), wave=3, waves=3, assurance=0.9)
        assert planned.last
        assert planned.chance == pytest.approx(0.9, abs=0.01)
        assert planned.chance_before == 0.0
        assert planned.invite == sizing.size(fresh(), known(fresh()), assurance=0.9).invite

    def test_a_wave_after_the_last_is_sized_like_it(self) -> None:
        assert waves.plan(fresh(), known(fresh()), wave=5, waves=3).last

    def test_a_full_cell_gets_no_mail_at_all(self) -> None:
        cell = only(CellState(key="c", need=5, have=5, pending=(Pending(age=4.0, people=9),), available=50))
        assert (cell.action, cell.invite, cell.remind) == ("full", 0, 0)

    def test_reminders_are_counted_before_new_people(self) -> None:
        open_ = (Pending(age=3.5, people=200),)
        cell = only(CellState(key="c", need=40, have=20, pending=open_, available=500))
        assert (cell.action, cell.invite, cell.remind) == ("remind", 0, 200)
        assert cell.expected > 40

    def test_who_has_been_reminded_is_not_reminded_again_before_the_next_day_of_the_schedule(self) -> None:
        groups = (
            Pending(age=2.0, people=10),
            Pending(age=3.0, people=20),
            Pending(age=6.0, people=40, reminders=1),
            Pending(age=8.0, people=80, reminders=1),
            Pending(age=20.0, people=160, reminders=2),
        )
        assert waves.due(CellState(key="c", need=40, pending=groups), (3.0, 7.0)) == 100

    def test_enough_people_open_and_no_reminder_due_means_waiting(self) -> None:
        cell = only(CellState(key="c", need=40, have=20, pending=(Pending(age=1.0, people=200),), available=500))
        assert (cell.action, cell.invite) == ("wait", 0)

    def test_a_stopped_cell_that_falls_short_is_opened_again(self) -> None:
        short = CellState(
            key="c", need=40, have=30, pending=(Pending(age=30.0, people=20, reminders=2),), available=500
        )
        assert only(short).action == "invite"
        assert only(short, stopped=frozenset({"c"})).action == "reopen"

    def test_a_cell_without_enough_people_says_how_many_are_lacking(self) -> None:
        cell = only(CellState(key="c", need=40, available=30), wave=3)
        assert (cell.action, cell.invite) == ("short", 30)
        assert (
            cell.lacking
            == sizing.size(
                field(CellState(key="c", need=40, available=999)), response.known(("c",), (0.3,)), curve=PACE
            ).invite["c"]
            - 30
        )

    def test_expected_after_counts_the_new_people(self) -> None:
        cell = only(CellState(key="c", need=40, available=500), wave=3)
        assert cell.expected == 0.0
        assert cell.miss == 1.0
        assert cell.expected_after == pytest.approx(cell.invite * 0.3)

    @pytest.mark.parametrize(("wave", "count"), [(0, 3), (1, 0), (-1, 2)])
    def test_waves_count_from_one(self, wave: int, count: int) -> None:
        with pytest.raises(PlanUnfit):
            waves.plan(fresh(), known(fresh()), wave=wave, waves=count)


def two_waves(rng: np.random.Generator, values: FloatArray, resting: FloatArray, second: int) -> tuple[float, float]:
    """Invite 30 of the rested first, then `second` of everybody left; total by the cumulative chance, and by the naive
    one of the whole frame."""
    people = values.size
    rested = np.flatnonzero(resting == 0)
    first = rng.choice(rested, 30, replace=False)
    left = np.setdiff1d(np.arange(people), first)
    invited = np.concatenate([first, rng.choice(left, second, replace=False)])
    one = np.where(resting == 0, 30 / rested.size, 0.0)
    chance = waves.cumulative(np.column_stack([one, np.full(people, second / left.size)]))
    return float((values[invited] / chance[invited]).sum()), float(values[invited].mean() * people)


class TestCumulative:
    def test_two_draws_from_one_frame_are_like_a_single_one(self) -> None:
        found = waves.cumulative([[30 / 120, 20 / 90]])
        assert found[0] == pytest.approx(50 / 120)

    def test_who_was_not_eligible_in_a_wave_had_no_chance_in_it(self) -> None:
        assert waves.cumulative([[0.0, 0.2], [0.5, 0.0], [0.0, 0.0]]) == pytest.approx([0.2, 0.5, 0.0])

    def test_totals_are_unbiased_over_two_waves_where_plain_means_are_not(self) -> None:
        rng = np.random.default_rng(7)
        resting = (rng.random(120) < 0.4).astype(np.float64)
        values = 1.0 + 2.0 * resting + rng.random(120)
        totals = np.array([two_waves(rng, values, resting, 20) for _ in range(4000)])
        error = (totals.mean(axis=0) - values.sum()) / (totals.std(axis=0) / np.sqrt(len(totals)))
        assert abs(error[0]) < 4
        assert abs(error[1]) > 20

    def test_waves_that_answer_to_response_bias_it_by_at_most_one_over_the_need(self) -> None:
        need, people, rate = 30, 400, 0.4
        rng = np.random.default_rng(8)
        answers = np.zeros(people)
        answers[: int(people * rate)] = 1.0
        totals = []
        for _ in range(6000):
            order = rng.permutation(people)
            hits = answers[order[:60]].sum()
            more = int(np.ceil(max(0.0, need - hits) / max(hits / 60, 0.05)))
            size = min(people, 60 + more)
            chance = waves.cumulative([[60 / people, (size - 60) / (people - 60)]])[0]
            totals.append(answers[order[:size]].sum() / chance)
        bias = np.mean(totals) / answers.sum() - 1
        assert abs(bias) < (1 - rate) / need + 3 * np.std(totals) / answers.sum() / np.sqrt(len(totals))

    @pytest.mark.parametrize("wrong", [[[1.2]], [[-0.1]], [[float("nan")]], [0.5]])
    def test_what_is_no_chance_is_refused(self, wrong: object) -> None:
        with pytest.raises(PlanUnfit):
            waves.cumulative(wrong)  # type: ignore[arg-type]


class TestMonitor:
    def test_forecasts_hold_as_often_as_they_say(self) -> None:
        rng = np.random.default_rng(5)
        held, filled, said, total = [], [], [], []
        for seed in range(120):
            truth = np.clip(rng.beta(9, 21, 6), 0.02, 0.9)
            have, sent, more = rng.binomial(50, truth), 50, 90
            cells = [CellState(key=str(i), need=35, have=int(y), out=sent - int(y)) for i, y in enumerate(have)]
            found = response.predict(field(*cells), from_staff(tuple("012345"), 0.3), seed=seed)
            forecast = monitor.forecast(field(*cells), found, invite=dict.fromkeys("012345", more), level=0.9)
            end = have + rng.binomial(more, truth)
            held += [cell.lower <= y <= cell.upper for cell, y in zip(forecast.cells, end, strict=True)]
            total.append(forecast.lower <= end.sum() <= forecast.upper)
            filled.append((end >= 35).all())
            said.append(forecast.filled)
        assert np.mean(held) == pytest.approx(0.92, abs=0.03)
        assert np.mean(total) > 0.83
        assert np.mean(filled) == pytest.approx(np.mean(said), abs=0.1)

    def test_known_rates_give_binomial_quantiles_and_chances(self) -> None:
        cell = CellState(key="c", need=25, have=4, available=500)
        found = monitor.forecast(field(cell), response.known(("c",), (0.3,)), invite={"c": 70}, level=0.9)
        one = found.cells[0]
        assert [one.lower, one.upper] == [4 + stats.binom.ppf(at, 70, 0.3) for at in (0.05, 0.95)]
        assert one.miss == pytest.approx(stats.binom.cdf(20, 70, 0.3), abs=1e-8)
        assert found.filled == pytest.approx(1 - one.miss)
        assert (found.target, found.have, found.pending) == (25, 4, 0)

    def test_without_anybody_open_nothing_more_is_expected(self) -> None:
        found = monitor.forecast(field(CellState(key="c", need=5, have=2)), response.known(("c",), (0.3,)))
        assert (found.cells[0].lower, found.cells[0].upper, found.cells[0].miss, found.filled) == (2, 2, 1.0, 0.0)

    def test_after_closing_nobody_open_is_expected_any_more(self) -> None:
        cell = CellState(key="c", need=5, have=2, pending=(Pending(age=1.0, people=50),))
        found = monitor.forecast(field(cell, days_left=0.0), response.known(("c",), (0.3,)), curve=PACE)
        assert found.expected == pytest.approx(2.0)

    @pytest.mark.parametrize("level", [0.0, 1.0])
    def test_a_level_that_is_none_is_refused(self, level: float) -> None:
        with pytest.raises(PlanUnfit):
            monitor.forecast(fresh(), known(fresh()), level=level)


class TestRecruits:
    def test_a_panel_that_can_carry_the_audit_needs_nobody(self) -> None:
        found = recruits.needed(fresh(), known(fresh()))
        assert found.carried
        assert found.cells == {}

    def test_with_the_recruits_it_asks_for_the_quota_is_assured_and_with_fewer_it_is_not(self) -> None:
        small = fresh(available=150)
        found = recruits.needed(small, known(small), assurance=0.95)
        assert not found.carried
        assert "c0" in found.cells

        def chance(less: int) -> float:
            cells = tuple(
                CellState(key=cell.key, need=cell.need, available=150 + max(0, found.cells.get(cell.key, 0) - less))
                for cell in small.cells
            )
            return sizing.size(Fieldwork(cells=cells), known(small), assurance=0.95).chance

        assert chance(0) >= 0.95
        assert chance(5) < 0.95
        assert found.chance < 0.5
        assert found.total == sum(found.cells.values())

    def test_an_empty_panel_needs_everybody(self) -> None:
        empty = fresh(available=0)
        found = recruits.needed(empty, known(empty))
        assert found.cells == sizing.size(fresh(), known(fresh())).wanted
