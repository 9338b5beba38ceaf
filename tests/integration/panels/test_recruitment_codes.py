"""Recruitment by letter: a code says how its bearer was selected, works once, and cannot be guessed."""

import asyncio
import csv
import io
import random
from datetime import timedelta
from typing import Any

import pytest
from samenspraak.types.joining import CodeBatchRequest, IssuedCodes
from uuid_utils.compat import uuid7

from panels.errors import CodeBatchInvalid, CodeBatchUnknown, SignUpInvalid
from panels.joining import batches, codes, membership
from panels.joining.batches import Judged

KEY = b"l" * 32


def request(desk: Any, **changes: Any) -> CodeBatchRequest:
    values: dict[str, Any] = {
        "name": "voorjaar 2027",
        "kind": "probability",
        "probability": 0.001,
        "source": "BRP-steekproef van 1 november 2026, enkelvoudig aselect",
        "legal_basis": "artikel 3.13 Wet BRP, besluit van 1 oktober 2026",
        "size": 5,
        "expires_at": desk.now + timedelta(days=60),
    }
    return CodeBatchRequest(**{**values, **changes})


async def issue(desk: Any, **changes: Any) -> tuple[IssuedCodes, list[str]]:
    async with desk.databases.api.transaction() as conn:
        issued = await batches.issue(
            conn,
            request=request(desk, **changes),
            code_key=KEY,
            join_page="http://samenspraak.test/join",
            staff="staff:key_1",
            now=desk.now,
            new_id=uuid7,
            draw=random.Random(3).randrange,
        )
    return issued, [row["code"] for row in csv.DictReader(io.StringIO(issued.csv))]


async def judge(desk: Any, text: str, *, at: Any = None) -> Judged:
    async with desk.databases.api.transaction() as conn:
        return await batches.judge(conn, text=text, code_key=KEY, now=at or desk.now)


async def batch(desk: Any) -> Any:
    async with desk.databases.api.reading() as conn:
        return batches.shown((await batches.listed(conn, after=None, limit=1))[0])


def wrong(code: str) -> str:
    """Another code of the same batch that passes the check digit."""
    body = codes.prefix(codes.read(code)) + codes.random_part(codes.RANDOM, random.Random(99).randrange)
    return body + codes.check_digit(body)


class TestIssuing:
    async def test_the_list_for_the_printer_has_a_code_and_a_link_for_every_letter(self, desk: Any) -> None:
        issued, made = await issue(desk, size=50)
        rows = list(csv.DictReader(io.StringIO(issued.csv)))
        assert [row["number"] for row in rows] == [str(n) for n in range(1, 51)]
        assert len(set(made)) == 50
        assert all(row["link"] == f"http://samenspraak.test/join?code={row['code']}" for row in rows)

    async def test_no_code_is_in_the_database(self, desk: Any) -> None:
        _, made = await issue(desk)
        for table in ("panel.code", "panel.code_batch"):
            text = str(await desk.value(f"SELECT string_agg(t::text, '|') FROM {table} AS t"))
            assert not any(code in text or codes.read(code) in text for code in made)

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"probability": None}, "/probability"),
            ({"kind": "simulated"}, "/kind"),
            ({"legal_basis": " " * 20}, "/legal_basis"),
            ({"source": "   "}, "/source"),
        ],
    )
    async def test_a_batch_without_its_grounds_is_refused(
        self, desk: Any, changes: dict[str, Any], pointer: str
    ) -> None:
        with pytest.raises(CodeBatchInvalid) as refused:
            await issue(desk, **changes)
        assert [fault.pointer for fault in refused.value.faults] == [pointer]

    @pytest.mark.parametrize("days", [-1, 0, 400])
    async def test_an_expiry_that_has_passed_or_lies_too_far_is_refused(self, desk: Any, days: int) -> None:
        with pytest.raises(CodeBatchInvalid):
            await issue(desk, expires_at=desk.now + timedelta(days=days))


