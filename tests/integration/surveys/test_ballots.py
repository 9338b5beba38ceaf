import asyncio
import os
from collections import Counter
from uuid import uuid4

import pytest

from service.store import Connection
from surveys import ballots, sealing
from surveys.errors import (
    AlreadyCounted,
    AlreadyVoted,
    BallotClosed,
    BallotStillOpen,
    BallotUnknown,
    BoxDamaged,
    NotEntitled,
    OptionUnknown,
)
from tests.integration.surveys.conftest import TODAY, Poll


class TestCast:
    async def test_fifty_casts_at_once_on_one_vote_give_exactly_one_ballot(
        self, poll: Poll, administrator: Connection
    ) -> None:
        voter = next(iter(poll.register))

        async def attempt(number: int) -> str:
            try:
                await poll.cast(voter, number % 3 + 1)
            except AlreadyVoted:
                return "already"
            return "cast"

        outcomes = await asyncio.gather(*(attempt(number) for number in range(50)))
        assert Counter(outcomes) == {"cast": 1, "already": 49}
        assert await administrator.fetchval("SELECT count(*) FROM ballots.box") == 1
        assert await administrator.fetchval("SELECT count(*) FROM ballots.register WHERE voted_on IS NOT NULL") == 1

    async def test_who_is_not_on_the_list_cannot_vote(self, poll: Poll) -> None:
        with pytest.raises(NotEntitled):
            await poll.cast(uuid4(), 1)

    async def test_only_options_on_the_paper_count_and_a_wrong_one_costs_no_vote(self, poll: Poll) -> None:
        voter = next(iter(poll.register))
        with pytest.raises(OptionUnknown):
            await poll.cast(voter, 4)
        async with poll.databases.api.reading() as conn:
            assert not await ballots.has_voted(conn, audit_id=poll.audit_id, respondent_id=voter)
        await poll.cast(voter, 3)
        async with poll.databases.api.reading() as conn:
            assert await ballots.has_voted(conn, audit_id=poll.audit_id, respondent_id=voter)

    async def test_after_closing_nobody_votes(self, poll: Poll) -> None:
        first, second, *_ = poll.register
        await poll.cast(first, 1)
        assert await poll.close()
        assert not await poll.close()
        with pytest.raises(BallotClosed):
            await poll.cast(second, 1)
        with pytest.raises(AlreadyVoted):
            await poll.cast(first, 1)

    async def test_a_cast_under_way_is_waited_for_at_closing(self, poll: Poll) -> None:
        voter = next(iter(poll.register))
        async with poll.databases.api.transaction() as conn:
            await ballots.cast(
                conn, audit_id=poll.audit_id, respondent_id=voter, choice=1, today=TODAY, entropy=os.urandom
            )
            closing = asyncio.create_task(poll.close())
            await asyncio.sleep(0.2)
            assert not closing.done()
        assert await closing
        assert (await poll.count()).cast == 1

    async def test_a_cast_that_is_undone_leaves_vote_and_box_as_they_were(
        self, poll: Poll, administrator: Connection
    ) -> None:
        voter = next(iter(poll.register))

        async def cast_and_fail() -> None:
            async with poll.databases.api.transaction() as conn:
                await ballots.cast(
                    conn, audit_id=poll.audit_id, respondent_id=voter, choice=1, today=TODAY, entropy=os.urandom
                )
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await cast_and_fail()
        assert await administrator.fetchval("SELECT count(*) FROM ballots.box") == 0
        await poll.cast(voter, 2)

    async def test_an_audit_without_ballot_says_so(self, conn: Connection) -> None:
        with pytest.raises(BallotUnknown):
            await ballots.ballot(conn, uuid4())

    async def test_opening_again_changes_nothing(self, poll: Poll) -> None:
        async with poll.databases.api.transaction() as conn:
            again = await ballots.open_box(
                conn,
                audit_id=poll.audit_id,
                definition=poll.definition,
                public_key=os.urandom(32),
                voters=[(uuid4(), "65+/1")],
                today=TODAY,
            )
            assert again.public_key == poll.public_key
            assert await ballots.entitled(conn, poll.audit_id) == len(poll.register)


class TestCount:
    async def test_the_count_is_what_was_cast_and_every_receipt_is_in_the_list(
        self, poll: Poll, administrator: Connection
    ) -> None:
        await poll.everybody_votes()
        await poll.close()
        result = await poll.count()
        assert result.cast == 48
        assert result.entitled == 48
        assert result.counts == {str(code): n for code, n in sorted(Counter(poll.chosen.values()).items())}
        assert set(result.receipts) == {ballots.receipt_digest(one.code) for one in poll.receipts.values()}
        assert await administrator.fetchval("SELECT count(*) FROM ballots.box") == 0
        async with poll.databases.api.reading() as conn:
            assert await ballots.result(conn, poll.audit_id) == result

    async def test_an_open_ballot_is_not_counted(self, poll: Poll) -> None:
        with pytest.raises(BallotStillOpen):
            await poll.count()
        async with poll.databases.worker.reading() as conn:
            with pytest.raises(BallotStillOpen):
                await ballots.voters(conn, poll.audit_id)

    async def test_counting_twice_is_refused(self, poll: Poll) -> None:
        await poll.everybody_votes()
        await poll.close()
        await poll.count()
        with pytest.raises(AlreadyCounted):
            await poll.count()

    async def test_a_count_that_fails_leaves_the_box_full(self, poll: Poll) -> None:
        await poll.everybody_votes()
        await poll.close()
        right, poll.private_key = poll.private_key, sealing.new_keypair(os.urandom)[0]
        with pytest.raises(BoxDamaged) as damaged:
            await poll.count()
        assert damaged.value.details["unopenable"] == 48
        poll.private_key = right
        assert (await poll.count()).cast == 48

    async def test_a_ballot_too_many_stops_the_count(self, poll: Poll, administrator: Connection) -> None:
        await poll.everybody_votes()
        await administrator.execute(
            "UPDATE ballots.register SET voted_on = NULL WHERE respondent_id = $1", next(iter(poll.register))
        )
        await poll.close()
        with pytest.raises(BoxDamaged) as damaged:
            await poll.count()
        assert damaged.value.details == {"voted": 47, "opened": 48, "unopenable": 0, "odd": 0, "repeated": 0}

    async def test_voters_come_with_their_cell_for_the_weights(self, poll: Poll) -> None:
        await poll.everybody_votes()
        await poll.close()
        async with poll.databases.worker.reading() as conn:
            found = await ballots.voters(conn, poll.audit_id)
        assert {voter.respondent_id: voter.cell for voter in found} == poll.register
