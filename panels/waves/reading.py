"""What was drawn, for those who weight, report and verify."""

from uuid import UUID

import msgspec
from samenspraak.types.fieldwork import DrawnStratum, Wave

from panels.models import WaveRecord
from panels.store import Connection
from panels.store import waves as store


class Stratum(msgspec.Struct, frozen=True, kw_only=True):
    """One stratum over all waves of an audit, as a design needs it."""

    key: str
    population: int
    """Members with a chance to be invited: N of the finite population correction."""
    invited: int
    """In all waves: n."""
    population_share: float | None
    """Of the margins; None for `rest`."""
    probability: float
    """invited / population; equals the chance of each member while the frame stays as it was."""


async def strata(conn: Connection, audit_id: UUID) -> tuple[Stratum, ...]:
    """Strata of an audit, in order of key; empty for one that was never drawn.

    Members come and go between waves; the population is the largest that a wave has seen.
    """
    return combined(await store.waves(conn, audit_id=audit_id))


def combined(drawn: tuple[WaveRecord, ...]) -> tuple[Stratum, ...]:
    """The same from the draws themselves."""
    population: dict[str, int] = {}
    invited: dict[str, int] = {}
    shares: dict[str, float | None] = {}
    for wave in drawn:
        for stratum in wave.strata:
            key = stratum.key
            population[key] = max(population.get(key, 0), stratum.reached or stratum.frame)
            invited[key] = invited.get(key, 0) + stratum.drawn
            shares[key] = stratum.population_share if shares.get(key) is None else shares[key]
    return tuple(
        Stratum(
            key=key,
            population=max(population[key], invited[key]),
            invited=invited[key],
            population_share=shares[key],
            probability=invited[key] / max(population[key], invited[key]) if invited[key] else 0.0,
        )
        for key in sorted(population)
    )


async def waves(conn: Connection, audit_id: UUID) -> tuple[Wave, ...]:
    """Every draw of an audit, in order."""
    return tuple(shown(wave) for wave in await store.waves(conn, audit_id=audit_id))


def shown(wave: WaveRecord) -> Wave:
    """A draw as it is published to staff; no member is in it."""
    return Wave(
        number=wave.number,
        drawn_at=wave.drawn_at,
        decided_by=wave.decided_by,
        method=wave.method,
        invited=wave.size,
        frame=wave.frame_size,
        frame_hash=wave.frame_hash,
        not_drawn=wave.excluded,
        strata=tuple(
            DrawnStratum(key=one.key, frame=one.frame, drawn=one.drawn, probability=one.probability)
            for one in wave.strata
        ),
    )
