"""Two memberships of one person: the older goes on with what both had, and nothing is lost."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from panels import links, retention
from panels.errors import MemberUnknown, MergeRefused
from panels.joining import membership, merging


async def merge(desk: Any, first: UUID, second: UUID) -> Any:
    async with desk.databases.api.transaction() as conn:
        return await merging.merge(
            conn, first=first, second=second, reason="belde", staff="staff:key_1", now=desk.now, new_id=uuid7
        )


async def export(desk: Any, member_id: UUID) -> Any:
    async with desk.databases.api.reading() as conn:
        return await membership.export_profile(conn, member_id)


@pytest.fixture
async def pair(desk: Any) -> tuple[UUID, UUID]:
    """An older and a younger membership."""
    older = await desk.join(at=desk.now - timedelta(days=100))
    return older, await desk.join(email="anna.b@voorbeeld.nl", assembly="yes", at=desk.now - timedelta(days=10))


async def drawn(desk: Any, *ids: UUID) -> UUID:
    """An audit that these members are invited to."""
    audit_id = uuid7()
    async with desk.databases.api.transaction() as conn:
        for id in ids:
            await conn.execute(
                "INSERT INTO panel.participation (audit_id, member_id, invited_on) VALUES ($1, $2, $3)",
                audit_id,
                id,
                desk.now.date(),
            )
    return audit_id


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_the_older_one_is_kept_whichever_is_named_first(desk: Any, pair: Any, order: tuple[int, int]) -> None:
    done = await merge(desk, pair[order[0]], pair[order[1]])
    assert (done.kept, done.duplicate) == pair
    status = "SELECT status || ' ' || COALESCE(merged_into::text, '') FROM panel.member WHERE id = $1"
    assert await desk.value(status, pair[0]) == "active "
    assert await desk.value(status, pair[1]) == f"duplicate {pair[0]}"


async def test_participation_and_consents_move_along(desk: Any, pair: Any) -> None:
    audit_id = await drawn(desk, pair[1])
    done = await merge(desk, *pair)
    assert (done.participations, done.consents, done.overlapping) == (1, 3, 0)
    assert await desk.value("SELECT member_id FROM panel.participation WHERE audit_id = $1", audit_id) == pair[0]
    exported = await export(desk, pair[0])
    assert sorted(record.purpose for record in exported.consents) == [
        "assembly",
        "membership",
        "membership",
        "profile",
        "profile",
    ]
    assert exported.merged == (pair[1],)


async def test_an_audit_that_both_were_invited_to_keeps_both_rows(desk: Any, pair: Any) -> None:
    audit_id = await drawn(desk, *pair)
    done = await merge(desk, *pair)
    assert (done.participations, done.overlapping) == (0, 1)
    assert await desk.value("SELECT count(*) FROM panel.participation WHERE audit_id = $1", audit_id) == 2


async def test_what_the_person_withdrew_last_stays_withdrawn(desk: Any, pair: Any) -> None:
    async with desk.databases.api.transaction() as conn:
        await conn.execute(
            "INSERT INTO panel.consent (member_id, purpose, version, given_at, withdrawn_at)"
            " VALUES ($1, 'assembly', '2026-11-3', $2, $3)",
            pair[0],
            desk.now - timedelta(days=90),
            desk.now - timedelta(days=1),
        )
    await merge(desk, *pair)
    asked = [r for r in (await export(desk, pair[0])).consents if r.purpose == "assembly"]
    assert len(asked) == 2
    assert all(record.withdrawn_at is not None for record in asked)


async def test_the_link_of_the_duplicate_leads_to_the_page_of_the_member_kept(desk: Any, pair: Any) -> None:
    await merge(desk, *pair)
    async with desk.databases.api.reading() as conn:
        found = await membership.by_token(conn, links.token(desk.link_key, "member", pair[1]))
    assert (found.id, found.status) == (pair[0], "active")


async def test_both_addresses_stay_taken(desk: Any, pair: Any) -> None:
    await merge(desk, *pair)
    for email in ("anna@voorbeeld.nl", "anna.b@voorbeeld.nl"):
        assert await desk.settle(await desk.sign_up(email=email)) == "already_member"
        row = f"{email},1980,V,PV26,3,nl,2026-11-1,2026-11-23"
        assert (await desk.load(f"{desk.header}\n{row}".encode())).already_member == 1


async def test_a_chain_of_merges_ends_at_the_oldest(desk: Any, pair: Any) -> None:
    oldest = await desk.join(email="a@voorbeeld.nl", at=desk.now - timedelta(days=500))
    await merge(desk, *pair)
    await merge(desk, oldest, pair[0])
    assert set((await export(desk, oldest)).merged) == set(pair)
    async with desk.databases.api.reading() as conn:
        found = await membership.by_token(conn, links.token(desk.link_key, "member", pair[1]))
    assert found.id == oldest


async def test_erasure_concerns_both(desk: Any, pair: Any) -> None:
    await merge(desk, *pair)
    async with desk.databases.vault.transaction() as vault_conn:
        await membership.erase(vault_conn, member_id=pair[0], now=desk.now)
    for table in ("panel.member", "panel.consent", "panel.merge", "vault.contact"):
        assert await desk.value(f"SELECT count(*) FROM {table}") == 0, table
    assert await desk.value("SELECT count(*) FROM vault.erasure") == 2


async def test_the_daily_purge_keeps_a_merged_duplicate_as_long_as_the_member(desk: Any, pair: Any) -> None:
    await merge(desk, *pair)
    for days, left in ((0, 2), (60, 2)):
        async with desk.databases.vault.transaction() as vault_conn:
            await retention.purge(vault_conn, now=desk.now + timedelta(days=days))
        assert await desk.value("SELECT count(*) FROM panel.member") == left
        assert await desk.value("SELECT count(*) FROM vault.contact") == left
    async with desk.databases.api.transaction() as conn:
        await membership.withdraw(conn, member_id=pair[0], now=desk.now)
    for _ in range(2):
        async with desk.databases.vault.transaction() as vault_conn:
            await retention.purge(vault_conn, now=desk.now + timedelta(days=200))
    for table in ("panel.member", "panel.merge", "vault.contact"):
        assert await desk.value(f"SELECT count(*) FROM {table}") == 0, table


async def test_what_is_not_two_members_is_refused(desk: Any, pair: Any) -> None:
    with pytest.raises(MergeRefused):
        await merge(desk, pair[0], pair[0])
    with pytest.raises(MemberUnknown):
        await merge(desk, pair[0], uuid7())
    async with desk.databases.api.transaction() as conn:
        await membership.withdraw(conn, member_id=pair[1], now=desk.now)
    with pytest.raises(MergeRefused):
        await merge(desk, *pair)


async def test_invitations_go_to_the_member_kept_but_where_both_were_invited(desk: Any, pair: Any) -> None:
    insert = """
        INSERT INTO panel.invitation (audit_id, id, member_id, respondent_id, batch, stratum, probability, profile,
            language, token_hash, created_at, disposition_at)
        VALUES ($1, $2, $3, $4, 0, 'all', 0.5, '{}', 'nl', sha256($5::text::bytea), $6, $6)"""
    both, one = uuid7(), uuid7()
    async with desk.databases.api.transaction() as conn:
        for audit_id, member in ((both, pair[0]), (both, pair[1]), (one, pair[1])):
            await conn.execute(insert, audit_id, uuid7(), member, uuid7(), f"{audit_id}{member}", desk.now)
    done = await merge(desk, *pair)
    assert done.invitations == 1
    for _ in range(2):
        async with desk.databases.vault.transaction() as conn:
            await merging.hand_over(conn, kept=done.kept, duplicate=done.duplicate)
    count = "SELECT count(*) FROM panel.invitation WHERE member_id = $1"
    assert await desk.value(count, pair[0]) == 2
    assert await desk.value(count, pair[1]) == 1
