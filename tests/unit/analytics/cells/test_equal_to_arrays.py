"""Figures from cell tables are those from the respondents: weights, values, standard errors, intervals, notes."""

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from analytics.arrays import BoolArray, FloatArray
from analytics.cells import design as cell_designs
from analytics.cells import estimates, measures
from analytics.cells.design import CellDesign
from analytics.cells.measures import Measure
from analytics.cells.table import CellTable, Grouping
from analytics.cells.weigh import rake as rake_cells
from analytics.cells.weigh import weigh as weigh_cells
from analytics.designs import design as designs
from analytics.designs.design import Design
from analytics.estimates import estimate as arrays
from analytics.weights.calibrate import SeConvention, rake
from analytics.weights.weigh import weigh_coded
from tests.unit.analytics.cells.world import DONT_KNOW, OPTIONS, World, world

CONVENTIONS: tuple[SeConvention, ...] = ("start_weights", "unweighted_sweep")
MEANS = ("Q1", "SCORE", "INDEX", "EUROS", "COPY", "SAME", "NONE")
SCALE = (1.0, 2.0, 3.0, 4.0, 5.0)


def same(found: arrays.Estimate, wanted: arrays.Estimate) -> None:
    """Equal up to 1e-10; the spread of answers that do not vary is rounding on both sides."""
    assert (found.n, found.df, found.note) == (wanted.n, wanted.df, wanted.note)
    for field in ("value", "unweighted", "weight_sum", "n_eff", "se"):
        value, other = getattr(found, field), getattr(wanted, field)
        assert (value is None) == (other is None), field
        if other is not None:
            assert value == pytest.approx(other, rel=1e-10, abs=1e-14), field
    if wanted.note == "" or (wanted.spread or 0.0) > 1e-9:
        assert found.spread == pytest.approx(wanted.spread, rel=1e-10)
    if wanted.note == "":
        assert found.deff == pytest.approx(wanted.deff, rel=1e-10)
    assert (found.interval is None) == (wanted.interval is None)
    if found.interval and wanted.interval:
        assert found.interval.method == wanted.interval.method
        assert found.interval.lower == pytest.approx(wanted.interval.lower, rel=1e-10, abs=1e-12)
        assert found.interval.upper == pytest.approx(wanted.interval.upper, rel=1e-10, abs=1e-12)


def asked(one: World) -> tuple[tuple[Measure, ...], tuple[FloatArray, ...]]:
    """Measures, and the column of answers that each stands for."""
    found: list[tuple[Measure, FloatArray]] = [(measures.mean(key), one.answers[key]) for key in MEANS]
    q0, hits = one.answers["Q0"], one.lists["WHY"].hits
    known = np.where(q0 == DONT_KNOW, np.nan, q0)
    found.append((measures.mean("Q0", base=SCALE), known))
    found += [(measures.share("Q0", [c], base=SCALE), np.where(np.isnan(known), np.nan, known == c)) for c in SCALE]
    found.append((measures.share("Q0", [4, 5], base=SCALE), np.where(np.isnan(known), np.nan, known >= 4)))
    found.append((measures.share("Q0", [DONT_KNOW]), np.where(np.isnan(q0), np.nan, q0 == DONT_KNOW)))
    found.append((measures.share("SAME", [2]), np.ones(one.n)))
    found.append((measures.share("SAME", [9]), np.zeros(one.n)))
    net = np.where(np.isnan(known), np.nan, (known >= 4).astype(float) - (known <= 2))
    found.append((measures.net("Q0", [4, 5], [1, 2], base=SCALE), net))
    found += [(measures.share("WHY", [code]), hits[:, j]) for j, code in enumerate(OPTIONS)]
    found.append((measures.share("WHY", [99]), np.where(np.isnan(hits[:, 0]), np.nan, 0.0)))
    columns = tuple(column.astype(np.float64) for _, column in found)
    return tuple(measure for measure, _ in found), columns


def from_arrays(
    columns: Sequence[FloatArray], kinds: Sequence[Measure], design: Design, domain: BoolArray | None
) -> list[arrays.Estimate]:
    return [
        (arrays.mean if kind.kind == "mean" else arrays.proportion)(column, design, domain=domain)
        for kind, column in zip(kinds, columns, strict=True)
    ]


