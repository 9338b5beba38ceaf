"""What the public is told about a selection, and what nobody may work out from it."""

from datetime import UTC, datetime
from itertools import pairwise

import hypothesis.strategies as st
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from samenspraak.types.lottery import LotteryQuota
from samenspraak.types.margins import MarginDimension, MarginLevel, MarginSet

from panels.lottery import drawing, selection
from panels.sortition.model import Person
from tests.unit.panels.lottery import factory


def margins() -> MarginSet:
    levels = tuple(
        MarginLevel(
            code=code, label_nl=nl, label_en=en, population=1, share=share, reference_date="2021", source="CBS",
            provenance="read",
        )
        for code, nl, en, share in (("M", "man", "man", 0.49), ("V", "vrouw", "woman", 0.51))
    )  # fmt: skip
    dimension = MarginDimension(key="sex", source_dimension="sex", levels=levels)
    return MarginSet(
        id="m1", name="Bevolking 2021", base="18+", population=2, dimensions=(dimension,), content_hash="h",
        imported_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def values(report, feature):
    found = next(one for one in report.features if one.feature == feature)
    return {one.value: one for one in found.values}


@pytest.fixture(scope="module")
def published():
    return factory.publish()


@pytest.fixture(scope="module")
def report(published):
    return selection.pool(published.lottery, published.pool, bound=0.25, margins=margins())


@pytest.fixture(scope="module")
def large():
    """600 volunteers for 60 places, with one small group and one that nobody has a quota for."""

    def kind(n: int) -> dict[str, str]:
        return {"sex": "MV"[n % 2], "region": "small" if n < 7 else "north" if n % 3 else "south", "origin": "x"}

    people = tuple(Person(id=f"m{n}", features=kind(n)) for n in range(600))
    rng = np.random.default_rng(5)
    seats = [[f"m{n}" for n in rng.choice(600, 60, replace=False)] for _ in range(100)]
    quotas = tuple(
        LotteryQuota(feature=feature, value=value, minimum=0, maximum=60)
        for feature, value in (("sex", "M"), ("sex", "V"), ("region", "north"), ("region", "south"))
    )
    rules = factory.rules(size=60, panels=100, quotas=quotas, one_per_household=False)
    return factory.publish(people=people, seats=seats, rules=rules)


class TestPool:
    def test_says_what_every_panel_meets(self, report):
        assert (report.pool, report.size, report.panels, report.algorithm) == (48, 12, 50, "leximin")
        assert report.one_per_household
        assert (values(report, "age3")["65+"].minimum, values(report, "age3")["65+"].maximum) == (3, 5)

    def test_takes_labels_and_shares_from_the_margins_where_they_know_a_feature(self, report):
        assert values(report, "sex")["V"].label.nl == "vrouw"
        assert values(report, "sex")["V"].population == 0.51
        assert values(report, "age3")["65+"].label.en == "65+"
        assert values(report, "age3")["65+"].population is None
        assert report.population == "Bevolking 2021"

    def test_counts_the_pool(self, report):
        assert [one.pool for one in values(report, "sex").values()] == [24, 24]
        assert [one.pool for one in values(report, "age3").values()] == [16, 16, 16]

    def test_has_no_counts_of_a_panel_before_the_drawing(self, report):
        assert not report.drawn
        assert all(one.panel is None for feature in report.features for one in feature.values)

    def test_hides_a_small_group_and_the_one_it_could_be_worked_out_with(self, large):
        region = values(selection.pool(large.lottery, large.pool, bound=0.1), "region")
        assert region["small"].pool is None
        assert sum(one.pool is None for one in region.values()) == 2

    def test_shows_values_that_no_quota_names_with_the_whole_range(self, large):
        region = values(selection.pool(large.lottery, large.pool, bound=0.1), "region")
        assert (region["small"].minimum, region["small"].maximum) == (0, 60)

    def test_a_value_that_is_not_known_has_a_label(self):
        people = [msgspec.structs.replace(one, features={**one.features, "sex": "unknown"}) for one in factory.people()]
        quotas = (LotteryQuota(feature="sex", value="unknown", minimum=0, maximum=12),)
        made = factory.publish(people=people, seats=factory.seats(factory.people()), rules=factory.rules(quotas=quotas))
        shown = selection.pool(made.lottery, made.pool, bound=0.25, margins=margins())
        assert values(shown, "sex")["unknown"].label.nl == "niet bekend"


class TestPanel:
    def test_leaves_what_was_shown_before_as_it_was(self, large):
        before = selection.pool(large.lottery, large.pool, bound=0.1)
        after = selection.panel(before, large.lottery, large.pool, factory.drawn(large))
        assert after.drawn
        for old, new in zip(before.features, after.features, strict=True):
            assert [(one.value, one.pool) for one in old.values] == [(one.value, one.pool) for one in new.values]

    def test_counts_the_panel_that_was_drawn(self, large):
        drawn = factory.drawn(large)
        before = selection.pool(large.lottery, large.pool, bound=0.1)
        after = selection.panel(before, large.lottery, large.pool, drawn)
        on = set(drawing.panel(large.lottery, drawn))
        men = sum(row.features["sex"] == "M" for row in large.pool.rows if row.ticket in on)
        assert values(after, "sex")["M"].panel == men
        assert values(after, "sex")["V"].panel == 60 - men

    def test_shows_no_count_of_a_panel_so_small_that_every_group_is(self, published, report):
        after = selection.panel(report, published.lottery, published.pool, factory.drawn(published))
        assert all(one.panel is None for feature in after.features for one in feature.values)

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.integers(0, 3), min_size=40, max_size=120), st.integers(0, 2**32 - 1))
    def test_nobody_can_work_out_a_group_of_fewer_than_ten(self, groups, seed):
        """Every count that is shown, and every difference of two counts of one group, is nobody or ten or more."""
        people = tuple(Person(id=f"m{n}", features={"group": str(one)}) for n, one in enumerate(groups))
        size = len(people) // 2
        seat = [f"m{n}" for n in np.random.default_rng(seed).choice(len(people), size, replace=False)]
        quotas = tuple(
            LotteryQuota(feature="group", value=value, minimum=0, maximum=size)
            for value in sorted(set(map(str, groups)))
        )
        rules = factory.rules(size=size, panels=1, quotas=quotas, one_per_household=False)
        made = factory.publish(people=people, seats=[seat], rules=rules)
        before = selection.pool(made.lottery, made.pool, bound=0.5)
        after = selection.panel(before, made.lottery, made.pool, factory.drawn(made))
        shown = [one for feature in after.features for one in feature.values]
        for whole, counts in ((len(people), [one.pool for one in shown]), (size, [one.panel for one in shown])):
            told = [n for n in counts if n is not None]
            rest = whole - sum(told)
            assert all(n >= 10 for n in told)
            assert rest == 0 or rest >= 10
            assert None not in counts or counts.count(None) > 1 or rest == 0
        for one in shown:
            if one.pool is not None and one.panel is not None:
                assert one.pool == one.panel or one.pool - one.panel >= 10


