"""Reading answers of a newer service: what is unknown is dropped or named `unknown`, what is known is kept.

The shapes in `samenspraak.types` are strict where they are also sent. This reader is the second try, used only when
strict decoding refuses an answer:

- a field that is not in the shape is ignored, in every shape;
- a word outside a closed list becomes `"unknown"`;
- an item of a kind that does not exist here (a new question kind) stays a plain dict;
- limits on length and size are the service's business and are not checked again.
"""

from datetime import date, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec
from msgspec import inspect

T = TypeVar("T")

UNKNOWN = "unknown"


def convert(value: Any, kind: type[T]) -> T:
    """Builtins from decoded JSON -> `kind`.

    Raises:
        msgspec.ValidationError: a required field is missing, or a value has the wrong JSON type; names the place.
    """
    return cast(T, _convert(value, inspect.type_info(kind), "$"))


def _convert(value: Any, kind: inspect.Type, path: str) -> Any:
    match kind:
        case inspect.Metadata():
            return _convert(value, kind.type, path)
        case inspect.StructType():
            return _struct(value, kind, path)
        case inspect.UnionType():
            return _union(value, kind, path)
        case inspect.LiteralType():
            return _word(value, kind, path)
        case inspect.ListType():
            return [_convert(v, kind.item_type, f"{path}[{i}]") for i, v in enumerate(_array(value, path))]
        case inspect.VarTupleType():
            return tuple(_convert(v, kind.item_type, f"{path}[{i}]") for i, v in enumerate(_array(value, path)))
        case inspect.DictType():
            return {k: _convert(v, kind.value_type, f"{path}[{k!r}]") for k, v in _object(value, path).items()}
        case _:
            return _leaf(value, kind, path)


def _struct(value: Any, kind: inspect.StructType, path: str) -> Any:
    known: dict[str, Any] = {}
    given: dict[str, Any] = _object(value, path)
    for field in kind.fields:
        if field.encode_name in given:
            known[field.name] = _convert(given[field.encode_name], field.type, f"{path}.{field.encode_name}")
        elif field.required:
            raise msgspec.ValidationError(f"missing field `{field.encode_name}` - at `{path}`")
    return kind.cls(**known)


def _union(value: Any, kind: inspect.UnionType, path: str) -> Any:
    if value is None and kind.includes_none:
        return None
    structs = [t for t in kind.types if isinstance(t, inspect.StructType)]
    if isinstance(value, dict) and structs:
        given = cast("dict[str, Any]", value)
        for struct in structs:
            if struct.tag_field is None or given.get(struct.tag_field) == struct.tag:
                return _struct(given, struct, path)
        return given
    reason = "no match"
    for candidate in kind.types:
        try:
            return _convert(value, candidate, path)
        except msgspec.ValidationError as fault:
            reason = str(fault)
    raise msgspec.ValidationError(reason)


def _word(value: Any, kind: inspect.LiteralType, path: str) -> Any:
    if value in kind.values:
        return value
    if isinstance(value, str):
        return UNKNOWN
    raise msgspec.ValidationError(f"expected a word - at `{path}`")


_LEAVES: dict[type[inspect.Type], type] = {
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.StrType: str,
    inspect.BoolType: bool,
    inspect.DateTimeType: datetime,
    inspect.DateType: date,
    inspect.UUIDType: UUID,
}


def _leaf(value: Any, kind: inspect.Type, path: str) -> Any:
    if isinstance(kind, inspect.AnyType):
        return value
    target = _LEAVES.get(type(kind))
    if target is None:
        raise msgspec.ValidationError(f"{type(kind).__name__} is not read here - at `{path}`")
    try:
        return msgspec.convert(value, target)
    except msgspec.ValidationError as fault:
        raise msgspec.ValidationError(f"{fault} - at `{path}`") from None


def _array(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise msgspec.ValidationError(f"expected an array - at `{path}`")
    return value  # pyright: ignore[reportUnknownVariableType]


def _object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise msgspec.ValidationError(f"expected an object - at `{path}`")
    return value  # pyright: ignore[reportUnknownVariableType]
