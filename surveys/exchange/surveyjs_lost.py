"""What a SurveyJS form does not say of the questionnaire it was written from: it is read back and held against that."""

from collections.abc import Iterator
from typing import Any

import msgspec
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import AnyQuestion, MaxDiff, Option, Questionnaire, Row

from surveys.exchange.surveyjs import reading

OURS = frozenset({"key", "construct", "report", "status", "seconds", "show_if"})
"""Fields that no form has; conditions are judged by whether they can be read at all."""
Note = tuple[str, str]


def named(q: Questionnaire, form: dict[str, Any]) -> Iterator[Note]:
    """Pointer into the questionnaire and what is lost there, in order."""
    yield from _whole(q)
    read = reading(form)
    back = {one.question.key: one.question for one in read.placed}
    for number, page in enumerate(q.pages):
        if page.next:
            yield f"/pages/{number}/next", "Jumps are written as conditions of the pages between."
        yield from _refused(f"/pages/{number}/visibleIf", f"/pages/{number}/show_if", read.draft.faults)
        for place, question in enumerate(page.questions):
            pointer = f"/pages/{number}/questions/{place}"
            yield from _refused(f"/pages/{number}/elements/{place}", pointer, read.draft.faults)
            if question.key in back:
                yield from _differences(pointer, question, back[question.key])


def _whole(q: Questionnaire) -> Iterator[Note]:
    yield "", "What a question is for, its part of the report and its seconds are not in a form."
    parts = (
        ("arms", len(q.arms) > 1, "Everybody gets the pages in the order of the definition; arms are left out."),
        ("variants", bool(q.variants), "Everybody gets the main text; variants are left out."),
        ("quotas", bool(q.quotas), "Quotas are left out."),
        ("easy", q.easy is not None, "The easy mode is left out."),
        ("policy", q.policy != type(q.policy)(), "Whether people may go back or review is left out."),
    )
    for name, there, detail in parts:
        if there:
            yield f"/{name}", detail
    if {page.block for page in q.pages} & set(q.shuffled_blocks):
        yield "/shuffled_blocks", "Pages come in one order; random blocks are left out."


def _refused(place: str, pointer: str, faults: list[Fault]) -> Iterator[Note]:
    """What cannot be read back: then it cannot be relied upon there either."""
    for fault in faults:
        if fault.pointer == place or fault.pointer.startswith(f"{place}/"):
            yield pointer, f"This reads otherwise there: {fault.detail}"


def _differences(pointer: str, ours: AnyQuestion, theirs: AnyQuestion) -> Iterator[Note]:
    if isinstance(ours, MaxDiff):
        yield pointer, "A best-worst question is shown as a text only."
        return
    mine, other = (str(one.__struct_config__.tag) for one in (ours, theirs))
    if mine != other:
        yield f"{pointer}/kind", f"A question of kind {mine} comes back as {other}."
    for field in msgspec.structs.fields(type(ours)):
        if field.name in OURS:
            continue
        value = getattr(ours, field.name)
        if field.name in ("options", "rows"):
            yield from _parts(f"{pointer}/{field.name}", value, getattr(theirs, field.name, ()))
        elif value != getattr(theirs, field.name, _default(field)):
            yield f"{pointer}/{field.name}", f"`{field.name}` is not the same in the form."


def _default(field: msgspec.structs.FieldInfo) -> object:
    return None if field.default is msgspec.NODEFAULT else field.default


def _parts(pointer: str, ours: tuple[Option | Row, ...], theirs: tuple[Option | Row, ...]) -> Iterator[Note]:
    """Options and rows, each by its place."""
    for place, one in enumerate(ours):
        other = theirs[place] if place < len(theirs) else None
        if other is None:
            yield f"{pointer}/{place}", "It is not in the form."
            continue
        names = [name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name, None)]
        if names:
            yield f"{pointer}/{place}", f"{', '.join(f'`{name}`' for name in names)} not the same in the form."
