"""Who took part: the way from invitation to figure, outcome rates, and whether participation was even."""

from collections import Counter

import numpy as np
from samenspraak.types.base import Localised
from samenspraak.types.estimate import Interval
from samenspraak.types.representation import (
    CategoryPart,
    FunnelStep,
    ModeCount,
    PartialIndicator,
    Rate,
    Representation,
    Representativity,
)

from analytics.disclosure.thresholds import THRESHOLDS, complement_safe, few
from analytics.errors import AnalyticsError
from analytics.representation.rates import Dispositions, participation, response_rates
from analytics.representation.representativity import VariablePart, categories_of, representativity
from service.reports.inputs import ReportInputs
from service.reports.numbers import percent
from service.reports.sample import Sample
from service.reports.subgroups import LEVELS, UNKNOWN, UNKNOWN_LABEL
from service.reports.voice import dimension_name

DIMENSIONS = ("age3", "sex", "education3", "landsdeel")
"""What the frame knows of everybody invited."""
DIGITS = 4
LEAST = 50
"""Fewer who took part, or who did not, say too little about how likely anybody was to take part."""
NOTE = Localised(
    nl="De R-indicator is 1 als alle groepen even vaak meededen. Hij ziet alleen leeftijd, geslacht, opleiding en "
    "landsdeel van wie is uitgenodigd, en niets van wie nooit in het panel kwam.",
    en="The R-indicator is 1 when all groups took part equally often. It sees only age, sex, education and part of the "
    "country of those invited, and nothing of who never came into the panel.",
)

MODE_NAMES: dict[str, Localised] = {
    "web": Localised(nl="op een eigen apparaat", en="on a device of their own"),
    "kiosk": Localised(nl="op een openbare computer", en="on a public computer"),
    "paper": Localised(nl="op papier", en="on paper"),
    "phone": Localised(nl="aan de telefoon", en="by telephone"),
    "other": Localised(nl="op andere manieren", en="in other ways"),
}

RATE_NAMES: dict[str, Localised] = {
    "RR1": Localised(nl="Respons RR1 (volledig, van allen)", en="Response rate RR1 (complete, of all)"),
    "RR2": Localised(nl="Respons RR2 (ook gedeeltelijk, van allen)", en="Response rate RR2 (partial too, of all)"),
    "RR3": Localised(nl="Respons RR3 (onbekenden naar schatting)", en="Response rate RR3 (unknown estimated)"),
    "RR4": Localised(nl="Respons RR4 (ook gedeeltelijk, idem)", en="Response rate RR4 (partial too, as RR3)"),
    "RR5": Localised(nl="Respons RR5 (zonder onbekenden)", en="Response rate RR5 (without unknown)"),
    "RR6": Localised(nl="Respons RR6 (ook gedeeltelijk, idem)", en="Response rate RR6 (partial too, without unknown)"),
    "COOP1": Localised(nl="Medewerking COOP1", en="Cooperation rate COOP1"),
    "REF1": Localised(nl="Weigering REF1", en="Refusal rate REF1"),
    "CON1": Localised(nl="Bereikt CON1", en="Contact rate CON1"),
    "participation": Localised(nl="Deelname (geen respons)", en="Participation (no response rate)"),
}
"""Rates that are printed; COOP2 to COOP4 and the like follow from the same counts."""


def representation(inputs: ReportInputs, sample: Sample | None, outcomes: Dispositions) -> Representation:
    """Everything that is known about who took part of those invited."""
    modes = by_mode(inputs)
    return Representation(
        funnel=_funnel(inputs, sample, outcomes),
        rates=_rates(inputs, outcomes),
        indicator=_indicator(inputs),
        sentence=_sentence(inputs, outcomes),
        modes=modes,
        modes_sentence=modes_sentence(modes),
    )


def by_mode(inputs: ReportInputs) -> tuple[ModeCount, ...]:
    """How those in the figures answered, most used first and what was merged last.

    Count rule: every count is ten or more. Ways with fewer are one line; where that line is too small itself, the next
    smallest way joins it. Nothing where only one line is left that hides different ways.
    """
    counted = Counter(person.mode for person in inputs.respondents)
    shown = sorted(counted, key=lambda mode: (-counted[mode], mode))
    merged = 0
    while shown and (few(counted[shown[-1]]) or few(merged)):
        merged += counted[shown.pop()]
    if not shown:
        return ()
    lines = [ModeCount(mode=mode, label=MODE_NAMES[mode], count=counted[mode]) for mode in shown]
    rest = [ModeCount(mode="other", label=MODE_NAMES["other"], count=merged)] if merged else []
    return (*lines, *rest)


def modes_sentence(modes: tuple[ModeCount, ...]) -> Localised | None:
    """The counts in one sentence; modes lie inside one kind of sample."""
    if not modes:
        return None
    nl = "; ".join(f"{one.label.nl} {one.count}" for one in modes)
    en = "; ".join(f"{one.label.en} {one.count}" for one in modes)
    if len(modes) == 1:
        return Localised(nl=f"Manier van antwoorden: {nl}.", en=f"Way of answering: {en}.")
    return Localised(
        nl=f"Manier van antwoorden: {nl}. Al deze manieren horen bij dezelfde steekproef en tellen gelijk mee.",
        en=f"Way of answering: {en}. All these ways belong to the same sample and count alike.",
    )


