"""The weighting of a report: base weights, merged levels, raking, and the record that lets anybody do it again."""

from collections.abc import Sequence

import msgspec
import numpy as np
from samenspraak.types.base import Localised
from samenspraak.types.margins import MarginSet
from samenspraak.types.report import MarginCheck, WeightingRecord

from analytics.designs import design
from analytics.designs.design import Design
from analytics.disclosure.protect import count_rule
from analytics.errors import Infeasible, MarginsUnusable, NotConverged
from analytics.weights.frame import Margin, margins_of
from analytics.weights.kish import kish
from analytics.weights.weigh import MarginRow, Weighting, weigh
from panels import coding
from service.reports.base_weights import Base, base
from service.reports.inputs import ReportInputs, Respondent
from service.reports.merging import MINIMUM_LEVEL, merge_thin_levels

SOLVED = 1e-12
"""Margin errors under this are the last bits of the arithmetic and are reported as this."""


class Weighted(msgspec.Struct, frozen=True, kw_only=True):
    design: Design
    record: WeightingRecord
    checks: tuple[MarginCheck, ...]
    margins: tuple[Margin, ...] = ()
    """As published; empty where nothing was weighted to the population."""


def weight(inputs: ReportInputs, respondents: tuple[Respondent, ...]) -> Weighted:
    """Rake the completed responses to the plan's dimensions.

    Base weights are inverse selection probabilities. Levels with fewer than 30 answers are merged first. Where no
    weights exist, or fewer than 30 answered, base weights stay as they are and the record says why: a report always
    comes. `respondents` are two or more.
    """
    built = base(inputs, respondents)
    start = built.weights
    if start.size < MINIMUM_LEVEL:
        return _base_only(inputs, built, f"fewer than {MINIMUM_LEVEL} answers")
    plan = inputs.plan.weighting
    crossed = [key for key in plan.dimensions if coding.CROSS in key]
    profiles = [
        {**person.profile, **{key: coding.level(person.profile, key) for key in crossed}} for person in respondents
    ]
    margins = margins_of(inputs.margins, plan.dimensions)
    coinciding: set[tuple[str, str]] = set()
    while True:
        merged = merge_thin_levels(profiles, margins, inputs.margins, coinciding=frozenset(coinciding))
        try:
            found = weigh(
                merged.profiles,
                merged.margins or (EVERYBODY,),
                start_weights=start,
                trim_low=plan.trim_low,
                trim_high=plan.trim_high,
                convention=plan.se_convention,
            )
            break
        except MarginsUnusable as failure:
            same = _coinciding(failure, merged.margins, margins) - coinciding
            if not same:
                return _base_only(inputs, built, failure.message)
            coinciding |= same
        except (Infeasible, NotConverged) as failure:
            return _base_only(inputs, built, failure.message)
    return Weighted(
        design=found.design,
        record=_record(inputs, found, merged.remarks, built),
        checks=_checks(found.table, inputs.margins, start.size),
        margins=margins,
    )


def _coinciding(
    failure: MarginsUnusable, margins: Sequence[Margin], published: Sequence[Margin]
) -> set[tuple[str, str]]:
    """The smallest level of those that are the same people in the sample but not in the population.

    Merging it with a neighbour takes the contradiction away. Of each dimension the levels involved, or all the others,
    whichever are fewer people: a relation may speak of everybody except the few it is about.
    """
    involved = {name for name, _ in failure.details.get("relation", ())}
    found = []
    for margin in margins:
        share = dict(zip(margin.levels, margin.shares, strict=True))
        inside = [level for level in margin.levels if f"{margin.key}={level}" in involved]
        outside = [level for level in margin.levels if level not in inside]
        if inside and outside:
            few = min(inside, outside, key=lambda levels: sum(share[level] for level in levels))
            found += [(share[level], margin.key, level) for level in few]
    if not found:
        return set()
    _, key, level = min(found)
    known = next(margin.levels for margin in published if margin.key == key)
    return {(key, part) for part in parts_of(level, known)}


def final_weights(inputs: ReportInputs) -> dict[str, float] | None:
    """Final weight of every respondent, mean 1; the register sums them by cell for the secret ballot.

    None where the report is not weighted: then the ballot is not either.
    """
    respondents = ordered(inputs)
    if len(respondents) < MINIMUM_LEVEL:
        return None
    weighted = weight(inputs, respondents)
    if weighted.record.infeasible:
        return None
    weights = weighted.design.weights / weighted.design.weights.mean()
    return {person.respondent_id: float(w) for person, w in zip(respondents, weights, strict=True)}


def ordered(inputs: ReportInputs) -> tuple[Respondent, ...]:
    """Respondents by id, so that no result depends on the order in which rows came."""
    return tuple(sorted(inputs.respondents, key=lambda person: person.respondent_id))


EVERYBODY = Margin(key="all", levels=("all",), shares=(1.0,))
"""One level that holds everybody: nothing is left to weight on but the base weights."""


