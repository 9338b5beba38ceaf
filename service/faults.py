"""Every fault of a JSON value beside the type it should have, each with its RFC 6901 pointer.

The walk is at least as strict as `msgspec.convert`, so whatever passes it converts; it is stricter in text (no U+0000,
no lone surrogates), the size of integers, and times without a zone.
"""

import datetime
import math
import re
import uuid
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from typing import Any, cast

import msgspec
from msgspec import inspect as shapes
from samenspraak.types.problem import Fault

MAX_FAULTS = 200
"""More faults than this help nobody; the walk stops there."""
INT64 = range(-(2**63), 2**63)

Value = Any  # a JSON value: dict, list, str, int, float, bool or None


class Repeating(dict[str, Value]):
    """An object in which a key was given twice: one of the two values would be lost without a word."""

    repeated: tuple[str, ...] = ()


def faults(value: Value, kind: type[Any]) -> tuple[Fault, ...]:
    """Every fault of `value` as a `kind`, in document order, at most MAX_FAULTS."""
    found: list[Fault] = []
    for fault in _walk(value, _type_of(cast(Hashable, kind)), ()):
        found.append(fault)
        if len(found) == MAX_FAULTS:
            break
    return tuple(found)


def pointer(path: tuple[str | int, ...]) -> str:
    """RFC 6901 pointer to a place in the body; the whole body is the empty string."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


Path = tuple[str | int, ...]
Faults = Iterator[Fault]


@cache
def _type_of(kind: Any) -> shapes.Type:
    return shapes.type_info(kind)


def _fault(path: Path, code: str, detail: str) -> Fault:
    # A pointer repeats what was sent, and must itself be text that can be sent back.
    place = pointer(path).encode("utf-8", "replace").decode().replace("\0", "?")
    return Fault(pointer=place[:500], code=code, detail=detail)


def _name(path: Path) -> str:
    last = path[-1] if path else "the body"
    return f"item {last + 1}" if isinstance(last, int) else f"`{last[:80]}`" if path else last


def _walk(value: Value, kind: shapes.Type, path: Path) -> Faults:
    """Dispatch on the declared type; `kind` may be an alternative of several."""
    if isinstance(value, Repeating):
        for key in value.repeated:
            detail = f"The field `{shown(key)}` is given twice in one object; keep one of them."
            yield _fault((*path, key), "duplicate_field", detail)
    match kind:
        case shapes.UnionType():
            yield from _union(value, kind, path)
        case shapes.StructType():
            yield from _struct(value, kind, path)
        case shapes.ListType() | shapes.VarTupleType() | shapes.SetType() | shapes.FrozenSetType():
            yield from _list(value, kind, path)
        case shapes.DictType():
            yield from _dict(value, kind, path)
        case shapes.LiteralType():
            yield from _literal(value, kind, path)
        case shapes.AnyType():
            yield from _any(value, path)
        case _:
            yield from _scalar(value, kind, path)


def _struct(value: Value, kind: shapes.StructType, path: Path) -> Faults:
    if not isinstance(value, dict):
        yield _wrong_type(value, "an object", path)
        return
    known = {field.encode_name: field for field in kind.fields}
    for name, field in known.items():
        if name in value:
            yield from _walk(value[name], field.type, (*path, name))
        elif field.required:
            yield _fault((*path, name), "missing", f"The field `{name}` is missing; add it.")
    for name in value.keys() - known.keys() - {kind.tag_field}:
        if kind.forbid_unknown_fields:
            near = ", ".join(sorted(known))
            detail = f"The field `{shown(name)}` is not known here; known are: {near}."
            yield _fault((*path, name), "unknown_field", detail)
        else:
            yield from _any(value[name], (*path, name))


def _union(value: Value, kind: shapes.UnionType, path: Path) -> Faults:
    structs = [option for option in kind.types if isinstance(option, shapes.StructType)]
    if isinstance(value, dict) and structs:
        yield from _tagged(value, structs, path)
        return
    fitting = [option for option in kind.types if _fits(value, option)]
    if not fitting:
        wanted = " or ".join(dict.fromkeys(_wanted(option) for option in kind.types))
        yield _wrong_type(value, wanted, path)
        return
    # msgspec allows at most one alternative per JSON type, but an integer also fits a float: the narrower one judges.
    yield from _walk(value, fitting[0], path)


def _tagged(value: dict[str, Value], structs: list[shapes.StructType], path: Path) -> Faults:
    if len(structs) == 1 and structs[0].tag_field is None:
        yield from _struct(value, structs[0], path)
        return
    field = str(structs[0].tag_field)
    by_tag = {option.tag: option for option in structs}
    tags = ", ".join(sorted(str(tag) for tag in by_tag))
    if field not in value:
        yield _fault((*path, field), "missing", f"The field `{field}` is missing; it is one of: {tags}.")
    elif not isinstance(value[field], str | int) or value[field] not in by_tag:
        yield _fault((*path, field), "not_one_of", f"The field `{field}` must be one of: {tags}.")
    else:
        yield from _struct(value, by_tag[value[field]], path)


def _list(value: Value, kind: Any, path: Path) -> Faults:
    if not isinstance(value, list):
        yield _wrong_type(value, "a list", path)
        return
    yield from _length(len(value), kind, path, "items")
    for place, item in enumerate(value):
        yield from _walk(item, kind.item_type, (*path, place))


def _dict(value: Value, kind: shapes.DictType, path: Path) -> Faults:
    if not isinstance(value, dict):
        yield _wrong_type(value, "an object", path)
        return
    yield from _length(len(value), kind, path, "fields")
    for key, item in value.items():
        yield from _walk(key, kind.key_type, (*path, key))
        yield from _walk(item, kind.value_type, (*path, key))


def _literal(value: Value, kind: shapes.LiteralType, path: Path) -> Faults:
    # True == 1 in Python, never in JSON.
    if isinstance(value, bool) or not isinstance(value, str | int) or value not in kind.values:
        allowed = ", ".join(str(option) for option in kind.values)
        yield _fault(path, "not_one_of", f"{_name(path)} must be one of: {allowed}.")


def _any(value: Value, path: Path) -> Faults:
    """Values that no type describes are still text and numbers that must be storable."""
    if isinstance(value, str):
        yield from _text(value, path)
    elif isinstance(value, float) and not math.isfinite(value):
        yield _fault(path, "out_of_range", f"{_name(path)} is not a number that can be stored.")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _text(key, (*path, key))
            yield from _any(item, (*path, key))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _any(item, (*path, place))


def _scalar(value: Value, kind: shapes.Type, path: Path) -> Faults:
    if not _fits(value, kind):
        yield _wrong_type(value, _wanted(kind), path)
    elif isinstance(kind, shapes.StrType):
        yield from _text(value, path)
        yield from _length(len(value), kind, path, "characters")
        if kind.pattern is not None and re.search(kind.pattern, value) is None:
            yield _fault(path, "pattern", f"{_name(path)} does not have the form {kind.pattern}.")
    elif isinstance(kind, shapes.IntType | shapes.FloatType):
        yield from _number(value, kind, path)
    elif isinstance(kind, shapes.NoneType | shapes.BoolType):
        return
    else:
        yield from _spelled(value, kind, path)


def _text(value: str, path: Path) -> Faults:
    if "\0" in value:
        yield _fault(path, "nul", f"{_name(path)} holds the character U+0000; remove it.")
    if any("\ud800" <= character <= "\udfff" for character in value):
        yield _fault(path, "surrogate", f"{_name(path)} holds half a character (a lone surrogate); remove it.")


def _length(size: int, kind: Any, path: Path, unit: str) -> Faults:
    if kind.min_length is not None and size < kind.min_length:
        yield _fault(path, "too_short", f"{_name(path)} has {size} {unit}; at least {kind.min_length} are needed.")
    if kind.max_length is not None and size > kind.max_length:
        yield _fault(path, "too_long", f"{_name(path)} has {size} {unit}; at most {kind.max_length} are allowed.")


def _number(value: int | float, kind: shapes.IntType | shapes.FloatType, path: Path) -> Faults:
    if not math.isfinite(value) or (isinstance(value, int) and value not in INT64):
        yield _fault(path, "out_of_range", f"{_name(path)} is not a number that can be stored.")
        return
    limits: tuple[tuple[float | None, Callable[[float, float], bool], str], ...] = (
        (kind.ge, lambda a, b: a >= b, "at least"),
        (kind.gt, lambda a, b: a > b, "more than"),
        (kind.le, lambda a, b: a <= b, "at most"),
        (kind.lt, lambda a, b: a < b, "less than"),
    )
    for limit, holds, words in limits:
        if limit is not None and not holds(value, limit):
            yield _fault(path, "out_of_range", f"{_name(path)} is {value}; it must be {words} {limit}.")


_SPELLED: dict[type[shapes.Type], tuple[type[Any], str]] = {
    shapes.DateTimeType: (datetime.datetime, "a time such as 2026-11-24T09:00:00Z"),
    shapes.DateType: (datetime.date, "a date such as 2026-11-24"),
    shapes.UUIDType: (uuid.UUID, "a UUID"),
}
"""What travels as text and is judged by its spelling."""


def _spelled(value: str, kind: shapes.Type, path: Path) -> Faults:
    target, words = _SPELLED[type(kind)]
    try:
        read = msgspec.convert(value, target)
    except (msgspec.ValidationError, UnicodeEncodeError):
        yield _fault(path, "wrong_type", f"{_name(path)} must be {words}.")
        return
    if isinstance(read, datetime.datetime) and read.tzinfo is None:
        yield _fault(path, "wrong_type", f"{_name(path)} has no time zone; it must be {words}.")


def _fits(value: Value, kind: shapes.Type) -> bool:
    """Whether the JSON type of `value` is the one `kind` travels as."""
    match kind:
        case shapes.NoneType():
            return value is None
        case shapes.BoolType():
            return isinstance(value, bool)
        case shapes.IntType():
            # An integer too large to read comes as infinity: judged as a number out of range, not as a wrong type.
            return (isinstance(value, int) and not isinstance(value, bool)) or value in (math.inf, -math.inf)
        case shapes.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case shapes.StructType() | shapes.DictType():
            return isinstance(value, dict)
        case shapes.ListType() | shapes.VarTupleType() | shapes.SetType() | shapes.FrozenSetType():
            return isinstance(value, list)
        case shapes.LiteralType():
            return isinstance(value, str | int) and not isinstance(value, bool)
        case _:
            return isinstance(value, str)


_WORDS: dict[type[shapes.Type], str] = {
    shapes.NoneType: "null",
    shapes.BoolType: "true or false",
    shapes.IntType: "a whole number",
    shapes.FloatType: "a number",
    shapes.StructType: "an object",
    shapes.DictType: "an object",
    shapes.ListType: "a list",
    shapes.VarTupleType: "a list",
}


def _wanted(kind: shapes.Type) -> str:
    if type(kind) in _SPELLED:
        return _SPELLED[type(kind)][1]
    return _WORDS.get(type(kind), "text")


def _sent(value: Value) -> str:
    if value is None:
        return "null"
    for kind, word in ((bool, "true or false"), (str, "text"), (list, "a list"), (dict, "an object")):
        if isinstance(value, kind):
            return word
    return "a number"


def _wrong_type(value: Value, wanted: str, path: Path) -> Fault:
    return _fault(path, "wrong_type", f"{_name(path)} must be {wanted}, not {_sent(value)}.")


def shown(name: str) -> str:
    return name.encode("utf-8", "replace").decode().replace("\0", "?")[:80]
