"""People who come through a link of a panel firm, an event or an open invitation: their background first, then the
questionnaire, or the way back."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal
from urllib.parse import quote
from uuid import UUID

import msgspec
from samenspraak.types.audit import Plan
from samenspraak.types.external import SourceRequest
from samenspraak.types.margins import MarginSet

from panels import codes, coding, links
from panels.coding import LOWEST_AGE, MINIMUM_AGE
from panels.errors import ArrivalInvalid, LinkUnknown
from panels.external import terms
from panels.inviting import sampling
from panels.inviting.allocation import stratum_shares
from panels.joining import background
from panels.joining.messages import Faults
from panels.margins import areas
from panels.models import Profile
from panels.store import Connection
from panels.store import external as store
from panels.store import invitations as invitation_store
from panels.store import waves as wave_store
from panels.store.external import StoredSource

LONGEST_REFERENCE = 100
Outcome = Literal["complete", "screened_out", "quota_full"]


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """The person may answer: `token` is the link to the questionnaire."""

    token: str


class TurnedAway(msgspec.Struct, frozen=True, kw_only=True):
    """The person cannot take part, and why; `back` is where they came from, empty where nobody waits for them."""

    why: Literal["screened_out", "quota_full"]
    back: str


async def by_token(conn: Connection, token: str, *, lock: bool = False) -> StoredSource:
    """The source behind a link; `lock` to let somebody in.

    Raises:
        LinkUnknown: malformed or unknown.
    """
    found = None
    if links.well_formed(token):
        found = await store.by_token(conn, token_hash=links.token_hash(token), lock=lock)
    if found is None:
        raise LinkUnknown
    return found


def reference_of(text: str) -> str:
    """The firm's id of a person; empty where it sends none.

    Raises:
        LinkUnknown: too long or with characters that no id has: such a link was never given to anybody.
    """
    text = text.strip()
    if len(text) > LONGEST_REFERENCE or not text.isprintable():
        raise LinkUnknown
    return "" if text == terms.ID else text


async def arrive(
    conn: Connection,
    *,
    token: str,
    reference: str,
    form: Mapping[str, str],
    language: str,
    plan: Plan,
    margins: MarginSet,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> Admitted | TurnedAway:
    """Let a person in, or turn them away. The same reference always leads to the same questionnaire.

    Args:
        form: `background.FIELDS`.

    Raises:
        LinkUnknown: no such link.
        ArrivalInvalid: answers that need another look, by field.
    """
    source = await by_token(conn, token, lock=True)
    if reference:
        known = await store.arrival(conn, audit_id=source.audit_id, source_id=source.id, reference=reference)
        if known is not None:
            return Admitted(token=links.token(link_key, "invitation", known))
    given = _background(form, language, now=now, margins=margins)
    if given is None:
        return await _turn_away(conn, source, reference, "screened_out")
    coded = coding.coded(given, on=now.date())
    if not areas.inside(margins, coded):
        return await _turn_away(conn, source, reference, "screened_out")
    stratum = sampling.stratum_of(coded, plan.draw.strata, stratum_shares(margins, plan.draw.strata))
    full = source.most is not None and source.came_in >= source.most
    if full or await store.cell_closed(conn, audit_id=source.audit_id, key=stratum):
        return await _turn_away(conn, source, reference, "quota_full")
    invitation_id = new_id()
    made = invitation_store.NewInvitation(
        id=invitation_id,
        member_id=None,
        respondent_id=UUID(bytes=entropy(16), version=4),
        batch=0,
        stratum=stratum,
        # The chance to come in is unknown; with 1 for everybody, weights come from the margins alone.
        probability=1.0,
        wave=1,
        wave_probability=1.0,
        profile=coded,
        language=language,
        token_hash=links.token_hash(links.token(link_key, "invitation", invitation_id)),
        code_hash=codes.hash_of(link_key, invitation_id),
    )
    await invitation_store.insert_external(
        conn, audit_id=source.audit_id, source_id=source.id, invitations=[made], now=now
    )
    if reference:
        await store.insert_arrivals(
            conn,
            audit_id=source.audit_id,
            source_id=source.id,
            references=[reference],
            invitation_ids=[invitation_id],
        )
    await store.count_in(conn, audit_id=source.audit_id, source_id=source.id)
    await wave_store.add_pending(conn, audit_id=source.audit_id, invited={stratum: 1})
    return Admitted(token=links.token(link_key, "invitation", invitation_id))


def _background(form: Mapping[str, str], language: str, *, now: datetime, margins: MarginSet) -> Profile | None:
    """The checked profile; None for who is too young."""
    faults = Faults("en" if language == "en" else "nl")
    minimum = LOWEST_AGE if margins.base == "16+" else MINIMUM_AGE
    year = form.get("birth_year", "").strip()
    young = background.birth_year_fault(year, now.date(), minimum_age=minimum) == "under_age"
    given = background.check(form, today=now.date(), faults=faults, minimum_age=0 if young else minimum)
    if faults.found:
        raise ArrivalInvalid(faults=tuple(faults.found))
    if given is None or young:
        return None
    return Profile(sex=given.sex, birth_year=given.birth_year, province=given.province, education=given.education)


async def _turn_away(
    conn: Connection, source: StoredSource, reference: str, why: Literal["screened_out", "quota_full"]
) -> TurnedAway:
    await store.count_away(conn, audit_id=source.audit_id, source_id=source.id, why=why)
    return TurnedAway(why=why, back=back(source.definition, reference, why))


async def way_back(
    conn: Connection, *, audit_id: UUID, invitation_id: UUID, outcome: Outcome = "complete"
) -> tuple[str, str] | None:
    """Who sent the person behind an invitation and where they return to in the end; None where nobody waits."""
    found = await store.source_of(conn, audit_id=audit_id, invitation_id=invitation_id)
    if found is None:
        return None
    source, reference = found
    address = back(source, reference or "", outcome)
    return (source.name, address) if address else None


def back(source: SourceRequest, reference: str, outcome: Outcome) -> str:
    """The address to return to, with the person's id; empty without redirects or without an id."""
    if source.redirects is None or not reference:
        return ""
    address: str = getattr(source.redirects, outcome)
    return address.replace(terms.ID, quote(reference, safe=""))
