"""Raking on cells: the targets, limits, merges and certificate of `analytics.weights.weigh`, from counts alone."""

from collections.abc import Sequence

import msgspec

from analytics.arrays import FloatArray, IntArray
from analytics.cells import design as designs
from analytics.cells.design import CellDesign
from analytics.cells.table import CellTable, tally
from analytics.errors import AnalyticsError, Infeasible, MarginsUnusable
from analytics.weights import calibrate
from analytics.weights.calibrate import Basis, Certificate, SeConvention
from analytics.weights.codes import Coded
from analytics.weights.feasibility import Repair
from analytics.weights.frame import Margin, check_margins, merge
from analytics.weights.weigh import MarginRow


class CellRaking(msgspec.Struct, frozen=True, kw_only=True):
    """Weights that meet the margins."""

    factor: FloatArray
    """Final over base weight, per cell."""
    basis: Basis
    """One row per cell."""
    certificate: Certificate


class CellWeighting(msgspec.Struct, frozen=True, kw_only=True):
    """As `analytics.weights.weigh.Weighting`, by cell."""

    factor: FloatArray
    """Final over base weight, per cell; final weights have mean 1."""
    certificate: Certificate
    design: CellDesign
    """Ready for `analytics.cells.estimates`."""
    margins: tuple[Margin, ...]
    """As used, after merging."""
    merged: tuple[str, ...]
    table: tuple[MarginRow, ...]
    """Levels as published, before merging."""
    reason: str = ""
    """Why levels were merged."""


def weigh(
    table: CellTable,
    margins: Sequence[Margin],
    *,
    trim_low: float | None = 0.2,
    trim_high: float | None = 5.0,
    convention: SeConvention = "start_weights",
    tolerance: float = 1e-10,
    strata: IntArray | None = None,
) -> CellWeighting:
    """Rake the cells to the margins, merging levels only where no weights within the limits exist. `strata` are as in
    `design.make`.

    Raises:
        MarginsUnusable: margins that contradict themselves, each other or the table's dimensions.
        AnalyticsError: limits, while cells hold different base weights.
        Infeasible: even merging does not help.
        NotConverged: as `analytics.weights.calibrate.rake`.
    """
    margins = check_margins(margins)
    published = _coded(table, margins)
    used, coded, reasons = list(margins), list(published), []
    while True:
        try:
            raking = rake(
                table,
                used,
                coded=coded,
                total=float(table.people),
                trim_low=trim_low,
                trim_high=trim_high,
                convention=convention,
                tolerance=tolerance,
            )
            break
        except Infeasible as error:
            if not error.details.get("repairs"):
                raise
            _apply(error.details["repairs"][0], used, coded)
            reasons += [fault.detail for fault in error.faults]
    return CellWeighting(
        factor=raking.factor,
        certificate=raking.certificate,
        design=designs.make(table, raking.factor, basis=raking.basis, strata=strata),
        margins=tuple(used),
        merged=tuple(
            f"{new.key}: {level}"
            for new, old in zip(used, margins, strict=True)
            for level in new.levels
            if level not in old.levels
        ),
        table=margin_table(table, margins, raking.factor),
        reason=" ".join(dict.fromkeys(reasons)),
    )


def rake(
    table: CellTable,
    margins: Sequence[Margin],
    *,
    coded: Sequence[Coded] | None = None,
    total: float | None = None,
    trim_low: float | None = None,
    trim_high: float | None = None,
    convention: SeConvention = "start_weights",
    tolerance: float = 1e-10,
) -> CellRaking:
    """Rake to `margins`, as `analytics.weights.calibrate.rake` does for respondents: weights sum to `total` (default:
    the sum of base weights), limits are in mean weights. `coded` replaces the codes of the table, one per margin.

    Raises:
        As `analytics.weights.calibrate.rake`; AnalyticsError: limits, while cells hold different base weights.
    """
    margins = check_margins(margins)
    coded = _coded(table, margins) if coded is None else coded
    limited = trim_low is not None or trim_high is not None
    one_weight = table.one_weight_per_cell
    if limited and not one_weight:
        raise AnalyticsError(
            "Limits on final weights need cells whose people share one base weight: make the table with "
            "`by_weight=True`, or rake without limits."
        )
    found = calibrate.rake_cells(
        coded,
        margins,
        table.d,
        table.n,
        squares=table.d2,
        total=total,
        trim_low=trim_low,
        trim_high=trim_high,
        convention=convention,
        tolerance=tolerance,
    )
    return CellRaking(factor=found.factor, basis=found.basis, certificate=found.certificate)


def margin_table(table: CellTable, margins: Sequence[Margin], factor: FloatArray) -> tuple[MarginRow, ...]:
    """Every published level before weighting (base weights) and after; people with partial knowledge by fraction."""
    rows = []
    final = table.d * factor
    for c, margin in zip(_coded(table, margins), margins, strict=True):
        size = len(c.patterns)
        people = tally(c.codes, table.n, size)
        before = tally(c.codes, table.d, size) @ c.patterns / table.d.sum()
        after = tally(c.codes, final, size) @ c.patterns / final.sum()
        for i, (level, share) in enumerate(zip(margin.levels, margin.shares, strict=True)):
            rows.append(
                MarginRow(
                    dimension=margin.key,
                    level=level,
                    population=share,
                    unweighted=float(before[i]),
                    weighted=float(after[i]),
                    n=round(float(people[i])),
                )
            )
    return tuple(rows)


def _coded(table: CellTable, margins: Sequence[Margin]) -> tuple[Coded, ...]:
    """Codes of the cells in each margin.

    Raises:
        MarginsUnusable: a dimension that the cells do not tell apart, or with another number of levels.
    """
    for margin in margins:
        if margin.key not in table.coded:
            known = ", ".join(table.coded) or "none"
            raise MarginsUnusable(f"The cells are not coded by `{margin.key}`; dimensions in the table: {known}.")
        levels = table.coded[margin.key].patterns.shape[1]
        if levels != len(margin.levels):
            raise MarginsUnusable(
                f"The cells have {levels} levels of `{margin.key}` where the margin has {len(margin.levels)}."
            )
    return tuple(table.coded[margin.key] for margin in margins)


def _apply(repair: Repair, margins: list[Margin], coded: list[Coded]) -> None:
    index = next(i for i, margin in enumerate(margins) if margin.key == repair.dimension)
    margins[index], matrix = merge(margins[index], repair.first, repair.second)
    coded[index] = Coded(codes=coded[index].codes, patterns=coded[index].patterns @ matrix)
