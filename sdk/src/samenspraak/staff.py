"""What staff of the service do: organisations, margins, the panel, reviews, fieldwork and upkeep."""

from typing import Literal

import msgspec

from samenspraak import core, errors
from samenspraak.administration import ImportTicket, PurgeRecord, TrailCheck
from samenspraak.assemblies import AsyncAssemblies
from samenspraak.calls import AsyncCalls
from samenspraak.letters import AsyncLetters
from samenspraak.lifecycle import next_interval
from samenspraak.microdata import AsyncMicrodataFiles
from samenspraak.paging import AsyncPages
from samenspraak.paper import AsyncPaper
from samenspraak.recruiting import AsyncRecruiting
from samenspraak.session import AsyncSession
from samenspraak.sources import AsyncSources
from samenspraak.types.access import AssistedRequest, AssistedSession
from samenspraak.types.audit import (
    Audit,
    AuditState,
    Gate,
    IssuedKey,
    JobState,
    Organisation,
    PlanRequest,
    Reason,
    TrailEvent,
)
from samenspraak.types.base import SampleKind
from samenspraak.types.fieldwork import (
    CellStatus,
    FieldworkMonitor,
    QuestionnaireProgress,
    Wave,
    WaveProposal,
    WaveRequest,
)
from samenspraak.types.incidents import Incident, IncidentDecision, IncidentState
from samenspraak.types.joining import ImportMapping
from samenspraak.types.margins import MarginSet, StatLineImport
from samenspraak.types.open_answers import OpenAnswer, RecodingRequest
from samenspraak.types.panel import FieldworkState, ImportOutcome, PanelState
from samenspraak.types.versions import CorrectionRequest, QuestionnaireVersion

StaffRole = Literal["staff", "fieldwork", "auditor"]


class AsyncStaff:
    """Needs a key with the role staff; fieldwork and auditor may read parts."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.organisations = AsyncOrganisations(session)
        self.margins = AsyncMargins(session)
        self.panel = AsyncPanel(session)
        self.audits = AsyncStaffAudits(session)
        self.assemblies = AsyncAssemblies(session)
        self.recruiting = AsyncRecruiting(session)
        self.sources = AsyncSources(session)
        self.open_answers = AsyncOpenAnswers(session)
        self.incidents = AsyncIncidents(session)
        self.calls = AsyncCalls(session)
        self.letters = AsyncLetters(session)
        self.microdata = AsyncMicrodataFiles(session)
        self.paper = AsyncPaper(session)
        self.trail = AsyncTrail(session)
        self.jobs = AsyncJobs(session)

    async def issue_key(
        self, role: StaffRole, *, scopes: tuple[str, ...] = (), expires_in_days: int | None = None
    ) -> IssuedKey:
        """A key for a colleague or a program of the service itself. `key` is shown this once."""
        return await self._session.post("/v1/staff/keys", IssuedKey, _key(role, scopes, expires_in_days))

    async def revoke_key(self, key_id: str) -> None:
        """The key stops working at once; revoking it twice does no harm."""
        await self._session.delete(core.path("/v1/staff/keys/{}", key_id))

    async def purge(self) -> JobState:
        """Have everything deleted whose time is over; `purges` shows what was done."""
        return await self._session.post("/v1/staff/purge", JobState)

    def purges(self, *, limit: int = 50) -> AsyncPages[PurgeRecord]:
        """Proof of earlier purges, newest first."""
        return AsyncPages(self._session, "/v1/staff/purges", PurgeRecord, limit=limit)


class AsyncOrganisations:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def create(self, name: str) -> Organisation:
        """A tenant: a developer's organisation."""
        return await self._session.post("/v1/staff/organisations", Organisation, {"name": name})

    def list(self, *, limit: int = 50) -> AsyncPages[Organisation]:
        return AsyncPages(self._session, "/v1/staff/organisations", Organisation, limit=limit)

    async def issue_key(
        self,
        organisation_id: str,
        *,
        role: Literal["developer"] = "developer",
        scopes: tuple[str, ...] = (),
        expires_in_days: int | None = None,
    ) -> IssuedKey:
        """A key of this organisation. `key` is shown this once."""
        path = core.path("/v1/staff/organisations/{}/keys", organisation_id)
        return await self._session.post(path, IssuedKey, _key(role, scopes, expires_in_days))

    async def revoke_key(self, key_id: str) -> None:
        """The key stops working at once; revoking it twice does no harm."""
        await self._session.delete(core.path("/v1/staff/keys/{}", key_id))


