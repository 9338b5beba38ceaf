"""Many answers by many groups give what one domain at a time gives, under every design."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.designs.design import Design
from analytics.errors import AnswersUnusable
from analytics.estimates import estimate
from analytics.weights.frame import Margin
from analytics.weights.weigh import weigh

N = 1000
Profiles = list[dict[str, str | None]]


@pytest.fixture(scope="module", params=["plain", "raked", "sweep", "strata", "strata_fpc", "clusters", "twice"])
def any_design(request: pytest.FixtureRequest, profiles: Profiles, margins: tuple[Margin, ...]) -> Design:
    rng, kind = np.random.default_rng(2), request.param
    w = rng.uniform(0.5, 2.0, N)
    if kind == "plain":
        return design.make(w)
    if kind in ("raked", "sweep"):
        return weigh(profiles, margins, convention="unweighted_sweep" if kind == "sweep" else "start_weights").design
    if kind == "twice":
        raked = weigh(profiles, margins).design
        return design.make(raked.weights, bases=[*raked.bases, *raked.bases])
    strata, raked = rng.integers(0, 5, N).tolist(), weigh(profiles, margins).design
    units = (np.arange(N) // 4).tolist() if kind == "clusters" else None
    fpc = np.full(N, 900.0) if kind == "strata_fpc" else None
    labels = [0] * N if kind == "clusters" else strata
    stage = design.stage(strata=labels, units=units, population=fpc, rows=N)
    return design.make(raked.weights, stages=[stage], bases=raked.bases)


def items(rng: np.random.Generator) -> np.ndarray:
    y = rng.integers(1, 6, size=(N, 4)).astype(float)
    y[:, 3] += 2000.0
    y[rng.random(y.shape) < 0.1] = np.nan
    return y


class TestEqualToDomains:
    @pytest.mark.parametrize("kind", ["mean", "proportion"])
    def test_every_column_and_group(self, any_design: Design, kind: str) -> None:
        rng = np.random.default_rng(7)
        y = items(rng) if kind == "mean" else (items(rng) > 3).astype(float)
        groups = rng.integers(-1, 6, N)
        groups[groups == 4] = 3
        groups[:2] = 4
        found = estimate.by_groups(y, groups, 7, any_design, kind="mean" if kind == "mean" else "proportion")
        one = estimate.mean if kind == "mean" else estimate.proportion
        for j in range(4):
            for group in range(7):
                alone, together = one(y[:, j], any_design, domain=groups == group), found[j][group]
                assert together.note == alone.note
                assert (together.n, together.df) == (alone.n, alone.df)
                for name in ("value", "se", "n_eff", "deff", "unweighted", "weight_sum", "spread"):
                    expected = getattr(alone, name)
                    wanted = None if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-12)
                    assert getattr(together, name) == wanted

    def test_a_group_of_one_nobody_and_a_figure_fixed_by_a_margin(
        self, profiles: Profiles, margins: tuple[Margin, ...]
    ) -> None:
        raked = weigh(profiles, margins).design
        graduate = np.array([float(p["education"] == "3") for p in profiles])
        groups = np.zeros(N, dtype=np.int64)
        groups[5] = 1
        means = estimate.by_groups(graduate + 1, groups, 3, raked)[0]
        assert means[1].note == "no_spread"
        assert means[1].value == graduate[5] + 1
        assert means[1].se is None
        assert means[1].interval is None
        assert means[2].note == "no_answers"
        whole = estimate.by_groups(graduate, np.zeros(N, dtype=np.int64), 1, raked, kind="proportion")[0][0]
        assert whole.note == "fixed_by_margin"
        assert whole.se == 0.0

    def test_the_order_of_people_and_a_shift_of_all_answers_change_no_standard_error(self) -> None:
        rng = np.random.default_rng(3)
        y, w, groups = items(rng), rng.uniform(0.5, 2.0, N), rng.integers(0, 3, N)
        order = rng.permutation(N)
        straight = estimate.by_groups(y, groups, 3, design.make(w))
        mixed = estimate.by_groups(y[order] + 1e6, groups[order], 3, design.make(w[order]))
        for a, b in zip(straight, mixed, strict=True):
            assert [one.se for one in a] == pytest.approx([one.se for one in b], rel=1e-8)


class TestInput:
    @pytest.mark.parametrize("wrong", [np.full(N, 3), np.full(N, -2), np.zeros(N - 1, dtype=int), np.zeros(N)])
    def test_groups_that_do_not_exist_or_fit_are_refused(self, wrong: np.ndarray) -> None:
        with pytest.raises(AnswersUnusable):
            estimate.by_groups(np.ones((N, 1)), wrong, 3, design.make(np.ones(N)))

    def test_all_columns_with_infinite_answers_are_named_at_once(self) -> None:
        y = np.ones((N, 4))
        y[3, 1] = np.inf
        y[:2, 3] = -np.inf
        with pytest.raises(AnswersUnusable) as caught:
            estimate.means(y, design.make(np.ones(N)))
        assert [fault.pointer for fault in caught.value.faults] == ["/1", "/3"]
        assert "2 answers" in caught.value.faults[1].detail

    def test_a_share_of_something_else_than_ones_and_zeros_is_refused(self) -> None:
        with pytest.raises(AnswersUnusable, match="neither 0 nor 1"):
            estimate.proportion(np.array([0.0, 1.0, 2.0, np.nan]), design.make(np.ones(4)))

    def test_answers_and_domains_of_other_people_are_refused(self) -> None:
        small = design.make(np.ones(4))
        with pytest.raises(AnswersUnusable, match="4 people"):
            estimate.mean(np.ones(5), small)
        with pytest.raises(AnswersUnusable, match="True or False"):
            estimate.mean(np.ones(4), small, domain=np.array([0, 1, 1, 0]))

    def test_weights_that_add_up_to_nothing_give_no_value(self) -> None:
        found = estimate.mean(np.array([1.0, 2.0, np.nan, np.nan]), design.make(np.array([1.0, -1.0, 3.0, 2.0])))
        assert found.value is None
        assert found.note == "no_weight"
