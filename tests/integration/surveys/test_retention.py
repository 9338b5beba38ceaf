from datetime import timedelta
from uuid import UUID, uuid4

from samenspraak.types.questionnaire import Questionnaire

from service.db import Databases
from service.store import Connection
from surveys import ballots, responses, retention
from surveys.models import Purged
from surveys.store import open_answers as store
from tests.integration.surveys.conftest import NOON, Poll, Walk, begin


async def purge(databases: Databases, days: int) -> dict[str, Purged]:
    async with databases.worker.transaction() as conn:
        return {one.table: one for one in await retention.purge(conn, now=NOON + timedelta(days=days))}


async def answered(databases: Databases, questionnaire: Questionnaire, audit_id: UUID, *, send: bool) -> Walk:
    async with databases.api.transaction() as conn:
        await responses.add_questionnaire(conn, audit_id, questionnaire)
        walk = await begin(conn, questionnaire, audit_id, respondent_id=uuid4(), seed=1)
        await walk.whole()
        if send:
            await responses.submit(conn, response=walk.response, questionnaire=questionnaire, now=walk.now())
    return walk


async def test_answers_go_when_their_time_is_over_and_the_purge_proves_it(
    databases: Databases, questionnaire: Questionnaire, audit_id: UUID
) -> None:
    await answered(databases, questionnaire, audit_id, send=True)
    await answered(databases, questionnaire, audit_id, send=False)
    before = await purge(databases, 89)
    assert (before["fieldwork.response"].deleted, before["fieldwork.response"].kept) == (0, 2)
    unfinished = await purge(databases, 91)
    assert (unfinished["fieldwork.response"].deleted, unfinished["fieldwork.response"].kept) == (1, 1)
    assert (unfinished["fieldwork.answer"].deleted, unfinished["fieldwork.answer"].kept) == (5, 5)
    assert unfinished["fieldwork.answer"].oldest is not None
    year = await purge(databases, 366)
    assert (year["fieldwork.response"].deleted, year["fieldwork.response"].kept) == (1, 0)
    assert (year["fieldwork.page_time"].deleted, year["fieldwork.page_time"].kept) == (6, 0)
    assert year["fieldwork.answer"].oldest is None


async def test_what_staff_made_of_an_answer_goes_with_it(
    databases: Databases, questionnaire: Questionnaire, audit_id: UUID
) -> None:
    await answered(databases, questionnaire, audit_id, send=True)
    async with databases.api.transaction() as conn:
        (written,) = await store.page(conn, audit_id=audit_id, question="OP", coder=uuid4(), after=None, limit=9)
        await store.put(
            conn,
            audit_id=audit_id,
            response_id=written.response_id,
            question="OP",
            coder=uuid4(),
            codes=("privacy",),
            quote_approved=True,
            now=NOON,
        )
    kept = (await purge(databases, 364))["fieldwork.recoding"]
    assert (kept.deleted, kept.kept, kept.oldest) == (0, 1, NOON)
    gone = (await purge(databases, 366))["fieldwork.recoding"]
    assert (gone.deleted, gone.kept, gone.oldest) == (1, 0, None)


async def test_purging_again_does_no_harm(databases: Databases) -> None:
    assert await purge(databases, 400) == await purge(databases, 400)


async def test_the_register_goes_thirty_days_after_the_count_and_the_result_stays(poll: Poll) -> None:
    await poll.everybody_votes()
    await poll.close()
    await purge(poll.databases, 400)
    await poll.count()
    assert (await purge(poll.databases, 30))["ballots.register"].kept == 48
    assert (await purge(poll.databases, 31))["ballots.register"].deleted == 48
    async with poll.databases.api.reading() as conn:
        assert await ballots.result(conn, poll.audit_id) is not None


async def test_every_table_of_surveys_has_a_retention_rule(administrator: Connection) -> None:
    tables = await administrator.fetch(
        "SELECT table_schema || '.' || table_name AS name FROM information_schema.tables "
        "WHERE table_schema IN ('fieldwork', 'ballots')"
    )
    ruled = {rule.table for rule in retention.RULES}
    assert {row["name"] for row in tables} - {"fieldwork.audit"} == ruled
    assert all(rule.why and rule.what for rule in retention.RULES)
