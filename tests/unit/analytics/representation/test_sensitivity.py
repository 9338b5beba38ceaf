"""The band from benchmarks: what it rests on, when it is refused, and that it covers where intervals do not."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.errors import AnswersUnusable
from analytics.estimates import estimate
from analytics.estimates.estimate import Estimate
from analytics.representation import sensitivity
from analytics.representation.sensitivity import Benchmark, BiasTerm


def share(p: float, n: int = 400) -> Estimate:
    return estimate.proportion((np.arange(n) < round(p * n)).astype(float), design.make(np.ones(n)))


def benchmark(truth: float, p: float, **changes: object) -> Benchmark:
    return Benchmark(**{"name": "internet", "truth": truth, "estimate": share(p), "source": "CBS 2025", **changes})  # type: ignore[arg-type]


def test_the_term_is_the_average_absolute_error_in_standard_deviations() -> None:
    term = sensitivity.from_benchmarks([benchmark(0.5, 0.6), benchmark(0.5, 0.45, name="union")])
    spreads = [share(0.6).spread or 1, share(0.45).spread or 1]
    assert term.standardised == pytest.approx((0.1 / spreads[0] + 0.05 / spreads[1]) / 2)
    assert (term.source, term.figures) == ("benchmarks", 2)


def test_errors_say_which_benchmark_was_off_by_more_than_chance() -> None:
    off, fine = sensitivity.benchmark_errors([benchmark(0.5, 0.6), benchmark(0.5, 0.51, name="union")])
    assert off.beyond_chance
    assert off.error == pytest.approx(0.1)
    assert not fine.beyond_chance


def test_good_benchmarks_never_take_the_allowance_below_the_floor_or_other_evidence() -> None:
    exact = sensitivity.from_benchmarks([benchmark(0.5, 0.5)])
    assert exact.standardised == sensitivity.FLOOR
    seen = BiasTerm(standardised=0.1, figures=10)
    assert sensitivity.larger([exact, seen]) == seen


def test_benchmarks_that_show_nothing_are_refused_by_name() -> None:
    fixed = estimate.Estimate(
        value=0.5, se=0.0, df=9, interval=None, n=10, n_eff=10, deff=0.0, unweighted=0.4, weight_sum=10, spread=0.5,
        note="fixed_by_margin",
    )  # fmt: skip
    cases = [
        benchmark(0.5, 0.5, name="a", estimate=fixed),
        benchmark(0.5, 0.5, name="b", source=" "),
        benchmark(float("nan"), 0.5, name="c"),
        benchmark(0.5, 1.0, name="d"),
    ]
    with pytest.raises(AnswersUnusable) as caught:
        sensitivity.from_benchmarks(cases)
    assert [fault.pointer for fault in caught.value.faults] == ["/a", "/b", "/c", "/d"]
    assert "fixed by the weighting" in caught.value.faults[0].detail
    with pytest.raises(AnswersUnusable, match="at least one"):
        sensitivity.from_benchmarks([])


@pytest.mark.slow
def test_where_selection_shifts_every_answer_the_band_covers_and_the_interval_does_not() -> None:
    rng, held, covered = np.random.default_rng(4), 0, 0
    for _ in range(200):
        tilt = 0.12
        found = [estimate.mean(rng.normal(tilt, 1.0, 800), design.make(rng.uniform(0.5, 2, 800))) for _ in range(6)]
        known = [Benchmark(name=str(k), truth=0.0, estimate=one, source="register") for k, one in enumerate(found[:5])]
        band = sensitivity.band(found[5], sensitivity.from_benchmarks(known))
        interval = found[5].interval
        assert band is not None
        assert interval is not None
        held += band.lower <= 0.0 <= band.upper
        covered += interval.lower <= 0.0 <= interval.upper
    assert held / 200 >= 0.93
    assert covered / 200 < 0.4
