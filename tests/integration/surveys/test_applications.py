import asyncio
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
import pytest
from samenspraak.types.application import Application
from samenspraak.types.base import Localised
from uuid_utils.compat import uuid7

from service.db import Databases
from service.store import Connection
from surveys import applications
from surveys.errors import ApplicationInvalid, ApplicationUnknown


async def test_what_was_kept_comes_back_with_its_reading_level(
    conn: Connection, application: Application, now: datetime
) -> None:
    organisation_id = uuid4()
    kept = await applications.keep(
        conn, organisation_id=organisation_id, application=application, now=now, new_id=uuid7
    )
    found = await applications.find(conn, organisation_id=organisation_id, id=UUID(kept.id))
    assert found == kept
    assert (found.version, found.application) == (1, application)
    assert found.readability.passes


async def test_every_submission_is_a_new_version_and_the_newest_comes_first(
    conn: Connection, application: Application, now: datetime
) -> None:
    mine = {"organisation_id": uuid4()}
    for _ in range(3):
        await applications.keep(conn, **mine, application=application, now=now, new_id=uuid7)
    first = await applications.listing(conn, **mine, limit=2)
    assert [one.version for one in first] == [3, 2]
    rest = await applications.listing(conn, **mine, limit=2, after=UUID(first[-1].id))
    assert [one.version for one in rest] == [1]


async def test_another_organisation_sees_nothing(conn: Connection, application: Application, now: datetime) -> None:
    kept = await applications.keep(conn, organisation_id=uuid4(), application=application, now=now, new_id=uuid7)
    with pytest.raises(ApplicationUnknown):
        await applications.find(conn, organisation_id=uuid4(), id=UUID(kept.id))
    assert await applications.listing(conn, organisation_id=uuid4(), limit=10) == []


async def test_a_faulty_application_is_refused_with_every_fault(
    conn: Connection, application: Application, now: datetime
) -> None:
    broken = msgspec.structs.replace(application, name=Localised(nl="", en="x\x00"), known_concerns=["aliens"])
    with pytest.raises(ApplicationInvalid) as refused:
        await applications.keep(conn, organisation_id=uuid4(), application=broken, now=now, new_id=uuid7)
    assert {fault.pointer for fault in refused.value.faults} == {"/name/nl", "/name/en", "/known_concerns/0"}


async def test_submissions_at_the_same_moment_get_different_versions(
    databases: Databases, application: Application, now: datetime
) -> None:
    organisation_id = uuid4()

    async def keep() -> int:
        async with databases.api.transaction() as conn:
            kept = await applications.keep(
                conn, organisation_id=organisation_id, application=application, now=now, new_id=uuid7
            )
        return kept.version

    assert sorted(await asyncio.gather(*(keep() for _ in range(6)))) == [1, 2, 3, 4, 5, 6]
