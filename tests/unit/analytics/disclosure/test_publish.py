"""An estimate leaves with what its base allows, and nothing more."""

import numpy as np

from analytics.designs import design
from analytics.disclosure.publish import publish
from analytics.estimates import estimate
from analytics.representation import sensitivity


def figure(n: int) -> estimate.Estimate:
    hits = np.where(np.arange(400) < n, (np.arange(400) % 2).astype(float), np.nan)
    return estimate.proportion(hits, design.make(np.ones(400)))


def test_under_ten_not_even_the_base_leaves() -> None:
    out = publish(figure(9), base="all", sample_kind="simulated")
    assert (out.value, out.se, out.interval, out.n, out.n_eff, out.flag) == (None,) * 5 + ("suppressed",)
    assert out.reliability == "ok"


def test_under_thirty_only_the_base_leaves() -> None:
    out = publish(figure(29), base="all", sample_kind="simulated")
    assert (out.value, out.n, out.flag) == (None, 29, "too_few")


def test_a_hidden_group_says_nothing_although_its_base_is_large() -> None:
    out = publish(figure(300), base="all", sample_kind="simulated", hidden=True)
    assert (out.value, out.n, out.flag) == (None, None, "suppressed")


def test_a_large_base_leaves_with_everything_needed_to_judge_it() -> None:
    found = figure(300)
    band = sensitivity.band(found, sensitivity.measure([found]))
    out = publish(found, base="all", sample_kind="opt_in_panel", sensitivity=band)
    assert (out.flag, out.reliability) == ("ok", "ok")
    assert out.interval is not None
    assert out.sensitivity is not None
    assert out.sensitivity.lower < out.interval.lower < (out.value or 0) < out.interval.upper
    assert out.sensitivity.method == "korn_graubard+selection"


def test_a_shown_figure_that_is_too_wide_says_so() -> None:
    out = publish(figure(36), base="all", sample_kind="simulated")
    assert out.interval is not None
    assert out.interval.upper - out.interval.lower >= 0.30
    assert (out.flag, out.reliability) == ("exploratory", "wide")
