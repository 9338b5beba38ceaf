"""A model's figure beside the direct one where a group is thin: the vote by sex, age and part of the country.

Shown for groups of 30 to 99 answers, which are exploratory; groups with fewer get no percentage, and no model changes
that. The frame is raked from the margins of the plan, so only effects of levels are in it."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from samenspraak.types.estimate import Interval
from samenspraak.types.inference import SecondOpinion
from samenspraak.types.report import SubgroupTable

from analytics.arrays import BoolArray
from analytics.errors import AnalyticsError
from analytics.models import joint_frame, second_opinion
from analytics.models.joint_frame import JointFrame
from analytics.models.second_opinion import Group
from analytics.weights.frame import Margin
from panels.coding import AGE3, AGE7, LANDSDEEL, YOUNG
from service.reports.estimates import DIGITS, Headline
from service.reports.sample import Sample

FIGURE = "VT_MAIN"
DIMENSIONS = ("sex", "age3", "landsdeel")
"""What the margins' own levels add up to; education of the youngest is not in the frame."""
SEED = 1


def add(
    tables: Sequence[SubgroupTable], sample: Sample, headline: Headline | None, margins: Sequence[Margin]
) -> tuple[SubgroupTable, ...]:
    """The tables, with a second opinion at every exploratory row of the vote."""
    wanted = [t for t in tables if t.figure == FIGURE and t.dimension in DIMENSIONS]
    thin = any(row.estimate.flag == "exploratory" for table in wanted for row in table.rows)
    if headline is None or not headline.is_share or not thin:
        return tuple(tables)
    found = _opinions(sample, headline, margins)
    return tuple(_with(table, found) if table in wanted else table for table in tables)


def _with(table: SubgroupTable, found: Mapping[str, SecondOpinion]) -> SubgroupTable:
    rows = tuple(
        msgspec.structs.replace(row, second_opinion=found.get(f"{table.dimension}={row.code}"))
        if row.estimate.flag == "exploratory"
        else row
        for row in table.rows
    )
    return msgspec.structs.replace(table, rows=rows)


def _opinions(sample: Sample, headline: Headline, margins: Sequence[Margin]) -> dict[str, SecondOpinion]:
    """By `dimension=level`; empty where no model can be fitted."""
    codes = {margin.key: _codes(sample, margin) for margin in margins}
    try:
        frame = joint_frame.raked(margins, possible=_possible(margins))
        found = second_opinion.beside(
            headline.y, codes, frame, _groups(frame), sample.design, seed=SEED, level=sample.plan.level
        )
    except AnalyticsError:
        # A second opinion is never owed: without a model the direct figures stand alone.
        return {}
    return {
        one.group: SecondOpinion(
            value=round(one.model.value, DIGITS),
            interval=Interval(
                lower=round(one.model.interval.lower, DIGITS),
                upper=round(one.model.interval.upper, DIGITS),
                level=one.model.interval.level,
                method=one.model.interval.method,
            ),
            method="mrp",
        )
        for one in found
    }


def _codes(sample: Sample, margin: Margin) -> np.ndarray:
    place = {level: number for number, level in enumerate(margin.levels)}
    return np.array([place.get(p.profile.get(margin.key) or "", -1) for p in sample.respondents], dtype=np.int64)


def _possible(margins: Sequence[Margin]) -> dict[tuple[str, str], BoolArray]:
    """Level Y of education is everybody of the youngest age, and nobody else."""
    levels = {margin.key: margin.levels for margin in margins}
    if "sex_age" not in levels or "education" not in levels:
        return {}
    young = np.array([level.endswith(f"_{YOUNG}") for level in levels["sex_age"]])
    learning = np.array([level == "Y" for level in levels["education"]])
    return {("sex_age", "education"): young[:, None] == learning[None, :]}


def _groups(frame: JointFrame) -> list[Group]:
    """Groups that the frame's levels add up to."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    if "sex_age" in frame.dimensions:
        levels = frame.levels[frame.dimensions.index("sex_age")]
        for sex in ("M", "V"):
            found[f"sex={sex}"] = {"sex_age": tuple(one for one in levels if one.startswith(f"{sex}_"))}
        bands = [code for _, code in AGE3]
        for band in bands:
            inside = [code for start, code in AGE7 if _age3(start) == band]
            mine = tuple(one for one in levels if one.partition("_")[2] in inside)
            found[f"age3={band}"] = {"sex_age": mine}
    if "province" in frame.dimensions:
        provinces = frame.levels[frame.dimensions.index("province")]
        for part in sorted(set(LANDSDEEL.values())):
            mine = tuple(one for one in provinces if LANDSDEEL[one] == part)
            found[f"landsdeel={part}"] = {"province": mine}
    return [Group(name=name, within=within) for name, within in found.items() if all(within.values())]


def _age3(age: int) -> str:
    return next(code for start, code in reversed(AGE3) if age >= start)
