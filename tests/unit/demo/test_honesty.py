"""The method keeps its promises on a population whose truth is known, and admits where it cannot."""

import numpy as np
import pytest

from analytics.weights.frame import margins_of
from service.demo import honesty
from service.demo.population import WORLDS, Population, World, simulate

SMALL = honesty.Fieldwork(population=40_000, panel=2500, invited=1400)


@pytest.fixture(scope="module")
def people() -> Population:
    return simulate(honesty.default_margins(), size=200_000, seed=4, world="ignorable")


class TestPopulation:
    def test_the_population_fits_every_margin(self, people: Population) -> None:
        for margin in margins_of(honesty.default_margins(), honesty.DIMENSIONS):
            counts = np.bincount(getattr(people, margin.key), minlength=len(margin.levels))
            assert np.abs(counts / people.size - margin.shares).max() < 1e-4

    def test_older_people_have_less_schooling_and_digital_skill(self, people: Population) -> None:
        old = people.birth_year < 1955
        assert (people.schooling[old] == 3).mean() < (people.schooling[~old] == 3).mean() - 0.1
        assert people.skill[old].mean() < people.skill[~old].mean() - 0.5

    def test_those_who_join_are_not_like_the_population(self, people: Population) -> None:
        panel = people.sample_panel(4000, np.random.default_rng(1))
        assert np.unique(panel).size == 4000
        assert (people.schooling[panel] == 3).mean() > (people.schooling == 3).mean() + 0.1
        assert people.scored(honesty.key_figures()[0])[panel].size == 4000

    def test_the_same_seed_gives_the_same_people_and_answers(self, people: Population) -> None:
        again = simulate(honesty.default_margins(), size=200_000, seed=4, world="ignorable")
        assert (again.birth_year == people.birth_year).all()
        assert (again.values("CN_PRIV") == people.values("CN_PRIV")).all()

    def test_a_citizen_answers_every_kind_of_question_with_valid_codes(self, people: Population) -> None:
        rng = np.random.default_rng(2)
        for index in rng.integers(0, people.size, size=200):
            citizen = people.citizen(int(index))
            assert citizen.sex in ("M", "V")
            assert 1932 <= citizen.birth_year <= 2008
            assert citizen.education in ("1", "2", "3")
            assert citizen.answer("PV_SELF", rng) in (1, 2, 3, 4, 5, 98)
            assert citizen.answer("TR_APP", rng) in (*range(11), 98)
            assert citizen.answer("VT_MAIN", rng) in (1, 2, 3, 4)
            assert citizen.answer("AT_1", rng) == 2
            assert citizen.answer("CC_GOAL", rng, options=(1, 2, 3), correct=2) in (1, 2, 3)
            ranked = citizen.answer("CN_TOP", rng)
            assert isinstance(ranked, list)
            assert len(set(ranked)) == 3
            ticked = citizen.answer("CD_ALL", rng)
            assert isinstance(ticked, list)
            assert set(ticked) <= {*range(1, 14), 96, 97}
            assert isinstance(citizen.answer("OP_Q", rng), str)
            assert citizen.ballot_choice(rng) in (1, 2, 3)

    def test_the_truth_is_the_population_itself(self, people: Population) -> None:
        answers = people.values("CN_PRIV")
        known = answers[answers < 97]
        assert people.truth("CN_PRIV") == pytest.approx(np.isin(known, [4, 5]).mean())

    @pytest.mark.parametrize("world", WORLDS)
    def test_digital_skill_matters_in_one_world_only(self, world: World) -> None:
        crowd = simulate(honesty.default_margins(), size=60_000, seed=9, world=world)
        cell = crowd.sex_age * 1000 + crowd.province * 10 + crowd.education
        means = np.bincount(cell, weights=crowd.favour) / np.maximum(np.bincount(cell), 1)
        skills = np.bincount(cell, weights=crowd.skill) / np.maximum(np.bincount(cell), 1)
        left = np.corrcoef(crowd.favour - means[cell], crowd.skill - skills[cell])[0, 1]
        assert abs(left) < 0.02 if world == "ignorable" else left > 0.2


class TestDraw:
    def test_places_follow_the_population_and_full_strata_pass_theirs_on(self) -> None:
        strata = np.repeat([0, 1, 2], [500, 30, 400])
        shares = np.array([0.5, 0.2, 0.3])
        chosen, chance = honesty.draw(strata, shares, 300, np.random.default_rng(1))
        taken = np.bincount(strata[chosen])
        assert taken.tolist() == [194, 30, 76] or taken.sum() == 300
        assert taken[1] == 30
        assert np.unique(chosen).size == 300
        assert (1 / chance).sum() == pytest.approx(930)


def test_one_audit_shows_ten_figures_in_both_worlds() -> None:
    worlds = honesty.both_worlds(honesty.default_margins(), seed=3, sizes=SMALL)
    for rows in worlds.values():
        assert len(rows) == 10
        text = honesty.table(honesty.RUN_HEADER, honesty.run_lines(rows))
        assert len(text.splitlines()) == 11
        for row in rows:
            assert row.band.lower <= row.interval.lower <= row.weighted <= row.interval.upper <= row.band.upper
            assert abs(row.weighted - row.truth) < 0.5 * abs(row.raw - row.truth) + 0.2


@pytest.mark.slow
class TestCoverage:
    """2,000 audits in each world. The printed tables are the finding; the assertions are the promise."""

    def score(self, world: World, repetitions: int = 2000, hidden: float = 1.0) -> honesty.Score:
        field = honesty.prepare(honesty.default_margins(), world, seed=2026, hidden=hidden)
        score = honesty.repeat(field, repetitions, np.random.default_rng([2026, 3]))
        print(f"\n{world}, hidden x {hidden:g}\n{honesty.table(honesty.SCORE_HEADER, honesty.score_lines(score))}")
        return score

    def test_where_weighting_sees_everything_intervals_hold_and_errors_halve(self) -> None:
        score = self.score("ignorable")
        for figure in score.figures:
            assert figure.coverage >= 0.93, figure
            if figure.expected_hits >= 20:
                assert figure.coverage <= 0.97, figure
        assert score.weighted_error <= 0.5 * score.raw_error

    def test_where_something_is_hidden_intervals_fall_short_and_the_band_holds(self) -> None:
        score = self.score("non_ignorable")
        assert min(figure.coverage for figure in score.figures) < 0.90
        assert all(figure.band_coverage >= 0.95 for figure in score.figures)

    def test_the_band_is_an_assumption_that_can_fail(self) -> None:
        score = self.score("non_ignorable", repetitions=100, hidden=2.0)
        assert min(figure.band_coverage for figure in score.figures) < 0.90
