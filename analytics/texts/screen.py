"""A screen for personal data in open answers: what was found, where, and how bad it is.

Patterns for what a person can be found by: names after a phrase that announces one, mail addresses, telephone numbers,
postcodes, street addresses, citizen service numbers (with the check on eleven), bank accounts (IBAN, with its check),
number plates (the fourteen Dutch series), web addresses and handles, dates of birth, and other long numbers. Mentions
of health, of organisations and of what may be a name are flagged less severely: a person has to look.

**A screen is a filter and no guarantee.** It knows forms, not people: a first name alone, a story that the neighbours
would recognise, or an unusual job pass it. So nothing is quoted because it passed; a person reads it first.
"""

import re
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec
from samenspraak.types.base import Lang

from analytics.texts.words import STOP_WORDS, plain

Kind = Literal[
    "mail_address",
    "web_address",
    "handle",
    "iban",
    "phone",
    "bsn",
    "number",
    "number_plate",
    "postcode",
    "address",
    "birth_date",
    "name",
    "no_quote",
    "date",
    "possible_name",
    "health",
    "organisation",
]
Severity = Literal["high", "low"]
"""`high`: may not be shown or quoted as it stands. `low`: a person has to look before it is quoted."""

REASONS: dict[Kind, str] = {
    "mail_address": "looks like a mail address",
    "web_address": "looks like a web address",
    "handle": "looks like the name of an account",
    "iban": "a bank account with a right check number",
    "phone": "looks like a telephone number",
    "bsn": "nine digits that pass the check of a citizen service number",
    "number": "a long number that may belong to one person or case",
    "number_plate": "looks like a number plate",
    "postcode": "looks like a postcode",
    "address": "looks like a street with a house number",
    "birth_date": "looks like a date of birth",
    "name": "stands where people write a name",
    "no_quote": "the writer asks not to be quoted",
    "date": "a full date",
    "possible_name": "capitals as in a name",
    "health": "speaks of somebody's health",
    "organisation": "names an organisation",
}

MASKS: dict[Lang, dict[Kind, str]] = {
    "nl": {
        "mail_address": "[mailadres]",
        "web_address": "[webadres]",
        "handle": "[account]",
        "iban": "[rekening]",
        "phone": "[telefoon]",
        "bsn": "[nummer]",
        "number": "[nummer]",
        "number_plate": "[kenteken]",
        "postcode": "[postcode]",
        "address": "[adres]",
        "birth_date": "[datum]",
        "name": "[naam]",
    },
    "en": {
        "mail_address": "[mail address]",
        "web_address": "[web address]",
        "handle": "[account]",
        "iban": "[account]",
        "phone": "[telephone]",
        "bsn": "[number]",
        "number": "[number]",
        "number_plate": "[number plate]",
        "postcode": "[postcode]",
        "address": "[address]",
        "birth_date": "[date]",
        "name": "[name]",
    },
}
"""What stands in the place of a finding. Kinds that are not here are left as they are."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found."""

    kind: Kind
    severity: Severity
    start: int
    end: int
    """`text[start:end]` is what was found."""

    @property
    def reason(self) -> str:
        """Why it was found, in plain words."""
        return REASONS[self.kind]


def screen(text: str) -> tuple[Finding, ...]:
    """Everything found, in order of place. Findings do not overlap: what comes first in the list of rules wins."""
    taken = [match.span() for match in _MASKED.finditer(text)]
    found: list[Finding] = []
    for kind, severity, rule in RULES:
        for start, end in rule(text):
            if not any(first < end and start < last for first, last in taken):
                taken.append((start, end))
                found.append(Finding(kind=kind, severity=severity, start=start, end=end))
    return tuple(sorted(found, key=lambda one: one.start))


def blocks(text: str) -> bool:
    """Whether something was found that keeps a text from being quoted as it stands."""
    return any(finding.severity == "high" for finding in screen(text))


def mask(text: str, language: Lang = "nl") -> str:
    """The text with every severe finding replaced by a word in brackets; what is left passes the screen.

    A wish not to be quoted stays readable.
    """
    while True:
        covered = [one for one in screen(text) if one.severity == "high" and one.kind in MASKS[language]]
        if not covered:
            return text
        for one in reversed(covered):
            text = text[: one.start] + MASKS[language][one.kind] + text[one.end :]


def blank(text: str) -> str:
    """The text with severe findings, and words that a mask put there, turned into spaces: for coding and counting.

    Every other letter keeps its place.
    """
    while True:
        spans = [(one.start, one.end) for one in screen(text) if one.severity == "high"]
        spans += [match.span() for match in _MASKED.finditer(text)]
        if not spans:
            return text
        for start, end in spans:
            text = text[:start] + " " * (end - start) + text[end:]


