"""A simulated adult population whose opinions are known, so that a report about it can be checked.

People get sex, age, province and education in the joint frequencies that fit the published margins exactly, with the
plausible associations that older people have less schooling and that graduates live in some provinces more than
others. A latent digital skill falls with age and rises with schooling. Opinions of every item follow one latent
favour towards the application. Two worlds differ in what drives willingness and favour:

- `ignorable`: nothing but the weighting variables, so that weighting can repair who took part;
- `non_ignorable`: both also depend on digital skill, which nobody weights on.

Everything is numpy with a seed: the same arguments give the same people and answers.
"""

import zlib
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from samenspraak.types.margins import MarginSet

from analytics.arrays import FloatArray, IntArray
from analytics.weights.calibrate import rake
from analytics.weights.codes import Coded
from analytics.weights.frame import margins_of
from service.demo.opinions import FIGURES, ITEMS, Figure, Item
from service.demo.remarks import remark

World = Literal["ignorable", "non_ignorable"]
WORLDS: tuple[World, ...] = ("ignorable", "non_ignorable")

AGES: dict[str, tuple[int, int]] = {
    "18-24": (18, 24),
    "25-34": (25, 34),
    "35-44": (35, 44),
    "45-54": (45, 54),
    "55-64": (55, 64),
    "65-74": (65, 74),
    "75+": (75, 94),
}
_AGE_INDEX = {age: index for index, age in enumerate(AGES)}

# Effects by age group (young to old), education (Y, 1, 2, 3) and sex (M, V): in standard deviations for skill and
# favour, on the log scale for willingness. Willingness is multiplicative, so that raking can repair it in full.
SKILL = {"age": (0.7, 0.6, 0.4, 0.1, -0.2, -0.6, -1.2), "education": (0.2, -0.7, 0.0, 0.6), "sex": (0.05, -0.05)}
FAVOUR = {"age": (0.25, 0.2, 0.1, 0.0, -0.1, -0.25, -0.4), "education": (0.25, -0.85, -0.1, 0.8), "sex": (0.12, -0.12)}
JOIN = {"age": (-0.2, 0.0, 0.05, 0.1, 0.1, 0.0, -0.25), "education": (0.0, -0.85, -0.15, 0.55), "sex": (0.05, -0.05)}
RESPOND = {"age": (-0.3, -0.2, -0.1, 0.0, 0.1, 0.15, 0.1), "education": (-0.05, -0.3, 0.0, 0.15), "sex": (0.0, 0.0)}
SKILL_NOISE, FAVOUR_NOISE = 0.8, 1.0
SKILL_ON_FAVOUR, SKILL_ON_JOIN, SKILL_ON_RESPOND = 0.3, 0.3, 0.08
"""How strongly digital skill works in the non-ignorable world, per standard deviation of the part of it that the
weighting variables do not explain."""
RESPONSE_LEVEL = 0.55


class Citizen(msgspec.Struct, frozen=True, kw_only=True):
    """One simulated adult: profile, willingness, and opinions on request."""

    index: int
    sex: str
    """`M` or `V`."""
    birth_year: int
    province: str
    education: str
    """Highest level: 1 low, 2 middle, 3 high; also for people of 18-24."""
    digital_skill: float
    experience: bool
    """Whether this person has met something like the application."""
    p_respond: float
    """Probability of opening an invitation."""
    p_decline: float
    p_break_off: float
    p_rush: float
    p_straight_line: float
    population: "Population"

    def answer(
        self, key: str, rng: np.random.Generator, *, options: Sequence[int] = (), correct: int | None = None
    ) -> int | list[int] | str | None:
        """What this person answers to a question: a code, codes, or a text; None where nothing is known of the
        question.

        Opinions are fixed by the simulation. `rng` decides only what the simulation leaves open: which conditions are
        ticked, what is written, or which wrong answer is given. `correct` is the right answer of a knowledge question.
        """
        item = ITEMS.get(key)
        if item is not None and item.kind != "knowledge":
            return int(self.population.values(key)[self.index])
        if key.startswith("CC_") and correct is not None:
            wrong = [code for code in options if code != correct]
            understood = rng.random() < 0.55 + 0.15 * float(np.clip(self.digital_skill, -1.5, 1.5))
            return correct if understood or not wrong else int(rng.choice(wrong))
        return self._open(key, rng, options)

    def ballot_choice(self, rng: np.random.Generator) -> int:
        """The secret ballot: 1 yes, 2 no, 3 blank. A few change their mind after the arguments."""
        vote = int(self.population.values("VT_MAIN")[self.index])
        if rng.random() < 0.05:
            return int(rng.integers(1, 4))
        return {1: 1, 2: 1, 3: 2}.get(vote, 3)

    def _open(self, key: str, rng: np.random.Generator, options: Sequence[int]) -> int | list[int] | str | None:
        favour = float(self.population.favour[self.index])
        if key == "PV_TYPE":
            wanted = [code for code in range(1, 10) if rng.random() < 0.25 + 0.1 * np.clip(favour, -2, 2)]
            return wanted or [97]
        if key == "CD_ALL":
            wanted = [code for code, share in enumerate(_CONDITIONS, start=1) if rng.random() < share]
            return wanted or ([97] if favour < 0 else [96])
        if key == "CD_MUST":
            wish = np.log(_CONDITIONS) + rng.gumbel(size=len(_CONDITIONS))
            return [int(place) + 1 for place in np.argsort(-wish)[:5]]
        if key == "CN_TOP":
            worries = {n: int(self.population.values(concern)[self.index]) % 98 for n, concern in _CONCERNS}
            return sorted(worries, key=lambda n: (-worries[n], rng.random()))[:3]
        if key.startswith("OP_") or key.endswith("_OPEN"):
            return remark(rng, {concern: int(self.population.values(concern)[self.index]) for _, concern in _CONCERNS})
        return int(rng.choice(list(options))) if options else None


