"""Weights adjusted for those who were invited and did not answer, from what the frame knows of everybody.

Two models of answering. Response-homogeneity groups: within a group everybody is equally likely to answer, so the
respondents of a group stand for all of it (Little 1986; Brick 2013). Propensity: a logistic regression of answering on
frame variables, used as classes of equal size (Rosenbaum and Rubin 1983; Little 1986) or by its inverse.

Rates are estimated, and that is part of the uncertainty. `Adjustment.linearised` carries a figure of the respondents
back to everybody invited: its variance under the design of the invited sample counts both (for group rates this is
post-stratification to the sample; for propensities the linearisation of Kim and Kim 2007). Treating the adjusted sample
as calibrated to fixed group totals, as R does, is what `basis` is for.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from samenspraak.types.problem import Fault
from scipy import linalg

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.errors import AnswersUnusable, Infeasible
from analytics.weights import auxiliary, checks, propensity
from analytics.weights.basis import Basis
from analytics.weights.codes import sums_by
from analytics.weights.feasibility import Repair
from analytics.weights.kish import kish

PropensityUse = Literal["classes", "inverse"]

CLASSES = 5
"""Five classes take away some nine tenths of the bias that the variables can (Rosenbaum and Rubin 1983)."""


class ResponseGroup(msgspec.Struct, frozen=True, kw_only=True):
    """People who are taken to be equally likely to answer."""

    name: str
    invited: int
    responded: int
    rate: float
    """Share who answered, weighted unless asked otherwise."""
    factor: float
    """1 / rate."""


class ResponseCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """What was adjusted, and what it cost."""

    method: str
    """`groups`, `propensity classes` or `inverse propensity`."""
    weighted: bool
    """Whether base weights count in the rates or the regression."""
    invited: int
    responded: int
    rate: float
    """Weighted share of the invited who answered."""
    groups: tuple[ResponseGroup, ...]
    """Empty for inverse propensities."""
    factor_min: float
    factor_max: float
    sum_invited: float
    """Base weights of everybody invited."""
    sum_adjusted: float
    """Adjusted weights of the respondents: the same for groups, close to it for inverse propensities."""
    n_eff_start: float
    """Kish n_eff of the respondents' base weights."""
    n_eff: float
    deff: float
    iterations: int = 0
    """Of the regression."""
    coefficients: tuple[tuple[str, float], ...] = ()
    """Of the regression, `(intercept)` first."""
    left_out: tuple[str, ...] = ()
    """Variables that follow from the others."""
    ridge: float = 0.0


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """Weights of the respondents."""

    weights: FloatArray
    """Base weight x factor, one per respondent."""
    factor: FloatArray
    responded: BoolArray
    """Among everybody invited."""
    base_weights: FloatArray
    """Of everybody invited."""
    certificate: ResponseCertificate
    basis: Basis | None
    """Group memberships of the respondents, to take the groups as known totals; None for inverse propensities."""
    correction: FloatArray
    """Per person invited, what carries the estimated rates into a variance (invited x groups or coefficients)."""
    slopes: FloatArray
    """Respondents x the same: how the total of a value moves with each of them."""

    def linearised(self, values: FloatArray) -> FloatArray:
        """Values per respondent (r or r x k) carried to everybody invited (n or n x k).

        Their total under the base weights is that of `values` under the adjusted weights (without a ridge), and so is
        its variance under the design of the invited sample. After a further calibration with factors g and residuals
        e, give g * e.
        """
        given = np.asarray(values, dtype=np.float64)
        columns = given[:, None] if given.ndim == 1 else given
        carried = self.correction @ (self.slopes.T @ columns)
        carried[self.responded] += self.factor[:, None] * columns
        return np.asarray(carried[:, 0] if given.ndim == 1 else carried)


