"""A list of volunteers from elsewhere: whatever program wrote it, read whole or refused with every fault."""

import pytest
from samenspraak.types.lottery import LotteryQuota

from panels.assemblies import volunteer_csv
from panels.assemblies.volunteer_csv import VolunteerSheet

QUOTAS = tuple(
    LotteryQuota(feature=feature, value=value, minimum=0, maximum=9)
    for feature, values in (("leeftijd", ("18-34", "35-64", "65+")), ("wijk", ("Oost", "Één"))) for value in values
)  # fmt: skip
HEADER = "id,leeftijd,wijk,household"
GOOD = [HEADER, "a1,18-34,Oost,straat 1", "a2,65+,Één,", "a3,35-64,Oost,Straat 1"]


def read(lines: list[str], encoding: str = "utf-8", start: bytes = b"") -> VolunteerSheet:
    return volunteer_csv.read(start + "\n".join(lines).encode(encoding), quotas=QUOTAS)


def faults(lines: list[str]) -> dict[str, str]:
    sheet = read(lines)
    assert sheet.faults
    return {fault.pointer: fault.code for fault in sheet.faults}


@pytest.mark.parametrize(
    ("encoding", "start"), [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("latin-1", b""), ("cp1252", b"")]
)
def test_a_list_is_read_in_every_usual_encoding(encoding: str, start: bytes) -> None:
    sheet = read(GOOD, encoding, start)
    assert sheet.faults == ()
    assert [row.reference for row in sheet.volunteers] == ["a1", "a2", "a3"]
    assert sheet.volunteers[1].features == {"leeftijd": "65+", "wijk": "Één"}


@pytest.mark.parametrize("mark", [";", "\t"])
def test_other_marks_between_cells_are_found(mark: str) -> None:
    assert read([line.replace(",", mark) for line in GOOD]).faults == ()


def test_a_household_is_the_same_however_it_is_capitalised() -> None:
    first, alone, second = read(GOOD).volunteers
    assert first.household == second.household != ""
    assert alone.household == ""


def test_columns_nobody_needs_are_not_kept() -> None:
    wide = [",".join([line, *["x"] * 200]) for line in GOOD]
    wide[0] = ",".join([HEADER, *[f"kolom{number}" for number in range(200)]])
    sheet = read(wide)
    assert sheet.faults == ()
    assert set(sheet.volunteers[0].features) == {"leeftijd", "wijk"}


def test_every_fault_is_named_at_once_by_row_and_column() -> None:
    found = faults([HEADER, "a1,40,Oost,", ",18-34,West,", "a1,18-34", "=a4,18-34,Oost,", "a5,,Oost,"])
    assert found == {
        "row/1/column/leeftijd": "unknown_value",
        "row/2/column/id": "missing",
        "row/2/column/wijk": "unknown_value",
        "row/3": "cell_count",
        "row/4/column/id": "formula",
        "row/5/column/leeftijd": "missing",
    }


def test_somebody_who_stands_twice_is_refused_at_the_second_place() -> None:
    assert faults([*GOOD, "a1,65+,Oost,"]) == {"row/4/column/id": "duplicate_row"}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["id,leeftijd", "a1,18-34"], "missing_column"),
        (["id,leeftijd,wijk,wijk", "a1,18-34,Oost,Oost"], "repeated_column"),
        ([HEADER], "empty"),
        ([], "empty"),
        ([HEADER, 'a1,"18-34,Oost,'], "not_csv"),
        ([HEADER, "a1\0,18-34,Oost,"], "nul"),
    ],
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(lines: list[str], code: str) -> None:
    sheet = read(lines)
    assert code in {fault.code for fault in sheet.faults}
    assert sheet.volunteers == ()


def test_a_fault_never_repeats_what_a_person_wrote() -> None:
    sheet = read([HEADER, "Jan Jansen,geheim,Oost,", "=Piet,18-34,Oost,"])
    words = " ".join(fault.detail for fault in sheet.faults)
    assert "Jansen" not in words
    assert "geheim" not in words
    assert "Piet" not in words


def test_any_bytes_give_an_answer() -> None:
    for content in (b"\xff\xfe\x00", b"\x81\x8d\x8f", bytes(range(256))):
        assert volunteer_csv.read(content, quotas=QUOTAS).faults
