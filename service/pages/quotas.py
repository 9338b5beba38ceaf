"""Who comes when a quota of the questionnaire is full: thanked, let go, and nothing they answered is kept."""

from litestar.response import Response as Answer

from panels import fieldwork
from panels.external import arrivals
from service.context import Context
from service.pages.rendering import page, see_other
from service.pages.views import Message
from service.pages.visits import Asked, Visit, hold
from service.store import Connection
from surveys import responses
from surveys.errors import QuotaFilled


async def let_go(context: Context, request: Asked, token: str, filled: QuotaFilled) -> Answer[str]:
    """Note in a transaction of its own, since the one that found the quota full was undone, that this person is let go.

    Somebody who sent, declined or was let go in another tab meanwhile stays what they are.
    """
    now = context.now()
    async with context.db.transaction() as conn:
        visit = await hold(conn, context, request, token)
        if visit.open and not visit.completed and not visit.gone:
            await responses.let_go(
                conn,
                audit_id=visit.case.id,
                respondent_id=visit.invitation.respondent_id,
                quota=str(filled.details["quota"]),
                now=now,
            )
            await fieldwork.mark(conn, invitation_id=visit.invitation.id, disposition="quota_full", now=now)
    return see_other(visit.to())


async def thanked(conn: Connection, visit: Visit) -> Answer[str]:
    """The page of somebody who was let go, with the way back to whoever sent them."""
    t = visit.texts
    sender, back = await arrivals.way_back(
        conn, audit_id=visit.case.id, invitation_id=visit.invitation.id, outcome="quota_full"
    ) or ("", "")
    view = Message(
        heading=t("arrival.quota_full_title"),
        paragraphs=(t("arrival.quota_full"), t("closed.register")),
        link=back or visit.register,
        link_text=t("arrival.back", sender=sender) if back else t("done.register"),
    )
    return page("message.html", frame=visit.frame(t("arrival.quota_full_title")), view=view)
