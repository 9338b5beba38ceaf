"""From which age people may join: 18, or 16 where the population figures reach that far."""

from collections.abc import Sequence

from samenspraak.types.margins import MarginSet

from panels.coding import LOWEST_AGE, MINIMUM_AGE
from panels.store import Connection
from panels.store import members as store

_NEEDED = (("sex_age", "age7"), ("province",), ("education", "education3"))
"""One dimension of each group makes a set complete: age, province and education are what draws and weights rest on."""


def lowest(sets: Sequence[MarginSet]) -> int:
    """16 when one of the sets has the base `16+` and is complete, else 18. Recalled or outdated figures do not count:
    minors are only asked for when their place in the population is known."""
    return LOWEST_AGE if any(_complete(margins) for margins in sets) else MINIMUM_AGE


async def minimum_age(conn: Connection) -> int:
    """From which age people may join now."""
    return lowest(await store.margins_with_minors(conn))


def _complete(margins: MarginSet) -> bool:
    keys = {dimension.key for dimension in margins.dimensions}
    sound = margins.base == "16+" and margins.area == "NL" and not (margins.recalled or margins.outdated)
    return sound and all(keys.intersection(group) for group in _NEEDED)
