"""The ranking of concerns: share that worries, share in the personal top three, and the ranks that chance allows."""

from collections.abc import Sequence

import msgspec
import numpy as np
from samenspraak.types.estimate import Estimate
from samenspraak.types.questionnaire import AnyQuestion, Likert, Ranking, VoteItem
from samenspraak.types.report import Figure, Ranked

from analytics.arrays import FloatArray
from analytics.comparisons.compare import Difference, difference
from analytics.comparisons.families import holm
from analytics.disclosure.disclosure import THRESHOLDS
from analytics.estimates.ranking import rank_intervals
from service.reports import wording
from service.reports.estimates import publish, raw, raw_shares, unanimous
from service.reports.figures import VOTE_AGAINST, column
from service.reports.sample import Sample
from surveys.battery import concern_codes, concern_items

ALPHA = 0.05


def ranked(sample: Sample, questions: Sequence[AnyQuestion]) -> tuple[Ranked, ...]:
    """Concerns from most to least shared. Rank intervals hold together for all concerns; None where too few
    answered."""
    asked = [question for question in questions if isinstance(question, Likert) and question.report == "concern"]
    if not asked:
        return ()
    columns = [column(sample, question) for question in asked]
    worried = np.column_stack([ready.headline.y for ready in columns if ready is not None])
    places = rank_intervals(worried, sample.design, level=sample.plan.level)
    names = {key: concern for concern, key in concern_items().items()}
    top_three = _top_three(sample, questions)
    found = []
    for question, ready, place in zip(asked, columns, places, strict=True):
        if ready is None:
            continue
        whole = raw(sample, ready.headline)
        share = publish(sample, whole, base="knows", hidden=unanimous(whole))
        firm = share.value is not None
        found.append(
            Ranked(
                code=names.get(question.key, question.key.lower()),
                label=question.text,
                share=share,
                top_three=top_three.get(question.key),
                rank_low=place.low if firm else None,
                rank_high=place.high if firm else None,
            )
        )
    return tuple(sorted(found, key=lambda item: (-(item.share.value or 0.0), item.code)))


def _top_three(sample: Sample, questions: Sequence[AnyQuestion]) -> dict[str, Estimate]:
    """Share of those who ranked that put each concern in their first three, by question key."""
    ranking = next((q for q in questions if isinstance(q, Ranking) and q.options_from == "concerns"), None)
    ready = column(sample, ranking) if ranking is not None else None
    if ready is None:
        return {}
    keys = concern_codes()
    estimates = raw_shares(sample, ready.hits)
    return {
        keys[option.code]: publish(sample, figure, base="ranked")
        for option, figure in zip(ready.options, estimates, strict=True)
        if option.code in keys
    }


def with_the_vote(sample: Sample, questions: Sequence[AnyQuestion], figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The concern figures, with a note at the one that goes with voting against most, if any stands after correction.

    Compares the share against among those who worry much about it with the share among those who do not. An
    association, not a cause.
    """
    vote = next((question for question in questions if isinstance(question, VoteItem)), None)
    if vote is None:
        return tuple(figures)
    given = sample.codes(vote.key)
    against = np.where(np.isnan(given), np.nan, np.isin(given, VOTE_AGAINST).astype(np.float64))
    gaps = {
        question.key: _gap(sample, against, ready.headline.y)
        for question in questions
        if isinstance(question, Likert) and question.report == "concern" and (ready := column(sample, question))
    }
    adjusted = dict(zip(gaps, holm([None if gap is None else gap.p for gap in gaps.values()]), strict=True))
    standing = {key: gap for key, gap in gaps.items() if gap and (adjusted[key] or 0.0) < ALPHA and gap.value > 0}
    if not standing:
        return tuple(figures)
    top = max(standing, key=lambda key: (standing[key].value, key))
    note = wording.vote_note(standing[top].value, standing[top].interval.lower, standing[top].interval.upper)
    return tuple(
        msgspec.structs.replace(one, note=wording.joined(one.note, note)) if one.key == top else one for one in figures
    )


def _gap(sample: Sample, against: FloatArray, worried: FloatArray) -> Difference | None:
    """Share against among the worried minus that among the others; None where either are fewer than a hundred."""
    groups = np.where(np.isnan(worried), -1, worried).astype(np.int64)
    answered = ~np.isnan(against)
    if min(int((answered & (groups == group)).sum()) for group in (0, 1)) < THRESHOLDS.exploratory_under:
        return None
    return difference(against, groups, 1, 0, sample.design, level=sample.plan.level)
