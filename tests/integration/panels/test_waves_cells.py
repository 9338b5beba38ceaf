"""Cells count every completion once, close when they are full, and open again; also with fifty people at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

import msgspec
import pytest
from samenspraak.types.audit import WavePlan
from uuid_utils.compat import uuid7

from panels import fieldwork, invitations
from panels.errors import CellUnknown, QuotaFull
from panels.joining import membership
from panels.joining.notice import NOTICE_VERSION
from panels.models import QuotaCell
from panels.store import waves as store
from panels.waves import cells
from panels.waves.cells import standing

KEY = "V_45-54"
AT_ONCE = 50


class Field:
    """One audit in the field whose cells can be counted and filled."""

    def __init__(self, desk: Any, audit_id: UUID) -> None:
        self.desk = desk
        self.audit_id = audit_id

    async def cell(self, key: str = KEY) -> QuotaCell:
        async with self.desk.databases.api.reading() as conn:
            found = await store.cells(conn, audit_id=self.audit_id)
        return next(cell for cell in found if cell.key == key)

    async def invitations(self, key: str = KEY) -> list[UUID]:
        query = "SELECT id FROM panel.invitation WHERE audit_id = $1 AND stratum = $2 ORDER BY id"
        async with self.desk.databases.worker.reading() as conn:
            return [row["id"] for row in await conn.fetch(query, self.audit_id, key)]

    async def mark(self, invitation_id: UUID, *steps: str) -> None:
        async with self.desk.databases.api.transaction() as conn:
            for step in steps:
                await fieldwork.mark(conn, invitation_id=invitation_id, disposition=step, now=self.desk.now)  # type: ignore[arg-type]

    async def all_at_once(self, ids: Iterable[UUID], *steps: str) -> list[BaseException | None]:
        return await asyncio.gather(*(self.mark(one, *steps) for one in ids), return_exceptions=True)

    async def need(self, need: int) -> None:
        """Give the cell another need, so that a test can fill it."""
        async with self.desk.databases.worker.transaction() as conn:
            await conn.execute(
                "UPDATE panel.quota_cell SET need = $3 WHERE audit_id = $1 AND key = $2", self.audit_id, KEY, need
            )

    async def due(self, wave: str = "invitation") -> set[UUID]:
        found = set()
        async with self.desk.databases.worker.reading() as conn:
            for batch in range(20):
                due = await fieldwork.due(conn, audit_id=self.audit_id, wave=wave, batch=batch, limit=1000)
                found |= {one.invitation_id for one in due}
        return found

    async def counted(self) -> dict[str, tuple[int, int]]:
        """(have, pending) by cell, counted anew from the invitations."""
        query = (
            "SELECT stratum, count(*) FILTER (WHERE disposition = 'completed') AS have,"
            " count(*) FILTER (WHERE disposition IN ('queued', 'sent', 'started', 'broken_off')) AS pending"
            " FROM panel.invitation WHERE audit_id = $1 GROUP BY stratum"
        )
        async with self.desk.databases.worker.reading() as conn:
            return {row["stratum"]: (row["have"], row["pending"]) for row in await conn.fetch(query, self.audit_id)}

    async def agrees(self) -> bool:
        """Whether the counters say what the invitations say."""
        counted = await self.counted()
        async with self.desk.databases.worker.reading() as conn:
            found = await store.cells(conn, audit_id=self.audit_id)
        return all((cell.have, cell.pending) == counted.get(cell.key, (0, 0)) for cell in found)


Opening = Callable[[str], Awaitable[Field]]


@pytest.fixture
async def opening(desk: Any) -> Opening:
    """Opens an audit in which sixty people of one cell are invited; says what a full cell does."""
    rows = [f"v{n}@voorbeeld.nl,{1974 + n % 5},V,PV26,2,nl,{NOTICE_VERSION},2026-11-20" for n in range(60)]
    await desk.load(desk.file(400))
    await desk.load("\n".join([desk.header, *rows]).encode())

    async def open_audit(full_cells: str) -> Field:
        audit_id, margin_set = uuid7(), desk.margin_set()
        plan = msgspec.structs.replace(
            desk.plan(margin_set, target=260),
            waves=WavePlan(full_cells=full_cells),  # type: ignore[arg-type]
            draw=msgspec.structs.replace(desk.plan(margin_set).draw, expected_participation=0.6),
        )
        async with desk.databases.api.transaction() as conn:
            await invitations.open_fieldwork(
                conn,
                audit_id=audit_id,
                plan=plan,
                margins=margin_set,
                seed=7,
                link_key=desk.link_key,
                now=desk.now,
                new_id=uuid7,
            )
        field = Field(desk, audit_id)
        assert len(await field.invitations()) > AT_ONCE
        return field

    return open_audit


class TestCounting:
    async def test_the_needs_of_all_cells_are_the_target(self, opening: Opening) -> None:
        field = await opening("watch")
        async with field.desk.databases.api.reading() as conn:
            found = await store.cells(conn, audit_id=field.audit_id)
        assert sum(cell.need for cell in found) == 260
        assert {cell.key for cell in found} >= {KEY, "rest"}
        assert await field.agrees()

    async def test_fifty_completions_at_once_are_fifty(self, opening: Opening) -> None:
        field = await opening("watch")
        ids = (await field.invitations())[:AT_ONCE]
        before = await field.cell()
        outcomes = await field.all_at_once(ids, "started", "completed")
        assert outcomes == [None] * len(ids)
        after = await field.cell()
        assert (after.have, after.pending) == (len(ids), before.pending - len(ids))
        assert await field.agrees()

    async def test_one_person_who_sends_fifty_times_counts_once(self, opening: Opening) -> None:
        field = await opening("watch")
        one = (await field.invitations())[0]
        await field.mark(one, "started")
        await field.all_at_once([one] * AT_ONCE, "completed")
        assert (await field.cell()).have == 1
        assert await field.agrees()

    async def test_every_way_out_is_counted(self, opening: Opening) -> None:
        field = await opening("watch")
        ids = await field.invitations()
        await field.mark(ids[0], "started", "completed", "withdrawn")
        await field.mark(ids[1], "declined")
        await field.mark(ids[2], "undeliverable")
        await field.mark(ids[3], "started", "declined", "started")
        await field.mark(ids[4], "started", "broken_off", "completed")
        assert await field.agrees()
        assert (await field.cell()).have == 1

    async def test_members_who_leave_or_are_erased_are_taken_out(self, opening: Opening) -> None:
        field = await opening("watch")
        done, waiting, gone = (await field.invitations())[:3]
        await field.mark(done, "started", "completed")
        members = {}
        async with field.desk.databases.worker.reading() as conn:
            for one in (done, waiting, gone):
                members[one] = await conn.fetchval("SELECT member_id FROM panel.invitation WHERE id = $1", one)
        before = await field.cell()
        async with field.desk.databases.api.transaction() as conn:
            await membership.withdraw(conn, member_id=members[waiting], now=field.desk.now)
        for one in (done, gone):
            async with field.desk.databases.vault.transaction() as conn:
                await membership.erase(conn, member_id=members[one], now=field.desk.now)
        after = await field.cell()
        assert (before.have - after.have, before.pending - after.pending) == (1, 2)
        assert await field.agrees()


class TestClosing:
    @pytest.mark.parametrize("need", [1, 20, 49])
    async def test_a_strict_cell_never_exceeds_its_need(self, opening: Opening, need: int) -> None:
        field = await opening("refuse")
        ids = (await field.invitations())[:AT_ONCE]
        await field.all_at_once(ids, "started")
        await field.need(need)
        outcomes = await field.all_at_once(ids, "completed")
        assert sum(outcome is None for outcome in outcomes) == need
        assert sum(isinstance(outcome, QuotaFull) for outcome in outcomes) == len(ids) - need
        assert (await field.cell()).have == need
        assert await field.agrees()

    async def test_whoever_began_may_finish_and_nobody_else_begins(self, opening: Opening) -> None:
        field = await opening("finish")
        ids = await field.invitations()
        await field.need(10)
        await field.all_at_once(ids[:15], "started")
        await field.all_at_once(ids[:10], "completed")
        assert standing(await field.cell()) == "full"
        outcomes = await field.all_at_once([*ids[10:15], *ids[15:40]], "started")
        assert sum(isinstance(outcome, QuotaFull) for outcome in outcomes) == 25
        await field.all_at_once(ids[10:15], "completed")
        assert (await field.cell()).have == 15
        assert await field.agrees()

    async def test_beginning_and_filling_at_once_lets_in_no_more_than_were_under_way(self, opening: Opening) -> None:
        """Whatever the order, nobody begins after the cell is full: begun and done together never pass the invited."""
        field = await opening("finish")
        ids = await field.invitations()
        await field.need(10)
        await field.all_at_once(ids[:10], "started")
        outcomes = await asyncio.gather(
            *(field.mark(one, "completed") for one in ids[:10]),
            *(field.mark(one, "started") for one in ids[10:50]),
            return_exceptions=True,
        )
        refused = sum(isinstance(outcome, QuotaFull) for outcome in outcomes)
        begun = sum(outcome is None for outcome in outcomes[10:])
        assert outcomes[:10] == [None] * 10
        assert refused + begun == len(outcomes) - 10
        assert await field.agrees()
        late = await field.all_at_once(ids[50:], "started")
        assert all(isinstance(outcome, QuotaFull) for outcome in late)

    async def test_a_full_cell_gets_no_mail_and_the_others_do(self, opening: Opening) -> None:
        field = await opening("finish")
        ids = await field.invitations()
        everybody = await field.due()
        await field.need(1)
        await field.mark(ids[0], "started", "completed")
        assert await field.due() == everybody - set(ids)
        async with field.desk.databases.worker.transaction() as conn:
            claimed = await fieldwork.record_mail(conn, invitation_id=ids[1], wave="invitation", now=field.desk.now)
        assert not claimed

    async def test_a_full_cell_gets_no_reminders(self, opening: Opening) -> None:
        field = await opening("finish")
        ids = await field.invitations()
        async with field.desk.databases.worker.transaction() as conn:
            for one in ids:
                await fieldwork.record_mail(conn, invitation_id=one, wave="invitation", now=field.desk.now)
        assert await field.due("reminder_1") == set(ids)
        await field.need(1)
        await field.mark(ids[0], "started", "completed")
        assert await field.due("reminder_1") == set()

    async def test_a_completion_that_is_taken_back_opens_the_cell(self, opening: Opening) -> None:
        field = await opening("refuse")
        ids = await field.invitations()
        await field.need(1)
        await field.mark(ids[0], "started", "completed")
        with pytest.raises(QuotaFull):
            await field.mark(ids[1], "started")
        await field.mark(ids[0], "withdrawn")
        assert standing(await field.cell()) == "open"
        await field.mark(ids[1], "started", "completed")
        assert (await field.cell()).have == 1

    async def test_watched_cells_never_close(self, opening: Opening) -> None:
        field = await opening("watch")
        ids = await field.invitations()
        await field.need(1)
        await field.all_at_once(ids[:5], "started", "completed")
        assert ((await field.cell()).have, (await field.cell()).closed) == (5, False)


class TestDecisions:
    async def decide(self, field: Field, decision: Any, key: str = KEY) -> QuotaCell:
        async with field.desk.databases.api.transaction() as conn:
            cell: QuotaCell = await decision(conn, audit_id=field.audit_id, key=key, now=field.desk.now)
            return cell

    async def test_a_stopped_cell_takes_nobody_and_counts_by_itself_again_when_reopened(self, opening: Opening) -> None:
        field = await opening("finish")
        ids = await field.invitations()
        assert standing(await self.decide(field, cells.stop)) == "stopped"
        assert not await field.due() & set(ids)
        with pytest.raises(QuotaFull):
            await field.mark(ids[0], "started")
        assert standing(await self.decide(field, cells.reopen)) == "open"
        assert await field.due() >= set(ids)
        await field.need(1)
        await field.mark(ids[0], "started", "completed")
        assert standing(await field.cell()) == "full"

    async def test_a_full_cell_that_is_reopened_stays_open_until_it_is_stopped(self, opening: Opening) -> None:
        field = await opening("refuse")
        ids = await field.invitations()
        await field.need(1)
        await field.mark(ids[0], "started", "completed")
        assert standing(await self.decide(field, cells.reopen)) == "reopened"
        await field.mark(ids[1], "started", "completed")
        assert (await field.cell()).have == 2
        await self.decide(field, cells.stop)
        with pytest.raises(QuotaFull):
            await field.mark(ids[2], "started")

    async def test_stopping_while_fifty_people_begin_loses_nobody(self, opening: Opening) -> None:
        field = await opening("watch")
        ids = (await field.invitations())[:AT_ONCE]
        outcomes = await asyncio.gather(
            *(field.mark(one, "started", "completed") for one in ids),
            self.decide(field, cells.stop),
            return_exceptions=True,
        )
        done = sum(outcome is None for outcome in outcomes)
        assert done + sum(isinstance(outcome, QuotaFull) for outcome in outcomes) == len(ids)
        assert (await field.cell()).have == done
        assert await field.agrees()

    async def test_an_unknown_cell_is_named_with_those_that_are_known(self, opening: Opening) -> None:
        field = await opening("watch")
        with pytest.raises(CellUnknown) as refused:
            await self.decide(field, cells.stop, key="V_100+")
        assert KEY in refused.value.details["known"]  # type: ignore[operator]
