"""Evenness of participation: by hand, against R, and against propensities that are known."""

from typing import Any

import numpy as np
import pytest

from analytics.errors import ModelUnusable
from analytics.representation.representativity import Categories, categories_of, representativity

EFFECTS = {"a": np.array([0.0, 0.4, -0.4, 0.2, -0.6, 0.3]), "b": np.array([0.3, -0.3, 0.0, 0.1, -0.5])}


def variable(key: str, codes: np.ndarray) -> Categories:
    return Categories(key=key, codes=codes, levels=tuple(str(k) for k in range(int(codes.max()) + 1)))


class TestByHand:
    def test_two_halves(self) -> None:
        """150 and 250 of two halves of 500 took part: propensities 0.3 and 0.5, S 0.1 unadjusted, bias of S^2 the mean
        variance of the rates around their mean, (0.3 x 0.7 / 500 + 0.5 x 0.5 / 500) / 4."""
        codes = np.repeat([0, 1], 500)
        found = representativity([variable("sex", codes)], np.r_[np.arange(500) < 150, np.arange(500) < 250])
        assert found.r_unadjusted == pytest.approx(0.8)
        adjusted = np.sqrt(0.01 - (0.21 + 0.25) / 500 / 4)
        assert found.r == pytest.approx(1 - 2 * adjusted)
        assert found.mean == pytest.approx(0.4)
        assert found.maximal_bias == pytest.approx(adjusted / 0.4)
        (part,) = found.parts
        assert part.unconditional.unadjusted == pytest.approx(0.1)
        assert part.conditional.unadjusted == pytest.approx(0.1)
        assert [c.unconditional for c in part.categories] == pytest.approx([-0.1 * np.sqrt(0.5), 0.1 * np.sqrt(0.5)])
        assert [c.taking_part for c in part.categories] == [150, 250]

    def test_two_variables_are_those_of_r(self) -> None:
        """glm(r ~ a + b, binomial) for a = i %% 3, b = (i %/% 7) %% 4, r = ((i * i + 3 * a + b) %% 11) > 4 + (a == 2),
        i in 0:299; S, tr(BV), 4A'VA + 2tr(BVBV) + var((rho - mean)^2)/n, partials by tapply and ave."""
        i = np.arange(300)
        a, b = i % 3, (i // 7) % 4
        r = ((i * i + 3 * a + b) % 11) > 4 + (a == 2)
        found = representativity([variable("a", a), variable("b", b)], r)
        assert found.r_unadjusted == pytest.approx(R["unadjusted"], rel=1e-9)
        assert found.r == pytest.approx(R["adjusted"], rel=1e-9)
        assert found.se == pytest.approx(R["se"], rel=1e-9)
        first = found.parts[0]
        assert first.unconditional.unadjusted == pytest.approx(R["pu"], rel=1e-9)
        assert [c.unconditional for c in first.categories] == pytest.approx(R["pu_levels"], rel=1e-8)
        assert first.conditional.unadjusted == pytest.approx(R["pc"], rel=1e-9)
        assert [c.conditional.unadjusted for c in first.categories] == pytest.approx(R["pc_levels"], rel=1e-8)


R: dict[str, Any] = {
    "unadjusted": 0.767549916584273,
    "adjusted": 0.803899839153956,
    "se": 0.0685063960483693,
    "pu": 0.101434160364686,
    "pu_levels": [-0.038490017945975, 0.0827535385838463, -0.0442635206378712],
    "pc": 0.101868979342001,
    "pc_levels": [0.0381208495473655, 0.0830627885119582, 0.044996254806216],
}


class TestKnownPropensities:
    @pytest.mark.slow
    @pytest.mark.parametrize(("n", "strength"), [(300, 1.0), (800, 0.5)])
    def test_adjusted_is_close_to_the_truth_and_unadjusted_too_low(self, n: int, strength: float) -> None:
        rng = np.random.default_rng(9)
        a, b = rng.integers(0, 6, 100_000), rng.integers(0, 5, 100_000)
        rho = 1 / (1 + np.exp(0.2 - strength * (EFFECTS["a"][a] + EFFECTS["b"][b])))
        squares, plain, held, category, category_se = [], [], 0, [], []
        truth = 1 - 2 * float(rho.std())
        for _ in range(200):
            chosen = rng.integers(0, rho.size, n)
            took = rng.random(n) < rho[chosen]
            found = representativity([variable("a", a[chosen]), variable("b", b[chosen])], took)
            squares.append(found.spread.value**2)
            plain.append(found.r_unadjusted)
            held += found.interval.lower <= truth <= found.interval.upper
            category.append(found.parts[0].categories[4].unconditional)
            category_se.append(found.parts[0].categories[4].unconditional_se)
        assert np.mean(squares) == pytest.approx(rho.var(), rel=0.12)
        assert truth - np.mean(plain) > 0.025
        assert held / 200 >= 0.93
        share = float((a == 4).mean())
        assert np.mean(category) == pytest.approx(np.sqrt(share) * (rho[a == 4].mean() - rho.mean()), abs=0.005)
        assert np.mean(category_se) == pytest.approx(np.std(category), rel=0.15)

    @pytest.mark.slow
    def test_even_participation_is_held_and_looks_uneven_without_adjustment(self) -> None:
        rng, adjusted, plain = np.random.default_rng(5), [], []
        for _ in range(80):
            codes = [variable("a", rng.integers(0, 6, 500)), variable("b", rng.integers(0, 5, 500))]
            found = representativity(codes, rng.random(500) < 0.4)
            adjusted.append(found.r)
            plain.append(found.r_unadjusted)
            assert found.interval.upper == 1.0
        assert np.mean(adjusted) > 0.95
        assert np.mean(plain) < 0.9

    def test_draw_weights_give_the_spread_of_the_population(self) -> None:
        rng = np.random.default_rng(6)
        code = (rng.random(40_000) < 0.8).astype(np.int64)
        took = rng.random(code.size) < np.where(code == 1, 0.3, 0.7)
        weights = np.where(code == 1, 1.0, 4.0)
        found = representativity([variable("a", code)], took, base_weights=weights)
        assert found.mean == pytest.approx(0.5, abs=0.01)
        assert found.spread.value == pytest.approx(0.2, abs=0.01)

    def test_partials_point_at_the_variable_that_makes_it_uneven(self) -> None:
        rng = np.random.default_rng(2)
        a, b = rng.integers(0, 3, 4000), rng.integers(0, 2, 4000)
        found = representativity([variable("a", a), variable("b", b)], rng.random(4000) < np.array([0.2, 0.4, 0.6])[a])
        age, sex = found.parts
        assert age.unconditional.value > 5 * sex.unconditional.value
        assert age.conditional.value > 5 * sex.conditional.value
        assert age.categories[0].unconditional < -5 * age.categories[0].unconditional_se
        whole = age.unconditional.unadjusted**2 + sex.conditional.unadjusted**2
        assert whole == pytest.approx(found.spread.unadjusted**2, rel=1e-2)


class TestEdges:
    def test_a_category_of_which_nobody_took_part_is_named(self) -> None:
        codes = np.repeat([0, 1, 2], 100)
        took = (np.arange(300) % 2 == 0) & (codes != 2)
        found = representativity([variable("a", codes)], took)
        assert found.without_error == ("a=2",)
        assert found.mean == pytest.approx(1 / 3)
        assert found.spread.unadjusted == pytest.approx(np.sqrt(2) / 6)

    def test_groups_that_took_part_whole_or_not_at_all_are_as_uneven_as_can_be(self) -> None:
        found = representativity([variable("a", np.repeat([0, 1], 200))], np.repeat([1, 0], 200))
        assert found.without_error == ("a=0", "a=1")
        assert found.r == pytest.approx(0.0)
        assert found.mean == pytest.approx(0.5)

    def test_a_variable_that_follows_from_another_changes_nothing(self) -> None:
        rng = np.random.default_rng(3)
        a = rng.integers(0, 4, 500)
        took = rng.random(500) < 0.2 + 0.1 * a
        once = representativity([variable("a", a)], took)
        twice = representativity([variable("a", a), variable("half", a // 2)], took)
        assert twice.r == pytest.approx(once.r)
        assert twice.dropped == ("half=1",)

    def test_everything_wrong_is_named_at_once(self) -> None:
        bad = Categories(key="a", codes=np.array([0, 1, 5]), levels=("x", "y"))
        with pytest.raises(ModelUnusable) as caught:
            representativity([bad], np.ones(3), base_weights=np.array([1.0, 0.0, 1.0]))
        assert [fault.pointer for fault in caught.value.faults] == ["/took_part", "/base_weights", "/a"]

    @pytest.mark.parametrize("took", [np.zeros(5), np.ones(5), np.empty(0)])
    def test_nobody_everybody_and_no_invitations_have_no_unevenness(self, took: np.ndarray) -> None:
        with pytest.raises(ModelUnusable):
            representativity([Categories(key="a", codes=np.zeros(took.size, dtype=int), levels=("x",))], took)

    def test_unknown_profiles_are_a_level_of_their_own(self) -> None:
        found = categories_of([{"sex": "M"}, {"sex": None}, {}], "sex")
        assert found.levels == ("?", "M")
        assert found.codes.tolist() == [1, 0, 0]
