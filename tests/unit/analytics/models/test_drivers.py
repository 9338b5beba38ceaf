"""What goes with an outcome: effects in order, rules stated, and a named reason wherever something is left out."""

import numpy as np
import pytest

from analytics.arrays import FloatArray
from analytics.designs import design
from analytics.errors import AnswersUnusable, ModelUnusable
from analytics.models import effects, glm, matrix
from analytics.models.drivers import NOTE, Drivers, drivers
from analytics.models.matrix import Categorical, Numeric

PEOPLE = 800
PLAIN = design.make(np.ones(PEOPLE))


def worries(rng: np.random.Generator, n: int = PEOPLE) -> dict[str, FloatArray]:
    return {"weak": rng.binomial(1, 0.3, n).astype(float), "strong": rng.binomial(1, 0.5, n).astype(float)}


def against(rng: np.random.Generator, held: dict[str, FloatArray]) -> FloatArray:
    return rng.binomial(1, 0.2 + 0.4 * held["strong"] + 0.1 * held["weak"]).astype(float)


def ages(rng: np.random.Generator, sizes: tuple[int, ...] = (300, 300, 200)) -> Categorical:
    codes = np.repeat(np.arange(len(sizes)), sizes)
    rng.shuffle(codes)
    return Categorical(name="age", codes=codes, levels=("18-34", "35-64", "65+", "unused")[: len(sizes)])


class TestEffects:
    def test_the_largest_comes_first_and_is_near_the_truth(self) -> None:
        rng = np.random.default_rng(5)
        held = worries(rng)
        found = drivers(against(rng, held), held, [ages(rng)], PLAIN)
        assert [one.name for one in found.effects] == ["strong", "weak"]
        assert found.effects[0].interval.lower < 0.4 < found.effects[0].interval.upper
        assert found.effects[1].interval.lower < 0.1 < found.effects[1].interval.upper
        assert (found.model, found.n, found.coefficients, found.controls) == ("together", PEOPLE, 4, ("age",))
        assert found.notes == (NOTE,)

    def test_they_are_the_marginal_effects_of_one_model(self) -> None:
        rng = np.random.default_rng(6)
        held, age = worries(rng), ages(rng)
        y = against(rng, held)
        weighted = design.make(rng.uniform(0.5, 2, PEOPLE))
        found = drivers(y, held, [age], weighted)
        terms = [*(Numeric(name=name, values=values) for name, values in held.items()), age]
        fit = glm.fit(y, matrix.build(terms, PEOPLE), weighted, family="binomial")
        expected = {one.name: one for one in effects.marginal(fit, weighted, list(held)).effects}
        assert {one.name: one for one in found.effects} == expected

    def test_a_shared_cause_is_held_equal(self) -> None:
        """The outcome follows age only; the worry, which the old have more, shows nothing once age is in."""
        rng = np.random.default_rng(7)
        age = ages(rng)
        old = age.codes == 2
        worry = {"w": rng.binomial(1, np.where(old, 0.8, 0.2)).astype(float)}
        y = rng.binomial(1, np.where(old, 0.7, 0.2)).astype(float)
        bare, held = drivers(y, worry, [], PLAIN).effects[0], drivers(y, worry, [age], PLAIN).effects[0]
        assert bare.interval.lower > 0.1
        assert held.interval.lower < 0 < held.interval.upper

    def test_a_domain_keeps_the_design(self) -> None:
        rng = np.random.default_rng(8)
        held = worries(rng)
        y, inside = against(rng, held), np.arange(PEOPLE) < 500
        found = drivers(y, held, [], PLAIN, domain=inside)
        assert found.n == 500
        assert found.effects == drivers(np.where(inside, y, np.nan), held, [], PLAIN).effects


class TestLeftOut:
    def test_each_with_its_reason(self) -> None:
        rng = np.random.default_rng(9)
        held = worries(rng)
        y = against(rng, held)
        rare = np.zeros(PEOPLE)
        rare[:9] = 1
        more = {**held, "same": np.ones(PEOPLE), "rare": rare, "twin": held["strong"].copy()}
        found = drivers(y, more, [], PLAIN)
        assert [(one.name, one.reason) for one in found.left_out] == [
            ("same", "no_variation"),
            ("rare", "few_people"),
            ("twin", "follows_from_others"),
        ]
        assert found.left_out[1].people == 9
        assert [one.name for one in found.effects] == ["strong", "weak"]
        assert "`twin` was left out: it follows from `strong`." in found.notes

    def test_rare_levels_of_a_control_join_a_neighbour(self) -> None:
        rng = np.random.default_rng(10)
        held = worries(rng)
        found = drivers(against(rng, held), held, [ages(rng, (4, 300, 496))], PLAIN)
        assert found.merged == ("age: 18-34 + 35-64",)
        assert found.controls == ("age",)
        alone = drivers(against(rng, held), held, [ages(rng, (4, 796))], PLAIN)
        assert alone.controls == ()

    def test_people_who_lack_a_variable_are_counted(self) -> None:
        rng = np.random.default_rng(11)
        held = worries(rng)
        y = against(rng, held)
        held["weak"][:200] = np.nan
        found = drivers(y, held, [], PLAIN)
        assert found.n == 600
        assert "200 of 800 people with an outcome lack some variable and are not in the model." in found.notes


