"""`make demo`: one whole audit on this machine, with nothing else running."""

import argparse
import asyncio
import fcntl
import os
import shutil
import sys
from pathlib import Path

import msgspec
from samenspraak import examples
from samenspraak.errors import SamenspraakError

from service.demo.browser import ServiceAway
from service.demo.console import Console
from service.demo.process import Service, ServiceFailed
from service.demo.story import Options, Stage, StoryBroken, tell


def main() -> int:
    """Run the demonstration; exit status 0 when every promise of the story held."""
    arguments = _arguments()
    folder = Path("var/demo").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"A demonstration is already running in {folder}. Wait for it to end, or stop it with Ctrl-C there.")
            return 2
        return asyncio.run(_run(_options(arguments), folder))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer citizens: what continuous integration runs")
    parser.add_argument("--form", choices=("short", "standard", "long"), default="short", help="questionnaire form")
    parser.add_argument("--world", choices=("ignorable", "non_ignorable"), default="ignorable")
    parser.add_argument(
        "--application", choices=examples.names(), default="scanauto-parkeren", help="one of the examples in the SDK"
    )
    return parser.parse_args()


def _options(arguments: argparse.Namespace) -> Options:
    options = Options(form=arguments.form, world=arguments.world, application=arguments.application)
    if arguments.short:
        options = msgspec.structs.replace(options, target=220, panel=1_600, by_page=40)
    return options


async def _run(options: Options, folder: Path) -> int:
    console = Console()
    for old in ("report.json", "report.html", "report.pdf", "tables.csv", "lottery.json"):
        (folder / old).unlink(missing_ok=True)
    state_dir = folder / "state"
    shutil.rmtree(state_dir, ignore_errors=True)
    log = folder / "service.log"
    log.unlink(missing_ok=True)
    service = Service(state_dir, log, {"SAMENSPRAAK_SIMULATED": "yes", "SAMENSPRAAK_ENVIRONMENT": "development"})
    stage = Stage(options=options, console=console, folder=folder, service=service)
    try:
        await tell(stage)
    except (ServiceFailed, ServiceAway, StoryBroken, SamenspraakError, TimeoutError) as broken:
        console.step(f"STOPPED: {type(broken).__name__}: {broken}")
        console.step(f"What the service said is in {log}; run `make demo` again for a fresh start.")
        return 1
    finally:
        await service.stop()
    cpu = sum(os.times()[:4])
    console.step(
        f"done in {console.elapsed:.0f} s ({cpu:.0f} CPU seconds with all processes); the report is in {folder}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
