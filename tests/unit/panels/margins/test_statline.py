"""StatLine tables become margins: the right people in each level, in both versions of OData, and nothing guessed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from samenspraak.types.margins import MarginSet, StatLineImport

from panels.errors import MarginsInvalid
from panels.margins import statline

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SEXES = {"T001038": "Totaal mannen en vrouwen", "3000   ": "Mannen", "4000   ": "Vrouwen"}
REGIONS = {"NL01  ": "Nederland", "PV20  ": "Groningen (PV)", "PV27  ": "Noord-Holland (PV)", "GM0363": "Amsterdam"}
AGES = {"20000": "Totaal", **{f"1{age:03}0": f"{age} jaar" for age in range(95)}, "22000": "95 jaar of ouder"}
AGES |= {"70400": "15 tot 20 jaar", "70500": "20 tot 25 jaar"}
MARITAL = {"T001019": "Totaal burgerlijke staat", "1010": "Ongehuwd"}


def people(sex: str, age: int, region: str) -> int:
    """Some population that differs in every cell."""
    scale = {"NL01": 1000, "PV20": 40, "PV27": 160, "GM0363": 50}[region.strip()]
    return scale * (200 - age) + (7 if sex.startswith("3") else 0) + age % 11


def of(sex: str, title: str, region: str) -> int:
    if sex.startswith("T"):
        return of("3000", title, region) + of("4000", title, region)
    first, last = {
        "Totaal": (0, 95), "15 tot 20 jaar": (15, 19), "20 tot 25 jaar": (20, 24), "95 jaar of ouder": (95, 95)
    }.get(title) or (int(title.split()[0]), int(title.split()[0]))  # fmt: skip
    return sum(people(sex, age, region) for age in range(first, last + 1))


def version3(**changes: Any) -> dict[str, Any]:
    rows = [
        {"ID": 1, "Geslacht": sex, "Leeftijd": age, "BurgerlijkeStaat": state, "RegioS": region, "Perioden": "2025JJ00",
         "Bevolking_1": of(sex, AGES[age], region) // (1 if state == "T001019" else 3)}
        for sex in SEXES for age in AGES for state in MARITAL for region in REGIONS
    ]  # fmt: skip
    lists = {"Geslacht": SEXES, "Leeftijd": AGES, "BurgerlijkeStaat": MARITAL, "RegioS": REGIONS}
    table = {
        "table": "03759ned",
        "dimension": "sex_age",
        "measure": "Bevolking_1",
        "reference_date": "2025-01-01",
        "observations": rows,
        "codes": {
            column: [{"Key": key, "Title": title} for key, title in listed.items()] for column, listed in lists.items()
        },
    }
    return {**table, **changes}


def version4() -> dict[str, Any]:
    old = version3()
    return {
        **old,
        "measure": "M000352",
        "observations": [
            {**{key: value for key, value in row.items() if key != "Bevolking_1"}, "Measure": measure, "Value": value}
            for row in old["observations"]
            for measure, value in (("M000352", float(row["Bevolking_1"])), ("M000999", 1.5))
        ],
        "codes": {
            column: [{"Identifier": code["Key"], "Title": code["Title"]} for code in listed]
            for column, listed in old["codes"].items()
        },
    }


def read(*tables: dict[str, Any], area: str = "NL", base: str = "18+") -> MarginSet:
    asked = msgspec.convert({"area": area, "base": base, "tables": list(tables)}, StatLineImport)
    return statline.read(asked, name="CBS 2025", now=NOW, id="m1")


def faults_of(call: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(MarginsInvalid) as refused:
        call()
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


@pytest.mark.parametrize("area", ["NL", "PV27", "GM0363"])
@pytest.mark.parametrize("table", [version3, version4])
def test_every_level_counts_exactly_its_people(table: Callable[[], dict[str, Any]], area: str) -> None:
    made = read(table(), area=area)
    (dimension,) = made.dimensions
    region = "NL01" if area == "NL" else area
    assert {level.code: level.population for level in dimension.levels} == {
        f"{letter}_{name}": sum(people(sex, age, region) for age in range(start, end))
        for letter, sex in (("M", "3000"), ("V", "4000"))
        for start, end, name in (
            (18, 25, "18-24"), (25, 35, "25-34"), (35, 45, "35-44"), (45, 55, "45-54"), (55, 65, "55-64"),
            (65, 75, "65-74"), (75, 96, "75+"),
        )
    }  # fmt: skip
    assert (made.area, made.base, made.outdated, made.recalled) == (area, "18+", False, False)
    assert made.population == sum(people(sex, age, region) for sex in ("3000", "4000") for age in range(18, 96))


def test_a_set_from_sixteen_counts_the_minors_apart() -> None:
    made = read(version3(), base="16+")
    levels = {level.code: level.population for level in made.dimensions[0].levels}
    assert levels["M_16-17"] == people("3000", 16, "NL01") + people("3000", 17, "NL01")
    assert len(levels) == 16


def test_a_two_way_margin_within_the_areas_that_the_table_has() -> None:
    assert faults_of(lambda: read(version3(dimension="province_x_age7"))) == [("/tables/0", "level_not_made")]
    made = read(version3(dimension="sex_x_age3"))
    assert made.dimensions[0].levels[0].label_nl == "man, 18-34 jaar"
    assert made.dimensions[0].levels[0].population == sum(people("3000", age, "NL01") for age in range(18, 35))


def test_a_margin_without_ages_counts_people_of_the_base_only() -> None:
    made = read(version3(dimension="sex"))
    assert made.population == sum(people(sex, age, "NL01") for sex in ("3000", "4000") for age in range(18, 96))


def test_a_table_without_ages_must_say_whom_it_is_about() -> None:
    table = version3(dimension="sex")
    table["observations"] = [row for row in table["observations"] if row["Leeftijd"] == "20000"]
    del table["codes"]["Leeftijd"]
    assert faults_of(lambda: read(table)) == [("/tables/0", "base_unknown")]
    assert read({**table, "population_base": "18+"}).population == sum(of(sex, "Totaal", "NL01") for sex in ("3", "4"))


def test_only_groups_that_straddle_a_level_are_refused_not_split() -> None:
    straddling = version3()
    straddling["observations"] = [
        row for row in straddling["observations"] if AGES[row["Leeftijd"]] not in ("18 jaar", "19 jaar")
    ]
    assert faults_of(lambda: read(straddling)) == [("/tables/0", "level_not_made")]


def test_a_classification_without_a_total_is_refused_not_added_up() -> None:
    table = version3()
    table["observations"] = [row for row in table["observations"] if row["BurgerlijkeStaat"] != "T001019"]
    assert faults_of(lambda: read(table)) == [("/tables/0", "no_total")]


def test_tables_that_disagree_about_the_same_people_are_refused() -> None:
    other = version3(dimension="sex")
    other["observations"] = [
        {**row, "Bevolking_1": row["Bevolking_1"] * (2 if row["Geslacht"].startswith("3") else 1)}
        for row in other["observations"]
    ]
    found = faults_of(lambda: read(version3(), other))
    assert ("dimension/sex", "dimensions_contradict") in found


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"dimension": "shoe_size"}, "unknown_dimension"),
        ({"dimension": "education"}, "not_in_statline"),
        ({"measure": "Levendgeborenen_2"}, "no_number"),
        ({"dimension": "education3"}, "column_missing"),
        ({"observations": [{"Geslacht": "x", "Leeftijd": "20000", "Bevolking_1": 3}]}, "code_not_listed"),
        ({"observations": [{"Geslacht": "3000", "Leeftijd": "20000", "Bevolking_1": None}]}, "no_number"),
        ({"observations": [{"Geslacht": "3000", "Leeftijd": "20000", "Bevolking_1": -1}]}, "no_number"),
    ],
)
def test_what_cannot_be_read_is_named(change: dict[str, Any], fault: str) -> None:
    assert faults_of(lambda: read(version3(**change))) == [("/tables/0", fault)]


def test_faults_of_all_tables_come_together() -> None:
    found = faults_of(lambda: read(version3(dimension="x"), version3(measure="y"), area="XX"))
    assert [pointer for pointer, _ in found] == ["/area", "/tables/0", "/tables/1"]
