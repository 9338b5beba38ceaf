"""Quotas from population margins."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from samenspraak.types.margins import MarginDimension, MarginLevel, MarginSet

from panels.errors import QuotasInvalid
from panels.inviting.allocation import allocate
from panels.margins import csv_layout
from panels.sortition import quotas
from panels.sortition.model import Person, Quota
from panels.sortition.quotas import NONE, Feature, Slack

DEFAULT = Path(__file__).parents[4] / "panels" / "data" / "nl_weighting_default.csv"


def margins(**dimensions: dict[str, float]) -> MarginSet:
    return MarginSet(
        id="m",
        name="test",
        base="18+",
        population=1000,
        dimensions=tuple(
            MarginDimension(
                key=key,
                source_dimension=key,
                levels=tuple(
                    MarginLevel(
                        code=code,
                        label_nl=code,
                        label_en=code,
                        population=int(1000 * share),
                        share=share,
                        reference_date="2024",
                        source="test",
                        provenance="read",
                    )
                    for code, share in shares.items()
                ),
            )
            for key, shares in dimensions.items()
        ),
        content_hash="",
        imported_at=datetime(2024, 1, 1, tzinfo=UTC),
    )


SEX = margins(sex={"M": 0.49, "V": 0.51})


def bounds(found: tuple[Quota, ...]) -> dict[str, tuple[int, int]]:
    return {quota.value: (quota.minimum, quota.maximum) for quota in found}


def codes(found: tuple[quotas.Caution, ...]) -> list[tuple[str, str]]:
    return [(caution.code, caution.value) for caution in found]


class TestFromMargins:
    def test_seats_without_slack_are_rounded_outward(self) -> None:
        found = quotas.from_margins(SEX, [Feature(name="sex", dimension="sex")], size=30)
        assert bounds(found) == {"M": (14, 15), "V": (15, 16)}
        assert {quota.feature for quota in found} == {"sex"}

    @pytest.mark.parametrize(
        ("slack", "wanted"),
        [
            (Slack(kind="people", amount=2), {"M": (47, 51), "V": (49, 53)}),
            (Slack(kind="points", amount=0.03), {"M": (46, 52), "V": (48, 54)}),
            (Slack(kind="relative", amount=0.1), {"M": (44, 54), "V": (45, 57)}),
        ],
    )
    def test_each_kind_of_slack_widens_on_both_sides(self, slack: Slack, wanted: dict[str, tuple[int, int]]) -> None:
        found = quotas.from_margins(SEX, [Feature(name="sex", dimension="sex")], size=100, slack=slack)
        assert bounds(found) == wanted

    def test_slack_of_a_feature_takes_the_place_of_the_common_one(self) -> None:
        own = Feature(name="sex", dimension="sex", slack=NONE)
        assert bounds(quotas.from_margins(SEX, [own], size=100, slack=Slack(kind="people", amount=9))) == {
            "M": (49, 49),
            "V": (51, 51),
        }

    def test_bounds_stay_between_none_and_all_seats(self) -> None:
        few = margins(kind={"rare": 0.01, "common": 0.99})
        found = quotas.from_margins(
            few, [Feature(name="kind", dimension="kind")], size=20, slack=Slack(kind="people", amount=3)
        )
        assert bounds(found) == {"rare": (0, 4), "common": (16, 20)}

    @pytest.mark.parametrize("seed", range(25))
    def test_minima_never_sum_above_the_size_nor_maxima_below_it(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        shares = rng.dirichlet(np.ones(int(rng.integers(2, 13))))
        size = int(rng.integers(1, 200))
        any_set = margins(kind={f"v{i}": float(share) for i, share in enumerate(shares)})
        found = quotas.from_margins(any_set, [Feature(name="kind", dimension="kind")], size=size)
        assert sum(quota.minimum for quota in found) <= size <= sum(quota.maximum for quota in found)
        seats = allocate(size, {f"v{i}": float(share) for i, share in enumerate(shares)})
        assert all(quota.minimum <= seats[quota.value] <= quota.maximum for quota in found)

    def test_floating_point_does_not_add_a_seat(self) -> None:
        found = quotas.from_margins(
            margins(kind={"a": 0.07, "b": 0.93}), [Feature(name="k", dimension="kind")], size=100
        )
        assert bounds(found) == {"a": (7, 7), "b": (93, 93)}

    def test_levels_taken_together_share_one_quota(self) -> None:
        provinces = margins(province={"GR": 0.2, "FR": 0.2, "DR": 0.1, "ZH": 0.5})
        north = Feature(name="part", dimension="province", merged={"GR": "north", "FR": "north", "DR": "north"})
        assert bounds(quotas.from_margins(provinces, [north], size=10)) == {"north": (5, 5), "ZH": (5, 5)}

    def test_a_value_that_the_margins_do_not_know_can_be_left_open(self) -> None:
        found = quotas.from_margins(SEX, [Feature(name="sex", dimension="sex", open=("X",))], size=100)
        assert bounds(found)["X"] == (0, 100)

    def test_the_margins_that_come_with_the_product_give_quotas(self) -> None:
        default = csv_layout.parse(
            DEFAULT.read_text(encoding="utf-8"), name="default", now=datetime(2026, 1, 1, tzinfo=UTC), id="m"
        )
        features = [Feature(name=key, dimension=key) for key in ("sex_age", "province", "education")]
        found = quotas.from_margins(default, features, size=150, slack=Slack(kind="points", amount=0.02))
        assert len(found) == 14 + 12 + 4
        assert quotas.cautions(found, size=150) == ()


class TestFaults:
    def test_all_are_told_at_once_with_their_place(self) -> None:
        features = [
            Feature(name="sex", dimension="gender"),
            Feature(name="sex", dimension="sex", merged={"Q": "other"}, slack=Slack(kind="people", amount=-1)),
            Feature(name="s2", dimension="sex", open=("M",)),
        ]
        with pytest.raises(QuotasInvalid) as raised:
            quotas.from_margins(SEX, features, size=0, slack=Slack(kind="points", amount=float("nan")))
        assert {(fault.pointer, fault.code) for fault in raised.value.faults} == {
            ("size", "too_small"),
            ("slack/amount", "out_of_range"),
            ("features/0/dimension", "unknown_dimension"),
            ("features/1/name", "duplicate"),
            ("features/1/slack/amount", "out_of_range"),
            ("features/1/merged/Q", "unknown_level"),
            ("features/2/open", "has_share"),
        }

    def test_an_unknown_dimension_lists_those_that_exist(self) -> None:
        with pytest.raises(QuotasInvalid) as raised:
            quotas.from_margins(SEX, [Feature(name="g", dimension="gender")], size=10)
        assert "sex" in raised.value.faults[0].detail

    def test_a_value_of_the_pool_that_no_level_gives_is_named(self) -> None:
        feature = Feature(name="sex", dimension="sex")
        with pytest.raises(QuotasInvalid) as raised:
            quotas.from_margins(SEX, [feature], size=10, supply={"sex": {"M": 5, "vrouw": 5}})
        (fault,) = raised.value.faults
        assert (fault.pointer, fault.code) == ("supply/sex/vrouw", "unknown_level")

    def test_no_feature_at_all_is_refused(self) -> None:
        with pytest.raises(QuotasInvalid):
            quotas.from_margins(SEX, [], size=10)


def quota(value: str, minimum: int, maximum: int) -> Quota:
    return Quota(feature="sex", value=value, minimum=minimum, maximum=maximum)


class TestCautions:
    def test_minima_above_the_size_and_maxima_below_it(self) -> None:
        assert codes(quotas.cautions([quota("M", 6, 9), quota("V", 5, 9)], size=10)) == [("minima_above_size", "")]
        assert codes(quotas.cautions([quota("M", 0, 4), quota("V", 0, 5)], size=10)) == [("maxima_below_size", "")]

    def test_values_with_nobody_or_too_few_people(self) -> None:
        found = quotas.cautions([quota("M", 4, 6), quota("V", 4, 6)], size=10, supply={"sex": {"M": 3}})
        assert codes(found) == [("short_supply", "M"), ("no_supply", "V")]

    def test_everybody_of_a_value_is_needed(self) -> None:
        supply = {"sex": {"M": 4, "V": 12}}
        found = codes(quotas.cautions([quota("M", 4, 6), quota("V", 4, 6)], size=10, supply=supply))
        assert ("all_needed", "M") in found

    def test_people_whose_value_is_not_wanted_are_shut_out(self) -> None:
        supply = {"sex": {"M": 40, "V": 40}}
        found = codes(quotas.cautions([quota("M", 10, 10), quota("V", 0, 0)], size=10, supply=supply))
        assert ("shut_out", "V") in found

    def test_chances_that_must_differ_greatly_are_told_with_the_ratio(self) -> None:
        supply = {"sex": {"M": 10, "V": 190}}
        (caution,) = quotas.cautions([quota("M", 5, 5), quota("V", 5, 5)], size=10, supply=supply)
        assert (caution.code, caution.value) == ("uneven", "M")
        assert "19,0 keer" in caution.message.nl
        assert "19.0 times" in caution.message.en

    def test_wide_quotas_do_not_warn(self) -> None:
        supply = {"sex": {"M": 10, "V": 190}}
        assert quotas.cautions([quota("M", 0, 10), quota("V", 0, 10)], size=10, supply=supply) == ()

    def test_what_other_values_leave_over_counts(self) -> None:
        # The maximum of women forces 8 men out of 10, although men have no minimum.
        supply = {"sex": {"M": 10, "V": 190}}
        found = quotas.cautions([quota("M", 0, 10), quota("V", 0, 2)], size=10, supply=supply)
        assert codes(found) == [("uneven", "M")]

    def test_people_are_counted_by_value(self) -> None:
        people = [
            Person(id="a", features={"sex": "M"}),
            Person(id="b", features={"sex": "M"}),
            Person(id="c", features={}),
        ]
        assert quotas.counted(people, ["sex"]) == {"sex": {"M": 2}}
