"""Variants and orders: differences with the size and power that were stated beforehand."""

import numpy as np
import pytest

from analytics.comparisons import orders, power, tables, variants
from analytics.designs import design
from analytics.errors import AnswersUnusable, ComparisonUnusable


def two(rng: np.random.Generator, shift: float, n: int = 400) -> tuple[variants.Difference, ...]:
    part = rng.permutation(n) < n // 2
    y = (rng.random(n) < 0.4 + shift * part).astype(float)
    return variants.compare({"use": y}, {"new": part, "old": ~part}, design.make(rng.uniform(0.6, 1.8, n)))


class TestComparison:
    @pytest.mark.slow
    def test_size_and_power_are_as_stated_beforehand(self) -> None:
        rng, runs = np.random.default_rng(8), 1000
        deff = float(1 + np.var(np.linspace(0.6, 1.8, 1000)) / 1.2**2)
        stated = power.power_of_shares(0.4, 0.15, 200, 200, deff=deff)
        null = np.mean([two(rng, 0.0)[0].stands for _ in range(runs)])
        found = np.mean([two(rng, 0.15)[0].stands for _ in range(runs)])
        assert 0.035 <= null <= 0.068
        assert found == pytest.approx(stated, abs=0.04)

    @pytest.mark.slow
    def test_three_variants_and_three_figures_make_few_false_findings_and_keep_the_stated_power(self) -> None:
        rng, runs, n = np.random.default_rng(5), 400, 450
        plain, any_false, found = design.make(np.ones(n)), 0, 0
        said = power.state(n, parts=3, figures=3, deff=1.0, base=0.4)
        assert said.detectable is not None
        for _ in range(runs):
            part = rng.permutation(n) % 3
            parts = {name: part == i for i, name in enumerate("abc")}
            none = {key: (rng.random(n) < 0.4).astype(float) for key in ("value", "use", "vote")}
            any_false += any(one.stands for one in variants.compare(none, parts, plain))
            some = {**none, "vote": (rng.random(n) < 0.4 + said.detectable * (part == 0)).astype(float)}
            judged = {(one.figure, one.first, one.second): one.stands for one in variants.compare(some, parts, plain)}
            found += bool(judged["vote", "a", "b"])
        assert any_false / runs <= 0.07
        assert found / runs >= 0.77

    def test_all_pairs_and_figures_are_corrected_together(self) -> None:
        rng = np.random.default_rng(1)
        part = rng.integers(0, 3, 600)
        parts = {name: part == i for i, name in enumerate("abc")}
        figures = {"value": rng.normal(size=600), "use": rng.normal(size=600) + 0.5 * (part == 0)}
        found = variants.compare(figures, parts, design.make(np.ones(600)))
        assert [(one.figure, one.first, one.second) for one in found][:3] == [
            ("value", "a", "b"), ("value", "a", "c"), ("value", "b", "c"),
        ]  # fmt: skip
        assert variants.declare(["value", "use"], list("abc")).members[4] == "use: a - c"
        assert len(variants.declare(["value", "use"], list("abc")).members) == len(found) == 6
        assert {one.figure for one in found if one.stands} == {"use"}
        smallest = min(one.p or 1.0 for one in found)
        assert min(one.p_adjusted or 1.0 for one in found) == pytest.approx(6 * smallest)
        assert all((one.p_adjusted or 0) >= (one.p or 1) for one in found)

    def test_the_interval_is_that_of_the_joint_covariance(self) -> None:
        """Parts that share clusters: people of one cluster lean the same way, which a difference within it cancels."""
        rng = np.random.default_rng(12)
        units = np.repeat(np.arange(50), 8)
        y = 3 * rng.normal(size=50)[units] + rng.normal(size=400)
        part = np.tile([True, False], 200)
        clustered = design.make(np.ones(400), stages=[design.stage(strata=None, units=units.tolist(), rows=400)])
        (joint,) = variants.compare({"y": y}, {"a": part, "b": ~part}, clustered)
        (alone,) = variants.compare({"y": y}, {"a": part, "b": ~part}, design.make(np.ones(400)))
        assert joint.se < 0.5 * alone.se
        assert joint.df == 49

    def test_small_parts_are_shown_without_a_test(self) -> None:
        parts = {"a": np.arange(100) < 20, "b": np.arange(100) >= 20}
        (found,) = variants.compare({"y": np.arange(100.0)}, parts, design.make(np.ones(100)))
        assert (found.p, found.p_adjusted, found.stands) == (None, None, None)
        assert (found.n, found.note, found.test) == ((20, 80), "few_answers", "")

    def test_nothing_is_tested_before_closing(self) -> None:
        parts = {"a": np.arange(100) < 50, "b": np.arange(100) >= 50}
        (found,) = variants.compare({"y": np.arange(100.0)}, parts, design.make(np.ones(100)), interim=True)
        assert (found.p, found.p_adjusted, found.stands, found.note) == (None, None, None, "interim")


