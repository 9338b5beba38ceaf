"""From profiles and margins to weights: partial knowledge, merging, the published table."""

import numpy as np
import pytest
from samenspraak.types.margins import MarginSet

from analytics.errors import MarginsUnusable, ValuesUnknown
from analytics.weights.frame import Margin, possible
from analytics.weights.weigh import record, weigh

Profiles = list[dict[str, str | None]]


def test_weights_meet_the_cbs_margins_although_two_dimensions_overlap(
    profiles: Profiles, margins: tuple[Margin, ...]
) -> None:
    found = weigh(profiles, margins)
    assert found.merged == ()
    assert max(abs(row.weighted - row.population) for row in found.table) < 1e-9
    assert found.weights.mean() == pytest.approx(1)
    assert 0.2 - 1e-9 <= found.weights.min() <= found.weights.max() <= 5 + 1e-9
    assert len(found.calibration.certificate.redundant) == 3


def test_a_person_the_frame_cannot_place_keeps_a_place(profiles: Profiles, margins: tuple[Margin, ...]) -> None:
    other = {**profiles[0], "sex": None, "sex_age": None, "age7": "35-44", "education": None, "province": None}
    found = weigh([*profiles[1:], other], margins)
    shares = dict(zip(margins[0].levels, margins[0].shares, strict=True))
    row = found.calibration.basis.columns[-1, : len(margins[0].levels)]
    both = shares["M_35-44"] + shares["V_35-44"]
    assert row[margins[0].levels.index("M_35-44")] == pytest.approx(shares["M_35-44"] / both)
    assert row.sum() == pytest.approx(1)
    education = found.calibration.basis.columns[-1, -4:]
    assert education[margins[2].levels.index("Y")] == 0
    assert found.weights[-1] > 0
    assert max(abs(r.weighted - r.population) for r in found.table) < 1e-9


def test_a_province_without_answers_is_merged_and_said(profiles: Profiles, margins: tuple[Margin, ...]) -> None:
    answered = [p for p in profiles if p["province"] != "PV24"]
    found = weigh(answered, margins)
    assert len(found.merged) == 1
    assert "PV24" in found.merged[0]
    assert "Nobody who answered is in `PV24` of `province`" in found.reason
    assert found.calibration.certificate.converged
    assert [row.n for row in found.table if row.level == "PV24"] == [0]


def test_several_empty_levels_are_merged_one_after_another(profiles: Profiles, margins: tuple[Margin, ...]) -> None:
    few = [p for p in profiles if p["province"] not in ("PV24", "PV29", "PV22")]
    found = weigh(few, margins)
    assert len(found.merged) == 3
    merged = next(m for m in found.margins if m.key == "province")
    assert sum(merged.shares) == pytest.approx(1)


def test_a_small_sample_still_gets_weights_within_limits(profiles: Profiles, margins: tuple[Margin, ...]) -> None:
    found = weigh(profiles[:60], margins)
    assert found.merged
    assert found.weights.max() <= 5 + 1e-9
    for margin in found.margins:
        assert sum(margin.shares) == pytest.approx(1)


def test_a_code_the_margins_lack_is_refused(profiles: Profiles, margins: tuple[Margin, ...]) -> None:
    with pytest.raises(ValuesUnknown, match="`province` lacks"):
        weigh([{**profiles[0], "province": "PV99"}, *profiles], margins)


def test_the_record_says_enough_to_weight_again(
    profiles: Profiles, margins: tuple[Margin, ...], margin_set: MarginSet
) -> None:
    written = record(weigh(profiles, margins), margin_set)
    assert written.converged
    assert written.dimensions == ("sex_age", "province", "education")
    assert written.margins_hash == margin_set.content_hash
    assert "CBS" in written.margins_source
    assert written.n_eff == pytest.approx(written.n / written.deff)
    assert set(written.reference_dates) == {"2021-01-01", "2021/2023"}


def test_weights_can_stand_for_the_population(
    profiles: Profiles, margins: tuple[Margin, ...], margin_set: MarginSet
) -> None:
    found = weigh(profiles, margins)
    assert found.population == margin_set.population
    assert found.population_weights.sum() == pytest.approx(margin_set.population)
    assert np.allclose(found.population_weights / found.population_weights.mean(), found.weights)
    nowhere = Margin(key="sex", levels=("M", "V"), shares=(0.5, 0.5))
    with pytest.raises(MarginsUnusable, match="size of the population"):
        _ = weigh(profiles, [nowhere]).population_weights


def test_codes_that_several_margins_lack_are_named_together(profiles: Profiles, margins: tuple[Margin, ...]) -> None:
    wrong = {**profiles[0], "province": "PV99", "education": "12"}
    with pytest.raises(ValuesUnknown) as caught:
        weigh([wrong, *profiles], margins)
    assert {fault.pointer for fault in caught.value.faults} == {"/province/PV99", "/education/12"}


def test_start_weights_change_the_result_only_where_margins_leave_room(
    profiles: Profiles, margins: tuple[Margin, ...]
) -> None:
    by_stratum = np.array([1.0 + margins[0].levels.index(p["sex_age"] or "") for p in profiles])
    plain, started = weigh(profiles, margins), weigh(profiles, margins, start_weights=by_stratum)
    free = (plain.weights < 4.9) & (plain.weights > 0.21)
    assert np.allclose(plain.weights[free], started.weights[free], rtol=1e-6)


@pytest.mark.parametrize(
    ("levels", "profile", "open_levels"),
    [
        (("M_18-24", "V_18-24", "M_75+", "V_75+"), {"age7": "75+"}, ("M_75+", "V_75+")),
        (("M_18-24 + V_18-24", "M_75+", "V_75+"), {"age7": "18-24"}, ("M_18-24 + V_18-24",)),
        (("M_18-24", "M_75+", "V_75+"), {"sex": "M"}, ("M_18-24", "M_75+")),
        (("M_18-24", "V_75+"), {"sex": "X"}, ("M_18-24", "V_75+")),
    ],
)
def test_what_is_known_limits_what_a_person_may_be(
    levels: tuple[str, ...], profile: dict[str, str | None], open_levels: tuple[str, ...]
) -> None:
    margin = Margin(key="sex_age", levels=levels, shares=tuple(1 / len(levels) for _ in levels))
    assert possible(profile, margin) == open_levels


def test_education_unknown_follows_age_also_when_levels_are_merged() -> None:
    margin = Margin(key="education", levels=("Y + 1", "2", "3"), shares=(0.4, 0.3, 0.3))
    assert possible({"age7": "18-24"}, margin) == ("Y + 1",)
    assert possible({"age7": "35-44"}, margin) == ("Y + 1", "2", "3")
    plain = Margin(key="education", levels=("Y", "1", "2", "3"), shares=(0.1, 0.3, 0.3, 0.3))
    assert possible({"age7": "35-44"}, plain) == ("1", "2", "3")
