"""One question, one figure: the distribution, what the sentence is about, and the same for the parts that matter."""

from collections.abc import Sequence
from functools import cache
from typing import Literal

import msgspec
import numpy as np
from samenspraak.types.base import Localised
from samenspraak.types.estimate import Estimate, Share, WordingRule
from samenspraak.types.inference import Lead
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Knowledge,
    Likert,
    Multi,
    Numeric,
    Option,
    Ranking,
    Scale,
    Single,
    VoteItem,
)
from samenspraak.types.report import Figure

from analytics.arrays import BoolArray, FloatArray
from analytics.comparisons.lead import lead
from analytics.estimates.boxes import net_score
from service.reports import wording
from service.reports.estimates import Headline, part, publish, raw, raw_shares, unanimous
from service.reports.numbers import crosses_half
from service.reports.sample import Sample
from service.reports.wording import Tongue
from surveys.instruments import instruments

ORDERED_SINGLES = ("CC_CLEAR", "GK_KNOW", "GK_USE", "VT_SURE", "QL_SER")
"""Single choices whose options run from low to high."""
VOTE_FOR = (1, 2)
"""Options of the vote item that are for, without and with conditions."""
VOTE_AGAINST = (3,)
FOR = Localised(nl="voor, met of zonder voorwaarden", en="for, with or without conditions")
AGAINST = Localised(nl="tegen", en="against")
TWO_SIDED = frozenset({"agree5", "accept5", "balance5", "likely5"})
"""Scales of the battery that run from against to for; the others run from none to much."""
INTENTION = "LU_INT"
"""What people say they would do; never put as what they will do."""
ORDER_EFFECT = 0.03
"""Difference between the two question orders from which it is reported."""
ARM_MINIMUM = 100

