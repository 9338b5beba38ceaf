"""Deletes behind the retention rules; each counts what it removed."""

from datetime import datetime

import msgspec

from panels.store.connection import Connection


class Remaining(msgspec.Struct, frozen=True, kw_only=True):
    kept: int
    oldest: datetime | None


# Addresses of sign-ups that were never confirmed, and of duplicates that were never members.
PURGE_UNCONFIRMED_CONTACTS = """
DELETE FROM vault.contact AS c USING panel.member AS m
WHERE m.id = c.member_id AND m.status IN ('pending', 'duplicate') AND m.merged_into IS NULL AND m.joined_at < $1
"""

# Addresses of people who left, also those of memberships merged into theirs.
PURGE_ENDED_CONTACTS = """
DELETE FROM vault.contact AS c USING panel.member AS m, panel.member AS k
WHERE m.id = c.member_id AND k.id = COALESCE(m.merged_into, m.id) AND k.status = 'withdrawn' AND k.ended_at < $1
"""

# Addresses without a profile: nothing may hold them.
PURGE_ORPHANED_CONTACTS = """
DELETE FROM vault.contact AS c
WHERE c.created_at < $1 AND NOT EXISTS (SELECT 1 FROM panel.member AS m WHERE m.id = c.member_id)
"""

# Numbers and addresses that were dropped in and never taken over.
PURGE_REACH = """
DELETE FROM vault.reach WHERE given_at < $1
"""

# Letters, printed or not, and those of audits whose link between members and answers was cut.
PURGE_LETTERS = """
DELETE FROM vault.letter AS l
WHERE l.waiting_since < $1 OR NOT EXISTS (
    SELECT 1 FROM panel.invitation AS i
    WHERE i.audit_id = l.audit_id AND i.id = l.invitation_id AND i.member_id IS NOT NULL)
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
WHERE m.id = c.member_id AND m.status IN ('pending', 'duplicate') AND m.merged_into IS NULL AND m.joined_at < $1
"""

# Profiles of sign-ups that were never confirmed, and of duplicates that were never members.
PURGE_UNCONFIRMED_MEMBERS = """
DELETE FROM panel.member WHERE status IN ('pending', 'duplicate') AND merged_into IS NULL AND joined_at < $1
"""

# Profiles of people who left.
PURGE_ENDED_MEMBERS = """
DELETE FROM panel.member WHERE status = 'withdrawn' AND ended_at < $1
"""

# Profiles of duplicates whose membership is gone.
PURGE_MERGED_MEMBERS = """
DELETE FROM panel.member AS m
WHERE m.merged_into IS NOT NULL AND m.joined_at < $1
  AND NOT EXISTS (SELECT 1 FROM panel.member AS k WHERE k.id = m.merged_into)
"""

# Origins without a consent in force, or without a profile.
PURGE_ORIGINS = """
DELETE FROM panel.origin AS o
WHERE o.given_at < $1 AND NOT EXISTS (
    SELECT 1 FROM panel.consent AS c JOIN panel.member AS m ON m.id = c.member_id
    WHERE c.member_id = o.member_id AND c.purpose = 'origin' AND c.withdrawn_at IS NULL
      AND m.status IN ('pending', 'active', 'paused'))
"""

# When profiles were changed, longer ago or of people who are gone.
PURGE_CHANGES = """
DELETE FROM panel.profile_change WHERE at < $1
"""
PURGE_ORPHANED_CHANGES = """
DELETE FROM panel.profile_change AS c
WHERE c.at < $1 AND NOT EXISTS (SELECT 1 FROM panel.member AS m WHERE m.id = c.member_id)
"""

# Flags, longer ago or of people who are gone.
PURGE_FLAGS = """
DELETE FROM panel.flag WHERE raised_at < $1
"""
PURGE_ORPHANED_FLAGS = """
DELETE FROM panel.flag AS f
WHERE f.raised_at < $1 AND NOT EXISTS (SELECT 1 FROM panel.member AS m WHERE m.id = f.member_id)
"""

# Merges of people who are gone.
PURGE_MERGES = """
DELETE FROM panel.merge AS g
WHERE g.merged_at < $1 AND NOT EXISTS (SELECT 1 FROM panel.member AS m WHERE m.id = g.kept)
"""

