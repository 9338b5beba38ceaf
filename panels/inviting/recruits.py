"""Whom the panel lacks: an audit whose population it cannot carry, and the recruits that would change that."""

from collections.abc import Mapping

import msgspec

from panels.inviting.curve import INSTANT, Curve
from panels.inviting.models import Fieldwork
from panels.inviting.response import Response
from panels.inviting.sizing import size


class Recruits(msgspec.Struct, frozen=True, kw_only=True):
    """New members needed before the quota can be assured; empty when the panel carries the audit."""

    cells: Mapping[str, int]
    """By cell, only where there are too few."""
    total: int
    chance: float
    """That the quota is filled with the members there are."""

    @property
    def carried(self) -> bool:
        """Whether the panel can carry the audit as it is."""
        return not self.total


def needed(fieldwork: Fieldwork, response: Response, *, curve: Curve = INSTANT, assurance: float = 0.95) -> Recruits:
    """Members to be found so that the quota is filled with this probability; they respond as their cell does.

    Members who rest now and will be eligible before the audit closes may be counted in `available`.

    Raises:
        PlanUnfit: counts that cannot be, a response of other cells, an assurance that is no probability.
    """
    sized = size(fieldwork, response, curve=curve, assurance=assurance)
    cells = {
        cell.key: sized.wanted[cell.key] - cell.available
        for cell in fieldwork.cells
        if sized.wanted[cell.key] > cell.available
    }
    return Recruits(cells=cells, total=sum(cells.values()), chance=sized.chance)
