"""The chance to say yes, for people alike: the middle factor between the panel and the assembly."""

from collections.abc import Mapping, Sequence

import numpy as np

from analytics.arrays import FloatArray

RIDGE = 2.0
"""Penalty on each coefficient: in effect a few more people per value who answer like everybody."""
STEPS, TOLERANCE = 50, 1e-10


def rates(asked: Sequence[tuple[Mapping[str, str], bool]]) -> list[float | None]:
    """Estimated chance to say yes of each person who was asked: a logistic model without interactions, ridge penalised.

    Coefficients of the values of the features are shrunk towards the overall rate (Newton's method on the penalised
    likelihood; Le Cessie and Van Houwelingen 1992), so that a value that few people have says little. Right when saying
    yes depends on these features only: the assumption that every weighting for non-response makes.

    Args:
        asked: features of each person (the same names for all) and whether they said yes.

    Returns:
        In (0, 1]; None for everybody when nobody said yes.
    """
    total, yes = len(asked), sum(answer for _, answer in asked)
    if not yes:
        return [None] * total
    if yes == total:
        return [1.0] * total
    rows: dict[tuple[tuple[str, str], ...], int] = {}
    of_person = [rows.setdefault(tuple(sorted(features.items())), len(rows)) for features, _ in asked]
    people = np.zeros(len(rows))
    agreed = np.zeros(len(rows))
    np.add.at(people, of_person, 1.0)
    np.add.at(agreed, of_person, [float(answer) for _, answer in asked])
    chances = _fit(_indicators(list(rows)), people, agreed)
    return [float(chances[row]) for row in of_person]


def _indicators(rows: Sequence[tuple[tuple[str, str], ...]]) -> FloatArray:
    """One column per value of each feature, after one of ones: P x (1 + values). The penalty makes a base needless."""
    values = sorted({pair for row in rows for pair in row})
    place = {pair: number for number, pair in enumerate(values, start=1)}
    matrix = np.zeros((len(rows), len(values) + 1))
    matrix[:, 0] = 1.0
    for number, row in enumerate(rows):
        matrix[number, [place[pair] for pair in row]] = 1.0
    return matrix


def _fit(matrix: FloatArray, people: FloatArray, agreed: FloatArray) -> FloatArray:
    """Fitted chance of each row. The penalised likelihood is strictly concave but for the intercept, which both answers
    hold; halved steps make Newton's method safe from any start."""
    penalty = np.full(matrix.shape[1], RIDGE)
    penalty[0] = 0.0
    beta = np.zeros(matrix.shape[1])
    beta[0] = np.log(agreed.sum() / (people.sum() - agreed.sum()))
    value = _likelihood(matrix, people, agreed, penalty, beta)
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-(matrix @ beta)))
        slope = matrix.T @ (agreed - people * chance) - penalty * beta
        bend = (matrix.T * (people * chance * (1.0 - chance))) @ matrix + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        while (moved := _likelihood(matrix, people, agreed, penalty, beta + step)) < value and np.abs(
            step
        ).max() > TOLERANCE:
            step = step / 2.0
        beta, value = beta + step, moved
        if np.abs(step).max() <= TOLERANCE:
            break
    fitted: FloatArray = 1.0 / (1.0 + np.exp(-(matrix @ beta)))
    return fitted


def _likelihood(
    matrix: FloatArray, people: FloatArray, agreed: FloatArray, penalty: FloatArray, beta: FloatArray
) -> float:
    predictor = matrix @ beta
    return float(agreed @ predictor - people @ np.logaddexp(0.0, predictor) - 0.5 * (penalty @ beta**2))