_FUNCTION_WORDS = STOP_WORDS["nl"] | STOP_WORDS["en"]

Rule = Callable[[str], Iterator[tuple[int, int]]]

_MASKED = re.compile("|".join(re.escape(word) for words in MASKS.values() for word in dict.fromkeys(words.values())))

_MONTH = (
    "jan(?:uari)?|feb(?:ruari)?|maart|mrt|apr(?:il)?|mei|juni?|juli?|aug(?:ustus)?|sep(?:t(?:ember)?)?|okt(?:ober)?|nov(?:ember)?"
    "|dec(?:ember)?|january|february|march|mar|may|june|july|august|oct(?:ober)?"
)
_DAY = rf"\d{{1,2}}(?:\s*[-/.]\s*|\s+)(?:\d{{1,2}}|{_MONTH})\.?(?:\s*[-/.]\s*|\s+)"
_DATE = rf"{_DAY}(?:(?:19|20)\d{{2}}|\d{{2}})"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’-]*"
_INFIX = r"(?:van|de|der|den|het|ten|ter|te|'t|in|op|la|le|el|al|ben|von|di|da)"
_NAME = rf"{_CAPITAL}(?:\s+(?:{_INFIX}\s+){{0,3}}{_CAPITAL}){{0,3}}"
_STREET = (
    r"(?:straat|straatje|laan|laantje|weg|wegje|plein|gracht|kade|singel|dijk|hof|hofje|pad|park|steeg|dreef|plantsoen"
    r"|boulevard|markt|ring|wal|burg|kamp|erf|veld|akker|meent|weide)"
)
_SAID = r"(?!dit|dat|het|niet|geen|een|de|you|this|that|not|a\b)[^\W\d_][\w'’-]*"
"""What follows `ik heet`: small letters too, but no function word."""
_TITLED = rf"{_CAPITAL}(?:\s+{_CAPITAL})*"
_LEFT = r"(?<![\w.+'-])"
_DOMAIN = "nl|com|org|net|eu|be|de|info|io|gov|uk"
_BORN = r"geboren|geb|geboortedatum|born|date of birth|dob|jarig"
_FILE = "zaak|klant|dossier|kenmerk|patient|patiënt|client|cliënt|case|file|customer|burgerservice"
_CALLED = (
    "(?:mijn naam is|m'n naam is|mijn naam:|naam:|ik heet|ik noem mij|ik ben genaamd|my name is|i am called|name:)"
)
_GREETING = "groet(?:en|jes)?|mvg|met vriendelijke groet(?:en)?|kind regards|regards|sincerely|cheers|hoogachtend"
_TITLE = (
    "dhr|heer|mevr|mw|meneer|mijnheer|mevrouw|juffrouw|dr|drs|ir|ing|prof|mr|mrs|ms|miss|wethouder|burgemeester|dokter|agent"
    "|rechter|doctor|professor|officer"
)
_RELATIVE = (
    "man|vrouw|zoon|dochter|broer|zus|vader|moeder|opa|oma|buurman|buurvrouw|vriend|vriendin|kind|baas|collega|husband|wife"
    "|son|daughter|brother|sister|father|mother|neighbou?r|friend|boss|colleague"
)
_NO_QUOTE = (
    "niet citeren|niet (?:te )?quoten|citeer (?:mij|me|dit) niet|do not quote|don'?t quote|not to be quoted"
    "|alıntı yapmayın|عدم الاقتباس|nie cytować|не цитувати"
)
_ILLNESS = (
    r"kanker|diabetes|suikerziekte|depressi\w*|depressief|psychose|psychiat\w*|burn-?out|autis\w*|adhd|hiv|aids|epilepsie"
    r"|dement\w*|alzheimer|parkinson|reuma|verslaafd|zwanger|hartaanval|herseninfarct|beroerte|handicap|rolstoel|medicijnen"
    r"|therapie|cancer|depress\w*|pregnant|stroke|wheelchair|medication|addict\w*|disab\w*|psychosis|epilepsy"
)
_HOUSE = (
    "bij|werkt? voor|werkte? (?:bij|voor)|gemeente|stichting|ziekenhuis|school|bedrijf|firma"
    "|at|works? (?:at|for)|company"
)
_OWN_STREET = "Laan|Plein|Gracht|Kade|Singel|Dijk|Hof|Dreef|Markt|Brink|Dorpsstraat|Weg|Steeg|Ring|Wal"
_NOT_A_NAME = frozenset(
    [
        "ai",
        "nl",
        "nederland",
        "nederlands",
        "nederlandse",
        "nederlanders",
        "holland",
        "europa",
        "europese",
        "european",
        "big",
        "brother",
        "dutch",
        "english",
        "autoriteit",
        "persoonsgegevens",
        "rekenkamer",
        "tweede",
        "eerste",
        "kamer",
        "black",
        "box",
        "open",
        "source",
    ]
)
"""Words with capitals that are part of no name."""


