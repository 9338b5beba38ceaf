"""Variances under strata, clusters, stages and calibration, beside what R survey 4.1.1 prints.

Each row holds the standard errors of svymean(~y, na.rm=TRUE), svytotal(~y0), svyratio(~y0, ~x) and the mean of x among
g="q" (svyby), for the data of conftest and the call in the comment."""

import itertools

import numpy as np
import pytest

from analytics.designs import design
from analytics.designs.design import Design
from analytics.designs.strata import LonelyRule
from analytics.designs.variance import covariance, residuals, variances
from analytics.errors import DesignUnusable
from analytics.estimates import estimate
from analytics.weights import calibrate
from tests.unit.analytics.designs.conftest import People

R = {
    # in R: svydesign(id=~c, strata=~h, weights=~w, data=D, nest=TRUE), and the same with fpc=~N
    "clusters": (0.456856804202366, 58.2953209481211, 0.202405540715932, 0.227125265963711),
    "clusters, fpc": (0.351678067543007, 45.9833585034767, 0.147788978642465, 0.179685901050421),
    # d2: id=~c+u, fpc=~N+M, and the same as fractions; id=~c+u+j, fpc=~N+M+L
    "two stages": (0.372574373855189, 50.0450598195834, 0.158940546213831, 0.206027911365978),
    "three stages": (0.388285307829724, 56.8943706487965, 0.178280979757367, 0.227027027226719),
    # calibrate(d2, ~g+x, c(`(Intercept)`=130, gq=40, gr=45, x=320))
    "linear": (0.381941501312496, 48.4608261373612, 0.151440081679254, 0.196332502532876),
    # postStratify(d2, ~g, c(45, 40, 45)); rake with ~s to f=60, m=70
    "post-stratified": (0.379283263661782, 48.7892290952767, 0.161887652817082, 0.206027911365978),
    "raked, sweep": (0.377630538882824, 49.3926353777555, 0.162430270289554, 0.209183355148153),
    # in R: that calibrate, then postStratify to the levels of s
    "linear, then post-stratified": (0.378564603660149, 48.2779511522511, 0.153081802244831, 0.199625581502192),
    # D[!(D$h=="B" & D$c>0),] with options(survey.lonely.psu=)
    "certainty": (0.573250369512319, 50.5426112854842, 0.224725908970936, 0.265241879664129),
    "average": (0.702085450083547, 61.9018039586354, 0.275231904480967, 0.324853631796907),
    "adjust": (0.586272586571601, 57.9751287670459, 0.233461170295677, 0.267385836885598),
    "certainty, fpc": (0.434208651370845, 39.3947119970858, 0.153842550864128, 0.209416571959568),
    "average, fpc": (0.5317948188803, 48.2484714783795, 0.188417875172641, 0.256481872491889),
    "adjust, fpc": (0.450144504838919, 48.0076313378057, 0.165538783183461, 0.211945990560327),
    # strata A and B+C, of which 20 and 23 clusters
    "merge, fpc": (0.562397359591802, 50.3995586017018, 0.220220879012606, 0.229354298282163),
    # D[!(D$h=="A" & D$c==1 & D$u>0),], two stages
    "certainty at stage 2": (0.390815257614245, 53.1994278489608, 0.162354562305888, 0.203273110219957),
    "adjust at stage 2": (0.391780500763774, 53.4582309545511, 0.16428592656791, 0.20631903715562),
}


def errors(people: People, sampled: Design) -> list[float]:
    """The four standard errors, from linearised values made here."""
    y0, w = np.nan_to_num(people.y), sampled.weights
    answered, q = ~np.isnan(people.y), people.g == 1
    ratio = (w @ y0) / (w @ people.x)
    z = np.column_stack(
        [
            np.where(answered, y0 - w @ y0 / (w @ answered), 0) / (w @ answered),
            y0,
            (y0 - ratio * people.x) / (w @ people.x),
            np.where(q, people.x - w[q] @ people.x[q] / w[q].sum(), 0) / w[q].sum(),
        ]
    )
    assert np.diag(covariance(z, sampled)) == pytest.approx(variances(z, sampled))
    return np.sqrt(variances(z, sampled)).tolist()


