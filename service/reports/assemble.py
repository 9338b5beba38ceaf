"""The one pure function from inputs to the frozen report."""

import hashlib
from collections import Counter
from collections.abc import Iterable

import msgspec
import numpy as np
from msgspec import UNSET
from samenspraak.types.audit import Plan
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import AnyQuestion, Open, ReportTag, VoteItem
from samenspraak.types.report import BallotSection, Fieldwork, Figure, Quality, Report

from analytics.disclosure.thresholds import THRESHOLDS, complement_safe
from analytics.representation import sensitivity
from analytics.representation.rates import Dispositions, response_rates
from service.reports import (
    celltables,
    corrections,
    crosstabs,
    differences,
    headline,
    indices,
    method,
    open_answers,
    second_opinions,
    subgroups,
    weighting,
    withheld,
    wording,
)
from service.reports import concerns as concern_ranking
from service.reports.crosstabs import TableRow
from service.reports.drivers import drivers
from service.reports.estimates import raw
from service.reports.figures import column, figure
from service.reports.inputs import ReportInputs, Respondent
from service.reports.participation import participation_of, representation
from service.reports.sample import Sample, build, questions
from service.reports.subgroups import Subgroups
from service.reports.voice import BANNER, OPINIONS_ONLY, VOICES
from service.reports.wording import Tongue

MINIMUM_ANSWERS = 2
"""With fewer there is no variance, and nothing may be shown anyhow."""

OTHER_SECTIONS: tuple[ReportTag, ...] = ("trust", "acceptability", "general")

