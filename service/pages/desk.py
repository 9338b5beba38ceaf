"""The desk of one process: pages and final submits that arrive together are saved in one transaction.

What is plain goes this way: an invitation link, a response under way in the language of the page, a questionnaire
without quotas of its own. Everything else is told to go alone, by the way that `answering` has for it.
"""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Response as Answer
from msgspec import Struct

from panels import access, batches
from service import submitting
from service.audits import cases
from service.context import Context
from service.pages.rendering import see_other
from service.pages.visits import Asked, Visit, seen
from service.pages.walk import Walk
from service.store import Connection
from service.together import Together
from surveys import applications
from surveys import batches as responses
from surveys.errors import Incomplete, ResponseFinished
from surveys.saving import Write

Shown = Callable[[], Answer[str]]
"""What a person gets to see, made after the commit and outside of it."""


class Sending(Struct, frozen=True, kw_only=True):
    """What one person sent."""

    context: Context
    request: Asked
    token: str


class Page(Sending, frozen=True, kw_only=True):
    """One page. `judge` says, without the database, what is to be written for this walk or what is answered at once."""

    judge: Callable[[Walk], "Shown | Written | None"]


class Written(Struct, frozen=True, kw_only=True):
    """A page that is to be written, and what is shown when it is."""

    write: Write
    shown: Shown


class Desk:
    """Both kinds of saving, each with its own bounded queue."""

    def __init__(self, *, waiting: int) -> None:
        self.pages: Together[Page, Shown | None] = Together(_save, key=_token, waiting=waiting, lanes=2)
        """None: to be saved alone."""
        self.submits: Together[Sending, str | None] = Together(_submit, key=_token, waiting=waiting)
        """The address where the person goes on; None: to be sent alone."""

    async def drain(self, seconds: float) -> None:
        """Before the process stops: commit what was taken on."""
        await self.submits.drain(seconds)
        await self.pages.drain(seconds)


def provide_desk(state: State) -> Desk:
    desk = state.desk
    assert isinstance(desk, Desk)
    return desk


InDesk = NamedDependency[Desk]
"""How a handler asks for the desk: `desk: InDesk`."""


def _token(item: Sending) -> str:
    return item.token


async def _save(conn: Connection, items: Sequence[Page]) -> Sequence[Shown | Exception | None]:
    visits = await _visits(conn, items, hold=False)
    judged = [_judged(item, visits.get(item.token)) for item in items]
    saved = await responses.save(conn, [one.write for one in judged if isinstance(one, Written)])
    return [
        one if not isinstance(one, Written) else one.shown if one.write.held.id in saved else None for one in judged
    ]


def _judged(item: Page, visit: Visit | None) -> Shown | Written | Exception | None:
    if visit is None:
        return None
    try:
        return item.judge(Walk.of(visit))
    except ResponseFinished:
        return lambda: see_other(visit.to())
    except Exception as error:
        return error


async def _submit(conn: Connection, items: Sequence[Sending]) -> Sequence[str | None]:
    visits = await _visits(conn, items, hold=True)
    sending = [visit for visit in visits.values() if visit.under_way]
    sent = [
        submitting.Sent(invitation_id=visit.invitation.id, case=visit.case, standing=visit.standing)
        for visit in sending
        if visit.standing is not None
    ]
    context = items[0].context
    kept = await submitting.many(conn, sent, now=context.now(), new_id=context.new_id)
    why = {one.invitation_id: error for one, error in zip(sent, kept, strict=True)}
    return [_onward(visits.get(item.token), why) for item in items]


def _onward(visit: Visit | None, why: Mapping[UUID, Exception | None]) -> str | None:
    """Where somebody goes on who sent the answers, or was kept from it."""
    if visit is None:
        return None
    error = why.get(visit.invitation.id)
    if isinstance(error, Incomplete):
        return visit.to(f"p/{error.details['page']}")
    # A group that is full, and whatever else ended this walk, is told at the start.
    done = visit.completed or (visit.under_way and error is None)
    return visit.to("done") if done else visit.to()


async def _visits(conn: Connection, items: Sequence[Sending], *, hold: bool) -> dict[str, Visit]:
    """By token, of those who may go together; their audits cannot close, nor with `hold` their responses change."""
    plain = [item for item in items if access.mode_of(item.token) is None]
    invited = await batches.by_tokens(conn, [item.token for item in plain])
    if not invited:
        return {}
    held = await cases.hold_all(conn, audit_ids={one.audit_id for one in invited.values()})
    whose = [(one.audit_id, one.respondent_id) for one in invited.values()]
    standings = await (responses.held if hold else responses.standings)(conn, whose)
    visits = {}
    for item in plain:
        invitation = invited.get(item.token)
        case = held.get(invitation.audit_id) if invitation else None
        standing = standings.get((invitation.audit_id, invitation.respondent_id)) if invitation else None
        if invitation is None or case is None or standing is None:
            continue
        stored = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
        visit = seen(
            item.context, item.request, item.token, invitation, case, stored.application, standing,
            standing.questionnaire,
        )  # fmt: skip
        if _plain(visit):
            visits[item.token] = visit
    return visits


def _plain(visit: Visit) -> bool:
    response, asked = visit.response, visit.questionnaire
    if response is None or asked is None or asked.quotas:
        return False
    return response.mode != "paper" and response.language == visit.lang
