"""The second opinion: nearer to the truth than the direct figure in thin groups, with intervals that hold."""

import numpy as np
import pytest
from msgspec import structs

from analytics.arrays import BoolArray, FloatArray, IntArray
from analytics.errors import ModelUnusable
from analytics.models import joint_frame, mrp, multilevel
from analytics.models.joint_frame import JointFrame
from tests.unit.analytics.models.test_joint_frame import margin
from tests.unit.analytics.models.test_multilevel import AGE, CODES, REGION, Y
from tests.unit.analytics.models.test_multilevel import SIZES as SMALL

SIZES = {"age": 7, "sex": 2, "province": 12, "education": 3}
SPREADS = (0.4, 0.1, 0.5, 0.6)

# Posterior of the sample of test_multilevel.py under the same priors, from 32,000 draws by Hamiltonian Monte Carlo
# (four chains, non-centred, 1,000 steps of warming up each): mean, sd and 95 % limits of the share in each region, the
# five ages being equally large.
POSTERIOR = (
    (0.39844, 0.0631, 0.27667, 0.52448),
    (0.61634, 0.06472, 0.48686, 0.73982),
    (0.27094, 0.05936, 0.16133, 0.39397),
    (0.38213, 0.06382, 0.26088, 0.51034),
    (0.65738, 0.06333, 0.52939, 0.77581),
    (0.33844, 0.06236, 0.22112, 0.46483),
    (0.41396, 0.06487, 0.2904, 0.54246),
    (0.61587, 0.0642, 0.48821, 0.73864),
)


@pytest.fixture(scope="module")
def frame() -> JointFrame:
    return joint_frame.raked([margin(key, [1 / size] * size) for key, size in SIZES.items()])


@pytest.fixture(scope="module")
def regions() -> JointFrame:
    return joint_frame.published(["region", "age"], [list("01234567"), list("01234")], np.full((8, 5), 1 / 40))


def provinces(frame: JointFrame) -> dict[str, BoolArray]:
    return {f"p{i}": frame.within("province", [f"province{i}"]) for i in range(12)}


class World:
    """Effects of levels, a sample of n people, and the true share of every cell."""

    def __init__(self, rng: np.random.Generator, n: int, frame: JointFrame) -> None:
        effects = {k: rng.normal(size=size) * s for (k, size), s in zip(SIZES.items(), SPREADS, strict=True)}
        self.codes: dict[str, IntArray] = {key: rng.integers(0, size, n) for key, size in SIZES.items()}
        odds = np.sum([effects[key][self.codes[key]] for key in SIZES], axis=0) - 0.2
        self.y: FloatArray = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
        cells = np.sum([effects[key][frame.codes[:, d]] for d, key in enumerate(SIZES)], axis=0) - 0.2
        self.truth: FloatArray = 1 / (1 + np.exp(-cells))


class TestAgainstOthers:
    def test_it_is_the_posterior_that_a_sampler_finds(self, regions: JointFrame) -> None:
        """The approximation moves means by less than a tenth of a standard deviation, limits by less than a quarter."""
        groups = {str(i): regions.within("region", [str(i)]) for i in range(8)}
        found = mrp.poststratify(multilevel.fit(Y, CODES, SMALL), regions, groups, seed=1)
        for one, (mean, sd, lower, upper) in zip(found.values(), POSTERIOR, strict=True):
            assert one.value == pytest.approx(mean, abs=0.1 * sd)
            assert one.sd == pytest.approx(sd, rel=0.1)
            assert one.interval.lower == pytest.approx(lower, abs=0.25 * sd)
            assert one.interval.upper == pytest.approx(upper, abs=0.25 * sd)

    @pytest.mark.slow
    def test_thin_groups_are_nearer_to_the_truth_and_intervals_hold(self, frame: JointFrame) -> None:
        """Twelve provinces of 25 people each."""
        rng, held, model_gaps, direct_gaps = np.random.default_rng(1), [], [], []
        groups = provinces(frame)
        for _ in range(60):
            world = World(rng, 300, frame)
            found = mrp.poststratify(multilevel.fit(world.y, world.codes, SIZES), frame, groups, seed=2)
            for i, (name, mask) in enumerate(groups.items()):
                truth = float(world.truth[mask].mean())
                held.append(found[name].interval.lower <= truth <= found[name].interval.upper)
                model_gaps.append(found[name].value - truth)
                direct_gaps.append(world.y[world.codes["province"] == i].mean() - truth)
        assert np.std(model_gaps) < 0.85 * np.std(direct_gaps)
        assert 0.92 <= np.mean(held) <= 0.98

    def test_with_many_answers_it_agrees_with_the_direct_figure(self, frame: JointFrame) -> None:
        world = World(np.random.default_rng(4), 40_000, frame)
        groups = {f"e{i}": frame.within("education", [f"education{i}"]) for i in range(3)}
        found = mrp.poststratify(multilevel.fit(world.y, world.codes, SIZES), frame, groups, seed=2)
        for i in range(3):
            direct = world.y[world.codes["education"] == i].mean()
            assert found[f"e{i}"].value == pytest.approx(direct, abs=0.015)

    def test_a_skewed_sample_is_put_right(self) -> None:
        """Nine of ten people asked are of one level, half of the population is: the model's total is not misled."""
        rng = np.random.default_rng(5)
        level = (rng.random(4000) < 0.1).astype(np.int64)
        y = (rng.random(4000) < np.where(level == 1, 0.8, 0.2)).astype(float)
        half = joint_frame.published(["side"], [["often", "seldom"]], np.array([0.5, 0.5]))
        found = mrp.poststratify(
            multilevel.fit(y, {"side": level}, {"side": 2}), half, {"all": np.ones(2, bool)}, seed=1
        )
        assert y.mean() < 0.3
        assert found["all"].interval.lower < 0.5 < found["all"].interval.upper


