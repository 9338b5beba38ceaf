"""Who took part of those who were asked, and how much that could matter."""

from samenspraak.types.base import Answer, Localised
from samenspraak.types.estimate import Interval


class FunnelStep(Answer, frozen=True, kw_only=True):
    """One step from invitation to use in the figures."""

    step: str
    label: Localised
    count: int | None
    """None where the count must be protected."""


class Rate(Answer, frozen=True, kw_only=True):
    """One outcome rate under its standard name; probability samples have response rates, others participation."""

    code: str
    """`RR1` ... `RR6`, `COOP1`, `REF1`, `CON1`, `participation` or `cumulative`."""
    label: Localised
    value: float


class CategoryPart(Answer, frozen=True, kw_only=True):
    code: str
    label: Localised
    value: float
    """Negative: these people took part less than average."""


class PartialIndicator(Answer, frozen=True, kw_only=True):
    """How much one dimension contributes to uneven participation."""

    dimension: str
    label: Localised
    unconditional: float
    """Between the levels of this dimension."""
    conditional: float
    """Beyond what the other dimensions explain."""
    categories: tuple[CategoryPart, ...] = ()


class Representativity(Answer, frozen=True, kw_only=True):
    """R-indicator: 1 when everybody was equally likely to take part, lower when participation was uneven."""

    value: float
    interval: Interval | None = None
    unadjusted: float
    """Without the correction for the size of the sample."""
    maximal_bias: float
    """Largest bias of a share that uneven participation could make before weighting, in standard deviations."""
    n_invited: int
    partials: tuple[PartialIndicator, ...] = ()
    note: Localised


class ModeCount(Answer, frozen=True, kw_only=True):
    """How many of those in the figures answered in one way."""

    mode: str
    """`web`, `kiosk`, `paper`, `phone`; `other` for ways that fewer than ten people used, taken together."""
    label: Localised
    count: int


class Representation(Answer, frozen=True, kw_only=True):
    funnel: tuple[FunnelStep, ...]
    rates: tuple[Rate, ...]
    indicator: Representativity | None = None
    """None where too few were invited, or all took part."""
    sentence: Localised
    modes: tuple[ModeCount, ...] = ()
    """Adds up to those in the figures; empty where no two ways can be told apart without counts under ten."""
    modes_sentence: Localised | None = None
