"""The service's commands: `python -m service COMMAND`, and the same under `samenspraak` where both are installed."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.settings import Settings

Command = Callable[[argparse.Namespace], int]


def register(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the service's commands to a parser; each sets `run`, which takes the arguments and returns the exit code."""
    serve = _add(subparsers, "serve", _serve, "start everything and keep it up: engines, API, worker, mail sink")
    serve.add_argument("--port", type=int, default=None, help="port of the API; 0 takes any free one")
    _add(subparsers, "migrate", _migrate, "bring the database up to date and stop")
    _add(subparsers, "api", _api, "run the API alone, on a database that is up")
    worker = _add(subparsers, "worker", _worker, "run a worker alone, on a database that is up")
    worker.add_argument("--queues", default="default,reports", help="queues to serve, with commas between them")
    sink = _add(subparsers, "mailsink", _mailsink, "run the local mail sink with its web mailbox")
    sink.add_argument("--smtp-port", type=int, required=True)
    sink.add_argument("--web-port", type=int, required=True)
    _add(subparsers, "purge", _purge, "remove what is past its date now, and say what was removed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of `python -m service`."""
    parser = argparse.ArgumentParser(prog="python -m service", description="Samenspraak, the service.")
    register(parser.add_subparsers(title="commands", required=True))
    parsed = parser.parse_args(arguments)
    command: Command = parsed.run
    return command(parsed)


def _add(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, command: Command, text: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=text, description=text)
    parser.set_defaults(run=_told(command))
    return parser


def _told(command: Command) -> Command:
    """Failures that somebody can do something about end as one clear message, not as a traceback."""

    def run(arguments: argparse.Namespace) -> int:
        from service.db import DatabaseUnavailable, DatabaseUnsafe, LoginRefused
        from service.engines import AlreadyRunning, EngineFailed
        from service.keyring import SecretMissing
        from service.migrate import MigrationFailed
        from service.settings import SettingsInvalid
        from service.supervise import PortTaken, StartFailed

        try:
            return command(arguments)
        except SettingsInvalid as error:
            print(f"These settings need another look:\n{error}", file=sys.stderr)
        except DatabaseUnavailable as error:
            print(f"The database does not answer or refuses the login: {error.__cause__}", file=sys.stderr)
        except (AlreadyRunning, DatabaseUnsafe, EngineFailed, PortTaken) as error:
            print(error, file=sys.stderr)
        except (LoginRefused, MigrationFailed, SecretMissing, StartFailed) as error:
            print(error, file=sys.stderr)
        return 1

    return run


def _settings(port: int | None = None) -> "Settings":
    from service.settings import load

    environ = dict(os.environ)
    if port is not None:
        environ["SAMENSPRAAK_PORT"] = str(port)
    return load(environ)


def _say(line: str) -> None:
    print(line, flush=True)


def _serve(arguments: argparse.Namespace) -> int:
    from service import supervise

    supervise.serve(_settings(arguments.port), say=_say, environ=os.environ)
    return 0


def _migrate(_arguments: argparse.Namespace) -> int:
    from service import supervise

    supervise.prepare(_settings(), say=_say).stop()
    return 0


def _api(_arguments: argparse.Namespace) -> int:
    import uvicorn

    from service import telemetry

    settings = _settings()
    telemetry.configure()
    uvicorn.run(
        "service.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    return 0


def _worker(arguments: argparse.Namespace) -> int:
    from service import telemetry, worker
    from service.tasks import QUEUES

    wanted = tuple(queue for queue in QUEUES if queue in arguments.queues.split(","))
    unknown = set(arguments.queues.split(",")) - set(QUEUES)
    if unknown or not wanted:
        print(f"Unknown queue {', '.join(sorted(unknown))}; choose from {', '.join(QUEUES)}.", file=sys.stderr)
        return 2
    telemetry.configure()
    worker.main(_settings(), queues=wanted)
    return 0


def _mailsink(arguments: argparse.Namespace) -> int:
    from service import mailsink

    folder: Path = _settings().mail_dir
    mailsink.main(folder, smtp_port=arguments.smtp_port, web_port=arguments.web_port)
    return 0


def _purge(_arguments: argparse.Namespace) -> int:
    return asyncio.run(_purge_now())


async def _purge_now() -> int:
    from service import telemetry, worker
    from service.store import jobs
    from service.tasks.arguments import DataPurge
    from service.tasks.upkeep import purge_data

    telemetry.configure()
    async with worker.opened(_settings()) as work:
        run_id = await purge_data(work, DataPurge(day=work.now().date()))
        async with work.databases.worker.reading() as conn:
            rows = await jobs.purges(conn, run_id=run_id)
    for row in rows:
        oldest = f", oldest {row.oldest:%Y-%m-%d}" if row.oldest else ""
        _say(f"{row.table}: {row.deleted} removed, {row.kept} kept{oldest}")
    return 0