class TestChances:
    def test_are_shares_of_the_published_panels(self, published, report):
        held = [sum(place in panel for panel in published.lottery.panels) for place in range(48)]
        found = report.chances
        assert found.minimum == min(held) / 50
        assert found.maximum == max(held) / 50
        assert found.average == 12 / 48
        assert (found.never, found.always, found.bound) == (0, 0, 0.25)

    def test_every_ticket_is_in_one_bar(self, report, large):
        for one in (report, selection.pool(large.lottery, large.pool, bound=0.1)):
            bands = one.chances.bands
            assert sum(band.tickets for band in bands) == one.pool
            assert bands[0].low == 0.0
            assert all(a.high == b.low for a, b in pairwise(bands))
            assert len(bands) <= selection.BANDS + 1

    def test_equal_chances_have_a_gini_of_zero(self):
        people = factory.people()
        order = [person.id for person in people]
        seats = [[order[(start + 4 * step) % 48] for step in range(12)] for start in range(4)]
        rules = factory.rules(quotas=(), panels=4, one_per_household=False)
        found = selection.chances(factory.publish(seats=seats, rules=rules).lottery, bound=0.25)
        assert (found.minimum, found.maximum, found.gini) == (0.25, 0.25, 0.0)

    def test_names_how_many_can_never_or_must_always_be_drawn(self):
        order = [person.id for person in factory.people()]
        seats = [[*order[:6], *order[6 + 6 * n : 12 + 6 * n]] for n in range(5)]
        rules = factory.rules(quotas=(), panels=5, one_per_household=False)
        found = selection.chances(factory.publish(seats=seats, rules=rules).lottery, bound=0.2)
        assert (found.always, found.never) == (6, 48 - 6 - 30)
        assert (found.minimum, found.maximum) == (0.2, 0.2)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.integers(0, 1000), min_size=1, max_size=60).filter(any))
    def test_bars_hold_every_chance_whatever_it_is(self, held):
        bands = list(selection._bands(np.sort(np.array(held) / 1000)))
        for band in bands[:-1]:
            inside = sum(round(band.low * 1000, 3) <= n < round(band.high * 1000, 3) for n in held)
            assert band.tickets == inside
        assert sum(band.tickets for band in bands) == len(held)
