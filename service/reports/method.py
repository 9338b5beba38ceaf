"""The method annex: the eleven items of the AAPOR disclosure code (III.A), the input for article 27, and how to
repeat it."""

from datetime import datetime

from samenspraak.types.application import AiActClass
from samenspraak.types.base import Localised
from samenspraak.types.external import SourceReport
from samenspraak.types.paper import KeyingErrors
from samenspraak.types.report import Disclosure, Fieldwork, Method, Quality, Ranked, Report, WeightingRecord

from service.reports.inputs import ReportInputs
from service.reports.numbers import decimal_en, decimal_nl, listed_en, listed_nl
from service.reports.participation import by_mode, modes_sentence
from service.reports.quotas import quota_sentences
from service.reports.voice import VOICES, population, weighted_to
from service.reports.wording import joined, quoted

FEWEST_FORMS = 10
"""Forms on paper under which nothing is said about keying."""
SMALL_SAMPLE = 500
"""Under this many answers the margins pack advises fewer dimensions; the plan decides, the reader is warned."""

MONTHS_NL = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

INTERVALS = {"korn_graubard": "Korn-Graubard", "wilson": "Wilson", "logit": "logit"}
CONVENTIONS = {
    "start_weights": Localised(nl="residuen met startgewichten", en="residuals with start weights"),
    "unweighted_sweep": Localised(nl="ongewogen residuen", en="unweighted residuals"),
}
"""How the variance looks through the calibration (two conventions are in use; the same weights give other errors)."""

TITLES: dict[str, Localised] = {
    "strategy": Localised(nl="Aanpak", en="Data collection strategy"),
    "sponsor": Localised(nl="Opdrachtgever en uitvoerder", en="Sponsor and conductor"),
    "instruments": Localised(nl="Vragenlijst", en="Instruments"),
    "population": Localised(nl="Doelgroep", en="Population"),
    "sampling": Localised(nl="Trekking en werving", en="Sample generation and recruitment"),
    "mode": Localised(nl="Manier van invullen", en="Mode"),
    "dates": Localised(nl="Veldwerkperiode", en="Dates"),
    "precision": Localised(nl="Aantallen en precisie", en="Sample sizes and precision"),
    "weighting": Localised(nl="Weging", en="Weighting"),
    "processing": Localised(nl="Verwerking en controle", en="Data processing and quality checks"),
    "limitations": Localised(nl="Beperkingen", en="Limitations"),
    "ai_act_27": Localised(
        nl="Invoer voor de grondrechtentoets (AI-verordening, artikel 27)",
        en="Input for the fundamental rights impact assessment (EU AI Act, article 27)",
    ),
    "reproduction": Localised(nl="Nadoen en controleren", en="Repeat and verify"),
}
"""Heading of each item, in order."""


def date_nl(moment: datetime) -> str:
    return f"{moment.day} {MONTHS_NL[moment.month - 1]} {moment.year}"


def date_en(moment: datetime) -> str:
    return f"{moment.day} {MONTHS_EN[moment.month - 1]} {moment.year}"


def period(start: datetime, end: datetime) -> Localised:
    """From when to when, in a sentence; one day is named once."""
    if date_nl(start) == date_nl(end):
        return Localised(nl=f"op {date_nl(start)}", en=f"on {date_en(start)}")
    return Localised(
        nl=f"van {date_nl(start)} tot en met {date_nl(end)}", en=f"from {date_en(start)} to {date_en(end)}"
    )


def disclosure(
    inputs: ReportInputs, *, n: int, fieldwork: Fieldwork, weighting: WeightingRecord, quality: Quality
) -> Disclosure:
    """The eleven items of the AAPOR Code; none can be left out."""
    return Disclosure(
        strategy=_strategy(inputs),
        sponsor=_sponsor(inputs),
        instruments=_instruments(inputs),
        population=population(inputs.plan.sample_kind, inputs.margins),
        sampling=_sampling(inputs),
        mode=_modes(inputs),
        dates=_dates(fieldwork),
        precision=_precision(inputs, n, fieldwork, weighting),
        weighting=_weighting(weighting),
        processing=_processing(quality, inputs.keying),
        limitations=_limitations(inputs),
    )


def annex(inputs: ReportInputs, *, concerns: tuple[Ranked, ...]) -> tuple[Method, ...]:
    """What else a reader may need: input for an impact assessment, and how to repeat the audit."""
    return (
        Method(item="ai_act_27", text=_article_27(inputs, concerns)),
        Method(item="reproduction", text=_reproduction(inputs)),
    )


