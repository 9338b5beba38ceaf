"""The page of one person about one assembly: being asked, the ticket, and the seat. A GET shows, only a POST acts."""

from collections.abc import Mapping

import msgspec
from litestar import Controller, post, route
from litestar.params import FromPath
from litestar.response import Response as Answer

from panels import coding
from panels.assemblies import recruiting, seating, visits
from panels.assemblies.models import Stage, Visitor
from service.context import Context, InContext
from service.pages.rendering import Frame, day, page, see_other
from service.pages.texts import Texts, language, texts
from service.pages.views import AssemblyView, ConfirmView
from service.pages.visits import LOOK, Asked, first, public_frame, query_of, sent

WORDS: Mapping[Stage, tuple[str, str]] = {
    "asked": ("lot.asked", ""),
    "willing": ("lot.willing", "lot.willing_text"),
    "unwilling": ("lot.unwilling", "lot.unwilling_text"),
    "missed": ("lot.missed", "lot.missed_text"),
    "left": ("lot.left", "lot.left_text"),
    "waiting": ("lot.waiting", "lot.waiting_text"),
    "published": ("lot.published", "lot.published_text"),
    "offered": ("lot.offered", "lot.offered_text"),
    "confirmed": ("lot.confirmed", "lot.confirmed_text"),
    "declined": ("lot.declined", "lot.declined_text"),
    "lapsed": ("lot.lapsed", "lot.lapsed_text"),
    "not_drawn": ("lot.not_drawn", "lot.not_drawn_text"),
    "drawn_again": ("lot.drawn_again", "lot.drawn_again_text"),
    "begun": ("lot.ended", "lot.ended_text"),
    "cancelled": ("lot.cancelled", "lot.cancelled_text"),
}
"""Headline and explanation of each stage."""

BUTTONS: Mapping[Stage, tuple[tuple[str, str], ...]] = {
    "asked": (("yes", "lot.yes"), ("no", "lot.no")),
    "willing": (("no", "lot.take_back"),),
    "unwilling": (("yes", "lot.yes_after_all"),),
    "offered": (("accept", "lot.accept"), ("decline", "lot.decline")),
}
"""What can be chosen; the first is the answer that the page asks for, none is chosen beforehand."""

FEATURES: Mapping[str, str] = {
    "sex": "lot.feature_sex",
    "age3": "lot.feature_age",
    "age7": "lot.feature_age",
    "sex_age": "lot.feature_sex_age",
    "province": "lot.feature_province",
    "landsdeel": "lot.feature_landsdeel",
    "municipality": "lot.feature_municipality",
    "urbanity": "lot.feature_urbanity",
    "education": "lot.feature_education",
    "education3": "lot.feature_education",
}


