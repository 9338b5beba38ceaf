"""Working a lottery file out in a process of its own, by the very program that everybody can download.

A file from a stranger can take a second and a lot of memory to read; the service goes on meanwhile, and nothing of the
file stays behind.
"""

import asyncio
import hashlib
import sys
from pathlib import Path

import msgspec
from samenspraak import lottery

SECONDS = 30.0
"""Far longer than the largest file that is taken needs."""
KEPT = 16
"""Outcomes of our own files that are kept."""
PROGRAM = Path(lottery.__file__)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence in both languages."""

    nl: str
    en: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was worked out again."""

    name: str
    holds: bool
    nl: str
    en: str


class WorkedOut(msgspec.Struct, frozen=True, kw_only=True):
    """What the program says of a file."""

    holds: bool
    checks: tuple[Checked, ...]
    facts: tuple[Said, ...] = ()
    commitment: str = ""


GAVE_UP = WorkedOut(
    holds=False,
    checks=(
        Checked(
            name="format",
            holds=False,
            nl="Dit bestand kon niet worden nagerekend.",
            en="This file could not be worked out.",
        ),
    ),
)

_one_at_a_time = asyncio.Semaphore(1)
_ours: dict[bytes, WorkedOut] = {}


async def worked_out(content: bytes, *, noted: str = "", ticket: str = "") -> WorkedOut:
    """What comes of a file, whatever it holds. Visitors wait for each other."""
    arguments = ("-", "--json", f"--noted={_visible(noted)}", f"--ticket={_visible(ticket)}")
    async with _one_at_a_time:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(PROGRAM), *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            printed, _ = await asyncio.wait_for(process.communicate(content), SECONDS)
            return msgspec.json.decode(printed, type=WorkedOut)
        except (TimeoutError, msgspec.DecodeError):
            return GAVE_UP
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def ours(content: bytes) -> WorkedOut:
    """As `worked_out`, for a file of our own: the same bytes give the same outcome, and the page is opened often on the
    day of a drawing."""
    key = hashlib.sha256(content).digest()
    if key not in _ours:
        found = await worked_out(content)
        if len(_ours) >= KEPT:
            _ours.clear()
        _ours[key] = found
    return _ours[key]


def _visible(typed: str) -> str:
    """What a person can have typed; the rest cannot be handed to a program."""
    return "".join(letter for letter in typed if letter.isprintable())
