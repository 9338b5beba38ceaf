"""Conditions that can never be true, by interval and set analysis.

Every term has a domain: the numbers, codes or texts it can take by its question. A condition cuts domains down; `or`
joins what its parts leave, `not` turns comparisons round (abstract interpretation, P. and R. Cousot, 1977). What
remains covers every case there is, so where nothing remains the condition is certainly never true. The reverse does
not hold: a condition that is not reported may still be impossible. Work grows with the size of the condition.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from samenspraak.types.expressions import (
    AllOf,
    Answered,
    AnswerOf,
    AnyCondition,
    AnyOf,
    AnyTerm,
    Chosen,
    Compare,
    Constant,
    Count,
    Has,
    InArm,
    Not,
    OneOf,
    Profile,
)
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Consent,
    Info,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Ranking,
    Single,
    Slider,
)

from surveys.expressions import holds
from surveys.lint.view import codes, options
from surveys.models import Respondent


class Numbers(NamedTuple):
    """Numbers on a grid of 1 / `scale`: disjoint closed spans in grid steps, ascending."""

    spans: tuple[tuple[int, int], ...]
    scale: int = 1


class Texts(NamedTuple):
    """Texts: only `allowed` (None: any), never `barred`."""

    allowed: frozenset[str] | None = None
    barred: frozenset[str] = frozenset()


class World(NamedTuple):
    """What conditions are about.

    `questions`: every question that may be asked under a key. `arms`: keys of the arms, one empty key without arms.
    `silent`: keys of questions that nobody is ever asked.
    """

    questions: Mapping[str, tuple[AnyQuestion, ...]]
    arms: tuple[str, ...] = ("",)
    silent: frozenset[str] = frozenset()


Domain = Numbers | Texts
Variable = tuple[str, str, str]
State = Mapping[Variable, Domain]

NOTHING = Numbers(())
FALSE, TRUE, EITHER = Numbers(((0, 0),)), Numbers(((1, 1),)), Numbers(((0, 1),))
OPPOSITE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}


def never(condition: AnyCondition, world: World) -> bool:
    """Whether no answers at all make the condition true.

    A question that was answered was shown, so the conditions of the questions it reads hold as well.
    """
    state = _narrow(condition, True, {}, world)
    if state is None:
        return True
    heard = [key for (what, key, _), domain in state.items() if what == "answered" and domain == TRUE]
    for key in heard:
        shown_if = {question.show_if for question in world.questions.get(key, ())}
        (only,) = shown_if if len(shown_if) == 1 else (None,)
        if only is not None:
            state = _narrow(only, True, state, world)
            if state is None:
                return True
    return False


def always(condition: AnyCondition, world: World) -> bool:
    """Whether the condition cannot be false once every question it reads is answered."""
    return _narrow(condition, False, {}, world) is None


def _narrow(condition: AnyCondition, want: bool, state: State, world: World) -> State | None:
    """The state that covers every case in which the condition has the wanted truth; None when there is none."""
    match condition:
        case Not(of=part):
            return _narrow(part, not want, state, world)
        case AllOf(of=parts):
            return _every(parts, want, state, world) if want else _some(parts, want, state, world)
        case AnyOf(of=parts):
            return _some(parts, want, state, world) if want else _every(parts, want, state, world)
        case Compare():
            return _compare(condition, want, state, world)
        case OneOf():
            return _one_of(condition, want, state, world)
        case Has():
            return _has(condition.question, condition.code, want, state, world)
        case Answered(question=question, row=row):
            start = FALSE if question in world.silent else EITHER
            return _meet(state, ("answered", question, row), start, TRUE if want else FALSE)
        case InArm(key=key):
            inside = tuple((n, n) for n, arm in enumerate(world.arms) if (key in (arm, *arm.split("/"))) == want)
            everything = Numbers(tuple((n, n) for n in range(len(world.arms))))
            return _meet(state, ("arm", "", ""), everything, Numbers(inside))


def _every(parts: Iterable[AnyCondition], want: bool, state: State, world: World) -> State | None:
    """Plain comparisons first: they cut most, and what they leave decides the rest."""
    found: State | None = state
    for part in sorted(parts, key=lambda part: isinstance(part, AllOf | AnyOf | Not)):
        if found is not None:
            found = _narrow(part, want, found, world)
    return found


def _some(parts: Iterable[AnyCondition], want: bool, state: State, world: World) -> State | None:
    left = [narrowed for part in parts if (narrowed := _narrow(part, want, state, world)) is not None]
    if not left:
        return None
    shared = set(left[0]).intersection(*left[1:])
    return {variable: _union([one[variable] for one in left]) for variable in shared}


def _compare(condition: Compare, want: bool, state: State, world: World) -> State | None:
    left, right = condition.left, condition.right
    test = condition.test if want else OPPOSITE[condition.test]
    if isinstance(left, Constant) and isinstance(right, Constant):
        return state if holds(condition, Respondent(), {}) is want else None
    if isinstance(left, Constant):
        left, right, test = right, left, MIRRORED[test]
    if isinstance(right, Constant):
        return _with_constant(left, test, right.value, state, world)
    if left == right:
        return state if test in ("eq", "le", "ge") else None
    return state if _may(_current(left, state, world), test, _current(right, state, world)) else None


def _with_constant(term: AnyTerm, test: str, value: int | float | str, state: State, world: World) -> State | None:
    variable, start = _domain(term, world)
    if start is None:
        return state
    if variable is None:
        return None if _empty(_cut(_current(term, state, world) or start, test, value)) else state
    narrowed = _meet(state, variable, start, _cut(state.get(variable, start), test, value))
    return _heard(narrowed, variable, world)


def _one_of(condition: OneOf, want: bool, state: State, world: World) -> State | None:
    term = condition.term
    if isinstance(term, AnswerOf) and _is(world.questions.get(term.question, ()), Multi | Ranking):
        numbers = [value for value in condition.values if isinstance(value, int)]
        found = [_has(term.question, code, want, state, world) for code in numbers]
        if want:
            possible = [one for one in found if one is not None]
            return possible[0] if len(numbers) == 1 and possible else (state if possible else None)
        return _every([Has(question=term.question, code=code) for code in numbers], False, state, world)
    variable, start = _domain(term, world)
    if start is None or variable is None:
        return state
    domain = state.get(variable, start)
    alike = [value for value in condition.values if _comparable(domain, value)]
    if not alike:
        return None
    domain = _among(domain, alike, want)
    return _heard(_meet(state, variable, start, domain), variable, world)


def _has(question: str, code: int, want: bool, state: State, world: World) -> State | None:
    versions = world.questions.get(question, ())
    if not versions:
        return state
    if question in world.silent or (want and _is(versions, Open | Info)):
        return None
    if _is(versions, Open):
        return state
    if not _is(versions, Multi | Ranking | Matrix | MaxDiff):
        return _with_constant(AnswerOf(question=question), "eq" if want else "ne", code, state, world)
    known = any(code in codes(version) for version in versions)
    variable = ("has", question, str(code))
    narrowed = _meet(state, variable, EITHER if known else FALSE, TRUE if want else FALSE)
    return _heard(narrowed, ("answer", question, ""), world)


def _domain(term: AnyTerm, world: World) -> tuple[Variable | None, Domain | None]:
    """Variable and domain of a term. Without a domain nothing is known about it; without a variable nothing is kept."""
    match term:
        case AnswerOf(question=question, row=row):
            return ("answer", question, row), _answers(world.questions.get(question, ()), row, question in world.silent)
        case Chosen(question=question):
            versions = world.questions.get(question, ())
            most = max((_most(version) for version in versions), default=None)
            start = NOTHING if question in world.silent else None if most is None else Numbers(((0, most),))
            return ("chosen", question, ""), start
        case Profile(field=field):
            return ("profile", field, ""), Texts()
        case Count(of=parts):
            return None, Numbers(((0, len(parts)),))
        case _:
            return None, None


def _current(term: AnyTerm, state: State, world: World) -> Domain | None:
    """What a term can be by now. Of a count: between none and all the conditions that are possible."""
    if isinstance(term, Count):
        possible = sum(_narrow(part, True, state, world) is not None for part in term.of)
        return Numbers(((0, possible),))
    variable, start = _domain(term, world)
    return start if variable is None or start is None else state.get(variable, start)


def _answers(versions: tuple[AnyQuestion, ...], row: str, silent: bool) -> Domain | None:
    """What may be stored. `ends`: nobody who chose it is asked anything later."""
    if silent:
        return NOTHING
    if not versions:
        return None
    first = versions[0]
    if any(type(version) is not type(first) for version in versions):
        return None
    if isinstance(first, Open):
        return Texts()
    if isinstance(first, Info | Multi | Ranking) or (isinstance(first, Matrix | MaxDiff) and not row):
        return NOTHING
    scale = max(10**version.decimals if isinstance(version, Numeric) else 1 for version in versions)
    spans = [
        (version.minimum * scale, version.maximum * scale)
        for version in versions
        if isinstance(version, Numeric | Slider) and version.minimum <= version.maximum
    ]
    spans += [(code * scale, code * scale) for version in versions for code in codes(version) - _ending(version)]
    return Numbers(_merged(spans), scale)


def _ending(question: AnyQuestion) -> frozenset[int]:
    if not isinstance(question, Consent | Single):
        return frozenset()
    return frozenset(option.code for option in question.options if option.ends)


def _most(question: AnyQuestion) -> int:
    """How many codes an answer can hold."""
    match question:
        case Multi(maximum=int(most)):
            return most
        case Multi():
            return len(question.options)
        case Ranking():
            return min(question.top, len(question.options))
        case Matrix():
            return len(question.rows)
        case MaxDiff():
            return 2 * question.sets
        case Open() | Info():
            return 0
        case _:
            return 1 if options(question) or codes(question) or isinstance(question, Numeric | Slider) else 0


def _is(versions: tuple[AnyQuestion, ...], kinds: object) -> bool:
    return bool(versions) and all(isinstance(version, kinds) for version in versions)  # type: ignore[arg-type]


def _meet(state: State, variable: Variable, start: Domain, wanted: Domain) -> State | None:
    domain = _intersection(state.get(variable, start), wanted)
    return None if _empty(domain) else {**state, variable: domain}


def _heard(state: State | None, variable: Variable, world: World) -> State | None:
    """An answer that was compared was given."""
    what, question, row = variable
    if state is None or what != "answer":
        return state
    return _meet(state, ("answered", question, row), EITHER, TRUE)


def _cut(domain: Domain, test: str, value: int | float | str) -> Domain:
    """The part of a domain for which the comparison with a constant is true; nothing where it is unknown."""
    if not _comparable(domain, value):
        return NOTHING
    if isinstance(domain, Texts):
        word = frozenset({str(value)})
        if test == "eq":
            return _intersection(domain, Texts(word))
        return Texts(domain.allowed, domain.barred | word) if test == "ne" else NOTHING
    if isinstance(value, float) and not math.isfinite(value):
        return domain
    at = Fraction(str(value)) * domain.scale
    low, high = math.floor(at), math.ceil(at)
    match test:
        case "eq":
            return _within(domain, low, high) if low == high else Numbers((), domain.scale)
        case "ne":
            if low != high:
                return domain
            return _union([_within(domain, None, low - 1), _within(domain, low + 1, None)])
        case "lt":
            return _within(domain, None, high - 1)
        case "le":
            return _within(domain, None, low)
        case "gt":
            return _within(domain, low + 1, None)
        case _:
            return _within(domain, high, None)


def _among(domain: Domain, values: Sequence[int | str], want: bool) -> Domain:
    """The part of a domain that is one of the values, or none of them."""
    if isinstance(domain, Texts):
        words = frozenset(map(str, values))
        return _intersection(domain, Texts(words)) if want else Texts(domain.allowed, domain.barred | words)
    numbers = _merged((value * domain.scale,) * 2 for value in values if isinstance(value, int))
    if want:
        return _intersection(domain, Numbers(numbers, domain.scale))
    if not domain.spans:
        return domain
    begins = [domain.spans[0][0], *(high + 1 for _, high in numbers)]
    ends = [*(low - 1 for low, _ in numbers), domain.spans[-1][1]]
    gaps = tuple((low, high) for low, high in zip(begins, ends, strict=True) if low <= high)
    return _intersection(domain, Numbers(gaps, domain.scale))


def _within(domain: Numbers, low: int | None, high: int | None) -> Numbers:
    cut = (
        (begin if low is None else max(begin, low), end if high is None else min(end, high))
        for begin, end in domain.spans
    )
    return Numbers(tuple(span for span in cut if span[0] <= span[1]), domain.scale)


def _comparable(domain: Domain, value: int | float | str) -> bool:
    return isinstance(domain, Texts) == isinstance(value, str)


def _may(left: Domain | None, test: str, right: Domain | None) -> bool:
    """Whether a value of each can compare so."""
    if left is None or right is None:
        return True
    if _empty(left) or _empty(right) or isinstance(left, Texts) != isinstance(right, Texts):
        return False
    if isinstance(left, Texts) or isinstance(right, Texts):
        return test in ("eq", "ne")
    low, high = Fraction(left.spans[0][0], left.scale), Fraction(left.spans[-1][1], left.scale)
    least, most = Fraction(right.spans[0][0], right.scale), Fraction(right.spans[-1][1], right.scale)
    return {
        "eq": low <= most and least <= high,
        "ne": not low == high == least == most,
        "lt": low < most,
        "le": low <= most,
        "gt": high > least,
        "ge": high >= least,
    }[test]


def _intersection(one: Domain, other: Domain) -> Domain:
    if isinstance(one, Texts) and isinstance(other, Texts):
        barred = one.barred | other.barred
        sets = [allowed for allowed in (one.allowed, other.allowed) if allowed is not None]
        return Texts(frozenset.intersection(*sets) - barred if sets else None, barred)
    if isinstance(one, Texts) or isinstance(other, Texts):
        return NOTHING
    return Numbers(tuple(_overlaps(one.spans, other.spans)), one.scale)


def _overlaps(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """What two ascending rows of spans share, in one pass."""
    here, there = 0, 0
    while here < len(one) and there < len(other):
        low, high = max(one[here][0], other[there][0]), min(one[here][1], other[there][1])
        if low <= high:
            yield low, high
        if one[here][1] < other[there][1]:
            here += 1
        else:
            there += 1


def _union(domains: list[Domain]) -> Domain:
    texts = [domain for domain in domains if isinstance(domain, Texts)]
    numbers = [domain for domain in domains if isinstance(domain, Numbers)]
    if texts:
        allowed = [text.allowed for text in texts]
        known = [one for one in allowed if one is not None]
        barred = frozenset.intersection(*(text.barred for text in texts))
        return Texts(frozenset.union(*known) if len(known) == len(texts) else None, barred)
    scale = numbers[0].scale
    return Numbers(_merged(span for domain in numbers for span in domain.spans), scale)


def _merged(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def _empty(domain: Domain) -> bool:
    return not domain.spans if isinstance(domain, Numbers) else domain.allowed == frozenset()
