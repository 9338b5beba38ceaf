# Generated from samenspraak/applications.py by sdk/generate_sync.py; change that file and run it again.
"""Applications: what citizens are asked about."""

from collections.abc import Mapping

from samenspraak import core
from samenspraak.sync.paging import Pages
from samenspraak.sync.session import Session
from samenspraak.types.application import Application, StoredApplication


class Applications:
    def __init__(self, session: Session) -> None:
        self._session = session

    def submit(self, application: Application | Mapping[str, object]) -> StoredApplication:
        """Store one version of an application; sending the same `application.id` again makes a new version.

        Args:
            application: the struct, or the same as plain data (a JSON file, say), which the service then judges.

        Raises:
            ValidationFailed: `errors` lists every fault at once, each with its JSON pointer.
        """
        return self._session.post("/v1/applications", StoredApplication, application)

    def list(self, *, limit: int = 50) -> Pages[StoredApplication]:
        """Your applications; `limit` is the page size (at most 100)."""
        return Pages(self._session, "/v1/applications", StoredApplication, limit=limit)

    def get(self, application_id: str) -> StoredApplication:
        return self._session.get(core.path("/v1/applications/{}", application_id), StoredApplication)
