"""What a variance needs to know of the cells: final weights, strata, and what calibration explains.

For people drawn with replacement, each their own unit, in strata that are functions of the cell. Calibration residuals
follow `analytics.designs.variance`, in both of its conventions: what calibration explains of a figure is linear in the
auxiliary columns, which are constant within a cell, so residuals need only the sums of a figure per cell."""

from collections.abc import Sequence

import msgspec
import numpy as np

from analytics.arrays import FloatArray, IntArray
from analytics.cells.table import CellTable, tally
from analytics.designs.design import Design
from analytics.errors import DesignUnusable
from analytics.weights.calibrate import Basis, SeConvention
from analytics.weights.codes import Cells, Coded

_SWEEPS = 10
_ALIKE = 1e-9
"""Relative difference between the weights of two people of a cell that is rounding."""


class CellDesign(msgspec.Struct, frozen=True, kw_only=True):
    """C cells; what calibration explains of a linearised value z is `fitted` @ (`seen`' sum of z per cell), with the
    sum taken over base weights or, in the sweep convention, over people."""

    factor: FloatArray
    """Final over base weight, per cell."""
    weight: FloatArray
    """Sum of final weights per cell."""
    square: FloatArray
    """Sum of squared final weights per cell."""
    fitted: FloatArray
    """C x r; no column without calibration."""
    seen: FloatArray
    """C x r."""
    convention: SeConvention
    spread: FloatArray
    """r x r: what `fitted` itself varies, over everybody, with n / (n - 1) per stratum."""
    sums: FloatArray
    """Strata x r: weighted sum of `fitted` per stratum."""
    strata: IntArray
    """Stratum of each cell, from 0."""
    units: FloatArray
    """People per stratum."""
    df: int
    """People minus strata."""

    @property
    def inflate(self) -> FloatArray:
        """n / (n - 1) of each cell's stratum."""
        return np.asarray((self.units / (self.units - 1))[self.strata])


def make(
    table: CellTable,
    factor: FloatArray,
    *,
    basis: Basis | None = None,
    strata: IntArray | None = None,
    names: Sequence[str] = (),
) -> CellDesign:
    """A design from final weights.

    Args:
        factor: final over base weight, per cell.
        basis: what the calibration explains, one row per cell; its start weights are sums over the cell.
        strata: stratum number per cell, from 0; default one stratum.
        names: stratum names, for messages.

    Raises:
        DesignUnusable: factors that are not finite, or strata with a single person, each named.
    """
    if factor.size != table.size or not np.isfinite(factor).all():
        raise DesignUnusable(f"One finite weight factor is needed for each of {table.size} cells.")
    strata = np.zeros(table.size, dtype=np.int64) if strata is None else strata
    units = tally(strata, table.n, 1)
    _check_strata(units, names)
    fitted, seen = _explained(table, basis)
    weight, square = table.d * factor, table.d2 * factor * factor
    inflated = square * (units / (units - 1))[strata]
    return CellDesign(
        factor=factor,
        weight=weight,
        square=square,
        fitted=fitted,
        seen=seen,
        convention="start_weights" if basis is None else basis.convention,
        spread=(fitted * inflated[:, None]).T @ fitted,
        sums=np.eye(units.size)[:, strata] @ (fitted * weight[:, None]),
        strata=strata,
        units=units,
        df=table.people - units.size,
    )


