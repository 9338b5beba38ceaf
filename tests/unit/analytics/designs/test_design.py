"""What is a design, and what is refused as one."""

import numpy as np
import pytest

from analytics.designs import design
from analytics.errors import DesignUnusable
from analytics.weights import calibrate
from tests.unit.analytics.designs.conftest import People


class TestSelectionProbabilities:
    def test_base_weights_are_their_inverses(self) -> None:
        assert design.base_weights([0.5, 1, 0.01]).tolist() == [2.0, 1.0, 100.0]

    def test_every_impossible_one_is_a_fault(self) -> None:
        with pytest.raises(DesignUnusable, match=r"4 of 6 do not \(rows 1, 2, 3, 5\)") as caught:
            design.base_weights([0.5, 0, 1.2, np.nan, 1, -0.1])
        assert [fault.pointer for fault in caught.value.faults] == ["/1", "/2", "/3", "/5"]


class TestStage:
    def test_the_same_unit_label_in_another_stratum_is_another_unit(self) -> None:
        stage = design.stage(strata=["n", "n", "s", "s"], units=[1, 2, 1, 1], rows=4)
        assert stage.units_per_stratum().tolist() == [2, 1]
        assert stage.labels == ("n", "s")
        assert stage.titles == ("n/1", "n/2", "s/1")

    def test_numbers_are_ordered_as_numbers(self) -> None:
        stage = design.stage(strata=["10", "9", "2", 10.0], units=None, rows=4)
        assert stage.labels == ("2", "9", "10")
        assert stage.strata.tolist() == [2, 1, 0, 2]

    def test_missing_labels_are_refused_with_their_rows(self) -> None:
        with pytest.raises(DesignUnusable, match=r"2 people have no label for strata \(rows 1, 2\)"):
            design.stage(strata=["a", None, ""], units=None, rows=3)
        with pytest.raises(DesignUnusable, match=r"no label for units \(rows 0\)"):
            design.stage(strata=None, units=[float("nan"), 1.0], rows=2)
        with pytest.raises(DesignUnusable, match="2 labels of units for 3 people"):
            design.stage(strata=None, units=[1, 2], rows=3)

    def test_every_impossible_population_is_named(self) -> None:
        strata = ["a", "a", "b", "b", "c", "d"]
        sizes = np.array([1.0, 1, 4, 5, np.nan, 8])
        with pytest.raises(DesignUnusable) as caught:
            design.stage(strata=strata, units=None, population=sizes, rows=6)
        assert [fault.pointer for fault in caught.value.faults] == ["/a", "/b", "/c"]
        assert "2 units were drawn from a population of 1" in caught.value.message
        assert "differ within it, from 4 to 5" in caught.value.message
        with pytest.raises(DesignUnusable, match=r"the fraction drawn is 1\.5"):
            design.stage(strata=None, units=None, fraction=np.array([1.5, 1.5]), rows=2)
        with pytest.raises(DesignUnusable, match="not both"):
            design.stage(strata=None, units=None, fraction=np.ones(2), population=np.ones(2), rows=2)

    def test_later_strata_lie_within_earlier_units(self, people: People) -> None:
        second = people.stages(2)[1]
        assert second.units_per_stratum().tolist() == [2] * 15
        assert second.name(0) == "A/0"


class TestMake:
    def test_units_with_weight_zero_do_not_count(self) -> None:
        assert design.make([1.0, 0, 1, 1]).df == 2

    def test_weights_are_checked(self) -> None:
        with pytest.raises(DesignUnusable, match=r"2 are not \(rows 1, 3\)"):
            design.make([1.0, np.nan, 1, np.inf])
        with pytest.raises(DesignUnusable, match="at least two first-stage units"):
            design.make([1.0])
        with pytest.raises(DesignUnusable, match="one number per person"):
            design.make([])

    def test_stages_and_bases_of_other_people_are_refused(self, people: People) -> None:
        basis = calibrate.calibrate(people.auxiliary, np.array([130.0, 40, 45, 320]), people.w).basis
        with pytest.raises(DesignUnusable, match="weights for 5 people, but stage 1 has 60, calibration 1 has 60"):
            design.make(np.ones(5), stages=people.stages(), bases=[basis])

    def test_stages_and_pairwise_probabilities_exclude_each_other(self, people: People) -> None:
        with pytest.raises(DesignUnusable, match="either stages or pairwise"):
            design.make(people.w, stages=people.stages(), pairwise=np.ones((60, 60)))

    def test_inputs_stay_as_they_were(self, people: People) -> None:
        before = people.w.copy()
        design.make(people.w, stages=people.stages(2, "sizes"), lonely="merge")
        assert (people.w == before).all()
