"""The sentences of the report, in Dutch and English, by sample kind and base.

What may be said: whole percents only; a share crosses half -> divided, never a majority; many without an opinion ->
said first; few answers -> no percentage; 30-99 answers -> called exploratory; an intention is what is said, never a
forecast; a vote is consultative.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec
from samenspraak.types.ballot import BallotDefinition, BallotResult
from samenspraak.types.base import Lang, Localised, SampleKind
from samenspraak.types.estimate import Estimate

from service.reports.numbers import (
    above_half,
    crosses_half,
    decimal_en,
    decimal_nl,
    either_en,
    either_nl,
    half_width,
    listed_en,
    listed_nl,
    margin_points,
    percent,
)
from service.reports.voice import VOICES, Voice, weighted_to

HIGH_DONT_KNOW = 0.30
"""From this share without an opinion, that comes first."""

TOO_FEW = Localised(nl="Te weinig antwoorden om een cijfer te geven.", en="Too few answers to give a figure.")
UNANIMOUS = Localised(
    nl="Niet getoond: alle antwoorden zijn gelijk, en dan zou van ieder het antwoord bekend zijn.",
    en="Not shown: all answers are the same, which would give away everyone's answer.",
)
OWN_QUESTION = Localised(
    nl="De eigenaar heeft deze vraag zelf opgesteld. Zij hoort niet bij de vaste vragenlijst.",
    en="The owner wrote this question. It is not part of the standard questionnaire.",
)
NOBODY = Localised(nl="Deze vraag is door niemand beantwoord.", en="Nobody answered this question.")


class Tongue(msgspec.Struct, frozen=True, kw_only=True):
    """How this report speaks: the sample kind's voice and the variables of its weighting record."""

    kind: SampleKind
    dimensions: tuple[str, ...]

    @property
    def voice(self) -> Voice:
        return VOICES[self.kind]

    def who_weighted(self) -> Localised:
        """`the participants, weighted to ...`, without a comma after it."""
        who, clause = self.voice.who, weighted_to(self.dimensions)
        return Localised(
            nl=f"{who.nl}, {clause.nl}" if clause.nl else who.nl, en=f"{who.en}, {clause.en}" if clause.en else who.en
        )

    def of_whom(self) -> Localised:
        """`Of the participants, weighted to ...,` as the beginning of a sentence."""
        who = self.who_weighted()
        return Localised(nl=f"Van {who.nl}," if self.dimensions else f"Van {who.nl}", en=f"Of {who.en},")


def quoted(label: Localised) -> Localised:
    return Localised(nl=f"“{label.nl.rstrip('. ')}”", en=f"“{label.en.rstrip('. ')}”")


def either(labels: Sequence[Localised]) -> Localised:
    """`“a” or “b”`: the answers that a share adds up, quoted."""
    return Localised(
        nl=either_nl([quoted(label).nl for label in labels]), en=either_en([quoted(label).en for label in labels])
    )


def joined(*sentences: Localised | None) -> Localised:
    """Sentences after each other, empty ones left out."""
    real = [sentence for sentence in sentences if sentence is not None]
    return Localised(nl=" ".join(s.nl for s in real if s.nl), en=" ".join(s.en for s in real if s.en))


class Predicate(msgspec.Struct, frozen=True, kw_only=True):
    """What a share of the people does. Dutch puts its verb before the percentage, so verb and rest stand apart."""

    verb_nl: str
    rest_nl: str
    en: str


KNOWS_THE_ANSWER = Predicate(verb_nl="geeft", rest_nl="het juiste antwoord", en="give the right answer")


def chooses(labels: Sequence[Localised], *, intention: bool = False) -> Predicate:
    """Chooses these answers; an intention is something people say, not something they will do."""
    answers = either(labels)
    if intention:
        return Predicate(verb_nl="zegt", rest_nl=answers.nl, en=f"say {answers.en}")
    return Predicate(verb_nl="kiest", rest_nl=answers.nl, en=f"choose {answers.en}")


def asked(question: Localised) -> Localised:
    """`to the question “...”`, or to the statement when it does not end in a question mark."""
    text = quoted(question)
    is_question = question.nl.rstrip().endswith("?")
    return Localised(
        nl=f"bij de {'vraag' if is_question else 'stelling'} {text.nl}",
        en=f"{'on the question' if is_question else 'on the statement'} {text.en}",
    )


