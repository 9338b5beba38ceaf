"""Key figures by group: sex, age, education, part of the country, digital skill, own experience. Nothing finer.

Groups under ten answers are hidden with as many others as it takes, so that no hidden figure follows from the whole
and the groups beside it. What is tested, and corrected together, is what the plan's families declare.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from samenspraak.types.base import Localised
from samenspraak.types.inference import Family, FamilyPlan, FamilyTest
from samenspraak.types.questionnaire import AnyQuestion
from samenspraak.types.report import SubgroupRow, SubgroupTable

from analytics.arrays import IntArray
from analytics.comparisons import families
from analytics.comparisons.compare import GroupTest, difference, group_test
from analytics.disclosure.thresholds import THRESHOLDS, few
from analytics.estimates import estimate as analysis
from service.reports.estimates import Headline, publish, withheld
from service.reports.figures import column
from service.reports.inputs import Respondent
from service.reports.sample import Sample
from service.reports.voice import dimension_name

KEY_FIGURES = ("PV_SELF", "PV_SOC", "PV_BAL", "TR_APP", "LU_INT", "LU_SUBJ", "AC_ALL", "VT_MAIN")
"""Questions that are shown by group, where the form has them."""
ALPHA = 0.05
UNKNOWN = "unknown"


def _l(nl: str, en: str) -> Localised:
    return Localised(nl=nl, en=en)


LEVELS: dict[str, dict[str, Localised]] = {
    "sex": {"M": _l("man", "male"), "V": _l("vrouw", "female")},
    "age3": {
        "18-34": _l("18 tot en met 34 jaar", "18 to 34 years"),
        "35-64": _l("35 tot en met 64 jaar", "35 to 64 years"),
        "65+": _l("65 jaar en ouder", "65 and over"),
    },
    "education3": {
        "1": _l("laag opgeleid", "lower education"),
        "2": _l("middelbaar opgeleid", "middle education"),
        "3": _l("hoog opgeleid", "higher education"),
    },
    "landsdeel": {
        "LD01": _l("Noord", "North"),
        "LD02": _l("Oost", "East"),
        "LD03": _l("West", "West"),
        "LD04": _l("Zuid", "South"),
    },
    "digital_skill": {
        "low": _l("minder digitaal vaardig", "less digitally skilled"),
        "high": _l("digitaal vaardig", "digitally skilled"),
    },
    "experience": {
        "yes": _l("heeft er zelf mee te maken gehad", "had to do with it"),
        "no": _l("heeft er niet mee te maken gehad", "had nothing to do with it"),
    },
}
"""Dimensions a report may be split by, with their levels in order."""

ASKED: dict[str, tuple[str, dict[int, str]]] = {
    "digital_skill": ("DM_DIGI", {1: "low", 2: "low", 3: "low", 4: "high", 5: "high"}),
    "experience": ("DM_TOUCH", {1: "yes", 2: "no"}),
}
"""Dimensions that come from an answer instead of the profile: question and level per code."""

UNKNOWN_LABEL = _l("niet bekend of anders", "not known or other")


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """The largest difference between two groups of one table, as shares."""

    figure: str
    question: Localised
    high: Localised
    low: Localised
    value: float
    lower: float
    upper: float


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """One key figure by one dimension, before the correction over the family."""

    table: SubgroupTable
    test: GroupTest | None
    difference: Difference | None


class Subgroups(msgspec.Struct, frozen=True, kw_only=True):
    tables: tuple[SubgroupTable, ...] = ()
    differences: tuple[Difference, ...] = ()
    """Those that stand after correction, largest first."""
    families: tuple[Family, ...] = ()


def split(
    sample: Sample, questions: Sequence[AnyQuestion], dimensions: Sequence[str], declared: Sequence[FamilyPlan]
) -> Subgroups:
    """Every key figure, and every figure of a declared family, by the dimensions of the plan."""
    figures, wanted = shown_by(dimensions, declared)
    levels = by_dimension(sample, wanted)
    splits: dict[tuple[str, str], Split] = {}
    for question in questions:
        ready = column(sample, question) if question.key in figures else None
        if ready is None:
            continue
        for dimension, codes in levels.items():
            splits[question.key, dimension] = _split(sample, question, ready.headline, dimension, codes)
    found = [_family(plan, splits, dimensions) for plan in declared]
    verdict = {(test.figure, test.dimension): test for family in found for test in family.tests}
    tables = tuple(
        msgspec.structs.replace(one.table, p_adjusted=verdict[place].p_adjusted, differs=verdict[place].differs)
        if place in verdict
        else one.table
        for place, one in splits.items()
    )
    standing = [
        one.difference
        for place, one in splits.items()
        if one.difference is not None and place in verdict and verdict[place].differs
    ]
    return Subgroups(
        tables=tables,
        differences=tuple(sorted(standing, key=lambda d: (-d.value, d.figure))),
        families=tuple(family for family in found if family.tests),
    )


def shown_by(dimensions: Sequence[str], declared: Sequence[FamilyPlan]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The questions that are shown by group, and by which groups."""
    figures = {*KEY_FIGURES, *(key for family in declared for key in family.figures)}
    further = dict.fromkeys(d for family in declared for d in family.dimensions if d not in dimensions)
    return frozenset(figures), (*dimensions, *further)


