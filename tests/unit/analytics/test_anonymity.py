"""Local suppression and shared weights, against what they promise, on made-up data of any kind."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.disclosure import anonymity
from analytics.errors import AnalyticsError


@given(seed=st.integers(0, 10_000), n=st.integers(5, 200), k=st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_no_combination_is_rarer_than_k_and_nothing_else_changes(seed: int, n: int, k: int) -> None:
    keys = np.random.default_rng(seed).integers(0, [3, 4, 5], size=(n, 3))
    before = keys.copy()
    safe = anonymity.suppress(keys, k=k, order=[2, 1, 0])
    assert (anonymity.sizes(safe) >= k).all()
    assert (keys == before).all()
    kept = safe != anonymity.SUPPRESSED
    assert (safe[kept] == keys[kept]).all()


def test_what_is_common_enough_is_left_alone() -> None:
    keys = np.array([[1, 1]] * 6 + [[2, 1]] * 5 + [[2, 2]])
    safe = anonymity.suppress(keys, k=5, order=[1, 0])
    assert (safe[:6] == keys[:6]).all()
    assert anonymity.unique_share(keys) == pytest.approx(1 / 12)
    assert anonymity.unique_share(safe) == 0.0


def test_fewer_people_than_k_are_refused() -> None:
    with pytest.raises(AnalyticsError, match="5 records or more"):
        anonymity.suppress(np.zeros((4, 2), dtype=np.int64), k=5, order=[0, 1])


@given(seed=st.integers(0, 10_000), n=st.integers(100, 400))
@settings(max_examples=25, deadline=None)
def test_weights_are_shared_by_k_and_keep_the_totals_that_they_say(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    keys = anonymity.suppress(rng.integers(0, 3, size=(n, 2)), k=5, order=[1, 0])
    weights = rng.lognormal(0, 0.5, n)
    totals = rng.integers(0, 2, size=(n, 3)).astype(float) - 0.4
    shared, kept = anonymity.shared_weights(weights, keys, totals, k=5)
    assert anonymity.sizes(np.column_stack([keys, np.round(shared * 1e9).astype(np.int64)])).min() >= 5
    assert shared.sum() == pytest.approx(weights.sum())
    assert shared @ totals[:, :kept] == pytest.approx(weights @ totals[:, :kept], abs=1e-5)
    assert (shared > 0).all()
