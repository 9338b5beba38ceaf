"""A member's own page: look, pause, resume, leave, get one's data, be erased. Each act is one form post."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer
from samenspraak.types.problem import Fault

from panels.errors import SignUpInvalid, StepNotAllowed
from panels.joining import ages, membership, postcodes, profile
from panels.joining.profile import Present
from panels.margins import areas
from panels.models import Member, Origin
from service import outbox
from service.context import Context, InContext
from service.pages import background
from service.pages.background import Asks
from service.pages.rendering import Frame, day, page, see_other
from service.pages.texts import Texts, language, texts
from service.pages.views import ConfirmView, MemberView, Message, ProfileView
from service.pages.visits import LOOK, Asked, public_frame, query_of, sent
from service.store import Connection
from service.tasks.arguments import MemberErase, MemberExport

NEWS = ("paused", "resumed", "exported", "withdrawn", "refused", "saved", "removed")
"""What a member page may say happened just now."""


class Membership(Controller):
    """The member link is the credential; a GET shows or asks, only a POST acts."""

    path = "/m/{token:str}"
    include_in_schema = False

    @route(http_method=LOOK)
    async def look(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            present = await profile.present(conn, await membership.by_token(conn, token))
        member, t = present.member, own_texts(request, present.member)
        news = request.query_params.get("news", "")
        stale = member.status == "active" and profile.stale(member, now=context.now())
        view = member_view(
            member,
            t,
            token=token,
            query=query_of(request),
            news=news,
            stale=stale,
            origin=present.origin,
            assembly=present.assembly,
        )
        return page("member.html", frame=own_frame(request, context, member, t, "member.title"), view=view)

    @route("/profile", http_method=LOOK)
    async def look_at_profile(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            present = await profile.present(conn, await membership.by_token(conn, token))
            asked = await _asks(conn)
        if present.member.status not in profile.EDITABLE:
            return see_other(own_page(request, token, "refused"))
        return _profile(request, context, token, present.member, filled(present), (), asked)

    @post("/profile")
    async def change_profile(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        fields = {name: values[0] for name, values in (await sent(request)).items()}
        async with context.db.reading() as conn:
            member = await membership.by_token(conn, token)
            asked = await _asks(conn)
        try:
            async with context.db.transaction() as conn:
                await profile.change(
                    conn,
                    member_id=member.id,
                    form=fields,
                    language=own_texts(request, member).lang,
                    address_key=context.keys.address_key,
                    now=context.now(),
                )
        except SignUpInvalid as invalid:
            return _profile(request, context, token, member, fields, invalid.faults, asked)
        except StepNotAllowed:
            return see_other(own_page(request, token, "refused"))
        return see_other(own_page(request, token, "saved"))

    @post("/pause")
    async def pause(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        return await _act(request, context, token, membership.pause, "paused")

    @post("/resume")
    async def resume(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        return await _act(request, context, token, membership.resume, "resumed")

    @route("/withdraw", http_method=LOOK)
    async def ask_withdraw(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        return await _ask(request, context, token, "withdraw", "text")

    @post("/withdraw")
    async def withdraw(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        return await _act(request, context, token, membership.withdraw, "withdrawn")

    @post("/export")
    async def export(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        now = context.now()
        async with context.db.transaction() as conn:
            member = await membership.by_token(conn, token)
            # One mail a minute is enough, however often the button is pressed.
            key = f"member.export:{member.id}:{now:%Y%m%dT%H%M}"
            await outbox.put(conn, "member.export", MemberExport(member_id=member.id), dedup_key=key)
        return see_other(own_page(request, token, "exported"))

    @route("/erase", http_method=LOOK)
    async def ask_erase(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        return await _ask(request, context, token, "erase", "text", "published", danger=True)

    @post("/erase")
    async def erase(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.transaction() as conn:
            member = await membership.by_token(conn, token)
            try:
                await membership.request_erasure(conn, member_id=member.id, now=context.now())
            except StepNotAllowed:
                return see_other(own_page(request, token, "refused"))
            key = f"member.erase:{member.id}"
            await outbox.put(conn, "member.erase", MemberErase(member_id=member.id), dedup_key=key)
        return see_other(f"/goodbye?lang={language(request.query_params.get('lang'), member.language)}")

    @route("/unsubscribe", http_method=LOOK)
    async def ask_unsubscribe(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        return await _ask(request, context, token, "unsubscribe", "text")

    @post("/unsubscribe", status_code=200)
    async def unsubscribe(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        """Mail programs post here by themselves and follow no redirect (RFC 8058): the answer is a page at once."""
        async with context.db.transaction() as conn:
            member = await membership.by_token(conn, token)
            if member.status == "active":
                await membership.pause(conn, member_id=member.id, now=context.now())
        t = own_texts(request, member)
        view = Message(
            heading=t("unsubscribe.done_title"),
            paragraphs=(t("unsubscribe.done_text"),) if member.status in ("active", "paused") else (),
            link=f"/m/{token}{query_of(request)}",
            link_text=t("unsubscribe.own_page"),
        )
        return page("message.html", frame=own_frame(request, context, member, t, "unsubscribe.done_title"), view=view)


@route("/goodbye", http_method=LOOK, include_in_schema=False)
async def goodbye(request: Asked, context: InContext) -> Answer[str]:
    """After an erasure the member link is no longer known, so this page belongs to nobody."""
    lang = language(request.query_params.get("lang"))
    t = texts(lang)
    view = Message(heading=t("goodbye.title"), paragraphs=(t("goodbye.text"),))
    return page("message.html", frame=public_frame(request, context, t("goodbye.title"), lang=lang), view=view)


def member_view(
    member: Member,
    t: Texts,
    *,
    token: str,
    query: str,
    news: str = "",
    stale: bool = False,
    origin: Origin | None = None,
    assembly: bool = False,
) -> MemberView:
    """What a member sees of the membership. Pure."""
    return MemberView(
        base=f"/m/{token}",
        suffix=query,
        status=member.status,
        joined=day(member.joined_at, t.lang),
        consent_version=member.consent_version,
        message=t(f"member.{news}") if news in NEWS else "",
        stale=stale,
        profile=_facts(member, origin, assembly, t),
    )


def _facts(member: Member, origin: Origin | None, assembly: bool, t: Texts) -> tuple[tuple[str, str], ...]:
    """What we know of a member, question by question; what was never asked or given is left out or said to be so."""
    known, unknown = member.profile, t("member.unknown")
    facts = [
        (t("member.birth_year"), str(known.birth_year)),
        (t("member.sex"), t(f"join.sex_{known.sex.lower()}") if known.sex else unknown),
        (t("member.province"), t(f"province.{known.province}") if known.province else unknown),
    ]
    if known.municipality:
        facts.append((t("member.municipality"), areas.name(known.municipality)))
    if known.urbanity:
        facts.append((t("member.urbanity"), t(f"member.urbanity_{known.urbanity}")))
    if member.household:
        facts.append((t("member.household"), t("member.household_kept")))
    facts.append((t("member.education"), t(f"join.education_{known.education}") if known.education else unknown))
    if origin:
        facts.append((t("member.origin"), t(f"join.origin_{origin.lower()}")))
    facts.append((t("member.assembly"), t("member.assembly_yes" if assembly else "member.assembly_no")))
    facts.append((t("member.channel"), t(f"member.channel_{member.channel}")))
    facts.append((t("member.phone"), t("member.given" if member.phone_given else "member.not_given")))
    facts.append((t("member.address"), t("member.given" if member.address_given else "member.not_given")))
    if member.recruitment_wave:
        facts.append((t("member.wave"), member.recruitment_wave))
    facts.append((t("member.language"), t(f"member.language_{language(member.language)}")))
    if member.profile_at:
        facts.append((t("member.profile_at"), day(member.profile_at, t.lang)))
    return tuple(facts)


def filled(present: Present) -> dict[str, str]:
    """The present answers as fields of the form. Postcode and house number were never kept. Pure."""
    known = present.member.profile
    return {
        "birth_year": str(known.birth_year),
        "sex": known.sex or "",
        "province": known.province or "",
        "education": known.education or "",
        "origin": present.origin or "",
        "origin_consent": "yes" if present.origin else "",
        "assembly": "yes" if present.assembly else "",
    }


def profile_view(
    t: Texts, fields: dict[str, str], faults: tuple[Fault, ...], *, token: str, query: str, asked: Asks
) -> ProfileView:
    """The profile as a form. Pure."""
    wrong = {fault.pointer: fault.detail for fault in reversed(faults)}
    questions = background.questions(t, fields, wrong, asked)
    return ProfileView(
        action=f"/m/{token}/profile{query}",
        back=f"/m/{token}{query}",
        questions=questions,
        errors=background.errors(faults, questions, otherwise="birth_year"),
    )


async def _asks(conn: Connection) -> Asks:
    age, postcode = await ages.minimum_age(conn), await postcodes.asked(conn)
    return Asks(minimum_age=age, postcode=postcode, moving=True)


def _profile(
    request: Asked,
    context: Context,
    token: str,
    member: Member,
    fields: dict[str, str],
    faults: tuple[Fault, ...],
    asked: Asks,
) -> Answer[str]:
    t = own_texts(request, member)
    view = profile_view(t, fields, faults, token=token, query=query_of(request), asked=asked)
    frame = msgspec.structs.replace(
        own_frame(request, context, member, t, "profile.title"), failed=bool(faults), switch=not faults
    )
    return page("profile.html", frame=frame, view=view, status=422 if faults else 200)


Change = Callable[..., Awaitable[Member]]


async def _act(request: Asked, context: Context, token: str, change: Change, news: str) -> Answer[str]:
    async with context.db.transaction() as conn:
        member = await membership.by_token(conn, token)
        try:
            await _change(conn, change, member.id, context.now())
        except StepNotAllowed:
            news = "refused"
    return see_other(own_page(request, token, news))


async def _change(conn: Connection, change: Change, member_id: UUID, now: datetime) -> None:
    # A savepoint: a refused step leaves the rest of the transaction usable.
    async with conn.transaction():
        await change(conn, member_id=member_id, now=now)


async def _ask(
    request: Asked, context: Context, token: str, act: str, *parts: str, danger: bool = False
) -> Answer[str]:
    """Ask once more before an act that ends something."""
    member, t = await _member(request, context, token)
    query = query_of(request)
    view = ConfirmView(
        action=f"/m/{token}/{act}{query}",
        heading=t(f"{act}.title"),
        paragraphs=tuple(t(f"{act}.{part}") for part in parts),
        button=t(f"{act}.button"),
        back=f"/m/{token}{query}",
        danger=danger,
    )
    return page("confirm.html", frame=own_frame(request, context, member, t, f"{act}.title"), view=view)


async def _member(request: Asked, context: Context, token: str) -> tuple[Member, Texts]:
    async with context.db.reading() as conn:
        member = await membership.by_token(conn, token)
    return member, own_texts(request, member)


def own_texts(request: Asked, member: Member) -> Texts:
    """The words of a member's pages, in the language asked for or the member's own."""
    return texts(language(request.query_params.get("lang"), member.language))


def own_frame(request: Asked, context: Context, member: Member, t: Texts, title: str) -> Frame:
    """What stands around a member's pages; simulated members see that they are."""
    frame = public_frame(request, context, t(title), lang=t.lang)
    return msgspec.structs.replace(frame, simulated=frame.simulated or member.kind == "simulated")


def own_page(request: Asked, token: str, news: str) -> str:
    """A member's page with what just happened."""
    query = query_of(request)
    return f"/m/{token}{query}{'&' if query else '?'}news={news}"
