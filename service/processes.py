"""Child processes: started with a death signal, checked with zombies in mind, stopped within a time limit."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

PR_SET_PDEATHSIG = 1


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The unprivileged user that a server runs as."""

    uid: int
    gid: int


def unprivileged() -> Identity | None:
    """`nobody` when we are root, since PostgreSQL refuses to run as root; None when we are somebody else."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam("nobody")
    return Identity(uid=user.pw_uid, gid=user.pw_gid)


def die_with_parent(death_signal: int) -> Callable[[], None]:
    """What a child runs between fork and exec, so that it never outlives a parent that was killed with -9.

    The kernel sends the signal when the *thread* that started the child ends, so children are started from the main
    thread only. Elsewhere than Linux this does nothing; there a stale process is found by its pid file.
    """
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def prepare() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, death_signal)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def spawn(
    arguments: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    log: Path | None,
    death_signal: int = signal.SIGTERM,
    identity: Identity | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a direct child in its own process group (so that Ctrl-C reaches only us), output to a log file.

    Args:
        log: file the output is added to; None leaves the child on our own output.
        death_signal: sent to the child by the kernel when we die.
        identity: user to run as, when we are root.
    """
    output = log.open("ab") if log is not None else None
    try:
        return subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            env=dict(environment),
            start_new_session=True,
            user=identity.uid if identity else None,
            group=identity.gid if identity else None,
            extra_groups=[] if identity else None,
            preexec_fn=die_with_parent(death_signal),
        )
    finally:
        if output is not None:
            output.close()


def stop(child: "subprocess.Popen[bytes]", *, first: int, seconds: float) -> int:
    """Ask with `first`, insist with SIGKILL after `seconds`; returns the exit code."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(first)
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
    return child.wait(5)


def alive(pid: int) -> bool:
    """Whether a process runs. A zombie does not: where nobody reaps it, it would look alive forever."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        if sys.platform == "linux":
            return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
    return stat.rpartition(")")[2].split()[0] not in ("Z", "X")


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.02) -> bool:
    """Poll until the condition holds; False when the time is over first."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= until:
            return False
        time.sleep(every)
    return True


def reachable_by_others(path: Path) -> bool:
    """Whether any user may walk to `path` and, when it is a file, run it."""
    whole = path.resolve()
    if not all(folder.stat().st_mode & 0o001 for folder in whole.parents):
        return False
    mode = whole.stat().st_mode if whole.exists() else 0o001
    return bool(mode & 0o001)
