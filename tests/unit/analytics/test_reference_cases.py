"""The numbers of R, and a runner that can see when one is wrong."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[2] / "reference"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(HERE / "run.py"), *arguments], capture_output=True, text=True, check=False
    )


def test_every_case_of_r_passes() -> None:
    done = run()
    last = done.stdout.strip().splitlines()[-1]
    assert done.returncode == 0, done.stdout
    passed, failed, skipped = (int(part.split()[0]) for part in last.split(","))
    assert (failed, skipped) == (0, 0)
    assert passed == sum(len(json.loads(f.read_text())) for f in (HERE / "cases").glob("*.json")) == 271


def test_an_operation_that_nobody_wrote_is_skipped_by_name(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    shutil.copytree(HERE / "data", tmp_path / "data")
    case = json.loads((HERE / "cases" / "mean_total.json").read_text())[0]
    case["operation"] = "divination"
    (tmp_path / "cases" / "one.json").write_text(json.dumps([case]))
    printed = run(str(tmp_path)).stdout
    assert "not covered: divination (1 skipped)" in printed
    assert printed.strip().endswith("0 passed, 0 failed, 1 skipped")


def test_an_altered_number_is_reported_with_got_and_expected(tmp_path: Path) -> None:
    folder = tmp_path / "survey"
    (folder / "cases").mkdir(parents=True)
    shutil.copytree(HERE / "data", folder / "data")
    cases = json.loads((HERE / "cases" / "mean_total.json").read_text())[:3]
    cases[0]["expected"]["se"]["api00"] *= 1 + 1e-6
    (folder / "cases" / "mean_total.json").write_text(json.dumps(cases))
    done = run(str(tmp_path))
    assert done.returncode == 1
    assert "FAILED apistrat-mean-api00" in done.stdout
    assert "/se/api00: got 9.4089408" in done.stdout
    assert done.stdout.strip().endswith("2 passed, 1 failed, 0 skipped")


def test_a_folder_without_cases_is_an_error(tmp_path: Path) -> None:
    done = run(str(tmp_path))
    assert done.returncode == 1
    assert "0 passed, 0 failed, 0 skipped" in done.stdout


def test_a_design_we_do_not_have_is_skipped_by_name(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    shutil.copytree(HERE / "data", tmp_path / "data")
    case = json.loads((HERE / "cases" / "mean_total.json").read_text())[0]
    case["design"]["kind"] = "replicate"
    (tmp_path / "cases" / "one.json").write_text(json.dumps([case]))
    printed = run(str(tmp_path)).stdout
    assert "not covered: mean on a replicate design (1 skipped)" in printed
