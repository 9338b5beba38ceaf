"""Whole audits whose response nobody knew: the quota is filled, and hardly more people are asked than need be."""

import numpy as np
import pytest

from tests.unit.panels.inviting import audits


@pytest.mark.slow
class TestSimulatedAudits:
    """A smaller copy of the benchmark, which runs a thousand."""

    def test_the_quota_is_filled_with_hardly_more_people_than_knowing_the_rates_would_take(self) -> None:
        filled, ours, theirs, once = [], [], [], []
        for seed in range(30):
            world = audits.world(seed)
            found = audits.run(world, audits.unknowing(world.keys), seed=seed, assurance=0.97)
            filled.append(found.filled)
            ours.append(found.invited)
            theirs.append(audits.run(world, audits.knowing(world), seed=seed + 1000, assurance=0.97).invited)
            once.append(audits.at_once(world, assurance=0.97))
        # 27 of 30 or more has a probability of 0.99 when 97 of 100 are filled, and of 0.02 when 75 are.
        assert sum(filled) >= 27
        assert sum(ours) < 1.15 * sum(theirs)
        assert sum(ours) < sum(once)

    def test_a_planner_who_does_not_learn_fails(self) -> None:
        filled = []
        for seed in range(15):
            world = audits.world(seed)
            assumed = audits.World(need=world.need, rates=np.full(audits.CELLS, 0.3))
            filled.append(audits.run(world, audits.knowing(assumed), seed=seed, assurance=0.97).filled)
        assert np.mean(filled) < 0.7
