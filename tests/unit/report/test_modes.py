"""How people answered, in counts: never fewer than ten, and always the whole."""

import csv
import io
from collections import Counter

import hypothesis.strategies as st
import msgspec
from hypothesis import given
from samenspraak.types.base import Mode

from service.render import csv as tidy
from service.render import representation as blocks
from service.reports import assemble, participation
from service.reports.inputs import ReportInputs
from tests.unit.report import factory

PLAIN = factory.inputs(n=330)


def answered(inputs: ReportInputs, **modes: int) -> ReportInputs:
    """The same people, the first ones answering so and all others on the web."""
    names: list[Mode] = [mode for mode in ("kiosk", "paper", "phone") for _ in range(modes.get(mode, 0))]
    people = inputs.respondents[: modes.get("all", len(inputs.respondents))]
    wanted = [*names, *("web" for _ in range(len(people) - len(names)))]
    changed = tuple(factory.replaced(one, mode=mode) for one, mode in zip(people, wanted, strict=True))
    return msgspec.structs.replace(inputs, respondents=changed)


def told(inputs: ReportInputs) -> dict[str, int]:
    return {one.mode: one.count for one in participation.by_mode(inputs)}


def test_ways_that_few_used_are_told_together() -> None:
    assert told(PLAIN) == {"web": 330}
    assert told(answered(PLAIN, kiosk=40, phone=9, paper=3)) == {"web": 278, "kiosk": 40, "other": 12}


def test_a_rest_that_is_too_small_takes_the_next_way_with_it() -> None:
    assert told(answered(PLAIN, kiosk=40, phone=9)) == {"web": 281, "other": 49}


def test_a_few_beside_one_way_alone_say_nothing() -> None:
    assert told(answered(PLAIN, phone=9)) == {}


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(180, 330))
def test_no_count_is_under_ten_nor_follows_from_the_others(kiosk: int, paper: int, phone: int, all: int) -> None:
    inputs = answered(PLAIN, kiosk=kiosk, paper=paper, phone=phone, all=all)
    shown, true = told(inputs), Counter(one.mode for one in inputs.respondents)
    assert sum(shown.values()) in (0, all)
    assert min(shown.values(), default=10) >= 10
    assert {mode: count for mode, count in shown.items() if mode != "other"}.items() <= true.items()
    hidden = [count for mode, count in true.items() if mode not in shown]
    # Whoever knows the rest may not learn of one way that fewer than ten people used it.
    assert not (len(hidden) == 1 and hidden[0] < 10)


def test_the_report_says_it_in_every_form() -> None:
    report = assemble.assemble(answered(PLAIN, kiosk=40, paper=25))
    assert report.representation is not None
    assert report.representation.modes_sentence is not None
    assert "op een openbare computer 40; op papier 25" in report.disclosure.mode.nl
    for lang, words in (("nl", "op een openbare computer"), ("en", "on a public computer")):
        block = blocks.funnel(report.representation, lang)
        assert (words, "40") in block.tables[-1].rows
        assert any(words in note for note in block.notes)
    rows = list(csv.DictReader(io.StringIO(tidy.render(report).decode("utf-8-sig"))))
    counts = {row["code"]: float(row["value"]) for row in rows if row["figure"] == "modes"}
    assert counts == {"web": 265, "kiosk": 40, "paper": 25}
