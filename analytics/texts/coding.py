"""Which concerns an open answer raises: deterministic coding by a lexicon, with the words that led to each code.

Dictionary coding (Stone et al. 1966; Krippendorff 2018) over Snowball stems. Several codes per answer, or none.
Three rules beyond the entries themselves:

- Denial. A clause that denies a worry (`geen zorgen`, `not worried`) gives no codes: `Over privacy maak ik me geen
  zorgen, maar wel over hackers` raises security only. Clauses end at . ! ? ; : a comma, and at `maar` or `but`. Any
  other negation is ignored, because what is missing is what people worry about: `geen uitleg` is a concern.
- The longer phrase. Words inside a longer phrase of another code count for that phrase only: `Autoriteit
  Persoonsgegevens` is about oversight, not about privacy.
- Typing errors. A word also counts when it is one letter added, lost, changed, or two neighbours swapped away from an
  entry of eight letters or more that begins and ends with the same letter.

What a lexicon cannot do: a concern in words of one's own, an image or irony passes unseen, so that counts are rather
too low than too high. That is why people code a part of the answers too, and why the agreement is reported.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Protocol

import msgspec
from samenspraak.types.base import Lang

from analytics.texts.lexicon import Entry, Lexicon, Pattern, shipped
from analytics.texts.words import STOP_WORDS, Word, language, stem, words

GAP = 2
"""Other words allowed between two words of an ordered entry."""
SPAN = 7
"""Words from the first to the last of an unordered entry."""
TYPO_LETTERS = 8
"""Shorter entries are not searched for typing errors: too many of their neighbours are other words."""

REMEMBERED = 50_000
"""Words whose patterns are kept in memory."""

Place = tuple[int, ...]
"""Positions of the words that an entry was found in."""

_TURNS: dict[Lang, frozenset[str]] = {
    "nl": frozenset({"maar", "echter", "alleen"}),
    "en": frozenset({"but", "however", "though", "although"}),
}


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why a code was given."""

    code: str
    entry: str
    """The line of the lexicon, or what another coder went by."""
    start: int
    end: int
    """`text[start:end]` are the words it rests on."""


class Coding(msgspec.Struct, frozen=True, kw_only=True):
    """What one coder made of one answer."""

    codes: tuple[str, ...]
    """In the order of the taxonomy; empty: none of them."""
    evidence: tuple[Evidence, ...] = ()


class Coder(Protocol):
    """Anything that gives codes with evidence to a text. The report names the coder that was used."""

    @property
    def name(self) -> str:
        """Which coder, in which version: enough to repeat the coding."""
        ...

    def code(self, text: str, otherwise: Lang) -> Coding:
        """Codes of one answer. `otherwise`: its language where the words do not tell."""
        ...


class LexiconCoder:
    """Codes by a lexicon; the same text always gives the same codes."""

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        """`lexicon`: the one of this package when not given."""
        self.lexicon = lexicon or shipped()
        self._indices: dict[Lang, _Index] = {}

    @cached_property
    def name(self) -> str:
        return f"lexicon {self.lexicon.version} ({self.lexicon.digest[:12]})"

    def code(self, text: str, otherwise: Lang = "nl") -> Coding:
        """Codes of one answer, in the order of the lexicon, with the words they rest on."""
        found = words(text)
        spoken = language(found, otherwise)
        index = self._index(spoken)
        reader = _Reader(text, found, spoken, [index.fitting(word.form) for word in found])
        denied = reader.clauses(place for line in index.near(reader.known, denials=True) for place in reader.find(line))
        standing = [
            (line, [place for place in reader.find(line) if denied.isdisjoint(reader.clauses([place]))])
            for line in index.near(reader.known)
        ]
        phrases = [(line.entry.code, place) for line, places in standing if line.entry.ordered for place in places]
        evidence = []
        for line, places in standing:
            place = next((place for place in places if not _part_of(line.entry.code, place, phrases)), None)
            if place is not None:
                start, end = found[place[0]].start, found[place[-1]].end
                evidence.append(Evidence(code=line.entry.code, entry=line.entry.text, start=start, end=end))
        given = {one.code for one in evidence}
        return Coding(codes=tuple(code for code in self.lexicon.codes if code in given), evidence=_longest(evidence))

    def _index(self, spoken: Lang) -> "_Index":
        if spoken not in self._indices:
            denials = self.lexicon.denials.get(spoken, ())
            self._indices[spoken] = _Index(self.lexicon.entries[spoken], denials, spoken)
        return self._indices[spoken]


def mistyped(form: str, stemmed: str, pattern: Pattern) -> bool:
    """Whether a word is one typing error away from a pattern.

    The first and last letter must be right: a different ending is mostly another form, which the stem looks after.
    """
    wanted = pattern.form
    if form[0] != wanted[0] or len(wanted) < TYPO_LETTERS:
        return False
    match pattern.match:
        case "exact":
            typed = [form]
        case "stem":
            typed = [stemmed]
        case "prefix":
            typed = [form[: len(wanted) + shift] for shift in (-1, 0, 1)]
        case _:
            typed = []
    return any(one[-1:] == wanted[-1] and one_off(one, wanted) for one in typed)


