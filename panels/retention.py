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
    _rule("vault.import", "files not read", 7, "A file is deleted when it is read; one that is not, goes too.",
          store.PURGE_FILES),
    _rule("vault.erasure", "tombstones", 365, "Backups are gone by then, and so are old member lists.",
          store.PURGE_ERASURES),
    _rule("panel.consent", "never confirmed", CONFIRMATION_DAYS, _NEVER_CONFIRMED, store.PURGE_UNCONFIRMED_CONSENTS),
    _rule("panel.consent", "withdrawn", ENDED_DAYS, _QUESTIONS, store.PURGE_CONSENTS),
    _rule("panel.consent", "in force", None, "Consent must be shown as long as it is relied upon.", None),
    _rule("panel.member", "never confirmed", CONFIRMATION_DAYS, _NEVER_CONFIRMED, store.PURGE_UNCONFIRMED_MEMBERS),
    _rule("panel.member", "membership ended", ENDED_DAYS, _QUESTIONS, store.PURGE_ENDED_MEMBERS),
    _rule("panel.member", "members", None, "As long as the membership lasts.", None),
    _rule("panel.mailing", "after the report", 365, "To answer questions about mails.", store.PURGE_MAILINGS),
    _rule("panel.invitation", "after the report", 730, "As long as the answers, which need weights.",
          store.PURGE_INVITATIONS),
    _rule("panel.participation", "who was invited", 365, "To spread invitations fairly over a year.",
          store.PURGE_PARTICIPATION),
    _rule("panel.import_outcome", "outcomes", 365, "To trace where members came from.", store.PURGE_OUTCOMES),
    _rule("panel.margin_set", "population figures", None, "Public figures about nobody.", None),
    _rule("panel.draw", "draws", None, "Needed to repeat a draw; holds counts, no person.", None),
)  # fmt: skip

_COUNTS: Mapping[str, str] = MappingProxyType(
    {
        "vault.contact": store.COUNT_CONTACTS,
        "vault.import": store.COUNT_FILES,
        "vault.erasure": store.COUNT_ERASURES,
        "panel.consent": store.COUNT_CONSENTS,
        "panel.member": store.COUNT_MEMBERS,
        "panel.mailing": store.COUNT_MAILINGS,
        "panel.invitation": store.COUNT_INVITATIONS,
        "panel.participation": store.COUNT_PARTICIPATION,
        "panel.import_outcome": store.COUNT_OUTCOMES,
        "panel.margin_set": store.COUNT_MARGINS,
        "panel.draw": store.COUNT_DRAWS,
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
