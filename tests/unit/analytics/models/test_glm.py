"""Regression under the design: the numbers of R survey 4.1.1, and what is said when there is no good answer."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.errors import AnswersUnusable, ModelUnusable
from analytics.models import glm, matrix
from analytics.models.family import Family
from analytics.models.matrix import Numeric, Product
from analytics.weights import calibrate
from tests.unit.analytics.models.conftest import Clustered, N

# Printed by R survey 4.1.1; the sample stands in conftest.py, the calls at the tests.
LOGIT = (1.5351950490664, 2.9147955718995, 1.5431287987998, -5.1966630717426, -6.4550102323772)
LOGIT_SE = (0.51910091733519, 0.64278369529714, 0.28638527197041, 0.8653625548781, 1.0040622174972)
LOGIT_DF = 16
LOGIT_LOWER = (0.43475026357692, 1.55215500998604, 0.93601914313077, -7.03114973757631, -8.58352704799742)
LOGIT_UPPER = (2.6356398345559, 4.2774361338129, 2.1502384544688, -3.3621764059089, -4.3264934167569)
LOGIT_P = (9.2664667990456e-03, 3.3842598485276e-04, 6.0336157457565e-05, 1.8341509867542e-05, 8.3384728412640e-06)
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
SLOPES = (1.978234331337829, 0.099051703446447, 0.016426096336268, 0.075283952601110)
SLOPES_SE = (0.053807731241099, 0.215405490547433, 0.220800237532036, 0.240807553556501)
CALIBRATED = (1.5186636417168, 2.8636674716587, 1.5140242621625, -5.1279591284042, -6.3740388587877)
CALIBRATED_SE = (0.46758884426910, 0.66491142320663, 0.31299163763715, 0.76243662180132, 0.98609788675156)
DOMAIN = (-0.52652538469725, 1.33840320967146, 0.71004941429886)
DOMAIN_SE = (0.27557261059995, 0.50417572389446, 0.28005398747711)
DOMAIN_DF = 13
CALIBRATED_DOMAIN = (-0.57125717741260, 1.34467815476442, 0.71483986925815)
CALIBRATED_DOMAIN_SE = (0.27923167945074, 0.50456906051058, 0.28340228100539)


@pytest.fixture(scope="module")
def calibrated(sample: Clustered) -> design.Design:
    """cal <- calibrate(s, ~g, c(`(Intercept)`=N, gq=0.36*N, gr=0.3*N), calfun="raking"), N = sum(weights(s))"""
    size = float(sample.design.weights.sum())
    columns = matrix.build([sample.g], N).columns
    found = calibrate.calibrate(
        columns, np.array([1, 0.36, 0.3]) * size, sample.design.weights, distance="raking", names=["1", "gq", "gr"]
    )
    return design.make(found.weights, stages=sample.stages, bases=[found.basis])


def part(sample: Clustered) -> np.ndarray:
    """n > 25 & g != "r" """
    return (sample.number > 25) & (sample.g.codes != 2)


class TestAgainstR:
    def test_logistic(self, sample: Clustered, built: matrix.Matrix) -> None:
        """m <- svyglm(y ~ a + x + g, s, family = quasibinomial, control = ctl); confint(m, ddf = m$df.residual)"""
        found = glm.fit(sample.y, built, sample.design, family="binomial")
        assert found.names == ("(Intercept)", "a", "x", "gq", "gr")
        assert found.coefficients == pytest.approx(LOGIT, rel=1e-8)
        assert found.se == pytest.approx(LOGIT_SE, rel=1e-8)
        assert found.df == LOGIT_DF
        assert found.lower == pytest.approx(LOGIT_LOWER, rel=1e-8)
        assert found.upper == pytest.approx(LOGIT_UPPER, rel=1e-8)
        assert found.p == pytest.approx(LOGIT_P, rel=1e-7)
        assert (found.n, found.events, found.notes) == (117, int(np.nansum(sample.y)), ())

    def test_linear_with_an_interaction(self, sample: Clustered) -> None:
        """svyglm(x ~ g * a, s)"""
        terms = [sample.g, sample.a, Product(of=(sample.g, sample.a))]
        found = glm.fit(sample.x.values, matrix.build(terms, N), sample.design)
        assert found.names == ("(Intercept)", "gq", "gr", "a", "gq:a", "gr:a")
        assert found.coefficients == pytest.approx(LINEAR, rel=1e-8)
        assert found.se == pytest.approx(LINEAR_SE, rel=1e-8)

    def test_poisson(self, sample: Clustered, built: matrix.Matrix) -> None:
        """svyglm(k ~ a + x + g, s, family = quasipoisson, control = ctl)"""
        found = glm.fit(sample.count, built, sample.design, family="poisson")
        assert found.coefficients == pytest.approx(POISSON, rel=1e-8)
        assert found.se == pytest.approx(POISSON_SE, rel=1e-8)

    def test_a_slope_per_level_without_the_number_itself(self, sample: Clustered) -> None:
        """svyglm(k ~ g:x, s)"""
        found = glm.fit(sample.count, matrix.build([Product(of=(sample.g, sample.x))], N), sample.design)
        assert found.names == ("(Intercept)", "gp:x", "gq:x", "gr:x")
        assert found.coefficients == pytest.approx(SLOPES, rel=1e-8)
        assert found.se == pytest.approx(SLOPES_SE, rel=1e-8)

    def test_after_calibration(self, sample: Clustered, built: matrix.Matrix, calibrated: design.Design) -> None:
        """svyglm(y ~ a + x + g, cal, family = quasibinomial, control = ctl)"""
        found = glm.fit(sample.y, built, calibrated, family="binomial")
        assert found.coefficients == pytest.approx(CALIBRATED, rel=1e-8)
        assert found.se == pytest.approx(CALIBRATED_SE, rel=1e-7)

    def test_among_part_of_the_people(self, sample: Clustered) -> None:
        """svyglm(y ~ a + x, subset(s, n > 25 & g != "r"), family = quasibinomial, control = ctl)"""
        two = matrix.build([sample.a, sample.x], N)
        found = glm.fit(sample.y, two, sample.design, family="binomial", domain=part(sample))
        assert found.coefficients == pytest.approx(DOMAIN, rel=1e-8)
        assert found.se == pytest.approx(DOMAIN_SE, rel=1e-8)
        assert found.df == DOMAIN_DF

    def test_part_of_the_people_after_calibration(self, sample: Clustered, calibrated: design.Design) -> None:
        """svyglm(y ~ a + x, subset(cal, n > 25 & g != "r"), family = quasibinomial, control = ctl)"""
        two = matrix.build([sample.a, sample.x], N)
        found = glm.fit(sample.y, two, calibrated, family="binomial", domain=part(sample))
        assert found.coefficients == pytest.approx(CALIBRATED_DOMAIN, rel=1e-8)
        assert found.se == pytest.approx(CALIBRATED_DOMAIN_SE, rel=1e-7)


class TestScales:
    def test_units_of_a_variable_change_nothing_else(self, sample: Clustered) -> None:
        """Seconds since 1970 instead of a small number: the equations stay solvable."""
        plain = glm.fit(sample.y, matrix.build([sample.x], N), sample.design, family="binomial")
        moved = Numeric(name="x", values=1.6e9 + 1e6 * sample.x.values)
        found = glm.fit(sample.y, matrix.build([moved], N), sample.design, family="binomial")
        assert found.coefficients[1] * 1e6 == pytest.approx(plain.coefficients[1], rel=1e-6)
        assert found.t[1] == pytest.approx(plain.t[1], rel=1e-6)

    def test_the_scale_of_the_weights_does_not_count(self, sample: Clustered, built: matrix.Matrix) -> None:
        huge = design.make(sample.design.weights * 1e9, stages=sample.stages)
        found = glm.fit(sample.y, built, huge, family="binomial")
        assert found.coefficients == pytest.approx(LOGIT, rel=1e-8)
        assert found.se == pytest.approx(LOGIT_SE, rel=1e-8)

    def test_people_without_weight_are_not_in_the_fit(self, sample: Clustered, built: matrix.Matrix) -> None:
        first = sample.number <= 5
        without = design.make(np.where(first, 0.0, sample.design.weights), stages=sample.stages)
        found = glm.fit(sample.y, built, without, family="binomial")
        apart = glm.fit(sample.y, built, sample.design, family="binomial", domain=~first)
        assert found.coefficients == pytest.approx(apart.coefficients)
        assert (found.n, found.df) == (apart.n, apart.df) == (113, LOGIT_DF - 1)


class TestNotes:
    def test_columns_that_follow_from_others_are_left_out_by_name(self, sample: Clustered) -> None:
        terms = [
            sample.x,
            sample.a,
            Numeric(name="both", values=2 * sample.x.values - sample.a.values),
            Numeric(name="nothing", values=np.zeros(N)),
        ]
        found = glm.fit(sample.y, matrix.build(terms, N), sample.design, family="binomial")
        assert found.dropped == ("both", "nothing")
        assert found.notes == (
            "`both` was left out: it follows from `x`, `a`.",
            "`nothing` was left out: all zeros.",
        )
        plain = glm.fit(sample.y, matrix.build([sample.x, sample.a], N), sample.design, family="binomial")
        assert found.coefficients == pytest.approx(plain.coefficients)

    def test_answers_that_are_reproduced_exactly(self, sample: Clustered) -> None:
        found = glm.fit(3 + 2 * sample.x.values, matrix.build([sample.x], N), sample.design)
        assert found.coefficients == pytest.approx([3, 2])
        assert found.se.tolist() == [0, 0]
        assert found.p.tolist() == [0, 0]
        assert "reproduce every answer" in found.notes[0]

    def test_what_the_weighting_fixes_has_no_error(self, sample: Clustered, calibrated: design.Design) -> None:
        among_r = (sample.g.codes == 2).astype(float)
        found = glm.fit(among_r, matrix.build([], N), calibrated)
        assert found.coefficients == pytest.approx([0.3])
        assert found.se.tolist() == [0]
        assert "fixes `(Intercept)`" in found.notes[0]

    def test_more_coefficients_than_clusters_give_no_p_values_and_say_so(self, sample: Clustered) -> None:
        few = design.make(np.ones(N), stages=[design.stage(strata=None, units=sample.count.tolist(), rows=N)])
        terms = [Numeric(name=f"v{k}", values=np.cos(sample.number * k)) for k in range(1, 6)]
        found = glm.fit(sample.x.values, matrix.build(terms, N), few)
        assert found.df == -1
        assert np.isnan(found.p).all()
        assert "6 coefficients leave no degrees of freedom in this design (-1)" in found.notes[0]


class TestInput:
    @pytest.mark.parametrize(
        ("y", "family", "message"),
        [
            (np.ones(N), "binomial", "All answers are 1"),
            (np.full(N, np.nan), "binomial", "0 people have an answer"),
            (np.r_[1.0, np.full(N - 1, np.nan)], "binomial", "1 people have an answer"),
            (np.linspace(0, 1, N), "binomial", "answers of 0 and 1"),
            (np.linspace(-1, 1, N), "poisson", "counts of 0 or more"),
            (np.linspace(0, 3, N), "poisson", "counts of 0 or more"),
        ],
    )
    def test_answers_that_fit_no_model(
        self, sample: Clustered, built: matrix.Matrix, y: np.ndarray, family: Family, message: str
    ) -> None:
        with pytest.raises(ModelUnusable, match=message):
            glm.fit(y, built, sample.design, family=family)

    def test_answers_of_other_people_and_infinite_ones(self, sample: Clustered, built: matrix.Matrix) -> None:
        with pytest.raises(AnswersUnusable, match="120 people"):
            glm.fit(np.ones(5), built, sample.design)
        with pytest.raises(AnswersUnusable, match="1 answers are infinite or above"):
            glm.fit(np.r_[np.inf, np.ones(N - 1)], built, sample.design)
        with pytest.raises(ModelUnusable, match="matrix has 2 rows for 120"):
            glm.fit(sample.y, matrix.build([], 2), sample.design)
        with pytest.raises(AnswersUnusable, match="True or False"):
            glm.fit(sample.y, built, sample.design, domain=np.ones(N - 1, dtype=bool))

    def test_negative_weights_are_refused_by_row(self, sample: Clustered, built: matrix.Matrix) -> None:
        negative = design.make(np.where(sample.number == 8, -1.0, 1.0))
        with pytest.raises(ModelUnusable, match=r"1 people have a negative weight \(rows 7\)"):
            glm.fit(sample.y, built, negative, family="binomial")