class TestStages:
    def test_clusters_with_and_without_a_finite_population(self, people: People) -> None:
        assert errors(people, design.make(people.w, stages=people.stages())) == pytest.approx(R["clusters"], rel=1e-12)
        known = design.make(people.w, stages=people.stages(fpc="sizes"))
        assert errors(people, known) == pytest.approx(R["clusters, fpc"], rel=1e-12)
        assert known.df == 12

    def test_two_and_three_stages_from_sizes_or_fractions(self, people: People) -> None:
        for fpc in ("sizes", "fractions"):
            two = design.make(people.w, stages=people.stages(2, fpc))
            assert errors(people, two) == pytest.approx(R["two stages"], rel=1e-12)
        three = design.make(people.w, stages=people.stages(3, "sizes"))
        assert errors(people, three) == pytest.approx(R["three stages"], rel=1e-12)

    def test_without_populations_the_first_stage_stands_for_all(self, people: People) -> None:
        two = design.make(people.w, stages=people.stages(2))
        assert errors(people, two) == pytest.approx(R["clusters"], rel=1e-12)

    def test_a_census_of_clusters_leaves_only_the_next_stage(self, people: People) -> None:
        first = design.stage(strata=people.h, units=people.c, population=np.full(60, 5.0), rows=60)
        assert errors(people, design.make(people.w, stages=[first])) == pytest.approx([0, 0, 0, 0], abs=1e-15)
        second = design.stage(strata=None, units=people.u, population=np.full(60, 4.0), within=first, rows=60)
        both = design.make(people.w, stages=[first, second])
        within = design.stage(
            strata=[f"{h}{c}" for h, c in zip(people.h, people.c, strict=True)],
            units=people.u,
            population=np.full(60, 4.0),
            rows=60,
        )
        assert errors(people, both) == pytest.approx(errors(people, design.make(people.w, stages=[within])))

    def test_the_order_of_people_changes_nothing(self, people: People) -> None:
        order = np.random.default_rng(3).permutation(60)
        mixed = People(**{name: getattr(people, name)[order] for name in people.__struct_fields__})
        found = errors(mixed, design.make(mixed.w, stages=mixed.stages(3, "sizes")))
        assert found == pytest.approx(R["three stages"], rel=1e-12)

    def test_a_domain_keeps_the_full_design(self, people: People) -> None:
        # svymean(~x, subset(d, (h!="A" | c==0) & g!="q")): in stratum A the domain is in one cluster of five
        sampled = design.make(people.w, stages=people.stages(fpc="sizes"))
        domain = ((people.h != "A") | (people.c == 0)) & (people.g != 1)
        found = estimate.mean(people.x, sampled, domain=domain)
        assert found.value == pytest.approx(2.53293918918919, rel=1e-12)
        assert found.se == pytest.approx(0.138140701805642, rel=1e-12)
        assert found.df == sampled.df == 12
        assert design.thin_strata(sampled, domain) == ("A",)
        assert design.thin_strata(sampled, people.g == 1) == ()


class TestCalibrated:
    @pytest.fixture
    def linear(self, people: People) -> calibrate.Calibration:
        totals = np.array([130.0, 40, 45, 320])
        return calibrate.calibrate(people.auxiliary, totals, people.w, distance="linear")

    def test_linear_and_post_stratified_on_two_stages(self, people: People, linear: calibrate.Calibration) -> None:
        stages = people.stages(2, "sizes")
        sampled = design.make(linear.weights, stages=stages, bases=[linear.basis])
        assert errors(people, sampled) == pytest.approx(R["linear"], rel=1e-11)
        cells = calibrate.poststratify(people.raking[0][0], np.array([45.0, 40, 45]), people.w)
        sampled = design.make(cells.weights, stages=stages, bases=[cells.basis])
        assert errors(people, sampled) == pytest.approx(R["post-stratified"], rel=1e-11)
        assert sampled.conventions == ("start_weights",)

    def test_raked_by_the_unweighted_sweep(self, people: People) -> None:
        coded, margins = people.raking
        found = calibrate.rake(coded, margins, people.w, total=130, convention="unweighted_sweep", tolerance=1e-13)
        sampled = design.make(found.weights, stages=people.stages(2, "sizes"), bases=[found.basis])
        assert errors(people, sampled) == pytest.approx(R["raked, sweep"], rel=1e-9)
        assert sampled.conventions == ("unweighted_sweep",)

    def test_the_sweep_is_ten_rounds_of_centring(self, people: People) -> None:
        coded, margins = people.raking
        found = calibrate.rake(coded, margins, people.w, convention="unweighted_sweep")
        z = np.random.default_rng(1).normal(size=(60, 3))
        by_hand = z.copy()
        for _, codes in itertools.product(range(10), (people.g, people.s)):
            for level in range(codes.max() + 1):
                by_hand[codes == level] -= by_hand[codes == level].mean(axis=0)
        assert residuals(z, design.make(found.weights, bases=[found.basis])) == pytest.approx(by_hand)

    def test_one_calibration_after_another(self, people: People, linear: calibrate.Calibration) -> None:
        after = calibrate.poststratify(people.raking[0][1], np.array([70.0, 60]), linear.weights)
        bases = [linear.basis, after.basis]
        sampled = design.make(after.weights, stages=people.stages(2, "sizes"), bases=bases)
        assert errors(people, sampled) == pytest.approx(R["linear, then post-stratified"], rel=1e-11)

    def test_a_figure_that_calibration_fixes_has_no_variance(
        self, people: People, linear: calibrate.Calibration
    ) -> None:
        sampled = design.make(linear.weights, stages=people.stages(), bases=[linear.basis])
        assert variances(people.auxiliary, sampled) == pytest.approx(np.zeros(4), abs=1e-20)

    def test_many_columns_give_what_each_gives_alone(self, people: People, linear: calibrate.Calibration) -> None:
        rng = np.random.default_rng(2)
        rows = np.repeat(np.arange(60), 400)
        z = rng.normal(size=(rows.size, 120))
        basis = calibrate.calibrate(people.auxiliary[rows], np.array([130.0, 40, 45, 320]), people.w[rows]).basis
        stages = [design.stage(strata=people.h[rows], units=rng.integers(0, 50, rows.size), rows=rows.size)]
        sampled = design.make(people.w[rows], stages=stages, bases=[basis])
        whole = covariance(z, sampled)
        for j in (0, 57, 119):
            assert variances(z[:, [j]], sampled)[0] == pytest.approx(whole[j, j], rel=1e-10)
            assert covariance(z[:, [3, j]], sampled)[0, 1] == pytest.approx(whole[3, j], rel=1e-9)


