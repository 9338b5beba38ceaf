"""Regressions equal those of R where samples are clustered, staged, calibrated, swept, thinned out and incomplete."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "reference"
RUNNER = Path(__file__).resolve().parents[3] / "reference" / "run.py"


def run(folder: Path) -> str:
    done = subprocess.run([sys.executable, str(RUNNER), str(folder)], capture_output=True, text=True, check=False)
    return done.stdout


def test_every_regression_equals_that_of_r() -> None:
    count = len(json.loads((HERE / "cases" / "glm.json").read_text()))
    printed = run(HERE)
    assert printed.strip().endswith(f"{count} passed, 0 failed, 0 skipped"), printed


def test_an_error_without_its_clusters_would_be_seen(tmp_path: Path) -> None:
    shutil.copytree(HERE, tmp_path / "r")
    file = tmp_path / "r" / "cases" / "glm.json"
    case = next(case for case in json.loads(file.read_text()) if case["id"] == "clus1na-5")
    case["design"]["ids"] = None
    file.write_text(json.dumps([case]))
    printed = run(tmp_path)
    assert "/se/ell" in printed
    assert "/coef/ell" not in printed
