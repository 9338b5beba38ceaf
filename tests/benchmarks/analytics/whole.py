"""The whole analysis of a standard audit: weights, every figure, subgroups, declared tests, models, suppression.

Also measured with what it takes to code what people wrote, which grows with the texts and not with the statistics."""

from collections.abc import Iterator

import msgspec
from harness import Bench, Row, median_cpu

from service.reports.assemble import analyse
from service.reports.inputs import ReportInputs
from tests.unit.report import factory

LIMITS = {1_000: 0.3, 5_000: 0.5}


def rows(bench: Bench) -> Iterator[Row]:
    for n, limit in LIMITS.items():
        if bench.short and n > 1_000:
            break
        inputs = factory.inputs(n=n)
        closed = without_texts(inputs)
        analyse(inputs)
        spent = median_cpu(lambda closed=closed: analyse(closed), 3)  # type: ignore[misc]
        yield bench.limit("whole analysis, closed questions", n=n, ours=spent, at_most=limit)
        spent = median_cpu(lambda inputs=inputs: analyse(inputs), 3)  # type: ignore[misc]
        yield bench.row("the same with open answers coded", n=n, ours=spent, peer=None, peer_name="")


def without_texts(inputs: ReportInputs) -> ReportInputs:
    people = tuple(
        msgspec.structs.replace(person, answers={k: v for k, v in person.answers.items() if not isinstance(v, str)})
        for person in inputs.respondents
    )
    return msgspec.structs.replace(inputs, respondents=people)
