"""Leximin the slow way: a linear programme for every type at every level, over vertices or over panels."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from panels.sortition.model import Types

Array = NDArray[np.float64]


class Polytope:
    """All z with matrix_ub @ z <= limits and matrix_eq @ z == values, z between 0 and `most`; chances are part @ z."""

    def __init__(self, part: Array, ub: Array, limits: Array, eq: Array, values: Array, most: Array) -> None:
        self.part, self.ub, self.limits, self.eq, self.values, self.most = part, ub, limits, eq, values, most

    def best(self, gain: Array, least: Array) -> float | None:
        """The largest `gain @ chances + gain[-1] * t` with every chance at `least[0] + t * least[1]` or more."""
        fixed, moving = least
        width = self.most.size
        found = linprog(
            -np.append(gain[:-1] @ self.part, gain[-1]),
            A_ub=np.vstack([np.column_stack([self.ub, np.zeros(len(self.ub))]), np.column_stack([-self.part, moving])]),
            b_ub=np.append(self.limits, -fixed),
            A_eq=np.column_stack([self.eq, np.zeros(len(self.eq))]),
            b_eq=self.values,
            bounds=[*((0, m) for m in self.most), (0, 1)][: width + 1],
        )
        return None if found.status == 2 else -float(found.fun)

    def leximin(self) -> Array | None:
        """The leximin chances; None when the polytope is empty."""
        types = len(self.part)
        settled = np.full(types, np.nan)
        while np.isnan(settled).any():
            active = np.isnan(settled)
            fixed = np.where(active, 0.0, np.nan_to_num(settled) - 1e-10)
            level = self.best(np.append(np.zeros(types), 1.0), np.array([fixed, active.astype(float)]))
            if level is None:
                return None
            floor = np.where(active, level - 1e-10, fixed)
            for t in np.flatnonzero(active):
                gain = np.append(np.arange(types) == t, 0.0).astype(float)
                most = self.best(gain, np.array([floor, np.zeros(types)]))
                if most is None or most <= level + 1e-7:
                    settled[t] = level
        return settled


def of_types(types: Types, kept: NDArray[np.bool_]) -> Polytope:
    """The relaxation, with the chances of the types in `kept`."""
    matrix = types.matrix.toarray().astype(float)
    floor = types.floor.astype(float)
    width = floor.size
    return Polytope(
        part=np.eye(width)[kept] / types.counts[kept][:, None],
        ub=np.vstack([matrix, -matrix, -np.eye(width)]),
        limits=np.concatenate([types.upper, -types.lower, -floor]).astype(float),
        eq=np.ones((1, width)),
        values=np.array([float(types.size)]),
        most=types.counts.astype(float),
    )


def of_panels(types: Types, panels: NDArray[np.int64], kept: NDArray[np.bool_]) -> Polytope:
    """All lotteries over some panels, with the chances of the types in `kept`."""
    count = len(panels)
    return Polytope(
        part=(panels / types.counts).T[kept],
        ub=np.zeros((1, count)),
        limits=np.zeros(1),
        eq=np.ones((1, count)),
        values=np.ones(1),
        most=np.ones(count),
    )
