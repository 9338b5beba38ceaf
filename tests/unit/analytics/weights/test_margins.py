"""Margins are checked before anything is computed, and everything that is wrong is said at once."""

import numpy as np
import pytest
from samenspraak.types.margins import MarginSet

from analytics.errors import AnalyticsError, MarginsUnusable
from analytics.weights import calibrate
from analytics.weights.codes import Coded, known
from analytics.weights.frame import (
    Margin,
    check_levels,
    check_margins,
    counted,
    margins_of,
    merge,
    population_of,
)


def coded(codes: list[int], size: int) -> Coded:
    return Coded(codes=np.array(codes), patterns=np.eye(size))


class TestCheckMargins:
    def test_every_fault_is_collected_at_once(self) -> None:
        bad = [
            Margin(key="sums", levels=("a", "b"), shares=(0.5, 0.4)),
            Margin(key="below", levels=("a", "b"), shares=(-0.1, 1.1)),
            Margin(key="nothing", levels=("a", "b"), shares=(float("nan"), 1.0)),
            Margin(key="twice", levels=("a", "a"), shares=(0.5, 0.5)),
            Margin(key="empty", levels=(), shares=()),
            Margin(key="soft", levels=("a",), shares=(1.0,), ridge=-1.0),
        ]
        with pytest.raises(MarginsUnusable) as caught:
            check_margins(bad)
        assert [(f.pointer, f.code) for f in caught.value.faults] == [
            ("/sums", "sum"),
            ("/below/a", "not_positive"),
            ("/nothing/a", "not_positive"),
            ("/twice/a", "duplicate"),
            ("/empty", "missing"),
            ("/soft/ridge", "not_positive"),
        ]

    def test_rounding_of_published_shares_is_removed(self) -> None:
        checked = check_margins([Margin(key="a", levels=("x", "y"), shares=(0.3333333, 0.6666665))])[0]
        assert sum(checked.shares) == 1.0


class TestTotals:
    def test_counts_of_different_populations_are_named_with_their_totals(self) -> None:
        sex = counted("sex", {"m": 7_000_123, "f": 7_100_456})
        age = counted("age", {"young": 4_000_001, "old": 10_100_578})
        region = counted("region", {"n": 3_000_001, "s": 11_900_555})
        with pytest.raises(MarginsUnusable) as caught:
            check_margins([sex, age, region])
        assert {f.pointer for f in caught.value.faults} == {"/sex", "/age", "/region"}
        assert "`sex` 14,100,579, `age` 14,100,579, `region` 14,900,556" in caught.value.faults[0].detail
        assert len(check_margins([sex, age])) == 2

    def test_rounding_that_the_counts_show_is_allowed_and_no_more(self) -> None:
        exact = counted("sex", {"m": 7_000_123, "f": 7_100_456})
        thousands = counted("age", {"young": 4_000_000, "middle": 5_000_000, "old": 5_101_000})
        assert check_margins([exact, thousands])
        further = counted("age", {"young": 4_000_000, "middle": 5_000_000, "old": 5_103_000})
        with pytest.raises(MarginsUnusable, match="do not agree"):
            check_margins([exact, further])

    def test_shares_stay_beside_counts(self) -> None:
        shares = Margin(key="education", levels=("low", "high"), shares=(0.6, 0.4))
        sex = counted("sex", {"m": 60, "f": 40}, source="register", reference_date="2026-01-01", version="3")
        both = check_margins([shares, sex])
        assert population_of(both) == 100.0
        assert (both[1].source, both[1].reference_date, both[1].version) == ("register", "2026-01-01", "3")

    def test_weights_sum_to_the_population(self) -> None:
        sex = counted("sex", {"m": 6_000, "f": 4_000})
        people = coded([0] * 5 + [1] * 15, 2)
        found = calibrate.rake([people], [sex], np.ones(20), total=population_of([sex]))
        assert found.weights.sum() == pytest.approx(10_000)
        assert found.weights[:5].sum() == pytest.approx(6_000)

    @pytest.mark.parametrize("counts", [{"m": -1.0, "f": 2.0}, {"m": float("nan")}, {"m": 0.0, "f": 0.0}, {}])
    def test_counts_that_are_no_counts_are_refused(self, counts: dict[str, float]) -> None:
        with pytest.raises(MarginsUnusable):
            counted("sex", counts)


