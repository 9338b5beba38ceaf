"""How hard the Dutch questions are to read, and wording that people trip over.

Reading level by the formulas of `surveys.readability`. The other rules are heuristics without a dictionary: they look
at word forms, miss much and are sometimes wrong, so all of them warn. A word is named once, where it first appears.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from samenspraak.types.questionnaire import AnyQuestion, Attention, Consent, Finding, Info, Knowledge

from surveys import readability
from surveys.lint.view import View, warning
from surveys.readability import Analysis

WHOLE_LEVEL = 70.0
"""Flesch-Douma wanted over all questions together."""
ITEM_LEVEL = 40.0
"""Under this a single question deserves a look; the formula says little about one sentence."""
LONGEST_SENTENCE = 20
LONGEST_QUESTION = 20
SHORTEST_TEXT = 3
"""Words. The level of one or two words says nothing."""
WORDS = Path(__file__).parents[1] / "data" / "jargon_nl.json"

BECOME = frozenset({"word", "wordt", "worden", "werd", "werden"})
PARTICIPLE = re.compile(r"(?:\w*ge\w{2,}(?:d|t|en)|(?:be|ver|ont|her|er)\w{2,}(?:d|t))")


class WordList(NamedTuple):
    """What is known of Dutch words. `terms` and `phrases`: jargon of one and of several words -> plain alternative."""

    terms: Mapping[str, str]
    phrases: Mapping[str, str]
    verbs: frozenset[str]
    no_participles: frozenset[str]
    """Words that only look like a participle."""


class Wording(NamedTuple):
    """The Dutch text of one question, taken apart."""

    question: AnyQuestion
    where: str
    text: Analysis


def asked(v: View) -> list[Wording]:
    """The questions themselves; what is only read is judged with the application."""
    return [
        Wording(one.question, f"{one.pointer}/text/nl", readability.analyse(one.question.text.nl))
        for one in v.placed
        if not isinstance(one.question, Info)
    ]


def level(v: View) -> Iterator[Finding]:
    """Reading level together, and one by one where a question stands out."""
    items = asked(v)
    score = readability.flesch_douma(readability.together(one.text for one in items))
    if items and score < WHOLE_LEVEL:
        message = f"All questions together score {score:.0f} on Flesch-Douma; {WHOLE_LEVEL:.0f} is wanted."
        yield warning("reading_level", "/pages", message)
    for one in items:
        score = readability.flesch_douma(one.text)
        if score < ITEM_LEVEL and one.text.words >= SHORTEST_TEXT:
            index = readability.brouwer(one.text)
            message = f"{one.question.key} scores {score:.0f} on Flesch-Douma and {index:.0f} on Brouwer."
            yield warning("item_reading_level", one.where, message)


def length(v: View) -> Iterator[Finding]:
    """No sentence and no question of more than 20 words."""
    for one in asked(v):
        key, longest = one.question.key, one.text.longest
        if longest > LONGEST_SENTENCE:
            message = f"{key} has a long sentence: {longest} words, at most {LONGEST_SENTENCE}."
            yield warning("long_sentence", one.where, message)
        elif one.text.words > LONGEST_QUESTION and not isinstance(one.question, Consent):
            message = f"{key} has {one.text.words} words, at most {LONGEST_QUESTION}; put what explains it in the hint."
            yield warning("long_question", one.where, message)


def wording(v: View) -> Iterator[Finding]:
    """Two questions in one, and passive sentences."""
    for one in asked(v):
        if isinstance(one.question, Attention | Consent | Knowledge):
            continue
        for sentence in one.text.sentences:
            words = [word.lower() for word in sentence]
            if pair := _two_verbs(words):
                message = f"{one.question.key} asks two things in one, “{pair}”; make it two questions."
                yield warning("double_barrelled", one.where, message)
            if passive := _passive(words):
                message = f"{one.question.key} is passive, “{passive}”; say who does it."
                yield warning("passive", one.where, message)


def _two_verbs(words: list[str]) -> str:
    verbs = word_list().verbs
    for before, link, after in zip(words, words[1:], words[2:], strict=False):
        if link in ("en", "of") and before in verbs and after in verbs:
            return f"{before} {link} {after}"
    return ""


def _passive(words: list[str]) -> str:
    become = next((word for word in words if word in BECOME), "")
    if not become:
        return ""
    known = word_list().no_participles
    participle = next((word for word in words if PARTICIPLE.fullmatch(word) and word not in known), "")
    return f"{become} ... {participle}" if participle else ""


def words(v: View) -> Iterator[Finding]:
    """Long words and jargon, each at the first place where it appears."""
    named: set[str] = set()
    known = word_list()
    for one in asked(v):
        for sentence in one.text.sentences:
            lower = [word.lower() for word in sentence]
            line = f" {' '.join(lower)} "
            terms = [word for word in lower if word in known.terms] + [
                term for term in known.phrases if f" {term} " in line
            ]
            for term in terms:
                if term not in named:
                    message = f"Not everybody knows “{term}”; plain: {known.terms.get(term) or known.phrases[term]}."
                    yield warning("jargon", one.where, message)
            named.update(terms)
            for word in lower:
                if word not in named and any(map(readability.is_long, word.split("-"))):
                    yield warning("long_word", one.where, f"“{word}” is a long word; explain it or take another.")
                named.add(word)


@cache
def word_list() -> WordList:
    held = json.loads(WORDS.read_text())
    terms: dict[str, str] = held["terms"]
    return WordList(
        terms={term: plain for term, plain in terms.items() if " " not in term},
        phrases={term: plain for term, plain in terms.items() if " " in term},
        verbs=frozenset(held["verbs"].split()),
        no_participles=frozenset(held["no_participles"].split()),
    )


RULES = (level, length, wording, words)
