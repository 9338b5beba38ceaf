"""What was written in open answers: concerns by the machine's coding, themes, approved quotes, and agreement.

Coding by people is kept apart: it has its own figures beside the machine's, and the agreement of the two. What few
wrote stays hidden: a concern or theme is shown from ten people on, and only where the others who wrote are none or ten
and more; the themes of a question, which add up, are protected together.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Literal

import msgspec
import numpy as np
from samenspraak.types.application import Application
from samenspraak.types.base import Lang, Localised
from samenspraak.types.estimate import Estimate
from samenspraak.types.estimate import Interval as PublishedInterval
from samenspraak.types.open_answers import (
    Agreement,
    AgreementFigure,
    CodeCount,
    OpenAnswers,
    OpenQuestion,
    ThemeCount,
)
from samenspraak.types.questionnaire import Open

from analytics.arrays import BoolArray
from analytics.disclosure.protect import count_rule
from analytics.disclosure.publish import publish as as_allowed
from analytics.disclosure.thresholds import THRESHOLDS, countable
from analytics.estimates import estimate as analysis
from analytics.estimates.interval import Interval
from analytics.texts import agreement, quotes, themes
from analytics.texts.coding import Coder, LexiconCoder
from analytics.texts.counts import Count, counts
from analytics.texts.screen import blank
from analytics.texts.vectors import Vectors, vectors
from service.reports.estimates import DIGITS, publish, rounded
from service.reports.inputs import ReportInputs
from service.reports.numbers import decimal_en, decimal_nl, percent
from service.reports.sample import Sample
from service.reports.wording import joined
from surveys.filling import Filler
from surveys.instruments import concern_items, instruments
from surveys.models import Recoding
from surveys.open_answers import coder as house_coder
from surveys.open_answers import open_questions

BASE = "wrote"
BASE_PEOPLE = "coded_by_people"


class _Answers(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to one question, one row per respondent."""

    question: Open
    texts: tuple[str, ...]
    """As written; empty where nothing was written."""
    blanked: tuple[str, ...]
    """Without what the screen found."""
    languages: tuple[Lang, ...]
    wrote: BoolArray
    raised: BoolArray
    """n x codes, by the machine."""
    people: dict[int, dict[str, Recoding]]
    """Row -> coder -> what that person made of it."""

    @property
    def n(self) -> int:
        return int(self.wrote.sum())


def section(
    inputs: ReportInputs, sample: Sample, codings: Sequence[Recoding] = (), *, coder: Coder | None = None
) -> OpenAnswers | None:
    """The open answers of an audit; None where the questionnaire has no open question.

    Pure and deterministic: the seed of the audit also draws the subsamples behind the number of themes.

    Args:
        codings: what people made of the answers.
        coder: gives the machine's codes; the lexicon of the house when not given.
    """
    asked = open_questions(inputs.questionnaire)
    if not asked:
        return None
    used = coder or house_coder()
    labels = _labels(inputs.application)
    seed = int(inputs.seed[:8] or "0", 16)
    read = [_read(question, sample, codings, used, tuple(labels)) for question in asked.values()]
    return OpenAnswers(
        coder=used.name,
        themes_rule=themes.RULE,
        questions=tuple(_question(one, sample, labels, seed) for one in read),
        note=joined(BY_LEXICON if isinstance(used, LexiconCoder) else BY_ANOTHER, NOTE),
    )


