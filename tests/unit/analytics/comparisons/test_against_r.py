"""Tests of tables, means and ranks equal those of R where samples are clustered, staged, calibrated and incomplete."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "reference"
RUNNER = Path(__file__).resolve().parents[3] / "reference" / "run.py"


def run(folder: Path) -> str:
    done = subprocess.run([sys.executable, str(RUNNER), str(folder)], capture_output=True, text=True, check=False)
    return done.stdout


@pytest.mark.slow
def test_every_test_equals_that_of_r() -> None:
    count = len(json.loads((HERE / "cases" / "tests.json").read_text()))
    assert count == 226
    printed = run(HERE)
    assert printed.strip().endswith(f"{count} passed, 0 failed, 0 skipped"), printed


@pytest.mark.slow
def test_a_wrong_degree_of_freedom_would_be_seen(tmp_path: Path) -> None:
    shutil.copytree(HERE, tmp_path / "r")
    file = tmp_path / "r" / "cases" / "tests.json"
    cases = [case for case in json.loads(file.read_text()) if case["id"] == "clusters1-ttest-y-0"]
    assert len(cases) == 1
    cases[0]["expected"]["df"] -= 1
    file.write_text(json.dumps(cases))
    assert "/df: got 19, expected 18" in run(tmp_path)