class AssemblyPage(Controller):
    """The link is the credential, as everywhere."""

    path = "/a/{token:str}"
    include_in_schema = False

    @route(http_method=LOOK)
    async def look(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            visitor = await visits.by_token(conn, token)
        t = _texts(request, visitor)
        view = assembly_view(visitor, t, token=token, query=query_of(request), late="late" in request.query_params)
        return page("assembly.html", frame=_frame(request, context, visitor, t), view=view)

    @post()
    async def choose(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        action, now = first(await sent(request), "action"), context.now()
        async with context.db.transaction() as conn:
            if action in ("yes", "no"):
                done = await recruiting.answer(conn, token=token, yes=action == "yes", now=now)
            elif action in ("accept", "decline"):
                done = await seating.answer(conn, token=token, accept=action == "accept", now=now)
            else:
                await visits.by_token(conn, token)
                done = True
        return see_other(_address(request, token, late=not done))

    @route("/give-back", http_method=LOOK)
    async def ask_give_back(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.reading() as conn:
            visitor = await visits.by_token(conn, token)
        if visits.stage(visitor) not in ("offered", "confirmed"):
            return see_other(_address(request, token))
        t, query = _texts(request, visitor), query_of(request)
        view = ConfirmView(
            action=f"/a/{token}/give-back{query}",
            heading=t("lot.give_back_title"),
            paragraphs=(t("lot.give_back_text"),),
            button=t("lot.decline"),
            back=f"/a/{token}{query}",
            danger=True,
        )
        return page("confirm.html", frame=_frame(request, context, visitor, t), view=view)

    @post("/give-back")
    async def give_back(self, request: Asked, context: InContext, token: FromPath[str]) -> Answer[str]:
        async with context.db.transaction() as conn:
            done = await seating.answer(conn, token=token, accept=False, now=context.now())
        return see_other(_address(request, token, late=not done))


def assembly_view(visitor: Visitor, t: Texts, *, token: str, query: str = "", late: bool = False) -> AssemblyView:
    """What one person sees of an assembly. Pure."""
    assembly, stage = visitor.assembly, visits.stage(visitor)
    terms = assembly.terms
    headline, text = WORDS[stage]
    ticket = visitor.candidate.ticket if stage not in ("cancelled", "left") else ""
    return AssemblyView(
        action=f"/a/{token}{query}",
        name=t.of(terms.title),
        headline=t(headline, size=terms.size),
        text=t(text, organiser=terms.organiser, reason=assembly.reason or "") if text else "",
        message=t("lot.late") if late else "",
        facts=_facts(visitor, t) if stage in ("asked", "willing", "unwilling") else (),
        buttons=tuple((action, t(words)) for action, words in BUTTONS.get(stage, ())),
        give_back=f"/a/{token}/give-back{query}" if stage == "confirmed" else "",
        ticket=ticket,
        standing=_standing(visitor, t, number=stage in ("published", "drawn_again")) if ticket else (),
        register=f"/register/assemblies/{assembly.id}{query}" if assembly.published_at is not None else "",
    )


def _facts(visitor: Visitor, t: Texts) -> tuple[tuple[str, str], ...]:
    assembly = visitor.assembly
    terms = assembly.terms
    known = dict.fromkeys(t(FEATURES[one]) if one in FEATURES else one for one in _features(visitor))
    keeps = t("lot.keeps_features", features=", ".join(known)) if known else t("lot.keeps_plain")
    facts = [
        (t("lot.about"), t.of(terms.purpose)),
        (t("lot.organiser"), terms.organiser),
        (t("lot.what"), t("lot.what_text", size=terms.size)),
        (t("lot.how"), t("lot.how_text", panels=terms.panels)),
        (t("lot.asks"), t("lot.asks_text")),
        (t("lot.keeps"), keeps),
        (t("lot.long"), t("lot.keeps_long")),
    ]
    if terms.one_per_household:
        facts.append((t("lot.household"), t("lot.keeps_household")))
    if assembly.answer_by is not None:
        facts.append((t("lot.until"), t("lot.until_text", day=day(assembly.answer_by, t.lang))))
    return tuple(facts)


def _features(visitor: Visitor) -> list[str]:
    """Features with a quota; a combination of two is told as both."""
    return [part for quota in visitor.assembly.quotas for part in quota.feature.split(coding.CROSS)]


def _standing(visitor: Visitor, t: Texts, *, number: bool) -> tuple[tuple[str, str], ...]:
    """In how many panels a person is, and which public number will decide."""
    holding, panels = visitor.holding, visitor.assembly.terms.panels
    words = t("lot.holding", holding=holding, panels=panels) if holding else t("lot.holding_none")
    facts = [(t("lot.groups"), words)]
    if number:
        randomness = visitor.assembly.randomness
        known = day(randomness.known_from, t.lang)
        facts.append((t("lot.number"), t("lot.number_text", source=randomness.source, day=known)))
    return tuple(facts)


def _texts(request: Asked, visitor: Visitor) -> Texts:
    return texts(language(request.query_params.get("lang"), visitor.candidate.language))


def _frame(request: Asked, context: Context, visitor: Visitor, t: Texts) -> Frame:
    frame = public_frame(request, context, t.of(visitor.assembly.terms.title), lang=t.lang)
    return msgspec.structs.replace(frame, simulated=frame.simulated or visitor.assembly.sample_kind == "simulated")


def _address(request: Asked, token: str, *, late: bool = False) -> str:
    query = query_of(request)
    return f"/a/{token}{query}{('&' if query else '?') + 'late=1' if late else ''}"
