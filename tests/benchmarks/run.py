"""Run the benchmarks of one area, or of all: `python tests/benchmarks/run.py [AREA] [--short] [--only MODULE]`.

Each module runs in a process of its own with one numeric thread; the rows go to var/bench/AREA.json and to the screen.
The exit code is 1 when a module broke; a goal that was missed is printed and is no failure, since the machine may be
busy."""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

from harness import Bench, Row, as_json, table  # noqa: E402


def areas() -> list[str]:
    """Every folder with benchmarks in it."""
    return sorted(folder.name for folder in HERE.iterdir() if folder.is_dir() and any(folder.glob("[a-z]*.py")))


def one(path: Path, *, short: bool, into: Path) -> None:
    """The rows of one module, in this process."""
    spec = importlib.util.spec_from_file_location(f"bench_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    into.write_text(as_json(module.rows(Bench(short=short))), encoding="utf-8")


def area(name: str, *, short: bool, only: str | None) -> bool:
    """All modules of an area; whether each of them ran to its end."""
    rows: list[Row] = []
    fine = True
    for path in sorted((HERE / name).glob("[a-z]*.py")):
        if only not in (None, path.stem):
            continue
        with tempfile.TemporaryDirectory() as folder:
            into = Path(folder) / "rows.json"
            command = [sys.executable, __file__, "--module", str(path), "--into", str(into)]
            threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
            done = subprocess.run(
                [*command, *(["--short"] if short else [])], env={**os.environ, **threads}, check=False
            )
            if done.returncode:
                print(f"{name}/{path.stem} broke")
                fine = False
                continue
            found = [Row(**row) for row in json.loads(into.read_text(encoding="utf-8"))]
        print(table(found), flush=True)
        rows += found
    target = ROOT / "var" / "bench" / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(as_json(rows), encoding="utf-8")
    missed = [row.name for row in rows if row.holds is False]
    print(f"{name}: {len(rows)} measurements, {len(missed)} below their goal" + "".join(f"\n  {m}" for m in missed))
    return fine


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("area", nargs="?")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only")
    parser.add_argument("--module", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.module is not None:
        one(given.module, short=given.short, into=given.into)
        return 0
    if given.area is not None and given.area not in areas():
        parser.error(f"no area {given.area!r}; there are: {', '.join(areas())}")
    names = [given.area] if given.area else areas()
    fine = [area(name, short=given.short, only=given.only) for name in names]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