class TestSigningUp:
    async def test_a_code_makes_a_probability_member_with_the_recorded_chance(self, desk: Any) -> None:
        _, made = await issue(desk)
        member_id = await desk.join(simulated=False, code=await judge(desk, made[0]))
        async with desk.databases.api.reading() as conn:
            member = await membership.get(conn, member_id)
        assert (member.kind, member.recruitment_probability) == ("probability", 0.001)
        assert member.recruitment_wave == "voorjaar 2027"

    async def test_without_a_code_nobody_is_in_a_probability_sample(self, desk: Any) -> None:
        member_id = await desk.join(simulated=False)
        async with desk.databases.api.reading() as conn:
            member = await membership.get(conn, member_id)
        assert (member.kind, member.recruitment_probability) == ("opt_in_panel", None)

    async def test_a_simulated_person_stays_simulated(self, desk: Any) -> None:
        _, made = await issue(desk)
        member_id = await desk.join(simulated=True, code=await judge(desk, made[0]))
        async with desk.databases.api.reading() as conn:
            assert (await membership.get(conn, member_id)).kind == "simulated"

    async def test_a_code_works_once(self, desk: Any) -> None:
        _, made = await issue(desk)
        await desk.join(code=await judge(desk, made[0]))
        assert (await judge(desk, made[0])).fault == "used"

    async def test_two_people_with_one_letter_at_once_leave_one_of_them_in_the_sample(self, desk: Any) -> None:
        _, made = await issue(desk)
        one = await desk.sign_up(simulated=False, code=await judge(desk, made[0]))
        other = await desk.sign_up(simulated=False, code=await judge(desk, made[0]), email="bram@voorbeeld.nl")
        await desk.confirm(other)
        await desk.confirm(one)
        kinds = [await desk.value("SELECT kind FROM panel.member WHERE id = $1", id) for id in (one, other)]
        assert kinds == ["opt_in_panel", "probability"]
        assert await desk.value("SELECT count(recruitment_probability) FROM panel.member") == 1
        assert (await batch(desk)).used == 1

    async def test_a_mistake_in_the_mail_address_does_not_cost_the_letter(self, desk: Any) -> None:
        _, made = await issue(desk)
        await desk.sign_up(code=await judge(desk, made[0]), email="ana@voorbeeld.nl")
        again = await judge(desk, made[0])
        assert again.fault is None
        member_id = await desk.join(simulated=False, code=again, email="anna@voorbeeld.nl")
        assert await desk.value("SELECT kind FROM panel.member WHERE id = $1", member_id) == "probability"

    async def test_a_code_that_somebody_joined_with_meanwhile_is_refused(self, desk: Any) -> None:
        _, made = await issue(desk)
        early = await judge(desk, made[0])
        await desk.join(code=await judge(desk, made[0]), email="bram@voorbeeld.nl")
        with pytest.raises(SignUpInvalid) as refused:
            await desk.sign_up(code=early)
        assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("code", "used")]

    async def test_a_second_click_on_the_confirmation_counts_once(self, desk: Any) -> None:
        _, made = await issue(desk)
        member_id = await desk.sign_up(simulated=False, code=await judge(desk, made[0]))
        for _ in range(2):
            await desk.confirm(member_id)
        assert (await batch(desk)).used == 1
        assert await desk.value("SELECT kind FROM panel.member WHERE id = $1", member_id) == "probability"

    async def test_letters_sent_and_used_give_the_response_rate(self, desk: Any) -> None:
        _, made = await issue(desk)
        for place in range(2):
            await desk.join(code=await judge(desk, made[place]), email=f"lid{place}@voorbeeld.nl")
        shown = await batch(desk)
        assert (shown.sent, shown.used, shown.response_rate) == (5, 2, 0.4)

    async def test_erasure_lets_go_of_the_code_and_keeps_it_used(self, desk: Any) -> None:
        _, made = await issue(desk)
        member_id = await desk.join(code=await judge(desk, made[0]))
        async with desk.databases.vault.transaction() as vault_conn:
            await membership.erase(vault_conn, member_id=member_id, now=desk.now)
        assert await desk.value("SELECT count(member_id) FROM panel.code") == 0
        assert (await judge(desk, made[0])).fault == "used"


class TestWrongCodes:
    async def test_each_is_told_for_what_it_is(self, desk: Any) -> None:
        _, made = await issue(desk)
        late = desk.now + timedelta(days=61)
        assert (await judge(desk, "ACDE")).fault == "mistyped"
        assert (await judge(desk, wrong(made[0]))).fault == "unknown"
        assert (await judge(desk, made[0], at=late)).fault == "expired"

    async def test_an_ended_batch_takes_nobody_new_and_keeps_who_joined(self, desk: Any) -> None:
        issued, made = await issue(desk)
        member_id = await desk.join(simulated=False, code=await judge(desk, made[0]))
        async with desk.databases.api.transaction() as conn:
            for _ in range(2):
                await batches.end(conn, batch_id=(await batches.listed(conn, after=None, limit=1))[0].id, now=desk.now)
            with pytest.raises(CodeBatchUnknown):
                await batches.end(conn, batch_id=uuid7(), now=desk.now)
        assert (await judge(desk, made[1])).fault == "expired"
        assert await desk.value("SELECT kind FROM panel.member WHERE id = $1", member_id) == "probability"
        assert issued.batch.ended_at is None

    async def test_guessing_stops_the_batch_for_an_hour_and_no_other(self, desk: Any) -> None:
        _, made = await issue(desk)
        async with desk.databases.api.transaction() as conn:
            other = await batches.issue(
                conn,
                request=request(desk, name="andere"),
                code_key=KEY,
                join_page="",
                staff="s",
                now=desk.now,
                new_id=uuid7,
            )
        for _ in range(batches.MOST_WRONG):
            assert (await judge(desk, wrong(made[0]))).fault == "unknown"
        assert (await judge(desk, made[0])).fault == "busy"
        assert (await judge(desk, other.csv.splitlines()[1].split(",")[1])).fault is None
        assert (await judge(desk, made[0], at=desk.now + batches.WRONG_WINDOW)).fault is None

    async def test_guesses_at_the_same_time_do_not_slip_past_the_count(self, desk: Any) -> None:
        _, made = await issue(desk)
        told = await asyncio.gather(*(judge(desk, wrong(made[0])) for _ in range(3 * batches.MOST_WRONG)))
        assert sorted(judged.fault for judged in told).count("unknown") == batches.MOST_WRONG

    async def test_typing_errors_do_not_count_as_guesses(self, desk: Any) -> None:
        _, made = await issue(desk)
        for _ in range(batches.MOST_WRONG + 5):
            assert (await judge(desk, made[0][:-1])).fault == "mistyped"
        assert (await judge(desk, made[0])).fault is None
