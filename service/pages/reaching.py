"""How a member wants to be invited. Number and address go into the vault; no page ever shows them again."""

from collections.abc import Mapping

import msgspec
from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.types.problem import Fault

from panels.errors import SignUpInvalid, StepNotAllowed
from panels.joining import membership, profile, reach
from panels.models import Member
from panels.store.reach import What
from service import outbox
from service.context import Context, InContext
from service.pages import background
from service.pages.membership import own_frame, own_page, own_texts
from service.pages.rendering import page, see_other
from service.pages.texts import Texts
from service.pages.views import Choice, QuestionView, ReachView
from service.pages.visits import LOOK, Asked, query_of, sent
from service.store import Connection
from service.tasks.arguments import MemberReach

HINTS = {
    "name": "reach.name_hint",
    "house_number": "reach.house_number_hint",
    "home_postcode": "reach.postcode_hint",
}
LABELS = {
    "name": "reach.name",
    "street": "reach.street",
    "house_number": "reach.house_number",
    "home_postcode": "reach.postcode",
    "place": "reach.place",
}
CHANNELS = {"email": "reach.email", "sms": "reach.sms", "letter": "reach.letter"}


class Reaching(Controller):
    """One form to give and change, and a button for each thing to remove."""

    path = "/m/{token:str}/reach"
    include_in_schema = False

    @route(http_method=LOOK)
    async def look(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            member = await membership.by_token(conn, token)
        if member.status not in profile.EDITABLE:
            return see_other(own_page(request, token, "refused"))
        return _form(request, context, token, member, {"channel": member.channel}, ())

    @post()
    async def change(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        fields = {name: values[0] for name, values in (await sent(request)).items()}
        async with context.db.reading() as conn:
            member = await membership.by_token(conn, token)
        try:
            async with context.db.transaction() as conn:
                dropped = await reach.change(
                    conn,
                    member_id=member.id,
                    form=fields,
                    language=own_texts(request, member).lang,
                    texting=context.settings.sms_dir is not None,
                    now=context.now(),
                    new_id=context.new_id,
                )
                if dropped:
                    await _take_over(conn, member, f"{dropped}")
        except SignUpInvalid as invalid:
            return _form(request, context, token, member, fields, invalid.faults)
        except StepNotAllowed:
            return see_other(own_page(request, token, "refused"))
        return see_other(own_page(request, token, "saved"))

    @post("/phone")
    async def remove_phone(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        return await _remove(request, context, token, "phone")

    @post("/address")
    async def remove_address(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        return await _remove(request, context, token, "address")


def reach_view(
    member: Member,
    t: Texts,
    fields: Mapping[str, str],
    faults: tuple[Fault, ...],
    *,
    token: str,
    query: str,
    texting: bool,
) -> ReachView:
    """The form; what the vault holds is only said to be there. Pure."""
    wrong = {fault.pointer: fault.detail for fault in reversed(faults)}
    home = tuple(_line(t, key, fields, wrong) for key in reach.HOME)
    channel, phone = _channel(t, fields, wrong, texting), _phone(t, fields, wrong, member) if texting else None
    asked = (channel, *((phone,) if phone else ()), *home)
    base = f"/m/{token}/reach"
    return ReachView(
        action=f"{base}{query}",
        back=f"/m/{token}{query}",
        channel=channel,
        phone=phone,
        home=home,
        home_hint=t("reach.home_given" if member.address_given else "reach.home_hint"),
        remove_phone=f"{base}/phone{query}" if member.phone_given else "",
        remove_address=f"{base}/address{query}" if member.address_given else "",
        errors=background.errors(faults, asked, otherwise="channel-email"),
    )


def _channel(t: Texts, fields: Mapping[str, str], wrong: Mapping[str, str], texting: bool) -> QuestionView:
    offered = {name: text for name, text in CHANNELS.items() if texting or name != "sms"}
    return QuestionView(
        key="channel",
        kind="radios",
        text=t("reach.channel"),
        hint=t("reach.channel_hint"),
        error=wrong.get("channel", ""),
        choices=tuple(
            Choice(
                id=f"channel-{name}",
                name="channel",
                value=name,
                label=t(text),
                checked=fields.get("channel") == name,
            )
            for name, text in offered.items()
        ),
    )


def _phone(t: Texts, fields: Mapping[str, str], wrong: Mapping[str, str], member: Member) -> QuestionView:
    return QuestionView(
        key="phone",
        kind="text",
        text=t("reach.phone"),
        hint=t("reach.phone_given" if member.phone_given else "reach.phone_hint"),
        error=wrong.get("phone", ""),
        value=fields.get("phone", ""),
    )


def _line(t: Texts, key: str, fields: Mapping[str, str], wrong: Mapping[str, str]) -> QuestionView:
    return QuestionView(
        key=key,
        kind="text",
        text=t(LABELS[key]),
        hint=t(HINTS[key]) if key in HINTS else "",
        error=wrong.get(key, ""),
        value=fields.get(key, ""),
    )


def _form(
    request: Asked,
    context: Context,
    token: str,
    member: Member,
    fields: Mapping[str, str],
    faults: tuple[Fault, ...],
) -> Answer[str]:
    t = own_texts(request, member)
    texting = context.settings.sms_dir is not None
    view = reach_view(member, t, fields, faults, token=token, query=query_of(request), texting=texting)
    frame = own_frame(request, context, member, t, "reach.title")
    frame = msgspec.structs.replace(frame, failed=bool(faults), switch=not faults)
    return page("reach.html", frame=frame, view=view, status=422 if faults else 200)


async def _remove(request: Asked, context: Context, token: str, what: What) -> Answer[str]:
    async with context.db.reading() as conn:
        member = await membership.by_token(conn, token)
    try:
        async with context.db.transaction() as conn:
            drop = await reach.remove(conn, member_id=member.id, what=what, now=context.now(), new_id=context.new_id)
            await _take_over(conn, member, f"{drop}")
    except StepNotAllowed:
        return see_other(own_page(request, token, "refused"))
    return see_other(own_page(request, token, "removed"))


async def _take_over(conn: Connection, member: Member, drop: str) -> None:
    await outbox.put(conn, "member.reach", MemberReach(member_id=member.id), dedup_key=f"member.reach:{drop}")
