"""Simulated respondents walk the questionnaire: which pages, options, jumps and quotas are reached, in how long.

Answers are random: uniform over the substantive codes, now and then a missing answer, none where none is needed, and
rarely the answer that ends the questionnaire. They say nothing about opinion. Nothing is stored.

A respondent's answers are drawn page by page on their route. Since later pages depend on earlier answers, route and
answers are computed in turn until neither changes: after k turns the first k pages are settled, so it always ends.
"""

import random
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from samenspraak.types.expressions import AnyCondition, AnyTerm, Compare, Constant, OneOf, Profile
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    Attention,
    Info,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Ranking,
    Slider,
    Statement,
)
from samenspraak.types.simulation import (
    ArmCoverage,
    JumpCoverage,
    MinutesExpected,
    OptionChosen,
    PageCoverage,
    QuestionCoverage,
    QuotaFill,
    SimulatedResponse,
    Simulation,
)

from surveys import routing
from surveys.battery import minutes
from surveys.expressions import holds
from surveys.lint.view import every_condition, options, view, walk
from surveys.models import Respondent

MOST = 2000
"""Respondents in one simulation."""
MISSING = 0.08
"""Chance of an answer such as don't know, where there is one."""
ENDING = 0.03
SKIPPED = 0.1
"""Chance of no answer, where none is required."""
ATTENTIVE = 0.9
EASY = 5
"""One in this many takes the easy mode, where there is one."""
WORDS = "Voorbeeldantwoord"
FORMATTED = {"": WORDS, "postcode": "1234 AB", "postcode4": "1234"}


class Walk(NamedTuple):
    """One simulated respondent at the end."""

    who: Respondent
    route: tuple[Page, ...]
    answers: dict[str, AnswerValue]
    completed: bool


def simulate(q: Questionnaire, n: int, seed: int) -> Simulation:
    """Send `n` respondents through the questionnaire, evenly over its arms.

    Raises:
        ValueError: `n` is not between 1 and 2,000.
    """
    if not 1 <= n <= MOST:
        raise ValueError(f"n must be from 1 to {MOST}, not {n}")
    walks = [_walk(q, who, seed) for who in _people(q, n, seed)]
    return _summary(q, walks, seed)


