"""Check for yourself that a panel was drawn as published: everything is worked out again from the published file alone.

This is one file that needs nothing but Python 3.11 or later, so that anybody can read it from top to bottom and run it
by itself: `python verify-draw.py FILE`. What is hashed is the file as it was downloaded, not what a program made of it:
a field that this version does not know still counts.

With the confidential pool table (`--pool`), which only an auditor is shown, it also checks the quotas of every panel.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Check", "Verdict", "canonical", "look_up", "number", "ticket_text", "verify"]

FORMAT, POOL_FORMAT = "samenspraak-lottery-1", "samenspraak-pool-1"
NAMED = 5
"""Panels, tickets or fields that are named when more are wrong."""
LONGEST = 80
"""Characters of a text from the file that are shown."""


class Words(NamedTuple):
    """One text in both languages."""

    nl: str
    en: str


class Check(NamedTuple):
    """One thing that was worked out again, and whether it came out as the file says."""

    name: str
    holds: bool
    words: Words


class Verdict(NamedTuple):
    """What came out. `holds` is true only when every check holds."""

    checks: tuple[Check, ...]
    facts: tuple[Words, ...] = ()
    """What else can be read from the file; nothing to compare it with."""
    tickets: tuple[str, ...] = ()
    counts: Mapping[str, int] = {}
    """Panels that hold a ticket, for every ticket."""
    panels: int = 0
    number: int | None = None
    """The panel that the public number points at, as worked out here; None before the drawing."""
    panel: tuple[str, ...] = ()
    """Tickets of the panel that the file says was drawn."""
    commitment: str = ""
    """As the file says."""

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(check.name for check in self.checks if not check.holds)


def canonical(value: Any) -> bytes:
    """The bytes that are hashed: JSON with sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def number(commitment: str, value: str, panels: int) -> int:
    """The panel that a public number points at: 1 + (SHA-256 of `commitment|value`, as an integer) modulo `panels`."""
    return 1 + int(hashlib.sha256(f"{commitment}|{value}".encode()).hexdigest(), 16) % panels


def ticket_text(typed: str) -> str:
    """A ticket as it is compared: capitals, groups of four, O read as 0 and I and L as 1."""
    plain = "".join(letter for letter in typed.upper() if letter.isalnum()).translate(str.maketrans("OIL", "011"))
    return "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def verify(content: bytes, *, pool: bytes | None = None, ticket: str = "", noted: str = "") -> Verdict:
    """Work out again everything that a lottery file says. Never raises: what cannot be read fails the check `format`.

    Args:
        content: the file as downloaded.
        pool: the confidential pool table, for an auditor.
        ticket: look this ticket up as well.
        noted: the code (`commitment`) as somebody wrote it down before the drawing; its first 16 characters will do.
    """
    try:
        file = _read(content)
        _require(file, _FILE)
    except _Unreadable as fault:
        return Verdict((Check("format", False, fault.words),))
    lottery, drawing = file["lottery"], file.get("drawing")
    tickets, panels = lottery["tickets"], lottery["panels"]
    counts = _counts(len(tickets), panels)
    checks = [_format(lottery), *_published(lottery, noted)]
    drawn: list[int] = []
    if drawing is not None:
        checks += _drawing(lottery, drawing)
        if 1 <= drawing["number"] <= len(panels):
            drawn = [place for place in panels[drawing["number"] - 1] if 0 <= place < len(tickets)]
    if pool is not None:
        checks += _pool(lottery, pool)
    if ticket:
        checks.append(look_up(ticket, tickets, panels, drawn if drawing else None))
    value = drawing and drawing["value"]
    return Verdict(
        tuple(checks),
        tuple(_facts(lottery, drawing, counts)),
        tuple(tickets),
        dict(zip(tickets, counts, strict=True)),
        len(panels),
        number(lottery["commitment"], value, len(panels)) if value is not None and panels else None,
        tuple(tickets[place] for place in drawn),
        lottery["commitment"],
    )


