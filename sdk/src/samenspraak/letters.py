"""Letters for members who want them, or whom no mail reaches, for staff."""

from samenspraak import core
from samenspraak.paging import AsyncPages
from samenspraak.session import AsyncSession
from samenspraak.types.letters import LetterBatch


class AsyncLetters:
    """Letters that wait are printed in batches; a batch is a PDF with a sheet for each person."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def make(self, audit_id: str) -> LetterBatch:
        """Have the letters printed that wait now, at most 500. A job does it: `list` says when it is ready.

        Raises:
            Conflict: the audit is not in the field.
        """
        return await self._session.post(core.path("/v1/staff/audits/{}/letters", audit_id), LetterBatch)

    def list(self, audit_id: str, *, limit: int = 50) -> AsyncPages[LetterBatch]:
        """Batches of an audit, newest first."""
        return AsyncPages(self._session, core.path("/v1/staff/audits/{}/letters", audit_id), LetterBatch, limit=limit)

    async def fetch(self, batch_id: str) -> bytes:
        """The PDF.

        Raises:
            NotFound: no such batch, or it was deleted after seven days or with the report.
            Conflict: not ready, or no letter was waiting.
        """
        return await self._session.get_bytes(core.path("/v1/staff/letters/{}", batch_id), accept="application/pdf")
