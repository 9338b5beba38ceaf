"""Whether the service answers while a large lottery is worked on: /livez of a real service, fifty times a second.

The service runs as `make serve` starts it: database, API, worker and the worker's process for calculations. A list of
volunteers is handed in and solved through the API; the same question is asked before, on an idle service, and all the
time while the list is read, the job runs and the lottery is published. Times are wall times as a caller sees them, the
connection kept open.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from harness import Bench, Row

GOAL_MS = 50.0
EVERY = 0.02
SLACK = 12
FEATURES: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    # Shares of the population, and how many times more eagerly each value volunteers.
    "age": ((0.11, 0.16, 0.15, 0.17, 0.17, 0.14, 0.10), (0.5, 0.7, 0.9, 1.1, 1.4, 1.5, 0.8)),
    "gender": ((0.49, 0.49, 0.02), (1.0, 1.0, 1.2)),
    "education": ((0.1, 0.15, 0.35, 0.25, 0.15), (0.4, 0.5, 0.9, 1.4, 1.8)),
    "province": (tuple([1 / 12] * 12), tuple([1.0] * 12)),
    "origin": ((0.72, 0.08, 0.08, 0.06, 0.06), (1.1, 0.8, 0.7, 0.7, 0.8)),
    "urbanity": ((0.25, 0.3, 0.2, 0.15, 0.1), (1.2, 1.1, 0.9, 0.9, 0.8)),
}


def rows(bench: Bench) -> Iterator[Row]:
    for people, size in ((1000, 100),) if bench.short else ((1000, 100), (10_000, 400)):
        found = asyncio.run(measured(people, size))
        note = f"{found['asked']:.0f} questions; idle {found['idle']:.1f} ms; longest {found['longest']:.0f} ms"
        name = f"health, p99 while {people}/{size} is calculated and published"
        yield bench.limit(name, n=people, ours=found["p99"], at_most=GOAL_MS, unit="ms", note=note)


def volunteers(people: int) -> bytes:
    """A pool that selected itself: some answer more eagerly than others."""
    random = Random(1)
    lines = [",".join(["id", *FEATURES])]
    for number in range(people):
        values = [
            str(random.choices(range(len(shares)), [s * e for s, e in zip(shares, eager, strict=True)])[0])
            for shares, eager in FEATURES.values()
        ]
        lines.append(",".join([f"v{number}", *values]))
    return "\n".join(lines).encode()


def plan(size: int) -> Any:
    from samenspraak.types.assembly import AssemblyRequest, QuotaRequest, RandomnessRequest
    from samenspraak.types.base import Localised

    quotas = tuple(
        QuotaRequest(
            feature=feature,
            value=str(value),
            minimum=max(0, int(share * size) - SLACK),
            maximum=min(size, int(share * size) + SLACK + 1),
        )
        for feature, (shares, _) in FEATURES.items()
        for value, share in enumerate(shares)
    )
    return AssemblyRequest(
        title=Localised(nl="Meting", en="Measurement"),
        organiser="Meting",
        purpose=Localised(nl="Een meting van de snelheid.", en="A measurement of speed."),
        size=size,
        sample_kind="simulated",
        pool="file",
        quotas=quotas,
        randomness=RandomnessRequest(source="none", known_from=datetime.now(UTC) + timedelta(days=1)),
    )


async def measured(people: int, size: int) -> dict[str, float]:
    from samenspraak import AsyncSamenspraak

    from service.demo.process import Service

    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        os.chmod(folder, 0o755)
        service = Service(Path(folder) / "state", Path(folder) / "serve.log", {"SAMENSPRAAK_SIMULATED": "yes"})
        running = await service.start()
        try:
            async with AsyncSamenspraak(service.staff_key, base_url=running.api) as client:
                assemblies = client.staff.assemblies
                made = await assemblies.create(plan(size))
                idle = await probed(running.api, asyncio.create_task(asyncio.sleep(5)))
                loading = asyncio.create_task(assemblies.load_volunteers(made.id, volunteers(people)))
                busy = await probed(running.api, loading)
                await assemblies.close_pool(made.id)
                await assemblies.solve(made.id)
                started = time.monotonic()
                waiting = asyncio.create_task(assemblies.solved(made.id, timeout=1800))
                busy += await probed(running.api, waiting)
                assert waiting.result().state == "solved", waiting.result().impossibility
                seconds = time.monotonic() - started
                busy += await probed(running.api, asyncio.create_task(assemblies.publish(made.id)))
        finally:
            await service.stop()
    return {"p99": p99(busy), "longest": max(busy), "idle": p99(idle), "asked": len(busy), "seconds": seconds}


async def probed(api: str, until: "asyncio.Task[Any]") -> list[float]:
    """Milliseconds of every answer of /livez until a task ends."""
    import httpx2

    times = []
    async with httpx2.AsyncClient(base_url=api, timeout=30) as client:
        await client.get("/livez")
        while not until.done():
            began = time.perf_counter()
            answer = await client.get("/livez")
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200
            await asyncio.sleep(EVERY)
    return times


def p99(times: list[float]) -> float:
    return sorted(times)[int(0.99 * (len(times) - 1))]
