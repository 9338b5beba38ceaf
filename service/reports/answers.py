"""Answers by question, read once: the respondents are records, the estimates want columns."""

from collections.abc import Callable, Sequence

import numpy as np
from samenspraak.types.questionnaire import AnswerValue

from analytics.arrays import FloatArray, IntArray
from service.reports.inputs import Respondent

NUMBERS = (int, float)
"""Types of codes and numbers; True is neither."""


class Answers:
    """Columns of answers, read-only."""

    def __init__(self, respondents: Sequence[Respondent]) -> None:
        self._n = len(respondents)
        self._given: dict[str, tuple[list[int], list[AnswerValue]]] = {}
        # One walk along the records: asking every record for every question takes ten times as long.
        for row, person in enumerate(respondents):
            for key, value in person.answers.items():
                if key not in self._given:
                    self._given[key] = ([], [])
                rows, values = self._given[key]
                rows.append(row)
                values.append(value)
        self._codes: dict[str, FloatArray] = {}
        self._chosen: dict[tuple[str, tuple[int, ...]], FloatArray] = {}
        self._levels: dict[str, IntArray] = {}

    def codes(self, key: str) -> FloatArray:
        """Stored code or number per person; NaN where the question was not shown, was skipped, or holds neither."""
        if key not in self._codes:
            rows, values = self._given.get(key, ([], []))
            column = np.full(self._n, np.nan)
            # `type` and not `isinstance`: True is an int to Python.
            column[rows] = [value if type(value) in NUMBERS else np.nan for value in values]
            self._codes[key] = _fixed(column)
        return self._codes[key]

    def chosen(self, key: str, codes: Sequence[int]) -> FloatArray:
        """n x k: whether each code is in the stored list; NaN rows for people without a stored list."""
        place = (key, tuple(codes))
        if place not in self._chosen:
            self._chosen[place] = _fixed(self._lists(key, codes))
        return self._chosen[place]

    def levels(self, dimension: str, work_out: Callable[[], IntArray]) -> IntArray:
        """Everybody's level of one dimension, worked out when first asked for."""
        if dimension not in self._levels:
            codes = work_out()
            codes.flags.writeable = False
            self._levels[dimension] = codes
        return self._levels[dimension]

    def wrote(self, key: str) -> int:
        """People who wrote something in an open question."""
        _, values = self._given.get(key, ([], []))
        return sum(1 for text in values if isinstance(text, str) and text.strip())

    def _lists(self, key: str, codes: Sequence[int]) -> FloatArray:
        position = {code: column for column, code in enumerate(codes)}
        hits = np.full((self._n, len(codes)), np.nan)
        for row, value in zip(*self._given.get(key, ([], [])), strict=True):
            if type(value) is list:
                hits[row] = 0.0
                hits[row, [position[code] for code in value if code in position]] = 1.0
        return hits


def _fixed(column: FloatArray) -> FloatArray:
    column.flags.writeable = False
    return column