def _pattern(expression: str, flags: int = re.IGNORECASE) -> Rule:
    """Every match: of the group `it` where that took part, otherwise of the whole."""
    compiled = re.compile(expression, flags)
    named = "it" in compiled.groupindex

    def rule(text: str) -> Iterator[tuple[int, int]]:
        for match in compiled.finditer(text):
            yield match.span("it") if named and match["it"] is not None else match.span()

    return rule


def _checked(expression: str, right: Callable[[str], bool]) -> Rule:
    """Matches of which the bare letters and digits pass a check."""
    compiled = re.compile(expression, re.IGNORECASE)

    def rule(text: str) -> Iterator[tuple[int, int]]:
        for match in compiled.finditer(text):
            if right(re.sub(r"[^0-9A-Za-z]", "", match[0])):
                yield match.span()

    return rule


def eleven(digits: str) -> bool:
    """The check on eleven of a citizen service number: 9, 8, ..., 2 and -1 times its digits sum to a multiple of 11."""
    if len(digits) != 9 or not digits.isdigit() or digits == "000000000":
        return False
    return (
        sum(int(digit) * weight for digit, weight in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0
    )


def ninety_seven(account: str) -> bool:
    """The check of an IBAN (ISO 7064): with the first four signs last and letters as numbers, 1 modulo 97."""
    turned = (account[4:] + account[:4]).upper()
    if not 15 <= len(account) <= 34 or not turned.isalnum() or not turned.isascii():
        return False
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def _long(digits: str) -> bool:
    return len(digits) >= 7


_SERIES = frozenset(  # X a letter, 9 a digit
    [
        "XX9999",
        "9999XX",
        "99XX99",
        "XX99XX",
        "XXXX99",
        "99XXXX",
        "99XXX9",
        "9XXX99",
        "XX999X",
        "X999XX",
        "XXX99X",
        "X99XXX",
        "9XX999",
        "999XX9",
    ]
)
"""The Dutch series of number plates, X a letter and 9 a digit."""


def _plate(sign: str) -> bool:
    """Whether six letters and digits are in one of the Dutch series."""
    return "".join("9" if one.isdigit() else "X" for one in sign) in _SERIES


_HYPHENED = re.compile(r"(?<![\w-])(?:[A-Za-z]{1,3}|\d{1,3})(?:[- ](?:[A-Za-z]{1,3}|\d{1,3})){2}(?![\w-])")
_SOLID = re.compile(r"(?<![\w-])(?=[A-Z0-9]{6}(?![\w-]))[A-Z0-9]{6}")


def _plates(text: str) -> Iterator[tuple[int, int]]:
    """Plates with hyphens in any case; without hyphens, or with spaces, in capitals only."""
    for match in _HYPHENED.finditer(text):
        written = match[0]
        bare = re.sub(r"[- ]", "", written)
        if len(bare) == 6 and _plate(bare) and (written.count("-") == 2 or bare == bare.upper()):
            yield match.span()
    for match in _SOLID.finditer(text):
        if _plate(match[0]):
            yield match.span()


_CAPITALS = re.compile(rf"(?<![\w'’-]){_CAPITAL}(?:\s+(?:{_INFIX}\s+){{0,3}}{_CAPITAL})+")


def _possible_names(text: str) -> Iterator[tuple[int, int]]:
    """Two or more words with capitals in a row; a function word at the start of a sentence is no part of it."""
    for match in _CAPITALS.finditer(text):
        parts = [part for part in re.finditer(r"\S+", match[0]) if part[0][0].isupper()]
        if plain(parts[0][0]) in _FUNCTION_WORDS:
            parts = parts[1:]
        known = any(plain(part[0]) in _NOT_A_NAME for part in parts)
        if len(parts) > 1 and not known and not match[0].isupper():
            yield match.start() + parts[0].start(), match.end()


RULES: tuple[tuple[Kind, Severity, Rule], ...] = (
    (
        "mail_address",
        "high",
        _pattern(rf"{_LEFT}[\w.+'-]+\s?(?:@|\(at\)|\[at\]|\bapenstaartje\b)\s?[\w-]+(?:\s?\.\s?[\w-]+)+"),
    ),
    ("mail_address", "high", _pattern(rf"{_LEFT}[\w.+-]+ (?:at|apenstaart) [\w-]+ (?:dot|punt) (?:{_DOMAIN})\b")),
    ("web_address", "high", _pattern(r"\b(?:https?://|www\.)\S+")),
    ("web_address", "high", _pattern(rf"{_LEFT}[\w-]+(?:\.[\w-]+)*\.(?:{_DOMAIN})\b(?:/\S*)?")),
    ("handle", "high", _pattern(r"(?<![\w@])@[\w.]{2,}")),
    ("handle", "high", _pattern(r"\b(?:insta(?:gram)?|twitter|tiktok|snap(?:chat)?)\s*:\s*(?P<it>\S+)")),
    ("iban", "high", _checked(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]){11,30}\b", ninety_seven)),
    ("phone", "high", _pattern(r"(?<![\w+])(?:\+|00)\s?31\s?(?:\(0\)\s?)?[1-9](?:[\s.-]?\d){8}(?!\d)")),
    ("phone", "high", _pattern(r"(?<![\d+])\(?0[1-9](?:[\s.()-]{0,2}\d){8}(?!\d)")),
    ("phone", "high", _pattern(r"(?<![\d+])0(?:800|900|906|909)(?:[\s-]?\d){4,7}(?!\d)")),
    ("phone", "high", _pattern(r"(?<![\w+])\+\s?[1-9](?:[\s.()-]{0,2}\d){7,13}(?!\d)")),
    ("birth_date", "high", _pattern(rf"\b(?:{_BORN})\b\D{{0,20}}?(?P<it>{_DATE})\b")),
    ("birth_date", "high", _pattern(rf"(?<![\d-]){_DAY}(?:19\d\d|200\d|201[0-5])(?![\d-])")),
    ("bsn", "high", _checked(r"(?<![\d.,])\d(?:[ .-]?\d){8}(?![\d.,]?\d)", eleven)),
    ("postcode", "high", _pattern(r"(?<![\w-])[1-9]\d{3}(?: ?(?!AI|EU|NL|VS)[A-Z]{2}|[a-z]{2})(?![\w-])", 0)),
    ("number_plate", "high", _plates),
    (
        "address",
        "high",
        _pattern(
            rf"\b(?:\w{{2,}}{_STREET}|(?-i:{_OWN_STREET}))\s+(?:nr\.?\s*|nummer\s*)?\d{{1,5}}\s?[a-z]?(?:-\d+|-?[a-z])?\b"
        ),
    ),
    (
        "address",
        "high",
        _pattern(rf"\b(?:woon|woont|wonen|adres)\b[^.!?]{{0,25}}?(?P<it>{_TITLED}\s+\d{{1,5}}[a-z]?)\b", 0),
    ),
    ("address", "high", _pattern(rf"\b\d{{1,5}}[a-z]?\s+{_TITLED}\s+(?:Street|Road|Lane|Avenue|Square|Drive)\b", 0)),
    ("address", "high", _pattern(r"\bpostbus\s+\d{1,6}\b")),
    ("date", "low", _pattern(rf"(?<![\d-]){_DATE}(?![\d-])")),
    ("number", "high", _checked(r"(?<![\w.,])\d(?:[ -]?\d){6,}(?![\w]|[.,]\d)", _long)),
    (
        "number",
        "high",
        _pattern(rf"\b(?:{_FILE})\s?-?\s?(?:nummer|nr\.?|number|no\.?|id)\s*:?\s*(?P<it>[A-Z]*[-./]?\d[\w./-]*)"),
    ),
    ("name", "high", _pattern(rf"\b(?i:{_CALLED})\s+(?P<it>{_SAID}(?:\s+(?:{_INFIX}\s+){{0,3}}{_CAPITAL}){{0,3}})", 0)),
    ("name", "high", _pattern(rf"\b(?i:{_GREETING})\b[\s,.!-]+(?P<it>{_NAME})", 0)),
    ("name", "high", _pattern(rf"\b(?i:{_TITLE})\b\.?\s+(?P<it>(?:{_INFIX}\s+){{0,3}}{_NAME})", 0)),
    ("name", "high", _pattern(rf"\b(?i:mijn|my)\s+(?i:{_RELATIVE})\s+(?P<it>{_NAME})", 0)),
    ("no_quote", "high", _pattern(rf"\b(?:{_NO_QUOTE})\b")),
    ("possible_name", "low", _possible_names),
    (
        "health",
        "low",
        _pattern(rf"\b(?:ik|mijn|mij|m'n|zijn|haar|my|i|i'm|his|her)\b[^.!?]{{0,60}}?\b(?P<it>{_ILLNESS})\b"),
    ),
    ("organisation", "low", _pattern(rf"\b(?i:{_HOUSE})\s+(?P<it>{_NAME})", 0)),
    ("organisation", "low", _pattern(rf"\b{_TITLED}\s+(?:B\.?V\.?|N\.?V\.?|Ltd|Inc|GmbH)(?!\w)", 0)),
)
"""Kind, severity and where to find it; severe kinds come first, so that what is certain wins over what may be."""