def _format(lottery: Mapping[str, Any]) -> Check:
    words = Words(f"Het bestand is leesbaar en volledig ({FORMAT}).", f"The file is readable and complete ({FORMAT}).")
    return Check("format", lottery["format"] == FORMAT, words)


def _published(lottery: Mapping[str, Any], noted: str) -> Iterator[Check]:
    """What was fixed before the drawing."""
    printed = lottery["commitment"]
    worked = hashlib.sha256(canonical({key: lottery[key] for key in lottery if key != "commitment"})).hexdigest()
    yield _check(
        "commitment", worked == printed,
        f"De code over alles wat vooraf vastlag, is {_short(printed)}.",
        f"The code over everything that was fixed beforehand is {_short(printed)}.",
        f"Er is iets veranderd na publicatie: de code is {worked}, niet {_short(printed)}.",
        f"Something was changed after publication: the code is {worked}, not {_short(printed)}.",
    )  # fmt: skip
    if noted:
        kept = "".join(noted.split()).lower()
        yield _check(
            "noted", len(kept) >= 16 and printed.startswith(kept),
            "De code is dezelfde die u vooraf opschreef.", "The code is the one you noted beforehand.",
            "De code is niet die u opschreef. Vul ten minste de eerste 16 tekens in.",
            "The code is not the one you noted. Give at least its first 16 characters.",
        )  # fmt: skip
    yield _tickets(lottery["tickets"])
    panels, said = lottery["panels"], lottery["rules"]["panels"]
    yield _check(
        "number_of_panels", len(panels) == said > 0,
        f"Er zijn {said} panels, zoals de regels zeggen.", f"There are {said} panels, as the rules say.",
        f"Er zijn {len(panels)} panels, maar de regels zeggen {_short(said)}.",
        f"There are {len(panels)} panels, but the rules say {_short(said)}.",
    )  # fmt: skip
    yield _panels(lottery)
    published, known = lottery["published_at"], lottery["randomness"]["known_from"]
    yield _check(
        "published_before", _time(published) < _time(known),
        f"De panels stonden vast ({_utc(published)}) voordat het openbare getal bekend was ({_utc(known)}).",
        f"The panels were fixed ({_utc(published)}) before the public number was known ({_utc(known)}).",
        f"De panels zijn pas gepubliceerd ({_utc(published)}) toen het getal al bekend was ({_utc(known)}).",
        f"The panels were only published ({_utc(published)}) when the number was known already ({_utc(known)}).",
    )  # fmt: skip


def _tickets(tickets: Sequence[str]) -> Check:
    wrong = [b for a, b in pairwise(tickets) if a >= b]
    return _check(
        "tickets", bool(tickets) and not wrong,
        f"Alle {len(tickets)} lotnummers zijn verschillend en staan op volgorde.",
        f"All {len(tickets)} tickets differ and stand in order.",
        f"Lotnummers zijn dubbel, staan niet op volgorde, of ontbreken: {_some(wrong)}.",
        f"Tickets are repeated, out of order, or missing: {_some(wrong)}.",
    )  # fmt: skip


def _panels(lottery: Mapping[str, Any]) -> Check:
    pool, size = len(lottery["tickets"]), lottery["rules"]["size"]
    wrong = [place for place, panel in enumerate(lottery["panels"], 1) if not _sound(panel, size, pool)]
    return _check(
        "panels", not wrong,
        f"Elk panel heeft {size} verschillende lotnummers uit de lijst.",
        f"Every panel has {size} different tickets from the list.",
        f"Panels met een verkeerd aantal, een dubbel of een onbekend lotnummer: {_some(wrong)}.",
        f"Panels of the wrong size, with a ticket twice or one that is not in the list: {_some(wrong)}.",
    )  # fmt: skip


