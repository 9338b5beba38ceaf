"""Synthetic inputs for reports: a made-up sample with known leanings, seeded, of any size and sample kind."""

import csv
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from samenspraak import examples
from samenspraak.canonical import content_hash
from samenspraak.types.application import Application, Variant
from samenspraak.types.audit import ClosingRule, DrawPlan, Plan, Schedule, WeightingPlan
from samenspraak.types.ballot import BallotDefinition, BallotOption, BallotResult, CellCount
from samenspraak.types.base import Localised, SampleKind
from samenspraak.types.estimate import Estimate, Interval
from samenspraak.types.margins import MarginDimension, MarginLevel, MarginSet
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Attention,
    Form,
    Knowledge,
    Likert,
    Multi,
    Open,
    Questionnaire,
    Ranking,
    Scale,
    Single,
    VoteItem,
)

from panels.coding import AGE3, AGE7, LANDSDEEL
from service.audits import plans
from service.reports.inputs import Invited, ReportInputs, Respondent
from surveys import battery

OPENED = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CLOSED = datetime(2026, 11, 16, 22, 0, tzinfo=UTC)
GENERATED = datetime(2026, 11, 17, 3, 30, tzinfo=UTC)
SEED = "5f" * 16
AUDIT = "0199a1b2-0000-7000-8000-000000000001"


def margin_set() -> MarginSet:
    """The default margins of the pack: sex x age, province, education, 18+."""
    text = (files("panels") / "data" / "nl_weighting_default.csv").read_text(encoding="utf-8")
    dimensions: dict[str, list[MarginLevel]] = {}
    for row in csv.DictReader(text.splitlines()):
        level = MarginLevel(
            code=row["category_code"],
            label_nl=row["label_nl"],
            label_en=row["label_en"],
            population=int(row["population"]),
            share=float(row["share"]),
            reference_date=row["reference_date"],
            source="CBS",
            provenance="derived-from-read",
        )
        dimensions.setdefault(row["rake_dimension"], []).append(level)
    return MarginSet(
        id="margins-1",
        name="nl",
        base="18+",
        population=14_000_000,
        dimensions=tuple(
            MarginDimension(key=key, source_dimension=key, levels=tuple(levels)) for key, levels in dimensions.items()
        ),
        content_hash="0" * 64,
        imported_at=OPENED,
    )


def inputs(
    *,
    n: int = 1000,
    kind: SampleKind = "simulated",
    form: Form = "standard",
    seed: int = 7,
    application: str = "scanauto-parkeren",
    without_opinion: float = 0.06,
    ballot: bool = True,
    weighting: WeightingPlan | None = None,
    respondents: Sequence[Respondent] | None = None,
    decisions: Mapping[str, str] | None = None,
    variants: bool = False,
) -> ReportInputs:
    """Inputs of a report on `n` respondents drawn with `seed`; keywords override."""
    app = examples.load(application)
    if variants:
        app = msgspec.structs.replace(app, variants=[variant(app)])
    questionnaire = battery.build(app, form=form)
    people = respondents if respondents is not None else sample(questionnaire, n=n, seed=seed, lost=without_opinion)
    plan = Plan(
        audit_id=AUDIT,
        application_id=app.id,
        application_version=1,
        questionnaire_hash=content_hash(questionnaire),
        margins_id="margins-1",
        margins_hash="0" * 64,
        sample_kind=kind,
        target_completes=max(len(people), 1),
        closing=ClosingRule(completes=max(len(people), 1)),
        schedule=Schedule(),
        draw=DrawPlan(seed_commitment=hashlib.sha256(SEED.encode()).hexdigest()),
        weighting=weighting or WeightingPlan(),
        subgroups=("sex", "age3", "education3", "landsdeel", "digital_skill", "experience"),
        ballot=definition() if ballot else None,
        detectable_difference=plans.detectable(max(len(people), 1), len(questionnaire.variants)),
        frozen_at=OPENED,
        **(decisions or {}),
    )
    return ReportInputs(
        audit_id=AUDIT,
        plan=plan,
        plan_hash=content_hash(plan),
        questionnaire=questionnaire,
        questionnaire_hash=content_hash(questionnaire),
        margins=margin_set(),
        application=app,
        invited=2 * len(people) + 40,
        dispositions={"completed": len(people), "sent": len(people) + 25, "declined": 10, "undeliverable": 5},
        respondents=tuple(people),
        ballot=ballot_result(len(people), kind) if ballot else None,
        opened_at=OPENED,
        closed_at=CLOSED,
        generated_at=GENERATED,
        seed=SEED,
        frame=frame(people),
    )


