"""Why no panel meets the quotas, and what would help: as data and in words."""

from panels.sortition.infeasible.explain import explain, impossible
from panels.sortition.infeasible.model import Infeasibility
from panels.sortition.infeasible.words import sentences

__all__ = ["Infeasibility", "explain", "impossible", "sentences"]
