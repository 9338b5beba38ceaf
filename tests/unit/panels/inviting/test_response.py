"""Expected response: close to the truth when much is known, honest when little is."""

import numpy as np
import pytest

from analytics.arrays import FloatArray
from panels.errors import PlanUnfit
from panels.inviting import prior, response
from panels.inviting.curve import INSTANT, Curve, assumed, fitted
from panels.inviting.models import CellState, Fieldwork, Pending, Trials

KEYS = tuple(f"c{i}" for i in range(12))


def logistic(x: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-x)))


def closed(hits: FloatArray, trials: FloatArray) -> Fieldwork:
    """Cells of which everybody's answer is known."""
    return Fieldwork(
        cells=tuple(
            CellState(key=key, need=5, have=int(y), out=int(n - y))
            for key, y, n in zip(KEYS, hits, trials, strict=True)
        )
    )


def world(seed: int, *, audit: float = 0.5, cells: float = 0.3) -> FloatArray:
    rng = np.random.default_rng(seed)
    return logistic(-0.85 + audit * rng.standard_normal() + cells * rng.standard_normal(len(KEYS)))


class TestPredict:
    def test_without_a_past_it_is_what_staff_expect_with_room_around_it(self) -> None:
        found = response.predict(closed(np.zeros(12), np.zeros(12)), prior.from_staff(KEYS, 0.4))
        low, high = found.interval(0.95)
        assert found.rate.mean() == pytest.approx(0.4, abs=0.03)
        assert low.max() < 0.25
        assert high.min() > 0.55

    def test_many_answers_outweigh_what_was_expected(self) -> None:
        truth = world(1)
        trials = np.full(12, 4000.0)
        found = response.predict(closed(np.round(truth * trials), trials), prior.from_staff(KEYS, 0.9))
        assert found.rate == pytest.approx(truth, abs=0.01)

    def test_a_thin_cell_borrows_from_the_others(self) -> None:
        trials = np.array([2.0, *[200.0] * 11])
        hits = np.array([2.0, *[60.0] * 11])
        found = response.predict(closed(hits, trials), prior.from_staff(KEYS, 0.5))
        assert 0.28 < found.rate[0] < 0.45
        assert found.rate[1:].mean() == pytest.approx(0.3, abs=0.02)

    def test_shrunken_rates_are_nearer_to_the_truth_than_plain_ones(self) -> None:
        ours, plain = [], []
        for seed in range(60):
            truth = world(seed)
            hits = np.random.default_rng([seed, 1]).binomial(25, truth).astype(np.float64)
            found = response.predict(closed(hits, np.full(12, 25.0)), prior.from_staff(KEYS, 0.3), seed=seed)
            ours.append(found.rate - truth)
            plain.append(hits / 25 - truth)
        assert np.square(ours).mean() < 0.7 * np.square(plain).mean()

    def test_nine_of_ten_intervals_of_ninety_percent_hold_the_truth(self) -> None:
        held = []
        for seed in range(150):
            truth = world(seed)
            hits = np.random.default_rng([seed, 1]).binomial(30, truth).astype(np.float64)
            found = response.predict(closed(hits, np.full(12, 30.0)), prior.from_staff(KEYS, 0.3), seed=seed)
            low, high = found.interval(0.9)
            held.append((low <= truth) & (truth <= high))
        assert np.mean(held) == pytest.approx(0.9, abs=0.03)

    def test_open_invitations_count_as_far_as_time_has_told(self) -> None:
        pace = assumed()

        def rate(age: float) -> float:
            cell = CellState(key="c0", need=50, have=20, pending=(Pending(age=age, people=180),))
            return float(response.predict(Fieldwork(cells=(cell,)), prior.from_staff(("c0",), 0.3), curve=pace).rate[0])

        assert rate(0.5) > rate(4.0) > rate(40.0)
        assert rate(40.0) == pytest.approx(0.1, abs=0.03)

    def test_the_same_seed_gives_the_same_scenarios_and_another_others(self) -> None:
        field = closed(np.full(12, 3.0), np.full(12, 10.0))
        one, two, other = (
            response.predict(field, prior.from_staff(KEYS, 0.3), seed=seed).scenarios for seed in (5, 5, 6)
        )
        assert one.tobytes() == two.tobytes()
        assert not np.array_equal(one, other)

    def test_a_prior_of_other_cells_is_refused(self) -> None:
        with pytest.raises(PlanUnfit):
            response.predict(closed(np.zeros(12), np.zeros(12)), prior.from_staff(("else",), 0.3))

    def test_cells_are_matched_by_key_and_not_by_place(self) -> None:
        past = [{key: Trials(invited=500, completed=300 if key == "c3" else 100) for key in KEYS}]
        before = prior.from_history(tuple(reversed(KEYS)), past, expected=0.2)
        found = response.predict(closed(np.zeros(12), np.zeros(12)), before)
        assert int(np.argmax(found.rate)) == 3