# Codes of batches that expired.
PURGE_CODES = """
DELETE FROM panel.code AS c USING panel.code_batch AS b WHERE b.id = c.batch_id AND b.expires_at < $1
"""

# Records of mails, counted from the report, or from the draw when there never was one.
PURGE_MAILINGS = """
DELETE FROM panel.mailing AS s USING panel.invitation AS i
WHERE i.audit_id = s.audit_id AND i.id = s.invitation_id AND COALESCE(i.unlinked_at, i.created_at) < $1
"""

# Reports on mail that came back, counted in the same way.
PURGE_RETURNED = """
DELETE FROM panel.returned AS r USING panel.invitation AS i
WHERE i.audit_id = r.audit_id AND i.id = r.invitation_id AND COALESCE(i.unlinked_at, i.created_at) < $1
"""

# References of people who came from outside, once their invitation is cut loose or gone.
PURGE_ARRIVALS = """
DELETE FROM panel.arrival AS a
WHERE NOT EXISTS (
    SELECT 1 FROM panel.invitation AS i
    WHERE i.audit_id = a.audit_id AND i.id = a.invitation_id AND COALESCE(i.unlinked_at, i.created_at) >= $1)
"""

# Requests to be called that are settled, or that the person has overtaken by answering or saying no.
PURGE_CALLS = """
DELETE FROM panel.call_request AS c
WHERE c.decided_at < $1 OR (c.asked_at < $1 AND NOT EXISTS (
    SELECT 1 FROM panel.invitation AS i
    WHERE i.audit_id = c.audit_id AND i.id = c.invitation_id
      AND i.disposition IN ('queued', 'sent', 'undeliverable', 'started')))
"""
PURGE_STALE_CALLS = """
DELETE FROM panel.call_request WHERE asked_at < $1
"""

# Rows of a register whose audit was never opened.
PURGE_REGISTERS = """
DELETE FROM panel.register_person WHERE loaded_at < $1
"""

# Invitations, counted in the same way: no link to a member outlives an audit that came to nothing.
PURGE_INVITATIONS = """
DELETE FROM panel.invitation WHERE COALESCE(unlinked_at, created_at) < $1
"""

# Who was invited to what.
PURGE_PARTICIPATION = """
DELETE FROM panel.participation WHERE invited_on < $1::date
"""

# People who were asked for an assembly and are not in its pool.
PURGE_UNWILLING = """
DELETE FROM panel.assembly_candidate AS c USING panel.assembly AS a
WHERE a.id = c.assembly_id AND c.features IS NULL AND COALESCE(a.pool_closed_at, a.ended_at) < $1
"""

# People in the pool of an assembly that has ended, was cancelled, or came to nothing.
PURGE_CANDIDATES = """
DELETE FROM panel.assembly_candidate AS c USING panel.assembly AS a
WHERE a.id = c.assembly_id AND COALESCE(a.ended_at, c.created_at + interval '2 years') < $1
"""

# Seats of the same assemblies.
PURGE_SEATS = """
DELETE FROM panel.assembly_seat AS s USING panel.assembly AS a
WHERE a.id = s.assembly_id AND COALESCE(a.ended_at, s.offered_at + interval '2 years') < $1
"""

# What connects the panels of such an assembly with people; what was published stays.
PURGE_POOLS = """
UPDATE panel.assembly_lottery AS l SET solution = ''::bytea, pool_table = NULL
FROM panel.assembly AS a
WHERE a.id = l.assembly_id AND l.solution <> ''::bytea
  AND COALESCE(a.ended_at, l.solved_at + interval '2 years') < $1
"""

# Records of mails about assemblies.
PURGE_ASSEMBLY_MAILINGS = """
DELETE FROM panel.assembly_mailing WHERE sent_at < $1
"""

