# Generated from samenspraak/calls.py by sdk/generate_sync.py; change that file and run it again.
"""People who asked to be called, for the staff who call them."""

from typing import Literal

from samenspraak import core
from samenspraak.sync.paging import Pages
from samenspraak.sync.session import Session
from samenspraak.types.calls import Call, CallCounts, CallDecision, CallState


class Calls:
    """Requests to be called, of all audits. Needs the scope `staff:calls`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, state: CallState = "open", *, limit: int = 50) -> Pages[Call]:
        """Those that stand so, what is due first in front, each with the number."""
        return Pages(self._session, "/v1/staff/calls", Call, state=state, limit=limit)

    def counts(self) -> CallCounts:
        """How many wait, how many of those are late, and how many are settled."""
        return self._session.get("/v1/staff/calls/counts", CallCounts)

    def settle(self, call: Call, state: Literal["done", "not_reached", "withdrawn"]) -> Call:
        """Write down what came of a call; not reached three times closes it.

        Raises:
            NotFound: the request was taken back, or its time is over.
            Conflict: settled otherwise before.
        """
        path = core.path("/v1/staff/calls/{}", call.id)
        return self._session.post(path, Call, CallDecision(state=state))