BY_LEXICON = Localised(
    nl="De computer zoekt in elk antwoord naar woorden van achttien zorgen. Dat gebeurt met een vaste woordenlijst, "
    "zonder taalmodel, en geeft altijd dezelfde uitkomst. Een zorg in ongewone woorden wordt gemist: deze "
    "aandelen zijn eerder te laag dan te hoog.",
    en="The computer looks in each answer for words of eighteen concerns. It uses a fixed list of words, no language "
    "model, and always gives the same result. A concern put in unusual words is missed: these shares are rather "
    "too low than too high.",
)
BY_ANOTHER = Localised(
    nl="De codes zijn gegeven door een programma dat hierboven met naam staat, niet door de woordenlijst van deze "
    "dienst.",
    en="The codes were given by a program that is named above, not by the list of words of this service.",
)
NOTE = Localised(
    nl="Een antwoord kan meer zorgen noemen, of geen. De marges rekenen niet mee dat een code fout kan zijn; de "
    "overeenstemming met een medewerker laat zien hoe vaak dat is, en diens eigen telling staat ernaast. Thema's "
    "zijn gevonden in de antwoorden zelf en zijn een manier van lezen, geen meting. Niet iedereen schrijft iets "
    "op: de cijfers gaan over wie schreef. Aantallen onder de tien staan er niet bij. Een citaat is een heel "
    "antwoord: een zeef op persoonsgegevens hield het niet tegen en een medewerker keurde het goed.",
    en="An answer may name several concerns, or none. The margins leave out that a code may be wrong; the agreement "
    "with a member of staff shows how often that is, and their own count stands beside it. Themes are found in "
    "the answers themselves and are a way of reading, not a measurement. Not everybody writes something: the "
    "figures are about those who wrote. Numbers under ten are left out. A quote is a whole answer: a screen for "
    "personal data did not stop it, and a member of staff approved it.",
)


def _labels(application: Application) -> dict[str, Localised]:
    """Concern -> what the questionnaire calls it, also where this form does not ask it."""
    fill = Filler.of(application)
    items = {item.id: item for item in instruments().items}
    return {code: fill(items[key].nl, items[key].en) for code, key in concern_items().items()}


def _read(
    question: Open, sample: Sample, codings: Sequence[Recoding], coder: Coder, codes: tuple[str, ...]
) -> _Answers:
    given = [person.answers.get(question.key) for person in sample.respondents]
    texts = tuple(value.strip() if isinstance(value, str) else "" for value in given)
    languages: tuple[Lang, ...] = tuple("en" if person.language == "en" else "nl" for person in sample.respondents)
    blanked = tuple(blank(text) if text else "" for text in texts)
    raised = np.zeros((len(texts), len(codes)), dtype=bool)
    for place in (place for place, text in enumerate(texts) if text):
        found = coder.code(blanked[place], languages[place]).codes
        raised[place] = [code in found for code in codes]
    row_of = {person.respondent_id: row for row, person in enumerate(sample.respondents)}
    people: dict[int, dict[str, Recoding]] = {}
    for one in codings:
        row = row_of.get(str(one.respondent_id))
        if one.question == question.key and row is not None and texts[row]:
            people.setdefault(row, {})[str(one.coder)] = one
    return _Answers(
        question=question,
        texts=texts,
        blanked=blanked,
        languages=languages,
        wrote=np.array([bool(text) for text in texts], dtype=bool),
        raised=raised,
        people=people,
    )


def _question(answers: _Answers, sample: Sample, labels: Mapping[str, Localised], seed: int) -> OpenQuestion:
    if answers.n < THRESHOLDS.suppressed_under:
        return OpenQuestion(key=answers.question.key, question=answers.question.text, wrote=None)
    spoken = vectors(answers.blanked, answers.languages)
    approved = _approved(answers)
    quoted: set[int] = set()
    found = tuple(_themes(answers, sample, spoken, approved, quoted, seed))
    codes = _codes(answers, sample, labels, spoken, approved, quoted)
    silent = int((answers.wrote & ~answers.raised.any(axis=1)).sum())
    coded = len(answers.people)
    return OpenQuestion(
        key=answers.question.key,
        question=answers.question.text,
        wrote=answers.n,
        without_code=silent if countable(silent, answers.n) else None,
        codes=codes,
        themes=found,
        agreement=tuple(_agreements(answers, tuple(labels), sample.plan.level)),
        coded_by_people=coded if countable(coded, answers.n) else None,
        coders=len({coder for one in answers.people.values() for coder in one}),
    )


def _approved(answers: _Answers) -> frozenset[int]:
    """Answers that a person approved as a quote; none where people were not told that they might be quoted."""
    if not answers.question.quotable:
        return frozenset()
    return frozenset(row for row, made in answers.people.items() if any(one.quote_approved for one in made.values()))