class TestLevels:
    def test_missing_and_extra_levels_are_named_together(self) -> None:
        margins = [
            Margin(key="sex", levels=("m", "f"), shares=(0.5, 0.5)),
            Margin(key="age", levels=("young", "old", "ancient"), shares=(0.3, 0.3, 0.4)),
        ]
        with pytest.raises(MarginsUnusable) as caught:
            check_levels(margins, {"sex": ["m", "f", "x"], "age": ["young", "old"], "other": ["1"]})
        assert [(f.pointer, f.code) for f in caught.value.faults] == [
            ("/sex/x", "missing_level"),
            ("/age/ancient", "extra_level"),
        ]
        check_levels(margins, {"sex": ["f", "m"]})

    def test_codes_with_another_number_of_levels_are_refused(self) -> None:
        margin = Margin(key="sex", levels=("m", "f"), shares=(0.5, 0.5))
        with pytest.raises(MarginsUnusable, match="2 targets but is coded in 3 levels"):
            calibrate.rake([coded([0, 1, 2], 3)], [margin], np.ones(3))


class TestZeroTargets:
    GONE = Margin(key="place", levels=("x", "y", "z"), shares=(0.4, 0.6, 0.0))
    SEX = Margin(key="sex", levels=("m", "f"), shares=(0.5, 0.5))

    def test_people_in_a_level_without_population_are_refused_by_name(self) -> None:
        with pytest.raises(MarginsUnusable, match="3 people are in `z` of `place`, whose target is 0") as caught:
            calibrate.rake([coded([0, 0, 1, 1, 2, 2, 2], 3)], [self.GONE], np.ones(7))
        assert caught.value.faults[0].code == "zero_target"

    def test_a_level_without_population_and_people_does_no_harm(self) -> None:
        found = calibrate.rake([coded([0, 0, 1, 1], 3)], [self.GONE], np.ones(4))
        assert np.allclose(found.weights, [0.8, 0.8, 1.2, 1.2])

    def test_when_asked_these_people_get_weight_zero_and_the_rest_is_as_without_them(self) -> None:
        place = [0, 0, 1, 1, 2, 2, 0, 1, 0]
        sex = [0, 1, 0, 1, 0, 1, 0, 0, 1]
        start = np.linspace(1, 2, 9)
        found = calibrate.rake(
            [coded(place, 3), coded(sex, 2)], [self.GONE, self.SEX], start, zero_targets="exclude", total=9.0
        )
        kept = np.array(place) != 2
        alone = calibrate.rake(
            [coded([p for p in place if p != 2], 3), coded([s for p, s in zip(place, sex, strict=True) if p != 2], 2)],
            [self.GONE, self.SEX],
            start[kept],
            total=9.0,
        )
        assert (found.weights[~kept] == 0).all()
        assert np.allclose(found.weights[kept], alone.weights, rtol=1e-12)
        assert found.certificate.excluded == 2
        assert found.certificate.n == 7
        assert found.certificate.n_eff == pytest.approx(alone.certificate.n_eff)
        assert (found.basis.columns[~kept] == 0).all()

    def test_everybody_excluded_is_said(self) -> None:
        with pytest.raises(MarginsUnusable, match="nobody left"):
            calibrate.rake([coded([2, 2], 3)], [self.GONE], np.ones(2), zero_targets="exclude")


class TestOrigin:
    def test_a_margin_set_hands_its_origin_and_population_on(self, margin_set: MarginSet) -> None:
        margin = margins_of(margin_set, ("province",))[0]
        assert "CBS" in margin.source
        assert margin.version == margin_set.content_hash
        assert margin.population == margin_set.population
        merged, _ = merge(margin, margin.levels[0], margin.levels[1])
        assert (merged.source, merged.version, merged.population) == (margin.source, margin.version, margin.population)

    def test_a_dimension_that_the_set_lacks_is_refused(self, margin_set: MarginSet) -> None:
        with pytest.raises(MarginsUnusable) as caught:
            margins_of(margin_set, ("shoe_size", "province", "hair"))
        assert [f.pointer for f in caught.value.faults] == ["/dimensions/shoe_size", "/dimensions/hair"]


def test_faults_of_margins_weights_and_codes_come_together() -> None:
    bad = Margin(key="sex", levels=("m", "f"), shares=(0.5, 0.4))
    with pytest.raises(AnalyticsError) as caught:
        calibrate.rake([coded([0, 1, 5], 2)], [bad], np.array([1.0, -1.0, np.nan]))
    assert [f.code for f in caught.value.faults] == ["sum", "not_positive", "not_positive", "unknown_level"]


def test_missing_answers_count_by_population_shares() -> None:
    margin = Margin(key="place", levels=("x", "y"), shares=(0.25, 0.75))
    people = known(np.array([0, 1, -1, 1]), margin.levels, margin.shares)
    found = calibrate.rake([people], [margin], np.ones(4))
    assert people.patterns[people.codes[2]].tolist() == [0.25, 0.75]
    assert found.weights[2] > 0
    assert found.weights[0] + 0.25 * found.weights[2] == pytest.approx(1.0)
