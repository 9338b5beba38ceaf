"""One catalogue of everything that can go wrong: exception class -> HTTP status and title, rendered as problem+json.

Domain classes know their slug and their public words; only this table knows HTTP. The contract tests hold every class
of the house against it.
"""

import re
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import structlog
from litestar import Request
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Response
from samenspraak.types.problem import Fault, Problem

from panels import errors as panel
from service import auth, db, errors, idempotency, tempo, together, validation
from service.api import errors as api
from service.audits import errors as audits
from service.channels import channel
from service.letters import errors as letters
from service.mail import send as mail
from service.microdata import errors as microdata
from surveys import errors as survey

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger("samenspraak.problems")


class Row(msgspec.Struct, frozen=True):
    status: int
    title: str


ROWS: Mapping[type[Exception], Row] = {
    # What was sent
    validation.BodyUndecodable: Row(400, "The body cannot be read"),
    validation.UnsupportedMedia: Row(415, "Content type not accepted"),
    validation.BodyInvalid: Row(422, "The request has faults"),
    idempotency.IdempotencyMismatch: Row(422, "Idempotency-Key used for another request"),
    idempotency.RequestInFlight: Row(409, "Request still being carried out"),
    # Who may do it
    auth.Unauthenticated: Row(401, "No valid API key"),
    auth.Forbidden: Row(403, "Not allowed with this key"),
    auth.KeyUnknown: Row(404, "No such key"),
    auth.KeyRequestInvalid: Row(422, "Key cannot be issued"),
    # The life cycle
    audits.AuditUnknown: Row(404, "No such audit"),
    audits.TransitionRefused: Row(409, "Not possible from this state"),
    audits.GateClosed: Row(409, "The gate is closed"),
    audits.PlanInvalid: Row(422, "The plan has faults"),
    audits.ClosingRuleUnmet: Row(409, "Closing rule not met"),
    audits.ReportNotReady: Row(404, "No report yet"),
    audits.NothingToAnswer: Row(409, "Nothing to answer yet"),
    audits.ResponseGiven: Row(409, "Already answered"),
    audits.ResponseUnknown: Row(404, "No answer yet"),
    audits.CodingClosed: Row(409, "Answers cannot be coded now"),
    audits.TooEarly: Row(409, "Too early to publish"),
    # Row-level data
    letters.LettersUnknown: Row(404, "No such letters"),
    letters.LettersNotReady: Row(409, "No letters to fetch"),
    microdata.AgreementInvalid: Row(422, "The agreement has faults"),
    microdata.AgreementUnknown: Row(404, "No such agreement"),
    microdata.MicrodataRefused: Row(409, "No row-level data under this agreement"),
    microdata.MicrodataUnknown: Row(404, "No such file"),
    microdata.MicrodataNotReady: Row(409, "The file is not ready"),
    microdata.MicrodataUnfit: Row(409, "No file can be made"),
    # The house
    api.OrganisationUnknown: Row(404, "No such organisation"),
    api.JobUnknown: Row(404, "No such job"),
    api.JobAlive: Row(409, "The job was not given up"),
    api.CodeNeeded: Row(409, "The code is needed"),
    api.ProblemUnknown: Row(404, "No such problem"),
    db.DatabaseUnavailable: Row(503, "Database unavailable"),
    together.Overloaded: Row(503, "Too busy now"),
    tempo.TooOften: Row(429, "Too many forms"),
    mail.MailUnavailable: Row(503, "Mail server unavailable"),
    channel.ChannelUnavailable: Row(503, "Channel unavailable"),
    channel.RecipientRefused: Row(409, "Nobody can be reached this way"),
    errors.ServiceError: Row(500, "Something went wrong"),
    # The panel
    panel.PanelError: Row(500, "Something went wrong in the panel"),
    panel.SignUpInvalid: Row(422, "The form has faults"),
    panel.ImportInvalid: Row(422, "The file cannot be imported"),
    panel.ImportUnknown: Row(404, "No such import"),
    panel.PostcodesInvalid: Row(422, "The postcodes have faults"),
    panel.CodeBatchInvalid: Row(422, "The codes cannot be made"),
    panel.CodeBatchUnknown: Row(404, "No such batch of codes"),
    panel.FlagUnknown: Row(404, "No such flag"),
    panel.MergeRefused: Row(409, "The members cannot be merged"),
    panel.MarginsInvalid: Row(422, "The margins have faults"),
    panel.MarginsUnknown: Row(404, "No such margins"),
    panel.PlanUnfit: Row(409, "Plan and margins do not fit"),
    panel.PanelTooSmall: Row(409, "The panel is too small"),
    panel.QuotasInvalid: Row(422, "The quotas have faults"),
    panel.DraftInvalid: Row(422, "The pool or the quotas have faults"),
    panel.DraftImpossible: Row(409, "No panel meets the quotas"),
    panel.PanelRefused: Row(500, "A drawn panel does not keep the rules"),
    panel.ReplacementInvalid: Row(422, "The replacement has faults"),
    panel.FieldworkOpened: Row(409, "Fieldwork was opened before"),
    panel.LinkUnknown: Row(404, "No such link"),
    panel.CallInvalid: Row(422, "The request to be called has faults"),
    panel.CallUnknown: Row(404, "No such request to be called"),
    panel.CallDecided: Row(409, "Settled before"),
    panel.CodeTaken: Row(503, "The same code twice"),
    panel.SessionEnded: Row(410, "The session has ended"),
    panel.MemberUnknown: Row(404, "No such member"),
    panel.InvitationUnknown: Row(404, "No such invitation"),
    panel.StepNotAllowed: Row(409, "Step not possible"),
    panel.QuotaFull: Row(409, "This group is full"),
    panel.CellUnknown: Row(404, "No such cell"),
    panel.WaveRefused: Row(409, "No such wave now"),
    panel.WaveInvalid: Row(422, "The wave has faults"),
    panel.SourceInvalid: Row(422, "The source has faults"),
    panel.SourceUnknown: Row(404, "No such source"),
    panel.RegisterMissing: Row(409, "No register file yet"),
    panel.ArrivalInvalid: Row(422, "The form has faults"),
    panel.LotteryInvalid: Row(422, "The lottery cannot be published"),
    panel.LotteryDrawn: Row(409, "Drawn before"),
    panel.DrawingInvalid: Row(422, "The drawing does not keep its rules"),
    panel.AssemblyUnknown: Row(404, "No such assembly"),
    panel.AssemblyInvalid: Row(422, "The assembly has faults"),
    panel.AssemblyStepRefused: Row(409, "Not possible from this state of the assembly"),
    panel.LotteryPublished: Row(409, "The lottery is public"),
    panel.VolunteersInvalid: Row(422, "The list of volunteers has faults"),
    panel.PoolTooSmall: Row(409, "Too few volunteers"),
    panel.SeatUnknown: Row(404, "No such seat"),
    panel.SeatSettled: Row(409, "The seat was settled before"),
    # Questionnaires, answers, ballots
    survey.SurveyError: Row(500, "Something went wrong in the survey"),
    survey.ApplicationInvalid: Row(422, "The application has faults"),
    survey.ApplicationUnknown: Row(404, "No such application"),
    survey.QuestionnaireUnknown: Row(404, "No questionnaire yet"),
    survey.QuestionnaireFrozen: Row(409, "The questionnaire is frozen"),
    survey.CorrectionInvalid: Row(422, "The correction has faults"),
    survey.CorrectionStructural: Row(409, "More than texts would change"),
    survey.QuotaFilled: Row(409, "The quota is full"),
    survey.FileInvalid: Row(422, "The questionnaire cannot be imported"),
    survey.PageUnknown: Row(404, "No such page"),
    survey.QuestionNotOpen: Row(422, "Not an open question"),
    survey.AnswerUnknown: Row(404, "No such answer"),
    survey.IncidentUnknown: Row(404, "No such answer waiting"),
    survey.IncidentDecided: Row(409, "Decided before"),
    survey.CodesUnknown: Row(422, "No such code"),
    survey.QuoteRefused: Row(409, "The answer may not be quoted"),
    survey.StaleRevision: Row(409, "Saved elsewhere in the meantime"),
    survey.ResponseFinished: Row(409, "Already sent or stopped"),
    survey.Incomplete: Row(409, "Answers are missing"),
    survey.NotEntitled: Row(404, "No right to vote here"),
    survey.AlreadyVoted: Row(409, "Already voted"),
    survey.BallotClosed: Row(409, "Voting has closed"),
    survey.BallotUnknown: Row(404, "No such ballot"),
    survey.BallotStillOpen: Row(409, "The ballot is still open"),
    survey.AlreadyCounted: Row(409, "Already counted"),
    survey.PaperFormUnknown: Row(404, "No such form on paper"),
    survey.PaperFormsInvalid: Row(422, "The forms cannot be printed"),
    survey.PaperInvalid: Row(422, "The entry has faults"),
    survey.SameOperator: Row(409, "Both entries by one person"),
    survey.PaperKeyed: Row(409, "Keyed before"),
    survey.PaperNotKeyed: Row(409, "Not possible at this point of the form"),
    survey.AnsweredOnline: Row(409, "Answered online"),
    survey.OptionUnknown: Row(422, "No such option"),
    survey.BoxDamaged: Row(500, "The count has stopped"),
}

