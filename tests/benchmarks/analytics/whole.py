"""The whole analysis of a standard audit: weights, every figure, subgroups, declared tests, models, suppression."""

from collections.abc import Iterator

from harness import Bench, Row, median_cpu

from service.reports.assemble import assemble
from tests.unit.report import factory

LIMITS = {1_000: 0.3, 5_000: 0.5}


def rows(bench: Bench) -> Iterator[Row]:
    for n, limit in LIMITS.items():
        if bench.short and n > 1_000:
            break
        inputs = factory.inputs(n=n)
        assemble(inputs)
        spent = median_cpu(lambda inputs=inputs: assemble(inputs), 3)  # type: ignore[misc]
        yield bench.limit("whole analysis of a standard audit", n=n, ours=spent, at_most=limit)
