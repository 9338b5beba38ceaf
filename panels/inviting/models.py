"""Values of inviting: where a design cell stands, what is asked of it, what is planned for it.

A *cell* is a stratum of the draw: the crossing of the plan's dimensions, or `rest`. *Plan days* are the days of the
audit's schedule."""

from collections.abc import Mapping

import msgspec
from samenspraak.types.problem import Fault

from panels.errors import PlanUnfit


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """People invited on one day who may still complete: queued, sent, started or broken off."""

    age: float
    """Plan days since they were invited, 0 or more."""
    people: int
    reminders: int = 0
    """Reminders they had so far."""


class CellState(msgspec.Struct, frozen=True, kw_only=True):
    """One cell while the audit is in the field."""

    key: str
    need: int
    """Completes wanted at the end; the needs of all cells sum to the target of the audit."""
    have: int = 0
    """Completes so far."""
    out: int = 0
    """Invited and out without completing: declined, undeliverable, withdrawn."""
    pending: tuple[Pending, ...] = ()
    available: int = 0
    """Members who are eligible now and not yet invited for this audit."""
    slack: int = 0
    """The cell counts as filled with this many fewer than `need`, as long as the audit as a whole has its target."""

    @property
    def minimum(self) -> int:
        """Fewest completes with which the cell counts as filled."""
        return self.need - self.slack

    @property
    def waiting(self) -> int:
        """People who may still complete."""
        return sum(group.people for group in self.pending)


class Fieldwork(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that planning looks at."""

    cells: tuple[CellState, ...]
    days_left: float | None = None
    """Plan days until the audit closes; None where it stays open until it is filled."""

    @property
    def target(self) -> int:
        return sum(cell.need for cell in self.cells)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(cell.key for cell in self.cells)


class Trials(msgspec.Struct, frozen=True, kw_only=True):
    """What came of the invitations of one cell in one past audit."""

    invited: int
    completed: int


def check(fieldwork: Fieldwork) -> None:
    """Refuse counts that cannot be.

    Raises:
        PlanUnfit: no cells, a cell twice, counts below 0, a slack above the need; every fault is named.
    """
    faults = [] if fieldwork.cells else [_fault("/cells", "missing", "There are no cells; give at least one.")]
    seen: set[str] = set()
    for i, cell in enumerate(fieldwork.cells):
        counts = {"need": cell.need, "have": cell.have, "out": cell.out, "available": cell.available}
        faults += [
            _fault(f"/cells/{i}/{name}", "below_zero", f"`{name}` of cell `{cell.key}` is {value}; give 0 or more.")
            for name, value in counts.items()
            if value < 0
        ]
        if not 0 <= cell.slack <= max(cell.need, 0):
            detail = f"The slack of cell `{cell.key}` is {cell.slack}; it lies between 0 and the need, {cell.need}."
            faults.append(_fault(f"/cells/{i}/slack", "out_of_range", detail))
        if any(group.people < 0 or not group.age >= 0 or group.reminders < 0 for group in cell.pending):
            detail = f"Cell `{cell.key}` has pending people with a number, age or reminders below 0; each is 0 or more."
            faults.append(_fault(f"/cells/{i}/pending", "below_zero", detail))
        if cell.key in seen:
            faults.append(_fault(f"/cells/{i}/key", "repeated", f"Cell `{cell.key}` is there twice; give it once."))
        seen.add(cell.key)
    if fieldwork.days_left is not None and not fieldwork.days_left >= 0:
        faults.append(
            _fault("/days_left", "below_zero", "`days_left` is below 0; an audit that closed invites nobody.")
        )
    refuse(faults)


def check_chance(name: str, value: float, *, below: float = 1.0) -> None:
    """Refuse a level that is no probability strictly between 0 and `below`.

    Raises:
        PlanUnfit: it is not.
    """
    if not 0 < value < below:
        refuse([_fault(f"/{name}", "out_of_range", f"`{name}` is {value}; it lies between 0 and {below:g}.")])


def check_keys(name: str, given: Mapping[str, object] | tuple[str, ...], keys: tuple[str, ...]) -> None:
    """Refuse cells that the fieldwork does not have, or that are missing.

    Raises:
        PlanUnfit: each one is named.
    """
    unknown = [key for key in given if key not in set(keys)]
    missing = [key for key in keys if key not in set(given)]
    refuse(
        [
            _fault(f"/{name}/{key}", "unknown", f"`{name}` has `{key}`, which is no cell of the fieldwork.")
            for key in unknown
        ]
        + [_fault(f"/{name}/{key}", "missing", f"`{name}` lacks cell `{key}` of the fieldwork.") for key in missing]
    )


def refuse(faults: list[Fault]) -> None:
    """Raise one error with every fault, if there are any.

    Raises:
        PlanUnfit: with the first fault as its message.
    """
    if faults:
        more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
        raise PlanUnfit(faults[0].detail + more, faults=tuple(faults))


def _fault(pointer: str, code: str, detail: str) -> Fault:
    return Fault(pointer=pointer, code=code, detail=detail)
