"""One pure function from the inputs of a report to the files for researchers, and to what was done to protect people.

The promise: nobody stands alone in the key variables, and the released figures come out of the file again.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from samenspraak.types.microdata import FigureCheck, MicrodataFormat, Protection
from samenspraak.types.report import Report

from analytics.arrays import FloatArray
from analytics.disclosure import anonymity
from analytics.disclosure.thresholds import THRESHOLDS
from service.microdata import background, files, notes
from service.microdata.background import Background
from service.microdata.errors import MicrodataUnfit
from service.microdata.table import WEIGHT_DIGITS
from service.microdata.table import build as tabulate
from service.reports import sample as samples
from service.reports import weighting
from service.reports.figures import column
from service.reports.inputs import ReportInputs, Respondent
from service.reports.subgroups import KEY_FIGURES
from surveys.exchange import codebook, ddi, triple_s
from surveys.exchange.ddi import DataFile

TOLERANCE = 0.005
"""Half a percentage point: what a report prints in whole percents would read otherwise."""
EXACT = 1e-5
"""Above the rounding of a released figure."""
CSV_NAME = "microdata.csv"


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one set of files; picklable."""

    files: dict[MicrodataFormat, bytes]
    rows: int
    columns: int
    protection: Protection
    figures: tuple[FigureCheck, ...]


class _Figure(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    y: FloatArray
    """NaN outside the base."""
    released: float


def build(inputs: ReportInputs, released: bytes, *, entropy: bytes, agreement: str) -> Built:
    """The files of one audit.

    Args:
        inputs: those of the report; their ballot takes no part.
        released: the report, as it was stored.
        entropy: decides the order of the rows; kept nowhere.
        agreement: id, for the words in the files.

    Raises:
        MicrodataUnfit: the answers are not those of the report any more, too few, or a figure would not come out.
    """
    report = msgspec.json.decode(released, type=Report)
    people = weighting.ordered(inputs)
    if len(people) != report.n or len(people) < THRESHOLDS.too_few_under:
        raise MicrodataUnfit(
            f"The report is about {report.n} responses and {len(people)} are stored; the same are needed, "
            f"{THRESHOLDS.too_few_under} or more."
        )
    weighted = weighting.weight(inputs, people)
    start = weighted.design.weights / weighted.design.weights.mean()
    sample = samples.build(
        people,
        design=weighted.design,
        questionnaire=inputs.questionnaire,
        kind=inputs.plan.sample_kind,
        plan=inputs.plan.weighting,
    )
    figures = _figures(sample, inputs, report)
    known, shared = _faithful(people, start, figures)
    checks = _checked(figures, start, shared)
    rng = np.random.default_rng(int.from_bytes(entropy))
    table = tabulate(inputs.questionnaire, people, known=known, weights=shared, rng=rng)
    protection = Protection(
        k=background.K,
        keys=tuple(name.upper() for name in known.names),
        coarsened=tuple(name.upper() for name in known.coarsened),
        suppressed=table.suppressed,
        left_out=table.left_out,
        unique_before=round(known.unique_before, 4),
        unique=anonymity.unique_share(known.keys),
    )
    title = inputs.application.name
    said = notes.notes(report, table, protection, checks)
    file = DataFile(
        name=CSV_NAME,
        rows=len(people),
        content=said[0],
        restriction=notes.terms(agreement),
        notes=tuple(said[1:]),
    )
    identity = f"{inputs.audit_id}, {inputs.questionnaire.id}, version {inputs.questionnaire.version}"
    made: dict[MicrodataFormat, bytes] = {
        "csv": files.as_csv(table),
        "parquet": files.as_parquet(table, said),
        "sav": files.as_sav(table, title=title.nl, notes=said),
        "codebook": codebook.of_columns(table.columns).encode(),
        "ddi": ddi.of_columns(table.columns, title=title.nl, identity=identity, file=file),
        "triple_s": triple_s.of_columns(
            table.columns,
            title=title.nl,
            name=inputs.questionnaire.id,
            version=str(inputs.questionnaire.version),
            file=CSV_NAME,
        ),
        "about": notes.document(title, [*said, notes.terms(agreement)]).encode(),
    }
    return Built(files=made, rows=len(people), columns=len(table.columns), protection=protection, figures=checks)


def _figures(sample: samples.Sample, inputs: ReportInputs, report: Report) -> list[_Figure]:
    """The key figures that the report shows, the leading one in front."""
    shown = {one.key: one.headline for one in (*report.value, *report.use, *report.other)}
    if report.vote_item is not None:
        shown[report.vote_item.key] = report.vote_item.headline
    asked = {question.key: question for question in samples.questions(inputs.questionnaire)}
    found = []
    for key in sorted(KEY_FIGURES, key=("PV_SOC", "PV_SELF", "VT_MAIN", "LU_INT", *KEY_FIGURES).index):
        headline = shown.get(key)
        ready = column(sample, asked[key]) if key in asked else None
        if ready is not None and headline is not None and headline.value is not None:
            found.append(_Figure(key=key, y=ready.headline.y, released=headline.value))
    return found


def _faithful(
    people: Sequence[Respondent], start: FloatArray, figures: Sequence[_Figure]
) -> tuple[Background, FloatArray]:
    """The finest background under which the leading figure comes out of the file, and its weights, rounded."""
    totals = _totals(figures, len(people))
    for known in background.protected(people):
        shared, _ = anonymity.shared_weights(start, known.keys, totals, k=background.K)
        weights = np.round(shared, WEIGHT_DIGITS)
        if not figures or abs(_mean(figures[0].y, weights) - figures[0].released) <= TOLERANCE:
            break
    return known, weights


def _totals(figures: Sequence[_Figure], n: int) -> FloatArray:
    """For each figure what everybody in its base is above or below it: a weighted sum of 0 is the released figure."""
    columns = [np.nan_to_num(one.y - one.released) for one in figures]
    return np.column_stack([np.zeros((n, 0)), *columns]).astype(np.float64)


def _checked(figures: Sequence[_Figure], start: FloatArray, weights: FloatArray) -> tuple[FigureCheck, ...]:
    """Each figure from the report's weights must be the released one, and the leading one come out of the file too.

    The others come out as far as calibration reached, which the notes say figure by figure.
    """
    checks = []
    for place, one in enumerate(figures):
        again, file = _mean(one.y, start), _mean(one.y, weights)
        if abs(again - one.released) > EXACT:
            raise MicrodataUnfit(f"{one.key} was released as {one.released:.4f} and is {again:.4f} now.")
        if place == 0 and abs(file - one.released) > TOLERANCE:
            raise MicrodataUnfit(f"{one.key} would be {file:.4f} in the file, and {one.released:.4f} in the report.")
        checks.append(FigureCheck(key=one.key, report=one.released, file=round(file, 6)))
    return tuple(checks)


def _mean(y: FloatArray, weights: FloatArray) -> float:
    base = ~np.isnan(y)
    return float((weights[base] * y[base]).sum() / weights[base].sum())