QUALITY_RULE = Localised(
    nl="Een vragenlijst telt als twijfelachtig bij twee van drie: erg snel, controlevraag fout, steeds hetzelfde "
    "vakje. "
    "Niets is verwijderd; kerncijfers staan er ook zonder de twijfelachtige vragenlijsten.",
    en="A questionnaire counts as doubtful with two of three: very fast, check question wrong, always the same box. "
    "Nothing was removed; key figures are also given without the doubtful questionnaires.",
)


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is released about one audit."""

    report: Report
    tables: tuple[TableRow, ...] = ()
    """Every closed question in total and by group, for the file of weighted tables."""


def assemble(inputs: ReportInputs) -> Report:
    """The report alone; see `analyse`."""
    return analyse(inputs).report


def analyse(inputs: ReportInputs) -> Analysis:
    """Make the report and its tables. Pure and deterministic: the same inputs give the same value, byte for byte once
    encoded.

    A report always comes: with no answers at all it holds the fieldwork and the method, and no figure.

    Raises:
        analytics.errors.AnalyticsError: the margin set lacks a dimension of the plan, or a profile holds an unknown
        code. ValueError: the seed is not the one that the plan committed to.
    """
    _check_seed(inputs)
    respondents = weighting.ordered(inputs)
    if len(respondents) < MINIMUM_ANSWERS:
        return Analysis(report=_report(inputs, respondents, None, weighting.nothing(inputs)))
    weighted = weighting.weight(inputs, respondents)
    sample = build(
        respondents,
        design=weighted.design,
        questionnaire=inputs.questionnaire,
        kind=inputs.plan.sample_kind,
        plan=inputs.plan.weighting,
    )
    sample = _protected(_with_bias(sample, inputs), inputs, weighted)
    return Analysis(report=_report(inputs, respondents, sample, weighted), tables=_tables(sample, inputs))


def _tables(sample: Sample, inputs: ReportInputs) -> tuple[TableRow, ...]:
    """Every closed question by every group of the plan, from cell tables; what the report hides is hidden here too."""
    plan, asked = inputs.plan, questions(inputs.questionnaire)
    _, dimensions = subgroups.shown_by(plan.subgroups, plan.analysis.families)
    cells = celltables.from_respondents(sample.respondents, sample.design, inputs.questionnaire, dimensions)
    return crosstabs.crosstabs(
        cells,
        inputs.questionnaire,
        dimensions,
        plan=plan.weighting,
        kind=sample.kind,
        bias=sample.bias,
        hidden=withheld.places(sample, asked, dimensions),
    )


def _check_seed(inputs: ReportInputs) -> None:
    commitment = inputs.plan.draw.seed_commitment
    if commitment and hashlib.sha256(inputs.seed.encode()).hexdigest() != commitment:
        raise ValueError("The seed does not match the commitment of the frozen plan.")


def _with_bias(sample: Sample, inputs: ReportInputs) -> Sample:
    """Measure on the key figures what weighting moved; chance alone governs a probability sample."""
    if sample.kind == "probability":
        return sample
    ready = [column(sample, q) for q in questions(inputs.questionnaire) if q.key in subgroups.KEY_FIGURES]
    found = [raw(sample, one.headline) for one in ready if one is not None]
    return msgspec.structs.replace(sample, bias=sensitivity.measure(found))


def _protected(sample: Sample, inputs: ReportInputs, weighted: weighting.Weighted) -> Sample:
    """Decide once, over everything that will be printed, what must be left out."""
    plan, asked = inputs.plan, questions(inputs.questionnaire)
    _, dimensions = subgroups.shown_by(plan.subgroups, plan.analysis.families)
    # The file of weighted tables gives every question by group, so every question is protected by group.
    by_group = {question.key for question in asked}
    return withheld.protect(sample, asked, by_group, dimensions, weighted.checks, inputs.margins)


def _report(
    inputs: ReportInputs, respondents: tuple[Respondent, ...], sample: Sample | None, weighted: weighting.Weighted
) -> Report:
    asked = questions(inputs.questionnaire)
    tongue = Tongue(kind=inputs.plan.sample_kind, dimensions=weighted.record.dimensions)
    voice = VOICES[inputs.plan.sample_kind]
    fieldwork, quality = _fieldwork(inputs, len(respondents)), _quality(respondents, sample)
    ranked = concern_ranking.ranked(sample, asked) if sample else ()
    groups = _groups(sample, asked, inputs, weighted)
    app = inputs.application
    parts = Report(
        audit_id=inputs.audit_id,
        plan_hash=inputs.plan_hash,
        questionnaire_hash=inputs.questionnaire_hash,
        application=app.id,
        application_name=app.name,
        application_version=inputs.plan.application_version,
        owner=Localised(nl=app.owner.nl, en=app.owner.en),
        area=inputs.margins.area,
        sample_kind=inputs.plan.sample_kind,
        simulated=inputs.plan.sample_kind == "simulated",
        generated_at=inputs.generated_at,
        n=len(respondents),
        headline=(),
        banner=BANNER if inputs.plan.sample_kind == "simulated" else None,
        decisions=_decisions(inputs.plan),
        risk=wording.joined(voice.risk, OPINIONS_ONLY),
        fieldwork=fieldwork,
        representation=representation(inputs, sample, outcomes(inputs, len(respondents))),
        weighting=weighted.record,
        margin_checks=withheld.allowed(weighted.checks, sample.withheld if sample else ()),
        comprehension=_comprehension(sample, inputs, tongue),
        value=_section(sample, asked, tongue, "value"),
        concerns=ranked,
        concern_figures=_section(sample, asked, tongue, "concern"),
        use=_section(sample, asked, tongue, "use"),
        other=tuple(one for tag in OTHER_SECTIONS for one in _section(sample, asked, tongue, tag)),
        vote_item=_vote_item(sample, asked, tongue),
        ballot=_ballot(inputs),
        conditions=_section(sample, asked, tongue, "conditions"),
        own=_own(sample, asked, tongue),
        open_answers=_open_answers(sample, asked),
        texts=open_answers.section(inputs, sample, inputs.codings) if sample else None,
        subgroups=groups.tables,
        families=groups.families,
        drivers=drivers(sample, asked, tongue) if sample and inputs.plan.analysis.drivers else None,
        order_effects=differences.order_effects(sample, asked) if sample else (),
        variants=differences.between_variants(sample, asked, inputs.questionnaire, inputs.plan.detectable_difference)
        if sample
        else None,
        quality=quality,
        release=sample.release if sample else None,
        disclosure=method.disclosure(
            inputs, n=len(respondents), fieldwork=fieldwork, weighting=weighted.record, quality=quality
        ),
        method=method.annex(inputs, concerns=ranked),
        corrections=corrections.corrections(inputs.versions),
    )
    return msgspec.structs.replace(parts, headline=headline.compose(parts, tongue, groups.differences))


def _groups(
    sample: Sample | None, asked: tuple[AnyQuestion, ...], inputs: ReportInputs, weighted: weighting.Weighted
) -> Subgroups:
    """Key figures by group with the declared tests, and a second opinion where a group is thin."""
    if sample is None:
        return Subgroups()
    plan = inputs.plan
    found = subgroups.split(sample, asked, plan.subgroups, plan.analysis.families)
    if not plan.analysis.second_opinions:
        return found
    vote = next((q for q in asked if q.key == second_opinions.FIGURE), None)
    ready = column(sample, vote) if vote is not None else None
    tables = second_opinions.add(found.tables, sample, ready.headline if ready else None, weighted.margins)
    return msgspec.structs.replace(found, tables=tables)


def _section(sample: Sample | None, asked: Iterable[AnyQuestion], tongue: Tongue, tag: ReportTag) -> tuple[Figure, ...]:
    """Figures of every question with this tag, then the indices made of them."""
    if sample is None:
        return ()
    found = [figure(sample, q, tongue, section=tag, parts=tag != "general") for q in asked if q.report == tag]
    return tuple(one for one in found if one is not None) + indices.figures(sample, tongue, asked, section=tag)


def _own(sample: Sample | None, asked: Iterable[AnyQuestion], tongue: Tongue) -> tuple[Figure, ...]:
    """Figures of the owner's own questions, each saying whose question it is."""
    found = _section(sample, asked, tongue, "own")
    return tuple(msgspec.structs.replace(one, note=wording.OWN_QUESTION) for one in found)


