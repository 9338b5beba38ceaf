"""One raking problem on kinds of people, solved: Newton first, iterative fitting where it does not arrive, and a
reasoned refusal where no weights exist."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray
from analytics.errors import Infeasible, MarginsUnusable
from analytics.weights import feasibility, ipf, limits, newton
from analytics.weights.certificate import SoftTarget, soft_targets
from analytics.weights.codes import sums_by
from analytics.weights.crossed import Crossed
from analytics.weights.frame import SUM_TOLERANCE, Margin
from analytics.weights.limits import Groups

_INVOLVED = 1e-6
_CORRECTIONS = 6
_NEAR = 1e-7
"""From this close, in parts of the total, one Newton step arrives."""
_ENOUGH_TO_BLAME_MARGINS = 10
"""Two sets of levels that hold the same people by chance are an accident of a small sample; from this many people per
level on, it is the targets that contradict each other."""


class Raked(msgspec.Struct, frozen=True, kw_only=True):
    g: FloatArray
    """Final over (scaled) start weight, per group."""
    used: BoolArray
    """Groups with somebody in them."""
    converged: bool
    iterations: int
    error: float
    """Largest |reached - target| over the total, soft targets left out."""
    method: str
    redundant: tuple[str, ...]
    soft: tuple[SoftTarget, ...]
    active: BoolArray
    """Per level: met exactly, held by a ridge, or at the edge of its tolerance. Other levels ask nothing."""
    at_limit: float
    """Share of people on a limit."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Who is weighted, to what, within which limits."""

    columns: FloatArray
    """Memberships: kinds x levels of all margins."""
    margins: tuple[Margin, ...]
    groups: Groups
    """People of each kind by start weight; the start weights sum to `size`. Without limits one group per kind will do,
    since only the sum of start weights matters."""
    people: Callable[[], FloatArray]
    """Counts the persons of each kind; asked for where something must be explained."""
    size: float
    crossed: Crossed | None = None
    """The same memberships ready to be counted, where no level or kind is left out."""
    low: float = 0.0
    """Limits on the final weight of a person."""
    high: float = np.inf

    def solve(self, tolerance: float) -> Raked:
        """Weights, or the reason why there are none.

        Raises:
            Infeasible: names what cannot be met and the merges that repair it.
            MarginsUnusable: targets that contradict each other.
        """
        task = _Task.of(self)
        if not self._levels_reachable(task):
            self._refuse_unreachable()
        free = task.independent()
        if free.disagreement > SUM_TOLERANCE * 10:
            self._refuse_disagreement(task, free)
        best = task.minimise(free, self._response(), tolerance)
        weights = limits.final(self.groups, best.exponent, self.low, self.high)
        error = task.error(self._reached(task, weights), free)
        method = "newton/raking"
        iterations = best.iterations
        if error > tolerance * 10 or best.error > tolerance * 10:
            self._refuse_unreachable()
            if task.exact.all():
                fitted = self._fit(tolerance)
                weights, iterations, method = self.groups.unit * fitted.g, fitted.iterations, "ipf/raking"
            error = max(task.error(self._reached(task, weights), free), 0.0 if task.exact.all() else best.error)
        reached = self._reached(task, weights)
        return Raked(
            g=weights / self.groups.unit,
            used=self.groups.count > 0,
            converged=error <= tolerance * 10,
            iterations=iterations,
            error=error,
            method=method,
            redundant=tuple(task.names[i] for i in task.original[free.dropped].tolist()),
            soft=soft_targets(task.names, task.totals, reached, task.ridge_given, task.slack),
            active=task.active(reached),
            at_limit=self._at_limit(weights),
        )

    def _levels_reachable(self, task: "_Task") -> bool:
        """Whether every level can carry its target by itself; without limits, whether anybody is in it."""
        if self.low <= 0 and self.high == np.inf:
            return bool((task.reached[task.exact] > 0).all())
        return feasibility.each_level_reachable(self._feasibility())

    @property
    def _rows(self) -> int:
        return len(self.columns)

    @property
    def _memberships(self) -> list[FloatArray]:
        """Kinds x levels, per margin."""
        return np.split(self.columns, np.cumsum([len(margin.levels) for margin in self.margins])[:-1], axis=1)

    def _response(self) -> newton.ResponseFunction:
        if self.low <= 0 and self.high == np.inf:
            return limits.unlimited(self.of_rows(self.groups.start))
        return limits.limited(self.groups, self._rows, self.low, self.high)

    def of_rows(self, values: FloatArray) -> FloatArray:
        return sums_by(self.groups.row, values, self._rows)

    def _reached(self, task: "_Task", weights: FloatArray) -> FloatArray:
        return task.columns.T @ self.of_rows(weights * self.groups.count)

    def _fit(self, tolerance: float) -> newton.Solution:
        groups = self.groups
        return ipf.fit(
            [m[groups.row] for m in self._memberships],
            groups.start,
            [self.size * np.asarray(margin.shares) for margin in self.margins],
            low=self.low / groups.unit,
            high=self.high / groups.unit,
            tolerance=tolerance,
        )

    def _at_limit(self, weights: FloatArray) -> float:
        sits = (weights <= self.low * (1 + 1e-9)) | (weights >= self.high * (1 - 1e-9))
        return float((sits * self.groups.count).sum() / self.groups.count.sum())

    def _feasibility(self) -> feasibility.Problem:
        """Everything that must hold; margins with a ridge may be missed by any amount."""
        people = self.people()
        binding = [i for i, margin in enumerate(self.margins) if not margin.ridge]
        memberships = self._memberships
        everybody = Margin(key="everybody", levels=("everybody",), shares=(1.0,))
        return feasibility.Problem(
            memberships=tuple(memberships[i] for i in binding) or (np.ones((self._rows, 1)),),
            margins=tuple(self.margins[i] for i in binding) or (everybody,),
            people=people,
            low=self.low * people / self.size,
            high=np.where(people > 0, np.minimum(self.high * np.maximum(people, 1e-300) / self.size, 1.0), 0.0),
        )

    def _refuse_unreachable(self) -> None:
        """Raise when the targets lie out of reach, with the reason and the repair; return when weights do exist."""
        problem = self._feasibility()
        short = feasibility.shortfalls(problem)
        if not short:
            return
        alone = feasibility.each_level_reachable(problem)
        together = feasibility.pairs(problem) if alone else ()
        troubled = [(s.dimension, s.level) for s in short]
        troubled += [named for pair in together for named in zip(pair.dimensions, pair.levels, strict=True)]
        merges = feasibility.repairs(problem, troubled)
        steps = () if merges and merges[0].enough else feasibility.path(problem, merges)
        high = feasibility.highest_needed(problem) if self.high < np.inf else None
        low = feasibility.lowest_needed(problem) if self.low > 0 and high is None else None
        raise Infeasible(
            feasibility.explain(short, together, merges, steps, (high, low)),
            faults=[
                Fault(pointer=f"/{s.dimension}/{s.level}", code="out_of_reach", detail=feasibility.sentence(s))
                for s in short
            ],
            details={
                "levels": short,
                "pairs": together,
                "repairs": merges,
                "path": steps,
                "trim_high_needed": high,
                "trim_low_needed": low,
            },
        )

    def _refuse_disagreement(self, task: "_Task", free: newton.Independent) -> None:
        """Levels that are the same people in the sample, with targets that differ."""
        relation = task.relation(free)
        involved = [i for i, c in enumerate(relation.tolist()) if abs(c) > _INVOLVED]
        people = self.people() @ task.columns
        if people[involved].min() < _ENOUGH_TO_BLAME_MARGINS:
            self._refuse_unreachable()
        named = [(task.names[i], float(relation[i])) for i in involved]
        left = " + ".join(name for name, c in named if c > 0)
        right = " + ".join(name for name, c in named if c < 0) or "nothing"
        problem = self._feasibility()
        merges = feasibility.repairs(problem, [tuple(name.split("=", 1)) for name, _ in named])  # type: ignore[misc]
        detail = (
            f"{left} and {right} are the same people among those who answered, but their targets differ by "
            f"{100 * free.disagreement:.4f} % of the population."
        )
        if merges and merges[0].enough:
            first = merges[0]
            detail += f" Merging `{first.first}` with `{first.second}` of `{first.dimension}` repairs it."
        fault = Fault(pointer="/" + named[0][0].replace("=", "/"), code="disagreement", detail=detail)
        raise MarginsUnusable(detail, faults=[fault], details={"relation": tuple(named), "repairs": merges})


