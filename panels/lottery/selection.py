"""What the public is told about a selection: pool, quotas, chances, and the panel beside the population.

Counts follow the count rule: none under ten is shown, nor one from which such a count could be worked out. The pool is
shown when the lottery is published and the panel after the drawing, and readers have both: so the panel's counts are
protected together with what was shown of the pool, and give way to it.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
from samenspraak.types.base import Localised
from samenspraak.types.lottery import Drawing, LotteryQuota, LotteryRules, PoolTable, PublishedLottery
from samenspraak.types.margins import MarginLevel, MarginSet
from samenspraak.types.selection import ChanceBand, SelectionChances, SelectionFeature, SelectionReport, SelectionValue

from analytics.arrays import BoolArray, FloatArray
from analytics.disclosure import release
from panels.lottery import drawing as drawings

BANDS = 25
"""Bars of the histogram of chances, at most."""
PEOPLE = "people"
NOT_KNOWN = {"unknown": Localised(nl="niet bekend", en="not known")}
"""Labels of values that no margin set knows."""
Key = tuple[str, str]
"""Feature and value."""


def pool(
    lottery: PublishedLottery, table: PoolTable, *, bound: float, margins: MarginSet | None = None
) -> SelectionReport:
    """The report as it is published with the lottery.

    Args:
        bound: no lottery gives everybody a higher chance (`Chances.bound` of the solver).
        margins: labels and population shares, where it knows a feature by its key.
    """
    members = _members(lottery.rules.quotas, table)
    hidden = _hidden({f"pool {name}": cell for name, cell in _named(members).items()}, len(table.rows), kept=())
    counts = {key: None if f"pool {_name(key)}" in hidden else int(cell.sum()) for key, cell in members.items()}
    return SelectionReport(
        pool=len(lottery.tickets),
        size=lottery.rules.size,
        panels=len(lottery.panels),
        algorithm=lottery.rules.algorithm,
        one_per_household=lottery.rules.one_per_household,
        features=tuple(_features(lottery.rules, counts, margins)),
        chances=chances(lottery, bound=bound),
        population=margins.name if margins is not None else "",
    )


def panel(report: SelectionReport, lottery: PublishedLottery, table: PoolTable, drawing: Drawing) -> SelectionReport:
    """The report completed with the panel that was drawn. What was shown before stays as it was."""
    members = _members(lottery.rules.quotas, table)
    drawn = frozenset(drawings.panel(lottery, drawing))
    on = np.array([row.ticket in drawn for row in table.rows], dtype=bool)
    shown = {(f.feature, v.value) for f in report.features for v in f.values if v.pool is not None}
    cells: dict[str, BoolArray] = {f"pool {_name(key)}": members[key] for key in members if key in shown}
    kept = tuple(cells)
    cells |= {f"panel {_name(key)}": cell & on for key, cell in members.items()}
    hidden = _hidden({**cells, "panel": on}, len(table.rows), kept=(*kept, "panel"))
    counts = {key: None if f"panel {_name(key)}" in hidden else int((members[key] & on).sum()) for key in members}
    features = tuple(
        msgspec.structs.replace(
            f,
            values=tuple(msgspec.structs.replace(v, panel=counts.get((f.feature, v.value))) for v in f.values),
        )
        for f in report.features
    )
    return msgspec.structs.replace(report, features=features, drawn=True)


def chances(lottery: PublishedLottery, *, bound: float) -> SelectionChances:
    """How equal the chances are, out of the published panels and so for anybody to check."""
    panels, tickets = len(lottery.panels), len(lottery.tickets)
    places = np.concatenate([np.asarray(one, dtype=np.int64) for one in lottery.panels])
    held = np.bincount(places, minlength=tickets)
    p = np.sort(held / panels)
    some = p[p > 0]
    open_ones = p[(p > 0) & (held[np.argsort(held, kind="stable")] < panels)]
    return SelectionChances(
        minimum=float(some[0]),
        maximum=float(open_ones[-1]) if open_ones.size else 1.0,
        average=lottery.rules.size / tickets,
        gini=_gini(p),
        bound=bound,
        never=int((held == 0).sum()),
        always=int((held == panels).sum()),
        bands=tuple(_bands(p)),
    )


def _gini(p: FloatArray) -> float:
    """Gini coefficient of sorted chances, by the ranked-sum formula."""
    n = p.size
    ranks = np.arange(1, n + 1)
    return float(max(0.0, (2 * ranks - n - 1) @ p / (n * p.sum())))


def _bands(p: FloatArray) -> Iterable[ChanceBand]:
    """Bars of equal width from 0 to just past the largest chance, on round numbers."""
    width = _round_up(float(p[-1]) / BANDS)
    edges = width * np.arange(int(np.ceil(float(p[-1]) / width - 1e-9)) + 1)
    # Chances are fractions of panels: a chance on an edge belongs to the band it opens, in spite of rounding.
    counts, _ = np.histogram(p, bins=np.append(edges[:-1] - 1e-9, edges[-1] + 1e-9))
    return (
        ChanceBand(low=round(float(low), 6), high=round(float(high), 6), tickets=int(n))
        for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)
    )


def _round_up(width: float) -> float:
    """The next of 1, 2, 2.5 and 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(width))
    return float(next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= width * (1 - 1e-9)))


