"""Simulated audits: response rates that the planner does not know, completes that come in late, waves that learn.

Shared by the tests here and by the benchmark, which runs them a thousand times."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from analytics.arrays import FloatArray, IntArray
from panels.inviting import curve as curves
from panels.inviting import prior, response, sizing, waves
from panels.inviting.curve import Curve
from panels.inviting.models import CellState, Fieldwork, Pending, Trials
from panels.inviting.response import Response

REMINDERS = (3.0, 7.0)
PACE = curves.assumed(REMINDERS)
CELLS = 14
MEMBERS = 10_000
"""Of each cell: enough for any plan."""

Respond = Callable[[Fieldwork, int], Response]
"""What a planner takes response to be, before each wave."""


class World(msgspec.Struct, frozen=True, kw_only=True):
    """One audit as it really is."""

    need: IntArray
    rates: FloatArray
    pace: Curve = PACE

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(f"c{i:02}" for i in range(self.need.size))


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    filled: bool
    invited: int
    completed: IntArray


def world(seed: int, *, target: int = 1000, centre: float = 0.3, audits: float = 0.5, cells: float = 0.35) -> World:
    """Cells of uneven size, an overall rate of its own (sd `audits` on the logit scale) and cells around it."""
    rng = np.random.default_rng([seed, 1])
    shares = rng.dirichlet(np.full(CELLS, 12.0))
    logit = np.log(centre / (1 - centre)) + audits * rng.standard_normal() + cells * rng.standard_normal(CELLS)
    return World(need=np.maximum(1, np.floor(shares * target)).astype(np.int64), rates=1 / (1 + np.exp(-logit)))


def unknowing(keys: Sequence[str], expected: float = 0.3, past: Sequence[dict[str, Trials]] = ()) -> Respond:
    """A planner who has what staff expect, past audits where there are any, and what the waves bring."""
    before = prior.from_history(keys, past, expected=expected)
    return lambda fieldwork, wave: response.predict(fieldwork, before, curve=PACE, seed=wave, scenarios=200)


def knowing(one: World) -> Respond:
    """A planner who knows the rates, though not who will complete."""
    known = response.known(one.keys, one.rates.tolist())
    return lambda fieldwork, wave: known


def run(
    one: World, respond: Respond, *, seed: int, days: Sequence[float] = (0, 10, 20), close: float = 40, assurance: float
) -> Outcome:
    """Invite in waves on these days, by `waves.plan`, and count what is in when the audit closes."""
    rng = np.random.default_rng([seed, 2])
    invited: list[list[tuple[float, int, FloatArray]]] = [[] for _ in one.keys]
    for wave, day in enumerate(days, 1):
        field = standing(one, invited, day=day, close=close)
        planned = waves.plan(
            field, respond(field, wave), wave=wave, waves=len(days), curve=PACE, assurance=assurance
        ).invite
        for c, people in enumerate(planned.values()):
            completes = rng.binomial(people, one.rates[c])
            late = np.interp(rng.random(completes), one.pace.share, one.pace.days)
            invited[c].append((day, people, day + late))
    completed = np.array([sum(int((at <= close).sum()) for *_, at in groups) for groups in invited])
    return Outcome(
        filled=bool((completed >= one.need).all()),
        invited=sum(people for groups in invited for _, people, _ in groups),
        completed=completed,
    )


def at_once(one: World, *, assurance: float, close: float = 40) -> int:
    """People whom one who knows the rates invites in a single wave."""
    field = standing(one, [[] for _ in one.keys], day=0, close=close)
    sized = sizing.size(field, knowing(one)(field, 1), curve=one.pace, assurance=assurance)
    return sum(sized.invite.values())


def standing(
    one: World, invited: Sequence[Sequence[tuple[float, int, FloatArray]]], *, day: float, close: float
) -> Fieldwork:
    """What a planner sees on a day."""
    cells = []
    for key, need, groups in zip(one.keys, one.need.tolist(), invited, strict=True):
        counted = [(day - sent, people, int((at <= day).sum())) for sent, people, at in groups if people]
        cells.append(
            CellState(
                key=key,
                need=need,
                have=sum(done for *_, done in counted),
                pending=tuple(Pending(age=age, people=people - done) for age, people, done in counted),
                available=MEMBERS - sum(people for _, people, _ in groups),
            )
        )
    return Fieldwork(cells=tuple(cells), days_left=close - day)
