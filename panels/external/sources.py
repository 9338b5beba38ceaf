"""Sources of people who are no members: set up by staff, loaded from a register, opened with the fieldwork."""

import csv
import io
import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from samenspraak.types.audit import Plan
from samenspraak.types.external import Intake, RegisterOutcome, Source, SourceCounts, SourceReport, SourceRequest
from samenspraak.types.margins import MarginSet

from panels import codes, links
from panels.errors import FieldworkOpened, RegisterMissing, SourceInvalid, SourceUnknown
from panels.external import register_csv, terms
from panels.external.register_csv import RegisterPerson
from panels.inviting import sampling
from panels.inviting.allocation import REST, stratum_shares
from panels.models import Closing, Opened
from panels.store import Connection
from panels.store import external as store
from panels.store import invitations as invitation_store
from panels.store import waves as wave_store
from panels.store.external import StoredSource
from panels.waves import rules

BATCH = 0
"""Nobody here gets mail from the service, so the batch of an invitation has no use."""


def intake_of(plan: Plan) -> Intake:
    """How an audit gets its people."""
    return plan.intake if isinstance(plan.intake, str) else "panel"


async def add(
    conn: Connection,
    *,
    audit_id: UUID,
    plan: Plan,
    request: SourceRequest,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
) -> StoredSource:
    """Set up a source; a register audit has one, which is its whole sample.

    Raises:
        SourceInvalid: with every fault.
    """
    intake = intake_of(plan)
    terms.check(request, intake=intake, today=now.date())
    if intake == "register" and await store.sources(conn, audit_id=audit_id):
        raise SourceInvalid("This audit has its register already; a probability sample comes from one draw.")
    source = StoredSource(
        audit_id=audit_id,
        id=new_id(),
        intake="register" if intake == "register" else "link_in",
        sample_kind=plan.sample_kind,
        definition=request,
        most=request.most,
        came_in=0,
        screened_out=0,
        quota_full=0,
        created_at=now,
    )
    await store.insert_source(
        conn, source=source, token_hash=links.token_hash(links.token(link_key, "source", source.id))
    )
    return source


async def listed(conn: Connection, *, audit_id: UUID) -> tuple[StoredSource, ...]:
    return await store.sources(conn, audit_id=audit_id)


async def find(conn: Connection, *, audit_id: UUID, source_id: UUID) -> StoredSource:
    """Raises SourceUnknown."""
    found = next((one for one in await store.sources(conn, audit_id=audit_id) if one.id == source_id), None)
    if found is None:
        raise SourceUnknown(details={"id": str(source_id)})
    return found


async def load_register(
    conn: Connection,
    *,
    audit_id: UUID,
    source_id: UUID,
    content: bytes,
    margins: MarginSet,
    dry_run: bool,
    now: datetime,
) -> RegisterOutcome:
    """Load the file of a register before the fieldwork opens, whole or not at all; a later file replaces it.

    Raises:
        SourceUnknown: no such source, or one that takes no file.
        FieldworkOpened: people were written to already.
    """
    source = await find(conn, audit_id=audit_id, source_id=source_id)
    if source.intake != "register":
        raise SourceUnknown(
            "This source takes no file: its people come through a link.", details={"id": str(source_id)}
        )
    if await wave_store.cells(conn, audit_id=audit_id):
        raise FieldworkOpened(details={"audit_id": str(audit_id)})
    sheet = register_csv.read(content, base=margins.base, today=now.date())
    outcome = sheet.outcome(dry_run=dry_run)
    if sheet.people and not dry_run:
        await store.replace_register(conn, audit_id=audit_id, source_id=source_id, people=sheet.people, now=now)
    return outcome


