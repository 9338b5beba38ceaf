"""What people wrote about, found in the answers themselves: themes by non-negative factors of TF-IDF.

Non-negative matrix factorisation (Paatero and Tapper 1994; Lee and Seung 1999), started by NNDSVD (Boutsidis and
Gallopoulos 2008), so that chance plays no part in a fit. How many themes: the largest number of which the top words
come back as well as those of any other number, when a fifth of the answers is left out at random, eight times (term-
centric stability: Greene, O'Callaghan and Cunningham 2014), and that leaves ten people or more in every theme. No
themes at all when too few people wrote, or when nothing comes back well enough.

Themes are a way to read, not a measurement scale: the intervals of their counts hold for the themes as found, and leave
out that another sample might have given other themes. The stability says how much of that to fear.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from scipy.optimize import linear_sum_assignment

from analytics.arrays import FloatArray, IntArray
from analytics.disclosure.thresholds import THRESHOLDS
from analytics.texts.vectors import Vectors

FEWEST_ANSWERS = 50
"""Answers with words that count; with fewer there are no themes."""
ANSWERS_PER_THEME = 20
"""At most one theme for every so many answers."""
MOST_THEMES = 8
TOP_WORDS = 8
"""Words of a theme that are compared and shown."""
LIGHTEST = 0.2
"""A top word weighs at least this part of the heaviest one."""
SUBSAMPLES = 8
KEPT = 0.8
"""Share of the answers in each subsample."""
AS_GOOD = 0.05
"""Agreements that differ by less count as equal: of those the largest number of themes says most."""
STABLE = 0.5
"""Mean agreement of top words, from 0 to 1, below which no themes are given."""
RULE = (
    f"the largest number from 2 to {MOST_THEMES} (and one per {ANSWERS_PER_THEME} answers at most) whose top words "
    f"agree over {SUBSAMPLES} subsamples of {KEPT:.0%} within {AS_GOOD} of the best, with "
    f"{THRESHOLDS.suppressed_under} answers or more in every theme; "
    f"none under {FEWEST_ANSWERS} answers or an agreement of {STABLE}"
)


class Theme(msgspec.Struct, frozen=True, kw_only=True):
    """Words that go together, and who used them."""

    words: tuple[str, ...]
    """The top words, heaviest first, as most people wrote them; only words that ten people or more used."""
    rows: tuple[int, ...]
    """Answers whose largest part is this theme and that hold at least one of its top stems."""
    stability: float
    """How well its top words came back in the subsamples, from 0 to 1."""


class Themes(msgspec.Struct, frozen=True, kw_only=True):
    """Everything found, from the largest theme to the smallest."""

    themes: tuple[Theme, ...]
    answers: int
    """Answers with words that count, in the language of the themes."""
    stability: dict[int, float]
    """Mean agreement for each number of themes that was tried."""


def find(given: Vectors, *, seed: int = 0) -> Themes:
    """The themes of a set of answers; the order in which they are given makes no difference.

    Args:
        seed: of the subsamples.
    """
    rows = _in_order(given)
    most = min(MOST_THEMES, rows.size // ANSWERS_PER_THEME)
    if rows.size < FEWEST_ANSWERS or most < 2 or len(given.stems) < TOP_WORDS:
        return Themes(themes=(), answers=int(rows.size), stability={})
    matrix = given.matrix[rows]
    rng = np.random.default_rng([seed, rows.size])
    parts = [np.sort(rng.permutation(rows.size)[: int(KEPT * rows.size)]) for _ in range(SUBSAMPLES)]
    tried = {k: _tried(given, rows, matrix, parts, k) for k in range(2, min(most, len(given.stems)) + 1)}
    stability = {k: float(np.mean([theme.stability for theme in found])) for k, found in tried.items()}
    able = [k for k, found in tried.items() if min(len(theme.rows) for theme in found) >= THRESHOLDS.suppressed_under]
    able = [k for k in able if stability[k] >= STABLE]
    top = max((stability[k] for k in able), default=0.0)
    best = max((k for k in able if stability[k] >= top - AS_GOOD), default=None)
    found = () if best is None else tuple(sorted(tried[best], key=lambda theme: (-len(theme.rows), theme.words)))
    return Themes(themes=found, answers=int(rows.size), stability=stability)


def _in_order(given: Vectors) -> IntArray:
    """Answers that hold a stem, in an order that follows from what they hold."""
    held = np.flatnonzero(np.diff(given.matrix.indptr))
    keys = [tuple(zip(given.matrix[row].indices, given.matrix[row].data, strict=True)) for row in held]
    return np.array([held[i] for i in sorted(range(held.size), key=lambda i: keys[i])], dtype=np.int64)


def _tried(given: Vectors, rows: IntArray, matrix: Any, parts: Sequence[IntArray], k: int) -> list[Theme]:
    """The themes with this number, each with how well its top words came back."""
    weights, factors = _factors(matrix, k)
    came_back = np.mean([_agreement(factors, _factors(matrix[part], k)[1]) for part in parts], axis=0)
    return [_theme(given, rows, matrix, weights, factors, number, float(came_back[number])) for number in range(k)]


def _factors(matrix: Any, k: int) -> tuple[FloatArray, FloatArray]:
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    model = NMF(n_components=k, init="nndsvd", solver="cd", random_state=0, tol=1e-3, max_iter=200)
    with warnings.catch_warnings():
        # A fit that stops early gives themes that come back less well, which is what decides.
        warnings.simplefilter("ignore", ConvergenceWarning)
        weights = model.fit_transform(matrix)
    return weights, np.asarray(model.components_)


def _agreement(one: FloatArray, other: FloatArray) -> FloatArray:
    """Per theme of `one`: average Jaccard index of its ranked top words with those of its partner in `other`."""
    likeness = _average_jaccard(_top(one), _top(other))
    rows, columns = linear_sum_assignment(-likeness)
    return np.asarray(likeness[rows, columns])


def _average_jaccard(one: IntArray, other: IntArray) -> FloatArray:
    """For each ranked list of `one` and each of `other`: the mean over depths of the Jaccard index of what stands above
    that depth, so that agreement at the top counts most."""
    same = one[:, None, :, None] == other[None, :, None, :]
    deepest = np.maximum(*np.indices(same.shape[2:]))
    both = np.stack([(same & (deepest < depth)).sum(axis=(2, 3)) for depth in range(1, one.shape[1] + 1)])
    either = 2 * np.arange(1, one.shape[1] + 1)[:, None, None] - both
    return np.asarray((both / either).mean(axis=0))


def _top(factors: FloatArray) -> IntArray:
    """Positions of the heaviest stems of each theme; of equals the first."""
    return np.argsort(-factors, axis=1, kind="stable")[:, :TOP_WORDS]


def _theme(
    given: Vectors, rows: IntArray, matrix: Any, weights: FloatArray, factors: FloatArray, number: int, stability: float
) -> Theme:
    heaviest = factors[number].max()
    top = [int(stem) for stem in _top(factors)[number] if factors[number, stem] > LIGHTEST * heaviest]
    share = weights * np.linalg.norm(factors, axis=1)
    mine = (share.argmax(axis=1) == number) & (share.max(axis=1) > 0)
    holds = np.asarray((matrix[:, top] > 0).sum(axis=1)).reshape(-1) > 0
    shown = tuple(given.shown[stem] for stem in top if given.people[stem] >= THRESHOLDS.suppressed_under)
    return Theme(words=shown, rows=tuple(sorted(int(row) for row in rows[mine & holds])), stability=stability)
