"""A model's figure beside the direct one, for groups in which few people answered.

Both are always given together, with what each rests on. The direct estimate uses the answers of the group only and is
right on average; the multilevel model lends it strength from everybody else, is steadier in thin groups, and is wrong
where a group differs in a way that its levels do not show (Park, Gelman and Bafumi 2004)."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.designs.design import Design
from analytics.errors import ModelUnusable
from analytics.estimates import columns as estimates
from analytics.estimates.estimate import Estimate, proportion
from analytics.models import mrp, multilevel
from analytics.models.joint_frame import JointFrame
from analytics.models.mrp import ModelEstimate

BESIDE = "The model's figure stands beside the direct one and does not replace it."
LEVELS_ONLY = "The population is known by its margins only, so the model holds effects of levels and of no combination."
NOBODY = "Nobody of the group answered: the model's figure comes from other groups alone."
ONE = "One person of the group answered: the model's figure comes almost wholly from other groups."
APART = (
    "The model's figure lies outside the direct interval: the group may differ in a way that its levels do not show."
)


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """People whose level is among the given ones in each of some dimensions."""

    name: str
    within: dict[str, tuple[str, ...]]
    """Levels by dimension; a person belongs if all of them hold."""


class SecondOpinion(msgspec.Struct, frozen=True, kw_only=True):
    group: str
    direct: Estimate
    """From the answers of the group under the design."""
    model: ModelEstimate
    notes: tuple[str, ...]
    """What a reader must know, a sentence each; the first one always holds."""


def beside(
    y: ArrayLike,
    codes: Mapping[str, IntArray],
    frame: JointFrame,
    groups: Sequence[Group],
    design: Design,
    *,
    seed: int,
    level: float = 0.95,
) -> tuple[SecondOpinion, ...]:
    """Direct and model-based share of ones in `y` (1, 0 or NaN per person) for every group, in their order.

    `codes` holds each person's level in every dimension of the frame, -1 where it is not known; somebody of unknown
    level is in no group of that dimension.

    Raises:
        AnswersUnusable: answers that are not 0, 1 or NaN, or of other people than the design.
        ValuesUnknown: groups of dimensions or levels that the frame does not have.
        ModelUnusable: as `multilevel.fit` and `mrp.poststratify`, or groups of the same name.
    """
    answers = estimates.hits(np.ravel(y), design)[:, 0]
    names = [group.name for group in groups]
    if len(set(names)) < len(names):
        raise ModelUnusable(f"Groups need different names; got {', '.join(names)}.")
    cells = {group.name: _cells(group, frame) for group in groups}
    sizes = {key: len(levels) for key, levels in zip(frame.dimensions, frame.levels, strict=True)}
    model = multilevel.fit(answers, codes, sizes)
    modelled = mrp.poststratify(model, frame, cells, seed=seed, level=level)
    return tuple(_opinion(group, answers, codes, frame, design, modelled[group.name], level) for group in groups)


def _cells(group: Group, frame: JointFrame) -> BoolArray:
    inside = np.ones(frame.shares.size, dtype=bool)
    for dimension, levels in group.within.items():
        inside &= frame.within(dimension, levels)
    return inside


def _opinion(
    group: Group,
    answers: FloatArray,
    codes: Mapping[str, IntArray],
    frame: JointFrame,
    design: Design,
    model: ModelEstimate,
    level: float,
) -> SecondOpinion:
    inside = np.ones(answers.size, dtype=bool)
    for dimension, levels in group.within.items():
        inside &= np.isin(codes[dimension], frame.positions(dimension, levels))
    direct = proportion(answers, design, domain=inside, level=level)
    return SecondOpinion(group=group.name, direct=direct, model=model, notes=_notes(direct, model))


def _notes(direct: Estimate, model: ModelEstimate) -> tuple[str, ...]:
    found = [BESIDE]
    if model.levels_only:
        found.append(LEVELS_ONLY)
    if direct.n < 2:
        found.append(NOBODY if direct.n == 0 else ONE)
    elif direct.interval is not None and not direct.interval.lower <= model.value <= direct.interval.upper:
        found.append(APART)
    return tuple(found)
