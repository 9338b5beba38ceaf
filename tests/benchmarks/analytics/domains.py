"""40 items by 12 groups: mean, standard error that knows the weights were raked, and interval.

Beside svy (rake, then mean by group) at 1,000 and 100,000 people and R (svyby after calibrate) at 1,000. Ours makes the
same 480 estimates with all that goes with them (bases, effective size, design effect). `estimates only` leaves the
weighting out on both sides; `weighting and estimates` starts from codes and answers."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Bench, Row, median_cpu

from analytics.designs.design import Design, make
from analytics.estimates import estimate
from analytics.weights import calibrate
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin

LEVELS = (2, 7, 3, 12, 5)
BY = 3
ITEMS = 40
SE_AGREES = 0.1
"""svy sweeps the margins with unweighted means; at 1,000 people its standard errors lie up to 7 percent from these."""


class _World:
    """Skewed codes, margins of a population, answers 1 to 5 and unequal start weights."""

    def __init__(self, n: int) -> None:
        rng = np.random.default_rng(5)
        self.codes = [rng.choice(k, size=n, p=rng.dirichlet(np.full(k, 8.0))) for k in LEVELS]
        self.shares = [rng.dirichlet(np.full(k, 20.0)) for k in LEVELS]
        self.y = rng.integers(1, 6, size=(n, ITEMS)).astype(np.float64)
        self.start = rng.choice([0.6, 0.8, 1.0, 1.3, 1.7], size=n)

    def design(self) -> Design:
        coded = [Coded(codes=codes, patterns=np.eye(k)) for codes, k in zip(self.codes, LEVELS, strict=True)]
        margins = [
            Margin(key=f"m{i}", levels=tuple(map(str, range(len(shares)))), shares=tuple(shares / shares.sum()))
            for i, shares in enumerate(self.shares)
        ]
        found = calibrate.rake(coded, margins, self.start)
        return make(found.weights, bases=[found.basis])

    def estimates(self, weighted: Design) -> tuple[tuple[estimate.Estimate, ...], ...]:
        return estimate.by_groups(self.y, self.codes[BY], LEVELS[BY], weighted)


def rows(bench: Bench) -> Iterator[Row]:
    for n in (1000,) if bench.short else (1000, 100_000):
        world = _World(n)
        weighted = world.design()
        world.estimates(weighted)
        yield from _beside_svy(bench, world, weighted, n)
        if n == 1000:
            yield from _beside_r(bench, world, weighted)


def _beside_svy(bench: Bench, world: _World, weighted: Design, n: int) -> Iterator[Row]:
    try:
        import polars as pl
        import svy
    except ImportError:
        yield bench.row("40 items x 12 groups", n=n, ours=_ours(world, weighted), peer=None, peer_name="svy (missing)")
        return
    columns: dict[str, Any] = {f"m{i}": [str(code) for code in codes] for i, codes in enumerate(world.codes)}
    items = [f"y{j}" for j in range(ITEMS)]
    columns |= dict(zip(items, world.y.T, strict=True)) | {"w": world.start}
    frame = pl.DataFrame(columns)
    targets = {f"m{i}": {str(k): float(s) for k, s in enumerate(shares)} for i, shares in enumerate(world.shares)}

    def rake() -> Any:
        return svy.Sample(frame, svy.Design(wgt="w")).weighting.rake(shares=targets, tol=1e-10)

    sample = rake()
    theirs = sample.estimation.mean(items, by=f"m{BY}")
    _check(theirs, world.estimates(weighted))
    yield bench.compare(
        "40 items x 12 groups, estimates only",
        n=n,
        ours=lambda: world.estimates(weighted),
        peer=lambda: sample.estimation.mean(items, by=f"m{BY}"),
        peer_name=f"svy {svy.__version__}",
        goal=100,
    )
    yield bench.compare(
        "40 items x 12 groups, weighting and estimates",
        n=n,
        ours=lambda: world.estimates(world.design()),
        peer=lambda: rake().estimation.mean(items, by=f"m{BY}"),
        peer_name=f"svy {svy.__version__}",
    )


def _check(theirs: list[Any], ours: tuple[tuple[estimate.Estimate, ...], ...]) -> None:
    """Both made the same figures: equal values, standard errors within what the convention explains."""
    table = theirs[0].to_polars()
    for level, value, se in zip(table[f"m{BY}"], table["est"], table["se"], strict=True):
        mine = ours[0][int(level)]
        assert mine.value is not None
        assert mine.se is not None
        assert abs(value - mine.value) < 1e-6
        assert abs(se / mine.se - 1) < SE_AGREES


def _beside_r(bench: Bench, world: _World, weighted: Design) -> Iterator[Row]:
    table = {f"m{i}": codes.tolist() for i, codes in enumerate(world.codes)}
    table |= {f"y{j}": world.y[:, j].tolist() for j in range(ITEMS)} | {"w": world.start.tolist()}
    size = float(world.start.sum())
    totals = ",".join([f"{size:.17g}"] + [f"{s * size:.17g}" for shares in world.shares for s in shares[1:]])
    found = bench.r(
        f"""
        d <- read.csv("d.csv"); for (m in paste0("m", 0:4)) d[[m]] <- factor(d[[m]])
        c <- calibrate(svydesign(~1, weights = ~w, data = d), ~m0+m1+m2+m3+m4, c({totals}),
                       calfun = "raking", epsilon = 1e-11, maxit = 200)
        y <- as.formula(paste("~", paste0("y", 0:{ITEMS - 1}, collapse = "+")))
        run <- function() {{ b <- svyby(y, ~m{BY}, c, svymean); confint(b); b }}
        b <- run(); t <- sapply(1:3, function(i) cpu(run()))
        answer(list(cpu = median(t), value = coef(b)[1:{LEVELS[BY]}], se = as.matrix(SE(b))[, 1]))
        """,
        {"d": table},
    )
    if found is None:
        yield bench.row("40 items x 12 groups", n=1000, ours=_ours(world, weighted), peer=None, peer_name="R (missing)")
        return
    mine = world.estimates(weighted)[0]
    assert np.allclose(found["value"], [one.value for one in mine], rtol=1e-8)
    assert np.allclose(found["se"], [one.se for one in mine], rtol=1e-6)
    yield bench.row(
        "40 items x 12 groups, estimates only",
        n=1000,
        ours=_ours(world, weighted),
        peer=found["cpu"],
        peer_name="R survey svyby after calibrate",
        goal=50,
        note="values and SE equal",
    )


def _ours(world: _World, weighted: Design) -> float:
    return median_cpu(lambda: world.estimates(weighted))