def variant(app: Application) -> Variant:
    """The same application with another right answer to who decides, and one sentence more in its description."""
    human = app.comprehension.human
    other = next(option.code for option in human.options if option.code not in (human.correct, 98))
    keys = msgspec.structs.replace(app.comprehension, human=msgspec.structs.replace(human, correct=other))
    nl, en = app.description.nl, app.description.en
    longer = msgspec.structs.replace(
        app.description,
        nl=[*nl[:-1], msgspec.structs.replace(nl[-1], text=f"{nl[-1].text} De computer besluit zelf.")],
        en=[*en[:-1], msgspec.structs.replace(en[-1], text=f"{en[-1].text} The computer decides by itself.")],
    )
    label = Localised(nl="de computer besluit zelf", en="the computer decides by itself")
    return Variant(key="alone", label=label, description=longer, comprehension=keys)


def frame(people: Sequence[Respondent]) -> tuple[Invited, ...]:
    """Everybody invited: those who took part, and as many and forty more who did not, younger and less schooled."""
    rng = np.random.default_rng(11)
    took = [Invited(probability=p.probability, profile=p.profile, responded=True) for p in people]
    away = []
    for _ in range(len(people) + 40):
        band = str(rng.choice([code for _, code in AGE3], p=[0.45, 0.4, 0.15]))
        province = str(rng.choice(list(LANDSDEEL)))
        profile: dict[str, str | None] = {
            "sex": "M" if rng.random() < 0.5 else "V",
            "age3": band,
            "education3": str(rng.choice(["1", "2", "3"], p=[0.3, 0.4, 0.3])),
            "landsdeel": LANDSDEEL[province],
        }
        away.append(Invited(probability=float(rng.choice([0.25, 0.4, 0.5])), profile=profile, responded=False))
    return (*took, *away)


def sample(questionnaire: Questionnaire, *, n: int, seed: int, lost: float = 0.06) -> list[Respondent]:
    """Respondents who lean higher-educated and older, as panels do; opinions differ by education and digital skill."""
    rng = np.random.default_rng(seed)
    return [_person(questionnaire, rng, number, lost) for number in range(n)]


def replaced(person: Respondent, **changes: Any) -> Respondent:
    """The same person with some fields or answers changed: `answers` and `profile` are merged, the rest replaced."""
    merged: dict[str, Any] = dict(changes)
    for field in ("answers", "profile"):
        if field in merged:
            merged[field] = {**getattr(person, field), **merged[field]}
    return msgspec.structs.replace(person, **merged)


def _person(questionnaire: Questionnaire, rng: np.random.Generator, number: int, lost: float) -> Respondent:
    age = int(rng.choice([21, 30, 40, 50, 60, 70, 78], p=[0.06, 0.13, 0.16, 0.19, 0.21, 0.17, 0.08]))
    sex = "M" if rng.random() < 0.52 else "V"
    province = str(rng.choice(list(LANDSDEEL)))
    education = str(rng.choice(["1", "2", "3"], p=[0.14, 0.34, 0.52]))
    band7 = next(code for start, code in reversed(AGE7) if age >= start)
    profile: dict[str, str | None] = {
        "sex": sex,
        "age7": band7,
        "age3": next(code for start, code in reversed(AGE3) if age >= start),
        "sex_age": f"{sex}_{band7}",
        "province": province,
        "landsdeel": LANDSDEEL[province],
        "education3": education,
        "education": "Y" if band7 == "18-24" else education,
    }
    skill = rng.normal(0.3 * (int(education) - 2) - 0.02 * (age - 45), 1.0)
    lean = 0.45 * (int(education) - 2) + 0.25 * skill + rng.normal(0, 0.7)
    answers: dict[str, AnswerValue] = {}
    for page in questionnaire.pages:
        for question in page.questions:
            value = _answer(question, rng, lean, skill, lost, answers)
            if value is not None:
                answers[question.key] = value
    flags = tuple(flag for flag, share in (("speeding", 0.09), ("attention", 0.08)) if rng.random() < share)
    if flags and rng.random() < 0.5:
        flags = (*flags, "straight_lining")
    return Respondent(
        respondent_id=str(UUID(bytes=rng.bytes(16), version=4)),
        probability=float(rng.choice([0.25, 0.4, 0.5])),
        profile=profile,
        arm=questionnaire.arms[number % len(questionnaire.arms)].key,
        language="nl" if rng.random() < 0.95 else "en",
        answers=answers,
        flags=flags,
        seconds=float(rng.lognormal(6.3, 0.4)),
    )


