"""Thin weighting levels are merged with a sensible neighbour, as little as possible."""

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.weights.frame import Margin, margins_of
from panels.coding import LANDSDEEL
from service.reports.merging import MINIMUM_LEVEL, merge_thin_levels
from service.reports.weighting import parts_of
from tests.unit.report import factory

MARGINS = factory.margin_set()
PROVINCES = tuple(LANDSDEEL)


def merged(key: str, counts: dict[str, int]) -> tuple[str, ...]:
    profiles = [{key: code} for code, n in counts.items() for _ in range(n)]
    found = merge_thin_levels(profiles, margins_of(MARGINS, [key]), MARGINS)
    return found.margins[0].levels if found.margins else ()


class TestNeighbours:
    def test_levels_with_enough_answers_stay(self) -> None:
        assert merged("education", dict.fromkeys(("Y", "1", "2", "3"), 30)) == ("Y", "1", "2", "3")

    def test_low_education_joins_the_middle(self) -> None:
        assert merged("education", {"Y": 40, "1": 12, "2": 60, "3": 60}) == ("Y", "1+2", "3")

    def test_young_of_any_level_join_the_middle(self) -> None:
        assert merged("education", {"Y": 12, "1": 40, "2": 60, "3": 60}) == ("Y+2", "1", "3")

    def test_province_joins_the_smallest_in_its_part_of_the_country(self) -> None:
        counts = dict.fromkeys(PROVINCES, 50) | {"PV29": 20, "PV26": 35}
        levels = merged("province", counts)
        assert "PV26+PV29" in levels
        assert len(levels) == 11

    def test_age_joins_its_neighbour_of_the_same_sex(self) -> None:
        counts = dict.fromkeys(margins_of(MARGINS, ["sex_age"])[0].levels, 50) | {"V_18-24": 8}
        assert "V_18-24+V_25-34" in merged("sex_age", counts)

    def test_dimension_that_cannot_hold_two_groups_is_left_out_and_said(self) -> None:
        profiles = [{"education": "3"}] * 40
        found = merge_thin_levels(profiles, margins_of(MARGINS, ["education"]), MARGINS)
        assert found.margins == ()
        assert "niet gewogen" in found.remarks[0]

    def test_people_outside_the_frame_stay_outside_any_level(self) -> None:
        profiles = [{"education": "3"}] * 40 + [{"education": "1"}] * 40 + [{"education": None}] * 5
        found = merge_thin_levels(profiles, margins_of(MARGINS, ["education"]), MARGINS)
        assert [profile["education"] for profile in found.profiles[-5:]] == [None] * 5


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=12, max_size=12))
def test_merging_keeps_everybody_and_the_whole_population(counts: list[int]) -> None:
    profiles = [{"province": code} for code, n in zip(PROVINCES, counts, strict=True) for _ in range(n)]
    found = merge_thin_levels(profiles, margins_of(MARGINS, ["province"]), MARGINS)
    for margin in found.margins:
        assert abs(sum(margin.shares) - 1) < 1e-9
        assert sorted(code for level in margin.levels for code in level.split("+")) == sorted(PROVINCES)
        levels = [profile["province"] for profile in found.profiles]
        assert all(levels.count(level) >= MINIMUM_LEVEL for level in margin.levels)
        assert isinstance(margin, Margin)


def test_merged_level_is_named_by_all_its_parts_also_when_a_code_ends_in_a_plus() -> None:
    codes = margins_of(MARGINS, ["sex_age"])[0].levels
    assert parts_of("V_65-74+V_75+", codes) == ("V_65-74", "V_75+")
    assert parts_of("M_75+", codes) == ("M_75+",)
    assert parts_of("M_75++V_75+", codes) == ("M_75+", "V_75+")
