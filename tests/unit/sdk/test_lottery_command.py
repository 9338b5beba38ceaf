"""`samenspraak verify-draw`, and the same program as one file that needs no installation."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from samenspraak import cli, lottery

from tests.unit.sdk import lotteries


@pytest.fixture
def saved(tmp_path):
    def save(value, name="lottery.json"):
        path = tmp_path / name
        path.write_bytes(lotteries.encoded(value))
        return str(path)

    return save


def changed():
    file = lotteries.file()
    file["drawing"]["value"] += "1"
    return file


class TestVerifyDraw:
    def test_prints_a_line_per_check_in_dutch_and_ends_well(self, saved, capsys):
        assert cli.main(["verify-draw", saved(lotteries.file())]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].startswith("[klopt] format: ")
        assert sum(line.startswith("[klopt] ") for line in lines) == 10
        assert lines[-1] == "Alles klopt."

    def test_speaks_english_when_asked(self, saved, capsys):
        assert cli.main(["verify-draw", saved(lotteries.file()), "--lang", "en"]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == "Everything holds."

    def test_names_each_check_that_fails_and_ends_with_1(self, saved, capsys):
        file = changed()
        file["drawing"]["seed"] = "x"
        assert cli.main(["verify-draw", saved(file), "--lang", "en"]) == 1
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(":")[0] for line in lines if line.startswith("[DOES NOT HOLD]")] == [
            "[DOES NOT HOLD] seed", "[DOES NOT HOLD] number",
        ]  # fmt: skip
        assert lines[-1] == "This does not hold: seed, number."

    def test_takes_the_table_of_an_auditor_a_ticket_and_a_noted_code(self, saved, capsys):
        file = lotteries.file()
        more = ["--pool", saved(lotteries.table(), "pool.json"), "--ticket", "0005aaaa"]
        assert cli.main(["verify-draw", saved(file), *more, "--noted", file["lottery"]["commitment"]]) == 0
        out = capsys.readouterr().out
        assert all(f"[klopt] {name}: " in out for name in ("quotas", "households", "ticket", "noted"))

    def test_says_when_there_was_no_drawing_yet(self, saved, capsys):
        assert cli.main(["verify-draw", saved(lotteries.file(drawn=False))]) == 0
        assert "Er is nog niet geloot." in capsys.readouterr().out

    def test_lists_the_tickets_that_were_drawn(self, saved, capsys):
        cli.main(["verify-draw", saved(lotteries.file()), "--lang", "en"])
        panel = lottery.verify(lotteries.encoded(lotteries.file())).panel
        assert f"Drawn are: {', '.join(panel)}" in capsys.readouterr().out

    def test_a_file_that_is_not_there_is_said_so(self, capsys):
        assert cli.main(["verify-draw", "/nowhere/lottery.json"]) == 1
        assert "/nowhere/lottery.json" in capsys.readouterr().err

    def test_prints_json_in_both_languages_for_other_programs(self, saved, capsys):
        assert cli.main(["verify-draw", saved(changed()), "--json"]) == 1
        found = json.loads(capsys.readouterr().out)
        assert not found["holds"]
        (wrong,) = [check for check in found["checks"] if not check["holds"]]
        assert wrong["name"] == "number"
        assert wrong["nl"] != wrong["en"]
        assert found["number"] != lotteries.file()["drawing"]["number"]

    def test_wrong_usage_ends_with_2(self, capsys):
        with pytest.raises(SystemExit) as stopped:
            cli.main(["verify-draw"])
        assert stopped.value.code == 2
        capsys.readouterr()


class TestOneFile:
    """Isolated Python (-I -S): no installed package, nothing beside the file."""

    def run(self, tmp_path: Path, *args: str) -> subprocess.CompletedProcess[str]:
        alone = tmp_path / "alone"
        alone.mkdir(exist_ok=True)
        script = alone / "verify-draw.py"
        script.write_bytes(Path(lottery.__file__).read_bytes())
        return subprocess.run(
            [sys.executable, "-I", "-S", str(script), *args], capture_output=True, text=True, check=False, cwd=alone
        )

    def test_runs_with_the_standard_library_alone(self, saved, tmp_path):
        done = self.run(tmp_path, saved(lotteries.file()), "--lang", "en")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith("Everything holds.\n")

    def test_finds_a_change(self, saved, tmp_path):
        done = self.run(tmp_path, saved(changed()))
        assert done.returncode == 1
        assert done.stdout.endswith("Dit klopt niet: number.\n")

    def test_says_when_a_file_is_not_there(self, tmp_path):
        done = self.run(tmp_path, "nowhere.json")
        assert done.returncode == 1
        assert "nowhere.json" in done.stderr
        assert "Traceback" not in done.stderr
