"""What can be wrong with cell tables, all at once: codes, counts, and sums that disagree between tables."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import FloatArray, IntArray
from analytics.cells.columns import stranger
from analytics.cells.table import ROUNDING, AnswerRow, CellSums, Grouping, Listed, tally
from analytics.errors import CellsUnusable
from analytics.weights.codes import Coded


def insist(faults: Sequence[Fault]) -> None:
    """Raise when there is a fault.

    Raises:
        CellsUnusable: with all of them; the message gives the first.
    """
    if faults:
        more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
        raise CellsUnusable(f"The cell table cannot be made. {faults[0].detail}{more}", faults=faults)


def of_arrays(
    coded: Mapping[str, Coded],
    base_weights: FloatArray,
    questions: Sequence[str],
    answers: FloatArray,
    lists: Mapping[str, Listed],
    groups: Mapping[str, Grouping],
    crosses: Sequence[tuple[str, str]],
) -> list[Fault]:
    """Faults of respondents' arrays."""
    n = base_weights.size
    faults = [*_weights(base_weights), *of_codes(coded, groups, n), *_repeated([*questions, *lists])]
    if answers.shape != (n, len(questions)):
        faults.append(_fault("/answers", "length", f"answers are {answers.shape}, not ({n}, {len(questions)})"))
    elif np.isinf(answers).any():
        bad = [questions[j] for j in np.flatnonzero(np.isinf(answers).any(axis=0)).tolist()]
        faults += [
            _fault(f"/{key}", "not_finite", f"`{key}` holds an infinite answer; use NaN for none") for key in bad
        ]
    for key, one in lists.items():
        faults += _list(key, one, n)
    for pair in crosses:
        faults += [
            _fault(f"/{key}", "unknown_question", f"crossing {' x '.join(pair)}: `{key}` is no single-answer question")
            for key in pair
            if key not in questions
        ]
    return faults


def of_codes(coded: Mapping[str, Coded], groups: Mapping[str, Grouping], n: int) -> list[Fault]:
    """Codes outside their patterns or labels, or not one per person (per cell of a query)."""
    faults: list[Fault] = []
    for key, one in coded.items():
        faults += _codes(key, one.codes, low=0, high=len(one.patterns), n=n)
    for key, group in groups.items():
        faults += _codes(key, group.codes, low=-1, high=len(group.labels), n=n)
    return faults


def of_sums(sums: CellSums) -> list[Fault]:
    """Counts that are no counts, and sums that cannot be of so many weights."""
    if not sums.n.size == sums.d.size == sums.d2.size:
        sizes = f"{sums.n.size} counts, {sums.d.size} sums and {sums.d2.size} sums of squares"
        return [_fault("/cells", "length", f"the cells have {sizes}")]
    if not sums.n.size:
        return [_fault("/cells", "empty", "there is no cell with people in it")]
    return list(_impossible("/cells", sums.n, sums.d, sums.d2))


def of_rows(
    rows: Sequence[AnswerRow], sums: CellSums, levels: Mapping[str, Sequence[float]], lists: Collection[str]
) -> list[Fault]:
    """Faults of the answers of a grouped query, each by itself and against the people of its cell."""
    faults: list[Fault] = []
    sound: dict[str, list[AnswerRow]] = {}
    for row in rows:
        found = list(_row(row, sums.n.size, levels.get(row.question), row.question in lists))
        faults += found
        if not found:
            sound.setdefault(row.question, []).append(row)
    for key, own in sound.items():
        faults += _against_cells(key, own, sums, key in lists)
    return faults


def _row(row: AnswerRow, cells: int, declared: Sequence[float] | None, listed: bool) -> Iterator[Fault]:
    where = f"/{row.question}/{'base' if row.code is None else f'{row.code:g}'}"
    if not row.cells.size == row.n.size == row.d.size == row.d2.size:
        yield _fault(where, "length", "cells, counts and sums differ in number")
        return
    if row.code is None and not listed:
        yield _fault(where, "unknown_level", f"`{row.question}` takes one answer and has no base of its own")
    if row.code is not None and declared is not None and row.code not in declared:
        yield stranger(row.question, row.code, float(row.n.sum()), declared)
    if ((row.cells < 0) | (row.cells >= cells)).any():
        yield _fault(where, "unknown_cell", f"cells outside 0 to {cells - 1}")
        return
    if np.unique(row.cells).size < row.cells.size:
        yield _fault(where, "duplicate", "the same cell is counted twice")
    yield from _impossible(where, row.n, row.d, row.d2)