class TestLonelyUnits:
    def test_the_stratum_is_named(self, lonely: People) -> None:
        sampled = design.make(lonely.w, stages=lonely.stages())
        with pytest.raises(DesignUnusable, match="Stratum `B` has a single unit") as caught:
            errors(lonely, sampled)
        assert caught.value.details["strata"] == ("B",)

    def test_all_are_named_at_once_and_by_stage(self, people: People) -> None:
        alone = people.only((people.c != 1) | (people.u == 0))
        with pytest.raises(DesignUnusable) as caught:
            errors(alone, design.make(alone.w, stages=alone.stages(2, "sizes")))
        assert caught.value.details["strata"] == ("A/1", "B/1", "C/1")
        assert "Stratum `A/1` of stage 2" in caught.value.message

    @pytest.mark.parametrize("rule", ["certainty", "average", "adjust"])
    def test_the_rules_of_r(self, lonely: People, rule: LonelyRule) -> None:
        plain = design.make(lonely.w, stages=lonely.stages(), lonely=rule)
        assert errors(lonely, plain) == pytest.approx(R[rule], rel=1e-12)
        known = design.make(lonely.w, stages=lonely.stages(fpc="sizes"), lonely=rule)
        assert errors(lonely, known) == pytest.approx(R[f"{rule}, fpc"], rel=1e-12)
        assert known.df == 8

    @pytest.mark.parametrize("rule", ["certainty", "adjust"])
    def test_the_rules_hold_at_a_later_stage(self, people: People, rule: LonelyRule) -> None:
        part = people.only((people.h != "A") | (people.c != 1) | (people.u == 0))
        sampled = design.make(part.w, stages=part.stages(2, "sizes"), lonely=rule)
        assert errors(part, sampled) == pytest.approx(R[f"{rule} at stage 2"], rel=1e-12)

    def test_no_stratum_to_stand_in_is_said(self, people: People) -> None:
        part = people.only((people.h != "A") | (people.c != 1) | (people.u == 0))
        sampled = design.make(part.w, stages=part.stages(2, "sizes"), lonely="average")
        with pytest.raises(DesignUnusable, match="No stratum can stand in for A/1"):
            errors(part, sampled)

    def test_merging_makes_one_stratum_with_the_next_and_says_so(self, lonely: People) -> None:
        sampled = design.make(lonely.w, stages=lonely.stages(fpc="sizes"), lonely="merge")
        assert sampled.merged == ("B + C",)
        assert sampled.df == 9
        assert errors(lonely, sampled) == pytest.approx(R["merge, fpc"], rel=1e-12)

    def test_merging_with_the_most_similar(self, lonely: People) -> None:
        near = np.select([lonely.h == "A", lonely.h == "B"], [5.0, 6.0], 20.0)
        sampled = design.make(lonely.w, stages=lonely.stages(), lonely="merge", similar=near)
        assert sampled.merged == ("A + B",)

    def test_several_lonely_strata_merge_together(self) -> None:
        labels = ["a", "b", "c", "c", "d"]
        stage = design.stage(strata=labels, units=None, rows=5)
        sampled = design.make(np.ones(5), stages=[stage], lonely="merge")
        assert sampled.merged == ("a + b", "c + d")
        assert np.isfinite(variances(np.arange(5.0)[:, None], sampled)).all()

    def test_a_stratum_taken_whole_is_not_lonely(self) -> None:
        sizes = np.array([1.0, 9, 9, 9])
        stage = design.stage(strata=["a", "b", "b", "b"], units=None, population=sizes, rows=4)
        sampled = design.make(np.ones(4), stages=[stage])
        assert variances(np.arange(4.0)[:, None], sampled)[0] == pytest.approx(3 * (1 - 3 / 9))


