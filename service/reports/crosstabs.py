"""Weighted tables of every closed question: in total and by each dimension of the plan, made from cell tables.

The figures are those of the report, on the same weights and bases, for all questions instead of the key figures.
`tabulate` estimates and hides nothing; after `publish` nothing unsafe is left: the base rule, secondary hiding of
groups, and unanimity, as for the tables by group in the report.

People of unknown level form a group that is never printed. While they are fewer than ten they count with the smallest
group, whose label then says so."""

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from samenspraak.types import estimate as published
from samenspraak.types.audit import WeightingPlan
from samenspraak.types.base import Localised, SampleKind
from samenspraak.types.questionnaire import (
    Knowledge,
    Likert,
    Multi,
    Numeric,
    Option,
    Questionnaire,
    Ranking,
    Scale,
    VoteItem,
)

from analytics.arrays import FloatArray
from analytics.cells import estimates, measures
from analytics.cells.measures import Measure
from analytics.cells.table import Grouping
from analytics.disclosure.protect import hidden_groups
from analytics.disclosure.thresholds import THRESHOLDS, few, flag
from analytics.representation.sensitivity import BiasTerm
from service.reports.celltables import Closed, ReportCells, closed
from service.reports.crosstab_numbers import Block, Numbers, numbers
from service.reports.estimates import KIND_RULES
from service.reports.figures import ORDERED_SINGLES, VOTE_FOR
from service.reports.subgroups import LEVELS, UNKNOWN_LABEL

What = Literal["share", "top", "mean", "dont_know"]
Place = tuple[str, str, str]
"""Question, dimension, group."""
EVERYBODY = Localised(nl="allen", en="everybody")
MEAN = Localised(nl="gemiddelde", en="mean")
DONT_KNOW = Localised(nl="geen mening", en="no opinion")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of a question, for each group of its table."""

    what: What
    """`top`: options added up (the highest two of a scale, for with or without conditions). `dont_know`: among all who
    answered."""
    code: str
    """Option code; codes added up are joined by `+`; empty for a mean."""
    label: Localised
    base: str
    """`knows`: those with an opinion; `all`: those who answered."""
    whole: int
    """People in the base, those in no group included."""
    block: Block
    index: int
    """Which measure of the block this is."""

    def figures(self) -> Iterator[Numbers]:
        """By group."""
        return self.block.measure(self.index)


class Crosstab(msgspec.Struct, frozen=True, kw_only=True):
    """One question by one dimension, before anything is hidden. Never leaves the service as it is."""

    question: str
    text: Localised
    dimension: str
    """Empty: in total."""
    groups: tuple[tuple[str, Localised], ...]
    lines: tuple[Line, ...]


class TableRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One figure as it may leave."""

    question: str
    text: Localised
    dimension: str
    """Empty: in total."""
    group: str
    group_label: Localised
    what: What
    code: str
    label: Localised
    estimate: published.Estimate


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    what: What
    code: str
    label: Localised
    base: str
    measure: Measure


def crosstabs(
    cells: ReportCells,
    questionnaire: Questionnaire,
    dimensions: Sequence[str],
    *,
    plan: WeightingPlan,
    kind: SampleKind,
    bias: BiasTerm | None,
    hidden: Collection[Place] = (),
) -> tuple[TableRow, ...]:
    """Every closed question in total and by each of `dimensions`, ready to leave.

    `bias` is that of the report's sample (`Sample.bias`); `hidden` are groups that must be hidden for the sake of other
    things released with these tables.
    """
    found = tabulate(cells, questionnaire, dimensions, plan=plan, bias=bias)
    return publish(
        found,
        plan=plan,
        kind=kind,
        df=cells.design.df,
        convention=plan.se_convention if cells.calibrated else "",
        hidden=hidden,
    )


def tabulate(
    cells: ReportCells,
    questionnaire: Questionnaire,
    dimensions: Sequence[str],
    *,
    plan: WeightingPlan,
    bias: BiasTerm | None,
) -> tuple[Crosstab, ...]:
    """All tables, by question and then by dimension; a dimension of which nobody's level is known makes none."""
    asked = {question.key: (question, tuple(_asked(question))) for question in closed(questionnaire)}
    ready = _Ready.of(cells, asked, plan, bias)
    total = ready.block(None)
    tables: _Tables = {(key, ""): ((("", EVERYBODY),), total) for key in asked}
    for dimension in dimensions:
        if dimension in cells.table.groups and _offered(cells.table.groups[dimension]):
            tables |= _by(ready, dimension)
    return tuple(
        Crosstab(
            question=key,
            text=question.text,
            dimension=dimension,
            groups=tables[key, dimension][0],
            lines=tuple(
                Line(
                    what=one.what,
                    code=one.code,
                    label=one.label,
                    base=one.base,
                    whole=int(total.column("n", index)[0]),
                    block=tables[key, dimension][1],
                    index=index,
                )
                for index, one in enumerate(items, start=ready.starts[key])
            ),
        )
        for key, (question, items) in asked.items()
        for dimension in ("", *dimensions)
        if (key, dimension) in tables
    )


