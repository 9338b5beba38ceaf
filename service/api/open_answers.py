"""What people wrote in their own words: staff read it, code it, and approve quotes."""

from typing import Annotated
from uuid import UUID

from litestar import get, put
from litestar.params import FromPath, JSONBody, QueryParameter
from samenspraak.types.open_answers import OpenAnswer, RecodingRequest

from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import listed, replaced
from service.api.listing import Cursor, Limit, Page, after_word, page
from service.audits import cases, trail
from service.audits.errors import AuditUnknown, CodingClosed, TransitionRefused
from service.audits.models import Case
from service.auth import Caller
from service.context import Context, InContext
from service.store import Connection
from surveys import open_answers, responses
from surveys.errors import AnswerUnknown, CodesUnknown, QuestionnaireUnknown, QuestionNotOpen, QuoteRefused

TAGS = ["staff"]
Question = Annotated[
    str, QueryParameter(name="question", min_length=1, max_length=80, description="Key of an open question.")
]
BEFORE_ANALYSIS = ("fielding", "closed")


@get(
    "/staff/audits/{audit_id:uuid}/open-answers",
    operation_id="list_open_answers",
    summary="Answers to one open question, personal data masked, in an order that says nothing about time",
    tags=TAGS,
    responses=listed(AuditUnknown, TransitionRefused, QuestionnaireUnknown, QuestionNotOpen),
)
async def list_open_answers(
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    question: Question,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[OpenAnswer]:
    """The order is random and fixed: whoever codes the first hundred has coded a random hundred. What the machine made
    of an answer is given once you have coded it yourself."""
    after = after_word(cursor)
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id)
        if case.opened_at is None:
            raise TransitionRefused("Fieldwork has not been opened yet.", details={"state": case.state})
        found = await open_answers.page(
            conn,
            audit_id=audit_id,
            questionnaire=await responses.questionnaire(conn, audit_id),
            question=question,
            coder=caller.key_id,
            after=after,
            limit=limit + 1,
        )
    return page(found, limit, show=lambda answer: answer, place=lambda answer: answer.ref)


@put(
    "/staff/audits/{audit_id:uuid}/open-answers/{ref:str}",
    operation_id="recode_open_answer",
    summary="Code an answer, and approve it as a quote or not; again replaces what you made of it",
    tags=TAGS,
    dto=Body,
    responses=replaced(AuditUnknown, CodingClosed, QuestionnaireUnknown, AnswerUnknown, CodesUnknown, QuoteRefused),
)
async def recode_open_answer(
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    ref: FromPath[str],
    data: JSONBody[RecodingRequest],
) -> OpenAnswer:
    async def effect(conn: Connection) -> OpenAnswer:
        case = await cases.hold(conn, audit_id=audit_id)
        if case.state not in BEFORE_ANALYSIS:
            raise CodingClosed(details={"state": case.state})
        done = await open_answers.record(
            conn,
            audit_id=audit_id,
            questionnaire=await responses.questionnaire(conn, audit_id),
            ref=ref,
            coder=caller.key_id,
            codes=data.codes,
            quote_approved=data.quote_approved,
            now=context.now(),
        )
        if done.approved_before != data.quote_approved:
            await _note(conn, context, caller, case, done.answer, approved=data.quote_approved)
        return done.answer

    return await context.db.run(effect)


async def _note(
    conn: Connection, context: Context, caller: Caller, case: Case, answer: OpenAnswer, *, approved: bool
) -> None:
    """A decision on a quote in the trail, but not in the part of it that the owner may read while people answer."""
    await trail.append(
        conn,
        actor=caller.actor,
        event="quote.approve" if approved else "quote.withdraw",
        now=context.now(),
        audit_id=case.id,
        detail={"question": answer.question, "answer": answer.ref},
    )


HANDLERS = (list_open_answers, recode_open_answer)
