"""Links to look at a questionnaire before anybody answers it."""

from samenspraak.types.base import Answer, Language


class PreviewLink(Answer, frozen=True, kw_only=True):
    """The first page in one language, arm and mode; every other page follows from there."""

    language: Language
    reviewed: bool
    """Whether people have reviewed this language, so that it may be fielded."""
    arm: str
    """Empty where the questionnaire has no arms."""
    easy: bool
    """The easy mode."""
    url: str
    """Whoever has it can look, without a key; it shows no answers of anybody."""


class PreviewLinks(Answer, frozen=True, kw_only=True):
    audit_id: str
    links: tuple[PreviewLink, ...]
