"""Applications: what a developer submits, judged across its fields and kept by version."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from samenspraak.types.application import (
    Application,
    Arguments,
    Comprehension,
    ComprehensionKey,
    Description,
    StoredApplication,
    Variant,
)
from samenspraak.types.base import Localised
from samenspraak.types.problem import Fault

from surveys import easy, readability, syllables
from surveys.battery import BASE_VARIANT
from surveys.errors import ApplicationInvalid, ApplicationUnknown
from surveys.instruments import concern_items
from surveys.store import Connection
from surveys.store import applications as store

DESCRIPTION_WORDS = 250
ARGUMENT_WORDS = 25
DONT_KNOW = 98
LABEL = 60
LENGTHS = {
    "name": 100,
    "short_name": 60,
    "purpose": 2500,
    "how_it_works": 5000,
    "affected": 2500,
    "human_oversight": 2500,
}
"""Most characters per text, as in the publication standard of the Dutch Algorithm Register where it has the field."""

THEMES = frozenset(
    {
        "Organisatie en bedrijfsvoering",
        "Cultuur en recreatie",
        "Economie",
        "Overheidsfinanciën",
        "Wonen",
        "Internationaal",
        "Migratie en integratie",
        "Natuur en milieu",
        "Onderwijs en wetenschap",
        "Openbare orde en veiligheid",
        "Recht",
        "Ruimte en infrastructuur",
        "Sociale zekerheid",
        "Verkeer",
        "Werk",
        "Zorg en gezondheid",
    }
)
CATEGORIES = frozenset({"Hoog-risico AI-systeem", "Impactvolle algoritmes", "Overige algoritmes"})


def check(application: Application) -> tuple[Fault, ...]:
    """Every contradiction across fields at once, each with a JSON pointer into the application.

    The shape (types, lengths, unknown fields) was judged before; this looks at what fields say together.
    """
    rules = (_readable, _filled, _whole, _easy, _lists, _links, _variants)
    return tuple(fault for rule in rules for fault in rule(application))


def _whole(application: Application) -> Iterator[Fault]:
    return _account(application, "")


def _easy(application: Application) -> Iterator[Fault]:
    """The explanation of the easy mode, where the owner wrote one."""
    if application.easy_description is None:
        return
    yield from _description(application.easy_description, "/easy_description", easy.MOST_WORDS)
    if application.variants:
        detail = "With variants everybody reads the whole description of their own; leave this out."
        yield Fault(pointer="/easy_description", code="with_variants", detail=detail)


def _account(account: Application | Variant, at: str) -> Iterator[Fault]:
    """The texts that people read and are asked about, of the application or of one of its variants."""
    if account.arguments is not None:
        yield from _arguments(account.arguments, f"{at}/arguments")
    yield from _description(account.description, f"{at}/description", DESCRIPTION_WORDS)
    yield from _comprehension(account.comprehension, f"{at}/comprehension")


def _variants(application: Application) -> Iterator[Fault]:
    """Each variant has a name of its own and is judged like the application itself."""
    keys = [variant.key for variant in application.variants]
    for index, variant in enumerate(application.variants):
        at = f"/variants/{index}"
        yield from _both(variant.label, f"{at}/label", LABEL)
        yield from _account(variant, at)
        if variant.key == BASE_VARIANT:
            detail = f"`{BASE_VARIANT}` names the application as described above; choose another key."
            yield Fault(pointer=f"{at}/key", code="reserved", detail=detail)
    for index in _repeated(keys):
        detail = f"Key `{keys[index]}` is used twice; give every variant its own."
        yield Fault(pointer=f"/variants/{index}/key", code="duplicate", detail=detail)
    if application.base_label is not None:
        yield from _both(application.base_label, "/base_label", LABEL)
        if not application.variants:
            detail = "There are no variants to tell it apart from; leave it out."
            yield Fault(pointer="/base_label", code="without_variants", detail=detail)


def _readable(application: Application) -> Iterator[Fault]:
    """No text holds a character that cannot be stored."""
    for pointer, text in _texts(msgspec.to_builtins(application), ""):
        if "\x00" in text:
            yield Fault(pointer=pointer, code="nul", detail="The text holds the character U+0000; remove it.")


def _texts(value: object, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, f"{pointer}/{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _texts(part, f"{pointer}/{index}")


def _filled(application: Application) -> Iterator[Fault]:
    """Every text is there in both languages, within its length."""
    for field, most in LENGTHS.items():
        yield from _both(getattr(application, field), f"/{field}", most)
    for language in ("nl", "en"):
        if not getattr(application.owner, language).strip():
            yield _blank(f"/owner/{language}")
        for index, text in enumerate(getattr(application.data_used, language)):
            if not text.strip():
                yield _blank(f"/data_used/{language}/{index}")
    nl, en = len(application.data_used.nl), len(application.data_used.en)
    if nl != en:
        yield Fault(
            pointer="/data_used/en",
            code="lengths_differ",
            detail=f"The English list has {en} items and the Dutch {nl}; give the same items in both languages.",
        )


def _both(text: Localised, pointer: str, most: int | None = None) -> Iterator[Fault]:
    for language, part in (("nl", text.nl), ("en", text.en)):
        if not part.strip():
            yield _blank(f"{pointer}/{language}")
        elif most is not None and len(part) > most:
            detail = f"The text has {len(part)} characters; at most {most} are allowed."
            yield Fault(pointer=f"{pointer}/{language}", code="too_long", detail=detail)


def _blank(pointer: str) -> Fault:
    return Fault(pointer=pointer, code="blank", detail="The text is empty; fill it in.")


def _arguments(arguments: Arguments, at: str) -> Iterator[Fault]:
    """As many arguments for as against, each short."""
    sides = {"for": arguments.in_favour, "against": arguments.against}
    if len(sides["for"]) != len(sides["against"]):
        yield Fault(
            pointer=at,
            code="unbalanced",
            detail=f"There are {len(sides['for'])} arguments for and {len(sides['against'])} against; "
            "give as many of each.",
        )
    for side, texts in sides.items():
        for index, argument in enumerate(texts):
            pointer = f"{at}/{side}/{index}"
            yield from _both(argument, pointer)
            for language, text in (("nl", argument.nl), ("en", argument.en)):
                words = len(syllables.words(text))
                if words > ARGUMENT_WORDS:
                    detail = f"The argument has {words} words; at most {ARGUMENT_WORDS} are allowed."
                    yield Fault(pointer=f"{pointer}/{language}", code="too_long", detail=detail)


def _description(description: Description, at: str, most: int) -> Iterator[Fault]:
    """Not too long to read, the same sections in both languages, nothing blank."""
    sections = {"nl": description.nl, "en": description.en}
    for language, parts in sections.items():
        words = easy.words(parts)
        if words > most:
            detail = f"The description has {words} words; at most {most} are allowed."
            yield Fault(pointer=f"{at}/{language}", code="too_long", detail=detail)
        for index, part in enumerate(parts):
            for field, text in (("heading", part.heading), ("text", part.text)):
                if not syllables.words(text):
                    yield _blank(f"{at}/{language}/{index}/{field}")
    if len(sections["nl"]) != len(sections["en"]):
        yield Fault(
            pointer=f"{at}/en",
            code="lengths_differ",
            detail=f"The English description has {len(sections['en'])} sections and the Dutch {len(sections['nl'])}; "
            "people must get the same sections in both languages.",
        )


def _comprehension(comprehension: Comprehension, at: str) -> Iterator[Fault]:
    for name in ("goal", "human", "data", "topic"):
        key: ComprehensionKey | None = getattr(comprehension, name)
        if key is not None:
            yield from _key(key, f"{at}/{name}")


def _key(key: ComprehensionKey, pointer: str) -> Iterator[Fault]:
    """One right answer among distinct options, and a way to say that one does not know."""
    codes = [option.code for option in key.options]
    for index in _repeated(codes):
        detail = f"Code {codes[index]} is used twice; give every option its own."
        yield Fault(pointer=f"{pointer}/options/{index}/code", code="duplicate_code", detail=detail)
    for language in ("nl", "en"):
        labels = [getattr(option, language).strip() for option in key.options]
        for index, label in enumerate(labels):
            if not label:
                yield _blank(f"{pointer}/options/{index}/{language}")
        for index in _repeated([label.casefold() for label in labels]):
            detail = "Two options have the same text; only one of them can be right."
            yield Fault(pointer=f"{pointer}/options/{index}/{language}", code="duplicate_text", detail=detail)
    if key.correct not in codes:
        detail = f"Code {key.correct} is not one of the options {sorted(set(codes))}."
        yield Fault(pointer=f"{pointer}/correct", code="unknown_code", detail=detail)
    elif key.correct == DONT_KNOW:
        detail = "Code 98 means “don't know” and cannot be the right answer."
        yield Fault(pointer=f"{pointer}/correct", code="unknown_code", detail=detail)
    if DONT_KNOW not in codes:
        detail = "Add an option with code 98 “Weet ik niet” / “Don't know”, so that nobody has to guess."
        yield Fault(pointer=f"{pointer}/options", code="no_dont_know", detail=detail)


def _repeated(values: Iterable[object]) -> Iterator[int]:
    """Index of every value that occurred before; blanks are judged elsewhere."""
    seen: Counter[object] = Counter()
    for index, value in enumerate(values):
        seen[value] += 1
        if seen[value] > 1 and value != "":
            yield index


def _lists(application: Application) -> Iterator[Fault]:
    """Words from fixed lists."""
    known = tuple(concern_items())
    for index, concern in enumerate(application.known_concerns):
        if concern not in known:
            detail = f"“{concern}” is not in the concern taxonomy; choose from {', '.join(known)}."
            yield Fault(pointer=f"/known_concerns/{index}", code="unknown_concern", detail=detail)
    for index in _repeated(application.known_concerns):
        yield Fault(pointer=f"/known_concerns/{index}", code="duplicate", detail="This concern is named twice.")
    for index, theme in enumerate(application.theme):
        if theme not in THEMES:
            detail = f"“{theme}” is not a theme of the register; choose from {', '.join(sorted(THEMES))}."
            yield Fault(pointer=f"/theme/{index}", code="unknown_theme", detail=detail)
    category = application.publication_category
    if category is not None and category not in CATEGORIES:
        detail = f"“{category}” is not a publication category; choose from {', '.join(sorted(CATEGORIES))}."
        yield Fault(pointer="/publication_category", code="unknown_category", detail=detail)


def _links(application: Application) -> Iterator[Fault]:
    """The source becomes a link on a public page: only web addresses."""
    if application.source_url is None:
        return
    try:
        parts = urlsplit(application.source_url)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound:
        yield Fault(
            pointer="/source_url", code="not_a_web_address", detail="Give an address that starts with https://."
        )


async def keep(
    conn: Connection, *, organisation_id: UUID, application: Application, now: datetime, new_id: Callable[[], UUID]
) -> StoredApplication:
    """Store the next version of this application, with its reading level.

    Raises:
        ApplicationInvalid: `check` found faults; all of them are in `faults`.
    """
    if faults := check(application):
        raise ApplicationInvalid(faults=faults)
    level = readability.measure(application.description)
    version = await store.next_version(conn, organisation_id=organisation_id, slug=application.id)
    id = new_id()
    await store.insert(
        conn,
        organisation_id=organisation_id,
        id=id,
        version=version,
        application=application,
        readability=level,
        created_at=now,
    )
    return StoredApplication(
        id=str(id),
        organisation_id=str(organisation_id),
        version=version,
        application=application,
        readability=level,
        created_at=now,
    )


async def find(conn: Connection, *, organisation_id: UUID, id: UUID) -> StoredApplication:
    """One stored version.

    Raises:
        ApplicationUnknown: no such id in this organisation.
    """
    kept = _kept(organisation_id, id)
    if not kept:
        stored = await store.find(conn, organisation_id=organisation_id, id=id)
        if stored is None:
            raise ApplicationUnknown
        kept.append(stored)
    return kept[0]


@lru_cache(maxsize=64)
def _kept(organisation_id: UUID, id: UUID) -> list[StoredApplication]:
    """One place per version, filled by whoever needs it first: a version never changes and is never removed."""
    return []


async def listing(
    conn: Connection, *, organisation_id: UUID, limit: int, after: UUID | None = None
) -> list[StoredApplication]:
    """Stored versions of one organisation, newest first; `after` is the last id of the page before."""
    return await store.listing(conn, organisation_id=organisation_id, after=after, limit=limit)
