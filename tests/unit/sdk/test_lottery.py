"""Working a published lottery out again: what was changed is found, by the check that is about it."""

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samenspraak import lottery
from samenspraak.canonical import canonical_json
from samenspraak.types.lottery import LotteryFile, PoolTable

from tests.unit.sdk import lotteries

PUBLISHED = ("format", "commitment", "tickets", "number_of_panels", "panels", "published_before")
DRAWN = ("moments", "two_people", "seed", "number")
AUDITED = ("pool_hash", "pool_tickets", "quotas", "households")
FILE = lotteries.file()


def verify(file: Any, **asked: Any) -> lottery.Verdict:
    return lottery.verify(lotteries.encoded(file), **asked)


def changed(path: str, value: Any, file: Any = FILE) -> Any:
    """A copy of the file with one thing changed, and nothing else repaired."""
    made = copy.deepcopy(file)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    at = made
    for step in steps:
        at = at[step]
    at[last] = value
    return made


class TestASoundFile:
    def test_every_check_holds_and_is_named(self):
        verdict = verify(FILE, pool=lotteries.encoded(lotteries.table()))
        assert tuple(check.name for check in verdict.checks) == PUBLISHED + DRAWN + AUDITED
        assert verdict.holds

    def test_says_which_panel_was_drawn(self):
        verdict = verify(FILE)
        number = FILE["drawing"]["number"]
        assert verdict.number == number
        assert verdict.panel == tuple(lotteries.TICKETS[place] for place in FILE["lottery"]["panels"][number - 1])

    def test_counts_panels_per_ticket(self):
        verdict = verify(FILE)
        assert sum(verdict.counts.values()) == 6 * 20
        assert verdict.counts[lotteries.TICKETS[5]] == sum(5 in panel for panel in FILE["lottery"]["panels"])

    def test_before_the_drawing_only_what_is_published_is_checked(self):
        verdict = verify(lotteries.file(drawn=False))
        assert tuple(check.name for check in verdict.checks) == PUBLISHED
        assert verdict.holds
        assert verdict.number is None
        assert verdict.facts[-1].en == "The drawing has not taken place yet."

    def test_holds_under_a_field_that_this_version_does_not_know(self):
        newer = lotteries.file(
            {**lotteries.fields(), "language": "nl", "rules": {**lotteries.fields()["rules"], "x": 1}}
        )
        assert verify(newer).holds

    def test_every_line_is_there_in_both_languages(self):
        broken = verify(changed("lottery/tickets/3", "0000-AAAA"), pool=b"{}", ticket="x", noted="y")
        for verdict in (verify(FILE), broken):
            assert all(check.words.nl and check.words.en for check in verdict.checks)
            assert all(check.words.nl != check.words.en for check in verdict.checks)

    def test_agrees_with_the_published_shapes(self):
        assert canonical_json(msgspec.convert(FILE, LotteryFile)) == lottery.canonical(FILE)
        assert canonical_json(msgspec.convert(lotteries.table(), PoolTable)) == lottery.canonical(lotteries.table())

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_hashes_the_same_bytes_as_the_service(self, value):
        assert lottery.canonical(value) == canonical_json(value)


ONE_CHANGE = {
    # Changed after publication: the commitment finds it.
    "a title": ("lottery/title", "Burgerberaad", {"commitment"}),
    "a rule": ("lottery/rules/quotas/0/minimum", 2, {"commitment"}),
    "a seed commitment": ("lottery/rules/seed_commitment", "0" * 64, {"commitment", "seed"}),
    "the named number": ("lottery/randomness/source", "Lotta", {"commitment"}),
    "a swapped person": ("lottery/panels/4", [0, 2, 5, 13, 15, 17], {"commitment"}),
    "a person twice": ("lottery/panels/4", [0, 2, 5, 13, 15, 15], {"commitment", "panels"}),
    "a person too few": ("lottery/panels/4", [0, 2, 5, 13, 15], {"commitment", "panels"}),
    "nobody on a panel": ("lottery/panels/4", [], {"commitment", "panels"}),
    "a person from outside": ("lottery/panels/4", [0, 2, 5, 13, 15, 24], {"commitment", "panels"}),
    "a person before the first": ("lottery/panels/4", [-1, 2, 5, 13, 15, 17], {"commitment", "panels"}),
    "a ticket changed": ("lottery/tickets/3", "0003-AAAB", {"commitment"}),
    "a ticket twice": ("lottery/tickets/3", "0002-AAAA", {"commitment", "tickets"}),
    "another number of panels": ("lottery/rules/panels", 21, {"commitment", "number_of_panels"}),
    "the commitment itself": ("lottery/commitment", "0" * 64, {"commitment", "number"}),
    "published too late": ("lottery/published_at", "2026-11-28T21:00:00Z", {"commitment", "published_before"}),
    # Changed at the drawing.
    "one character of the number": ("drawing/value", "4-11-19-23-31-41", {"number"}),
    "another panel": ("drawing/number", FILE["drawing"]["number"] % 20 + 1, {"number"}),
    "a panel that is not there": ("drawing/number", 21, {"number"}),
    "another seed": ("drawing/seed", "0e" * 16, {"seed"}),
    "one person twice": ("drawing/confirmed_by", "staff 1", {"two_people"}),
    "entered too early": ("drawing/entered_at", "2026-11-28T20:59:59Z", {"moments"}),
    "confirmed too early": ("drawing/confirmed_at", "2026-11-28T21:09:59Z", {"moments"}),
}


