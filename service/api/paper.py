"""The questionnaire on paper: forms for the printer, and keying in what came back, twice."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get, post, put
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter
from litestar.response import Response
from samenspraak.types.base import Lang
from samenspraak.types.paper import (
    KeyingErrors,
    PaperEntry,
    PaperFormsRequest,
    PaperSettlement,
    PaperState,
    PaperTurn,
)

from panels.errors import RegisterMissing, SourceUnknown
from service.api.access import CalledBy
from service.api.bodies import Body
from service.api.declare import errors, listed, replaced, sent
from service.audits import trail
from service.audits.errors import AuditUnknown, TransitionRefused
from service.context import InContext
from service.idempotency import Reply, once
from service.paper import forms, keying
from service.store import Connection
from surveys.errors import (
    AnsweredOnline,
    PaperFormsInvalid,
    PaperFormUnknown,
    PaperInvalid,
    PaperKeyed,
    PaperNotKeyed,
    QuestionnaireUnknown,
    ResponseFinished,
    SameOperator,
)

TAGS = ["staff"]
Code = Annotated[str, PathParameter(description="The code at the foot of every page.", max_length=40)]
Turn = Annotated[PaperTurn, PathParameter(description="The first or the second entry, by two people.")]
Language = Annotated[Lang, QueryParameter(name="lang", description="Language of the form.")]
Arm = Annotated[str, QueryParameter(name="arm", description="Order of the blocks; the first where left out.")]
Easy = Annotated[bool, QueryParameter(name="easy", description="The easy version.")]
Large = Annotated[bool, QueryParameter(name="large", description="Letters of 16 points.")]
PDF = "application/pdf"


@get(
    "/staff/audits/{audit_id:uuid}/paper-form",
    operation_id="get_paper_form",
    summary="A specimen of the form on paper, for reviewers",
    tags=TAGS,
    media_type=PDF,
    responses=listed(AuditUnknown, QuestionnaireUnknown, PaperFormsInvalid),
)
async def get_paper_form(
    context: InContext,
    audit_id: FromPath[UUID],
    lang: Language = "nl",
    arm: Arm = "",
    easy: Easy = False,
    large: Large = False,
) -> Response[bytes]:
    """Without a person and a code, from the first draft on."""
    async with context.db.reading() as conn:
        form = await forms.specimen(conn, context, audit_id=audit_id, lang=lang, arm=arm, easy=easy, large=large)
    content = await forms.render([form], made_at=context.now())
    return _pdf(content, f"specimen-{audit_id}.pdf")


@post(
    "/staff/audits/{audit_id:uuid}/paper-forms",
    operation_id="print_paper_forms",
    summary="Forms for people, by code or of a register, as one file for the printer",
    tags=TAGS,
    dto=Body,
    status_code=200,
    media_type=PDF,
    responses=sent(AuditUnknown, TransitionRefused, SourceUnknown, RegisterMissing, PaperFormsInvalid),
)
async def print_paper_forms(
    context: InContext, caller: CalledBy, audit_id: FromPath[UUID], data: JSONBody[PaperFormsRequest]
) -> Response[bytes]:
    """Asked for again it gives the same forms. The header `Samenspraak-Forms` says how many of how many people are in
    the file; whoever has answered or said no is left out of a register's."""

    async def effect(conn: Connection) -> tuple[list[Any], int]:
        made = await forms.for_people(conn, context, audit_id=audit_id, request=data)
        detail: dict[str, str | int | float | bool | None] = {"forms": len(made[0]), "large": data.large}
        await trail.append(
            conn, actor=caller.actor, event="paper.print", now=context.now(), audit_id=audit_id, detail=detail
        )
        return made

    printed, total = await context.db.run(effect)
    content = await forms.render(printed, made_at=context.now())
    return _pdf(content, f"forms-{audit_id}.pdf", **{"Samenspraak-Forms": f"{len(printed)} of {total}"})


@put(
    "/staff/audits/{audit_id:uuid}/paper/{code:str}/{turn:str}",
    operation_id="key_paper",
    summary="Key in a form that came back: the first or the second entry, by two people",
    tags=TAGS,
    dto=Body,
    responses=replaced(
        AuditUnknown,
        TransitionRefused,
        PaperFormUnknown,
        PaperInvalid,
        SameOperator,
        PaperKeyed,
        PaperNotKeyed,
        AnsweredOnline,
        ResponseFinished,
    ),
)
async def key_paper(
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    code: Code,
    turn: Turn,
    data: JSONBody[PaperEntry],
) -> PaperState:
    """When both entries agree the answers count. Nobody sees another's entry before both are in."""

    async def effect(conn: Connection) -> PaperState:
        return await keying.key(
            conn,
            context,
            audit_id=audit_id,
            code=code,
            turn=turn,
            answers=data.answers,
            by=caller.key_id,
            actor=caller.actor,
        )

    return await context.db.run(effect)


@get(
    "/staff/audits/{audit_id:uuid}/paper/{code:str}",
    operation_id="get_paper",
    summary="How far a form is, and where two entries differ",
    tags=TAGS,
    responses=listed(AuditUnknown, PaperFormUnknown),
)
async def get_paper(context: InContext, audit_id: FromPath[UUID], code: Code) -> PaperState:
    async with context.db.reading() as conn:
        return await keying.state(conn, context, audit_id=audit_id, code=code)


@post(
    "/staff/audits/{audit_id:uuid}/paper/{code:str}/settle",
    operation_id="settle_paper",
    summary="Say what stands on the form where two entries differ; then the answers count",
    tags=TAGS,
    dto=Body,
    status_code=200,
    responses=sent(
        AuditUnknown,
        TransitionRefused,
        PaperFormUnknown,
        PaperInvalid,
        PaperKeyed,
        PaperNotKeyed,
        AnsweredOnline,
        ResponseFinished,
    ),
)
async def settle_paper(
    request: Request[Any, Any, Any],
    context: InContext,
    caller: CalledBy,
    audit_id: FromPath[UUID],
    code: Code,
    data: JSONBody[PaperSettlement],
) -> Response[PaperState]:
    async def effect(conn: Connection) -> Reply:
        settled = await keying.settle(
            conn,
            context,
            audit_id=audit_id,
            code=code,
            settlement=data,
            by=caller.key_id,
            actor=caller.actor,
        )
        return Reply(value=settled)

    return await once(request, context, caller, effect)


@get(
    "/staff/audits/{audit_id:uuid}/paper-errors",
    operation_id="get_keying_errors",
    summary="How often two people keyed the same form differently",
    tags=TAGS,
    responses=errors(AuditUnknown),
)
async def get_keying_errors(context: InContext, audit_id: FromPath[UUID]) -> KeyingErrors:
    async with context.db.reading() as conn:
        return await keying.errors(conn, audit_id=audit_id)


def _pdf(content: bytes, name: str, **headers: str) -> Response[bytes]:
    """Nothing on the way keeps a form: its code is a key."""
    extra = {"Cache-Control": "no-store", "Content-Disposition": f'inline; filename="{name}"', **headers}
    return Response(content=content, media_type=PDF, headers=extra)


HANDLERS = (get_paper_form, print_paper_forms, key_paper, get_paper, settle_paper, get_keying_errors)