def one_off(one: str, other: str) -> bool:
    """Whether two words differ by one letter added, lost or changed, or by two neighbours swapped."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    a, b = one[same:], other[same:]
    if len(a) == len(b):
        swapped = len(a) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
        return a[1:] == b[1:] or swapped
    return a[1:] == b if len(a) > len(b) else b[1:] == a


class _Line(msgspec.Struct, frozen=True):
    """An entry with its patterns as numbers."""

    entry: Entry
    places: tuple[frozenset[int], ...]


class _Index:
    """The lines of a lexicon in one language, by the patterns they need; which patterns a word fits is remembered."""

    def __init__(self, entries: Sequence[Entry], denials: Sequence[Entry], spoken: Lang) -> None:
        self._spoken = spoken
        self._numbers: dict[Pattern, int] = {}
        self._lines = self._numbered(entries)
        self._denials = self._numbered(denials)
        whole = [pattern for pattern in self._numbers if pattern.match in ("stem", "exact")]
        self._whole = {(pattern.match, pattern.form): self._numbers[pattern] for pattern in whole}
        self._parts = [(pattern, number) for pattern, number in self._numbers.items() if pattern not in whole]
        self._long = [pattern for pattern in self._numbers if len(pattern.form) >= TYPO_LETTERS]
        self._seen: dict[str, frozenset[int]] = {}

    def _numbered(self, entries: Sequence[Entry]) -> dict[int, list[_Line]]:
        """Lines by each pattern of their first word."""
        lines: dict[int, list[_Line]] = {}
        for entry in entries:
            places = tuple(
                frozenset(self._numbers.setdefault(option, len(self._numbers)) for option in place)
                for place in entry.places
            )
            for number in places[0]:
                lines.setdefault(number, []).append(_Line(entry, places))
        return lines

    def fitting(self, form: str) -> frozenset[int]:
        """Numbers of the patterns that this word fits."""
        if form not in self._seen:
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen[form] = frozenset(self._fitting(form))
        return self._seen[form]

    def _fitting(self, form: str) -> list[int]:
        stemmed = stem(form, self._spoken)
        found = [self._whole[key] for key in (("stem", stemmed), ("exact", form)) if key in self._whole]
        found += [number for pattern, number in self._parts if pattern.fits(form, stemmed)]
        if found or form in STOP_WORDS[self._spoken]:
            return found
        return [self._numbers[pattern] for pattern in self._long if mistyped(form, stemmed, pattern)]

    def near(self, known: frozenset[int], *, denials: bool = False) -> list[_Line]:
        """Lines (or denials) of which every word has its match somewhere in the text; always in the same order."""
        lines = self._denials if denials else self._lines
        found: dict[int, _Line] = {}
        for number in sorted(known):
            for line in lines.get(number, ()):
                if not any(known.isdisjoint(place) for place in line.places):
                    found.setdefault(id(line.entry), line)
        return list(found.values())


class _Reader:
    """One answer, looked at word by word."""

    def __init__(self, text: str, found: Sequence[Word], spoken: Lang, fits: Sequence[frozenset[int]]) -> None:
        self._words = found
        self._fits = fits
        self._clause = _clauses(text, found, spoken)
        self.known: frozenset[int] = frozenset().union(*fits)

    def clauses(self, places: "Iterator[Place] | Sequence[Place]") -> frozenset[int]:
        """Numbers of the clauses that these words stand in."""
        return frozenset(self._clause[position] for place in places for position in place)

    def find(self, line: _Line) -> Iterator[Place]:
        """Every place where an entry stands."""
        at = [[i for i, fits in enumerate(self._fits) if not fits.isdisjoint(place)] for place in line.places]
        for start in at[0]:
            place = self._ordered(at, start) if line.entry.ordered else self._near(at, start)
            if place is not None:
                yield place

    def _ordered(self, at: Sequence[Sequence[int]], start: int) -> Place | None:
        place = [start]
        for options in at[1:]:
            near = (i for i in options if place[-1] < i <= place[-1] + GAP + 1 and self._together(start, i))
            following = next(near, None)
            if following is None:
                return None
            place.append(following)
        return tuple(place)

    def _near(self, at: Sequence[Sequence[int]], start: int) -> Place | None:
        place = [start]
        for options in at[1:]:
            near = [i for i in options if i not in place and max(*place, i) - min(*place, i) < SPAN]
            near = [i for i in near if self._together(start, i)]
            if not near:
                return None
            place.append(min(near, key=lambda i: (abs(i - start), i)))
        return tuple(sorted(place))

    def _together(self, one: int, other: int) -> bool:
        return self._words[one].sentence == self._words[other].sentence


def _clauses(text: str, found: Sequence[Word], spoken: Lang) -> tuple[int, ...]:
    """Number of the clause of each word."""
    numbers, clause = [], 0
    for before, word in zip((None, *found), found, strict=False):
        if before is not None:
            between = text[before.end : word.start]
            clause += word.form in _TURNS[spoken] or any(sign in between for sign in ".!?;:,\n")
        numbers.append(clause)
    return tuple(numbers)


def _longest(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Without what lies inside other evidence for the same code."""
    kept: list[Evidence] = []
    for one in sorted(evidence, key=lambda one: (one.start - one.end, one.start, one.entry)):
        if not any(other.code == one.code and other.start <= one.start and one.end <= other.end for other in kept):
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: (one.start, one.end, one.code)))


def _part_of(code: str, place: Place, phrases: Sequence[tuple[str, Place]]) -> bool:
    """Whether these words are a part of a longer phrase of another code."""
    return any(code != other and set(place) < set(longer) for other, longer in phrases)
