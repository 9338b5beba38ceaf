"""500 bootstrap replicates, each raked again to five margins, beside svy."""

from collections.abc import Iterator

from harness import Bench, Row, cpu, peak_mib
from population import Sampled, sampled

from analytics.designs import design, replicates, reweigh

REPLICATES = 500
MEMORY = 100.0


def rows(bench: Bench) -> Iterator[Row]:
    for n, goal in ((1_000, 1.0), (100_000, 10.0)):
        if bench.short and n > 1_000:
            break
        data = sampled(n, seed=5)
        ours(sampled(1_000, seed=1))
        before = peak_mib()
        mine = cpu(lambda data=data: ours(data))  # type: ignore[misc]
        grown = peak_mib() - before
        theirs = cpu(lambda data=data: peer(data))  # type: ignore[misc]
        name = f"{REPLICATES} re-raked bootstrap replicates"
        yield bench.row(name, n=n, ours=mine, peer=theirs, peer_name="svy 0.35 rao-wu + rake", goal=goal)
        yield bench.limit("memory added by the replicates", n=n, ours=grown, at_most=MEMORY, unit="MiB")


def ours(data: Sampled) -> reweigh.ReplicateWeights:
    drawn = replicates.bootstrap(design.make(data.weights), REPLICATES, seed=1)
    found = reweigh.rake(drawn, data.coded, data.margins, data.weights)
    assert found.certificate is not None
    assert found.certificate.converged.all()
    return found


def peer(data: Sampled) -> object:
    return (
        data.svy(person=list(range(data.n)))
        .weighting.create_bs_wgts(n_reps=REPLICATES, psu="person", rstate=1)
        .weighting.rake(controls=data.controls(), tol=1e-10, max_iter=200)
    )
