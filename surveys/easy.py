"""The explanation of the easy mode: what the owner wrote for it, or the first sentences of every section."""

from collections.abc import Sequence

from samenspraak.types.application import Application, Section
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import InfoSection

from surveys import readability, syllables

MOST_WORDS = 120
_CLOSING = "\"'”’»)]"


def sections(application: Application) -> tuple[InfoSection, ...]:
    """The shorter explanation, in Dutch and English.

    Without a text of the owner, whole sentences are taken from the description: the first of each section, then the
    second of each, as long as all of it stays within `MOST_WORDS` in both languages.
    """
    written = application.easy_description
    if written is not None:
        return tuple(_section(nl, en, nl.text, en.text) for nl, en in zip(written.nl, written.en, strict=True))
    pairs = list(zip(application.description.nl, application.description.en, strict=True))
    parts = [(_sentences(nl.text), _sentences(en.text)) for nl, en in pairs]
    kept = _kept(pairs, parts)
    return tuple(
        _section(nl, en, " ".join(own[0][:rounds]), " ".join(own[1][:rounds]))
        for (nl, en), own, rounds in zip(pairs, parts, kept, strict=True)
        if rounds
    )


def words(parts: Sequence[Section]) -> int:
    """Words of a description, its headings included."""
    return sum(len(syllables.words(f"{part.heading} {part.text}")) for part in parts)


def _section(nl: Section, en: Section, text_nl: str, text_en: str) -> InfoSection:
    return InfoSection(heading=Localised(nl=nl.heading, en=en.heading), text=Localised(nl=text_nl, en=text_en))


def _kept(pairs: Sequence[tuple[Section, Section]], parts: Sequence[tuple[list[str], list[str]]]) -> list[int]:
    """How many sentences of each section are read; one that does not fit ends its section."""
    kept, used, ended = [0] * len(pairs), [0, 0], set[int]()
    for place in range(max(len(own) for sides in parts for own in sides)):
        for number, sides in enumerate(parts):
            added = [
                " ".join([pairs[number][side].heading if place == 0 else "", *sides[side][place : place + 1]])
                for side in (0, 1)
            ]
            cost = [len(syllables.words(text)) for text in added]
            if number in ended or not any(sides[side][place:] for side in (0, 1)):
                continue
            if any(used[side] + cost[side] > MOST_WORDS for side in (0, 1)):
                ended.add(number)
                continue
            kept[number] = place + 1
            used = [used[side] + cost[side] for side in (0, 1)]
    return kept


def _sentences(text: str) -> list[str]:
    """The sentences of a text with the quotation marks that close them."""
    found, start = [], 0
    for sentence in readability.sentences(text):
        end = text.index(sentence, start) + len(sentence)
        while text[end : end + 1] and text[end] in _CLOSING:
            end += 1
        found.append(text[text.index(sentence, start) : end])
        start = end
    return found
