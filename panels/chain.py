"""From being recruited to sitting on a panel: each step's chance kept apart, and together the base weight.

A person is *recruited* into the panel, *invited* to something, *responds*, and is *selected* by lottery where one
decides. Chances of recruitment, invitation and selection are known from the draw; the chance to respond is estimated
(`analytics.weights.nonresponse`). The inverse of their product is the base weight of Horvitz and Thompson (1952), and
estimates with it are unbiased for the frame when the response model is right. When it is wrong, no weight can tell."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
import numpy as np

from analytics.arrays import FloatArray
from analytics.designs.design import base_weights

LEAST_SHARED = 2000
"""Times that people of two types must sit on a panel of the list together, all people of these types taken together,
before their joint chance is read off the list. Under that its noise is of the size of what it measures, and the
Yates-Grundy estimate can fall below 0."""


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """Chances of n people, each in (0, 1]; 1 where a step was not taken."""

    recruited: FloatArray
    invited: FloatArray
    responded: FloatArray
    selected: FloatArray

    @property
    def before(self) -> FloatArray:
        """n: chance to get as far as the lottery."""
        return np.asarray(self.recruited * self.invited * self.responded)

    @property
    def chance(self) -> FloatArray:
        """n: chance of the whole chain."""
        return np.asarray(self.before * self.selected)

    def weights(self) -> FloatArray:
        """n: base weights.

        Raises:
            DesignUnusable: a chance of 0 or above 1: the person could not have been here.
        """
        return base_weights(self.chance)


class Pairwise(msgspec.Struct, frozen=True, kw_only=True):
    """Chances that two people are both on the panel, each one's own on the diagonal (`designs.make(pairwise=...)`)."""

    joint: FloatArray
    """n x n"""
    method: str
    """`lottery list`, or `hajek` where two types meet too seldom on the panels of the list."""
    least_shared: int
    """Fewest times that two of the types meet."""


def pairwise(
    chain: Chain,
    panels: Sequence[Collection[str]],
    people: Sequence[str],
    pool: Mapping[str, str],
    selected: FloatArray,
) -> Pairwise:
    """Joint chances of the people on the panel that was drawn from a list of equally likely panels.

    Recruitment, invitation and response are taken as independent between people; the lottery is not. People of one type
    are exchangeable in it, so their joint chance is that of any two of their types: the average over the list of
    x_s x_t / (n_s n_t), within a type of x_t (x_t - 1) / (n_t (n_t - 1)), for panels with x_t of n_t people of type t.
    Where types meet too seldom it is approximated from everybody's own chance,
    p_ij = p_i p_j (1 - (1 - p_i)(1 - p_j) / sum over the pool of p (1 - p)), as in Hájek (1964).

    Args:
        panels: all panels of the lottery, as ids.
        people: the n people of `chain`, in its order.
        pool: type of everybody in the pool, by id: who has the same features has the same type.
        selected: chance to be selected of everybody in the pool, for the approximation.
    """
    names = sorted(set(pool.values()))
    place = {name: i for i, name in enumerate(names)}
    size = np.bincount([place[of] for of in pool.values()], minlength=len(names)).astype(np.float64)
    mine = np.array([place[pool[id]] for id in people])
    on = np.array(
        [np.bincount([place[pool[id]] for id in panel], minlength=len(names)) for panel in panels], dtype=float
    )
    met = on.T @ on - np.diag(on.sum(axis=0))
    pairs = np.outer(size, size) - np.diag(size)
    off = ~np.eye(mine.size, dtype=bool)
    least = int(met[np.ix_(mine, mine)][off].min()) if mine.size > 1 else 0
    if least >= LEAST_SHARED:
        lottery = (met / np.where(pairs > 0, pairs, 1.0) / len(panels))[np.ix_(mine, mine)]
        method = "lottery list"
    else:
        p, spread = chain.selected, float((selected * (1 - selected)).sum())
        correction = np.outer(1 - p, 1 - p) / spread if spread > 0 else np.zeros((p.size, p.size))
        lottery, method = np.outer(p, p) * np.clip(1 - correction, 0.0, 1.0), "hajek"
    joint = lottery * np.outer(chain.before, chain.before)
    np.fill_diagonal(joint, chain.chance)
    return Pairwise(joint=joint, method=method, least_shared=least)
