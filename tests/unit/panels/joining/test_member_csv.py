"""Member files: every fault with its row and column, and faultless rows kept."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from samenspraak.types.joining import ImportMapping
from samenspraak.types.problem import Fault

from panels.joining import member_csv
from panels.joining.member_csv import MemberRow, Terms
from panels.joining.notice import NOTICE_VERSION
from panels.store.postcodes import Place

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PLACES = {
    pc4: Place(pc4=pc4, municipality=gm, province=pv, landsdeel="LD03", urbanity="1")
    for pc4, gm, pv in (("3511", "GM0344", "PV26"), ("1012", "GM0363", "PV27"))
}
HEADER = "email,birth_year,sex,province,education,language,consent_version,consent_at"


def row(**changes: str) -> str:
    values = {
        "email": "anna@voorbeeld.nl",
        "birth_year": "1980",
        "sex": "V",
        "province": "PV26",
        "education": "3",
        "language": "nl",
        "consent_version": NOTICE_VERSION,
        "consent_at": "2026-11-20T10:00:00Z",
    }
    return ",".join({**values, **changes}.values())


class Read(msgspec.Struct):
    """A file that was read to its end."""

    rows: int
    members: list[MemberRow]
    faults: list[Fault]
    encoding: str
    delimiter: str


def read_bytes(content: bytes, **terms: Any) -> Read:
    sheet = member_csv.Sheet()
    members = list(member_csv.each(content, sheet, terms=Terms(now=NOW, **terms)))
    return Read(sheet.rows, members, sheet.faults, sheet.encoding, sheet.delimiter)


def read(*rows: str, header: str = HEADER, **terms: Any) -> Read:
    return read_bytes("\n".join([header, *rows]).encode(), **terms)


def wide(**cells: str) -> Read:
    """One row with optional columns, in the kind and with the places of a probability sample in Utrecht."""
    terms: dict[str, Any] = {"places": PLACES}
    if "selection_probability" in cells:
        terms["kind"] = "probability"
    return read(f"{row()},{','.join(cells.values())}", header=f"{HEADER},{','.join(cells)}", **terms)


def codes(sheet: Read) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in sheet.faults]


def test_a_faultless_row_becomes_a_member() -> None:
    sheet = read(row())
    assert (sheet.rows, sheet.faults) == (1, [])
    member = sheet.members[0]
    assert (member.email, member.birth_year, member.language) == ("anna@voorbeeld.nl", 1980, "nl")
    assert member.consent_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def test_unknown_background_may_be_empty() -> None:
    member = read(row(sex="", province="", education="", language="")).members[0]
    assert (member.sex, member.province, member.education, member.language) == (None, None, None, "nl")


def test_byte_order_mark_semicolons_and_windows_line_ends_are_accepted() -> None:
    text = "\ufeff" + "\r\n".join([HEADER, row(), row(email="b@voorbeeld.nl")]).replace(",", ";")
    sheet = read_bytes(text.encode())
    assert (len(sheet.members), sheet.faults) == (2, [])
    assert (sheet.encoding, sheet.delimiter) == ("utf-8", ";")


def test_every_fault_names_its_row_and_column() -> None:
    sheet = read(
        row(),
        row(email="geen adres", birth_year="2015", sex="man"),
        row(province="Utrecht", education="hbo", language="fr", consent_version="", consent_at="gisteren"),
    )
    assert len(sheet.members) == 1
    assert codes(sheet) == [
        ("row/2/column/email", "not_an_address"),
        ("row/2/column/birth_year", "under_age"),
        ("row/2/column/sex", "unknown_choice"),
        ("row/3/column/province", "unknown_choice"),
        ("row/3/column/education", "unknown_choice"),
        ("row/3/column/language", "unknown_choice"),
        ("row/3/column/consent_version", "missing"),
        ("row/3/column/consent_at", "not_a_time"),
    ]


def test_no_fault_repeats_a_value_of_a_person() -> None:
    sheet = read(row(email="anna geheim"), row(province="geheim"), row(consent_at="geheim"), header=HEADER)
    assert sheet.faults
    assert not any("geheim" in fault.detail for fault in sheet.faults)


@pytest.mark.parametrize("column", ["birth_year", "sex", "province", "education", "language", "consent_version"])
@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_cell_that_begins_like_a_formula_is_refused(column: str, start: str) -> None:
    assert codes(read(row(**{column: f"{start}HYPERLINK(1)"}))) == [(f"row/1/column/{column}", "formula")]


def test_an_address_that_begins_like_a_formula_is_refused() -> None:
    assert codes(read(row(email="=cmd|' /C calc'!A0@voorbeeld.nl"))) == [("row/1/column/email", "formula")]


def test_missing_double_and_unknown_headers_are_all_named() -> None:
    sheet = read(row(), header="email,email,sex,province,education,language,naam,consent_at")
    assert codes(sheet) == [
        ("header", "missing_column"),
        ("header", "missing_column"),
        ("header/2", "duplicate_column"),
        ("header/7", "unknown_column"),
    ]
    assert "birth_year" in sheet.faults[0].detail
    assert (sheet.rows, sheet.members) == (1, [])


def test_a_file_without_a_header_does_not_show_an_address() -> None:
    sheet = read_bytes(row().encode())
    assert sheet.members == []
    assert not any("anna" in fault.detail for fault in sheet.faults)


def test_our_own_names_are_found_in_any_case() -> None:
    assert len(read(row(), header=HEADER.title()).members) == 1


class TestMapping:
    def test_other_header_names_can_be_mapped(self) -> None:
        header = HEADER.replace("email", "E-mailadres").replace("birth_year", " Geboortejaar ")
        mapping = ImportMapping(columns={"e-mailadres": "email", "Geboortejaar": "birth_year"})
        sheet = read(row(), header=header, mapping=mapping)
        assert (len(sheet.members), sheet.faults) == (1, [])

    def test_what_a_file_says_can_be_mapped_to_our_codes(self) -> None:
        mapping = ImportMapping(
            values={"sex": {"man": "M", "vrouw": "V", "onbekend": ""}, "province": {"utrecht": "PV26"}}
        )
        rows = [
            row(sex=said, province="Utrecht", email=f"{said}@voorbeeld.nl") for said in ("Man", "VROUW", "onbekend")
        ]
        sheet = read(*rows, mapping=mapping)
        assert [member.sex for member in sheet.members] == ["M", "V", None]
        assert {member.province for member in sheet.members} == {"PV26"}

    def test_a_value_that_is_not_mapped_is_a_fault(self) -> None:
        mapping = ImportMapping(values={"sex": {"man": "M"}})
        assert codes(read(row(sex="vrouw"), mapping=mapping)) == [("row/1/column/sex", "unknown_choice")]

    def test_two_hundred_columns_are_refused_or_skipped_as_asked(self) -> None:
        more = ",".join(f"kolom {n}" for n in range(192))
        line, header = f"{row()},{','.join('=x' for _ in range(192))}", f"{HEADER},{more}"
        refused = read(line, header=header)
        assert (len(refused.members), {fault.code for fault in refused.faults}) == (0, {"unknown_column"})
        assert len(refused.faults) == 192
        skipped = read(line, header=header, mapping=ImportMapping(others="ignore"))
        assert (len(skipped.members), skipped.faults) == (1, [])

    @pytest.mark.parametrize(
        ("mapping", "code"),
        [
            (ImportMapping(columns={"Mail": "mail"}), "unknown_column"),
            (ImportMapping(columns={"Mail": "email", "E-mail": "email"}), "duplicate_column"),
            (ImportMapping(values={"email": {"a": "b"}}), "unknown_column"),
            (ImportMapping(values={"sex": {"man": "m"}}), "unknown_choice"),
        ],
    )
    def test_a_mapping_to_what_does_not_exist_is_a_fault(self, mapping: ImportMapping, code: str) -> None:
        assert [fault.code for fault in member_csv.mapping_faults(mapping)] == [code]


class TestOptionalColumns:
    def test_a_probability_sample_needs_the_chance_in_every_row(self) -> None:
        missing = read(row(), kind="probability")
        assert codes(missing) == [("header", "missing_column")]
        assert codes(wide(selection_probability="")) == [("row/1/column/selection_probability", "missing")]
        assert wide(selection_probability="0.0025").members[0].selection_probability == 0.0025

    @pytest.mark.parametrize("cell", ["0", "1.01", "nan", "inf", "een", "1e400"])
    def test_a_chance_that_is_none_is_refused(self, cell: str) -> None:
        assert codes(wide(selection_probability=cell)) == [("row/1/column/selection_probability", "out_of_range")]

    def test_a_decimal_comma_is_read(self) -> None:
        assert wide(selection_probability='"0,5"').members[0].selection_probability == 0.5

    def test_a_postcode_becomes_a_place_and_a_door(self) -> None:
        member = wide(postcode="3511 AB", house_number="12", house_addition="bis").members[0]
        assert member.place is not None
        assert (member.place.municipality, member.door) == ("GM0344", "3511AB 12 BIS")

    @pytest.mark.parametrize(
        ("cells", "pointer", "code"),
        [
            ({"postcode": "0351"}, "postcode", "not_a_postcode"),
            ({"postcode": "9999"}, "postcode", "unknown_postcode"),
            ({"postcode": "1012"}, "province", "elsewhere"),
            ({"postcode": "", "house_number": "12"}, "postcode", "missing"),
            ({"postcode": "3511", "house_number": "12"}, "postcode", "postcode_too_short"),
            ({"postcode": "3511AB", "house_number": "x"}, "house_number", "not_a_house_number"),
            ({"origin": "E"}, "origin_consent_at", "missing"),
            ({"recruitment_wave": "w" * 81}, "recruitment_wave", "too_long"),
            ({"assembly_consent_at": "ooit"}, "assembly_consent_at", "not_a_time"),
        ],
    )
    def test_what_does_not_fit_is_told_at_its_column(self, cells: dict[str, str], pointer: str, code: str) -> None:
        assert (f"row/1/column/{pointer}", code) in codes(wide(**{"origin_consent_at": "", **cells}))

    def test_four_digits_without_a_table_of_postcodes_are_refused(self) -> None:
        sheet = read(f"{row()},3511", header=f"{HEADER},postcode")
        assert codes(sheet) == [("row/1/column/postcode", "no_postcode_table")]

    def test_an_origin_is_kept_with_the_moment_of_its_consent(self) -> None:
        member = wide(origin="B", origin_consent_at="2026-11-20").members[0]
        assert (member.origin, member.origin_consent_at) == ("B", datetime(2026, 11, 20, tzinfo=UTC))
        assert wide(origin="", origin_consent_at="2026-11-20").members[0].origin_consent_at is None


def test_a_row_with_too_few_or_too_many_cells_is_refused() -> None:
    sheet = read("anna@voorbeeld.nl,1980", row() + ",extra", row(email="b@voorbeeld.nl"))
    assert codes(sheet) == [("row/1", "cell_count"), ("row/2", "cell_count")]
    assert len(sheet.members) == 1


def test_empty_lines_do_not_count() -> None:
    assert read("", row(), ",,,,,,,", "").rows == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (f'{HEADER}\n"open quote,1980'.encode(), "not_csv"),
        (bytes([0x89]) + b"PNG", "not_text"),
        (b"PK\x03\x04 a workbook", "not_text"),
    ],
)
def test_a_file_that_is_no_text_is_refused_as_a_whole(content: bytes, code: str) -> None:
    sheet = read_bytes(content)
    assert [fault.code for fault in sheet.faults] == [code]
    assert sheet.members == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_file_is_read_however_an_office_saved_it(encoding: str, delimiter: str) -> None:
    text = "\r\n".join([HEADER + ",café", row() + ",crème brûlée"]).replace(",", delimiter)
    sheet = read_bytes(text.encode(encoding), mapping=ImportMapping(others="ignore"))
    assert (len(sheet.members), sheet.faults) == (1, [])
    assert sheet.encoding in ("utf-8", "utf-16", "windows-1252")
    assert sheet.delimiter == delimiter


def test_quoted_cells_may_hold_delimiters_and_new_lines() -> None:
    sheet = read(f'"x, ""y""\nz",{row()}', header=f"opmerking,{HEADER}", mapping=ImportMapping(others="ignore"))
    assert (sheet.rows, len(sheet.members), sheet.faults) == (1, 1, [])


def test_nul_is_told_with_its_row_and_column() -> None:
    sheet = read(row(), row(sex="V\x00"), row(email="b\x00@voorbeeld.nl"))
    assert codes(sheet) == [("row/2/column/sex", "nul"), ("row/3/column/email", "nul")]
    assert len(sheet.members) == 1


def test_a_stray_quote_is_told_with_its_line() -> None:
    sheet = read(row(), row(email='b@voorbeeld.nl"'), row(email='"c"d@voorbeeld.nl'))
    assert [fault.code for fault in sheet.faults] == ["not_csv"]
    assert "Line 4" in sheet.faults[0].detail


def test_consent_in_the_future_is_refused() -> None:
    assert codes(read(row(consent_at="2026-12-24"))) == [("row/1/column/consent_at", "in_future")]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_consent_at_the_edge_of_the_calendar_is_refused(moment: str) -> None:
    assert codes(read(row(consent_at=moment))) == [("row/1/column/consent_at", "not_a_time")]


def test_consent_to_an_unknown_notice_is_refused() -> None:
    assert codes(read(row(consent_version="1999-1"))) == [("row/1/column/consent_version", "unknown_version")]


def test_a_huge_cell_is_a_fault_and_not_a_crash() -> None:
    sheet = read(row(email="a" * 200_000 + "@voorbeeld.nl"))
    assert [fault.code for fault in sheet.faults] == ["not_csv"]


def test_a_file_follows_the_age_from_which_people_may_join() -> None:
    young = row(birth_year="2010")
    assert codes(read(young)) == [("row/1/column/birth_year", "under_age")]
    assert len(read(young, minimum_age=16).members) == 1
    assert codes(read(row(birth_year="2011"), minimum_age=16)) == [("row/1/column/birth_year", "under_age")]
