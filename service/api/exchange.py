"""Questionnaires from and for other survey software. What comes in is read and given back; nothing is stored."""

import asyncio
from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import Body as BodyParameter
from litestar.params import FromPath, QueryParameter
from litestar.response import Response
from samenspraak.types.exchange import ExportedForm, ImportedQuestions, QuestionnaireFormat
from samenspraak.types.questionnaire import Questionnaire

from service.api.access import CalledBy
from service.api.bodies import FormBody, WorkbookBody
from service.api.declare import errors, listed, sent
from service.audits import approval, cases
from service.audits.errors import AuditUnknown
from service.context import InContext
from surveys import applications
from surveys.errors import FileInvalid, QuestionnaireUnknown
from surveys.exchange import codebook, ddi, surveyjs, surveyjs_writing, triple_s, xlsform

TAGS = ["questionnaires"]
BODY = 2 * 1024 * 1024 + 1024
"""A little above what an import reads, so that it can say itself that a file is too large."""

Workbook = Annotated[bytes, BodyParameter(media_type=WorkbookBody.media_type)]
Form = Annotated[bytes, BodyParameter(media_type=FormBody.media_type)]
Format = Annotated[
    QuestionnaireFormat,
    QueryParameter(name="format", description="`ddi` and `triple_s` are XML, `codebook` is CSV."),
]

Writer = Callable[[Questionnaire, str], bytes]
WRITERS: dict[QuestionnaireFormat, tuple[str, str, Writer]] = {
    "ddi": ("application/xml", "xml", lambda q, title: ddi.write(q, title=title)),
    "triple_s": ("application/xml", "xml", lambda q, title: triple_s.write(q, title=title)),
    "codebook": ("text/csv; charset=utf-8", "csv", lambda q, _: codebook.write(q).encode()),
}
"""Content type, ending of the file name, and who writes it."""


@post(
    "/questionnaires/xlsform",
    operation_id="import_xlsform",
    summary="The questions of an XLSForm workbook in our own terms, or every fault by sheet, row and column",
    tags=TAGS,
    dto=WorkbookBody,
    status_code=200,
    request_max_body_size=BODY,
    responses=sent(FileInvalid),
)
async def import_xlsform(data: Workbook) -> ImportedQuestions:
    """Nothing is stored: send the questions on as `own_questions` of an audit. A key there begins with OWN_."""
    return await asyncio.to_thread(xlsform.read, data)


@post(
    "/questionnaires/surveyjs",
    operation_id="import_surveyjs",
    summary="The questions of a SurveyJS form in our own terms, or every fault by JSON pointer",
    tags=TAGS,
    dto=FormBody,
    status_code=200,
    request_max_body_size=BODY,
    responses=sent(FileInvalid),
)
async def import_surveyjs(data: Form) -> ImportedQuestions:
    """Nothing is stored: send the questions on as `own_questions` of an audit. A key there begins with OWN_."""
    return await asyncio.to_thread(surveyjs.read, data)


@get(
    "/audits/{audit_id:uuid}/questionnaire/surveyjs",
    operation_id="export_surveyjs",
    summary="The questionnaire of an audit as a SurveyJS form, with a list of what the form does not say",
    tags=TAGS,
    responses=errors(AuditUnknown, QuestionnaireUnknown),
)
async def export_surveyjs(context: InContext, caller: CalledBy, audit_id: FromPath[UUID]) -> ExportedForm:
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id, organisation_id=caller.organisation_id)
        asked = await approval.questionnaire(conn, case)
    return await asyncio.to_thread(surveyjs_writing.write, asked)


@get(
    "/audits/{audit_id:uuid}/questionnaire/export",
    operation_id="export_questionnaire",
    summary="The questionnaire of an audit as DDI-Codebook 2.5, Triple-S 3.0 or a codebook",
    tags=TAGS,
    responses=listed(AuditUnknown, QuestionnaireUnknown),
)
async def export_questionnaire(
    context: InContext, caller: CalledBy, audit_id: FromPath[UUID], format: Format
) -> Response[bytes]:
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id, organisation_id=caller.organisation_id)
        asked = await approval.questionnaire(conn, case)
        stored = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
    media_type, ending, write = WRITERS[format]
    written = await asyncio.to_thread(write, asked, stored.application.name.nl)
    name = f"questionnaire-{format}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(written, media_type=media_type, headers=headers)


HANDLERS = (import_xlsform, import_surveyjs, export_surveyjs, export_questionnaire)
