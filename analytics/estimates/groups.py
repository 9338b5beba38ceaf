"""Many answers by many groups, without an array of people x answers x groups.

Within a group the linearised value of a mean is (y - m) / W, and calibration takes h'b out of it, with one vector b per
answer and group. The variance is then made of sums over the people of the group that do not depend on m: one matrix
product per group gives them all. What is left after calibration can be far smaller than what went in; where more than
four digits would be lost, and wherever the answers of a group hardly vary, the figure is computed from its people."""

import msgspec
import numpy as np
from scipy import sparse

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.designs.design import Design
from analytics.designs.variance import variances
from analytics.errors import AnswersUnusable
from analytics.estimates.columns import Sums, linearised, read

_DIGITS_LOST = 1e-4
_HARDLY_VARIES = 1e-8
_BLOCK = 4096
"""People whose sums are made at a time: few enough to stay in the processor's cache."""


class _Elements(msgspec.Struct, frozen=True, kw_only=True):
    """A sample of single people under at most one calibration. c corrects the square of a weight for its stratum; h are
    the columns that span the calibration, in the metric of the start weights d."""

    base: FloatArray
    """n x 4: 1, w, w^2, c w^2."""
    span: FloatArray
    """n x r: h times the root of d."""
    scale: FloatArray
    """n x 2: what makes d h and c w^2 h of `span`."""
    matrix: FloatArray
    """r x r: sum of c w^2 h h'."""
    strata: IntArray
    factor: FloatArray
    """Per stratum: c over the number of people in it."""
    totals: FloatArray
    """Strata x r: sums of w h."""


def check_groups(groups: IntArray, size: int, design: Design) -> IntArray:
    """Group numbers below `size`, -1 for people in none.

    Raises:
        AnswersUnusable: another length than the design, or numbers that are no group.
    """
    codes = np.asarray(groups)
    if codes.shape != design.weights.shape or not np.issubdtype(codes.dtype, np.integer):
        raise AnswersUnusable(f"Groups need one whole number for each of the {design.weights.size} people.")
    strange = codes[(codes < -1) | (codes >= size)]
    if strange.size:
        named = np.unique(strange)[:10].tolist()
        raise AnswersUnusable(f"Groups {named} do not exist; there are {size}, numbered from 0, and -1 is none.")
    return codes


def grouped(
    y: FloatArray, groups: IntArray, size: int, design: Design, domain: BoolArray | None = None
) -> tuple[Sums, FloatArray]:
    """Sums and variances of the mean of every column of `y` (n x k, checked) in every group; k x `size` each."""
    codes = groups if domain is None else np.where(domain, groups, -1)
    elements = _elements(design)
    if elements is None:
        parts = [_one(y, codes == group, design) for group in range(size)]
        names = Sums.__struct_fields__
        whole = Sums(**{name: np.column_stack([getattr(part, name) for part, _ in parts]) for name in names})
        return whole, np.column_stack([variance for _, variance in parts])
    sums, variance, doubtful = _summed(y, codes.astype(np.int64), size, elements)
    for j, group in np.argwhere(doubtful).tolist():
        exact, spread = _one(y[:, [j]], codes == group, design)
        variance[j, group] = spread[0]
        for name in ("value", "unweighted", "spread2"):
            getattr(sums, name)[j, group] = getattr(exact, name)[0]
    return sums, variance


def _one(y: FloatArray, domain: BoolArray, design: Design) -> tuple[Sums, FloatArray]:
    columns = read(y, design, domain)
    return columns.sums, variances(linearised(columns), design)


def _elements(design: Design) -> _Elements | None:
    """None for clusters, further stages, strata of one, joint draw probabilities, several calibrations, the sweep."""
    stage = design.stages[0] if len(design.stages) == 1 else None
    single = not design.stages or (stage is not None and np.unique(stage.units).size == design.weights.size)
    if (
        design.pairwise is not None
        or not single
        or len(design.bases) > 1
        or any(b.convention != "start_weights" for b in design.bases)
    ):
        return None
    w = design.weights
    strata = np.zeros(w.size, dtype=np.int64) if stage is None else np.unique(stage.strata, return_inverse=True)[1]
    people = np.bincount(strata).astype(np.float64)
    if (people < 2).any():
        return None
    correction = people / (people - 1)
    if stage is not None and stage.population is not None:
        first = np.unique(strata, return_index=True)[1]
        correction = correction * np.maximum(1 - people / stage.population[first], 0.0)
    c = correction[strata] * w * w
    d, span = (design.bases[0].start_weights, design.explained[0]) if design.bases else (w, np.empty((w.size, 0)))
    root = np.sqrt(d) if design.bases else np.ones(w.size)
    return _Elements(
        base=np.column_stack([np.ones(w.size), w, w * w, c]),
        span=span,
        scale=np.column_stack([root, c / root]),
        matrix=span.T @ (span * (c / (root * root))[:, None]),
        strata=strata,
        factor=correction / people,
        totals=((w / root) @ span)[None, :] if people.size == 1 else _per_stratum(strata, w / root, people.size) @ span,
    )


