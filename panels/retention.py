"""How long each table of vault and panel is kept, and the purge that proves it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec

from panels.joining.recruitment import CONFIRMATION_DAYS
from panels.models import Purged, Retention
from panels.store import Connection
from panels.store import purge as store

ENDED_DAYS = 180
"""How long a membership that ended is kept: for questions and complaints about what happened."""


class _Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A published rule, the delete that carries it out and the count that proves it."""

    rule: Retention
    delete: str | None


def _rule(table: str, what: str, days: int | None, why: str, delete: str | None) -> _Rule:
    return _Rule(rule=Retention(table=table, what=what, days=days, why=why), delete=delete)


_NEVER_CONFIRMED = "Without confirmation there is no membership."
_QUESTIONS = "Long enough for questions and complaints after leaving."

# In order: what depends on a profile goes before the profile.
_RULES = (
    _rule("vault.contact", "never confirmed", CONFIRMATION_DAYS, _NEVER_CONFIRMED, store.PURGE_UNCONFIRMED_CONTACTS),
    _rule("vault.contact", "membership ended", ENDED_DAYS, _QUESTIONS, store.PURGE_ENDED_CONTACTS),
    _rule("vault.contact", "without a profile", 0, "Nothing may hold an address.", store.PURGE_ORPHANED_CONTACTS),
    _rule("vault.contact", "members", None, "As long as the membership lasts.", None),
    _rule("vault.reach", "not taken over", 7, "A change is taken over at once; one that is not, goes too.",
          store.PURGE_REACH),
    _rule("vault.letter", "addresses on letters", 30, "Long enough to print and post them.", store.PURGE_LETTERS),
    _rule("vault.import", "files not read", 7, "A file is deleted when it is read; one that is not, goes too.",
          store.PURGE_FILES),
    _rule("vault.erasure", "tombstones", 365, "Backups are gone by then, and so are old member lists.",
          store.PURGE_ERASURES),
    _rule("panel.consent", "never confirmed", CONFIRMATION_DAYS, _NEVER_CONFIRMED, store.PURGE_UNCONFIRMED_CONSENTS),
    _rule("panel.consent", "withdrawn", ENDED_DAYS, _QUESTIONS, store.PURGE_CONSENTS),
    _rule("panel.consent", "in force", None, "Consent must be shown as long as it is relied upon.", None),
    _rule("panel.member", "never confirmed", CONFIRMATION_DAYS, _NEVER_CONFIRMED, store.PURGE_UNCONFIRMED_MEMBERS),
    _rule("panel.member", "membership ended", ENDED_DAYS, _QUESTIONS, store.PURGE_ENDED_MEMBERS),
    _rule("panel.member", "merged duplicates", 0, "They stay as long as the membership that they became part of.",
          store.PURGE_MERGED_MEMBERS),
    _rule("panel.member", "members", None, "As long as the membership lasts.", None),
    _rule("panel.origin", "without consent", 0, "A special category of data: not a day without consent.",
          store.PURGE_ORIGINS),
    _rule("panel.origin", "with consent", None, "As long as the consent of its own is in force.", None),
    _rule("panel.profile_change", "dates of changes", 730, "To explain why a profile differs from an earlier draw.",
          store.PURGE_CHANGES),
    _rule("panel.profile_change", "people who are gone", 0, "They go with the profile.", store.PURGE_ORPHANED_CHANGES),
    _rule("panel.flag", "signs and decisions", 365, "A sign that is a year old says nothing any more.",
          store.PURGE_FLAGS),
    _rule("panel.flag", "people who are gone", 0, "They go with the profile.", store.PURGE_ORPHANED_FLAGS),
    _rule("panel.merge", "people who are gone", 0, "They go with the profile.", store.PURGE_MERGES),
    _rule("panel.code", "after expiry", 365, "To answer questions about letters.", store.PURGE_CODES),
    _rule("panel.code_batch", "letters in counts", None, "Needed for the response rate; holds counts, no person.",
          None),
    _rule("panel.postcode_table", "versions", None, "Public facts about places, nothing about people.", None),
    _rule("panel.postcode", "postcodes", None, "Public facts about places, nothing about people.", None),
    _rule("panel.mailing", "after the report", 365, "To answer questions about mails.", store.PURGE_MAILINGS),
    _rule("panel.returned", "after the report", 365, "To answer questions about mails.", store.PURGE_RETURNED),
    _rule("panel.invitation", "after the report", 730, "As long as the answers, which need weights.",
          store.PURGE_INVITATIONS),
    _rule("panel.participation", "who was invited", 365, "To spread invitations fairly over a year.",
          store.PURGE_PARTICIPATION),
    _rule("panel.assembly_candidate", "asked, not in the pool", 30, "Who said no is forgotten soon.",
          store.PURGE_UNWILLING),
    _rule("panel.assembly_mailing", "mails", 365, "To answer questions about mails.", store.PURGE_ASSEMBLY_MAILINGS),
    _rule("panel.assembly_seat", "after the end", 365, "For reports on the assembly, and questions about it.",
          store.PURGE_SEATS),
    _rule("panel.assembly_candidate", "after the end", 365, "For reports on the assembly, and questions about it.",
          store.PURGE_CANDIDATES),
    _rule("panel.assembly_lottery", "features by ticket", 365, "For reports, and for auditors who check the pool.",
          store.PURGE_POOLS),
    _rule("panel.assembly_lottery", "what was published", None, "Anybody must be able to check a draw; names nobody.",
          None),
    _rule("panel.assembly", "plans", None, "Public record of what was held; holds no person.", None),
    _rule("panel.import_outcome", "outcomes", 365, "To trace where members came from.", store.PURGE_OUTCOMES),
    _rule("panel.margin_set", "population figures", None, "Public figures about nobody.", None),
    _rule("panel.draw", "draws", None, "Needed to repeat a draw; holds counts, no person.", None),
    _rule("panel.wave", "draws", None, "Needed to repeat a draw; holds counts, no person.", None),
    _rule("panel.quota_cell", "counters", None, "Counts of groups; holds no person.", None),
    _rule("panel.observation", "evenness of participation", None, "One figure a day; holds no person.", None),
    _rule("panel.source", "who sent people", None, "Named in the report; holds no person.", None),
    _rule("panel.register_person", "files not opened", 90, "A file becomes invitations, or goes.",
          store.PURGE_REGISTERS),
    _rule("panel.arrival", "references", 365, "Cut when the audit is reported; this is for audits that never were.",
          store.PURGE_ARRIVALS),
    _rule("panel.access", "sessions that ended", 30, "To answer questions about who helped.", store.PURGE_ACCESS),
    _rule("panel.call_request", "numbers to call", 14, "Long enough to call again; the report deletes them too.",
          store.PURGE_CALLS),
    _rule("panel.call_request", "never settled", 90, "A request that nobody answered in three months is over.",
          store.PURGE_STALE_CALLS),
    _rule("panel.draw_turn", "turns", None, "One row per sample kind, so that draws do not overlap.", None),
)  # fmt: skip

