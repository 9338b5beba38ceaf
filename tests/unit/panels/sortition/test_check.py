"""Faults stop a draft and are all named at once; cautions only warn."""

import time

import msgspec
import pytest

from panels.sortition import check, types
from panels.sortition.model import Draft, Person, Quota


def person(number: int, **features: str) -> Person:
    return Person(id=f"p{number}", features={"sex": "f" if number % 2 else "m", **features})


def quota(value: str, minimum: int = 0, maximum: int = 4, feature: str = "sex") -> Quota:
    return Quota(feature=feature, value=value, minimum=minimum, maximum=maximum)


SOUND = Draft(people=tuple(person(i) for i in range(8)), quotas=(quota("f"), quota("m")), size=4)


def faults(**changes: object) -> list[tuple[str, str]]:
    return [(f.pointer, f.code) for f in check.faults(msgspec.structs.replace(SOUND, **changes))]


def cautions(**changes: object) -> list[tuple[str, str, str]]:
    draft = msgspec.structs.replace(SOUND, **changes)
    return [(c.code, c.feature, c.value) for c in check.warnings(draft, types.group(draft))]


class TestFaults:
    def test_a_sound_draft_has_none(self) -> None:
        assert faults() == []

    def test_people(self) -> None:
        broken = (
            *SOUND.people,
            person(3),
            Person(id="", features={"sex": "f"}),
            Person(id="bell\x07", features={"sex": "f"}, household="a\nb"),
            Person(id="p20", features={}),
            person(21, sex="x"),
            person(22, sex=""),
        )
        assert faults(people=broken) == [
            ("people/8/id", "duplicate"),
            ("people/9/id", "missing"),
            ("people/10/id", "control_characters"),
            ("people/10/household", "control_characters"),
            ("people/11/features/sex", "missing"),
            ("people/12/features/sex", "value_without_quota"),
            ("people/13/features/sex", "missing"),
        ]

    def test_quotas(self) -> None:
        broken = (
            quota("f", 3, 2),
            quota("m", -1, 4),
            quota("m"),
            quota("", 0, 4),
            quota("x\x00"),
            quota("y", 0, 10**30),
            quota("z", -2, -1),
        )
        assert faults(quotas=broken) == [
            ("quotas/0", "minimum_above_maximum"),
            ("quotas/1/minimum", "negative"),
            ("quotas/2", "duplicate"),
            ("quotas/3/value", "missing"),
            ("quotas/4/value", "control_characters"),
            ("quotas/5/maximum", "too_large"),
            ("quotas/6/minimum", "negative"),
            ("quotas/6/maximum", "negative"),
        ]

    def test_a_quota_without_a_feature_asks_every_person_for_it(self) -> None:
        found = faults(quotas=(quota("f"), quota("m"), quota("x", feature="")))
        assert ("quotas/2/feature", "missing") in found

    @pytest.mark.parametrize(("size", "code"), [(0, "too_small"), (-3, "too_small"), (9, "above_pool")])
    def test_size(self, size: int, code: str) -> None:
        assert faults(size=size) == [("size", code)]

    def test_who_declined_does_not_count_for_the_size(self) -> None:
        assert faults(excluded=frozenset({"p0", "p1", "p2", "p3"})) == []
        assert faults(excluded=frozenset({"p0", "p1", "p2", "p3", "p4"})) == [("size", "above_pool")]

    def test_an_empty_pool(self) -> None:
        assert faults(people=()) == [("people", "empty")]

    def test_confirmed_and_excluded(self) -> None:
        found = faults(confirmed=frozenset({"p0", "who"}), excluded=frozenset({"p0", "else"}))
        assert found == [
            ("confirmed", "unknown_person"),
            ("excluded", "unknown_person"),
            ("confirmed", "contradiction"),
        ]

    def test_more_confirmed_than_seats(self) -> None:
        assert faults(confirmed=frozenset(f"p{i}" for i in range(5))) == [("confirmed", "more_than_seats")]

    def test_two_confirmed_at_one_address_only_where_the_rule_is_on(self) -> None:
        people = tuple(msgspec.structs.replace(p, household="home") for p in SOUND.people[:2]) + SOUND.people[2:]
        confirmed = frozenset({"p0", "p1"})
        assert faults(people=people, confirmed=confirmed) == []
        assert faults(people=people, confirmed=confirmed, one_per_household=True) == [("confirmed", "same_household")]

    def test_every_detail_names_what_to_do(self) -> None:
        broken = msgspec.structs.replace(SOUND, people=(person(0), person(0, sex="x")), size=5)
        details = [fault.detail for fault in check.faults(broken)]
        assert details == [
            "Id 'p0' is also that of people/0; every person needs an id of their own.",
            "Value 'x' of feature 'sex' has no quota; add a quota for it or correct the value.",
            "A panel of 5 cannot be drawn from 2 people; lower the size or find more volunteers.",
        ]

    def test_thousands_of_faults_are_counted_and_not_listed(self) -> None:
        people = tuple(Person(id=f"p{i}", features={}) for i in range(5000))
        found = check.faults(msgspec.structs.replace(SOUND, people=people))
        assert len(found) == check.MOST_FAULTS + 1
        assert found[-1].code == "more_faults"
        assert "5000 faults in all" in found[-1].detail

    def test_a_file_with_two_hundred_wrong_columns_is_refused_at_once(self) -> None:
        people = tuple(Person(id=f"p{i}", features={}) for i in range(5000))
        quotas = tuple(quota("x", feature=f"column {j}") for j in range(200))
        start = time.process_time()
        found = check.faults(msgspec.structs.replace(SOUND, people=people, quotas=quotas))
        assert time.process_time() - start < 2.0
        assert len(found) == check.MOST_FAULTS + 1
        assert found[-1].detail.startswith("1000000 faults in all")

    def test_a_hostile_text_is_shortened_and_cannot_steer_a_terminal(self) -> None:
        people = (*SOUND.people, person(8, sex="\x1b[31m" + "x" * 500))
        detail = check.faults(msgspec.structs.replace(SOUND, people=people))[0].detail
        assert "\x1b" not in detail
        assert len(detail) < 200

    def test_a_slash_in_the_name_of_a_feature_is_escaped_in_the_pointer(self) -> None:
        quotas = (*SOUND.quotas, quota("x", feature="a/b~c"))
        assert faults(quotas=quotas)[0] == ("people/0/features/a~1b~0c", "missing")


