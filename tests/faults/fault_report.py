"""The worker is killed while the report is made: in the end there is one report, and the ballot is counted once."""

import asyncio
import os
import signal
from collections.abc import Callable

from samenspraak import AsyncSamenspraak

from tests.faults.fault_supervisor import Served, serve  # noqa: F401
from tests.journey.conftest import Running
from tests.journey.steps import COMPLETES, answer, developer_key, fielded, submitted

KILLS = (0.0, 0.4, 0.9, 1.6)
"""Seconds between one kill and the next: while closing, counting, estimating and rendering."""


async def test_a_worker_killed_while_the_report_is_made_leaves_one_report(serve: Callable[[], Served]) -> None:  # noqa: F811
    served = serve()
    running = Running(
        api=served.run["api"],
        mailbox=served.run["mailbox"],
        staff_key=(served.state_dir / "secrets" / "staff.key").read_text().strip(),
        state_dir=served.state_dir,
        pid=served.process.pid,
    )
    key = await developer_key(running, "gemeente Voorbeeld")
    audit = await submitted(key, running.api)
    await fielded(running, audit)
    tally = await answer(running)
    for pause in KILLS:
        await asyncio.sleep(pause)
        worker = served.children().get("worker")
        if worker is not None:
            os.kill(worker, signal.SIGKILL)
    async with AsyncSamenspraak(api_key=key, base_url=running.api) as client:
        audit = await client.audits.wait(audit.id, until="reported", timeout=90)
        report = await client.audits.report(audit.id)
        events = [event.event async for event in client.audits.events(audit.id)]
    assert report.n == COMPLETES
    assert report.ballot is not None
    assert report.ballot.result.cast == len(tally.receipts)
    assert [event for event in events if "report" in event] == [event for event in set(events) if "report" in event]
    assert not (served.state_dir / "secrets" / "ballots" / f"{audit.id}.key").exists()
