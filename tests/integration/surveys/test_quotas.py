"""Quotas of a questionnaire: places are reserved on the way, count once sent, and are never given twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from samenspraak.types.expressions import AnswerOf, OneOf, Profile
from samenspraak.types.questionnaire import Questionnaire, Quota

from service import db
from service.db import Database, Databases
from service.settings import Settings
from service.store import Connection
from surveys import quotas, responses, retention
from surveys.errors import QuotaFilled, ResponseFinished
from surveys.models import Response
from tests.integration.surveys.conftest import NOON, Walk, both

YOUNG = Quota(
    key="young",
    label=both("Young people"),
    when=OneOf(term=Profile(field="age3"), values=("18-34",)),
    limit=1,
    full="end",
)
WORRIED = Quota(
    key="worried", label=both("Worried"), when=OneOf(term=AnswerOf(question="WO"), values=(4, 5)), limit=1, full="end"
)
COUNTED = Quota(key="counted", label=both("Counted"), when=WORRIED.when, limit=1, full="report")


def with_quotas(questionnaire: Questionnaire, *those: Quota) -> Questionnaire:
    return msgspec.structs.replace(questionnaire, quotas=those)


class Field:
    """One audit with quotas, and the people who come to it."""

    def __init__(self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID) -> None:
        self.conn, self.questionnaire, self.audit_id = conn, questionnaire, audit_id

    async def comes(self, *, age3: str = "", now: datetime = NOON) -> Walk:
        profile = {"age3": age3} if age3 else {}
        response = await responses.begin(
            self.conn,
            audit_id=self.audit_id,
            respondent_id=uuid4(),
            language="en",
            seed=1,
            now=now,
            new_id=uuid4,
            profile=profile,
        )
        return Walk(self.conn, self.questionnaire, response)

    async def leaves(self, response: Response) -> None:
        await responses.let_go(
            self.conn,
            audit_id=self.audit_id,
            respondent_id=response.respondent_id,
            quota="worried",
            now=NOON,
        )

    async def counts(self, now: datetime = NOON) -> dict[str, tuple[int, int, int]]:
        """Quota -> have, reserved, turned away."""
        found = await quotas.status(self.conn, audit_id=self.audit_id, questionnaire=self.questionnaire, now=now)
        return {one.key: (one.have, one.reserved, one.turned_away) for one in found}


async def opened(conn: Connection, questionnaire: Questionnaire, audit_id: UUID, *those: Quota) -> Field:
    asked = with_quotas(questionnaire, *those)
    await responses.add_questionnaire(conn, audit_id, asked)
    return Field(conn, asked, audit_id)


async def send(walk: Walk) -> None:
    sent = await responses.submit(walk.conn, response=walk.response, questionnaire=walk.questionnaire, now=walk.now())
    assert sent.first


class TestFromTheStart:
    async def test_a_place_is_kept_from_the_start_and_counts_once_it_was_sent(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        field = await opened(conn, questionnaire, audit_id, YOUNG)
        first = await field.comes(age3="18-34")
        assert await field.counts() == {"young": (0, 1, 0)}
        await first.whole()
        await send(first)
        assert await field.counts() == {"young": (1, 0, 0)}

    async def test_who_comes_on_top_is_not_let_in_and_others_are(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        field = await opened(conn, questionnaire, audit_id, YOUNG)
        await field.comes(age3="18-34")
        older, unknown = await field.comes(age3="65+"), await field.comes()
        assert (older.response.state, unknown.response.state) == ("in_progress", "in_progress")
        with pytest.raises(QuotaFilled) as full:
            await field.comes(age3="18-34")
        assert full.value.details == {"quota": "young"}

    async def test_a_place_comes_free_when_somebody_stops(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        field = await opened(conn, questionnaire, audit_id, YOUNG)
        first = await field.comes(age3="18-34")
        ids = {"audit_id": audit_id, "respondent_id": first.response.respondent_id}
        await responses.decline(conn, **ids, now=NOON)
        second = await field.comes(age3="18-34")
        assert await field.counts() == {"young": (0, 1, 0)}
        await second.whole()
        await send(second)
        await responses.erase(conn, audit_id=audit_id, respondent_id=second.response.respondent_id)
        assert await field.counts() == {"young": (0, 0, 0)}

    async def test_refused_consent_gives_the_place_back(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        field = await opened(conn, questionnaire, audit_id, YOUNG)
        first = await field.comes(age3="18-34")
        assert (await first.save("consent", {"CO": ["2"]})).ended
        assert await field.counts() == {"young": (0, 0, 0)}

    async def test_for_a_day_the_place_is_kept_for_who_comes_back(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        field = await opened(conn, questionnaire, audit_id, YOUNG)
        await field.comes(age3="18-34")
        with pytest.raises(QuotaFilled):
            await field.comes(age3="18-34", now=NOON + timedelta(hours=23))

    async def test_after_a_day_the_place_is_for_who_comes_then(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        field = await opened(conn, questionnaire, audit_id, YOUNG)
        first = await field.comes(age3="18-34", now=NOON - timedelta(hours=25))
        assert await field.counts() == {"young": (0, 0, 0)}
        second = await field.comes(age3="18-34")
        with pytest.raises(QuotaFilled):
            await first.save("consent", {"CO": ["1"]})
        await responses.decline(conn, audit_id=audit_id, respondent_id=second.response.respondent_id, now=NOON)
        third = await field.comes(age3="18-34")
        await third.whole()
        await send(third)
        assert await field.counts() == {"young": (1, 0, 0)}


class TestByAnAnswer:
    async def test_the_answer_decides_when_a_place_is_taken_and_given_back(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        field = await opened(conn, questionnaire, audit_id, WORRIED)
        one = await field.comes()
        assert await field.counts() == {"worried": (0, 0, 0)}
        await one.whole(WO="5")
        assert await field.counts() == {"worried": (0, 1, 0)}
        await one.save("worry", {"WO": ["1"]})
        assert await field.counts() == {"worried": (0, 0, 0)}

    async def test_who_is_let_go_leaves_nothing_and_cannot_go_on(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        field = await opened(conn, questionnaire, audit_id, WORRIED)
        first, second = await field.comes(), await field.comes()
        await first.whole(WO="5")
        with pytest.raises(QuotaFilled):
            await second.whole(WO="4")
        await field.leaves(second.response)
        found = await responses.load(conn, audit_id=audit_id, respondent_id=second.response.respondent_id)
        assert found is not None
        assert found.state == "quota_full"
        assert await responses.answers(conn, found) == {}
        with pytest.raises(ResponseFinished):
            await second.save("consent", {"CO": ["1"]})
        assert await field.counts() == {"worried": (0, 1, 1)}
        assert not await responses.decline(
            conn, audit_id=audit_id, respondent_id=second.response.respondent_id, now=NOON
        )

    async def test_who_is_let_go_by_one_quota_gives_back_the_place_in_another(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        field = await opened(conn, questionnaire, audit_id, YOUNG, WORRIED)
        first, second = await field.comes(age3="65+"), await field.comes(age3="18-34")
        await first.whole(WO="5")
        await field.leaves(second.response)
        assert await field.counts() == {"young": (0, 0, 0), "worried": (0, 1, 1)}

    async def test_a_quota_that_reports_turns_nobody_away(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        field = await opened(conn, questionnaire, audit_id, COUNTED)
        for _ in range(3):
            one = await field.comes()
            await one.whole(WO="5")
            await send(one)
        assert await field.counts() == {"counted": (3, 0, 0)}


@pytest.fixture
async def other_pool(database_settings: Settings) -> AsyncIterator[Database]:
    """The pool of a second process."""
    pool = await Database.connect(db.role_dsn(database_settings, "api"), role="api", max_size=6)
    yield pool
    await pool.close()


READ = "SELECT have FROM fieldwork.quota WHERE audit_id = $1 AND key = 'young'"
WRITE = "UPDATE fieldwork.quota SET have = have + 1, ends = false WHERE audit_id = $1 AND key = 'young'"


class TestInParallel:
    async def test_of_200_at_once_exactly_20_complete_and_everybody_else_is_let_go(
        self, databases: Databases, other_pool: Database, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        limited = msgspec.structs.replace(YOUNG, limit=20)
        short = msgspec.structs.replace(questionnaire, pages=questionnaire.pages[:1], quotas=(limited,))
        async with databases.api.transaction() as conn:
            await responses.add_questionnaire(conn, audit_id, short)
        pools, turn = (databases.api, other_pool), asyncio.Semaphore(40)

        async def comes(number: int) -> str:
            pool, ids = pools[number % 2], {"audit_id": audit_id, "respondent_id": uuid4()}
            async with turn:
                try:
                    async with pool.transaction() as conn:
                        begun = await responses.begin(
                            conn, **ids, language="nl", seed=number, now=NOON, new_id=uuid4, profile={"age3": "18-34"}
                        )
                except QuotaFilled as full:
                    async with pool.transaction() as conn:
                        await responses.let_go(conn, **ids, quota=str(full.details["quota"]), now=NOON)
                    return "let go"
                async with pool.transaction() as conn:
                    await Walk(conn, short, begun).whole()
                async with pool.transaction() as conn:
                    await responses.submit(conn, response=begun, questionnaire=short, now=NOON)
                return "completed"

        ends = Counter(await asyncio.gather(*(comes(number) for number in range(200))))
        assert ends == {"completed": 20, "let go": 180}
        async with databases.api.reading() as conn:
            assert await Field(conn, short, audit_id).counts() == {"young": (20, 0, 180)}
            assert await responses.count_completed(conn, audit_id) == 20

    async def test_places_by_answers_in_several_quotas_neither_block_nor_overdraw(
        self, databases: Databases, other_pool: Database, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        limits = tuple(msgspec.structs.replace(quota, limit=5) for quota in (YOUNG, WORRIED))
        asked = with_quotas(questionnaire, *limits)
        async with databases.api.transaction() as conn:
            await responses.add_questionnaire(conn, audit_id, asked)
        pools, turn = (databases.api, other_pool), asyncio.Semaphore(20)

        async def comes(number: int) -> str:
            pool, ids = pools[number % 2], {"audit_id": audit_id, "respondent_id": uuid4()}
            profile = {"age3": "18-34"} if number % 3 else {}
            async with turn:
                try:
                    async with pool.transaction() as conn:
                        begun = await responses.begin(
                            conn, **ids, language="nl", seed=number, now=NOON, new_id=uuid4, profile=profile
                        )
                    async with pool.transaction() as conn:
                        await Walk(conn, asked, begun).whole(WO="5" if number % 2 else "1")
                    async with pool.transaction() as conn:
                        await responses.submit(conn, response=begun, questionnaire=asked, now=NOON)
                except QuotaFilled as full:
                    async with pool.transaction() as conn:
                        await responses.let_go(conn, **ids, quota=str(full.details["quota"]), now=NOON)
                    return "let go"
                return "completed"

        await asyncio.gather(*(comes(number) for number in range(60)))
        async with databases.api.reading() as conn:
            found = await Field(conn, asked, audit_id).counts()
            places = await conn.fetchval("SELECT count(*) FROM fieldwork.quota_place WHERE counted")
        assert found["worried"][:2] == (5, 0)
        assert found["young"][0] <= 5
        assert found["young"][1] == 0
        assert places == found["young"][0] + found["worried"][0]

    async def test_reading_first_and_writing_then_would_overdraw(
        self, databases: Databases, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        """The control: the same number of people with a rule that looks before it writes goes over the limit."""
        async with databases.api.transaction() as conn:
            await responses.add_questionnaire(conn, audit_id, with_quotas(questionnaire, YOUNG))

        async def comes() -> bool:
            async with databases.api.transaction() as conn:
                if await conn.fetchval(READ, audit_id) >= 1:
                    return False
                await asyncio.sleep(0.02)
                await conn.execute(WRITE, audit_id)
                return True

        assert sum(await asyncio.gather(*(comes() for _ in range(12)))) > 1


async def test_the_purge_frees_the_places_of_responses_that_it_deletes(
    databases: Databases, questionnaire: Questionnaire, audit_id: UUID
) -> None:
    async with databases.api.transaction() as conn:
        field = await opened(conn, questionnaire, audit_id, YOUNG)
        await field.comes(age3="18-34")
    async with databases.worker.transaction() as conn:
        purged = {one.table: one.deleted for one in await retention.purge(conn, now=NOON + timedelta(days=91))}
    assert purged["fieldwork.quota_place"] == 1
    async with databases.api.transaction() as conn:
        assert (await conn.fetchval("SELECT reserved FROM fieldwork.quota WHERE audit_id = $1", audit_id)) == 0
