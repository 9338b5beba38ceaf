"""Who answered, as coarse as it takes: sex, age, education and region, at least five people alike in all of them."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
from samenspraak.types.base import Localised

from analytics.arrays import IntArray
from analytics.disclosure import anonymity
from panels import coding
from panels.margins import areas
from service.reports.inputs import Respondent
from service.reports.subgroups import LEVELS
from surveys.exchange.columns import Column, Value

K = 5
"""People who are alike in all key variables, at least."""
MOST_SUPPRESSED = 0.05
"""Share of the people whose keys would be touched by suppression, above which the next coarser set is taken."""
LADDER: tuple[tuple[str, ...], ...] = (
    ("sex", "age7", "education3", "province"),
    ("sex", "age7", "education3", "landsdeel"),
    ("sex", "age3", "education3", "landsdeel"),
    ("sex", "age3", "education3"),
    ("sex", "age3"),
    ("age3",),
)
"""From fine to coarse."""
DETAILED = LADDER[:3]
"""Taken only where they need little suppression."""
GIVEN_UP = ("province", "landsdeel", "education3", "age7", "age3", "sex")
"""What is suppressed first stands in front."""
UNKNOWN = 0
"""Code of a level that is not known."""
HIDDEN = 998
"""Code of a value that was suppressed."""
SUPPRESSED_LABEL = Localised(nl="onderdrukt", en="suppressed")
UNKNOWN_LABEL = Localised(nl="niet bekend of anders", en="not known or other")
TITLES = {
    "sex": Localised(nl="Geslacht", en="Sex"),
    "age7": Localised(nl="Leeftijd in zeven klassen", en="Age in seven classes"),
    "age3": Localised(nl="Leeftijd in drie klassen", en="Age in three classes"),
    "education3": Localised(nl="Opleiding in drie niveaus", en="Education in three levels"),
    "province": Localised(nl="Provincie", en="Province"),
    "landsdeel": Localised(nl="Landsdeel", en="Part of the country"),
}


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """The key variables as they may leave."""

    names: tuple[str, ...]
    keys: IntArray
    """n x variables: codes from 0, `anonymity.SUPPRESSED` where a value was suppressed."""
    coarsened: tuple[str, ...]
    """Finer variables that were known and are left out."""
    unique_before: float
    """Share of people alone in their combination in the finest set."""

    @property
    def suppressed(self) -> dict[str, int]:
        """Values suppressed, by variable."""
        counts = (self.keys == anonymity.SUPPRESSED).sum(axis=0)
        return {name: int(count) for name, count in zip(self.names, counts, strict=True)}


def protected(people: Sequence[Respondent]) -> Iterator[Background]:
    """Sets of key variables, suppressed where five people are not alike: first the finest that needs little
    suppression, then the coarser ones. Take the first that serves.

    Raises:
        analytics.errors.AnalyticsError: fewer than five people.
    """
    alone = anonymity.unique_share(_codes(people, LADDER[0]))
    for names in LADDER:
        keys = _codes(people, names)
        if names in DETAILED and (anonymity.sizes(keys) < K).mean() > MOST_SUPPRESSED:
            continue
        order = [names.index(name) for name in GIVEN_UP if name in names]
        yield Background(
            names=names,
            keys=anonymity.suppress(keys, k=K, order=order),
            coarsened=tuple(name for name in LADDER[0] if name not in names),
            unique_before=alone,
        )


def column(name: str, *, suppressed: bool) -> Column:
    """The variable with its codes and labels."""
    values = [Value(code=UNKNOWN, label=UNKNOWN_LABEL, missing=True)]
    values += [Value(code=code, label=label) for code, label in enumerate(_labels(name).values(), start=1)]
    if suppressed:
        values.append(Value(code=HIDDEN, label=SUPPRESSED_LABEL, missing=True))
    return Column(name=name.upper(), kind="single", label=TITLES[name], values=tuple(values))


def _codes(people: Sequence[Respondent], names: Sequence[str]) -> IntArray:
    place = {name: {level: code for code, level in enumerate(_labels(name), start=1)} for name in names}
    return np.array(
        [[place[name].get(person.profile.get(name) or "", UNKNOWN) for name in names] for person in people],
        dtype=np.int64,
    ).reshape(len(people), len(names))


def _labels(name: str) -> Mapping[str, Localised]:
    if name in LEVELS:
        return LEVELS[name]
    if name == "age7":
        levels = (coding.MINORS, *coding.LEVELS["age7"])
        return {level: Localised(nl=f"{level} jaar", en=f"{level} years") for level in levels}
    return {level: Localised(nl=areas.name(level), en=areas.name(level)) for level in coding.LEVELS[name]}
