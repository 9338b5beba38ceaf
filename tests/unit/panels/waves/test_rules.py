"""What a plan says about waves, and what plans from before waves meant."""

from datetime import UTC, datetime, timedelta

import pytest
from samenspraak.types.audit import WavePlan

from panels.waves import rules
from tests.unit.panels.waves.field import NOW, plan, wave


def test_a_plan_from_before_waves_is_drawn_once_without_limits() -> None:
    old = rules.of(plan(waves=None))
    assert (old.most_waves, old.rest_days, old.full_cells, old.method) == (1, 0, "watch", "stratified")
    assert rules.eligibility(plan(waves=None)).per_month == 31


def test_only_a_plan_with_further_waves_can_decide_on_them() -> None:
    assert rules.adaptive(plan(waves=WavePlan(adaptive="plan")))
    assert not rules.adaptive(plan(waves=WavePlan(adaptive="plan", most_waves=1)))
    assert not rules.adaptive(plan(waves=WavePlan()))
    assert not rules.adaptive(plan(waves=None))


class TestNeeds:
    def test_they_sum_to_the_target_and_nobody_is_left_out(self) -> None:
        needs = rules.needs(100, {"a": 0.7, "b": 0.299, "c": 0.001}, {"a": 70, "b": 30, "c": 2, "rest": 5})
        assert sum(needs.values()) == 100
        assert needs["c"] == 1
        assert needs["rest"] > 0

    def test_with_more_cells_than_completes_some_need_none(self) -> None:
        shares = {str(n): 1 / 150 for n in range(150)}
        needs = rules.needs(100, shares, {**dict.fromkeys(shares, 3), "rest": 1})
        assert sum(needs.values()) == 100
        assert set(needs.values()) == {0, 1}
        assert needs["rest"] == 0


class TestObstacles:
    def test_the_next_wave_waits_for_its_day_and_for_the_first(self) -> None:
        waves = plan(waves=WavePlan(wave_days=2.0))
        assert "opens the fieldwork" in rules.obstacles(waves, (), now=NOW)[0]
        drawn = (wave(1),)
        assert rules.due_at(waves, drawn) == NOW + timedelta(days=2)
        assert "2026-11-26T09:00:00Z" in rules.obstacles(waves, drawn, now=NOW + timedelta(days=1))[0]
        assert rules.obstacles(waves, drawn, now=NOW + timedelta(days=2)) == ()

    def test_after_the_last_wave_no_day_comes(self) -> None:
        waves = plan(waves=WavePlan(most_waves=2))
        drawn = (wave(1), wave(2))
        assert rules.due_at(waves, drawn) is None
        assert "2 waves at most" in rules.obstacles(waves, drawn, now=datetime.max.replace(tzinfo=UTC))[0]

    def test_plan_days_are_as_long_as_the_plan_says(self) -> None:
        short = plan(waves=WavePlan(wave_days=3.0), day_seconds=20.0)
        assert rules.due_at(short, (wave(1),)) == NOW + timedelta(seconds=60)
        assert rules.plan_days(short, NOW, NOW + timedelta(seconds=50)) == 2.5
        assert rules.plan_days(short, NOW + timedelta(seconds=50), NOW) == 0


@pytest.mark.parametrize(("full_cells", "expected"), [("watch", 4), ("finish", 0), ("refuse", 0)])
def test_only_cells_that_are_watched_may_end_a_little_short(full_cells: str, expected: int) -> None:
    assert rules.slack(plan(waves=WavePlan(full_cells=full_cells)), 49) == expected  # type: ignore[arg-type]
