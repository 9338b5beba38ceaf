"""The weighting of one audit, from profiles to weights with a certificate."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from samenspraak.types.margins import MarginSet
from samenspraak.types.report import WeightingRecord

from analytics.arrays import FloatArray
from analytics.designs import design as designs
from analytics.designs.design import Design
from analytics.errors import AnalyticsError, Infeasible, MarginsUnusable
from analytics.weights import checks
from analytics.weights.basis import SeConvention
from analytics.weights.calibrate import Calibration, rake
from analytics.weights.codes import Coded
from analytics.weights.feasibility import Repair
from analytics.weights.frame import Margin, ZeroTargets, check_margins, code_all, merge, population_of


class MarginRow(msgspec.Struct, frozen=True, kw_only=True):
    """One level before and after weighting; shares of everyone, partial knowledge counted by its fraction."""

    dimension: str
    level: str
    population: float
    unweighted: float
    weighted: float
    n: int
    """People known to be in this level."""


class Weighting(msgspec.Struct, frozen=True, kw_only=True):
    weights: FloatArray
    """Final weights; they sum to the number of people."""
    calibration: Calibration
    design: Design
    """Ready for every function of `analytics.estimates`."""
    margins: tuple[Margin, ...]
    """As used, after merging."""
    merged: tuple[str, ...]
    """`province: PV23 + PV24`: levels merged because the answers could not carry them."""
    table: tuple[MarginRow, ...]
    """Levels as published, before merging."""
    reason: str = ""
    """Why levels were merged: what could not be met."""

    @property
    def population(self) -> float | None:
        """People that the weights stand for, where the margins say so."""
        return population_of(self.margins)

    @property
    def population_weights(self) -> FloatArray:
        """Weights that sum to the population, for totals.

        Raises:
            MarginsUnusable: no margin came with the size of the population.
        """
        if self.population is None:
            raise MarginsUnusable("Totals need the size of the population: give it with the margins.")
        return self.weights * (self.population / float(self.weights.sum()))


def weigh(
    profiles: Sequence[Mapping[str, str | None]],
    margins: Sequence[Margin],
    *,
    start_weights: FloatArray | None = None,
    trim_low: float = 0.2,
    trim_high: float = 5.0,
    zero_targets: ZeroTargets = "refuse",
    convention: SeConvention = "start_weights",
    tolerance: float = 1e-10,
) -> Weighting:
    """Rake everybody to the margins, merging levels only where no weights within the limits exist.

    `profiles` are coded profiles (keys `sex`, `age7`, `sex_age`, `province`, `education`, ...); None where the frame
    has no level for the answer: that person counts by the population's conditional shares. `start_weights` are inverse
    selection probabilities (default all 1), `zero_targets` says what to do with people in a level that the population
    does not have.

    Raises:
        MarginsUnusable, ValuesUnknown, WeightsUnusable: the input contradicts itself.
        Infeasible: even merging does not help.
    """
    margins = check_margins(margins)
    return weigh_coded(
        code_all(profiles, margins),
        margins,
        start_weights=start_weights,
        trim_low=trim_low,
        trim_high=trim_high,
        zero_targets=zero_targets,
        convention=convention,
        tolerance=tolerance,
    )


def weigh_coded(
    coded: Sequence[Coded],
    margins: Sequence[Margin],
    *,
    start_weights: FloatArray | None = None,
    trim_low: float = 0.2,
    trim_high: float = 5.0,
    zero_targets: ZeroTargets = "refuse",
    convention: SeConvention = "start_weights",
    tolerance: float = 1e-10,
) -> Weighting:
    """`weigh` for profiles that are coded already (`frame.code_profiles`)."""
    if not coded or not coded[0].codes.size:
        raise AnalyticsError("Weighting needs at least one dimension and one person.")
    people = coded[0].codes.size
    start = np.ones(people) if start_weights is None else checks.weights(start_weights, people)
    used, memberships, reasons = list(margins), list(coded), []
    while True:
        try:
            calibration = rake(
                memberships,
                used,
                start,
                total=float(people),
                trim_low=trim_low,
                trim_high=trim_high,
                zero_targets=zero_targets,
                convention=convention,
                tolerance=tolerance,
            )
            break
        except Infeasible as error:
            if not error.details.get("repairs"):
                raise
            repair: Repair = error.details["repairs"][0]
            _apply(repair, used, memberships)
            reasons += [fault.detail for fault in error.faults]
    return Weighting(
        weights=calibration.weights,
        calibration=calibration,
        design=designs.make(calibration.weights, bases=[calibration.basis]),
        margins=tuple(used),
        merged=tuple(
            f"{new.key}: {level}"
            for new, old in zip(used, margins, strict=True)
            for level in new.levels
            if level not in old.levels
        ),
        table=margin_table(coded, margins, start, calibration.weights),
        reason=" ".join(dict.fromkeys(reasons)),
    )


def margin_table(
    coded: Sequence[Coded], margins: Sequence[Margin], start: FloatArray, weights: FloatArray
) -> tuple[MarginRow, ...]:
    """Every published level before weighting (start weights) and after; people with partial knowledge by fraction."""
    rows = []
    for c, margin in zip(coded, margins, strict=True):
        patterns = np.bincount(c.codes, minlength=len(c.patterns))
        before = np.bincount(c.codes, weights=start, minlength=len(c.patterns)) @ c.patterns / start.sum()
        after = np.bincount(c.codes, weights=weights, minlength=len(c.patterns)) @ c.patterns / weights.sum()
        for i, (level, share) in enumerate(zip(margin.levels, margin.shares, strict=True)):
            rows.append(
                MarginRow(
                    dimension=margin.key,
                    level=level,
                    population=share,
                    unweighted=float(before[i]),
                    weighted=float(after[i]),
                    n=int(patterns[i]),
                )
            )
    return tuple(rows)


def record(weighting: Weighting, margin_set: MarginSet) -> WeightingRecord:
    """The published certificate: enough to weight again and get the same."""
    certificate, margins = weighting.calibration.certificate, weighting.margins
    return WeightingRecord(
        method=certificate.method,
        dimensions=tuple(margin.key for margin in margins),
        merged=weighting.merged,
        converged=certificate.converged,
        iterations=certificate.iterations,
        worst_margin_error=certificate.worst_margin_error,
        g_min=certificate.g_min,
        g_max=certificate.g_max,
        negatives=certificate.negatives,
        n=certificate.n,
        n_eff=certificate.n_eff,
        deff=certificate.deff,
        trimmed_share=certificate.trimmed_share,
        se_convention=weighting.calibration.basis.convention,
        infeasible=weighting.reason,
        margins_id=margin_set.id,
        margins_hash=margin_set.content_hash,
        margins_source="; ".join(_each(margins, "source")),
        reference_dates=_each(margins, "reference_date"),
    )


def _each(margins: Sequence[Margin], field: str) -> tuple[str, ...]:
    """What the margins say of where they come from, each text once."""
    texts = [part for margin in margins for part in getattr(margin, field).split("; ") if part]
    return tuple(dict.fromkeys(texts))


def _apply(repair: Repair, margins: list[Margin], coded: list[Coded]) -> None:
    index = next(i for i, margin in enumerate(margins) if margin.key == repair.dimension)
    margins[index], matrix = merge(margins[index], repair.first, repair.second)
    coded[index] = Coded(codes=coded[index].codes, patterns=coded[index].patterns @ matrix)
