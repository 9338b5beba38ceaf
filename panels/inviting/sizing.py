"""How many people to invite per cell, so that all of them are filled together with the probability asked for.

An upper quantile in every cell by itself, added up, protects each cell against its own bad luck and not the whole: at
the assurance of the whole it promises too little (all cells must hold at once), at a level that is safe for any number
of cells too much (a low audit is low everywhere, once). Here the chance of the whole,

    P(every cell reaches its minimum, and all together their target) = mean over scenarios of a product over cells,

is one number, and people are added where they raise it most: at a price per invitation each cell takes as many as add
at least that much log-chance each, and the price is lowered until the whole is assured (Lagrange; Everett 1963)."""

from collections.abc import Callable, Mapping

import msgspec
import numpy as np
from scipy import special

from analytics.arrays import BoolArray, FloatArray
from panels.inviting.curve import INSTANT, Curve
from panels.inviting.models import Fieldwork, check, check_chance, check_keys
from panels.inviting.outcome import Outlook, outlook, per_cell, tail
from panels.inviting.response import Response

_GRID = 33
_BISECTIONS = 40
_ROUNDS = 3
"""Times that the weights of the scenarios follow the solution."""
_NEVER = -600.0
"""Log-chance at which a cell counts as impossible in a scenario."""
_MOST = 1e7
"""More invitations than any panel has members."""


class Sizing(msgspec.Struct, frozen=True, kw_only=True):
    """How many to invite now."""

    invite: Mapping[str, int]
    chance: float
    """That every cell and the target are reached with these invitations."""
    assured: bool
    """Whether `chance` reaches the assurance asked for."""
    wanted: Mapping[str, int]
    """What would be invited if there were people enough in every cell."""
    exhausted: tuple[str, ...]
    """Cells with fewer people than that."""


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """What must be reached."""

    view: Outlook
    minimum: FloatArray
    """C: completes that each cell must end with; 0 where nothing depends on it."""
    target: int | None
    """Completes that all cells must have together; None where the minima imply it."""

    def chance(self, invite: FloatArray) -> float:
        """That all of it is reached, with so many more invitations (C)."""
        cells = tail(self.view, invite, self.minimum).prod(axis=1)
        return float((cells if self.target is None else cells * self._together(invite, self.target)).mean())

    def _together(self, invite: FloatArray, target: int) -> FloatArray:
        """S: chance of the target, when every cell has its minimum (sum of truncated normals)."""
        mean, variance = self.view.after(invite)
        sd = np.sqrt(np.maximum(variance, 1e-12))
        floor = (self.minimum - self.view.have - 0.5 - mean) / sd
        hazard = np.exp(-(floor**2) / 2 - 0.5 * np.log(2 * np.pi) - special.log_ndtr(-floor))
        hazard = np.where(self.minimum > self.view.have, hazard, 0.0)
        lifted = (self.view.have + mean + sd * hazard).sum(axis=1)
        left = (sd**2 * np.clip(1 + floor * hazard - hazard**2, 0.0, 1.0)).sum(axis=1)
        return np.asarray(special.ndtr((lifted - target + 0.5) / np.sqrt(np.maximum(left, 1e-12))))


def size(fieldwork: Fieldwork, response: Response, *, curve: Curve = INSTANT, assurance: float = 0.95) -> Sizing:
    """Fewest invitations with which every cell reaches its minimum and the audit its target, with this probability.

    At least as many are invited as fill each `need` on average: where cells have slack, the surplus that secures the
    target is thus spread in proportion and does not go where response is highest. A cell that has too few people is
    invited whole, and the others are assured without it.

    Raises:
        PlanUnfit: counts that cannot be, a response of other cells, an assurance that is no probability.
    """
    check(fieldwork)
    check_keys("response", response.keys, fieldwork.keys)
    check_chance("assurance", assurance)
    goal = goal_of(fieldwork, outlook(fieldwork, response, curve))
    need = np.array([cell.need for cell in fieldwork.cells], dtype=np.float64)
    room = np.array([cell.available for cell in fieldwork.cells], dtype=np.float64)
    wanted = _fewest(goal, need, assurance, np.full(room.size, _MOST))
    invite, short = wanted, wanted > room
    if short.any():
        minimum = np.where(short, 0.0, goal.minimum)
        invite = _fewest(msgspec.structs.replace(goal, minimum=minimum), need, assurance, room, whole=short)
    found = goal.chance(invite)
    return Sizing(
        invite=_counts(fieldwork, invite),
        chance=found,
        assured=found >= assurance,
        wanted=_counts(fieldwork, wanted),
        exhausted=tuple(key for key, lacking in zip(fieldwork.keys, short.tolist(), strict=True) if lacking),
    )


