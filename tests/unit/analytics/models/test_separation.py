"""Answers that a variable predicts without error: found, named, refused or penalised; overlap is never called so."""

import numpy as np
import pytest

from analytics.arrays import FloatArray
from analytics.designs import design
from analytics.errors import ModelUnusable
from analytics.models import glm, matrix, separation
from analytics.models.matrix import Matrix, Numeric, Product
from tests.unit.analytics.models.conftest import Clustered, N

# glm(y ~ a * g + x, weights = w / mean(w), family = binomial, method = "brglmFit", type = "AS_mean", epsilon = 1e-12,
#     maxit = 1000) of R brglm2 0.9, on the people who answered; all with a = 1 and g = p answered 1.
FIRTH = (
    1.16237614269716,
    3.59946357384209,
    -4.07857511849776,
    -5.01727842833041,
    1.35086270976477,
    -1.51576875091923,
    -1.63590870396855,
)
FIRTH_SE = (
    0.555839358777472,
    1.635939572713246,
    1.083927064443584,
    1.250200735388771,
    0.330560586166927,
    1.869287947877923,
    2.037799710306478,
)
PLAIN = 60


def numbers(**columns: FloatArray) -> Matrix:
    terms = [Numeric(name=name, values=values) for name, values in columns.items()]
    return matrix.build(terms, len(terms[0].values))


@pytest.fixture
def split() -> tuple[FloatArray, Matrix]:
    x = np.linspace(-1, 1, PLAIN)
    return (x > 0.1).astype(float), numbers(noise=np.cos(np.arange(PLAIN)), splits=x, more=np.sin(np.arange(PLAIN)))


class TestFinding:
    def test_only_the_variable_that_separates_is_named(self, split: tuple[FloatArray, Matrix]) -> None:
        y, built = split
        with pytest.raises(ModelUnusable, match="without error by `splits`; no finite") as caught:
            glm.fit(y, built, design.make(np.ones(PLAIN)), family="binomial")
        assert caught.value.details["separating"] == ("splits",)

    def test_one_group_of_one_mind_is_enough(self) -> None:
        """Quasi-separation: only the group with b is predicted, the others are not."""
        b, y = np.repeat([1.0, 0.0], [12, 48]), np.r_[np.ones(12), np.tile([0.0, 1.0, 1.0], 16)]
        with pytest.raises(ModelUnusable, match=r"`b` \(all 12 people with `b` answered 1\)"):
            glm.fit(y, numbers(b=b, x=np.cos(np.arange(60))), design.make(np.ones(60)), family="binomial")

    def test_two_variables_that_only_separate_together(self) -> None:
        rng = np.random.default_rng(3)
        u, v, noise = rng.normal(size=(3, 80))
        y = (u + v > 0.2).astype(float)
        names = ("(Intercept)", "noise", "u", "v")
        assert separation.separating(numbers(noise=noise, u=u, v=v).columns, y, names) == ("u", "v")

    def test_scale_and_place_of_a_variable_do_not_matter(self, split: tuple[FloatArray, Matrix]) -> None:
        y, built = split
        years = numbers(noise=built.columns[:, 1], year=2e9 + 1e3 * built.columns[:, 2])
        assert separation.separating(years.columns, y, years.names) == ("year",)

    @pytest.mark.parametrize("seed", range(5))
    def test_one_exception_makes_it_overlap(self, seed: int) -> None:
        """The control: a single answer on the other side, and finite coefficients exist."""
        x = np.linspace(-1, 1, 200)
        y = (x > 0.1).astype(float)
        assert separation.separating(numbers(x=x).columns, y, ("(Intercept)", "x")) == ("x",)
        y[np.random.default_rng(seed).integers(0, 90)] = 1
        assert separation.separating(numbers(x=x).columns, y, ("(Intercept)", "x")) == ()
        found = glm.fit(y, numbers(x=x), design.make(np.ones(200)), family="binomial")
        assert not found.penalised
        assert np.isfinite(found.coefficients).all()

    def test_an_effect_that_is_only_large_is_fitted(self) -> None:
        """Fitted shares within 1e-6 of 0 and 1, but answers overlap."""
        x = np.r_[np.linspace(-40, 40, 400), 0.3, -0.3]
        y = np.r_[np.linspace(-40, 40, 400) > 0, False, True].astype(float)
        found = glm.fit(y, numbers(x=x), design.make(np.ones(402)), family="binomial")
        assert np.nanmin(found.fitted) < 1e-6
        assert found.coefficients[1] > 1

    def test_counts_of_which_a_group_has_none(self) -> None:
        b, k = np.repeat([1.0, 0.0], [20, 40]), np.r_[np.zeros(20), np.tile([0.0, 1.0, 2.0, 5.0], 10)]
        with pytest.raises(ModelUnusable, match=r"`b` \(all 20 people with `b` answered 0\).*leave it out"):
            glm.fit(k, numbers(x=np.cos(np.arange(60)), b=b), design.make(np.ones(60)), family="poisson")
        k[3] = 1
        assert glm.fit(k, numbers(b=b), design.make(np.ones(60)), family="poisson").n == 60

    def test_counts_of_sizes_that_cannot_be_solved_together(self) -> None:
        """A group of quadrillions beside one of handfuls: the small one is lost in rounding, and that is said."""
        b, k = np.repeat([1.0, 0.0], [20, 40]), np.r_[np.tile([1e16, 3e16], 10), np.tile([0.0, 1.0, 2.0, 5.0], 10)]
        with pytest.raises(ModelUnusable, match=r"all but determine|did not converge"):
            glm.fit(k, numbers(b=b), design.make(np.ones(60)), family="poisson")


