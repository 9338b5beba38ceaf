# Generated from samenspraak/paper.py by sdk/generate_sync.py; change that file and run it again.
"""The questionnaire on paper, for staff: forms for the printer, and keying in what came back, twice."""

from collections.abc import Mapping

from samenspraak import core
from samenspraak.sync.session import Session
from samenspraak.types.base import Lang
from samenspraak.types.paper import (
    KeyingErrors,
    PaperEntry,
    PaperFormsRequest,
    PaperSettlement,
    PaperState,
    PaperTurn,
)

PDF = "application/pdf"


class Paper:
    """Forms of one audit. Whoever keys needs a key with the scope staff:answers, each typist a key of their own."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def specimen(
        self, audit_id: str, *, lang: Lang = "nl", arm: str = "", easy: bool = False, large: bool = False
    ) -> bytes:
        """The form as a PDF without a person, for reviewers; from the first draft on."""
        query = {"lang": lang, "arm": arm, "easy": str(easy).lower(), "large": str(large).lower()}
        return self._session.get_bytes(_path(audit_id, "paper-form"), accept=PDF, **query)

    def forms(self, audit_id: str, request: PaperFormsRequest) -> bytes:
        """Forms for people as one PDF for the printer, at most 100; asked for again they are the same.

        Raises:
            ValidationFailed: with every person for whom there can be no form, and why.
        """
        return self._session.post_bytes(_path(audit_id, "paper-forms"), request, accept=PDF)

    def key(self, audit_id: str, code: str, turn: PaperTurn, answers: Mapping[str, str]) -> PaperState:
        """Key in a form: `{"1": "1", "4": "2 5", "7b": "3", "12": "?"}`. When both entries agree the answers count.

        Raises:
            ValidationFailed: fields or codes that this form does not have, all at once.
            Conflict: both entries by one person, keyed before, or answered online.
        """
        path = _path(audit_id, "paper/{}/{}", code, turn)
        return self._session.put(path, PaperState, PaperEntry(answers=dict(answers)))

    def state(self, audit_id: str, code: str) -> PaperState:
        """How far a form is, and where two entries differ."""
        return self._session.get(_path(audit_id, "paper/{}", code), PaperState)

    def settle(self, audit_id: str, code: str, answers: Mapping[str, str], *, reason: str) -> PaperState:
        """Say what stands on the form at every field on which two entries differ; then the answers count."""
        settlement = PaperSettlement(answers=dict(answers), reason=reason)
        return self._session.post(_path(audit_id, "paper/{}/settle", code), PaperState, settlement)

    def keying_errors(self, audit_id: str) -> KeyingErrors:
        """How often two people keyed the same form differently, for the account of the method."""
        return self._session.get(_path(audit_id, "paper-errors"), KeyingErrors)


def _path(audit_id: str, place: str, *names: str) -> str:
    return core.path(f"/v1/staff/audits/{{}}/{place}", audit_id, *names)
