"""Do 95 percent intervals hold the truth 95 times in 100, and are the figures as close to it as R's?

A population whose truth is known (`service.demo.honesty`) is surveyed 2,000 times: people join a panel unevenly, a
stratified draw invites, some answer, and the sample is weighted and estimated as an audit is.

- Where nothing but the weighting variables drives taking part, shares from 2 to 98 percent must be held in at least 93
  percent of the samples, and in at most 97 where n_eff x p is 20 or more. Wilson and logit stand beside it in the note.
- Where something unseen drives it, the shortfall of the intervals is shown, and the sensitivity band must hold.
- On the same samples R calibrates to the same margins; our mean absolute error over ten figures is no larger."""

from collections.abc import Iterator

import numpy as np
from harness import Bench, Row

from analytics.arrays import FloatArray, IntArray
from analytics.designs.design import Design
from analytics.estimates.estimate import Estimate, proportions
from analytics.estimates.interval import METHODS, ProportionMethod, proportion_limits
from analytics.weights.codes import Coded
from analytics.weights.weigh import weigh_coded
from service.demo import honesty
from service.demo.honesty import Field, Fieldwork

SHARES = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98)
SIZES = {300: Fieldwork(invited=570), 1000: Fieldwork(invited=1900)}
AT_LEAST, AT_MOST, ENOUGH_HITS = 0.93, 0.97, 20.0
ROUNDING = 1e-6
BESIDE: tuple[ProportionMethod, ...] = ("wilson", "logit")
assert set(BESIDE) <= set(METHODS)


