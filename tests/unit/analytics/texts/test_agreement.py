"""Cohen's kappa against published examples and another implementation; its intervals against repeated sampling."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from analytics.errors import TextsUnusable
from analytics.texts.agreement import agreements, kappa


def pairs(table: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Two columns of categories that make this table."""
    cells = [(i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    first, second = np.array(cells).T
    return first, second


class TestPublishedExamples:
    def test_fleiss_levin_and_paik(self) -> None:
        """Statistical Methods for Rates and Proportions, 3rd edition, table 18.1: diagnoses of 100 patients."""
        found = kappa(*pairs([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))
        assert found.kappa == pytest.approx(0.676, abs=5e-4)
        assert found.se == pytest.approx(0.088, abs=5e-4)
        assert found.agreed == pytest.approx(0.89)

    def test_fleiss_cohen_and_everitt(self) -> None:
        """Psychological Bulletin 72 (1969), 323-327: 200 subjects, kappa 0.429 with standard error 0.054."""
        found = kappa(*pairs([[106, 10, 4], [22, 28, 10], [2, 12, 6]]))
        assert found.kappa == pytest.approx(0.429, abs=5e-4)
        assert found.se == pytest.approx(0.054, abs=5e-4)

    def test_fifty_proposals(self) -> None:
        """The example in most textbooks: 20 and 15 agreed on, 5 and 10 not."""
        found = kappa(*pairs([[20, 5], [10, 15]]))
        assert found.kappa == pytest.approx(0.4)
        assert found.agreed == pytest.approx(0.7)


@pytest.mark.parametrize("categories", [2, 3, 7])
def test_kappa_equals_that_of_another_implementation(categories: int) -> None:
    rng = np.random.default_rng(categories)
    for _ in range(20):
        first = rng.integers(0, categories, size=60)
        second = np.where(rng.random(60) < 0.6, first, rng.integers(0, categories, size=60))
        assert kappa(first, second).kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)


def _coded(rng: np.random.Generator, answers: int, codes: int) -> tuple[np.ndarray, np.ndarray]:
    """Two coders of a population in which each code is in a fifth of the answers and errors depend on each other."""
    truth = rng.random((answers, codes)) < 0.2
    hard = rng.random((answers, 1)) < 0.3
    slip = np.where(hard, 0.25, 0.03)
    return truth ^ (rng.random(truth.shape) < slip), truth ^ (rng.random(truth.shape) < slip)


def test_the_interval_of_the_mean_covers_what_it_should() -> None:
    """1,000 samples of 150 answers. The codes of an answer go wrong together: as if independent they seem too sure."""
    rng = np.random.default_rng(5)
    names = [str(code) for code in range(6)]
    whole = agreements(*_coded(rng, 400_000, 6), names).overall.kappa
    assert whole is not None
    inside = naive = 0
    for _ in range(1000):
        found = agreements(*_coded(rng, 150, 6), names)
        assert found.overall.interval is not None
        assert found.overall.kappa is not None
        inside += found.overall.interval.lower <= whole <= found.overall.interval.upper
        alone = np.sqrt(sum((one.se or 0.0) ** 2 for one in found.codes.values())) / 6
        naive += abs(found.overall.kappa - whole) <= 1.96 * alone
    assert 0.925 <= inside / 1000 <= 0.97
    assert naive < inside


def test_answers_that_several_people_coded_count_as_one() -> None:
    """The same ten answers, coded ten times over, are no hundred answers."""
    rng = np.random.default_rng(2)
    first, second = _coded(rng, 40, 3)
    once = agreements(first, second, ["a", "b", "c"]).overall
    rows = np.repeat(np.arange(40), 10)
    often = agreements(first[rows], second[rows], ["a", "b", "c"], clusters=rows).overall
    assert often.kappa == pytest.approx(once.kappa)
    assert often.se == pytest.approx(once.se)


class TestOddInput:
    def test_a_code_that_nobody_gave_has_no_kappa_and_stays_out_of_the_mean(self) -> None:
        first = np.array([[True, False], [False, False], [True, False], [False, False]])
        found = agreements(first, first, ["used", "never"])
        assert found.undefined == ("never",)
        assert found.codes["never"].kappa is None
        assert found.codes["never"].agreed == 1.0
        assert found.overall.kappa == pytest.approx(1.0)

    def test_complete_agreement_is_one_with_an_interval_that_ends_there(self) -> None:
        coded = np.array([True] * 10 + [False] * 10)
        found = kappa(coded, coded)
        assert found.kappa == pytest.approx(1.0)
        assert found.interval is not None
        assert found.interval.upper == 1.0
        assert found.agreed_interval is not None
        assert found.agreed_interval.lower < 1.0

    @pytest.mark.parametrize("size", [0, 1])
    def test_no_answers_or_one_give_no_interval(self, size: int) -> None:
        found = kappa(np.ones(size, dtype=bool), np.zeros(size, dtype=bool))
        assert found.answers == size
        assert found.interval is None
        assert (found.agreed is None) == (size == 0)

    def test_no_codes_at_all(self) -> None:
        found = agreements(np.empty((5, 0), dtype=bool), np.empty((5, 0), dtype=bool), [])
        assert found.overall.kappa is None

    def test_what_does_not_fit_is_named(self) -> None:
        with pytest.raises(TextsUnusable) as caught:
            agreements(np.ones((3, 2), bool), np.ones((4, 2), bool), ["a"], clusters=np.zeros(2, np.int64))
        assert {fault.pointer for fault in caught.value.faults} == {"/second", "/codes", "/clusters"}
