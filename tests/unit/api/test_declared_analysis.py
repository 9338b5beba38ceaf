"""What a plan declares before anybody answers: tests that belong to one family, and what a comparison can find."""

from datetime import UTC, datetime, timedelta

import pytest
from samenspraak.types.audit import AnalysisPlan, ClosingRule, PlanRequest
from samenspraak.types.inference import FamilyPlan

from service.audits import plans

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def faults(*families: FamilyPlan) -> set[tuple[str, str]]:
    request = PlanRequest(
        margins_id="m",
        sample_kind="simulated",
        closing=ClosingRule(completes=100, at=NOW + timedelta(days=9)),
        analysis=AnalysisPlan(families=families),
    )
    found = plans.check(request, target_completes=100, margins=None, drafts=0, now=NOW)
    return {(fault.pointer, fault.code) for fault in found if fault.pointer.startswith("/analysis")}


class TestFamilies:
    def test_the_standard_families_have_no_faults(self) -> None:
        assert faults(*AnalysisPlan().families) == set()

    def test_every_fault_is_named_at_once(self) -> None:
        assert faults(
            FamilyPlan(name="main", kind="confirmatory", figures=("VT_MAIN", "NO_SUCH"), dimensions=("age3", "shoe")),
            FamilyPlan(name="main", figures=("PV_SOC",)),
            FamilyPlan(name="late", figures=("VT_MAIN",), dimensions=("sex", "age3")),
        ) == {
            ("/analysis/families/0/figures/1", "unknown_question"),
            ("/analysis/families/0/dimensions/1", "unknown_dimension"),
            ("/analysis/families/1/name", "duplicate"),
            ("/analysis/families/2/figures", "tested_twice"),
        }

    def test_the_same_figure_may_be_tested_by_other_groups_in_another_family(self) -> None:
        first = FamilyPlan(name="main", figures=("VT_MAIN",), dimensions=("age3",))
        assert faults(first, FamilyPlan(name="more", figures=("VT_MAIN",), dimensions=("sex",))) == set()


class TestDetectable:
    def test_only_variants_have_a_difference_to_detect(self) -> None:
        assert plans.detectable(1000, 0) is None
        assert plans.detectable(1000, 1) is None

    def test_more_people_find_less_and_more_variants_need_more(self) -> None:
        few, many, four = plans.detectable(500, 2), plans.detectable(2000, 2), plans.detectable(2000, 4)
        assert few is not None
        assert many is not None
        assert four is not None
        assert many < few
        assert many < four

    def test_two_halves_of_a_thousand_with_three_figures(self) -> None:
        """One half against one half plus d, 500 each over a design effect of 1.3, alpha 0.05 / 3, power 0.8."""
        assert plans.detectable(1000, 2) == pytest.approx(0.116, abs=0.003)