def rows(bench: Bench) -> Iterator[Row]:
    repetitions, beside_r = (200, 20) if bench.short else (2000, 200)
    field = honesty.prepare(honesty.default_margins(), "ignorable", seed=honesty.SEED)
    for size in (1000,) if bench.short else (300, 1000):
        yield from _coverage(bench, field, size, repetitions)
    yield from _errors(bench, field, beside_r)
    yield from _non_ignorable(bench, repetitions // 4)


def _coverage(bench: Bench, field: Field, size: int, repetitions: int) -> Iterator[Row]:
    rng = np.random.default_rng([honesty.SEED, 5, size])
    opinion = 0.8 * field.population.favour + 0.6 * rng.standard_normal(field.population.size)
    hits = (opinion[:, None] > np.quantile(opinion, 1 - np.array(SHARES))).astype(np.float64)
    truth = hits.mean(axis=0)
    held: dict[str, FloatArray] = {method: np.zeros(truth.size) for method in ("korn_graubard", *BESIDE)}
    base = np.zeros(truth.size)
    for _ in range(repetitions):
        people, chance = field.survey(rng, SIZES[size])
        found = proportions(hits[people], _weighted(field, people, chance))
        base += [one.n_eff for one in found]
        held["korn_graubard"] += _held(found, truth)
        for method in BESIDE:
            held[method] += _other(found, truth, method)
    effective = base / repetitions * np.minimum(truth, 1 - truth)
    # Half the width of a 95 percent interval of the simulated share itself.
    chance_of_bench = 1.96 * np.sqrt(0.95 * 0.05 / repetitions)
    for j, share in enumerate(SHARES):
        rate = {method: float(counts[j] / repetitions) for method, counts in held.items()}
        ours = rate.pop("korn_graubard")
        beside = ", ".join(f"{method} {value:.3f}" for method, value in rate.items())
        yield bench.row(
            f"coverage of 95 % intervals, p = {share:g}",
            n=size,
            ours=ours,
            peer=None,
            peer_name="",
            unit="share of samples",
            goal=AT_LEAST,
            holds=bool(ours >= AT_LEAST and (ours <= AT_MOST or effective[j] < ENOUGH_HITS)),
            note=f"n_eff x p = {effective[j]:.0f}; {beside}; +- {chance_of_bench:.3f}",
        )


def _weighted(field: Field, people: IntArray, chance: FloatArray) -> Design:
    coded = []
    for margin in field.margins:
        codes = getattr(field.population, margin.key)[people]
        coded.append(Coded(codes=codes, patterns=np.eye(len(margin.levels))))
    return weigh_coded(coded, field.margins, start_weights=1 / chance).design


def _held(found: tuple[Estimate, ...], truth: FloatArray) -> FloatArray:
    return np.array(
        [
            one.interval is not None and one.interval.lower <= t <= one.interval.upper
            for one, t in zip(found, truth, strict=True)
        ],
        dtype=np.float64,
    )


def _other(found: tuple[Estimate, ...], truth: FloatArray, method: ProportionMethod) -> FloatArray:
    columns = np.array([(one.value, (one.se or 0.0) ** 2, one.n, one.n_eff) for one in found]).T
    limits = proportion_limits(*columns, df=found[0].df, level=0.95, method=method)
    return np.asarray((limits.lower <= truth) & (truth <= limits.upper), dtype=np.float64)


def _errors(bench: Bench, field: Field, samples: int) -> Iterator[Row]:
    """Mean absolute error over the ten key figures, in standard deviations of an answer."""
    rng = np.random.default_rng([honesty.SEED, 6])
    drawn = [field.survey(rng, SIZES[1000]) for _ in range(samples)]
    ours = np.array([[one.value for one in field.estimate(people, chance)] for people, chance in drawn])
    people = np.concatenate([chosen for chosen, _ in drawn])
    keys = [margin.key for margin in field.margins]
    table = {"s": np.repeat(np.arange(samples), [len(chosen) for chosen, _ in drawn]).tolist()}
    table |= {key: getattr(field.population, key)[people].tolist() for key in keys}
    table |= {"w": np.concatenate([1 / chance for _, chance in drawn]).tolist()}
    items = [f"y{j}" for j in range(len(field.figures))]
    scores = field.scores[people]
    table |= {item: ["NA" if np.isnan(v) else v for v in scores[:, j].tolist()] for j, item in enumerate(items)}
    levels = "".join(f"d${m.key} <- factor(d${m.key}, levels = 0:{len(m.levels) - 1})\n" for m in field.margins)
    shares = ",".join(["1"] + [f"{share:.17g}" for m in field.margins for share in m.shares[1:]])
    found = bench.r(
        f"""
        d <- read.csv("d.csv"); {levels}
        one <- function(x) {{
          c <- calibrate(svydesign(~1, weights = ~w, data = x), ~{"+".join(keys)}, c({shares}) * sum(x$w),
                         calfun = "raking", epsilon = 1e-10, maxit = 200)
          w <- weights(c); sapply(x[, {_r_names(items)}], function(y) weighted.mean(y, w, na.rm = TRUE))
        }}
        answer(list(value = as.vector(sapply(split(d, d$s), one))))
        """,
        {"d": table},
    )
    mine = float((np.abs(ours - field.truth) / field.spread).mean())
    name = "mean absolute error over ten figures, same samples"
    if found is None:
        yield bench.row(name, n=1000, ours=mine, peer=None, peer_name="R survey (missing)", unit="sd of an answer")
        return
    theirs = np.array(found["value"]).reshape(samples, -1)
    error = float((np.abs(theirs - field.truth) / field.spread).mean())
    yield bench.row(
        name,
        n=1000,
        ours=mine,
        peer=error,
        peer_name="R survey calibrate",
        unit="sd of an answer",
        goal=1.0,
        holds=mine <= error + ROUNDING,
        note=f"{samples} samples; largest difference of a figure {np.abs(ours - theirs).max():.1e}",
    )


def _r_names(names: list[str]) -> str:
    return "c(" + ",".join(f'"{name}"' for name in names) + ")"


def _non_ignorable(bench: Bench, repetitions: int) -> Iterator[Row]:
    field = honesty.prepare(honesty.default_margins(), "non_ignorable", seed=honesty.SEED)
    score = honesty.repeat(field, repetitions, np.random.default_rng([honesty.SEED, 7]))
    worst = min(score.figures, key=lambda one: one.coverage)
    lowest = min(score.figures, key=lambda one: one.band_coverage)
    yield bench.row(
        "unseen selection: intervals hold (shortfall shown), worst figure",
        n=1000,
        ours=worst.coverage,
        peer=None,
        peer_name="",
        unit="share of samples",
        note=f"{worst.figure.key}; mean over ten figures {np.mean([f.coverage for f in score.figures]):.3f}",
    )
    yield bench.row(
        "unseen selection: sensitivity band holds, worst figure",
        n=1000,
        ours=lowest.band_coverage,
        peer=None,
        peer_name="",
        unit="share of samples",
        goal=AT_LEAST,
        holds=lowest.band_coverage >= AT_LEAST,
        note=f"{lowest.figure.key}; {score.repetitions} samples",
    )
