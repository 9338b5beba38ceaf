"""Links to look at a questionnaire in every language and arm; nothing that is looked at there counts."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath
from samenspraak.types.preview import PreviewLink, PreviewLinks

from service.api.access import CalledBy
from service.api.declare import errors
from service.audits import approval, cases
from service.audits.errors import AuditUnknown
from service.context import InContext
from service.pages import preview
from surveys.errors import QuestionnaireUnknown


@get(
    "/audits/{audit_id:uuid}/questionnaire/preview",
    operation_id="get_preview_links",
    summary="Links to look at every page in each language and arm",
    tags=["audits"],
    responses=errors(AuditUnknown, QuestionnaireUnknown),
)
async def get_preview_links(context: InContext, caller: CalledBy, audit_id: FromPath[UUID]) -> PreviewLinks:
    async with context.db.reading() as conn:
        case = await cases.find(conn, audit_id=audit_id, organisation_id=caller.organisation_id)
        questionnaire = await approval.questionnaire(conn, case)
    links = tuple(
        PreviewLink(
            language=shown.lang,
            reviewed=shown.lang in questionnaire.languages,
            arm=shown.arm,
            easy=shown.easy,
            url=url,
        )
        for shown, url in preview.addresses(context, audit_id, questionnaire)
    )
    return PreviewLinks(audit_id=str(audit_id), links=links)


HANDLERS = (get_preview_links,)