def publish(
    tables: Sequence[Crosstab],
    *,
    plan: WeightingPlan,
    kind: SampleKind,
    df: int,
    convention: str,
    hidden: Collection[Place] = (),
) -> tuple[TableRow, ...]:
    """Every figure of every table as it may leave."""
    leaving = _Leaving(plan=plan, kind=kind, df=float(df), convention=convention)
    rows: list[TableRow] = []
    for table in tables:
        unsafe = _hidden(table)
        for line in table.lines:
            for (code, label), figure in zip(table.groups, line.figures(), strict=True):
                gone = code in unsafe or (table.question, table.dimension, code) in hidden
                base = f"{table.dimension}={code}" if table.dimension else line.base
                rows.append(
                    TableRow(
                        question=table.question,
                        text=table.text,
                        dimension=table.dimension,
                        group=code,
                        group_label=label,
                        what=line.what,
                        code=line.code,
                        label=line.label,
                        estimate=leaving.estimate(figure, is_share=line.what != "mean", base=base, hidden=gone),
                    )
                )
    return tuple(rows)


class _Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """What all published figures have in common."""

    plan: WeightingPlan
    kind: SampleKind
    df: float
    convention: str

    def estimate(self, figure: Numbers, *, is_share: bool, base: str, hidden: bool) -> published.Estimate:
        """As `service.reports.estimates.publish`."""
        n = int(figure.n)
        verdict = flag(n)
        about = KIND_RULES.get(self.kind, "opt_in")
        if verdict == "suppressed" or (hidden and n):
            return published.Estimate(
                value=None, base=base, flag="suppressed", sample_kind=self.kind, wording=(about, "too_few")
            )
        value = _number(figure.value)
        if verdict in ("no_answers", "too_few") or value is None:
            return published.Estimate(
                value=None, n=n, base=base, flag=verdict, sample_kind=self.kind, wording=(about, "too_few")
            )
        method = self.plan.interval_method if is_share else "t"
        return published.Estimate(
            value=value,
            se=_number(figure.se),
            interval=self._interval(figure.lower, figure.upper, method),
            n=n,
            n_eff=figure.n_eff,
            deff=_number(figure.deff),
            df=self.df,
            base=base,
            flag="fixed_by_margin" if figure.note == "fixed_by_margin" else verdict,
            sample_kind=self.kind,
            unweighted=figure.unweighted,
            sensitivity=self._interval(
                figure.band_lower,
                figure.band_upper,
                method if figure.note == "fixed_by_margin" else f"{method}+selection",
            ),
            se_convention=self.convention,
            wording=(about, "exploratory")
            if verdict == "exploratory" and figure.note != "fixed_by_margin"
            else (about,),
            reliability=figure.reliability,
        )

    def _interval(self, lower: float, upper: float, method: str) -> published.Interval | None:
        if lower != lower:
            return None
        return published.Interval(lower=lower, upper=upper, level=self.plan.level, method=method)


def _number(value: float) -> float | None:
    """NaN stands for none."""
    return value if value == value else None


_Groups = tuple[tuple[str, Localised], ...]
_Tables = dict[tuple[str, str], tuple[_Groups, Block]]
_Questions = Mapping[str, tuple[Closed, tuple[_Asked, ...]]]


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """All measures of all questions, looked up once."""

    cells: ReportCells
    starts: dict[str, int]
    """First measure of each question."""
    asked: _Questions
    plan: WeightingPlan
    bias: BiasTerm | None
    prepared: estimates.Prepared

    @classmethod
    def of(cls, cells: ReportCells, asked: _Questions, plan: WeightingPlan, bias: BiasTerm | None) -> "_Ready":
        sizes = [len(own) for _, own in asked.values()]
        starts = dict(zip(asked, itertools.accumulate(sizes, initial=0), strict=False))
        wanted = [one.measure for _, own in asked.values() for one in own]
        prepared = estimates.prepare(cells.table, wanted)
        return cls(cells=cells, starts=starts, asked=asked, plan=plan, bias=bias, prepared=prepared)

    def bases(self, grouping: Grouping) -> dict[str, FloatArray]:
        """Per question, people by measure and group."""
        found = estimates.bases(self.cells.table, self.prepared, by=grouping)
        return {key: found[self.starts[key] : self.starts[key] + len(own)] for key, (_, own) in self.asked.items()}

    def block(self, grouping: Grouping | None) -> Block:
        """All figures by group."""
        figures = estimates.estimate(self.cells.table, self.cells.design, self.prepared, by=grouping)
        return numbers(figures, self.plan, self.bias)


