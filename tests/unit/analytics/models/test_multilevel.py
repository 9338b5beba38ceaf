"""The multilevel model: the numbers of lme4, its own gradient, and every fault named.

The sample of the first tests, which R can make too: 400 people in five ages and eight regions.

    i <- 0:399; age <- (i*7) %% 5; region <- ((i*13) %/% 3) %% 8; edu <- ((i*11) %/% 7) %% 3
    y <- as.numeric(((i*61) %% 101) / 101 < plogis(-0.4 + 0.3*(age-2) + 0.8*sin(2*region) + 0.1*edu))
"""

import numpy as np
import pytest
from scipy import optimize

from analytics.arrays import FloatArray, IntArray
from analytics.errors import ModelUnusable
from analytics.models import multilevel
from analytics.models.laplace import Laplace, counted

I = np.arange(400)  # noqa: E741
AGE, REGION, EDU = I * 7 % 5, I * 13 // 3 % 8, I * 11 // 7 % 3
SHARE = 1 / (1 + np.exp(0.4 - 0.3 * (AGE - 2) - 0.8 * np.sin(2 * REGION) - 0.1 * EDU))
Y = (I * 61 % 101 / 101 < SHARE).astype(float)
CODES, SIZES = {"age": AGE, "region": REGION}, {"age": 5, "region": 8}

# m <- glmer(y ~ 1 + (1|age) + (1|region), family = binomial, nAGQ = 0, control = glmerControl(tolPwrss = 1e-12))
# of R lme4 1.1.31: getME(m, "theta"), fixef(m), ranef(m), logLik(m)
SPREADS = (0.311948513884503, 0.628234150125932)
INTERCEPT = -0.162136093364014
AGES = (-0.1373656208668178, -0.0325636802333121, -0.1387916279689948, -0.1441888410654127, 0.4529097701345388)
REGIONS = (
    -0.239418224708327,
    0.612168739529151,
    -0.792483270994387,
    -0.308714698854169,
    0.781380465883176,
    -0.487423793349047,
    -0.177585831170178,
    0.612076613663790,
)
LOG_LIKELIHOOD = -264.343460114591


@pytest.fixture
def search() -> Laplace:
    return Laplace(counted(Y, np.column_stack([AGE, REGION]), np.empty((400, 0)), (5, 8)), (5, 8))


class TestLaplace:
    def test_the_mode_for_given_spreads_is_that_of_lme4(self, search: Laplace) -> None:
        mode = search.mode(np.log(SPREADS))
        assert mode.beta[0] == pytest.approx(INTERCEPT, abs=1e-7)
        assert mode.beta[1:6] == pytest.approx(AGES, abs=1e-7)
        assert mode.beta[6:] == pytest.approx(REGIONS, abs=1e-7)

    def test_the_approximate_likelihood_is_that_of_lme4(self, search: Laplace) -> None:
        """lme4 integrates the deviations out and not the intercept: the part of the curvature that is theirs."""
        mode = search.mode(np.log(SPREADS))
        curvature = (mode.factor @ mode.factor.T)[1:, 1:]
        spreads = 5 * np.log(SPREADS[0]) + 8 * np.log(SPREADS[1])
        found = -mode.loss - np.linalg.slogdet(curvature)[1] / 2 - spreads
        assert found == pytest.approx(LOG_LIKELIHOOD, abs=1e-8)

    @pytest.mark.parametrize("place", [(-1.0, -2.0), (0.5, -0.3), (-4.0, 1.0)])
    def test_the_gradient_is_that_of_small_steps(self, search: Laplace, place: tuple[float, float]) -> None:
        at = np.array(place)
        numeric = optimize.approx_fprime(at, lambda log_spread: search.objective(log_spread)[0], 1e-6)
        assert search.objective(at)[1] == pytest.approx(numeric, abs=1e-3)

    def test_people_put_together_give_the_same_as_one_by_one(self, search: Laplace) -> None:
        table = np.column_stack([AGE, REGION])
        assert search.cells.n.size == 40
        assert search.cells.n.sum() == 400
        distinct = counted(Y, table, I[:, None] * 1e-12, (5, 8))
        assert distinct.n.size == 400
        apart = Laplace(distinct, (5, 8)).mode(np.log(SPREADS))
        assert apart.beta[[0, *range(2, 15)]] == pytest.approx(search.mode(np.log(SPREADS)).beta, abs=1e-6)


