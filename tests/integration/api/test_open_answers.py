"""What people wrote, as staff read and code it: blind, without personal data, and only while it can still count."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import uuid_utils.compat
from samenspraak import AsyncSamenspraak, Conflict, ValidationFailed

from service.audits import cases
from service.audits.models import SYSTEM
from service.context import Context
from service.db import Databases
from surveys import open_answers, responses
from surveys.store import responses as store
from tests.integration.api.harness import Client, Clock, Line, expect, issue, written

TEXTS = (
    "Hoe lang bewaart u mijn gegevens eigenlijk?",
    "Kan ik ook gewoon een mens spreken hierover?",
    "Mijn naam is Jan de Vries, bel 06-12345678 over mijn privacy",
    "Goed plan, wanneer begint het precies hier?",
    "Wie controleert de makers van dit systeem? niet citeren",
)


async def write(databases: Databases, audit_id: UUID, text: str, now: datetime, *, send: bool = True) -> UUID:
    """Somebody answers OP_Q, and perhaps sends it; gives the respondent."""
    respondent_id = uuid4()
    async with databases.api.transaction() as conn:
        begun = await responses.begin(
            conn,
            audit_id=audit_id,
            respondent_id=respondent_id,
            language="nl",
            seed=1,
            now=now,
            new_id=uuid_utils.compat.uuid7,
        )
        values: dict[str, Any] = {"OP_Q": text, "CC_GOAL": 1}
        await store.save(conn, writes=(written(begun, "open", values, now),))
        if send:
            await store.set_state(conn, audit_id=audit_id, response_id=begun.id, state="completed", now=now)
    return respondent_id


@pytest.fixture
async def people(fielding: dict[str, Any], databases: Databases, now: datetime) -> dict[str, UUID]:
    """Text -> who wrote it."""
    return {text: await write(databases, UUID(fielding["id"]), text, now) for text in TEXTS}


@pytest.fixture
def listing(staff: Client, fielding: dict[str, Any], people: dict[str, UUID]) -> Callable[..., Awaitable[Any]]:
    async def ask(caller: Client = staff, status: int = 200, **query: Any) -> Any:
        path = f"/v1/staff/audits/{fielding['id']}/open-answers"
        return await expect(caller.get(path, params={"question": "OP_Q", **query}), status)

    return ask


@pytest.fixture
def recode(staff: Client, fielding: dict[str, Any]) -> Callable[..., Awaitable[Any]]:
    async def put(ref: str, status: int = 200, caller: Client = staff, **body: Any) -> Any:
        path = f"/v1/staff/audits/{fielding['id']}/open-answers/{ref}"
        return await expect(caller.put(path, json={"codes": [], **body}), status)

    return put


def named(page: dict[str, Any], words: str) -> dict[str, Any]:
    found: dict[str, Any] = next(answer for answer in page["data"] if words in answer["text"])
    return found


class TestReading:
    async def test_answers_come_without_person_profile_or_personal_data(
        self, listing: Any, people: dict[str, UUID]
    ) -> None:
        page = await listing()
        assert len(page["data"]) == len(TEXTS)
        whole = str(page)
        assert not any(str(respondent) in whole for respondent in people.values())
        assert set(page["data"][0]) == {
            "ref",
            "question",
            "text",
            "language",
            "findings",
            "quotable",
            "recoding",
            "machine",
        }
        personal = named(page, "[naam]")
        assert personal["text"] == "Mijn naam is [naam], bel [telefoon] over mijn privacy"
        assert {(one["kind"], one["severity"]) for one in personal["findings"]} == {("name", "high"), ("phone", "high")}
        assert personal["quotable"] is False

    async def test_the_order_is_fixed_and_says_nothing_about_time(
        self, listing: Any, databases: Databases, fielding: dict[str, Any], now: datetime
    ) -> None:
        audit_id = UUID(fielding["id"])
        first = [answer["ref"] for answer in (await listing())["data"]]
        for number in range(12):
            await write(databases, audit_id, f"Nog een antwoord van iemand {number}", now)
        later = [answer["ref"] for answer in (await listing(limit=100))["data"]]
        assert [ref for ref in later if ref in first] == first
        async with databases.api.reading() as conn:
            rows = await conn.fetch("SELECT id FROM fieldwork.response WHERE audit_id = $1 ORDER BY id", audit_id)
        by_time = [hashlib.sha256(f"{audit_id}/{row['id']}/OP_Q".encode()).hexdigest()[:32] for row in rows]
        assert set(later) == set(by_time)
        assert later == sorted(by_time)
        assert later != by_time

    async def test_pages_follow_each_other(self, listing: Any) -> None:
        first = await listing(limit=2)
        second = await listing(limit=2, cursor=first["next_cursor"])
        third = await listing(limit=2, cursor=second["next_cursor"])
        assert (first["has_more"], second["has_more"], third["has_more"]) == (True, True, False)
        texts = [answer["text"] for page in (first, second, third) for answer in page["data"]]
        assert len(set(texts)) == len(TEXTS)

    async def test_only_what_was_sent_and_written_is_listed(
        self, listing: Any, databases: Databases, fielding: dict[str, Any], now: datetime
    ) -> None:
        await write(databases, UUID(fielding["id"]), "Nog niet verstuurd", now, send=False)
        await write(databases, UUID(fielding["id"]), "   ", now)
        assert len((await listing())["data"]) == len(TEXTS)

    async def test_the_machine_speaks_only_after_the_person(self, listing: Any, recode: Any) -> None:
        before = named(await listing(), "mens")
        assert (before["machine"], before["recoding"]) == (None, None)
        await recode(before["ref"], codes=["human_contact"])
        after = named(await listing(), "mens")
        assert after["recoding"]["codes"] == ["human_contact"]
        assert after["machine"]["codes"] == ["human_contact"]
        assert after["machine"]["coder"].startswith("lexicon")
        words = {after["text"][one["start"] : one["end"]] for one in after["machine"]["evidence"]}
        assert "mens spreken" in words

    @pytest.mark.parametrize("question", ["VT_MAIN", "NOTHING"])
    async def test_another_question_is_named_as_the_fault(self, listing: Any, question: str) -> None:
        problem = await listing(status=422, question=question)
        assert problem["code"] == "question_not_open"
        assert [fault["pointer"] for fault in problem["errors"]] == ["query/question"]
        assert "OP_Q" in problem["errors"][0]["detail"]

    async def test_before_fieldwork_there_is_nothing_to_read(self, staff: Client, approved: dict[str, Any]) -> None:
        path = f"/v1/staff/audits/{approved['id']}/open-answers?question=OP_Q"
        assert (await expect(staff.get(path), 409))["code"] == "transition_refused"

    async def test_only_keys_with_the_scope_read_answers(
        self, listing: Any, app: Any, context: Context, developer: Client
    ) -> None:
        await listing(caller=developer, status=403)
        for role, options in (("auditor", {}), ("staff", {"scopes": ("staff:audits",)})):
            async with Client(app, await issue(context, role, **options)) as other:  # type: ignore[arg-type]
                await listing(caller=other, status=403)


class TestCoding:
    async def test_coding_again_replaces_and_does_no_harm(self, listing: Any, recode: Any, clock: Clock) -> None:
        ref = named(await listing(), "gegevens")["ref"]
        first = await recode(ref, codes=["privacy"])
        clock.pass_days(1)
        assert await recode(ref, codes=["privacy"]) == first
        changed = await recode(ref, codes=["privacy", "errors", "privacy"])
        assert changed["recoding"]["codes"] == ["privacy", "errors"]
        assert changed["recoding"]["decided_at"] > first["recoding"]["decided_at"]

    async def test_an_answer_may_raise_no_concern(self, listing: Any, recode: Any) -> None:
        done = await recode(named(await listing(), "Goed plan")["ref"])
        assert done["recoding"]["codes"] == []

    async def test_unknown_codes_are_all_named(self, listing: Any, recode: Any) -> None:
        ref = named(await listing(), "gegevens")["ref"]
        problem = await recode(ref, status=422, codes=["privacy", "colour", "errors", "taste"])
        assert problem["code"] == "codes_unknown"
        assert [fault["pointer"] for fault in problem["errors"]] == ["/codes/1", "/codes/3"]

    async def test_two_coders_do_not_see_each_other(
        self, listing: Any, recode: Any, app: Any, context: Context, fielding: dict[str, Any], databases: Databases
    ) -> None:
        ref = named(await listing(), "gegevens")["ref"]
        await recode(ref, codes=["privacy"])
        async with Client(app, await issue(context, "staff")) as colleague:
            seen = named(await listing(caller=colleague), "gegevens")
            assert (seen["recoding"], seen["machine"]) == (None, None)
            await recode(ref, caller=colleague, codes=["security"])
        async with databases.worker.reading() as conn:
            kept = await open_answers.recodings(conn, UUID(fielding["id"]))
        assert sorted(one.codes for one in kept) == [("privacy",), ("security",)]
        assert len({one.coder for one in kept}) == 2
        assert len({one.respondent_id for one in kept}) == 1

    @pytest.mark.parametrize("ref", ["0" * 32, "x", "OP_Q"])
    async def test_an_answer_that_is_not_there(self, recode: Any, people: Any, ref: str) -> None:
        assert (await recode(ref, status=404))["code"] == "answer_unknown"

    async def test_coding_goes_on_after_closing_and_ends_with_the_analysis(
        self, listing: Any, recode: Any, fielding: dict[str, Any], databases: Databases, clock: Clock
    ) -> None:
        ref, audit_id = named(await listing(), "gegevens")["ref"], UUID(fielding["id"])
        async with databases.api.transaction() as conn:
            await cases.close(conn, audit_id=audit_id, actor=SYSTEM, completes=100, now=clock())
        await recode(ref, codes=["privacy"])
        async with databases.worker.transaction() as conn:
            await cases.begin_analysis(conn, audit_id=audit_id, now=clock())
        problem = await recode(ref, status=409, codes=["errors"])
        assert (problem["code"], problem["details"]["state"]) == ("coding_closed", "analysing")
        assert named(await listing(), "gegevens")["recoding"]["codes"] == ["privacy"]


class TestQuoting:
    async def test_an_approval_stands_in_the_trail_without_the_text_and_not_before_the_owner(
        self, listing: Any, recode: Any, staff: Client, developer: Client, fielding: dict[str, Any]
    ) -> None:
        ref = named(await listing(), "gegevens")["ref"]
        await recode(ref, codes=["privacy"], quote_approved=True)
        await recode(ref, codes=["errors"], quote_approved=True)
        await recode(ref, codes=["errors"], quote_approved=False)
        events = (await expect(staff.get(f"/v1/staff/trail?audit_id={fielding['id']}&limit=100"), 200))["data"]
        about = [event for event in events if event["event"].startswith("quote.")]
        assert [event["event"] for event in about] == ["quote.approve", "quote.withdraw"]
        assert about[0]["detail"] == {"question": "OP_Q", "answer": ref}
        assert about[0]["actor"].startswith("staff:key_")
        owner = (await expect(developer.get(f"/v1/audits/{fielding['id']}/events?limit=100"), 200))["data"]
        assert not [event for event in owner if event["event"].startswith("quote.")]
        assert (await expect(staff.get("/v1/staff/trail/verify"), 200))["intact"] is True

    @pytest.mark.parametrize(("words", "reasons"), [("[naam]", {"name", "phone"}), ("niet citeren", {"no_quote"})])
    async def test_what_may_not_be_quoted_is_refused_with_the_reasons_and_nothing_is_kept(
        self, listing: Any, recode: Any, words: str, reasons: set[str]
    ) -> None:
        answer = named(await listing(), words)
        assert answer["quotable"] is False
        problem = await recode(answer["ref"], status=409, codes=["privacy"], quote_approved=True)
        assert problem["code"] == "quote_refused"
        assert {(fault["pointer"], fault["code"]) for fault in problem["errors"]} == {
            ("/quote_approved", reason) for reason in reasons
        }
        assert named(await listing(), words)["recoding"] is None
        await recode(answer["ref"], codes=["privacy"])

    async def test_where_people_were_not_told_nothing_is_quoted(
        self, listing: Any, recode: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = open_answers.open_questions

        def untold(questionnaire: Any) -> Any:
            return {key: msgspec.structs.replace(q, quotable=False) for key, q in known(questionnaire).items()}

        monkeypatch.setattr(open_answers, "open_questions", untold)
        answer = named(await listing(), "gegevens")
        assert answer["quotable"] is False
        problem = await recode(answer["ref"], status=409, quote_approved=True)
        assert [fault["code"] for fault in problem["errors"]] == ["not_told"]


class TestTakingBack:
    async def test_whoever_takes_the_answers_back_takes_the_coding_with_them(
        self,
        listing: Any,
        recode: Any,
        people: dict[str, UUID],
        fielding: dict[str, Any],
        databases: Databases,
        now: datetime,
    ) -> None:
        audit_id = UUID(fielding["id"])
        page = await listing()
        refs = {text: named(page, text[:20])["ref"] for text in TEXTS[:2]}
        for ref in refs.values():
            await recode(ref, codes=["privacy"])
        async with databases.api.transaction() as conn:
            await responses.decline(conn, audit_id=audit_id, respondent_id=people[TEXTS[0]], now=now)
            await responses.erase(conn, audit_id=audit_id, respondent_id=people[TEXTS[1]])
        async with databases.worker.reading() as conn:
            assert await conn.fetchval("SELECT count(*) FROM fieldwork.recoding") == 0
        for ref in refs.values():
            assert (await recode(ref, status=404))["code"] == "answer_unknown"


async def test_the_client_reads_and_codes(
    app: Any, context: Context, people: dict[str, UUID], fielding: dict[str, Any]
) -> None:
    secret = await issue(context, "staff")
    async with AsyncSamenspraak(secret, base_url="http://samenspraak.test", transport=Line(app)) as client:
        mine = client.staff.open_answers
        found = await mine.list(fielding["id"], "OP_Q", limit=2).collect()
        assert len(found) == len(TEXTS)
        answer = next(one for one in found if "mens" in one.text)
        done = await mine.recode(fielding["id"], answer.ref, ("human_contact",), quote_approved=True)
        with pytest.raises(ValidationFailed) as caught:
            await mine.recode(fielding["id"], answer.ref, ("colour",))
        with pytest.raises(Conflict):
            await mine.recode(fielding["id"], next(o.ref for o in found if not o.quotable), (), quote_approved=True)
    assert done.recoding is not None
    assert done.recoding.quote_approved
    assert done.machine is not None
    assert [fault.pointer for fault in caught.value.errors] == ["/codes/0"]
