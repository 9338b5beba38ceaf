"""Words of a short text in Dutch or English: where they stand, their plain form, their stem, and the language.

Stems by the Snowball algorithms (Porter 2001), for Dutch in the version of Kraaij and Pohlmann (1994), as shipped in
`snowballstemmer` (BSD). The lists of function words were written for this package.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import msgspec
import snowballstemmer
from samenspraak.types.base import Lang

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?;\n]+")
_ALGORITHMS: dict[Lang, str] = {"nl": "dutch", "en": "english"}

_APART = """
alles als dacht dezelfde eens gaten geaardheid gegevens gehoor gelijk gemeente gevoel gewoon gezond gezondheid
mening overheid snelheid sommige soms veilig verder volgende vorige waarde waarheid werkenden zekerheid zelfde
zicht
"""
IRREGULAR: dict[Lang, dict[str, str]] = {
    "nl": {
        **{word: word for word in _APART.split()},
        "beelden": "beeld",
        "cameras": "camera",
        "gebeuren": "gebeur",
        "gebeurt": "gebeur",
        "gedachten": "gedachte",
        "gelijke": "gelijk",
        "gemeenten": "gemeente",
        "gemist": "miss",
        "gemiste": "miss",
        "gevoelens": "gevoel",
        "gevolg": "gevolg",
        "gevolgen": "gevolg",
        "gezicht": "gezicht",
        "gezichten": "gezicht",
        "gezin": "gezin",
        "gezinnen": "gezin",
        "kans": "kans",
        "kansen": "kans",
        "kinderen": "kind",
        "meningen": "mening",
        "mens": "mens",
        "minderheden": "minderheid",
        "minderheid": "minderheid",
        "missen": "miss",
        "ouders": "ouders",
        "reden": "reden",
        "redenen": "reden",
        "vals": "vals",
        "valse": "vals",
        "veiligheid": "veilig",
    },
    "en": {"business": "business", "lives": "lives", "people": "people", "rights": "rights", "workings": "workings"},
}
"""Frequent words that the algorithms part from their own forms, or join with other words (`overheid` with `over`)."""


class Word(msgspec.Struct, frozen=True):
    """One word of a text."""

    form: str
    """Lower case, without accents."""
    start: int
    end: int
    """Place in the text as it was given: `text[start:end]` is the word as written."""
    sentence: int
    """Number of the sentence, from 0."""


def words(text: str) -> tuple[Word, ...]:
    """The words of a text in order; numbers and signs are no words."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    found, sentence = [], 0
    for match in _WORD.finditer(text):
        while sentence < len(ends) and ends[sentence] <= match.start():
            sentence += 1
        found.append(Word(plain(match[0]), match.start(), match.end(), sentence))
    return tuple(found)


@lru_cache(maxsize=50_000)
def plain(word: str) -> str:
    """Lower case, accents off, one kind of apostrophe: `Patiënten` and `patienten` are one word."""
    spread = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


@lru_cache(maxsize=50_000)
def stem(form: str, language: Lang) -> str:
    """The stem of a plain word."""
    known = IRREGULAR[language].get(form)
    if known is not None:
        return known
    short = form.removesuffix("'s")
    found: str = _stemmer(language).stemWord(short)
    return found


@cache
def _stemmer(language: Lang) -> Any:
    return snowballstemmer.stemmer(_ALGORITHMS[language])


def language(found: Sequence[Word], otherwise: Lang) -> Lang:
    """The language most of the function words belong to; `otherwise` where neither has more."""
    dutch = sum(word.form in _DUTCH_ONLY for word in found)
    english = sum(word.form in _ENGLISH_ONLY for word in found)
    if dutch == english:
        return otherwise
    return "nl" if dutch > english else "en"


_DUTCH = """
aan aangezien achter af al alle allemaal alleen alles als altijd ander andere anders beetje behalve beide ben bent
best bij bijna bijvoorbeeld binnen boven bv daar daarna daarbij daarom daarvan dan dat de denk denken deze die dit
doe doen doet door dus echt echter een één eens eigenlijk elk elke en enkel enz er erbij ergens ermee erover ervan
erg etc even ga gaan gaat ge geen gewoon graag ging goed haar had hadden heb hebben hebt heeft heel helemaal hen
het hier hij hoe hoor hun iedereen ieder iedere iemand iets ik in is ja je jij jou jouw jullie kan komen komt kon
krijg krijgen krijgt kreeg kregen kun kunnen kunt laat laten liever maak maakt maar maken mag meer mee meest men
met mezelf mij mijn mijzelf misschien moest moet moeten na naar natuurlijk nee net niemand niet niets niks nodig
nog nou nu of om omdat ons onze ook op opnieuw over overal paar per prima samen snel soms staan staat steeds
straks te tegen terug terwijl toch toe tot tussen u uit uw vaak van vanaf vanuit veel verder via vind vinden vindt
volgens voor vooral vraag waar waarbij waardoor waarom waarop want waren was wat we wel welk welke weer weet weten
wie wij wil willen wilt word worden wordt wou zal ze zeer zeg zeggen zegt zelf zelfs zich zie zien zij zijn zit
zitten zo zo'n zoals zodat zonder zou zouden zullen zult
"""
_ENGLISH = """
a about above after again all almost alone already also although always am an and another any anybody anyone
anything are around as at away be because been before being between both but by can cannot can't could did do does
doesn't doing don't done down during each either else enough etc even ever every everybody everyone everything few
for from get gets getting give go goes going good got had has have haven't having he her here hers him his how
however i i'd i'll i'm i've if in instead into is isn't it it's its itself just know let like make makes many may
maybe me might mine more most much must my myself need never no nobody none nor not nothing now of off often on
once one only or other others our out over own per perhaps please put quite rather really said same say see shall
she should since so some somebody someone something still such sure take than that that's the their them then
there these they they're thing things think this those though through to together too under until up upon us use
used using very via want wants was way we well were what when where whether which while who whom whose why will
with within without won't would yes yet you your yours
"""


def _listed(text: str) -> frozenset[str]:
    return frozenset(plain(word) for word in text.split())


STOP_WORDS: dict[Lang, frozenset[str]] = {"nl": _listed(_DUTCH), "en": _listed(_ENGLISH)}
"""Words that say nothing about a subject."""

_DUTCH_ONLY = STOP_WORDS["nl"] - STOP_WORDS["en"] - {"best", "men", "bent", "met", "hoe", "ten"}
_ENGLISH_ONLY = STOP_WORDS["en"] - STOP_WORDS["nl"] - {"to", "made"}
