"""How a panel was selected, for the public: the pool, the quotas, the chances, and the panel beside the population.

A count under ten is not shown, nor one from which such a count could be worked out; it is None. Quotas are public, and
so are the chances: they follow from the published panels."""

from samenspraak.types.base import Answer, Localised
from samenspraak.types.lottery import LotteryAlgorithm


class SelectionValue(Answer, frozen=True, kw_only=True):
    """One value of a feature: `25-34` of age."""

    value: str
    label: Localised
    minimum: int
    """People with this value that every panel holds at least."""
    maximum: int
    """And at most; 0 to the panel size where there is no quota."""
    population: float | None = None
    """Share of the population, in [0, 1]; None where no margin set knows the value."""
    pool: int | None = None
    """Volunteers with this value; None: not shown."""
    panel: int | None = None
    """People with this value on the panel that was drawn; None: not shown, or not drawn yet."""


class SelectionFeature(Answer, frozen=True, kw_only=True):
    feature: str
    label: Localised
    values: tuple[SelectionValue, ...]


class ChanceBand(Answer, frozen=True, kw_only=True):
    """Volunteers whose chance lies in one band of a histogram; the last band includes its upper end."""

    low: float
    high: float
    tickets: int


class SelectionChances(Answer, frozen=True, kw_only=True):
    """How equal the chances are: panels with a ticket over all panels."""

    minimum: float
    """Of those who are in any panel at all."""
    maximum: float
    """Of those who are not in every panel by rule."""
    average: float
    """Panel size over pool size: everybody's chance if there were no quotas."""
    gini: float
    """0: all chances equal; over everybody in the pool."""
    bound: float
    """No lottery that meets the quotas can give everybody a higher chance than this."""
    never: int
    """Tickets in no panel, as no panel that meets the quotas can hold them."""
    always: int
    """Tickets in every panel."""
    bands: tuple[ChanceBand, ...]


class SelectionReport(Answer, frozen=True, kw_only=True):
    """Made when a lottery is published, completed when the panel is drawn, never recomputed."""

    pool: int
    """Volunteers in the lottery."""
    size: int
    """People on the panel."""
    panels: int
    algorithm: LotteryAlgorithm
    one_per_household: bool
    features: tuple[SelectionFeature, ...]
    chances: SelectionChances
    drawn: bool = False
    """Whether the counts of the panel are in it."""
    population: str = ""
    """Name of the margin set behind the population shares."""
