"""Where an audit stands on its way, for those who wait for it."""

from samenspraak.types.audit import Audit, AuditState

ORDER: tuple[AuditState, ...] = (
    "draft",
    "submitted",
    "in_review",
    "approved",
    "fielding",
    "closed",
    "analysing",
    "reported",
    "published",
)
"""The straight way. `refused` and `withdrawn` leave it."""

FIRST_INTERVAL = 0.5
SHORTEST_INTERVAL = 0.05
GROWTH = 1.5
EXITS: tuple[AuditState, ...] = ("refused", "withdrawn")


def has_reached(state: str, until: str) -> bool:
    """Whether `state` is `until` or lies past it. A state this version does not know has reached nothing yet."""
    if state == until:
        return True
    if state not in ORDER or until not in ORDER:
        return False
    return ORDER.index(state) > ORDER.index(until)


def stopped(audit: Audit, until: str) -> str | None:
    """Why waiting is useless: nobody but the owner, or nobody at all, can bring this audit to `until`; else None."""
    because = f": {audit.reason}" if audit.reason else "."
    if audit.state in EXITS:
        return f"Audit {audit.id} was {audit.state}{because}"
    if audit.state == "draft" and audit.reason:
        return f"Audit {audit.id} came back for changes{because}"
    if until in EXITS and audit.state == "published":
        return f"Audit {audit.id} is published and can no longer be {until}."
    return None


def next_interval(previous: float, longest: float) -> float:
    """Seconds until the next look: 0.5, then half as much again each time, up to `longest`, never under 0.05."""
    return max(SHORTEST_INTERVAL, min(longest, previous * GROWTH if previous else FIRST_INTERVAL))
