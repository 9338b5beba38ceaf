import hashlib
from collections import Counter

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samenspraak.canonical import canonical_json, content_hash
from samenspraak.types.application import Application
from samenspraak.types.ballot import BallotDefinition, BallotOption, BallotResult
from samenspraak.types.base import Localised

from surveys import ballots, tally
from surveys.models import Opened

PAPER = BallotDefinition(
    proposition=Localised(nl="Mag het?", en="May it?"),
    options=tuple(BallotOption(code=code, label=Localised(nl=str(code), en=str(code))) for code in (1, 2, 3)),
    arguments_for=(),
    arguments_against=(),
)
AGES, LEVELS = ("18-34", "35-64", "65+"), ("1", "2", "3")


def votes(**cells: tuple[int, int, int]) -> list[Opened]:
    """Ballots by cell (`a/1` written `a__1`): how many chose 1, 2 and 3."""
    found = []
    for name, counts in cells.items():
        for choice, number in enumerate(counts, 1):
            for copy in range(number):
                receipt = hashlib.sha256(f"{name}/{choice}/{copy}".encode()).hexdigest()
                found.append(Opened(cell=name.replace("__", "/"), choice=choice, receipt=receipt))
    return found


def count(opened: list[Opened], weights: dict[str, float] | None = None) -> BallotResult:
    return tally.count(
        opened, definition=PAPER, weights_by_cell=weights, entitled=len(opened) + 5, sample_kind="simulated"
    )


class TestWeighted:
    def test_a_group_that_votes_too_often_counts_less(self) -> None:
        opened = votes(a__1=(60, 20, 20), b__1=(20, 60, 20))
        result = count(opened, {"a/1": 150.0, "b/1": 50.0})
        assert result.weighted
        assert result.counts == {"1": 80, "2": 80, "3": 40}
        share = result.shares["1"]
        assert share.value == pytest.approx((1.5 * 60 + 0.5 * 20) / 200)
        assert share.unweighted == pytest.approx(0.4)
        assert share.interval is not None
        assert share.value is not None
        assert share.interval.lower < share.value < share.interval.upper
        assert (share.n, share.base, share.sample_kind, share.flag) == (200, "voted", "simulated", "ok")
        assert share.n_eff is not None
        assert share.n_eff < 200

    def test_everything_published_follows_from_the_published_integers(self) -> None:
        opened = votes(a__1=(31, 17, 12), a__2=(22, 19, 11), b__1=(40, 13, 10))
        result = count(opened, {"a/1": 71.3, "a/2": 40.9, "b/1": 55.5})
        assert tally.recount(result) == pytest.approx({code: share.value for code, share in result.shares.items()})
        assert sum(tally.recount(result).values()) == pytest.approx(1)
        assert result.digest == content_hash({"cells": result.cells, "receipts": result.receipts})

    def test_receipts_are_sorted_so_that_they_tell_no_order(self) -> None:
        result = count(votes(a__1=(10, 10, 10)))
        assert list(result.receipts) == sorted(result.receipts)
        assert len(set(result.receipts)) == 30

    def test_the_order_of_the_envelopes_changes_nothing(self) -> None:
        opened = votes(a__1=(31, 17, 12), b__1=(40, 13, 10))
        weights = {"a/1": 71.3, "b/1": 55.5}
        assert canonical_json(count(opened, weights)) == canonical_json(count(opened[::-1], weights))

    def test_a_cell_without_a_weight_is_an_error_not_a_guess(self) -> None:
        with pytest.raises(ValueError, match="b/1"):
            count(votes(a__1=(10, 10, 10), b__1=(10, 10, 10)), {"a/1": 1.0})


