"""Rank intervals: ties, missing items, and that all claims hold together as often as they say."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.estimates.ranking import RankInterval, rank_intervals


def test_tied_items_share_the_best_position() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random((400, 3)) < [0.8, 0.3, 0.3]).astype(float)
    y[:, 2] = y[:, 1]
    found = rank_intervals(y, design.make(np.ones(400)))
    assert found == (RankInterval(rank=1, low=1, high=1),) + (RankInterval(rank=2, low=2, high=3),) * 2


def test_items_nobody_answered_come_last_and_may_have_any_rank() -> None:
    y = (np.random.default_rng(2).random((300, 4)) < [0.9, 0.1, 0.5, 0.5]).astype(float)
    y[:, 2:] = np.nan
    found = rank_intervals(y, design.make(np.ones(300)))
    assert [(one.rank, one.low, one.high) for one in found] == [(1, 1, 3), (2, 2, 4), (3, 1, 4), (3, 1, 4)]


def test_five_people_who_agree_are_no_evidence_of_a_rank() -> None:
    y = np.full((300, 2), np.nan)
    y[:5, 0] = 1.0
    y[:, 1] = np.random.default_rng(3).random(300) < 0.5
    first, second = rank_intervals(y, design.make(np.ones(300)))
    assert (first.rank, first.low, first.high) == (1, 1, 2)
    assert (second.low, second.high) == (1, 2)


@pytest.mark.slow
@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5, 0.5, 0.5), (0.6, 0.52, 0.5, 0.48, 0.3)])
def test_all_true_ranks_lie_inside_together(shares: tuple[float, ...]) -> None:
    rng, wrong = np.random.default_rng(4), 0
    truth = np.array(shares)
    above = np.array([(truth > own + 1e-9).sum() for own in truth])
    below = np.array([(truth < own - 1e-9).sum() for own in truth])
    for _ in range(400):
        w = rng.uniform(0.5, 2.0, 250)
        found = rank_intervals((rng.random((250, 5)) < truth).astype(float), design.make(w))
        wrong += any(one.low > 1 + a or one.high < 5 - b for one, a, b in zip(found, above, below, strict=True))
    assert wrong / 400 <= 0.065
