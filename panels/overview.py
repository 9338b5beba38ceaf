"""The panel in counts, for staff."""

from collections import Counter, defaultdict
from datetime import date

from samenspraak.types.margins import MarginSet
from samenspraak.types.panel import CellSize, PanelState

from panels.coding import coded
from panels.store import Connection, members


async def panel_state(conn: Connection, *, margins: MarginSet | None, on: date) -> PanelState:
    """Members by status, active ones by sample kind and, with margins, by level beside the population share.

    `share` is of the members whose level is known.
    """
    by_status: Counter[str] = Counter()
    by_kind: Counter[str] = Counter()
    for row in await members.count(conn):
        by_status[row.status] += row.people
        if row.status == "active":
            by_kind[row.kind] += row.people
    return PanelState(
        active=by_status["active"],
        pending=by_status["pending"],
        paused=by_status["paused"],
        withdrawn=by_status["withdrawn"],
        by_kind=dict(by_kind),
        cells=await _cells(conn, margins, on) if margins else (),
    )


async def _cells(conn: Connection, margins: MarginSet, on: date) -> tuple[CellSize, ...]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for profile, people in await members.active_profiles(conn):
        for dimension, code in coded(profile, on=on).items():
            if code is not None:
                counted[dimension][code] += people
    return tuple(
        CellSize(
            dimension=dimension.key,
            code=level.code,
            active=counted[dimension.key][level.code],
            share=counted[dimension.key][level.code] / max(1, counted[dimension.key].total()),
            population_share=level.share,
        )
        for dimension in margins.dimensions
        for level in dimension.levels
    )
