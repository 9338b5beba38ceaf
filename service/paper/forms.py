"""Forms for the printer: a specimen for reviewers, and forms for people.

Printing a form for somebody begins the response: arm, seed and version of the questionnaire are drawn by the one
allocation there is, so that orders stay balanced over paper and screen, the form can be printed again, whoever keys it
knows what stands where, and somebody who answers on the web after all finds the same order. Until something is keyed
the response counts for nobody; `Response.printed` tells it apart.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from samenspraak.types.base import Lang
from samenspraak.types.paper import MOST_FORMS, PaperFormsRequest
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import Questionnaire

from panels import codes, fieldwork
from panels.codes import CodeMistyped
from panels.errors import LinkUnknown
from panels.external import sources
from panels.models import Invitation
from service.audits import approval, cases, fielding
from service.audits.models import Case
from service.context import Context
from service.pages.visits import fielded
from service.paper import pdf
from service.paper.layout import Around, Printed, lay_out
from service.store import Connection
from surveys import applications, profiles, responses
from surveys.errors import PaperFormsInvalid, QuotaFilled
from surveys.models import Respondent, Standing
from surveys.paper.sheet import sheet

GONE = {
    "completed": "has answered already",
    "declined": "does not want to take part",
    "withdrawn": "took the answers back",
    "quota_full": "was let go because the group is full",
}
"""Who gets no form, and why."""


async def specimen(
    conn: Connection, context: Context, *, audit_id: UUID, lang: Lang, arm: str, easy: bool, large: bool
) -> Printed:
    """The form as reviewers look at it: no person, no code, and what the profile decides with its condition.

    Raises:
        AuditUnknown, QuestionnaireUnknown
        PaperFormsInvalid: no such arm, language or easy version.
    """
    case = await cases.find(conn, audit_id=audit_id)
    q = await approval.questionnaire(conn, case)
    arms = tuple(one.key for one in q.arms)
    faults = []
    if arm and arm not in arms:
        faults.append(_fault("query/arm", f"This questionnaire has the arms {', '.join(arms) or 'none'}."))
    if lang not in q.languages:
        faults.append(_fault("query/lang", f"This questionnaire is fielded in {', '.join(q.languages)}."))
    if easy and q.easy is None:
        faults.append(_fault("query/easy", "This questionnaire has no easy version; leave `easy` out."))
    if faults:
        raise PaperFormsInvalid(faults=tuple(faults))
    who = Respondent(arm=arm or next(iter(arms), ""), easy=easy)
    around = await _around(conn, context, case)
    return lay_out(sheet(q, who, specimen=True), around, lang=lang, large=large)


async def for_people(
    conn: Connection, context: Context, *, audit_id: UUID, request: PaperFormsRequest
) -> tuple[list[Printed], int]:
    """The forms of these people, begun where they were not, and of how many people they are a part.

    Raises:
        AuditUnknown, SourceUnknown, RegisterMissing
        TransitionRefused: the audit is not in the field.
        PaperFormsInvalid: with every person for whom there can be no form.
    """
    case, _ = fielding.fielding(await cases.hold(conn, audit_id=audit_id))
    if not context.settings.return_address:
        raise PaperFormsInvalid(faults=(_fault("settings", NO_ADDRESS),))
    invitations, total = await _invited(conn, context, case, request)
    around = await _around(conn, context, case)
    q = await responses.questionnaire(conn, case.id)
    if request.easy and q.easy is None:
        raise PaperFormsInvalid(faults=(_fault("/easy", "This questionnaire has no easy version; leave it out."),))
    forms = [await _form(conn, context, q, one, request, around) for one in invitations]
    return forms, total


NO_ADDRESS = (
    "Nobody could send a form back: set SAMENSPRAAK_RETURN_ADDRESS to the address, with `;` between its lines, and "
    "start the service again."
)


async def render(forms: Sequence[Printed], *, made_at: datetime) -> bytes:
    """The PDF, set in a thread so that other requests go on."""
    return await asyncio.to_thread(pdf.render, forms, made_at=made_at)


async def find(conn: Connection, context: Context, *, audit_id: UUID, code: str) -> Invitation | None:
    """The invitation of this audit with this code; None when there is none."""
    try:
        found = await fieldwork.by_code(conn, code, secret=context.keys.link_key)
    except (CodeMistyped, LinkUnknown):
        return None
    return found if found.audit_id == audit_id else None


async def _invited(
    conn: Connection, context: Context, case: Case, request: PaperFormsRequest
) -> tuple[list[Invitation], int]:
    """Whose forms: those with these codes, or the next people of a register who may still take part."""
    if bool(request.codes) == (request.source_id is not None):
        raise PaperFormsInvalid(faults=(_fault("", "Name `codes` or a `source_id`, one of the two."),))
    if request.source_id is not None:
        ids = await sources.invited(conn, audit_id=case.id, source_id=_uuid(request.source_id))
        some = ids[request.skip : request.skip + MOST_FORMS]
        every = [await fieldwork.by_id(conn, audit_id=case.id, invitation_id=id) for id in some]
        left = [one for one in every if one.disposition not in GONE]
        if not left:
            raise PaperFormsInvalid(faults=(_fault("/skip", f"Nobody is left to send a form to, of {len(ids)}."),))
        return left, len(ids)
    found: dict[UUID, Invitation] = {}
    faults: list[Fault] = []
    for place, code in enumerate(request.codes):
        one = await find(conn, context, audit_id=case.id, code=code)
        if one is None:
            faults.append(_fault(f"/codes/{place}", "No invitation of this audit has this code; check its characters."))
        elif one.disposition in GONE:
            faults.append(_fault(f"/codes/{place}", f"This person {GONE[one.disposition]}; leave the code out."))
        else:
            found[one.id] = one
    if faults:
        raise PaperFormsInvalid(faults=tuple(faults))
    return list(found.values()), len(found)


async def _form(
    conn: Connection,
    context: Context,
    q: Questionnaire,
    invitation: Invitation,
    request: PaperFormsRequest,
    around: Around,
) -> Printed:
    standing = await _begun(conn, context, q, invitation, request)
    asked, response = standing.questionnaire, standing.response
    lang = fielded(asked.languages, request.language, response.language)
    code = codes.invitation_code(context.keys.link_key, invitation.id)
    paper = sheet(asked, response.respondent)
    return lay_out(paper, around, lang="en" if lang == "en" else "nl", code=code, large=request.large)


async def _begun(
    conn: Connection, context: Context, q: Questionnaire, invitation: Invitation, request: PaperFormsRequest
) -> Standing:
    try:
        await responses.begin(
            conn,
            audit_id=invitation.audit_id,
            respondent_id=invitation.respondent_id,
            language=fielded(q.languages, request.language, invitation.language),
            seed=int.from_bytes(context.entropy(8), "big") >> 1,
            now=context.now(),
            new_id=context.new_id,
            easy=request.easy,
            profile=profiles.needed(q, invitation.profile),
            mode="paper",
            stratum=invitation.stratum,
        )
    except QuotaFilled as full:
        raise PaperFormsInvalid(faults=(_fault("", f"The quota {full.details['quota']} is full."),)) from full
    standing = await responses.standing(conn, audit_id=invitation.audit_id, respondent_id=invitation.respondent_id)
    assert standing is not None, "it was begun above"
    return standing


async def _around(conn: Connection, context: Context, case: Case) -> Around:
    stored = await applications.find(conn, organisation_id=case.organisation_id, id=case.application_id)
    return Around(
        application=stored.application,
        simulated=context.settings.simulated or case.sample_kind == "simulated",
        public_url=context.settings.public_url,
        address=context.settings.return_address,
        closes_at=case.plan.closing.at if case.plan else None,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as odd:
        raise PaperFormsInvalid(faults=(_fault("/source_id", "This is no id of a source."),)) from odd


def _fault(pointer: str, detail: str) -> Fault:
    return Fault(pointer=pointer, code="no_form", detail=detail)
