"""Open answers: read and coded by people, apart from the machine's coding.

Staff see an answer with personal data masked, in an order that says nothing about time, and what the machine made of it
only after they have coded it themselves. Whoever codes the first hundred of the list has coded a random hundred.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
from samenspraak.types.base import Lang
from samenspraak.types.open_answers import (
    CodeEvidence,
    MachineCoding,
    OpenAnswer,
    ScreenFinding,
)
from samenspraak.types.open_answers import Recoding as Made
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import Open, Questionnaire

from analytics.texts.coding import Coding, LexiconCoder
from analytics.texts.quotes import FEWEST_WORDS, MOST_WORDS
from analytics.texts.screen import REASONS, blank, mask, screen
from analytics.texts.words import words
from surveys.errors import AnswerUnknown, CodesUnknown, QuestionNotOpen, QuoteRefused
from surveys.instruments import concern_items
from surveys.models import Recoding
from surveys.store import Connection
from surveys.store import open_answers as store
from surveys.store.open_answers import Written


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What recording did."""

    answer: OpenAnswer
    approved_before: bool
    """Whether the same coder had approved it as a quote."""


async def page(
    conn: Connection,
    *,
    audit_id: UUID,
    questionnaire: Questionnaire,
    question: str,
    coder: UUID,
    after: str | None,
    limit: int,
) -> list[OpenAnswer]:
    """Answers to one open question, in the order of their names.

    Args:
        coder: whose own coding is shown.
        after: name of the last answer seen.

    Raises:
        QuestionNotOpen: no open question of that name.
    """
    asked = open_questions(questionnaire)
    if question not in asked:
        detail = f"{question!r} is none of {', '.join(asked) or '(no open question)'}."
        raise QuestionNotOpen(faults=(Fault(pointer="query/question", code="unknown_question", detail=detail),))
    found = await store.page(conn, audit_id=audit_id, question=question, coder=coder, after=after, limit=limit)
    return [_seen(one, asked[question]) for one in found]


async def record(
    conn: Connection,
    *,
    audit_id: UUID,
    questionnaire: Questionnaire,
    ref: str,
    coder: UUID,
    codes: tuple[str, ...],
    quote_approved: bool,
    now: datetime,
) -> Recorded:
    """Keep what a person makes of an answer, over what the same person made of it before; again does no harm.

    Raises:
        CodesUnknown: with every code that is not in the taxonomy.
        AnswerUnknown: no such answer, or it was taken back.
        QuoteRefused: approved, while people were not told, or the screen found personal data, or nobody could read it.
    """
    _check(codes)
    asked = open_questions(questionnaire)
    found = await store.find(conn, audit_id=audit_id, ref=ref, coder=coder, questions=list(asked))
    if found is None:
        raise AnswerUnknown
    key, written = found
    obstacles = tuple(_obstacles(written.text, asked[key])) if quote_approved else ()
    if obstacles:
        raise QuoteRefused(faults=obstacles)
    given = tuple(code for code in concern_items() if code in codes)
    made = Made(codes=given, quote_approved=quote_approved, decided_at=now)
    before = written.made
    if before is not None and (before.codes, before.quote_approved) == (given, quote_approved):
        made = before
    else:
        await store.put(
            conn,
            audit_id=audit_id,
            response_id=written.response_id,
            question=key,
            coder=coder,
            codes=given,
            quote_approved=quote_approved,
            now=now,
        )
    answer = _seen(msgspec.structs.replace(written, made=made), asked[key])
    return Recorded(answer=answer, approved_before=before is not None and before.quote_approved)


async def recodings(conn: Connection, audit_id: UUID) -> list[Recoding]:
    """What people made of the answers of completed responses."""
    return await store.recodings(conn, audit_id=audit_id)


def open_questions(questionnaire: Questionnaire) -> dict[str, Open]:
    """The open questions by key, in the order in which they are asked."""
    return {
        question.key: question
        for page in questionnaire.pages
        for question in page.questions
        if isinstance(question, Open)
    }


def code(text: str, language: Lang) -> Coding:
    """The machine's coding of an answer; what the screen finds takes no part in it."""
    return coder().code(blank(text), language)


@cache
def coder() -> LexiconCoder:
    """The coder of this service."""
    return LexiconCoder()


def _check(codes: tuple[str, ...]) -> None:
    known = concern_items()
    faults = tuple(
        Fault(pointer=f"/codes/{number}", code="unknown_code", detail=f"{code!r} is none of {', '.join(known)}.")
        for number, code in enumerate(codes)
        if code not in known
    )
    if faults:
        raise CodesUnknown(faults=faults)


def _obstacles(text: str, question: Open) -> Iterator[Fault]:
    """Everything that keeps an answer from being quoted."""

    def fault(code: str, detail: str) -> Fault:
        return Fault(pointer="/quote_approved", code=code, detail=detail)

    if not question.quotable:
        yield fault("not_told", "People were not told beside this question that they may be quoted.")
    if not FEWEST_WORDS <= len(words(text)) <= MOST_WORDS:
        yield fault("length", f"A quote has {FEWEST_WORDS} to {MOST_WORDS} words.")
    for kind in dict.fromkeys(one.kind for one in screen(text) if one.severity == "high"):
        yield fault(kind, f"The answer holds something that {REASONS[kind]}.")


def _seen(written: Written, question: Open) -> OpenAnswer:
    """An answer as staff see it."""
    shown = mask(written.text, written.language)
    return OpenAnswer(
        ref=written.ref,
        question=question.key,
        text=shown,
        language=written.language,
        findings=tuple(
            ScreenFinding(kind=one.kind, severity=one.severity, reason=one.reason) for one in screen(written.text)
        ),
        quotable=not any(True for _ in _obstacles(written.text, question)),
        recoding=written.made,
        machine=_machine(shown, written.language) if written.made is not None else None,
    )


def _machine(shown: str, language: Lang) -> MachineCoding:
    coding = code(shown, language)
    return MachineCoding(
        coder=coder().name,
        codes=coding.codes,
        evidence=tuple(
            CodeEvidence(code=one.code, start=one.start, end=one.end, entry=one.entry) for one in coding.evidence
        ),
    )