def _members(quotas: Sequence[LotteryQuota], table: PoolTable) -> dict[Key, BoolArray]:
    """Who has each value, per row of the table: values of quotas first, then what else occurs."""
    found: dict[Key, BoolArray] = {}
    features = dict.fromkeys(quota.feature for quota in quotas)
    for feature in features:
        column = np.array([row.features.get(feature, "") for row in table.rows], dtype=object)
        given = dict.fromkeys(quota.value for quota in quotas if quota.feature == feature)
        for value in [*given, *sorted(set(column.tolist()) - given.keys() - {""})]:
            found[feature, value] = np.asarray(column == value, dtype=bool)
    return found


def _hidden(cells: Mapping[str, BoolArray], whole: int, *, kept: Sequence[str]) -> frozenset[str]:
    """Names of cells that may not be shown beside the whole."""
    everybody = release.Cell(key="all", variable=PEOPLE, members=np.ones(whole, dtype=bool), kept=True)
    listed = [
        release.Cell(key=name, variable=PEOPLE, members=cell, dimension=_dimension(name), kept=name in kept)
        for name, cell in cells.items()
        if cell.any()
    ]
    found = release.protect([everybody, *listed], {PEOPLE: release.counted(np.ones(whole))})
    return found.hidden | {name for name, cell in cells.items() if not cell.any()}


def _named(members: Mapping[Key, BoolArray]) -> dict[str, BoolArray]:
    return {_name(key): cell for key, cell in members.items()}


def _name(key: Key) -> str:
    return f"{key[0]}={key[1]}"


def _dimension(name: str) -> str:
    """Cells of one feature are disjoint within the pool, and within the panel."""
    return name.partition("=")[0] if "=" in name else ""


def _features(
    rules: LotteryRules, counts: Mapping[Key, int | None], margins: MarginSet | None
) -> Iterable[SelectionFeature]:
    bounds = {(quota.feature, quota.value): quota for quota in rules.quotas}
    known = {one.key: {level.code: level for level in one.levels} for one in margins.dimensions} if margins else {}
    for feature in dict.fromkeys(key[0] for key in counts):
        levels = known.get(feature, {})
        values = [key[1] for key in counts if key[0] == feature]
        yield SelectionFeature(
            feature=feature,
            label=Localised(nl=feature, en=feature),
            values=tuple(
                _value(value, bounds.get((feature, value)), levels.get(value), counts[feature, value], rules.size)
                for value in values
            ),
        )


def _value(
    value: str, quota: LotteryQuota | None, level: MarginLevel | None, count: int | None, size: int
) -> SelectionValue:
    return SelectionValue(
        value=value,
        label=_label(value, level),
        minimum=quota.minimum if quota else 0,
        maximum=quota.maximum if quota else size,
        population=level.share if level else None,
        pool=count,
    )


def _label(value: str, level: MarginLevel | None) -> Localised:
    if level is not None:
        return Localised(nl=level.label_nl, en=level.label_en)
    return NOT_KNOWN.get(value, Localised(nl=value, en=value))
