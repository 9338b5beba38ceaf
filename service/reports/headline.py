"""The first page: what was tested, what was found, the vote, one thing to change, what remains uncertain."""

from collections.abc import Sequence

from samenspraak.types.base import Localised
from samenspraak.types.estimate import Estimate
from samenspraak.types.report import Figure, Report

from analytics.disclosure.reliability import UNRELIABLE
from panels.margins import areas
from service.reports import wording
from service.reports.method import period
from service.reports.numbers import percent
from service.reports.subgroups import Difference
from service.reports.voice import VOICES
from service.reports.wording import HIGH_DONT_KNOW, Tongue

VALUE_KEYS = ("PV_SOC", "PV_SELF", "PV_BAL")
USE_KEYS = ("LU_INT", "LU_SUBJ")


def compose(report: Report, tongue: Tongue, differences: Sequence[Difference]) -> tuple[Localised, ...]:
    """Sentences in order of importance. Only figures on a hundred answers or more; many without an opinion come
    first."""
    figures = {one.key: one for one in (*report.value, *report.use, *report.other)}
    value = _first(figures, VALUE_KEYS)
    use = _first(figures, USE_KEYS)
    sentences = [
        _tested(report),
        _not_weighted(report),
        *_without_opinion(tongue, (value, use)),
        None if value is None else value.sentence,
        _concern(report, tongue),
        None if use is None else use.sentence,
        report.vote_item.sentence if report.vote_item and _firm(report.vote_item.headline) else None,
        _change(report),
        _difference(tongue, differences),
        _uncertain(tongue, value),
    ]
    found = tuple(sentence for sentence in sentences if sentence is not None)
    return found if len(found) > 1 else (*found, wording.TOO_FEW)


def _firm(estimate: Estimate | None) -> bool:
    if estimate is None or estimate.value is None:
        return False
    return estimate.flag == "ok" and estimate.reliability not in UNRELIABLE


def _first(figures: dict[str, Figure], keys: Sequence[str]) -> Figure | None:
    return next((figures[key] for key in keys if key in figures and _firm(figures[key].headline)), None)


def _tested(report: Report) -> Localised:
    source = VOICES[report.sample_kind].source
    dates = period(report.fieldwork.opened_at, report.fieldwork.closed_at)
    forms_nl, forms_en = ("vragenlijsten", "questionnaires")
    if report.simulated:
        forms_nl, forms_en = ("gesimuleerde vragenlijsten", "simulated questionnaires")
    place = "" if report.area == areas.COUNTRY else areas.name(report.area)
    return Localised(
        nl=f"Voorgelegd: {wording.quoted(report.application_name).nl}, versie {report.application_version}, van "
        f"{report.owner.nl}. {report.n} volledige {forms_nl}, {dates.nl}. "
        f"Herkomst: {source.nl}." + (f" Gebied: {place}." if place else ""),
        en=f"Put forward: {wording.quoted(report.application_name).en}, version {report.application_version}, of "
        f"{report.owner.en}. {report.n} complete {forms_en}, {dates.en}. "
        f"Origin: {source.en}." + (f" Area: {place}." if place else ""),
    )


def _not_weighted(report: Report) -> Localised | None:
    if not report.weighting.infeasible or report.n == 0:
        return None
    return Localised(
        nl="Let op: deze cijfers konden niet naar de bevolking worden gewogen. De reden staat bij Weging.",
        en="Note: these figures could not be weighted to the population. The reason is given under Weighting.",
    )


def _without_opinion(tongue: Tongue, figures: Sequence[Figure | None]) -> list[Localised | None]:
    """The largest share without an opinion among the leading figures, said apart and first."""
    many = [
        one
        for one in figures
        if one is not None and one.dont_know is not None and (one.dont_know.value or 0.0) >= HIGH_DONT_KNOW
    ]
    if not many:
        return []
    most = max(many, key=lambda one: (one.dont_know.value if one.dont_know else 0.0) or 0.0)
    said = wording.dont_know_sentence(tongue, most.dont_know)
    topic = wording.asked(most.question)
    if said is None:
        return []
    return [Localised(nl=f"{said.nl[:-1]} {topic.nl}.", en=f"{said.en[:-1]} {topic.en}.")]


def _concern(report: Report, tongue: Tongue) -> Localised | None:
    """The concern that most share, with the rank that chance allows."""
    top = next((item for item in report.concerns if _firm(item.share)), None)
    if top is None:
        return None
    label, share = wording.quoted(top.label), percent(top.share.value or 0.0)
    who = tongue.who_weighted()
    if top.rank_high is not None and top.rank_high > 1:
        rank_nl, rank_en = f"plaats 1 tot {top.rank_high}", f"place 1 to {top.rank_high}"
    else:
        rank_nl, rank_en = "plaats 1", "place 1"
    return wording.joined(
        Localised(
            nl=f"De zorg die het vaakst voorkomt is {label.nl}: {share} procent van {who.nl}, heeft daar veel of "
            "heel veel "
            f"zorgen over ({rank_nl} van de {len(report.concerns)}).",
            en=f"The concern shared most is {label.en}: {share} percent of {who.en}, worry much or very much about it "
            f"({rank_en} of {len(report.concerns)}).",
        ),
        wording.uncertainty(tongue, top.share),
    )


def _change(report: Report) -> Localised | None:
    """One thing to change: the condition named most often as a must."""
    ranking = next((one for one in report.conditions if one.kind == "ranking"), None)
    chosen = ranking or next((one for one in report.conditions if one.kind == "multi"), None)
    if chosen is None or not chosen.shares or not _firm(chosen.shares[0].estimate):
        return None
    top = chosen.shares[0]
    label, share = wording.quoted(top.label), percent(top.estimate.value or 0.0)
    where_nl, where_en = ("noemt dit als voorwaarde", "named this as a condition")
    if chosen.kind == "ranking":
        where_nl, where_en = ("zet dit bij de drie die er echt moeten zijn", "put this among the three musts")
    return Localised(
        nl=f"Eén ding om te veranderen of te laten zien: {label.nl}; {share} procent {where_nl}.",
        en=f"One thing to change or to show: {label.en}; {share} percent {where_en}.",
    )


def _difference(tongue: Tongue, differences: Sequence[Difference]) -> Localised | None:
    if not differences:
        return None
    most = differences[0]
    return wording.group_sentence(
        tongue,
        topic=wording.quoted(most.question),
        high=most.high,
        low=most.low,
        difference=most.value,
        lower=most.lower,
        upper=most.upper,
    )


def _uncertain(tongue: Tongue, value: Figure | None) -> Localised | None:
    """What the sensitivity band says about the leading figure."""
    band = value.headline.sensitivity if value is not None and value.headline is not None else None
    if value is None or band is None:
        return None
    topic = wording.asked(value.question)
    return Localised(
        nl=f"Onzeker blijft wie er meedoet: met een ruime marge daarvoor ligt het aandeel {topic.nl} tussen "
        f"{percent(band.lower)} en {percent(band.upper)} procent.",
        en=f"Who takes part remains uncertain: with a wide allowance for that, the share {topic.en} lies between "
        f"{percent(band.lower)} and {percent(band.upper)} percent.",
    )
