"""From the closed audit to the released report, beside what a researcher would write with svy and WeasyPrint.

Both start from the same answers in memory and end with the bytes of a data file, a page and a PDF; each runs in a
process of its own after its imports. The researcher's script weights to the same margins, gives every closed question
with standard errors for all and for four groupings, tests each table, and sets tables and bars in a page; it does
neither suppression, wording, rank intervals, models nor accessible PDF. Ours does all of it."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness import Bench, Row

GROUPS = ("sex", "age3", "education3", "landsdeel")
GOAL = 10.0
HERE = Path(__file__).resolve()


def rows(bench: Bench) -> Iterator[Row]:
    n, groupings = 1_000, 0 if bench.short else len(GROUPS)
    ours, peer = measured("ours", n, groupings), measured("peer", n, groupings)
    name, goal = ("svy 0.35 + WeasyPrint, no groupings", None) if bench.short else ("svy 0.35 + WeasyPrint", GOAL)
    for what, unit in (("cpu", "CPU s"), ("wall", "wall s")):
        title = f"closing to released report, {what}"
        yield bench.row(title, n=n, ours=ours[what], peer=peer[what], peer_name=name, unit=unit, goal=goal)
    yield bench.row(
        "closing to released report, peak memory", n=n, ours=ours["mib"], peer=peer["mib"], peer_name=name, unit="MiB"
    )
    mine, theirs = (3600 / side["cpu"] for side in (ours, peer))
    yield bench.row(
        "audits per hour and core",
        n=n,
        ours=mine,
        peer=theirs,
        peer_name=name,
        unit="1/h",
        goal=goal,
        holds=None if goal is None else mine >= goal * theirs,
        note=f"{mine / theirs:.1f} times as many",
    )


def measured(side: str, n: int, groupings: int) -> dict[str, float]:
    """CPU and wall seconds and peak memory of one side, in a fresh process."""
    path = os.pathsep.join([str(HERE.parents[1]), str(HERE.parents[3]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, str(HERE), side, str(n), str(groupings)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        cwd=HERE.parents[3],
    )
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def main(side: str, n: int, groupings: int) -> None:
    from tests.unit.report import factory

    inputs = factory.inputs(n=n, ballot=False)
    work = ready_ours(inputs) if side == "ours" else ready_peer(inputs, GROUPS[:groupings])
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    spent["mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(spent))


def ready_ours(inputs: Any) -> Any:
    from service.reports.build import build
    from tests.unit.report import factory

    # What a worker has loaded after its first report: fonts, templates and the text libraries.
    build(factory.inputs(n=80, ballot=False))
    return lambda: build(inputs)


def ready_peer(inputs: Any, groups: Sequence[str]) -> Any:
    import polars as pl
    import svy
    import weasyprint

    weasyprint.HTML(string="<p>fonts</p>").write_pdf()
    from samenspraak.types.questionnaire import Knowledge, Likert, Multi, Ranking, Scale, Single, VoteItem

    asked = [q for page in inputs.questionnaire.pages for q in page.questions]
    single = [q for q in asked if isinstance(q, Knowledge | Likert | Scale | Single | VoteItem)]
    several = [q for q in asked if isinstance(q, Multi | Ranking)]
    margins = {d.key: {level.code: level.share * 1e6 for level in d.levels} for d in inputs.margins.dimensions}

    def script() -> list[bytes]:
        people = inputs.respondents
        frame = pl.DataFrame(
            {
                "w": [1 / person.probability for person in people],
                **{key: [person.profile.get(key) for person in people] for key in (*GROUPS, *margins)},
                **{q.key: [_code(person.answers.get(q.key)) for person in people] for q in single},
                **{
                    f"{q.key}_{option.code}": [_holds(person.answers.get(q.key), option.code) for person in people]
                    for q in several
                    for option in q.options
                },
            }
        )
        sample = svy.Sample(frame, svy.Design(wgt="w")).weighting.rake(controls=margins, tol=1e-8, max_iter=200)
        columns = [q.key for q in single] + [f"{q.key}_{o.code}" for q in several for o in q.options]
        tables, tests = [], []
        for column in columns:
            tables.append((column, "all", sample.estimation.prop(column, drop_nulls=True)))
            for group in groups:
                tables.append((column, group, sample.estimation.prop(column, by=group, drop_nulls=True)))
                tests.append((column, group, sample.categorical.tabulate(column, group, drop_nulls=True)))
        lines = [(column, group, row) for column, group, found in tables for row in _rows(found)]
        data = json.dumps([{"figure": c, "group": g, **r} for c, g, r in lines], default=str).encode()
        page = _page(lines)
        return [data, page.encode(), weasyprint.HTML(string=page).write_pdf()]

    return script


def _code(value: object) -> str | None:
    return str(value) if isinstance(value, int) else None


def _holds(value: object, code: int) -> str | None:
    return str(int(code in value)) if isinstance(value, list) else None


def _rows(found: Any) -> list[dict[str, Any]]:
    return list(found.to_polars().to_dicts())


def _page(lines: list[tuple[str, str, dict[str, Any]]]) -> str:
    body, last = [], None
    for column, group, row in lines:
        if (column, group) != last:
            body.append(f"</table><h2>{column}: {group}</h2><table>" if last else f"<h2>{column}: {group}</h2><table>")
            last = (column, group)
        share = float(row.get("est") or row.get("estimate") or 0.0)
        cells = "".join(f"<td>{value}</td>" for value in row.values())
        bar = f'<svg width="100" height="10"><rect width="{100 * share:.0f}" height="10"/></svg>'
        body.append(f"<tr>{cells}<td>{bar}</td></tr>")
    return f"<html><body>{''.join(body)}</table></body></html>"


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
