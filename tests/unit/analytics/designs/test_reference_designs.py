"""The runner of reference cases on designs that the cases at hand do not have: stages, nesting, dropped rows."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.analytics.designs.conftest import People

RUN = Path(__file__).resolve().parents[3] / "reference" / "run.py"
LAYOUT = {"kind": "taylor", "ids": ["c", "u"], "strata": "h", "weights": "w", "fpc": ["N", "M"], "nest": True}


def write(folder: Path, people: People, cases: list[dict[str, Any]]) -> None:
    (folder / "cases").mkdir()
    (folder / "data").mkdir()
    sizes = np.array([20, 15, 8])[people.kept // 20], 3 + people.c % 3
    columns = {
        "h": people.h,
        "c": people.c,
        "u": people.u,
        "w": people.w,
        "N": sizes[0],
        "M": sizes[1],
        "fN": 5 / sizes[0],
        "fM": 2 / sizes[1],
        "x": people.x,
        "y": ["" if np.isnan(value) else value for value in people.y],
    }
    with (folder / "data" / "sixty.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    (folder / "cases" / "some.json").write_text(json.dumps(cases))


def case(name: str, expected: tuple[float, ...], **layout: Any) -> dict[str, Any]:
    value, se, df, lower, upper = expected
    numbers = {"estimate": {"x": value}, "se": {"x": se}, "df": df, "ci_lower": {"x": lower}, "ci_upper": {"x": upper}}
    return {
        "id": name,
        "dataset": "sixty.csv",
        "design": {**LAYOUT, **layout},
        "operation": "mean",
        "params": {"y": "x", "level": 0.95},
        "expected": numbers,
        "tolerance": {"rel": 1e-10, "abs": 0},
    }


# in R: svymean(~x, svydesign(id=~c+u, strata=~h, weights=~w, fpc=~N+M, data=E, nest=TRUE)) with confint(df=degf(d)),
# for E <- D[-c(3, 17, 44), ], for E <- D[!is.na(D$y), ] and for E <- D
WITHOUT_THREE = (2.4440433212996391, 0.09044336934592985, 12, 2.2469841478103953, 2.6411024947888828)
ANSWERED = (2.5627376425855513, 0.10851357208090487, 12, 2.3263068795426562, 2.7991684056284463)
WHOLE = (2.4957841483979766, 0.092698943530659231, 12, 2.2938105009367784, 2.6977577958591747)


def test_rows_are_dropped_before_the_design_is_made(people: People, tmp_path: Path) -> None:
    cases = [
        case("three-rows", WITHOUT_THREE, drop_rows=[3, 17, 44]),
        case("answered", ANSWERED, drop_rows=["y"]),
        case("control", WITHOUT_THREE),
    ]
    write(tmp_path, people, cases)
    done = subprocess.run([sys.executable, str(RUN), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout.strip().endswith("2 passed, 1 failed, 0 skipped"), done.stdout
    assert "FAILED control (mean)" in done.stdout


@pytest.mark.parametrize("strata", ["h", ["h"]])
def test_sizes_and_fractions_are_the_same_design(people: People, tmp_path: Path, strata: Any) -> None:
    cases = [case(name, WHOLE, strata=strata, fpc=fpc) for name, fpc in (("n", ["N", "M"]), ("f", ["fN", "fM"]))]
    write(tmp_path, people, cases)
    done = subprocess.run([sys.executable, str(RUN), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout.strip().endswith("2 passed, 0 failed, 0 skipped"), done.stdout
