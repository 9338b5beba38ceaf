"""How even participation was at one moment: the R-indicator of the people invited so far."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import numpy as np
from samenspraak.types.audit import Plan

from analytics.errors import AnalyticsError
from analytics.representation.representativity import categories_of, representativity
from panels.models import FrameRow, Observation
from panels.store import Connection
from panels.store import waves as store

DIMENSIONS = ("age3", "sex", "education3", "landsdeel")
"""What the frame knows of everybody invited; the same as in the report."""
LEAST = 50
"""Fewer who took part, or who did not, say too little, and would say it about few people."""
DIGITS = 4


def observe(frame: Sequence[FrameRow], *, plan: Plan, day: int, now: datetime) -> Observation:
    """The point of one plan day; without a figure while too few took part, or too few did not."""
    took = [row.responded for row in frame]
    point = Observation(
        day=day,
        at=now,
        wave=max((row.wave for row in frame), default=0),
        invited=len(frame),
        completed=sum(took),
    )
    if min(sum(took), len(took) - sum(took)) < LEAST:
        return point
    profiles = [row.coded for row in frame]
    try:
        found = representativity(
            [categories_of(profiles, name) for name in DIMENSIONS],
            took,
            base_weights=np.array([1 / row.probability for row in frame]),
            level=plan.weighting.level,
        )
    except AnalyticsError:
        # A group of which everybody or nobody took part by combination has no model; the day has no figure then.
        return point
    return Observation(
        day=point.day,
        at=point.at,
        wave=point.wave,
        invited=point.invited,
        completed=point.completed,
        r=round(found.r, DIGITS),
        lower=round(found.interval.lower, DIGITS),
        upper=round(found.interval.upper, DIGITS),
    )


async def keep(conn: Connection, *, audit_id: UUID, observation: Observation) -> None:
    """Store the point of a day; the first one of a day stays."""
    await store.insert_observation(conn, audit_id=audit_id, observation=observation)
