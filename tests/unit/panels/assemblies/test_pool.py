"""What the lottery is asked: who is in it, who holds a seat already, and what is known of each."""

from datetime import date
from uuid import UUID

from samenspraak.types.lottery import LotteryQuota

from panels.assemblies import pool
from panels.models import Profile
from tests.unit.panels.assemblies.factory import assembly, candidate, seat

SEX = tuple(LotteryQuota(feature="sex", value=value, minimum=1, maximum=6) for value in ("M", "V"))
TODAY = date(2026, 11, 24)


def profile(**changes: object) -> Profile:
    values = {"sex": "V", "birth_year": 1980, "province": "PV26", "education": "3"}
    return Profile(**{**values, **changes})  # type: ignore[arg-type]


def test_a_member_has_the_level_of_every_feature_with_a_quota_and_no_other() -> None:
    assert pool.features_of(profile(), SEX, on=TODAY) == {"sex": "V"}


def test_what_a_member_did_not_tell_or_no_quota_is_for_is_unknown() -> None:
    assert pool.features_of(profile(sex="X"), SEX, on=TODAY) == {"sex": "unknown"}
    assert pool.features_of(profile(sex=None), SEX, on=TODAY) == {"sex": "unknown"}
    only_men = SEX[:1]
    assert pool.features_of(profile(), only_men, on=TODAY) == {"sex": "unknown"}


def test_a_combination_of_two_features_is_read_as_both() -> None:
    both = (LotteryQuota(feature="sex_x_age3", value="V x 35-64", minimum=0, maximum=9),)
    assert pool.features_of(profile(), both, on=TODAY) == {"sex_x_age3": "V x 35-64"}
    assert pool.features_of(profile(sex=None), both, on=TODAY) == {"sex_x_age3": "unknown"}


def test_the_origin_counts_only_where_it_was_given() -> None:
    origin = (LotteryQuota(feature="origin", value="N", minimum=0, maximum=9),)
    assert pool.features_of(profile(), origin, on=TODAY, origin="N") == {"origin": "N"}
    assert pool.features_of(profile(), origin, on=TODAY) == {"origin": "unknown"}


def test_people_of_whom_something_is_unknown_get_a_quota_without_bounds_once() -> None:
    values = {"sex": frozenset({"M", "V", "unknown"}), "age3": frozenset({"65+"})}
    once = pool.with_unknown(SEX, values, size=6)
    assert [(quota.value, quota.minimum, quota.maximum) for quota in once] == [
        ("M", 1, 6),
        ("V", 1, 6),
        ("unknown", 0, 6),
    ]
    assert pool.with_unknown(once, values, size=6) == once
    assert pool.with_unknown(SEX, {}, size=6) == SEX


def test_who_holds_a_seat_is_on_every_panel_and_who_gave_it_back_is_on_none() -> None:
    people = [candidate(id=UUID(int=n), answer="yes", features={"sex": "MV"[n % 2]}) for n in range(1, 6)]
    people.append(candidate(id=UUID(int=9), answer="left", features={"sex": "M"}))
    seats = [
        seat(candidate_id=UUID(int=1), state="confirmed"),
        seat(candidate_id=UUID(int=2), state="offered"),
        seat(candidate_id=UUID(int=3), state="declined"),
    ]
    asked = pool.draft(assembly(quotas=SEX), people, seats)
    assert [person.id for person in asked.people] == [str(UUID(int=n)) for n in (1, 2, 4, 5)]
    assert asked.confirmed == {str(UUID(int=1)), str(UUID(int=2))}
    assert asked.size == 40
    assert asked.one_per_household
