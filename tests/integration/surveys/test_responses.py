import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from samenspraak.canonical import content_hash
from samenspraak.types.questionnaire import Questionnaire

from service.db import Databases, DatabaseUnavailable
from service.store import Connection
from surveys import responses
from surveys.errors import (
    Incomplete,
    PageUnknown,
    QuestionnaireFrozen,
    QuestionnaireUnknown,
    ResponseFinished,
    StaleRevision,
)
from tests.integration.surveys.conftest import NOON, Walk, begin


class TestQuestionnaire:
    async def test_the_questionnaire_comes_back_as_it_was(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        hash = await responses.add_questionnaire(conn, audit_id, questionnaire)
        found = await responses.questionnaire(conn, audit_id)
        assert found == questionnaire
        assert content_hash(found) == hash

    async def test_it_may_change_until_somebody_answers(self, walk: Walk) -> None:
        other = msgspec.structs.replace(walk.questionnaire, version=2)
        with pytest.raises(QuestionnaireFrozen):
            await responses.add_questionnaire(walk.conn, walk.response.audit_id, other)
        fresh = uuid4()
        await responses.add_questionnaire(walk.conn, fresh, walk.questionnaire)
        await responses.add_questionnaire(walk.conn, fresh, other)
        assert await responses.questionnaire(walk.conn, fresh) == other

    async def test_without_a_questionnaire_nobody_begins(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        with pytest.raises(QuestionnaireUnknown):
            await begin(conn, questionnaire, audit_id, respondent_id=uuid4(), seed=1)


class TestBegin:
    async def test_beginning_again_finds_what_was_begun(self, walk: Walk) -> None:
        mine = walk.response
        again = await begin(
            walk.conn, walk.questionnaire, mine.audit_id, respondent_id=mine.respondent_id, seed=mine.seed + 1
        )
        assert again.response == mine

    async def test_every_four_respondents_hold_each_arm_twice(
        self, conn: Connection, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        await responses.add_questionnaire(conn, audit_id, questionnaire)
        arms = [
            (await begin(conn, questionnaire, audit_id, respondent_id=uuid4(), seed=seed)).response.arm
            for seed in range(24)
        ]
        assert all(Counter(arms[start : start + 4]) == {"a": 2, "b": 2} for start in range(0, 24, 4))
        assert len({tuple(arms[start : start + 4]) for start in range(0, 24, 4)}) > 1

    async def test_parallel_beginnings_lose_no_place_and_give_none_twice(
        self, databases: Databases, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        async with databases.api.transaction() as conn:
            await responses.add_questionnaire(conn, audit_id, questionnaire)
        respondents = [uuid4() for _ in range(12)]

        async def start(respondent: UUID) -> str:
            async with databases.api.transaction() as conn:
                walk = await begin(conn, questionnaire, audit_id, respondent_id=respondent, seed=respondent.int >> 65)
                return walk.response.arm

        arms = await asyncio.gather(*(start(respondent) for respondent in respondents * 2))
        assert arms[:12] == arms[12:]
        assert Counter(arms[:12]) == {"a": 6, "b": 6}


class TestSavePage:
    async def test_answers_are_kept_and_the_next_page_follows(self, walk: Walk) -> None:
        saved = await walk.save("consent", {"CO": ["1"]})
        assert (saved.next, saved.faults, saved.response.revision) == ("info", (), 1)
        assert await responses.answers(walk.conn, walk.response) == {"CO": 1}

    async def test_with_a_fault_nothing_is_stored_and_the_fault_is_in_the_respondents_language(
        self, walk: Walk
    ) -> None:
        saved = await walk.save("consent", {"CO": ["7"]})
        assert [(fault.pointer, fault.code) for fault in saved.faults] == [("CO", "unknown_option")]
        assert "does not belong" in saved.faults[0].detail
        assert saved.response.revision == 0
        assert await responses.answers(walk.conn, walk.response) == {}

    async def test_sending_a_page_twice_does_no_harm(self, walk: Walk) -> None:
        first = await walk.save("consent", {"CO": ["1"]})
        again = await walk.save("consent", {"CO": ["1"]}, revision=0)
        assert again.response == first.response
        assert again.next == first.next

    async def test_an_older_tab_is_told_so_and_changes_nothing(self, walk: Walk) -> None:
        await walk.save("consent", {"CO": ["1"]})
        await walk.save("info")
        await walk.save("understood", {"KN": ["1"]})
        with pytest.raises(StaleRevision) as stale:
            await walk.save("consent", {"CO": ["1"]}, revision=1)
        assert stale.value.details == {"revision": 3, "page": "understood"}
        await walk.save("value", {"VA": ["5"]})
        with pytest.raises(StaleRevision):
            await walk.save("value", {"VA": ["1"]}, revision=3)
        assert (await responses.answers(walk.conn, walk.response))["VA"] == 5

    async def test_a_page_that_is_not_on_the_route_is_refused(self, walk: Walk) -> None:
        with pytest.raises(PageUnknown):
            await walk.save("why", {"WHY": ["1"]})
        with pytest.raises(PageUnknown):
            await walk.save("no_such_page")

    async def test_refusing_consent_ends_politely_and_keeps_no_answer(self, walk: Walk) -> None:
        saved = await walk.save("consent", {"CO": ["2"]})
        assert (saved.ended, saved.next, saved.response.state) == (True, None, "declined")
        assert await responses.answers(walk.conn, walk.response) == {}
        with pytest.raises(ResponseFinished):
            await walk.save("consent", {"CO": ["1"]})

    async def test_the_first_comprehension_answer_stands_after_the_explanation(self, walk: Walk) -> None:
        await walk.save("consent", {"CO": ["1"]})
        await walk.save("info")
        assert (await walk.save("understood", {"KN": ["2"]})).wrong == ("KN",)
        corrected = await walk.save("understood", {"KN": ["1"]})
        assert corrected.wrong == ()
        assert (await responses.answers(walk.conn, walk.response))["KN"] == 2

    async def test_going_back_keeps_what_is_right_and_asks_for_nothing(self, walk: Walk) -> None:
        await walk.whole()
        saved = await walk.save("open", {"OP": ["x" * 21]}, draft=True)
        assert [fault.code for fault in saved.faults] == ["too_long"]
        saved = await walk.save("value", {}, draft=True)
        assert saved.faults == ()
        assert (await responses.answers(walk.conn, walk.response))["OP"] == "text"

    async def test_a_later_begin_on_another_device_finds_page_order_and_answers(self, walk: Walk) -> None:
        await walk.save("consent", {"CO": ["1"]})
        await walk.save("info")
        mine = walk.response
        found = await responses.load(walk.conn, audit_id=mine.audit_id, respondent_id=mine.respondent_id)
        assert found == mine
        assert found.last_page == "info"

    async def test_of_two_tabs_at_once_one_is_told_that_it_is_stale(
        self, databases: Databases, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        async with databases.api.transaction() as conn:
            await responses.add_questionnaire(conn, audit_id, questionnaire)
            first = await begin(conn, questionnaire, audit_id, respondent_id=uuid4(), seed=3)
            await first.save("consent", {"CO": ["1"]})

        async def save(page: str, form: dict[str, list[str]]) -> str:
            try:
                async with databases.api.transaction() as conn:
                    await Walk(conn, questionnaire, first.response).save(page, form)
            except StaleRevision:
                return "stale"
            return "saved"

        outcomes = await asyncio.gather(save("info", {}), save("value", {"VA": ["5"]}), save("worry", {"WO": ["1"]}))
        assert sorted(outcomes) == ["saved", "stale", "stale"]

    async def test_nul_never_reaches_the_database(self, walk: Walk) -> None:
        saved = await walk.save("open", {"OP": ["a\x00b"]})
        assert [fault.code for fault in saved.faults] == ["unreadable"]


class TestSubmit:
    async def test_a_sent_response_is_in_the_data_with_answers_and_times(self, walk: Walk) -> None:
        await walk.whole()
        sent = await responses.submit(
            walk.conn, response=walk.response, questionnaire=walk.questionnaire, now=NOON + timedelta(hours=1)
        )
        assert (sent.completes, sent.first) == (1, True)
        [one] = await responses.completed(walk.conn, walk.response.audit_id)
        assert one.answers == {"CO": 1, "KN": 1, "VA": 3, "WO": 2, "OP": "text"}
        assert one.page_seconds == dict.fromkeys(("consent", "info", "understood", "value", "worry", "open"), 60.0)
        assert one.completed_at == NOON + timedelta(hours=1)

    async def test_sending_twice_counts_once(self, walk: Walk) -> None:
        await walk.whole()
        for first in (True, False):
            sent = await responses.submit(
                walk.conn, response=walk.response, questionnaire=walk.questionnaire, now=walk.now()
            )
            assert (sent.completes, sent.first) == (1, first)

    async def test_an_unanswered_question_is_where_one_is_sent(self, walk: Walk) -> None:
        await walk.save("consent", {"CO": ["1"]})
        with pytest.raises(Incomplete) as incomplete:
            await responses.submit(walk.conn, response=walk.response, questionnaire=walk.questionnaire, now=walk.now())
        assert incomplete.value.details == {"page": "understood"}

    async def test_after_sending_nothing_changes_any_more(self, walk: Walk) -> None:
        await walk.whole()
        await responses.submit(walk.conn, response=walk.response, questionnaire=walk.questionnaire, now=walk.now())
        with pytest.raises(ResponseFinished):
            await walk.save("value", {"VA": ["5"]})

    async def test_answers_on_an_abandoned_route_are_kept_but_not_in_the_data(self, walk: Walk) -> None:
        await walk.whole(WO="5", WHY="2")
        await walk.save("worry", {"WO": ["1"]})
        assert (await responses.answers(walk.conn, walk.response))["WHY"] == 2
        await responses.submit(walk.conn, response=walk.response, questionnaire=walk.questionnaire, now=walk.now())
        [one] = await responses.completed(walk.conn, walk.response.audit_id)
        assert "WHY" not in one.answers

    async def test_returning_to_the_route_finds_the_answer_again(self, walk: Walk) -> None:
        await walk.whole(WO="5", WHY="2")
        await walk.save("worry", {"WO": ["1"]})
        await walk.save("worry", {"WO": ["4"]})
        await responses.submit(walk.conn, response=walk.response, questionnaire=walk.questionnaire, now=walk.now())
        [one] = await responses.completed(walk.conn, walk.response.audit_id)
        assert one.answers["WHY"] == 2

    async def test_a_question_seen_and_left_open_is_known_as_such(self, walk: Walk) -> None:
        await walk.whole(OP="")
        await responses.submit(walk.conn, response=walk.response, questionnaire=walk.questionnaire, now=walk.now())
        [one] = await responses.completed(walk.conn, walk.response.audit_id)
        assert one.answers["OP"] is None


class TestLeave:
    async def test_stopping_removes_the_answers_and_the_complete(self, walk: Walk) -> None:
        await walk.whole()
        mine = walk.response
        await responses.submit(walk.conn, response=mine, questionnaire=walk.questionnaire, now=walk.now())
        stop = {"audit_id": mine.audit_id, "respondent_id": mine.respondent_id}
        assert await responses.decline(walk.conn, **stop, now=walk.now())
        assert not await responses.decline(walk.conn, **stop, now=walk.now())
        assert await responses.answers(walk.conn, mine) == {}
        assert await responses.count_completed(walk.conn, mine.audit_id) == 0
        with pytest.raises(ResponseFinished):
            await responses.submit(walk.conn, response=mine, questionnaire=walk.questionnaire, now=walk.now())

    async def test_erasing_leaves_no_row(self, walk: Walk) -> None:
        await walk.whole()
        mine = walk.response
        assert await responses.erase(walk.conn, audit_id=mine.audit_id, respondent_id=mine.respondent_id)
        assert not await responses.erase(walk.conn, audit_id=mine.audit_id, respondent_id=mine.respondent_id)
        for table in ("response", "answer", "page_time"):
            assert (
                await walk.conn.fetchval(f"SELECT count(*) FROM fieldwork.{table} WHERE audit_id = $1", mine.audit_id)
                == 0
            )

    async def test_the_language_can_change_on_the_way(self, walk: Walk) -> None:
        await walk.save("consent", {"CO": ["1"]})
        changed = await responses.set_language(walk.conn, response=walk.response, language="nl", now=walk.now())
        assert (changed.language, changed.revision) == ("nl", 1)
        saved = await walk.save("understood", {})
        assert saved.faults[0].detail == "Kies een antwoord."


class TestOutage:
    async def test_a_page_that_was_not_committed_leaves_the_one_before(
        self, databases: Databases, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        async with databases.api.transaction() as conn:
            await responses.add_questionnaire(conn, audit_id, questionnaire)
            walk = await begin(conn, questionnaire, audit_id, respondent_id=uuid4(), seed=3)
            await walk.save("consent", {"CO": ["1"]})

        async def save_and_break() -> None:
            async with databases.api.transaction() as conn:
                await Walk(conn, questionnaire, walk.response).save("value", {"VA": ["5"]})
                raise ConnectionResetError

        with pytest.raises(DatabaseUnavailable):
            await save_and_break()
        async with databases.api.reading() as conn:
            mine = walk.response
            assert await responses.load(conn, audit_id=audit_id, respondent_id=mine.respondent_id) == mine
            assert await responses.answers(conn, mine) == {"CO": 1}

    async def test_the_worker_erases_for_a_member_who_leaves_the_panel(
        self, databases: Databases, questionnaire: Questionnaire, audit_id: UUID
    ) -> None:
        async with databases.api.transaction() as conn:
            await responses.add_questionnaire(conn, audit_id, questionnaire)
            walk = await begin(conn, questionnaire, audit_id, respondent_id=uuid4(), seed=3)
            await walk.whole()
        mine = walk.response
        async with databases.worker.transaction() as conn:
            assert await responses.erase(conn, audit_id=audit_id, respondent_id=mine.respondent_id)
        async with databases.api.transaction() as conn:
            assert await responses.load(conn, audit_id=audit_id, respondent_id=mine.respondent_id) is None
            with pytest.raises(ResponseFinished):
                await Walk(conn, questionnaire, mine).save("value", {"VA": ["5"]})