def share_sentence(
    tongue: Tongue,
    estimate: Estimate,
    predicate: Predicate,
    *,
    topic: Localised | None = None,
    dont_know: Estimate | None = None,
    about_half: bool = True,
) -> Localised:
    """A share of the people: `Of ..., 54 percent <predicate> <topic>.` with what the base and the interval demand.

    `about_half`: whether lying above or below half means something for this figure.
    """
    opening = dont_know_sentence(tongue, dont_know)
    refusal = _refusal(estimate)
    if refusal is not None:
        return joined(opening, refusal)
    end = Localised(nl=f" {topic.nl}", en=f" {topic.en}") if topic else Localised(nl="", en="")
    nl = f"{tongue.of_whom().nl} {predicate.verb_nl} {_share_nl(tongue, estimate)} {predicate.rest_nl}{end.nl}."
    en = f"{tongue.of_whom().en} {_share_en(tongue, estimate)} {predicate.en}{end.en}."
    return joined(
        opening,
        Localised(nl=_exploratory_nl(estimate, nl), en=_exploratory_en(estimate, en)),
        tongue.voice.divided if about_half and crosses_half(estimate) else None,
        uncertainty(tongue, estimate),
    )


def _share_nl(tongue: Tongue, estimate: Estimate) -> str:
    share = f"{percent(estimate.value or 0.0)} procent"
    return f"naar schatting {share}{_interval_nl(estimate)}" if tongue.voice.inline_interval else share


def _share_en(tongue: Tongue, estimate: Estimate) -> str:
    share = f"{percent(estimate.value or 0.0)} percent"
    return f"an estimated {share}{_interval_en(estimate)}" if tongue.voice.inline_interval else share


def _interval_nl(estimate: Estimate) -> str:
    interval = estimate.interval
    if interval is None:
        return ""
    return f" ({percent(interval.level)}%-interval {percent(interval.lower)} tot {percent(interval.upper)})"


def _interval_en(estimate: Estimate) -> str:
    interval = estimate.interval
    if interval is None:
        return ""
    return f" ({percent(interval.level)} percent interval {percent(interval.lower)} to {percent(interval.upper)})"


def finding_and_caveat(sentence: str, kind: SampleKind, *, lang: Lang) -> tuple[str, str]:
    """What was found, and the sentence on uncertainty that must stay with it; the second is empty where there is
    none."""
    voice = VOICES[kind]
    closing = voice.margin or voice.limit
    if closing is None:
        return sentence, ""
    beginning = getattr(closing, lang).partition("{margin}")[0]
    found, caveat, rest = sentence.partition(f" {beginning}")
    return (found, caveat.strip() + (" " if caveat.endswith(" ") else "") + rest) if caveat else (sentence, "")


def uncertainty(
    tongue: Tongue, estimate: Estimate, *, unit: Literal["points", "scale", "number"] = "points"
) -> Localised | None:
    """The sentence on precision that belongs to this sample kind, if it has one."""
    voice = tongue.voice
    if voice.margin is None:
        return voice.limit
    if estimate.interval is None:
        return None
    points = margin_points(estimate)
    if unit == "points":
        nl, en = f"{points} {'punt' if points == 1 else 'punten'}", f"{points} {'point' if points == 1 else 'points'}"
    else:
        width = max(0.1, half_width(estimate))
        nl, en = decimal_nl(width), decimal_en(width)
        if unit == "scale":
            nl, en = f"{nl} punt", f"{en} points"
    return Localised(nl=voice.margin.nl.format(margin=nl), en=voice.margin.en.format(margin=en))


def mean_sentence(
    tongue: Tongue, estimate: Estimate, *, low: int, high: int, topic: Localised, dont_know: Estimate | None = None
) -> Localised:
    """An average on a scale: one decimal, its ends named."""
    opening = dont_know_sentence(tongue, dont_know)
    refusal = _refusal(estimate)
    if refusal is not None:
        return joined(opening, refusal)
    clause, who = weighted_to(tongue.dimensions), tongue.voice.who
    value = estimate.value or 0.0
    inside = _mean_interval(tongue, estimate)
    weighted_nl, weighted_en = (f", {clause.nl}", f", {clause.en}") if clause.nl else ("", "")
    sentence = Localised(
        nl=_exploratory_nl(
            estimate,
            f"Het gemiddelde van {who.nl}{weighted_nl}, is {decimal_nl(value)}{inside.nl} op een schaal van {low} "
            f"tot {high} "
            f"{topic.nl}.",
        ),
        en=_exploratory_en(
            estimate,
            f"The average of {who.en}{weighted_en}, is {decimal_en(value)}{inside.en} on a scale from {low} to {high} "
            f"{topic.en}.",
        ),
    )
    return joined(opening, sentence, uncertainty(tongue, estimate, unit="scale"))


