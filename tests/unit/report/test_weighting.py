"""The weighting of a report survives samples in which groups coincide that differ in the population."""

import msgspec

from service.reports import weighting
from tests.unit.report.factory import inputs


class TestGroupsThatCoincideInTheSample:
    def test_a_sample_without_young_men_is_weighted_after_a_merge_and_says_so(self) -> None:
        whole = inputs(n=1500)
        people = [p for p in whole.respondents if p.profile["sex_age"] not in ("M_18-24", None)]
        people = [p for p in people if (p.profile["sex_age"] == "V_18-24") == (p.profile["education"] == "Y")]
        assert sum(p.profile["sex_age"] == "V_18-24" for p in people) >= 30, "enough not to be merged for size"
        without = msgspec.structs.replace(whole, respondents=tuple(people))
        found = weighting.weight(without, weighting.ordered(without))
        assert found.record.converged
        assert "sex_age" in found.record.dimensions
        assert any("valt in deze steekproef samen" in remark for remark in found.record.merged)
