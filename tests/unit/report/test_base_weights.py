"""Base weights: what is known of the draw, times what is estimated of the response, each kept apart in the record."""

from typing import Literal

import msgspec
import numpy as np
import pytest
from msgspec import UNSET, UnsetType
from samenspraak.types.audit import WeightingPlan

from service.reports import base_weights, weighting
from service.reports.inputs import Invited, ReportInputs
from tests.unit.report.factory import inputs

RATES = {"old": 0.8, "young": 0.2}


def two_groups(response: Literal["groups", "propensity"] | UnsetType) -> ReportInputs:
    """1,000 invited of each group with the same chance; 8 in 10 of the old answered and 2 in 10 of the young."""
    made = inputs(n=1000, weighting=WeightingPlan(dimensions=("age2",), response=response))
    people, frame = [], []
    for group, rate in RATES.items():
        answered = round(1000 * rate)
        profile: dict[str, str | None] = {"age2": group}
        mine = made.respondents[len(people) : len(people) + answered]
        people += [msgspec.structs.replace(one, profile=profile, stratum=group, probability=0.1) for one in mine]
        frame += [Invited(probability=0.1, profile=profile, responded=i < answered, stratum=group) for i in range(1000)]
    return msgspec.structs.replace(made, respondents=tuple(people), frame=tuple(frame))


@pytest.mark.parametrize("response", ["groups", "propensity"])
def test_those_who_answer_rarely_count_for_those_who_did_not(response: Literal["groups", "propensity"]) -> None:
    made = two_groups(response)
    found = base_weights.base(made, made.respondents)
    sums = {
        group: sum(w for w, one in zip(found.weights, made.respondents, strict=True) if one.stratum == group)
        for group in RATES
    }
    assert sums["old"] == pytest.approx(sums["young"], rel=0.01 if response == "groups" else 0.05)
    steps = {factor.step: (factor.lowest, factor.highest) for factor in found.factors}
    assert steps["invited"] == (0.1, 0.1)
    assert steps["responded"] == pytest.approx((0.2, 0.8), abs=0.02)


def test_without_a_response_model_everybody_counts_by_the_draw_alone() -> None:
    made = two_groups(UNSET)
    found = base_weights.base(made, made.respondents)
    assert np.ptp(found.weights) == pytest.approx(0)
    assert [factor.step for factor in found.factors] == ["invited"]


def test_thin_strata_share_a_rate() -> None:
    made = two_groups("groups")
    few = [msgspec.structs.replace(one, stratum=f"z{i}") for i, one in enumerate(made.frame[:5])]
    number = base_weights._merged((*made.frame[5:], *few))
    assert number["z0"] == number["z4"] == number["young"]
    assert number["old"] != number["young"]


def test_a_known_chance_of_recruitment_is_a_factor_of_its_own() -> None:
    made = two_groups(UNSET)
    people = tuple(
        msgspec.structs.replace(one, recruited=0.5 if i % 2 else 0.25) for i, one in enumerate(made.respondents)
    )
    found = base_weights.base(made, people)
    assert found.weights[0] == pytest.approx(2 * found.weights[1])
    assert [factor.step for factor in found.factors] == ["recruited", "invited"]
    partly = base_weights.base(made, (msgspec.structs.replace(people[0], recruited=None), *people[1:]))
    assert [factor.step for factor in partly.factors] == ["invited"], "half known is not known"


def test_a_report_comes_also_when_response_cannot_be_modelled_and_says_so() -> None:
    made = msgspec.structs.replace(two_groups("groups"), frame=())
    found = base_weights.base(made, made.respondents)
    assert found.why_not
    standard = msgspec.structs.replace(inputs(n=400, weighting=WeightingPlan(response="groups")), frame=())
    record = weighting.weight(standard, weighting.ordered(standard)).record
    assert any("kans op antwoord" in remark for remark in record.merged)


def test_the_record_names_the_steps() -> None:
    made = inputs(n=400, weighting=WeightingPlan(response="groups"))
    record = weighting.weight(made, weighting.ordered(made)).record
    assert "1/(invited x responded)" in record.method
    assert [factor.step for factor in record.base] == ["invited", "responded"]
