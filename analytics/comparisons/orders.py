"""Whether the order of the questions moved the answers: the parts that got different orders by lot, compared.

An order effect is an effect of asking and no difference of opinion. The figure over all orders stays the estimate,
since each order was given equally often; this says how far it hangs on the order. It is a look at quality, so that
p-values are corrected as exploratory (Benjamini and Hochberg 1995): a stricter correction would hide order effects."""

from collections.abc import Mapping

import msgspec

from analytics.arrays import BoolArray, FloatArray
from analytics.comparisons import variants
from analytics.comparisons.variants import Difference
from analytics.designs.design import Design

FROM = 0.03
"""Difference of shares from which an order effect is worth telling: three points."""


class OrderEffect(msgspec.Struct, frozen=True, kw_only=True):
    difference: Difference
    moved: bool
    """The difference stands after correction and is larger than `least`."""
    least: float


def order_effects(
    figures: Mapping[str, FloatArray],
    orders: Mapping[str, BoolArray],
    design: Design,
    *,
    least: float = FROM,
    level: float = 0.95,
    minimum: int = 30,
    interim: bool = False,
) -> tuple[OrderEffect, ...]:
    """Every figure (answers per person, NaN: none) in one order minus the same in another, for all pairs of orders
    (masks that do not overlap).

    `least` is in the units of the figures. Raises as `variants.compare`.
    """
    found = variants.compare(figures, orders, design, kind="exploratory", level=level, minimum=minimum, interim=interim)
    return tuple(
        OrderEffect(difference=one, moved=bool(one.stands) and abs(one.value) > least, least=least) for one in found
    )
