"""Respondents and counts of the same people make the same cells and weights."""

from collections import Counter, defaultdict

import msgspec
import numpy as np
import pytest

from analytics.cells import estimates, measures
from analytics.cells.table import AnswerRow, CellSums
from service.reports import celltables, weighting
from service.reports.inputs import ReportInputs
from service.store.cells import CountedCells, Counting
from tests.unit.report import factory

DIMENSIONS = ("sex", "age3", "education3", "landsdeel", "digital_skill", "experience")


def count(inputs: ReportInputs, counting: Counting) -> CountedCells:
    """What the grouped query does, person by person."""
    people: Counter[tuple[object, ...]] = Counter()
    given: defaultdict[tuple[str, float | None], Counter[tuple[object, ...]]] = defaultdict(Counter)
    for person in inputs.respondents:
        profile = tuple(person.profile.get(key) for key in counting.profile)
        background = tuple(person.answers.get(key) for key in counting.background)
        cell = (profile, background, person.arm, person.probability)
        people[cell] += 1
        for key in counting.questions:
            value = person.answers.get(key)
            if isinstance(value, int):
                given[key, float(value)][cell] += 1
            elif isinstance(value, list) and (value or key not in counting.ranked):
                given[key, None][cell] += 1
                for code in set(value):
                    given[key, float(code)][cell] += 1
    cells = list(people)
    place = {cell: i for i, cell in enumerate(cells)}
    unit = np.array([1 / cell[3] for cell in cells])  # type: ignore[operator]
    n = np.array([people[cell] for cell in cells], dtype=np.float64)
    rows = []
    for (key, code), counts in given.items():
        at = np.array([place[cell] for cell in counts], dtype=np.int64)
        own = np.array(list(counts.values()), dtype=np.float64)
        rows.append(AnswerRow(question=key, code=code, cells=at, n=own, d=own * unit[at], d2=own * unit[at] ** 2))
    return CountedCells(
        profiles=tuple(dict(zip(counting.profile, cell[0], strict=True)) for cell in cells),  # type: ignore[arg-type]
        background={key: tuple(cell[1][j] for cell in cells) for j, key in enumerate(counting.background)},  # type: ignore[index]
        arms=tuple(str(cell[2]) for cell in cells),
        right=np.zeros(len(cells), dtype=np.int64),
        flagged=np.zeros(len(cells), dtype=np.int64),
        sums=CellSums(n=n, d=n * unit, d2=n * unit**2),
        answers=tuple(rows),
    )


def both(inputs: ReportInputs) -> tuple[celltables.ReportCells, celltables.ReportCells]:
    respondents = weighting.ordered(inputs)
    design = weighting.weight(inputs, respondents).design
    counting = celltables.counting(inputs.questionnaire, inputs.plan.weighting.dimensions, DIMENSIONS)
    return (
        celltables.from_respondents(respondents, design, inputs.questionnaire, DIMENSIONS),
        celltables.from_counted(
            count(inputs, counting), inputs.plan.weighting, inputs.margins, inputs.questionnaire, DIMENSIONS
        ),
    )


def incomplete(inputs: ReportInputs) -> ReportInputs:
    """Some of whom the frame does not know sex, education or province, and one that skipped a list."""
    gone = (
        {"sex": None, "sex_age": None},
        {"education": None, "education3": None},
        {"province": None, "landsdeel": None},
    )
    people = [
        factory.replaced(person, profile=gone[i % 3]) if i % 7 == 0 else person
        for i, person in enumerate(inputs.respondents)
    ]
    return msgspec.structs.replace(inputs, respondents=tuple(people))


@pytest.mark.parametrize("n", [20, 90, 400], ids=["unweighted", "levels merged", "weighted"])
def test_weights_and_figures_are_the_same(n: int) -> None:
    people, counted = both(incomplete(factory.inputs(n=n, form="short")))
    assert people.calibrated == counted.calibrated == (n >= 30)
    assert people.table.people == counted.table.people == n
    asked = [*measures.every_mean(people.table, without=(98, 99)), *measures.every_share(people.table)]
    for key in (None, *people.table.groups):
        found, wanted = (
            estimates.estimate(cells.table, cells.design, asked, by=cells.table.groups[key] if key else None)
            for cells in (counted, people)
        )
        assert found.sums.n.tolist() == wanted.sums.n.tolist()
        assert found.sums.value == pytest.approx(wanted.sums.value, rel=1e-9, abs=1e-12)
        assert np.sqrt(found.variance) == pytest.approx(np.sqrt(wanted.variance), rel=1e-9, abs=1e-12)


def test_counts_that_do_not_add_up_are_refused() -> None:
    inputs = factory.inputs(n=100, form="short")
    counting = celltables.counting(inputs.questionnaire, inputs.plan.weighting.dimensions, DIMENSIONS)
    counted = count(inputs, counting)
    twice = msgspec.structs.replace(counted, answers=(*counted.answers, counted.answers[0]))
    with pytest.raises(Exception, match="The answer is given in two rows"):
        celltables.from_counted(twice, inputs.plan.weighting, inputs.margins, inputs.questionnaire, DIMENSIONS)


def test_only_what_the_weighting_and_the_tables_need_is_counted() -> None:
    inputs = factory.inputs(n=30, form="short")
    counting = celltables.counting(inputs.questionnaire, ("sex_age",), ("landsdeel", "digital_skill"))
    assert counting.profile == ("sex", "age7", "sex_age", "landsdeel")
    assert counting.background == ("DM_DIGI",)
    assert "CN_TOP" in counting.ranked
    assert not {"CO_PART", "AT_1", "OP_Q"} & set(counting.questions)
