"""Answers as weighted words: TF-IDF (Spärck Jones 1972; Salton and Buckley 1988) over stems.

Only answers in the language that most were written in take part: a stem of one language says nothing in another.
scikit-learn is imported when it is first needed, so that processes that never look for themes do without it.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from samenspraak.types.base import Lang

from analytics.arrays import BoolArray, IntArray
from analytics.texts.words import STOP_WORDS, Word, language, stem, words

RAREST = 3
"""A stem counts from this many answers on; a rarer one ties nothing together."""
COMMONEST = 0.5
"""A stem in more than this share of the answers is left out: it is what the question was about."""


class Vectors(msgspec.Struct, frozen=True, kw_only=True):
    """n answers by m stems; rows have length one, or are empty where no stem counts."""

    matrix: Any
    """Sparse, n x m."""
    language: Lang
    spoken: BoolArray
    """Which answers are in that language."""
    stems: tuple[str, ...]
    shown: tuple[str, ...]
    """For each stem the word that is most often written for it."""
    people: IntArray
    """For each stem the number of answers that hold it."""


def vectors(texts: Sequence[str], languages: Sequence[Lang]) -> Vectors:
    """TF-IDF of the answers.

    Args:
        texts: one per person, personal data blanked out (`screen.blank`).
        languages: in which each person answered; used where the words do not tell.
    """
    found = [words(text) for text in texts]
    spoken = [language(one, otherwise) for one, otherwise in zip(found, languages, strict=True)]
    counts = Counter(spoken)
    main: Lang = "nl" if counts["nl"] >= counts["en"] else "en"
    mine = np.array([one == main for one in spoken], dtype=bool)
    documents = [_stems(one, main) if own else [] for one, own in zip(found, mine, strict=True)]
    matrix, stems = _weighted(documents, int(mine.sum()))
    return Vectors(
        matrix=matrix,
        language=main,
        spoken=mine,
        stems=stems,
        shown=_shown(texts, found, mine, main, stems),
        people=np.asarray((matrix > 0).sum(axis=0), dtype=np.int64).reshape(-1),
    )


def _stems(found: Sequence[Word], spoken: Lang) -> list[str]:
    """Stems of the words that say something."""
    return [stem(word.form, spoken) for word in found if len(word.form) > 2 and word.form not in STOP_WORDS[spoken]]


def _weighted(documents: Sequence[Sequence[str]], answers: int) -> tuple[Any, tuple[str, ...]]:
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfTransformer

    held = Counter(one for document in documents for one in set(document))
    stems = tuple(sorted(one for one, people in held.items() if RAREST <= people <= COMMONEST * answers))
    column = {one: number for number, one in enumerate(stems)}
    cells = [(row, column[one]) for row, document in enumerate(documents) for one in document if one in column]
    rows, columns = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    counted = sparse.csr_matrix((np.ones(len(cells)), (rows, columns)), shape=(len(documents), len(stems)))
    if not cells:
        return counted, stems
    return TfidfTransformer(sublinear_tf=True).fit_transform(counted).tocsr(), stems


def _shown(
    texts: Sequence[str], found: Sequence[Sequence[Word]], mine: BoolArray, spoken: Lang, stems: Sequence[str]
) -> tuple[str, ...]:
    written: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text, one, own in zip(texts, found, mine, strict=True):
        for word in one if own else ():
            if word.form not in STOP_WORDS[spoken]:
                written[stem(word.form, spoken)][text[word.start : word.end].lower()] += 1
    return tuple(min(written[one].items(), key=lambda pair: (-pair[1], pair[0]))[0] for one in stems)
