"""Figures of a population, wherever they were read: the rules a set of margins must meet, and the set itself."""

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import get_args

import msgspec
from samenspraak.canonical import content_hash
from samenspraak.types.margins import MarginDimension, MarginLevel, MarginSet
from samenspraak.types.problem import Fault

from panels import coding, levels
from panels.margins import areas

SHARE_TOLERANCE = 1e-6
"""How far the shares of a dimension may be from 1 together."""
TOTAL_TOLERANCE = 0.005
"""How far the population totals of two dimensions may be apart, relative."""
OVERLAP_TOLERANCE = 0.002
"""How far two dimensions may disagree about the same people, as a share of the population."""
MAX_AGE_DAYS = 5 * 365
"""Figures about a day longer ago than this are marked as outdated."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    at: str
    """Where the figure stood: `row/3`."""
    dimension: str
    source_dimension: str
    base: str
    level: MarginLevel


def levels_of(dimension: str, *, base: str, area: str) -> tuple[str, ...]:
    """Every level of a dimension, or of a combination of two, for an age base and an area; empty for unknown ones.

    Inside a province or municipality its own level is the only one, so that is no dimension there.
    """
    known = {**coding.levels(base), "municipality": areas.municipalities(area)}
    if area != areas.COUNTRY:
        known = {key: codes for key, codes in known.items() if key not in ("province", "landsdeel")}
    if areas.level(area) == "municipality":
        known.pop("municipality")
    parts = dimension.split(coding.CROSS)
    if len(parts) > 2 or len(set(parts)) != len(parts) or any(part not in known for part in parts):
        return ()
    return tuple(coding.SEPARATOR.join(cell) for cell in itertools.product(*(known[part] for part in parts)))


def unknown_dimension(dimension: str) -> str:
    """What to say of a dimension that has no levels here."""
    known = ", ".join((*coding.LEVELS, "municipality"))
    return (
        f"{dimension!r} is not a dimension here; known: {known}, and two of them joined by {coding.CROSS!r}. "
        "A province has no levels of province or landsdeel, a municipality none of municipality either."
    )


def faults(rows: Sequence[Row], *, base: str, area: str, complete: bool) -> list[Fault]:
    """Everything that is wrong with the figures together.

    Args:
        complete: whether every figure could be read; if not, what is missing is not counted as a fault.
    """
    found: list[Fault] = []
    grouped = _grouped(rows)
    if base not in get_args(coding.Base):
        known = " and ".join(get_args(coding.Base))
        detail = f"The population base is {base!r}; margins here have the base {known}."
        found.append(Fault(pointer="population_base", code="unknown_base", detail=detail))
    found += [_base_fault(row, base) for row in rows if row.base != base]
    for key, of_key in grouped.items():
        found.extend(_dimension_faults(key, of_key, levels_of(key, base=base, area=area), complete=complete))
    if complete:
        found.extend(_total_faults(grouped))
        found.extend(_overlap_faults(grouped))
    return found


def _grouped(rows: Sequence[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.dimension].append(row)
    return dict(grouped)


def _base_fault(row: Row, base: str) -> Fault:
    detail = f"The base is {row.base!r} where every row must have {base!r}: bases cannot be mixed."
    return Fault(pointer=f"{row.at}/column/population_base", code="mixed_bases", detail=detail)


def _dimension_faults(key: str, rows: Sequence[Row], codes: Sequence[str], *, complete: bool) -> list[Fault]:
    faults = []
    seen: dict[str, str] = {}
    for row in rows:
        first = seen.setdefault(row.level.code, row.at)
        if first != row.at:
            detail = f"Level {row.level.code} of {key} stood in {first.replace('/', ' ')} already."
            pointer = f"{row.at}/column/category_code"
            faults.append(Fault(pointer=pointer, code="duplicate_level", detail=detail))
    if not complete:
        return faults
    missing = [code for code in codes if code not in seen and not _may_lack(key, code)]
    if missing:
        detail = f"{key} lacks the level{'s' if len(missing) > 1 else ''} {', '.join(missing)}."
        faults.append(Fault(pointer=f"dimension/{key}", code="missing_level", detail=detail))
    total = sum(row.level.share for row in rows)
    if abs(total - 1) > SHARE_TOLERANCE:
        detail = f"The shares of {key} sum to {total:.6f} and must sum to 1."
        faults.append(Fault(pointer=f"dimension/{key}", code="shares_not_one", detail=detail))
    return faults


def _may_lack(key: str, code: str) -> bool:
    """Levels that can be empty: no town is both rural and a big city, and some combinations do not exist."""
    return "urbanity" in key.split(coding.CROSS) or not levels.possible_level(key, code)


def _total_faults(grouped: Mapping[str, Sequence[Row]]) -> list[Fault]:
    totals = {key: sum(row.level.population for row in rows) for key, rows in grouped.items()}
    faults = []
    for key, rows in grouped.items():
        for row in rows:
            counted = row.level.population / totals[key]
            if abs(row.level.share - counted) > OVERLAP_TOLERANCE:
                detail = f"share is {row.level.share} and the population figures give {counted:.6f}."
                pointer = f"{row.at}/column/share"
                faults.append(Fault(pointer=pointer, code="share_disagrees", detail=detail))
    if totals:
        first, reference = next(iter(totals.items()))
        faults += [
            Fault(
                pointer=f"dimension/{key}",
                code="totals_disagree",
                detail=f"{key} counts {total} people and {first} counts {reference}: more than 0.5 % apart.",
            )
            for key, total in totals.items()
            if abs(total - reference) > TOTAL_TOLERANCE * reference
        ]
    return faults


def _overlap_faults(grouped: Mapping[str, Sequence[Row]]) -> list[Fault]:
    """Where two margins say different things about the same people: one settles the other, or both settle a third."""
    found = []
    for coarse in dict.fromkeys((*grouped, *coding.LEVELS)):
        known = grouped.get(coarse)
        codes = tuple(row.level.code for row in known) if known else coding.levels("16+")[coarse]
        said = {coarse: {row.level.code: row.level.share for row in known}} if known else {}
        said |= {key: sums for key in grouped if key != coarse and (sums := _settled(key, grouped[key], coarse, codes))}
        for fine, sums in list(said.items())[1:]:
            first, shares = next(iter(said.items()))
            for code in sums.keys() & shares.keys():
                if abs(sums[code] - shares[code]) > OVERLAP_TOLERANCE:
                    detail = (
                        f"{first} gives {coarse} {code} a share of {shares[code]:.4f} and {fine} gives the same people "
                        f"{sums[code]:.4f}: no weights can meet both."
                    )
                    pointer = f"dimension/{coarse if known else fine}"
                    found.append(Fault(pointer=pointer, code="dimensions_contradict", detail=detail))
    return found


def _settled(fine: str, rows: Sequence[Row], coarse: str, codes: Sequence[str]) -> dict[str, float]:
    """Shares of the levels of `coarse` that levels of `fine` settle: of a level all of its people, or nothing."""
    sums: dict[str, float] = defaultdict(float)
    for row in rows:
        code = levels.settled(fine, row.level.code, coarse, codes)
        if code is not None:
            sums[code] += row.level.share
    return dict(sums)


def margin_set(rows: Sequence[Row], *, name: str, base: str, area: str, now: datetime, id: str) -> MarginSet:
    """The set of figures that have no faults. The newest and oldest dates count as the years in `reference_date`."""
    dimensions = tuple(
        MarginDimension(
            key=key,
            source_dimension=of_key[0].source_dimension,
            levels=tuple(sorted((row.level for row in of_key), key=_order(key, base, area))),
        )
        for key, of_key in _grouped(rows).items()
    )
    every = [level for dimension in dimensions for level in dimension.levels]
    years = [found for level in every if (found := year(level.reference_date)) is not None]
    population = sum(level.population for level in dimensions[0].levels)
    what = {"area": area, "base": base, "population": population, "dimensions": dimensions}
    return MarginSet(
        id=id,
        name=name,
        area=area,
        base=base,
        population=population,
        dimensions=dimensions,
        content_hash=content_hash(what),
        imported_at=now,
        outdated=(now - datetime(min(years), 1, 1, tzinfo=now.tzinfo)).days > MAX_AGE_DAYS,
        recalled=any(level.provenance == "recalled-unverified" for level in every),
    )


def _order(key: str, base: str, area: str) -> Callable[[MarginLevel], int]:
    place = {code: number for number, code in enumerate(levels_of(key, base=base, area=area))}
    return lambda level: place[level.code]


def year(text: str) -> int | None:
    """The first year that a date names."""
    found = re.search(r"\b(19|20)\d\d\b", text)
    return int(found.group()) if found else None
