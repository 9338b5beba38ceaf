"""What can be wrong with statistical input.

    AnalyticsError
    |-- MarginsUnusable       targets that contradict themselves or each other
    |-- ValuesUnknown         answers outside the declared levels
    |-- WeightsUnusable       start weights that are no positive numbers; names the rows
    |-- AnswersUnusable       answers that are no finite numbers, or of other people than the design
    |-- Infeasible            no weights meet the targets; names the level and the merge that repairs it
    |-- NotConverged          the solver stopped before the targets were met
    |-- DesignUnusable        weights, strata or units that allow no variance
    |-- ModelUnusable         variables or answers that no regression can be fitted to; names what to leave out
    |-- RateRefused           a response rate for people who chose themselves, or the other way round
    |-- TextsUnusable         a lexicon, or codings of texts, that contradict themselves or each other
    |-- ComparisonUnusable    groups, tables, families or plans that allow no test
    |-- ReleaseUnusable       cells that do not fit their base, or overlap within a dimension
    |-- ReleaseRefused        a second release that differs from an earlier one by a few people
    `-- CellsUnusable         cell tables that contradict themselves or each other

Each carries a stable `code`, a public `message`, the `faults` found (all of them, at once) and typed `details`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from samenspraak.types.problem import Fault


class AnalyticsError(Exception):
    """Base of this package's failures."""

    code: ClassVar[str] = "analytics_error"

    def __init__(self, message: str, *, faults: Sequence[Fault] = (), details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.faults = tuple(faults)
        self.details: dict[str, Any] = dict(details or {})


class MarginsUnusable(AnalyticsError):
    code = "margins_unusable"


class ValuesUnknown(AnalyticsError):
    code = "values_unknown"


class Infeasible(AnalyticsError):
    """`details`: `levels` (those that cannot be met) and `repairs` (merges, each enough by itself)."""

    code = "weighting_infeasible"


class NotConverged(AnalyticsError):
    """`details`: the certificate's figures at the point where the solver stopped."""

    code = "weighting_not_converged"


class DesignUnusable(AnalyticsError):
    code = "design_unusable"


class CellsUnusable(AnalyticsError):
    code = "cells_unusable"


class ModelUnusable(AnalyticsError):
    """`details`: `separating`, the columns that predict the answers without error, where that is the reason."""

    code = "model_unusable"


class AnswersUnusable(AnalyticsError):
    """`faults` point at the columns."""

    code = "answers_unusable"


class RateRefused(AnalyticsError):
    code = "rate_refused"


class TextsUnusable(AnalyticsError):
    """`faults` point into the lexicon, or at the codings."""

    code = "texts_unusable"


class WeightsUnusable(AnalyticsError):
    """`details`: `rows`, the people whose weight cannot be used."""

    code = "weights_unusable"


class ComparisonUnusable(AnalyticsError):
    """`faults` point at the groups, levels or members; the message says what to merge, leave out or declare."""

    code = "comparison_unusable"


class ReleaseUnusable(AnalyticsError):
    """`faults` point at the cells."""

    code = "release_unusable"


class ReleaseRefused(AnalyticsError):
    """`faults` name every pair of cells that differ by few people."""

    code = "release_refused"