def told(report: Report) -> tuple[tuple[str, Localised], ...]:
    """Every item of the annex with its name, in the order of `TITLES`."""
    texts = {name: getattr(report.disclosure, name) for name in Disclosure.__struct_fields__}
    texts |= {item.item: item.text for item in report.method}
    return tuple((name, texts[name]) for name in TITLES if name in texts)


def _strategy(inputs: ReportInputs) -> Localised:
    if inputs.plan.sample_kind == "simulated":
        return Localised(
            nl="Gesimuleerde vragenlijsten langs de echte weg: trekking, uitnodiging, webpagina's, sluiting, weging.",
            en="Simulated questionnaires along the real path: draw, invitation, web pages, closing, weighting.",
        )
    return Localised(
        nl="Eenmalig onderzoek met een webvragenlijst, na een uitleg van het systeem in gewone taal.",
        en="One-off survey with a web questionnaire, after an explanation of the system in plain language.",
    )


def _sponsor(inputs: ReportInputs) -> Localised:
    owner, wish = inputs.application.owner, inputs.wants_to_learn.strip()
    wish_nl = f" De aanvrager wil weten: “{wish}”." if wish else ""
    wish_en = f" What the requester wants to learn: “{wish}”." if wish else ""
    return Localised(
        nl=f"Aangevraagd door {owner.nl}, eigenaar van het systeem. Uitgevoerd met Samenspraak; de redactie van "
        "uitleg, "
        "vragen en rapport lag niet bij de aanvrager. Publicatie staat vast, ook als de uitkomst tegenvalt."
        f"{wish_nl}",
        en=f"Requested by {owner.en}, owner of the system. Conducted with Samenspraak; the requester did not edit the "
        "explanation, the questions or the report. Publication is certain, also when the result disappoints."
        f"{wish_en}",
    )


def _instruments(inputs: ReportInputs) -> Localised:
    q = inputs.questionnaire
    asked = sum(len(page.questions) for page in q.pages)
    draft = sum(question.status == "draft" for page in q.pages for question in page.questions)
    nl = f"Vragenlijst {q.id}, versie {q.version}, vorm {q.form}: {asked} onderdelen, Nederlands en Engels, ongeveer "
    en = f"Questionnaire {q.id}, version {q.version}, form {q.form}: {asked} parts, Dutch-language and English, about "
    return Localised(
        nl=f"{nl}{round(q.estimated_minutes)} minuten. De helft kreeg eerst de vragen over waarde, de andere helft "
        f"eerst die over zorgen, door loting in blokken binnen elke laag. {draft} onderdelen zijn nog niet getest of "
        f"gevalideerd. Kenmerk: {inputs.questionnaire_hash}.",
        en=f"{en}{round(q.estimated_minutes)} minutes. One half got the questions on value first, the other half "
        f"those on concerns, by lot in blocks within every stratum. {draft} parts are not tested or validated yet. "
        f"Content hash: {inputs.questionnaire_hash}.",
    )


def _sampling(inputs: ReportInputs) -> Localised:
    return joined(_selection(inputs), *quota_sentences(inputs))


def _selection(inputs: ReportInputs) -> Localised:
    plan, voice = inputs.plan, VOICES[inputs.plan.sample_kind]
    strata = weighted_to(plan.draw.strata)
    nl, en = strata.nl.removeprefix("gewogen naar "), strata.en.removeprefix("weighted to ")
    share = round(plan.draw.expected_participation * 100)
    if inputs.sources:
        return Localised(
            nl=" ".join(f"{one.name}: {one.selection.nl} {_came_nl(one)}" for one in inputs.sources),
            en=" ".join(f"{one.name}: {one.selection.en} {_came_en(one)}" for one in inputs.sources),
        )
    return Localised(
        nl=f"{voice.selection.nl} Lagen: {nl}. Verwachte deelname {share} procent. Het zaadgetal is vooraf "
        "vastgelegd met "
        f"kenmerk {plan.draw.seed_commitment or 'geen'} en staat nu in dit rapport.",
        en=f"{voice.selection.en} Strata: {en}. Expected participation {share} percent. The seed was committed to in "
        "advance "
        f"with hash {plan.draw.seed_commitment or 'none'} and is now in this report.",
    )


def _came_nl(source: SourceReport) -> str:
    counts = source.counts
    if source.intake == "register":
        return f"{counts.listed} mensen getrokken met bekende kans, {counts.completed} volledig ingevuld."
    return (
        f"{counts.came_in} mensen kwamen binnen, {counts.completed} volledig ingevuld; {counts.screened_out} vielen "
        f"buiten de doelgroep, {counts.quota_full} kwamen toen hun groep vol was. De kans om hier te komen is onbekend."
    )


