"""Draws by wave: sizes, chances that hold over many draws, frames that can be repeated, and faults."""

from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import msgspec
import numpy as np
import pytest
from samenspraak.types.audit import WavePlan

from panels.errors import PanelTooSmall, WaveInvalid
from panels.inviting.waves import cumulative
from panels.models import WaveRecord
from panels.waves import drawing, frame
from panels.waves.drawing import Drawing
from tests.unit.panels.waves.field import (
    AUDIT,
    NOTHING,
    NOW,
    OTHER,
    SEED,
    cell,
    margins,
    material,
    member,
    plan,
    wave,
)

TODAY = NOW.date()


def first(*, men: int = 150, women: int = 150, unknown: int = 0, seed: int = SEED, **options: object) -> Drawing:
    invited = options.pop("invited", None)
    return drawing.first(
        material(men=men, women=women, unknown=unknown, invited=invited),  # type: ignore[arg-type]
        NOTHING,
        audit_id=AUDIT,
        plan=plan(waves=WavePlan(), **options),  # type: ignore[arg-type]
        margins=margins(),
        seed=seed,
        now=NOW,
    )


def further(
    before: Drawing, invite: dict[str, int], *, men: int = 150, women: int = 150, seed: int = SEED, number: int = 2
) -> Drawing:
    invited = {one.member_id: ((AUDIT, TODAY),) for one in before.selected}
    return drawing.further(
        material(men=men, women=women, invited=invited),
        (cell("M"), cell("V"), cell("rest")),
        invite,
        number=number,
        audit_id=AUDIT,
        plan=plan(waves=WavePlan()),
        margins=margins(),
        seed=seed,
        now=NOW + timedelta(days=7),
    )


class TestFirst:
    def test_needs_sum_to_the_target_and_every_cell_is_drawn_from(self) -> None:
        drawn = first(unknown=12)
        assert sum(drawn.needs.values()) == 100
        assert set(drawn.invited) == {"M", "V", "rest"}
        assert drawn.size == len(drawn.selected) == sum(drawn.invited.values())
        assert {one.member_id for one in drawn.selected} == set(drawn.people)

    def test_the_same_seed_draws_the_same_people_whatever_the_order_of_the_frame(self) -> None:
        one, same, other = first(), first(), first(seed=8)
        assert [selected.member_id for selected in one.selected] == [selected.member_id for selected in same.selected]
        assert one.selected != other.selected

    def test_a_thin_cell_is_reported_and_its_places_go_elsewhere(self) -> None:
        drawn = first(men=40, women=300)
        men = next(one for one in drawn.strata if one.key == "M")
        assert (men.drawn, men.frame, men.probability) == (40, 40, 1.0)
        assert men.shortfall == men.wanted - 40 > 0
        assert drawn.size == first().size

    def test_who_rests_is_left_out_and_counted(self) -> None:
        invited = {member(number): ((OTHER, TODAY - timedelta(days=3)),) for number in range(10)}
        drawn = first(invited=invited)
        assert drawn.excluded == {"resting": 10}
        assert not {one.member_id for one in drawn.selected} & set(invited)
        assert drawn.frame_size == 290

    def test_people_who_live_elsewhere_are_no_part_of_the_frame(self) -> None:
        """Everybody lives in PV26; a draw for another province finds nobody."""
        for area, left in (("PV26", {}), ("PV20", {"excluded": 300})):
            found = frame.eligible(
                material(men=150, women=150),
                audit_id=AUDIT,
                plan=plan(waves=WavePlan()),
                margins=msgspec.structs.replace(margins(), area=area),
                today=TODAY,
            )
            assert found.excluded == left
            assert len(found.people) == 300 - sum(left.values())

    def test_a_panel_that_is_too_small_says_what_it_lacks_and_who_could_not_be_drawn(self) -> None:
        with pytest.raises(PanelTooSmall) as refused:
            first(men=60, women=60, invited={member(0): ((OTHER, TODAY),)})
        assert refused.value.details["not_drawn"] == {"resting": 1}


