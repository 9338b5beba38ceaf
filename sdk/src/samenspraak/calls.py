"""People who asked to be called, for the staff who call them."""

from typing import Literal

from samenspraak import core
from samenspraak.paging import AsyncPages
from samenspraak.session import AsyncSession
from samenspraak.types.calls import Call, CallCounts, CallDecision, CallState


class AsyncCalls:
    """Requests to be called, of all audits. Needs the scope `staff:calls`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def list(self, state: CallState = "open", *, limit: int = 50) -> AsyncPages[Call]:
        """Those that stand so, what is due first in front, each with the number."""
        return AsyncPages(self._session, "/v1/staff/calls", Call, state=state, limit=limit)

    async def counts(self) -> CallCounts:
        """How many wait, how many of those are late, and how many are settled."""
        return await self._session.get("/v1/staff/calls/counts", CallCounts)

    async def settle(self, call: Call, state: Literal["done", "not_reached", "withdrawn"]) -> Call:
        """Write down what came of a call; not reached three times closes it.

        Raises:
            NotFound: the request was taken back, or its time is over.
            Conflict: settled otherwise before.
        """
        path = core.path("/v1/staff/calls/{}", call.id)
        return await self._session.post(path, Call, CallDecision(state=state))
