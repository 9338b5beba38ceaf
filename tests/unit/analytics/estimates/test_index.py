"""Index scores and their reliability: R survey's covariance matrix, the bootstrap, and a known factor."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.errors import AnswersUnusable
from analytics.estimates import index

LIKERT = {"low": 1, "high": 5}
ALPHA, OMEGA = (0.769027879997467, 0.0365047918809505), (0.77161056551324, 0.0365205679240493)
CORRELATION = 0.543822581049051


def factor_items(rng: np.random.Generator, n: int, loadings: tuple[float, ...], noise: float = 0.8) -> np.ndarray:
    return 3 + np.outer(rng.normal(size=n), loadings) + rng.normal(size=(n, len(loadings))) * noise


class TestScores:
    def test_reversed_items_are_turned_and_few_answers_give_none(self) -> None:
        items = np.array([[1, 5, 98], [np.nan, 2, 4], [np.nan, np.nan, 3.0]])
        turned = index.turned(items, design.make(np.ones(3)), **LIKERT, reverse=[1])
        assert turned[0].tolist()[:2] == [1, 1]
        assert np.isnan(turned[0, 2])
        score = index.scores(turned, minimum=2)
        assert score.tolist()[:2] == [1.0, 4.0]
        assert np.isnan(score[2])

    def test_the_index_is_the_mean_score(self) -> None:
        rng = np.random.default_rng(1)
        items, everybody = rng.integers(1, 6, (200, 3)).astype(float), design.make(rng.uniform(0.5, 2, 200))
        found = index.index(items, everybody, **LIKERT, minimum=3)
        assert found.value == pytest.approx(np.average(items.mean(axis=1), weights=everybody.weights))

    def test_rules_that_cannot_be_are_refused(self) -> None:
        items, everybody = np.ones((5, 2)), design.make(np.ones(5))
        with pytest.raises(AnswersUnusable, match="minimum of 3"):
            index.index(items, everybody, **LIKERT, minimum=3)
        with pytest.raises(AnswersUnusable, match=r"\[2\]"):
            index.turned(items, everybody, **LIKERT, reverse=[2])


class TestReliability:
    def test_alpha_and_its_error_are_those_of_r(self) -> None:
        """x1..x4 below in svydesign(~psu, strata = ~h, weights = ~w), subset(complete); alpha of svyvar's matrix, SE by
        numerical gradient and its covariance; omega with loadings by optim. h = i %/% 40, psu = i %/% 4."""
        i = np.arange(120)
        items = (
            np.column_stack(
                [(i * 7) % 5, (i * 7 + (i * i) % 3) % 5, (i * 7 + (i * 11) % 4 // 2) % 5, 4 - (i * 7 + i % 2) % 5]
            )
            + 1.0
        )
        items[i % 13 == 5, 1] = np.nan
        stage = design.stage(strata=(i // 40).tolist(), units=(i // 4).tolist(), rows=120)
        found = index.reliability(items, design.make(1 + 0.7 * i, stages=[stage]), **LIKERT, reverse=[3])
        assert found.alpha is not None
        assert found.omega is not None
        assert found.n == 111
        assert found.alpha.value == pytest.approx(ALPHA[0], rel=1e-10)
        assert found.alpha.se == pytest.approx(ALPHA[1], rel=1e-6)
        assert found.omega.value == pytest.approx(OMEGA[0], rel=1e-6)
        assert found.omega.se == pytest.approx(OMEGA[1], rel=1e-4)
        assert found.items[0].correlation == pytest.approx(CORRELATION, rel=1e-10)

    @pytest.mark.slow
    def test_standard_errors_are_those_of_the_bootstrap(self) -> None:
        rng = np.random.default_rng(5)
        x, w = factor_items(rng, 400, (0.9, 0.7, 0.5, 0.6)), rng.uniform(0.5, 2, 400)
        found = index.reliability(x, design.make(w), low=-99, high=99)
        again = []
        for _ in range(300):
            rows = rng.integers(0, 400, 400)
            one = index.reliability(x[rows], design.make(w[rows]), low=-99, high=99)
            assert one.alpha is not None
            assert one.omega is not None
            again.append((one.alpha.value, one.omega.value))
        assert found.alpha is not None
        assert found.omega is not None
        assert [found.alpha.se, found.omega.se] == pytest.approx(np.std(again, axis=0), rel=0.12)

    @pytest.mark.slow
    def test_intervals_hold_the_omega_of_a_known_factor(self) -> None:
        rng, loadings, held = np.random.default_rng(6), (0.9, 0.6, 0.4), [0, 0]
        common = sum(loadings) ** 2
        truth = common / (common + 3 * 0.8**2)
        for _ in range(300):
            found = index.reliability(factor_items(rng, 200, loadings), design.make(np.ones(200)), low=-99, high=99)
            if found.omega is not None and found.omega.interval is not None:
                held[0] += found.omega.interval.lower <= truth <= found.omega.interval.upper
                held[1] += 1
        assert held[1] >= 280
        assert 0.915 <= held[0] / held[1] <= 0.985

    def test_alpha_is_below_omega_where_loadings_differ(self) -> None:
        found = index.reliability(
            factor_items(np.random.default_rng(7), 20_000, (1.2, 0.8, 0.3)),
            design.make(np.ones(20_000)),
            low=-99,
            high=99,
        )
        assert found.alpha is not None
        assert found.omega is not None
        assert found.alpha.value < found.omega.value - 0.01
        assert found.items[0].loading == pytest.approx(1.2, abs=0.05)

    def test_an_item_that_was_not_turned_shows_itself(self) -> None:
        x = factor_items(np.random.default_rng(8), 500, (0.9, 0.8, 0.7, -0.8))
        everybody = design.make(np.ones(500))
        wrong = index.reliability(x, everybody, low=-99, high=105)
        right = index.reliability(x, everybody, low=-99, high=105, reverse=[3])
        assert (wrong.items[3].correlation or 0) < -0.3
        assert (right.items[3].correlation or 0) > 0.3
        assert wrong.alpha is not None
        assert right.alpha is not None
        assert right.alpha.value > wrong.alpha.value + 0.3
        assert (wrong.items[3].alpha_without or 0) > wrong.alpha.value

    def test_two_items_have_alpha_and_no_factor(self) -> None:
        found = index.reliability(
            factor_items(np.random.default_rng(9), 100, (1, 1)), design.make(np.ones(100)), low=-9, high=15
        )
        assert found.alpha is not None
        assert found.omega is None
        assert "three items" in found.omega_note

    @pytest.mark.parametrize("items", [np.full((30, 3), 3.0), np.full((30, 3), np.nan), np.eye(30)[:, :1] + 1])
    def test_nothing_to_go_by_gives_nothing(self, items: np.ndarray) -> None:
        found = index.reliability(items, design.make(np.ones(30)), **LIKERT)
        assert found.alpha is None
        assert found.omega is None

    def test_identical_items_are_fully_reliable_without_interval(self) -> None:
        x = np.random.default_rng(10).normal(size=(50, 1)) @ np.ones((1, 3))
        found = index.reliability(x, design.make(np.ones(50)), low=-9, high=9)
        assert found.alpha is not None
        assert found.alpha.value == pytest.approx(1.0)
        assert found.alpha.interval is None

    def test_items_without_a_factor_say_so(self) -> None:
        x = np.random.default_rng(11).normal(size=(300, 3))
        found = index.reliability(x, design.make(np.ones(300)), low=-9, high=9)
        assert found.omega is not None or found.omega_note