def compare(one: World, table: CellTable, cell_design: CellDesign, design: Design) -> None:
    """Everybody, by two groupings of which one leaves people out and has an empty group, and within a mask."""
    kinds, columns = asked(one)
    whole = estimates.estimate(table, cell_design, kinds).estimates()
    for found, wanted in zip(whole, from_arrays(columns, kinds, design, None), strict=True):
        same(found[0], wanted)
    unflagged = one.groups["flagged"].codes == 0
    for key in ("arm", "half"):
        for where, people in ((None, np.ones(one.n, dtype=bool)), (table.groups["flagged"].codes == 0, unflagged)):
            by_group = estimates.estimate(table, cell_design, kinds, by=table.grouping(key), where=where).estimates()
            for g in range(len(one.groups[key].labels)):
                domain = people & (one.groups[key].codes == g)
                for found, wanted in zip(by_group, from_arrays(columns, kinds, design, domain), strict=True):
                    same(found[g], wanted)


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("trimmed", [False, True])
def test_raked_figures(convention: SeConvention, *, trimmed: bool) -> None:
    one = world()
    low, high = (0.3, 2.5) if trimmed else (None, None)
    total = float(one.n)
    found = rake(
        list(one.coded.values()),
        one.margins,
        one.base_weights,
        total=total,
        trim_low=low,
        trim_high=high,
        convention=convention,
    )
    table = one.table()
    cells = rake_cells(table, one.margins, total=total, trim_low=low, trim_high=high, convention=convention)
    assert (found.certificate.trimmed_share > 0) == trimmed
    assert cells.factor[one.cells().of] * one.base_weights == pytest.approx(found.weights, rel=1e-10)
    design = designs.make(found.weights, bases=[found.basis])
    compare(one, table, cell_designs.make(table, cells.factor, basis=cells.basis), design)


def test_the_certificate_is_the_same() -> None:
    one = world()
    found = weigh_coded(list(one.coded.values()), one.margins, start_weights=one.base_weights, trim_high=2.0)
    cells = weigh_cells(one.table(), one.margins, trim_high=2.0)
    wanted, certificate = found.calibration.certificate, cells.certificate
    for field in msgspec.structs.fields(certificate):
        value, other = getattr(certificate, field.name), getattr(wanted, field.name)
        if field.name == "worst_margin_error":
            assert max(value, other) < 1e-10
        elif isinstance(value, float):
            assert value == pytest.approx(other, rel=1e-9), field.name
        else:
            assert value == other, field.name
    assert [row.n for row in cells.table] == [row.n for row in found.table]
    assert [row.weighted for row in cells.table] == pytest.approx([row.weighted for row in found.table], rel=1e-9)
    assert [row.unweighted for row in cells.table] == pytest.approx([row.unweighted for row in found.table], rel=1e-12)


def test_levels_nobody_is_in_are_merged_alike() -> None:
    one = world(150, seed=9)
    region = one.coded["region"]
    gone = np.where(region.codes == 4, 3, region.codes)
    one = msgspec.structs.replace(
        one, coded={**one.coded, "region": msgspec.structs.replace(region, codes=gone)}, groups={}
    )
    found = weigh_coded(list(one.coded.values()), one.margins, start_weights=one.base_weights)
    cells = weigh_cells(one.table(), one.margins)
    assert cells.merged == found.merged != ()
    assert cells.reason == found.reason
    assert cells.factor[one.cells().of] * one.base_weights == pytest.approx(found.weights, rel=1e-9)


def test_base_weights_that_all_differ_share_cells_when_nothing_is_trimmed() -> None:
    one = world()
    one = msgspec.structs.replace(
        one, base_weights=np.random.default_rng(8).uniform(0.5, 3.0, one.n), groups=one.groups
    )
    found = rake(list(one.coded.values()), one.margins, one.base_weights)
    table = one.table(by_weight=False)
    assert not table.one_weight_per_cell
    assert table.size < one.n / 2
    cells = rake_cells(table, one.margins)
    assert cells.certificate.n_eff == pytest.approx(found.certificate.n_eff, rel=1e-10)
    compare(
        one,
        table,
        cell_designs.make(table, cells.factor, basis=cells.basis),
        designs.make(found.weights, bases=[found.basis]),
    )


def test_strata_that_are_functions_of_the_cell() -> None:
    one = world()
    strata = Grouping(labels=("n", "s", "w"), codes=np.random.default_rng(4).integers(0, 3, one.n))
    found = rake(list(one.coded.values()), one.margins, one.base_weights)
    stage = designs.stage(strata=strata.codes.tolist(), units=None, rows=one.n)
    design = designs.make(found.weights, stages=[stage], bases=[found.basis])
    table = one.table(strata=strata)
    cells = rake_cells(table, one.margins)
    own = cell_designs.make(table, cells.factor, basis=cells.basis, strata=table.grouping("stratum").codes)
    assert own.df == design.df == one.n - 3
    compare(one, table, own, design)


def test_base_weights_without_calibration() -> None:
    one = world()
    design = designs.make(one.base_weights)
    table = one.table()
    compare(one, table, cell_designs.make(table, np.ones(table.size)), design)


def test_a_design_of_respondents_is_taken_over() -> None:
    one = world()
    found = weigh_coded(list(one.coded.values()), one.margins, start_weights=one.base_weights, trim_high=2.0)
    table = one.table()
    own = cell_designs.collapse(found.design, table, one.cells(), one.base_weights)
    compare(one, table, own, found.design)


