"""Reading level of a Dutch text: two formulas and the sentences and words that a writer should change.

Flesch-Douma (W. Douma, De leesbaarheid van landbouwbladen, 1960): 206.835 - 0.93 x words per sentence - 77 x syllables
per word. Brouwer index A (R.H.M. Brouwer, 1963): 195 - 2/3 x syllables per 100 words - 2 x words per sentence. Formulas
see length only. They warn; editors decide.
"""

import re

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


def flesch_douma(text: str) -> float:
    """Flesch-Douma score of a text, about 0 (very hard) to 100 and over (very easy); 0 for a text without words."""
    words = syllables.words(text)
    if not words:
        return 0.0
    return _flesch_douma(len(words), len(sentences(text)), sum(map(syllables.count, words)))


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
    brouwer = 195 - 2 / 3 * (100 * total / len(words)) - 2 * len(words) / len(body) if words else 0.0
    longest = max(lengths, default=0)
    passes = bool(words) and score >= PASSING and longest <= LONGEST_SENTENCE
    return Readability(
        words=len(words) + sum(len(syllables.words(s.heading)) for s in description.nl),
        sentences=len(body),
        flesch_douma=round(score, 1),
        brouwer=round(brouwer, 1),
        longest_sentence=longest,
        passes=passes,
        remarks=_remarks(score, body, lengths, words),
    )


def _flesch_douma(words: int, sentences: int, syllables: int) -> float:
    return 206.835 - 0.93 * words / sentences - 77 * syllables / words


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
    found = {
        word.lower(): syllables.count(word)
        for word in words
        if syllables.count(word) >= LONG_WORD_SYLLABLES or len(word) >= LONG_WORD_LETTERS
    }
    return sorted(found, key=lambda word: (-found[word], word))[:8]


def _short(sentence: str) -> str:
    return sentence if len(sentence) <= 90 else sentence[:87].rstrip() + "..."
