"""What goes together with an outcome: the effect of each of many yes/no variables, all the others held equal.

One logistic model under the design of a 0/1 outcome (a vote against, say) on all variables (concerns) and controls;
reported as average marginal effects, differences in the share with the outcome. Associations, not causes. Before the
fit, variables that hardly anybody has or lacks are left out and rare levels of controls merged with a neighbour, by
rules stated in the result; after it, variables that move together too much to be told apart are named. P-values are
raw: correct them as one family (`comparisons.families`)."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from msgspec import structs
from numpy.typing import ArrayLike
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray
from analytics.designs.design import Design
from analytics.errors import AnswersUnusable, ModelUnusable
from analytics.estimates import columns as estimates
from analytics.models import collinear, glm, matrix
from analytics.models.effects import Effect, marginal
from analytics.models.matrix import Categorical, Numeric, Variable

EVENTS_PER_COEFFICIENT = 5
"""Fewer of the rarer answer for each coefficient, and estimates lean away from zero too much (Vittinghoff and McCulloch
2007 find 5 to 9 tolerable)."""
EVENTS_WANTED = 10
"""From here on the number of events is no concern (Peduzzi and others 1996); below, a note says so."""
FEWEST = 10
"""People on either side of a variable, and in a level of a control."""
INFLATION = 5.0
"""Variance inflation from which a note says that a variable is hard to tell from the others."""
LOST = 0.1
"""Part of those with an outcome that may lack a variable without a note."""

NOTE = "Association, not cause."

Together = Literal["together", "one_at_a_time"]


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    reason: Literal["no_variation", "few_people", "follows_from_others"]
    people: int
    """On its smaller side, among those in the model."""


class Drivers(msgspec.Struct, frozen=True, kw_only=True):
    """What goes together with an outcome, with everything else in the model held equal."""

    effects: tuple[Effect, ...]
    """Largest first."""
    model: Together
    """`together`: all variables in one model. `one_at_a_time`: a model for each, with the controls only."""
    n: int
    """People in the model; those of the smallest where there are several."""
    events: int
    """Of these, people with the outcome."""
    rarer: float
    """Effective number of the rarer answer (Kish), which the rule on events looks at."""
    coefficients: int
    """Besides the intercept."""
    controls: tuple[str, ...]
    merged: tuple[str, ...]
    """Levels of controls that were too rare by themselves: `age: 18-34 + 35-49`."""
    left_out: tuple[LeftOut, ...]
    inflation: dict[str, float]
    """Per variable: how many times its variance is larger because the others move along."""
    penalised: bool
    notes: tuple[str, ...]
    """What a reader must know, a sentence each; the first one always holds."""


class _Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into the model."""

    variables: dict[str, Numeric]
    controls: tuple[Variable, ...]
    used: BoolArray
    left_out: tuple[LeftOut, ...]
    merged: tuple[str, ...]


def drivers(
    outcome: ArrayLike,
    variables: Mapping[str, FloatArray],
    controls: Sequence[Variable],
    design: Design,
    *,
    domain: BoolArray | None = None,
    few_events: Literal["refuse", "one_at_a_time"] = "refuse",
    level: float = 0.95,
) -> Drivers:
    """Average marginal effects of 0/1 `variables` on a 0/1 `outcome` (n each, NaN where not answered).

    Answers that some variable predicts without error do not stop it: the penalised fit takes over and a note says so.

    Args:
        few_events: what to do where the rarer answer is too rare for all variables together.

    Raises:
        AnswersUnusable: an outcome or variables that are not 0, 1 or NaN, or of other people; all columns are named.
        ModelUnusable: too few of the rarer answer per coefficient, with the number that is needed; no variable left;
            controls that `matrix.build` refuses.
    """
    answers, given = _checked(outcome, variables, design, domain)
    matrix.check(controls, answers.size)
    ready = _prepared(answers, given, controls, design.weights)
    if not ready.variables:
        gone = ", ".join(f"`{one.name}` ({one.reason})" for one in ready.left_out) or "none given"
        raise ModelUnusable(
            f"No variable is left: {gone}. Each needs at least {FEWEST} people on either side.",
            faults=[Fault(pointer=f"/{one.name}", code=one.reason, detail=one.reason) for one in ready.left_out],
        )
    together: Together = "together"
    rarer, events = _rarer(answers, ready.used, design.weights), int(answers[ready.used].sum())
    size = matrix.build([*ready.variables.values(), *ready.controls], answers.size).columns.shape[1] - 1
    if rarer < EVENTS_PER_COEFFICIENT * size and few_events == "one_at_a_time":
        together, size = "one_at_a_time", size - len(ready.variables) + 1
    _enough(rarer, events, size)
    fits = _fits(answers, ready, design, together, level)
    return _result(fits, ready, answers, design, together, rarer, size, level)