def test_a_figure_fixed_by_a_margin_has_no_width() -> None:
    """Shares of `COPY` among those placed exactly are not fixed, because partly known people count in the margin; the
    dimension itself, where all are known, is."""
    one = world()
    school = one.coded["school"]
    exact = msgspec.structs.replace(school, codes=school.codes % 3)
    one = msgspec.structs.replace(
        one,
        coded={**one.coded, "school": exact},
        answers={**one.answers, "COPY": exact.codes.astype(np.float64)},
    )
    table = one.table()
    cells = weigh_cells(table, one.margins)
    figures = estimates.estimate(table, cells.design, [measures.share("COPY", [c]) for c in (0, 1, 2)]).estimates()
    shares = dict(zip(one.margins[2].levels, one.margins[2].shares, strict=True))
    for (found,), share in zip(figures, shares.values(), strict=True):
        assert found.note == "fixed_by_margin"
        assert found.se == 0
        assert found.value == pytest.approx(share, rel=1e-9)
    assert all(
        figure[0].note == "" for figure in estimates.estimate(table, cells.design, [measures.mean("Q1")]).estimates()
    )


class TestCovariance:
    KINDS = (
        measures.share("Q1", [4, 5]),
        measures.share("Q1", [1]),
        measures.share("Q2", [5]),
        measures.mean("Q3"),
        measures.net("Q3", [5], [1]),
    )

    def columns(self, one: World) -> FloatArray:
        q1, q2, q3 = (one.answers[key] for key in ("Q1", "Q2", "Q3"))
        kept = [
            np.where(np.isnan(q1), np.nan, q1 >= 4),
            np.where(np.isnan(q1), np.nan, q1 == 1),
            np.where(np.isnan(q2), np.nan, q2 == 5),
            q3,
            np.where(np.isnan(q3), np.nan, (q3 == 5).astype(float) - (q3 == 1)),
        ]
        return np.column_stack(kept)

    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_of_several_questions_and_groups(self, convention: SeConvention) -> None:
        one = world()
        found = weigh_coded(
            list(one.coded.values()), one.margins, start_weights=one.base_weights, convention=convention
        )
        table = one.table(crosses=(("Q1", "Q2"), ("Q3", "Q1"), ("Q2", "Q3")))
        cells = weigh_cells(table, one.margins, convention=convention)
        joint = estimates.covariance(table, cells.design, self.KINDS, by=table.grouping("half"))
        half = one.groups["half"]
        wide = np.hstack([
            np.where((half.codes == g)[:, None], self.columns(one), np.nan)[:, [j]]
            for j in range(len(self.KINDS))
            for g in range(len(half.labels))
        ])  # fmt: skip
        value, n, covariance = arrays.joint(wide, found.design)
        assert joint.labels[:3] == ((0, "x"), (0, "y"), (0, "empty"))
        assert joint.n.tolist() == n.tolist()
        assert joint.value == pytest.approx(value, rel=1e-10)
        assert joint.covariance == pytest.approx(covariance, rel=1e-9, abs=1e-16)
        assert np.abs(covariance[:2, 6:8]).max() > 1e-6, "control: the questions do hang together"

    def test_the_diagonal_is_the_variance(self) -> None:
        one = world()
        table = one.table()
        cells = weigh_cells(table, one.margins)
        kinds = [measures.share("Q1", [code]) for code in SCALE]
        joint = estimates.covariance(table, cells.design, kinds)
        figures = estimates.estimate(table, cells.design, kinds)
        assert np.diag(joint.covariance) == pytest.approx(figures.variance[:, 0], rel=1e-9)
        assert np.abs(joint.covariance.sum(axis=0)).max() < 1e-12, "shares of one question add up to one"

    def test_without_calibration_and_with_strata(self) -> None:
        one = world()
        strata = Grouping(labels=("n", "s", "w"), codes=np.random.default_rng(4).integers(0, 3, one.n))
        stage = designs.stage(strata=strata.codes.tolist(), units=None, rows=one.n)
        table = one.table(crosses=(("Q1", "Q2"), ("Q1", "Q3"), ("Q2", "Q3")), strata=strata)
        own = cell_designs.make(table, np.ones(table.size), strata=table.grouping("stratum").codes)
        _, _, covariance = arrays.joint(self.columns(one), designs.make(one.base_weights, stages=[stage]))
        found = estimates.covariance(table, own, self.KINDS)
        assert found.covariance == pytest.approx(covariance, rel=1e-9, abs=1e-16)


def test_calibration_is_looked_through() -> None:
    """Control: leaving the calibration out of the standard errors would be seen."""
    one = world()
    table = one.table()
    cells = weigh_cells(table, one.margins)
    asked_for = [measures.mean("SCORE"), measures.mean("Q1")]
    with_it = estimates.estimate(table, cells.design, asked_for).variance
    without = estimates.estimate(table, cell_designs.make(table, cells.factor), asked_for).variance
    assert (np.abs(without / with_it - 1) > 1e-3).all()
