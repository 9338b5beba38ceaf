"""What simulated respondents meet in a questionnaire, before real ones do: counts, no figures about opinion."""

from samenspraak.types.base import Answer
from samenspraak.types.questionnaire import AnswerValue


class OptionChosen(Answer, frozen=True, kw_only=True):
    code: int
    people: int


class QuestionCoverage(Answer, frozen=True, kw_only=True):
    key: str
    asked: int
    """People who were shown it."""
    answered: int
    """People who answered; what was only read has none."""
    options: tuple[OptionChosen, ...] = ()
    """Of a matrix or best-worst question: people who chose it at least once."""


class JumpCoverage(Answer, frozen=True, kw_only=True):
    page: str
    to: str
    followed: int


class PageCoverage(Answer, frozen=True, kw_only=True):
    key: str
    reached: int


class ArmCoverage(Answer, frozen=True, kw_only=True):
    key: str
    people: int


class QuotaFill(Answer, frozen=True, kw_only=True):
    key: str
    limit: int
    counted: int
    """Completed responses for which the quota counts, with no one turned away."""


class MinutesExpected(Answer, frozen=True, kw_only=True):
    """Minutes of those who completed, by the expected seconds of what each was shown. Zero when nobody did."""

    mean: float
    p10: float
    p50: float
    p90: float


class SimulatedResponse(Answer, frozen=True, kw_only=True):
    """A dummy row: random answers, kept apart from anything a person says."""

    arm: str
    seed: int
    easy: bool
    completed: bool
    answers: dict[str, AnswerValue]


class Simulation(Answer, frozen=True, kw_only=True):
    """The same questionnaire, number and seed give the same simulation."""

    people: int
    seed: int
    completed: int
    """The others chose an answer that ends the questionnaire."""
    minutes: MinutesExpected
    pages: tuple[PageCoverage, ...]
    pages_never_reached: tuple[str, ...]
    questions: tuple[QuestionCoverage, ...]
    questions_never_asked: tuple[str, ...]
    jumps: tuple[JumpCoverage, ...] = ()
    arms: tuple[ArmCoverage, ...] = ()
    quotas: tuple[QuotaFill, ...] = ()
    rows: tuple[SimulatedResponse, ...] = ()