class TestOneVoice:
    PARTS = {"a": np.arange(100) < 50, "b": np.arange(100) >= 50}

    def test_a_part_that_agrees_is_tested_by_the_table(self) -> None:
        """0 of 50 against 4 of 50 has t = 2.05, p = 0.043; the table gives a larger p."""
        y = np.zeros(100)
        y[[60, 70, 80, 90]] = 1
        plain = design.make(np.ones(100))
        (found,) = variants.compare({"y": y}, self.PARTS, plain)
        assert (found.test, found.note) == ("rao_scott", "no_spread")
        assert found.p == tables.independence(self.PARTS["b"].astype(np.int64), y.astype(np.int64), plain).p
        assert abs(found.value / found.se) > 2.0

    def test_two_parts_that_agree_leave_nothing_to_test(self) -> None:
        (found,) = variants.compare({"y": np.ones(100)}, self.PARTS, design.make(np.ones(100)))
        assert (found.value, found.p, found.stands, found.note) == (0.0, None, None, "no_spread")

    def test_two_parts_that_contradict_each_other_show_the_difference_without_a_test(self) -> None:
        (found,) = variants.compare({"y": self.PARTS["a"] * 1.0}, self.PARTS, design.make(np.ones(100)))
        assert (found.value, found.p, found.test, found.note) == (1.0, None, "", "no_spread")

    def test_shares_differ_by_no_more_than_everything(self) -> None:
        y = np.r_[np.ones(48), 0, 0, np.zeros(48), 1, 1]
        few = design.make(np.r_[np.ones(48), 30, 0.1, np.ones(50)])
        (found,) = variants.compare({"y": np.r_[y[:50], np.zeros(49), 1]}, self.PARTS, few)
        assert -1 <= found.interval.lower <= found.interval.upper <= 1


class TestOrders:
    def arms(self, shift: float, seed: int) -> tuple[orders.OrderEffect, ...]:
        rng = np.random.default_rng(seed)
        first = rng.permutation(1000) < 500
        figures = {
            "same": (rng.random(1000) < 0.5).astype(float),
            "moved": (rng.random(1000) < 0.5 + shift * first).astype(float),
        }
        return orders.order_effects(figures, {"value": first, "concerns": ~first}, design.make(np.ones(1000)))

    def test_an_order_effect_is_told_and_no_effect_is_not(self) -> None:
        same, moved = self.arms(0.15, 1)
        assert (same.moved, moved.moved) == (False, True)
        assert moved.difference.first == "value"
        assert not any(one.moved for one in self.arms(0.0, 2))

    def test_a_real_but_small_effect_is_not_worth_telling(self) -> None:
        rng = np.random.default_rng(3)
        first = np.arange(2000) % 2 == 0
        figures = {"y": rng.normal(0, 0.05, 2000) + 0.02 * first}
        (found,) = orders.order_effects(figures, {"a": first, "b": ~first}, design.make(np.ones(2000)))
        assert found.difference.stands
        assert not found.moved
        (finer,) = orders.order_effects(figures, {"a": first, "b": ~first}, design.make(np.ones(2000)), least=0.01)
        assert finer.moved


class TestInput:
    def test_overlap_and_a_single_part_are_refused(self) -> None:
        plain, y = design.make(np.ones(10)), {"y": np.arange(10.0)}
        with pytest.raises(ComparisonUnusable, match="3 people are in more than one part"):
            variants.compare(y, {"a": np.arange(10) < 6, "b": np.arange(10) >= 3}, plain)
        with pytest.raises(ComparisonUnusable, match="there are 1"):
            variants.compare(y, {"a": np.ones(10, dtype=bool)}, plain)

    def test_masks_and_answers_of_other_people(self) -> None:
        plain = design.make(np.ones(10))
        wrong = {"a": np.ones(9, dtype=bool), "b": np.ones(10)}
        with pytest.raises(ComparisonUnusable, match=r"Part `a` needs .*part `b` needs") as refused:
            variants.compare({"y": np.arange(10.0)}, wrong, plain)
        assert [fault.pointer for fault in refused.value.faults] == ["/a", "/b"]
        parts = {"a": np.arange(10) < 5, "b": np.arange(10) >= 5}
        with pytest.raises(AnswersUnusable, match="do not fit"):
            variants.compare({"y": np.arange(9.0)}, parts, plain)
        with pytest.raises(ComparisonUnusable, match="Figure `y` has 2 columns"):
            variants.compare({"y": np.ones((10, 2))}, parts, plain)

    def test_a_part_without_answers_has_no_difference(self) -> None:
        parts = {"a": np.arange(10) < 5, "b": np.arange(10) >= 5, "c": np.zeros(10, dtype=bool)}
        found = variants.compare({"y": np.arange(10.0)}, parts, design.make(np.ones(10)), minimum=2)
        assert [(one.first, one.second) for one in found] == [("a", "b")]
