"""Tests of whole tables: every question by every grouping of the people, in one pass.

For answers on a scale and for shares the means of the groups are compared through their joint covariance
(`comparisons.compare`); for answers without order the table of answer by group is tested (`comparisons.tables`). The
p-values come out raw: they belong together in a family of the plan (`comparisons.families`), or, since all figures of a
table share people and weighting, in one max-t over all differences (`comparisons.max_t`)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.comparisons import compare, max_t, tables
from analytics.comparisons import groups as grouping
from analytics.comparisons.compare import GroupTest
from analytics.comparisons.max_t import MaxT
from analytics.comparisons.tables import TableMethod, TableTest
from analytics.designs.design import Design, degrees
from analytics.designs.variance import covariance
from analytics.errors import ComparisonUnusable
from analytics.estimates import contrast
from analytics.estimates.columns import Sums, linearised, mask, read
from analytics.estimates.columns import answers as as_columns

Reason = Literal["", "few_answers", "no_test"]
"""`few_answers`: fewer than two groups have enough; `no_test`: the design or the answers allow none."""


class CrossTest(msgspec.Struct, frozen=True, kw_only=True):
    """One question by one grouping."""

    figure: str
    grouping: str
    test: GroupTest | None
    p: float | None
    reason: Reason = ""
    """Why there is no test."""


class Association(msgspec.Struct, frozen=True, kw_only=True):
    """One question without order by one grouping."""

    figure: str
    grouping: str
    test: TableTest | None
    p: float | None
    reason: Reason = ""
    detail: str = ""
    """What was wrong, where nothing could be tested."""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Mean of one group minus that of another."""

    figure: str
    grouping: str
    first: int
    second: int
    n: tuple[int, int]


class Gaps(msgspec.Struct, frozen=True, kw_only=True):
    """All differences of a table, and how they move together."""

    gaps: tuple[Gap, ...]
    value: FloatArray
    covariance: FloatArray
    df: int

    def max_t(self, *, seed: int, draws: int = max_t.DRAWS, level: float = 0.95) -> MaxT:
        """All differences corrected together, from their joint covariance."""
        return max_t.from_covariance(self.value, self.covariance, df=self.df, seed=seed, draws=draws, level=level)


def group_tests(
    y: ArrayLike,
    names: Sequence[str],
    groupings: Mapping[str, ArrayLike],
    design: Design,
    *,
    domain: BoolArray | None = None,
    minimum: int = 30,
) -> tuple[CrossTest, ...]:
    """Whether the means of each column of `y` (n x k, NaN: no answer) differ between the groups of each grouping
    (codes; -1: in none), groups with fewer than `minimum` answers left aside. Questions first, then groupings.

    Raises:
        AnswersUnusable, ComparisonUnusable: answers, names or groups that do not fit the design.
    """
    columns, blocks = _columns(y, names, design), _blocks(groupings, design)
    inside = mask(domain, design)
    return tuple(
        test
        for j, name in enumerate(names)
        for test in _group_tests(columns[:, j : j + 1], name, blocks, design, inside, minimum)
    )


def associations(
    answers: Mapping[str, ArrayLike],
    groupings: Mapping[str, ArrayLike],
    design: Design,
    *,
    domain: BoolArray | None = None,
    method: TableMethod = "second_order",
    minimum: int = 30,
) -> tuple[Association, ...]:
    """Whether each question (codes; -1: no answer) goes with each grouping, groups with fewer than `minimum` answers
    left aside. A table that cannot be tested is given with what was wrong.

    Raises:
        ComparisonUnusable: codes that do not fit the design, or negative weights.
    """
    read = {name: grouping.read(codes, design, name) for name, codes in answers.items()}
    blocks = _blocks(groupings, design)
    inside = grouping.counted(design, domain)
    return tuple(
        _association(name, codes, key, block.codes, design, domain, inside, method, minimum)
        for name, codes in read.items()
        for key, block in blocks.items()
    )


def gaps(
    y: ArrayLike,
    names: Sequence[str],
    groupings: Mapping[str, ArrayLike],
    design: Design,
    *,
    domain: BoolArray | None = None,
    minimum: int = 30,
) -> Gaps:
    """Every difference between two groups of one grouping, for every column of `y`, with their joint covariance.

    Memory grows with the square of columns x groups: take the figures of one family, not a whole questionnaire.

    Raises:
        AnswersUnusable, ComparisonUnusable: as `group_tests`; also where no two groups have enough answers.
    """
    columns, blocks = _columns(y, names, design), _blocks(groupings, design)
    labels = [(name, key, int(code)) for name in names for key, block in blocks.items() for code in block.names]
    figures = contrast.of_means(
        _by_groups(columns, blocks), ["/".join(map(str, label)) for label in labels], design, domain=domain
    )
    enough = [i for i in range(len(labels)) if figures.n[i] >= max(minimum, 1) and np.isfinite(figures.value[i])]
    pairs = [(i, j) for i, j in combinations(enough, 2) if labels[i][:2] == labels[j][:2]]
    if not pairs:
        raise ComparisonUnusable(f"No two groups have {minimum} answers to the same question; there is no difference.")
    a = np.zeros((len(pairs), len(labels)))
    a[np.arange(len(pairs)), [i for i, _ in pairs]] = 1.0
    a[np.arange(len(pairs)), [j for _, j in pairs]] = -1.0
    return Gaps(
        gaps=tuple(
            Gap(
                figure=labels[i][0],
                grouping=labels[i][1],
                first=labels[i][2],
                second=labels[j][2],
                n=(int(figures.n[i]), int(figures.n[j])),
            )
            for i, j in pairs
        ),
        value=a @ np.nan_to_num(figures.value),
        covariance=a @ figures.covariance @ a.T,
        df=figures.df,
    )


