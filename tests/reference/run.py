"""Run the reference cases under a folder: `python tests/reference/run.py [DIR]`.

DIR holds, itself or in any folder below it, `cases/*.json` and `data/*.csv` (surveys), or `quotas.csv`, `expected.json`
and a pool (panel selection, `operations/sortition.py`). Every failure is printed with what we got and what was
expected, every operation without an implementation as not covered. The last line counts; the exit code is 1 when
anything failed or nothing was found."""

import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
for folder in (str(HERE), str(HERE.parents[1])):
    if folder not in sys.path:
        sys.path.insert(0, folder)

import operations  # noqa: E402
from operations import sortition  # noqa: E402

ZERO_SE = 1e-10
"""An expected standard error below this part of its estimate is zero; ours may then be anything below `ACCEPT_SE`."""
ACCEPT_SE = 1e-8


class Outcome(NamedTuple):
    passed: int
    failed: int
    skipped: int
    lines: tuple[str, ...]


def folders(root: Path) -> list[Path]:
    """Every folder at or under `root` with a `cases` folder, in name order."""
    found = {path.parent for path in root.rglob("cases") if path.is_dir() and any(path.glob("*.json"))}
    return sorted(found)


def run(root: Path) -> Outcome:
    """Run everything under `root`."""
    passed, failed, lines = 0, 0, []
    uncovered: Counter[str] = Counter()
    for folder in folders(root):
        cases = [case for file in sorted((folder / "cases").glob("*.json")) for case in json.loads(file.read_text())]
        library = operations.Library(folder / "data", {case["id"]: case for case in cases})
        for case in cases:
            gap = _not_covered(case)
            if gap:
                uncovered[gap] += 1
                continue
            faults = list(_faults(case, library))
            passed, failed = passed + (not faults), failed + bool(faults)
            lines += [f"FAILED {case['id']} ({case['operation']})", *faults] if faults else []
    for folder in sortition.folders(root):
        for name, faults in _instance(folder):
            if faults is None:
                uncovered[f"{name} of a panel selection"] += 1
                continue
            passed, failed = passed + (not faults), failed + bool(faults)
            lines += [f"FAILED {folder.name} ({name})", *faults] if faults else []
    lines += [f"not covered: {name} ({count} skipped)" for name, count in sorted(uncovered.items())]
    return Outcome(passed, failed, uncovered.total(), tuple(lines))


def _instance(folder: Path) -> Iterator[tuple[str, list[str] | None]]:
    """Name and faults of every case of one panel selection; None where a case is not covered."""
    try:
        instance = sortition.Instance(folder)
    except Exception as error:  # a folder that cannot be read is a failed case; the run goes on
        yield "reading", [f"  {type(error).__name__}: {error}"]
        return
    for name, check in sortition.cases(instance):
        try:
            yield name, None if check is None else list(check())
        except Exception as error:  # likewise
            yield name, [f"  {type(error).__name__}: {error}"]


def _not_covered(case: dict[str, Any]) -> str:
    """Why a case cannot be run: its operation, or a design that we do not have; empty when it can."""
    operation = str(case["operation"])
    if operation not in operations.OPERATIONS:
        return operation
    replicates = case["design"]["kind"] != "taylor"
    return f"{operation} on a replicate design" if replicates and operation != "replicate_variance" else ""


def _faults(case: dict[str, Any], library: operations.Library) -> Iterator[str]:
    try:
        got = operations.OPERATIONS[case["operation"]](case, library)
    except Exception as error:  # a crash is a failed case; the run goes on
        yield f"  {type(error).__name__}: {error}"
        return
    yield from _differences("", got, case["expected"], case["tolerance"], case["expected"])


def _differences(path: str, got: Any, expected: Any, tolerance: dict[str, float], scale: Any) -> Iterator[str]:
    """One line for each number that is off. `scale` is where the estimate beside a standard error is found."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            inner = got.get(key) if isinstance(got, dict) else None
            beside = expected if isinstance(value, (int, float)) or key == "se" else value
            yield from _differences(f"{path}/{key}", inner, value, tolerance, beside)
    elif isinstance(expected, list):
        items = list(got) if got is not None else []
        if len(items) != len(expected):
            yield f"  {path}: got {len(items)} values, expected {len(expected)}"
            return
        for i, (one, other) in enumerate(zip(items, expected, strict=True)):
            yield from _differences(f"{path}[{i}]", one, other, tolerance, scale)
    elif not _agrees(path, got, expected, tolerance, scale):
        yield f"  {path}: got {got!r}, expected {expected!r}"


def _agrees(path: str, got: Any, expected: Any, tolerance: dict[str, float], scale: Any) -> bool:
    if isinstance(got, dict) and len(got) == 1:
        got = next(iter(got.values()))
    if expected is None:
        return got is None or not math.isfinite(got)
    if got is None:
        return False
    if not isinstance(expected, (int, float)):
        return bool(got == expected)
    if "/se" in path:
        size = abs(_estimate(path, scale))
        if abs(expected) <= ZERO_SE * size:
            return bool(abs(got) <= ACCEPT_SE * size)
    return bool(abs(got - expected) <= tolerance["abs"] + tolerance["rel"] * abs(expected))


def _estimate(path: str, scale: Any) -> float:
    """The estimate that belongs to the standard error at `path`."""
    name = path.rsplit("/", 1)[-1]
    beside = scale.get("estimate", scale.get("mean", 1.0)) if isinstance(scale, dict) else 1.0
    if name == "se_total":
        beside = scale["total"]
    if isinstance(beside, list):
        place = path.rpartition("[")[2].rstrip("]")
        beside = beside[int(place)] if place.isdigit() and int(place) < len(beside) else 1.0
    value: Any = beside.get(name, 1.0) if isinstance(beside, dict) else beside
    return 1.0 if value is None else float(value)


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else HERE
    outcome = run(root)
    for line in outcome.lines:
        print(line)
    nothing = not (folders(root) or sortition.folders(root))
    if nothing:
        print(f"No cases/*.json and no quotas.csv found at or under {root}.")
    print(f"{outcome.passed} passed, {outcome.failed} failed, {outcome.skipped} skipped")
    return 1 if outcome.failed or nothing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
