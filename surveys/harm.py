"""Notices answers that seem to tell of danger, harm or a complaint, so that a person looks at them.

A word list, on purpose: it can be read, and a person decides on every hit. It would rather send an answer too many.
Harm counts only where the writer speaks of themselves or of somebody near; opinions on harm to others are what an audit
asks for anyway.
"""

import re
from typing import NamedTuple

from samenspraak.types.incidents import IncidentKind


class Notice(NamedTuple):
    kind: IncidentKind
    found: tuple[str, ...]
    """The words, as written, in lower case."""


_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")

_NEAR = re.compile(
    r"\b(ik|mij|me|mijn|m'n|wij|we|ons|onze|i|my|myself|our|us)\b",
    re.IGNORECASE,
)

_WORDS: dict[IncidentKind, re.Pattern[str]] = {
    "danger": re.compile(
        r"\b(zelfmoord\w*|su[iï]cid\w*|zelfdoding|einde (?:\w+ ){0,2}(?:mijn|m'n|zijn|haar|hun) leven|"
        r"niet meer (?:willen |wil )?leven|"
        r"(?:ik|ze|hij|zij) (?:word|wordt|worden) (?:\w+ ){0,2}(?:bedreigd|mishandeld)|"
        r"(?:ben|is|zijn) (?:\w+ ){0,2}in gevaar|kill (?:myself|himself|herself|themselves)|end (?:my|his|her) life|"
        r"(?:am|is|are) (?:\w+ ){0,2}(?:in danger|being threatened|being abused))\b",
        re.IGNORECASE,
    ),
    "harm": re.compile(
        r"\b(ten onrechte|onterecht\w*|gediscrimineerd|slachtoffer|schade (?:geleden|ondervonden|opgelopen)|"
        r"(?:gegevens|data) (?:\w+ ){0,3}(?:gelekt|gestolen|misbruikt)|datalek|identiteitsfraude|"
        r"(?:uitkering|toeslag|vergunning) (?:\w+ ){0,3}(?:kwijt|gestopt|stopgezet|ingetrokken|verloren)|"
        r"wrongly|wrongfully|unfairly (?:accused|refused|denied|treated)|discriminated|victim|harmed|"
        r"data (?:\w+ ){0,3}(?:leaked|stolen|misused)|data breach|identity (?:theft|fraud)|"
        r"lost my (?:benefits?|job|house|home))\b",
        re.IGNORECASE,
    ),
    "complaint": re.compile(
        r"\b((?:een |mijn )?klacht(?:en)? (?:\w+ ){0,3}(?:indienen|ingediend|gedaan)|dien (?:\w+ ){0,3}klacht in|"
        r"wil (?:\w+ ){0,4}(?:klagen|bezwaar maken|klacht)|bezwaar (?:gemaakt|ingediend)|aangifte (?:doen|gedaan)|"
        r"(?:fil(?:e|ed|ing)|made|make|lodged?|submitted) (?:\w+ ){0,2}complaint|(?:want|like) to complain|"
        r"(?:have|i) complained)\b",
        re.IGNORECASE,
    ),
}
"""In order of urgency."""


def notice(text: str) -> Notice | None:
    """The most urgent thing an answer seems to tell, with the words that say so; None for nearly every answer."""
    sentences = _SENTENCE.split(text)
    for kind, words in _WORDS.items():
        found = [
            match.group(0).lower()
            for sentence in sentences
            if kind != "harm" or _NEAR.search(sentence)
            for match in words.finditer(sentence)
        ]
        if found:
            return Notice(kind, tuple(dict.fromkeys(found)))
    return None
