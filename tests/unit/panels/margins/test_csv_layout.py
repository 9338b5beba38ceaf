"""Margins: the published pack is accepted; every fault of a wrong file is told at once."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from panels.errors import MarginsInvalid
from panels.margins import csv_layout as margin_csv

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PACK = (Path(margin_csv.__file__).parents[1] / "data" / "nl_weighting_default.csv").read_text(encoding="utf-8")


def parse(text: str) -> margin_csv.MarginSet:
    return margin_csv.parse(text, name="CBS", now=NOW, id="m1")


def faults_of(text: str) -> list[tuple[str, str]]:
    with pytest.raises(MarginsInvalid) as refused:
        parse(text)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def edited(change: Callable[[list[str]], list[str]]) -> str:
    return "\n".join(change(PACK.splitlines()))


class TestThePublishedPack:
    def test_it_is_accepted_with_all_levels(self) -> None:
        made = parse(PACK)
        assert {dimension.key: len(dimension.levels) for dimension in made.dimensions} == {
            "sex_age": 14,
            "province": 12,
            "education": 4,
        }
        assert made.population == 14_161_919
        for dimension in made.dimensions:
            assert sum(level.share for level in dimension.levels) == pytest.approx(1, abs=1e-6)

    def test_old_figures_are_marked(self) -> None:
        made = parse(PACK)
        assert made.outdated
        assert not parse(PACK.replace("2021-01-01", "2025-01-01").replace("2021/2023", "2023")).outdated

    def test_recalled_figures_are_marked(self) -> None:
        assert not parse(PACK).recalled
        assert parse(PACK.replace("derived-from-read", "recalled-unverified", 1)).recalled

    def test_byte_order_mark_and_semicolons_are_accepted(self) -> None:
        lines = list(csv.reader(io.StringIO(PACK)))
        text = io.StringIO()
        csv.writer(text, delimiter=";").writerows(lines)
        assert parse("\ufeff" + text.getvalue()).content_hash == parse(PACK).content_hash

    @pytest.mark.parametrize("end", ["\r\n", "\r"])
    def test_line_ends_of_other_systems_are_accepted(self, end: str) -> None:
        assert parse(PACK.replace("\n", end)).content_hash == parse(PACK).content_hash

    def test_the_hash_depends_on_figures_and_not_on_row_order(self) -> None:
        header, *rows = PACK.splitlines()
        shuffled = "\n".join([header, *rows[:14][::-1], *rows[14:]])
        assert parse(shuffled).content_hash == parse(PACK).content_hash


class TestFaults:
    def test_missing_and_unknown_columns_are_named(self) -> None:
        assert faults_of(PACK.replace("population_base", "basis", 1)) == [
            ("header", "missing_column"),
            ("header", "unknown_column"),
        ]

    def test_a_level_that_is_left_out_is_named_with_the_sum(self) -> None:
        found = faults_of(edited(lambda lines: [line for line in lines if ",PV29," not in line]))
        assert ("dimension/province", "missing_level") in found
        assert ("dimension/province", "shares_not_one") in found

    def test_shares_that_do_not_sum_are_refused(self) -> None:
        assert ("dimension/sex_age", "shares_not_one") in faults_of(PACK.replace("0.0553685556", "0.0563685556"))

    def test_a_share_that_disagrees_with_its_count_is_refused(self) -> None:
        text = PACK.replace("0.0553685556", "0.0653685556").replace("0.0808873430", "0.0708873430")
        assert set(faults_of(text)) >= {
            ("row/1/column/share", "share_disagrees"),
            ("row/3/column/share", "share_disagrees"),
        }

    @pytest.mark.parametrize(
        ("old", "new", "pointer", "code"),
        [
            ("0.0553685556", "veel", "row/1/column/share", "not_a_number"),
            ("0.0553685556", "nan", "row/1/column/share", "not_a_number"),
            ("0.0553685556", "0", "row/1/column/share", "out_of_range"),
            ("0.0553685556", "-0.05", "row/1/column/share", "out_of_range"),
            ("0.0553685556", "1.5", "row/1/column/share", "out_of_range"),
            ("0.0553685556", "", "row/1/column/share", "missing"),
            ("784125", "784.125", "row/1/column/population", "not_a_count"),
            ("784125", "0", "row/1/column/population", "not_a_count"),
            ("sex_age,sex_age7_18plus,M_18-24", "sex_age,sex_age7_18plus,M_18-25", "row/1/column/category_code",
             "unknown_level"),
            ("sex_age,sex_age7_18plus,M_18-24", "income,income5,1", "row/1/column/rake_dimension", "unknown_dimension"),
            ("derived-from-read", "guessed", "row/1/column/provenance", "unknown_provenance"),
            ("2021-01-01", "vorig jaar", "row/1/column/reference_date", "no_year"),
            (",18+,", ",15-75,", "row/1/column/population_base", "mixed_bases"),
        ],
    )  # fmt: skip
    def test_one_wrong_cell_is_named(self, old: str, new: str, pointer: str, code: str) -> None:
        assert (pointer, code) in faults_of(PACK.replace(old, new, 1))

    def test_a_level_that_comes_twice_is_named(self) -> None:
        found = faults_of(edited(lambda lines: [*lines, lines[1]]))
        assert ("row/31/column/category_code", "duplicate_level") in found

    def test_totals_that_disagree_are_refused(self) -> None:
        text = PACK.replace(",485764,", ",585764,").replace(",526750,", ",626750,")
        assert ("dimension/province", "totals_disagree") in faults_of(text)

    def test_two_dimensions_that_contradict_each_other_are_refused(self) -> None:
        text = PACK.replace("1539379,0.1086984751", "2539379,0.1793104254").replace(
            "4845017,0.3421158531", "3845017,0.2715039028"
        )
        assert faults_of(text) == [("dimension/education", "dimensions_contradict")]

    def test_all_faults_come_at_once(self) -> None:
        text = (
            PACK.replace("0.0553685556", "veel", 1)
            .replace("PV20,", "PV99,", 1)
            .replace(",education4_18plus,Y,", ",education4_18plus,Q,", 1)
        )
        assert {code for _, code in faults_of(text)} == {"not_a_number", "unknown_level"}
        assert len(faults_of(text)) == 3

    def test_nul_in_the_name_is_refused(self) -> None:
        with pytest.raises(MarginsInvalid) as refused:
            margin_csv.parse(PACK, name="C\0BS", now=NOW, id="m1")
        assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [("query/name", "nul")]

    def test_nul_is_refused(self) -> None:
        assert faults_of(PACK.replace("man", "m\x00n", 1)) == [("", "nul")]

    def test_a_header_alone_is_refused(self) -> None:
        assert faults_of(PACK.splitlines()[0]) == [("header", "empty")]

    def test_an_empty_file_names_every_column(self) -> None:
        assert {code for _, code in faults_of("")} == {"missing_column"}
