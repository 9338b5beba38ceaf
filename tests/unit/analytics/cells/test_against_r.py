"""Figures from cells beside those of R survey 4.1.1 on the sixteen people below.

d <- data.frame(sex, reg, w, y)   # as in PEOPLE
s <- svydesign(~1, weights = ~w, data = d)
start <- calibrate(s, ~sex + reg, c(`(Intercept)` = 20, sexv = 11, regb = 6, regc = 7), calfun = "raking",
                   epsilon = 1e-12, maxit = 500)
sweep <- rake(s, list(~sex, ~reg), list(data.frame(sex = c("m", "v"), Freq = c(9, 11)),
              data.frame(reg = c("a", "b", "c"), Freq = c(7, 6, 7))), control = list(maxit = 500, epsilon = 1e-13))
svymean(~y, start, na.rm = TRUE); svyby(~y, ~sex, start, svymean, na.rm = TRUE)
svyby(~I(as.numeric(y >= 4)), ~sex, start, svymean, na.rm = TRUE)
"""

import numpy as np
import pytest

from analytics.cells import estimates, measures, tabulate, weigh
from analytics.cells.design import make
from analytics.cells.table import CellTable, Grouping
from analytics.weights.calibrate import SeConvention
from analytics.weights.codes import Coded, code
from analytics.weights.frame import Margin

SEX, REGION = "mmmmmmmvvvvvvvvv", "aabbccaabccbaabc"
WEIGHTS = np.array([1, 2, 1, 2, 1, 2, 1, 1, 2, 1, 2, 1, 2, 1, 2, 1], dtype=np.float64)
Y = np.array([1, 2, 3, 4, 5, 4, 2, 3, 3, 5, np.nan, 1, 2, 4, 5, 5])
MARGINS = (
    Margin(key="sex", levels=("m", "v"), shares=(9 / 20, 11 / 20)),
    Margin(key="region", levels=("a", "b", "c"), shares=(7 / 20, 6 / 20, 7 / 20)),
)
MEAN, TOP = measures.mean("Y"), measures.share("Y", [4, 5])


@pytest.fixture(scope="module")
def table() -> CellTable:
    sex = code(list(SEX), ("m", "v"))
    return tabulate.from_arrays(
        coded={
            "sex": Coded(codes=sex, patterns=np.eye(2)),
            "region": Coded(codes=code(list(REGION), ("a", "b", "c")), patterns=np.eye(3)),
        },
        base_weights=WEIGHTS,
        questions=("Y",),
        answers=Y[:, None],
        groups={"sex": Grouping(labels=("m", "v"), codes=sex)},
    )


def figures(table: CellTable, convention: SeConvention) -> tuple[estimates.Figures, estimates.Figures]:
    raked = weigh.rake(table, MARGINS, total=20.0, convention=convention)
    own = make(table, raked.factor, basis=raked.basis)
    by_sex = estimates.estimate(table, own, [MEAN, TOP], by=table.grouping("sex"))
    return estimates.estimate(table, own, [MEAN]), by_sex


def test_start_weight_convention(table: CellTable) -> None:
    whole, by_sex = figures(table, "start_weights")
    one = whole.estimates()[0][0]
    assert one.value == pytest.approx(3.31639922848383817, rel=1e-10)
    assert one.se == pytest.approx(0.25052483024418049, rel=1e-10)
    assert one.interval is not None
    assert one.interval.lower == pytest.approx(2.7824181929084397, rel=1e-10)
    assert one.interval.upper == pytest.approx(3.8503802640592366, rel=1e-10)
    assert by_sex.sums.value[0] == pytest.approx([3.1309703476592468, 3.5009255893014193], rel=1e-10)
    assert np.sqrt(by_sex.variance[0]) == pytest.approx([0.35829987089282866, 0.48024239823845116], rel=1e-10)
    assert by_sex.sums.value[1] == pytest.approx([0.51514631589485804, 0.47319977104091571], rel=1e-10)
    assert np.sqrt(by_sex.variance[1]) == pytest.approx([0.15800309805857327, 0.18099438224825828], rel=1e-10)


def test_unweighted_sweep_convention(table: CellTable) -> None:
    whole, by_sex = figures(table, "unweighted_sweep")
    assert np.sqrt(whole.variance[0, 0]) == pytest.approx(0.27335981529688791, rel=1e-10)
    assert np.sqrt(by_sex.variance[0]) == pytest.approx([0.36334224518887864, 0.51179495822328958], rel=1e-10)
