"""Two entries of one form: where they differ, and how often.

Double keying finds every slip that two people do not make alike. In free text only letters and digits count, since two
people never set the same commas.
"""

from collections.abc import Mapping

from msgspec import Struct

from surveys.paper.entry import Keyed
from surveys.paper.fields import Field


class Compared(Struct, frozen=True, kw_only=True):
    """Fields that at least one of two entries filled, and those among them on which they differ."""

    fields: int
    differing: tuple[str, ...]
    """Names, in the order of the form."""
    text_fields: int
    text_differing: int
    """Of `fields` and `differing`, those that hold free text."""


def compare(first: Keyed, second: Keyed, form: Mapping[str, Field]) -> Compared:
    """Hold two entries against each other, field by field."""
    filled = [name for name in form if name in first or name in second]
    differing = tuple(name for name in filled if not same(form[name], first.get(name, ""), second.get(name, "")))
    texts = {name for name in filled if form[name].kind == "text"}
    return Compared(
        fields=len(filled),
        differing=differing,
        text_fields=len(texts),
        text_differing=len(texts.intersection(differing)),
    )


def same(field: Field, one: str, other: str) -> bool:
    """Whether two typists read the same."""
    return _bare(one) == _bare(other) if field.kind == "text" and one and other else one == other


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum()) or text
