"""Everything a report is made of, in one picklable value: assembling it needs no database, clock or chance."""

from datetime import datetime

import msgspec
from samenspraak.types.application import Application
from samenspraak.types.audit import Plan
from samenspraak.types.ballot import BallotResult
from samenspraak.types.base import Mode
from samenspraak.types.external import SourceReport
from samenspraak.types.margins import MarginSet
from samenspraak.types.paper import KeyingErrors
from samenspraak.types.questionnaire import AnswerValue, Questionnaire
from samenspraak.types.versions import QuestionnaireVersion

from surveys.models import Recoding


class Respondent(msgspec.Struct, frozen=True, kw_only=True):
    """One completed response with what the draw knows about the invited person."""

    respondent_id: str
    probability: float
    """Selection probability of the draw, in (0, 1]."""
    profile: dict[str, str | None]
    """Coded profile: sex, age3, age7, sex_age, province, landsdeel, education, education3. None where the frame lacks
    it."""
    arm: str
    language: str
    answers: dict[str, AnswerValue]
    flags: tuple[str, ...] = ()
    """Quality flags. Two or more make a flagged case."""
    stratum: str = ""
    """Stratum of the draw."""
    recruited: float | None = None
    """Chance to be recruited into the panel, where that is known."""
    seconds: float | None = None
    """Time spent on the pages, in seconds; None of a form on paper."""
    mode: Mode = "web"


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """One invited person as the frame knows them, whether they took part or not."""

    probability: float
    profile: dict[str, str | None]
    responded: bool
    stratum: str = ""


class ReportInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What `assemble` takes. The order of `respondents` does not matter."""

    audit_id: str
    plan: Plan
    plan_hash: str
    questionnaire: Questionnaire
    questionnaire_hash: str
    margins: MarginSet
    application: Application
    invited: int
    dispositions: dict[str, int]
    """Disposition of every invitation -> count; sums to `invited`."""
    respondents: tuple[Respondent, ...]
    ballot: BallotResult | None
    opened_at: datetime
    closed_at: datetime
    generated_at: datetime
    seed: str
    """The draw's seed; its SHA-256 is the plan's commitment."""
    wants_to_learn: str = ""
    codings: tuple[Recoding, ...] = ()
    """What people made of the open answers."""
    sources: tuple[SourceReport, ...] = ()
    """Who sent people who are no members of the panel."""
    versions: tuple[QuestionnaireVersion, ...] = ()
    """Versions of the questionnaire, whose texts may have been corrected under way."""
    keying: KeyingErrors | None = None
    """How often two people keyed a form on paper differently."""
    frame: tuple[Invited, ...] = ()
    """Everybody invited, in an order that says nothing; empty where the frame is not known."""