def _sound(panel: Sequence[int], size: int, pool: int) -> bool:
    ascending = all(a < b for a, b in pairwise(panel))
    return len(panel) == size and ascending and (not panel or (panel[0] >= 0 and panel[-1] < pool))


def _drawing(lottery: Mapping[str, Any], drawing: Mapping[str, Any]) -> Iterator[Check]:
    """What was added when the public number was known."""
    known, entered, confirmed = lottery["randomness"]["known_from"], drawing["entered_at"], drawing["confirmed_at"]
    yield _check(
        "moments", _time(known) <= _time(entered) <= _time(confirmed),
        f"Het getal is ingevuld ({_utc(entered)}) toen het bekend was, en daarna bevestigd ({_utc(confirmed)}).",
        f"The number was entered ({_utc(entered)}) once it was known, and confirmed after that ({_utc(confirmed)}).",
        f"De volgorde klopt niet: bekend {_utc(known)}, ingevuld {_utc(entered)}, bevestigd {_utc(confirmed)}.",
        f"The order is wrong: known {_utc(known)}, entered {_utc(entered)}, confirmed {_utc(confirmed)}.",
    )  # fmt: skip
    yield _check(
        "two_people", drawing["entered_by"] != drawing["confirmed_by"],
        "Twee verschillende medewerkers hebben het getal opgezocht.", "Two different people looked the number up.",
        "Dezelfde medewerker heeft het getal ingevuld en bevestigd.",
        "The same person entered and confirmed the number.",
    )  # fmt: skip
    yield _check(
        "seed", hashlib.sha256(drawing["seed"].encode()).hexdigest() == lottery["rules"]["seed_commitment"],
        "Het startgetal van de berekening is het getal dat vooraf was vastgelegd.",
        "The seed of the computation is the one that was fixed beforehand.",
        "Het startgetal van de berekening is niet het getal dat vooraf was vastgelegd.",
        "The seed of the computation is not the one that was fixed beforehand.",
    )  # fmt: skip
    panels, said = len(lottery["panels"]), drawing["number"]
    worked, value = number(lottery["commitment"], drawing["value"], panels) if panels else 0, _short(drawing["value"])
    yield _check(
        "number", worked == said,
        f"Het openbare getal {value} wijst panel {said} van {panels} aan.",
        f"The public number {value} points at panel {said} of {panels}.",
        f"Het openbare getal {value} wijst panel {worked} aan, maar het bestand noemt panel {_short(said)}.",
        f"The public number {value} points at panel {worked}, but the file says panel {_short(said)}.",
    )  # fmt: skip


def look_up(
    typed: str, tickets: Sequence[str], panels: Sequence[Sequence[int]], drawn: Sequence[int] | None = None
) -> Check:
    """In how many panels a ticket is, however it was typed, and whether it is on the panel that was drawn."""
    ticket = ticket_text(typed)[:40]
    if ticket not in tickets:
        said = (f"Lotnummer {ticket} doet niet mee aan deze loting.", f"Ticket {ticket} is not in this lottery.")
        return Check("ticket", False, Words(*said))
    place = tickets.index(ticket)
    held = sum(place in panel for panel in panels)
    nl = f"Lotnummer {ticket} zit in {held} van de {len(panels)} panels."
    en = f"Ticket {ticket} is in {held} of the {len(panels)} panels."
    nl += f" De kans is dus {_percent(held, len(panels), ',')}."
    en += f" So its chance is {_percent(held, len(panels), '.')}."
    if drawn is not None:
        nl += " Dit lotnummer is ingeloot." if place in drawn else " Dit lotnummer is niet ingeloot."
        en += " This ticket was drawn." if place in drawn else " This ticket was not drawn."
    return Check("ticket", True, Words(nl, en))


