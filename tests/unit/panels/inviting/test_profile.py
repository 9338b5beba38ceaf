"""Response by profile: what levels share is learnt once, and what nothing is known of stays uncertain."""

import numpy as np
import pytest

from analytics.arrays import FloatArray
from panels.errors import PlanUnfit
from panels.inviting import prior, profile, response
from panels.inviting.models import CellState, Fieldwork
from panels.inviting.profile import Composition, ProfileTrials

DIMENSIONS = ("age", "province")
KEYS = tuple(f"a{a}p{p}" for a in range(7) for p in range(12))
CODED = {f"a{a}p{p}": {"age": str(a), "province": str(p)} for a in range(7) for p in range(12)}


def truth(seed: int) -> FloatArray:
    rng = np.random.default_rng([seed, 1])
    age, province, cell = 0.4 * rng.standard_normal(7), 0.2 * rng.standard_normal(12), 0.15 * rng.standard_normal(84)
    logit = -0.85 + np.repeat(age, 12) + np.tile(province, 7) + cell
    return np.asarray(1 / (1 + np.exp(-logit)))


def wave(rates: FloatArray, people: int, seed: int, audit: str = "now") -> list[ProfileTrials]:
    hits = np.random.default_rng([seed, 2]).binomial(people, rates).tolist()
    return [
        ProfileTrials(audit=audit, cell=key, coded=CODED[key], invited=people, completed=hit)
        for key, hit in zip(KEYS, hits, strict=True)
    ]


def predicted(model: profile.ProfileModel, *, audit: str = "now", seed: int = 0) -> response.Response:
    members = [Composition(cell=key, coded=CODED[key], people=40) for key in KEYS]
    return profile.predict(model, members, keys=KEYS, audit=audit, seed=seed)


class TestFit:
    def test_small_cells_are_predicted_better_than_one_by_one(self) -> None:
        ours, cells = [], []
        for seed in range(12):
            rates, rows = truth(seed), wave(truth(seed), 15, seed)
            ours.append(predicted(profile.fit(rows, dimensions=DIMENSIONS, expected=0.3)).rate - rates)
            field = Fieldwork(
                cells=tuple(
                    CellState(key=row.cell, need=3, have=int(row.completed), out=15 - int(row.completed))
                    for row in rows
                )
            )
            cells.append(response.predict(field, prior.from_staff(KEYS, 0.3)).rate - rates)
        assert np.square(ours).mean() < 0.6 * np.square(cells).mean()

    def test_nine_of_ten_intervals_of_ninety_percent_hold_the_truth(self) -> None:
        held = []
        for seed in range(25):
            rates = truth(seed)
            low, high = predicted(profile.fit(wave(rates, 30, seed), dimensions=DIMENSIONS, expected=0.3)).interval(0.9)
            held.append((low <= rates) & (rates <= high))
        assert np.mean(held) == pytest.approx(0.9, abs=0.04)

    def test_every_wave_brings_it_nearer(self) -> None:
        def error(people: int) -> float:
            found = [
                predicted(profile.fit(wave(truth(seed), people, seed), dimensions=DIMENSIONS, expected=0.5)).rate
                - truth(seed)
                for seed in range(6)
            ]
            return float(np.sqrt(np.square(found).mean()))

        errors = [error(people) for people in (2, 10, 50, 250)]
        assert errors == sorted(errors, reverse=True)
        assert errors[-1] < 0.025

    def test_many_answers_give_the_plain_rates(self) -> None:
        rows = [
            ProfileTrials(audit="now", cell="a", coded={"age": "1"}, invited=40_000, completed=10_000),
            ProfileTrials(audit="now", cell="b", coded={"age": "2"}, invited=40_000, completed=20_000),
        ]
        model = profile.fit(rows, dimensions=("age",), expected=0.9)
        members = [Composition(cell=row.cell, coded=row.coded, people=1) for row in rows]
        found = profile.predict(model, members, keys=("a", "b"), audit="now").rate
        assert found == pytest.approx([0.25, 0.5], abs=0.01)

    def test_at_the_mode_the_penalised_score_is_zero(self) -> None:
        rows = wave(truth(3), 20, 3)
        model = profile.fit(rows, dimensions=DIMENSIONS, expected=0.3)
        value = dict(zip(model.names, model.coefficients, strict=True))
        fitted = {
            row.cell: value["(intercept)"]
            + value["audit now"]
            + value[f"cell {row.cell}"]
            + sum(value[f"{name}={code}"] for name, code in row.coded.items())
            for row in rows
        }
        left = sum(
            row.completed - row.invited / (1 + np.exp(-fitted[row.cell])) for row in rows if row.coded["age"] == "2"
        )
        assert left == pytest.approx(model.penalties["level"] * value["age=2"], abs=1e-6)
        assert model.converged

    def test_without_rows_it_is_what_staff_expect_and_wide(self) -> None:
        found = predicted(profile.fit([], dimensions=DIMENSIONS, expected=0.3))
        low, high = found.interval(0.95)
        assert found.rate.mean() == pytest.approx(0.32, abs=0.04)
        assert (high - low).min() > 0.35

    def test_everybody_or_nobody_completing_leaves_it_finite(self) -> None:
        for completed in (0.0, 20.0):
            rows = [
                ProfileTrials(audit="now", cell=key, coded=CODED[key], invited=20, completed=completed) for key in KEYS
            ]
            model = profile.fit(rows, dimensions=DIMENSIONS, expected=0.3)
            assert np.isfinite(model.coefficients).all()
            assert (predicted(model).rate.mean() > 0.5) == (completed > 0)


