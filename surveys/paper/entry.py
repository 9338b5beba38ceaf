"""What a typist keyed, checked against the form: a slip of the typist is refused, a slip on paper is kept.

Refused is what cannot stand on this form: a field that it does not have, or a code that is not printed there. Whatever
a person may have done with a pen is keyed as it is: two ticks, a number out of range, `?` for what nobody can read.
"""

import re
from collections.abc import Mapping

from samenspraak.types.problem import Fault

from surveys.errors import PaperInvalid
from surveys.paper.fields import Field

UNREADABLE = "?"
Keyed = dict[str, str]
"""Field -> what was keyed, in one spelling; fields that were left open are not in it."""

LONGEST_NUMBER = 40
_BETWEEN = re.compile(r"[\s,;/+]+")
_PARTS = re.compile(r"[\s;]+")
_PLACE = re.compile(r"[1-9][0-9]?|[xX?]")
_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")


def checked(answers: Mapping[str, str], form: Mapping[str, Field], *, at: str = "answers") -> Keyed:
    """The entry in one spelling, in the order of the form.

    Raises:
        PaperInvalid: with every slip, each with what to key there.
    """
    faults = [
        _fault(at, name, "unknown_field", f"This form has no field `{name}`. Key the numbers as printed.")
        for name in answers
        if name not in form
    ]
    kept: Keyed = {}
    for name, field in form.items():
        given = answers.get(name, "").strip()
        told = _slip(field, given) if given else ""
        if told:
            faults.append(_fault(at, name, "not_on_the_form", told))
        elif given:
            kept[name] = _spelled(field, given)
    if faults:
        raise PaperInvalid(faults=tuple(faults))
    return kept


def codes(field: Field, keyed: str) -> list[str]:
    """The printed codes that were keyed, in ascending order and once each."""
    return sorted({part for part in _BETWEEN.split(keyed) if part}, key=lambda code: (len(code), code))


def number_parts(keyed: str) -> list[str]:
    """What was keyed for a number: the number, a code beside it, or both."""
    return [part for part in _PARTS.split(keyed) if part]


def _slip(field: Field, given: str) -> str:
    """What is wrong with a value, in words; empty when it can stand on the form."""
    if _NO_CHARACTER.search(given):
        return "This holds a character that cannot be kept. Key the text again."
    if given == UNREADABLE or field.kind == "text":
        return ""
    if field.kind in ("one", "several"):
        odd = [code for code in codes(field, given) if code not in field.codes]
        offered = ", ".join(field.codes)
        return f"`{' '.join(odd)}` is not printed there; the boxes have {offered}." if odd else ""
    if field.kind == "place":
        return "" if _PLACE.fullmatch(given) else "Key the number written there, `x` for a tick, or `?`."
    return "" if len(given) <= LONGEST_NUMBER else f"Key the number only, in at most {LONGEST_NUMBER} characters."


def _spelled(field: Field, given: str) -> str:
    if given == UNREADABLE or field.kind == "text":
        return given
    if field.kind in ("one", "several"):
        return " ".join(codes(field, given))
    return given.lower() if field.kind == "place" else " ".join(number_parts(given.replace(",", ".")))


def _fault(at: str, name: str, code: str, detail: str) -> Fault:
    return Fault(pointer=f"/{at}/{name}", code=code, detail=detail)
