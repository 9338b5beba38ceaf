"""Cell tables made: from one row per respondent, or from the rows of a grouped query."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from analytics.arrays import FloatArray, IntArray, as_float
from analytics.cells import faults
from analytics.cells.columns import Answered, Columns, match
from analytics.cells.table import AnswerCounts, AnswerRow, CellSums, CellTable, Grouping, Listed, Question, tally
from analytics.weights.codes import Cells, Coded
from analytics.weights.codes import cells as unique_cells

_SAME_WEIGHT = 1e-12
_PLACES = 16
"""Entries are summed in a table of every possible one while that has at most so many places per entry; else sorted."""
_AT_ONCE = 4_000_000
"""Answers summed at once: what bounds memory beside the table itself."""


def from_arrays(
    *,
    coded: Mapping[str, Coded],
    base_weights: FloatArray,
    questions: Sequence[str],
    answers: FloatArray,
    lists: Mapping[str, Listed] | None = None,
    groups: Mapping[str, Grouping] | None = None,
    crosses: Sequence[tuple[str, str]] = (),
    levels: Mapping[str, Sequence[float]] | None = None,
    by_weight: bool = True,
) -> CellTable:
    """Count respondents.

    `coded` and `groups` hold one code per person; `answers` is n x questions with NaN for no valid answer. `lists` are
    questions with several answers each. `crosses` names pairs of questions that are counted together as well, for their
    covariance. `levels` declares the answers of a question: any other is a fault, and answers nobody gave still get a
    column. `by_weight=False` joins people of different base weights in a cell, for weights that nearly all differ; then
    no limits on the final weights can be kept.

    Raises:
        CellsUnusable: with every fault: lengths that differ, weights that are not finite and above 0, answers that are
        infinite or not declared, hits that are neither 0 nor 1.
    """
    d, y = as_float(base_weights), as_float(answers)
    lists, groups, levels = lists or {}, groups or {}, levels or {}
    faults.insist(faults.of_arrays(coded, d, questions, y, lists, groups, crosses))
    cells = number(coded, d, groups, by_weight=by_weight)
    given = match(questions, y, lists, crosses, levels)
    if by_weight:
        unit = d[cells.first]
        n = tally(cells.of, None, unit.size)
        sums, answered = CellSums(n=n, d=n * unit, d2=n * unit * unit), _counted(given, cells, unit)
    else:
        weights = (np.ones(d.size), d, d * d)
        sums = _sums(cells, weights)
        answered = _summed(given, cells, weights)
    return _table(coded, groups, cells, sums, answered)


def from_rows(
    *,
    coded: Mapping[str, Coded],
    groups: Mapping[str, Grouping],
    sums: CellSums,
    answers: Sequence[AnswerRow],
    lists: Collection[str] = (),
    levels: Mapping[str, Sequence[float]] | None = None,
    by_weight: bool = True,
) -> CellTable:
    """The table from the rows of a grouped query. `coded` and `groups` hold one code per cell of the query; cells that
    agree in all of them (and, with `by_weight`, in base weight) are joined. `lists` names the questions where several
    answers may be chosen; `levels` as in `from_arrays`.

    Raises:
        CellsUnusable: with every fault: codes outside their levels, counts that are negative or not whole, sums that
        cannot belong to so many people, answers of more people than the cell holds, an answer given twice.
    """
    levels = levels or {}
    found = faults.of_sums(sums)
    faults.insist(
        found or [*faults.of_codes(coded, groups, sums.n.size), *faults.of_rows(answers, sums, levels, lists)]
    )
    cells = number(coded, sums.d / sums.n, groups, by_weight=by_weight)
    joined = _sums(cells, (sums.n, sums.d, sums.d2))
    return _table(coded, groups, cells, joined, _joined(answers, cells, levels, lists))


def number(
    coded: Mapping[str, Coded], base_weights: FloatArray, groups: Mapping[str, Grouping], *, by_weight: bool = True
) -> Cells:
    """Cells of people with the same codes, groups and, with `by_weight`, the same base weight up to rounding."""
    columns = [one.codes for one in coded.values()] + [one.codes for one in groups.values()]
    if by_weight:
        columns.append(weight_classes(base_weights))
    return unique_cells(*columns) if columns else unique_cells(np.zeros(base_weights.size, dtype=np.int64))


def weight_classes(weights: FloatArray) -> IntArray:
    """Number of each distinct weight, ascending; weights that differ by rounding are the same."""
    order = np.argsort(weights, kind="stable")
    ordered = weights[order]
    found = np.zeros(weights.size, dtype=np.int64)
    found[order[1:]] = np.cumsum(np.diff(ordered) > _SAME_WEIGHT * ordered[1:])
    return found


def _sums(cells: Cells, weights: Sequence[FloatArray]) -> CellSums:
    n, d, d2 = (tally(cells.of, w, cells.first.size) for w in weights)
    return CellSums(n=n, d=d, d2=d2)


def _table(
    coded: Mapping[str, Coded], groups: Mapping[str, Grouping], cells: Cells, sums: CellSums, answers: AnswerCounts
) -> CellTable:
    return CellTable(
        coded={key: Coded(codes=one.codes[cells.first], patterns=one.patterns) for key, one in coded.items()},
        groups={key: Grouping(labels=one.labels, codes=one.codes[cells.first]) for key, one in groups.items()},
        n=sums.n,
        d=sums.d,
        d2=sums.d2,
        answers=answers,
    )


def _counted(given: Answered, cells: Cells, unit: FloatArray) -> AnswerCounts:
    """Counts per cell and column; sums of weights follow, since everybody in a cell has the same."""
    cell, column, (n,) = _added(given, cells, [None])
    base = n * unit[cell]
    return _answers(given.columns, cell, column, [n, base, base * unit[cell]])


def _summed(given: Answered, cells: Cells, weights: Sequence[FloatArray]) -> AnswerCounts:
    """Sums per cell and column of each of the weights."""
    cell, column, sums = _added(given, cells, weights)
    return _answers(given.columns, cell, column, sums)


def _added(
    given: Answered, cells: Cells, weights: Sequence[FloatArray | None]
) -> tuple[IntArray, IntArray, list[FloatArray]]:
    """Cell and column of every pair that occurs, in order, and the sums over its people; None counts them."""
    size, width = cells.first.size, given.columns.codes.size + 1
    if size * width <= _PLACES * given.entries:
        totals = [np.zeros(size * width, dtype=np.int64 if w is None else np.float64) for w in weights]
        for keys, person in given.blocks(cells.of, _AT_ONCE):
            for total, w in zip(totals, weights, strict=True):
                total += np.bincount(keys, weights=None if w is None else w[person], minlength=total.size)
        totals[0].reshape(size, width)[:, -1] = 0
        places = np.flatnonzero(totals[0])
        sums = [total[places].astype(np.float64) for total in totals]
    else:
        places, sums = _sorted(given, cells, weights)
    cell, column = np.divmod(places, width)
    return cell, column, sums


def _sorted(given: Answered, cells: Cells, weights: Sequence[FloatArray | None]) -> tuple[IntArray, list[FloatArray]]:
    """The same where a table of every possible pair would be too large."""
    width = given.columns.codes.size + 1
    found: list[IntArray] = [np.zeros(0, dtype=np.int64)]
    parts: list[list[FloatArray]] = [[np.zeros(0)] for _ in weights]
    for keys, person in given.blocks(cells.of, _AT_ONCE):
        own, at = np.unique(keys, return_inverse=True)
        found.append(own)
        for part, w in zip(parts, weights, strict=True):
            part.append(tally(at.reshape(-1), None if w is None else w[person], own.size))
    places, at = np.unique(np.concatenate(found), return_inverse=True)
    given_answer = places % width < width - 1
    sums = [tally(at.reshape(-1), np.concatenate(part), places.size) for part in parts]
    return places[given_answer], [total[given_answer] for total in sums]


def _joined(
    rows: Sequence[AnswerRow], cells: Cells, levels: Mapping[str, Sequence[float]], lists: Collection[str]
) -> AnswerCounts:
    """Sums of the rows over cells that were joined, with columns as `from_arrays` orders them."""
    columns, column_of = _declared(rows, levels, lists)
    width = max(columns.codes.size, 1)
    keys = [cells.of[row.cells] * width + column_of[row.question, row.code] for row in rows]
    places, at = np.unique(np.concatenate([*keys, np.zeros(0, dtype=np.int64)]), return_inverse=True)
    sums = [
        tally(at.reshape(-1), np.concatenate([np.zeros(0), *(getattr(row, f) for row in rows)]), places.size)
        for f in ("n", "d", "d2")
    ]
    cell, column = np.divmod(places, width)
    return _answers(columns, cell, column, sums)


def _declared(
    rows: Sequence[AnswerRow], levels: Mapping[str, Sequence[float]], lists: Collection[str]
) -> tuple[Columns, dict[tuple[str, float | None], int]]:
    """Questions in declared order, then as they come; single answers before lists; codes ascending, a base first."""
    codes: dict[str, set[float]] = {key: {float(code) for code in declared} for key, declared in levels.items()}
    for row in rows:
        codes.setdefault(row.question, set()).update(() if row.code is None else (float(row.code),))
    for key in lists:
        codes.setdefault(key, set())
    questions: dict[str, Question] = {}
    column_of: dict[tuple[str, float | None], int] = {}
    for key in sorted(codes, key=lambda key: key in lists):
        own: list[float | None] = [*([None] if key in lists else []), *sorted(codes[key])]
        start = len(column_of)
        column_of |= {(key, code): start + i for i, code in enumerate(own)}
        questions[key] = Question(
            key=key, kind="list" if key in lists else "code", parts=(key,), start=start, stop=start + len(own)
        )
    values = np.array([np.nan if code is None else code for _, code in column_of], dtype=np.float64)
    return Columns(questions=questions, codes=values, seconds=np.full(values.size, np.nan)), column_of


def _answers(columns: Columns, cell: IntArray, column: IntArray, sums: Sequence[FloatArray]) -> AnswerCounts:
    n, d, d2 = sums
    return AnswerCounts(
        questions=columns.questions,
        codes=columns.codes,
        seconds=columns.seconds,
        cell=cell,
        column=column,
        n=n,
        d=d,
        d2=d2,
    )
