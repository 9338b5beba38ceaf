"""The body of a submitted application: faults of shape and faults of meaning come back together.

Rules that compare fields (as many arguments for as against, a right answer among the options) need a whole
application. Where the shape has faults, the broken places are filled from an example, the rules are run on the
result, and what they say about filled places is left out.
"""

from typing import Any, cast

import msgspec
from samenspraak import examples
from samenspraak.types.application import Application
from samenspraak.types.problem import Fault

from service.api.bodies import Body
from service.faults import faults
from service.validation import BodyInvalid, decode, parse
from surveys import applications

_PASSES = 3
"""Filling a place can show a fault below it; more than this says nothing new."""


class ApplicationBody(Body):
    """`Body` for an application."""

    def read(self, value: bytes) -> Any:
        try:
            return decode(value, Application)
        except BodyInvalid as refused:
            raise BodyInvalid(faults=(*refused.faults, *of_meaning(value, refused.faults))) from refused


def of_meaning(body: bytes, of_shape: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """What the cross-field rules say about the places that have no fault of shape."""
    try:
        value = parse(body)
    except BodyInvalid:
        return ()
    example = msgspec.to_builtins(examples.load("chatbot-gemeente"))
    filled: set[str] = set()
    found = of_shape
    for _ in range(_PASSES):
        for fault in found:
            filled.add(_fill(value, example, fault))
        found = faults(value, Application)
        if not found:
            whole = msgspec.convert(value, Application)
            return tuple(fault for fault in applications.check(whole) if not _touches(fault.pointer, filled))
    return ()


def _touches(pointer: str, filled: set[str]) -> bool:
    return any((pointer + "/").startswith(place + "/") or (place + "/").startswith(pointer + "/") for place in filled)


def _fill(value: object, example: object, fault: Fault) -> str:
    """Put the example's value in the place of a fault, or take an unknown field away; returns the place changed."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in fault.pointer.split("/")[1:]]
    place, parent, model = "", value, example
    for depth, step in enumerate(steps):
        last = depth == len(steps) - 1
        inside, model = _below(parent, step), _below(model, step)
        place += "/" + fault.pointer.split("/")[depth + 1]
        if last or inside is None or not isinstance(inside, dict | list):
            _put(parent, step, model)
            return place
        parent = inside
    return place


def _below(value: object, step: str) -> object:
    """The member of an object or list, the first one where a list is shorter; None where there is none."""
    if isinstance(value, dict):
        return cast(dict[str, object], value).get(step)
    if isinstance(value, list) and value:
        items = cast(list[object], value)
        number = int(step) if step.isdigit() else 0
        return items[number] if number < len(items) else items[0]
    return None


def _put(parent: object, step: str, model: object) -> None:
    if isinstance(parent, dict):
        members = cast(dict[str, object], parent)
        if model is None:
            members.pop(step, None)
        else:
            members[step] = model
    elif isinstance(parent, list) and step.isdigit() and int(step) < len(cast(list[object], parent)):
        cast(list[object], parent)[int(step)] = model