def number_sentence(tongue: Tongue, estimate: Estimate, *, unit: Localised | None, topic: Localised) -> Localised:
    """An average of what people filled in, with its unit and one decimal."""
    refusal = _refusal(estimate)
    if refusal is not None:
        return refusal
    clause, who = weighted_to(tongue.dimensions), tongue.voice.who
    value, what = estimate.value or 0.0, Localised(nl=f" {unit.nl}", en=f" {unit.en}") if unit else None
    inside, end = _mean_interval(tongue, estimate), what or Localised(nl="", en="")
    weighted_nl, weighted_en = (f", {clause.nl},", f", {clause.en},") if clause.nl else ("", "")
    nl = f"Het gemiddelde van {who.nl}{weighted_nl} is {decimal_nl(value)}{end.nl}{inside.nl} {topic.nl}."
    en = f"The average of {who.en}{weighted_en} is {decimal_en(value)}{end.en}{inside.en} {topic.en}."
    return joined(
        Localised(nl=_exploratory_nl(estimate, nl), en=_exploratory_en(estimate, en)),
        uncertainty(tongue, estimate, unit="number"),
    )


def _mean_interval(tongue: Tongue, estimate: Estimate) -> Localised:
    """The interval of an average between brackets, where this sample kind says it inside the sentence."""
    if not tongue.voice.inline_interval or estimate.interval is None:
        return Localised(nl="", en="")
    lower, upper, level = estimate.interval.lower, estimate.interval.upper, percent(estimate.interval.level)
    return Localised(
        nl=f" ({level}%-interval {decimal_nl(lower)} tot {decimal_nl(upper)})",
        en=f" ({level} percent interval {decimal_en(lower)} to {decimal_en(upper)})",
    )


def dont_know_sentence(tongue: Tongue, dont_know: Estimate | None, *, always: bool = False) -> Localised | None:
    """`40 percent of ... have no opinion`, when that is many."""
    if dont_know is None or dont_know.value is None or (dont_know.value < HIGH_DONT_KNOW and not always):
        return None
    share, who = percent(dont_know.value), tongue.voice.who
    return Localised(
        nl=f"{share} procent van {who.nl} heeft geen mening.", en=f"{share} percent of {who.en} have no opinion."
    )


def multi_sentence(tongue: Tongue, tops: Sequence[tuple[Localised, Estimate]], *, ranked: bool) -> Localised:
    """The most chosen answers with their shares; says nothing about a vote or a majority."""
    shown = [(label, estimate) for label, estimate in tops if estimate.value is not None]
    if not shown:
        return TOO_FEW
    first = shown[0][1]
    nl = listed_nl([f"{quoted(label).nl}: {_bare_nl(tongue, estimate)}" for label, estimate in shown])
    en = listed_en([f"{quoted(label).en}: {_bare_en(tongue, estimate)}" for label, estimate in shown])
    how_nl, how_en = ("Het vaakst gekozen door", "Chosen most often by")
    if ranked:
        how_nl, how_en = ("Het vaakst in de eerste drie gezet door", "Most often put in the first three by")
    who = tongue.who_weighted()
    return joined(
        Localised(
            nl=_exploratory_nl(first, f"{how_nl} {who.nl}: {nl}."),
            en=_exploratory_en(first, f"{how_en} {who.en}: {en}."),
        ),
        uncertainty(tongue, max((e for _, e in shown), key=half_width)),
    )


def _bare_nl(tongue: Tongue, estimate: Estimate) -> str:
    return f"{percent(estimate.value or 0.0)} procent" + (
        _interval_nl(estimate) if tongue.voice.inline_interval else ""
    )


def _bare_en(tongue: Tongue, estimate: Estimate) -> str:
    return f"{percent(estimate.value or 0.0)} percent" + (
        _interval_en(estimate) if tongue.voice.inline_interval else ""
    )


VOTE_WORDS: dict[int, Localised] = {
    1: Localised(nl="voor", en="for"),
    2: Localised(nl="voor met voorwaarden", en="for with conditions"),
    3: Localised(nl="tegen", en="against"),
    4: Localised(nl="blanco", en="blank"),
}
"""Outcomes of the vote item; a blank vote is an outcome like the others."""


