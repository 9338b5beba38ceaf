"""Weights for those who did not answer: numbers of R, refusals that name the group, variances that hold."""

import numpy as np
import pytest

from analytics.arrays import FloatArray
from analytics.designs import design, variance
from analytics.errors import Infeasible, ModelUnusable
from analytics.weights import calibrate, nonresponse
from analytics.weights.codes import Coded
from analytics.weights.frame import Margin

I = np.arange(60)  # noqa: E741
X, Z, D = (I * 7) % 13, (I * 5) % 3, 1.0 + I % 4
ANSWERED = ((I * 11) % 17) + X < 14
"""i <- 0:59; x <- (i*7)%%13; z <- (i*5)%%3; d <- 1 + (i%%4); r <- as.integer(((i*11)%%17) + x < 14)"""


class TestGroups:
    def test_factors_are_those_of_r(self) -> None:
        """tapply(d,z,sum)/tapply(d*r,z,sum), and the total of y <- 3 + x + (i%%5)."""
        found = nonresponse.by_groups(ANSWERED, Z, D, names=["a", "b", "c"])
        assert [g.factor for g in found.certificate.groups] == pytest.approx(
            [2.173913043478261, 2.083333333333333, 2.083333333333333], rel=1e-15
        )
        assert found.weights @ (3 + X + I % 5)[ANSWERED] == pytest.approx(1391.213768115942, rel=1e-14)
        assert found.certificate.sum_adjusted == pytest.approx(found.certificate.sum_invited)
        assert (found.certificate.invited, found.certificate.responded) == (60, 29)

    def test_unweighted_rates_count_people(self) -> None:
        found = nonresponse.by_groups(ANSWERED, Z, D, weighted=False)
        for group in found.certificate.groups:
            assert group.rate == group.responded / group.invited

    def test_groups_without_respondents_are_named_with_a_neighbour(self) -> None:
        answered = ANSWERED & (Z != 1)
        with pytest.raises(Infeasible, match=r"Of the 20 people invited in `b`, 0 responded. Merge it with") as caught:
            nonresponse.by_groups(answered, Z, D, names=["a", "b", "c"])
        repair = caught.value.details["repairs"][0]
        assert repair.enough
        assert "b" in (repair.first, repair.second)
        merged = np.where(Z == 1, 0 if repair.first == "a" else 2, Z)
        assert nonresponse.by_groups(answered, merged, D).certificate.responded == answered.sum()

    def test_a_minimum_of_respondents_may_be_asked(self) -> None:
        few = np.where(I < 3, 3, Z)
        with pytest.raises(Infeasible, match="`group 3`, 2 responded"):
            nonresponse.by_groups(ANSWERED, few, D, minimum=3)

    def test_everybody_answering_changes_nothing(self) -> None:
        found = nonresponse.by_groups(np.ones(60, dtype=bool), Z, D)
        assert (found.factor == 1).all()
        y = X.astype(float)
        assert np.allclose(found.linearised(y), y)


