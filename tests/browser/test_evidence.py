"""The committed page of evidence speaks of the kinds and languages there are, and finds nothing wrong with them."""

import re
from typing import get_args

from samenspraak.types.questionnaire import AnyQuestion

from service.pages.texts import NAMES
from tests.browser.evidence import PAGE, REST


def _table() -> list[list[str]]:
    rows = [line for line in PAGE.read_text().split("## Other pages")[0].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_names_every_kind_and_language_of_the_code() -> None:
    head, *rows = _table()
    assert {row[0] for row in rows} == {str(kind.__struct_config__.tag) for kind in get_args(AnyQuestion)}
    assert head[1:] == list(NAMES.values())


def test_was_written_by_a_run_without_faults() -> None:
    _, *rows = _table()
    for kind, *cells in rows:
        assert all(re.fullmatch(r"0 (0|–) 0 0", cell) for cell in cells), kind


def test_says_what_was_proven_and_what_was_not_in_the_words_of_today() -> None:
    assert REST.split("{pages}")[1] in PAGE.read_text()
    assert "Nobody has tried these pages with a screen reader" in REST
