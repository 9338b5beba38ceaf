"""A panel that breaks a rule is refused, and the refusal says which panel and which rule."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from panels.errors import PanelRefused
from panels.sortition import integer, types, verify
from panels.sortition.model import Draft, Person, Quota, Types

DRAFT = Draft(
    people=(
        *(Person(id=f"v{i}", features={"sex": "V"}) for i in range(4)),
        *(Person(id=f"m{i}", features={"sex": "M"}, household="one") for i in range(2)),
        *(Person(id=f"n{i}", features={"sex": "M"}, household="two") for i in range(2)),
        Person(id="c", features={"sex": "M"}),
    ),
    quotas=(
        Quota(feature="sex", value="V", minimum=1, maximum=2),
        Quota(feature="sex", value="M", minimum=1, maximum=4),
    ),
    size=4,
    one_per_household=True,
    confirmed=frozenset({"c"}),
)


@pytest.fixture
def grouped() -> Types:
    return types.group(DRAFT)


@pytest.fixture
def right(grouped: Types) -> NDArray[np.int32]:
    """Two women, one man of a couple, and the confirmed man: types women, couples, confirmed."""
    panel = np.zeros(grouped.counts.size, dtype=np.int32)
    panel[[grouped.type_of[0], grouped.type_of[4], grouped.type_of[8]]] = [2, 1, 1]
    return panel


def test_a_panel_that_keeps_every_rule_passes(grouped: Types, right: NDArray[np.int32]) -> None:
    verify.panels(grouped, np.stack([right, right]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((1, 0, 0), "its size: 5 people where 4 are allowed"),
        ((0, 1, -1), "type 2: 0 people where 1 are allowed"),
        ((1, -1, 0), "the quota of sex = V: 3 people where 1 to 2 are allowed"),
        ((-1, 1, 0), None),
        ((-2, 2, 0), "the quota of sex = V: 0 people where 1 to 2 are allowed"),
    ],
)
def test_the_refusal_names_panel_and_rule(
    grouped: Types, right: NDArray[np.int32], change: tuple[int, int, int], said: str | None
) -> None:
    wrong = right.copy()
    wrong[[grouped.type_of[0], grouped.type_of[4], grouped.type_of[8]]] += np.array(change, dtype=np.int32)
    drawn = np.stack([right] * 300 + [wrong])
    if said is None:
        verify.panels(grouped, drawn)
        return
    with pytest.raises(PanelRefused, match=said) as refusal:
        verify.panels(grouped, drawn)
    assert refusal.value.details["panel"] == 300


def test_two_people_of_one_address_are_refused() -> None:
    people = tuple(Person(id=name, features={"sex": "V"}, household="h") for name in "ab")
    others = tuple(Person(id=name, features={"sex": "V"}) for name in "cd")
    quota = Quota(feature="sex", value="V", minimum=0, maximum=4)
    grouped = types.group(Draft(people=(*people, *others), quotas=(quota,), size=2, one_per_household=True))
    both = np.zeros((1, grouped.counts.size), dtype=np.int32)
    both[0, grouped.type_of[0]] = 2
    with pytest.raises(PanelRefused, match="one person per address: 2 people where 0 to 1"):
        verify.panels(grouped, both)


@pytest.mark.parametrize("spoil", [lambda x: x.astype(float), lambda x: x[:-1], lambda x: x[None, None]])
def test_fractions_and_other_types_are_refused(
    grouped: Types, right: NDArray[np.int32], spoil: Callable[[NDArray[np.int32]], NDArray[np.int32]]
) -> None:
    with pytest.raises(PanelRefused, match="whole numbers"):
        verify.panels(grouped, spoil(right)[None] if spoil(right).ndim == 1 else spoil(right))


def test_what_the_solver_finds_passes(grouped: Types) -> None:
    found = integer.panel(grouped)
    assert found is not None
    verify.panels(grouped, found[None].astype(np.int32))
