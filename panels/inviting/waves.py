"""The next wave: whom to remind, how many to invite, which cells to stop and which to open again.

An audit invites in waves because response is not known beforehand. An early wave invites only people of whom it is
nearly certain that they would be needed anyhow (`sizing.at_most`), and teaches what response is; the last wave invites
as many as assure the quota (`sizing.size`). Reminders come first: what is open, with what its reminders will still
bring, is counted before anybody new is invited."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from samenspraak.types.problem import Fault

from analytics.arrays import FloatArray, as_float
from panels.inviting import sizing
from panels.inviting.curve import INSTANT, Curve
from panels.inviting.models import CellState, Fieldwork, check, check_chance, check_keys, refuse
from panels.inviting.outcome import outlook, per_cell, tail
from panels.inviting.response import Response

Action = Literal["full", "wait", "remind", "invite", "reopen", "short"]
"""`full`: has its need; no mail goes out any more. `wait`: what is open is enough for now. `remind`: the same, and
reminders are due. `invite`: new people. `reopen`: new people or reminders for a cell that was stopped. `short`: fewer
new people than wanted, because there are no more."""


class CellPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to one cell."""

    key: str
    action: Action
    invite: int
    """New people to be drawn."""
    remind: int
    """People whose next reminder is due now."""
    expected: float
    """Completes at the end without new people."""
    miss: float
    """Chance that the cell ends below its minimum without new people."""
    expected_after: float
    """Completes at the end with the new people."""
    lacking: int
    """New people wanted who are not there."""


class WavePlan(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal; staff or the plan of the audit decide."""

    wave: int
    last: bool
    """Sized to assure the quota; earlier waves are sized to learn and to invite nobody too many."""
    cells: tuple[CellPlan, ...]
    chance_before: float
    """That the quota is filled without this wave."""
    chance: float
    """That the quota is filled after it, if no other wave follows."""

    @property
    def invite(self) -> dict[str, int]:
        """New people by cell."""
        return {cell.key: cell.invite for cell in self.cells}

    @property
    def invited(self) -> int:
        return sum(cell.invite for cell in self.cells)


def plan(
    fieldwork: Fieldwork,
    response: Response,
    *,
    wave: int,
    waves: int,
    curve: Curve = INSTANT,
    assurance: float = 0.95,
    reminder_days: Sequence[float] = (),
    stopped: frozenset[str] = frozenset(),
) -> WavePlan:
    """Propose wave `wave` (from 1) of `waves`; from the last one on, each is sized to assure the quota.

    Args:
        reminder_days: plan days after the invitation on which reminders are due; `curve` should have been made for the
            same days.
        stopped: cells that get no mail at present.

    Raises:
        PlanUnfit: counts that cannot be, a response of other cells, numbers of waves below 1, an assurance that is no
            probability.
    """
    check(fieldwork)
    check_keys("response", response.keys, fieldwork.keys)
    check_chance("assurance", assurance)
    if wave < 1 or waves < 1:
        refuse([Fault(pointer="/wave", code="out_of_range", detail=f"Wave {wave} of {waves}: both count from 1.")])
    last = wave >= waves
    sized = sizing.size(fieldwork, response, curve=curve, assurance=assurance)
    wanted = dict(sized.wanted)
    if not last:
        early = sizing.at_most(fieldwork, response, curve=curve, surplus=wave / (2 * waves))
        wanted = {key: min(people, early[key]) for key, people in wanted.items()}
    else:
        # Cells that are short change what the others need.
        wanted |= {key: sized.invite[key] for key in wanted if key not in sized.exhausted}
    invite = {cell.key: min(wanted[cell.key], cell.available) for cell in fieldwork.cells}
    now = _ending(fieldwork, response, curve, {})
    then = _ending(fieldwork, response, curve, invite)
    return WavePlan(
        wave=wave,
        last=last,
        cells=tuple(
            _cell(
                cell,
                wanted=wanted[cell.key],
                expected=float(now.expected[c]),
                miss=float(now.miss[c]),
                expected_after=float(then.expected[c]),
                reminder_days=reminder_days,
                stopped=cell.key in stopped,
            )
            for c, cell in enumerate(fieldwork.cells)
        ),
        chance_before=now.filled,
        chance=then.filled,
    )


def cumulative(chances: ArrayLike) -> FloatArray:
    """Probability of having been invited in any wave (n), from that in every wave (n x W), given the waves before.

    With p_w the chance in wave w of those who are eligible then and were not invited before, 0 for who is not eligible,

        pi = 1 - (1 - p_1) (1 - p_2) ... (1 - p_W).

    The chances in waves *after* somebody's invitation count too: take them as if the person had not been invited.
    With a frame that stays as it is and simple draws in a cell, pi = (n_1 + ... + n_W) / N. The sizes of the waves are
    taken as given; that later ones answer to earlier response leaves a bias of the order of 1 / need
    (docs/methods/inviting.md).

    Raises:
        PlanUnfit: chances outside [0, 1], or not one row per person.
    """
    p = as_float(chances)
    if p.ndim != 2 or not ((p >= 0) & (p <= 1)).all():
        refuse([Fault(pointer="/chances", code="out_of_range", detail="Give chances from 0 to 1, people by waves.")])
    return np.asarray(1 - (1 - p).prod(axis=1))


def due(cell: CellState, reminder_days: Sequence[float]) -> int:
    """People of a cell whose next reminder is due."""
    return sum(
        group.people
        for group in cell.pending
        if group.reminders < len(reminder_days) and group.age >= sorted(reminder_days)[group.reminders]
    )


class _Ending(NamedTuple):
    """How the cells (C) end, with some people more."""

    expected: FloatArray
    miss: FloatArray
    filled: float


def _ending(fieldwork: Fieldwork, response: Response, curve: Curve, invite: Mapping[str, int]) -> _Ending:
    view = outlook(fieldwork, response, curve)
    more = per_cell(fieldwork, invite)
    least = np.array([cell.minimum for cell in fieldwork.cells], dtype=np.float64)
    return _Ending(
        expected=view.have + view.after(more)[0].mean(axis=0),
        miss=1 - tail(view, more, least).mean(axis=0),
        filled=sizing.goal_of(fieldwork, view).chance(more),
    )


def _cell(
    cell: CellState,
    *,
    wanted: int,
    expected: float,
    miss: float,
    expected_after: float,
    reminder_days: Sequence[float],
    stopped: bool,
) -> CellPlan:
    full = cell.have >= cell.need and not wanted
    invite = min(wanted, cell.available)
    remind = 0 if full else due(cell, reminder_days)
    return CellPlan(
        key=cell.key,
        action=_action(full=full, wanted=wanted, invite=invite, remind=remind, stopped=stopped),
        invite=invite,
        remind=remind,
        expected=expected,
        miss=miss,
        expected_after=expected_after,
        lacking=wanted - invite,
    )


def _action(*, full: bool, wanted: int, invite: int, remind: int, stopped: bool) -> Action:
    if full:
        return "full"
    if wanted > invite:
        return "short"
    if stopped and (invite or remind):
        return "reopen"
    if invite:
        return "invite"
    return "remind" if remind else "wait"
