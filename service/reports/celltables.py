"""The respondents of a report as a cell table: from the inputs of a report, or counted by the database.

Both hold the same people, weights and answers, so a figure made of either is the same."""

from collections.abc import Mapping, Sequence
from itertools import chain, repeat
from typing import Any

import msgspec
import numpy as np
from samenspraak.types.audit import WeightingPlan
from samenspraak.types.margins import MarginSet
from samenspraak.types.questionnaire import (
    Knowledge,
    Likert,
    Multi,
    Numeric,
    Questionnaire,
    Ranking,
    Scale,
    Single,
    VoteItem,
)

from analytics.arrays import FloatArray
from analytics.cells import design as cell_designs
from analytics.cells import tabulate
from analytics.cells.design import CellDesign
from analytics.cells.table import CellTable, Grouping, Listed
from analytics.cells.weigh import weigh
from analytics.designs.design import Design
from analytics.errors import Infeasible, MarginsUnusable, NotConverged
from analytics.weights.frame import Margin, code_profiles, margins_of
from service.reports import weighting
from service.reports.answers import NUMBERS
from service.reports.inputs import Respondent
from service.reports.merging import MINIMUM_LEVEL, merge_thin_levels
from service.reports.sample import questions
from service.reports.subgroups import ASKED, LEVELS, UNKNOWN
from service.store.cells import CountedCells, Counting

OneCode = Likert | Scale | Single | Knowledge | VoteItem | Numeric
Closed = OneCode | Multi | Ranking

FROM_PROFILE = ("sex", "age7")
"""Parts of the profile that the weighting falls back on where a level is not known."""