class TestBalanced:
    def test_totals_of_a_dimension_are_those_of_the_frame(self) -> None:
        """Men and women alternate over three levels of education; each level gets its share, rounded up or down."""
        people = material(men=150, women=150)
        mixed = msgspec.structs.replace(
            people,
            profiles=tuple(
                (member_id, msgspec.structs.replace(profile, education="123"[place % 3]), language)
                for place, (member_id, profile, language) in enumerate(people.profiles)
            ),
        )
        for seed in range(20):
            drawn = drawing.first(
                mixed,
                NOTHING,
                audit_id=AUDIT,
                plan=plan(waves=WavePlan(method="balanced", balance=("education3",))),
                margins=margins(),
                seed=seed,
                now=NOW,
            )
            levels = Counter(drawn.people[one.member_id].coded["education3"] for one in drawn.selected)
            assert all(abs(count - drawn.size / 3) < 1 for count in levels.values())
            assert drawn.invited == first().invited
            assert {one.probability for one in drawn.selected} == {one.probability for one in drawn.strata}

    def test_a_further_wave_is_balanced_as_well(self) -> None:
        before = first()
        invited = {one.member_id: ((AUDIT, TODAY),) for one in before.selected}
        after = drawing.further(
            material(men=150, women=150, invited=invited),
            (cell("M"), cell("V")),
            {"M": 7, "V": 2},
            number=2,
            audit_id=AUDIT,
            plan=plan(waves=WavePlan(method="balanced", balance=("province",))),
            margins=margins(),
            seed=SEED,
            now=NOW + timedelta(days=7),
        )
        assert after.invited == {"M": 7, "V": 2}
        assert len({one.member_id for one in after.selected}) == 9


class TestFurther:
    def test_only_people_who_were_not_invited_are_drawn(self) -> None:
        before = first()
        after = further(before, {"M": 5, "V": 0})
        assert after.invited == {"M": 5}
        assert not {one.member_id for one in after.selected} & {one.member_id for one in before.selected}

    def test_those_of_earlier_waves_get_the_chance_they_would_have_had(self) -> None:
        before = first()
        after = further(before, {"M": 5})
        men = {one.member_id for one in before.selected if one.stratum == "M"}
        assert set(after.otherwise) == men
        assert set(after.otherwise.values()) == {5 / (150 - len(men))}

    def test_strata_know_how_many_members_had_a_chance(self) -> None:
        assert {one.key: one.reached for one in further(first(), {"M": 5}).strata} == {"M": 150, "V": 150}

    def test_all_faults_come_at_once(self) -> None:
        before = first()
        with pytest.raises(WaveInvalid) as refused:
            further(before, {"M": 9999, "Q": 1, "rest": 0})
        assert [(fault.pointer, fault.code) for fault in refused.value.faults] == [
            ("/invite/M", "out_of_range"),
            ("/invite/Q", "unknown"),
        ]

    def test_over_many_draws_everybody_is_invited_as_often_as_the_chances_say(self) -> None:
        """Two waves from 40 men and 40 women, 250 seeds: counts lie within four standard errors of the chances."""
        size, seeds = 40, 250
        counts = np.zeros(2 * size)
        chances = np.zeros(2 * size)
        for seed in range(seeds):
            before = drawing.first(
                material(men=size, women=size),
                NOTHING,
                audit_id=AUDIT,
                plan=plan(waves=WavePlan(), target=20),
                margins=margins(),
                seed=seed,
                now=NOW,
            )
            after = further(before, {"M": 9, "V": 3}, men=size, women=size, seed=seed)
            strata = {one.key: one.probability for one in before.strata}
            later = {one.key: one.probability for one in after.strata}
            for number in range(2 * size):
                key = "M" if number < size else "V"
                chances[number] = cumulative([[strata[key], later[key]]])[0]
            for one in (*before.selected, *after.selected):
                counts[one.member_id.int - 1000] += 1
        spread = np.sqrt(seeds * chances * (1 - chances))
        assert np.abs(counts - seeds * chances).max() < 4.5 * spread.max()
        assert abs(counts[:size].mean() / seeds - chances[0]) < 1e-9


class TestEarlierChances:
    def drawn(self) -> tuple[WaveRecord, WaveRecord]:
        return wave(1, M=(100, 20, 100)), wave(2, at=NOW + timedelta(days=7), M=(80, 8, 100))

    def chances(self, *, joined: timedelta, invited: tuple[tuple[UUID, date], ...] = ()) -> list[float]:
        found = frame.earlier_chances(
            material(men=1, invited={member(0): invited}),
            self.drawn(),
            [(member(0), "M", NOW + joined)],
            audit_id=AUDIT,
            plan=plan(waves=WavePlan()),
        )
        return found[member(0)]

    def test_a_member_of_old_had_a_chance_in_every_wave(self) -> None:
        assert self.chances(joined=timedelta(days=-30)) == [0.2, 0.1]

    def test_before_they_joined_nobody_has_a_chance(self) -> None:
        assert self.chances(joined=timedelta(days=3)) == [0.0, 0.1]

    def test_who_rested_had_no_chance_then(self) -> None:
        rested = ((OTHER, TODAY - timedelta(days=2)),)
        assert self.chances(joined=timedelta(days=-30), invited=rested) == [0.0, 0.1]

    def test_an_invitation_that_came_later_takes_nothing_away(self) -> None:
        later = ((OTHER, TODAY + timedelta(days=8)),)
        assert self.chances(joined=timedelta(days=-30), invited=later) == [0.2, 0.1]