def _codes(
    answers: _Answers,
    sample: Sample,
    labels: Mapping[str, Localised],
    spoken: Vectors,
    approved: frozenset[int],
    quoted: set[int],
) -> tuple[CodeCount, ...]:
    machine = _counted(sample, answers.raised, answers.wrote)
    human = _by_people(answers, sample, tuple(labels))
    order = sorted(range(len(labels)), key=lambda i: (-_place(machine[i], answers.n), i))
    found = []
    for i in order:
        code = list(labels)[i]
        shown = countable(machine[i].people, answers.n)
        found.append(
            CodeCount(
                code=code,
                label=labels[code],
                people=machine[i].people if shown else None,
                share=publish(sample, machine[i].share, base=BASE, hidden=not shown),
                total=_total(sample, machine[i].total, hidden=not shown),
                by_people=human.get(code),
                quotes=_quotes(answers, answers.raised[:, i], spoken, approved, quoted) if shown else (),
            )
        )
    return tuple(found)


def _place(count: Count, wrote: int) -> float:
    """What a code is sorted by: its share, or nothing where it stays hidden."""
    return (count.share.value or 0.0) if countable(count.people, wrote) else -1.0


def _by_people(answers: _Answers, sample: Sample, codes: Sequence[str]) -> dict[str, Estimate]:
    """Shares among the answers that people coded; a code counts where more than half of an answer's coders gave it."""
    if not answers.people:
        return {}
    base = np.zeros(len(answers.texts), dtype=bool)
    raised = np.zeros_like(answers.raised)
    for row, made in answers.people.items():
        base[row] = True
        raised[row] = [2 * sum(code in one.codes for one in made.values()) > len(made) for code in codes]
    found = _counted(sample, raised, base)
    return {
        code: publish(sample, one.share, base=BASE_PEOPLE, hidden=not countable(one.people, int(base.sum())))
        for code, one in zip(codes, found, strict=True)
    }


def _themes(
    answers: _Answers,
    sample: Sample,
    spoken: Vectors,
    approved: frozenset[int],
    quoted: set[int],
    seed: int,
) -> Iterator[ThemeCount]:
    found = themes.find(spoken, seed=seed).themes
    members = np.zeros((len(answers.texts), len(found)), dtype=bool)
    for number, theme in enumerate(found):
        members[list(theme.rows), number] = True
    sizes = {str(number): len(theme.rows) for number, theme in enumerate(found)}
    hidden = count_rule(sizes, answers.n)
    for number, (theme, count) in enumerate(zip(found, _counted(sample, members, answers.wrote), strict=True)):
        if str(number) not in hidden and theme.words:
            yield ThemeCount(
                words=theme.words,
                people=count.people,
                share=publish(sample, count.share, base=BASE),
                total=_total(sample, count.total, hidden=False),
                stability=round(theme.stability, 2),
                quotes=_quotes(answers, members[:, number], spoken, approved, quoted),
            )


def _counted(sample: Sample, raised: BoolArray, base: BoolArray) -> tuple[Count, ...]:
    return counts(raised, base, sample.design, level=sample.plan.level, method=sample.plan.interval_method)


def _total(sample: Sample, total: analysis.Estimate, *, hidden: bool) -> Estimate:
    """A weighted number of people. The allowance for who took part is one for shares, and not given here."""
    return rounded(as_allowed(total, base=BASE, sample_kind=sample.kind, hidden=hidden))


def _quotes(
    answers: _Answers, group: BoolArray, spoken: Vectors, approved: frozenset[int], quoted: set[int]
) -> tuple[str, ...]:
    """Approved answers of a group; what was quoted once is not quoted again."""
    chosen = quotes.choose(answers.texts, group, spoken, approved=approved, used=quoted)
    quoted.update(one.row for one in chosen)
    return tuple(one.text for one in chosen)


