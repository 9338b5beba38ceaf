"""What replicates draw again: the units of the first stage, and below those that were taken whole, of the next."""

import msgspec
import numpy as np
from samenspraak.types.problem import Fault

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.designs.design import Design
from analytics.designs.strata import CENSUS, LonelyRule
from analytics.errors import DesignUnusable


class Units(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn again: units numbered by stratum, from 0."""

    of_person: IntArray | None
    """None where people are units, in order."""
    stratum: IntArray
    sizes: FloatArray
    """Units per stratum."""
    fraction: FloatArray
    """Part of the stratum's units that was drawn, as far as it is corrected for; 0 with replacement."""
    whole: BoolArray
    """Per stratum: taken whole, and corrected for that."""
    labels: tuple[str, ...]

    @property
    def alone(self) -> BoolArray:
        return np.asarray((self.sizes == 1) & ~self.whole)

    @property
    def varies(self) -> BoolArray:
        return np.asarray((self.sizes > 1) & ~self.whole)

    @classmethod
    def of(cls, design: Design, *, fpc: bool) -> "Units":
        """The first-stage units; below those that were taken whole, the units of the next stage.

        Raises:
            DesignUnusable: a lonely unit without a rule, or pairwise probabilities.
        """
        if design.pairwise is not None:
            raise DesignUnusable("Draws with pairwise probabilities have no units to draw again; give strata instead.")
        people = design.weights.size
        if not design.stages:
            return cls(
                of_person=None,
                stratum=np.zeros(people, dtype=np.int64),
                sizes=np.array([float(people)]),
                fraction=np.zeros(1),
                whole=np.zeros(1, dtype=bool),
                labels=("all",),
            )
        units = cls._numbered(design, fpc=fpc)
        if design.lonely in ("fail", "merge") and units.alone.any():
            raise _refused(units)
        return units

    @classmethod
    def _numbered(cls, design: Design, *, fpc: bool) -> "Units":
        names: list[str] = []
        fractions: list[FloatArray] = []
        strata, units = np.zeros(design.weights.size, dtype=np.int64), np.zeros(design.weights.size, dtype=np.int64)
        open_rows = np.ones(design.weights.size, dtype=bool)
        for stage in design.stages:
            part = stage.fractions()
            # Strata and units of different stages must not share numbers.
            strata[open_rows] = stage.strata[open_rows] + len(names)
            units[open_rows] = stage.units[open_rows] + int(units.max(initial=0)) + 1
            names += [stage.name(i) for i in range(part.size)]
            fractions.append(part)
            open_rows &= (1 - part < CENSUS)[stage.strata]
            if not open_rows.any():
                break
        kept, stratum = np.unique(strata, return_inverse=True)
        stratum = stratum.reshape(-1)
        order, first, number = np.unique(
            stratum * (int(units.max()) + 1) + units, return_index=True, return_inverse=True
        )
        fraction = np.concatenate(fractions)[kept] if fpc else np.zeros(kept.size)
        everyone = order.size == number.size and bool((np.diff(first) > 0).all())
        return cls(
            of_person=None if everyone else number.reshape(-1).astype(np.int64),
            stratum=stratum[first].astype(np.int64),
            sizes=np.bincount(stratum[first]).astype(np.float64),
            fraction=fraction,
            whole=np.asarray(1 - fraction < CENSUS),
            labels=tuple(names[i] for i in kept.tolist()),
        )

    def standing_in(self, rule: LonelyRule) -> float:
        """Strata over strata that vary, where the others stand in for lonely ones."""
        alone = int(self.alone.sum())
        if rule != "average" or not alone:
            return 1.0
        if alone == self.sizes.size:
            raise DesignUnusable(f"No stratum can stand in for {self.listed(self.alone)}: all have a single unit.")
        return self.sizes.size / (self.sizes.size - alone)

    def named(self, strata: BoolArray) -> tuple[str, ...]:
        return tuple(self.labels[i] for i in np.flatnonzero(strata).tolist())

    def listed(self, strata: BoolArray) -> str:
        return ", ".join(f"`{name}`" for name in self.named(strata)[:20])


def _refused(units: Units) -> DesignUnusable:
    names = units.named(units.alone)
    faults = [
        Fault(pointer=f"/strata/{name}", code="single_unit", detail=f"Stratum `{name}` has a single unit.")
        for name in names
    ]
    return DesignUnusable(
        f"{' '.join(fault.detail for fault in faults[:20])} Nothing can be drawn or left out there: choose a rule for "
        "lonely units in the design (certainty, average, merge).",
        faults=faults,
        details={"strata": names},
    )
