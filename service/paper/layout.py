"""One form laid out for the template: every text and every box, in reading order. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from samenspraak.types.application import Application
from samenspraak.types.base import Lang
from samenspraak.types.expressions import AllOf, AnyCondition
from samenspraak.types.questionnaire import Consent, Info, Likert, Multi, Ranking, Single

from service.pages import questions
from service.pages.rendering import day
from service.pages.texts import texts
from service.paper.boxes import Block, of
from service.paper.texts import say
from surveys import battery
from surveys.filling import said as spoken
from surveys.paper import said
from surveys.paper.sheet import Item, Sheet, SheetPage, Turn
from surveys.routing.options import HIGHEST, WEIGHS
from surveys.routing.order import whole


class Part(Struct, frozen=True, kw_only=True):
    """What stands under one heading."""

    heading: str
    note: str
    blocks: tuple[Block, ...]


class Cover(Struct, frozen=True, kw_only=True):
    title: str
    facts: tuple[tuple[str, str], ...]
    until: str
    online: str


class Printed(Struct, frozen=True, kw_only=True):
    """One form as the template sets it."""

    lang: Lang
    size: float
    """Points of the body."""
    specimen: bool
    banner: str
    code: tuple[str, ...]
    """Groups of four; empty on a specimen."""
    cover: Cover
    parts: tuple[Part, ...]
    address: tuple[str, ...]
    words: dict[str, str]


class Around(Struct, frozen=True, kw_only=True):
    """What a form needs to know beside the questionnaire."""

    application: Application
    simulated: bool
    public_url: str
    address: tuple[str, ...]
    closes_at: datetime | None


SET = (
    "kicker",
    "specimen",
    "lead",
    "fill_title",
    "fill_tick",
    "fill_wrong",
    "fill_write",
    "fill_route",
    "fill_codes",
    "send_title",
    "send",
    "no_address",
    "code_title",
    "code",
    "write",
    "or",
    "end_title",
    "end",
)
"""Texts that the template sets as they are."""


def lay_out(sheet: Sheet, around: Around, *, lang: Lang, code: str = "", large: bool = False) -> Printed:
    """The form of one person; without a code a specimen."""
    t, easy = texts(lang), sheet.who.easy
    return Printed(
        lang=lang,
        size=16 if large else 14 if easy else 11,
        specimen=not code,
        banner=t("simulated.text") if around.simulated else "",
        code=tuple(code[start : start + 4] for start in range(0, len(code), 4)),
        cover=_cover(sheet, around, lang),
        parts=tuple(_parts(sheet, lang, tables=not (large or easy))),
        address=around.address,
        words={**{key: say(key, lang) for key in SET}, "page": say("page", lang, n="{n}", total="{total}")},
    )


def _cover(sheet: Sheet, around: Around, lang: Lang) -> Cover:
    t, owner = texts(lang), around.application.owner
    name = spoken(around.application.short_name, lang)
    minutes = max(1, round(battery.minutes(tuple(whole(sheet.questionnaire, sheet.who)))))
    facts = [
        (t("start.who"), t("start.who_text", owner=owner.en if lang == "en" else owner.nl)),
        (t("start.time"), say("time", lang, minutes=minutes)),
        (t("start.free"), say("free", lang, address=f"{_bare(around.public_url)}/code")),
        (t("start.data"), say("data", lang, address=f"{_bare(around.public_url)}/notice")),
    ]
    consent = next((item for item in sheet.items if isinstance(item.question, Consent)), None)
    if consent is not None:
        facts.append((say("consent_title", lang), say("consent", lang, number=consent.number)))
    facts.append((t("start.after"), t("start.after_text")))
    return Cover(
        title=t("start.title", name=name),
        facts=tuple(facts),
        until=say("send_until", lang, day=day(around.closes_at, lang)) if around.closes_at else "",
        online=say("online", lang, address=f"{_bare(around.public_url)}/code"),
    )


def _bare(url: str) -> str:
    """An address as people type it."""
    return url.partition("://")[2]


def _parts(sheet: Sheet, lang: Lang, *, tables: bool) -> Iterator[Part]:
    """Pages with one heading and no condition of their own stand together."""
    held: Part | None = None
    for page in sheet.pages:
        made = _part(page, sheet, lang, tables=tables)
        if held is not None and held.heading == made.heading and not made.note:
            held = replace(held, blocks=(*held.blocks, *made.blocks)) if not held.note else held
            if held.note:
                yield held
                held = made
        else:
            if held is not None:
                yield held
            held = made
    if held is not None:
        yield held


def _part(page: SheetPage, sheet: Sheet, lang: Lang, *, tables: bool) -> Part:
    blocks: list[Block] = []
    for run in _runs(page.items, tables=tables):
        block = of(run, sheet, lang, tables=tables)
        first = run[0]
        hints = tuple(_carried(first, sheet, lang)) + block.hints
        note = _note(first, sheet, lang)
        blocks.append(replace(block, hints=hints, note=note, after=tuple(_ends(first, sheet, lang))))
    blocks[-1] = replace(blocks[-1], turns=tuple(_turns(page, sheet, lang)))
    note = ""
    if page.only_if is not None:
        note = say("only_if_all", lang, condition=said.condition(page.only_if, sheet, lang))
    return Part(heading=questions.heading(page.page, texts(lang)), note=note, blocks=tuple(blocks))


def _runs(items: Sequence[Item], *, tables: bool) -> list[list[Item]]:
    """Neighbouring items on one scale with one introduction go into one table, where tables are printed."""
    runs: list[list[Item]] = []
    for item in items:
        last = runs[-1][-1] if runs else None
        if tables and last is not None and _alike(last, item):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _alike(one: Item, other: Item) -> bool:
    if not (isinstance(one.question, Likert) and isinstance(other.question, Likert)):
        return False
    free = one.only_if is None and other.only_if is None and not (one.question.hint or other.question.hint)
    return free and one.options == other.options and one.question.stem == other.question.stem


def _note(item: Item, sheet: Sheet, lang: Lang) -> str:
    if item.only_if is None:
        return ""
    key = "read_only_if" if isinstance(item.question, Info) else "only_if"
    return say(key, lang, condition=said.condition(item.only_if, sheet, lang))


def _carried(item: Item, sheet: Sheet, lang: Lang) -> Iterator[str]:
    """Which options are meant, where earlier answers decide that."""
    asked = item.question
    if not isinstance(asked, Ranking | Single | Multi) or asked.options_from is None:
        return
    if asked.options_from == "concerns":
        items = sheet.concerns()
        scale = items[0].options if items else ()
        labels = [said.label(option, sheet, lang) for option in scale if WEIGHS <= option.code <= HIGHEST]
        numbers = said.listed([str(one.number) for one in items], lang, "and")
        yield say("from_concerns", lang, labels=said.listed(labels, lang), numbers=numbers)
    else:
        source = sheet.item(asked.options_from)
        if source is not None:
            yield say("from_chosen", lang, number=source.number)


def _ends(item: Item, sheet: Sheet, lang: Lang) -> Iterator[str]:
    if isinstance(item.question, Consent | Single):
        for option in item.options:
            if option.ends:
                yield say("ends", lang, label=said.label(option, sheet, lang))


def _turns(page: SheetPage, sheet: Sheet, lang: Lang) -> Iterator[str]:
    """Where to go after a page; what follows a first jump begins with "otherwise"."""
    for number, turn in enumerate(page.turns):
        words = _turn(page, turn, sheet, lang)
        yield say("otherwise", lang, words=words[0].lower() + words[1:]) if number else words


def _turn(page: SheetPage, turn: Turn, sheet: Sheet, lang: Lang) -> str:
    # Whoever passed over this page reads its jumps too, so that its own condition belongs to them.
    parts: list[AnyCondition] = [one for one in (page.only_if, turn.when) if one is not None]
    condition = said.condition(parts[0] if len(parts) == 1 else AllOf(of=tuple(parts)), sheet, lang) if parts else ""
    if turn.to == "end":
        return say("go_end_if", lang, condition=condition) if condition else say("go_end", lang)
    place = _place(turn.to, sheet, lang)
    return say("go_if", lang, place=place, condition=condition) if condition else say("go", lang, place=place)


def _place(key: str, sheet: Sheet, lang: Lang) -> str:
    """A page by its first question, or by what there is to read before it."""
    at = next(place for place, page in enumerate(sheet.pages) if page.page.key == key)
    numbers = [item.number for page in sheet.pages[at:] for item in page.items if item.number]
    if not numbers:
        return say("end_title", lang)
    reads = sheet.pages[at].items[0].number == 0
    return say("place_text" if reads else "place_question", lang, number=numbers[0])
