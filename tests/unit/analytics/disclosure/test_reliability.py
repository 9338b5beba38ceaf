"""The NCHS presentation standards for proportions (2017), against widths that R survey 4.1.1 prints.

Widths come from `svyciprop(~x, svydesign(ids = ~1, weights = rep(1, n), data = d), method = "beta")` on n answers of
which k are 1; the verdict is the published rule applied to them by hand.
"""

import msgspec
import numpy as np
import pytest

from analytics.designs import design
from analytics.disclosure import reliability
from analytics.estimates import estimate
from analytics.estimates.estimate import Estimate
from analytics.estimates.interval import Interval

CASES = [
    # n, k, width of the interval in R, verdict
    (400, 3, 0.020241716798638829, "ok"),
    (400, 12, 0.036270845737857049, "ok"),
    (400, 388, 0.03627084573785766, "ok"),
    (200, 10, 0.065972740316070699, "relatively_wide"),
    (200, 11, 0.068691219598614586, "ok"),
    (200, 190, 0.065972740316070477, "complement"),
    (45, 22, 0.30870790373924534, "wide"),
    (60, 30, 0.26613985863687034, "ok"),
    (300, 4, 0.030199059063478272, "ok"),
    (300, 12, 0.048079142197088365, "ok"),
    (120, 6, 0.087491796245121017, "relatively_wide"),
    (120, 12, 0.1159332328876457, "ok"),
    (120, 110, 0.10771294075013993, "ok"),
    (120, 111, 0.10319973030058049, "complement"),
    (29, 15, 0.38685650607895461, "few_answers"),
]


def share(n: int, k: int) -> Estimate:
    return estimate.proportion(np.arange(n) < k, design.make(np.ones(n)))


@pytest.mark.parametrize(("n", "k", "width", "verdict"), CASES)
def test_the_verdict_of_the_standard(n: int, k: int, width: float, verdict: str) -> None:
    found = share(n, k)
    assert found.interval is not None
    assert found.interval.upper - found.interval.lower == pytest.approx(width, rel=1e-9)
    assert reliability.judge(found).flag == verdict


def test_reasons_give_what_was_measured_and_the_limit() -> None:
    reasons = reliability.judge(share(29, 15)).reasons
    assert [reason.code for reason in reasons] == ["few_answers", "wide"]
    assert reasons[1].measured == pytest.approx(0.38685650607895461)
    assert reasons[1].limit == 0.30
    assert not reliability.judge(share(29, 15)).reliable
    assert reliability.judge(share(200, 190)).reliable


def test_effective_answers_count_and_not_only_answers() -> None:
    weights = np.where(np.arange(200) < 5, 60.0, 1.0)
    heavy = estimate.proportion(np.arange(200) % 2 == 0, design.make(weights))
    assert heavy.n == 200
    assert reliability.effective(heavy) < 30
    assert reliability.judge(heavy).flag == "few_answers"


def test_few_degrees_of_freedom_ask_for_a_look() -> None:
    found = msgspec.structs.replace(share(400, 200), df=7)
    assert reliability.judge(found).flag == "few_df"
    assert reliability.judge(msgspec.structs.replace(found, df=8)).flag == "ok"


@pytest.mark.parametrize("k", [0, 300])
def test_nobody_and_everybody_ask_for_a_look(k: int) -> None:
    verdict = reliability.judge(share(300, k))
    assert verdict.flag == "zero_or_all"
    assert verdict.reliable


def test_a_mean_is_judged_by_its_answers_only() -> None:
    wide = estimate.mean(np.arange(100.0), design.make(np.ones(100)))
    assert wide.interval is not None
    assert wide.interval.upper - wide.interval.lower > 1
    assert reliability.judge(wide).flag == "ok"
    assert reliability.judge(estimate.mean(np.arange(20.0), design.make(np.ones(20)))).flag == "few_answers"


def test_a_narrower_level_does_not_make_a_figure_reliable() -> None:
    found = estimate.proportion(np.arange(45) < 22, design.make(np.ones(45)), level=0.8)
    assert found.interval is not None
    assert found.interval.upper - found.interval.lower < 0.30
    assert reliability.judge(found).flag == "wide"


def test_nothing_to_judge_without_a_value() -> None:
    empty = estimate.proportion(np.full(50, np.nan), design.make(np.ones(50)))
    assert [reason.code for reason in reliability.judge(empty).reasons] == ["few_answers"]


def test_a_share_pushed_over_the_edge_by_negative_weights_is_still_judged() -> None:
    found = msgspec.structs.replace(
        share(400, 399), value=1.01, interval=Interval(lower=0.9, upper=1.01, level=0.95, method="korn_graubard")
    )
    assert reliability.judge(found).flag == "complement"


def test_many_figures_at_once_get_the_same_flags() -> None:
    rng = np.random.default_rng(3)
    sizes = [(int(n), int(rng.integers(0, n + 1))) for n in rng.integers(5, 500, 300)]
    found = [share(n, k) for n, k in sizes] + [estimate.mean(np.arange(40.0), design.make(np.ones(40)))]
    flags = reliability.flags(
        value=np.array([one.value for one in found]),
        unweighted=np.array([one.unweighted for one in found]),
        n=np.array([float(one.n) for one in found]),
        n_eff=np.array([one.n_eff for one in found]),
        deff=np.array([np.nan if one.deff is None else one.deff for one in found]),
        lower=np.array([np.nan if one.interval is None else one.interval.lower for one in found]),
        upper=np.array([np.nan if one.interval is None else one.interval.upper for one in found]),
        share=np.array([True] * 300 + [False]),
        df=499.0,
        level=0.95,
    )
    judged = [reliability.judge(msgspec.structs.replace(one, df=499)).flag for one in found]
    assert flags.tolist() == judged
    assert len(set(judged)) >= 5