def _by(ready: _Ready, dimension: str) -> _Tables:
    """The tables of all questions by one dimension. Which group people of unknown level join may differ by question."""
    grouping, labels = ready.cells.table.groups[dimension], LEVELS[dimension]
    joins = {key: _joined(own, grouping) for key, own in ready.bases(grouping).items()}
    found = {target: ready.block(_fold(grouping, target)) for target in set(joins.values())}
    groups = {
        target: tuple((code, _named(label, joined=g == target)) for g, (code, label) in enumerate(labels.items()))
        for target in found
    }
    return {(key, dimension): (groups[target], found[target]) for key, target in joins.items()}


def _joined(bases: FloatArray, grouping: Grouping) -> int | None:
    """The group that the unknowns of a question join: the smallest of its first base, when in some base of the question
    they are fewer than ten."""
    unknown = bases[:, -1]
    if not len(bases) or not ((unknown > 0) & (unknown < THRESHOLDS.suppressed_under)).any():
        return None
    return min(range(len(grouping.labels) - 1), key=lambda g: (bases[0, g], grouping.labels[g]))


def _fold(grouping: Grouping, target: int | None) -> Grouping:
    """The groups that are printed; people of unknown level in the group they join, or in none."""
    last = len(grouping.labels) - 1
    codes = np.where(grouping.codes == last, -1 if target is None else target, grouping.codes)
    return Grouping(labels=grouping.labels[:last], codes=codes)


def _named(label: Localised, *, joined: bool) -> Localised:
    if not joined:
        return label
    return Localised(nl=f"{label.nl}, of {UNKNOWN_LABEL.nl}", en=f"{label.en}, or {UNKNOWN_LABEL.en}")


def _offered(grouping: Grouping) -> bool:
    """Whether anybody's level is known."""
    return bool((grouping.codes < len(grouping.labels) - 1).any())


def _hidden(table: Crosstab) -> frozenset[str]:
    """Groups of which nothing is shown: too small in some base, or needed to hide one that is; all of them where a
    group is of one mind."""
    codes = [code for code, _ in table.groups]
    if any(_of_one_mind(line) for line in table.lines):
        return frozenset(codes)
    if not table.dimension:
        return frozenset()
    bases = {(line.whole, tuple(map(int, line.block.column("n", line.index)))) for line in table.lines}
    small = [(whole, n) for whole, n in bases if any(map(few, (*n, whole - sum(n))))]
    return frozenset().union(*(hidden_groups(dict(zip(codes, n, strict=True)), whole) for whole, n in small))


def _of_one_mind(line: Line) -> bool:
    """In some group everybody chose an option, or everybody or nobody what a sentence would be about."""
    shares = line.block.column("unweighted", line.index)
    return line.what != "mean" and (1.0 in shares or (line.what == "top" and 0.0 in shares))


def _asked(question: Closed) -> Iterator[_Asked]:
    """The measures of a question: its options, what its sentence adds up or averages, and don't know."""
    key = question.key
    if isinstance(question, Numeric):
        yield _Asked(what="mean", code="", label=MEAN, base="all", measure=measures.mean(key))
        return
    options = [option for option in question.options if not option.missing]
    if isinstance(question, Multi | Ranking):
        for option in question.options:
            yield _share(key, [option], base="all", codes=None)
        return
    everyone = isinstance(question, Knowledge)
    codes = None if everyone else [float(option.code) for option in options]
    for option in options:
        yield _share(key, [option], base="all" if everyone else "knows", codes=codes)
    top = _top(question, options)
    if top:
        yield _share(key, top, base="knows", codes=codes, what="top")
    if isinstance(question, Scale):
        yield _Asked(what="mean", code="", label=MEAN, base="knows", measure=measures.mean(key, base=codes))
    missing = [option.code for option in question.options if option.missing]
    if missing:
        measure = measures.share(key, missing)
        yield _Asked(what="dont_know", code="+".join(map(str, missing)), label=DONT_KNOW, base="all", measure=measure)


def _share(
    key: str, options: Sequence[Option], *, base: str, codes: Sequence[float] | None, what: What = "share"
) -> _Asked:
    return _Asked(
        what=what,
        code="+".join(str(option.code) for option in options),
        label=Localised(
            nl=" + ".join(option.label.nl for option in options), en=" + ".join(option.label.en for option in options)
        ),
        base=base,
        measure=measures.share(key, [option.code for option in options], base=codes),
    )


def _top(question: Closed, options: Sequence[Option]) -> list[Option]:
    """What the sentence in the report adds up; empty where it names one option or gives a mean."""
    if isinstance(question, VoteItem):
        return [option for option in options if option.code in VOTE_FOR]
    if isinstance(question, Likert) or question.key in ORDERED_SINGLES:
        return list(options[-2:] if len(options) > 3 else options[-1:])
    return []
