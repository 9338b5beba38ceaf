"""Letters that wait: printed once, to those who still wait for one, and gone from the vault."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from service import retention
from service.letters import pdf
from service.store import letters as store
from service.tasks import letters
from service.tasks.arguments import LettersPrint
from tests.integration.engines.test_wave import NOW
from tests.integration.engines.test_ways_in import Field, field

__all__ = ["field"]
WAITING = "SELECT count(*) FROM vault.letter"


@pytest.fixture
async def waiting(field: Field, monkeypatch: pytest.MonkeyPatch) -> int:
    """Everybody wants letters, and the invitations were sent."""
    monkeypatch.setattr(letters, "about_audit", about)
    await field.wish("letter", address=True)
    await field.wave()
    return (await field.arrived())["letter"]


async def about(*_: Any) -> pdf.About:
    """The field of these tests has invitations, and no audit with an application."""
    names = {"app": "de chatbot", "org": "de gemeente", "Org": "De gemeente"}
    return pdf.About(words={"nl": names, "en": names}, address="samenspraak.example/code")


async def asked(field: Field) -> UUID:
    id = uuid7()
    async with field.work.databases.api.transaction() as conn:
        await store.add(conn, organisation_id=uuid7(), audit_id=field.audit_id, id=id, now=NOW)
    return id


async def stands(field: Field, id: UUID) -> tuple[str, int, bytes | None, int]:
    async with field.work.databases.api.reading() as conn:
        batch = await store.find(conn, id=id)
        content = await store.content(conn, id=id)
    async with field.work.databases.vault.reading() as conn:
        left: int = await conn.fetchval(WAITING)
    assert batch is not None
    return batch.state, batch.people, content, left


async def run(field: Field, id: UUID) -> None:
    await letters.print_batch(field.work, LettersPrint(batch_id=id))


async def test_everybody_who_waits_gets_a_sheet_and_the_vault_forgets_it(field: Field, waiting: int) -> None:
    first, second = await asked(field), await asked(field)
    await run(field, first)
    state, people, made, left = await stands(field, first)
    assert (state, people, left) == ("ready", waiting, 0)
    assert made is not None
    assert made.startswith(b"%PDF")
    await run(field, first)
    assert (await stands(field, first))[1] == waiting
    await run(field, second)
    assert (await stands(field, second))[:3] == ("empty", 0, None)


async def test_who_answered_or_declined_meanwhile_gets_none(field: Field, waiting: int) -> None:
    async with field.work.databases.worker.transaction() as conn:
        await conn.execute(
            "UPDATE panel.invitation SET disposition = 'declined' WHERE id = $1", await field.invitation()
        )
    id = await asked(field)
    await run(field, id)
    assert (await stands(field, id))[1] == waiting - 1


async def test_a_job_that_broke_off_prints_the_same_letters(
    field: Field, waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    id, other = await asked(field), await asked(field)

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(store, "save", broken)
        with pytest.raises(RuntimeError, match="power cut"):
            await run(field, id)
    await run(field, other)
    assert (await stands(field, other))[0] == "empty"  # those letters belong to the first batch
    await run(field, id)
    assert (await stands(field, id))[:2] == ("ready", waiting)
    assert (await stands(field, id))[3] == 0


async def test_nothing_is_kept_past_its_date(field: Field, waiting: int) -> None:
    id = await asked(field)
    await run(field, id)
    async with field.work.databases.worker.transaction() as conn:
        await retention.purge(conn, now=NOW + timedelta(days=6))
        assert await store.find(conn, id=id) is not None
        await retention.purge(conn, now=NOW + timedelta(days=8))
        assert await store.find(conn, id=id) is None
