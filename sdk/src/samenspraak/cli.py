"""The command `samenspraak`: submit an application, follow its audit, fetch the report, answer it.

Results are JSON on standard output (`verify-draw` prints plain lines), messages go to standard error. Exit codes: 0
done, 1 refused or failed, 2 wrong usage. Key and address come from SAMENSPRAAK_API_KEY and SAMENSPRAAK_BASE_URL.

Other distributions add subcommands through the entry-point group `samenspraak.commands`: a function
`register(subparsers)` that adds parsers, each with `set_defaults(run=function)`; the function gets the parsed arguments
and returns the exit code.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from samenspraak.sync.client import Samenspraak
    from samenspraak.types.audit import Audit

GROUP = "samenspraak.commands"
OWN = ("submit", "audits", "report", "respond", "check", "verify-draw")
STATES = (
    *("draft", "submitted", "in_review", "approved", "fielding", "closed", "analysing", "reported", "published"),
    *("refused", "withdrawn"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    plugins = () if arguments[:1] and arguments[0] in OWN else tuple(entry_points(group=GROUP))
    args = parser(plugins).parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = args.run
    from samenspraak.errors import SamenspraakError

    try:
        return run(args)
    except SamenspraakError as fault:
        print(fault, file=sys.stderr)
    except OSError as fault:
        print(f"{fault.filename or 'file'}: {fault.strerror or fault}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    return 1


def parser(plugins: Sequence[EntryPoint] = ()) -> argparse.ArgumentParser:
    """The command line with its subcommands and those of `plugins`; one that cannot load is reported and left out."""
    from samenspraak import __version__

    top = argparse.ArgumentParser(prog="samenspraak", description="Have citizens judge an AI application.")
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _submit(commands)
    _audits(commands)
    _report(commands)
    _respond(commands)
    _check(commands)
    _verify_draw(commands)
    for plugin in plugins:
        try:
            plugin.load()(commands)
        except Exception as fault:
            print(f"samenspraak: commands of {plugin.name!r} are left out: {fault}", file=sys.stderr)
    return top


def _submit(commands: Any) -> None:
    sub = commands.add_parser("submit", help="submit an application and ask for an audit of it")
    sub.add_argument("file", help="application as JSON; - reads standard input")
    sub.add_argument(
        "--form", choices=("short", "standard", "long"), default="standard", help="length of the questionnaire"
    )
    sub.add_argument(
        "--completes", type=int, default=1000, metavar="N", help="people who should finish it (default 1000)"
    )
    sub.add_argument("--no-ballot", action="store_true", help="hold no secret ballot beside the questionnaire")
    sub.add_argument("--learn", default="", metavar="TEXT", help="what you want to decide with the outcome")
    sub.add_argument("--draft", action="store_true", help="keep the audit as a draft, do not hand it to staff yet")
    sub.set_defaults(run=submit)


def submit(args: argparse.Namespace) -> int:
    import msgspec

    from samenspraak.types.application import Application
    from samenspraak.types.audit import AuditRequest

    document = _read(args.file)
    if _faults(document):
        return 1
    with _client() as client:
        stored = client.applications.submit(msgspec.json.decode(document, type=Application))
        request = AuditRequest(
            application_id=stored.id,
            form=args.form,
            target_completes=args.completes,
            secret_ballot=not args.no_ballot,
            wants_to_learn=args.learn,
        )
        audit = client.audits.create(request)
        _print(audit if args.draft else client.audits.submit(audit.id))
    return 0


def _audits(commands: Any) -> None:
    audits = commands.add_parser("audits", help="look at audits, or wait for one")
    actions = audits.add_subparsers(required=True, metavar="ACTION")
    sub = actions.add_parser("list", help="all audits of this key")
    sub.add_argument("--state", choices=STATES, metavar="STATE", help="only those in this state")
    sub.set_defaults(run=audits_list)
    sub = actions.add_parser("show", help="one audit")
    sub.add_argument("audit")
    sub.set_defaults(run=audits_show)
    sub = actions.add_parser("wait", help="wait until an audit is in a state or past it")
    sub.add_argument("audit")
    sub.add_argument("--until", default="reported", choices=STATES, metavar="STATE", help="default: reported")
    sub.add_argument("--timeout", type=float, metavar="SECONDS", help="give up after so long")
    sub.set_defaults(run=audits_wait)


def audits_list(args: argparse.Namespace) -> int:
    with _client() as client:
        _print(client.audits.list(state=args.state, limit=100).collect())
    return 0


def audits_show(args: argparse.Namespace) -> int:
    with _client() as client:
        _print(client.audits.get(args.audit))
    return 0


def audits_wait(args: argparse.Namespace) -> int:
    def progress(audit: "Audit") -> None:
        done = "" if audit.completes is None else f", {audit.completes} of {audit.target_completes} completes"
        print(f"{audit.state}{done}", file=sys.stderr)

    with _client() as client:
        _print(client.audits.wait(args.audit, args.until, timeout=args.timeout, on_progress=progress))
    return 0


def _report(commands: Any) -> None:
    report = commands.add_parser("report", help="fetch a report")
    actions = report.add_subparsers(required=True, metavar="ACTION")
    sub = actions.add_parser("download", help="save the report, byte for byte as it was frozen")
    sub.add_argument("audit")
    sub.add_argument("--format", choices=("json", "html", "pdf", "csv"), default="pdf", help="default: pdf")
    sub.add_argument("--output", metavar="FILE", help="default: report-AUDIT.FORMAT; - writes standard output")
    sub.set_defaults(run=report_download)
    sub = actions.add_parser("verify", help="check that the service signed the report of an audit, byte for byte")
    sub.add_argument("audit")
    sub.add_argument("--public-key", required=True, metavar="KEY", help="base64url, as noted from the register")
    sub.set_defaults(run=report_verify)


def report_download(args: argparse.Namespace) -> int:
    with _client() as client:
        content = client.audits.report_bytes(args.audit, args.format)
    if args.output == "-":
        sys.stdout.buffer.write(content)
        return 0
    target = Path(args.output or f"report-{args.audit}.{args.format}")
    target.write_bytes(content)
    _print({"audit": args.audit, "file": str(target), "bytes": len(content)})
    return 0


def report_verify(args: argparse.Namespace) -> int:
    from samenspraak import verify

    with _client() as client:
        signed = client.audits.signed_report(args.audit)
    try:
        holds = verify.report(signed.content, signed.signature, args.public_key)
    except ImportError as missing:
        print(missing, file=sys.stderr)
        return 1
    _print({"audit": args.audit, "signature": signed.signature, "holds": holds})
    return 0 if holds else 1


def _respond(commands: Any) -> None:
    sub = commands.add_parser("respond", help="answer a report in public, as its owner")
    sub.add_argument("audit")
    sub.add_argument("file", help="the response as JSON (summary, measures, contact); - reads standard input")
    sub.set_defaults(run=respond)


def respond(args: argparse.Namespace) -> int:
    import msgspec

    from samenspraak.types.audit import OwnerResponseRequest

    try:
        response = msgspec.json.decode(_read(args.file), type=OwnerResponseRequest)
    except msgspec.DecodeError as fault:
        print(f"{args.file}: {fault}", file=sys.stderr)
        return 1
    with _client() as client:
        _print(client.audits.respond(args.audit, response))
    return 0


def _check(commands: Any) -> None:
    sub = commands.add_parser("check", help="look for faults in an application, without sending it")
    sub.add_argument("file", help="application as JSON; - reads standard input")
    sub.set_defaults(run=check)


def check(args: argparse.Namespace) -> int:
    from samenspraak.checking import application_faults

    found = application_faults(_read(args.file))
    _print({"file": args.file, "valid": not found, "faults": found})
    return 1 if found else 0


def _verify_draw(commands: Any) -> None:
    from samenspraak import lottery

    sub = commands.add_parser("verify-draw", help="check that a panel was drawn as published, without a network")
    lottery.arguments(sub)
    sub.set_defaults(run=lottery.run)


def _faults(document: bytes) -> bool:
    from samenspraak.checking import application_faults

    found = application_faults(document)
    for fault in found:
        print(f"{fault.pointer or '/'} [{fault.code}] {fault.detail}", file=sys.stderr)
    return bool(found)


def _client() -> "Samenspraak":
    from samenspraak.sync.client import Samenspraak

    return Samenspraak()


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _print(value: object) -> None:
    import msgspec

    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


if __name__ == "__main__":
    raise SystemExit(main())