HTTP_ROWS: Mapping[int, tuple[str, str]] = {
    400: ("bad_request", "The request cannot be read"),
    401: ("unauthenticated", "No valid API key"),
    403: ("forbidden", "Not allowed with this key"),
    404: ("not_found", "There is nothing here"),
    405: ("method_not_allowed", "Method not allowed here"),
    413: ("body_too_large", "The body is too large"),
    415: ("unsupported_media_type", "Content type not accepted"),
    422: ("invalid_request", "The request has faults"),
    500: ("internal", "Something went wrong"),
}
"""What the framework refuses before any of our code runs: status -> slug and title."""


class DetailedProblem(Problem, frozen=True, kw_only=True):
    """A problem with the data behind its words, as an extension member."""

    details: dict[str, Any] = {}


def row_of(kind: type[BaseException]) -> Row | None:
    """The row of a class, or of the nearest class it comes from."""
    return next((ROWS[base] for base in kind.__mro__ if base in ROWS), None)


def respond(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Any exception as problem+json. What nobody foresaw says nothing about our insides, and is logged by its type."""
    problem, headers = describe(error)
    if problem.status >= 500:
        log.error("problem", code=problem.code, error=_kind(error), place=_place(error), request_id=_id_of(request))
    problem = msgspec.structs.replace(problem, instance=_instance(request), request_id=_id_of(request))
    body = msgspec.json.encode(problem if problem.details else _plain(problem))
    return Response(content=body, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def describe(error: Exception) -> tuple[DetailedProblem, dict[str, str]]:
    """The problem behind an exception, and the headers that go with it."""
    row = row_of(type(error))
    if row is not None:
        return _known(error, row)
    if isinstance(error, ValidationException):
        return _query(error)
    if isinstance(error, HTTPException):
        return _http(error)
    return _problem("internal", 500, HTTP_ROWS[500][1], "The service made a mistake. It has been noted."), {}


def _known(error: Any, row: Row) -> tuple[DetailedProblem, dict[str, str]]:
    retry_after = getattr(error, "retry_after", None)
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
    if row.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    detail = str(error) if row.status != 500 else "The service made a mistake. It has been noted."
    problem = _problem(error.code, row.status, row.title, detail, tuple(error.faults), dict(error.details), retry_after)
    return problem, headers


def _query(error: ValidationException) -> tuple[DetailedProblem, dict[str, str]]:
    """Query and header values of the wrong type, or no body at all; a body that is there never comes this way."""
    found = [item for item in error.extra if isinstance(item, dict)] if isinstance(error.extra, list) else []
    if any(item.get("key") == "data" for item in found):
        missing = validation.BodyUndecodable("The body is empty.")
        return _known(missing, ROWS[validation.BodyUndecodable])
    faults = tuple(_query_fault(item) for item in found)
    absent = _ABSENT.search(str(error.detail))
    if absent:
        detail = f"`{absent[2]}` is missing; add it."
        faults = (Fault(pointer=f"{absent[1]}/{absent[2]}", code="missing", detail=detail),)
    return _known(validation.BodyInvalid(faults=faults), ROWS[validation.BodyInvalid])


_ABSENT = re.compile(r"Missing required (\w+) parameter '([\w-]+)'")


def _query_fault(item: dict[str, Any]) -> Fault:
    name, words = item.get("key", ""), str(item.get("message", "is not valid"))[:300]
    source = getattr(item.get("source"), "value", item.get("source")) or "query"
    return Fault(pointer=f"{source}/{name}", code="wrong_type", detail=f"`{name}`: {words}.")


def _http(error: HTTPException) -> tuple[DetailedProblem, dict[str, str]]:
    status = error.status_code
    code, title = HTTP_ROWS.get(status, (f"http_{status}", "The request was refused"))
    words = {
        404: "There is nothing at this address.",
        405: "This address does not take this method.",
        413: "The body is larger than this address accepts.",
    }
    kept = {name: value for name, value in (error.headers or {}).items() if name.lower() in ("allow", "retry-after")}
    return _problem(code, status, title, words.get(status, title + ".")), kept


def _problem(
    code: str,
    status: int,
    title: str,
    detail: str,
    faults: tuple[Fault, ...] = (),
    details: dict[str, Any] | None = None,
    retry_after: int | None = None,
) -> DetailedProblem:
    return DetailedProblem(
        type=f"/problems/{code}",
        title=title,
        status=status,
        code=code,
        detail=detail,
        errors=faults,
        details=details or {},
        retry_after=retry_after,
    )


def _plain(problem: DetailedProblem) -> Problem:
    return msgspec.convert(problem, Problem, from_attributes=True)


def _instance(request: Request[Any, Any, Any]) -> str:
    """The route, not the address: an address may hold a token."""
    return str(request.scope.get("path_template") or "")


def _id_of(request: Request[Any, Any, Any]) -> str:
    return str(request.scope["state"].get("request_id", ""))


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _place(error: BaseException) -> str:
    """Where it happened. The message is left out: it may hold an answer, an address or a key."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-4:]))