class AsyncMargins:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, csv: bytes | str, *, name: str) -> MarginSet:
        """Import a version of the population margins.

        Raises:
            ValidationFailed: shares that do not sum to 1, a missing level, mixed bases, ..., all at once by row.
        """
        return await self._session.post_csv("/v1/staff/margins", MarginSet, _bytes(csv), name=name)

    async def add_statline(self, tables: StatLineImport, *, name: str) -> MarginSet:
        """Import a version of the margins from StatLine tables, as OData gives them (version 3 or 4)."""
        return await self._session.post("/v1/staff/margins/statline", MarginSet, tables, name=name)

    async def add_pack(self, *, name: str, area: str = "NL", two_way: bool = False) -> MarginSet:
        """Import the figures that come with the service: of the country or of a province (`PV27`).

        Args:
            two_way: of the country, age by province in the place of province.
        """
        return await self._session.post("/v1/staff/margins/pack", MarginSet, name=name, area=area, two_way=two_way)

    def list(self, *, limit: int = 50) -> AsyncPages[MarginSet]:
        return AsyncPages(self._session, "/v1/staff/margins", MarginSet, limit=limit)

    async def get(self, margins_id: str) -> MarginSet:
        return await self._session.get(core.path("/v1/staff/margins/{}", margins_id), MarginSet)


class AsyncPanel:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def state(self) -> PanelState:
        """The panel in counts."""
        return await self._session.get("/v1/staff/panel", PanelState)

    async def import_csv(
        self,
        csv: bytes | str,
        *,
        kind: SampleKind = "opt_in_panel",
        dry_run: bool = False,
        mapping: ImportMapping | None = None,
        timeout: float = 120.0,
    ) -> ImportOutcome:
        """Import members with their record of consent, and wait for what came of it.

        Args:
            csv: columns email, birth_year, sex, province, education, consent_version, consent_at, and the optional ones
                of the how-to; in whatever encoding and with whatever delimiter it was saved.
            dry_run: check every row, import none.
            mapping: how the columns are called and what is written in them, when it differs.
            timeout: seconds to wait for the import to run.

        Raises:
            ValidationFailed: the file as a whole cannot be read (its header, say).
            ImportPending: it was accepted and has not run within `timeout` seconds; `import_outcome` waits on.
        """
        ticket = await self.start_import(csv, kind=kind, dry_run=dry_run, mapping=mapping)
        return await self.import_outcome(ticket.id, timeout=timeout)

    async def start_import(
        self,
        csv: bytes | str,
        *,
        kind: SampleKind = "opt_in_panel",
        dry_run: bool = False,
        mapping: ImportMapping | None = None,
    ) -> ImportTicket:
        """Hand in members without waiting; see `import_csv`."""
        called = msgspec.json.encode(mapping).decode() if mapping is not None else None
        return await self._session.post_csv(
            "/v1/staff/panel/imports", ImportTicket, _bytes(csv), kind=kind, dry_run=dry_run, mapping=called
        )

    async def import_outcome(self, import_id: str, *, wait: bool = True, timeout: float = 120.0) -> ImportOutcome:
        """What an import did: rows, imported, refused, and each fault with row and column.

        Args:
            wait: ask again until the import has run.

        Raises:
            ImportPending: it has not run yet, or not within `timeout` seconds.
        """
        transport = self._session.transport
        path = core.path("/v1/staff/panel/imports/{}", import_id)
        started, pause = transport.monotonic(), 0.0
        while True:
            found = await self._session.get_when_ready(path, ImportOutcome)
            if found is not None:
                return found
            pause = next_interval(pause, 2.0)
            left = timeout - (transport.monotonic() - started)
            if not wait or left <= 0:
                raise errors.ImportPending(f"Import {import_id} has not run yet.", import_id=import_id)
            await transport.sleep(min(pause, left))


