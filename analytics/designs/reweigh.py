"""Weighting every replicate again, as the sample itself was weighted, each with its own certificate.

All replicates are raked together: people alike in every margin form cells, the start weights of a replicate are sums
over cells, and one Newton iteration for all replicates is a few matrix products over cells x replicates. A replicate
that lost a level, or does not converge, is never used half-raked: a bootstrap leaves it out and says how many, a
jackknife refuses and names the level."""

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray, IntArray, as_float
from analytics.designs.replicates import Replicates, spread
from analytics.errors import DesignUnusable, NotConverged
from analytics.weights import codes, distances, newton
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin, check_margins

BLOCK = 32
"""Replicates handled at once where people count: 100,000 people take 26 MB."""
MOST_LOST = 0.05
"""A bootstrap that loses more of its replicates says too little; levels must be merged."""
_STEPS = 60


class ReplicateCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """What was reached in every replicate."""

    converged: BoolArray
    error: FloatArray
    """Largest |reached - target| over the population total, per replicate."""
    iterations: int
    lost: tuple[str, ...] = ()
    """Levels that some replicate lost, with how many replicates did: `education=1 (3)`."""

    @property
    def worst(self) -> float:
        """Largest error among the replicates that are used."""
        return float(self.error[self.converged].max(initial=0.0))


class ReplicateWeights(msgspec.Struct, frozen=True, kw_only=True):
    """Final weights of every replicate, kept small: base weight x factor x correction of the person's cell."""

    base: FloatArray
    replicates: Replicates
    g: FloatArray | None = None
    """Cells x replicates; None where nothing was calibrated."""
    cell_of: IntArray | None = None
    certificate: ReplicateCertificate | None = None

    @property
    def kept(self) -> BoolArray:
        """Replicates that are used."""
        everything = np.ones(self.replicates.size, dtype=bool)
        return everything if self.certificate is None else self.certificate.converged

    def blocks(self, size: int = BLOCK) -> Iterator[FloatArray]:
        """People x replicates, a few replicates at a time, in order."""
        for start in range(0, self.replicates.size, size):
            stop = min(start + size, self.replicates.size)
            weights = self.replicates.block(start, stop) * self.base[:, None]
            if self.g is not None and self.cell_of is not None:
                weights = weights * self.g[self.cell_of, start:stop]
            yield weights

    def export(self) -> np.ndarray:
        """All of them as people x replicates in single precision, for a file beside the data."""
        return np.hstack([block.astype(np.float32) for block in self.blocks()])


def plain(base: FloatArray, replicates: Replicates) -> ReplicateWeights:
    """Replicate weights without calibration."""
    return ReplicateWeights(base=as_float(base), replicates=replicates)


def rake(
    replicates: Replicates,
    coded: Sequence[Coded],
    margins: Sequence[Margin],
    start_weights: FloatArray,
    *,
    total: float | None = None,
    trim_low: float | None = None,
    trim_high: float | None = None,
    tolerance: float = 1e-10,
) -> ReplicateWeights:
    """Rake every replicate to `margins`; the arguments are those of `weights.calibrate.rake`.

    Limits on the final weight hold for each drawn copy of a person.

    Raises:
        DesignUnusable: a jackknife replicate lost a level, or a bootstrap lost more than one replicate in twenty; the
        levels are named.
        NotConverged: replicates of a jackknife that did not reach the margins.
    """
    checked = check_margins(margins)
    d = as_float(start_weights)
    base = d * ((float(d.sum()) if total is None else total) / d.sum())
    limited = trim_high is not None or trim_low is not None
    keys = [one.codes for one in coded]
    if limited:
        keys.append(np.unique(base, return_inverse=True)[1].reshape(-1).astype(np.int64))
    cell = codes.cells(*keys)
    x = np.hstack([one.patterns[one.codes[cell.first]] for one in coded])
    targets = np.concatenate([np.asarray(margin.shares) for margin in checked]) * float(base.sum())
    low, high = _limits(base, cell.first, trim_low, trim_high)
    start = _cell_sums(replicates, base, cell)
    solved = _solve(x, start, targets, low, high, tolerance)
    names = [f"{margin.key}={level}" for margin in checked for level in margin.levels]
    certificate = _certify(x, start, solved, names)
    _insist(certificate, replicates)
    return ReplicateWeights(base=base, replicates=replicates, g=solved.g, cell_of=cell.of, certificate=certificate)