def _people(q: Questionnaire, n: int, seed: int) -> Iterator[Respondent]:
    arms = [arm.key for arm in q.arms] or [""]
    fields = _profiles(q)
    lots = random.Random(seed)
    for number in range(n):
        profile = {field: lots.choice(values) for field, values in fields.items()}
        easy = q.easy is not None and (number // len(arms)) % EASY == EASY - 1
        yield Respondent(arm=arms[number % len(arms)], seed=lots.getrandbits(31), easy=easy, profile=profile)


def _profiles(q: Questionnaire) -> dict[str, list[str]]:
    """For every field that a condition reads the values it is compared with, and one that it is not."""
    values: dict[str, set[str]] = {}
    taken_apart = view(q)
    for one in every_condition(q, (*taken_apart.placed, *taken_apart.replacing)):
        for node, _ in walk(one.condition, ""):
            for field, named in _compared(node):
                values.setdefault(field, {"other"}).update(named)
    return {field: sorted(values[field]) for field in sorted(values)}


def _compared(node: AnyCondition) -> Iterator[tuple[str, list[str]]]:
    if isinstance(node, OneOf) and isinstance(node.term, Profile):
        yield node.term.field, [value for value in node.values if isinstance(value, str)]
    if isinstance(node, Compare):
        sides: list[AnyTerm] = [node.left, node.right]
        named = [side.value for side in sides if isinstance(side, Constant) and isinstance(side.value, str)]
        yield from ((side.field, named) for side in sides if isinstance(side, Profile))


def _walk(q: Questionnaire, who: Respondent, seed: int) -> Walk:
    lots = random.Random(f"{seed}/{who.seed}")
    drawn: dict[tuple[str, tuple[int, ...]], AnswerValue] = {}
    answers: dict[str, AnswerValue] = {}
    while True:
        route = routing.route(q, who, answers)
        given = _answered(q, who, route, lots, drawn)
        if given == answers:
            return Walk(who, route, answers, not _ended(route, answers))
        answers = given


def _answered(
    q: Questionnaire,
    who: Respondent,
    route: Iterable[Page],
    lots: random.Random,
    drawn: dict[tuple[str, tuple[int, ...]], AnswerValue],
) -> dict[str, AnswerValue]:
    """Answers to everything on the route. What was drawn before from the same options stays."""
    answers: dict[str, AnswerValue] = {}
    for page in route:
        for question in page.questions:
            if isinstance(question, Info):
                continue
            shown = routing.options_shown(question, who, answers, q)
            at = (question.key, tuple(option.code for option in shown.options))
            if at not in drawn:
                drawn[at] = draw(question, who, shown.options, shown.top, lots)
            answers[question.key] = drawn[at]
            for option in routing.write_ins(question, drawn[at]):
                answers[f"{question.key}.{option.code}"] = WORDS
    return answers


def draw(
    question: AnyQuestion, who: Respondent, offered: Sequence[Option], most: int, lots: random.Random
) -> AnswerValue:
    """A random answer that the questionnaire accepts.

    Args:
        offered: options shown; of a number the answers beside it.
        most: how many may be chosen or ranked.
    """
    if question.required is not True and lots.random() < SKIPPED:
        return None
    if not offered and not isinstance(question, Open | Statement | Numeric | Slider):
        return None  # a question without options, which the lint reports
    match question:
        case Open():
            return FORMATTED[question.format][: question.max_chars]
        case Statement():
            return lots.choice((1, -1, 0))
        case Numeric() | Slider():
            return _number(question, lots)
        case Matrix():
            return {row.key: _one(offered, lots) for row in question.rows}
        case MaxDiff():
            return _sets(question, who, lots)
        case Multi():
            return _several(question, offered, most, lots)
        case Ranking():
            return lots.sample([option.code for option in offered], lots.randint(min(1, most), most))
        case Attention() if lots.random() < ATTENTIVE:
            return question.expected
        case _:
            return _one(offered, lots)


def _one(offered: Sequence[Option], lots: random.Random) -> int:
    ending = [option.code for option in offered if option.ends]
    missing = [option.code for option in offered if option.missing and not option.ends]
    plain = [option.code for option in offered if not option.ends and not option.missing]
    if ending and lots.random() < ENDING:
        return lots.choice(ending)
    if missing and lots.random() < MISSING:
        return lots.choice(missing)
    return lots.choice(plain or missing or ending)


def _number(question: Numeric | Slider, lots: random.Random) -> int | float:
    if question.options and lots.random() < MISSING:
        return lots.choice(question.options).code
    if isinstance(question, Slider):
        return lots.randrange(question.minimum, question.maximum + 1, question.step)
    scale = 10**question.decimals
    number = lots.randint(question.minimum * scale, question.maximum * scale)
    return number if question.decimals == 0 else number / scale


def _several(question: Multi, offered: Sequence[Option], most: int, lots: random.Random) -> list[int]:
    alone = [option.code for option in offered if option.exclusive]
    free = [option.code for option in offered if not option.exclusive]
    if alone and (not free or lots.random() < MISSING):
        return [lots.choice(alone)]
    most = min(most, len(free))
    return sorted(lots.sample(free, lots.randint(min(max(1, question.minimum), most), most)))


def _sets(question: MaxDiff, who: Respondent, lots: random.Random) -> dict[str, int]:
    chosen: dict[str, int] = {}
    for number, items in enumerate(routing.sets_shown(question, who), 1):
        best, worst = lots.sample([item.code for item in (*items, *items)][: max(2, len(items))], 2)
        chosen |= {f"{number}.best": best, f"{number}.worst": worst}
    return chosen


def _ended(route: Iterable[Page], answers: Mapping[str, AnswerValue]) -> bool:
    return any(
        option.ends and answers.get(question.key) == option.code
        for page in route
        for question in page.questions
        for option in options(question)
    )


def _summary(q: Questionnaire, walks: Sequence[Walk], seed: int) -> Simulation:
    # In the easy mode a page is divided; `page-2` belongs to `page`.
    pages = Counter(key for walk in walks for key in {page.key.partition("-")[0] for page in walk.route})
    asked = Counter(question.key for walk in walks for page in walk.route for question in page.questions)
    keys = list(dict.fromkeys(page.key for page in q.pages))
    questions = {question.key: question for page in q.pages for question in page.questions}
    return Simulation(
        people=len(walks),
        seed=seed,
        completed=sum(walk.completed for walk in walks),
        minutes=_minutes(walks),
        pages=tuple(PageCoverage(key=key, reached=pages[key]) for key in keys),
        pages_never_reached=tuple(key for key in keys if not pages[key]),
        questions=tuple(_question(question, asked[key], walks) for key, question in questions.items()),
        questions_never_asked=tuple(key for key in questions if not asked[key]),
        jumps=tuple(_jumps(q, walks)),
        arms=tuple(ArmCoverage(key=arm.key, people=sum(walk.who.arm == arm.key for walk in walks)) for arm in q.arms),
        quotas=tuple(
            QuotaFill(
                key=quota.key,
                limit=quota.limit,
                counted=sum(walk.completed and holds(quota.when, walk.who, walk.answers) is True for walk in walks),
            )
            for quota in q.quotas
        ),
        rows=tuple(
            SimulatedResponse(
                arm=walk.who.arm,
                seed=walk.who.seed,
                easy=walk.who.easy,
                completed=walk.completed,
                answers=walk.answers,
            )
            for walk in walks
        ),
    )


def _minutes(walks: Sequence[Walk]) -> MinutesExpected:
    times = [minutes(walk.route) for walk in walks if walk.completed]
    if not times:
        return MinutesExpected(mean=0.0, p10=0.0, p50=0.0, p90=0.0)
    tenths = statistics.quantiles(times, n=10, method="inclusive") if len(times) > 1 else times * 9
    mean = round(statistics.fmean(times), 2)
    return MinutesExpected(mean=mean, p10=round(tenths[0], 2), p50=round(tenths[4], 2), p90=round(tenths[8], 2))


def _question(question: AnyQuestion, asked: int, walks: Sequence[Walk]) -> QuestionCoverage:
    chosen: Counter[int] = Counter()
    answered = 0
    for one in walks:
        value = one.answers.get(question.key)
        answered += value is not None
        chosen.update(_codes(value))
    counted = tuple(OptionChosen(code=option.code, people=chosen[option.code]) for option in options(question))
    return QuestionCoverage(key=question.key, asked=asked, answered=answered, options=counted)


def _codes(value: AnswerValue) -> set[int]:
    if isinstance(value, list):
        return set(value)
    if isinstance(value, dict):
        return set(value.values())
    return {value} if isinstance(value, int) else set()


def _jumps(q: Questionnaire, walks: Sequence[Walk]) -> Iterator[JumpCoverage]:
    for page in q.pages:
        followed: Counter[int] = Counter()
        for one in walks if page.next else ():
            if any(shown.key.partition("-")[0] == page.key for shown in one.route):
                followed[_followed(page, one)] += 1
        for number, jump in enumerate(page.next):
            yield JumpCoverage(page=page.key, to=jump.to, followed=followed[number])


def _followed(page: Page, one: Walk) -> int:
    """Which jump was followed, or -1."""
    for number, jump in enumerate(page.next):
        if jump.when is None or holds(jump.when, one.who, one.answers) is True:
            return number
    return -1
