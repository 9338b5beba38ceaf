"""One small sample that R can make too: 120 people, four strata of six clusters, unequal weights, three without answer.

n <- 1:120; a <- as.numeric((n*17) %% 19 > 9); x <- ((n*37) %% 101 - 50) / 25
g <- factor(c("p","q","r")[((n*7) %% 11) %% 3 + 1]); k <- n %% 5
y <- as.numeric(((n*53) %% 97)/97 < 0.3 + 0.25*a + 0.1*x); y[c(4,51,78)] <- NA
s <- svydesign(~rep(1:24, each=5), strata=~rep(1:4, each=30), weights=~1+((n*7919) %% 13)/4, data=d)
ctl <- list(epsilon=1e-14, maxit=50)
"""

from dataclasses import dataclass

import numpy as np
import pytest

from analytics.arrays import FloatArray
from analytics.designs import design
from analytics.designs.design import Design
from analytics.models import matrix
from analytics.models.matrix import Categorical, Numeric

N = 120


@dataclass(frozen=True)
class Clustered:
    number: FloatArray
    a: Numeric
    x: Numeric
    g: Categorical
    y: FloatArray
    count: FloatArray
    stages: tuple[design.Stage, ...]
    design: Design


@pytest.fixture(scope="session")
def sample() -> Clustered:
    n = np.arange(1, N + 1)
    a, x = (n * 17 % 19 > 9).astype(float), ((n * 37 % 101) - 50) / 25
    y = ((n * 53 % 97) / 97 < 0.3 + 0.25 * a + 0.1 * x).astype(float)
    y[[3, 50, 77]] = np.nan
    strata, units = np.repeat(np.arange(4), 30).tolist(), np.repeat(np.arange(24), 5).tolist()
    stages = (design.stage(strata=strata, units=units, rows=N),)
    return Clustered(
        number=n.astype(float),
        a=Numeric(name="a", values=a),
        x=Numeric(name="x", values=x),
        g=matrix.categorical("g", [("p", "q", "r")[k] for k in (n * 7 % 11) % 3], "pqr"),
        y=y,
        count=(n % 5).astype(float),
        stages=stages,
        design=design.make(1 + (n * 7919 % 13) / 4, stages=stages),
    )


@pytest.fixture(scope="session")
def built(sample: Clustered) -> matrix.Matrix:
    return matrix.build([sample.a, sample.x, sample.g], N)
