"""A model's figure beside the direct one: always both, with what each rests on."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.errors import AnswersUnusable, ModelUnusable, ValuesUnknown
from analytics.estimates.estimate import proportion
from analytics.models import joint_frame, second_opinion
from analytics.models.joint_frame import JointFrame
from analytics.models.second_opinion import APART, BESIDE, LEVELS_ONLY, NOBODY, ONE, Group
from analytics.weights.frame import Margin
from tests.unit.analytics.models.test_multilevel import AGE, CODES, REGION, Y

PLAIN = design.make(np.ones(400))


@pytest.fixture(scope="module")
def frame() -> JointFrame:
    return joint_frame.published(["age", "region"], [list("01234"), list("01234567")], np.full((5, 8), 1 / 40))


def region(name: str) -> Group:
    return Group(name=name, within={"region": (name,)})


class TestBeside:
    def test_both_are_given_in_the_order_asked(self, frame: JointFrame) -> None:
        uneven = design.make(np.where(AGE == 0, 2.0, 1.0))
        found = second_opinion.beside(Y, CODES, frame, [region("3"), region("1")], uneven, seed=1)
        assert [one.group for one in found] == ["3", "1"]
        assert found[0].direct == proportion(Y, uneven, domain=REGION == 3)
        assert found[0].notes == (BESIDE,)
        assert found[0].model.interval.upper - found[0].model.interval.lower < (
            found[0].direct.interval.upper - found[0].direct.interval.lower  # type: ignore[union-attr]
        )

    def test_a_group_may_combine_dimensions(self, frame: JointFrame) -> None:
        both = Group(name="young north", within={"age": ("0", "1"), "region": ("0", "1", "2")})
        (found,) = second_opinion.beside(Y, CODES, frame, [both], PLAIN, seed=1)
        assert found.direct.n == int(((AGE < 2) & (REGION < 3)).sum())
        assert found.model.share == pytest.approx(6 / 40)

    def test_nobody_and_one_person_are_said(self, frame: JointFrame) -> None:
        y = np.where((REGION == 6) | (REGION == 7), np.nan, Y)
        y[np.flatnonzero(REGION == 7)[0]] = 1.0
        six, seven = second_opinion.beside(y, CODES, frame, [region("6"), region("7")], PLAIN, seed=1)
        assert (six.direct.n, six.direct.value, six.notes) == (0, None, (BESIDE, NOBODY))
        assert (seven.direct.n, seven.notes) == (1, (BESIDE, ONE))
        assert 0.05 < seven.model.value < 0.95

    def test_a_raked_frame_is_said(self) -> None:
        margins = [
            Margin(key="age", levels=tuple("01234"), shares=(0.2,) * 5),
            Margin(key="region", levels=tuple("01234567"), shares=(0.125,) * 8),
        ]
        (found,) = second_opinion.beside(Y, CODES, joint_frame.raked(margins), [region("0")], PLAIN, seed=1)
        assert found.notes == (BESIDE, LEVELS_ONLY)

    def test_a_combination_that_the_levels_do_not_show_is_pointed_at(self, frame: JointFrame) -> None:
        """One age in one region all say yes, against the pattern of both: the model misses it, and says that."""
        corner = (AGE == 0) & (REGION == 2)
        y = np.where(corner, 1.0, np.where(REGION == 2, 0.0, Y))
        here = Group(name="corner", within={"age": ("0",), "region": ("2",)})
        (found,) = second_opinion.beside(y, CODES, frame, [here], PLAIN, seed=1)
        assert found.direct.value == 1
        assert found.model.value < 0.5
        assert found.notes == (BESIDE, APART)


class TestInput:
    def test_faults_are_named(self, frame: JointFrame) -> None:
        with pytest.raises(ValuesUnknown, match="`region` has no '9'"):
            second_opinion.beside(Y, CODES, frame, [region("9")], PLAIN, seed=1)
        with pytest.raises(ValuesUnknown, match="no `sex`"):
            second_opinion.beside(Y, CODES, frame, [Group(name="m", within={"sex": ("m",)})], PLAIN, seed=1)
        with pytest.raises(ModelUnusable, match="different names; got 0, 0"):
            second_opinion.beside(Y, CODES, frame, [region("0"), region("0")], PLAIN, seed=1)
        with pytest.raises(ModelUnusable, match="all the same"):
            second_opinion.beside(np.ones(400), CODES, frame, [region("0")], PLAIN, seed=1)
        with pytest.raises(AnswersUnusable, match="400 people"):
            second_opinion.beside(Y[:5], CODES, frame, [region("0")], PLAIN, seed=1)
        with pytest.raises(AnswersUnusable, match="neither 0 nor 1"):
            second_opinion.beside(Y + 1, CODES, frame, [region("0")], PLAIN, seed=1)
