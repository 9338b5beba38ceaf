"""Building blocks shared by all published shapes."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

Lang = Literal["nl", "en"]
"""Languages that are complete and may be fielded."""

Language = Literal["nl", "en", "tr", "ar", "pl", "uk"]
"""Languages a questionnaire may hold texts in. Those beside `Lang` may be looked at in a preview; a language is fielded
only once people have reviewed it, since consent must be understood."""

Mode = Literal["web", "kiosk", "paper", "phone"]
"""How a person answered. Modes lie inside a kind of sample."""

SampleKind = Literal["probability", "opt_in_panel", "event", "open_link", "simulated"]
"""How people were selected. Never mixed in one estimate; the wording of every figure follows from it."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what a client sends: an unknown field is a fault, so that a typing error never passes unseen."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what the service sends: unknown fields are ignored by older clients."""


class Localised(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One text in Dutch and English, and in the other languages where there is a translation."""

    nl: str
    en: str
    tr: str | UnsetType = UNSET
    ar: str | UnsetType = UNSET
    pl: str | UnsetType = UNSET
    uk: str | UnsetType = UNSET
