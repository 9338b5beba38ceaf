"""What a questionnaire needs to know of a person beforehand; nothing else of the profile is kept with the answers."""

from collections.abc import Mapping

import msgspec
from samenspraak.types.questionnaire import Questionnaire


def looked_at(questionnaire: Questionnaire) -> frozenset[str]:
    """Fields of the profile that any condition or quota of the questionnaire reads."""
    return frozenset(_fields(msgspec.to_builtins(questionnaire)))


def needed(questionnaire: Questionnaire, profile: Mapping[str, str | None]) -> dict[str, str]:
    """The part of a coded profile that the questionnaire reads and that is known."""
    fields = looked_at(questionnaire)
    return {name: value for name, value in profile.items() if name in fields and value is not None}


def _fields(part: object) -> list[str]:
    """Every `profile` term in a questionnaire in its JSON form."""
    if isinstance(part, list | tuple):
        return [name for one in part for name in _fields(one)]
    if not isinstance(part, dict):
        return []
    own = [part["field"]] if part.get("is") == "profile" else []
    return [*own, *(name for one in part.values() for name in _fields(one))]