def _facts(lottery: Mapping[str, Any], drawing: Mapping[str, Any] | None, counts: Sequence[int]) -> Iterator[Words]:
    panels = len(lottery["panels"])
    if counts and panels:
        low, high = min(counts), max(counts)
        yield Words(
            f"De kans van een lotnummer is het aantal panels met dat lotnummer, gedeeld door {panels}. "
            f"De kleinste is {_percent(low, panels, ',')}, de grootste {_percent(high, panels, ',')}.",
            f"The chance of a ticket is the number of panels with it, divided by {panels}. "
            f"The smallest is {_percent(low, panels, '.')}, the largest {_percent(high, panels, '.')}.",
        )
    if drawing is None:
        yield Words("Er is nog niet geloot.", "The drawing has not taken place yet.")


def _pool(lottery: Mapping[str, Any], content: bytes) -> Iterator[Check]:
    """What only somebody with the confidential table can check."""
    try:
        table = _read(content)
        _require(table, _TABLE)
    except _Unreadable as fault:
        yield Check("pool_format", False, fault.words)
        return
    yield _check(
        "pool_hash", hashlib.sha256(canonical(table)).hexdigest() == lottery["pool_hash"],
        "De vertrouwelijke tabel is de tabel die vooraf was vastgelegd.",
        "The confidential table is the one that was fixed beforehand.",
        "De vertrouwelijke tabel is niet de tabel die vooraf was vastgelegd.",
        "The confidential table is not the one that was fixed beforehand.",
    )  # fmt: skip
    listed = [row["ticket"] for row in table["rows"]]
    yield _check(
        "pool_tickets", listed == lottery["tickets"],
        "De tabel heeft dezelfde lotnummers als het bestand.", "The table has the same tickets as the file.",
        "De tabel heeft andere lotnummers dan het bestand.", "The table has other tickets than the file.",
    )  # fmt: skip
    rows = {row["ticket"]: row for row in table["rows"]}
    known = [rows.get(ticket, {"features": {}, "household": 0}) for ticket in lottery["tickets"]]
    panels = [[place for place in panel if 0 <= place < len(known)] for panel in lottery["panels"]]
    yield _quotas(lottery["rules"]["quotas"], known, panels)
    if lottery["rules"]["one_per_household"]:
        yield _households(known, panels)


def _quotas(quotas: Sequence[Mapping[str, Any]], rows: Sequence[Any], panels: Sequence[Sequence[int]]) -> Check:
    values = {f: [row["features"].get(f) for row in rows] for f in {quota["feature"] for quota in quotas}}
    wrong = []
    for place, panel in enumerate(panels, 1):
        held = {f: Counter(map(column.__getitem__, panel)) for f, column in values.items()}
        for quota in quotas:
            n = held[quota["feature"]][quota["value"]]
            if not quota["minimum"] <= n <= quota["maximum"]:
                wrong.append(f"{place} ({quota['feature']} {quota['value']}: {n})")
    return _check(
        "quotas", not wrong,
        f"Alle {len(panels)} panels voldoen aan alle {len(quotas)} eisen.",
        f"All {len(panels)} panels meet all {len(quotas)} quotas.",
        f"Panels die niet aan een eis voldoen: {_some(wrong)}.", f"Panels that do not meet a quota: {_some(wrong)}.",
    )  # fmt: skip


def _households(rows: Sequence[Any], panels: Sequence[Sequence[int]]) -> Check:
    homes = [row["household"] for row in rows]
    shared = [Counter(homes[place] for place in panel if homes[place]) for panel in panels]
    wrong = [place for place, held in enumerate(shared, 1) if max(held.values(), default=0) > 1]
    return _check(
        "households", not wrong,
        "Geen panel heeft twee mensen van hetzelfde adres.", "No panel holds two people from one address.",
        f"Panels met twee mensen van hetzelfde adres: {_some(wrong)}.",
        f"Panels with two people from one address: {_some(wrong)}.",
    )  # fmt: skip


def _counts(tickets: int, panels: Sequence[Sequence[int]]) -> list[int]:
    held: Counter[int] = Counter()
    for panel in panels:
        held.update(set(panel))
    return [held[place] for place in range(tickets)]