class TestPenalty:
    def test_coefficients_are_those_of_brglm2(self, sample: Clustered) -> None:
        built = matrix.build([sample.a, sample.g, sample.x, Product(of=(sample.a, sample.g))], N)
        with pytest.raises(ModelUnusable, match="without error"):
            glm.fit(sample.y, built, sample.design, family="binomial")
        found = glm.fit(sample.y, built, sample.design, family="binomial", separation="firth")
        assert found.penalised
        assert found.coefficients == pytest.approx(FIRTH, rel=1e-7)

    def test_errors_are_never_below_those_of_the_model(self, sample: Clustered) -> None:
        """Residuals of separated people are almost nothing, so a sandwich alone would claim to know their effect."""
        built = matrix.build([sample.a, sample.g, sample.x, Product(of=(sample.a, sample.g))], N)
        found = glm.fit(sample.y, built, sample.design, family="binomial", separation="firth")
        w = sample.design.weights[found.used]
        people = w.sum() ** 2 / (w @ w)
        assert (found.se >= np.array(FIRTH_SE) * np.sqrt(w.size / people) * (1 - 1e-7)).all()
        sandwich = np.sqrt(np.diag(found.covariance - found.excess))
        assert sandwich[1] < 0.5 * found.se[1]
        assert "`a`" in found.notes[0]
        assert "penalised" in found.notes[0]

    def test_an_empty_cell_counts_as_half_an_answer_on_either_side(self) -> None:
        """One group with 10 of 10: the penalised log odds of a saturated model are those of 10.5 and 0.5."""
        y, group = np.r_[np.ones(10), np.repeat([0.0, 1.0], 5)], np.r_[np.ones(10), np.zeros(10)]
        found = glm.fit(y, numbers(g=group), design.make(np.ones(20)), family="binomial", separation="firth")
        assert found.coefficients.sum() == pytest.approx(np.log(10.5 / 0.5), rel=1e-6)

    def test_without_separation_there_is_no_penalty(self, sample: Clustered, built: Matrix) -> None:
        plain = glm.fit(sample.y, built, sample.design, family="binomial")
        asked = glm.fit(sample.y, built, sample.design, family="binomial", separation="firth")
        assert np.array_equal(plain.coefficients, asked.coefficients)
        assert not asked.penalised
        assert not asked.excess.any()

    @pytest.mark.slow
    def test_intervals_of_the_separated_effect_hold(self) -> None:
        """Groups of 12 in which 85 % say yes: in one sample of seven all of them do."""
        rng, truth = np.random.default_rng(8), np.log(0.85 / 0.15) - np.log(0.5 / 0.5)
        held: list[bool] = []
        while len(held) < 150:
            b = np.repeat([1.0, 0.0], [12, 60])
            y = (rng.random(72) < np.where(b == 1, 0.85, 0.5)).astype(float)
            if y[:12].all():
                found = glm.fit(y, numbers(b=b), design.make(np.ones(72)), family="binomial", separation="firth")
                held.append(bool(found.lower[1] <= truth <= found.upper[1]))
        assert np.mean(held) >= 0.9