Kind = Literal["shares", "mean", "top_two", "multi", "ranking"]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A question ready to estimate: who chose what, and the headline."""

    kind: Kind
    options: tuple[Option, ...]
    """Substantive options, in the order of the question."""
    hits: FloatArray
    """n x options; NaN rows outside the base."""
    headline: Headline
    top: tuple[Option, ...]
    """Options that the headline adds up; empty for a mean."""
    missing: FloatArray | None
    """Ones for a non-substantive answer among all who answered; None where the question offers none."""


def column(sample: Sample, question: AnyQuestion) -> Column | None:
    """The question as numbers, or None for kinds that have no figure (text, information, consent, checks)."""
    if isinstance(question, Multi):
        return _lists(sample, question, question.options, "multi")
    if isinstance(question, Ranking):
        return _lists(sample, question, question.options, "ranking")
    if isinstance(question, (Likert, Scale, Single, Knowledge, VoteItem)):
        return _codes(sample, question)
    if isinstance(question, Numeric):
        return _numbers(sample, question)
    return None


def _numbers(sample: Sample, question: Numeric) -> Column:
    y = sample.codes(question.key)
    none = np.empty((sample.n, 0))
    headline = Headline(y=y, is_share=False, base="all")
    return Column(kind="mean", options=(), hits=none, headline=headline, top=(), missing=None)


def _codes(sample: Sample, question: Likert | Scale | Single | Knowledge | VoteItem) -> Column:
    options = tuple(option for option in question.options if not option.missing)
    given = sample.codes(question.key)
    everyone = isinstance(question, Knowledge)
    base = ~np.isnan(given) if everyone else np.isin(given, [option.code for option in options])
    y = np.where(base, given, np.nan)
    hits = np.where(base[:, None], given[:, None] == np.array([option.code for option in options]), np.nan)
    absent = [option.code for option in question.options if option.missing]
    missing = np.where(np.isnan(given), np.nan, np.isin(given, absent).astype(float)) if absent else None
    top, kind = _top(question, options, hits)
    if kind == "mean":
        headline = Headline(y=y, is_share=False)
    else:
        column_of = [options.index(option) for option in top]
        share = np.where(base, np.nansum(hits[:, column_of], axis=1), np.nan)
        headline = Headline(y=share, is_share=True, base="all" if everyone else "knows")
    return Column(
        kind=kind,
        options=options,
        hits=hits.astype(np.float64),
        headline=headline,
        top=top,
        missing=missing,
    )


def _top(
    question: Likert | Single | Knowledge | VoteItem | Scale, options: tuple[Option, ...], hits: FloatArray
) -> tuple[tuple[Option, ...], Kind]:
    """Which options the sentence adds up; none for a scale, whose mean it gives."""
    if isinstance(question, Scale):
        return (), "mean"
    if isinstance(question, Knowledge):
        return tuple(option for option in options if option.code == question.correct), "shares"
    if isinstance(question, VoteItem):
        return tuple(option for option in options if option.code in VOTE_FOR), "shares"
    if isinstance(question, Likert) or question.key in ORDERED_SINGLES:
        return options[-2:] if len(options) > 3 else options[-1:], "top_two"
    counts = np.nansum(hits, axis=0)
    return (options[int(np.argmax(counts))],), "shares"


def _lists(
    sample: Sample, question: Multi | Ranking, options: tuple[Option, ...], kind: Literal["multi", "ranking"]
) -> Column:
    codes = [option.code for option in options]
    hits = sample.chosen(question.key, codes)
    if kind == "ranking":
        hits = np.where((np.nansum(hits, axis=1) == 0)[:, None], np.nan, hits)
    counts = np.nansum(hits, axis=0)
    first = int(np.argmax(counts)) if len(options) else 0
    return Column(
        kind=kind,
        options=options,
        hits=hits,
        headline=Headline(y=hits[:, first], is_share=True, base="all"),
        top=(options[first],),
        missing=None,
    )


def figure(sample: Sample, question: AnyQuestion, tongue: Tongue, *, section: str, parts: bool = True) -> Figure | None:
    """The figure of one question; None when it has none. `parts`: also without flagged cases, by comprehension and
    arm."""
    ready = column(sample, question)
    if ready is None:
        return None
    whole = raw(sample, ready.headline)
    hidden = unanimous(whole) and ready.kind != "mean"
    headline = publish(sample, whole, base=ready.headline.base, hidden=hidden)
    shares = _shares(sample, ready, hidden=hidden)
    missing = None
    if ready.missing is not None:
        absent = raw(sample, Headline(y=ready.missing, is_share=True))
        missing = publish(sample, absent, base="all", hidden=absent.unweighted == 1.0)
    headline = msgspec.structs.replace(headline, wording=headline.wording + _rules(question, ready, headline, missing))
    arms = _arms(sample, ready.headline) if parts and not hidden else {}
    return Figure(
        key=question.key,
        question=_full_question(question),
        kind=ready.kind,
        section=section,
        shares=shares,
        headline=headline,
        dont_know=missing,
        sentence=_sentence(sample, question, ready, tongue, headline, shares, missing, hidden),
        net=_net(sample, question, ready, hidden),
        lead=_lead(sample, question, ready, hidden),
        without_flagged=_part(sample, ready.headline, ~sample.flagged, "not_flagged", parts and not hidden),
        understood=_part(sample, ready.headline, sample.understood, "understood", parts and not hidden),
        arms=arms,
    )


def _net(sample: Sample, question: AnyQuestion, ready: Column, hidden: bool) -> Estimate | None:
    """The two positive answers minus the two negative ones, where the scale has two sides."""
    if hidden or question.key not in _two_sided() or len(ready.options) < 4:
        return None
    codes = [option.code for option in ready.options]
    found = net_score(sample.codes(question.key), codes[-2:], codes[:2], codes, sample.design, level=sample.plan.level)
    return msgspec.structs.replace(publish(sample, found, base="knows"), sensitivity=None)


@cache
def _two_sided() -> frozenset[str]:
    return frozenset(item.id for item in instruments().items if item.scale in TWO_SIDED)


def _lead(sample: Sample, question: AnyQuestion, ready: Column, hidden: bool) -> Lead | None:
    """For against against in the vote item, and whether that is too close to call."""
    if hidden or not isinstance(question, VoteItem):
        return None
    support, opposition = _added(ready, VOTE_FOR), _added(ready, VOTE_AGAINST)
    whole = raw(sample, Headline(y=support - opposition, is_share=False))
    bias = sample.bias.standardised * (whole.spread or 0.0) if sample.bias is not None else 0.0
    found = lead(support, opposition, sample.design, level=sample.plan.level, bias=bias)
    if found is None:
        return None
    shown = publish(sample, whole, base="knows")
    return Lead(
        first=FOR,
        second=AGAINST,
        difference=shown,
        probability=None if shown.value is None else round(found.probability, 4),
        too_close=found.too_close,
    )


def _part(sample: Sample, headline: Headline, mask: BoolArray, base: str, wanted: bool) -> Estimate | None:
    return part(sample, headline, mask, base=base) if wanted and mask.any() else None


def _shares(sample: Sample, ready: Column, *, hidden: bool) -> tuple[Share, ...]:
    if not ready.options:
        return ()
    found = raw_shares(sample, ready.hits)
    hidden = hidden or any(figure.unweighted == 1.0 for figure in found)
    published = [publish(sample, figure, base=ready.headline.base, hidden=hidden) for figure in found]
    shares = [
        Share(code=str(option.code), label=option.label, estimate=estimate)
        for option, estimate in zip(ready.options, published, strict=True)
    ]
    if ready.kind in ("multi", "ranking"):
        shares.sort(key=lambda share: -(share.estimate.value or 0.0))
    return tuple(shares)


def _full_question(question: AnyQuestion) -> Localised:
    return wording.joined(question.stem, question.text)


def _sentence(
    sample: Sample,
    question: AnyQuestion,
    ready: Column,
    tongue: Tongue,
    headline: Estimate,
    shares: Sequence[Share],
    missing: Estimate | None,
    hidden: bool,
) -> Localised:
    if hidden:
        return wording.UNANIMOUS
    if ready.kind in ("multi", "ranking"):
        tops = [(share.label, share.estimate) for share in shares[:3]]
        return wording.multi_sentence(tongue, tops, ranked=ready.kind == "ranking")
    topic = wording.asked(question.text)
    if isinstance(question, Numeric):
        return wording.number_sentence(tongue, headline, unit=question.unit, topic=topic)
    if ready.kind == "mean":
        low, high = ready.options[0].code, ready.options[-1].code
        return wording.mean_sentence(tongue, headline, low=low, high=high, topic=topic, dont_know=missing)
    if isinstance(question, VoteItem):
        outcomes = [(wording.VOTE_WORDS.get(int(share.code), share.label), share.estimate) for share in shares]
        against = Headline(y=_added(ready, VOTE_AGAINST), is_share=True)
        opposition = publish(sample, raw(sample, against), base="knows")
        return wording.vote_sentence(tongue, outcomes, headline, opposition)
    if isinstance(question, Knowledge):
        return wording.share_sentence(tongue, headline, wording.KNOWS_THE_ANSWER, topic=topic, about_half=False)
    predicate = wording.chooses([option.label for option in ready.top], intention=question.key == INTENTION)
    return wording.share_sentence(
        tongue, headline, predicate, topic=topic, dont_know=missing, about_half=ready.kind == "top_two"
    )


def _rules(
    question: AnyQuestion, ready: Column, headline: Estimate, missing: Estimate | None
) -> tuple[WordingRule, ...]:
    """Rules of wording that this question adds to those of its sample and base."""
    found: list[WordingRule] = []
    if headline.value is not None and (ready.kind == "top_two" or isinstance(question, VoteItem)):
        found += ["divided"] if crosses_half(headline) else []
    found += ["intention"] if question.key == INTENTION else []
    found += ["consultative_vote"] if isinstance(question, VoteItem) else []
    found += ["no_opinion_first"] if missing is not None and (missing.value or 0.0) >= wording.HIGH_DONT_KNOW else []
    return tuple(found)


def _added(ready: Column, codes: Sequence[int]) -> FloatArray:
    columns = [index for index, option in enumerate(ready.options) if option.code in codes]
    base = ~np.isnan(ready.headline.y)
    return np.where(base, np.nansum(ready.hits[:, columns], axis=1), np.nan)


def _arms(sample: Sample, headline: Headline) -> dict[str, Estimate]:
    found = {key: part(sample, headline, mask, base=f"arm={key}") for key, mask in sample.arms.items()}
    return {key: estimate for key, estimate in found.items() if estimate is not None}
