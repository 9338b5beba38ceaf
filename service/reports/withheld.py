"""What is left out of a report so that nobody's answers can be worked out: decided once, over everything in it.

Every set of people that a figure is printed for becomes a cell: everybody with a valid answer, those without doubtful
questionnaires, those who understood, each order of the questions, each variant, each group. Figures made of the same
answers are one variable, wherever they stand. The levels of the weighting stand beside the groups of every question
that everybody answered, for those groups tell how many people there are. JSON, HTML, PDF and CSV show the same
cells.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
import numpy as np
from samenspraak.types.base import Localised
from samenspraak.types.margins import MarginSet
from samenspraak.types.questionnaire import AnyQuestion
from samenspraak.types.report import MarginCheck, Release

from analytics.arrays import BoolArray, IntArray
from analytics.disclosure import release
from analytics.disclosure.release import Base, Cell
from analytics.disclosure.thresholds import THRESHOLDS, flag
from service.reports import indices, subgroups
from service.reports.estimates import Headline, cell_key, variable_of
from service.reports.figures import column
from service.reports.sample import Sample
from service.reports.weighting import parts_of

WITHOUT_PARTS = ("general", "comprehension")
"""Sections whose figures are shown for everybody only."""
PEOPLE = "people"
COST_OF_A_COUNT = 0.1
"""A count of people is hidden rather than an opinion."""


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """All cells of a report, and the people whose answers they sum."""

    cells: tuple[Cell, ...]
    bases: dict[str, Base]


def protect(
    sample: Sample,
    asked: Sequence[AnyQuestion],
    by_group: Collection[str],
    dimensions: Sequence[str],
    checks: Sequence[MarginCheck],
    margins: MarginSet,
) -> Sample:
    """The sample with the keys of the cells that may not be shown, and the count of what was held back.

    Args:
        by_group: keys of the questions that are shown by group. dimensions: by which groups.
    """
    found = planned(sample, asked, by_group, dimensions, checks, margins)
    protection = release.protect(found.cells, found.bases)
    bases = {cell.key: float(found.bases[cell.variable].people[cell.members].sum()) for cell in found.cells}
    too_few = sum(flag(round(n)) == "too_few" for key, n in bases.items() if key not in protection.hidden)
    return msgspec.structs.replace(
        sample,
        withheld=protection.hidden,
        release=Release(
            cells=protection.cells,
            hidden=len(protection.hidden),
            too_few=too_few,
            note=_note(protection.cells, len(protection.hidden), too_few),
        ),
    )


def planned(
    sample: Sample,
    asked: Sequence[AnyQuestion],
    by_group: Collection[str],
    dimensions: Sequence[str],
    checks: Sequence[MarginCheck],
    margins: MarginSet,
) -> Planned:
    """Every cell of the report, before anything is hidden."""
    levels = subgroups.by_dimension(sample, dimensions)
    cells: dict[tuple[str, str], Cell] = {}
    bases: dict[str, Base] = {PEOPLE: release.counted(np.ones(sample.n))}
    for question in asked:
        ready = column(sample, question)
        if ready is None:
            continue
        found = list(_parts(sample, ready.headline) if question.report not in WITHOUT_PARTS else _whole(sample))
        if question.key in by_group:
            found += _groups(ready.headline, levels)
        _add(cells, bases, ready.headline, found)
    for headline in indices.headlines(sample, asked):
        _add(cells, bases, headline, _parts(sample, headline))
    for cell in _levels(sample, checks, margins):
        cells.setdefault((cell.variable, cell.key), cell)
    return Planned(cells=tuple(cells.values()), bases=bases)


def level_key(check: MarginCheck) -> str:
    return f"{PEOPLE}|{check.dimension}={check.code}"


def allowed(checks: Sequence[MarginCheck], withheld: Collection[str]) -> tuple[MarginCheck, ...]:
    """Margin checks without the counts that may not be shown."""
    return tuple(
        msgspec.structs.replace(check, unweighted=None, n=None) if level_key(check) in withheld else check
        for check in checks
    )


_Part = tuple[str, BoolArray, str]
"""Base, members, dimension."""


def _add(
    cells: dict[tuple[str, str], Cell], bases: dict[str, Base], headline: Headline, parts: Iterable[_Part]
) -> None:
    variable, y = variable_of(headline.y), headline.y
    bases.setdefault(variable, release.answers(y))
    valid = ~np.isnan(y)
    for base, members, dimension in parts:
        key, kept = cell_key(variable, base), base == "all"
        if not kept and not dimension and not (valid & ~members).any():
            continue
        cell = Cell(key=key, variable=variable, members=members, dimension=dimension, kept=kept)
        cells.setdefault((variable, key), cell)
        if dimension in subgroups.LEVELS and valid.all():
            cells.setdefault((PEOPLE, key), Cell(key=key, variable=PEOPLE, members=members))


def _whole(sample: Sample) -> list[_Part]:
    return [("all", np.ones(sample.n, dtype=bool), "")]


def _parts(sample: Sample, headline: Headline) -> list[_Part]:
    """Everybody, and the parts that a headline is also given for."""
    found = [*_whole(sample), ("not_flagged", ~sample.flagged, ""), ("understood", sample.understood, "")]
    found += [(f"arm={key}", mask, "arm") for key, mask in sample.arms.items()]
    found += [(f"variant={key}", mask, "variant") for key, mask in sample.variants.items()]
    valid = ~np.isnan(headline.y)
    return [part for part in found if (part[1] & valid).any()]


def _groups(headline: Headline, levels: Mapping[str, IntArray]) -> Iterable[_Part]:
    for dimension, codes in levels.items():
        found = subgroups.grouped(headline, dimension, codes)
        for position, code in enumerate(found.labels):
            yield f"{dimension}={code}", found.groups == position, dimension


def places(sample: Sample, asked: Sequence[AnyQuestion], dimensions: Sequence[str]) -> frozenset[tuple[str, str, str]]:
    """Question, dimension and group of everything by group that may not be shown."""
    if not sample.withheld:
        return frozenset()
    levels = subgroups.by_dimension(sample, dimensions)
    found = set()
    for question in asked:
        ready = column(sample, question)
        if ready is None:
            continue
        variable = variable_of(ready.headline.y)
        for base, _, dimension in _groups(ready.headline, levels):
            if cell_key(variable, base) in sample.withheld:
                found.add((question.key, dimension, base.partition("=")[2]))
    return frozenset(found)


def _levels(sample: Sample, checks: Sequence[MarginCheck], margins: MarginSet) -> Iterable[Cell]:
    """The levels of the weighting, with all respondents as their whole."""
    yield Cell(key=PEOPLE, variable=PEOPLE, members=np.ones(sample.n, dtype=bool), kept=True)
    for dimension in dict.fromkeys(check.dimension for check in checks):
        known = tuple(one.code for own in margins.dimensions if own.key == dimension for one in own.levels)
        of = [person.profile.get(dimension) for person in sample.respondents]
        for check in checks:
            if check.dimension == dimension:
                inside = parts_of(check.code, known) or (check.code,)
                members = np.array([level in inside for level in of], dtype=bool)
                yield Cell(
                    key=level_key(check), variable=PEOPLE, members=members, dimension=dimension, cost=COST_OF_A_COUNT
                )


def _note(cells: int, hidden: int, too_few: int) -> Localised:
    if not hidden and not too_few:
        return Localised(
            nl=f"Alle {cells} groepen van antwoorden zijn groot genoeg om te tonen.",
            en=f"All {cells} groups of answers are large enough to show.",
        )
    least, few = THRESHOLDS.suppressed_under, THRESHOLDS.too_few_under
    return Localised(
        nl=f"Van {cells} groepen van antwoorden zijn er {hidden} niet getoond, omdat ze minder dan {least} antwoorden "
        f"tellen, één antwoord geven, of zulke groepen zouden verraden; van {too_few} met minder dan {few} antwoorden "
        "staat er alleen het aantal.",
        en=f"Of {cells} groups of answers {hidden} are not shown, because they hold fewer than {least} answers, are "
        f"of one mind, or would give such groups away; of {too_few} with fewer than {few} answers only the number is "
        "given.",
    )
