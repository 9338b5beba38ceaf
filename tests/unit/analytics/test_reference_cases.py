"""The numbers of R and the answers of panel selections, and a runner that can see when one is wrong."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2] / "reference"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(HERE / "run.py"), *arguments], capture_output=True, text=True, check=False
    )


def test_every_case_passes() -> None:
    done = run()
    last = done.stdout.strip().splitlines()[-1]
    assert done.returncode == 0, done.stdout
    passed, failed, skipped = (int(part.split()[0]) for part in last.split(","))
    assert (failed, skipped) == (0, 0)
    of_r = sum(len(json.loads(f.read_text())) for f in (HERE / "cases").glob("*.json"))
    assert of_r == 271
    assert passed == of_r + sum(selection_cases(folder) for folder in (HERE / "sortition").iterdir() if folder.is_dir())


def selection_cases(folder: Path) -> int:
    """One for every key that says something, and one for chances by person."""
    keys = json.loads((folder / "expected.json").read_text()).keys() - {"name", "note"}
    return len(keys) + (folder / "leximin_lp_p.csv").is_file()


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


class TestPanelSelection:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        shutil.copytree(HERE / "sortition" / "parity_third", tmp_path / "parity_third")
        return tmp_path / "parity_third"

    def change(self, folder: Path, **values: object) -> None:
        expected = json.loads((folder / "expected.json").read_text())
        (folder / "expected.json").write_text(json.dumps(expected | values))

    def test_a_wrong_optimum_is_reported_with_got_and_expected(self, folder: Path) -> None:
        self.change(folder, maximin=0.5)
        done = run(str(folder.parent))
        assert done.returncode == 1
        assert "FAILED parity_third (maximin)" in done.stdout
        assert "expected 0.5" in done.stdout
        assert done.stdout.strip().endswith("7 passed, 1 failed, 0 skipped")

    def test_people_who_are_not_forced_are_reported_by_id(self, folder: Path) -> None:
        self.change(folder, forced_people=["p00"])
        assert "forced_people: got ['p03'], expected ['p00']" in run(str(folder)).stdout

    def test_a_key_that_nobody_wrote_is_skipped_by_name(self, folder: Path) -> None:
        self.change(folder, horoscope=1)
        printed = run(str(folder)).stdout
        assert "not covered: horoscope of a panel selection (1 skipped)" in printed
        assert printed.strip().endswith("8 passed, 0 failed, 1 skipped")

    def test_a_folder_that_cannot_be_read_fails_and_the_others_run(self, folder: Path) -> None:
        shutil.copytree(folder, folder.parent / "torn")
        (folder.parent / "torn" / "meta.json").unlink()
        printed = run(str(folder.parent)).stdout
        assert "FAILED torn (reading)" in printed
        assert printed.strip().endswith("8 passed, 1 failed, 0 skipped")

    def test_quotas_that_were_not_met_are_a_failure_of_feasibility(self, folder: Path) -> None:
        quotas = (folder / "quotas.csv").read_text()
        (folder / "quotas.csv").write_text(quotas.replace("m0,in,0,1", "m0,in,2,2").replace("m1,in,0,1", "m1,in,2,2"))
        assert "feasible: got False, expected True" in run(str(folder)).stdout