async def open_fieldwork(
    conn: Connection,
    *,
    audit_id: UUID,
    plan: Plan,
    margins: MarginSet,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> Opened:
    """Open an audit whose people do not come from the panel; once per audit.

    Raises:
        FieldworkOpened: it was opened before.
        RegisterMissing: a register audit without its file.
        PlanUnfit: the margins lack a stratum dimension.
    """
    if await wave_store.cells(conn, audit_id=audit_id):
        raise FieldworkOpened(details={"audit_id": str(audit_id)})
    shares = stratum_shares(margins, plan.draw.strata)
    if intake_of(plan) == "link_in":
        needs = rules.needs(plan.target_completes, shares, dict.fromkeys((*shares, REST), 1))
        await wave_store.insert_cells(conn, audit_id=audit_id, needs=needs, closing=rules.of(plan).full_cells)
        return Opened(invited=0, batches=0, respondents=())
    return await _open_register(
        conn, audit_id, plan, shares, link_key=link_key, now=now, new_id=new_id, entropy=entropy
    )


async def _open_register(
    conn: Connection,
    audit_id: UUID,
    plan: Plan,
    shares: Mapping[str, float],
    *,
    link_key: bytes,
    now: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
) -> Opened:
    """Everybody in the file becomes an invitation with the chance that the file names."""
    loaded = await store.register(conn, audit_id=audit_id)
    if not loaded:
        raise RegisterMissing(details={"audit_id": str(audit_id)})
    strata = [one.stratum or sampling.stratum_of(one.coded, plan.draw.strata, shares) for _, one in loaded]
    population: dict[str, float] = defaultdict(float)
    for stratum, (_, one) in zip(strata, loaded, strict=True):
        population[stratum] += 1.0 / one.probability
    total = sum(population.values())
    weights = {key: people / total for key, people in population.items()}
    needs = rules.needs(plan.target_completes, weights, dict.fromkeys(weights, 1))
    # Closing a cell would make chances unequal that the draw settled: cells of a register are watched only.
    closing: Closing = "watch"
    await wave_store.insert_cells(conn, audit_id=audit_id, needs=needs, closing=closing)
    order = sorted(
        ((UUID(bytes=entropy(16), version=4), place) for place in range(len(loaded))), key=lambda pair: pair[0]
    )
    made = [
        _invitation(loaded[place][1], strata[place], respondent_id, new_id(), link_key)
        for respondent_id, place in order
    ]
    source_id = loaded[0][0]
    await invitation_store.insert_external(conn, audit_id=audit_id, source_id=source_id, invitations=made, now=now)
    await store.insert_arrivals(
        conn,
        audit_id=audit_id,
        source_id=source_id,
        references=[loaded[place][1].reference for _, place in order],
        invitation_ids=[one.id for one in made],
    )
    await store.clear_register(conn, audit_id=audit_id)
    invited: dict[str, int] = defaultdict(int)
    for stratum in strata:
        invited[stratum] += 1
    await wave_store.add_pending(conn, audit_id=audit_id, invited=invited)
    return Opened(invited=len(made), batches=0, respondents=tuple((one.respondent_id, one.profile) for one in made))


def _invitation(
    person: RegisterPerson, stratum: str, respondent_id: UUID, invitation_id: UUID, link_key: bytes
) -> invitation_store.NewInvitation:
    return invitation_store.NewInvitation(
        id=invitation_id,
        member_id=None,
        respondent_id=respondent_id,
        batch=BATCH,
        stratum=stratum,
        probability=person.probability,
        wave=1,
        wave_probability=person.probability,
        profile=person.coded,
        language=person.language,
        token_hash=links.token_hash(links.token(link_key, "invitation", invitation_id)),
        code_hash=codes.hash_of(link_key, invitation_id),
    )


async def listed_people(conn: Connection, *, audit_id: UUID, source_id: UUID) -> list[tuple[str, UUID]]:
    """Reference and invitation of everybody in a register, in order of the references.

    Raises:
        SourceUnknown: no such register.
        RegisterMissing: the fieldwork is not open yet.
    """
    source = await find(conn, audit_id=audit_id, source_id=source_id)
    if source.intake != "register":
        raise SourceUnknown("People of this source come through a link; nobody can write to them.")
    rows = await store.arrivals(conn, audit_id=audit_id, source_id=source_id)
    if not rows:
        raise RegisterMissing("People are known from the opening of the fieldwork until the report.")
    return rows


async def invited(conn: Connection, *, audit_id: UUID, source_id: UUID) -> list[UUID]:
    """Invitations of the people in a register. Raises as `listed_people`."""
    people = await listed_people(conn, audit_id=audit_id, source_id=source_id)
    return [invitation_id for _, invitation_id in people]


async def letters(conn: Connection, *, audit_id: UUID, source_id: UUID, link_key: bytes, public_url: str) -> str:
    """Reference, link and typed code of everybody in a register, as CSV for whoever prints the letters.

    Raises:
        SourceUnknown: no such register.
        RegisterMissing: the fieldwork is not open yet.
    """
    people = await listed_people(conn, audit_id=audit_id, source_id=source_id)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("reference", "link", "code"))
    writer.writerows(
        (
            reference,
            f"{public_url}/s/{links.token(link_key, 'invitation', invitation_id)}",
            codes.shown(codes.invitation_code(link_key, invitation_id)),
        )
        for reference, invitation_id in people
    )
    return text.getvalue()


def link(source: StoredSource, *, link_key: bytes, public_url: str) -> str:
    """Where a firm sends people; empty for a register."""
    if source.intake == "register":
        return ""
    token = links.token(link_key, "source", source.id)
    return f"{public_url}/x/{token}" + (f"?id={terms.ID}" if source.definition.redirects else "")


def counts(source: StoredSource) -> SourceCounts:
    return SourceCounts(
        listed=source.listed,
        came_in=source.came_in,
        screened_out=source.screened_out,
        quota_full=source.quota_full,
        completed=source.completed,
    )


def shown(source: StoredSource, *, link_key: bytes, public_url: str) -> Source:
    """A source as staff see it."""
    return Source(
        id=str(source.id),
        audit_id=str(source.audit_id),
        intake=source.intake,
        sample_kind=source.sample_kind,
        name=source.definition.name,
        selection=source.definition.selection,
        most=source.most,
        redirects=source.definition.redirects,
        legal_basis=source.definition.legal_basis,
        link=link(source, link_key=link_key, public_url=public_url),
        counts=counts(source),
        created_at=source.created_at,
    )


def reported(found: Sequence[StoredSource]) -> tuple[SourceReport, ...]:
    """Sources as the report names them."""
    return tuple(
        SourceReport(
            name=one.definition.name, intake=one.intake, selection=one.definition.selection, counts=counts(one)
        )
        for one in found
    )
