"""Building blocks shared by all published shapes."""

from typing import Literal

import msgspec

Lang = Literal["nl", "en"]
"""Languages that are complete and may be fielded."""

SampleKind = Literal["probability", "opt_in_panel", "event", "open_link", "simulated"]
"""How people were selected. Never mixed in one estimate; the wording of every figure follows from it."""


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what a client sends: an unknown field is a fault, so that a typing error never passes unseen."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what the service sends: unknown fields are ignored by older clients."""


class Localised(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One text in every language that may be fielded."""

    nl: str
    en: str
