"""Sixty people in three strata of five clusters of two households, as arrays and as R can make them too:

i <- 0:59; h <- i %/% 20; c <- (i %% 20) %/% 4; u <- (i %% 4) %/% 2
D <- data.frame(h=c("A","B","C")[h+1], c=c, u=u, j=i%%2, N=c(20,15,8)[h+1], M=3+(c%%3), L=6, w=1+((i*37)%%11)/5,
                x=1+((i*29)%%13)/4, g=c("p","q","r")[(i%%3)+1], s=c("m","f")[((i*7)%%5>=3)+1])
D$y <- ifelse(i%%9==4, NA, 2*h+((i*53)%%17)/3+c); D$y0 <- ifelse(is.na(D$y), 0, D$y)
"""

from typing import Literal

import msgspec
import numpy as np
import pytest

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.designs import design
from analytics.designs.design import Stage
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin

Fpc = Literal["none", "sizes", "fractions"]


class People(msgspec.Struct, frozen=True, kw_only=True):
    h: np.ndarray
    c: IntArray
    u: IntArray
    j: IntArray
    w: FloatArray
    x: FloatArray
    y: FloatArray
    g: IntArray
    s: IntArray
    kept: IntArray

    @property
    def rows(self) -> int:
        return int(self.kept.size)

    def only(self, chosen: BoolArray) -> "People":
        rows = np.flatnonzero(chosen)
        return People(**{name: getattr(self, name)[rows] for name in self.__struct_fields__})

    def stages(self, count: int = 1, fpc: Fpc = "none") -> list[Stage]:
        sizes = [np.array([20.0, 15.0, 8.0])[self.kept // 20], 3.0 + self.c % 3, np.full(self.rows, 6.0)]
        drawn = [5.0, 2.0, 2.0]
        found: list[Stage] = []
        for i, units in enumerate((self.c, self.u, self.j)[:count]):
            found.append(
                design.stage(
                    strata=self.h if not i else None,
                    units=units,
                    population=sizes[i] if fpc == "sizes" else None,
                    fraction=drawn[i] / sizes[i] if fpc == "fractions" else None,
                    within=found[-1] if found else None,
                    rows=self.rows,
                )
            )
        return found

    @property
    def auxiliary(self) -> FloatArray:
        """Model matrix of ~g+x."""
        return np.column_stack([np.ones(self.rows), self.g == 1, self.g == 2, self.x]).astype(np.float64)

    @property
    def raking(self) -> tuple[list[Coded], list[Margin]]:
        """To 45, 40 and 45 people of g and 70 and 60 of s."""
        coded = [Coded(codes=self.g, patterns=np.eye(3)), Coded(codes=self.s, patterns=np.eye(2))]
        margins = [
            Margin(key="g", levels=("p", "q", "r"), shares=(45 / 130, 40 / 130, 45 / 130)),
            Margin(key="s", levels=("m", "f"), shares=(70 / 130, 60 / 130)),
        ]
        return coded, margins


def sixty() -> People:
    i = np.arange(60)
    h, c, u = i // 20, i % 20 // 4, i % 4 // 2
    return People(
        h=np.array(["A", "B", "C"])[h],
        c=c,
        u=u,
        j=i % 2,
        w=1 + (i * 37 % 11) / 5,
        x=1 + (i * 29 % 13) / 4,
        y=np.where(i % 9 == 4, np.nan, 2 * h + (i * 53 % 17) / 3 + c),
        g=i % 3,
        s=(i * 7 % 5 >= 3).astype(np.int64),
        kept=i,
    )


@pytest.fixture(scope="session")
def people() -> People:
    return sixty()


@pytest.fixture(scope="session")
def lonely(people: People) -> People:
    """Stratum B with a single cluster."""
    return people.only((people.h != "B") | (people.c == 0))


@pytest.fixture(scope="session")
def people_of_stages() -> People:
    """The same, for modules that have other `people`."""
    return sixty()