def by_groups(
    responded: BoolArray,
    groups: IntArray,
    base_weights: FloatArray,
    *,
    names: Sequence[str] = (),
    weighted: bool = True,
    minimum: int = 1,
) -> Adjustment:
    """Weights of the respondents multiplied by 1 / the response rate of their group.

    `groups` numbers the group of everybody invited from 0, in an order in which neighbours are alike; groups with fewer
    than `minimum` respondents are refused. `weighted` rates count people by base weight.

    Raises:
        AnswersUnusable: nobody answered, or lengths and codes that do not fit.
        WeightsUnusable: base weights that cannot be used.
        Infeasible: groups without enough respondents, each with the smallest neighbour to merge it with.
    """
    answered = _answered(responded)
    d = checks.weights(base_weights, answered.size)
    codes = _codes(groups, answered.size, names)
    size = max(len(names), int(codes.max()) + 1)
    labels = tuple(names) or tuple(f"group {i}" for i in range(size))
    invited, who = sums_by(codes, np.ones(d.size), size), sums_by(codes, answered.astype(np.float64), size)
    _refuse_thin(labels, invited, who, minimum)
    measure = d if weighted else np.ones(d.size)
    of_all, of_answered = sums_by(codes, measure, size), sums_by(codes, measure * answered, size)
    rate = np.divide(of_answered, of_all, out=np.ones(size), where=of_all > 0)
    table = tuple(
        ResponseGroup(
            name=labels[i],
            invited=int(invited[i]),
            responded=int(who[i]),
            rate=float(rate[i]),
            factor=float(1 / rate[i]),
        )
        for i in range(size)
        if invited[i]
    )
    factor = 1 / rate[codes]
    hits = np.eye(size)[codes]
    mine = codes[answered]
    return _adjusted(
        answered,
        d,
        factor[answered],
        correction=hits * (measure / d * (1 - answered * factor))[:, None],
        slopes=np.eye(size)[mine] * (d[answered] / of_answered[mine])[:, None],
        basis=Basis(kinds=np.eye(size), kind_of=mine, start_weights=d[answered], blocks=((0, size),)),
        method="groups",
        weighted=weighted,
        groups=table,
    )


def by_propensity(
    responded: BoolArray,
    columns: Any,
    base_weights: FloatArray,
    *,
    names: Sequence[str] = (),
    use: PropensityUse = "classes",
    classes: int = CLASSES,
    weighted: bool = True,
    ridge: float = 0.0,
) -> Adjustment:
    """Weights of the respondents adjusted by their estimated chance of answering.

    `columns` are frame variables of everybody invited (n x p, numbers, no intercept). `classes`: groups of equal size
    by propensity, then as `by_groups`; `inverse`: multiplied by 1 / propensity. `ridge` shrinks the coefficients of the
    variables, scaled to standard deviation 1 (penalty ridge / 2 x their squares, base weights scaled to mean 1).

    Raises:
        AnswersUnusable, WeightsUnusable, MarginsUnusable: input that cannot be used.
        ModelUnusable: variables that predict answering without error (named), and no ridge.
        Infeasible: classes without respondents.
        NotConverged: the regression did not settle.
    """
    answered = _answered(responded)
    d = checks.weights(base_weights, answered.size)
    aux = auxiliary.of_columns(columns, np.zeros(np.shape(columns)[-1] if np.ndim(columns) else 1), names)
    if len(aux.columns) != answered.size:
        raise AnswersUnusable(f"{len(aux.columns)} rows of frame variables for {answered.size} people invited.")
    model = propensity.Logistic.fit(aux, answered, d if weighted else np.ones(d.size), ridge)
    known: dict[str, Any] = {
        "iterations": model.iterations,
        "coefficients": model.coefficients,
        "left_out": model.left_out,
        "ridge": ridge,
    }
    if use == "classes":
        found = by_groups(answered, propensity.classes(model.chance, classes), d, weighted=weighted)
        certificate = msgspec.structs.replace(found.certificate, method="propensity classes", **known)
        return msgspec.structs.replace(found, certificate=certificate)
    p, x, measure = model.chance, model.x, model.measure
    inverse = linalg.inv((x * (measure * p * (1 - p))[:, None]).T @ x + model.penalty)
    pulled = (d[answered] * (1 - p[answered]) / p[answered])[:, None] * x[answered]
    return _adjusted(
        answered,
        d,
        1 / p[answered],
        correction=-(x @ inverse) * (measure / d * (answered - p))[:, None],
        slopes=pulled,
        basis=None,
        method="inverse propensity",
        weighted=weighted,
        groups=(),
        **known,
    )