def _agreements(answers: _Answers, codes: tuple[str, ...], level: float) -> Iterator[Agreement]:
    """People against the machine, and the two people with the most answers in common, where both coded ten or more."""
    pairs = [(row, one) for row, made in sorted(answers.people.items()) for one in made.values()]
    if len({row for row, _ in pairs}) >= THRESHOLDS.suppressed_under:
        person = _matrix([one for _, one in pairs], codes)
        rows = np.array([row for row, _ in pairs], dtype=np.int64)
        found = agreement.agreements(person, answers.raised[rows], codes, clusters=rows, level=level)
        yield _agreement("person_machine", found, len(set(rows.tolist())))
    both = _most_shared(answers)
    if len(both) >= THRESHOLDS.suppressed_under:
        first, second = (_matrix([pair[i] for pair in both], codes) for i in (0, 1))
        yield _agreement("two_people", agreement.agreements(first, second, codes, level=level), len(both))


def _most_shared(answers: _Answers) -> list[tuple[Recoding, Recoding]]:
    """What the two coders with the most answers in common made of those answers."""
    coders = sorted({coder for made in answers.people.values() for coder in made})
    shared = [
        [(made[a], made[b]) for _, made in sorted(answers.people.items()) if a in made and b in made]
        for a, b in combinations(coders, 2)
    ]
    return max(shared, key=len, default=[])


def _matrix(made: Sequence[Recoding], codes: tuple[str, ...]) -> BoolArray:
    return np.array([[code in one.codes for code in codes] for one in made], dtype=bool).reshape(len(made), len(codes))


Kind = Literal["person_machine", "two_people"]

WHO: dict[Kind, Localised] = {
    "person_machine": Localised(nl="Een medewerker en de computer", en="A member of staff and the computer"),
    "two_people": Localised(nl="Twee medewerkers", en="Two members of staff"),
}


def _agreement(kind: Kind, found: agreement.Agreements, answers: int) -> Agreement:
    """The published form; a code by itself only where each coder gave it to ten answers or more."""
    shown = {
        code: _figure(one, answers)
        for code, one in found.codes.items()
        if one.kappa is not None and min(one.first, one.second) >= THRESHOLDS.suppressed_under
    }
    overall = _figure(found.overall, answers)
    return Agreement(kind=kind, overall=overall, codes=shown, sentence=_sentence(WHO[kind], overall))


def _sentence(who: Localised, overall: AgreementFigure) -> Localised:
    """How far two coders agree, in words."""
    if overall.kappa is None or overall.agreed is None:
        return Localised(
            nl=f"{who.nl} gaven samen te weinig codes om de overeenstemming te meten.",
            en=f"{who.en} gave too few codes to measure how far they agree.",
        )
    margin = overall.interval
    nl, en = decimal_nl(overall.kappa, 2), decimal_en(overall.kappa, 2)
    if margin is not None:
        level = percent(margin.level)
        nl += f" ({level}%-interval {decimal_nl(margin.lower, 2)} tot {decimal_nl(margin.upper, 2)})"
        en += f" ({level} percent interval {decimal_en(margin.lower, 2)} to {decimal_en(margin.upper, 2)})"
    return Localised(
        nl=f"{who.nl} codeerden {overall.answers} dezelfde antwoorden. Per code zeiden zij in "
        f"{percent(overall.agreed)} procent van de antwoorden hetzelfde; Cohens kappa is gemiddeld {nl}.",
        en=f"{who.en} coded the same {overall.answers} answers. Code by code they said the same for "
        f"{percent(overall.agreed)} percent of the answers; Cohen's kappa is {en} on average.",
    )


def _figure(found: agreement.Agreement, answers: int) -> AgreementFigure:
    return AgreementFigure(
        answers=answers,
        agreed=_digits(found.agreed),
        agreed_interval=_interval(found.agreed_interval),
        kappa=_digits(found.kappa),
        se=_digits(found.se),
        interval=_interval(found.interval),
    )


def _interval(found: Interval | None) -> PublishedInterval | None:
    if found is None:
        return None
    lower, upper = round(found.lower, DIGITS), round(found.upper, DIGITS)
    return PublishedInterval(lower=lower + 0.0, upper=upper + 0.0, level=found.level, method=found.method)


def _digits(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS) + 0.0
