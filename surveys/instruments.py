"""The standard battery as data: items, scales, forms and the concern taxonomy, read once from
`data/instruments.json`.
"""

from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct
from samenspraak.types.application import CitizenRole
from samenspraak.types.questionnaire import Form, ItemStatus


class ItemOption(Struct, frozen=True, forbid_unknown_fields=True):
    code: int
    nl: str
    en: str
    missing: bool = False
    exclusive: bool = False
    ends: bool = False
    pinned: bool = False


class ItemCondition(Struct, frozen=True, forbid_unknown_fields=True):
    question: str
    codes: tuple[int, ...]


class Item(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One question of the battery, with the placeholders {APP} and {ORG} still in it."""

    id: str
    block: str
    construct: str
    type: Literal["single", "likert", "multi", "rank", "open", "vote"]
    nl: str
    en: str
    stem_nl: str = ""
    stem_en: str = ""
    reversed: bool = False
    scale: str = ""
    options: tuple[ItemOption, ...] = ()
    options_from: str = ""
    comprehension: Literal["", "goal", "human", "data", "topic"] = ""
    max_choices: int = 3
    max_chars: int = 1000
    expected: int | None = None
    role: CitizenRole | None = None
    condition: ItemCondition | None = None
    randomise: bool = False
    seconds: int
    status: ItemStatus | None = None
    """How far this item has been tested; None: as far as the battery."""


class Concern(Struct, frozen=True, forbid_unknown_fields=True):
    """One concern of the taxonomy; its place in the list, from 1, is its code in the ranking."""

    id: str
    item: str
    core: bool


class Index(Struct, frozen=True, forbid_unknown_fields=True):
    """A mean of items; those in `reverse` are recoded 6 - x first."""

    id: str
    items: tuple[str, ...]
    reverse: tuple[str, ...] = ()


class Instruments(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    version: str
    licence: str
    status: ItemStatus
    scales: dict[str, tuple[ItemOption, ...]]
    forms: dict[Form, tuple[str, ...]]
    concerns: tuple[Concern, ...]
    indices: tuple[Index, ...]
    items: tuple[Item, ...]


@cache
def instruments() -> Instruments:
    """The battery as shipped. Read at first use, never at import."""
    return msgspec.json.decode((files("surveys") / "data" / "instruments.json").read_bytes(), type=Instruments)


def concern_items() -> dict[str, str]:
    """Concern of the taxonomy (`privacy`) -> question key (`CN_PRIV`), in taxonomy order."""
    return {concern.id: concern.item for concern in instruments().concerns}


def concern_codes() -> dict[int, str]:
    """Option code in the ranking CN_TOP -> question key (`CN_PRIV`)."""
    return {number: concern.item for number, concern in enumerate(instruments().concerns, 1)}
