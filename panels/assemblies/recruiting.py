"""Asking members whether they want to be in the lottery, and their answers until the pool closes."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.types.assembly import RecruitRequest
from samenspraak.types.problem import Fault

from panels import coding, links
from panels.assemblies import steps
from panels.assemblies.models import CandidateAnswer, NewCandidate, Step, Wave
from panels.assemblies.states import target
from panels.assemblies.steps import Beside, lock, move
from panels.errors import AssemblyInvalid, AssemblyStepRefused, LinkUnknown, PoolTooSmall
from panels.store import Connection
from panels.store import assemblies as assemblies_store
from panels.store import volunteers as store

BATCH = 100
"""People of one mail job."""
ASKED = "asked"
"""The wave of mail that asks."""


async def open_recruiting(
    conn: Connection,
    *,
    assembly_id: UUID,
    request: RecruitRequest,
    link_key: bytes,
    beside: Beside,
    now: datetime,
    new_id: Callable[[], UUID],
) -> Step:
    """draft -> recruiting: everybody of the sample kind who agreed to be asked gets a link, or a random sample of them.

    The sample is a simple random one: members are ranked by SHA-256 over the seed of the lottery and their id. It can
    be repeated once the seed is public.

    Raises:
        AssemblyUnknown, AssemblyStepRefused: also when the volunteers come from a list.
        AssemblyInvalid: a day to answer by that has passed.
        PoolTooSmall: fewer members than seats.
    """
    assembly = await lock(conn, assembly_id=assembly_id)
    target(assembly.state, "open_recruiting", "staff")
    if assembly.terms.pool != "members":
        message = "The volunteers of this assembly come from a list: hand it in instead."
        raise AssemblyStepRefused(message, details={"state": assembly.state, "event": "open_recruiting"})
    if request.answer_by is not None and request.answer_by <= now:
        detail = "The day to answer by must lie ahead."
        raise AssemblyInvalid(faults=(Fault(pointer="/answer_by", code="in_past", detail=detail),))
    margins = await steps.margins(conn, assembly.terms.margins_id)
    # Minors are asked only where the population that the panel must mirror has them.
    youngest = coding.LOWEST_AGE if margins is not None and margins.base == "16+" else coding.MINIMUM_AGE
    frame = await store.askable(conn, kind=assembly.sample_kind, born_by=now.year - youngest)
    if len(frame) < assembly.terms.size:
        raise PoolTooSmall(
            "Fewer members of this kind agreed to be asked for assemblies than there are seats.",
            details={"needed": assembly.terms.size, "available": len(frame)},
        )
    people: list[NewCandidate] = await beside(asked, frame, request.sample, assembly.seed, link_key, new_id)
    await store.insert(conn, assembly_id=assembly.id, people=people, now=now)
    step = await move(
        conn,
        assembly,
        "open_recruiting",
        now=now,
        answer_by=request.answer_by,
        asked=len(people),
        detail={"asked": len(people), "frame": len(frame)},
    )
    return msgspec.structs.replace(step, wave=Wave(name=ASKED, batches=-(-len(people) // BATCH)))


def sample(frame: Sequence[tuple[UUID, str]], *, size: int | None, seed: str) -> tuple[tuple[UUID, str], ...]:
    """So many members of the frame, or all, in an order that says nothing: the same for the same seed."""
    key = f"{seed}|recruit|".encode()
    ranked = sorted(frame, key=lambda one: hashlib.sha256(key + one[0].bytes).digest())
    return tuple(ranked if size is None else ranked[:size])


async def answer(conn: Connection, *, token: str, yes: bool, now: datetime) -> bool:
    """Keep a yes or a no; both can be changed until the pool closes. False when it has closed.

    Raises:
        LinkUnknown: malformed, unknown and foreign links, all alike.
    """
    found = await store.find_by_token(conn, token_hash=links.token_hash(token)) if links.well_formed(token) else None
    if found is None:
        raise LinkUnknown
    # Nobody closes the pool between this look and the end of the transaction.
    assembly = await assemblies_store.share(conn, assembly_id=found.assembly_id)
    if assembly is None or assembly.state != "recruiting":
        return False
    wanted: CandidateAnswer = "yes" if yes else "no"
    await store.change_answer(
        conn,
        assembly_id=found.assembly_id,
        candidate_id=found.id,
        answer=wanted,
        sources=["asked", "yes", "no"],
        now=now,
    )
    return True


def asked(
    frame: Sequence[tuple[UUID, str]], size: int | None, seed: str, link_key: bytes, new_id: Callable[[], UUID]
) -> list[NewCandidate]:
    """Everybody of a sample, with a link of their own and the chance to be in it."""
    chosen = sample(frame, size=size, seed=seed)
    people = []
    for number, (member_id, language) in enumerate(chosen):
        candidate_id = new_id()
        people.append(
            NewCandidate(
                id=candidate_id,
                member_id=member_id,
                reference=None,
                batch=number // BATCH,
                language=language,
                token_hash=links.token_hash(links.token(link_key, "assembly", candidate_id)),
                answer="asked",
                invited=len(chosen) / len(frame),
            )
        )
    return people
