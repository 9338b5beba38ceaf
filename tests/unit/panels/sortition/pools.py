"""Pools of volunteers for the tests of the draw, and everything that a small one allows."""

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from panels.sortition.model import Draft, Person, Quota, Target, Types

VALUES = {"age": 4, "sex": 2, "education": 3, "area": 5}


def pool(people: int, size: int, seed: int, *, slack: int = 1, features: int = 4, households: bool = False) -> Draft:
    """A skewed pool, and quotas that a random panel out of it meets with `slack` on either side."""
    rng = np.random.default_rng(seed)
    names = list(VALUES)[:features]
    shares = {name: rng.dirichlet(np.full(VALUES[name], 3.0)) for name in names}
    codes = {name: rng.choice(VALUES[name], size=people, p=shares[name]) for name in names}
    homes = rng.integers(0, max(1, people // 2), size=people) if households else np.arange(people)
    everybody = tuple(
        Person(
            id=f"p{i:05d}",
            features={name: f"{name}-{codes[name][i]}" for name in names},
            household=f"h{homes[i]}" if households and i % 3 else "",
        )
        for i in range(people)
    )
    seated = _some_panel(everybody, size, rng)
    quotas = []
    for name, value in itertools.chain.from_iterable(((n, v) for v in range(VALUES[n])) for n in names):
        label = f"{name}-{value}"
        held = sum(person.features[name] == label for person in seated)
        quotas.append(Quota(feature=name, value=label, minimum=max(0, held - slack), maximum=held + slack))
    return Draft(people=everybody, quotas=tuple(quotas), size=size, one_per_household=households)


def _some_panel(people: tuple[Person, ...], size: int, rng: np.random.Generator) -> list[Person]:
    """People at random, one from each household."""
    taken: set[str] = set()
    panel: list[Person] = []
    for i in rng.permutation(len(people)):
        if len(panel) < size and (not people[i].household or people[i].household not in taken):
            panel.append(people[i])
            taken.add(people[i].household)
    assert len(panel) == size
    return panel


def triangle() -> Draft:
    """Ann, Bob and Cor each share one mark with each of the others, and each mark sits once: two of them cannot sit
    together, though half of each would do. With one more person for every mark apart, chances of 1/2 in the relaxation
    are 1/3 at best."""
    marks = {"ann": "110", "bob": "101", "cor": "011", "dik": "000", "eva": "000", "fin": "000"}
    people = tuple(Person(id=name, features=dict(zip("xyz", code, strict=True))) for name, code in marks.items())
    quotas = []
    for mark in "xyz":
        quotas.append(Quota(feature=mark, value="1", minimum=0, maximum=1))
        quotas.append(Quota(feature=mark, value="0", minimum=0, maximum=6))
    return Draft(people=people, quotas=tuple(quotas), size=3)


def all_panels(types: Types) -> NDArray[np.int64]:
    """Every panel there is, by trying all vectors: for small pools."""
    ranges = [range(int(low), int(high) + 1) for low, high in zip(types.floor, types.counts, strict=True)]
    found = [x for x in itertools.product(*ranges) if sum(x) == types.size]
    vectors = np.array(found, dtype=np.int64).reshape(-1, types.counts.size)
    reached = (types.matrix @ vectors.T).T
    return vectors[((reached >= types.lower) & (reached <= types.upper)).all(axis=1)]


def best_minimum(types: Types, panels: NDArray[np.int64]) -> float:
    """The largest minimum chance of any lottery over these panels, for the types that some panel holds."""
    held = panels.any(axis=0) & (types.floor == 0)
    chance = panels[:, held] / types.counts[held]
    m = len(panels)
    solved = linprog(
        np.append(np.zeros(m), -1.0),
        A_ub=np.hstack([-chance.T, np.ones((chance.shape[1], 1))]),
        b_ub=np.zeros(chance.shape[1]),
        A_eq=np.append(np.ones(m), 0.0)[None],
        b_eq=[1.0],
    )
    return float(solved.x[-1])


def target(types: Types, expected: NDArray[np.float64]) -> Target:
    """Chances to be realised, with their own minimum as the bound."""
    return Target(
        algorithm="leximin",
        expected=expected,
        bound=float((expected / types.counts).min()),
        unreachable=np.zeros(expected.size, dtype=np.bool_),
    )