def vote_sentence(
    tongue: Tongue, outcomes: Sequence[tuple[Localised, Estimate]], support: Estimate, opposition: Estimate
) -> Localised:
    """The vote item: every outcome, blank included, and what may be concluded from them."""
    refusal = _refusal(support)
    if refusal is not None:
        return refusal
    nl = listed_nl([f"{_bare_nl(tongue, e)} {word.nl}" for word, e in outcomes])
    en = listed_en([f"{_bare_en(tongue, e)} {word.en}" for word, e in outcomes])
    opening, guess = tongue.of_whom(), tongue.voice.inline_interval
    sentence = Localised(
        nl=_exploratory_nl(
            support, f"Raadplegende stemvraag: {lowered(opening.nl)} stemt {'naar schatting ' if guess else ''}{nl}."
        ),
        en=_exploratory_en(
            support, f"Consultative vote question: {lowered(opening.en)} {'an estimated ' if guess else ''}{en}."
        ),
    )
    return joined(sentence, vote_conclusion(tongue, support, opposition), uncertainty(tongue, support))


def vote_conclusion(tongue: Tongue, support: Estimate, opposition: Estimate) -> Localised:
    """Above half only when the widest interval lies above half; anything that touches half is divided."""
    if above_half(support):
        return Localised(
            nl=f"Meer dan de helft van {tongue.voice.who.nl} is voor, al dan niet met voorwaarden.",
            en=f"More than half of {tongue.voice.who.en} are for, with or without conditions.",
        )
    if above_half(opposition):
        return Localised(
            nl=f"Meer dan de helft van {tongue.voice.who.nl} is tegen.",
            en=f"More than half of {tongue.voice.who.en} are against.",
        )
    return tongue.voice.divided


def ballot_sentence(kind: SampleKind, definition: BallotDefinition, result: BallotResult) -> Localised:
    """The secret ballot: consultative, among those who voted, and never called anything else."""
    voice = VOICES[kind]
    head = Localised(
        nl=f"Geheime raadplegende stemming: {result.cast} van {result.entitled} stembiljetten ingevuld.",
        en=f"Secret consultative ballot: {result.cast} of {result.entitled} ballots cast.",
    )
    if result.suppressed or not result.shares:
        return joined(head, TOO_FEW)
    parts = [(option.label, result.shares.get(str(option.code))) for option in definition.options]
    shown = [(label, share) for label, share in parts if share is not None and share.value is not None]
    if not shown:
        return joined(head, TOO_FEW)
    how_nl, how_en = ("gewogen per groep", "weighted by group") if result.weighted else ("ongewogen", "unweighted")
    nl = listed_nl([f"{quoted(label).nl} {percent(share.value or 0.0)} procent" for label, share in shown])
    en = listed_en([f"{quoted(label).en} {percent(share.value or 0.0)} percent" for label, share in shown])
    divided = voice.divided if not any(above_half(share) for _, share in shown) else None
    return joined(
        head,
        Localised(nl=f"Uitgebrachte stemmen, {how_nl}: {nl}.", en=f"Votes cast, {how_en}: {en}."),
        divided,
        Localised(
            nl="Niemand kan zien wie wat stemde; daarom staat deze stemming los van de andere cijfers.",
            en="Nobody can see who voted what; therefore this ballot stands apart from the other figures.",
        ),
    )


def group_sentence(
    tongue: Tongue, *, topic: Localised, high: Localised, low: Localised, difference: float, lower: float, upper: float
) -> Localised:
    """A difference between two groups that stands after correction; difference and interval as shares."""
    ends = (percent(abs(difference)), percent(lower), percent(upper))
    return Localised(
        nl=f"We zien een verschil tussen {quoted(high).nl} en {quoted(low).nl} bij {topic.nl} "
        f"({ends[0]} punten, interval {ends[1]} tot {ends[2]}), na correctie voor het aantal vergelijkingen.",
        en=f"We see a difference between {quoted(high).en} and {quoted(low).en} on {topic.en} "
        f"({ends[0]} points, interval {ends[1]} to {ends[2]}), after correction for the number of comparisons.",
    )


def lowered(sentence: str) -> str:
    """With its first letter small, to stand after a colon."""
    return sentence[:1].lower() + sentence[1:]


def _refusal(estimate: Estimate) -> Localised | None:
    """Why no figure may be given, or None."""
    if estimate.flag == "no_answers":
        return NOBODY
    if estimate.value is None:
        return TOO_FEW
    return None


def _exploratory_nl(estimate: Estimate, sentence: str) -> str:
    if estimate.flag != "exploratory":
        return sentence
    return f"Verkennend, minder dan 100 antwoorden: {lowered(sentence)}"


def _exploratory_en(estimate: Estimate, sentence: str) -> str:
    if estimate.flag != "exploratory":
        return sentence
    return f"Exploratory, fewer than 100 answers: {lowered(sentence)}"
