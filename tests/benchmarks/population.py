"""The sample that the speed comparisons share: five margins (2, 7, 3, 12 and 5 levels), skewed, unequal start weights.

The same people as level codes for us and as a table of text levels for the peers; each side starts from what its users
have."""

from typing import Any

import msgspec
import numpy as np

from analytics.arrays import FloatArray, IntArray
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin

SIZES = {"sex": 2, "age": 7, "education": 3, "province": 12, "origin": 5}
POPULATION = 14_000_000.0


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    codes: dict[str, IntArray]
    margins: tuple[Margin, ...]
    weights: FloatArray

    @property
    def n(self) -> int:
        return int(self.weights.size)

    @property
    def coded(self) -> list[Coded]:
        return [Coded(codes=self.codes[key], patterns=np.eye(size)) for key, size in SIZES.items()]

    def names(self, key: str) -> list[str]:
        return [f"{key}{code}" for code in self.codes[key].tolist()]

    def controls(self) -> dict[str, dict[str, float]]:
        """Population counts by level, as svy takes them."""
        return {
            margin.key: {level: share * POPULATION for level, share in zip(margin.levels, margin.shares, strict=True)}
            for margin in self.margins
        }

    def frame(self, **columns: Any) -> Any:
        """A polars table with a text column per dimension, the weights, and more columns."""
        import polars as pl

        return pl.DataFrame({**{key: self.names(key) for key in SIZES}, "w": self.weights, **columns})

    def svy(self, **columns: Any) -> Any:
        """The same as a sample of svy, ready to be weighted."""
        import svy

        return svy.Sample(self.frame(**columns), svy.Design(wgt="w"))


def sampled(n: int, *, seed: int) -> Sampled:
    """`n` people whose levels lean away from the population's, and margins that they can carry."""
    rng = np.random.default_rng(seed)
    codes, margins = {}, []
    for key, size in SIZES.items():
        share = np.linspace(1.0, 2.0, size)
        share /= share.sum()
        lean = share * np.exp(rng.uniform(-0.5, 0.5, size))
        codes[key] = rng.choice(size, size=n, p=lean / lean.sum()).astype(np.int64)
        margins.append(Margin(key=key, levels=tuple(f"{key}{i}" for i in range(size)), shares=tuple(share.tolist())))
    weights = rng.uniform(0.5, 2.0, n) * POPULATION / n
    return Sampled(codes=codes, margins=tuple(margins), weights=weights)
