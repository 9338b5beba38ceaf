"""Post-stratification of a multilevel model: a second opinion for groups with few answers.

The model predicts a share for every cell of the population; the cells of a group are then added up by their size
(Gelman and Little 1997; Park, Gelman and Bafumi 2004). Intervals come from draws of the model's posterior, with the
uncertainty of its spreads in them; draws come in mirrored pairs, so that their mean hardly depends on the seed. The
model sees levels and no combination of levels, so the figure stands beside the direct estimate and never replaces it
(`models.second_opinion`)."""

from collections.abc import Mapping

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, as_float
from analytics.errors import ModelUnusable
from analytics.estimates.interval import Interval
from analytics.models.joint_frame import JointFrame
from analytics.models.multilevel import Multilevel

DRAWS = 2000
"""Half of them mirror the other half."""
_BLOCK = 1 << 21
"""Predictions held at once: 16 MB."""


class ModelEstimate(msgspec.Struct, frozen=True, kw_only=True):
    value: float
    """Posterior mean of the group's share."""
    sd: float
    """Posterior standard deviation."""
    interval: Interval
    n: int
    """Answers that the model was fitted on, in all groups together."""
    share: float
    """Part of the population that the group is."""
    levels_only: bool
    """The frame was raked from margins: it does not know how dimensions go together."""


def poststratify(
    model: Multilevel,
    frame: JointFrame,
    groups: Mapping[str, BoolArray],
    *,
    seed: int,
    level: float = 0.95,
    numeric: Mapping[str, FloatArray] | None = None,
) -> dict[str, ModelEstimate]:
    """The share in every group of the population.

    Args:
        groups: masks over the cells of `frame`.
        numeric: the model's fixed numbers, one per cell.

    Raises:
        ModelUnusable: a frame over other dimensions or levels, groups that hold nobody or are no masks (all are named),
            or numbers that are missing.
    """
    _check(model, frame, groups)
    if not groups:
        return {}
    members = np.array([groups[name] for name in groups], dtype=np.float64) * frame.shares
    share = members.sum(axis=1)
    drawn = _added_up(members / share[:, None], model, frame, _numbers(model, frame, numeric or {}), seed)
    tail = (1 - level) / 2
    lower, upper = np.quantile(drawn, [tail, 1 - tail], axis=1)
    return {
        name: ModelEstimate(
            value=float(drawn[i].mean()),
            sd=float(drawn[i].std()),
            interval=Interval(lower=float(lower[i]), upper=float(upper[i]), level=level, method="mrp+laplace"),
            n=model.n,
            share=float(share[i]),
            levels_only=frame.source == "raked",
        )
        for i, name in enumerate(groups)
    }


def _added_up(members: FloatArray, model: Multilevel, frame: JointFrame, numbers: FloatArray, seed: int) -> FloatArray:
    """Groups x draws: the share of each group in each draw, a block of cells at a time."""
    draws = _draws(model, seed)
    codes = frame.codes[:, [frame.dimensions.index(key) for key in model.dimensions]]
    found = np.zeros((members.shape[0], draws.shape[1]))
    width = max(1, _BLOCK // draws.shape[1])
    for start in range(0, codes.shape[0], width):
        block = slice(start, start + width)
        found += members[:, block] @ model.predicted(codes[block], numbers[block], draws)
    return found


def _draws(model: Multilevel, seed: int) -> FloatArray:
    """Coefficients x draws from the posterior: points by their weight, and around each its normal approximation."""
    rng = np.random.default_rng(seed)
    ends = np.rint(np.cumsum([point.weight for point in model.points]) * (DRAWS // 2)).astype(int)
    found = []
    for point, count in zip(model.points, np.diff(ends, prepend=0).tolist(), strict=True):
        away = point.root @ rng.standard_normal((point.coefficients.size, count))
        centre = point.coefficients[:, None]
        found += [centre + away, centre - away]
    return np.hstack(found)


def _numbers(model: Multilevel, frame: JointFrame, numeric: Mapping[str, FloatArray]) -> FloatArray:
    """Cells x numbers, in the order of the model."""
    cells = frame.shares.size
    wrong = [key for key in model.numeric if key not in numeric or np.shape(numeric[key]) != (cells,)]
    wrong += [key for key in model.numeric if key not in wrong and not np.isfinite(as_float(numeric[key])).all()]
    if wrong or set(numeric) - set(model.numeric):
        raise ModelUnusable(
            f"The model needs a finite number for each of {cells} cells of {', '.join(model.numeric) or 'nothing'}; "
            f"given: {', '.join(numeric) or 'nothing'}."
        )
    return np.column_stack([np.empty((cells, 0)), *(as_float(numeric[key]) for key in model.numeric)])


def _check(model: Multilevel, frame: JointFrame, groups: Mapping[str, BoolArray]) -> None:
    sizes = {key: len(levels) for key, levels in zip(frame.dimensions, frame.levels, strict=True)}
    if sizes != dict(zip(model.dimensions, model.sizes, strict=True)):
        raise ModelUnusable(
            f"The model has {', '.join(f'{k} ({n})' for k, n in zip(model.dimensions, model.sizes, strict=True))}; "
            f"the frame has {', '.join(f'{k} ({n})' for k, n in sizes.items())} (levels in brackets)."
        )
    masks = {name: np.asarray(mask) for name, mask in groups.items()}
    odd = sorted(name for name, mask in masks.items() if mask.shape != frame.shares.shape or mask.dtype != np.bool_)
    if odd:
        raise ModelUnusable(f"Groups are True or False for {frame.shares.size} cells; not so {', '.join(odd)}.")
    empty = sorted(name for name, mask in masks.items() if not frame.shares[mask].sum() > 0)
    if empty:
        raise ModelUnusable(f"Nobody of the population is in {', '.join(empty)}.", details={"groups": tuple(empty)})