def _decisions(plan: Plan) -> tuple[str, ...]:
    """What staff decided to accept, in their own words."""
    outdated = "" if plan.accept_outdated_margins is UNSET else plan.accept_outdated_margins
    return tuple(text for text in (plan.accept_draft_items, plan.accept_recalled_margins, outdated) if text)


def _comprehension(sample: Sample | None, inputs: ReportInputs, tongue: Tongue) -> tuple[Figure, ...]:
    if sample is None:
        return ()
    # Question by question only where everybody got the same ones; the score counts by each one's variant.
    asked = () if inputs.questionnaire.variants else questions(inputs.questionnaire)
    score = indices.comprehension(sample, inputs.questionnaire, tongue)
    found = [
        figure(sample, q, tongue, section="comprehension", parts=False) for q in asked if q.report == "comprehension"
    ]
    return ((score,) if score else ()) + tuple(one for one in found if one is not None)


def _vote_item(sample: Sample | None, asked: Iterable[AnyQuestion], tongue: Tongue) -> Figure | None:
    question = next((q for q in asked if isinstance(q, VoteItem)), None)
    return figure(sample, question, tongue, section="vote") if sample and question else None


def _open_answers(sample: Sample | None, asked: Iterable[AnyQuestion]) -> dict[str, int]:
    """People who wrote something, where they are ten or more; no text leaves."""
    if sample is None:
        return {}
    counts = {q.key: sample.wrote(q.key) for q in asked if isinstance(q, Open)}
    return {key: count for key, count in counts.items() if count >= THRESHOLDS.suppressed_under}


def _ballot(inputs: ReportInputs) -> BallotSection | None:
    definition, result = inputs.plan.ballot, inputs.ballot
    if definition is None or result is None:
        return None
    return BallotSection(
        proposition=definition.proposition,
        options=definition.options,
        result=result,
        sentence=wording.ballot_sentence(inputs.plan.sample_kind, definition, result),
    )


def _fieldwork(inputs: ReportInputs, n: int) -> Fieldwork:
    """Rates by sample kind: a response rate belongs to probability samples only."""
    counts, kind = inputs.dispositions, inputs.plan.sample_kind
    rate = participation_of(inputs, n)
    rr2 = response_rates(outcomes(inputs, n), sample_kind=kind).rr2 if kind == "probability" else None
    return Fieldwork(
        invited=inputs.invited,
        dispositions=dict(sorted(counts.items())),
        participation_rate=None if rate is None else round(rate, 4),
        response_rate=None if rr2 is None else round(rr2, 4),
        opened_at=inputs.opened_at,
        closed_at=inputs.closed_at,
        seed=inputs.seed,
        seed_commitment=inputs.plan.draw.seed_commitment,
        sources=inputs.sources,
    )


def outcomes(inputs: ReportInputs, n: int) -> Dispositions:
    """What became of everybody invited. Mail that never arrived and links never opened are unknown: nobody can tell
    whether the person could have taken part. Who came when a quota was full was not eligible."""
    counts = inputs.dispositions
    refused = counts.get("declined", 0) + counts.get("withdrawn", 0)
    partial, outside = counts.get("broken_off", 0), counts.get("quota_full", 0)
    return Dispositions(
        complete=n,
        partial=partial,
        refusal=refused,
        not_eligible=outside,
        unknown_other=max(inputs.invited - n - partial - refused - outside, 0),
    )


def _quality(respondents: tuple[Respondent, ...], sample: Sample | None) -> Quality:
    """Counts of flags follow the count rule: from ten, and with ten or more on the other side."""
    counts = Counter(flag for person in respondents for flag in person.flags)
    times = [person.seconds for person in respondents if person.seconds is not None]
    flagged = int(sample.flagged.sum()) if sample else 0
    enough = len(times) >= THRESHOLDS.suppressed_under
    return Quality(
        completes=len(respondents),
        flags={flag: count for flag, count in sorted(counts.items()) if _countable(count, len(respondents))},
        flagged=flagged if _countable(flagged, len(respondents)) else None,
        median_minutes=round(float(np.median(times)) / 60, 1) if enough else None,
        rule=QUALITY_RULE,
    )


def _countable(count: int, whole: int) -> bool:
    return count >= THRESHOLDS.suppressed_under and complement_safe(whole, count)
