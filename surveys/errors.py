"""What can go wrong with applications, questionnaires, answers and ballots: one line each.

The message is public and gives nothing away about other people or tenants; `details` hold what a caller may act on.
"""

from collections.abc import Mapping
from typing import ClassVar

from samenspraak.types.problem import Fault

Detail = str | int | bool | None


class SurveyError(Exception):
    """Base of every failure of this domain: stable slug, public message, faults and typed details."""

    code: ClassVar[str] = "survey_error"
    text: ClassVar[str] = "Something is wrong with this survey."

    def __init__(self, *, faults: tuple[Fault, ...] = (), details: Mapping[str, Detail] | None = None) -> None:
        super().__init__(self.text)
        self.message = self.text
        self.faults = faults
        self.details: dict[str, Detail] = dict(details or {})


class ApplicationInvalid(SurveyError):
    code = "application_invalid"
    text = "The application is not complete or contradicts itself; `errors` names every place."


class ApplicationUnknown(SurveyError):
    code = "application_unknown"
    text = "There is no such application."


class QuestionnaireUnknown(SurveyError):
    code = "questionnaire_unknown"
    text = "This audit has no questionnaire yet."


class QuestionnaireFrozen(SurveyError):
    code = "questionnaire_frozen"
    text = "People have begun to answer this questionnaire; it cannot change any more."


class CorrectionInvalid(SurveyError):
    code = "correction_invalid"
    text = "The correction has faults; `errors` names every place."


class CorrectionStructural(SurveyError):
    """`errors` names every change that is more than a text, by its path in the questionnaire."""

    code = "correction_structural"
    text = (
        "People are answering; only texts can be corrected now. For the changes that `errors` lists, close this audit "
        "and open another."
    )


class QuotaFilled(SurveyError):
    """`details.quota` names it. Undo what was done for this person and let them go."""

    code = "quota_filled"
    text = "Enough people of this group have taken part."


class FileInvalid(SurveyError):
    """`errors` names every place of the file, with what to write there."""

    code = "questionnaire_file_invalid"
    text = "The file cannot be imported as it is; `errors` names every place."


class PageUnknown(SurveyError):
    code = "page_unknown"
    text = "This page is not part of your questionnaire."


class QuestionNotOpen(SurveyError):
    code = "question_not_open"
    text = "This questionnaire has no open question of that name; `errors` says which it has."


class IncidentUnknown(SurveyError):
    code = "incident_unknown"
    text = "There is no such answer waiting; the writer may have taken it back."


class IncidentDecided(SurveyError):
    code = "incident_decided"
    text = "Somebody decided otherwise on this answer before; `details.state` says what."


class AnswerUnknown(SurveyError):
    code = "answer_unknown"
    text = "There is no such open answer; the writer may have taken it back."


class CodesUnknown(SurveyError):
    code = "codes_unknown"
    text = "Some codes are not in the taxonomy of concerns; `errors` names each."


class QuoteRefused(SurveyError):
    """`faults` say what stands in the way."""

    code = "quote_refused"
    text = "This answer may not be quoted; `errors` says why."


class StaleRevision(SurveyError):
    """Someone saved later, in another tab or on another device. `details.revision` is the present revision."""

    code = "stale_revision"
    text = "You went on with this questionnaire in another window. Please go on from the latest page."


class ResponseFinished(SurveyError):
    """`details.state` is completed or declined."""

    code = "response_finished"
    text = "This questionnaire was already sent or stopped."


class Incomplete(SurveyError):
    """`details.page` is the first page with a required question that has no answer."""

    code = "response_incomplete"
    text = "Some questions still need an answer."


class NotEntitled(SurveyError):
    code = "not_entitled"
    text = "This link gives no right to vote here."


class AlreadyVoted(SurveyError):
    code = "already_voted"
    text = "You have already voted. A vote cannot be changed."


class BallotClosed(SurveyError):
    code = "ballot_closed"
    text = "Voting has closed."


class BallotUnknown(SurveyError):
    code = "ballot_unknown"
    text = "This audit has no ballot."


class BallotStillOpen(SurveyError):
    code = "ballot_still_open"
    text = "The ballot is still open and cannot be counted."


class AlreadyCounted(SurveyError):
    code = "already_counted"
    text = "The ballot was already counted."


class OptionUnknown(SurveyError):
    code = "option_unknown"
    text = "Please choose one of the options on the ballot."


class BoxDamaged(SurveyError):
    """Ballots that cannot be opened, or do not agree with the register. Never counted around in silence."""

    code = "box_damaged"
    text = "The ballot box and the register do not agree; the count has stopped."


class PaperFormUnknown(SurveyError):
    code = "paper_form_unknown"
    text = "No form of this audit has this code. Key the twelve characters at the foot of a page again."


class PaperFormsInvalid(SurveyError):
    """`errors` names every person for whom no form can be made, and why."""

    code = "paper_forms_invalid"
    text = "These forms cannot be printed; `errors` says for whom and why."


class PaperInvalid(SurveyError):
    """`errors` names every field with what to key there."""

    code = "paper_invalid"
    text = "Some of what was keyed cannot stand on this form; `errors` names each field."


class SameOperator(SurveyError):
    code = "same_operator"
    text = "The two entries of a form are keyed by two people, each with a key of their own. Ask somebody else."


class PaperKeyed(SurveyError):
    """`details.state` says how far the form is."""

    code = "paper_keyed"
    text = "This entry stands and cannot be keyed again. Where the two entries differ, settle the differences."


class PaperNotKeyed(SurveyError):
    code = "paper_not_keyed"
    text = "The first entry is not in yet, or nothing waits to be settled; look at the state of the form."


class AnsweredOnline(SurveyError):
    code = "answered_online"
    text = "This person has answered online, and those answers count. Do not key the form; destroy it."
