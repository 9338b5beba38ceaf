"""Regression and marginal effects: the numbers of R survey 4.1.1; separation and dependence are named."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.designs.design import Design
from analytics.errors import ModelUnusable, ValuesUnknown
from analytics.models import effects, glm, matrix
from analytics.models.matrix import Categorical, Numeric, Product

N = 120
NUMBER = np.arange(1, N + 1)
A = (NUMBER * 17 % 19 > 9).astype(float)
X = ((NUMBER * 37 % 101) - 50) / 25
G = [("p", "q", "r")[k] for k in (NUMBER * 7 % 11) % 3]
Y = ((NUMBER * 53 % 97) / 97 < 0.3 + 0.25 * A + 0.1 * X).astype(float)
Y[[3, 50, 77]] = np.nan

# Printed by R survey 4.1.1; the calls stand at the tests.
LOGIT = (1.5351950490664, 2.9147955718995, 1.5431287987998, -5.1966630717426, -6.4550102323772)
LOGIT_SE = (0.51910091733519, 0.64278369529714, 0.28638527197041, 0.8653625548781, 1.0040622174972)
LOGIT_DF = 16
LINEAR = (
    -0.17704641350211,
    0.25529031594113,
    0.57966936432178,
    0.063362202975793,
    -0.24080610541482,
    -0.39351762132793,
)
LINEAR_SE = (0.21832911561199, 0.44532619926085, 0.28626191840703, 0.36098589519524, 0.63460032889032, 0.53786565706954)
POISSON = (0.6863673549277, -0.060515638350166, 0.028309943077231, 0.041230533041974, 0.029171855741099)
POISSON_SE = (0.12644103914464, 0.12694262078475, 0.063921602574998, 0.20001204422266, 0.19874717829303)
EFFECT = (0.27375197268334, 0.054104132408572)
TRUE_EFFECT = 0.204830
"""Mean over b ~ N(0, 1) of expit(0.5 + 0.6 b) - expit(-0.4 + 0.6 b)."""


@pytest.fixture(scope="module")
def clustered() -> Design:
    """svydesign(~psu, strata = ~h, weights = ~w) with h = rep(1:4, each = 30), psu = rep(1:24, each = 5)."""
    weights = 1 + (NUMBER * 7919 % 13) / 4
    strata, units = np.repeat(np.arange(4), 30).tolist(), np.repeat(np.arange(24), 5).tolist()
    return design.make(weights, stages=[design.stage(strata=strata, units=units, rows=N)])


@pytest.fixture(scope="module")
def built() -> matrix.Matrix:
    return matrix.build(
        [Numeric(name="a", values=A), Numeric(name="x", values=X), Categorical(name="g", values=G, levels="pqr")], N
    )


class TestAgainstR:
    def test_logistic(self, clustered: Design, built: matrix.Matrix) -> None:
        """svyglm(y ~ a + x + g, s, family = quasibinomial, control = list(epsilon = 1e-14, maxit = 50))"""
        found = glm.fit(Y, built, clustered, family="binomial")
        assert found.names == ("(Intercept)", "a", "x", "gq", "gr")
        assert found.coefficients == pytest.approx(LOGIT, rel=1e-8)
        assert found.se == pytest.approx(LOGIT_SE, rel=1e-8)
        assert found.df == LOGIT_DF

    def test_linear_with_an_interaction(self, clustered: Design) -> None:
        """svyglm(x ~ g * a, s)"""
        g, a = Categorical(name="g", values=G, levels="pqr"), Numeric(name="a", values=A)
        found = glm.fit(X, matrix.build([g, a, Product(left=g, right=a)], N), clustered)
        assert found.names == ("(Intercept)", "gq", "gr", "a", "gq:a", "gr:a")
        assert found.coefficients == pytest.approx(LINEAR, rel=1e-8)
        assert found.se == pytest.approx(LINEAR_SE, rel=1e-8)

    def test_poisson(self, clustered: Design, built: matrix.Matrix) -> None:
        """svyglm(k ~ a + x + g, s, family = quasipoisson, control = list(epsilon = 1e-14, maxit = 50)), k = n % 5"""
        found = glm.fit((NUMBER % 5).astype(float), built, clustered, family="poisson")
        assert found.coefficients == pytest.approx(POISSON, rel=1e-8)
        assert found.se == pytest.approx(POISSON_SE, rel=1e-8)

    def test_average_marginal_effects(self, clustered: Design, built: matrix.Matrix) -> None:
        """Means of predictions at 1 and 0, and svytotal of their linearised difference."""
        fit = glm.fit(Y, built, clustered, family="binomial")
        (found,) = effects.marginal(fit, clustered, ["a"])
        assert (found.value, found.se) == pytest.approx(EFFECT, rel=1e-8)


class TestEffects:
    def test_in_a_linear_model_the_effect_is_the_coefficient(self, clustered: Design, built: matrix.Matrix) -> None:
        fit = glm.fit(X, matrix.build([Numeric(name="a", values=A)], N), clustered)
        (found,) = effects.marginal(fit, clustered, ["a"])
        assert found.value == pytest.approx(fit.coefficients[1])
        assert found.se == pytest.approx(fit.se[1])

    def test_a_number_has_the_effect_of_a_small_step(self, clustered: Design, built: matrix.Matrix) -> None:
        fit = glm.fit(Y, built, clustered, family="binomial")
        (found,) = effects.marginal(fit, clustered, ["x"])
        step = np.zeros_like(fit.columns)
        step[:, 2] = 1e-6
        moved = 1 / (1 + np.exp(-(fit.columns + step) @ fit.coefficients))
        w = np.where(fit.used, clustered.weights, 0)
        assert found.value == pytest.approx(w @ (moved - np.nan_to_num(fit.fitted)) / w.sum() / 1e-6, rel=1e-4)

    @pytest.mark.slow
    def test_intervals_hold_the_true_effect(self) -> None:
        rng, hits, runs = np.random.default_rng(2), 0, 300
        for _ in range(runs):
            a, b = rng.binomial(1, 0.4, 400).astype(float), rng.normal(size=400)
            y = rng.binomial(1, 1 / (1 + np.exp(0.4 - 0.9 * a - 0.6 * b))).astype(float)
            plain = design.make(rng.uniform(0.5, 2, 400))
            fit = glm.fit(
                y,
                matrix.build([Numeric(name="a", values=a), Numeric(name="b", values=b)], 400),
                plain,
                family="binomial",
            )
            (one,) = effects.marginal(fit, plain, ["a"])
            hits += one.interval.lower <= TRUE_EFFECT <= one.interval.upper
        assert 0.92 <= hits / runs <= 0.98

    def test_drivers_come_largest_first_and_say_what_was_left_out(self) -> None:
        rng = np.random.default_rng(5)
        strong, weak = rng.binomial(1, 0.5, 800).astype(float), rng.binomial(1, 0.3, 800).astype(float)
        y = rng.binomial(1, 0.2 + 0.4 * strong + 0.1 * weak).astype(float)
        variables = {"weak": weak, "strong": strong, "same": np.ones(800), "twin": strong.copy()}
        control = effects.levels_of(rng.integers(-1, 3, 800), ["low", "middle", "high"], "education")
        found = effects.drivers(y, variables, [control], design.make(np.ones(800)))
        assert [one.name for one in found.effects] == ["strong", "weak"]
        assert found.effects[0].value == pytest.approx(0.4, abs=0.1)
        assert found.left_out == ("same", "twin")
        assert found.controls == ("education",)

    def test_too_few_events_are_refused_with_what_is_needed(self) -> None:
        y = np.zeros(200)
        y[:8] = 1
        variables = {f"v{k}": np.random.default_rng(k).binomial(1, 0.5, 200).astype(float) for k in range(4)}
        with pytest.raises(ModelUnusable, match=r"given 8 times.*needs 20"):
            effects.drivers(y, variables, [], design.make(np.ones(200)))

    def test_an_unknown_column_is_named(self, clustered: Design, built: matrix.Matrix) -> None:
        fit = glm.fit(Y, built, clustered, family="binomial")
        with pytest.raises(ModelUnusable, match="no column z"):
            effects.marginal(fit, clustered, ["z"])


class TestSeparation:
    def separated(self) -> tuple[np.ndarray, matrix.Matrix, Design]:
        x = np.linspace(-1, 1, 60)
        noise = np.cos(np.arange(60))
        built = matrix.build([Numeric(name="noise", values=noise), Numeric(name="splits", values=x)], 60)
        return (x > 0.1).astype(float), built, design.make(np.ones(60))

    def test_the_variable_that_separates_is_named(self) -> None:
        y, built, plain = self.separated()
        with pytest.raises(ModelUnusable, match=r"predicted without error by .*`splits`"):
            glm.fit(y, built, plain, family="binomial")

    def test_the_penalised_fit_is_finite_and_says_so(self) -> None:
        y, built, plain = self.separated()
        found = glm.fit(y, built, plain, family="binomial", separation="firth")
        assert found.penalised
        assert np.isfinite(found.coefficients).all()
        assert found.coefficients[2] > 0

    def test_firth_on_an_empty_cell_adds_half_to_each(self) -> None:
        """One group with 10 of 10: the penalised log odds of a saturated model are those of 10.5 and 0.5."""
        y, group = np.r_[np.ones(10), np.repeat([0.0, 1.0], 5)], np.r_[np.ones(10), np.zeros(10)]
        built = matrix.build([Numeric(name="g", values=group)], 20)
        found = glm.fit(y, built, design.make(np.ones(20)), family="binomial", separation="firth")
        assert found.coefficients.sum() == pytest.approx(np.log(10.5 / 0.5), rel=1e-6)

    def test_overlapping_answers_are_not_called_separated(self, clustered: Design, built: matrix.Matrix) -> None:
        used = ~np.isnan(Y)
        assert glm.separating(built.columns[used], Y[used], built.names) == ()


class TestInput:
    def test_columns_that_follow_from_others_are_dropped_by_name(self, clustered: Design) -> None:
        terms = [Numeric(name="x", values=X), Numeric(name="twice", values=2 * X)]
        found = glm.fit(Y, matrix.build(terms, N), clustered, family="binomial")
        assert found.dropped == ("twice",)

    @pytest.mark.parametrize(
        ("y", "family", "message"),
        [
            (np.ones(N), "binomial", "All answers are 1"),
            (np.full(N, np.nan), "binomial", "0 people have an answer"),
            (X, "binomial", "answers of 0 and 1"),
            (X, "poisson", "counts of 0 or more"),
        ],
    )
    def test_answers_that_fit_no_model(
        self, clustered: Design, built: matrix.Matrix, y: np.ndarray, family: glm.Family, message: str
    ) -> None:
        with pytest.raises(ModelUnusable, match=message):
            glm.fit(y, built, clustered, family=family)

    def test_more_coefficients_than_clusters(self) -> None:
        few = design.make(np.ones(N), stages=[design.stage(strata=None, units=(NUMBER % 4).tolist(), rows=N)])
        built = matrix.build([Numeric(name=f"v{k}", values=np.cos(NUMBER * k)) for k in range(1, 6)], N)
        with pytest.raises(ModelUnusable, match="too many"):
            glm.fit(X, built, few)

    def test_an_unknown_level_is_named(self) -> None:
        with pytest.raises(ValuesUnknown, match="z"):
            matrix.build([Categorical(name="g", values=["p", "z"], levels="pq")], 2)