def _came_en(source: SourceReport) -> str:
    counts = source.counts
    if source.intake == "register":
        return f"{counts.listed} people drawn with known probability, {counts.completed} completed."
    return (
        f"{counts.came_in} people came in, {counts.completed} completed; {counts.screened_out} were outside the target "
        f"population, {counts.quota_full} came when their group was full. The chance to come here is unknown."
    )


def _modes(inputs: ReportInputs) -> Localised:
    """How people were asked, and where more than one way of answering was used, how many used each."""
    asked, told = _mode(inputs), modes_sentence(by_mode(inputs))
    return asked if told is None else Localised(nl=f"{asked.nl} {told.nl}", en=f"{asked.en} {told.en}")


def _mode(inputs: ReportInputs) -> Localised:
    if inputs.sources:
        return Localised(
            nl="Webpagina's via een link van wie de mensen stuurde. Geen account en geen cookies.",
            en="Web pages through a link from whoever sent the people. No account and no cookies.",
        )
    reminders = len(inputs.plan.schedule.reminder_days)
    return Localised(
        nl=f"Webpagina's via een persoonlijke link per e-mail, met {reminders} herinneringen. Geen account en geen "
        "cookies.",
        en=f"Web pages through a personal link by e-mail, with {reminders} reminders. No account and no cookies.",
    )


def _dates(fieldwork: Fieldwork) -> Localised:
    dates = period(fieldwork.opened_at, fieldwork.closed_at)
    return Localised(nl=f"{dates.nl[0].upper()}{dates.nl[1:]}.", en=f"{dates.en[0].upper()}{dates.en[1:]}.")


def _precision(inputs: ReportInputs, n: int, fieldwork: Fieldwork, weighting: WeightingRecord) -> Localised:
    plan = inputs.plan.weighting
    rate_nl, rate_en = _rate(fieldwork)
    method = INTERVALS[plan.interval_method]
    return Localised(
        nl=f"{fieldwork.invited} uitnodigingen, {n} volledig ingevuld. {rate_nl} Effectieve omvang na weging "
        f"{round(weighting.n_eff)} (ontwerpeffect {decimal_nl(weighting.deff, 2)}). Intervallen van "
        f"{round(plan.level * 100)} "
        f"procent: {method} voor aandelen, t voor gemiddelden; de variantie houdt rekening met de weging "
        f"({CONVENTIONS[weighting.se_convention].nl}).",
        en=f"{fieldwork.invited} invitations, {n} completed. {rate_en} Effective size after weighting "
        f"{round(weighting.n_eff)} (design effect {decimal_en(weighting.deff, 2)}). Intervals of "
        f"{round(plan.level * 100)} "
        f"percent: {method} for shares, t for means; the variance takes the weighting into account "
        f"({CONVENTIONS[weighting.se_convention].en}).",
    )


def _rate(fieldwork: Fieldwork) -> tuple[str, str]:
    if fieldwork.response_rate is not None:
        share = round(fieldwork.response_rate * 100)
        return f"Respons (AAPOR RR2) {share} procent.", f"Response rate (AAPOR RR2) {share} percent."
    if fieldwork.participation_rate is not None:
        share = round(fieldwork.participation_rate * 100)
        return (
            f"Deelname {share} procent; dit is geen responspercentage.",
            f"Participation {share} percent; this is not a response rate.",
        )
    return "", ""


def _weighting(record: WeightingRecord) -> Localised:
    if not record.dimensions:
        return Localised(
            nl="Niet gewogen naar de bevolking; alleen naar trekkingskans. Reden: "
            f"{record.infeasible or 'te dunne groepen'}.",
            en="Not weighted to the population; to selection probability only. Reason: "
            f"{record.infeasible or 'thin groups'}.",
        )
    clause, dates = weighted_to(record.dimensions), ", ".join(record.reference_dates)
    merged = "; ".join(record.merged)
    small_nl = small_en = ""
    if record.n < SMALL_SAMPLE:
        small_nl = f" Let op: minder dan {SMALL_SAMPLE} antwoorden; minder dimensies waren ook te verdedigen."
        small_en = f" Note: fewer than {SMALL_SAMPLE} answers; fewer dimensions would have been defensible too."
    head_nl, head_en = clause.nl[:1].upper() + clause.nl[1:], clause.en[:1].upper() + clause.en[1:]
    return Localised(
        nl=f"{head_nl}, peildatum {dates}. Methode: {record.method}. Grootste afwijking van de randtotalen "
        f"{record.worst_margin_error:.0e}; correctiefactoren {decimal_nl(record.g_min, 2)} tot "
        f"{decimal_nl(record.g_max, 2)}; "
        f"{round(record.trimmed_share * 100)} procent begrensd. Samengevoegd: {merged or 'niets'}.{small_nl} "
        f"Bron: {record.margins_source}.",
        en=f"{head_en}, reference date {dates}. Method: {record.method}. Largest deviation from the population totals "
        f"{record.worst_margin_error:.0e}; correction factors {decimal_en(record.g_min, 2)} to "
        f"{decimal_en(record.g_max, 2)}; "
        f"{round(record.trimmed_share * 100)} percent trimmed. Merged: {'see the Dutch text' if merged else 'nothing'}."
        f"{small_en} Source: {record.margins_source}.",
    )


