"""Sizing: fewest people for whom the whole quota holds with the probability asked for, and nobody in vain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analytics.arrays import FloatArray
from panels.errors import PlanUnfit
from panels.inviting import response, sizing
from panels.inviting.allocation import sample_size
from panels.inviting.curve import INSTANT, Curve, assumed
from panels.inviting.models import CellState, Fieldwork, Pending
from panels.inviting.outcome import upper_tail
from panels.inviting.prior import from_staff

RATES = (0.15, 0.22, 0.3, 0.35, 0.5, 0.28)


def field(need: int = 40, *, available: int = 100_000, slack: int = 0, cells: int = len(RATES)) -> Fieldwork:
    return Fieldwork(
        cells=tuple(CellState(key=f"c{i}", need=need, available=available, slack=slack) for i in range(cells))
    )


def known(fieldwork: Fieldwork, rates: tuple[float, ...] = RATES) -> response.Response:
    return response.known(fieldwork.keys, rates)


def invited(sized: sizing.Sizing) -> FloatArray:
    return np.array(list(sized.invite.values()), dtype=np.float64)


class TestSize:
    def test_one_cell_with_a_known_rate_is_the_binomial_quantile(self) -> None:
        one = field(600, cells=1)
        for rate in (0.1, 0.35, 0.9):
            found = sizing.size(one, known(one, (rate,)), assurance=0.9)
            assert invited(found).tolist() == [sample_size(600, participation=rate, assurance=0.9)]

    def test_sure_participation_needs_no_spare_people(self) -> None:
        one = field(71, cells=3)
        assert invited(sizing.size(one, known(one, (1.0, 1.0, 1.0)), assurance=0.99)).tolist() == [71, 71, 71]

    def test_all_cells_together_are_filled_as_often_as_assured(self) -> None:
        found = sizing.size(field(), known(field()), assurance=0.9)
        completed = np.random.default_rng(1).binomial(invited(found).astype(int), RATES, (40_000, len(RATES)))
        assert (completed >= 40).all(axis=1).mean() == pytest.approx(0.9, abs=0.01)
        assert found.chance == pytest.approx(0.9, abs=0.004)
        assert found.assured

    def test_nobody_can_be_spared(self) -> None:
        found = sizing.size(field(), known(field()), assurance=0.95)
        for key, people in found.invite.items():
            fewer = {**found.invite, key: people - 3}
            assert sizing.chance(field(), known(field()), fewer) < 0.95

    def test_fewer_people_than_equal_certainty_in_every_cell_or_as_many(self) -> None:
        found = invited(sizing.size(field(), known(field()), assurance=0.95)).sum()
        level = 0.95 ** (1 / len(RATES))
        equal = sum(sample_size(40, participation=rate, assurance=level) for rate in RATES)
        assert 0.98 * equal < found <= equal

    def test_cells_that_are_uncertain_together_cost_less_than_one_by_one(self) -> None:
        fieldwork = field(cells=14)
        unsure = response.predict(fieldwork, from_staff(fieldwork.keys, 0.3), seed=3)
        together = invited(sizing.size(fieldwork, unsure, assurance=0.95)).sum()
        level = 0.95 ** (1 / 14)
        alone = 0.0
        for c in range(14):
            cell = response.Response(keys=("c0",), scenarios=unsure.scenarios[:, [c]], method="cells")
            alone += invited(sizing.size(field(cells=1), cell, assurance=level)).sum()
        assert together < 0.95 * alone

    def test_unknown_rates_cost_more_than_known_ones(self) -> None:
        fieldwork = field()
        unsure = response.predict(fieldwork, from_staff(fieldwork.keys, 0.3))
        sure = known(fieldwork, tuple(unsure.rate.tolist()))
        assert invited(sizing.size(fieldwork, unsure)).sum() > 1.5 * invited(sizing.size(fieldwork, sure)).sum()

    def test_who_is_still_expected_is_not_invited_twice(self) -> None:
        pending = (Pending(age=2.0, people=300),)
        waiting = Fieldwork(cells=(CellState(key="c0", need=40, have=10, pending=pending, available=1000),))
        found = sizing.size(waiting, known(waiting, (0.3,)), curve=assumed(), assurance=0.95)
        assert found.invite == {"c0": 0}
        assert found.assured

    def test_what_time_has_told_of_the_invited_counts(self) -> None:
        def more(age: float) -> int:
            old = CellState(key="c0", need=40, have=10, pending=(Pending(age=age, people=100),), available=1000)
            return sizing.size(Fieldwork(cells=(old,)), known(Fieldwork(cells=(old,)), (0.3,)), curve=assumed()).invite[
                "c0"
            ]

        assert more(0.0) < more(4.0) < more(30.0)

    def test_an_audit_that_closes_soon_needs_more_people(self) -> None:
        soon = Fieldwork(cells=field().cells, days_left=3.0)
        late = Fieldwork(cells=field().cells, days_left=30.0)
        sizes = [invited(sizing.size(one, known(one), curve=assumed())).sum() for one in (soon, late)]
        assert sizes[0] > 1.3 * sizes[1]

    def test_a_cell_without_people_enough_is_taken_whole_and_the_others_are_assured(self) -> None:
        cells = tuple(CellState(key=f"c{i}", need=40, available=60 if i == 0 else 100_000) for i in range(len(RATES)))
        fieldwork = Fieldwork(cells=cells)
        found = sizing.size(fieldwork, known(fieldwork), assurance=0.9)
        assert found.invite["c0"] == 60
        assert found.exhausted == ("c0",)
        assert not found.assured
        others = invited(found)[1:]
        rest = np.prod([stats.binom.sf(39, n, rate) for n, rate in zip(others, RATES[1:], strict=True)])
        assert rest == pytest.approx(0.9, abs=0.01)

    def test_slack_saves_people_and_keeps_the_target(self) -> None:
        strict, loose = field(), field(slack=8)
        found = sizing.size(loose, known(loose), assurance=0.95)
        assert invited(found).sum() < invited(sizing.size(strict, known(strict), assurance=0.95)).sum()
        completed = np.random.default_rng(2).binomial(invited(found).astype(int), RATES, (40_000, len(RATES)))
        held = (completed >= 32).all(axis=1) & (completed.sum(axis=1) >= 240)
        assert held.mean() == pytest.approx(0.95, abs=0.01)

    def test_slack_does_not_send_the_surplus_where_response_is_highest(self) -> None:
        loose = field(slack=8)
        expected = invited(sizing.size(loose, known(loose))) * RATES
        assert expected.min() >= 39.5
        assert expected.max() < 50

    def test_a_quota_that_is_filled_invites_nobody(self) -> None:
        done = Fieldwork(cells=(CellState(key="c0", need=5, have=5, available=9), CellState(key="c1", need=0)))
        found = sizing.size(done, known(done, (0.3, 0.3)))
        assert set(found.invite.values()) == {0}
        assert found.chance == 1.0

    @given(
        st.lists(st.tuples(st.integers(0, 60), st.floats(0.02, 0.98), st.integers(0, 3000)), min_size=1, max_size=8),
        st.floats(0.5, 0.99),
    )
    @settings(max_examples=40, deadline=None)
    def test_never_more_than_there_are_and_enough_whenever_there_are(
        self, cells: list[tuple[int, float, int]], assurance: float
    ) -> None:
        fieldwork = Fieldwork(
            cells=tuple(CellState(key=str(i), need=need, available=there) for i, (need, _, there) in enumerate(cells))
        )
        found = sizing.size(fieldwork, known(fieldwork, tuple(rate for _, rate, _ in cells)), assurance=assurance)
        assert all(0 <= found.invite[cell.key] <= cell.available for cell in fieldwork.cells)
        assert found.assured or found.exhausted

    def test_the_same_input_gives_the_same_numbers(self) -> None:
        fieldwork = field()
        unsure = response.predict(fieldwork, from_staff(fieldwork.keys, 0.3), seed=9)
        assert sizing.size(fieldwork, unsure) == sizing.size(fieldwork, unsure)

    @pytest.mark.parametrize("assurance", [0.0, 1.0, -1.0, float("nan")])
    def test_an_assurance_that_is_no_probability_is_refused(self, assurance: float) -> None:
        with pytest.raises(PlanUnfit):
            sizing.size(field(), known(field()), assurance=assurance)

    def test_every_impossible_count_is_named(self) -> None:
        wrong = Fieldwork(
            cells=(CellState(key="a", need=-1, have=-2), CellState(key="a", need=3, slack=4, available=-1)),
            days_left=-1.0,
        )
        with pytest.raises(PlanUnfit) as refused:
            sizing.size(wrong, known(wrong, (0.3, 0.3)))
        pointers = {fault.pointer for fault in refused.value.faults}
        assert {
            "/cells/0/need",
            "/cells/0/have",
            "/cells/1/slack",
            "/cells/1/available",
            "/cells/1/key",
            "/days_left",
        } == (pointers)

    def test_rates_of_other_cells_are_refused(self) -> None:
        with pytest.raises(PlanUnfit) as refused:
            sizing.size(field(cells=2), response.known(("c0", "else"), (0.3, 0.3)))
        assert {fault.pointer for fault in refused.value.faults} == {"/response/else", "/response/c1"}


class TestAtMost:
    def test_an_early_wave_overfills_no_cell_more_often_than_allowed(self) -> None:
        found = sizing.at_most(field(), known(field()), surplus=0.2)
        for people, rate in zip(found.values(), RATES, strict=True):
            assert stats.binom.sf(40, people, rate) <= 0.2
            assert stats.binom.sf(40, people + 1, rate) > 0.2

    def test_it_invites_at_least_the_need(self) -> None:
        found = sizing.at_most(field(1, cells=2), known(field(1, cells=2), (0.95, 1.0)), surplus=0.1)
        assert min(found.values()) >= 1

    def test_a_cell_that_may_overfill_already_gets_nobody(self) -> None:
        full = Fieldwork(cells=(CellState(key="c0", need=5, have=5, pending=(Pending(age=0.0, people=90),)),))
        late = Curve(days=(0.0, 5.0), share=(0.0, 1.0))
        assert sizing.at_most(full, known(full, (0.3,)), curve=late) == {"c0": 0}


class TestUpperTail:
    @pytest.mark.parametrize(("n", "p"), [(10, 0.3), (300, 0.25), (5000, 0.02)])
    def test_one_group_is_exactly_binomial(self, n: int, p: float) -> None:
        k = np.arange(0, n + 2, max(1, n // 40)).astype(np.float64)
        found = upper_tail(np.full(k.size, n * p), np.full(k.size, n * p * (1 - p)), k)
        assert found == pytest.approx(stats.binom.sf(k - 1, n, p), abs=1e-8)

    def test_two_groups_are_close_to_their_convolution(self) -> None:
        one, two = stats.binom.pmf(np.arange(81), 80, 0.35), stats.binom.pmf(np.arange(201), 200, 0.05)
        exact = np.convolve(one, two)[::-1].cumsum()[::-1]
        mean, variance = 80 * 0.35 + 200 * 0.05, 80 * 0.35 * 0.65 + 200 * 0.05 * 0.95
        k = np.arange(20, 60).astype(np.float64)
        found = upper_tail(np.full(k.size, mean), np.full(k.size, variance), k)
        assert np.abs(found - exact[20:60]).max() < 2e-3

    def test_instant_curves_leave_nothing_to_wait_for(self) -> None:
        waiting = Fieldwork(cells=(CellState(key="c0", need=5, pending=(Pending(age=0.0, people=90),), available=99),))
        found = sizing.chance(waiting, known(waiting, (0.3,)), {}, curve=INSTANT)
        assert found == 0.0
