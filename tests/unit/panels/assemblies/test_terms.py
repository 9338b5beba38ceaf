"""A plan is judged as a whole, before anybody is written to."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from samenspraak.types.assembly import AssemblyRequest, FeatureRequest, QuotaRequest, RandomnessRequest
from samenspraak.types.base import Localised
from samenspraak.types.margins import MarginDimension, MarginLevel, MarginSet

from panels.assemblies import terms
from tests.unit.panels.assemblies.factory import NOW


def request(**changes: Any) -> AssemblyRequest:
    values: dict[str, Any] = {
        "title": Localised(nl="Burgerberaad", en="Assembly"),
        "organiser": "Gemeente",
        "purpose": Localised(nl="Praten over AI.", en="Talking about AI."),
        "size": 10,
        "randomness": RandomnessRequest(source="Lotto", known_from=NOW + timedelta(days=3)),
    }
    return AssemblyRequest(**{**values, **changes})


def quota(feature: str, value: str, minimum: int = 0, maximum: int = 10) -> QuotaRequest:
    return QuotaRequest(feature=feature, value=value, minimum=minimum, maximum=maximum)


def margins() -> MarginSet:
    levels = tuple(
        MarginLevel(
            code=code,
            label_nl=code,
            label_en=code,
            population=population,
            share=population / 100,
            reference_date="2026-01-01",
            source="test",
            provenance="read",
        )
        for code, population in (("1", 24), ("2", 41), ("3", 35))
    )
    dimension = MarginDimension(key="education3", source_dimension="education3", levels=levels)
    return MarginSet(
        id="m1", name="test", base="18+", population=100, dimensions=(dimension,), content_hash="h", imported_at=NOW
    )


def codes(asked: AssemblyRequest, known: MarginSet | None = None) -> set[str]:
    return {fault.code for fault in terms.check(asked, margins=known, now=NOW)[1]}


def test_a_plan_without_quotas_is_a_plan() -> None:
    assert terms.check(request(), margins=None, now=NOW) == ((), ())


def test_quotas_of_the_margins_lie_around_the_shares_with_the_slack_asked_for() -> None:
    asked = request(size=40, margins_id="m1", features=(FeatureRequest(feature="education3", slack=0.05),))
    quotas, faults = terms.check(asked, margins=margins(), now=NOW)
    assert faults == ()
    # 24, 41 and 35 percent of 40 are 9.6, 16.4 and 14 people, with two more or less, rounded outward.
    assert [(one.value, one.minimum, one.maximum) for one in quotas] == [("1", 7, 12), ("2", 14, 19), ("3", 12, 16)]


@pytest.mark.parametrize("doubt", ["recalled", "outdated"])
def test_doubtful_figures_need_a_named_decision_where_real_people_are_drawn(doubt: str) -> None:
    doubtful = msgspec.structs.replace(margins(), **{doubt: True})
    asked = request(margins_id="m1", features=(FeatureRequest(feature="education3"),))
    assert codes(asked, doubtful) == {"decision_needed"}
    decided = msgspec.structs.replace(asked, **{f"accept_{doubt}_margins": "No newer figures exist."})
    assert codes(decided, doubtful) == set()
    assert codes(msgspec.structs.replace(asked, sample_kind="simulated"), doubtful) == set()


def test_quotas_of_both_kinds_stand_beside_each_other() -> None:
    asked = request(
        margins_id="m1",
        features=(FeatureRequest(feature="education3"),),
        quotas=(quota("sex", "M", 4, 6), quota("sex", "V", 4, 6)),
    )
    quotas, faults = terms.check(asked, margins=margins(), now=NOW)
    assert faults == ()
    assert {one.feature for one in quotas} == {"education3", "sex"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"margins_id": "m9"}, "unknown_margins"),
        ({"features": (FeatureRequest(feature="education3"),)}, "missing"),
        ({"title": Localised(nl="", en="Assembly")}, "length"),
        ({"purpose": Localised(nl="Praten over AI.", en="AI")}, "length"),
        ({"quotas": (quota("sex", "M", 7, 3), quota("sex", "V"))}, "minimum_above_maximum"),
        ({"quotas": (quota("sex", "M", 6), quota("sex", "V", 5))}, "minima_above_size"),
        ({"quotas": (quota("sex", "M", 0, 4), quota("sex", "V", 0, 5))}, "maxima_below_size"),
        ({"quotas": (quota("sex", "M"),)}, "missing_value"),
        ({"quotas": (quota("sex", "M"), quota("sex", "V"), quota("sex", "V"))}, "repeated"),
        ({"quotas": (quota("sex", "M"), quota("sex", "V"), quota("sex", "W"))}, "unknown_value"),
        ({"quotas": (quota("sex", "M"), quota("sex", "V"), quota("sex", "unknown"))}, "reserved"),
        ({"quotas": (quota("hair", "red"),)}, "unknown_feature"),
        ({"size": 2000, "panels": 1000}, "too_many_places"),
        ({"pool": "file", "quotas": (quota("household", "x"),)}, "reserved"),
        ({"randomness": RandomnessRequest(source="Lotto", known_from=NOW)}, "in_past"),
    ],
)
def test_a_fault_has_its_own_code(changes: dict[str, Any], code: str) -> None:
    assert code in codes(request(**changes))


def test_features_are_looked_for_in_the_margins() -> None:
    twice = (FeatureRequest(feature="education3"), FeatureRequest(feature="education3"), FeatureRequest(feature="age7"))
    assert codes(request(margins_id="m1", features=twice), margins()) == {"repeated", "unknown_dimension"}


def test_a_list_from_elsewhere_may_have_any_feature() -> None:
    asked = request(pool="file", quotas=(quota("wijk", "Oost"), quota("wijk", "West")))
    assert terms.check(asked, margins=None, now=NOW)[1] == ()


def test_the_origin_of_members_who_agreed_can_have_quotas() -> None:
    asked = request(quotas=tuple(quota("origin", value) for value in ("N", "E", "B")))
    assert terms.check(asked, margins=None, now=NOW)[1] == ()


def test_quotas_for_a_closed_pool_must_fit_what_is_known_of_it() -> None:
    values = {"sex": frozenset({"M", "V", "unknown"})}
    fit = terms.check_against_pool((quota("sex", "M"), quota("sex", "V")), values)
    odd = terms.check_against_pool((quota("sex", "M"), quota("age3", "65+")), values)
    assert fit == []
    assert {fault.code for fault in odd} == {"missing_value", "unknown_feature"}
