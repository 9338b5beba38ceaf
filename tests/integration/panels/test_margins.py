"""Margins in the database: whole, unchanged, newest first. And the panel beside them, in counts."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from panels import overview
from panels.errors import MarginsUnknown
from panels.margins import sets as margins


async def test_a_set_comes_back_as_it_was_imported(desk: Any, conn: Any) -> None:
    made = desk.margin_set()
    await margins.add(conn, made)
    assert await margins.get(conn, made.id) == made


async def test_the_same_figures_are_kept_once(desk: Any, conn: Any) -> None:
    first = await margins.add(conn, desk.margin_set())
    again = await margins.add(conn, desk.margin_set())
    assert again == first
    assert len(await margins.all(conn)) == 1


async def test_the_latest_is_the_one_imported_last(desk: Any, conn: Any) -> None:
    assert await margins.latest(conn) is None
    older = await margins.add(conn, desk.margin_set())
    newer = msgspec.structs.replace(
        desk.margin_set(), name="CBS 2027", imported_at=older.imported_at + timedelta(days=1)
    )
    await margins.add(conn, newer)
    assert await margins.latest(conn) == newer
    assert await margins.all(conn) == [newer, older]


@pytest.mark.parametrize("id", ["nothing", "noth\0ing"])
async def test_an_unknown_set_is_an_error(conn: Any, id: str) -> None:
    with pytest.raises(MarginsUnknown):
        await margins.get(conn, id)


async def test_staff_see_the_panel_beside_the_population(panel_of_400: Any) -> None:
    await panel_of_400.sign_up()
    async with panel_of_400.databases.api.reading() as conn:
        seen = await overview.panel_state(conn, margins=panel_of_400.margin_set(), on=panel_of_400.now.date())
    assert (seen.active, seen.pending, seen.by_kind) == (400, 1, {"simulated": 400})
    provinces = [cell for cell in seen.cells if cell.dimension == "province"]
    assert sum(cell.active for cell in provinces) == 400
    assert sum(cell.share for cell in provinces) == pytest.approx(1)
    assert len(seen.cells) == 30