class TestPropensity:
    def test_inverse_propensities_are_those_of_r(self) -> None:
        """svyglm(r ~ x + z, svydesign(ids=~1, weights=~d), family=quasibinomial()); d / fitted."""
        found = nonresponse.by_propensity(ANSWERED, np.column_stack([X, Z]), D, names=["x", "z"], use="inverse")
        wanted = [1.337466807994649, -0.2716229246503611, 0.1584623221183063]
        assert [c for _, c in found.certificate.coefficients] == pytest.approx(wanted, rel=1e-9)
        assert found.weights[:3] == pytest.approx([1.262509814784381, 3.881884735583857, 1.329181633538629], rel=1e-9)
        assert found.certificate.sum_adjusted == pytest.approx(145.776736428959, rel=1e-9)
        assert found.basis is None

    def test_classes_follow_the_propensity_and_keep_the_sum(self) -> None:
        found = nonresponse.by_propensity(ANSWERED, np.column_stack([X, Z]), D, classes=4)
        rates = [group.rate for group in found.certificate.groups]
        assert rates == sorted(rates)
        assert found.certificate.sum_adjusted == pytest.approx(D.sum())
        assert found.certificate.method == "propensity classes"

    def test_separation_is_named_and_a_ridge_helps(self) -> None:
        sure = (I % 2 == 0).astype(float)
        columns = np.column_stack([X, sure])
        with pytest.raises(ModelUnusable, match="without error by `sure`") as caught:
            nonresponse.by_propensity(ANSWERED | (sure == 1), columns, D, names=["x", "sure"])
        assert caught.value.details["separating"] == ("sure",)
        found = nonresponse.by_propensity(
            ANSWERED | (sure == 1), columns, D, names=["x", "sure"], use="inverse", ridge=1.0
        )
        assert 1 <= found.certificate.factor_min <= found.certificate.factor_max < 20

    def test_columns_that_say_nothing_new_are_left_out_by_name(self) -> None:
        columns = np.column_stack([X, np.ones(60), 2 * X + 1, Z])
        found = nonresponse.by_propensity(ANSWERED, columns, D, names=["x", "one", "again", "z"], use="inverse")
        assert found.certificate.left_out == ("one", "again")

    def test_too_many_classes_for_the_respondents_are_refused(self) -> None:
        few = np.zeros(60, dtype=bool)
        few[[3, 40]] = True
        with pytest.raises(Infeasible, match="responded"):
            nonresponse.by_propensity(few, X[:, None], D, classes=5, ridge=1.0)


def survey(rng: np.random.Generator, use: str) -> tuple[float, float, float, float]:
    """One survey: adjusted total, its variance, variance with rates taken as known, unadjusted total."""
    n, size = 500, 20_000
    group = rng.integers(0, 4, n)
    x = rng.normal(size=n) + 0.5 * group
    y = 5 + group + x + rng.normal(size=n)
    d = np.full(n, size / n)
    answered = rng.random(n) < 1 / (1 + np.exp(0.9 - 0.7 * x))
    found = (
        nonresponse.by_propensity(answered, x[:, None], d, use="inverse")
        if use == "inverse"
        else nonresponse.by_groups(answered, np.digitize(x, [-0.5, 0.3, 1.0, 1.8]), d)
    )
    given = y[answered]
    carried = found.linearised(given)
    assert d @ carried == pytest.approx(found.weights @ given)
    fixed = np.zeros(n)
    fixed[answered] = found.factor * given
    sampled = design.make(d)
    spread = variance.variances(np.column_stack([carried, fixed]), sampled)
    return float(found.weights @ given), float(spread[0]), float(spread[1]), float(given.mean() * size)


@pytest.mark.parametrize("use", ["groups", "inverse"])
def test_the_variance_counts_that_rates_are_estimated(use: str) -> None:
    rng = np.random.default_rng(12)
    runs = np.array([survey(rng, use) for _ in range(700)])
    truth = 20_000 * (5 + 1.5 + 0.75)
    assert runs[:, 0].mean() == pytest.approx(truth, rel=0.01)
    assert runs[:, 3].mean() > 1.05 * truth
    assert np.sqrt(runs[:, 1].mean()) == pytest.approx(runs[:, 0].std(), rel=0.07)
    assert np.sqrt(runs[:, 2].mean()) > 1.25 * runs[:, 0].std()


def test_a_calibration_afterwards_keeps_its_gain() -> None:
    """Groups first, then raking: the linearised residuals, times g, go back to everybody invited."""
    rng = np.random.default_rng(3)
    group = rng.integers(0, 3, 300)
    answered = rng.random(300) < np.array([0.4, 0.6, 0.8])[group]
    adjusted = nonresponse.by_groups(answered, group, np.ones(300))
    margin = Margin(key="g", levels=("0", "1", "2"), shares=(0.3, 0.3, 0.4))
    raked = calibrate.rake([Coded(codes=group[answered], patterns=np.eye(3))], [margin], adjusted.weights)
    sampled = design.make(raked.weights, bases=[raked.basis])

    def spread(y: FloatArray) -> float:
        residuals = variance.residuals(y[:, None], sampled)[:, 0]
        carried = adjusted.linearised(raked.weights / adjusted.weights * residuals)
        return float(variance.variances(carried[:, None], design.make(np.ones(300)))[0])

    assert spread(group[answered].astype(float)) < 1e-12
    assert spread(rng.normal(size=int(answered.sum()))) > 100
