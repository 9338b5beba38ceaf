"""The count of a secret ballot: integers by merged cell, and the shares that follow from them.

Every published share can be recomputed from the published cells: sum over cells of weight x ballots for the option,
over sum of weight x ballots. A cell's weight is the sum of its voters' final weights over its ballots, so no single
weight is published, and a cell is only published when every option in it has at least the minimum number of ballots.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from msgspec import Struct
from samenspraak.canonical import content_hash
from samenspraak.types.ballot import BallotDefinition, BallotResult, CellCount
from samenspraak.types.base import Localised, SampleKind
from samenspraak.types.estimate import Estimate, Interval

from analytics.designs import design
from analytics.disclosure import thresholds
from analytics.estimates import estimate
from surveys.models import Opened

DECIMALS = 6
"""Of a cell's weight, as published and as used."""
ALL = "all"
UNKNOWN = "?"

CONSULTATIVE = Localised(
    nl="Dit is een raadgevende stemming, geen verkiezing.",
    en="This is a consultative vote, not an election.",
)
UNANIMOUS = Localised(
    nl="Alle stemmen zijn gelijk. Van elk stembiljet is dus bekend wat erop stond.",
    en="All votes are the same. It is therefore known what was on every ballot.",
)
TOO_FEW = Localised(
    nl="Er zijn te weinig stemmen om een uitslag te geven zonder dat een stem bekend wordt.",
    en="There are too few votes to give a result without making a vote known.",
)
UNWEIGHTED = Localised(
    nl="Deze uitslag is niet gewogen: in groepen zouden er te weinig stemmen per keuze zijn.",
    en="This result is not weighted: in groups there would be too few votes for each choice.",
)


