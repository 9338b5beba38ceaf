"""Applications: what citizens are asked about."""

from collections.abc import Mapping

from samenspraak import core
from samenspraak.paging import AsyncPages
from samenspraak.session import AsyncSession
from samenspraak.types.application import Application, StoredApplication


class AsyncApplications:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def submit(self, application: Application | Mapping[str, object]) -> StoredApplication:
        """Store one version of an application; sending the same `application.id` again makes a new version.

        Args:
            application: the struct, or the same as plain data (a JSON file, say), which the service then judges.

        Raises:
            ValidationFailed: `errors` lists every fault at once, each with its JSON pointer.
        """
        return await self._session.post("/v1/applications", StoredApplication, application)

    def list(self, *, limit: int = 50) -> AsyncPages[StoredApplication]:
        """Your applications; `limit` is the page size (at most 100)."""
        return AsyncPages(self._session, "/v1/applications", StoredApplication, limit=limit)

    async def get(self, application_id: str) -> StoredApplication:
        return await self._session.get(core.path("/v1/applications/{}", application_id), StoredApplication)
