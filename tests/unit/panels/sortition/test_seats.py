"""Who sits in each panel."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from panels.sortition import integer, seats, types
from panels.sortition.model import Draft, Types
from tests.unit.panels.sortition import pools


def _panels(grouped: Types, m: int, seed: int) -> NDArray[np.int32]:
    rng = np.random.default_rng(seed)
    found = [integer.panel(grouped, rng.normal(size=grouped.counts.size)) for _ in range(8)]
    return np.array([found[i] for i in rng.integers(8, size=m)], dtype=np.int32)


def _check(draft: Draft, grouped: Types, panels: NDArray[np.int32], seated: NDArray[np.int64]) -> None:
    assert seated.shape == (len(panels), draft.size)
    for panel, x in zip(seated, panels, strict=True):
        assert len(set(panel.tolist())) == draft.size
        assert np.bincount(grouped.type_of[panel], minlength=x.size).tolist() == x.tolist()
        if draft.one_per_household:
            homes = [draft.people[i].household for i in panel if draft.people[i].household]
            assert len(set(homes)) == len(homes)
    each = np.bincount(seated.ravel(), minlength=len(draft.people))
    for type_ in range(grouped.counts.size):
        mine = each[grouped.type_of == type_]
        total = int(panels[:, type_].sum())
        assert mine.min() >= total // mine.size
        assert mine.max() <= -(-total // mine.size)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), households=st.booleans(), m=st.integers(1, 60))
def test_people_of_a_type_share_its_seats_and_addresses_send_one(seed: int, households: bool, m: int) -> None:
    draft = pools.pool(60, 12, seed, features=2, slack=2, households=households)
    grouped = types.group(draft)
    panels = _panels(grouped, m, seed)
    _check(draft, grouped, panels, seats.seat(draft, grouped, panels, seed))


def test_many_like_couples_share_evenly() -> None:
    """Forty couples of a woman and a man: whoever sits, no couple sends two, and nobody is favoured."""
    from panels.sortition.model import Person, Quota

    people = tuple(
        Person(id=f"{sex}{i}", features={"sex": sex}, household=f"h{i}") for i in range(40) for sex in ("V", "M")
    )
    quotas = tuple(Quota(feature="sex", value=sex, minimum=3, maximum=7) for sex in ("V", "M"))
    draft = Draft(people=people, quotas=quotas, size=10, one_per_household=True)
    grouped = types.group(draft)
    panels = _panels(grouped, 97, 1)
    _check(draft, grouped, panels, seats.seat(draft, grouped, panels, 5))


def test_confirmed_people_sit_in_every_panel_and_excluded_ones_in_none() -> None:
    import msgspec

    draft = pools.pool(60, 12, 3, features=2, slack=3)
    draft = msgspec.structs.replace(draft, confirmed=frozenset({"p00004"}), excluded=frozenset({"p00007"}))
    grouped = types.group(draft)
    seated = seats.seat(draft, grouped, _panels(grouped, 20, 3), 1)
    assert (seated == 4).any(axis=1).all()
    assert not (seated == 7).any()


def test_the_order_of_the_pool_does_not_matter_and_the_seed_does() -> None:
    draft = pools.pool(60, 12, 3, features=2)
    grouped = types.group(draft)
    panels = _panels(grouped, 20, 3)
    turned = type(draft)(people=draft.people[::-1], quotas=draft.quotas, size=draft.size)
    again = types.group(turned)

    def ids(some: Draft, seated: NDArray[np.int64]) -> list[set[str]]:
        return [{some.people[i].id for i in panel} for panel in seated]

    one = ids(draft, seats.seat(draft, grouped, panels, 2**130))
    assert ids(turned, seats.seat(turned, again, panels, 2**130)) == one
    assert ids(draft, seats.seat(draft, grouped, panels, 2**130 + 1)) != one


@pytest.mark.parametrize("seed", [0, 2**300])
def test_seeds_of_any_length_are_fine(seed: int) -> None:
    draft = pools.pool(30, 6, 1, features=1)
    grouped = types.group(draft)
    assert seats.seat(draft, grouped, _panels(grouped, 2, 1), seed).shape == (2, 6)