class TestFit:
    def test_points_spread_around_the_likeliest_and_weigh_one(self) -> None:
        model = multilevel.fit(Y, CODES, SIZES)
        weights = np.array([point.weight for point in model.points])
        spreads = np.array([point.spreads for point in model.points])
        assert weights.sum() == pytest.approx(1)
        assert 1 / (weights**2).sum() > 20
        assert (spreads.min(axis=0) < model.spreads).all()
        assert (spreads.max(axis=0) > model.spreads).all()

    def test_levels_that_do_not_differ_are_drawn_together(self) -> None:
        rng = np.random.default_rng(7)
        codes = {"many": rng.integers(0, 12, 600), "few": rng.integers(0, 3, 600)}
        alike = multilevel.fit((rng.random(600) < 0.3).astype(float), codes, {"many": 12, "few": 3})
        odds = np.linspace(-1.5, 1.5, 12)[codes["many"]]
        apart = multilevel.fit((rng.random(600) < 1 / (1 + np.exp(-odds))).astype(float), codes, {"many": 12, "few": 3})
        assert alike.spreads[0] < 0.35
        assert 0.6 < apart.spreads[0] < 1.6

    def test_a_number_of_the_region_takes_its_part(self) -> None:
        """With the number that made the regions differ in the model, their own spread shrinks."""
        rng = np.random.default_rng(8)
        region = rng.integers(0, 20, 2000)
        figure = rng.normal(size=20)
        y = (rng.random(2000) < 1 / (1 + np.exp(-figure[region]))).astype(float)
        plain = multilevel.fit(y, {"region": region}, {"region": 20})
        helped = multilevel.fit(y, {"region": region}, {"region": 20}, numeric={"figure": 50 + 10 * figure[region]})
        assert helped.spreads[0] < 0.5 * plain.spreads[0]
        assert helped.coefficients[1] / helped.scale[0] == pytest.approx(0.1, abs=0.02)

    def test_people_of_unknown_level_count_without_it(self) -> None:
        age = np.where(I < 100, -1, AGE)
        assert multilevel.fit(Y, {"age": age, "region": REGION}, SIZES).n == 400

    def test_people_without_an_answer_do_not_count(self) -> None:
        y = np.where(I < 100, np.nan, Y)
        rest = {key: codes[100:] for key, codes in CODES.items()}
        some, apart = multilevel.fit(y, CODES, SIZES), multilevel.fit(Y[100:], rest, SIZES)
        assert some.n == 300
        assert np.array_equal(some.coefficients, apart.coefficients)

    def test_one_answer_of_the_other_kind_is_enough(self) -> None:
        y = np.zeros(400)
        y[17] = 1
        model = multilevel.fit(y, CODES, SIZES)
        assert np.isfinite(model.coefficients).all()
        assert model.coefficients[0] < -3

    def test_the_same_input_gives_the_same_bytes(self) -> None:
        one, two = multilevel.fit(Y, CODES, SIZES), multilevel.fit(Y, CODES, SIZES)
        assert one.coefficients.tobytes() == two.coefficients.tobytes()
        assert [p.weight for p in one.points] == [p.weight for p in two.points]


class TestInput:
    @pytest.mark.parametrize(
        ("y", "codes", "sizes", "message"),
        [
            (np.ones(4), {"a": [0, 1, 0, 1]}, {"a": 2}, "4 answers, all the same"),
            (np.array([0, 1, 2, 1.0]), {"a": [0, 1, 0, 1]}, {"a": 2}, "answers of 0 and 1"),
            (np.array([0, 1, np.inf, 1.0]), {"a": [0, 1, 0, 1]}, {"a": 2}, "answers of 0 and 1"),
            (np.array([0, 1, 1, 1.0]), {"a": [0, 1, 0, 1]}, {"a": 1}, "`a` has codes from 0 to 1; it has 1 levels"),
            (np.array([0, 1, 1, 1.0]), {"a": [0, -2, 0, 1]}, {"a": 2}, "codes from -2 to 1"),
            (np.array([0, 1, 1, 1.0]), {"a": [0, 1, 0, 1]}, {"b": 2}, r"\['b'\] and codes for \['a'\]"),
            (np.array([0, 1, 1, 1.0]), {}, {}, "Levels are given for"),
            (np.full(4, np.nan), {"a": [0, 1, 0, 1]}, {"a": 2}, "0 answers"),
            (np.array([0, 1, 1, 1.0]), {"a": [1, 1, 1, 1]}, {"a": 2}, "in one level of `a`, or in none; leave it out"),
            (np.array([0, 1, 1, 1.0]), {"a": [-1, -1, -1, -1]}, {"a": 2}, "in one level of `a`, or in none"),
            (np.array([0, 1, 1, 1.0]), {"a": [0, 1]}, {"a": 2}, "`a` needs a whole number for 4 people"),
        ],
    )
    def test_faults_are_named(
        self, y: FloatArray, codes: dict[str, IntArray], sizes: dict[str, int], message: str
    ) -> None:
        with pytest.raises(ModelUnusable, match=message):
            multilevel.fit(y, {key: np.array(values) for key, values in codes.items()}, sizes)

    def test_all_faults_come_at_once(self) -> None:
        numbers = {"holes": np.where(I == 3, np.nan, 1.0 * I), "flat": np.ones(400), "short": np.ones(3)}
        with pytest.raises(ModelUnusable) as caught:
            multilevel.fit(Y, {"age": AGE + 3, "region": 0 * REGION}, SIZES, numeric=numbers)
        assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [
            ("/age", "codes"),
            ("/region", "one_level"),
            ("/holes", "missing"),
            ("/flat", "constant"),
            ("/short", "length"),
        ]