# Sessions on public computers and by telephone.
PURGE_ACCESS = """
DELETE FROM panel.access WHERE ends_at < $1
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
COUNT_REACH = "SELECT count(*) AS kept, min(given_at) AS oldest FROM vault.reach"
COUNT_LETTERS = "SELECT count(*) AS kept, min(waiting_since) AS oldest FROM vault.letter"
COUNT_FILES = "SELECT count(*) AS kept, min(queued_at) AS oldest FROM vault.import"
COUNT_ERASURES = "SELECT count(*) AS kept, min(erased_at) AS oldest FROM vault.erasure"
COUNT_MEMBERS = "SELECT count(*) AS kept, min(joined_at) AS oldest FROM panel.member"
COUNT_CONSENTS = "SELECT count(*) AS kept, min(given_at) AS oldest FROM panel.consent"
COUNT_ORIGINS = "SELECT count(*) AS kept, min(given_at) AS oldest FROM panel.origin"
COUNT_CHANGES = "SELECT count(*) AS kept, min(at) AS oldest FROM panel.profile_change"
COUNT_FLAGS = "SELECT count(*) AS kept, min(raised_at) AS oldest FROM panel.flag"
COUNT_MERGES = "SELECT count(*) AS kept, min(merged_at) AS oldest FROM panel.merge"
COUNT_BATCHES = "SELECT count(*) AS kept, min(created_at) AS oldest FROM panel.code_batch"
COUNT_CODES = """
SELECT count(*) AS kept, min(b.created_at) AS oldest
FROM panel.code AS c JOIN panel.code_batch AS b ON b.id = c.batch_id
"""
COUNT_POSTCODE_TABLES = "SELECT count(*) AS kept, min(imported_at) AS oldest FROM panel.postcode_table"
COUNT_POSTCODES = """
SELECT count(*) AS kept, min(t.imported_at) AS oldest
FROM panel.postcode AS p JOIN panel.postcode_table AS t ON t.id = p.table_id
"""
COUNT_MAILINGS = "SELECT count(*) AS kept, min(sent_at) AS oldest FROM panel.mailing"
COUNT_RETURNED = "SELECT count(*) AS kept, min(came_at) AS oldest FROM panel.returned"
COUNT_INVITATIONS = "SELECT count(created_at) AS kept, min(created_at) AS oldest FROM panel.invitation"
COUNT_PARTICIPATION = "SELECT count(*) AS kept, min(invited_on)::timestamptz AS oldest FROM panel.participation"
COUNT_ASSEMBLIES = "SELECT count(created_at) AS kept, min(created_at) AS oldest FROM panel.assembly"
COUNT_CANDIDATES = "SELECT count(*) AS kept, min(created_at) AS oldest FROM panel.assembly_candidate"
COUNT_LOTTERIES = "SELECT count(solved_at) AS kept, min(solved_at) AS oldest FROM panel.assembly_lottery"
COUNT_SEATS = "SELECT count(*) AS kept, min(offered_at) AS oldest FROM panel.assembly_seat"
COUNT_ASSEMBLY_MAILINGS = "SELECT count(*) AS kept, min(sent_at) AS oldest FROM panel.assembly_mailing"
COUNT_OUTCOMES = "SELECT count(*) AS kept, min(queued_at) AS oldest FROM panel.import_outcome"
COUNT_MARGINS = "SELECT count(imported_at) AS kept, min(imported_at) AS oldest FROM panel.margin_set"
COUNT_DRAWS = "SELECT count(drawn_at) AS kept, min(drawn_at) AS oldest FROM panel.draw"
COUNT_WAVES = "SELECT count(drawn_at) AS kept, min(drawn_at) AS oldest FROM panel.wave"
COUNT_CELLS = "SELECT count(have) AS kept, min(decided_at) AS oldest FROM panel.quota_cell"
COUNT_OBSERVATIONS = "SELECT count(at) AS kept, min(at) AS oldest FROM panel.observation"
COUNT_SOURCES = "SELECT count(created_at) AS kept, min(created_at) AS oldest FROM panel.source"
COUNT_REGISTERS = "SELECT count(loaded_at) AS kept, min(loaded_at) AS oldest FROM panel.register_person"
COUNT_ARRIVALS = "SELECT count(audit_id) AS kept, NULL::timestamptz AS oldest FROM panel.arrival"
COUNT_ACCESS = "SELECT count(ends_at) AS kept, min(ends_at) AS oldest FROM panel.access"
COUNT_CALLS = "SELECT count(asked_at) AS kept, min(asked_at) AS oldest FROM panel.call_request"
COUNT_TURNS = "SELECT count(taken_at) AS kept, min(taken_at) AS oldest FROM panel.draw_turn"


async def remaining(vault_conn: Connection, *, statement: str) -> Remaining:
    """Run one of the counts of this file."""
    row = await vault_conn.fetchrow(statement)
    if row is None:
        return Remaining(kept=0, oldest=None)
    return Remaining(kept=row["kept"], oldest=row["oldest"])
