"""Everything that is released together gives nobody away, and not much is hidden for it."""

import time

import numpy as np
import pytest

from analytics.arrays import FloatArray
from analytics.disclosure import attack, release
from analytics.disclosure.release import Base, Cell
from analytics.errors import ReleaseUnusable
from tests.unit.analytics.disclosure import worlds


def mask(n: int, *people: int) -> np.ndarray:
    found = np.zeros(n, dtype=bool)
    found[list(people)] = True
    return found


def first(n: int, k: int) -> np.ndarray:
    return np.arange(n) < k


def mixed(n: int) -> FloatArray:
    return (np.arange(n) % 2).astype(np.float64)


def keys(found: frozenset[str]) -> set[str]:
    return {key.partition("|")[2] for key in found}


class TestOneQuestion:
    def test_a_small_group_takes_the_smallest_other_along(self) -> None:
        codes = np.repeat([0, 1, 2, 3], [6, 94, 50, 150])
        cells = [worlds.whole("Q", 300), *worlds.by_dimension("Q", "part", codes)]
        found = release.protect(cells, {"Q": release.answers(mixed(300))})
        assert keys(found.primary) == {"part=0"}
        assert keys(found.secondary) == {"part=2"}
        assert release.told(cells, {"Q": release.answers(mixed(300))}, found.primary)
        assert not release.told(cells, {"Q": release.answers(mixed(300))}, found.hidden)

    def test_hidden_groups_together_are_ten_or_more(self) -> None:
        codes = np.repeat([0, 1, 2, 3], [3, 4, 93, 200])
        cells = [worlds.whole("Q", 300), *worlds.by_dimension("Q", "part", codes)]
        found = release.protect(cells, {"Q": release.answers(mixed(300))})
        assert keys(found.hidden) == {"part=0", "part=1", "part=2"}

    def test_a_part_that_leaves_few_out_is_not_shown_beside_the_whole(self) -> None:
        cells = [worlds.whole("Q", 300), Cell(key="Q|not_flagged", variable="Q", members=~first(300, 9))]
        assert keys(release.protect(cells, {"Q": release.answers(mixed(300))}).secondary) == {"not_flagged"}

    def test_two_parts_that_differ_by_few_are_not_both_shown(self) -> None:
        a, b = ~first(300, 40), ~np.roll(first(300, 40), 3)
        cells = [worlds.whole("Q", 300)]
        cells += [Cell(key=f"Q|{name}", variable="Q", members=part) for name, part in (("a", a), ("b", b))]
        found = release.protect(cells, {"Q": release.answers(mixed(300))})
        assert len(found.hidden) == 1

    def test_a_group_of_one_mind_is_not_worked_out_from_the_others(self) -> None:
        codes = np.repeat([0, 1, 2], [60, 100, 140])
        y = np.where(codes == 0, 1.0, mixed(300))
        cells = [worlds.whole("Q", 300), *worlds.by_dimension("Q", "part", codes)]
        found = release.protect(cells, {"Q": release.answers(y)})
        assert keys(found.primary) == {"part=0"}
        assert keys(found.secondary) == {"part=1"}

    def test_those_left_out_being_of_one_mind_counts_as_well(self) -> None:
        y = np.where(first(300, 40), 1.0, mixed(300))
        cells = [worlds.whole("Q", 300), Cell(key="Q|not_flagged", variable="Q", members=~first(300, 40))]
        assert keys(release.protect(cells, {"Q": release.answers(y)}).hidden) == {"not_flagged"}
        assert not release.protect(cells, {"Q": release.counted(np.ones(300))}).hidden

    def test_people_without_an_answer_do_not_count(self) -> None:
        y = mixed(300)
        y[:45] = np.nan
        cells = [worlds.whole("Q", 300), Cell(key="Q|part", variable="Q", members=~first(300, 50))]
        assert keys(release.protect(cells, {"Q": release.answers(y)}).hidden) == {"part"}

    def test_nothing_is_hidden_where_everything_is_large(self) -> None:
        codes = np.repeat([0, 1, 2], [100, 100, 100])
        cells = [worlds.whole("Q", 300), *worlds.by_dimension("Q", "part", codes)]
        assert not release.protect(cells, {"Q": release.answers(mixed(300))}).hidden

    def test_the_order_of_people_makes_no_difference(self) -> None:
        cells, bases = worlds.report(120, seed=5, questions=4)
        order = np.random.default_rng(1).permutation(120)
        moved = [Cell(key=c.key, variable=c.variable, members=c.members[order], dimension=c.dimension, kept=c.kept)
                 for c in cells]  # fmt: skip
        turned = {
            name: Base(people=b.people[order], total=b.total[order], squares=b.squares[order])
            for name, b in bases.items()
            if b.total is not None and b.squares is not None
        }
        assert release.protect(moved, turned).hidden == release.protect(cells, bases).hidden

    def test_kinds_of_people_give_the_same_keys_as_people(self) -> None:
        codes = np.repeat([0, 1, 2, 3], [6, 94, 50, 150])
        y = mixed(300)
        people = [worlds.whole("Q", 300), *worlds.by_dimension("Q", "part", codes)]
        kinds = [worlds.whole("Q", 4), *worlds.by_dimension("Q", "part", np.arange(4))]
        total = np.bincount(codes, y)
        base = Base(people=np.bincount(codes).astype(float), total=total, squares=total)
        assert release.protect(kinds, {"Q": base}).hidden == release.protect(people, {"Q": release.answers(y)}).hidden


