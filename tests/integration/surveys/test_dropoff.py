"""What staff see of the way through a questionnaire, over people who walked it in different ways."""

from collections.abc import Callable
from uuid import UUID, uuid4

from samenspraak.types.questionnaire import Questionnaire

from service.store import Connection
from surveys import dropoff, responses
from surveys.models import Assessment
from tests.integration.surveys.conftest import NOON, Walk, begin


async def here(work: Callable[[], dict[UUID, Assessment]]) -> dict[UUID, Assessment]:
    return work()


async def walker(conn: Connection, questionnaire: Questionnaire, audit_id: UUID, seed: int) -> Walk:
    return await begin(conn, questionnaire, audit_id, respondent_id=uuid4(), seed=seed)


class TestDropOff:
    async def test_everybody_stands_where_they_stopped(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        await responses.add_questionnaire(conn, audit_id, questionnaire)
        for seed in range(6):
            whole = await walker(conn, questionnaire, audit_id, seed)
            await whole.whole()
            await responses.submit(conn, response=whole.response, questionnaire=questionnaire, now=whole.now())
        stopped = await walker(conn, questionnaire, audit_id, 7)
        await stopped.save("consent", {"CO": ["1"]})
        await stopped.save("consent", {"CO": ["1"]})
        await walker(conn, questionnaire, audit_id, 8)
        seen = await dropoff.progress(conn, audit_id, compute=here)
        first, second = seen.pages[0], seen.pages[1]
        assert (first.page, first.saved, first.left_here, first.returned) == ("consent", 7, 1, 1)
        assert (second.saved, second.left_here) == (6, 0)
        assert first.median_seconds == 60.0
        pages = sum(page.saved for page in seen.pages if page.saved) - 1
        assert seen.median_minutes == pages / 6
        assert seen.languages == {"en": 6}
        assert seen.easy == 0

    async def test_no_median_tells_how_long_a_few_people_took(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        await responses.add_questionnaire(conn, audit_id, questionnaire)
        for seed in range(4):
            whole = await walker(conn, questionnaire, audit_id, seed)
            await whole.whole()
            await responses.submit(conn, response=whole.response, questionnaire=questionnaire, now=whole.now())
        seen = await dropoff.progress(conn, audit_id, compute=here)
        assert seen.median_minutes is None
        assert {page.median_seconds for page in seen.pages} == {None}

    async def test_before_anybody_begins_all_is_nought(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        await responses.add_questionnaire(conn, audit_id, questionnaire)
        seen = await dropoff.progress(conn, audit_id, compute=here)
        assert {(page.saved, page.left_here, page.returned) for page in seen.pages} == {(0, 0, 0)}
        assert (seen.flags, seen.flagged, seen.languages) == ({}, 0, {})

    async def test_the_easy_mode_travels_with_the_response(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        await responses.add_questionnaire(conn, audit_id, questionnaire)
        for seed, easy in ((1, True), (2, False)):
            response = await responses.begin(
                conn,
                audit_id=audit_id,
                respondent_id=uuid4(),
                language="nl",
                seed=seed,
                now=NOON,
                new_id=uuid4,
                easy=easy,
            )
            person = Walk(conn, questionnaire, response)
            await person.whole()
            await responses.submit(conn, response=person.response, questionnaire=questionnaire, now=person.now())
        assert sorted(one.easy for one in await responses.completed(conn, audit_id)) == [False, True]
        assert (await dropoff.progress(conn, audit_id, compute=here)).easy == 1
