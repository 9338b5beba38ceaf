"""Raking to five margins (2, 7, 3, 12 and 5 levels; unequal start weights) at 1e-10, from level codes, beside svy.

Ours includes every check of the input and the certificate; svy's sample is made beforehand, so that only its raking is
timed. The certificate's error is checked against the margins of the weights themselves."""

from collections.abc import Iterator

import numpy as np
from harness import Bench, Row
from population import Sampled, sampled

from analytics.weights import calibrate

TOLERANCE = 1e-10
REPEATS = 15


def rows(bench: Bench) -> Iterator[Row]:
    for n, goal in ((1_000, None), (100_000, 50.0), (1_000_000, 100.0)):
        if bench.short and n > 1_000:
            break
        data = sampled(n, seed=5)
        coded, sample, controls = data.coded, data.svy(), data.controls()

        def ours(data: Sampled = data, coded: list = coded) -> calibrate.Calibration:  # type: ignore[type-arg]
            return calibrate.rake(coded, data.margins, data.weights, tolerance=TOLERANCE)

        def peer(sample: object = sample, controls: dict = controls) -> object:  # type: ignore[type-arg]
            copied = sample.clone()  # type: ignore[attr-defined]
            return copied.weighting.rake(controls=controls, tol=TOLERANCE, max_iter=200)

        found = ours()
        yield bench.compare(
            "raking to 5 margins, 29 levels",
            n=n,
            ours=ours,
            peer=peer,
            peer_name="svy 0.35",
            goal=goal,
            repeats=REPEATS,
        )
        yield bench.limit(
            "largest margin error", n=n, ours=worst(data, found.weights), at_most=TOLERANCE, unit="of the total"
        )
        trimmed = calibrate.rake(coded, data.margins, data.weights, trim_low=0.3, trim_high=3.0)
        yield bench.limit(
            "largest margin error, trimmed inside the loop",
            n=n,
            ours=worst(data, trimmed.weights),
            at_most=TOLERANCE,
            unit="of the total",
            note=f"weights {trimmed.weights.min() / trimmed.weights.mean():.2f} to "
            f"{trimmed.weights.max() / trimmed.weights.mean():.2f} means",
        )


def worst(data: Sampled, weights: np.ndarray) -> float:
    """Largest |reached - target| over the sum of the weights."""
    gaps = [
        np.abs(np.bincount(data.codes[margin.key], weights=weights) / weights.sum() - margin.shares).max()
        for margin in data.margins
    ]
    return float(max(gaps))