def _check(name: str, holds: bool, nl: str, en: str, wrong_nl: str, wrong_en: str) -> Check:
    return Check(name, holds, Words(nl, en) if holds else Words(wrong_nl, wrong_en))


def _some(things: Sequence[object]) -> str:
    return ", ".join(map(_short, things[:NAMED])) + (f" … ({len(things)})" if len(things) > NAMED else "")


def _short(thing: object) -> str:
    """As it may be shown: a file from a stranger can hold anything."""
    text = str(thing)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _percent(part: int, whole: int, point: str) -> str:
    return f"{100 * part / whole:.1f}%".replace(".", point)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _utc(text: str) -> str:
    return f"{_time(text):%d-%m-%Y %H:%M} UTC"


class _Unreadable(Exception):
    def __init__(self, nl: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(nl, en)


def _read(content: bytes) -> Any:
    """JSON without what could be read in two ways: repeated fields, fractions, half characters."""
    try:
        text = content.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_once, parse_float=_refuse, parse_constant=_refuse)
        if "\\u" in text:
            canonical(value)
    except (ValueError, RecursionError) as fault:
        detail = str(fault)[:200]
        nl, en = "Dit is geen bestand van een loting", "This is not a file of a lottery"
        raise _Unreadable(f"{nl} ({detail}).", f"{en} ({detail}).") from fault
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is given twice")
    return found


def _refuse(text: str) -> Any:
    raise ValueError(f"{text[:20]} is not a whole number")


class _Kind(NamedTuple):
    """What a field must be, in words and as a test."""

    words: Words
    fits: Callable[[Any], bool]


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None and bool(_time(value))
    except (ValueError, OverflowError):
        return False


_TEXT = _Kind(Words("een tekst", "text"), lambda v: isinstance(v, str))
_COUNT = _Kind(Words("een heel getal", "a whole number"), lambda v: type(v) is int)
_TRUTH = _Kind(Words("true of false", "true or false"), lambda v: isinstance(v, bool))
_MOMENT = _Kind(Words("een tijdstip met tijdzone", "a time with its zone"), _is_time)
_VALUES = _Kind(
    Words("een tekst per kenmerk", "one text per feature"),
    lambda v: isinstance(v, dict) and all(isinstance(one, str) for one in v.values()),
)


def _word(text: str) -> _Kind:
    return _Kind(Words(f'"{text}"', f'"{text}"'), lambda v: v == text)


_QUOTA = {"feature": _TEXT, "value": _TEXT, "minimum": _COUNT, "maximum": _COUNT}
_RULES = {
    "size": _COUNT,
    "quotas": [_QUOTA],
    "one_per_household": _TRUTH,
    "algorithm": _TEXT,
    "panels": _COUNT,
    "seed_commitment": _TEXT,
}
_LOTTERY = {
    "format": _word(FORMAT),
    "assembly_id": _TEXT,
    "title": _TEXT,
    "sample_kind": _TEXT,
    "rules": _RULES,
    "randomness": {"source": _TEXT, "known_from": _MOMENT},
    "tickets": [_TEXT],
    "pool_hash": _TEXT,
    "panels": [[_COUNT]],
    "published_at": _MOMENT,
    "commitment": _TEXT,
}
_DRAWN = {
    "value": _TEXT,
    "entered_at": _MOMENT,
    "entered_by": _TEXT,
    "confirmed_at": _MOMENT,
    "confirmed_by": _TEXT,
    "seed": _TEXT,
    "number": _COUNT,
}
_FILE = {"lottery": _LOTTERY, "drawing": (_DRAWN,)}
"""A tuple of one shape: it may be null or missing."""
_ROW = {"ticket": _TEXT, "features": _VALUES, "household": _COUNT}
_TABLE = {"format": _word(POOL_FORMAT), "salt": _TEXT, "rows": [_ROW]}


