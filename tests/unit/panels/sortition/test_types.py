"""People who are alike become one type, and whole panels of types can always be filled with people."""

import itertools
import time

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panels.errors import DraftInvalid
from panels.sortition import types
from panels.sortition.model import Draft, Person, Quota
from tests.unit.panels.sortition import enumeration, pools


def draft(people: list[tuple[str, str]], **fields: object) -> Draft:
    """People by (colour, address), with a quota for each colour that leaves everything open."""
    colours = sorted({colour for colour, _ in people})
    return Draft(
        people=tuple(
            Person(id=f"p{i}", features={"colour": colour, "unused": str(i)}, household=home)
            for i, (colour, home) in enumerate(people)
        ),
        quotas=tuple(Quota(feature="colour", value=colour, minimum=0, maximum=9) for colour in colours),
        size=1,
        **fields,  # type: ignore[arg-type]
    )


class TestWithoutAddressRule:
    def test_people_with_the_same_values_of_quota_features_are_one_type(self) -> None:
        grouped = types.group(draft([("red", "a"), ("blue", "a"), ("red", "b")]))
        assert grouped.counts.tolist() == [1, 2]
        assert grouped.type_of.tolist() == [1, 0, 1]
        assert grouped.group_of.tolist() == [-1, -1]
        assert [row.value for row in grouped.rows] == ["blue", "red"]
        assert grouped.matrix.toarray().tolist() == [[1, 0], [0, 1]]

    def test_the_order_of_the_pool_changes_nothing_but_the_order_of_people(self) -> None:
        pool = pools.pool(80, 10, 3)
        turned = msgspec.structs.replace(pool, people=pool.people[::-1])
        one, other = types.group(pool), types.group(turned)
        assert one.counts.tolist() == other.counts.tolist()
        assert one.type_of.tolist() == other.type_of[::-1].tolist()
        assert (one.matrix != other.matrix).nnz == 0

    def test_without_quotas_everybody_is_one_type(self) -> None:
        people = tuple(Person(id=f"p{i}", features={}) for i in range(4))
        grouped = types.group(Draft(people=people, quotas=(), size=2))
        assert grouped.counts.tolist() == [4]
        assert grouped.matrix.shape == (0, 1)

    def test_two_hundred_features_do_not_overflow_the_numbering(self) -> None:
        rng = np.random.default_rng(1)
        names = [f"f{j}" for j in range(200)]
        values = rng.integers(0, 5, size=(30, 200))
        people = tuple(
            Person(id=f"p{i}", features=dict(zip(names, map(str, row), strict=True))) for i, row in enumerate(values)
        )
        quotas = tuple(Quota(feature=n, value=str(v), minimum=0, maximum=9) for n in names for v in range(5))
        grouped = types.group(Draft(people=people, quotas=quotas, size=3))
        assert grouped.counts.tolist() == [1] * 30
        assert (grouped.matrix.sum(axis=0) == 200).all()


class TestAddressRule:
    def test_households_of_one_composition_share_a_row(self) -> None:
        homes = [("red", "a"), ("blue", "a"), ("blue", "b"), ("red", "b"), ("red", "c"), ("red", "")]
        grouped = types.group(draft(homes, one_per_household=True))
        assert grouped.counts.tolist() == [2, 2, 2]  # alone and red; blue with red; red with blue
        assert grouped.group_of.tolist() == [-1, 0, 0]
        assert [row.kind for row in grouped.rows] == ["quota", "quota", "household"]
        assert grouped.matrix.toarray()[-1].tolist() == [0, 1, 1]
        assert grouped.upper[-1] == 2

    def test_two_alike_at_one_address_are_one_type_with_one_seat(self) -> None:
        grouped = types.group(draft([("red", "a"), ("red", "a")], one_per_household=True))
        assert grouped.counts.tolist() == [2]
        assert grouped.upper.tolist() == [9, 1]

    def test_people_without_an_address_do_not_live_together(self) -> None:
        grouped = types.group(draft([("red", ""), ("red", "")], one_per_household=True))
        assert grouped.counts.tolist() == [2]
        assert grouped.group_of.tolist() == [-1]

    def test_the_address_of_someone_confirmed_is_taken(self) -> None:
        people = [("red", "a"), ("blue", "a"), ("blue", "b")]
        grouped = types.group(draft(people, one_per_household=True, confirmed=frozenset({"p0"})))
        assert grouped.type_of.tolist() == [1, -1, 0]
        assert grouped.floor.tolist() == [0, 1]

    def test_the_address_of_someone_who_declined_is_free_again(self) -> None:
        people = [("red", "a"), ("blue", "a"), ("blue", "b")]
        grouped = types.group(draft(people, one_per_household=True, excluded=frozenset({"p0"})))
        assert grouped.type_of.tolist() == [-1, 0, 0]
        assert grouped.group_of.tolist() == [-1]


def test_a_confirmed_person_is_a_type_of_their_own_that_every_panel_holds() -> None:
    people = [("red", ""), ("red", ""), ("blue", "")]
    grouped = types.group(draft(people, confirmed=frozenset({"p1"})))
    assert grouped.counts.tolist() == [1, 1, 1]
    assert grouped.floor.tolist() == [0, 0, 1]
    assert grouped.type_of.tolist() == [1, 2, 0]
    assert grouped.matrix.toarray().tolist() == [[1, 0, 0], [0, 1, 1]]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_panels_of_types_are_the_panels_of_people(seed: int) -> None:
    """Both ways: every allowed set of people is an allowed vector, and every allowed vector comes from such a set."""
    drawn = enumeration.random_draft(seed)
    grouped = types.group(drawn)
    vectors = {tuple(x) for x in pools.all_panels(grouped).tolist()}
    place = {person.id: int(t) for person, t in zip(drawn.people, grouped.type_of, strict=True)}
    reached = set()
    for panel in enumeration.panels(drawn):
        if enumeration.units(drawn, panel) == 0:
            reached.add(tuple(np.bincount([place[p.id] for p in panel], minlength=grouped.counts.size).tolist()))
    assert reached == vectors


def test_fifty_thousand_people_are_grouped_within_a_second() -> None:
    rng = np.random.default_rng(4)
    sizes = {"age": 7, "sex": 3, "education": 5, "province": 12, "origin": 5, "urbanity": 5}
    columns = {name: rng.integers(0, size, 50_000).astype(str) for name, size in sizes.items()}
    people = tuple(
        Person(id=str(i), features=dict(zip(sizes, row, strict=True)), household=f"h{i // 2}" if i % 3 else "")
        for i, row in enumerate(zip(*(column.tolist() for column in columns.values()), strict=True))
    )
    quotas = tuple(
        Quota(feature=name, value=str(value), minimum=0, maximum=1000)
        for name, value in itertools.chain.from_iterable(((n, v) for v in range(s)) for n, s in sizes.items())
    )
    pool = Draft(people=people, quotas=quotas, size=1000, one_per_household=True)
    start = time.process_time()
    grouped = types.group(pool)
    assert time.process_time() - start < 1.0
    assert grouped.counts.sum() == 50_000


def test_a_draft_with_faults_is_refused_with_all_of_them() -> None:
    people = [("red", ""), ("red", "")]
    broken = msgspec.structs.replace(draft(people), size=0, confirmed=frozenset({"nobody"}))
    with pytest.raises(DraftInvalid) as refused:
        types.group(broken)
    assert [fault.code for fault in refused.value.faults] == ["too_small", "unknown_person"]
