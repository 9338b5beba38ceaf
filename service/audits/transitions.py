"""The life cycle as one table: from where, by which event, to where, by whom."""

from typing import Literal

import msgspec
from samenspraak.types.audit import AuditState

from service.audits.errors import TransitionRefused
from service.audits.models import Actor

Event = Literal[
    "submit",
    "start_review",
    "request_changes",
    "refuse",
    "approve",
    "open_fieldwork",
    "close",
    "begin_analysis",
    "record_report",
    "publish",
    "withdraw",
]


class Transition(msgspec.Struct, frozen=True):
    source: AuditState
    event: Event
    target: AuditState
    roles: tuple[str, ...]


TRANSITIONS: tuple[Transition, ...] = (
    Transition("draft", "submit", "submitted", ("developer",)),
    Transition("submitted", "start_review", "in_review", ("staff",)),
    Transition("in_review", "request_changes", "draft", ("staff",)),
    Transition("in_review", "refuse", "refused", ("staff",)),
    Transition("in_review", "approve", "approved", ("staff",)),
    Transition("approved", "open_fieldwork", "fielding", ("staff",)),
    Transition("fielding", "close", "closed", ("staff", "system")),
    Transition("closed", "begin_analysis", "analysing", ("system",)),
    Transition("analysing", "record_report", "reported", ("system",)),
    Transition("reported", "publish", "published", ("staff", "system")),
    # The owner may step back only while nobody has been asked anything.
    Transition("draft", "withdraw", "withdrawn", ("developer",)),
    Transition("submitted", "withdraw", "withdrawn", ("developer",)),
    Transition("in_review", "withdraw", "withdrawn", ("developer",)),
    Transition("approved", "withdraw", "withdrawn", ("developer",)),
)

_BY_STEP = {(step.source, step.event): step for step in TRANSITIONS}


def target(state: AuditState, event: Event, actor: Actor) -> AuditState:
    """Where `event` leads from `state` when `actor` makes it.

    Raises:
        TransitionRefused: the table has no such step, or not for this role.
    """
    step = _BY_STEP.get((state, event))
    if step is None or actor.role not in step.roles:
        where = ", ".join(other.source for other in TRANSITIONS if other.event == event and actor.role in other.roles)
        message = f"The audit is `{state}`; `{event}` is possible from: {where or 'nowhere with this key'}."
        raise TransitionRefused(message, details={"state": state, "event": event})
    return step.target