def _funnel(inputs: ReportInputs, sample: Sample | None, outcomes: Dispositions) -> tuple[FunnelStep, ...]:
    invited, gone = inputs.invited, inputs.dispositions.get("undeliverable", 0)
    begun = outcomes.complete + outcomes.partial
    steps = [
        ("invited", Localised(nl="uitgenodigd", en="invited"), invited),
        ("reached", Localised(nl="bericht bezorgd", en="message delivered"), invited - gone),
        ("started", Localised(nl="begonnen", en="started"), begun),
        ("completed", Localised(nl="volledig ingevuld", en="completed"), outcomes.complete),
    ]
    if sample is not None:
        doubtful = int(sample.flagged.sum())
        steps.append(("undoubted", Localised(nl="zonder twijfel ingevuld", en="without doubt"), sample.n - doubtful))
    shown, last = [], None
    for step, label, count in steps:
        safe = count >= THRESHOLDS.suppressed_under and (last is None or complement_safe(last, count))
        shown.append(FunnelStep(step=step, label=label, count=count if safe or step == "invited" else None))
        last = count if safe else last
    return tuple(shown)


def _rates(inputs: ReportInputs, outcomes: Dispositions) -> tuple[Rate, ...]:
    kind = inputs.plan.sample_kind
    if kind == "probability":
        found = response_rates(outcomes, sample_kind=kind)
        values = {code: getattr(found, code.lower()) for code in RATE_NAMES if code != "participation"}
        return tuple(
            Rate(code=code, label=RATE_NAMES[code], value=round(value, DIGITS))
            for code, value in values.items()
            if value is not None
        )
    rate = participation_of(inputs, outcomes.complete)
    if rate is None:
        return ()
    return (Rate(code="participation", label=RATE_NAMES["participation"], value=round(rate, DIGITS)),)


def participation_of(inputs: ReportInputs, completes: int) -> float | None:
    """Completes over invitations; None for an open link, which invites nobody that could be counted."""
    kind = inputs.plan.sample_kind
    if kind in ("open_link", "probability"):
        return None
    return participation(completes, max(inputs.invited, completes), sample_kind=kind)


def _indicator(inputs: ReportInputs) -> Representativity | None:
    """R-indicator over the frame; None where too few took part, or too few did not."""
    took = [person.responded for person in inputs.frame]
    if min(sum(took), len(took) - sum(took)) < LEAST:
        return None
    profiles = [person.profile for person in inputs.frame]
    weights = np.array([1 / person.probability for person in inputs.frame])
    level = inputs.plan.weighting.level
    try:
        found = representativity(
            [categories_of(profiles, name, unknown=UNKNOWN) for name in DIMENSIONS],
            took,
            base_weights=weights,
            level=level,
        )
    except AnalyticsError:
        # Said for the model's sake and not owed: without it the funnel and the rates still stand.
        return None
    return Representativity(
        value=round(found.r, DIGITS),
        interval=Interval(
            lower=round(found.interval.lower, DIGITS),
            upper=round(found.interval.upper, DIGITS),
            level=level,
            method=found.interval.method,
        ),
        unadjusted=round(found.r_unadjusted, DIGITS),
        maximal_bias=round(found.maximal_bias, DIGITS),
        n_invited=found.n,
        partials=tuple(_partial(part) for part in found.parts),
        note=NOTE,
    )


def _partial(part: VariablePart) -> PartialIndicator:
    labels = LEVELS[part.key]
    return PartialIndicator(
        dimension=part.key,
        label=dimension_name(part.key),
        unconditional=round(part.unconditional.value, DIGITS),
        conditional=round(part.conditional.value, DIGITS),
        categories=tuple(
            CategoryPart(
                code=one.level, label=labels.get(one.level, UNKNOWN_LABEL), value=round(one.unconditional, DIGITS)
            )
            for one in part.categories
            if min(one.taking_part, one.n - one.taking_part) >= THRESHOLDS.suppressed_under
        ),
    )


def _sentence(inputs: ReportInputs, outcomes: Dispositions) -> Localised:
    share = percent(outcomes.complete / inputs.invited) if inputs.invited else 0
    if inputs.plan.sample_kind == "probability":
        return Localised(
            nl=f"Van de {inputs.invited} getrokken adressen vulde {share} procent de vragenlijst volledig in (RR1).",
            en=f"Of the {inputs.invited} drawn addresses, {share} percent completed the questionnaire (RR1).",
        )
    if inputs.plan.sample_kind == "simulated":
        return Localised(
            nl=f"Van de {inputs.invited} gesimuleerde uitnodigingen kwam {share} procent volledig ingevuld terug.",
            en=f"Of the {inputs.invited} simulated invitations, {share} percent came back complete.",
        )
    return Localised(
        nl=f"Van de {inputs.invited} uitnodigingen kwam {share} procent volledig ingevuld terug. Dat is deelname en "
        "geen respons: wie in het panel zit heeft zichzelf aangemeld.",
        en=f"Of the {inputs.invited} invitations, {share} percent came back complete. That is participation and no "
        "response rate: those in the panel signed up themselves.",
    )
