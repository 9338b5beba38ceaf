# Generated from samenspraak/recruiting.py by sdk/generate_sync.py; change that file and run it again.
"""How staff recruit and keep the panel clean: letters with codes, postcodes, flags, and members who are one person."""

from typing import Literal

from samenspraak import core
from samenspraak.sync.paging import Pages
from samenspraak.sync.session import Session
from samenspraak.types.joining import (
    CodeBatch,
    CodeBatchRequest,
    Flag,
    FlagCounts,
    FlagDecision,
    IssuedCodes,
    Merged,
    MergeRequest,
    PostcodeTable,
)
from samenspraak.types.margins import Provenance


class Recruiting:
    """Needs the scope `staff:panel`. Ids and counts go in and out, never contact data."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def issue_codes(self, request: CodeBatchRequest) -> IssuedCodes:
        """Make invitation codes for letters. `csv` is for the printer and shown this once.

        Raises:
            ValidationFailed: no probability for a probability sample, an expiry out of range, ..., all at once.
        """
        return self._session.post("/v1/staff/panel/code-batches", IssuedCodes, request)

    def batches(self, *, limit: int = 50) -> Pages[CodeBatch]:
        """Batches of codes with letters sent and used, newest first."""
        return Pages(self._session, "/v1/staff/panel/code-batches", CodeBatch, limit=limit)

    def batch(self, batch_id: str) -> CodeBatch:
        return self._session.get(core.path("/v1/staff/panel/code-batches/{}", batch_id), CodeBatch)

    def end_batch(self, batch_id: str) -> CodeBatch:
        """No code of this batch works any more; twice does no harm."""
        return self._session.post(core.path("/v1/staff/panel/code-batches/{}/end", batch_id), CodeBatch)

    def load_postcodes(
        self, csv: bytes | str, *, version: str, source: str, provenance: Provenance = "read"
    ) -> PostcodeTable:
        """Load a version of the table that turns postcodes into municipalities; from then on it counts.

        Args:
            csv: columns pc4, municipality, province, urbanity, and perhaps landsdeel.

        Raises:
            ValidationFailed: with every fault by row and column.
        """
        content = csv.encode() if isinstance(csv, str) else csv
        path = "/v1/staff/panel/postcodes"
        return self._session.post_csv(
            path, PostcodeTable, content, version=version, source=source, provenance=provenance
        )

    def postcode_tables(self, *, limit: int = 50) -> Pages[PostcodeTable]:
        """Versions, newest first; the first one counts."""
        return Pages(self._session, "/v1/staff/panel/postcodes", PostcodeTable, limit=limit)

    def flags(self, *, state: Literal["open", "decided"] = "open", limit: int = 50) -> Pages[Flag]:
        """Signs that a member may be a program or a double, newest first."""
        return Pages(self._session, "/v1/staff/panel/flags", Flag, state=state, limit=limit)

    def flag_counts(self) -> FlagCounts:
        return self._session.get("/v1/staff/panel/flags/counts", FlagCounts)

    def decide(self, flag_id: str, decision: Literal["keep", "pause", "end"], reason: str) -> Flag:
        """Keep, pause or end a flagged member; again replaces what was decided before.

        Raises:
            Conflict: the membership has ended.
        """
        path = core.path("/v1/staff/panel/flags/{}/decision", flag_id)
        return self._session.put(path, Flag, FlagDecision(decision=decision, reason=reason))

    def merge(self, first: str, second: str, *, reason: str) -> Merged:
        """Make two members who are one person into one; who joined first is kept, with what both had.

        Raises:
            NotFound: one of them does not exist.
            Conflict: one of them is not a member now.
        """
        body = MergeRequest(first=first, second=second, reason=reason)
        return self._session.post("/v1/staff/panel/merges", Merged, body)
