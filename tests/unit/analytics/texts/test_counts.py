"""Counts of what people raised, on the full design, against R survey."""

import numpy as np
import pytest

from analytics.designs import design as designs
from analytics.texts.counts import counts

WEIGHTS = np.array([1.2, 0.8, 1.5, 0.7, 1.1, 0.9, 1.3, 1.0, 0.6, 1.4, 1.05, 0.95])
STRATA = [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
UNITS = [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
WROTE = np.array([1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1], dtype=bool)
RAISED = np.array([[1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0], [0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0]], dtype=bool).T


@pytest.fixture
def design() -> designs.Design:
    stage = designs.stage(strata=STRATA, units=UNITS, rows=12)
    return designs.make(WEIGHTS, stages=[stage])


def test_shares_and_totals_of_those_who_wrote_equal_r(design: designs.Design) -> None:
    """survey 4.1.1 in R: d <- svydesign(~u, strata=~s, weights=~w); svymean(~r1+r2, subset(d, wrote==1)), svytotal."""
    first, second = counts(RAISED, WROTE, design)
    assert (first.people, second.people) == (5, 2)
    assert first.share.value == pytest.approx(0.55, rel=1e-12)
    assert first.share.se == pytest.approx(0.16193980363085539, rel=1e-12)
    assert second.share.se == pytest.approx(0.10599254690778971, rel=1e-12)
    assert first.total.value == pytest.approx(5.5, rel=1e-12)
    assert first.total.se == pytest.approx(1.53948043183406535, rel=1e-12)
    assert second.total.se == pytest.approx(0.92195444572928875, rel=1e-12)
    assert first.total.interval is not None
    assert first.total.interval.lower == pytest.approx(0.60068618765311221, rel=1e-9)


def test_who_did_not_write_counts_for_nothing(design: designs.Design) -> None:
    everybody = RAISED | ~WROTE[:, None]
    assert counts(everybody, WROTE, design) == counts(RAISED & WROTE[:, None], WROTE, design)


def test_nobody_wrote(design: designs.Design) -> None:
    found = counts(RAISED, np.zeros(12, dtype=bool), design)
    assert [one.people for one in found] == [0, 0]
    assert all(one.share.value is None for one in found)
