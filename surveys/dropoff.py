"""Where people stop and how long they take: counts per audit for who watches the fieldwork."""

import statistics
from collections import Counter
from collections.abc import Awaitable, Callable
from uuid import UUID

from msgspec import Struct
from samenspraak.types.fieldwork import PageDropOff

from surveys import quality, responses
from surveys.models import Assessment
from surveys.store import Connection, paradata

LEAST_TIMED = 5
"""A median over fewer people would tell how long somebody took."""


class Progress(Struct, frozen=True, kw_only=True):
    """The part of the picture that lies in the responses; who was invited is not known here."""

    pages: tuple[PageDropOff, ...]
    median_minutes: float | None
    languages: dict[str, int]
    easy: int
    flags: dict[str, int]
    flagged: int


Compute = Callable[[Callable[[], dict[UUID, Assessment]]], Awaitable[dict[UUID, Assessment]]]


async def progress(conn: Connection, audit_id: UUID, *, compute: Compute) -> Progress:
    """How the questionnaire of an audit does; all zero while nobody has begun.

    `compute` runs the long calculation, in a thread say, so that other requests go on.

    Raises:
        QuestionnaireUnknown: the audit has none.
    """
    asked = await responses.questionnaire(conn, audit_id)
    times = await paradata.pages(conn, audit_id=audit_id)
    last = await paradata.last_pages(conn, audit_id=audit_id)
    states = [one for one in await paradata.by_state(conn, audit_id=audit_id) if one.state == "completed"]
    completed = await responses.completed(conn, audit_id)
    found = (await compute(lambda: quality.assess(asked, completed))).values()
    minutes = [quality.active_seconds(one) / 60 for one in completed]
    languages: Counter[str] = Counter()
    for one in states:
        languages[one.language] += one.people
    return Progress(
        pages=tuple(
            PageDropOff(
                page=page.key,
                block=page.block,
                saved=counts.saved if counts else 0,
                left_here=last.get(page.key, 0),
                median_seconds=round(counts.median_seconds, 1) if counts and counts.saved >= LEAST_TIMED else None,
                returned=counts.returned if counts else 0,
            )
            for page in asked.pages
            for counts in [times.get(page.key)]
        ),
        median_minutes=round(statistics.median(minutes), 1) if len(minutes) >= LEAST_TIMED else None,
        languages=dict(languages),
        easy=sum(one.people for one in states if one.easy),
        flags=dict(Counter(flag for one in found for flag in one.flags)),
        flagged=sum(one.flagged for one in found),
    )