class AsyncStaffAudits:
    """The life cycle as staff move it. Every step answers with the audit as it is afterwards."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def list(self, *, state: AuditState | None = None, limit: int = 50) -> AsyncPages[Audit]:
        """Audits of all organisations."""
        return AsyncPages(self._session, "/v1/staff/audits", Audit, state=state, limit=limit)

    async def review(self, audit_id: str) -> Audit:
        """submitted -> in review."""
        return await self._step(audit_id, "review")

    async def gate(self, audit_id: str) -> Gate:
        """What stands in the way of approval: readability, balance, comprehension keys, questionnaire lint."""
        return await self._session.get(core.path("/v1/staff/audits/{}/gate", audit_id), Gate)

    async def approve(self, audit_id: str, plan: PlanRequest) -> Audit:
        """in review -> approved: freezes the plan and its hash.

        Raises:
            Conflict: the gate does not pass, or the plan needs a named decision.
            ValidationFailed: the plan cannot be carried out.
        """
        return await self._step(audit_id, "approve", plan)

    async def request_changes(self, audit_id: str, reason: str) -> Audit:
        """in review -> draft, with a reason for the owner."""
        return await self._step(audit_id, "request-changes", Reason(reason=reason))

    async def refuse(self, audit_id: str, reason: str) -> Audit:
        """in review -> refused, with a public reason."""
        return await self._step(audit_id, "refuse", Reason(reason=reason))

    async def open(self, audit_id: str) -> Audit:
        """approved -> fielding: draws the sample and sends the invitations."""
        return await self._step(audit_id, "open")

    async def close(self, audit_id: str) -> Audit:
        """fielding -> closed.

        Raises:
            Conflict: the closing rule of the plan is not met; the text says what is missing.
        """
        return await self._step(audit_id, "close")

    async def publish(self, audit_id: str) -> Audit:
        """reported -> published, with the owner's response or after the deadline."""
        return await self._step(audit_id, "publish")

    async def fieldwork(self, audit_id: str) -> FieldworkState:
        return await self._session.get(core.path("/v1/staff/audits/{}/fieldwork", audit_id), FieldworkState)

    async def cells(self, audit_id: str) -> FieldworkMonitor:
        """Every cell: need, have, pending, forecast and the chance to miss; and how even participation is over time."""
        return await self._session.get(core.path("/v1/staff/audits/{}/fieldwork/cells", audit_id), FieldworkMonitor)

    async def progress(self, audit_id: str) -> QuestionnaireProgress:
        """Who began and sent, where people stop, how long it takes, and quality flags; in counts.

        Raises:
            Conflict: fieldwork has not been opened yet.
        """
        path = core.path("/v1/staff/audits/{}/fieldwork/progress", audit_id)
        return await self._session.get(path, QuestionnaireProgress)

    async def questionnaire_versions(self, audit_id: str) -> tuple[QuestionnaireVersion, ...]:
        """Every version of the questionnaire: what was corrected, when, why, and how many answer it."""
        path = core.path("/v1/staff/audits/{}/questionnaire/versions", audit_id)
        return tuple([version async for version in AsyncPages(self._session, path, QuestionnaireVersion)])

    async def correct_questionnaire(self, audit_id: str, correction: CorrectionRequest) -> QuestionnaireVersion:
        """Correct texts while people answer. Whoever has begun finishes on the version they began with.

        Raises:
            Conflict: more than texts would change, each change by its path; or the audit is not in the field.
            ValidationFailed: places that are no text, or texts with errors, all at once.
        """
        path = core.path("/v1/staff/audits/{}/questionnaire/corrections", audit_id)
        return await self._session.post(path, QuestionnaireVersion, correction)

    async def assist(
        self, audit_id: str, *, code: str | None = None, invitation_id: str | None = None
    ) -> AssistedSession:
        """Fill in for somebody on the telephone. Needs the scope `staff:assist`.

        Args:
            code: as the person reads it out.
            invitation_id: of somebody who asked to be called; instead of the code.

        Raises:
            ValidationFailed: a code with a typing error, or of no invitation of this audit.
            Conflict: the audit is not in the field, or the code is needed.
            NotFound: no such invitation.
        """
        path = core.path("/v1/staff/audits/{}/assisted", audit_id)
        given = AssistedRequest(code=code, invitation_id=invitation_id)
        return await self._session.post(path, AssistedSession, given)

    async def propose_wave(self, audit_id: str) -> WaveProposal:
        """What the next wave would be, from what is known now. Nothing happens until it is drawn."""
        return await self._session.get(core.path("/v1/staff/audits/{}/fieldwork/proposal", audit_id), WaveProposal)

    def waves(self, audit_id: str) -> AsyncPages[Wave]:
        """Every draw of an audit, in order."""
        return AsyncPages(self._session, core.path("/v1/staff/audits/{}/fieldwork/waves", audit_id), Wave)

    async def draw_wave(self, audit_id: str, proposal: WaveProposal | WaveRequest) -> Wave:
        """Draw the next wave and send its invitations: a proposal as it is, or your own numbers.

        Raises:
            Conflict: another wave was drawn meanwhile, or the plan has none now; the text says why.
            ValidationFailed: cells that are closed or unknown, or more people than there are, all at once.
        """
        path = core.path("/v1/staff/audits/{}/fieldwork/waves", audit_id)
        return await self._session.post(path, Wave, _wave(proposal))

    async def stop_cell(self, audit_id: str, key: str) -> CellStatus:
        """No mail to a cell any more, and nobody new in it."""
        path = core.path("/v1/staff/audits/{}/fieldwork/cells/{}/stop", audit_id, key)
        return await self._session.post(path, CellStatus)

    async def reopen_cell(self, audit_id: str, key: str) -> CellStatus:
        """Let people into a cell again; one that is full stays open then until it is stopped."""
        path = core.path("/v1/staff/audits/{}/fieldwork/cells/{}/reopen", audit_id, key)
        return await self._session.post(path, CellStatus)

    async def _step(self, audit_id: str, name: str, body: object = None) -> Audit:
        return await self._session.post(core.path("/v1/staff/audits/{}/" + name, audit_id), Audit, body)