class Group(Struct, frozen=True):
    """Cells counted together: `rows` are levels of the first dimension, `columns` what follows them."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]

    def holds(self, cell: str) -> bool:
        row, column = split(cell)
        return row in self.rows and column in self.columns

    @property
    def name(self) -> str:
        return "+".join(self.rows) + ("/" + "+".join(self.columns) if self.columns != ("",) else "")


Counts = Mapping[str, Counter[int]]


def count(
    opened: Sequence[Opened],
    *,
    definition: BallotDefinition,
    weights_by_cell: Mapping[str, float] | None,
    entitled: int,
    sample_kind: SampleKind,
    level: float = 0.95,
) -> BallotResult:
    """Count opened ballots.

    Args:
        weights_by_cell: cell as on the ballots -> sum of the final weights of its voters; None: count without weights.
        entitled: people invited to the ballot.

    Returns:
        Counts, weighted shares with interval and base, cells and receipts. Suppressed (no counts at all) under the
        minimum cell; one unweighted table where no split into cells is safe. The signature is the caller's to add.

    Raises:
        ValueError: a cell with ballots has no weight, or none above zero.
    """
    options = [option.code for option in definition.options]
    receipts = tuple(sorted(ballot.receipt for ballot in opened))
    if len(opened) < definition.minimum_cell:
        return _result(definition, entitled, len(opened), receipts, notes=(CONSULTATIVE, TOO_FEW), suppressed=True)
    by_cell: dict[str, Counter[int]] = {}
    for ballot in opened:
        by_cell.setdefault(ballot.cell, Counter())[ballot.choice] += 1
    groups = merge(by_cell, options, definition.minimum_cell) if weights_by_cell is not None else ()
    weighted = len(groups) > 1
    if weights_by_cell is not None and weighted:
        cells = tuple(_cell(group, by_cell, options, weights_by_cell) for group in groups)
    else:
        cells = (_unweighted(by_cell, options),)
    totals = {str(code): sum(cell.counts[str(code)] for cell in cells) for code in options}
    notes = [CONSULTATIVE]
    notes += [UNANIMOUS] if max(totals.values()) == len(opened) else []
    notes += [] if weighted else [UNWEIGHTED]
    shares = _shares(cells, options, sample_kind, level)
    return _result(definition, entitled, len(opened), receipts, tuple(notes), cells, totals, shares, weighted=weighted)


def recount(result: BallotResult) -> dict[str, float]:
    """Share by option code from the published integers and cell weights alone; empty for a suppressed result."""
    whole = sum(cell.weight * sum(cell.counts.values()) for cell in result.cells)
    codes = result.counts.keys() if whole else ()
    return {code: sum(cell.weight * cell.counts[code] for cell in result.cells) / whole for code in codes}


def digest(cells: Sequence[CellCount], receipts: Sequence[str]) -> str:
    """SHA-256 over cells and receipts in canonical JSON: what gets signed."""
    return content_hash({"cells": cells, "receipts": receipts})


def merge(by_cell: Counts, options: Sequence[int], minimum: int) -> tuple[Group, ...]:
    """Fewest merges of neighbouring cells after which every group has `minimum` ballots for every option.

    First columns are merged within a row (education within an age), then whole rows with the neighbour that has fewest
    ballots. Groups stay rectangles, so that they have a name. A single group may still fall short of the minimum.
    """
    rows: list[tuple[str, ...]] = [(row,) for row in _ordered({split(cell)[0] for cell in by_cell})]
    while True:
        table = {row: _columns(row, by_cell, options, minimum) for row in rows}
        short = [row for row in rows if any(_short(group, by_cell, options, minimum) for group in table[row])]
        if not short or len(rows) == 1:
            return tuple(group for row in rows for group in table[row])
        weakest = min(short, key=lambda row: _ballots(table[row], by_cell))
        at = rows.index(weakest)
        neighbours = [place for place in (at - 1, at + 1) if 0 <= place < len(rows)]
        other = min(neighbours, key=lambda place: _ballots(table[rows[place]], by_cell))
        low, high = sorted((at, other))
        rows[low : high + 1] = [rows[low] + rows[high]]


def split(cell: str) -> tuple[str, str]:
    """First dimension, and the rest as one."""
    row, _, column = cell.partition("/")
    return row, column


def _ordered(levels: Iterable[str]) -> list[str]:
    """Levels in the order of their codes, which is that of age and education; unknown last."""
    return sorted(levels, key=lambda one: (UNKNOWN in one, one))


def _columns(row: tuple[str, ...], by_cell: Counts, options: Sequence[int], minimum: int) -> list[Group]:
    """The columns of a row, neighbours merged until none falls short or one is left."""
    levels = _ordered({column for cell in by_cell for first, column in [split(cell)] if first in row})
    groups = [Group(row, (level,)) for level in levels]
    while len(groups) > 1:
        short = [group for group in groups if _short(group, by_cell, options, minimum)]
        if not short:
            break
        at = groups.index(min(short, key=lambda group: _ballots([group], by_cell)))
        neighbours = [place for place in (at - 1, at + 1) if 0 <= place < len(groups)]
        other = min(neighbours, key=lambda place: _ballots([groups[place]], by_cell))
        low, high = sorted((at, other))
        groups[low : high + 1] = [Group(row, groups[low].columns + groups[high].columns)]
    return groups


def _counts(group: Group, by_cell: Counts) -> Counter[int]:
    total: Counter[int] = Counter()
    for cell, counts in by_cell.items():
        if group.holds(cell):
            total.update(counts)
    return total


def _short(group: Group, by_cell: Counts, options: Sequence[int], minimum: int) -> bool:
    counts = _counts(group, by_cell)
    return any(counts[option] < minimum for option in options)


def _ballots(groups: Iterable[Group], by_cell: Counts) -> int:
    return sum(_counts(group, by_cell).total() for group in groups)


def _cell(group: Group, by_cell: Counts, options: Sequence[int], weights: Mapping[str, float]) -> CellCount:
    counts = _counts(group, by_cell)
    cells = [cell for cell in by_cell if group.holds(cell)]
    missing = [cell for cell in cells if not weights.get(cell, 0.0) > 0]
    if missing:
        raise ValueError(f"No weight for the voters of {', '.join(sorted(missing))}.")
    weight = round(sum(weights[cell] for cell in cells) / counts.total(), DECIMALS)
    return CellCount(cell=group.name, counts={str(code): counts[code] for code in options}, weight=weight)


def _unweighted(by_cell: Counts, options: Sequence[int]) -> CellCount:
    total: Counter[int] = Counter()
    for counts in by_cell.values():
        total.update(counts)
    return CellCount(cell=ALL, counts={str(code): total[code] for code in options}, weight=1.0)


def _shares(
    cells: Sequence[CellCount], options: Sequence[int], sample_kind: SampleKind, level: float
) -> dict[str, Estimate]:
    """Weighted share of every option with its interval, one row per ballot; no percentage where the base is too
    small.
    """
    weights = np.concatenate([np.full(sum(cell.counts.values()), cell.weight) for cell in cells])
    chosen = np.concatenate([np.repeat(options, [cell.counts[str(code)] for code in options]) for cell in cells])
    hits = (chosen[:, None] == np.asarray(options)).astype(np.float64)
    found = estimate.proportions(hits, design.make(weights), level=level)
    return {str(code): _published(one, sample_kind) for code, one in zip(options, found, strict=True)}


def _published(found: estimate.Estimate, sample_kind: SampleKind) -> Estimate:
    flag = thresholds.flag(found.n)
    if flag in {"suppressed", "too_few"}:
        return Estimate(value=None, n=found.n, base="voted", flag=flag, sample_kind=sample_kind)
    limits = found.interval
    interval = None
    if limits is not None:
        interval = Interval(lower=limits.lower, upper=limits.upper, level=limits.level, method=limits.method)
    return Estimate(
        value=found.value,
        se=found.se,
        interval=interval,
        n=found.n,
        n_eff=found.n_eff,
        deff=found.deff,
        base="voted",
        flag=flag,
        sample_kind=sample_kind,
        unweighted=found.unweighted,
    )


def _result(
    definition: BallotDefinition,
    entitled: int,
    cast: int,
    receipts: tuple[str, ...],
    notes: tuple[Localised, ...],
    cells: tuple[CellCount, ...] = (),
    counts: dict[str, int] | None = None,
    shares: dict[str, Estimate] | None = None,
    *,
    weighted: bool = False,
    suppressed: bool = False,
) -> BallotResult:
    return BallotResult(
        definition_hash=content_hash(definition),
        entitled=entitled,
        cast=cast,
        counts=counts or {},
        shares=shares or {},
        weighted=weighted,
        cells=cells,
        receipts=receipts,
        digest=digest(cells, receipts),
        notes=notes,
        suppressed=suppressed,
    )
