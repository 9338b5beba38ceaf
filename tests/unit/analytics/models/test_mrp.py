"""The second opinion: nearer to the truth than the direct figure in thin groups, with intervals that hold."""

import numpy as np
import pytest

from analytics.errors import MarginsUnusable, ModelUnusable
from analytics.models import joint_frame, mrp
from analytics.models.joint_frame import JointFrame
from analytics.weights.frame import Margin

SIZES = {"age": 7, "sex": 2, "province": 12, "education": 3}


def margin(key: str, shares: list[float]) -> Margin:
    return Margin(key=key, levels=tuple(f"{key}{i}" for i in range(len(shares))), shares=tuple(shares))


@pytest.fixture(scope="module")
def frame() -> JointFrame:
    return joint_frame.raked([margin(key, [1 / size] * size) for key, size in SIZES.items()])


def drawn(rng: np.random.Generator, n: int) -> tuple[np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    effects = {
        key: rng.normal(size=size) * s for (key, size), s in zip(SIZES.items(), (0.4, 0.1, 0.5, 0.6), strict=True)
    }
    codes = {key: rng.integers(0, size, n) for key, size in SIZES.items()}
    odds = -0.2 + sum(effects[key][codes[key]] for key in SIZES)
    return (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(float), codes, effects


class TestAgainstTheTruth:
    @pytest.mark.slow
    def test_thin_groups_are_nearer_and_intervals_hold(self, frame: JointFrame) -> None:
        rng, held, model_gaps, direct_gaps = np.random.default_rng(1), [], [], []
        groups = {f"p{i}": frame.within("province", [f"province{i}"]) for i in range(12)}
        for _ in range(40):
            y, codes, effects = drawn(rng, 600)
            odds = -0.2 + sum(effects[key][frame.codes[:, d]] for d, key in enumerate(SIZES))
            found = mrp.poststratify(mrp.fit(y, codes, SIZES), frame, groups, seed=2)
            for i, (name, mask) in enumerate(groups.items()):
                truth = float((1 / (1 + np.exp(-odds[mask]))).mean())
                one = found[name]
                held.append(one.interval.lower <= truth <= one.interval.upper)
                model_gaps.append(one.value - truth)
                direct_gaps.append(y[codes["province"] == i].mean() - truth)
        assert np.std(model_gaps) < 0.85 * np.std(direct_gaps)
        assert np.mean(held) >= 0.90

    def test_with_many_answers_it_agrees_with_the_direct_figure(self, frame: JointFrame) -> None:
        y, codes, _ = drawn(np.random.default_rng(4), 40_000)
        groups = {f"e{i}": frame.within("education", [f"education{i}"]) for i in range(3)}
        found = mrp.poststratify(mrp.fit(y, codes, SIZES), frame, groups, seed=2)
        for i in range(3):
            assert found[f"e{i}"].value == pytest.approx(y[codes["education"] == i].mean(), abs=0.015)

    def test_levels_that_do_not_differ_are_drawn_together(self, frame: JointFrame) -> None:
        rng = np.random.default_rng(7)
        codes = {key: rng.integers(0, size, 500) for key, size in SIZES.items()}
        y = (rng.random(500) < 0.3).astype(float)
        groups = {f"p{i}": frame.within("province", [f"province{i}"]) for i in range(12)}
        found = mrp.poststratify(mrp.fit(y, codes, SIZES), frame, groups, seed=2)
        direct = [y[codes["province"] == i].mean() for i in range(12)]
        assert np.ptp([one.value for one in found.values()]) < 0.6 * np.ptp(direct)

    def test_the_same_seed_gives_the_same_figures(self, frame: JointFrame) -> None:
        y, codes, _ = drawn(np.random.default_rng(4), 300)
        groups = {"all": np.ones(frame.shares.size, dtype=bool)}
        first, again = (mrp.poststratify(mrp.fit(y, codes, SIZES), frame, groups, seed=2)["all"] for _ in range(2))
        assert first == again
        assert first.share == pytest.approx(1)

    def test_people_of_unknown_level_count_without_it(self, frame: JointFrame) -> None:
        y, codes, _ = drawn(np.random.default_rng(5), 400)
        codes = {**codes, "sex": np.where(np.arange(400) < 100, -1, codes["sex"])}
        assert mrp.fit(y, codes, SIZES).n == 400


class TestInput:
    def test_faults_are_named(self) -> None:
        codes = {"a": np.array([0, 1, 0, 1])}
        with pytest.raises(ModelUnusable, match="all the same"):
            mrp.fit(np.ones(4), codes, {"a": 2})
        with pytest.raises(ModelUnusable, match="0 and 1"):
            mrp.fit(np.array([0, 1, 2, 1.0]), codes, {"a": 2})
        with pytest.raises(ModelUnusable, match=r"`a` \(up to 1\)"):
            mrp.fit(np.array([0, 1, 1, 1.0]), codes, {"a": 1})
        with pytest.raises(ModelUnusable, match=r"\['b'\] and codes for \['a'\]"):
            mrp.fit(np.array([0, 1, 1, 1.0]), codes, {"b": 2})
        with pytest.raises(ModelUnusable, match="0 answers"):
            mrp.fit(np.full(4, np.nan), codes, {"a": 2})

    def test_a_group_without_people_and_another_frame_are_refused(self, frame: JointFrame) -> None:
        y, codes, _ = drawn(np.random.default_rng(5), 200)
        model = mrp.fit(y, codes, SIZES)
        with pytest.raises(ModelUnusable, match="Nobody of the population is in none"):
            mrp.poststratify(model, frame, {"none": np.zeros(frame.shares.size, dtype=bool)}, seed=1)
        other = joint_frame.raked([margin("age", [0.5, 0.5])])
        with pytest.raises(ModelUnusable, match="the frame has age"):
            mrp.poststratify(model, other, {}, seed=1)


class TestFrames:
    def test_a_raked_frame_has_its_margins_and_nothing_impossible(self) -> None:
        young = np.array([[False, True], [True, False], [True, False]])
        age, school = margin("age", [0.2, 0.5, 0.3]), margin("school", [0.8, 0.2])
        made = joint_frame.raked([age, school], possible={("age", "school"): young})
        assert made.source == "raked"
        assert made.shares[made.within("age", ["age1"])].sum() == pytest.approx(0.5)
        assert made.shares[made.within("school", ["school1"])].sum() == pytest.approx(0.2)
        assert not (made.within("age", ["age0"]) & made.within("school", ["school0"])).any()

    def test_margins_that_contradict_what_can_occur_are_named(self) -> None:
        young = np.array([[False, True], [True, False]])
        age, school = margin("age", [0.3, 0.7]), margin("school", [0.8, 0.2])
        with pytest.raises(MarginsUnusable, match="contradict"):
            joint_frame.raked([age, school], possible={("age", "school"): young})
        with pytest.raises(MarginsUnusable, match="holds `school1` of `school`"):
            joint_frame.raked([age, school], possible={("age", "school"): np.array([[True, False], [True, False]])})

    def test_a_published_joint_is_used_as_it_is(self) -> None:
        table = np.array([[0.1, 0.3], [0.0, 0.6]])
        made = joint_frame.published(["a", "b"], [["x", "y"], ["p", "q"]], table)
        assert made.shares.tolist() == pytest.approx([0.1, 0.3, 0.6])
        with pytest.raises(MarginsUnusable, match="shape of its levels"):
            joint_frame.published(["a"], [["x", "y"]], np.array([0.5, 0.3, 0.2]))
        with pytest.raises(MarginsUnusable, match="holds nobody"):
            joint_frame.published(["a"], [["x", "y"]], np.zeros(2))