class TestWarnings:
    def test_wide_quotas_give_none(self) -> None:
        assert cautions() == []

    def test_minima_above_the_size(self) -> None:
        assert ("minima_above_size", "sex", "") in cautions(quotas=(quota("f", 3), quota("m", 3)))

    def test_maxima_below_the_size(self) -> None:
        assert ("maxima_below_size", "sex", "") in cautions(quotas=(quota("f", 0, 1), quota("m", 0, 1)))

    def test_a_minimum_above_the_supply(self) -> None:
        people = (*SOUND.people[:1], *SOUND.people[2::2], person(9))  # four men, one woman
        found = cautions(people=people, quotas=(quota("f", 2), quota("m")))
        assert found == [("minimum_above_supply", "sex", "f")]

    def test_supply_counts_one_person_per_address_where_the_rule_is_on(self) -> None:
        people = tuple(
            msgspec.structs.replace(p, household="home" if p.features["sex"] == "f" else "") for p in SOUND.people
        )
        quotas = (quota("f", 2), quota("m"))
        assert cautions(people=people, quotas=quotas) == []
        found = cautions(people=people, quotas=quotas, one_per_household=True)
        assert found == [("minimum_above_supply", "sex", "f")]

    def test_a_value_that_nobody_has(self) -> None:
        assert cautions(quotas=(*SOUND.quotas, quota("x"))) == [("nobody_has_value", "sex", "x")]

    def test_a_value_that_nobody_has_and_nobody_may_have_is_fine(self) -> None:
        assert cautions(quotas=(*SOUND.quotas, quota("x", 0, 0))) == []

    def test_a_quota_that_takes_everybody_of_a_value(self) -> None:
        assert cautions(quotas=(quota("f", 4), quota("m"))) == [
            ("everybody_drawn", "sex", "f"),
            ("nobody_drawn", "sex", "m"),
        ]

    def test_a_quota_that_takes_everybody_because_of_the_other_maxima(self) -> None:
        people = SOUND.people[:3]  # two men, one woman
        found = cautions(people=people, size=2, quotas=(quota("f"), quota("m", 0, 1)))
        assert found == [("everybody_drawn", "sex", "f")]

    def test_a_value_without_seats(self) -> None:
        assert cautions(quotas=(quota("f", 0, 0), quota("m", 0, 4))) == [
            ("nobody_drawn", "sex", "f"),
            ("everybody_drawn", "sex", "m"),
        ]

    def test_a_feature_in_which_everybody_is_the_same(self) -> None:
        people = tuple(p for p in SOUND.people if p.features["sex"] == "f")
        found = cautions(people=people, size=2, quotas=(quota("f"), quota("m", 0, 0)))
        assert ("everybody_the_same", "sex", "f") in found

    def test_who_is_confirmed_is_not_warned_about(self) -> None:
        people = SOUND.people[:3]
        found = cautions(people=people, size=2, quotas=(quota("f", 1), quota("m")), confirmed=frozenset({"p1"}))
        assert ("everybody_drawn", "sex", "f") not in found

    def test_both_languages_name_feature_value_and_numbers(self) -> None:
        draft = msgspec.structs.replace(SOUND, quotas=(quota("f", 5, 5), quota("m")))
        found = {c.code: c.message for c in check.warnings(draft, types.group(draft))}
        assert found["minima_above_size"].nl == (
            "De minima van 'sex' zijn samen 5. Het panel heeft 4 plaatsen. Verlaag een minimum."
        )
        assert found["minimum_above_supply"].en == (
            "5 people are needed for 'sex' = 'f'. At most 4 can be on the panel out of this pool."
        )