class ReportCells(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who completed, ready for estimation."""

    table: CellTable
    """Groupings: the dimensions asked for, each with a last group for people whose level is not known."""
    design: CellDesign

    @property
    def calibrated(self) -> bool:
        """Whether standard errors look through a calibration."""
        return bool(self.design.fitted.shape[1])


def closed(questionnaire: Questionnaire) -> tuple[Closed, ...]:
    """Questions whose answers are codes, consent and attention checks aside, in the order of the definition."""
    return tuple(question for question in questions(questionnaire) if isinstance(question, Closed))


def from_respondents(
    respondents: Sequence[Respondent], design: Design, questionnaire: Questionnaire, dimensions: Sequence[str]
) -> ReportCells:
    """`respondents` in the order of the design (`weighting.ordered`)."""
    asked = closed(questionnaire)
    single = [question.key for question in asked if isinstance(question, OneCode)]
    several = [question for question in asked if isinstance(question, Multi | Ranking)]
    wanted = [key for key in dimensions if key in LEVELS]
    given = _Given.of(respondents, [*single, *(q.key for q in several), *(ASKED[k][0] for k in wanted if k in ASKED)])
    coded = cell_designs.recoded(design)
    base = design.bases[0].start_weights if design.bases else design.weights
    groups = {key: _grouping(key, _levels_of(respondents, given, key)) for key in wanted}
    table = tabulate.from_arrays(
        coded=coded,
        base_weights=base,
        questions=single,
        answers=given.codes()[:, : len(single)],
        lists={question.key: _listed(given.of_question(question.key), question) for question in several},
        groups=groups,
    )
    cells = tabulate.number(coded, base, groups)
    return ReportCells(table=table, design=cell_designs.collapse(design, table, cells, base))


def counting(questionnaire: Questionnaire, weighted_by: Sequence[str], dimensions: Sequence[str]) -> Counting:
    """What the database must count for `from_counted`."""
    asked = closed(questionnaire)
    profile = [*FROM_PROFILE, *weighted_by, *(key for key in dimensions if key in LEVELS and key not in ASKED)]
    return Counting(
        profile=tuple(dict.fromkeys(profile)),
        background=tuple(ASKED[key][0] for key in dimensions if key in ASKED),
        questions=tuple(question.key for question in asked),
        ranked=tuple(question.key for question in asked if isinstance(question, Ranking)),
    )


def from_counted(
    counted: CountedCells,
    plan: WeightingPlan,
    margins: MarginSet,
    questionnaire: Questionnaire,
    dimensions: Sequence[str],
) -> ReportCells:
    """Weighted by the rules of `weighting.weight`, on cells: levels too thin are merged first; where no weights exist,
    or fewer than 30 answered, base weights stay as they are.

    Raises:
        analytics.errors.AnalyticsError: the margin set lacks a dimension of the plan, or the counts do not add up.
    """
    published, coinciding = margins_of(margins, plan.dimensions), set[tuple[str, str]]()
    people = counted.sums.n.astype(np.int64)
    while people.sum() >= MINIMUM_LEVEL:
        everybody = [profile for profile, n in zip(counted.profiles, people.tolist(), strict=True) for _ in range(n)]
        merged = merge_thin_levels(everybody, published, margins, coinciding=frozenset(coinciding))
        profiles = [merged.profiles[first] for first in (np.cumsum(people) - people).tolist()]
        used = merged.margins or (weighting.EVERYBODY,)
        table = _table(counted, profiles, used, questionnaire, dimensions)
        try:
            found = weigh(table, used, trim_low=plan.trim_low, trim_high=plan.trim_high, convention=plan.se_convention)
            return ReportCells(table=table, design=found.design)
        except MarginsUnusable as failure:
            same = weighting._coinciding(failure, merged.margins, published) - coinciding
            if not same:
                break
            coinciding |= same
        except (Infeasible, NotConverged):
            break
    table = _table(counted, counted.profiles, (), questionnaire, dimensions)
    factor = np.full(table.size, table.people / float(table.d.sum()))
    return ReportCells(table=table, design=cell_designs.make(table, factor))


def _table(
    counted: CountedCells,
    profiles: Sequence[Mapping[str, str | None]],
    margins: Sequence[Margin],
    questionnaire: Questionnaire,
    dimensions: Sequence[str],
) -> CellTable:
    return tabulate.from_rows(
        coded={margin.key: code_profiles(profiles, margin) for margin in margins},
        groups={key: _grouping(key, _levels(counted, key)) for key in dimensions if key in LEVELS},
        sums=counted.sums,
        answers=counted.answers,
        lists=[question.key for question in closed(questionnaire) if isinstance(question, Multi | Ranking)],
    )


def _levels_of(respondents: Sequence[Respondent], given: "_Given", dimension: str) -> list[str | None]:
    """The level of each person; None where it is not known."""
    if dimension in ASKED:
        question, levels = ASKED[dimension]
        return [levels.get(value) if isinstance(value, int) else None for value in given.of_question(question)]
    return [person.profile.get(dimension) for person in respondents]


def _levels(counted: CountedCells, dimension: str) -> list[str | None]:
    """The level of each cell's people; None where it is not known."""
    if dimension in ASKED:
        question, levels = ASKED[dimension]
        return [None if code is None else levels.get(code) for code in counted.background[question]]
    return [profile[dimension] for profile in counted.profiles]


def _grouping(dimension: str, levels: Sequence[str | None]) -> Grouping:
    labels = (*LEVELS[dimension], UNKNOWN)
    place = {label: i for i, label in enumerate(labels)}
    codes = [place.get(level or UNKNOWN, len(labels) - 1) for level in levels]
    return Grouping(labels=labels, codes=np.array(codes, dtype=np.int64))


class _Given(msgspec.Struct, frozen=True, kw_only=True):
    """Stored answers to some questions, person by person: each person's answers are looked up together."""

    keys: tuple[str, ...]
    values: list[Any]

    @classmethod
    def of(cls, respondents: Sequence[Respondent], keys: Sequence[str]) -> "_Given":
        found = chain.from_iterable(map(person.answers.get, keys, repeat(None)) for person in respondents)
        return cls(keys=tuple(keys), values=list(found))

    def of_question(self, key: str) -> list[Any]:
        return self.values[self.keys.index(key) :: len(self.keys)]

    def codes(self) -> FloatArray:
        """n x keys; NaN for anything but a code or a number."""
        codes = [value if type(value) in NUMBERS else None for value in self.values]
        return np.array(codes, dtype=np.float64).reshape(-1, len(self.keys))


def _listed(given: Sequence[Any], question: Multi | Ranking) -> Listed:
    """Who chose what; outside the base is who stored no list, or ranked nothing."""
    asked = [
        i for i, chosen in enumerate(given) if isinstance(chosen, list) and (chosen or isinstance(question, Multi))
    ]
    lists: list[Any] = [given[i] for i in asked]
    chosen = np.fromiter(chain.from_iterable(lists), dtype=np.float64)
    person = np.repeat(np.array(asked, dtype=np.int64), list(map(len, lists)))
    codes = np.array(sorted(option.code for option in question.options), dtype=np.float64)
    column = np.minimum(np.searchsorted(codes, chosen), codes.size - 1)
    known = codes[column] == chosen
    hits = np.full((len(given), codes.size), np.nan)
    hits[asked] = 0.0
    hits[person[known], column[known]] = 1.0
    return Listed(codes=tuple(codes.tolist()), hits=hits)