class TestAcrossTables:
    """What table by table would miss."""

    def test_a_province_is_not_worked_out_from_its_part_of_the_country(self) -> None:
        # Provinces 0-2 make up the south. The table of provinces alone hides 0 and a small one of the north.
        province = np.repeat([0, 1, 2, 3, 4], [6, 100, 90, 40, 164])
        south = (province > 2).astype(np.int64)
        cells = [worlds.whole("Q", 400), *worlds.by_dimension("Q", "province", province)]
        alone = release.protect(cells, {"Q": release.answers(mixed(400))})
        assert keys(alone.hidden) == {"province=0", "province=3"}
        both = [*cells, *worlds.by_dimension("Q", "south", south)]
        assert release.told(both, {"Q": release.answers(mixed(400))}, alone.hidden)
        found = release.protect(both, {"Q": release.answers(mixed(400))})
        assert not release.told(both, {"Q": release.answers(mixed(400))}, found.hidden)

    def test_a_chain_over_two_dimensions_is_seen(self) -> None:
        # The south itself is hidden; the whole without the other parts gives it back, and its provinces the small one.
        province = np.repeat([0, 1, 2, 3], [6, 94, 100, 200])
        part = np.repeat([0, 1, 2], [100, 100, 200])
        cells = [worlds.whole("Q", 400), *worlds.by_dimension("Q", "province", province)]
        cells += worlds.by_dimension("Q", "part", part)
        bases = {"Q": release.answers(mixed(400))}
        hidden = {"Q|province=0", "Q|part=0"}
        assert release.told(cells, bases, hidden)
        found = release.protect(cells, bases)
        assert not release.told(cells, bases, found.hidden)

    def test_crossed_cells_keep_ten_values_between_their_limits(self) -> None:
        row = np.repeat([0, 0, 0, 1, 1, 1, 2, 2, 2], [3, 40, 57, 25, 31, 44, 60, 21, 80])
        column = np.repeat([0, 1, 2, 0, 1, 2, 0, 1, 2], [3, 40, 57, 25, 31, 44, 60, 21, 80])
        n = row.size
        cells = [worlds.whole("Q", n), *worlds.by_dimension("Q", "row", row)]
        cells += worlds.by_dimension("Q", "column", column)
        cells += worlds.by_dimension("Q", "both", row * 3 + column)
        kept = [Cell(key=c.key, variable="Q", members=c.members, dimension=c.dimension, kept=c.dimension != "both")
                for c in cells]  # fmt: skip
        bases = {"Q": release.answers(mixed(n))}
        found = release.protect(kept, bases)
        shown = np.array([c.members for c in kept if c.key not in found.hidden])
        target = next(c.members for c in kept if c.key == "Q|both=0")
        low, high = attack.bounds(shown, target, np.ones(n))
        assert high[0] - low[0] >= 10
        assert keys(found.hidden) <= {f"both={i}" for i in range(9)}

    def test_a_figure_of_several_sums_is_hidden_in_all_of_them(self) -> None:
        # The index is shown with its items: the difference is about those who answered some items only.
        partial = first(300, 5)
        cells = [worlds.whole("items", 300)]
        cells += [Cell(key="index", variable=name, members=who)
                  for name, who in (("index", np.ones(300, dtype=bool)), ("beyond the items", partial))]  # fmt: skip
        bases = {name: release.answers(mixed(300)) for name in ("items", "index", "beyond the items")}
        found = release.protect(cells, bases)
        assert found.hidden == {"index"}


