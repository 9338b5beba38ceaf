"""The life of an assembly as one table: from where, by which event, to where, by whom."""

from typing import Literal

import msgspec
from samenspraak.types.assembly import AssemblyState

from panels.errors import AssemblyStepRefused, LotteryPublished

Event = Literal[
    "open_recruiting",
    "load_volunteers",
    "close_pool",
    "change_quotas",
    "name_randomness",
    "solve",
    "find",
    "find_impossible",
    "publish",
    "enter_value",
    "draw",
    "replace",
    "seat",
    "end",
    "cancel",
]

Role = str
"""`staff` or `system`, as in the audit trail."""


class Transition(msgspec.Struct, frozen=True):
    source: AssemblyState
    event: Event
    target: AssemblyState
    roles: tuple[str, ...] = ("staff",)


TRANSITIONS: tuple[Transition, ...] = (
    Transition("draft", "open_recruiting", "recruiting"),
    # A list is replaced as a whole until the pool closes.
    Transition("draft", "load_volunteers", "recruiting"),
    Transition("recruiting", "load_volunteers", "recruiting"),
    Transition("recruiting", "close_pool", "pool_closed"),
    Transition("pool_closed", "solve", "solving"),
    Transition("solving", "find", "solved", ("system",)),
    Transition("solving", "find_impossible", "impossible", ("system",)),
    # Other quotas need another solution; what was found before is forgotten.
    Transition("draft", "change_quotas", "draft"),
    Transition("recruiting", "change_quotas", "recruiting"),
    Transition("pool_closed", "change_quotas", "pool_closed"),
    Transition("impossible", "change_quotas", "pool_closed"),
    Transition("solved", "change_quotas", "pool_closed"),
    # Another public number can be named as long as nothing is published: publication before it is known is what counts.
    Transition("draft", "name_randomness", "draft"),
    Transition("recruiting", "name_randomness", "recruiting"),
    Transition("pool_closed", "name_randomness", "pool_closed"),
    Transition("impossible", "name_randomness", "impossible"),
    Transition("solved", "name_randomness", "solved"),
    Transition("solved", "publish", "published"),
    Transition("published", "enter_value", "published"),
    Transition("published", "draw", "drawn"),
    # The seats that were given back get a lottery of their own, with everything that a first one has.
    Transition("drawn", "replace", "pool_closed"),
    Transition("drawn", "seat", "seated"),
    Transition("seated", "end", "ended"),
    # A calculation that never ends can be given up.
    Transition("solving", "change_quotas", "pool_closed"),
    Transition("solving", "cancel", "cancelled"),
    # A replacement that cannot be done is given up: the assembly begins with fewer people (`seating.seat` asks why).
    Transition("pool_closed", "seat", "seated"),
    Transition("impossible", "seat", "seated"),
    Transition("solved", "seat", "seated"),
    # What was published stays public after a cancellation, with its reason.
    Transition("draft", "cancel", "cancelled"),
    Transition("recruiting", "cancel", "cancelled"),
    Transition("pool_closed", "cancel", "cancelled"),
    Transition("impossible", "cancel", "cancelled"),
    Transition("solved", "cancel", "cancelled"),
    Transition("published", "cancel", "cancelled"),
)

_BY_STEP = {(step.source, step.event): step for step in TRANSITIONS}

FIXED: tuple[AssemblyState, ...] = ("published", "drawn", "seated", "ended")
"""From publication on nothing about the lottery of a round changes."""

SETTLED_BEFORE: tuple[Event, ...] = (
    "load_volunteers",
    "close_pool",
    "change_quotas",
    "name_randomness",
    "solve",
    "publish",
    "enter_value",
    "draw",
)
"""What would change or repeat a lottery: after publication it is refused as such, and the attempt is noted."""


def target(state: AssemblyState, event: Event, role: Role) -> AssemblyState:
    """Where `event` leads from `state` when `role` makes it.

    Raises:
        LotteryPublished: the lottery is public and this would change or repeat it.
        AssemblyStepRefused: the table has no such step, or not for this role.
    """
    step = _BY_STEP.get((state, event))
    if step is not None and role in step.roles:
        return step.target
    if state in FIXED and event in SETTLED_BEFORE:
        raise LotteryPublished(details={"state": state, "event": event})
    where = ", ".join(other.source for other in TRANSITIONS if other.event == event and role in other.roles)
    message = f"The assembly is `{state}`; `{event}` is possible from: {where or 'nowhere with this key'}."
    raise AssemblyStepRefused(message, details={"state": state, "event": event})
