"""Deletes behind the retention rules; each counts what it removed."""

from datetime import datetime

import msgspec

from panels.store.connection import Connection


class Remaining(msgspec.Struct, frozen=True, kw_only=True):
    kept: int
    oldest: datetime | None


# Addresses of sign-ups that were never confirmed, and of duplicates.
PURGE_UNCONFIRMED_CONTACTS = """
DELETE FROM vault.contact AS c USING panel.member AS m
WHERE m.id = c.member_id AND m.status IN ('pending', 'duplicate') AND m.joined_at < $1
"""

# Addresses of people who left.
PURGE_ENDED_CONTACTS = """
DELETE FROM vault.contact AS c USING panel.member AS m
WHERE m.id = c.member_id AND m.status = 'withdrawn' AND m.ended_at < $1
"""

# Addresses without a profile: nothing may hold them.
PURGE_ORPHANED_CONTACTS = """
DELETE FROM vault.contact AS c
WHERE c.created_at < $1 AND NOT EXISTS (SELECT 1 FROM panel.member AS m WHERE m.id = c.member_id)
"""

# Member files that no import has read.
PURGE_FILES = """
DELETE FROM vault.import WHERE queued_at < $1
"""

# Tombstones that no backup can need any more.
PURGE_ERASURES = """
DELETE FROM vault.erasure WHERE erased_at < $1
"""

# Consents of people who left long ago, before their profile goes.
PURGE_CONSENTS = """
DELETE FROM panel.consent AS c
WHERE (c.withdrawn_at IS NOT NULL AND c.withdrawn_at < $1)
   OR (c.given_at < $1 AND NOT EXISTS (SELECT 1 FROM panel.member AS m WHERE m.id = c.member_id))
"""

# Consents of sign-ups that were never confirmed.
PURGE_UNCONFIRMED_CONSENTS = """
DELETE FROM panel.consent AS c USING panel.member AS m
WHERE m.id = c.member_id AND m.status IN ('pending', 'duplicate') AND m.joined_at < $1
"""

# Profiles of sign-ups that were never confirmed, and of duplicates.
PURGE_UNCONFIRMED_MEMBERS = """
DELETE FROM panel.member WHERE status IN ('pending', 'duplicate') AND joined_at < $1
"""

# Profiles of people who left.
PURGE_ENDED_MEMBERS = """
DELETE FROM panel.member WHERE status = 'withdrawn' AND ended_at < $1
"""

# Records of mails, counted from the report, or from the draw when there never was one.
PURGE_MAILINGS = """
DELETE FROM panel.mailing AS s USING panel.invitation AS i
WHERE i.audit_id = s.audit_id AND i.id = s.invitation_id AND COALESCE(i.unlinked_at, i.created_at) < $1
"""

# Invitations, counted in the same way: no link to a member outlives an audit that came to nothing.
PURGE_INVITATIONS = """
DELETE FROM panel.invitation WHERE COALESCE(unlinked_at, created_at) < $1
"""

# Who was invited to what.
PURGE_PARTICIPATION = """
DELETE FROM panel.participation WHERE invited_on < $1::date
"""

# Outcomes of imports.
PURGE_OUTCOMES = """
DELETE FROM panel.import_outcome WHERE queued_at < $1
"""


async def delete(vault_conn: Connection, *, statement: str, before: datetime) -> int:
    """Run one of the statements of this file; returns the number of rows removed."""
    done = await vault_conn.execute(statement, before)
    return int(done.rsplit(" ", 1)[-1])


# What is left of each table, and since when.
COUNT_CONTACTS = "SELECT count(*) AS kept, min(created_at) AS oldest FROM vault.contact"
COUNT_FILES = "SELECT count(*) AS kept, min(queued_at) AS oldest FROM vault.import"
COUNT_ERASURES = "SELECT count(*) AS kept, min(erased_at) AS oldest FROM vault.erasure"
COUNT_MEMBERS = "SELECT count(*) AS kept, min(joined_at) AS oldest FROM panel.member"
COUNT_CONSENTS = "SELECT count(*) AS kept, min(given_at) AS oldest FROM panel.consent"
COUNT_MAILINGS = "SELECT count(*) AS kept, min(sent_at) AS oldest FROM panel.mailing"
COUNT_INVITATIONS = "SELECT count(created_at) AS kept, min(created_at) AS oldest FROM panel.invitation"
COUNT_PARTICIPATION = "SELECT count(*) AS kept, min(invited_on)::timestamptz AS oldest FROM panel.participation"
COUNT_OUTCOMES = "SELECT count(*) AS kept, min(queued_at) AS oldest FROM panel.import_outcome"
COUNT_MARGINS = "SELECT count(imported_at) AS kept, min(imported_at) AS oldest FROM panel.margin_set"
COUNT_DRAWS = "SELECT count(drawn_at) AS kept, min(drawn_at) AS oldest FROM panel.draw"


async def remaining(vault_conn: Connection, *, statement: str) -> Remaining:
    """Run one of the counts of this file."""
    row = await vault_conn.fetchrow(statement)
    if row is None:
        return Remaining(kept=0, oldest=None)
    return Remaining(kept=row["kept"], oldest=row["oldest"])