class _Task(msgspec.Struct, frozen=True, kw_only=True):
    """The constraints of a problem, side by side."""

    columns: FloatArray
    """Kinds x levels of all margins."""
    start: FloatArray
    reached: FloatArray
    """What the start weights add up to in each level."""
    totals: FloatArray
    names: tuple[str, ...]
    ridge_given: FloatArray
    slack: FloatArray
    size: float
    crossed: Crossed | None

    @classmethod
    def of(cls, problem: Problem) -> "_Task":
        margins = problem.margins
        columns, shares = problem.columns, [np.asarray(margin.shares) for margin in margins]
        names = [f"{m.key}={level}" for m in margins for level in m.levels]
        lengths = [len(m.levels) for m in margins]
        ridge = np.repeat([m.ridge for m in margins], lengths)
        slack = np.repeat([m.tolerance for m in margins], lengths) * problem.size
        crossed = problem.crossed
        if all(m.ridge or m.tolerance for m in margins):
            # With only soft margins, nothing else holds the sum of the weights.
            columns, shares = np.hstack([columns, np.ones((len(columns), 1))]), [*shares, np.ones(1)]
            names, ridge, slack = [*names, "everybody=everybody"], np.r_[ridge, 0.0], np.r_[slack, 0.0]
            crossed = None
        start = problem.of_rows(problem.groups.start)
        return cls(
            columns=columns,
            start=start,
            reached=start @ columns,
            totals=problem.size * np.concatenate(shares),
            names=tuple(names),
            ridge_given=ridge,
            slack=slack,
            size=problem.size,
            crossed=crossed,
        )

    @property
    def exact(self) -> Any:
        """Constraints without ridge and tolerance."""
        return (self.ridge_given == 0) & (self.slack == 0)

    @property
    def original(self) -> Any:
        """Place among all constraints of each exact one."""
        return np.flatnonzero(self.exact)

    def independent(self) -> newton.Independent:
        """Among the exact constraints."""
        exact = self.original
        columns = self.columns if exact.size == self.totals.size else self.columns[:, exact]
        products = None if self.crossed is None else self.crossed.only(exact).products(self.start)
        scale = np.full(exact.size, self.size)
        return newton.independent(columns, self.start, self.totals[exact], scale, products=products)

    def minimise(self, free: newton.Independent, response: newton.ResponseFunction, tolerance: float) -> newton.Optimum:
        kept = np.sort(np.concatenate([self.original[free.kept], np.flatnonzero(~self.exact)]))
        totals = self.totals.copy()
        totals[self.original] = free.totals
        soft = not self.exact.all()
        return newton.minimise(
            self.columns,
            totals[kept],
            np.full(kept.size, self.size),
            response,
            tolerance=tolerance,
            ridge=(self.ridge_given * self.totals)[kept] if soft else None,
            slack=self.slack[kept] if soft else None,
            first=None if soft else self._first(free, response),
            products=None if self.crossed is None else self.crossed.only(kept).products,
            kept=kept,
        )

    def _first(self, free: newton.Independent, response: newton.ResponseFunction) -> FloatArray:
        """Multipliers to start from: corrections of all levels at once, which would be right if the margins were
        independent, repeated as long as they bring the targets ten times closer."""
        multipliers, reached, gap = np.zeros(self.totals.size), self.reached, np.inf
        for _ in range(_CORRECTIONS):
            corrected = multipliers + np.log(free.totals / reached)
            weighed = response(corrected @ self.columns.T).mass @ self.columns
            left = float(np.abs(weighed - free.totals).max())
            if not left < gap or weighed.min() <= 0:
                break
            improved, gap = left < gap / 10, left
            multipliers, reached = corrected, weighed
            if not improved or gap <= _NEAR * self.size:
                break
        found: FloatArray = multipliers[free.kept] + free.implied @ multipliers[free.dropped]
        return found

    def error(self, reached: FloatArray, free: newton.Independent) -> float:
        exact = self.original
        worst = float(np.abs(reached[exact] - free.totals).max(initial=0.0)) / self.size
        return worst if np.isfinite(worst) else np.inf

    def active(self, reached: FloatArray) -> BoolArray:
        missed = np.abs(reached - self.totals)
        return np.asarray((self.slack == 0) | (self.ridge_given > 0) | (missed >= self.slack * (1 - 1e-6)))

    def relation(self, free: newton.Independent) -> FloatArray:
        relation = np.zeros(self.totals.size)
        relation[self.original] = free.relation
        return relation
