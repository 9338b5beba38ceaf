"""Who gets which mail about an assembly, each once."""

from datetime import datetime
from uuid import UUID

from panels.assemblies.models import Addressee, Assembly
from panels.assemblies.publishing import TICKET, outcome_wave
from panels.assemblies.recruiting import ASKED
from panels.store import Connection
from panels.store import assembly_mail as store


async def due(conn: Connection, assembly: Assembly, *, wave: str, batch: int, limit: int) -> tuple[Addressee, ...]:
    """Who of a batch (from 0) must still get the mail of a wave; nobody once its moment has passed.

    The question goes to active members who have not answered; the other mails also to members who paused since they
    said yes. After a further lottery only those whom it drew are mailed.
    """
    if not _now(assembly, wave):
        return ()
    first = wave in (ASKED, TICKET, outcome_wave(1))
    return await store.due(
        conn,
        assembly_id=assembly.id,
        batch=batch,
        answer="asked" if wave == ASKED else "yes",
        wave=wave,
        drawn_in=0 if wave in (ASKED, TICKET) else int(wave.rpartition("_")[2]),
        seated_only=not first,
        statuses=("active",) if wave == ASKED else ("active", "paused"),
        limit=limit,
    )


async def record(conn: Connection, assembly: Assembly, *, candidate_id: UUID, wave: str, now: datetime) -> bool:
    """Claim one mail; False when it was claimed before, then nothing may be sent.

    Claim and send inside one transaction: a second worker waits for it, and a refused mail undoes the claim.
    """
    return await store.record_mail(conn, assembly_id=assembly.id, candidate_id=candidate_id, wave=wave, now=now)


def _now(assembly: Assembly, wave: str) -> bool:
    if assembly.state == "cancelled":
        return False
    if wave == ASKED:
        return assembly.state == "recruiting"
    if wave == TICKET:
        return assembly.state == "published" and assembly.round == 1
    return assembly.drawn_at is not None
