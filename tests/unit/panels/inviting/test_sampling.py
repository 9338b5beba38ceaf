"""The draw: sized for the target, in proportion, uniform within a stratum, the same for everybody who repeats it."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samenspraak.types.audit import DrawPlan
from scipy import stats

from panels import coding
from panels.errors import PanelTooSmall, PlanUnfit
from panels.inviting import sampling, stratified
from panels.inviting.allocation import REST, allocate, sample_size, stratum_shares
from panels.margins import csv_layout as margin_csv
from panels.models import Draw, FrameMember, Profile

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PACK = (Path(coding.__file__).parent / "data" / "nl_weighting_default.csv").read_text(encoding="utf-8")
MARGINS = margin_csv.parse(PACK, name="CBS", now=NOW, id="m1")
EVERYONE = DrawPlan(strata=("sex_age",), expected_participation=1.0)


def member(number: int, *, sex: str | None, age: int, province: str = "PV26", education: str = "2") -> FrameMember:
    profile = Profile(sex=sex, birth_year=2026 - age, province=province, education=education)  # type: ignore[arg-type]
    return FrameMember(member_id=UUID(int=number), coded=coding.coded(profile, on=NOW.date()))


def panel(size: int, *, seed: int = 1, unknown: float = 0.0) -> list[FrameMember]:
    random = Random(seed)
    return [
        member(
            number,
            sex=None if random.random() < unknown else random.choice("MV"),
            age=random.randrange(18, 90),
            province=random.choice(coding.PROVINCES),
            education=random.choice("123"),
        )
        for number in range(1, size + 1)
    ]


def draw(frame: Sequence[FrameMember], *, target: int, seed: int = 7, plan: DrawPlan = EVERYONE) -> Draw:
    return sampling.draw(frame, margins=MARGINS, plan=plan, target=target, seed=seed)


class TestSize:
    @pytest.mark.parametrize("participation", [0.1, 0.35, 0.5, 0.9])
    @pytest.mark.parametrize("target", [100, 600, 1000])
    def test_the_size_is_the_smallest_that_keeps_the_promise(self, target: int, participation: float) -> None:
        n = sample_size(target, participation=participation, assurance=0.9)
        assert stats.binom.sf(target - 1, n, participation) >= 0.9
        assert stats.binom.sf(target - 1, n - 1, participation) < 0.9

    def test_sure_participation_needs_no_spare_people(self) -> None:
        assert sample_size(250, participation=1.0, assurance=0.99) == 250

    def test_more_assurance_needs_more_people(self) -> None:
        sizes = [sample_size(600, participation=0.5, assurance=level) for level in (0.5, 0.8, 0.9, 0.99)]
        assert sizes == sorted(set(sizes))


class TestAllocation:
    @given(
        st.integers(0, 5000),
        st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.floats(1e-4, 1), min_size=1, max_size=30),
    )
    @settings(max_examples=150, deadline=None)
    def test_places_sum_to_the_total_and_stay_within_one_of_the_share(
        self, total: int, shares: dict[str, float]
    ) -> None:
        places = allocate(total, shares)
        whole = sum(shares.values())
        assert sum(places.values()) == total
        assert all(abs(places[key] - total * shares[key] / whole) < 1 + 1e-6 for key in shares)

    def test_one_dimension_takes_its_margin_as_it_is(self) -> None:
        shares = stratum_shares(MARGINS, ("province",))
        assert shares["PV28"] == pytest.approx(0.2115276185, abs=1e-9)

    def test_a_crossing_meets_both_margins(self) -> None:
        shares = stratum_shares(MARGINS, ("sex_age", "province"))
        zuid_holland = sum(share for key, share in shares.items() if key.endswith(" x PV28"))
        assert len(shares) == 14 * 12
        assert zuid_holland == pytest.approx(0.2115276185, abs=1e-9)

    def test_people_who_cannot_exist_get_no_places(self) -> None:
        shares = stratum_shares(MARGINS, ("sex_age", "education"))
        assert "M_18-24 x Y" in shares
        assert not {"M_18-24 x 1", "M_25-34 x Y"} & set(shares)
        assert sum(share for key, share in shares.items() if key.endswith(" x 3")) == pytest.approx(0.34212, abs=1e-4)

    @pytest.mark.parametrize("strata", [("income",), (), ("sex_age", "sex_age")])
    def test_a_plan_the_margins_do_not_fit_is_refused(self, strata: tuple[str, ...]) -> None:
        with pytest.raises(PlanUnfit):
            stratum_shares(MARGINS, strata)


class TestDraw:
    def test_exactly_as_many_different_members_as_the_size(self) -> None:
        drawn = draw(panel(4000), target=600, plan=DrawPlan(expected_participation=0.5))
        assert drawn.size == sample_size(600, participation=0.5, assurance=0.9)
        assert len({one.member_id for one in drawn.selected}) == len(drawn.selected) == drawn.size

    def test_strata_are_in_proportion_to_the_population_and_not_to_the_panel(self) -> None:
        young = [member(number, sex="M", age=20) for number in range(1, 2001)]
        rest = [
            FrameMember(member_id=UUID(int=5000 + number), coded=one.coded) for number, one in enumerate(panel(4000))
        ]
        drawn = draw(young + rest, target=500)
        for stratum in drawn.strata:
            assert stratum.population_share is not None
            assert abs(stratum.drawn - 500 * stratum.population_share) < 1
            assert stratum.shortfall == 0

    def test_the_probability_is_places_over_members_of_the_stratum(self) -> None:
        frame = panel(1000)
        drawn = draw(frame, target=200)
        members = Counter(one.coded["sex_age"] for one in frame)
        chosen = Counter(one.stratum for one in drawn.selected)
        for one in drawn.selected:
            assert one.probability == chosen[one.stratum] / members[one.stratum]
        assert sum(1 / one.probability for one in drawn.selected) == pytest.approx(len(frame))

    def test_the_same_seed_gives_the_same_draw_whatever_the_order_of_rows(self) -> None:
        frame = panel(800)
        shuffled = list(frame)
        Random(3).shuffle(shuffled)
        assert draw(frame, target=150) == draw(shuffled, target=150)
        assert sampling.frame_hash(frame) == sampling.frame_hash(shuffled)

    def test_another_seed_gives_another_draw(self) -> None:
        frame = panel(800)
        assert draw(frame, target=150, seed=1).selected != draw(frame, target=150, seed=2).selected

    def test_a_seed_of_128_bit_is_accepted(self) -> None:
        assert len(draw(panel(300), target=100, seed=2**128 - 1).selected) == 100

    def test_members_without_a_level_get_their_part_of_the_places(self) -> None:
        frame = panel(2000, unknown=0.1)
        drawn = draw(frame, target=400)
        rest = next(stratum for stratum in drawn.strata if stratum.key == REST)
        assert rest.population_share is None
        assert rest.drawn == round(400 * rest.frame / 2000)

    def test_a_single_member_without_a_level_still_has_a_chance(self) -> None:
        frame = [*panel(2000), member(9999, sex="X", age=40)]
        drawn = draw(frame, target=100)
        assert next(stratum for stratum in drawn.strata if stratum.key == REST).drawn == 1
        assert sum(stratum.drawn for stratum in drawn.strata) == 100

    def test_nobody_in_the_panel_is_without_a_chance_when_strata_are_many(self) -> None:
        frame = panel(4000)
        drawn = draw(frame, target=300, plan=DrawPlan(strata=("sex_age", "province"), expected_participation=1.0))
        assert all(stratum.drawn >= 1 for stratum in drawn.strata if stratum.frame)
        assert sum(stratum.drawn for stratum in drawn.strata) == 300

    def test_more_strata_than_people_is_refused(self) -> None:
        with pytest.raises(PlanUnfit):
            draw(panel(4000), target=100, plan=DrawPlan(strata=("sex_age", "province"), expected_participation=1.0))

    def test_places_a_stratum_cannot_fill_go_to_others_and_are_reported(self) -> None:
        frame = [one for one in panel(3000) if one.coded["sex_age"] != "V_75+"]
        frame += [member(9000 + number, sex="V", age=80) for number in range(3)]
        drawn = draw(frame, target=500)
        short = next(stratum for stratum in drawn.strata if stratum.key == "V_75+")
        assert (short.drawn, short.probability) == (3, 1.0)
        assert short.shortfall == short.wanted - 3
        assert len(drawn.selected) == 500

    def test_a_panel_that_is_too_small_says_whom_to_recruit(self) -> None:
        with pytest.raises(PanelTooSmall) as refused:
            draw(panel(150), target=400)
        details = refused.value.details
        assert (details["needed"], details["available"]) == (400, 150)
        recruits = details["recruits"]
        assert isinstance(recruits, dict)
        assert sum(recruits.values()) >= 250

    def test_an_empty_panel_is_too_small_too(self) -> None:
        with pytest.raises(PanelTooSmall):
            draw([], target=100)


SEEDS = 600
GROUP = 40
PLACES = 12


def inclusion_counts(rank: Callable[[Sequence[UUID], int], list[UUID]]) -> Counter[UUID]:
    ids = [UUID(int=number) for number in range(1, GROUP + 1)]
    counts: Counter[UUID] = Counter()
    for seed in range(SEEDS):
        counts.update(rank(ids, seed)[:PLACES])
    return counts


def fair(counts: Counter[UUID]) -> bool:
    """Chi-square of inclusion counts. Draws without replacement vary less than multinomial ones by (N-1)/N x (1-f)."""
    expected = SEEDS * PLACES / GROUP
    spread = sum((counts[UUID(int=number)] - expected) ** 2 for number in range(1, GROUP + 1)) / expected
    fraction = PLACES / GROUP
    statistic = spread * (GROUP - 1) / GROUP / (1 - fraction)
    low, high = (stats.chi2.ppf(at, GROUP - 1) for at in (0.0005, 0.9995))
    return bool(low < statistic < high)


class TestUniformity:
    """One check, used on our draw and on draws that it must reject."""

    def test_every_member_of_a_stratum_is_drawn_equally_often(self) -> None:
        assert fair(inclusion_counts(stratified.ranked))

    def test_the_check_rejects_a_draw_that_favours_early_members(self) -> None:
        def favours_early(ids: Sequence[UUID], seed: int) -> list[UUID]:
            random = Random(seed)
            return sorted(ids, key=lambda one: random.random() * (1 + one.int / 100))

        assert not fair(inclusion_counts(favours_early))

    def test_the_check_rejects_a_systematic_draw(self) -> None:
        def systematic(ids: Sequence[UUID], seed: int) -> list[UUID]:
            start = seed % 3
            return [*ids[start::3], *ids]

        assert not fair(inclusion_counts(systematic))

    def test_pairs_are_drawn_together_as_often_as_chance_says(self) -> None:
        ids = [UUID(int=number) for number in range(1, 13)]
        together = Counter(
            pair
            for seed in range(4000)
            for chosen in [sorted(stratified.ranked(ids, seed)[:4])]
            for pair in [(a, b) for place, a in enumerate(chosen) for b in chosen[place + 1 :]]
        )
        expected = 4000 * (4 * 3) / (12 * 11)
        assert len(together) == 66
        assert all(abs(count - expected) < 5 * expected**0.5 for count in together.values())

    def test_stated_probabilities_equal_the_frequencies_of_many_draws(self) -> None:
        frame = panel(300, unknown=0.05)
        seeds = 400
        hits: Counter[UUID] = Counter()
        stated: dict[UUID, float] = {}
        for seed in range(seeds):
            for one in draw(frame, target=100, seed=seed).selected:
                hits[one.member_id] += 1
                stated[one.member_id] = one.probability
        assert len(stated) == len(frame)
        z = [
            (hits[id] - seeds * p) / (seeds * p * (1 - p)) ** 0.5 if p < 1 else float(seeds - hits[id])
            for id, p in stated.items()
        ]
        assert max(abs(value) for value in z) < 4.5
        assert sum(hits.values()) == seeds * 100