class TestReports:
    @pytest.mark.parametrize("n", [60, 120, 300])
    def test_no_attack_recovers_a_protected_set(self, n: int) -> None:
        cells, bases = worlds.report(n, seed=n, questions=6, sizes=(2, 3, 12, 9))
        found = release.protect(cells, bases)
        assert found.hidden
        assert release.told(cells, bases, found.primary), "the control: primary suppression alone is broken"
        assert not release.told(cells, bases, found.hidden)
        for name, base in bases.items():
            own = [cell for cell in cells if cell.variable == name]
            shown = np.array([c.members for c in own if c.key not in found.hidden]) * (base.people > 0)
            assert not attack.differences(shown, np.ones(n))
            small = np.array([c.members for c in own if 0 < (c.members * base.people).sum() < 10])
            if small.size:
                assert not attack.linear(shown, small * (base.people > 0)).any()

    @pytest.mark.slow
    def test_an_attack_that_knows_nothing_of_the_protection_finds_no_few_people(self) -> None:
        cells, bases = worlds.report(150, seed=2, questions=1, sizes=(2, 3, 9))
        found = release.protect(cells, bases)
        base = bases["Q0"]
        members = {c.key: c.members * (base.people > 0) for c in cells}
        shown = np.array([who for key, who in members.items() if key not in found.hidden])
        everything = np.array(list(members.values()))
        assert attack.fewest(everything, base.people) < 10
        assert attack.fewest(shown, base.people) >= 10

    def test_little_is_hidden_at_a_thousand(self) -> None:
        cells, bases = worlds.report(1000, seed=1)
        found = release.protect(cells, bases)
        assert len(found.hidden) <= 0.05 * found.cells

    def test_a_standard_report_takes_a_moment(self) -> None:
        cells, bases = worlds.report(1000, seed=1, sizes=(7, 7, 7, 7, 7, 7))
        start = time.process_time()
        release.protect(cells, bases)
        assert time.process_time() - start < 1.0


class TestBadInput:
    def test_every_fault_is_named_at_once(self) -> None:
        cells = [
            Cell(key="a", variable="Q", members=np.ones(3, dtype=bool)),
            Cell(key="b", variable="Q", members=first(4, 2), dimension="d"),
            Cell(key="c", variable="Q", members=first(4, 3), dimension="d"),
            Cell(key="d", variable="R", members=first(4, 3)),
        ]
        with pytest.raises(ReleaseUnusable) as caught:
            release.protect(cells, {"Q": release.counted(np.ones(4))})
        assert [fault.code for fault in caught.value.faults] == ["length", "overlap", "unknown_base"]

    @pytest.mark.parametrize("people", [[1.0, np.nan], [1.0, -1.0], [[1.0, 1.0]]])
    def test_a_base_that_counts_nobody_is_refused(self, people: list[float]) -> None:
        with pytest.raises(ReleaseUnusable):
            release.protect(
                [Cell(key="a", variable="Q", members=first(2, 1))], {"Q": release.counted(np.array(people))}
            )

    def test_empty_releases_and_empty_sets_hide_nothing(self) -> None:
        assert not release.protect([], {}).hidden
        nobody = {"Q": release.answers(np.full(20, np.nan))}
        assert not release.protect([worlds.whole("Q", 20)], nobody).hidden

    def test_one_respondent_is_hidden(self) -> None:
        assert release.protect([worlds.whole("Q", 1)], {"Q": release.answers([1.0])}).hidden == {"Q|all"}
