"""From frame to panel: weights of the whole chain are unbiased where plain figures are not, if the response model is
right; and they are not where it is wrong, which no weight can tell."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest

from analytics.arrays import FloatArray, IntArray
from analytics.designs import design
from analytics.errors import DesignUnusable
from analytics.estimates import estimate
from analytics.weights import nonresponse
from panels.chain import LEAST_SHARED, Chain, pairwise

FRAME, SIZE, PANELS = 2400, 24, 120


class World(NamedTuple):
    """A frame of people: school (0 or 1) settles who answers and how they think, region what quotas ask."""

    school: IntArray
    region: IntArray
    hidden: IntArray
    """Something the frame does not know."""
    opinion: FloatArray
    invited: FloatArray


def world(rng: np.random.Generator) -> World:
    school, region, hidden = (rng.integers(0, 2, FRAME) for _ in range(3))
    opinion = rng.random(FRAME) < 0.2 + 0.4 * school + 0.2 * hidden
    return World(school, region, hidden, opinion.astype(float), np.where(region == 1, 0.2, 0.1))


def lottery(pool: IntArray, region: IntArray, rng: np.random.Generator) -> tuple[list[IntArray], FloatArray]:
    """A list of panels with half of the seats for each region; within a region everybody has the same chance."""
    panels = [
        np.concatenate([rng.choice(pool[region[pool] == part], SIZE // 2, replace=False) for part in (0, 1)])
        for _ in range(PANELS)
    ]
    counts = np.zeros(region.size)
    for panel in panels:
        counts[panel] += 1
    return panels, counts / PANELS


def one_audit(here: World, rng: np.random.Generator, *, respond: FloatArray, known: IntArray) -> tuple[float, float]:
    """Share who agree, plain over the panel and with the weights of the chain; response is modelled on `known`."""
    invited = np.flatnonzero(rng.random(FRAME) < here.invited)
    answered = rng.random(invited.size) < respond[invited]
    groups = nonresponse.by_groups(answered, known[invited], 1 / here.invited[invited])
    rate = {group.name: group.rate for group in groups.certificate.groups}
    panels, selected = lottery(invited[answered], here.region, rng)
    drawn = panels[rng.integers(PANELS)]
    chain = Chain(
        recruited=np.ones(SIZE),
        invited=here.invited[drawn],
        responded=np.array([rate[f"group {known[i]}"] for i in drawn]),
        selected=selected[drawn],
    )
    weights = chain.weights()
    return float(here.opinion[drawn].mean()), float(weights @ here.opinion[drawn] / weights.sum())


def bias(respond: Sequence[float], *, by: str, audits: int = 900) -> tuple[float, float, float]:
    """Mean error of the plain and of the weighted share over simulated audits, and the standard error of the latter."""
    rng = np.random.default_rng(20261124)
    here = world(rng)
    driver = here.school if by == "school" else here.hidden
    chances = np.array(respond)[driver]
    found = np.array([one_audit(here, rng, respond=chances, known=here.school) for _ in range(audits)])
    errors = found - here.opinion.mean()
    return float(errors[:, 0].mean()), float(errors[:, 1].mean()), float(errors[:, 1].std() / np.sqrt(audits))


@pytest.mark.slow
class TestBias:
    def test_with_the_right_response_model_the_weighted_share_is_unbiased_and_the_plain_one_is_not(self) -> None:
        plain, weighted, noise = bias((0.2, 0.6), by="school")
        assert abs(weighted) < 4 * noise + 0.005
        assert plain > 0.07

    def test_with_a_wrong_response_model_the_weighted_share_is_biased_too(self) -> None:
        _, weighted, noise = bias((0.2, 0.6), by="hidden", audits=500)
        assert weighted > 0.03 > 5 * noise


class TestPairwise:
    def test_joint_chances_come_from_the_list_where_types_meet_often(self) -> None:
        rng = np.random.default_rng(1)
        panels = [[f"p{i}" for i in rng.choice(12, 4, replace=False)] for _ in range(1000)]
        people = panels[0]
        chain = Chain(recruited=np.ones(4), invited=np.full(4, 0.5), responded=np.ones(4), selected=np.full(4, 1 / 3))
        found = pairwise(chain, panels, people, {f"p{i}": "same" for i in range(12)}, np.full(12, 1 / 3))
        assert found.method == "lottery list"
        assert found.joint[0, 1] == pytest.approx(0.25 * (4 * 3) / (12 * 11)), "four of twelve, without replacement"
        assert np.diag(found.joint) == pytest.approx(chain.chance)

    def test_where_nobody_is_like_anybody_the_list_says_too_little(self) -> None:
        rng = np.random.default_rng(2)
        panels = [[f"p{i}" for i in rng.choice(200, 10, replace=False)] for _ in range(1000)]
        people = panels[0]
        chain = Chain(recruited=np.ones(10), invited=np.ones(10), responded=np.ones(10), selected=np.full(10, 0.05))
        found = pairwise(chain, panels, people, {f"p{i}": f"t{i}" for i in range(200)}, np.full(200, 0.05))
        assert found.method == "hajek"
        assert found.least_shared < LEAST_SHARED
        # Ten out of two hundred without replacement.
        assert found.joint[0, 1] == pytest.approx(10 * 9 / (200 * 199), rel=0.01)

    @pytest.mark.slow
    @pytest.mark.parametrize("alike", [True, False])
    def test_intervals_with_joint_chances_cover_the_truth(self, alike: bool) -> None:
        """A lottery over 40 people, two fixed groups, 12 seats; the mean of the 40 is estimated from each panel."""
        rng = np.random.default_rng(3)
        part = np.repeat([0, 1], 20)
        values = rng.normal(part * 0.5, 1.0)
        panels = [
            [f"p{i}" for i in (*rng.choice(20, 8, replace=False), *(20 + rng.choice(20, 4, replace=False)))]
            for _ in range(1000)
        ]
        pool = {f"p{i}": str(part[i]) if alike else str(i) for i in range(40)}
        selected = np.where(part == 0, 8 / 20, 4 / 20)
        inside = 0
        for panel in panels[:400]:
            drawn = np.array([int(id[1:]) for id in panel])
            chain = Chain(recruited=np.ones(12), invited=np.ones(12), responded=np.ones(12), selected=selected[drawn])
            joint = pairwise(chain, panels, panel, pool, selected)
            assert joint.method == ("lottery list" if alike else "hajek")
            found = estimate.mean(values[drawn], design.make(chain.weights(), pairwise=joint.joint))
            inside += abs(found.value - values.mean()) < 2.2 * found.se
        assert 0.90 <= inside / 400 <= 0.99


def test_somebody_who_could_not_be_drawn_has_no_weight() -> None:
    chain = Chain(recruited=np.ones(2), invited=np.ones(2), responded=np.ones(2), selected=np.array([0.5, 0.0]))
    with pytest.raises(DesignUnusable, match="could not be drawn"):
        chain.weights()
