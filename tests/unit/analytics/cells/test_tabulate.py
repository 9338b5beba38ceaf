"""Cell tables: nobody lost, nothing counted twice, and everything wrong with the input said at once."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.cells import design, estimates, measures, tabulate
from analytics.cells.table import AnswerRow, CellSums, CellTable, Grouping, Listed
from analytics.cells.weigh import rake, weigh
from analytics.errors import AnalyticsError, CellsUnusable, DesignUnusable, MarginsUnusable
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin
from tests.unit.analytics.cells.world import OPTIONS, World, world

Codes = dict[str, set[str]]


def faults(error: CellsUnusable) -> Codes:
    found: Codes = {}
    for fault in error.faults:
        found.setdefault(fault.pointer, set()).add(fault.code)
        assert fault.detail.endswith(".")
    return found


def rows_of(table: CellTable) -> tuple[CellSums, list[AnswerRow]]:
    """The table as a grouped query would give it."""
    answers = table.answers
    rows = []
    for question in answers.questions.values():
        for column in range(question.start, question.stop):
            here = answers.column == column
            code = float(answers.codes[column])
            rows.append(
                AnswerRow(
                    question=question.key,
                    code=None if code != code else code,
                    cells=answers.cell[here],
                    n=answers.n[here],
                    d=answers.d[here],
                    d2=answers.d2[here],
                )
            )
    return CellSums(n=table.n, d=table.d, d2=table.d2), [row for row in rows if row.cells.size]


class TestFromArrays:
    @settings(max_examples=40, deadline=None)
    @given(n=st.integers(1, 60), seed=st.integers(0, 10_000), levels=st.integers(1, 4))
    def test_everybody_and_every_answer_is_counted_once(self, n: int, seed: int, levels: int) -> None:
        rng = np.random.default_rng(seed)
        d = rng.choice([0.5, 2.0], n)
        y = rng.choice([1.0, 2.5, 9.0, np.nan], (n, 2))
        hits = (rng.random((n, 3)) < 0.5).astype(float)
        hits[rng.random(n) < 0.3] = np.nan
        table = tabulate.from_arrays(
            coded={"m": Coded(codes=rng.integers(0, levels, n), patterns=np.eye(levels))},
            base_weights=d,
            questions=("A", "B"),
            answers=y,
            lists={"L": Listed(codes=(4.0, 5.0, 6.0), hits=hits)},
        )
        assert table.n.sum() == table.people == n
        assert table.d.sum() == pytest.approx(d.sum())
        assert table.d2.sum() == pytest.approx((d * d).sum())
        columns = table.answers
        for key, column in (("A", y[:, 0]), ("B", y[:, 1])):
            question = table.question(key)
            for i in range(question.start, question.stop):
                here, who = columns.column == i, column == columns.codes[i]
                assert columns.n[here].sum() == who.sum()
                assert columns.d[here].sum() == pytest.approx(d[who].sum())
                assert columns.d2[here].sum() == pytest.approx((d[who] ** 2).sum())
        base = table.question("L").start
        assert columns.n[columns.column == base].sum() == (~np.isnan(hits[:, 0])).sum()
        assert [columns.n[columns.column == base + 1 + j].sum() for j in range(3)] == np.nansum(hits, axis=0).tolist()

    def test_the_order_of_people_does_not_matter(self) -> None:
        one = world(200)
        order = np.random.default_rng(1).permutation(one.n)
        other = World(
            coded={k: Coded(codes=c.codes[order], patterns=c.patterns) for k, c in one.coded.items()},
            margins=one.margins,
            base_weights=one.base_weights[order],
            answers={k: y[order] for k, y in one.answers.items()},
            lists={k: Listed(codes=x.codes, hits=x.hits[order]) for k, x in one.lists.items()},
            groups={k: Grouping(labels=g.labels, codes=g.codes[order]) for k, g in one.groups.items()},
        )
        first, second = one.table(), other.table()
        for field in ("cell", "column", "n", "d", "d2"):
            assert np.array_equal(getattr(first.answers, field), getattr(second.answers, field)), field

    def test_inputs_are_left_as_they_were(self) -> None:
        one = world(100)
        before = msgspec.structs.replace(one, answers={k: y.copy() for k, y in one.answers.items()})
        one.table()
        for key, y in one.answers.items():
            assert np.array_equal(y, before.answers[key], equal_nan=True)

    def test_a_huge_table_is_sorted_instead_of_laid_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        one = world(150)
        wanted = {by_weight: one.table(by_weight=by_weight).answers for by_weight in (True, False)}
        monkeypatch.setattr(tabulate, "_PLACES", 0)
        monkeypatch.setattr(tabulate, "_AT_ONCE", 100)
        for by_weight, answers in wanted.items():
            found = one.table(by_weight=by_weight).answers
            for field in ("cell", "column", "n", "d", "d2"):
                assert getattr(found, field) == pytest.approx(getattr(answers, field), rel=1e-12), field

    def test_declared_answers_nobody_gave_keep_a_column(self) -> None:
        table = tabulate.from_arrays(
            coded={},
            base_weights=np.ones(3),
            questions=("A",),
            answers=np.array([[1.0], [2.0], [np.nan]]),
            levels={"A": (1, 2, 3)},
        )
        assert table.answers.codes.tolist() == [1.0, 2.0, 3.0]
        figures = estimates.estimate(table, design.make(table, np.ones(1)), [measures.share("A", [3])])
        assert figures.estimates()[0][0].n == 2

    def test_all_faults_at_once(self) -> None:
        with pytest.raises(CellsUnusable) as error:
            tabulate.from_arrays(
                coded={"m": Coded(codes=np.array([0, 7, 1]), patterns=np.eye(2))},
                base_weights=np.array([1.0, -2.0, np.nan]),
                questions=("A", "A"),
                answers=np.array([[1.0, np.inf], [2.0, 1.0], [3.0, 1.0]]),
                lists={"L": Listed(codes=(1.0, 2.0), hits=np.array([[1.0, np.nan], [0.0, 3.0], [1.0, 1.0]]))},
                groups={"g": Grouping(labels=("x",), codes=np.array([0, 1]))},
                crosses=[("A", "C")],
            )
        assert faults(error.value) == {
            "/base_weights": {"not_positive"},
            "/m": {"unknown_level"},
            "/g": {"length", "unknown_level"},
            "/A": {"duplicate", "not_finite"},
            "/L": {"partly_missing", "no_hit"},
            "/C": {"unknown_question"},
        }
        assert "2 base weights are not finite numbers above 0, such as -2 of person 1." in error.value.message

    def test_answers_that_are_not_declared_are_named_with_their_number(self) -> None:
        with pytest.raises(CellsUnusable) as error:
            tabulate.from_arrays(
                coded={},
                base_weights=np.ones(4),
                questions=("A", "B"),
                answers=np.array([[1.0, 4.0], [7.0, 4.0], [7.0, 0.5], [np.nan, 5.0]]),
                levels={"A": (1, 2), "B": (4, 5)},
            )
        assert faults(error.value) == {"/A/7": {"unknown_level"}, "/B/0.5": {"unknown_level"}}
        assert "Answer 7 to `A` occurs 2 times and is not one of: 1, 2." in error.value.message

    @pytest.mark.parametrize(
        "answers", [np.zeros((0, 1)), np.zeros((2, 2)), np.zeros(2)], ids=["nobody", "columns", "flat"]
    )
    def test_shapes_that_do_not_fit_are_refused(self, answers: Any) -> None:
        with pytest.raises(CellsUnusable):
            tabulate.from_arrays(coded={}, base_weights=np.ones(len(answers)), questions=("A",), answers=answers)


class TestFromRows:
    def test_rows_of_a_query_make_the_same_table(self) -> None:
        one = world(300)
        wanted = one.table()
        sums, rows = rows_of(wanted)
        found = tabulate.from_rows(
            coded=wanted.coded, groups=wanted.groups, sums=sums, answers=rows[::-1], lists=("WHY",)
        )
        kinds = [measures.mean("SCORE"), measures.share("Q1", [5]), measures.share("WHY", [OPTIONS[1]])]
        figures = [
            estimates.estimate(table, weigh(table, one.margins).design, kinds, by=table.grouping("arm"))
            for table in (found, wanted)
        ]
        assert figures[0].variance == pytest.approx(figures[1].variance, rel=1e-12)
        assert figures[0].sums.value == pytest.approx(figures[1].sums.value, rel=1e-12)

    def test_cells_that_nothing_tells_apart_are_joined(self) -> None:
        one = world(300)
        fine = one.table()
        sums, rows = rows_of(fine)
        coarse = tabulate.from_rows(coded=fine.coded, groups={}, sums=sums, answers=rows, lists=("WHY",))
        assert coarse.size < fine.size
        assert coarse.people == fine.people
        assert coarse.answers.n.sum() == fine.answers.n.sum()
        left, right = weigh(coarse, one.margins), weigh(fine, one.margins)
        assert left.certificate.n_eff == pytest.approx(right.certificate.n_eff, rel=1e-10)

    @pytest.mark.parametrize(
        ("change", "pointer", "code"),
        [
            (lambda row: {"n": -row.n}, "/Q1/3", "count"),
            (lambda row: {"n": row.n + 0.5}, "/Q1/3", "count"),
            (lambda row: {"n": row.n * np.nan}, "/Q1/3", "not_finite"),
            (lambda row: {"d": -row.d}, "/Q1/3", "not_positive"),
            (lambda row: {"d2": row.d2 * 100}, "/Q1/3", "sums_disagree"),
            (lambda row: {"n": row.n + 1000.0, "d": row.d * 1000, "d2": row.d2 * 2000}, "/Q1", "sums_disagree"),
            (lambda row: {"cells": row.cells + 10**6}, "/Q1/3", "unknown_cell"),
            (lambda row: {"cells": row.cells * 0}, "/Q1/3", "duplicate"),
            (lambda row: {"n": row.n[1:]}, "/Q1/3", "length"),
            (lambda row: {"code": 77.0}, "/Q1/77", "unknown_level"),
            (lambda row: {"code": None}, "/Q1/base", "unknown_level"),
        ],
    )
    def test_counts_that_cannot_be_are_refused(
        self, change: Callable[[AnswerRow], dict[str, Any]], pointer: str, code: str
    ) -> None:
        table = world(300).table()
        sums, rows = rows_of(table)
        broken = [
            msgspec.structs.replace(row, **change(row)) if (row.question, row.code) == ("Q1", 3.0) else row
            for row in rows
        ]
        with pytest.raises(CellsUnusable) as error:
            tabulate.from_rows(
                coded=table.coded,
                groups=table.groups,
                sums=sums,
                answers=broken,
                lists=("WHY",),
                levels={"Q1": (1, 2, 3, 4, 5)},
            )
        assert code in faults(error.value)[pointer]

    def test_a_list_without_a_base_and_an_answer_given_twice(self) -> None:
        table = world(300).table()
        sums, rows = rows_of(table)
        broken = [row for row in rows if (row.question, row.code) != ("WHY", None)]
        broken.append(next(row for row in rows if row.question == "Q2"))
        with pytest.raises(CellsUnusable) as error:
            tabulate.from_rows(coded=table.coded, groups={}, sums=sums, answers=broken, lists=("WHY",))
        assert faults(error.value)["/WHY"] == {"missing"}
        assert any(pointer.startswith("/Q2/") for pointer in faults(error.value))

    def test_no_cells_at_all(self) -> None:
        none = CellSums(n=np.empty(0), d=np.empty(0), d2=np.empty(0))
        with pytest.raises(CellsUnusable, match="no cell with people"):
            tabulate.from_rows(coded={}, groups={}, sums=none, answers=())


class TestRefusals:
    def test_limits_need_one_weight_per_cell(self) -> None:
        one = world(300)
        with pytest.raises(AnalyticsError, match="by_weight=True"):
            rake(one.table(by_weight=False), one.margins, trim_high=3.0)

    def test_margins_the_cells_are_not_coded_by(self) -> None:
        one = world(100)
        with pytest.raises(MarginsUnusable, match="not coded by `income`; dimensions in the table: sex_age"):
            weigh(one.table(), [Margin(key="income", levels=("a", "b"), shares=(0.5, 0.5))])
        with pytest.raises(MarginsUnusable, match="3 levels of `school` where the margin has 2"):
            weigh(one.table(), [Margin(key="school", levels=("a", "b"), shares=(0.5, 0.5))])

    def test_unknown_names_say_what_there_is(self) -> None:
        table = world(100).table()
        own = design.make(table, np.ones(table.size))
        with pytest.raises(AnalyticsError, match="no question `Q9`; it has: Q0, Q1"):
            estimates.estimate(table, own, [measures.mean("Q9")])
        with pytest.raises(AnalyticsError, match="groupings in the table: arm, flagged, half"):
            table.grouping("income")
        with pytest.raises(AnalyticsError, match="The mask has 3 entries"):
            estimates.estimate(table, own, [measures.mean("Q1")], where=np.ones(3, dtype=bool))

    def test_what_cells_do_not_hold_is_refused(self) -> None:
        table = world(100).table()
        own = design.make(table, np.ones(table.size))
        with pytest.raises(AnalyticsError, match="crossings that the cell table lacks: Q1 x Q2"):
            estimates.covariance(table, own, [measures.mean("Q1"), measures.mean("Q2")])
        with pytest.raises(AnalyticsError, match="chosen together"):
            estimates.covariance(table, own, [measures.share("WHY", [1]), measures.share("WHY", [2])])
        with pytest.raises(AnalyticsError, match="only the share of a single one"):
            estimates.estimate(table, own, [measures.share("WHY", [1, 2])])

    def test_strata_of_one_are_named(self) -> None:
        table = world(100).table()
        strata = np.zeros(table.size, dtype=np.int64)
        strata[np.flatnonzero(table.n == 1)[0]] = 1
        with pytest.raises(DesignUnusable, match="no variance: north"):
            design.make(table, np.ones(table.size), strata=strata, names=("south", "north"))

    def test_one_respondent_has_no_variance(self) -> None:
        table = tabulate.from_arrays(coded={}, base_weights=np.ones(1), questions=("A",), answers=np.array([[3.0]]))
        with pytest.raises(DesignUnusable, match="at least two people"):
            design.make(table, np.ones(1))

    def test_people_of_a_cell_who_differ_in_weight_are_not_collapsed(self) -> None:
        from analytics.designs.design import make

        one = world(200)
        table = one.table(by_weight=False)
        cells = one.cells(by_weight=False)
        weights = one.base_weights * np.random.default_rng(1).uniform(1, 2, one.n)
        with pytest.raises(DesignUnusable, match="differ in weight"):
            design.collapse(make(weights), table, cells, one.base_weights)
