# Generated from samenspraak/letters.py by sdk/generate_sync.py; change that file and run it again.
"""Letters for members who want them, or whom no mail reaches, for staff."""

from samenspraak import core
from samenspraak.sync.paging import Pages
from samenspraak.sync.session import Session
from samenspraak.types.letters import LetterBatch


class Letters:
    """Letters that wait are printed in batches; a batch is a PDF with a sheet for each person."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def make(self, audit_id: str) -> LetterBatch:
        """Have the letters printed that wait now, at most 500. A job does it: `list` says when it is ready.

        Raises:
            Conflict: the audit is not in the field.
        """
        return self._session.post(core.path("/v1/staff/audits/{}/letters", audit_id), LetterBatch)

    def list(self, audit_id: str, *, limit: int = 50) -> Pages[LetterBatch]:
        """Batches of an audit, newest first."""
        return Pages(self._session, core.path("/v1/staff/audits/{}/letters", audit_id), LetterBatch, limit=limit)

    def fetch(self, batch_id: str) -> bytes:
        """The PDF.

        Raises:
            NotFound: no such batch, or it was deleted after seven days or with the report.
            Conflict: not ready, or no letter was waiting.
        """
        return self._session.get_bytes(core.path("/v1/staff/letters/{}", batch_id), accept="application/pdf")
