"""What changed between two versions of a questionnaire, part by part.

Pages, questions, options, arms and the like are matched by key or code, not by their place in a list, so that one page
put in between is one change. Texts and times to read are `text`; everything else is `structural`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from samenspraak.types.questionnaire import Questionnaire
from samenspraak.types.versions import Change, ChangeKind, QuestionnaireDiff

NAMES = ("key", "code")
"""Fields that name a part of a list."""
LANGUAGES = frozenset({"nl", "en", "tr", "ar", "pl", "uk"})
TEXT_FIELDS = frozenset({"seconds", "estimated_minutes", "construct", "status", "unreviewed", "label"})
"""Beside the texts themselves: what changes neither questions nor answers."""


def diff(before: Questionnaire, after: Questionnaire) -> QuestionnaireDiff:
    """Every change, in the order of the version before; what was added comes after what was there."""
    old, new = (msgspec.json.decode(msgspec.json.encode(version)) for version in (before, after))
    changes = tuple(_value({**old, "version": None}, {**new, "version": None}, ""))
    kinds = {change.kind for change in changes}
    return QuestionnaireDiff(
        kind="structural" if "structural" in kinds else "text" if kinds else "same",
        changes=changes,
        codes_reused=sum(change.code_reused for change in changes),
    )


def find(questionnaire: Any, path: str) -> Any:
    """The part of a questionnaire, in its JSON form, that a path of a change leads to; None where there is none."""
    first, *names = path.split("/")
    part = questionnaire if first == "" and names else None
    for name in (name.replace("~1", "/").replace("~0", "~") for name in names):
        if isinstance(part, dict):
            part = part.get(name)
        elif isinstance(part, list) and _named(part):
            part = next((one for one in part if _name(one) == name), None)
        elif isinstance(part, list) and name.isascii() and name.isdigit() and int(name) < len(part):
            part = part[int(name)]
        else:
            return None
    return part


def _value(before: Any, after: Any, path: str) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        if _is_option(path) and _relabelled(before, after):
            yield _changed("structural", before["label"], after["label"], f"{path}/label", code_reused=True)
            before, after = {**before, "label": None}, {**after, "label": None}
        yield from _fields(before, after, path)
    elif isinstance(before, list) and isinstance(after, list) and _named(before) and _named(after):
        yield from _parts(before, after, path)
    elif _alike(before, after):
        for place, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _value(old, new, f"{path}/{place}")
    else:
        yield _changed(_kind(path), before, after, path)


def _fields(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        where = f"{path}/{_escaped(name)}"
        if name not in after:
            yield Change(kind=_kind(where), action="removed", path=where, before=_json(before[name]))
        elif name not in before:
            yield Change(kind=_kind(where), action="added", path=where, after=_json(after[name]))
        else:
            yield from _value(before[name], after[name], where)


def _parts(before: list[dict[str, Any]], after: list[dict[str, Any]], path: str) -> Iterator[Change]:
    """Parts of a list, matched by name; then their order, of those that are in both."""
    old, new = {_name(part): part for part in before}, {_name(part): part for part in after}
    for name, part in old.items():
        where = f"{path}/{_escaped(name)}"
        if name in new:
            yield from _value(part, new[name], where)
        else:
            yield Change(kind="structural", action="removed", path=where, before=_json(part))
    for name, part in new.items():
        if name not in old:
            yield Change(kind="structural", action="added", path=f"{path}/{_escaped(name)}", after=_json(part))
    order, now = [name for name in old if name in new], [name for name in new if name in old]
    if order != now:
        yield Change(kind="structural", action="moved", path=path, before=_json(order), after=_json(now))


def _named(parts: Sequence[Any]) -> bool:
    """Whether every part of a list has a name of its own."""
    names = [_name(part) for part in parts if isinstance(part, dict)]
    return len(names) == len(parts) and "" not in names and len(set(names)) == len(names)


def _alike(before: Any, after: Any) -> bool:
    """Whether both are lists of as many parts without a name, which their place tells apart."""
    if not isinstance(before, list) or not isinstance(after, list) or len(before) != len(after):
        return False
    return all(isinstance(part, dict) for part in (*before, *after))


def _name(part: dict[str, Any]) -> str:
    return next((str(part[field]) for field in NAMES if field in part), "")


def _is_option(path: str) -> bool:
    return path.rpartition("/")[0].endswith("/options")


def _relabelled(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether a code has another label in a language that had one. Capitals, spaces and full stops do not count."""
    old, new = before["label"], after["label"]
    both = [language for language in ("nl", "en") if old[language].strip() and new[language].strip()]
    return bool(both) and all(_bare(old[language]) != _bare(new[language]) for language in both)


def _bare(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _kind(path: str) -> ChangeKind:
    last = path.rpartition("/")[2]
    if last in LANGUAGES or last in TEXT_FIELDS or last in ("title", "hint", "stem"):
        return "text"
    return "structural"


def _changed(kind: ChangeKind, before: Any, after: Any, path: str, *, code_reused: bool = False) -> Change:
    return Change(
        kind=kind, action="changed", path=path, before=_json(before), after=_json(after), code_reused=code_reused
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
