"""Look at an application before it is sent: every fault at once, without a network.

Covers the shapes and limits that `samenspraak.types.application` publishes, under the codes that the service uses. The
service judges more, such as reading level and the list of known concerns: no fault here is no promise there.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

import msgspec
from msgspec import inspect

from samenspraak.types.application import Application
from samenspraak.types.problem import Fault

DESCRIPTION_WORDS = 250
ARGUMENT_WORDS = 25


def application_faults(document: bytes) -> tuple[Fault, ...]:
    """Everything wrong in the JSON of an application; empty when it can be submitted."""
    try:
        value = msgspec.json.decode(document)
    except msgspec.DecodeError as fault:
        return (Fault(pointer="", code="undecodable_body", detail=f"This is not JSON: {fault}."),)
    found = tuple(_walk(value, inspect.type_info(Application), ""))
    return found or tuple(_rules(msgspec.convert(value, Application)))


def _walk(value: Any, kind: inspect.Type, at: str) -> Iterator[Fault]:
    match kind:
        case inspect.StructType():
            yield from _struct(value, kind, at)
        case inspect.UnionType():
            if value is None and kind.includes_none:
                return
            yield from _walk(value, next(t for t in kind.types if not isinstance(t, inspect.NoneType)), at)
        case inspect.Metadata():
            yield from _walk(value, kind.type, at)
        case inspect.ListType():
            yield from _items(value, kind, at)
        case inspect.LiteralType():
            if value not in kind.values:
                choices = ", ".join(str(choice) for choice in kind.values)
                yield Fault(pointer=at, code="not_one_of", detail=f"Choose one of {choices}.")
        case inspect.StrType():
            yield from _text(value, kind, at)
        case inspect.BoolType():
            if not isinstance(value, bool):
                yield _wrong(at, "true or false")
        case inspect.IntType():
            yield from _whole(value, kind, at)
        case _:
            raise TypeError(f"{kind} has no check")


def _struct(value: Any, kind: inspect.StructType, at: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield _wrong(at, "an object")
        return
    given = cast("dict[str, Any]", value)
    fields = {field.encode_name: field for field in kind.fields}
    for name in given.keys() - fields.keys():
        detail = f"There is no field {name!r} here; known are {', '.join(fields)}."
        yield Fault(pointer=_join(at, name), code="unknown_field", detail=detail)
    for name, field in fields.items():
        if name in given:
            yield from _walk(given[name], field.type, _join(at, name))
        elif field.required:
            yield Fault(pointer=_join(at, name), code="missing", detail=f"Add the field {name!r}.")


def _items(value: Any, kind: inspect.ListType, at: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield _wrong(at, "a list")
        return
    items: list[Any] = value
    yield from _size(len(items), kind.min_length, kind.max_length, at, "items")
    for number, item in enumerate(items):
        yield from _walk(item, kind.item_type, f"{at}/{number}")


def _text(value: Any, kind: inspect.StrType, at: str) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield _wrong(at, "text")
        return
    if "\0" in value:
        yield Fault(pointer=at, code="nul", detail="Remove the character U+0000.")
    yield from _size(len(value), kind.min_length, kind.max_length, at, "characters")
    if kind.pattern is not None and re.search(kind.pattern, value) is None:
        yield Fault(pointer=at, code="pattern", detail=f"Must match {kind.pattern}.")


def _whole(value: Any, kind: inspect.IntType, at: str) -> Iterator[Fault]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield _wrong(at, "a whole number")
        return
    if kind.ge is not None and value < kind.ge:
        yield Fault(pointer=at, code="out_of_range", detail=f"Must be {kind.ge} or more.")
    if kind.le is not None and value > kind.le:
        yield Fault(pointer=at, code="out_of_range", detail=f"Must be {kind.le} or less.")


def _size(size: int, least: int | None, most: int | None, at: str, what: str) -> Iterator[Fault]:
    if least is not None and size < least:
        yield Fault(pointer=at, code="too_short", detail=f"Has {size} {what}, needs at least {least}.")
    if most is not None and size > most:
        yield Fault(pointer=at, code="too_long", detail=f"Has {size} {what}, may have at most {most}.")


def _rules(application: Application) -> Iterator[Fault]:
    """What the documentation of the fields promises and a shape cannot express."""
    arguments = application.arguments
    if len(arguments.in_favour) != len(arguments.against):
        detail = f"{len(arguments.in_favour)} for and {len(arguments.against)} against: give as many of each."
        yield Fault(pointer="/arguments", code="unbalanced", detail=detail)
    for side, texts in (("for", arguments.in_favour), ("against", arguments.against)):
        for number, text in enumerate(texts):
            for lang in ("nl", "en"):
                yield from _words(getattr(text, lang), ARGUMENT_WORDS, f"/arguments/{side}/{number}/{lang}")
    for lang, sections in (("nl", application.description.nl), ("en", application.description.en)):
        whole = " ".join(f"{section.heading} {section.text}" for section in sections)
        yield from _words(whole, DESCRIPTION_WORDS, f"/description/{lang}")
    for name in ("goal", "human", "data", "topic"):
        key = getattr(application.comprehension, name)
        if key is not None and key.correct not in {option.code for option in key.options}:
            detail = f"{key.correct} is not the code of one of the options."
            yield Fault(pointer=f"/comprehension/{name}/correct", code="unknown_code", detail=detail)


def _words(text: str, most: int, at: str) -> Iterator[Fault]:
    count = len(text.split())
    if count > most:
        yield Fault(pointer=at, code="too_long", detail=f"Has {count} words, may have at most {most}.")


def _wrong(at: str, wanted: str) -> Fault:
    return Fault(pointer=at, code="wrong_type", detail=f"Must be {wanted}.")


def _join(at: str, name: str) -> str:
    return f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
