"""Change between waves: right standard errors with no, half and full overlap; the stacked design of R."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.designs.design import Design
from analytics.errors import AnswersUnusable
from analytics.estimates.change import Change, Wave, change, changes
from analytics.weights import calibrate
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin

SIZE = 20_000


class Population:
    """Two margins that explain part of an opinion which moves by 0.3 between two waves."""

    def __init__(self) -> None:
        rng = np.random.default_rng(11)
        self.a = rng.choice(4, SIZE, p=[0.1, 0.2, 0.3, 0.4])
        self.b = rng.choice(3, SIZE, p=[0.5, 0.3, 0.2])
        lasting = 0.6 * self.a + 0.5 * self.b + rng.normal(size=SIZE)
        self.first = lasting + 0.6 * rng.normal(size=SIZE)
        self.second = lasting + 0.3 + 0.6 * rng.normal(size=SIZE)
        self.margins = [
            Margin(key=key, levels=tuple(map(str, range(k))), shares=tuple(np.bincount(codes) / SIZE))
            for key, codes, k in (("a", self.a, 4), ("b", self.b, 3))
        ]

    def answering(self, rng: np.random.Generator, count: int, leave_out: np.ndarray) -> np.ndarray:
        """People who answer, graduates of group 3 four times as readily as group 0."""
        found = rng.permutation(np.setdiff1d(rng.choice(SIZE, 5 * count + 500, replace=False), leave_out))
        return found[rng.random(found.size) < 0.2 + 0.2 * self.a[found]][:count]

    def weighted(self, people: np.ndarray) -> Design:
        coded = [Coded(codes=self.a[people], patterns=np.eye(4)), Coded(codes=self.b[people], patterns=np.eye(3))]
        found = calibrate.rake(coded, self.margins, np.ones(people.size))
        return design.make(found.weights, bases=[found.basis])

    def one(self, rng: np.random.Generator, overlap: float) -> tuple[Change, Change]:
        before = self.answering(rng, 300, np.empty(0, dtype=np.int64))
        stay = int(overlap * before.size)
        after = np.r_[before[:stay], self.answering(rng, before.size - stay, before)]
        designs = self.weighted(before), self.weighted(after)
        pairs = [
            (
                Wave(y=y1[before], design=designs[0], ids=before.tolist()),
                Wave(y=y2[after], design=designs[1], ids=after.tolist()),
            )
            for y1, y2 in ((self.first, self.second), ((self.first > 2) * 1.0, (self.second > 2) * 1.0))
        ]
        return change(*pairs[0]), change(*pairs[1], kind="proportion")


@pytest.mark.slow
@pytest.mark.parametrize("overlap", [0.0, 0.5, 1.0])
def test_the_standard_error_is_that_of_repeated_waves(overlap: float) -> None:
    world, rng = Population(), np.random.default_rng(3)
    runs = [world.one(rng, overlap) for _ in range(500)]
    truth = float(world.second.mean() - world.first.mean())
    for position in (0, 1):
        found = [run[position] for run in runs]
        spread = float(np.std([one.value for one in found]))
        assert np.sqrt(np.mean([(one.se or 0) ** 2 for one in found])) == pytest.approx(spread, rel=0.09)
    held = [one.interval is not None and one.interval.lower <= truth <= one.interval.upper for one, _ in runs]
    assert np.mean(held) >= 0.92
    # The control: without the covariance the standard error is far too large where people stay.
    apart = np.sqrt(np.mean([(one.first.se or 0) ** 2 + (one.second.se or 0) ** 2 for one, _ in runs]))
    spread = float(np.std([one.value for one, _ in runs]))
    assert apart / spread > {0.0: 0.9, 0.5: 1.15, 1.0: 1.6}[overlap]


def test_two_waves_are_the_stacked_design_of_r() -> None:
    """svycontrast(svyby(~y, ~t, svydesign(~id, weights = ~w, data = stacked), svymean, covmat = TRUE), c(-1, 1)).

    id 0:79 at t = 1 and 40:119 at t = 2, w = 1 + (i %% 5), y = (7 i^2 + 3 i) %% 13 + (t == 2) * (i %% 4). R counts all
    120 people in the finite-sample factor n / (n - 1), each wave here its 80.
    """
    i = np.arange(120)
    w, y = 1.0 + i % 5, ((7 * i * i + 3 * i) % 13).astype(float)
    one, two = np.arange(80), np.arange(40, 120)
    found = change(
        Wave(y=y[one], design=design.make(w[one]), ids=one.tolist()),
        Wave(y=(y + i % 4)[two], design=design.make(w[two]), ids=two.tolist()),
    )
    assert found.overlap == 40
    assert found.value == pytest.approx(1.508333333333334, rel=1e-12)
    scale = np.sqrt((120 / 119) / (80 / 79))
    assert (found.se or 0) * scale == pytest.approx(0.4475644745920973, rel=2e-3)


class TestOverlap:
    def test_the_same_people_twice_with_the_same_answers_have_no_change_at_all(self) -> None:
        y = np.random.default_rng(1).normal(size=50)
        wave = Wave(y=y, design=design.make(np.ones(50)), ids=list(range(50)))
        found = change(wave, wave)
        assert found.value == 0
        assert found.se == 0

    def test_ids_decide_who_stayed_and_not_the_order(self) -> None:
        rng = np.random.default_rng(2)
        y, order = rng.normal(size=(60, 2)), rng.permutation(60)
        everybody = design.make(np.ones(60))
        first = Wave(y=y[:, 0], design=everybody, ids=[f"p{k}" for k in range(60)])
        straight = Wave(y=y[:, 0] + y[:, 1], design=everybody, ids=[f"p{k}" for k in range(60)])
        mixed = Wave(y=(y[:, 0] + y[:, 1])[order], design=everybody, ids=[f"p{k}" for k in order])
        strangers = Wave(y=y[:, 0] + y[:, 1], design=everybody, ids=[f"q{k}" for k in range(60)])
        assert change(first, mixed).se == pytest.approx(change(first, straight).se or 0)
        assert change(first, strangers).overlap == 0
        assert (change(first, strangers).se or 0) > 1.2 * (change(first, straight).se or 0)

    def test_clusters_are_matched_by_their_own_id(self) -> None:
        rng = np.random.default_rng(3)
        cluster = np.repeat(np.arange(30), 4)
        stage = design.stage(strata=None, units=cluster.tolist(), rows=120)
        weighted = design.make(np.ones(120), stages=[stage])
        lasting = rng.normal(size=30)[cluster]
        waves = [Wave(y=lasting + 0.3 * rng.normal(size=120), design=weighted, ids=cluster.tolist()) for _ in range(2)]
        found = change(*waves)
        assert found.overlap == 30
        assert (found.se or 0) < 0.5 * np.hypot(found.first.se or 0, found.second.se or 0)


class TestEdges:
    def test_nobody_in_either_wave_keeps_an_interval(self) -> None:
        none = Wave(y=np.zeros(200), design=design.make(np.ones(200)), ids=list(range(200)))
        found = change(none, none, kind="proportion")
        assert (found.value, found.note) == (0.0, "one_sided")
        assert found.interval is not None
        assert 0.01 < found.interval.upper < 0.05
        assert found.interval.lower == pytest.approx(-found.interval.upper)

    def test_a_wave_without_answers_has_no_change(self) -> None:
        some = Wave(y=np.arange(9.0), design=design.make(np.ones(9)), ids=list(range(9)))
        nothing = Wave(y=np.full(9, np.nan), design=design.make(np.ones(9)), ids=list(range(9)))
        alike = Wave(y=np.full(9, 2.0), design=design.make(np.ones(9)), ids=list(range(9)))
        assert change(some, nothing).note == "no_answers"
        assert change(some, nothing).value is None
        assert change(some, alike).note == "no_spread"
        assert change(some, alike).se is None

    def test_ids_that_do_not_fit_are_refused_with_all_of_them_named(self) -> None:
        fine = Wave(y=np.arange(4.0), design=design.make(np.ones(4)), ids=[1, 2, 3, 4])
        with pytest.raises(AnswersUnusable) as caught:
            change(fine, Wave(y=np.arange(4.0), design=design.make(np.ones(4)), ids=[1, 1, 3, 3]))
        assert [fault.pointer for fault in caught.value.faults] == ["/1", "/3"]
        with pytest.raises(AnswersUnusable, match="3 ids for 4 rows"):
            change(fine, Wave(y=np.arange(4.0), design=design.make(np.ones(4)), ids=[1, 2, 3]))
        stage = design.stage(strata=None, units=[0, 0, 1, 1], rows=4)
        with pytest.raises(AnswersUnusable, match="several ids"):
            change(fine, Wave(y=np.arange(4.0), design=design.make(np.ones(4), stages=[stage]), ids=[1, 2, 3, 3]))

    def test_waves_need_the_same_columns(self) -> None:
        one = Wave(y=np.ones((4, 2)), design=design.make(np.ones(4)), ids=[1, 2, 3, 4])
        two = Wave(y=np.ones((4, 3)), design=design.make(np.ones(4)), ids=[1, 2, 3, 4])
        with pytest.raises(AnswersUnusable, match="2 and 3 columns"):
            changes(one, two)
