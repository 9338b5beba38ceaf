"""Coding of profiles: the codes of a member are the codes of the margins."""

import csv
from datetime import date
from pathlib import Path

import pytest

from panels import coding
from panels.models import Profile

ON = date(2026, 11, 24)
MARGINS = Path(coding.__file__).parent / "data" / "nl_weighting_default.csv"


def profile(**changes: object) -> Profile:
    values: dict[str, object] = {"sex": "V", "birth_year": 1980, "province": "PV26", "education": "3"}
    return Profile(**{**values, **changes})  # type: ignore[arg-type]


def test_a_known_profile_is_coded_in_every_dimension() -> None:
    assert coding.coded(profile(municipality="GM0344", urbanity="1"), on=ON) == {
        "sex": "V",
        "age7": "45-54",
        "age3": "35-64",
        "sex_age": "V_45-54",
        "province": "PV26",
        "landsdeel": "LD03",
        "municipality": "GM0344",
        "urbanity": "1",
        "education3": "3",
        "education": "3",
    }


def test_a_young_adult_counts_as_young_whatever_the_education() -> None:
    for education in ("1", "2", "3", None):
        assert coding.coded(profile(birth_year=2004, education=education), on=ON)["education"] == "Y"


@pytest.mark.parametrize("sex", ["X", None])
def test_a_sex_without_a_margin_keeps_the_age_levels(sex: str | None) -> None:
    codes = coding.coded(profile(sex=sex), on=ON)
    assert codes["sex"] is None
    assert codes["sex_age"] is None
    assert codes["age7"] == "45-54"


def test_what_is_not_known_stays_unknown() -> None:
    codes = coding.coded(profile(province=None, education=None), on=ON)
    assert codes["province"] is codes["landsdeel"] is codes["education"] is codes["education3"] is None


@pytest.mark.parametrize(
    ("age", "age7", "age3"),
    [
        (15, None, None),
        (16, "16-17", None),
        (17, "16-17", None),
        (18, "18-24", "18-34"),
        (24, "18-24", "18-34"),
        (25, "25-34", "18-34"),
        (34, "25-34", "18-34"),
        (35, "35-44", "35-64"),
        (64, "55-64", "35-64"),
        (65, "65-74", "65+"),
        (74, "65-74", "65+"),
        (75, "75+", "65+"),
        (110, "75+", "65+"),
    ],
)
def test_age_bands_meet_without_gap_or_overlap(age: int, age7: str | None, age3: str | None) -> None:
    codes = coding.coded(profile(birth_year=ON.year - age), on=ON)
    assert (codes["age7"], codes["age3"]) == (age7, age3)


def test_levels_equal_those_of_the_population_figures() -> None:
    published: dict[str, set[str]] = {}
    with MARGINS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            published.setdefault(row["rake_dimension"], set()).add(row["category_code"])
    assert {key: set(coding.LEVELS[key]) for key in published} == published
