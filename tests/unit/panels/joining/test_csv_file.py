"""Files as offices save them."""

import pytest

from panels.joining import csv_file

TEXT = "naam;plaats\r\nzoë;’s-Gravenhage €\r\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16"),
        (TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-32"), "utf-32"),
        (TEXT.encode("cp1252"), "windows-1252"),
    ],
)
def test_the_text_is_the_same_however_it_was_saved(content: bytes, encoding: str) -> None:
    file, fault = csv_file.decode(content)
    assert fault is None
    assert file is not None
    assert (file.text, file.encoding, file.delimiter) == (TEXT, encoding, ";")


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04zip",
        b"%PDF-1.7",
        b"\x89PNG\r\n",
        bytes(range(256)),
        b"caf\xe9\x01",
        b"\x81\xe9",
        "é".encode("utf-16")[:-1],
    ],
)
def test_what_is_no_text_is_refused_and_not_guessed_at(content: bytes) -> None:
    file, fault = csv_file.decode(content)
    assert file is None
    assert fault is not None
    assert fault.code == "not_text"


def test_the_line_that_names_the_delimiter_is_no_header() -> None:
    file, _ = csv_file.decode(b"sep=|\r\na|b\r\n1|2")
    assert file is not None
    assert list(csv_file.rows(file)) == [["a", "b"], ["1", "2"]]


def test_delimiters_inside_quoted_names_do_not_count() -> None:
    file, _ = csv_file.decode(b'"a;b;c;d",x\n1,2')
    assert file is not None
    assert file.delimiter == ","


def test_a_file_that_ends_inside_a_quote_is_unreadable() -> None:
    file, _ = csv_file.decode(b'a,b\n1,2\n"3,4')
    assert file is not None
    fault = csv_file.unreadable(file)
    assert fault is not None
    assert (fault.code, "Line 3" in fault.detail) == ("not_csv", True)
