# Generated from samenspraak/sources.py by sdk/generate_sync.py; change that file and run it again.
"""People for an audit who are no members of the panel, for staff: panel firms by link, registers by file."""

from samenspraak import core
from samenspraak.sync.paging import Pages
from samenspraak.sync.session import Session
from samenspraak.types.external import RegisterOutcome, Source, SourceRequest


class Sources:
    """Sources of one audit whose plan has the `intake` `link_in` or `register`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, audit_id: str, request: SourceRequest) -> Source:
        """Set up a source. A register needs its legal basis; a firm gets `link` to send people to.

        Raises:
            ValidationFailed: with every fault.
            Conflict: the audit is neither approved nor in the field.
        """
        return self._session.post(core.path("/v1/staff/audits/{}/sources", audit_id), Source, request)

    def list(self, audit_id: str) -> Pages[Source]:
        """Sources with what became of their people."""
        return Pages(self._session, core.path("/v1/staff/audits/{}/sources", audit_id), Source)

    def load(self, audit_id: str, source_id: str, csv: bytes | str, *, dry_run: bool = False) -> RegisterOutcome:
        """Load the file of a register before the fieldwork opens: whole, or with any fault not at all.

        Args:
            csv: columns reference, selection_probability, birth_year, and where known sex, province, municipality,
                education, stratum, language. No names and no addresses.
        """
        path = core.path("/v1/staff/audits/{}/sources/{}/people", audit_id, source_id)
        content = csv.encode() if isinstance(csv, str) else csv
        return self._session.post_csv(path, RegisterOutcome, content, dry_run=dry_run)

    def letters_pdf(self, audit_id: str, source_id: str, *, first: int = 1, size: int = 100) -> bytes:
        """Letters to people of the register, at most 500 at a time, with the reference in the place of the address."""
        path = core.path("/v1/staff/audits/{}/sources/{}/letters.pdf", audit_id, source_id)
        return self._session.get_bytes(path, accept="application/pdf", first=str(first), size=str(size))

    def letters(self, audit_id: str, source_id: str) -> bytes:
        """Reference, link and typed code of everybody in the register as CSV, for whoever prints the letters."""
        path = core.path("/v1/staff/audits/{}/sources/{}/letters", audit_id, source_id)
        return self._session.get_bytes(path, accept="text/csv")