def _per_stratum(strata: IntArray, values: FloatArray, size: int) -> sparse.csr_array:
    """Size x n: the value of each person in the row of the stratum."""
    return sparse.csr_array((values, (strata, np.arange(strata.size))), shape=(size, strata.size))


def _summed(y: FloatArray, codes: IntArray, size: int, elements: _Elements) -> tuple[Sums, FloatArray, BoolArray]:
    """Sums and variances per column and group, and where they cannot be trusted."""
    order = np.argsort(codes.astype(np.int16) if size < 2**15 else codes, kind="stable")
    edges = np.searchsorted(codes[order], np.arange(size + 1))
    k, r, strata = y.shape[1], elements.span.shape[1], elements.factor.size
    of_1, of_y, of_y2 = np.zeros((size, 4 + 2 * r, k)), np.zeros((size, 4 + 2 * r, k)), np.zeros((size, 2, k))
    centre, own = np.zeros((size, k)), np.zeros((2, size, strata if strata > 1 else 0, k))
    for start in range(int(edges[0]), int(edges[-1]), _BLOCK):
        rows = order[start : start + _BLOCK]
        block, span, scale = y[rows], elements.span[rows], elements.scale[rows]
        left = np.hstack([elements.base[rows], span * scale[:, :1], span * scale[:, 1:]])
        groups = range(int(codes[rows[0]]), int(codes[rows[-1]]) + 1)
        for group in groups:
            begin, end = max(edges[group] - start, 0), min(edges[group + 1] - start, rows.size)
            if begin == end:
                continue
            given, counts = _centred(block[begin:end], centre, group, first=begin + start == edges[group])
            mine = left[begin:end]
            of_y[group] += mine.T @ given
            of_1[group] += mine.sum(axis=0)[:, None] if counts is None else mine.T @ counts
            of_y2[group] += mine[:, 1:4:2].T @ (given * given)
            if strata > 1:
                inside = _per_stratum(elements.strata[rows[begin:end]], mine[:, 1], strata)
                own[0, group] += inside @ given
                own[1, group] += inside.sum(axis=1)[:, None] if counts is None else inside @ counts
    return _finish(of_1, of_y, of_y2, centre, own, elements)


def _centred(y: FloatArray, centre: FloatArray, group: int, *, first: bool) -> tuple[FloatArray, FloatArray | None]:
    """Answers around a centre of their group, 0 where missing, and who counts (None: everybody).

    Far from zero the squares of the sums would lose digits; any centre near the answers will do.
    """
    total = y.sum(axis=0)
    if np.isfinite(total).all():
        if first:
            centre[group] = total / y.shape[0]
        return y - centre[group], None
    gone = np.isnan(y)
    if first:
        centre[group] = np.where(gone, 0.0, y).sum(axis=0) / np.maximum((~gone).sum(axis=0), 1)
    given = y - centre[group]
    given[gone] = 0.0
    return given, (~gone).astype(np.float64)


def _finish(
    of_1: FloatArray, of_y: FloatArray, of_y2: FloatArray, centre: FloatArray, own: FloatArray, elements: _Elements
) -> tuple[Sums, FloatArray, BoolArray]:
    """From sums (groups x rows x columns) to figures (columns x groups)."""
    n, weight, squares = of_1[:, 0], of_1[:, 1], of_1[:, 2]
    some = np.where(weight > 0, weight, 1.0)
    mean = of_y[:, 1] / some
    plain = (of_y2[:, 1] - 2 * mean * of_y[:, 3] + mean * mean * of_1[:, 3]) / (some * some)
    moved = (of_y[:, 4:] - mean[:, None] * of_1[:, 4:]) / some[:, None]
    r = elements.span.shape[1]
    b, q = moved[:, :r], moved[:, r:]
    variance = plain + (b * (elements.matrix @ b - 2 * q)).sum(axis=1)
    left = -(elements.totals @ b)
    if own.shape[2]:
        # In a single stratum the linearised values of a mean add up to zero.
        left = left + (own[0] - mean[:, None] * own[1]) / some[:, None]
    variance = variance - np.einsum("s,gsk->gk", elements.factor, left * left)
    size2 = of_y2[:, 0] / some
    spread2 = size2 - mean * mean
    doubtful = (n > 0) & (
        (variance < _DIGITS_LOST * plain) | (spread2 <= _HARDLY_VARIES * (size2 + centre * centre)) | (weight <= 0)
    )
    sums = Sums(
        n=n.T.copy(),
        weight=weight.T.copy(),
        squares=squares.T.copy(),
        value=np.where(weight > 0, mean + centre, 0.0).T,
        unweighted=(of_y[:, 0] / np.maximum(n, 1) + centre).T,
        spread2=(np.maximum(spread2, 0.0) * np.where(n > 1, n / np.maximum(n - 1, 1), 1.0)).T,
    )
    return sums, np.maximum(variance, 0.0).T, doubtful.T
