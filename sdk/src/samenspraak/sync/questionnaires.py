# Generated from samenspraak/questionnaires.py by sdk/generate_sync.py; change that file and run it again.
"""Questionnaires on the bench, before anybody is asked: lint, simulated respondents, difference of two versions."""

from typing import Any

import msgspec

from samenspraak import core
from samenspraak.sync.session import Session
from samenspraak.types.exchange import ExportedForm, ImportedQuestions, QuestionnaireFormat
from samenspraak.types.questionnaire import Questionnaire
from samenspraak.types.simulation import Simulation
from samenspraak.types.versions import Comparison, QuestionnaireCheck, QuestionnaireDiff

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


ACCEPT = {"ddi": "application/xml", "triple_s": "application/xml", "codebook": "text/csv"}


class Questionnaires:
    """Nothing that is sent here is kept."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def check(self, questionnaire: Questionnaire) -> QuestionnaireCheck:
        """Errors and warnings, each with a JSON pointer, and the expected minutes.

        Raises:
            ValidationFailed: more than 500 questions or 50 arms.
        """
        return self._session.post("/v1/questionnaires/check", QuestionnaireCheck, questionnaire)

    def compare(self, before: Questionnaire, after: Questionnaire) -> QuestionnaireDiff:
        """What changed: words only, or what is asked; codes that got another label are marked.

        Raises:
            ValidationFailed: as `check`.
        """
        comparison = Comparison(before=before, after=after)
        return self._session.post("/v1/questionnaires/compare", QuestionnaireDiff, comparison)

    def import_xlsform(self, file: bytes) -> ImportedQuestions:
        """The questions of an XLSForm workbook (.xlsx), to look at and to send on as your own questions.

        Raises:
            ValidationFailed: with every fault, by sheet, row and column; nothing is left out in silence.
        """
        return self._session.post_file("/v1/questionnaires/xlsform", ImportedQuestions, file, WORKBOOK)

    def import_surveyjs(self, form: bytes | dict[str, Any]) -> ImportedQuestions:
        """The questions of a SurveyJS form (its JSON), to look at and to send on as your own questions.

        Raises:
            ValidationFailed: with every fault, by JSON pointer; nothing is left out in silence.
        """
        file = form if isinstance(form, bytes) else msgspec.json.encode(form)
        return self._session.post_file("/v1/questionnaires/surveyjs", ImportedQuestions, file, "application/json")

    def export_surveyjs(self, audit_id: str) -> ExportedForm:
        """The questionnaire of an audit as a SurveyJS form, and what that form does not say."""
        return self._session.get(core.path("/v1/audits/{}/questionnaire/surveyjs", audit_id), ExportedForm)

    def export(self, audit_id: str, format: QuestionnaireFormat) -> bytes:
        """The questionnaire of an audit as DDI-Codebook 2.5, Triple-S 3.0 or a codebook in CSV."""
        path = core.path("/v1/audits/{}/questionnaire/export", audit_id)
        return self._session.get_bytes(path, accept=ACCEPT[format], format=format)

    def simulate(self, audit_id: str, *, n: int = 200, seed: int = 1) -> Simulation:
        """Let `n` simulated respondents (at most 2,000) walk the questionnaire of an audit; `rows` stays empty."""
        path = core.path("/v1/audits/{}/questionnaire/simulation", audit_id)
        return self._session.get(path, Simulation, n=n, seed=seed)
