"""The cube method itself: exact sums, exact chances, few fractions."""

import numpy as np
import pytest

from panels.inviting import cube


class TestCube:
    def unequal(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rng = np.random.default_rng(5)
        stratum = np.repeat(np.arange(3), 20)
        p = rng.uniform(0.1, 0.5, 60)
        for code in range(3):
            p[stratum == code] *= round(p[stratum == code].sum()) / p[stratum == code].sum()
        levels = np.column_stack([np.eye(4)[rng.integers(0, 4, 60)], np.eye(3)[rng.integers(0, 3, 60)]])
        return p, stratum, levels

    def test_flight_moves_no_sum_and_leaves_few_fractions(self) -> None:
        p, stratum, levels = self.unequal()
        found = cube.flight(p, stratum, levels, np.random.default_rng(1))
        sums = np.column_stack([np.eye(3)[stratum], levels])
        assert found @ sums == pytest.approx(p @ sums, abs=1e-9)
        assert ((found > 0) & (found < 1)).sum() <= np.linalg.matrix_rank(sums)

    def test_unequal_chances_come_out_as_wanted(self) -> None:
        p, stratum, levels = self.unequal()
        draws, hits = 200, np.zeros(60)
        for seed in range(draws):
            found = cube.draw(p, stratum, levels, np.random.default_rng(seed))
            hits += found.taken
            assert np.abs(found.taken @ levels - p @ levels).max() < 1 or found.slack
            assert np.bincount(stratum, weights=found.taken) == pytest.approx(np.bincount(stratum, weights=p))
        z = (hits - draws * p) / np.sqrt(draws * p * (1 - p))
        assert np.abs(z).max() < 4.5
        assert np.square(z).mean() < 1.6

    def test_the_check_would_see_chances_that_are_wrong(self) -> None:
        p, stratum, _ = self.unequal()
        size = np.bincount(stratum, weights=p)
        wrong = (size / 20)[stratum]
        z = (200 * wrong - 200 * p) / np.sqrt(200 * p * (1 - p))
        assert np.square(z).mean() > 5

    def test_numbers_are_balanced_too(self) -> None:
        rng = np.random.default_rng(6)
        income = rng.gamma(2.0, size=(400, 2))
        p, one = np.full(400, 0.1), np.zeros(400, dtype=np.int64)
        mine = [cube.draw(p, one, income, np.random.default_rng(seed)).taken @ income for seed in range(20)]
        plain = [income[rng.choice(400, 40, replace=False)].sum(axis=0) for _ in range(200)]
        assert np.std(mine, axis=0).max() < 0.35 * np.std(plain, axis=0).min()

    def test_chances_of_none_and_all_are_kept(self) -> None:
        p = np.array([0.0, 1.0, 0.5, 0.5, 1.0, 0.0])
        found = cube.draw(p, np.zeros(6, dtype=np.int64), np.ones((6, 1)), np.random.default_rng(3)).taken
        assert found[[0, 1, 4, 5]].tolist() == [0, 1, 1, 0]
        assert found.sum() == 3
