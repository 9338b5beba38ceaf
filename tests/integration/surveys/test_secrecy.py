"""Whether anybody who can read the whole database can tell how a person voted.

The attacks below get what an administrator gets: every row of every table with its hidden columns, and the list of who
cast when, as a server log would show it. Each returns how many voters it links to their choice with certainty. Planted
flaws show that the attacks find something when there is something to find.
"""

import asyncpg
import msgspec
import pytest
from samenspraak.types.ballot import CellCount

from service.store import Connection
from surveys import ballots, envelope, sealing
from tests.integration.surveys.conftest import TODAY, Poll


async def rows_of_votes(admin: Connection, poll: Poll, *, key: bytes | None) -> list[tuple[str, int]]:
    """Every row anywhere in ballots and results that stands for one vote: (xmin, choice), in the order on disk.

    A sealed row tells its choice only to who holds the key.
    """
    found = []
    tables = await admin.fetch(
        "SELECT table_schema || '.' || table_name AS name, array_agg(column_name::text) AS columns "
        "FROM information_schema.columns WHERE table_schema IN ('ballots', 'results') GROUP BY 1"
    )
    for table in tables:
        if "sealed" in table["columns"] and key is not None:
            rows = await admin.fetch(f"SELECT xmin::text AS xmin, sealed FROM {table['name']} ORDER BY ctid")
            found += [(row["xmin"], envelope.read(sealing.unseal(key, row["sealed"])).choice) for row in rows]
        if "choice" in table["columns"]:
            rows = await admin.fetch(f"SELECT xmin::text AS xmin, choice FROM {table['name']} ORDER BY ctid")
            found += [(row["xmin"], row["choice"]) for row in rows]
    return found


async def by_transaction(admin: Connection, poll: Poll, *, key: bytes | None = None) -> int:
    """Voters whose register line and vote were written by one transaction that wrote no other."""
    votes = await rows_of_votes(admin, poll, key=key)
    links = 0
    for row in await admin.fetch(
        "SELECT respondent_id, xmin::text AS xmin FROM ballots.register WHERE voted_on IS NOT NULL"
    ):
        same = [choice for xmin, choice in votes if xmin == row["xmin"]]
        links += len(same) == 1 and same[0] == poll.chosen[row["respondent_id"]]
    return links


async def by_order(admin: Connection, poll: Poll, *, key: bytes | None = None) -> int:
    """Voters found by laying the votes, as they lie on disk, beside the voters in the order they cast (or lie on
    disk).
    """
    votes = [choice for _, choice in await rows_of_votes(admin, poll, key=key)]
    on_disk = [
        row["respondent_id"]
        for row in await admin.fetch(
            "SELECT respondent_id FROM ballots.register WHERE voted_on IS NOT NULL ORDER BY ctid"
        )
    ]
    best = 0
    for voters in (list(poll.chosen), on_disk):
        hits = [poll.chosen[voter] == vote for voter, vote in zip(voters, votes, strict=False)]
        best = max(best, len(hits) if hits and all(hits) else 0)
    return best


async def by_time(admin: Connection, poll: Poll) -> int:
    """Columns beside a vote that are finer than a day."""
    return int(
        await admin.fetchval(
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'ballots' "
            "AND data_type IN ('timestamp with time zone', 'timestamp without time zone', 'time without time zone')"
        )
    )


async def by_weight(admin: Connection, poll: Poll) -> int:
    """Voters in a published cell where every ballot, or all but fewer than ten, has the same choice as theirs."""
    result = (await ballots.ballot(admin, poll.audit_id)).result
    if result is None or not result.weighted:
        return 0
    links = 0
    for cell in result.cells:
        total = sum(cell.counts.values())
        links += sum(total for count in cell.counts.values() if total - count < 10)
    return links


async def all_links(admin: Connection, poll: Poll, *, key: bytes | None = None) -> dict[str, int]:
    return {
        "transaction": await by_transaction(admin, poll, key=key),
        "order": await by_order(admin, poll, key=key),
        "time": await by_time(admin, poll),
        "weight": await by_weight(admin, poll),
    }


NOTHING = {"transaction": 0, "order": 0, "time": 0, "weight": 0}


@pytest.fixture
async def admin(poll: Poll, administrator: Connection) -> Connection:
    await administrator.set_type_codec(
        "jsonb", schema="pg_catalog", format="binary", encoder=bytes, decoder=lambda data: bytes(data[1:])
    )
    return administrator


class TestAfterTheCount:
    async def test_no_voter_can_be_linked_to_a_vote(self, poll: Poll, admin: Connection) -> None:
        await poll.everybody_votes()
        await poll.close()
        await poll.count()
        assert await all_links(admin, poll, key=poll.private_key) == NOTHING

    async def test_between_closing_and_count_not_even_the_key_links_by_transaction(
        self, poll: Poll, admin: Connection
    ) -> None:
        await poll.everybody_votes()
        await poll.close()
        assert await by_transaction(admin, poll, key=poll.private_key) == 0
        assert len({row["x"] for row in await admin.fetch("SELECT xmin::text AS x FROM ballots.register")}) == 1

    async def test_the_register_lies_on_disk_in_an_order_that_says_nothing(self, poll: Poll, admin: Connection) -> None:
        await poll.everybody_votes()
        await poll.close()
        lying = [
            row["respondent_id"]
            for row in await admin.fetch("SELECT respondent_id FROM ballots.register ORDER BY ctid")
        ]
        assert lying == sorted(lying)
        assert lying != list(poll.chosen)


