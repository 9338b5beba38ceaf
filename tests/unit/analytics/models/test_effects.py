"""Average marginal effects: R's predictive margins, stacked linearisation, and intervals that hold the truth."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.errors import ModelUnusable
from analytics.models import effects, glm, matrix, wald
from analytics.models.matrix import Categorical, Matrix, Numeric, Product
from analytics.weights import calibrate
from tests.unit.analytics.models.conftest import Clustered, N

# By hand in R, m <- svyglm(y ~ a * x + g, s, family = quasibinomial, control = ctl), with W the weights of those who
# answered, X = model.matrix(m), X1 and X0 the matrices after setting a variable for everybody:
#   e <- plogis(X1 %*% b) - plogis(X0 %*% b); A <- sum(W * e) / sum(W)
#   g <- colSums(W * (X1 * dlogis(X1 %*% b) - X0 * dlogis(X0 %*% b))) / sum(W)
#   U <- (X * (y - mu)) %*% solve(t(X) %*% (X * W * mu * (1 - mu)))
#   z <- (e - A) / sum(W) + U %*% g      (0 for those without an answer);  vcov(svytotal(z, s))
# for a from 0 to 1, g from p to q and from p to r; for x the difference over x - 1e-6 to x + 1e-6, divided by 2e-6.
NAMES = ("a", "gq", "gr", "x")
EFFECTS = (0.272089033394154, -0.631869040174695, -0.731081050991443, 0.141890947794464)
SE = (0.0536787211696656, 0.0715271529254790, 0.0465943607759959, 0.0262806916856114)
COVARIANCE_A = (0.002881405106410708, 0.00137424666836734, 0.001832672873764230, 0.000501519155281651)

# svycontrast of svypredmeans(svyglm(y ~ g + x, ...), ~factor(a)) and of svypredmeans(svyglm(y ~ a + x, ...), ~g).
PREDICTED_A = 0.2737519726833
PREDICTED_G = (-0.6271546525696, -0.7264447300416)

# x <- regTermTest(svyglm(y ~ a + g + x, s, family = quasibinomial, control = ctl), ~g); c(x$Ftest, x$df, x$ddf, x$p)
WALD = (24.9092335573687, 2, 16, 1.21948862292491e-05)

TRUE_EFFECT = 0.204830
"""Mean over b ~ N(0, 1) of expit(0.5 + 0.6 b) - expit(-0.4 + 0.6 b)."""


@pytest.fixture(scope="module")
def crossed(sample: Clustered) -> glm.Fit:
    terms = [sample.a, sample.x, sample.g, Product(of=(sample.a, sample.x))]
    return glm.fit(sample.y, matrix.build(terms, N), sample.design, family="binomial")


class TestAgainstR:
    def test_effects_through_a_product_and_of_levels(self, sample: Clustered, crossed: glm.Fit) -> None:
        found = effects.marginal(crossed, sample.design, ["a", "g", "x"])
        assert tuple(one.name for one in found.effects) == NAMES
        assert [one.value for one in found.effects] == pytest.approx(EFFECTS, rel=1e-8)
        assert [one.se for one in found.effects] == pytest.approx(SE, rel=1e-7)
        assert found.covariance[0] == pytest.approx(COVARIANCE_A, rel=1e-6)
        assert [(one.variable, one.level) for one in found.effects[1:3]] == [("g", "q"), ("g", "r")]

    def test_values_are_contrasts_of_predictive_margins(self, sample: Clustered, built: Matrix) -> None:
        """R adds the two sources of error of its margins as if they were independent; only values are compared."""
        fit = glm.fit(sample.y, built, sample.design, family="binomial")
        found = effects.marginal(fit, sample.design, ["a", "g"]).effects
        assert [one.value for one in found] == pytest.approx([PREDICTED_A, *PREDICTED_G], rel=1e-9)

    def test_whether_a_variable_with_levels_matters(self, sample: Clustered, built: Matrix) -> None:
        found = wald.test(glm.fit(sample.y, built, sample.design, family="binomial"), "g")
        assert (found.f, found.p) == pytest.approx((WALD[0], WALD[3]), rel=1e-7)
        assert (found.df, found.residual_df) == WALD[1:3]


class TestEffects:
    def test_in_a_linear_model_the_effect_is_the_coefficient(self, sample: Clustered) -> None:
        fit = glm.fit(sample.x.values, matrix.build([sample.a], N), sample.design)
        (found,) = effects.marginal(fit, sample.design, ["a"]).effects
        assert (found.value, found.se) == pytest.approx((fit.coefficients[1], fit.se[1]))
        assert (found.interval.lower, found.p) == pytest.approx((fit.lower[1], fit.p[1]))

    def test_the_reference_level_does_not_matter_for_a_comparison(self, sample: Clustered, built: Matrix) -> None:
        turned = matrix.categorical("g", [("p", "q", "r")[code] for code in sample.g.codes], "rqp")
        first = glm.fit(sample.y, built, sample.design, family="binomial")
        other = glm.fit(sample.y, matrix.build([sample.a, sample.x, turned], N), sample.design, family="binomial")
        r_from_p = effects.marginal(first, sample.design, ["g"]).effects[1]
        p_from_r = effects.marginal(other, sample.design, ["g"]).effects[1]
        assert (p_from_r.value, p_from_r.se) == pytest.approx((-r_from_p.value, r_from_p.se))

    def test_a_count_has_an_effect_in_counts(self, sample: Clustered) -> None:
        """With one 0/1 variable the effect is the difference of two weighted means."""
        fit = glm.fit(sample.count, matrix.build([sample.a], N), sample.design, family="poisson")
        (found,) = effects.marginal(fit, sample.design, ["a"]).effects
        w, a = sample.design.weights, sample.a.values == 1
        means = [np.average(sample.count[side], weights=w[side]) for side in (a, ~a)]
        assert found.value == pytest.approx(means[0] - means[1])

    def test_an_interval_stays_a_difference_of_shares(self) -> None:
        rng = np.random.default_rng(1)
        b = np.repeat([1.0, 0.0], 6)
        y = np.r_[1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1.0]
        plain = design.make(rng.uniform(0.2, 3, 12))
        fit = glm.fit(y, matrix.build([Numeric(name="b", values=b)], 12), plain, family="binomial")
        (found,) = effects.marginal(fit, plain, ["b"]).effects
        assert found.value + 2 * found.se > 1
        assert found.interval.upper == 1

    @pytest.mark.slow
    def test_intervals_hold_the_true_effect(self) -> None:
        rng, hits, runs = np.random.default_rng(2), 0, 300
        for _ in range(runs):
            a, b = rng.binomial(1, 0.4, 400).astype(float), rng.normal(size=400)
            y = rng.binomial(1, 1 / (1 + np.exp(0.4 - 0.9 * a - 0.6 * b))).astype(float)
            plain = design.make(rng.uniform(0.5, 2, 400))
            terms = [Numeric(name="a", values=a), Numeric(name="b", values=b)]
            fit = glm.fit(y, matrix.build(terms, 400), plain, family="binomial")
            (one,) = effects.marginal(fit, plain, ["a"]).effects
            hits += one.interval.lower <= TRUE_EFFECT <= one.interval.upper
        assert 0.92 <= hits / runs <= 0.98


class TestRefusals:
    def test_unknown_and_collinear_variables_are_named_together(self, sample: Clustered) -> None:
        twin = Numeric(name="twin", values=sample.a.values.copy())
        fit = glm.fit(sample.y, matrix.build([sample.a, twin, sample.x], N), sample.design, family="binomial")
        with pytest.raises(ModelUnusable) as caught:
            effects.marginal(fit, sample.design, ["twin", "z"])
        assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [
            ("/twin", "collinear"),
            ("/z", "unknown_variable"),
        ]
        with pytest.raises(ModelUnusable, match="no column of `z`"):
            wald.test(fit, "z")

    def test_an_effect_beyond_what_numbers_hold_is_refused(self) -> None:
        """Counts that double with every step in one group, and people of the other group a thousand steps away."""
        x = np.r_[np.tile(np.arange(6.0), 10), np.linspace(0, 1000, 60)]
        codes = np.repeat([1, 0], 60)
        counts = np.where(codes == 1, 2**x, np.arange(120) % 3)
        group, steps = Categorical(name="g", codes=codes, levels=("a", "b")), Numeric(name="x", values=x)
        plain = design.make(np.ones(120))
        built = matrix.build([group, steps, Product(of=(group, steps))], 120)
        fit = glm.fit(np.floor(np.minimum(counts, 64)), built, plain, family="poisson")
        with pytest.raises(ModelUnusable, match="effect of `g` is beyond"):
            effects.marginal(fit, plain, ["g"])

    def test_without_degrees_of_freedom_there_is_no_effect_and_no_test(self, sample: Clustered, built: Matrix) -> None:
        few = design.make(np.ones(N), stages=[design.stage(strata=None, units=sample.count.tolist(), rows=N)])
        fit = glm.fit(sample.y, built, few, family="binomial")
        assert fit.df == 0
        with pytest.raises(ModelUnusable, match="0 degrees of freedom"):
            effects.marginal(fit, few, ["a"])
        with pytest.raises(ModelUnusable, match="0 degrees of freedom"):
            wald.test(fit, "g")

    def test_coefficients_that_the_weighting_fixes_are_not_tested(self, sample: Clustered) -> None:
        columns = matrix.build([sample.a, sample.g, Product(of=(sample.a, sample.g))], N).columns
        names = [str(j) for j in range(columns.shape[1])]
        totals = 1.1 * sample.design.weights @ columns
        found = calibrate.calibrate(columns, totals, sample.design.weights, distance="linear", names=names)
        fixed = design.make(found.weights, stages=sample.stages, bases=[found.basis])
        fit = glm.fit(sample.a.values, matrix.build([sample.g], N), fixed)
        assert fit.se.tolist() == [0, 0, 0]
        with pytest.raises(ModelUnusable, match="fixed by the weighting"):
            wald.test(fit, "g")