def chance(fieldwork: Fieldwork, response: Response, invite: Mapping[str, int], *, curve: Curve = INSTANT) -> float:
    """Probability that every cell and the target are reached, with these further invitations (0 where not named)."""
    return goal_of(fieldwork, outlook(fieldwork, response, curve)).chance(per_cell(fieldwork, invite))


def at_most(
    fieldwork: Fieldwork, response: Response, *, curve: Curve = INSTANT, surplus: float = 0.2
) -> dict[str, int]:
    """Most invitations per cell with which it ends above its need with a probability of at most `surplus`.

    That is what an early wave sends: people of whom it is nearly certain that they would be invited anyhow. It may be
    more than are available.

    Raises:
        PlanUnfit: counts that cannot be, a response of other cells, a surplus that is no probability.
    """
    check(fieldwork)
    check_keys("response", response.keys, fieldwork.keys)
    check_chance("surplus", surplus)
    view = outlook(fieldwork, response, curve)
    above = np.array([cell.need + 1 for cell in fieldwork.cells], dtype=np.float64)
    room = np.full(above.size, _MOST)

    def fine(invite: FloatArray) -> BoolArray:
        return np.asarray(tail(view, invite, above).mean(axis=0) <= surplus)

    most = _last(fine, room)
    return _counts(fieldwork, np.where(fine(np.zeros(room.size)), most, 0.0))


def goal_of(fieldwork: Fieldwork, view: Outlook) -> Goal:
    """The quotas of the fieldwork. Without slack, or with one cell, the target follows from the cells."""
    together = len(fieldwork.cells) > 1 and any(cell.slack for cell in fieldwork.cells)
    least = [cell.minimum if len(fieldwork.cells) > 1 else cell.need for cell in fieldwork.cells]
    return Goal(view=view, minimum=np.array(least, dtype=np.float64), target=fieldwork.target if together else None)


def _fewest(
    goal: Goal, need: FloatArray, assurance: float, room: FloatArray, *, whole: BoolArray | None = None
) -> FloatArray:
    """C: whole numbers of invitations within `room`; cells that are `whole` are taken whole."""
    if goal.chance(np.zeros(room.size)) >= assurance and whole is None:
        return np.zeros(room.size)
    low = np.minimum(_on_average(goal.view, need), room)
    low = low if whole is None else np.where(whole, room, low)
    cells = msgspec.structs.replace(goal, target=None)
    high = np.maximum(low, np.minimum(room, _nearly_sure(cells, assurance)))
    grid = low[:, None] + (high - low)[:, None] * np.linspace(0, 1, _GRID) ** 1.5
    solved = _priced(cells, grid, assurance)
    invite = _smallest(lambda t: np.minimum(low + t * (solved - low), room), cells, assurance, upper=2.0)
    if goal.target is not None and goal.chance(invite) < assurance:
        invite = _smallest(
            lambda t: np.minimum(np.maximum(invite, _on_average(goal.view, need * (1 + t))), room),
            goal,
            assurance,
            upper=2.0,
        )
    return _rounded(goal, invite, assurance, room)


