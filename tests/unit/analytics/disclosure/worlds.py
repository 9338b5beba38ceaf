"""Releases to protect: questions by dimensions, parts and arms, as a report has them."""

import numpy as np

from analytics.arrays import FloatArray, IntArray
from analytics.disclosure import release
from analytics.disclosure.release import Base, Cell


def levels(rng: np.random.Generator, n: int, k: int) -> IntArray:
    """Unequal levels: the last holds one k-th of the first."""
    share = 1.0 / np.arange(1, k + 1)
    return rng.choice(k, n, p=share / share.sum())


def by_dimension(variable: str, name: str, codes: IntArray) -> list[Cell]:
    return [
        Cell(key=f"{variable}|{name}={level}", variable=variable, members=codes == level, dimension=name)
        for level in range(int(codes.max()) + 1)
    ]


def whole(variable: str, n: int) -> Cell:
    return Cell(key=f"{variable}|all", variable=variable, members=np.ones(n, dtype=bool), kept=True)


def answered(rng: np.random.Generator, n: int, missing: float = 0.06) -> FloatArray:
    y = rng.integers(0, 2, n).astype(np.float64)
    y[rng.random(n) < missing] = np.nan
    return y


def report(
    n: int, *, seed: int, questions: int = 52, sizes: tuple[int, ...] = (2, 3, 3, 4, 2, 2)
) -> tuple[list[Cell], dict[str, Base]]:
    """Every question in total, without flagged cases, among those who understood, in two arms, by every dimension."""
    rng = np.random.default_rng(seed)
    dimensions = [levels(rng, n, k) for k in sizes]
    flagged, understood, arm = rng.random(n) < 0.08, rng.random(n) < 0.84, rng.integers(0, 2, n)
    cells: list[Cell] = []
    bases: dict[str, Base] = {}
    for number in range(questions):
        name = f"Q{number}"
        bases[name] = release.answers(answered(rng, n))
        cells.append(whole(name, n))
        cells.append(Cell(key=f"{name}|not_flagged", variable=name, members=~flagged))
        cells.append(Cell(key=f"{name}|understood", variable=name, members=understood))
        cells += by_dimension(name, "arm", arm)
        for place, codes in enumerate(dimensions):
            cells += by_dimension(name, f"d{place}", codes)
    return cells, bases