class TestFewEvents:
    def events(self, count: int, weights: FloatArray | None = None, **options: str) -> Drivers:
        rng = np.random.default_rng(12)
        y = np.zeros(PEOPLE)
        y[rng.permutation(PEOPLE)[:count]] = 1
        held = {f"v{k}": rng.binomial(1, 0.5, PEOPLE).astype(float) for k in range(4)}
        chosen = PLAIN if weights is None else design.make(weights)
        return drivers(y, held, [], chosen, few_events=options.get("few_events", "refuse"))  # type: ignore[arg-type]

    def test_too_few_are_refused_with_what_is_needed(self) -> None:
        with pytest.raises(ModelUnusable, match=r"effectively 19\.0 times.*4 coefficients needs 20") as caught:
            self.events(19)
        assert caught.value.details == {"events": 19, "rarer": pytest.approx(19), "needed": 20}
        assert self.events(20).events == 20

    def test_few_carry_a_warning_and_enough_do_not(self) -> None:
        assert any("fewer than 10 each" in note for note in self.events(39).notes)
        assert self.events(40).notes == (NOTE,)

    def test_unequal_weights_make_events_worth_less(self) -> None:
        uneven = np.where(np.arange(PEOPLE) % 2, 1.0, 9.0)
        with pytest.raises(ModelUnusable, match="effectively"):
            self.events(24, uneven)

    def test_one_at_a_time_where_that_was_asked(self) -> None:
        found = self.events(12, few_events="one_at_a_time")
        assert found.model == "one_at_a_time"
        assert found.coefficients == 1
        assert len(found.effects) == 4
        assert any("each variable has its own" in note for note in found.notes)
        with pytest.raises(ModelUnusable, match="1 coefficients needs 5"):
            self.events(4, few_events="one_at_a_time")


class TestHardToTell:
    def test_variables_that_move_together_are_named(self) -> None:
        rng = np.random.default_rng(13)
        held = worries(rng)
        y = against(rng, held)
        almost = np.where(np.arange(PEOPLE) % 20 == 0, 1 - held["strong"], held["strong"])
        found = drivers(y, {**held, "almost": almost}, [], PLAIN)
        assert found.inflation["strong"] > 5 > found.inflation["weak"]
        told = [note for note in found.notes if note.startswith("`strong` is hard to tell")]
        assert "most of all `almost` (correlation 0.9" in told[0]

    def test_inflation_is_that_of_the_textbook(self) -> None:
        """1 / (1 - R^2) of a regression on the other variable."""
        rng = np.random.default_rng(14)
        held = worries(rng)
        held["weak"] = np.where(rng.random(PEOPLE) < 0.5, held["strong"], held["weak"])
        r = np.corrcoef(held["weak"], held["strong"])[0, 1]
        found = drivers(against(rng, held), held, [], PLAIN)
        assert found.inflation["weak"] == pytest.approx(1 / (1 - r**2))

    def test_a_variable_that_separates_is_penalised_and_named(self) -> None:
        rng = np.random.default_rng(15)
        held = worries(rng)
        y = against(rng, held)
        held["always"] = np.zeros(PEOPLE)
        held["always"][np.flatnonzero(y == 1)[:30]] = 1
        found = drivers(y, held, [], PLAIN)
        assert found.penalised
        assert found.effects[0].name == "always"
        assert 0.4 < found.effects[0].value <= 1
        assert any("`always` predicted the answers without error" in note for note in found.notes)


class TestInput:
    def test_columns_that_are_not_yes_or_no_are_named_together(self) -> None:
        rng = np.random.default_rng(16)
        held = worries(rng)
        with pytest.raises(AnswersUnusable) as caught:
            drivers(
                against(rng, held), {**held, "seven": np.full(PEOPLE, 7.0), "half": np.full(PEOPLE, 0.5)}, [], PLAIN
            )
        assert [fault.pointer for fault in caught.value.faults] == ["/seven", "/half"]
        assert "`seven`: 800 answers are neither 0 nor 1" in caught.value.message

    def test_lengths_that_differ_are_named(self) -> None:
        with pytest.raises(AnswersUnusable, match=r"800 outcomes, but other numbers of `short` \(3\)"):
            drivers(np.ones(PEOPLE), {"short": np.ones(3)}, [], PLAIN)
        with pytest.raises(AnswersUnusable, match="800 people"):
            drivers(np.ones(3), {"short": np.ones(3)}, [], PLAIN)

    def test_nothing_to_look_at(self) -> None:
        with pytest.raises(ModelUnusable, match=r"No variable is left: `same` \(no_variation\)"):
            drivers(np.tile([0.0, 1.0], 400), {"same": np.ones(PEOPLE)}, [], PLAIN)
        with pytest.raises(ModelUnusable, match="No variable is left: none given"):
            drivers(np.tile([0.0, 1.0], 400), {}, [], PLAIN)

    @pytest.mark.parametrize(
        "outcome", [np.ones(PEOPLE), np.full(PEOPLE, np.nan), np.r_[1.0, np.full(PEOPLE - 1, np.nan)]]
    )
    def test_outcomes_without_two_sides(self, outcome: FloatArray) -> None:
        with pytest.raises(ModelUnusable):
            drivers(outcome, worries(np.random.default_rng(17)), [], PLAIN)

    def test_controls_are_checked(self) -> None:
        rng = np.random.default_rng(18)
        held = worries(rng)
        wrong = Categorical(name="age", codes=np.full(PEOPLE, 7), levels=("a", "b"))
        with pytest.raises(ModelUnusable, match="`age` has codes other than"):
            drivers(against(rng, held), held, [wrong], PLAIN)