def _require(value: Any, shape: Any) -> None:
    wrong = list(islice(_faults(value, shape, ""), NAMED))
    if wrong:
        nl = "; ".join(f"{at or 'het bestand'} moet {kind.nl} zijn" for at, kind in wrong)
        en = "; ".join(f"{at or 'the file'} must be {kind.en}" for at, kind in wrong)
        raise _Unreadable(f"Dit bestand is niet volledig: {nl}.", f"This file is not complete: {en}.")


def _faults(value: Any, shape: Any, at: str) -> Iterator[tuple[str, Words]]:
    if isinstance(shape, _Kind):
        if not shape.fits(value):
            yield at, shape.words
    elif isinstance(shape, tuple):
        if value is not None:
            yield from _faults(value, shape[0], at)
    elif isinstance(shape, dict):
        if not isinstance(value, dict):
            yield at, Words("een object", "an object")
            return
        for name, inner in shape.items():
            yield from _faults(value.get(name), inner, f"{at}.{name}".lstrip("."))
    elif not isinstance(value, list):
        yield at, Words("een lijst", "a list")
    else:
        for place, item in enumerate(value):
            yield from _faults(item, shape[0], f"{at}[{place}]")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command."""
    parser.add_argument("file", help="the published lottery.json; - reads standard input")
    parser.add_argument("--pool", metavar="FILE", help="the confidential pool table, for an auditor")
    parser.add_argument("--ticket", default="", metavar="T", help="look this ticket up")
    parser.add_argument("--noted", default="", metavar="CODE", help="the code as you noted it before the drawing")
    parser.add_argument("--lang", choices=("nl", "en"), default="nl", help="language of the outcome (default nl)")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON, in both languages")


def run(args: argparse.Namespace) -> int:
    """Print one line per check, or JSON. 0: everything holds; 1: something does not."""
    content = sys.stdin.buffer.read() if args.file == "-" else Path(args.file).read_bytes()
    pool = None if args.pool is None else Path(args.pool).read_bytes()
    verdict = verify(content, pool=pool, ticket=args.ticket, noted=args.noted)
    if args.json:
        print(json.dumps(_plain(verdict)))
    else:
        _print(verdict, args.lang)
    return 0 if verdict.holds else 1


def _plain(verdict: Verdict) -> dict[str, Any]:
    return {
        "holds": verdict.holds,
        "checks": [{"name": one.name, "holds": one.holds, **one.words._asdict()} for one in verdict.checks],
        "facts": [fact._asdict() for fact in verdict.facts],
        "panels": verdict.panels,
        "number": verdict.number,
        "panel": verdict.panel,
        "commitment": verdict.commitment,
    }


def _print(verdict: Verdict, lang: str) -> None:
    good, bad = {"nl": ("klopt", "KLOPT NIET"), "en": ("holds", "DOES NOT HOLD")}[lang]
    for check in verdict.checks:
        _say(f"[{good if check.holds else bad}] {check.name}: {getattr(check.words, lang)}")
    for fact in verdict.facts:
        _say(getattr(fact, lang))
    if verdict.panel:
        _say({"nl": "Ingeloot zijn", "en": "Drawn are"}[lang] + f": {', '.join(verdict.panel)}")
    failed = ", ".join(verdict.failed)
    if failed:
        _say({"nl": "Dit klopt niet", "en": "This does not hold"}[lang] + f": {failed}.")
    else:
        _say({"nl": "Alles klopt.", "en": "Everything holds."}[lang])


def _say(line: str) -> None:
    """Print, also on a console that cannot show every character."""
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, "replace").decode(encoding))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="verify-draw", description="Check that a panel was drawn as published.")
    arguments(parser)
    try:
        raise SystemExit(run(parser.parse_args()))
    except OSError as fault:
        print(f"{fault.filename or 'file'}: {fault.strerror or fault}", file=sys.stderr)
        raise SystemExit(1) from fault