class TestIntervals:
    def test_spreads_that_are_not_known_are_stepped_through(self, regions: JointFrame) -> None:
        """With little spread a region is drawn to the others, with much it stands alone; the figure lies between."""
        model = multilevel.fit(Y[:200], {key: codes[:200] for key, codes in CODES.items()}, SMALL)
        group = {"2": regions.within("region", ["2"]), "all": np.ones(40, dtype=bool)}
        little, much = (by(model.points, key=lambda point: point.spreads[1]) for by in (min, max))

        def figures(points: tuple[multilevel.Point, ...]) -> dict[str, mrp.ModelEstimate]:
            return mrp.poststratify(structs.replace(model, points=points), regions, group, seed=3)

        drawn, whole, alone = (
            figures(p)
            for p in ((structs.replace(little, weight=1.0),), model.points, (structs.replace(much, weight=1.0),))
        )
        assert alone["2"].value + 0.02 < whole["2"].value < drawn["2"].value - 0.02
        assert drawn["2"].value < drawn["all"].value

    def test_a_group_that_nobody_answered_in_has_a_wide_one(self, regions: JointFrame) -> None:
        there = REGION != 7
        model = multilevel.fit(Y[there], {"age": AGE[there], "region": REGION[there]}, SMALL)
        groups = {str(i): regions.within("region", [str(i)]) for i in range(8)}
        found = mrp.poststratify(model, regions, groups, seed=1)
        assert found["7"].sd > 1.8 * max(found[str(i)].sd for i in range(7))

    def test_the_seed_hardly_matters_for_the_value(self, regions: JointFrame) -> None:
        model, groups = multilevel.fit(Y, CODES, SMALL), {"0": regions.within("region", ["0"])}
        values = [mrp.poststratify(model, regions, groups, seed=seed)["0"].value for seed in range(20)]
        assert np.ptp(values) < 0.002
        first, again = (mrp.poststratify(model, regions, groups, seed=7) for _ in range(2))
        assert first == again

    def test_it_says_what_the_frame_knows(self, frame: JointFrame, regions: JointFrame) -> None:
        world = World(np.random.default_rng(6), 300, frame)
        group = {"all": np.ones(frame.shares.size, dtype=bool)}
        raked = mrp.poststratify(multilevel.fit(world.y, world.codes, SIZES), frame, group, seed=1)["all"]
        assert (raked.levels_only, raked.n) == (True, 300)
        assert raked.share == pytest.approx(1)
        one = mrp.poststratify(multilevel.fit(Y, CODES, SMALL), regions, {"0": regions.within("region", ["0"])}, seed=1)
        assert not one["0"].levels_only
        assert one["0"].share == pytest.approx(1 / 8)

    def test_many_cells_are_added_up_in_blocks(self, regions: JointFrame, monkeypatch: pytest.MonkeyPatch) -> None:
        model, groups = multilevel.fit(Y, CODES, SMALL), {"0": regions.within("region", ["0"])}
        whole = mrp.poststratify(model, regions, groups, seed=1)["0"]
        monkeypatch.setattr(mrp, "_BLOCK", 3 * mrp.DRAWS)
        assert mrp.poststratify(model, regions, groups, seed=1)["0"].value == pytest.approx(whole.value, abs=1e-12)

    def test_numbers_of_the_cells_are_used(self, regions: JointFrame) -> None:
        figure = np.linspace(-1, 1, 8)
        rng = np.random.default_rng(9)
        y = (rng.random(400) < 1 / (1 + np.exp(-2 * figure[REGION]))).astype(float)
        model = multilevel.fit(y, CODES, SMALL, numeric={"figure": figure[REGION]})
        groups = {"last": regions.within("region", ["7"])}
        cells = figure[regions.codes[:, 0]]
        found = mrp.poststratify(model, regions, groups, seed=1, numeric={"figure": cells})["last"]
        assert found.interval.lower < 1 / (1 + np.exp(-2)) < found.interval.upper
        with pytest.raises(ModelUnusable, match="40 cells of figure; given: nothing"):
            mrp.poststratify(model, regions, groups, seed=1)
        with pytest.raises(ModelUnusable, match="finite number"):
            mrp.poststratify(model, regions, groups, seed=1, numeric={"figure": cells * np.nan})


class TestInput:
    def test_groups_without_people_and_another_frame_are_refused(self, regions: JointFrame) -> None:
        model = multilevel.fit(Y, CODES, SMALL)
        nobody = np.zeros(40, dtype=bool)
        with pytest.raises(ModelUnusable, match="Nobody of the population is in empty, none"):
            mrp.poststratify(model, regions, {"none": nobody, "all": ~nobody, "empty": nobody}, seed=1)
        with pytest.raises(ModelUnusable, match="for 40 cells; not so short, text"):
            mrp.poststratify(model, regions, {"text": np.ones(40), "short": nobody[:3]}, seed=1)
        other = joint_frame.raked([margin("age", [0.5, 0.5])])
        with pytest.raises(ModelUnusable, match=r"model has age \(5\), region \(8\); the frame has age \(2\)"):
            mrp.poststratify(model, other, {}, seed=1)

    def test_no_groups_give_no_figures(self, regions: JointFrame) -> None:
        assert mrp.poststratify(multilevel.fit(Y, CODES, SMALL), regions, {}, seed=1) == {}
