"""What can be wrong with statistical input.

    AnalyticsError
    |-- MarginsUnusable       targets that contradict themselves or each other
    |-- ValuesUnknown         answers outside the declared levels
    |-- Infeasible            no weights meet the targets; names the level and the merge that repairs it
    |-- NotConverged          the solver stopped before the targets were met
    |-- DesignUnusable        weights, strata or units that allow no variance
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
