"""Households that are alike take turns, with each of the seats that they can fill."""

import numpy as np

from analytics.arrays import IntArray

NOBODY = -1


def rotate(seats: IntArray, households: int) -> IntArray:
    """For each panel and household the type that sits for it, or NOBODY: m x households.

    Of every type each household gets the seats over all panels divided by the households, rounded up or down, and no
    household has two people on one panel.

    First households take turns in order. Then, as long as two of them differ by two seats or more of one type, their
    seats are exchanged in some panels: the panels in which they differ are the edges of a graph, from what one has to
    what the other has, and turning the edges along Euler's tours leaves as many at each type as leave it, give or
    take one. The sum of squares goes down every time, so this ends.

    Args:
        seats: m x types, 0 or more, at most `households` in a panel.
    """
    panels, types = seats.shape
    found = np.full((panels, households), NOBODY)
    start = 0
    for panel in range(panels):
        sitting = np.repeat(np.arange(types), seats[panel])
        found[panel, (start + np.arange(sitting.size)) % households] = sitting
        start = (start + sitting.size) % households
    while True:
        count = np.stack([(found == type_).sum(axis=0) for type_ in range(types)])
        worst = int(np.argmax(count.max(axis=1) - count.min(axis=1)))
        if count[worst].max() - count[worst].min() <= 1:
            return found
        _exchange(found, int(count[worst].argmax()), int(count[worst].argmin()))


def _exchange(found: IntArray, one: int, other: int) -> None:
    """Divide the seats of two households evenly, in place."""
    differ = np.flatnonzero(found[:, one] != found[:, other])
    edges = [(int(found[p, one]), int(found[p, other])) for p in differ]
    for panel, keep in zip(differ, _oriented(edges), strict=True):
        if not keep:
            found[panel, [one, other]] = found[panel, [other, one]]


def _oriented(edges: list[tuple[int, int]]) -> list[bool]:
    """Whether each edge keeps its direction, so that as many edges leave every node as enter it, give or take one.

    Walks along unused edges until stuck: first from nodes with an odd number of them, where each walk ends at another
    such node, then from the others, where each walk ends where it began."""
    touching: dict[int, list[int]] = {}
    for i, edge in enumerate(edges):
        for node in edge:
            touching.setdefault(node, []).append(i)
    left = {node: len(at) for node, at in touching.items()}
    keep: dict[int, bool] = {}
    for odd in (True, False):
        for start in touching:
            at: int | None = start if left[start] % 2 == odd else None
            while at is not None:
                at = _step(edges, touching, left, keep, at)
    return [keep[i] for i in range(len(edges))]


def _step(
    edges: list[tuple[int, int]],
    touching: dict[int, list[int]],
    left: dict[int, int],
    keep: dict[int, bool],
    node: int,
) -> int | None:
    """Take an unused edge from a node; the node at its other end, or None when there is none."""
    while touching[node] and touching[node][-1] in keep:
        touching[node].pop()
    if not touching[node]:
        return None
    i = touching[node].pop()
    keep[i] = edges[i][0] == node
    other = edges[i][1] if keep[i] else edges[i][0]
    left[node] -= 1
    left[other] -= 1
    return other
