"""Member files: every fault with its row and column, and faultless rows kept."""

from datetime import UTC, datetime

import pytest

from panels.joining import member_csv
from panels.joining.notice import NOTICE_VERSION

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
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


def read(*rows: str, header: str = HEADER, mapping: dict[str, str] | None = None) -> member_csv.Sheet:
    return member_csv.read("\n".join([header, *rows]).encode(), mapping=mapping, now=NOW)


def codes(sheet: member_csv.Sheet) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in sheet.faults]


def test_a_faultless_row_becomes_a_member() -> None:
    sheet = read(row())
    assert (sheet.rows, sheet.faults) == (1, ())
    member = sheet.members[0]
    assert (member.email, member.birth_year, member.language) == ("anna@voorbeeld.nl", 1980, "nl")
    assert member.consent_at == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def test_unknown_background_may_be_empty() -> None:
    member = read(row(sex="", province="", education="", language="")).members[0]
    assert (member.sex, member.province, member.education, member.language) == (None, None, None, "nl")


def test_byte_order_mark_semicolons_and_windows_line_ends_are_accepted() -> None:
    text = "\ufeff" + "\r\n".join([HEADER, row(), row(email="b@voorbeeld.nl")]).replace(",", ";")
    sheet = member_csv.read(text.encode(), mapping=None, now=NOW)
    assert (len(sheet.members), sheet.faults) == (2, ())


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
    assert (sheet.rows, sheet.members) == (1, ())


def test_a_file_without_a_header_does_not_show_an_address() -> None:
    sheet = member_csv.read(row().encode(), mapping=None, now=NOW)
    assert sheet.members == ()
    assert not any("anna" in fault.detail for fault in sheet.faults)


def test_other_header_names_can_be_mapped() -> None:
    header = HEADER.replace("email", "E-mailadres").replace("birth_year", "Geboortejaar")
    sheet = read(row(), header=header, mapping={"E-mailadres": "email", "Geboortejaar": "birth_year"})
    assert (len(sheet.members), sheet.faults) == (1, ())


def test_a_row_with_too_few_or_too_many_cells_is_refused() -> None:
    sheet = read("anna@voorbeeld.nl,1980", row() + ",extra", row(email="b@voorbeeld.nl"))
    assert codes(sheet) == [("row/1", "cell_count"), ("row/2", "cell_count")]
    assert len(sheet.members) == 1


def test_empty_lines_do_not_count() -> None:
    assert read("", row(), ",,,,,,,", "").rows == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (f"{HEADER}\n{row()}\n".encode("utf-16"), "not_utf8"),
        (f"{HEADER}\n{row()}\ncafé@voorbeeld.nl".encode("latin-1"), "not_utf8"),
        (f"{HEADER}\n{row()}\x00".encode(), "nul"),
        (b"", "empty"),
        (f'{HEADER}\n"open quote,1980'.encode(), "not_csv"),
        (bytes([0x89]) + b"PNG", "not_utf8"),
    ],
)
def test_a_file_that_is_no_text_is_refused_as_a_whole(content: bytes, code: str) -> None:
    sheet = member_csv.read(content, mapping=None, now=NOW)
    assert [fault.code for fault in sheet.faults] == [code]
    assert sheet.members == ()


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