class TestMerging:
    def names(self, opened: list[Opened]) -> list[str]:
        result = count(opened, dict.fromkeys({one.cell for one in opened}, 30.0))
        return [cell.cell for cell in result.cells]

    def test_cells_that_are_large_enough_stay_apart(self) -> None:
        assert self.names(votes(a__1=(10, 10, 10), a__2=(10, 10, 10))) == ["a/1", "a/2"]

    def test_a_small_cell_joins_its_neighbour_within_the_row(self) -> None:
        opened = votes(a__1=(10, 10, 9), a__2=(10, 10, 10), a__3=(50, 50, 50), b__1=(10, 10, 10))
        assert self.names(opened) == ["a/1+2", "a/3", "b/1"]

    def test_a_small_row_joins_the_smaller_neighbouring_row(self) -> None:
        opened = votes(a__1=(50, 50, 50), b__1=(5, 5, 5), c__1=(20, 20, 20))
        assert self.names(opened) == ["a/1", "b+c/1"]

    def test_unknown_is_a_level_of_its_own_and_comes_last(self) -> None:
        opened = [*votes(a__1=(20, 20, 20), a__3=(20, 20, 20)), *(Opened(cell="a/?", choice=1, receipt="0" * 64),)]
        assert self.names(opened) == ["a/1", "a/3+?"]

    def test_one_dimension_has_names_without_a_slash(self) -> None:
        assert self.names(votes(a=(20, 20, 20), b=(5, 20, 20), c=(10, 10, 10))) == ["a", "b+c"]

    def test_when_no_split_is_safe_one_unweighted_table_remains(self) -> None:
        result = count(votes(a__1=(50, 30, 4), b__1=(50, 30, 5)), {"a/1": 10.0, "b/1": 200.0})
        assert not result.weighted
        assert [cell.cell for cell in result.cells] == ["all"]
        assert result.cells[0].weight == 1.0
        assert result.counts == {"1": 100, "2": 60, "3": 9}
        assert result.shares["1"].value == pytest.approx(100 / 169)
        assert any("niet gewogen" in note.nl for note in result.notes)

    @settings(max_examples=80, deadline=None)
    @given(
        st.dictionaries(
            st.sampled_from([f"{age}/{level}" for age in AGES for level in (*LEVELS, "?")]),
            st.tuples(*[st.integers(0, 40)] * 3),
        )
    )
    def test_whatever_was_cast_no_published_cell_is_small_and_no_ballot_is_lost(
        self, cells: dict[str, tuple[int, int, int]]
    ) -> None:
        opened = votes(**{name.replace("/", "__"): counts for name, counts in cells.items()})
        result = count(opened, dict.fromkeys(cells, 7.0))
        if result.suppressed:
            assert len(opened) < 10
            return
        assert sum(sum(cell.counts.values()) for cell in result.cells) == len(opened)
        totals = Counter(str(one.choice) for one in opened)
        assert result.counts == {code: totals[code] for code in ("1", "2", "3")}
        if result.weighted:
            assert all(number >= 10 for cell in result.cells for number in cell.counts.values())
        else:
            assert len(result.cells) == 1


class TestSmall:
    def test_under_ten_ballots_only_the_number_of_voters_is_told(self) -> None:
        result = count(votes(a__1=(5, 3, 1)))
        assert result.suppressed
        assert (result.counts, result.shares, result.cells, result.cast) == ({}, {}, (), 9)
        assert tally.recount(result) == {}

    def test_an_empty_box_is_a_result_too(self) -> None:
        result = count([])
        assert result.suppressed
        assert result.cast == 0

    def test_under_thirty_ballots_there_is_no_percentage(self) -> None:
        result = count(votes(a__1=(12, 10, 0)))
        assert result.counts == {"1": 12, "2": 10, "3": 0}
        assert {share.value for share in result.shares.values()} == {None}
        assert {share.flag for share in result.shares.values()} == {"too_few"}

    def test_a_unanimous_result_says_what_that_gives_away(self) -> None:
        result = count(votes(a__1=(40, 0, 0)))
        assert any("bekend wat erop stond" in note.nl for note in result.notes)
        assert not any("bekend wat" in note.nl for note in count(votes(a__1=(39, 1, 0))).notes)

    def test_it_is_always_called_consultative(self) -> None:
        for opened in (votes(a__1=(40, 20, 20)), votes(a__1=(1, 0, 0))):
            assert any("consultative" in note.en for note in count(opened).notes)


def test_the_paper_asks_yes_no_or_blank_about_this_application(application: Application) -> None:
    paper = ballots.define(application)
    assert paper.proposition.nl == "Mag de gemeente Voorbeeld de parkeerauto gebruiken?"
    assert [option.label.en for option in paper.options] == ["Yes", "No", "I cast a blank vote"]
    assert len(paper.arguments_for) == len(paper.arguments_against) == 2
    assert msgspec.json.decode(msgspec.json.encode(paper), type=BallotDefinition) == paper