def _family(plan: FamilyPlan, splits: Mapping[tuple[str, str], "Split"], dimensions: Sequence[str]) -> Family:
    """The tests of one declared family, corrected together."""
    mine = {
        place: one
        for place, one in splits.items()
        if place[0] in plan.figures and place[1] in (plan.dimensions or dimensions)
    }
    tests = [(f"{figure}/{dimension}", one.test.p if one.test else None) for (figure, dimension), one in mine.items()]
    corrected = families.correct(plan.name, plan.kind, tests, level=ALPHA)
    return Family(
        name=plan.name,
        kind=plan.kind,
        correction="holm" if plan.kind == "confirmatory" else "benjamini_hochberg",
        level=ALPHA,
        tests=tuple(
            FamilyTest(
                figure=figure,
                title=one.table.title,
                dimension=dimension,
                dimension_label=one.table.dimension_label,
                statistic=None if one.test is None else round(one.test.statistic, 4),
                df1=None if one.test is None else float(one.test.df1),
                df2=None if one.test is None else float(one.test.df2),
                p=None if member.p is None else round(member.p, 6),
                p_adjusted=None if member.p_adjusted is None else round(member.p_adjusted, 6),
                differs=member.stands,
            )
            for ((figure, dimension), one), member in zip(mine.items(), corrected.members, strict=True)
        ),
    )


def by_dimension(sample: Sample, dimensions: Sequence[str]) -> dict[str, IntArray]:
    """`coded` for every dimension of which anybody's level is known: an item that the form leaves out makes no empty
    tables."""
    found = {dimension: coded(sample, dimension) for dimension in dimensions if dimension in LEVELS}
    return {dimension: codes for dimension, codes in found.items() if (codes >= 0).any()}


def level_of(person: Respondent, dimension: str) -> str | None:
    """The person's level; None where it is not known."""
    if dimension in ASKED:
        key, codes = ASKED[dimension]
        value = person.answers.get(key)
        return codes.get(value) if isinstance(value, int) else None
    return person.profile.get(dimension)


class Grouped(msgspec.Struct, frozen=True, kw_only=True):
    """The levels of one dimension among those who answered one question."""

    labels: dict[str, Localised]
    groups: IntArray
    """Position in `labels` per person; -1: unknown."""


def coded(sample: Sample, dimension: str) -> IntArray:
    """Position among the levels of the dimension per person; -1: unknown. Worked out once for a sample."""
    return sample.answers.levels(dimension, lambda: _coded(sample, dimension))


def _coded(sample: Sample, dimension: str) -> IntArray:
    position = {code: index for index, code in enumerate(LEVELS[dimension])}
    levels = [level_of(person, dimension) for person in sample.respondents]
    return np.array([-1 if level is None else position.get(level, -1) for level in levels], dtype=np.int64)


def grouped(headline: Headline, dimension: str, codes: IntArray) -> Grouped:
    """Who is in which group. People of unknown level, when fewer than ten answered, are counted with the smallest
    group: nobody can be told apart by subtraction, and no other group needs to be hidden for them."""
    labels = dict(LEVELS[dimension])
    answered = ~np.isnan(headline.y)
    counts = np.bincount(codes[answered] + 1, minlength=len(labels) + 1)
    if not few(int(counts[0])):
        return Grouped(labels=labels, groups=codes)
    names = list(labels)
    smallest = min(range(len(names)), key=lambda at: (counts[at + 1], names[at]))
    code = names[smallest]
    label = labels[code]
    labels[code] = _l(f"{label.nl}, of {UNKNOWN_LABEL.nl}", f"{label.en}, or {UNKNOWN_LABEL.en}")
    return Grouped(labels=labels, groups=np.where(codes < 0, smallest, codes))


def _split(sample: Sample, question: AnyQuestion, headline: Headline, dimension: str, levels: IntArray) -> Split:
    divided = grouped(headline, dimension, levels)
    labels, groups = divided.labels, divided.groups
    codes = tuple(labels)
    found = analysis.by_group(
        headline.y,
        groups,
        codes,
        sample.design,
        kind="proportion" if headline.is_share else "mean",
        level=sample.plan.level,
        method=sample.plan.interval_method,
    )
    whole = int((~np.isnan(headline.y)).sum())
    hidden = frozenset(code for code in codes if withheld(sample, headline, f"{dimension}={code}"))
    rows = tuple(
        SubgroupRow(
            code=code,
            label=labels[code],
            estimate=publish(sample, found[code], base=f"{dimension}={code}", hidden=code in hidden),
        )
        for code in codes
    )
    table = SubgroupTable(
        figure=question.key,
        title=question.text,
        dimension=dimension,
        dimension_label=dimension_name(dimension),
        rows=rows,
    )
    tested = whole >= THRESHOLDS.comparison_from and not hidden
    test = group_test(headline.y, groups, sample.design, minimum=THRESHOLDS.too_few_under) if tested else None
    largest = _largest(sample, question, headline, groups, rows) if test is not None else None
    return Split(table=table, test=test, difference=largest)


def _largest(
    sample: Sample, question: AnyQuestion, headline: Headline, groups: IntArray, rows: Sequence[SubgroupRow]
) -> Difference | None:
    """The largest difference between groups of at least a hundred, with its interval on the joint covariance."""
    big = [index for index, row in enumerate(rows) if (row.estimate.n or 0) >= THRESHOLDS.exploratory_under]
    if len(big) < 2 or not headline.is_share:
        return None
    ranked = sorted(big, key=lambda index: (-(rows[index].estimate.value or 0.0), index))
    top, bottom = ranked[0], ranked[-1]
    found = difference(headline.y, groups, top, bottom, sample.design, level=sample.plan.level)
    if found.interval.lower <= 0:
        return None
    return Difference(
        figure=question.key,
        question=question.text,
        high=rows[top].label,
        low=rows[bottom].label,
        value=found.value,
        lower=found.interval.lower,
        upper=found.interval.upper,
    )