class TestHistory:
    def past(self, audits: int, seed: int = 1) -> tuple[FloatArray, list[dict[str, Trials]]]:
        rng = np.random.default_rng(seed)
        cells = 0.4 * rng.standard_normal(len(KEYS))
        found = []
        for _ in range(audits):
            rates = logistic(-0.85 + 0.3 * rng.standard_normal() + cells)
            hits = rng.binomial(300, rates)
            found.append({key: Trials(invited=300, completed=int(y)) for key, y in zip(KEYS, hits, strict=True)})
        return cells, found

    def test_the_past_tells_how_cells_differ(self) -> None:
        cells, past = self.past(8)
        before = prior.from_history(KEYS, past, expected=0.3)
        assert np.corrcoef(before.offset, cells)[0, 1] > 0.97

    def test_more_past_makes_surer(self) -> None:
        spreads = [prior.from_history(KEYS, self.past(n)[1], expected=0.3).spread for n in (0, 1, 4, 12)]
        assert spreads[0] == prior.STAFF_SPREAD
        assert spreads[0] > spreads[1] > spreads[2]
        assert spreads[3] == pytest.approx(0.3, abs=0.12)

    def test_a_mistaken_expectation_gives_way_to_the_past(self) -> None:
        before = prior.from_history(KEYS, self.past(8)[1], expected=0.9)
        assert logistic(np.array(before.level)) == pytest.approx(0.32, abs=0.08)

    def test_a_cell_the_past_does_not_know_takes_the_level(self) -> None:
        before = prior.from_history((*KEYS, "new"), self.past(3)[1], expected=0.3)
        assert before.offset[-1] == pytest.approx(0.0, abs=1e-9)
        assert before.behind[-1] < before.behind[:-1].min()

    def test_no_past_is_what_staff_expect(self) -> None:
        assert prior.from_history(KEYS, [{}], expected=0.3).level == prior.from_staff(KEYS, 0.3).level

    def test_impossible_counts_are_named(self) -> None:
        past = [{"c0": Trials(invited=3, completed=5), "c1": Trials(invited=3, completed=-1)}]
        with pytest.raises(PlanUnfit) as refused:
            prior.from_history(KEYS, past)
        assert [fault.pointer for fault in refused.value.faults] == ["/past/0/c0", "/past/0/c1"]

    @pytest.mark.parametrize("expected", [0.0, 1.2, -0.1, float("nan")])
    def test_an_expectation_that_is_no_probability_is_refused(self, expected: float) -> None:
        with pytest.raises(PlanUnfit):
            prior.from_staff(KEYS, expected)

    def test_everybody_is_expected_to_take_part_is_allowed(self) -> None:
        found = response.predict(closed(np.zeros(12), np.zeros(12)), prior.from_staff(KEYS, 1.0))
        assert found.rate.min() > 0.9


class TestCalibration:
    def check(self, seed: int, *, changed: float = 0.0) -> response.Calibration:
        truth = world(seed)
        rng = np.random.default_rng([seed, 2])
        field = closed(rng.binomial(60, truth).astype(np.float64), np.full(12, 60.0))
        found = response.predict(field, prior.from_staff(KEYS, 0.3), seed=seed)
        later = rng.binomial(60, logistic(np.log(truth / (1 - truth)) + changed)).astype(np.float64)
        return response.calibration(found.scenarios, np.full(12, 60.0), later)

    def test_predictions_that_hold_are_seldom_doubted(self) -> None:
        p = np.array([self.check(seed).p for seed in range(150)])
        assert (p < 0.05).mean() < 0.1
        assert (p < 0.5).mean() == pytest.approx(0.5, abs=0.15)

    def test_a_change_of_response_is_seen(self) -> None:
        p = np.array([self.check(seed, changed=-0.7).p for seed in range(30)])
        assert (p < 0.05).mean() > 0.8
        assert np.mean([self.check(seed, changed=-0.7).intercept for seed in range(30)]) == pytest.approx(-0.7, abs=0.1)

    def test_nothing_to_compare_is_refused(self) -> None:
        with pytest.raises(PlanUnfit):
            response.calibration(np.full((2, 3), 0.3), np.zeros(3), np.zeros(3))


class TestCurve:
    def test_an_assumed_curve_rises_to_all_and_jumps_after_reminders(self) -> None:
        pace = assumed((3.0, 7.0))
        shares = [pace.at(day) for day in (0, 1, 3, 7, 30)]
        assert shares == sorted(shares)
        assert (shares[0], shares[-1]) == (0.0, 1.0)
        assert pace.at(4.0) - pace.at(3.0) > pace.at(3.0) - pace.at(2.0)

    def test_a_fitted_curve_follows_what_was_seen(self) -> None:
        ages = np.random.default_rng(1).exponential(5.0, 5000)
        pace = fitted(ages.tolist(), prior=assumed())
        for day in (1.0, 5.0, 12.0):
            assert pace.at(day) == pytest.approx(1 - np.exp(-day / 5), abs=0.03)

    def test_without_completes_the_assumption_stays(self) -> None:
        pace = fitted([], prior=assumed())
        assert all(pace.at(day) == pytest.approx(assumed().at(day)) for day in (0.5, 2.0, 6.0))

    def test_instant_is_everybody_at_once(self) -> None:
        assert [INSTANT.at(day) for day in (0.0, 5.0)] == [1.0, 1.0]

    @pytest.mark.parametrize(
        ("days", "share"),
        [((), ()), ((0.0, 1.0), (0.5,)), ((1.0, 0.5), (0.5, 1.0)), ((0.0, 1.0), (0.9, 0.5)), ((0.0, 1.0), (0.2, 0.9))],
    )
    def test_a_curve_that_is_none_is_refused(self, days: tuple[float, ...], share: tuple[float, ...]) -> None:
        with pytest.raises(PlanUnfit):
            Curve(days=days, share=share)

    @pytest.mark.parametrize("age", [-1.0, float("nan"), float("inf")])
    def test_an_age_that_is_none_is_refused(self, age: float) -> None:
        with pytest.raises(PlanUnfit):
            fitted([1.0, age], prior=assumed())
