"""The secret ballot: what is promised, the choice, the check, one cast, the receipt."""

from collections.abc import Mapping

from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.canonical import content_hash
from samenspraak.types.ballot import BallotDefinition

from service.context import InContext
from service.pages.questions import both_sides
from service.pages.rendering import page, see_other
from service.pages.texts import Texts
from service.pages.views import CheckView, Choice, FieldError, Message, QuestionView, ReceiptView, VoteView
from service.pages.visits import LOOK, Asked, Visit, arrive, first, hold, only, sent
from service.store import Connection
from surveys import ballots, routing
from surveys.errors import AlreadyVoted, BallotClosed, BallotUnknown, NotEntitled, OptionUnknown, SurveyError


class TooEarlyToVote(Exception):
    """Voting follows after the answers were sent. A page says so; it never leaves this module."""


class NotAlone(Exception):
    """Somebody else fills in by telephone and would see the choice. A page says so; it never leaves this module."""


REFUSALS = (SurveyError, TooEarlyToVote, NotAlone)
REFUSED: Mapping[type[Exception], tuple[str, str]] = {
    AlreadyVoted: ("voted.title", "voted.text"),
    BallotClosed: ("novote.title", "novote.closed"),
    BallotUnknown: ("novote.title", "novote.none"),
    NotEntitled: ("novote.title", "novote.none"),
    NotAlone: ("novote.title", "session.alone"),
}


class Voting(Controller):
    """Nothing but `cast` changes anything: the check page carries the choice in the form."""

    path = "/s/{token:str}/vote"
    include_in_schema = False

    @route(http_method=LOOK)
    async def look(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
            try:
                definition = await _ballot(conn, visit)
            except REFUSALS as refusal:
                return _refused(visit, refusal, status=200)
        return show(visit, definition)

    @post()
    async def check(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        fields = await sent(request)
        action = first(fields, "action")
        async with context.db.reading() as conn:
            visit = await arrive(conn, context, request, token)
            if action in ("back", "stop"):
                return see_other(visit.to("done" if action == "back" else "stop"))
            try:
                definition = await _ballot(conn, visit)
            except REFUSALS as refusal:
                return _refused(visit, refusal, status=409)
        return checked(visit, definition, only(fields, "choice"))

    @post("/cast")
    async def cast(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        chosen = only(await sent(request), "choice")
        definition = None
        try:
            async with context.db.transaction() as conn:
                visit = await hold(conn, context, request, token)
                definition = await _ballot(conn, visit)
                receipt = await ballots.cast(
                    conn,
                    audit_id=visit.case.id,
                    respondent_id=visit.invitation.respondent_id,
                    choice=_code(definition, chosen),
                    today=context.now().date(),
                    entropy=context.entropy,
                )
        except OptionUnknown:
            assert definition is not None, "the choice is judged by its ballot"
            return show(visit, definition, missing=True)
        except REFUSALS as refusal:
            return _refused(visit, refusal, status=409)
        t = visit.texts
        view = ReceiptView(code=receipt.code, register=visit.register, done=visit.to("done"))
        return page("receipt.html", frame=visit.frame(t("receipt.title"), switch=False), view=view)


async def _ballot(conn: Connection, visit: Visit) -> BallotDefinition:
    """The ballot this visitor may vote on now.

    Raises:
        BallotUnknown, BallotClosed, NotEntitled, AlreadyVoted: there is no vote for this visitor.
        TooEarlyToVote: the answers come first.
        NotAlone: somebody else fills in.
    """
    if visit.helped:
        raise NotAlone
    plan = visit.case.plan
    if plan is None or plan.ballot is None:
        raise BallotUnknown
    if not visit.open:
        raise BallotClosed
    if not visit.completed:
        raise TooEarlyToVote
    if await ballots.has_voted(conn, audit_id=visit.case.id, respondent_id=visit.invitation.respondent_id):
        raise AlreadyVoted
    return plan.ballot


def show(visit: Visit, definition: BallotDefinition, *, missing: bool = False) -> Answer[str]:
    """The ballot paper: promise first, then both sides, then the options in their fixed order."""
    t = visit.texts
    mixed = routing.arguments_mixed(
        definition.arguments_for,
        definition.arguments_against,
        seed=visit.response.seed if visit.response else 0,
        purpose=definition.key,
    )
    question = QuestionView(
        key="choice",
        kind="radios",
        text=t("vote.question"),
        error=t("vote.missing") if missing else "",
        choices=tuple(
            Choice(id=f"choice-{option.code}", name="choice", value=str(option.code), label=t.of(option.label))
            for option in definition.options
        ),
    )
    view = VoteView(
        action=visit.to("vote"),
        proposition=t.of(definition.proposition),
        arguments=both_sides(mixed, t),
        question=question,
        definition_hash=content_hash(definition),
        cells=_cells(definition, t),
        errors=(FieldError(field=question.first_field, text=question.error),) if missing else (),
    )
    frame = visit.frame(f"{t('vote.kicker')} – {visit.name}", failed=missing)
    return page("vote.html", frame=frame, view=view, status=422 if missing else 200)


def checked(visit: Visit, definition: BallotDefinition, chosen: str) -> Answer[str]:
    """The choice once more, before it is final; nothing is kept yet."""
    t = visit.texts
    label = next((t.of(option.label) for option in definition.options if str(option.code) == chosen), None)
    if label is None:
        return show(visit, definition, missing=True)
    view = CheckView(
        cast=visit.to("vote/cast"),
        change=visit.to("vote"),
        proposition=t.of(definition.proposition),
        choice=chosen,
        label=label,
    )
    return page("check.html", frame=visit.frame(t("check.title"), switch=False), view=view)


def _refused(visit: Visit, refusal: Exception, *, status: int) -> Answer[str]:
    title, text = REFUSED.get(type(refusal), ("novote.title", "novote.early"))
    t = visit.texts
    view = Message(heading=t(title), paragraphs=(t(text),), link=visit.to(), link_text=t("novote.button"))
    return page("message.html", frame=visit.frame(t(title), switch=False), view=view, status=status)


def _cells(definition: BallotDefinition, t: Texts) -> str:
    """The coarse group that goes with a ballot, in words."""
    names = [
        t(f"cell.{dimension}") if t.has(f"cell.{dimension}") else dimension for dimension in definition.cell_dimensions
    ]
    return ", ".join(names) or t("cell.none")


def _code(definition: BallotDefinition, chosen: str) -> int:
    """Raises OptionUnknown for anything that is not on the ballot paper."""
    for option in definition.options:
        if str(option.code) == chosen:
            return option.code
    raise OptionUnknown