def _adjusted(
    answered: BoolArray,
    d: FloatArray,
    factor: FloatArray,
    *,
    correction: FloatArray,
    slopes: FloatArray,
    basis: Basis | None,
    **known: Any,
) -> Adjustment:
    weights = d[answered] * factor
    before, after = kish(d[answered]), kish(weights)
    certificate = ResponseCertificate(
        invited=answered.size,
        responded=after.n,
        rate=before.sum_w / float(d.sum()),
        factor_min=float(factor.min()),
        factor_max=float(factor.max()),
        sum_invited=float(d.sum()),
        sum_adjusted=after.sum_w,
        n_eff_start=before.n_eff,
        n_eff=after.n_eff,
        deff=after.deff,
        **known,
    )
    return Adjustment(
        weights=weights,
        factor=factor,
        responded=answered,
        base_weights=d,
        certificate=certificate,
        basis=basis,
        correction=correction,
        slopes=slopes,
    )


def _answered(responded: Any) -> BoolArray:
    given = np.asarray(responded)
    if given.ndim != 1 or not given.size:
        raise AnswersUnusable(f"Who responded must be one truth value per person invited; got shape {given.shape}.")
    if given.dtype != np.bool_:
        if given.dtype.kind not in "iuf" or not np.isin(given, (0, 1)).all():
            raise AnswersUnusable("Who responded must be True or False for everybody invited; got other values.")
        given = given.astype(bool)
    if not given.any():
        raise AnswersUnusable(f"None of the {given.size} people invited responded; there is nobody to weight.")
    return given


def _codes(groups: Any, people: int, names: Sequence[str]) -> IntArray:
    codes = np.asarray(groups)
    if codes.shape != (people,) or codes.dtype.kind not in "iu":
        raise AnswersUnusable(
            f"Groups are whole numbers from 0, one for each of the {people} people; got {codes.dtype} {codes.shape}."
        )
    strange = (codes < 0) | ((codes >= len(names)) if names else False)
    if strange.any():
        raise AnswersUnusable(
            f"{int(strange.sum())} people are in no group (such as code {int(codes[strange][0])}); give those of whom "
            "nothing is known a group of their own."
        )
    return codes.astype(np.int64)


def _refuse_thin(names: Sequence[str], invited: FloatArray, responded: FloatArray, minimum: int) -> None:
    """Refuse groups with fewer than `minimum` respondents, with the smallest neighbour to merge each with."""
    thin: list[int] = np.flatnonzero((invited > 0) & (responded < max(minimum, 1))).tolist()
    if not thin:
        return
    there = np.flatnonzero(invited > 0).tolist()
    merges, parts, faults = [], [], []
    for i in thin:
        place = there.index(i)
        near = [there[j] for j in (place - 1, place + 1) if 0 <= j < len(there)]
        detail = f"Of the {int(invited[i])} people invited in `{names[i]}`, {int(responded[i])} responded."
        if near:
            other = min(near, key=lambda j: (responded[j] < 1, invited[j], j))
            first, second = sorted((i, other))
            enough = len(thin) == 1 and responded[i] + responded[other] >= max(minimum, 1)
            merges.append(Repair(dimension="groups", first=names[first], second=names[second], enough=bool(enough)))
            detail += f" Merge it with `{names[other]}`."
        parts.append(detail)
        faults.append(Fault(pointer=f"/groups/{names[i]}", code="no_respondents", detail=detail))
    raise Infeasible(
        " ".join(parts),
        faults=faults,
        details={"levels": tuple(names[i] for i in thin), "repairs": tuple(merges)},
    )
