"""Reading level of a Dutch text: two formulas and the sentences and words that a writer should change.

Flesch-Douma (W. Douma, De leesbaarheid van landbouwbladen, 1960): 206.835 - 0.93 x words per sentence - 77 x syllables
per word. Brouwer index A (R.H.M. Brouwer, 1963): 195 - 2/3 x syllables per 100 words - 2 x words per sentence. Formulas
see length only. They warn; editors decide.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from samenspraak.types.application import Description, Readability

from surveys import syllables

PASSING = 60.0
WANTED = 65.0
LONGEST_SENTENCE = 20
LONG_WORD_SYLLABLES = 5
LONG_WORD_LETTERS = 16

_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+|\s*\n+\s*")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:bijv|bv|enz|nr|art|dhr|mevr|mw|dr|mr|prof|ca|evt|incl|[a-z]\.(?:[a-z]\.)*[a-z])\.$", re.I
)


def sentences(text: str) -> list[str]:
    """Sentences of a text. A line break ends one; the full stop of an abbreviation or inside a number does not."""
    parts: list[str] = []
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.start()]
        if "\n" not in end.group() and _ABBREVIATION.search(piece):
            continue
        parts.append(text[start : end.start()])
        start = end.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if syllables.words(part)]


class Analysis(NamedTuple):
    """A text taken apart once: the words of each sentence, and the syllables of all words together."""

    sentences: tuple[tuple[str, ...], ...]
    syllables: int

    @property
    def words(self) -> int:
        return sum(map(len, self.sentences))

    @property
    def longest(self) -> int:
        """Words of the longest sentence."""
        return max(map(len, self.sentences), default=0)


@lru_cache(maxsize=4096)
def analyse(text: str) -> Analysis:
    """Any Dutch text, taken apart."""
    found = tuple(tuple(syllables.words(sentence)) for sentence in sentences(text))
    return Analysis(found, sum(syllables.count(word) for words in found for word in words))


def together(texts: Iterable[Analysis]) -> Analysis:
    """Several texts as one."""
    every = tuple(texts)
    return Analysis(tuple(words for one in every for words in one.sentences), sum(one.syllables for one in every))


def flesch_douma(text: str | Analysis) -> float:
    """Flesch-Douma score of a text, about 0 (very hard) to 100 and over (very easy); 0 for a text without words."""
    found = analyse(text) if isinstance(text, str) else text
    return _flesch_douma(found.words, len(found.sentences), found.syllables) if found.words else 0.0


def brouwer(text: str | Analysis) -> float:
    """Brouwer index A of a text, on about the same scale; 0 for a text without words."""
    found = analyse(text) if isinstance(text, str) else text
    return _brouwer(found.words, len(found.sentences), found.syllables) if found.words else 0.0


def is_long(word: str) -> bool:
    """Whether a word is so long that it needs explaining or replacing."""
    return len(word) >= LONG_WORD_LETTERS or syllables.count(word) >= LONG_WORD_SYLLABLES


def measure(description: Description) -> Readability:
    """Reading level of the Dutch description.

    The formulas and the sentence count look at the running text of the sections; `words` counts the headings too, since
    they are read as well. `passes`: Flesch-Douma of at least 60 and no sentence of more than 20 words.
    """
    body = [(number, sentence) for number, s in enumerate(description.nl, 1) for sentence in sentences(s.text)]
    lengths = [len(syllables.words(sentence)) for _, sentence in body]
    words = [word for _, sentence in body for word in syllables.words(sentence)]
    total = sum(map(syllables.count, words))
    score = _flesch_douma(len(words), len(body), total) if words else 0.0
    index = _brouwer(len(words), len(body), total) if words else 0.0
    longest = max(lengths, default=0)
    passes = bool(words) and score >= PASSING and longest <= LONGEST_SENTENCE
    return Readability(
        words=len(words) + sum(len(syllables.words(s.heading)) for s in description.nl),
        sentences=len(body),
        flesch_douma=round(score, 1),
        brouwer=round(index, 1),
        longest_sentence=longest,
        passes=passes,
        remarks=_remarks(score, body, lengths, words),
    )


def _flesch_douma(words: int, sentences: int, syllables: int) -> float:
    return 206.835 - 0.93 * words / sentences - 77 * syllables / words


def _brouwer(words: int, sentences: int, syllables: int) -> float:
    return 195 - 2 / 3 * (100 * syllables / words) - 2 * words / sentences


def _remarks(score: float, body: list[tuple[int, str]], lengths: list[int], words: list[str]) -> list[str]:
    remarks = []
    if score < PASSING:
        remarks.append(
            f"Flesch-Douma is {score:.0f}; at least {PASSING:.0f} is needed: use shorter words and sentences."
        )
    elif score < WANTED:
        remarks.append(f"Flesch-Douma is {score:.0f}; it passes, but {WANTED:.0f} or more is wanted.")
    for (section, sentence), length in zip(body, lengths, strict=True):
        if length > LONGEST_SENTENCE:
            remarks.append(
                f"Section {section}: a sentence of {length} words, at most {LONGEST_SENTENCE}: “{_short(sentence)}”"
            )
    if long := _long_words(words):
        remarks.append("Long words, explain or replace them: " + ", ".join(long) + ".")
    return remarks


def _long_words(words: list[str]) -> list[str]:
    """Distinct long words, longest first, at most eight."""
    found = {word.lower(): syllables.count(word) for word in words if is_long(word)}
    return sorted(found, key=lambda word: (-found[word], word))[:8]


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 90 else sentence[:87].rstrip() + "..."
