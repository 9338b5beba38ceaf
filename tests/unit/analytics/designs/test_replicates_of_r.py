"""Replicate variances beside what R survey 4.1.1 prints for the data of conftest.

Each row holds the standard errors of svymean(~y, na.rm=TRUE), svytotal(~y0), svyratio(~y0, ~x) and the mean of x among
g="q" (svyby)."""

from typing import Any

import numpy as np
import pytest

from analytics.arrays import FloatArray
from analytics.designs import design, replicates, reweigh
from analytics.designs.reweigh import ReplicateWeights
from analytics.designs.strata import LonelyRule
from analytics.errors import DesignUnusable
from analytics.weights import calibrate
from tests.unit.analytics.designs.conftest import People

R = {
    # in R: as.svrepdesign(svydesign(id=~c, strata=~h, weights=~w, data=D, nest=TRUE), type="JKn"), mse=TRUE, fpc=~N
    "jkn": (0.455279960375507, 58.2953209481211, 0.202943307276879, 0.230257723246335),
    "jkn mse": (0.455279980015749, 58.2953209481211, 0.202945683991227, 0.230273263101427),
    "jkn fpc": (0.350358587163431, 45.9833585034767, 0.148105913931557, 0.181725240846007),
    # in R: id=~I(paste(h, c)) without strata, type="JK1"
    "jk1": (0.603616295847348, 68.2520166572225, 0.232583581623465, 0.21564142701331),
    # in R: the first one, then rake to g and s, postStratify to g, calibrate(~g+x)
    "raked": (0.481799826006655, 61.6254673354721, 0.207478590567175, 0.242396089677548),
    "post-stratified": (0.467715007753534, 59.3526402300251, 0.205317175429357, 0.230257723246334),
    "linear": (0.476357890609292, 61.3203810917834, 0.191626190911823, 0.229614473688751),
    # in R: D[!(D$h=="B" & D$c>0),] with options(survey.lonely.psu=)
    "certainty": (0.569834131450912, 50.5426112854842, 0.225499362653655, 0.270551497735252),
    "average": (0.59764707905507, 53.0095379258404, 0.236505726807883, 0.28375680471042),
    "adjust": (0.579359932457116, 164.889082233643, 0.231896477953108, 0.272115255842688),
    # in R: clusters c >= 2 and c < 2 as two units per stratum, type="BRR" and type="Fay", fay.rho=0.3
    "brr": (0.778580864252028, 154.941221830158, 0.311836115762678, 0.29449686959336),
    "fay": (0.735486181190241, 154.941221830158, 0.297536686207618, 0.282103472642556),
}
BALANCED = np.array([[1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
"""Which half of each stratum (first: c < 2) R takes in each of the four replicates."""


def errors(people: People, weights: ReplicateWeights, full: FloatArray) -> Any:
    y0, q = np.nan_to_num(people.y), people.g == 1
    estimates = np.hstack(
        [
            reweigh.means(weights, people.y),
            reweigh.totals(weights, people.y),
            reweigh.ratios(weights, y0, people.x),
            reweigh.means(weights, people.x, domain=q),
        ]
    )
    answered = ~np.isnan(people.y)
    values = [
        full @ y0 / (full @ answered),
        full @ y0,
        (full @ y0) / (full @ people.x),
        full[q] @ people.x[q] / full[q].sum(),
    ]
    found = reweigh.summary(weights, estimates, values)
    assert found.used.tolist() == [weights.replicates.size] * 4
    return found.se.tolist()


def test_jackknives(people: People) -> None:
    sampled = design.make(people.w, stages=people.stages())
    made = {
        "jkn": replicates.jackknife(sampled),
        "jkn mse": replicates.jackknife(sampled, mse=True),
        "jkn fpc": replicates.jackknife(design.make(people.w, stages=people.stages(fpc="sizes"))),
        "jk1": replicates.jackknife(
            design.make(
                people.w, stages=[design.stage(strata=None, units=people.c + 10 * (people.kept // 20), rows=60)]
            )
        ),
    }
    for name, one in made.items():
        assert one.kind == name[:3]
        assert errors(people, reweigh.plain(people.w, one), people.w) == pytest.approx(R[name], rel=1e-11)
    assert made["jkn"].centre == "mean of the replicates"
    assert made["jkn mse"].centre == "full-sample estimate"


def test_weighted_again(people: People) -> None:
    drawn = replicates.jackknife(design.make(people.w, stages=people.stages()))
    coded, margins = people.raking
    raked = reweigh.rake(drawn, coded, margins, people.w, total=130, tolerance=1e-13)
    full = calibrate.rake(coded, margins, people.w, total=130, tolerance=1e-13).weights
    assert errors(people, raked, full) == pytest.approx(R["raked"], rel=1e-9)
    cells = reweigh.rake(drawn, coded[:1], margins[:1], people.w, total=130)
    full = calibrate.poststratify(coded[0], np.array([45.0, 40, 45]), people.w).weights
    assert errors(people, cells, full) == pytest.approx(R["post-stratified"], rel=1e-9)
    totals = np.array([130.0, 40, 45, 320])
    linear = reweigh.calibrate(drawn, people.auxiliary, totals, people.w, distance="linear")
    full = calibrate.calibrate(people.auxiliary, totals, people.w, distance="linear").weights
    assert errors(people, linear, full) == pytest.approx(R["linear"], rel=1e-9)


@pytest.mark.parametrize("rule", ["certainty", "average", "adjust"])
def test_lonely_units_in_a_jackknife(lonely: People, rule: LonelyRule) -> None:
    sampled = design.make(lonely.w, stages=lonely.stages(), lonely=rule)
    weights = reweigh.plain(lonely.w, replicates.jackknife(sampled))
    assert errors(lonely, weights, lonely.w) == pytest.approx(R[rule], rel=1e-11)


def test_balanced_repeated_replication_from_given_factors(people: People) -> None:
    half = np.where(people.c < 2, 1, -1)[:, None] * BALANCED[people.kept // 20]
    for name, rho in (("brr", 0.0), ("fay", 0.3)):
        drawn = replicates.given(np.where(half > 0, 2 - rho, rho), scale=1 / (4 * (1 - rho) ** 2))
        assert errors(people, reweigh.plain(people.w, drawn), people.w) == pytest.approx(R[name], rel=1e-9)


class TestLonelyUnitsInABootstrap:
    def test_the_stratum_is_named(self, lonely: People) -> None:
        sampled = design.make(lonely.w, stages=lonely.stages())
        with pytest.raises(DesignUnusable, match="Stratum `B` has a single unit") as caught:
            replicates.bootstrap(sampled, 10, seed=1)
        assert caught.value.details["strata"] == ("B",)

    def test_certainty_keeps_the_unit_in_every_replicate(self, lonely: People) -> None:
        sampled = design.make(lonely.w, stages=lonely.stages(), lonely="certainty")
        factors = replicates.bootstrap(sampled, 50, seed=1).block(0, 50)
        assert (factors[lonely.h == "B"] == 1).all()
        assert factors[lonely.h == "A"].std() > 0.5

    def test_average_lets_the_other_strata_stand_in(self, lonely: People) -> None:
        plain = replicates.bootstrap(design.make(lonely.w, stages=lonely.stages(), lonely="certainty"), 50, seed=1)
        other = replicates.bootstrap(design.make(lonely.w, stages=lonely.stages(), lonely="average"), 50, seed=1)
        assert other.scale == pytest.approx(1.5 * plain.scale)

    def test_merging_draws_from_the_merged_stratum(self, lonely: People) -> None:
        sampled = design.make(lonely.w, stages=lonely.stages(), lonely="merge")
        factors = replicates.bootstrap(sampled, 200, seed=1).block(0, 200)
        assert set(np.unique(factors[lonely.h == "B"]).round(6)) > {0.0, 1.2, 2.4}

    def test_adjust_is_refused(self, lonely: People) -> None:
        with pytest.raises(DesignUnusable, match="no rule `adjust`"):
            replicates.bootstrap(design.make(lonely.w, stages=lonely.stages(), lonely="adjust"), 10, seed=1)