class AsyncOpenAnswers:
    """What people wrote in their own words, for those who code it. Needs the scope `staff:answers`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def list(self, audit_id: str, question: str, *, limit: int = 50) -> AsyncPages[OpenAnswer]:
        """Answers to one open question, personal data masked, in a random and fixed order.

        Whoever codes the first hundred has coded a random hundred. `machine` is given once you have coded the answer
        yourself.

        Raises:
            ValidationFailed: no open question of that name.
            Conflict: fieldwork has not been opened yet.
        """
        path = core.path("/v1/staff/audits/{}/open-answers", audit_id)
        return AsyncPages(self._session, path, OpenAnswer, question=question, limit=limit)

    async def recode(
        self, audit_id: str, ref: str, codes: tuple[str, ...], *, quote_approved: bool = False
    ) -> OpenAnswer:
        """Say which concerns an answer raises, and whether it may be quoted; again replaces what you said before.

        Args:
            ref: `OpenAnswer.ref`.
            codes: concerns of the taxonomy (`privacy`, ...); empty: none of them.
            quote_approved: you have read it, nothing in it leads to a person, and it may be printed as it stands.

        Raises:
            NotFound: the writer took the answer back.
            ValidationFailed: a code that is not in the taxonomy.
            Conflict: the answer may not be quoted, or the analysis has begun.
        """
        body = RecodingRequest(codes=codes, quote_approved=quote_approved)
        path = core.path("/v1/staff/audits/{}/open-answers/{}", audit_id, ref)
        return await self._session.put(path, OpenAnswer, body)


class AsyncIncidents:
    """Answers that seem to tell of danger, harm or a complaint. Needs the scope `staff:answers`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def list(self, state: IncidentState = "open", *, limit: int = 50) -> AsyncPages[Incident]:
        """Those of all audits that stand so, what is due first in front."""
        return AsyncPages(self._session, "/v1/staff/incidents", Incident, state=state, limit=limit)

    async def decide(self, incident: Incident, state: Literal["handled", "no_incident"], note: str) -> Incident:
        """Write down what was done with it, or why it is none; without names.

        Raises:
            NotFound: the writer took the answer back.
            Conflict: somebody decided otherwise before.
        """
        path = core.path("/v1/staff/audits/{}/incidents/{}/decide", incident.audit_id, incident.id)
        return await self._session.post(path, Incident, IncidentDecision(state=state, note=note))


class AsyncTrail:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def list(self, *, audit_id: str | None = None, limit: int = 100) -> AsyncPages[TrailEvent]:
        """The audit trail, oldest first; perhaps of one audit."""
        return AsyncPages(self._session, "/v1/staff/trail", TrailEvent, audit_id=audit_id, limit=limit)

    async def verify(self) -> TrailCheck:
        """Have the service walk the whole chain."""
        return await self._session.get("/v1/staff/trail/verify", TrailCheck)


class AsyncJobs:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def list(self, *, state: str | None = None, limit: int = 50) -> AsyncPages[JobState]:
        return AsyncPages(self._session, "/v1/staff/jobs", JobState, state=state, limit=limit)

    async def retry(self, job_id: str) -> JobState:
        """Give a job that was given up another life."""
        return await self._session.post(core.path("/v1/staff/jobs/{}/retry", job_id), JobState)


def _key(role: str, scopes: tuple[str, ...], expires_in_days: int | None) -> dict[str, object]:
    body: dict[str, object] = {"role": role, "scopes": scopes}
    return body if expires_in_days is None else {**body, "expires_in_days": expires_in_days}


def _wave(proposal: WaveProposal | WaveRequest) -> WaveRequest:
    if isinstance(proposal, WaveRequest):
        return proposal
    invite = {cell.key: cell.invite for cell in proposal.cells if cell.invite}
    return WaveRequest(number=proposal.number, invite=invite)


def _bytes(csv: bytes | str) -> bytes:
    return csv.encode() if isinstance(csv, str) else csv
