"""Measuring beside a peer: CPU seconds of both in one run, one numeric thread, on the same data.

A benchmark is a module of an area's folder with one function:

    def rows(bench: Bench) -> Iterator[Row]: ...

It yields one `Row` per comparison, made with `bench.compare(...)` (two Python callables, timed in turns) or with
`bench.row(...)` (figures measured elsewhere, such as inside R). Every module runs in a process of its own, so that one
does not warm up or fill the memory of another. `bench.short` asks for the small sizes only.

    bench.compare("raking, 5 margins", n=100_000, ours=ours, peer=theirs, peer_name="svy 0.35.0", goal=50)

`ratio` is peer over ours; `goal` is the ratio that must be reached. Time is `time.process_time` (user and system, all
threads of this process), the median of the repeats. A speed is never asserted: a run ends with what held and what not.
"""

import csv
import json
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ENOUGH = 1.0
"""CPU seconds after which a measurement is not repeated any more."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One comparison. `ours` and `peer` are in `unit`; `holds` is None where no goal was set or a peer is missing."""

    name: str
    n: int
    ours: float
    peer: float | None
    peer_name: str
    unit: str
    ratio: float | None
    goal: float | None
    holds: bool | None
    note: str = ""


class Bench:
    def __init__(self, *, short: bool) -> None:
        self.short = short

    def compare(
        self,
        name: str,
        *,
        n: int,
        ours: Callable[[], object],
        peer: Callable[[], object],
        peer_name: str,
        goal: float | None = None,
        repeats: int = 5,
        note: str = "",
    ) -> Row:
        """Time both in turns: ours, peer, ours, peer. A measurement that takes long is repeated less often."""
        mine: list[float] = []
        theirs: list[float] = []
        for _ in range(repeats):
            if sum(mine) < ENOUGH or not mine:
                mine.append(cpu(ours))
            if sum(theirs) < ENOUGH or not theirs:
                theirs.append(cpu(peer))
        return self.row(
            name,
            n=n,
            ours=statistics.median(mine),
            peer=statistics.median(theirs),
            peer_name=peer_name,
            goal=goal,
            note=note,
        )

    def row(
        self,
        name: str,
        *,
        n: int,
        ours: float,
        peer: float | None,
        peer_name: str,
        unit: str = "CPU s",
        goal: float | None = None,
        holds: bool | None = None,
        note: str = "",
    ) -> Row:
        """A comparison of two figures; `holds` is peer / ours >= goal unless it is given."""
        ratio = peer / ours if peer is not None and ours else None
        if holds is None and goal is not None and ratio is not None:
            holds = ratio >= goal
        return Row(
            name=name,
            n=n,
            ours=ours,
            peer=peer,
            peer_name=peer_name,
            unit=unit,
            ratio=ratio,
            goal=goal,
            holds=holds,
            note=note,
        )

    def limit(self, name: str, *, n: int, ours: float, at_most: float, unit: str = "CPU s", note: str = "") -> Row:
        """A figure with a ceiling of its own and no peer; `goal` holds the ceiling."""
        return Row(
            name=name,
            n=n,
            ours=ours,
            peer=None,
            peer_name="",
            unit=unit,
            ratio=None,
            goal=at_most,
            holds=ours <= at_most,
            note=note,
        )

    def r(self, script: str, tables: Mapping[str, Mapping[str, Sequence[Any]]] = {}) -> dict[str, Any] | None:
        """What an R script prints as JSON on its last line; None where R or its survey package is missing.

        `tables` are written as NAME.csv into the script's working directory. Inside the script, `cpu(expr)` gives the
        CPU seconds of an expression and `answer(list(...))` prints the result (numbers and vectors of numbers).
        """
        if not has_r():
            return None
        with tempfile.TemporaryDirectory() as folder:
            for name, table in tables.items():
                with (Path(folder) / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                    writer = csv.writer(file)
                    writer.writerow(table)
                    writer.writerows(zip(*table.values(), strict=True))
            done = subprocess.run(
                ["Rscript", "--vanilla", "-e", R_PRELUDE + script],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise RuntimeError(f"R stopped: {done.stderr[-2000:]}")
        return dict(json.loads(done.stdout.strip().splitlines()[-1]))


R_PRELUDE = """
suppressMessages(library(survey))
cpu <- function(expr) { t <- system.time(force(expr)); unname(t[1] + t[2]) }
answer <- function(x) {
  part <- function(v) {
    text <- sprintf("%.17g", v)
    if (length(v) == 1) text else paste0("[", paste(text, collapse=","), "]")
  }
  cat("\\n{", paste(sprintf("\\"%s\\": %s", names(x), sapply(x, part)), collapse=", "), "}\\n", sep="")
}
"""


def has_r() -> bool:
    """Whether R with its survey package is here (Debian: r-cran-survey)."""
    if shutil.which("Rscript") is None:
        return False
    probe = ["Rscript", "--vanilla", "-e", "suppressMessages(library(survey))"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    before = time.process_time()
    work()
    return time.process_time() - before


def median_cpu(work: Callable[[], object], repeats: int = 5) -> float:
    """Median CPU seconds of several calls."""
    return statistics.median(cpu(work) for _ in range(repeats))


def peak_mib() -> float:
    """Largest resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(rows: Iterable[Row]) -> str:
    """The rows as aligned text."""
    lines = [f"{'what':52} {'n':>9} {'ours':>10} {'peer':>10} {'ratio':>8} {'goal':>7}  holds  peer"]
    for row in rows:
        peer = "-" if row.peer is None else f"{row.peer:10.4g}"
        ratio = "-" if row.ratio is None else f"{row.ratio:.1f}x"
        goal = "-" if row.goal is None else f"{row.goal:g}" + ("x" if row.ratio is not None else "")
        holds = {True: "yes", False: "NO", None: "-"}[row.holds]
        figures = f"{row.name[:52]:52} {row.n:>9} {row.ours:>10.4g} {peer:>10} {ratio:>8} {goal:>7}"
        lines.append(f"{figures}  {holds:5}  {row.peer_name}" + (f"  ({row.note})" if row.note else ""))
    return "\n".join(lines)


def as_json(rows: Iterable[Row]) -> str:
    return json.dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False)
