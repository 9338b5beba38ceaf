"""Row-level data for researchers, for staff: agreements, and files made under them."""

from samenspraak import core
from samenspraak.paging import AsyncPages
from samenspraak.session import AsyncSession
from samenspraak.types.microdata import Agreement, AgreementRequest, Microdata, MicrodataFormat, MicrodataRequest


class AsyncMicrodataFiles:
    """Needs the scope `staff:microdata`. Nobody else gets rows, whatever their key."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def record_agreement(self, request: AgreementRequest) -> Agreement:
        """Record what an institution signed.

        Raises:
            ValidationFailed: with every fault, such as audits that do not exist.
        """
        return await self._session.post("/v1/staff/agreements", Agreement, request)

    def agreements(self, *, limit: int = 50) -> AsyncPages[Agreement]:
        """All agreements, newest first."""
        return AsyncPages(self._session, "/v1/staff/agreements", Agreement, limit=limit)

    async def end_agreement(self, agreement_id: str) -> Agreement:
        """End it before its last day: from now on it gives no file."""
        return await self._session.post(core.path("/v1/staff/agreements/{}/end", agreement_id), Agreement)

    async def make(self, audit_id: str, agreement_id: str) -> Microdata:
        """Have the file of a reported audit made.

        Raises:
            NotFound: no such audit or agreement.
            Conflict: the agreement ended or does not cover the audit, or the audit is not reported; all at once.
        """
        path = core.path("/v1/staff/audits/{}/microdata", audit_id)
        return await self._session.post(path, Microdata, MicrodataRequest(agreement_id=agreement_id))

    def list(self, audit_id: str, *, limit: int = 50) -> AsyncPages[Microdata]:
        """Files of one audit, newest first."""
        return AsyncPages(self._session, core.path("/v1/staff/audits/{}/microdata", audit_id), Microdata, limit=limit)

    async def get(self, microdata_id: str) -> Microdata:
        """Whether a file is ready, and what was done to protect people."""
        return await self._session.get(core.path("/v1/staff/microdata/{}", microdata_id), Microdata)

    async def fetch(self, microdata_id: str, form: MicrodataFormat = "csv") -> bytes:
        """The file in one form. The audit trail notes it.

        Raises:
            NotFound: no such file, or it was deleted.
            Conflict: not ready, or the agreement has ended.
        """
        return await self._session.get_bytes(core.path("/v1/staff/microdata/{}/{}", microdata_id, form), accept="*/*")
