"""Recruitment by letter: batches of invitation codes, and the sign-ups that come with one.

A code says how its bearer was selected, so it is the way into a probability sample. Codes are kept as keyed hashes; the
list for the printer is given once. Wrong codes are counted per batch and not per address of the caller: an address can
be changed, and a library is one address for many people.
"""

import csv
import io
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import msgspec
from samenspraak.types.joining import CodeBatch, CodeBatchRequest, IssuedCodes
from samenspraak.types.problem import Fault

from panels.errors import CodeBatchInvalid, CodeBatchUnknown
from panels.joining import codes
from panels.joining.codes import CodeMistyped
from panels.store import Connection
from panels.store import recruiting as store
from panels.store.recruiting import Batch

LONGEST_DAYS = 366
MOST_WRONG = 20
"""Wrong codes of one batch within `WRONG_WINDOW`; then the whole batch waits. With 23^8 codes behind a prefix, somebody
who guesses at that pace for a year at a batch of 50,000 finds one with a chance of about 1 in 9."""
WRONG_WINDOW = timedelta(hours=1)

CodeFault = Literal["mistyped", "unknown", "used", "expired", "busy"]
LETTER_COLUMNS = ("number", "code", "link")


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a code that somebody typed."""

    fault: CodeFault | None
    code_hash: bytes = b""
    batch: Batch | None = None


async def issue(
    conn: Connection,
    *,
    request: CodeBatchRequest,
    code_key: bytes,
    join_page: str,
    staff: str,
    now: datetime,
    new_id: Callable[[], UUID],
    draw: codes.Draw = secrets.randbelow,
) -> IssuedCodes:
    """Make a batch and its codes; the list is given this once.

    Args:
        code_key: secret that the hashes are keyed with.
        join_page: address of the sign-up page, for the link (or its picture) in the letter.
        staff: role and key id of who asked.

    Raises:
        CodeBatchInvalid: with every fault.
    """
    faults = _faults(request, now)
    if faults:
        raise CodeBatchInvalid(faults=tuple(faults))
    batch = await _new_batch(conn, request, staff=staff, now=now, new_id=new_id, draw=draw)
    made: dict[str, None] = {}
    while len(made) < request.size:
        made[codes.make(batch.prefix, draw)] = None
    await store.add_codes(conn, batch_id=batch.id, hashes=[codes.code_hash(code_key, code) for code in made])
    return IssuedCodes(batch=shown(batch), csv=_letters(made, join_page))


async def judge(conn: Connection, *, text: str, code_key: bytes, now: datetime) -> Judged:
    """Whether a code can be used now. To be committed at once, so that a wrong code counts whatever follows.

    A mistyped code does not count as wrong: the check digit catches it, and it tells a guesser nothing.
    """
    try:
        code = codes.read(text)
    except CodeMistyped:
        return Judged(fault="mistyped")
    batch = await store.lock_by_prefix(conn, prefix=codes.prefix(code))
    if batch is None:
        return Judged(fault="unknown")
    running = batch.wrong_since is not None and now < batch.wrong_since + WRONG_WINDOW
    if running and batch.wrong >= MOST_WRONG:
        return Judged(fault="busy")
    code_hash = codes.code_hash(code_key, code)
    state = await store.code_state(conn, code_hash=code_hash, batch_id=batch.id)
    if state is None:
        since = batch.wrong_since if running and batch.wrong_since is not None else now
        await store.count_wrong(conn, batch_id=batch.id, wrong=batch.wrong + 1 if running else 1, since=since)
        return Judged(fault="unknown")
    if state.used or state.claimed:
        return Judged(fault="used")
    if batch.ended_at is not None or now >= batch.expires_at:
        return Judged(fault="expired")
    return Judged(fault=None, code_hash=code_hash, batch=batch)


async def known(conn: Connection, code: str) -> bool:
    """Whether the first characters of a code name a batch; they tell nothing of the rest, so nothing is counted."""
    return await store.prefix_known(conn, prefix=codes.prefix(code))


async def claim(conn: Connection, *, judged: Judged, member_id: UUID) -> bool:
    """Tie a code that was judged to be right to a sign-up, inside the transaction of that sign-up.

    False when somebody joined with it in the meantime. Another sign-up that was not confirmed loses it: whoever made a
    mistake in the mail address can start again with the same letter.
    """
    return await store.claim(conn, code_hash=judged.code_hash, member_id=member_id)


async def use(conn: Connection, *, member_id: UUID, now: datetime) -> None:
    """Use the code of a sign-up that is confirmed now, once. Without a code, or with one that went to a later sign-up,
    the person joins as anybody does. Must come before the status changes."""
    if not await store.use(conn, member_id=member_id, now=now):
        await store.drop_recruitment(conn, member_id=member_id)


async def listed(conn: Connection, *, after: UUID | None, limit: int) -> list[Batch]:
    """Batches, newest first."""
    return await store.batches(conn, after=after, limit=limit)


async def get(conn: Connection, batch_id: UUID) -> Batch:
    """Raises CodeBatchUnknown."""
    found = await store.find_batch(conn, batch_id=batch_id)
    if found is None:
        raise CodeBatchUnknown(details={"id": str(batch_id)})
    return found


async def end(conn: Connection, *, batch_id: UUID, now: datetime) -> Batch:
    """No code of this batch works any more; who joined with one stays. Twice does no harm. Raises CodeBatchUnknown."""
    await get(conn, batch_id)
    await store.end_batch(conn, batch_id=batch_id, now=now)
    return await get(conn, batch_id)


def shown(batch: Batch) -> CodeBatch:
    """A batch as staff see it."""
    return CodeBatch(
        id=str(batch.id),
        name=batch.name,
        kind=batch.kind,
        probability=batch.probability,
        source=batch.source,
        legal_basis=batch.legal_basis,
        sent=batch.size,
        used=batch.used,
        response_rate=batch.used / batch.size,
        created_at=batch.created_at,
        expires_at=batch.expires_at,
        ended_at=batch.ended_at,
    )


def _faults(request: CodeBatchRequest, now: datetime) -> list[Fault]:
    wrong: list[tuple[str, str, str]] = []
    if request.kind == "probability" and request.probability is None:
        detail = "A probability sample needs `probability`: the chance that one person on the list got a letter."
        wrong.append(("probability", "missing", detail))
    if request.kind == "simulated":
        wrong.append(("kind", "unknown_choice", "Letters go to people; `simulated` cannot be recruited with codes."))
    if request.expires_at.tzinfo is None:
        wrong.append(
            ("expires_at", "no_time_zone", "Give `expires_at` with a time zone, such as 2027-01-31T23:00:00Z.")
        )
    elif not now < request.expires_at <= now + timedelta(days=LONGEST_DAYS):
        wrong.append(("expires_at", "out_of_range", f"`expires_at` must lie within {LONGEST_DAYS} days from now."))
    for field, text in (("name", request.name), ("source", request.source), ("legal_basis", request.legal_basis)):
        if not text.strip():
            wrong.append((field, "missing", f"`{field}` is empty; fill it in."))
    return [Fault(pointer=f"/{field}", code=code, detail=detail) for field, code, detail in wrong]


async def _new_batch(
    conn: Connection,
    request: CodeBatchRequest,
    *,
    staff: str,
    now: datetime,
    new_id: Callable[[], UUID],
    draw: codes.Draw,
) -> Batch:
    for _ in range(50):
        batch = Batch(
            id=new_id(),
            prefix=codes.random_part(codes.PREFIX, draw),
            name=request.name.strip(),
            kind=request.kind,
            probability=request.probability,
            source=request.source.strip(),
            legal_basis=request.legal_basis.strip(),
            size=request.size,
            used=0,
            wrong=0,
            wrong_since=None,
            created_at=now,
            expires_at=request.expires_at,
            ended_at=None,
        )
        if await store.add_batch(conn, batch=batch, staff=staff):
            return batch
    # 12,167 prefixes: by then the old batches have to be cleared away.
    raise CodeBatchInvalid("There is hardly a free series of codes left; remove old batches first.")


def _letters(made: Mapping[str, None], join_page: str) -> str:
    """The list for the printer: a number, the code as printed, and the link that fills it in."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(LETTER_COLUMNS)
    for number, code in enumerate(made, start=1):
        writer.writerow((number, codes.shown(code), f"{join_page}?code={codes.shown(code)}"))
    return out.getvalue()