class TestOneChange:
    @pytest.mark.parametrize("what", ONE_CHANGE)
    def test_is_found_by_the_check_that_is_about_it(self, what):
        path, value, expected = ONE_CHANGE[what]
        assert set(verify(changed(path, value)).failed) == expected

    @pytest.mark.parametrize(
        ("field", "value", "expected"),
        [
            ("tickets", lotteries.TICKETS[::-1], "tickets"),
            ("panels", lotteries.panels(19), "number_of_panels"),
            ("panels", [*lotteries.panels(19), [0, 2, 5, 13, 15]], "panels"),
            ("published_at", "2026-11-29T09:00:00Z", "published_before"),
        ],
        ids=["order of tickets", "a panel left out", "a small panel", "published after the number"],
    )
    def test_is_found_even_when_the_code_was_computed_anew(self, field, value, expected):
        assert verify(lotteries.file(drawn=False, **{field: value})).failed == (expected,)

    def test_a_whole_new_lottery_is_found_by_the_code_that_was_noted_before(self):
        noted = FILE["lottery"]["commitment"]
        other = lotteries.file(panels=lotteries.panels(40)[20:])
        assert verify(other).holds, "a file by itself cannot show that another one was published first"
        assert verify(other, noted=noted).failed == ("noted",)
        assert verify(FILE, noted=noted).holds

    @pytest.mark.parametrize("typed", ["first 16", "capitals and spaces"])
    def test_the_noted_code_may_be_typed_as_it_was_written_down(self, typed):
        code = FILE["lottery"]["commitment"]
        noted = code[:16] if typed == "first 16" else " ".join(code[n : n + 8] for n in range(0, 64, 8)).upper()
        assert verify(FILE, noted=noted).holds

    def test_fifteen_characters_of_the_code_prove_too_little(self):
        assert verify(FILE, noted=FILE["lottery"]["commitment"][:15]).failed == ("noted",)


class TestTicket:
    def test_is_found_however_it_is_typed(self):
        verdict = verify(FILE, ticket=" 0005aaaa ")
        held = verdict.counts["0005-AAAA"]
        assert verdict.checks[-1].words.en.startswith(f"Ticket 0005-AAAA is in {held} of the 20 panels.")
        assert f"So its chance is {100 * held / 20:.1f}%." in verdict.checks[-1].words.en

    def test_says_whether_it_was_drawn(self):
        panel = verify(FILE).panel
        for ticket in lotteries.TICKETS:
            words = verify(FILE, ticket=ticket).checks[-1].words
            assert words.en.endswith("This ticket was drawn.") == (ticket in panel)
            assert words.nl.endswith("niet ingeloot.") == (ticket not in panel)

    def test_that_is_not_in_the_pool_fails(self):
        assert verify(FILE, ticket="9999-AAAA").failed == ("ticket",)


