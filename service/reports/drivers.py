"""Which concerns go with voting against: one logistic model of the vote item on all concerns, age, sex and education.

Made from the vote item of the questionnaire, which may be crossed with other answers, and never from the secret ballot.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from samenspraak.types import estimate as published
from samenspraak.types.base import Localised
from samenspraak.types.inference import Driver, Drivers
from samenspraak.types.questionnaire import AnyQuestion, Likert, VoteItem

from analytics.arrays import FloatArray
from analytics.comparisons.families import benjamini_hochberg
from analytics.disclosure.thresholds import THRESHOLDS
from analytics.errors import AnalyticsError
from analytics.estimates.estimate import Estimate
from analytics.models import drivers as model
from analytics.models.effects import Effect
from analytics.models.matrix import Categorical
from service.reports import wording
from service.reports.estimates import publish
from service.reports.figures import VOTE_AGAINST, column
from service.reports.numbers import percent
from service.reports.sample import Sample
from service.reports.subgroups import LEVELS, level_of
from service.reports.voice import dimension_name
from service.reports.wording import Tongue
from surveys.battery import concern_items

CONTROLS = ("age3", "sex", "education3")
ALPHA = 0.05
DIGITS = 6

OUTCOME = Localised(nl="stemt tegen in de stemvraag", en="votes against in the vote question")
NOTE = Localised(
    nl="Verschil in het aandeel dat tegen stemt tussen wie deze zorg (heel) veel heeft en wie niet, bij gelijke andere "
    "zorgen, leeftijd, geslacht en opleiding; wie het niet weet telt als niet. Samenhang, geen oorzaak. Verkennend: "
    "gecorrigeerd voor het aantal zorgen.",
    en="Difference in the share that votes against between those with much of this worry and those without, with the "
    "other worries, age, sex and education equal; don't know counts as without. Association, not cause. Exploratory: "
    "corrected for the number of worries.",
)


def drivers(sample: Sample, questions: Sequence[AnyQuestion], tongue: Tongue) -> Drivers | None:
    """The model's effects, largest first; None without a vote item or concerns, or where too few voted against."""
    vote = next((question for question in questions if isinstance(question, VoteItem)), None)
    asked = [question for question in questions if isinstance(question, Likert) and question.report == "concern"]
    worried = {q.key: _worried(sample, q) for q in asked}
    if vote is None or not worried:
        return None
    given = sample.codes(vote.key)
    against = np.where(np.isnan(given), np.nan, np.isin(given, VOTE_AGAINST).astype(np.float64))
    try:
        found = model.drivers(against, worried, _controls(sample), sample.design, level=sample.plan.level)
    except AnalyticsError:
        # Too few votes against for a model: the report says what it can without one.
        return None
    if min(found.events, found.n - found.events) < THRESHOLDS.exploratory_under or found.penalised:
        return None
    adjusted = benjamini_hochberg([one.p for one in found.effects])
    labels, names = {q.key: q.text for q in asked}, {key: code for code, key in concern_items().items()}
    rows = tuple(
        Driver(
            code=names.get(one.name, one.name.lower()),
            label=labels[one.name],
            effect=_effect(sample, one, against, worried[one.name]),
            p=round(one.p, DIGITS),
            p_adjusted=None if p is None else round(p, DIGITS),
            stands=None if p is None else p < ALPHA,
        )
        for one, p in zip(found.effects, adjusted, strict=True)
    )
    return Drivers(
        outcome=OUTCOME,
        n=found.n,
        events=found.events,
        controls=tuple(dimension_name(name).en for name in found.controls),
        rows=rows,
        method="design-weighted logistic regression, average marginal effects",
        sentence=_sentence(rows, tongue),
        note=NOTE,
    )


def _worried(sample: Sample, question: Likert) -> FloatArray:
    """Ones for much worry, zeros for less and for don't know; NaN where the question was not answered.

    Whoever does not know is kept: with many concerns hardly anybody knows about all of them.
    """
    ready = column(sample, question)
    given = sample.codes(question.key)
    return np.where(np.isnan(given), np.nan, 0.0 if ready is None else np.nan_to_num(ready.headline.y))


def _controls(sample: Sample) -> list[Categorical]:
    found = []
    for dimension in CONTROLS:
        labels = tuple(LEVELS[dimension])
        place = {label: number for number, label in enumerate(labels)}
        levels = [level_of(person, dimension) for person in sample.respondents]
        codes = np.array([place.get(level, -1) if level else -1 for level in levels], dtype=np.int64)
        found.append(Categorical(name=dimension, codes=codes, levels=labels))
    return found


def _effect(sample: Sample, one: Effect, against: FloatArray, worried: FloatArray) -> published.Estimate:
    """The effect as a published figure; its base is everybody whose vote and worry are known."""
    n = int((~np.isnan(against) & ~np.isnan(worried)).sum())
    figure = Estimate(
        value=one.value,
        se=one.se,
        df=one.df,
        interval=one.interval,
        n=n,
        n_eff=float(n),
        deff=None,
        unweighted=None,
        weight_sum=0.0,
    )
    return msgspec.structs.replace(publish(sample, figure, base="voted"), n_eff=None)


def _sentence(rows: Sequence[Driver], tongue: Tongue) -> Localised:
    standing = [row for row in rows if row.stands and (row.effect.value or 0.0) > 0]
    if not standing:
        return Localised(
            nl="Geen zorg hangt, na correctie, aantoonbaar samen met tegen stemmen als de andere zorgen gelijk zijn.",
            en="No worry goes, after correction, demonstrably with voting against when the other worries are equal.",
        )
    top = standing[0]
    interval = top.effect.interval
    assert interval is not None
    label, who = wording.quoted(top.label), tongue.voice.who
    low, high, points = percent(interval.lower), percent(interval.upper), percent(top.effect.value or 0.0)
    return Localised(
        nl=f"Van {who.nl} stemt wie zich (heel) veel zorgen maakt over {label.nl} vaker tegen: {points} punten meer "
        f"(interval {low} tot {high}) dan wie dat niet doet, bij gelijke andere zorgen.",
        en=f"Of {who.en}, those who worry much about {label.en} vote against more often: {points} points more "
        f"(interval {low} to {high}) than those who do not, with the other worries equal.",
    )