def _processing(quality: Quality, keying: KeyingErrors | None) -> Localised:
    keyed_nl, keyed_en = _keyed(keying)
    return Localised(
        nl=f"{keyed_nl}{quality.rule.nl} Open antwoorden worden alleen geteld; teksten staan niet in dit rapport. "
        "Groepen met minder dan "
        "10 antwoorden worden niet getoond, ook niet door aftrekken; bij 10 tot 29 geen percentage; bij 30 tot 99 "
        "verkennend.",
        en=f"{keyed_en}{quality.rule.en} Open answers are only counted; texts are not part of this report. "
        "Groups with fewer than 10 "
        "answers are not shown, nor can they be found by subtraction; from 10 to 29 no percentage; from 30 to 99 "
        "exploratory.",
    )


def _keyed(keying: KeyingErrors | None) -> tuple[str, str]:
    """How well forms on paper were keyed; nothing where there were so few that it would tell of somebody's form."""
    if keying is None or keying.share is None or keying.forms < FEWEST_FORMS:
        return "", ""
    return (
        f"Formulieren op papier, door twee mensen ingetypt: {keying.forms}. Zij verschilden op "
        f"{decimal_nl(keying.share * 100, 1)} procent van {keying.fields} velden; een derde "
        "besliste daarover. ",
        f"Forms on paper, keyed by two people: {keying.forms}. They differed on "
        f"{decimal_en(keying.share * 100, 1)} percent of {keying.fields} fields, on which "
        "somebody else decided. ",
    )


def _limitations(inputs: ReportInputs) -> Localised:
    risk = VOICES[inputs.plan.sample_kind].risk
    return Localised(
        nl=f"{risk.nl} Wat gezegd wordt over later gebruik is een bedoeling, geen voorspelling. Stemmen zijn "
        "raadplegend.",
        en=f"{risk.en} What is said about later use is an intention, not a forecast. Votes are consultative.",
    )


def _article_27(inputs: ReportInputs, concerns: tuple[Ranked, ...]) -> Localised:
    app = inputs.application
    top = [concern.label for concern in concerns[:3] if concern.share.value is not None]
    own = app.eu_ai_act
    return Localised(
        nl=f"Geraakte groepen, volgens de eigenaar: {quoted(app.affected).nl}. Risico's die het vaakst worden gezien: "
        f"{listed_nl([quoted(label).nl for label in top]) or 'te weinig antwoorden'}. Menselijk toezicht, volgens de "
        "eigenaar: "
        f"{quoted(app.human_oversight).nl}. Verwachtingen over toezicht en bezwaar staan bij gebruik en voorwaarden. "
        f"Eigen indeling van de eigenaar: {_class(own) or 'niet opgegeven'}; dit is geen oordeel van deze "
        "audit.",
        en=f"Affected groups, according to the owner: {quoted(app.affected).en}. Risks seen most often: "
        f"{listed_en([quoted(label).en for label in top]) or 'too few answers'}. Human oversight, according to the "
        "owner: "
        f"{quoted(app.human_oversight).en}. Expectations on oversight and redress are under use and conditions. "
        f"The owner's own classification: {_class(own) or 'not given'}; this is no finding of this audit.",
    )


def _class(own: AiActClass | None) -> str:
    return own.klass.replace("_", " ") if own is not None else ""


def _reproduction(inputs: ReportInputs) -> Localised:
    return Localised(
        nl=f"Vastgelegd plan: {inputs.plan_hash}. Zaadgetal: {inputs.seed}. Het bestand report.json is ondertekend "
        "(Ed25519; de sleutel staat in het register onder /register/signing-key). Dezelfde invoer geeft dezelfde "
        "bytes.",
        en=f"Frozen plan: {inputs.plan_hash}. Seed: {inputs.seed}. The file report.json is signed (Ed25519; the key is "
        "in the register at /register/signing-key). The same input gives the same bytes.",
    )
