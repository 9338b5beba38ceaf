"""Means over several items of one subject, and the comprehension score."""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from samenspraak.types.base import Localised
from samenspraak.types.estimate import Share
from samenspraak.types.questionnaire import AnyQuestion, Likert, Questionnaire
from samenspraak.types.report import Figure, Reliability

from analytics.arrays import FloatArray
from analytics.disclosure.thresholds import THRESHOLDS
from analytics.estimates import index as analysis
from service.reports import wording
from service.reports.estimates import DIGITS, Headline, part, publish, raw, raw_shares, unanimous
from service.reports.sample import Sample, enough_right, knowledge_keys, scores
from service.reports.wording import Tongue
from surveys.instruments import Index, instruments


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What an index is called, where it stands, and how many of its items a person must have answered."""

    title: Localised
    topic: Localised
    section: str
    minimum: int


ABOUT: dict[str, About] = {
    "general_attitude": About(
        title=Localised(nl="Houding tegenover AI in het algemeen", en="Attitude to AI in general"),
        topic=Localised(
            nl="voor houding tegenover AI in het algemeen (hoger is positiever)",
            en="for attitude to AI in general (higher is more positive)",
        ),
        section="general",
        minimum=3,
    ),
    "value_index": About(
        title=Localised(nl="Waarde, samengevat", en="Value, summarised"),
        topic=Localised(nl="voor ervaren waarde", en="for perceived value"),
        section="value",
        minimum=2,
    ),
    "trust_index": About(
        title=Localised(nl="Vertrouwen, samengevat", en="Trust, summarised"),
        topic=Localised(
            nl="voor vertrouwen in werking, eerlijkheid en controle", en="for trust in working, honesty and control"
        ),
        section="trust",
        minimum=2,
    ),
    "fairness_index": About(
        title=Localised(nl="Eerlijkheid, samengevat", en="Fairness, summarised"),
        topic=Localised(nl="voor gelijke behandeling", en="for equal treatment"),
        section="trust",
        minimum=2,
    ),
}
"""Indices of the battery that are reported; the battery's data says of which items they are made."""

LOW, HIGH = 1, 5


def figures(sample: Sample, tongue: Tongue, asked: Iterable[AnyQuestion], *, section: str) -> tuple[Figure, ...]:
    """The indices of one section whose items were asked."""
    keys = {question.key for question in asked if isinstance(question, Likert)}
    found = []
    for index in instruments().indices:
        about = ABOUT.get(index.id)
        items = tuple(item for item in index.items if item in keys)
        if about is not None and about.section == section and len(items) >= about.minimum:
            found.append(_figure(sample, tongue, index, items, about))
    return tuple(found)


def headlines(sample: Sample, asked: Iterable[AnyQuestion]) -> tuple[Headline, ...]:
    """What the figures of all indices are about."""
    keys = {question.key for question in asked if isinstance(question, Likert)}
    found = []
    for index in instruments().indices:
        about, items = ABOUT.get(index.id), tuple(item for item in index.items if item in keys)
        if about is not None and len(items) >= about.minimum:
            found.append(Headline(y=_mean(sample, items, index, about.minimum), is_share=False))
    return tuple(found)


def _figure(sample: Sample, tongue: Tongue, index: Index, items: Sequence[str], about: About) -> Figure:
    headline = Headline(y=_mean(sample, items, index, about.minimum), is_share=False)
    estimate = publish(sample, raw(sample, headline), base="knows")
    return Figure(
        key=index.id.upper(),
        question=about.title,
        kind="mean",
        section=about.section,
        headline=estimate,
        sentence=wording.mean_sentence(tongue, estimate, low=LOW, high=HIGH, topic=about.topic),
        without_flagged=part(sample, headline, ~sample.flagged, base="not_flagged"),
        understood=part(sample, headline, sample.understood, base="understood"),
        reliability=_reliability(sample, items, index),
        note=Localised(
            nl=f"Gemiddelde van {len(items)} stellingen, bij ten minste {about.minimum} antwoorden.",
            en=f"Mean of {len(items)} statements, with at least {about.minimum} answers.",
        ),
    )


def _items(sample: Sample, items: Sequence[str], index: Index) -> tuple[FloatArray, list[int]]:
    """Answers to the items (n x k), and the places of those that are worded the other way round."""
    columns = np.column_stack([sample.codes(item) for item in items])
    return columns, [place for place, item in enumerate(items) if item in index.reverse]


def _mean(sample: Sample, items: Sequence[str], index: Index, minimum: int) -> FloatArray:
    """Mean of the valid answers per person, reversed items turned; NaN with fewer than `minimum` valid."""
    columns, reverse = _items(sample, items, index)
    return analysis.scores(
        analysis.turned(columns, sample.design, low=LOW, high=HIGH, reverse=reverse), minimum=minimum
    )


def _reliability(sample: Sample, items: Sequence[str], index: Index) -> Reliability | None:
    """How well the items measure one thing; None where too few answered all of them."""
    columns, reverse = _items(sample, items, index)
    complete = ((columns >= LOW) & (columns <= HIGH)).all(axis=1)
    if complete.sum() < THRESHOLDS.exploratory_under:
        return None
    found = analysis.reliability(columns, sample.design, low=LOW, high=HIGH, reverse=reverse, level=sample.plan.level)
    if found.alpha is None:
        return None
    return Reliability(
        alpha=round(found.alpha.value, DIGITS),
        omega=None if found.omega is None else round(found.omega.value, DIGITS),
        items=len(items),
        n=found.n,
    )


def comprehension(sample: Sample, questionnaire: Questionnaire, tongue: Tongue) -> Figure | None:
    """How many comprehension questions people had right, and the share with enough of them."""
    keys = knowledge_keys(questionnaire)
    if not keys:
        return None
    right, enough = scores(sample.respondents, questionnaire), enough_right(len(keys))
    headline = Headline(y=(right >= enough).astype(np.float64), is_share=True, base="all")
    whole = raw(sample, headline)
    hidden = unanimous(whole)
    estimate = publish(sample, whole, base="all", hidden=hidden)
    levels = np.arange(len(keys) + 1)
    found = raw_shares(sample, (right[:, None] == levels).astype(np.float64))
    need = Localised(
        nl=f"{enough} of meer van de {len(keys)} begripsvragen goed", en=f"{enough} or more of the {len(keys)} right"
    )
    predicate = wording.Predicate(verb_nl="heeft", rest_nl=need.nl, en=f"have {need.en}")
    return Figure(
        key="COMPREHENSION",
        question=Localised(nl="Begripsvragen goed beantwoord", en="Comprehension questions answered correctly"),
        kind="shares",
        section="comprehension",
        shares=tuple(
            Share(
                code=str(level),
                label=Localised(nl=f"{level} goed", en=f"{level} right"),
                estimate=publish(sample, one, base="all", hidden=hidden),
            )
            for level, one in zip(levels.tolist(), found, strict=True)
        ),
        headline=estimate,
        sentence=wording.UNANIMOUS if hidden else wording.share_sentence(tongue, estimate, predicate, about_half=False),
    )
