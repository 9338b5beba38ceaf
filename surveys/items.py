"""What an item of the battery says for one application: its text, what stands under it, and its options."""

from collections.abc import Mapping
from types import MappingProxyType

from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import Option

from surveys import translations
from surveys.filling import Filler
from surveys.instruments import Item, ItemOption, instruments
from surveys.translations import Entries
from surveys.translations import translations as texts

FEWER = (
    "Zijn het er minder dan drie? Dan laat u de andere plaatsen leeg.",
    "Fewer than three? Then leave the other places empty.",
)

QUOTED = (
    "We kunnen uw antwoord in het verslag zetten, zonder uw naam. Een medewerker leest het eerst. "
    "Wilt u dat niet? Schrijf erbij: niet citeren. Noem geen namen of adressen.",
    "We may print your answer in the report, without your name. A member of staff reads it first. "
    "You do not want that? Add: do not quote. Please give no names or addresses.",
)
"""Beside every open question; without it nothing is quoted."""

HINTS: Mapping[str, tuple[str, str]] = MappingProxyType({"rank": FEWER, "open": QUOTED})
"""Type of item -> what stands under its question, in Dutch and English."""


def text(item: Item, fill: Filler) -> Localised:
    """The question itself."""
    return fill(item.nl, item.en, translations.text(texts().items, item.id))


def stem(item: Item, fill: Filler) -> Localised | None:
    """What stands above the item, and is shared with those beside it."""
    return fill(item.stem_nl, item.stem_en, translations.stem(item.id)) if item.stem_nl else None


def hint(item: Item, fill: Filler) -> Localised | None:
    """What stands under the question, by the type of the item."""
    if item.type not in HINTS:
        return None
    return fill(*HINTS[item.type], translations.text(texts().hints, item.type))


def options(item: Item, fill: Filler) -> tuple[Option, ...]:
    """The item's own options, or those of its scale."""
    if item.options:
        return tuple(_option(option, fill, texts().items, item.id) for option in item.options)
    scale = instruments().scales.get(item.scale, ())
    return tuple(_option(option, fill, texts().scales, item.scale) for option in scale)


def _option(option: ItemOption, fill: Filler, entries: Entries, id: str) -> Option:
    return Option(
        code=option.code,
        label=fill(option.nl, option.en, translations.option(entries, id, option.code)),
        missing=option.missing,
        exclusive=option.exclusive,
        ends=option.ends,
        pinned=option.pinned,
    )