def _priced(goal: Goal, grid: FloatArray, assurance: float) -> FloatArray:
    """C: the point of each cell's grid (C x G) where the marginal gain of one price assures the whole."""
    log_tail = np.stack([_log_tail(goal, c, grid[c]) for c in range(len(grid))], axis=1)
    step = np.diff(grid, axis=1)
    gain = np.divide(np.diff(log_tail, axis=2), step, out=np.zeros(log_tail[:, :, 1:].shape), where=step > 0)
    cells = np.arange(len(grid))

    def taken(price: float, weight: FloatArray) -> FloatArray:
        worth = np.tensordot(weight, gain, axes=1) >= price
        return np.asarray(np.argmin(np.column_stack([worth, np.zeros(len(grid), dtype=bool)]), axis=1))

    def log_chance(points: FloatArray) -> FloatArray:
        return np.asarray(log_tail[:, cells, points].sum(axis=1))

    points = np.full(len(grid), _GRID * 3 // 4)
    for _ in range(_ROUNDS):
        weight = special.softmax(log_chance(points))
        cheap, dear = -30.0, 5.0
        for _ in range(_BISECTIONS):
            price = (cheap + dear) / 2
            enough = np.exp(log_chance(taken(np.exp(price), weight))).mean() >= assurance
            cheap, dear = (price, dear) if enough else (cheap, price)
        points = taken(np.exp(cheap), weight)
    return np.asarray(grid[cells, points])


def _log_tail(goal: Goal, c: int, row: FloatArray) -> FloatArray:
    found = tail(goal.view.cell(c), row, goal.minimum[c : c + 1])
    logs: FloatArray = np.log(np.maximum(found, np.exp(_NEVER)))
    return logs


def _on_average(view: Outlook, need: FloatArray) -> FloatArray:
    """C: invitations that fill `need` on average over the scenarios."""
    lacking = need - view.have - view.mean.mean(axis=0)
    return np.asarray(np.clip(lacking / np.maximum(view.chance.mean(axis=0), 1e-9), 0.0, _MOST))


def _nearly_sure(goal: Goal, assurance: float) -> FloatArray:
    """C: invitations with which a cell by itself all but never fails."""
    allowed = (1 - assurance) / (10 * goal.minimum.size)

    def short(invite: FloatArray) -> BoolArray:
        return np.asarray(1 - tail(goal.view, invite, goal.minimum).mean(axis=0) > allowed)

    return np.asarray(_last(short, np.full(goal.minimum.size, _MOST)) + 1)


def _last(holds: Callable[[FloatArray], BoolArray], room: FloatArray) -> FloatArray:
    """C: largest whole number within `room` for which it still holds, of what holds up to some number; at least 0."""
    low, high = np.zeros(room.size), np.minimum(64.0, room)
    while (growing := holds(high) & (high < room)).any():
        low, high = np.where(growing, high, low), np.where(growing, np.minimum(4 * high, room), high)
    for _ in range(_BISECTIONS):
        middle = np.ceil((low + high) / 2)
        fine = holds(middle)
        low, high = np.where(fine, middle, low), np.where(fine, high, np.maximum(middle - 1, low))
        if (low >= high).all():
            break
    return low


def _smallest(path: Callable[[float], FloatArray], goal: Goal, assurance: float, *, upper: float) -> FloatArray:
    """First point of a rising path, from 0 to `upper`, that is enough; its end where none is."""
    low, high = 0.0, upper
    if goal.chance(path(low)) >= assurance:
        return path(low)
    for _ in range(14):
        middle = (low + high) / 2
        low, high = (low, middle) if goal.chance(path(middle)) >= assurance else (middle, high)
    return path(high)


def _rounded(goal: Goal, invite: FloatArray, assurance: float, room: FloatArray) -> FloatArray:
    """Whole numbers: as few cells rounded up as keep the assurance, those with the largest remainders first."""
    down = np.floor(invite + 1e-9)
    up = np.minimum(np.ceil(invite - 1e-9), room)
    order = np.argsort(-np.round(invite - down, 9), kind="stable")

    def first(count: int) -> FloatArray:
        chosen = np.zeros(invite.size, dtype=bool)
        chosen[order[:count]] = True
        return np.where(chosen, up, down)

    low, high = 0, invite.size
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if goal.chance(first(middle)) >= assurance else (middle + 1, high)
    return first(low)


def _counts(fieldwork: Fieldwork, invite: FloatArray) -> dict[str, int]:
    return dict(zip(fieldwork.keys, invite.astype(np.int64).tolist(), strict=True))
