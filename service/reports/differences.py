"""Differences between random parts of the people: orders of the questions, variants of the application."""

from collections.abc import Mapping, Sequence

import msgspec
from samenspraak.types.base import Localised
from samenspraak.types.estimate import Estimate
from samenspraak.types.inference import ArmDifference, VariantDifference, VariantRow, Variants
from samenspraak.types.questionnaire import AnyQuestion, Questionnaire

from analytics.arrays import BoolArray, FloatArray
from analytics.comparisons import variants
from analytics.comparisons.variants import Difference
from analytics.disclosure.thresholds import THRESHOLDS
from analytics.estimates import estimate as analysis
from service.reports import wording
from service.reports.estimates import Headline, publish, raw, unanimous, withheld
from service.reports.figures import column
from service.reports.numbers import percent
from service.reports.sample import Sample
from service.reports.subgroups import KEY_FIGURES

COMPARED = ("PV_SOC", "LU_INT", "LU_SUBJ", "VT_MAIN")
"""Value, use and vote: what a variant is judged by, declared here and nowhere else."""
DIGITS = 6
PARTS = ("arm", "variant")
"""What people were divided into by lot."""


def order_effects(sample: Sample, questions: Sequence[AnyQuestion]) -> tuple[ArmDifference, ...]:
    """Key figures in one order of the questions minus the other, corrected together."""
    if len(sample.arms) != 2:
        return ()
    headlines, titles = _shares(sample, questions, KEY_FIGURES)
    found = _compare(sample, headlines, sample.arms)
    return tuple(
        ArmDifference(
            figure=one.figure,
            title=titles[one.figure],
            first=one.first,
            second=one.second,
            difference=published(sample, one, headlines[one.figure], sample.arms),
            p=_rounded(one.p),
            p_adjusted=_rounded(one.p_adjusted),
        )
        for one in found
    )


def between_variants(
    sample: Sample, questions: Sequence[AnyQuestion], questionnaire: Questionnaire, detectable: float | None
) -> Variants | None:
    """Value, use and vote in every variant and their differences; None where everybody was asked about the same."""
    if len(sample.variants) < 2:
        return None
    headlines, titles = _shares(sample, questions, COMPARED)
    labels = {variant.key: variant.label for variant in questionnaire.variants}
    found = _compare(sample, headlines, sample.variants)
    differences = tuple(
        VariantDifference(
            figure=one.figure,
            title=titles[one.figure],
            first=one.first,
            second=one.second,
            difference=published(sample, one, headlines[one.figure], sample.variants),
            p=_rounded(one.p),
            p_adjusted=_rounded(one.p_adjusted),
            stands=one.stands,
        )
        for one in found
    )
    rows = tuple(_row(sample, key, labels, mask, headlines) for key, mask in sample.variants.items())
    return Variants(
        rows=rows,
        differences=differences,
        detectable=detectable,
        sentence=_sentence(differences, labels),
        note=_note(sample, len(found), detectable),
    )


def published(sample: Sample, one: Difference, headline: Headline, parts: Mapping[str, BoolArray]) -> Estimate:
    """A difference as it may leave: judged by its smaller side, and not at all where a side answered with one voice."""
    sides = [raw(sample, headline, parts[name]) for name in (one.first, one.second)]
    figure = analysis.Estimate(
        value=one.value,
        se=one.se,
        df=one.df,
        interval=one.interval,
        n=min(one.n),
        n_eff=float(min(side.n_eff for side in sides)),
        deff=None,
        unweighted=None,
        weight_sum=0.0,
    )
    told = any(withheld(sample, headline, f"{kind}={name}") for kind in PARTS for name in (one.first, one.second))
    hidden = told or any(unanimous(side) for side in sides)
    shown = publish(sample, figure, base=f"{one.first}-{one.second}", hidden=hidden)
    return shown if shown.value is None else msgspec.structs.replace(shown, n=sum(one.n))


def _shares(
    sample: Sample, questions: Sequence[AnyQuestion], keys: Sequence[str]
) -> tuple[dict[str, Headline], dict[str, Localised]]:
    ready = {q.key: (found, q.text) for q in questions if q.key in keys and (found := column(sample, q)) is not None}
    shares = {key: found.headline for key, (found, _) in ready.items() if found.headline.is_share}
    return shares, {key: ready[key][1] for key in shares}


def _compare(
    sample: Sample, headlines: Mapping[str, Headline], parts: Mapping[str, BoolArray]
) -> tuple[Difference, ...]:
    figures: dict[str, FloatArray] = {key: headline.y for key, headline in headlines.items()}
    if not figures:
        return ()
    return variants.compare(
        figures, parts, sample.design, level=sample.plan.level, minimum=THRESHOLDS.exploratory_under
    )


def _row(
    sample: Sample,
    key: str,
    labels: Mapping[str, Localised],
    mask: BoolArray,
    headlines: Mapping[str, Headline],
) -> VariantRow:
    figures = {}
    for name, headline in headlines.items():
        found = raw(sample, headline, mask)
        base = f"variant={key}"
        hidden = unanimous(found) or withheld(sample, headline, base)
        figures[name] = publish(sample, found, base=base, hidden=hidden)
    n = int(mask.sum())
    return VariantRow(
        variant=key, label=labels[key], n=n if n >= THRESHOLDS.suppressed_under else None, figures=figures
    )


def _sentence(differences: Sequence[VariantDifference], labels: Mapping[str, Localised]) -> Localised:
    standing = [one for one in differences if one.stands and one.difference.value is not None]
    if not standing:
        return Localised(
            nl="Tussen de varianten is geen verschil aangetoond, na correctie voor het aantal vergelijkingen.",
            en="No difference between the variants is shown, after correction for the number of comparisons.",
        )
    most = max(standing, key=lambda one: abs(one.difference.value or 0.0))
    value, interval = most.difference.value or 0.0, most.difference.interval
    assert interval is not None
    high, low = (most.first, most.second) if value > 0 else (most.second, most.first)
    ends = sorted((abs(interval.lower), abs(interval.upper)))
    topic = wording.asked(most.title)
    return Localised(
        nl=f"We zien verschil tussen de varianten {topic.nl}: {wording.quoted(labels[high]).nl} ligt "
        f"{percent(abs(value))} punten hoger dan {wording.quoted(labels[low]).nl} (interval {percent(ends[0])} tot "
        f"{percent(ends[1])}).",
        en=f"We see a difference between the variants {topic.en}: {wording.quoted(labels[high]).en} lies "
        f"{percent(abs(value))} points above {wording.quoted(labels[low]).en} (interval {percent(ends[0])} to "
        f"{percent(ends[1])}).",
    )


def _note(sample: Sample, comparisons: int, detectable: float | None) -> Localised:
    parts = len(sample.variants)
    nl = en = ""
    if detectable is not None:
        nl = f" Vooraf berekend: een verschil van {percent(detectable)} punten wordt met 80 procent kans gevonden."
        en = f" Computed beforehand: a difference of {percent(detectable)} points is found with 80 percent probability."
    return Localised(
        nl=f"Wie welke van de {parts} varianten las is geloot, in blokken die elke variant even vaak bevatten. "
        f"Getoetst volgens plan: {comparisons} vergelijkingen van waarde, gebruik en stem, samen gecorrigeerd volgens "
        f"Holm.{nl}",
        en=f"Who read which of the {parts} variants was drawn by lot, in blocks that hold every variant equally often. "
        f"Tested as planned: {comparisons} comparisons of value, use and vote, corrected together after Holm.{en}",
    )


def _rounded(p: float | None) -> float | None:
    return None if p is None else round(p, DIGITS)