class _Block(msgspec.Struct, frozen=True, kw_only=True):
    codes: IntArray
    names: IntArray


def _columns(y: ArrayLike, names: Sequence[str], design: Design) -> FloatArray:
    columns = as_columns(y, design)
    if columns.shape[1] != len(names) or len(set(names)) != len(names):
        raise ComparisonUnusable(f"{columns.shape[1]} questions need as many different names; got {list(names)}.")
    return columns


def _blocks(groupings: Mapping[str, ArrayLike], design: Design) -> dict[str, _Block]:
    found = {}
    for key, given in groupings.items():
        codes = grouping.read(given, design, key)
        found[key] = _Block(codes=codes, names=np.unique(codes[codes >= 0]))
    return found


def _by_groups(columns: FloatArray, blocks: Mapping[str, _Block]) -> FloatArray:
    """Every column in every group, NaN outside it; columns first."""
    inside = [block.codes[:, None] == block.names for block in blocks.values()]
    member = np.hstack(inside) if inside else np.empty((columns.shape[0], 0), dtype=bool)
    return np.where(member[:, None, :], columns[:, :, None], np.nan).reshape(columns.shape[0], -1)


def _group_tests(
    column: FloatArray,
    name: str,
    blocks: Mapping[str, _Block],
    design: Design,
    domain: BoolArray | None,
    minimum: int,
) -> Iterator[CrossTest]:
    """One question by all groupings; for answers on a scale with one covariance over all their groups."""
    df = design.df if domain is None else degrees(design, domain)
    everything = read(_by_groups(column, blocks), design, domain)
    share = compare.is_share(column[:, 0], design)
    joint = None if share else covariance(linearised(everything), design)
    start = 0
    for key, block in blocks.items():
        part = slice(start, start + block.names.size)
        start = part.stop
        sums = Sums(**{field: getattr(everything.sums, field)[part] for field in Sums.__struct_fields__})
        test = None
        if df >= 1 and joint is None:
            kept = np.where(np.isin(block.codes, block.names[sums.n >= max(minimum, 1)]), block.codes, -1)
            test = compare.by_table(column[:, 0], kept, design, domain=domain)
        elif df >= 1 and joint is not None:
            test = compare.equal(sums, joint[part, part], df, minimum=minimum)
            test = test and msgspec.structs.replace(test, groups=tuple(int(block.names[i]) for i in test.groups))
        yield _crossed(test, sums, name, key, block, minimum)


def _crossed(test: GroupTest | None, sums: Sums, name: str, key: str, block: _Block, minimum: int) -> CrossTest:
    if test is None:
        few = int((sums.n >= max(minimum, 1)).sum()) < 2
        return CrossTest(figure=name, grouping=key, test=None, p=None, reason="few_answers" if few else "no_test")
    alike = set(block.names[compare.without_variance(sums)].tolist())
    named = msgspec.structs.replace(test, unanimous=tuple(code for code in test.groups if code in alike))
    return CrossTest(figure=name, grouping=key, test=named, p=named.p)


def _association(
    name: str,
    answer: IntArray,
    key: str,
    groups: IntArray,
    design: Design,
    domain: BoolArray | None,
    inside: BoolArray,
    method: TableMethod,
    minimum: int,
) -> Association:
    known = inside & (answer >= 0) & (groups >= 0)
    counts = np.bincount(groups[known]) if known.any() else np.zeros(1, dtype=np.int64)
    enough = np.flatnonzero(counts >= max(minimum, 1))
    if enough.size < 2:
        return Association(figure=name, grouping=key, test=None, p=None, reason="few_answers")
    kept = np.where(np.isin(groups, enough), groups, -1)
    try:
        found = tables.independence(kept, answer, design, domain=domain, method=method)
    except ComparisonUnusable as error:
        return Association(figure=name, grouping=key, test=None, p=None, reason="no_test", detail=error.message)
    return Association(figure=name, grouping=key, test=found, p=found.p)