def nothing(inputs: ReportInputs) -> Weighted:
    """The record where fewer than two people answered. Its design is never used: there is no figure to make."""
    return _base_only(inputs, Base(weights=np.ones(2), factors=()), "fewer than 2 answers", n=0)


def _base_only(inputs: ReportInputs, built: Base, why: str, *, n: int | None = None) -> Weighted:
    """Base weights as they are, with the reason in the record."""
    found, plan = kish(built.weights), inputs.plan.weighting
    record = WeightingRecord(
        method=f"base weights {_inverse(built)} only",
        dimensions=(),
        converged=False,
        iterations=0,
        worst_margin_error=0.0,
        g_min=1.0,
        g_max=1.0,
        n=found.n if n is None else n,
        n_eff=round(found.n_eff, 1) if n is None else float(n),
        deff=round(found.deff, 3),
        se_convention=plan.se_convention,
        infeasible=why,
        margins_id=inputs.margins.id,
        margins_hash=inputs.margins.content_hash,
        margins_source="",
        base=built.factors,
    )
    return Weighted(design=design.make(built.weights), record=record, checks=())


def _inverse(built: Base) -> str:
    """`1/(invited x responded)`, from the record; `1/probability` where only the draw counts."""
    steps = [factor.step for factor in built.factors]
    return f"1/({' x '.join(steps)})" if len(steps) > 1 else "1/probability"


def _record(inputs: ReportInputs, found: Weighting, remarks: tuple[str, ...], built: Base) -> WeightingRecord:
    certificate = found.calibration.certificate
    plan, margins = inputs.plan.weighting, inputs.margins
    used = [margin.key for margin in found.margins if len(margin.levels) > 1]
    levels = [
        level for dimension in margins.dimensions if dimension.key in plan.dimensions for level in dimension.levels
    ]
    return WeightingRecord(
        method=f"raking ({certificate.method}), base weight {_inverse(built)}, trimmed to "
        f"[{plan.trim_low:g}, {plan.trim_high:g}] x mean inside the loop",
        dimensions=tuple(used),
        merged=remarks + found.merged + _not_adjusted(built),
        converged=certificate.converged,
        iterations=certificate.iterations,
        worst_margin_error=max(float(f"{certificate.worst_margin_error:.1e}"), SOLVED),
        g_min=round(certificate.g_min, 4),
        g_max=round(certificate.g_max, 4),
        negatives=certificate.negatives,
        n=certificate.n,
        n_eff=round(certificate.n_eff, 1),
        deff=round(certificate.deff, 3),
        trimmed_share=round(certificate.trimmed_share, 4),
        se_convention=plan.se_convention,
        margins_id=margins.id,
        margins_hash=margins.content_hash,
        margins_source="; ".join(sorted({level.source for level in levels})),
        reference_dates=tuple(sorted({level.reference_date for level in levels})),
        base=built.factors,
    )


def _not_adjusted(built: Base) -> tuple[str, ...]:
    return (f"niet gewogen naar de kans op antwoord: {built.why_not}",) if built.why_not else ()


def _checks(rows: tuple[MarginRow, ...], margins: MarginSet, n: int) -> tuple[MarginCheck, ...]:
    """Population and sample by level. Counts are profile counts: shown from 10, and never so that fewer than 10
    remain."""
    hidden = _unsafe(rows, n)
    return tuple(
        MarginCheck(
            dimension=row.dimension,
            code=row.level,
            label=_label(row, margins),
            population=round(row.population, 6),
            unweighted=None if (row.dimension, row.level) in hidden else round(row.unweighted, 6),
            weighted=round(row.weighted, 6),
            n=None if (row.dimension, row.level) in hidden else row.n,
        )
        for row in rows
        if row.dimension != "all"
    )


def _unsafe(rows: tuple[MarginRow, ...], n: int) -> set[tuple[str, str]]:
    """Levels whose count may not be printed: under 10, or needed to hide the few that no level holds."""
    hidden: set[tuple[str, str]] = set()
    for dimension in {row.dimension for row in rows}:
        counts = {row.level: row.n for row in rows if row.dimension == dimension}
        hidden |= {(dimension, level) for level in count_rule(counts, n)}
    return hidden


def _label(row: MarginRow, margins: MarginSet) -> Localised:
    known = {
        level.code: level
        for dimension in margins.dimensions
        if dimension.key == row.dimension
        for level in dimension.levels
    }
    levels = [known[code] for code in parts_of(row.level, tuple(known))]
    if not levels:
        return Localised(nl=row.level, en=row.level)
    return Localised(
        nl=" + ".join(level.label_nl for level in levels), en=" + ".join(level.label_en for level in levels)
    )


def parts_of(level: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """The codes that a merged level `A+B` is made of. A code may itself end in a plus: `M_75+`."""
    if level in codes:
        return (level,)
    for code in sorted(codes, key=len, reverse=True):
        if level.startswith(f"{code}+"):
            rest = parts_of(level[len(code) + 1 :], codes)
            if rest:
                return (code, *rest)
    return ()
