"""What people wrote in their own words: as staff read and code it, and as a report gives it in figures and quotes."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from samenspraak.types.base import Answer, Lang, Localised, Request
from samenspraak.types.estimate import Estimate, Interval


class ScreenFinding(Answer, frozen=True, kw_only=True):
    """Something that looks like personal data."""

    kind: str
    """`mail_address`, `phone`, `name`, `health`, ..."""
    severity: Literal["high", "low"]
    """`high`: masked here, and the answer cannot be quoted. `low`: look well before you approve it as a quote."""
    reason: str


class CodeEvidence(Answer, frozen=True, kw_only=True):
    """The words that led the machine to a code: `text[start:end]`."""

    code: str
    start: int
    end: int
    entry: str
    """The line of the lexicon, or what another coder went by."""


class MachineCoding(Answer, frozen=True, kw_only=True):
    coder: str
    """Which coder in which version."""
    codes: tuple[str, ...]
    evidence: tuple[CodeEvidence, ...] = ()


class Recoding(Answer, frozen=True, kw_only=True):
    """What one person made of one answer."""

    codes: tuple[str, ...]
    """Concerns of the taxonomy; empty: none of them."""
    quote_approved: bool
    decided_at: datetime


class OpenAnswer(Answer, frozen=True, kw_only=True):
    """One answer as staff read it. No profile goes with it, and the order of a list says nothing about time."""

    ref: str
    """Names the answer here; the same person has another one for another question."""
    question: str
    text: str
    """With what the screen found severe replaced by a word in brackets."""
    language: Lang
    findings: tuple[ScreenFinding, ...] = ()
    quotable: bool = False
    """Whether you may approve it as a quote: people were told, it is of readable length, and the screen found nothing
    severe."""
    recoding: Recoding | None = None
    """Your own; those of others are not shown, so that two people code independently."""
    machine: MachineCoding | None = None
    """Given once you have coded the answer yourself, so that it does not guide you."""


class RecodingRequest(Request, frozen=True, kw_only=True):
    """What you make of one answer; sending it again replaces what you made of it before."""

    codes: Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(max_length=18)]
    """Concerns of the taxonomy that the answer raises; empty: none of them."""
    quote_approved: bool = False
    """You have read the answer, nothing in it leads to a person, and it may be printed as it stands."""


class AgreementFigure(Answer, frozen=True, kw_only=True):
    """How far two coders agree. None where fewer than ten answers were coded by both, or where it says nothing."""

    answers: int | None
    """Answers that both coded."""
    agreed: float | None
    """Share of answers on which both said the same, for a code; for all codes the mean of those shares."""
    agreed_interval: Interval | None = None
    kappa: float | None
    """Cohen's kappa; for all codes the mean over those that have one."""
    se: float | None = None
    interval: Interval | None = None


class Agreement(Answer, frozen=True, kw_only=True):
    """Two coders over all codes, and code by code."""

    kind: Literal["person_machine", "two_people"]
    overall: AgreementFigure
    codes: dict[str, AgreementFigure] = {}
    """By concern, where ten or more answers were given the code by each."""
    sentence: Localised


class CodeCount(Answer, frozen=True, kw_only=True):
    """One concern among those who wrote."""

    code: str
    label: Localised
    people: int | None
    """Unweighted; None where it must stay hidden."""
    share: Estimate
    """Share of those who wrote, weighted, by the machine's coding."""
    total: Estimate
    """Weighted number of people, in the scale of the weights; those sum to the number of respondents."""
    by_people: Estimate | None = None
    """The same share by human coding, among the answers that a person coded."""
    quotes: tuple[str, ...] = ()
    """Whole answers, approved by a person."""


class ThemeCount(Answer, frozen=True, kw_only=True):
    """Words that go together in the answers, and how many people used them."""

    words: tuple[str, ...]
    people: int | None
    share: Estimate
    total: Estimate
    stability: float
    """How well the words came back when a fifth of the answers was left out, from 0 to 1."""
    quotes: tuple[str, ...] = ()


class OpenQuestion(Answer, frozen=True, kw_only=True):
    """One open question."""

    key: str
    question: Localised
    wrote: int | None
    """People who wrote something; None under ten."""
    without_code: int | None = None
    """Of them, people to whom the machine gave no code."""
    codes: tuple[CodeCount, ...] = ()
    """Every concern of the taxonomy, the largest share first; those that stay hidden, nobody or few, come last."""
    themes: tuple[ThemeCount, ...] = ()
    """Themes of ten or more, the largest first; each answer is in one of them at most."""
    agreement: tuple[Agreement, ...] = ()
    coded_by_people: int | None = None
    """Answers that one or more people coded."""
    coders: int = 0
    """People who coded."""


class OpenAnswers(Answer, frozen=True, kw_only=True):
    """All open questions, and how the answers were coded."""

    coder: str
    """Which coder in which version gave the codes."""
    themes_rule: str
    """How the number of themes follows from the answers."""
    questions: tuple[OpenQuestion, ...]
    note: Localised


__all__ = [
    "Agreement",
    "AgreementFigure",
    "CodeCount",
    "CodeEvidence",
    "MachineCoding",
    "OpenAnswer",
    "OpenAnswers",
    "OpenQuestion",
    "Recoding",
    "RecodingRequest",
    "ScreenFinding",
    "ThemeCount",
]
