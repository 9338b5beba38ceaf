"""The ranking of concerns: share that worries, share in the personal top three, and the ranks that chance allows."""

from collections.abc import Sequence

import numpy as np
from samenspraak.types.estimate import Estimate
from samenspraak.types.questionnaire import AnyQuestion, Likert, Ranking
from samenspraak.types.report import Ranked

from analytics.estimates.ranking import rank_intervals
from service.reports.estimates import publish, raw, raw_shares, unanimous
from service.reports.figures import column
from service.reports.sample import Sample
from surveys.battery import concern_codes, concern_items


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
