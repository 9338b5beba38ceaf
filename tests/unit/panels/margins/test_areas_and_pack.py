"""Margins of the country and of a province, one- and two-way, and who belongs to which population."""

from datetime import UTC, datetime

import pytest
from samenspraak.types.margins import MarginSet

from panels.coding import PROVINCES
from panels.errors import MarginsInvalid
from panels.margins import areas, csv_layout, pack

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HEADER = (
    "rake_dimension,dimension,category_code,label_nl,label_en,population,share,population_base,reference_date,source,"
    "provenance,note,area\n"
)


def country(*, two_way: bool = False) -> MarginSet:
    return pack.country(name="CBS", two_way=two_way, now=NOW, id="m1")


def province(area: str) -> MarginSet:
    return pack.province(area, name="CBS", now=NOW, id="m1")


def made(levels: dict[str, tuple[str, int]], *, area: str, base: str = "18+") -> MarginSet:
    total = sum(people for _, people in levels.values())
    rows = [
        f"{dimension},x,{code},nl,en,{people},{people / total:.9f},{base},2025-01-01,CBS,read,,{area}"
        for code, (dimension, people) in levels.items()
    ]
    return csv_layout.parse(HEADER + "\n".join(rows), name="own", now=NOW, id="m2")


class TestThePack:
    def test_provinces_add_up_to_the_country(self) -> None:
        whole = {level.code: level.population for level in country().dimensions[0].levels}
        parts = [{level.code: level.population for level in province(code).dimensions[0].levels} for code in PROVINCES]
        assert {code: sum(part[code] for part in parts) for code in whole} == pytest.approx(whole, rel=2e-3)

    def test_age_by_province_adds_up_to_the_provinces(self) -> None:
        shares = {
            level.code: level.share
            for dimension in country().dimensions
            if dimension.key == "province"
            for level in dimension.levels
        }
        crossed = next(d for d in country(two_way=True).dimensions if d.key == "province_x_age7")
        assert len(crossed.levels) == 84
        for code in PROVINCES:
            inside = sum(level.share for level in crossed.levels if level.code.startswith(f"{code} x "))
            assert inside == pytest.approx(shares[code], abs=2e-3)

    def test_a_municipality_has_no_figures_in_it_and_the_answer_says_what_to_do(self) -> None:
        with pytest.raises(MarginsInvalid) as refused:
            province("GM0363")
        assert "StatLine" in refused.value.faults[0].detail


class TestPopulation:
    def test_the_country_holds_everybody_of_age_also_without_an_address(self) -> None:
        assert areas.inside(country(), {"age7": "18-24", "province": None, "municipality": None})
        assert not areas.inside(country(), {"age7": "16-17", "province": "PV27"})

    def test_a_province_holds_its_own_people(self) -> None:
        assert areas.inside(province("PV27"), {"age7": "75+", "province": "PV27"})
        assert not areas.inside(province("PV27"), {"age7": "75+", "province": "PV28"})
        assert not areas.inside(province("PV27"), {"age7": "75+", "province": None})

    def test_a_municipality_holds_its_own_people(self) -> None:
        margins = made({"M": ("sex", 400), "V": ("sex", 420)}, area="GM0363")
        assert areas.inside(margins, {"age7": "75+", "municipality": "GM0363"})
        assert not areas.inside(margins, {"age7": "75+", "municipality": "GM0599"})

    def test_minors_belong_where_the_base_is_sixteen(self) -> None:
        margins = made({"M": ("sex", 400), "V": ("sex", 420)}, area="NL", base="16+")
        assert areas.inside(margins, {"age7": "16-17"})


class TestFaults:
    def faults(self, text: str) -> list[tuple[str, str]]:
        with pytest.raises(MarginsInvalid) as refused:
            csv_layout.parse(text, name="own", now=NOW, id="m2")
        return [(fault.pointer, fault.code) for fault in refused.value.faults]

    def test_rows_of_two_areas_are_refused(self) -> None:
        rows = [f"sex,x,{sex},nl,en,5,0.5,18+,2025,CBS,read,,{area}" for sex, area in (("M", "PV27"), ("V", "PV28"))]
        assert self.faults(HEADER + "\n".join(rows)) == [("row/2/column/area", "mixed_areas")]

    def test_an_area_that_does_not_exist_is_refused(self) -> None:
        rows = [f"sex,x,{sex},nl,en,5,0.5,18+,2025,CBS,read,,Mokum" for sex in "MV"]
        assert {code for _, code in self.faults(HEADER + "\n".join(rows))} == {"unknown_area"}

    def test_province_is_no_dimension_inside_a_province(self) -> None:
        rows = [f"province,x,{code},nl,en,5,0.5,18+,2025,CBS,read,,PV27" for code in ("PV27", "PV28")]
        assert {code for _, code in self.faults(HEADER + "\n".join(rows))} == {"unknown_dimension"}

    def test_a_base_nobody_is_surveyed_on_is_refused(self) -> None:
        rows = [f"sex,x,{sex},nl,en,5,0.5,all ages,2025,CBS,read,," for sex in "MV"]
        assert self.faults(HEADER + "\n".join(rows)) == [("population_base", "unknown_base")]

    def test_two_margins_that_contradict_each_other_about_a_third_are_refused(self) -> None:
        first = {"M x 18-34": 30, "M x 35-64": 10, "M x 65+": 10, "V x 18-34": 30, "V x 35-64": 10, "V x 65+": 10}
        second = {f"LD0{part} x {age}": people for part in range(1, 5) for age, people in
                  (("18-34", 5), ("35-64", 10), ("65+", 10))}  # fmt: skip
        rows = [
            f"{key},x,{code},nl,en,{people},{people / 100},18+,2025,CBS,read,,"
            for key, levels in (("sex_x_age3", first), ("landsdeel_x_age3", second))
            for code, people in levels.items()
        ]
        assert ("dimension/landsdeel_x_age3", "dimensions_contradict") in self.faults(HEADER + "\n".join(rows))