@pytest.fixture(scope="module")
def draw() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Samples, their chances, and the joint inclusion probabilities."""
    odds = 0.3 + 0.2 * np.arange(9)
    samples = np.array(list(itertools.combinations(range(9), 4)))
    chance = np.prod(odds[samples], axis=1)
    inside = np.zeros((len(samples), 9))
    inside[np.arange(len(samples))[:, None], samples] = 1
    chance /= chance.sum()
    return samples, chance, (inside * chance[:, None]).T @ inside


class TestPairwise:
    """Four of nine people by rejective sampling (conditional Poisson), all 126 samples enumerated."""

    def test_yates_grundy_is_unbiased(self, draw: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
        samples, chance, joint = draw
        p, y = np.diag(joint), 10 + np.arange(9) * 7 % 5 + np.arange(9) / 10
        totals = np.array([(y / p)[one].sum() for one in samples])
        found = [
            variances(y[one][:, None], design.make(1 / p[one], pairwise=joint[np.ix_(one, one)]))[0] for one in samples
        ]
        assert chance @ totals == pytest.approx(y.sum())
        assert chance @ np.array(found) == pytest.approx(chance @ (totals - y.sum()) ** 2, rel=1e-10)

    def test_both_estimators_agree_with_r(self, draw: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
        # in R: svydesign(id=~1, fpc=~p, pps=ppsmat(J)) with variance="YG" and "HT", then svytotal and svymean
        one = np.array([0, 3, 6, 8])
        joint, y = draw[2][np.ix_(one, one)], (10 + np.arange(9) * 7 % 5 + np.arange(9) / 10)[one]
        w = 1 / np.diag(joint)
        grundy = design.make(w, pairwise=joint)
        horvitz = design.make(w, pairwise=joint, method="horvitz_thompson")
        assert estimate.total(y, grundy).se == pytest.approx(29.8400615439805996, rel=1e-12)
        assert estimate.mean(y, grundy).se == pytest.approx(0.54756958272032996, rel=1e-12)
        assert estimate.total(y, horvitz).se == pytest.approx(30.3652251654732801, rel=1e-12)
        assert estimate.mean(y, horvitz).se == pytest.approx(0.54985710257490794, rel=1e-12)

    def test_a_negative_estimate_is_refused(self, draw: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
        # the form of Horvitz and Thompson goes below zero where the values are all alike
        one = np.array([0, 3, 6, 8])
        joint = draw[2][np.ix_(one, one)]
        z = np.diag(joint)[:, None] * np.array([[1.0], [2], [1], [2]])
        drawn = design.make(1 / np.diag(joint), pairwise=joint, method="horvitz_thompson")
        form = drawn.pairwise
        assert form is not None
        worst = np.linalg.eigh(form)[1][:, [0]]
        with pytest.raises(DesignUnusable, match=r"negative variance for columns \[1\]"):
            covariance(np.hstack([z, worst * np.diag(joint)[:, None]]), drawn)

    def test_impossible_probabilities_are_named(self) -> None:
        joint = np.array([[0.5, 0.0, 0.2], [0.0, 0.5, 0.6], [0.2, 0.6, 0.5]])
        with pytest.raises(DesignUnusable, match="2 pairwise probabilities are impossible") as caught:
            design.make(np.full(3, 2.0), pairwise=joint)
        assert [fault.pointer for fault in caught.value.faults] == ["/0/1", "/1/2"]
        with pytest.raises(DesignUnusable, match="3 x 3"):
            design.make(np.full(3, 2.0), pairwise=np.ones((2, 2)))