def _impossible(where: str, n: FloatArray, d: FloatArray, d2: FloatArray) -> Iterator[Fault]:
    """Per entry: a count is whole and above 0; n weights above 0 with sum d have squares between d^2 / n and d^2."""
    finite = np.isfinite(n) & np.isfinite(d) & np.isfinite(d2)
    if not finite.all():
        yield _fault(where, "not_finite", f"{int((~finite).sum())} cells hold a sum that is no number")
        return
    wrong = (n <= 0) | (n != np.rint(n))
    if wrong.any():
        yield _fault(
            where, "count", f"{int(wrong.sum())} counts are not whole numbers above 0, such as {n[wrong][0]:g}"
        )
    if (d <= 0).any() or (d2 <= 0).any():
        yield _fault(where, "not_positive", "sums of base weights and of their squares must be above 0")
    elif not wrong.any():
        squares = d * d
        apart = (n * d2 < squares * (1 - ROUNDING)) | (d2 > squares * (1 + ROUNDING))
        if apart.any():
            i = int(np.flatnonzero(apart)[0])
            detail = f"{n[i]:g} weights cannot have sum {d[i]:g} and sum of squares {d2[i]:g}"
            yield _fault(where, "sums_disagree", f"{detail} ({int(apart.sum())} cells)")


def _against_cells(key: str, rows: Sequence[AnswerRow], sums: CellSums, listed: bool) -> Iterator[Fault]:
    """Nobody gives more than one answer, or more than one of each answer of a list, and only members of the cell do."""
    codes = [row.code for row in rows]
    for code in sorted({f"{c:g}" if c is not None else "base" for c in codes if codes.count(c) > 1}):
        yield _fault(f"/{key}/{code}", "duplicate", "the answer is given in two rows")
    base = next((row for row in rows if row.code is None), None)
    if listed and base is None:
        yield _fault(f"/{key}", "missing", f"`{key}` takes several answers and lacks its base (code None)")
        return
    whole = sums if base is None else CellSums(**{f: _spread(base, f, sums.n.size) for f in ("n", "d", "d2")})
    if base is not None:
        yield from _exceeds(f"/{key}/base", [base], sums, "its cell")
    chosen = [row for row in rows if row.code is not None]
    for some in [[row] for row in chosen] if listed else [chosen]:
        name = f"/{key}/{some[0].code:g}" if listed and some and some[0].code is not None else f"/{key}"
        yield from _exceeds(name, some, whole, "its base" if listed else "its cell")


def _exceeds(where: str, rows: Sequence[AnswerRow], whole: CellSums, name: str) -> Iterator[Fault]:
    for field in ("n", "d", "d2"):
        limit = np.asarray(getattr(whole, field))
        total = np.sum([_spread(row, field, limit.size) for row in rows], axis=0) if rows else np.zeros(limit.size)
        over = total > limit * (1 + ROUNDING)
        if over.any():
            i = int(np.flatnonzero(over)[0])
            detail = f"cell {i}: answers sum to {total[i]:g}, {name} holds {limit[i]:g} (sums of {field})"
            yield _fault(where, "sums_disagree", detail)
            return


def _spread(row: AnswerRow, field: str, size: int) -> FloatArray:
    return tally(row.cells, getattr(row, field), size)


def _weights(d: FloatArray) -> Iterator[Fault]:
    if not d.size:
        yield _fault("/base_weights", "empty", "there is nobody to count")
    bad = ~(np.isfinite(d) & (d > 0))
    if bad.any():
        i = int(np.flatnonzero(bad)[0])
        detail = f"{int(bad.sum())} base weights are not finite numbers above 0, such as {d[i]:g} of person {i}"
        yield _fault("/base_weights", "not_positive", detail)


def _codes(key: str, codes: IntArray, *, low: int, high: int, n: int) -> Iterator[Fault]:
    if codes.size != n:
        yield _fault(f"/{key}", "length", f"`{key}` has {codes.size} codes for {n} rows")
    outside = (codes < low) | (codes >= high)
    if outside.any():
        detail = f"`{key}`: {int(outside.sum())} codes outside {low} to {high - 1}, such as {codes[outside][0]}"
        yield _fault(f"/{key}", "unknown_level", detail)


def _list(key: str, one: Listed, n: int) -> Iterator[Fault]:
    if one.hits.shape != (n, len(one.codes)):
        yield _fault(f"/{key}", "length", f"`{key}`: hits are {one.hits.shape}, not ({n}, {len(one.codes)})")
        return
    missing = np.isnan(one.hits)
    if (missing.any(axis=1) != missing.all(axis=1)).any():
        yield _fault(f"/{key}", "partly_missing", f"`{key}`: a row is NaN for some options; a base is whole or absent")
    if not (missing | (one.hits == 0.0) | (one.hits == 1.0)).all():
        yield _fault(f"/{key}", "no_hit", f"`{key}` holds values other than 0, 1 and NaN")


def _repeated(keys: Sequence[str]) -> Iterator[Fault]:
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield _fault(f"/{key}", "duplicate", f"question `{key}` is given {keys.count(key)} times")


def _fault(pointer: str, code: str, detail: str) -> Fault:
    return Fault(pointer=pointer, code=code, detail=detail[:1].upper() + detail[1:] + ".")