class TestPool:
    def audited(self, table: Any, file: Any = FILE) -> tuple[str, ...]:
        return verify(file, pool=lotteries.encoded(table)).failed

    def test_a_changed_address_is_found(self):
        assert self.audited(changed("rows/9/household", 3, lotteries.table())) == ("pool_hash",)

    def test_a_changed_feature_that_breaks_a_quota_is_found_twice(self):
        assert self.audited(changed("rows/0/features/sex", "V", lotteries.table())) == ("pool_hash", "quotas")

    def test_a_table_of_other_people_is_found(self):
        found = self.audited(changed("rows/0/ticket", "0000-AAAB", lotteries.table()))
        assert found[:2] == ("pool_hash", "pool_tickets")

    def test_a_panel_that_breaks_a_quota_is_named(self):
        panels = [*lotteries.panels(19), [0, 2, 4, 6, 13, 15]]
        verdict = verify(lotteries.file(panels=panels), pool=lotteries.encoded(lotteries.table()))
        assert verdict.failed == ("quotas",)
        assert "20 (sex M: 4)" in verdict.checks[-2].words.en

    def test_a_panel_with_two_people_from_one_address_is_named(self):
        panels = [*lotteries.panels(19), [0, 1, 5, 14, 16, 17]]
        verdict = verify(lotteries.file(panels=panels), pool=lotteries.encoded(lotteries.table()))
        assert verdict.failed == ("households",)
        assert verdict.checks[-1].words.en.endswith("from one address: 20.")

    def test_a_table_that_cannot_be_read_is_named(self):
        assert verify(FILE, pool=b"{}").failed == ("pool_format",)

    def test_a_broken_panel_does_not_stop_the_other_checks(self):
        file = changed("lottery/panels/4", [0, 2, 5, 13, 15, 99999])
        assert set(self.audited(lotteries.table(), file)) == {"commitment", "panels", "quotas"}


STRANGE = {
    "nothing": b"",
    "no text": b"\xff\xfe\x00",
    "no JSON": b"hello",
    "a list": b"[]",
    "a number": b"7",
    "nothing in it": b"{}",
    "another file": b'{"lottery": {"format": "samenspraak-lottery-2"}}',
    "deep": b"[" * 100_000,
    "a long number": b'{"lottery": ' + b"9" * 5000 + b"}",
    "not a number": b'{"lottery": NaN}',
    "half a character": b'{"lottery": "\\ud800"}',
    "a field twice": b'{"lottery": 1, "lottery": 2}',
}


class TestWrongFiles:
    @pytest.mark.parametrize("what", STRANGE)
    def test_give_one_clear_line_and_never_an_error(self, what):
        verdict = lottery.verify(STRANGE[what])
        assert verdict.failed == ("format",)
        assert len(verdict.checks) == 1
        assert len(verdict.checks[0].words.nl) < 600

    @pytest.mark.parametrize(
        ("path", "value", "named"),
        [
            ("lottery/panels/3/1", "5", "lottery.panels[3][1] must be a whole number"),
            ("lottery/panels/3/1", True, "lottery.panels[3][1] must be a whole number"),
            ("lottery/tickets", {}, "lottery.tickets must be a list"),
            ("lottery/randomness/known_from", "28 november", "lottery.randomness.known_from must be a time"),
            ("lottery/published_at", "2026-11-24T09:00:00", "lottery.published_at must be a time with its zone"),
            ("lottery/published_at", "0001-01-01T00:00:00+23:59", "lottery.published_at must be a time"),
            ("lottery/rules/size", None, "lottery.rules.size must be a whole number"),
            ("lottery/format", "x", 'lottery.format must be "samenspraak-lottery-1"'),
            ("drawing", [], "drawing must be an object"),
            ("drawing/seed", 7, "drawing.seed must be text"),
        ],
    )
    def test_name_the_field(self, path, value, named):
        verdict = verify(changed(path, value))
        assert verdict.failed == ("format",)
        assert named in verdict.checks[0].words.en

    def test_a_fraction_is_refused_because_programs_write_it_differently(self):
        assert "1.5 is not a whole number" in verify(changed("lottery/rules/size", 1.5)).checks[0].words.en

    def test_a_file_without_panels_or_tickets_is_worked_out_all_the_same(self):
        verdict = verify(lotteries.file(tickets=[], panels=[]))
        assert {"tickets", "number_of_panels", "number"} <= set(verdict.failed)

    def test_a_long_text_from_a_stranger_is_shown_in_part(self):
        verdict = verify(changed("drawing/value", "9" * 100_000))
        assert all(len(check.words.nl) < 1000 for check in verdict.checks)

    @given(st.data())
    def test_no_damage_raises_and_none_to_what_was_fixed_goes_unseen(self, data):
        content = lottery.canonical(FILE)
        start = data.draw(st.integers(0, len(content) - 1))
        damaged = content[:start] + data.draw(st.binary(max_size=3)) + content[start + data.draw(st.integers(0, 3)) :]
        verdict = lottery.verify(damaged)
        try:
            fixed = json.loads(damaged)["lottery"]
        except (ValueError, KeyError, TypeError):
            fixed = None
        assert fixed == FILE["lottery"] or not verdict.holds