class TestPredict:
    def test_an_audit_that_was_never_seen_is_less_certain_than_the_one_in_the_field(self) -> None:
        rows = [row for n in range(5) for row in wave(truth(4), 60, n, audit=f"audit {n}")]
        model = profile.fit(rows, dimensions=DIMENSIONS, expected=0.3)
        width = [
            np.subtract(*reversed(predicted(model, audit=audit).interval(0.9))).mean() for audit in ("audit 0", "new")
        ]
        assert width[1] > 1.2 * width[0]

    def test_a_cell_counts_its_members_as_they_are(self) -> None:
        rows = [
            ProfileTrials(audit="now", cell="a", coded={"age": age}, invited=5000, completed=done)
            for age, done in (("1", 500), ("2", 4000))
        ]
        model = profile.fit(rows, dimensions=("age",), expected=0.5)
        members = [
            Composition(cell="a", coded={"age": "1"}, people=90),
            Composition(cell="a", coded={"age": "2"}, people=10),
        ]
        found = profile.predict(model, members, keys=("a",), audit="now").rate[0]
        assert found == pytest.approx(0.9 * 0.1 + 0.1 * 0.8, abs=0.02)

    def test_a_cell_without_members_still_has_a_prediction(self) -> None:
        model = profile.fit(wave(truth(5), 20, 5), dimensions=DIMENSIONS)
        found = profile.predict(model, [], keys=(*KEYS, "empty"), audit="now")
        assert found.scenarios.shape[1] == 85
        assert ((found.scenarios > 0) & (found.scenarios < 1)).all()

    def test_an_answer_that_is_not_known_is_a_level_of_its_own(self) -> None:
        rows = [
            ProfileTrials(audit="now", cell="a", coded={"age": age}, invited=9000, completed=done)
            for age, done in ((None, 900), ("1", 4500))
        ]
        assert "age=?" in profile.fit(rows, dimensions=("age",)).names

    def test_the_same_seed_gives_the_same_bytes(self) -> None:
        model = profile.fit(wave(truth(6), 20, 6), dimensions=DIMENSIONS)
        assert predicted(model, seed=3).scenarios.tobytes() == predicted(model, seed=3).scenarios.tobytes()
        assert not np.array_equal(predicted(model, seed=3).scenarios, predicted(model, seed=4).scenarios)

    def test_members_of_other_cells_are_refused(self) -> None:
        model = profile.fit([], dimensions=DIMENSIONS)
        with pytest.raises(PlanUnfit):
            profile.predict(model, [Composition(cell="x", coded={}, people=1)], keys=("a",), audit="now")


class TestCalibrate:
    def test_later_waves_confirm_a_model_that_is_right(self) -> None:
        p = []
        for seed in range(25):
            model = profile.fit(wave(truth(seed), 30, seed), dimensions=DIMENSIONS, expected=0.3)
            p.append(profile.calibrate(model, wave(truth(seed), 30, seed + 500)).p)
        assert np.mean(np.array(p) < 0.05) <= 0.16

    def test_a_world_that_has_changed_is_found_out(self) -> None:
        model = profile.fit(wave(truth(1), 100, 1), dimensions=DIMENSIONS, expected=0.3)
        found = profile.calibrate(model, wave(1 - truth(1), 100, 2))
        assert found.p < 1e-6
        assert found.slope < 0


class TestFaults:
    def test_every_impossible_row_is_named(self) -> None:
        rows = [
            ProfileTrials(audit="a", cell="a", coded={}, invited=3, completed=4),
            ProfileTrials(audit="a", cell="a", coded={}, invited=3, completed=2),
            ProfileTrials(audit="a", cell="a", coded={}, invited=float("nan"), completed=0),
        ]
        with pytest.raises(PlanUnfit) as refused:
            profile.fit(rows, dimensions=("age", "age"))
        assert [fault.pointer for fault in refused.value.faults] == ["/dimensions", "/rows/0", "/rows/2"]
