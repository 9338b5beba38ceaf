"""What the demonstration prints: one line a step, with the time since the start."""

import sys
import time
from collections.abc import Sequence


class Console:
    """Progress on standard output. Reading a clock is fine here: nothing printed feeds a figure."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def chapter(self, title: str) -> None:
        self._write(f"\n== {title}")

    def step(self, text: str) -> None:
        self._write(f"   {text}", timed=True)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A plain table; the first column is left-aligned, the others right."""
        widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
        for row in (header, *rows):
            first, rest = (
                row[0].ljust(widths[0]),
                (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
            )
            self._write("   " + "  ".join((first, *rest)))

    def _write(self, line: str, *, timed: bool = False) -> None:
        stamp = f"[{self.elapsed:6.1f} s]" if timed else ""
        sys.stdout.write(f"{stamp}{line}\n")
        sys.stdout.flush()