class TestTheAttacksSeeAFlaw:
    """Controls: each plants one flaw and must be caught."""

    async def test_an_open_ballot_can_be_linked_by_who_holds_both_database_and_key(
        self, poll: Poll, admin: Connection
    ) -> None:
        await poll.everybody_votes()
        assert await by_transaction(admin, poll, key=poll.private_key) == 48
        assert await by_transaction(admin, poll, key=None) == 0

    async def test_a_box_that_is_kept_with_its_key_is_found_by_order(self, poll: Poll, admin: Connection) -> None:
        await poll.everybody_votes()
        await poll.close()
        assert (await all_links(admin, poll, key=poll.private_key))["order"] == 48

    async def test_counted_votes_kept_one_by_one_in_the_order_of_casting_are_found(
        self, poll: Poll, admin: Connection
    ) -> None:
        await poll.everybody_votes()
        await poll.close()
        await poll.count()
        await admin.execute("CREATE TABLE ballots.counted (choice integer)")
        await admin.executemany("INSERT INTO ballots.counted VALUES ($1)", [(c,) for c in poll.chosen.values()])
        assert (await all_links(admin, poll))["order"] == 48

    async def test_counted_votes_written_in_the_transaction_of_the_register_line_are_found(
        self, poll: Poll, admin: Connection
    ) -> None:
        await admin.execute("CREATE TABLE ballots.counted (choice integer)")
        await poll.everybody_votes()
        for respondent_id, choice in poll.chosen.items():
            async with admin.transaction():
                await admin.execute("INSERT INTO ballots.counted VALUES ($1)", choice)
                await admin.execute(
                    "UPDATE ballots.register SET voted_on = $2 WHERE respondent_id = $1", respondent_id, TODAY
                )
        assert (await all_links(admin, poll))["transaction"] == 48

    async def test_a_published_cell_in_which_nearly_all_agree_is_found(self, poll: Poll, admin: Connection) -> None:
        await poll.everybody_votes()
        await poll.close()
        result = await poll.count()
        cell = CellCount(cell="65+/3", counts={"1": 12, "2": 0, "3": 0}, weight=1.0)
        flawed = msgspec.structs.replace(result, weighted=True, cells=(cell,))
        await admin.execute("UPDATE ballots.ballot SET result = $1", b"\x01" + msgspec.json.encode(flawed))
        assert (await all_links(admin, poll))["weight"] == 12

    async def test_a_time_beside_the_ballot_is_found(self, poll: Poll, admin: Connection) -> None:
        await admin.execute("ALTER TABLE ballots.box ADD COLUMN cast_at timestamptz DEFAULT now()")
        assert (await all_links(admin, poll))["time"] == 1


class TestWhatTheBoxHolds:
    async def test_every_envelope_has_one_length_and_a_random_id(self, poll: Poll, admin: Connection) -> None:
        await poll.everybody_votes()
        rows = await admin.fetch("SELECT id, octet_length(sealed) AS length FROM ballots.box ORDER BY ctid")
        assert {row["length"] for row in rows} == {176}
        assert {row["id"].version for row in rows} == {4}
        assert [row["id"] for row in rows] != sorted(row["id"] for row in rows)

    async def test_the_box_has_no_column_but_audit_id_and_envelope(self, admin: Connection) -> None:
        columns = await admin.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'ballots' AND table_name = 'box'"
        )
        assert {row["column_name"] for row in columns} == {"audit_id", "id", "sealed"}


class TestRoles:
    @pytest.mark.parametrize("role", ["api", "worker"])
    @pytest.mark.parametrize("statement", ["SELECT 1 FROM ballots.box", "DELETE FROM ballots.box"])
    async def test_neither_pages_nor_worker_can_look_into_the_box(self, poll: Poll, role: str, statement: str) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with getattr(poll.databases, role).transaction() as conn:
                await conn.execute(statement)

    @pytest.mark.parametrize(
        ("role", "statement"),
        [
            ("worker", "INSERT INTO ballots.box SELECT gen_random_uuid(), gen_random_uuid(), ''"),
            ("tally", "INSERT INTO ballots.box SELECT gen_random_uuid(), gen_random_uuid(), ''"),
            ("tally", "SELECT 1 FROM fieldwork.answer"),
            ("vault", "SELECT 1 FROM ballots.register"),
            ("vault", "SELECT 1 FROM fieldwork.answer"),
            ("api", "DELETE FROM ballots.register"),
            ("api", "UPDATE ballots.register SET cell = 'x'"),
            ("api", "UPDATE ballots.ballot SET state = 'closed'"),
        ],
    )
    async def test_no_role_can_do_more_than_its_work(self, poll: Poll, role: str, statement: str) -> None:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with getattr(poll.databases, role).transaction() as conn:
                await conn.execute(statement)
