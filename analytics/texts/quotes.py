"""Which answers may speak for a group of answers, in their own words.

Candidates lie close to the middle of the group and far from each other (maximal marginal relevance: Carbonell and
Goldstein 1998). A quote is a whole answer of readable length, never a part of one. It leaves only when all this holds:

- at least ten people raised the subject;
- the screen for personal data found nothing severe in it;
- a person has read it and approved it.
"""

from collections.abc import Collection, Sequence

import msgspec
import numpy as np

from analytics.arrays import BoolArray, FloatArray
from analytics.disclosure.thresholds import THRESHOLDS
from analytics.texts.screen import blocks
from analytics.texts.vectors import Vectors
from analytics.texts.words import words

FEWEST_WORDS = 4
MOST_WORDS = 50
MOST_QUOTES = 3
RELEVANCE = 0.7
"""Weight of closeness to the middle; the rest goes to distance from the quotes that were chosen before."""


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """One answer that may be printed."""

    row: int
    """Whose: position in the answers that were given."""
    text: str
    closeness: float
    """Cosine of the angle with the middle of its group, from 0 to 1."""


def quotable(text: str) -> bool:
    """Whether an answer may be put before a person who decides on quoting it: readable, and past the screen."""
    return FEWEST_WORDS <= len(words(text)) <= MOST_WORDS and not blocks(text)


def choose(
    texts: Sequence[str],
    group: BoolArray,
    given: Vectors,
    *,
    approved: Collection[int],
    used: Collection[int] = (),
    most: int = MOST_QUOTES,
) -> tuple[Quote, ...]:
    """The quotes of one group, the closest to its middle first; none without approval.

    Args:
        texts: the answers as they were written, one per person.
        group: who raised the subject.
        given: the same answers as vectors.
        approved: rows that a person has approved. Nothing else leaves.
        used: rows that are quoted already.
    """
    if int(group.sum()) < THRESHOLDS.suppressed_under:
        return ()
    rows = [row for row in sorted(approved) if group[row] and row not in used and quotable(texts[row])]
    closeness = _closeness(given, group)
    likeness = np.asarray((given.matrix[rows] @ given.matrix[rows].T).todense()) if rows else np.empty((0, 0))
    chosen: list[int] = []
    while len(chosen) < min(most, len(rows)):
        far = likeness[:, chosen].max(axis=1) if chosen else np.zeros(len(rows))
        worth = RELEVANCE * closeness[rows] - (1 - RELEVANCE) * far
        worth[chosen] = -np.inf
        chosen.append(int(np.argmax(worth)))
    return tuple(Quote(row=rows[i], text=texts[rows[i]], closeness=float(closeness[rows[i]])) for i in chosen)


def _closeness(given: Vectors, group: BoolArray) -> FloatArray:
    """Cosine of every answer with the mean of the group; 0 for answers that hold no stem."""
    middle = np.asarray(given.matrix[np.flatnonzero(group)].mean(axis=0)).reshape(-1)
    length = float(np.linalg.norm(middle))
    if length == 0:
        return np.zeros(group.size)
    return np.asarray(given.matrix @ (middle / length)).reshape(-1)
