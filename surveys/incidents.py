"""A queue for people: open answers that seem to tell of danger, harm or a complaint, each with a date.

Nothing is done with an answer because of this: it counts like every other, and the person who wrote it stays unknown.
What a person can do is warn the owner in general terms, or reach out through the panel to everybody who took part.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace
from samenspraak.types.incidents import IncidentDecision, IncidentState
from samenspraak.types.questionnaire import AnswerValue, Open, Questionnaire

from analytics.texts.screen import mask
from surveys import harm
from surveys.errors import IncidentDecided, IncidentUnknown
from surveys.models import Response
from surveys.store import Connection
from surveys.store import incidents as store
from surveys.store.incidents import Noticed, Row

DAYS = {"danger": 1, "harm": 7, "complaint": 7}
"""Within how many days a person looks at it."""


async def look_through(
    conn: Connection,
    *,
    response: Response,
    questionnaire: Questionnaire,
    answers: Mapping[str, AnswerValue],
    now: datetime,
    new_id: Callable[[], UUID],
) -> int:
    """Put every open answer of a response that was just sent and asks for a person in the queue; returns how many."""
    noticed = notice(response, questionnaire, answers, now=now, new_id=new_id)
    await keep(conn, noticed)
    return len(noticed)


async def keep(conn: Connection, noticed: Sequence[Noticed]) -> None:
    """Put what was noticed in the queue."""
    if noticed:
        await store.put(conn, noticed=noticed)


def notice(
    response: Response,
    questionnaire: Questionnaire,
    answers: Mapping[str, AnswerValue],
    *,
    now: datetime,
    new_id: Callable[[], UUID],
) -> list[Noticed]:
    """Every open answer of a response that asks for a person."""
    found = []
    for page in questionnaire.pages:
        for question in page.questions:
            value = answers.get(question.key)
            if not isinstance(question, Open) or not isinstance(value, str):
                continue
            seen = harm.notice(value)
            if seen is not None:
                one = Noticed(
                    audit_id=response.audit_id,
                    id=new_id(),
                    response_id=response.id,
                    question=question.key,
                    kind=seen.kind,
                    found=seen.found,
                    noticed_on=now.date(),
                    due_on=now.date() + timedelta(days=DAYS[seen.kind]),
                )
                found.append(one)
    return found


async def page(conn: Connection, *, state: IncidentState, after: tuple[date, UUID] | None, limit: int) -> list[Row]:
    """The queue of all audits, what is due first in front, after this date and id; personal data masked."""
    return [_masked(row) for row in await store.page(conn, state=state, after=after, limit=limit)]


async def decide(
    conn: Connection, *, audit_id: UUID, id: UUID, decision: IncidentDecision, by: UUID, now: datetime
) -> Row:
    """Write down what was done with it. The same decision again changes nothing.

    Raises:
        IncidentUnknown: no such incident, or the answer was taken back.
        IncidentDecided: somebody decided otherwise before.
    """
    decided = await store.decide(
        conn, audit_id=audit_id, id=id, state=decision.state, note=decision.note, by=by, on=now.date()
    )
    if decided is not None:
        return _masked(decided)
    present = await store.state(conn, audit_id=audit_id, id=id)
    if present is None:
        raise IncidentUnknown
    raise IncidentDecided(details={"state": present})


def _masked(row: Row) -> Row:
    return replace(row, text=mask(row.text, "en" if row.language == "en" else "nl"))