def _checked(
    outcome: ArrayLike, variables: Mapping[str, FloatArray], design: Design, domain: BoolArray | None
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """The outcome, NaN outside the domain, and the variables, all of them 0, 1 or NaN."""
    names = list(variables)
    lengths = [
        f"`{name}` ({np.size(variables[name])})" for name in names if np.shape(variables[name]) != np.shape(outcome)
    ]
    if lengths:
        raise AnswersUnusable(f"There are {np.size(outcome)} outcomes, but other numbers of {', '.join(lengths)}.")
    columns = np.column_stack([np.ravel(outcome), *(np.ravel(variables[name]) for name in names)])
    try:
        checked = estimates.hits(columns, design)
    except AnswersUnusable as error:
        titles = ["outcome", *names]
        faults = [structs.replace(f, pointer=f"/{titles[int(f.pointer[1:])]}") for f in error.faults]
        listed = " ".join(f"`{f.pointer[1:]}`: {f.detail}" for f in faults)
        raise AnswersUnusable(listed or error.message, faults=faults) from error
    inside = estimates.mask(domain, design)
    answers = checked[:, 0] if inside is None else np.where(inside, checked[:, 0], np.nan)
    return answers, {name: checked[:, j + 1] for j, name in enumerate(names)}


def _prepared(
    answers: FloatArray, given: Mapping[str, FloatArray], controls: Sequence[Variable], weights: FloatArray
) -> _Ready:
    """Leave out variables with too few people on a side, and merge rare levels, until both hold."""
    asked = ~np.isnan(answers) & (weights > 0)
    known = {control.name: _known(control) for control in controls}
    kept, left_out = dict(given), []
    while True:
        used = asked.copy()
        for values in [*(~np.isnan(column) for column in kept.values()), *known.values()]:
            used &= values
        sides = {name: int(min((column[used] == 1).sum(), (column[used] == 0).sum())) for name, column in kept.items()}
        few = [name for name, people in sides.items() if people < FEWEST]
        if not few:
            break
        left_out += [
            LeftOut(name=name, reason="few_people" if sides[name] else "no_variation", people=sides[name])
            for name in few
        ]
        kept = {name: column for name, column in kept.items() if name not in few}
    merged = [_merged(control, used) for control in controls]
    return _Ready(
        variables={name: Numeric(name=name, values=column) for name, column in kept.items()},
        controls=tuple(control for control, _ in merged if control is not None),
        used=used,
        left_out=tuple(left_out),
        merged=tuple(text for _, texts in merged for text in texts),
    )


def _known(control: Variable) -> BoolArray:
    if isinstance(control, Categorical):
        return np.asarray(np.asarray(control.codes) >= 0)
    return np.asarray(~np.isnan(control.values))


def _merged(control: Variable, used: BoolArray) -> tuple[Variable | None, list[str]]:
    """A control whose rare levels joined the smaller of their neighbours; None where one level is left."""
    if not isinstance(control, Categorical):
        return control, []
    sizes = np.bincount(control.codes[used], minlength=len(control.levels)).tolist()
    groups = [[i] for i in range(len(sizes)) if sizes[i]]
    people = [sizes[i] for i in range(len(sizes)) if sizes[i]]
    while len(people) > 1 and min(people) < FEWEST:
        i = people.index(min(people))
        j = min((k for k in (i - 1, i + 1) if 0 <= k < len(people)), key=lambda k: people[k])
        low = min(i, j)
        groups[low : low + 2], people[low : low + 2] = [groups[low] + groups[low + 1]], [people[low] + people[low + 1]]
    names = [" + ".join(control.levels[i] for i in group) for group in groups]
    texts = [f"{control.name}: {name}" for name, group in zip(names, groups, strict=True) if len(group) > 1]
    if len(groups) < 2:
        return None, texts
    place = np.full(len(control.levels) + 1, -1, dtype=np.int64)
    for new, group in enumerate(groups):
        place[group] = new
    return Categorical(name=control.name, codes=place[control.codes], levels=tuple(names)), texts


def _rarer(answers: FloatArray, used: BoolArray, weights: FloatArray) -> float:
    """Effective number of the rarer answer: unequal weights make it worth less than its count."""
    relative = weights / weights.max()
    sides = [relative[used & (answers == value)] for value in (0.0, 1.0)]
    return min(float(w.sum() ** 2 / (w @ w)) if w.size else 0.0 for w in sides)


def _enough(rarer: float, events: int, coefficients: int) -> None:
    needed = EVENTS_PER_COEFFICIENT * coefficients
    if rarer < needed:
        raise ModelUnusable(
            f"The rarer answer was given effectively {rarer:.1f} times by people with all variables known; a model "
            f"with {coefficients} coefficients needs {needed} ({EVENTS_PER_COEFFICIENT} each). Ask more people or take "
            "variables out.",
            details={"events": events, "rarer": rarer, "needed": needed},
        )


def _fits(
    answers: FloatArray, ready: _Ready, design: Design, together: Together, level: float
) -> list[tuple[glm.Fit, list[str]]]:
    """Models, each with the variables whose effects it is for."""
    names = list(ready.variables)
    found = []
    for group in [names] if together == "together" else [[name] for name in names]:
        terms = [*(ready.variables[name] for name in group), *ready.controls]
        built = matrix.build(terms, answers.size)
        found.append((glm.fit(answers, built, design, family="binomial", separation="firth", level=level), group))
    return found


def _result(
    fits: Sequence[tuple[glm.Fit, list[str]]],
    ready: _Ready,
    answers: FloatArray,
    design: Design,
    together: Together,
    rarer: float,
    size: int,
    level: float,
) -> Drivers:
    effects_found: list[Effect] = []
    inflation: dict[str, float] = {}
    left_out, notes = list(ready.left_out), []
    for fit, group in fits:
        gone = [name for name in group if name in fit.dropped]
        left_out += [LeftOut(name=name, reason="follows_from_others", people=_side(fit, name)) for name in gone]
        own = [name for name in group if name not in gone]
        effects_found += marginal(fit, design, own, level=level).effects
        factors, told = _inflated(fit, design, own)
        inflation |= factors
        notes += [*told, *(note for note in fit.notes if note not in notes)]
    return Drivers(
        effects=tuple(sorted(effects_found, key=lambda one: (-one.value, one.name))),
        model=together,
        n=min(fit.n for fit, _ in fits),
        events=min(fit.events or 0 for fit, _ in fits),
        rarer=rarer,
        coefficients=size,
        controls=tuple(control.name for control in ready.controls),
        merged=ready.merged,
        left_out=tuple(left_out),
        inflation=inflation,
        penalised=any(fit.penalised for fit, _ in fits),
        notes=(NOTE, *_rules(ready, answers, together, rarer, size), *notes),
    )


def _side(fit: glm.Fit, name: str) -> int:
    column = fit.matrix.columns[fit.used, fit.matrix.names.index(name)]
    return int(min((column == 1).sum(), (column == 0).sum()))


def _inflated(fit: glm.Fit, design: Design, names: Sequence[str]) -> tuple[dict[str, float], list[str]]:
    """How much each variable moves along with the others, and a sentence where it is hard to tell apart."""
    x, w = fit.columns[fit.used][:, 1:], design.weights[fit.used]
    factors = dict(zip(fit.names[1:], collinear.inflation(x, w).tolist(), strict=True))
    related = collinear.correlations(x, w)
    told = []
    for name in (name for name in names if factors[name] > INFLATION):
        here = fit.names[1:].index(name)
        other = int(np.argmax(np.abs(related[here]) - 2 * (np.arange(x.shape[1]) == here)))
        told.append(
            f"`{name}` is hard to tell from the others: its variance is {factors[name]:.1f} times as large because "
            f"they move along, most of all `{fit.names[other + 1]}` (correlation {related[here, other]:.2f})."
        )
    return {name: factors[name] for name in names}, told


def _rules(ready: _Ready, answers: FloatArray, together: Together, rarer: float, size: int) -> list[str]:
    found = []
    if together == "one_at_a_time":
        found.append("Too few of the rarer answer for one model: each variable has its own, with the controls only.")
    if rarer < EVENTS_WANTED * size:
        found.append(
            f"The rarer answer counts effectively {rarer:.0f} times for {size} coefficients, fewer than "
            f"{EVENTS_WANTED} each: effects may look larger than they are."
        )
    asked, used = int((~np.isnan(answers)).sum()), int(ready.used.sum())
    if used < (1 - LOST) * asked:
        found.append(f"{asked - used} of {asked} people with an outcome lack some variable and are not in the model.")
    return found