def _answer(
    question: AnyQuestion,
    rng: np.random.Generator,
    lean: float,
    skill: float,
    lost: float,
    given: dict[str, AnswerValue],
) -> AnswerValue:
    if isinstance(question, Open):
        return "Wie kijkt er mee?" if rng.random() < 0.3 else None
    if isinstance(question, Knowledge):
        wrong = [option.code for option in question.options if option.code != question.correct]
        return question.correct if rng.random() < 0.75 else int(rng.choice(wrong))
    if isinstance(question, Attention):
        return question.expected if rng.random() < 0.95 else 4
    if isinstance(question, VoteItem):
        place = int(np.searchsorted([-0.5, 0.5], -lean + rng.normal(0, 0.6)))
        return place + 1 if rng.random() > 0.07 else 4
    if isinstance(question, Multi):
        codes = [option.code for option in question.options if not option.exclusive]
        chosen = sorted(code for place, code in enumerate(codes) if rng.random() < 0.5 / (1 + 0.15 * place))
        return chosen or [question.options[-1].code]
    if isinstance(question, Ranking):
        return _ranked(question, rng, given)
    if isinstance(question, (Likert, Scale, Single)):
        return _scaled(question, rng, lean, skill, lost)
    return None


def _ranked(question: Ranking, rng: np.random.Generator, given: dict[str, AnswerValue]) -> AnswerValue:
    keys = battery.concern_codes()
    codes = [option.code for option in question.options]
    if question.options_from == "concerns":
        codes = [code for code in codes if isinstance(v := given.get(keys[code]), int) and 3 <= v <= 5]
    elif question.options_from:
        chosen = given.get(question.options_from)
        codes = [code for code in codes if isinstance(chosen, list) and code in chosen]
    if not codes:
        return None
    weights = np.linspace(2.0, 1.0, len(codes))
    size = min(question.top, len(codes))
    return [int(code) for code in rng.choice(codes, size=size, replace=False, p=weights / weights.sum())]


def _scaled(
    question: Likert | Scale | Single, rng: np.random.Generator, lean: float, skill: float, lost: float
) -> AnswerValue:
    missing = [option.code for option in question.options if option.missing]
    if missing and rng.random() < lost:
        return missing[0]
    codes = [option.code for option in question.options if not option.missing]
    latent = skill if question.key == "DM_DIGI" else lean
    if question.report == "concern":
        shift = (int.from_bytes(question.key.encode(), "big") % 7) / 10
        latent = 0.4 - lean + shift
    share = 1 / (1 + np.exp(-(0.9 * latent + rng.normal(0, 0.8))))
    return int(codes[min(int(share * len(codes)), len(codes) - 1)])


def definition() -> BallotDefinition:
    words = (("Ja", "Yes"), ("Nee", "No"), ("Blanco", "Blank"))
    return BallotDefinition(
        proposition=Localised(nl="Mag de gemeente de scanauto gebruiken?", en="May the city use the scan car?"),
        options=tuple(BallotOption(code=code, label=Localised(nl=nl, en=en)) for code, (nl, en) in enumerate(words, 1)),
        arguments_for=(Localised(nl="Het gaat sneller.", en="It is faster."),),
        arguments_against=(Localised(nl="Fouten vallen niet op.", en="Mistakes go unseen."),),
    )


def ballot_result(n: int, kind: SampleKind) -> BallotResult:
    """A count of about nine in ten of the respondents, in two cells."""
    cast = max(int(0.9 * n), 40)
    yes, no = int(0.47 * cast), int(0.41 * cast)
    counts = {"1": yes, "2": no, "3": cast - yes - no}
    shares = {
        code: Estimate(
            value=round(count / cast, 6),
            se=0.017,
            interval=Interval(lower=round(count / cast - 0.033, 6), upper=round(count / cast + 0.033, 6)),
            n=cast,
            n_eff=float(cast),
            deff=1.0,
            base="cast",
            flag="ok",
            sample_kind=kind,
        )
        for code, count in counts.items()
    }
    return BallotResult(
        definition_hash=content_hash(definition()),
        entitled=n,
        cast=cast,
        counts=counts,
        shares=shares,
        weighted=True,
        cells=(CellCount(cell="all", counts=counts, weight=1.0),),
        receipts=(),
        digest="d" * 64,
    )
