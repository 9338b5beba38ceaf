"""Ratios, top boxes, net scores, totals and contrasts: the numbers of R survey 4.1.1, and honest edges."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.designs.design import Design
from analytics.errors import AnalyticsError, AnswersUnusable
from analytics.estimates import boxes, contrast, estimate
from analytics.estimates.ratio import ratio

I = np.arange(120)  # noqa: E741
Y = ((I * I * 3 + 5 * I) % 17) / 4
Y[I % 11 == 4] = np.nan
X = 1.0 + (I * 13) % 7
GROUP = (I * 5) % 3
ANSWER = (I * 11) % 5 + 1
SCALE = (1, 2, 3, 4, 5)
LABELS = ("g0", "g1", "g2")


@pytest.fixture(scope="module")
def clustered() -> Design:
    """svydesign(~psu, strata = ~h, weights = ~w): h = i %/% 40, psu = i %/% 4, w = 1 + 0.7 i for i in 0:119."""
    stage = design.stage(strata=(I // 40).tolist(), units=(I // 4).tolist(), rows=120)
    return design.make(1 + 0.7 * I, stages=[stage])


class TestAgainstR:
    def test_ratio_of_totals(self, clustered: Design) -> None:
        """svyratio(~y, ~x, d, na.rm = TRUE, deff = TRUE), also in subset(d, g == "g1")."""
        found = ratio(Y, X, clustered)
        assert found.value == pytest.approx(0.5709275211767241, rel=1e-12)
        assert found.se == pytest.approx(0.04495985488835415, rel=1e-12)
        inside = ratio(Y, X, clustered, domain=GROUP == 1)
        assert inside.value == pytest.approx(0.574677869776101, rel=1e-12)
        assert inside.se == pytest.approx(0.07324583677060233, rel=1e-12)
        assert inside.df == found.df == 27

    def test_joint_covariance_of_groups(self, clustered: Design) -> None:
        """svyby(~y, ~g, subset(d, !is.na(y)), svymean, covmat = TRUE)."""
        found = contrast.of_groups(Y, GROUP, LABELS, clustered)
        assert found.value == pytest.approx([2.13007231820008, 2.189611722979279, 2.340226774900142], rel=1e-12)
        expected = [
            [0.057791368815592, -0.005093326639229527, -0.002812466137465702],
            [-0.005093326639229527, 0.04414327391350212, -0.0002326267607515166],
            [-0.002812466137465702, -0.0002326267607515166, 0.07754085604473951],
        ]
        assert found.covariance == pytest.approx(np.array(expected), rel=1e-10)

    def test_contrasts_and_functions(self, clustered: Design) -> None:
        """svycontrast of the above: c(1, -1, 0), c(.5, .5, -1), quote(g0/g1), quote(log(g0 * g1)/g2)."""
        figures = contrast.of_groups(Y, GROUP, LABELS, clustered)
        made = [
            contrast.difference(figures, "g0", "g1"),
            contrast.contrast(figures, {"g0": 0.5, "g1": 0.5, "g2": -1}),
            contrast.ratio(figures, "g0", "g1"),
            contrast.function(figures, LABELS, lambda a, b, c: np.log(a * b) / c),
        ]
        values = [-0.05953940477919906, -0.1803847543104622, 0.9728082362026327, 0.6580046773816401]
        errors = [0.33484518214774, 0.3217498194336952, 0.1511098925184191, 0.100404597711236]
        assert [one.value for one in made] == pytest.approx(values, rel=1e-12)
        assert [one.se for one in made] == pytest.approx(errors, rel=1e-10)

    def test_several_means_and_totals_together(self, clustered: Design) -> None:
        """svymean(~y + x, d, na.rm = TRUE); svyby(~x, ~g, d, svytotal) and c(1, -1, 0)."""
        both = np.column_stack([Y, np.where(np.isnan(Y), np.nan, X)])
        found = contrast.of_means(both, ["y", "x"], clustered)
        assert found.value == pytest.approx([2.220748167730565, 3.889719947557333], rel=1e-12)
        assert found.covariance[0, 1] == pytest.approx(0.0005963263384791344, rel=1e-10)
        columns = np.where(GROUP[:, None] == np.arange(3), X[:, None], np.nan)
        totals = contrast.of_means(columns, LABELS, clustered, total=True)
        gap = contrast.difference(totals, "g0", "g1")
        assert gap.value == pytest.approx(-216.8, rel=1e-9)
        assert gap.se == pytest.approx(1228.969534022531, rel=1e-10)

    def test_total_net_score_and_top_box(self, clustered: Design) -> None:
        """svytotal(~y), svymean(~I((a >= 4) - (a <= 2))), svymean(~I(a >= 4))."""
        total = estimate.total(Y, clustered)
        assert (total.value, total.se) == (pytest.approx(10332.475), pytest.approx(791.2767784217128, rel=1e-10))
        net = boxes.net_score(ANSWER, (4, 5), (1, 2), SCALE, clustered)
        assert net.value == pytest.approx(0.0196951934349355, rel=1e-10)
        assert net.se == pytest.approx(0.04927257753436663, rel=1e-10)
        top = boxes.top_box(ANSWER, SCALE, clustered)
        assert top.value == pytest.approx(0.4098475967174677, rel=1e-12)
        assert top.se == pytest.approx(0.02631218138218972, rel=1e-10)


class TestBoxes:
    def test_answers_off_the_scale_leave_the_base(self) -> None:
        y = np.array([1, 5, 4, 98, np.nan, 2])
        found = boxes.top_box(y, SCALE, design.make(np.ones(6)))
        assert found.n == 4
        assert found.value == 0.5

    def test_a_net_score_is_the_difference_of_its_shares_and_not_of_independent_ones(self) -> None:
        rng = np.random.default_rng(4)
        y, weighted = rng.integers(1, 6, 500), design.make(rng.uniform(0.5, 2, 500))
        net = boxes.net_score(y, (4, 5), (1, 2), SCALE, weighted)
        up = estimate.proportion((y >= 4).astype(float), weighted)
        down = estimate.proportion((y <= 2).astype(float), weighted)
        assert net.value == pytest.approx((up.value or 0) - (down.value or 0))
        assert (net.se or 0) > 1.05 * np.hypot(up.se or 0, down.se or 0)

    @pytest.mark.parametrize(("code", "value", "lower"), [(5, 1.0, -1.0), (1, -1.0, -1.0), (3, 0.0, -1.0)])
    def test_all_on_one_side_keeps_a_width(self, code: int, value: float, lower: float) -> None:
        found = boxes.net_score(np.full(60, code), (4, 5), (1, 2), SCALE, design.make(np.ones(60)))
        assert found.value == value
        assert found.note == "one_sided"
        assert found.interval is not None
        assert 0.03 < found.interval.upper - found.interval.lower < 0.3
        assert lower <= found.interval.lower <= value <= found.interval.upper <= 1

    def test_boxes_that_cannot_be_are_refused(self) -> None:
        everybody = design.make(np.ones(3))
        with pytest.raises(AnswersUnusable, match="more than 5 codes"):
            boxes.top_box([1, 2, 3], SCALE, everybody, k=5)
        with pytest.raises(AnswersUnusable, match=r"\[9\]"):
            boxes.net_score([1, 2, 3], (9,), (1,), SCALE, everybody)
        with pytest.raises(AnswersUnusable, match="both"):
            boxes.net_score([1, 2, 3], (4,), (4,), SCALE, everybody)


class TestContrastEdges:
    def test_the_same_figure_twice_has_no_difference_and_no_width(self, clustered: Design) -> None:
        figures = contrast.of_means(np.column_stack([Y, Y]), ["a", "b"], clustered)
        found = contrast.difference(figures, "a", "b")
        assert (found.value, found.se, found.note) == (0.0, 0.0, "fixed")

    def test_answers_that_are_all_equal_give_no_interval(self, clustered: Design) -> None:
        figures = contrast.of_means(np.column_stack([Y, np.full(120, 3.0)]), ["a", "b"], clustered)
        found = contrast.difference(figures, "a", "b")
        assert found.note == "no_spread"
        assert found.interval is None
        assert found.se is None

    def test_names_without_answers_or_without_a_figure_are_refused(self, clustered: Design) -> None:
        figures = contrast.of_means(np.column_stack([Y, np.full(120, np.nan)]), ["a", "b"], clustered)
        with pytest.raises(AnalyticsError, match="Nobody answered for b"):
            contrast.difference(figures, "a", "b")
        with pytest.raises(AnalyticsError, match="zz are no figures"):
            contrast.difference(figures, "a", "zz")
        with pytest.raises(AnalyticsError, match="different names"):
            contrast.of_means(np.column_stack([Y, Y]), ["a", "a"], clustered)

    def test_a_function_that_breaks_is_refused(self, clustered: Design) -> None:
        figures = contrast.of_means(np.column_stack([Y, Y * 0]), ["a", "b"], clustered)
        with pytest.raises(AnalyticsError, match=r"cannot be computed|no finite number"):
            contrast.ratio(figures, "a", "b")

    @pytest.mark.slow
    def test_the_interval_of_a_ratio_of_means_holds_the_truth(self) -> None:
        rng, held = np.random.default_rng(8), 0
        for _ in range(500):
            y = rng.lognormal(size=(80, 2)) * [1.0, 2.0]
            found = contrast.ratio(contrast.of_means(y, ["a", "b"], design.make(np.ones(80))), "a", "b")
            assert found.interval is not None
            held += found.interval.lower <= 0.5 <= found.interval.upper
        assert 0.92 <= held / 500 <= 0.98

    @pytest.mark.parametrize("denominator", [np.zeros(120), np.where(I % 2 == 0, 1.0, -1.0)])
    def test_a_ratio_to_nothing_has_no_value(self, denominator: np.ndarray) -> None:
        found = ratio(Y, denominator, design.make(np.ones(120)), domain=~np.isnan(Y) & (I < 4))
        assert found.value is None
        assert found.note == "no_weight"
