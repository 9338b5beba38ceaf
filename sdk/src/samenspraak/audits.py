"""Audits: from the request for one to its report and your answer to it."""

from collections.abc import Callable
from typing import Literal

from samenspraak import core, errors
from samenspraak.core import SignedReport
from samenspraak.lifecycle import EXITS, ORDER, has_reached, next_interval, stopped
from samenspraak.paging import AsyncPages
from samenspraak.session import AsyncSession
from samenspraak.types.audit import (
    Audit,
    AuditRequest,
    AuditState,
    OwnerResponse,
    OwnerResponseRequest,
    Reason,
    TrailEvent,
)
from samenspraak.types.panel import FieldworkState
from samenspraak.types.preview import PreviewLinks
from samenspraak.types.questionnaire import Questionnaire
from samenspraak.types.report import Report

ReportFormat = Literal["json", "html", "pdf", "csv"]

PATIENCE = 10
"""Looks in a row that `wait` may miss, so that a restart of the service does not end a wait of weeks."""


class AsyncAudits:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def create(self, request: AuditRequest) -> Audit:
        """Make a draft audit of a stored application (`StoredApplication.id`)."""
        return await self._session.post("/v1/audits", Audit, request)

    def list(self, *, state: AuditState | None = None, limit: int = 50) -> AsyncPages[Audit]:
        """Your audits, perhaps only those in one state; `limit` is the page size (at most 100)."""
        return AsyncPages(self._session, "/v1/audits", Audit, state=state, limit=limit)

    async def get(self, audit_id: str) -> Audit:
        return await self._session.get(core.path("/v1/audits/{}", audit_id), Audit)

    async def submit(self, audit_id: str) -> Audit:
        """Hand a draft to staff for review.

        Raises:
            Conflict: the audit is no draft.
        """
        return await self._session.post(core.path("/v1/audits/{}/submit", audit_id), Audit)

    async def withdraw(self, audit_id: str, reason: str) -> Audit:
        """Stop an audit before fieldwork, with a reason that is made public.

        Raises:
            Conflict: fieldwork has begun; from then on the outcome will be published.
        """
        return await self._session.post(core.path("/v1/audits/{}/withdraw", audit_id), Audit, Reason(reason=reason))

    def events(self, audit_id: str, *, limit: int = 50) -> AsyncPages[TrailEvent]:
        """The audit trail of this audit, oldest first."""
        return AsyncPages(self._session, core.path("/v1/audits/{}/events", audit_id), TrailEvent, limit=limit)

    async def fieldwork(self, audit_id: str) -> FieldworkState:
        """Counts that the plan lets you see while people answer."""
        return await self._session.get(core.path("/v1/audits/{}/fieldwork", audit_id), FieldworkState)

    async def questionnaire(self, audit_id: str) -> Questionnaire:
        """The questions as citizens get them."""
        return await self._session.get(core.path("/v1/audits/{}/questionnaire", audit_id), Questionnaire)

    async def previews(self, audit_id: str) -> PreviewLinks:
        """Links to look at every page in each language and arm; nothing that is looked at there counts."""
        return await self._session.get(core.path("/v1/audits/{}/questionnaire/preview", audit_id), PreviewLinks)

    async def report(self, audit_id: str) -> Report:
        """The frozen report.

        Raises:
            NotFound: there is no report yet; `wait` for it.
        """
        return await self._session.get(core.path("/v1/audits/{}/report", audit_id), Report)

    async def report_bytes(self, audit_id: str, format: ReportFormat = "json") -> bytes:
        """The report as a file, byte for byte as it was frozen; `csv` holds its aggregate tables."""
        if format not in _FILES:
            raise errors.ConfigurationError(f"{format!r} is not one of {', '.join(_FILES)}.")
        name, media_type = _FILES[format]
        return await self._session.get_bytes(core.path("/v1/audits/{}/" + name, audit_id), accept=media_type)

    async def signed_report(self, audit_id: str) -> SignedReport:
        """`report.json` byte for byte, with its signature: for `samenspraak.verify.report`."""
        return await self._session.get_signed(core.path("/v1/audits/{}/report", audit_id))

    async def respond(self, audit_id: str, response: OwnerResponseRequest) -> OwnerResponse:
        """Answer the report in public: what you adopt, partly adopt or do not adopt, and why.

        Raises:
            Conflict: there is no report yet, or an answer was given before.
        """
        return await self._session.post(core.path("/v1/audits/{}/response", audit_id), OwnerResponse, response)

    async def response(self, audit_id: str) -> OwnerResponse:
        return await self._session.get(core.path("/v1/audits/{}/response", audit_id), OwnerResponse)

    async def wait(
        self,
        audit_id: str,
        until: AuditState = "reported",
        *,
        timeout: float | None = None,
        on_progress: Callable[[Audit], None] | None = None,
        every: float = 10.0,
    ) -> Audit:
        """Ask again and again until the audit is in state `until` or past it.

        Args:
            timeout: seconds to wait at most; None waits as long as it takes (fieldwork lasts weeks).
            on_progress: called with the audit at first and whenever its state or number of completes changed.
            every: longest pause between two questions, in seconds; the first ones follow each other faster.

        Raises:
            ConfigurationError: there is no such state.
            WaitTimedOut: `timeout` passed; `audit` is what was seen last.
            AuditStopped: it was refused or withdrawn, or sent back to you for changes.
        """
        if until not in (*ORDER, *EXITS):
            raise errors.ConfigurationError(f"{until!r} is not a state of an audit: {', '.join((*ORDER, *EXITS))}.")
        transport = self._session.transport
        started = transport.monotonic()
        pause, misses, seen = 0.0, 0, None
        audit: Audit | None = None
        while True:
            try:
                audit = await self.get(audit_id)
                misses = 0
            except (errors.ConnectionFailed, errors.ServiceError, errors.RateLimited):
                misses += 1
                if misses > PATIENCE:
                    raise
            else:
                if on_progress is not None and (audit.state, audit.completes) != seen:
                    on_progress(audit)
                seen = (audit.state, audit.completes)
                if has_reached(audit.state, until):
                    return audit
                if (why := stopped(audit, until)) is not None:
                    raise errors.AuditStopped(why, audit=audit)
            pause = next_interval(pause, every)
            left = pause if timeout is None else timeout - (transport.monotonic() - started)
            if timeout is not None and left <= 0:
                state = audit.state if audit is not None else "out of reach"
                raise errors.WaitTimedOut(
                    f"Audit {audit_id} is {state}, not yet {until}, after {timeout:g} seconds.", audit=audit
                )
            await transport.sleep(min(pause, left))


_FILES: dict[str, tuple[str, str]] = {
    "json": ("report", "application/json"),
    "html": ("report.html", "text/html"),
    "pdf": ("report.pdf", "application/pdf"),
    "csv": ("tables.csv", "text/csv"),
}