def means(weights: ReplicateWeights, y: FloatArray, *, domain: BoolArray | None = None) -> FloatArray:
    """Weighted means of the columns of `y` (n x k, NaN: no answer) in every replicate, R x k.

    NaN where nobody of the base is in a replicate.
    """
    answers = as_float(y)
    valid = ~np.isnan(answers)
    if domain is not None:
        valid &= np.asarray(domain, dtype=bool)[:, None]
    filled, mask = np.where(valid, answers, 0.0), valid.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.vstack([(block.T @ filled) / (block.T @ mask) for block in weights.blocks()])


def totals(weights: ReplicateWeights, y: FloatArray) -> FloatArray:
    """Weighted totals of the columns of `y` in every replicate, R x k."""
    filled = np.nan_to_num(as_float(y))
    return np.vstack([block.T @ filled for block in weights.blocks()])


def statistic(weights: ReplicateWeights, measure: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Any statistic of a weight vector (n) -> (k), in every replicate, R x k."""
    return np.array([measure(block[:, i]) for block in weights.blocks() for i in range(block.shape[1])])


def covariance(weights: ReplicateWeights, estimates: FloatArray, full: FloatArray) -> FloatArray:
    """k x k covariance of figures from their replicate estimates (R x k) and full-sample values (k)."""
    kept = weights.kept
    return spread(estimates, full, weights.replicates, None if kept.all() else kept)


class _Solved(msgspec.Struct, frozen=True, kw_only=True):
    g: FloatArray
    error: FloatArray
    converged: BoolArray
    iterations: int


def _limits(
    base: FloatArray, first: IntArray, trim_low: float | None, trim_high: float | None
) -> tuple[FloatArray, FloatArray]:
    mean, unit = float(base.mean()), base[first]
    low = np.zeros(first.size) if trim_low is None else trim_low * mean / unit
    high = np.full(first.size, np.inf) if trim_high is None else trim_high * mean / unit
    return low[:, None], high[:, None]


def _cell_sums(replicates: Replicates, base: FloatArray, cell: codes.Cells) -> FloatArray:
    """Start weights of every replicate, summed over cells: cells x replicates."""
    order = np.argsort(cell.of, kind="stable")
    edges = np.searchsorted(cell.of[order], np.arange(cell.first.size))
    sums = np.empty((cell.first.size, replicates.size))
    for start in range(0, replicates.size, BLOCK):
        stop = min(start + BLOCK, replicates.size)
        weighted = replicates.block(start, stop) * base[:, None]
        sums[:, start:stop] = np.add.reduceat(weighted[order], edges, axis=0)
    return sums


def _solve(
    x: FloatArray, start: FloatArray, targets: FloatArray, low: FloatArray, high: FloatArray, tolerance: float
) -> _Solved:
    """Newton on all replicates at once. Replicates that are done are taken out of the later iterations."""
    scale = float(start.sum(axis=0).max())
    rank = _independent(x)
    reduced = x[:, rank]
    pairs = np.triu_indices(rank.size)
    products = np.ascontiguousarray((reduced[:, pairs[0]] * reduced[:, pairs[1]]).T)
    size = start.shape[1]
    lam = np.zeros((rank.size, size))
    # The size of a replicate differs from the population's by chance; starting from its ratio saves a step.
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.log(targets.sum() / (x.sum(axis=1) @ start))
    g = np.clip(np.exp(np.broadcast_to(np.nan_to_num(level), (x.shape[0], size))), low, high)
    offset = np.nan_to_num(level)
    error = np.full(size, np.inf)
    active = np.arange(size)
    steps = 0
    for step in range(_STEPS):
        steps = step
        w = start[:, active] * g[:, active]
        gap = x.T @ w - targets[:, None]
        error[active] = np.abs(gap).max(axis=0) / scale
        going = error[active] > tolerance * 0.1
        if not going.any():
            break
        active, w, gap = active[going], w[:, going], gap[rank][:, going]
        inside = (g[:, active] > low) & (g[:, active] < high)
        curvature = products @ np.where(inside, w, 0.0)
        moves = _directions(curvature, pairs, gap)
        lam[:, active] += _bounded(moves)
        g[:, active] = np.clip(np.exp(np.clip(reduced @ lam[:, active] + offset[active], -60, 60)), low, high)
    fallen = np.flatnonzero((error > tolerance * 10) & (x.T @ start > 0).all(axis=0))
    for r in fallen:
        # Limits flatten the curvature, and full steps then jump to and fro: these go alone, with step halving.
        alone = newton.solve(
            reduced,
            start[:, r],
            targets[rank],
            np.full(rank.size, scale),
            distances.raking(low[:, 0], high[:, 0]),
            tolerance=tolerance,
        )
        g[:, r] = alone.g
        error[r] = float(np.abs(x.T @ (start[:, r] * alone.g) - targets).max()) / scale
    return _Solved(g=g, error=error, converged=error <= tolerance * 10, iterations=steps)


def _directions(curvature: FloatArray, pairs: tuple[IntArray, IntArray], gap: FloatArray) -> FloatArray:
    """Newton steps of every replicate, one small system each, solved together."""
    size, count = gap.shape[0], gap.shape[1]
    whole = np.empty((count, size, size))
    whole[:, pairs[0], pairs[1]] = curvature.T
    whole[:, pairs[1], pairs[0]] = curvature.T
    ridge = 1e-12 * np.einsum("ijj->i", whole) / size + 1e-300
    whole += ridge[:, None, None] * np.eye(size)
    return np.asarray(np.linalg.solve(whole, -gap.T[:, :, None])[:, :, 0].T)


def _bounded(moves: FloatArray) -> FloatArray:
    """Steps no longer than 2 in any multiplier: a factor of seven is far enough for one step."""
    longest = np.abs(moves).max(axis=0)
    return np.asarray(moves * np.minimum(1.0, 2.0 / np.maximum(longest, 1e-300)))


def _independent(x: FloatArray) -> IntArray:
    """Columns that carry information, the first of dependent ones kept."""
    kept: list[int] = []
    gram = x.T @ x
    for i in range(x.shape[1]):
        trial = [*kept, i]
        block = gram[np.ix_(trial, trial)]
        if np.linalg.matrix_rank(block, tol=1e-9 * np.trace(block), hermitian=True) == len(trial):
            kept = trial
    return np.array(kept, dtype=np.int64)


def _certify(x: FloatArray, start: FloatArray, solved: _Solved, names: Sequence[str]) -> ReplicateCertificate:
    reached = x.T @ start
    missing = (reached <= 0).sum(axis=1)
    lost = tuple(f"{name} ({count})" for name, count in zip(names, missing.tolist(), strict=True) if count)
    converged = solved.converged & (reached > 0).all(axis=0)
    return ReplicateCertificate(converged=converged, error=solved.error, iterations=solved.iterations, lost=lost)


def _insist(certificate: ReplicateCertificate, replicates: Replicates) -> None:
    failed = int((~certificate.converged).sum())
    if not failed:
        return
    jackknifed = replicates.kind in ("jk1", "jkn")
    if certificate.lost and (jackknifed or failed > MOST_LOST * replicates.size):
        raise DesignUnusable(
            f"{failed} of {replicates.size} replicates cannot be weighted: they lost {', '.join(certificate.lost)}. "
            "Merge these levels with others before weighting.",
            details={"failed": failed, "lost": certificate.lost},
        )
    if jackknifed or failed > MOST_LOST * replicates.size:
        raise NotConverged(
            f"{failed} of {replicates.size} replicates do not reach the margins; widen the limits or merge levels.",
            details={"failed": failed, "worst": float(certificate.error.max())},
        )
