"""From the bytes of a request to a typed value, with every fault collected at once.

Two steps. `parse` reads JSON and refuses what cannot be read at all (400). `service.faults` walks the value beside the
type and notes each fault with its pointer (422).
"""

import json
import math
import re
from typing import ClassVar, TypeVar

import msgspec
from samenspraak.expressions import depth_of
from samenspraak.types.problem import Fault

from service.errors import ServiceError
from service.faults import Repeating, Value, faults

MAX_DEPTH = 64
"""Deepest nesting of objects and lists that is read: enough for a questionnaire with conditions in each other."""

T = TypeVar("T")


class BodyUndecodable(ServiceError):
    code: ClassVar[str] = "undecodable_body"
    message: ClassVar[str] = "The body is not JSON in UTF-8."


class BodyInvalid(ServiceError):
    code: ClassVar[str] = "invalid_request"
    message: ClassVar[str] = "The request has faults; each is listed under `errors`."


class UnsupportedMedia(ServiceError):
    code: ClassVar[str] = "unsupported_media_type"
    message: ClassVar[str] = "The content type of the body is not accepted here."


def decode(body: bytes, kind: type[T]) -> T:
    """The body as a value of `kind`.

    Raises:
        BodyUndecodable: not UTF-8, or not JSON.
        BodyInvalid: JSON of the wrong shape; `faults` holds all of them.
    """
    value = parse(body)
    found = faults(value, kind)
    if found:
        raise BodyInvalid(faults=found)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:  # the walk is stricter, so this is a net that a test keeps empty
        raise BodyInvalid(faults=(_from_msgspec(error),)) from error


def text_body(body: bytes) -> str:
    """A body of plain text (CSV) as a string.

    Raises:
        BodyUndecodable: not UTF-8.
        BodyInvalid: holds U+0000.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BodyUndecodable(f"The body is not UTF-8: byte {error.start} cannot be read.") from error
    if "\0" in text:
        raise BodyInvalid(faults=(Fault(pointer="", code="nul", detail="The text holds the character U+0000."),))
    return text


def parse(body: bytes) -> Value:
    """Read JSON. Numbers beyond every machine number come back as infinity, `NaN` as such; the walk refuses both.

    Raises:
        BodyUndecodable: not UTF-8, empty, or not JSON.
        BodyInvalid: nested too deep to read safely.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BodyUndecodable(f"The body is not UTF-8: byte {error.start} cannot be read.") from error
    if not text.strip():
        raise BodyUndecodable("The body is empty; a JSON object is needed.")
    if depth_of(body) > MAX_DEPTH:
        detail = f"The body nests deeper than {MAX_DEPTH} levels."
        raise BodyInvalid(faults=(Fault(pointer="", code="too_deep", detail=detail),))
    try:
        return json.loads(text, parse_int=_integer, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BodyUndecodable(f"The body is not JSON: {error.msg} at {place}.") from error


def _integer(digits: str) -> int | float:
    # Beyond 40 digits no integer field can hold it, and converting thousands of digits is slow on purpose in Python.
    return int(digits) if len(digits) <= 40 else math.copysign(math.inf, -1 if digits.startswith("-") else 1)


def _object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    keys = [key for key, _ in pairs]
    repeating = Repeating(made)
    repeating.repeated = tuple(sorted({key for key in keys if keys.count(key) > 1}))
    return repeating


_PLACE = re.compile(r" - at `(?:key in )?\$(.*)`$")


def _from_msgspec(error: msgspec.ValidationError) -> Fault:
    text = str(error)
    place = _PLACE.search(text)
    path = re.sub(r"\[(\d+|\.\.\.)\]", r".\1", place.group(1)) if place else ""
    return Fault(pointer=path.replace(".", "/"), code="wrong_type", detail=_PLACE.sub("", text) + ".")