class Population(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody, as arrays over people."""

    world: World
    seed: int
    levels: dict[str, tuple[str, ...]]
    """Level codes of `sex_age`, `province` and `education`; the arrays below hold positions in them."""
    sex_age: IntArray
    province: IntArray
    education: IntArray
    schooling: IntArray
    """1 low, 2 middle, 3 high, for everybody."""
    birth_year: IntArray
    skill: FloatArray
    favour: FloatArray
    join: FloatArray
    """Relative propensity to join the panel."""
    respond: FloatArray
    """Probability of answering an invitation."""
    experience: FloatArray
    cache: dict[str, IntArray]

    @property
    def size(self) -> int:
        return int(self.sex_age.size)

    def values(self, key: str) -> IntArray:
        """Everybody's answer to one item (98: does not know). Made on first use, the same every time."""
        if key not in self.cache:
            self.cache[key] = _answers(self, key, ITEMS[key])
        return self.cache[key]

    def scored(self, figure: Figure) -> FloatArray:
        """Everybody's score in a figure: the answer, or 1 and 0 for in and out; NaN for no valid answer."""
        return figure.score(self.values(figure.item))

    def truth(self, key: str) -> float:
        """The population's own figure, for a key of `FIGURES`."""
        return float(np.nanmean(self.scored(FIGURES[key])))

    def sample_panel(self, n: int, rng: np.random.Generator) -> IntArray:
        """Positions of `n` people who join, with chances that follow their propensity (Efraimidis and Spirakis)."""
        arrival = rng.standard_exponential(self.size) / self.join
        return np.sort(np.argpartition(arrival, n)[:n]).astype(np.int64)

    def citizen(self, index: int) -> Citizen:
        """One person by position."""
        sex = self.levels["sex_age"][self.sex_age[index]].partition("_")[0]
        skill = float(self.skill[index])
        return Citizen(
            index=index,
            sex=sex,
            birth_year=int(self.birth_year[index]),
            province=self.levels["province"][self.province[index]],
            education=str(int(self.schooling[index])),
            digital_skill=skill,
            experience=bool(self.experience[index]),
            p_respond=float(self.respond[index]),
            p_decline=0.04,
            p_break_off=0.06 if skill > -1 else 0.10,
            p_rush=0.03,
            p_straight_line=0.02,
            population=self,
        )

    def profile(self, index: int) -> dict[str, str | None]:
        """The coded profile of one person, as the weighting reads it."""
        sex, _, age = self.levels["sex_age"][self.sex_age[index]].partition("_")
        return {
            "sex": sex,
            "age7": age,
            "sex_age": f"{sex}_{age}",
            "province": self.levels["province"][self.province[index]],
            "education": self.levels["education"][self.education[index]],
        }


def simulate(
    margins: MarginSet, *, size: int, seed: int, world: World, year: int = 2026, hidden: float = 1.0
) -> Population:
    """A population of `size` adults that fits `margins` (dimensions sex_age, province, education).

    `hidden` scales how strongly digital skill works in the non-ignorable world. At 1, what nobody weights on biases
    figures about a third as much as what the weighting variables do.
    """
    rng = np.random.default_rng([seed, 1])
    levels, cells, count = _joint(margins, size)
    person = np.repeat(np.arange(count.size), count)
    sex_age, province, education = (cells[:, i][person] for i in range(3))
    parts = [level.partition("_") for level in levels["sex_age"]]
    age = np.array([_AGE_INDEX[part[2]] for part in parts])[sex_age]
    sex = np.array([("M", "V").index(part[0]) for part in parts])[sex_age]
    group = np.array([("Y", "1", "2", "3").index(level) for level in levels["education"]])[education]
    young = rng.choice([1, 2, 3], p=[0.2, 0.5, 0.3], size=size)
    schooling = np.where(group == 0, young, group)
    unexplained = rng.standard_normal(size) * SKILL_NOISE
    skill = _effect(SKILL, age, group, sex) + unexplained
    works = hidden if world == "non_ignorable" else 0.0
    local = 0.08 * np.sin(1.0 + province)
    favour = _effect(FAVOUR, age, group, sex) + local + rng.standard_normal(size) * FAVOUR_NOISE
    favour += works * SKILL_ON_FAVOUR * unexplained / SKILL_NOISE
    join = np.exp(_effect(JOIN, age, group, sex) + 0.5 * local + works * SKILL_ON_JOIN * unexplained / SKILL_NOISE)
    willing = _effect(RESPOND, age, group, sex) + works * SKILL_ON_RESPOND * unexplained / SKILL_NOISE
    low, high = np.array([AGES[name] for name in AGES]).T
    return Population(
        world=world,
        seed=seed,
        levels=levels,
        sex_age=sex_age,
        province=province,
        education=education,
        schooling=schooling.astype(np.int64),
        birth_year=year - rng.integers(low[age], high[age] + 1),
        skill=skill,
        favour=favour,
        join=join,
        respond=np.minimum(RESPONSE_LEVEL * np.exp(willing), 0.97),
        experience=(rng.random(size) < 0.15 + 0.05 * (group == 3)).astype(np.float64),
        cache={},
    )


def _effect(table: dict[str, tuple[float, ...]], age: IntArray, group: IntArray, sex: IntArray) -> FloatArray:
    return np.asarray(np.array(table["age"])[age] + np.array(table["education"])[group] + np.array(table["sex"])[sex])


def _joint(margins: MarginSet, size: int) -> tuple[dict[str, tuple[str, ...]], IntArray, IntArray]:
    """Cells of sex_age x province x education and their whole numbers of people, raked to the margins."""
    chosen = margins_of(margins, ("sex_age", "province", "education"))
    levels = {margin.key: margin.levels for margin in chosen}
    grid = np.array(
        [
            (a, p, e)
            for a, sex_age in enumerate(levels["sex_age"])
            for p in range(len(levels["province"]))
            for e, education in enumerate(levels["education"])
            if (education == "Y") == sex_age.endswith("_18-24")
        ],
        dtype=np.int64,
    )
    age = np.array([_AGE_INDEX[level.partition("_")[2]] for level in levels["sex_age"]])[grid[:, 0]]
    step = np.array([("Y", "1", "2", "3").index(level) for level in levels["education"]])[grid[:, 2]] - 2
    city = np.array([level in ("PV26", "PV27") for level in levels["province"]])[grid[:, 1]]
    association = np.where(step >= -1, step * (0.35 * city - 0.22 * (age - 3)), 0.0)
    coded = [Coded(codes=grid[:, i], patterns=np.eye(len(margin.levels))) for i, margin in enumerate(chosen)]
    fitted = rake(coded, chosen, np.exp(association), total=float(size)).weights
    return levels, grid, _whole(fitted, size)


def _whole(expected: FloatArray, size: int) -> IntArray:
    """Whole numbers with the given sum, nearest to `expected` (largest remainders)."""
    floor = np.floor(expected).astype(np.int64)
    first = np.argsort(-(expected - floor), kind="stable")[: size - int(floor.sum())]
    floor[first] += 1
    return floor


def _answers(population: Population, key: str, item: Item) -> IntArray:
    """Answers of everybody to one item, from favour (or skill) and a part of its own."""
    rng = np.random.default_rng([population.seed, zlib.crc32(key.encode())])
    own = rng.standard_normal(population.size)
    driver = population.skill if item.driver == "skill" else population.favour
    latent = item.loading * driver + np.sqrt(1 - item.loading**2) * own + item.shift
    codes = np.asarray(item.codes, dtype=np.int64)[np.searchsorted(np.asarray(item.cuts), latent)]
    if key == "DM_TOUCH":
        codes = np.where(population.experience > 0, 1, 2)
    return np.where(rng.random(population.size) < item.unsure, item.unsure_code, codes)


_CONDITIONS = (0.6, 0.5, 0.45, 0.4, 0.4, 0.35, 0.35, 0.3, 0.25, 0.3, 0.2, 0.2, 0.05)
"""How often each condition of CD_ALL is ticked, in the order of its codes."""

_CONCERNS = tuple(enumerate((key for key, item in ITEMS.items() if item.kind == "concern"), start=1))
