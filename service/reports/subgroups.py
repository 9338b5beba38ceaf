"""Key figures by group: sex, age, education, part of the country, digital skill, own experience. Nothing finer.

Groups under ten answers are hidden with as many others as it takes, so that no hidden figure follows from the whole
and the groups beside it. All tests of the plan's tables form one family and are corrected together.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import AnyQuestion
from samenspraak.types.report import SubgroupRow, SubgroupTable

from analytics.arrays import IntArray
from analytics.comparisons.compare import difference, group_test
from analytics.comparisons.families import holm
from analytics.disclosure.disclosure import THRESHOLDS, hidden_groups
from analytics.estimates import estimate as analysis
from service.reports.estimates import Headline, publish, unanimous
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
    p: float | None
    difference: Difference | None


def tables(
    sample: Sample, questions: Sequence[AnyQuestion], dimensions: Sequence[str]
) -> tuple[tuple[SubgroupTable, ...], tuple[Difference, ...]]:
    """Every key figure by every dimension of the plan, and the differences that stand after correction, largest
    first."""
    splits = []
    for question in questions:
        ready = column(sample, question) if question.key in KEY_FIGURES else None
        if ready is None:
            continue
        splits += [
            _split(sample, question, ready.headline, dimension)
            for dimension in dimensions
            if dimension in LEVELS and _offered(sample.respondents, dimension)
        ]
    adjusted = holm([split.p for split in splits])
    done = tuple(
        msgspec.structs.replace(
            split.table,
            p_adjusted=None if p is None else round(p, 6),
            differs=None if p is None else p < ALPHA,
        )
        for split, p in zip(splits, adjusted, strict=True)
    )
    differences = [
        split.difference
        for split, table in zip(splits, done, strict=True)
        if table.differs and split.difference is not None
    ]
    return done, tuple(sorted(differences, key=lambda d: (-d.value, d.figure)))


def _offered(respondents: Sequence[Respondent], dimension: str) -> bool:
    """Whether anybody's level is known: an item that the form leaves out makes no empty tables."""
    return any(level_of(person, dimension) is not None for person in respondents)


def level_of(person: Respondent, dimension: str) -> str | None:
    """The person's level; None where it is not known."""
    if dimension in ASKED:
        key, codes = ASKED[dimension]
        value = person.answers.get(key)
        return codes.get(value) if isinstance(value, int) else None
    return person.profile.get(dimension)


def _split(sample: Sample, question: AnyQuestion, headline: Headline, dimension: str) -> Split:
    labels = dict(LEVELS[dimension])
    group_of = [level_of(person, dimension) or UNKNOWN for person in sample.respondents]
    group_of = _fold(group_of, labels, headline)
    codes = tuple(labels)
    position = {code: index for index, code in enumerate(codes)}
    groups = np.array([position.get(code, -1) for code in group_of], dtype=np.int64)
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
    hidden = hidden_groups({code: found[code].n for code in codes}, whole)
    if headline.is_share and any(unanimous(figure) for figure in found.values()):
        hidden = frozenset(codes)
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
    return Split(table=table, p=None if test is None else test.p, difference=largest)


def _fold(group_of: list[str], labels: dict[str, Localised], headline: Headline) -> list[str]:
    """People of unknown level, when fewer than ten, are counted with the smallest group: nobody can be told apart by
    subtraction, and no other group needs to be hidden for them."""
    answered = ~np.isnan(headline.y)
    counts = dict.fromkeys((*labels, UNKNOWN), 0)
    for code, valid in zip(group_of, answered, strict=True):
        counts[code if code in counts else UNKNOWN] += int(valid)
    if not 0 < counts[UNKNOWN] < THRESHOLDS.suppressed_under:
        return group_of
    smallest = min(labels, key=lambda code: (counts[code], code))
    label = labels[smallest]
    labels[smallest] = _l(f"{label.nl}, of {UNKNOWN_LABEL.nl}", f"{label.en}, or {UNKNOWN_LABEL.en}")
    return [code if code in labels else smallest for code in group_of]


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
