"""Mobile number, postal address and wanted channel (vault.reach, vault.contact, panel.member).

The API drops what a member gives into vault.reach and can read none of it; the vault's keeper takes it over.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, cast
from uuid import UUID

import msgspec

from panels.models import Address, ChannelName, MemberStatus
from panels.store.connection import Connection

What = Literal["phone", "address"]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What the API knows: the wish, and whether there is something."""

    status: MemberStatus
    channel: ChannelName
    phone_given: bool
    address_given: bool


# What is known of a member's ways in, locked until the transaction ends.
LOCK_STANDING = """
SELECT status, channel, phone_given, address_given FROM panel.member WHERE id = $1 FOR UPDATE
"""


async def lock(conn: Connection, *, member_id: UUID) -> Standing | None:
    row = await conn.fetchrow(LOCK_STANDING, member_id)
    if row is None:
        return None
    return Standing(
        status=cast(MemberStatus, row["status"]),
        channel=cast(ChannelName, row["channel"]),
        phone_given=row["phone_given"],
        address_given=row["address_given"],
    )


# What a member wants, and has given.
UPDATE_STANDING = """
UPDATE panel.member SET channel = $2, phone_given = $3, address_given = $4 WHERE id = $1
"""


async def update(
    conn: Connection, *, member_id: UUID, channel: ChannelName, phone_given: bool, address_given: bool
) -> None:
    await conn.execute(UPDATE_STANDING, member_id, channel, phone_given, address_given)


# Drop a number or an address into the vault, or that it must go (api role: INSERT is all it may do here).
INSERT_REACH = """
INSERT INTO vault.reach (id, member_id, what, phone, name, street, door, postcode, place, given_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


async def drop_phone(conn: Connection, *, id: UUID, member_id: UUID, phone: str | None, now: datetime) -> None:
    """None: remove it."""
    await conn.execute(INSERT_REACH, id, member_id, "phone", phone, None, None, None, None, None, now)


async def drop_address(conn: Connection, *, id: UUID, member_id: UUID, address: Address | None, now: datetime) -> None:
    """None: remove it."""
    given = (None,) * 5
    if address is not None:
        given = (address.name, address.street, address.door, address.postcode, address.place)  # type: ignore[assignment]
    await conn.execute(INSERT_REACH, id, member_id, "address", None, *given, now)


# The contact of a member, held so that of two who take over the later one sees what the first has made of it.
LOCK_CONTACT = """
SELECT member_id FROM vault.contact WHERE member_id = $1 FOR UPDATE
"""

# Take the newest drop of each kind over, and forget every drop that was read. A kind without a drop stays as it is.
TAKE_OVER = """
WITH read AS (DELETE FROM vault.reach WHERE member_id = $1 RETURNING *),
phone AS (SELECT * FROM read WHERE what = 'phone' ORDER BY given_at DESC, id DESC LIMIT 1),
address AS (SELECT * FROM read WHERE what = 'address' ORDER BY given_at DESC, id DESC LIMIT 1)
UPDATE vault.contact AS c SET
    phone = CASE WHEN p.id IS NULL THEN c.phone ELSE p.phone END,
    name = CASE WHEN a.id IS NULL THEN c.name ELSE a.name END,
    street = CASE WHEN a.id IS NULL THEN c.street ELSE a.street END,
    door = CASE WHEN a.id IS NULL THEN c.door ELSE a.door END,
    postcode = CASE WHEN a.id IS NULL THEN c.postcode ELSE a.postcode END,
    place = CASE WHEN a.id IS NULL THEN c.place ELSE a.place END
FROM (SELECT) AS one LEFT JOIN phone AS p ON true LEFT JOIN address AS a ON true
WHERE c.member_id = $1
"""


async def take_over(vault_conn: Connection, *, member_id: UUID) -> None:
    """Bring the contact of a member up to date. Of a member who is gone, only the drops go."""
    await vault_conn.execute(LOCK_CONTACT, member_id)
    await vault_conn.execute(TAKE_OVER, member_id)


# Forget what members dropped in.
DELETE_REACH = """
DELETE FROM vault.reach WHERE member_id = ANY($1::uuid[])
"""


async def forget(vault_conn: Connection, *, member_ids: Sequence[UUID]) -> None:
    await vault_conn.execute(DELETE_REACH, list(member_ids))


# A duplicate is reached as the member that it became part of, so its own number and address have no use any more.
CLEAR_DUPLICATE = """
UPDATE vault.contact
SET phone = NULL, name = NULL, street = NULL, door = NULL, postcode = NULL, place = NULL WHERE member_id = $1
"""


async def clear(vault_conn: Connection, *, member_id: UUID) -> None:
    await vault_conn.execute(CLEAR_DUPLICATE, member_id)