_COUNTS: Mapping[str, str] = MappingProxyType(
    {
        "vault.contact": store.COUNT_CONTACTS,
        "vault.reach": store.COUNT_REACH,
        "vault.letter": store.COUNT_LETTERS,
        "vault.import": store.COUNT_FILES,
        "vault.erasure": store.COUNT_ERASURES,
        "panel.consent": store.COUNT_CONSENTS,
        "panel.member": store.COUNT_MEMBERS,
        "panel.origin": store.COUNT_ORIGINS,
        "panel.profile_change": store.COUNT_CHANGES,
        "panel.flag": store.COUNT_FLAGS,
        "panel.merge": store.COUNT_MERGES,
        "panel.code": store.COUNT_CODES,
        "panel.code_batch": store.COUNT_BATCHES,
        "panel.postcode_table": store.COUNT_POSTCODE_TABLES,
        "panel.postcode": store.COUNT_POSTCODES,
        "panel.mailing": store.COUNT_MAILINGS,
        "panel.returned": store.COUNT_RETURNED,
        "panel.invitation": store.COUNT_INVITATIONS,
        "panel.participation": store.COUNT_PARTICIPATION,
        "panel.assembly": store.COUNT_ASSEMBLIES,
        "panel.assembly_candidate": store.COUNT_CANDIDATES,
        "panel.assembly_lottery": store.COUNT_LOTTERIES,
        "panel.assembly_mailing": store.COUNT_ASSEMBLY_MAILINGS,
        "panel.assembly_seat": store.COUNT_SEATS,
        "panel.import_outcome": store.COUNT_OUTCOMES,
        "panel.margin_set": store.COUNT_MARGINS,
        "panel.draw": store.COUNT_DRAWS,
        "panel.wave": store.COUNT_WAVES,
        "panel.quota_cell": store.COUNT_CELLS,
        "panel.observation": store.COUNT_OBSERVATIONS,
        "panel.source": store.COUNT_SOURCES,
        "panel.register_person": store.COUNT_REGISTERS,
        "panel.arrival": store.COUNT_ARRIVALS,
        "panel.access": store.COUNT_ACCESS,
        "panel.call_request": store.COUNT_CALLS,
        "panel.draw_turn": store.COUNT_TURNS,
    }
)

RULES: tuple[Retention, ...] = tuple(one.rule for one in _RULES)
"""Every table of the schemas vault and panel has a rule; a test compares them with the database."""


async def purge(vault_conn: Connection, *, now: datetime) -> list[Purged]:
    """Delete what is past its date (vault role), in one transaction of the caller. Running it twice does no harm.

    Returns:
        One proof per table: rows deleted, rows kept and the date of the oldest row kept, counted after the deletes.
    """
    deleted = dict.fromkeys(_COUNTS, 0)
    for one in _RULES:
        if one.delete is not None and one.rule.days is not None:
            before = now - timedelta(days=one.rule.days)
            deleted[one.rule.table] += await store.delete(vault_conn, statement=one.delete, before=before)
    proofs = []
    for table, count in _COUNTS.items():
        left = await store.remaining(vault_conn, statement=count)
        proofs.append(Purged(table=table, deleted=deleted[table], kept=left.kept, oldest=left.oldest))
    return proofs