def collapse(design: Design, table: CellTable, cells: Cells, base_weights: FloatArray) -> CellDesign:
    """The design of respondents taken over onto their cells (`tabulate.number`), so that figures from both agree.

    Raises:
        DesignUnusable: clusters, stages, joint probabilities or a finite population; several calibrations; or people of
        one cell who differ in weight, calibration columns or stratum.
    """
    finite = any(stage.population is not None or _clustered(stage.units) for stage in design.stages)
    if finite or len(design.stages) > 1 or design.pairwise is not None:
        raise DesignUnusable("Cells hold no clusters, stages or finite populations; use the respondents' own arrays.")
    if len(design.bases) > 1:
        raise DesignUnusable("Cells carry one calibration; use the respondents' own arrays for several.")
    first = cells.first
    factor = design.weights / base_weights
    _same(factor, cells, "weight")
    basis = design.bases[0] if design.bases else None
    if basis is not None:
        for column in basis.columns.T:
            _same(column, cells, "calibration columns")
        _same(basis.start_weights / base_weights, Cells(of=np.zeros_like(cells.of), first=first[:1]), "start weights")
        basis = msgspec.structs.replace(
            basis, kinds=basis.columns[first], kind_of=None, start_weights=basis.start_weights[first] * table.n
        )
    strata = None
    if design.stages:
        _, strata = np.unique(design.stages[0].strata, return_inverse=True)
        _same(strata.reshape(-1).astype(np.float64), cells, "stratum")
        strata = strata.reshape(-1)[first].astype(np.int64)
    return make(table, factor[first], basis=basis, strata=strata)


def recoded(design: Design) -> dict[str, Coded]:
    """Codes of the respondents in each margin that their weights were calibrated to, read back from the calibration;
    keys are positions. Empty without one."""
    if not design.bases:
        return {}
    basis = design.bases[0]
    found = {str(i): _patterns(basis.kinds[:, a:b]) for i, (a, b) in enumerate(basis.blocks)}
    if basis.kind_of is None:
        return found
    return {key: Coded(codes=one.codes[basis.kind_of], patterns=one.patterns) for key, one in found.items()}


def _patterns(block: FloatArray) -> Coded:
    """Rows that are alike get one code. A random projection tells different rows apart; it is checked."""
    mixed = block @ np.random.default_rng(0).random(block.shape[1])
    _, first, codes = np.unique(mixed, return_index=True, return_inverse=True)
    patterns = block[first]
    if not np.array_equal(patterns[codes.reshape(-1)], block):
        patterns, codes = np.unique(block, axis=0, return_inverse=True)
    return Coded(codes=codes.reshape(-1).astype(np.int64), patterns=patterns)


def _clustered(units: IntArray) -> bool:
    return bool(np.unique(units).size < units.size)


def _same(values: FloatArray, cells: Cells, what: str) -> None:
    of_cell = values[cells.first][cells.of]
    if (np.abs(values - of_cell) > _ALIKE * np.maximum(np.abs(of_cell), _ALIKE)).any():
        raise DesignUnusable(f"People of one cell differ in {what}; make finer cells.")


def _check_strata(units: FloatArray, names: Sequence[str]) -> None:
    lonely = np.flatnonzero(units < 2).tolist()
    if lonely and units.size == 1:
        raise DesignUnusable("A variance needs at least two people.")
    if lonely:
        listed = ", ".join(names[i] if names else f"number {i}" for i in lonely)
        raise DesignUnusable(
            f"Strata with fewer than two people have no variance: {listed}. Merge them with a neighbour, or use the "
            "respondents' own arrays with a rule for lonely units.",
            details={"strata": tuple(lonely)},
        )


def _explained(table: CellTable, basis: Basis | None) -> tuple[FloatArray, FloatArray]:
    if basis is None:
        none = np.empty((table.size, 0))
        return none, none
    if basis.convention == "unweighted_sweep":
        return basis.columns @ _sweep(basis, table.n), basis.columns
    fitted = basis.span() / np.sqrt(basis.start_weights)[:, None]
    return fitted, fitted * (basis.start_weights / table.d)[:, None]


def _sweep(basis: Basis, n: FloatArray) -> FloatArray:
    """Matrix M such that ten sweeps of centring over the margins take columns @ M @ (columns' sum of z) out of z."""
    x = basis.columns
    moments = (x * n[:, None]).T @ x
    taken = np.zeros((x.shape[1], x.shape[1]))
    for _ in range(_SWEEPS):
        for a, b in basis.blocks:
            left = np.eye(x.shape[1])[a:b] - moments[a:b] @ taken
            taken[a:b] += np.linalg.pinv(moments[a:b, a:b], hermitian=True) @ left
    return taken
