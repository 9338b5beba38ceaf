"""The table of postcodes: every fault by row and column."""

import pytest

from panels.errors import PostcodesInvalid
from panels.joining import postcodes

HEADER = "pc4,municipality,province,landsdeel,urbanity"


def faults_of(*rows: str, header: str = HEADER) -> list[tuple[str, str]]:
    with pytest.raises(PostcodesInvalid) as refused:
        postcodes.parse("\n".join([header, *rows]).encode())
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def test_a_table_is_read_in_order_of_postcode() -> None:
    places = postcodes.parse(f"{HEADER}\n3511,GM0344,PV26,LD03,1\n1012,GM0363,PV27,LD03,1\n".encode())
    assert [place.pc4 for place in places] == ["1012", "3511"]
    assert (places[1].municipality, places[1].province, places[1].landsdeel, places[1].urbanity) == (
        "GM0344",
        "PV26",
        "LD03",
        "1",
    )


def test_the_part_of_the_country_follows_from_the_province() -> None:
    places = postcodes.parse(b"pc4;municipality;province;urbanity\n9711;GM0014;PV20;1")
    assert places[0].landsdeel == "LD01"


def test_every_fault_names_its_row_and_column() -> None:
    assert faults_of(
        "3511,GM0344,PV26,LD03,1",
        "351,GM9999,PV99,LD03,6",
        "3511,GM0344,PV26,LD03,1",
        "1012,GM0363,PV26,LD01,1",
        "=1,GM0363,PV27,LD03,1",
        "1012,GM0363",
    ) == [
        ("row/2/column/pc4", "not_a_postcode"),
        ("row/2/column/municipality", "unknown_choice"),
        ("row/2/column/province", "unknown_choice"),
        ("row/2/column/urbanity", "unknown_choice"),
        ("row/3/column/pc4", "duplicate_row"),
        ("row/4/column/province", "elsewhere"),
        ("row/4/column/landsdeel", "elsewhere"),
        ("row/5/column/pc4", "formula"),
        ("row/6", "cell_count"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "missing_column"),
        (HEADER.encode(), "empty"),
        (b"pc4,gemeente\n1,2", "missing_column"),
        (b"%PDF", "not_text"),
    ],
)
def test_a_file_that_is_no_table_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(PostcodesInvalid) as refused:
        postcodes.parse(content)
    assert refused.value.faults[0].code == code
