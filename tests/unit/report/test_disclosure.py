"""Nothing in a report gives a small group or one person away, not even to somebody who subtracts."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
import pytest
from samenspraak.canonical import canonical_json
from samenspraak.types.estimate import Estimate
from samenspraak.types.questionnaire import Knowledge
from samenspraak.types.report import Figure, Report, SubgroupTable

from analytics.disclosure import attack, release
from analytics.disclosure.release import Base, Cell, Protection
from service.render import csv as table_of_figures
from service.reports import subgroups, weighting, withheld
from service.reports.assemble import assemble
from service.reports.estimates import variable_of
from service.reports.figures import column
from service.reports.inputs import ReportInputs, Respondent
from service.reports.sample import build, questions
from service.reports.withheld import Planned
from tests.unit.report import factory

Change = Callable[[int, Respondent], Respondent]


def changed(inputs: ReportInputs, change: Change) -> ReportInputs:
    people = tuple(change(number, person) for number, person in enumerate(inputs.respondents))
    return msgspec.structs.replace(inputs, respondents=people)


def with_few(dimension: str, code: str, few: int, others: Sequence[str]) -> Change:
    """Only the first `few` people are in the group; everybody else is moved to one of the others."""

    def change(number: int, person: Respondent) -> Respondent:
        level = code if number < few else others[number % len(others)]
        return factory.replaced(person, profile={dimension: level})

    return change


def whole(report: Report, key: str) -> Figure:
    figures: list[Figure] = [*report.value, *report.use, *report.other]
    figures += [report.vote_item] if report.vote_item else []
    return next(figure for figure in figures if figure.key == key)


def estimates(report: Report) -> list[Estimate]:
    found = []
    for figure in (*report.comprehension, *report.value, *report.concern_figures, *report.use, *report.other):
        found += [figure.headline, figure.dont_know, figure.without_flagged, figure.understood, *figure.arms.values()]
        found += [share.estimate for share in figure.shares]
    found += [row.estimate for table in report.subgroups for row in table.rows]
    return [estimate for estimate in found if estimate is not None]


class TestThresholds:
    @pytest.mark.parametrize(("n", "flag"), [(6, "suppressed"), (15, "too_few"), (60, "exploratory"), (120, "ok")])
    def test_base_decides_what_is_shown(self, n: int, flag: str) -> None:
        headline = assemble(factory.inputs(n=n, form="short", without_opinion=0.0)).value[0].headline
        assert headline is not None
        assert headline.flag == flag
        assert (headline.value is not None) == (flag in ("exploratory", "ok"))

    def test_hidden_figures_carry_no_number_at_all(self) -> None:
        for estimate in estimates(assemble(factory.inputs(n=45))):
            if estimate.flag == "suppressed":
                bare = Estimate(value=None, base=estimate.base, flag="suppressed", sample_kind=estimate.sample_kind)
                assert msgspec.structs.replace(estimate, wording=()) == bare
            if estimate.flag == "too_few":
                assert estimate.value is None
                assert estimate.interval is None
                assert estimate.unweighted is None

    def test_comparison_needs_two_hundred_answers(self) -> None:
        assert all(table.differs is None for table in assemble(factory.inputs(n=150)).subgroups)
        assert any(table.differs is not None for table in assemble(factory.inputs(n=260)).subgroups)


class TestSubgroups:
    @pytest.mark.parametrize("few", [1, 4, 9])
    def test_attack_recovers_no_hidden_group(self, few: int) -> None:
        inputs = factory.inputs(n=260, without_opinion=0.0)
        change = with_few("landsdeel", "LD01", few, ["LD02", "LD03", "LD04"])
        report = assemble(changed(inputs, change))
        tables = [table for table in report.subgroups if table.dimension == "landsdeel"]
        assert tables
        for table in tables:
            self.assert_safe(table, whole(report, table.figure))

    def assert_safe(self, table: SubgroupTable, figure: Figure) -> None:
        hidden = [row for row in table.rows if row.estimate.flag == "suppressed"]
        assert len(hidden) >= 2
        shown = {row.code: row.estimate.n or 0 for row in table.rows if row not in hidden}
        assert figure.headline is not None
        assert figure.headline.n is not None
        rest = figure.headline.n - sum(shown.values())
        assert rest >= 10
        counts = np.array([*shown.values(), *([rest // len(hidden)] * len(hidden))])
        counts[-1] += rest - counts[len(shown) :].sum()
        mask = np.array([False] * len(shown) + [True] * len(hidden))
        low, high = attack.table(counts, mask)
        assert (high[mask] - low[mask] >= 10).all()

    @pytest.mark.parametrize("unknown", [1, 5, 9])
    def test_few_people_of_unknown_level_cannot_be_told_by_subtraction(self, unknown: int) -> None:
        def change(number: int, person: Respondent) -> Respondent:
            return factory.replaced(person, profile={"sex": None, "sex_age": None}) if number < unknown else person

        report = assemble(changed(factory.inputs(n=300, without_opinion=0.0), change))
        for table in report.subgroups:
            if table.dimension == "sex":
                headline = whole(report, table.figure).headline
                assert headline is not None
                assert sum(row.estimate.n or 0 for row in table.rows) == headline.n
                assert all(row.estimate.value is not None for row in table.rows)
                assert any("niet bekend of anders" in row.label.nl for row in table.rows)

    def test_many_people_of_unknown_level_stay_apart(self) -> None:
        def change(number: int, person: Respondent) -> Respondent:
            return factory.replaced(person, profile={"sex": None, "sex_age": None}) if number < 40 else person

        report = assemble(changed(factory.inputs(n=300), change))
        table = next(table for table in report.subgroups if table.dimension == "sex")
        assert not any("niet bekend" in row.label.nl for row in table.rows)

    def test_group_of_one_mind_hides_another_one_too(self) -> None:
        def change(number: int, person: Respondent) -> Respondent:
            return factory.replaced(person, answers={"PV_SELF": 1}) if person.profile["education3"] == "1" else person

        report = assemble(changed(factory.inputs(n=400), change))
        table = next(t for t in report.subgroups if t.figure == "PV_SELF" and t.dimension == "education3")
        hidden = {row.code for row in table.rows if row.estimate.flag == "suppressed"}
        assert "1" in hidden
        assert len(hidden) == 2
        assert table.differs is None


class TestParts:
    def test_few_flagged_cases_are_not_shown_by_leaving_them_out(self) -> None:
        def change(number: int, person: Respondent) -> Respondent:
            flags = ("speeding", "attention") if number < 6 else ()
            return factory.replaced(person, flags=flags)

        report = assemble(changed(factory.inputs(n=300), change))
        assert all(figure.without_flagged is None for figure in report.value)
        assert report.quality.flagged is None
        assert report.quality.flags == {}

    def test_many_flagged_cases_give_a_second_figure(self) -> None:
        report = assemble(factory.inputs(n=600))
        assert report.quality.flagged is not None
        part = report.value[0].without_flagged
        assert part is not None
        assert part.n is not None
        assert part.n < (report.value[0].headline.n or 0) if report.value[0].headline else False

    def test_few_who_did_not_understand_are_not_shown_by_leaving_them_out(self) -> None:
        def change(number: int, person: Respondent) -> Respondent:
            right = {q.key: q.correct for q in knowledge} if number >= 5 else {q.key: 98 for q in knowledge}
            return factory.replaced(person, answers=right)

        inputs = factory.inputs(n=300)
        knowledge = [q for page in inputs.questionnaire.pages for q in page.questions if isinstance(q, Knowledge)]
        report = assemble(changed(inputs, change))
        assert all(figure.understood is None for figure in report.value)


class TestUnanimity:
    def test_one_answer_from_everybody_is_not_shown(self) -> None:
        def change(number: int, person: Respondent) -> Respondent:
            return factory.replaced(person, answers={"PV_SELF": 5})

        figure = whole(assemble(changed(factory.inputs(n=300), change)), "PV_SELF")
        assert figure.headline is not None
        assert figure.headline.flag == "suppressed"
        assert {share.estimate.flag for share in figure.shares} == {"suppressed"}
        assert figure.without_flagged is None
        assert "alle antwoorden zijn gelijk" in figure.sentence.nl


class TestProfileCounts:
    def test_few_people_outside_the_frame_cannot_be_counted(self) -> None:
        def change(number: int, person: Respondent) -> Respondent:
            return factory.replaced(person, profile={"sex": None, "sex_age": None}) if number < 4 else person

        report = assemble(changed(factory.inputs(n=500), change))
        checks = [check for check in report.margin_checks if check.dimension == "sex_age"]
        assert sum(check.n is None for check in checks) >= 2
        assert report.n - sum(check.n or 0 for check in checks) >= 30


def released(report: Report) -> dict[tuple[str, str], int]:
    """Figure and part of the people -> base, as anybody can read it from the JSON and the CSV together."""
    value = json.loads(canonical_json(report))
    found: dict[tuple[str, str], int] = {}
    sections = ("comprehension", "value", "concern_figures", "use", "other", "conditions")
    figures = [figure for section in sections for figure in value[section]] + [value["vote_item"]]
    for figure in figures:
        parts = [figure.get("headline"), figure.get("without_flagged"), figure.get("understood")]
        names = ["all", "not_flagged", "understood"] + [f"arm={arm}" for arm in figure.get("arms", {})]
        for name, part in zip(names, [*parts, *figure.get("arms", {}).values()], strict=True):
            if part and part.get("n"):
                found[figure["key"], name] = part["n"]
    for table in value["subgroups"]:
        for row in table["rows"]:
            if row["estimate"].get("n"):
                found[table["figure"], f"{table['dimension']}={row['code']}"] = row["estimate"]["n"]
    for row in csv.DictReader(io.StringIO(table_of_figures.render(report).decode("utf-8-sig"))):
        if row["n"] and row["section"] == "subgroups":
            assert found[row["figure"], f"{row['dimension']}={row['code']}"] == int(row["n"])
        elif row["n"] and row["measure"] == "headline":
            assert found[row["figure"], "all"] == int(row["n"])
    return found


def everything(inputs: ReportInputs) -> tuple[Planned, dict[str, str]]:
    """Every cell of the report with its people, and the variable of each question."""
    respondents = weighting.ordered(inputs)
    weighted = weighting.weight(inputs, respondents)
    sample = build(
        respondents,
        design=weighted.design,
        questionnaire=inputs.questionnaire,
        kind=inputs.plan.sample_kind,
        plan=inputs.plan.weighting,
    )
    asked = questions(inputs.questionnaire)
    by_group = {question.key for question in asked}
    _, dimensions = subgroups.shown_by(inputs.plan.subgroups, inputs.plan.analysis.families)
    columns = {q.key: ready for q in asked if (ready := column(sample, q)) is not None}
    found = withheld.planned(sample, asked, by_group, dimensions, weighted.checks, inputs.margins)
    return found, {key: variable_of(ready.headline.y) for key, ready in columns.items()}


def told(inputs: ReportInputs, report: Report) -> set[str]:
    """Small or unanimous sets that margins, differences or linear algebra give back from what was released."""
    plan, variables = everything(inputs)
    numbers, found = released(report), set[str]()
    for question, variable in variables.items():
        base, own = plan.bases[variable], [cell for cell in plan.cells if cell.variable == variable]
        there = base.people > 0
        sets = {cell.key.partition("|")[2]: cell.members & there for cell in own}
        shown = {name: who for name, who in sets.items() if (question, name) in numbers}
        assert all(numbers[question, name] == who.sum() for name, who in shown.items())
        if not shown:
            continue
        rows, names = np.array(list(shown.values())), list(shown)
        pairs = attack.differences(rows, base.people)
        found |= {f"{question}: {names[one.first]} - {names[one.second]}" for one in pairs}
        hidden = [(name, who) for name, who in sets.items() if name not in shown and 0 < who.sum() < 10]
        if hidden:
            exact = attack.linear(rows, np.array([who for _, who in hidden]))
            low, high = attack.bounds(rows, np.array([who for _, who in hidden]), base.people)
            close = high - low < 1
            found |= {f"{question}: {hidden[i][0]}" for i in np.flatnonzero(exact | close)}
        gone = [cell.key for cell in own if cell.key.partition("|")[2] not in shown]
        found |= {f"{question}: {one}" for one in release.told(own, {variable: base}, gone)}
    return found


def hard(number: int, person: Respondent) -> Respondent:
    """Six people in one part of the country, eight of unknown age, twelve doubtful, four of them in the north."""
    flags = ("speeding", "attention") if number < 12 else ()
    profile: dict[str, str | None] = {"landsdeel": "LD01" if number < 6 else f"LD0{2 + number % 3}"}
    if 50 <= number < 58:
        profile["age3"] = None
    return factory.replaced(person, flags=flags, profile=profile)


def hard_inputs() -> ReportInputs:
    return changed(factory.inputs(n=260, without_opinion=0.02), hard)


class TestTheWholeReport:
    def test_margins_differences_and_linear_algebra_recover_no_protected_cell(self) -> None:
        inputs = hard_inputs()
        report = assemble(inputs)
        assert report.release is not None
        assert report.release.hidden > 0
        assert told(inputs, report) == set()

    @pytest.mark.slow
    def test_an_attack_that_knows_nothing_of_the_rules_finds_no_few_people(self) -> None:
        inputs = hard_inputs()
        report = assemble(inputs)
        (plan, variables), numbers = everything(inputs), released(report)
        for question in ("PV_SELF", "VT_MAIN"):
            base = plan.bases[variables[question]]
            own = [cell for cell in plan.cells if cell.variable == variables[question]]
            sets = {cell.key.partition("|")[2]: cell.members & (base.people > 0) for cell in own}
            shown = [who for name, who in sets.items() if (question, name) in numbers]
            assert attack.fewest(np.array(list(sets.values())), base.people) < 10
            assert attack.fewest(np.array(shown), base.people) >= 10

    def test_without_secondary_suppression_the_attack_succeeds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        inputs, protect = hard_inputs(), release.protect

        def primary_only(cells: Sequence[Cell], bases: Mapping[str, Base]) -> Protection:
            return msgspec.structs.replace(protect(cells, bases), secondary=frozenset())

        monkeypatch.setattr(release, "protect", primary_only)
        found = told(inputs, assemble(inputs))
        assert any("landsdeel=LD01" in one for one in found)

    def test_a_small_group_of_one_question_is_hidden_in_the_table_of_figures_too(self) -> None:
        report = assemble(hard_inputs())
        rows = list(csv.DictReader(io.StringIO(table_of_figures.render(report).decode("utf-8-sig"))))
        small = [row for row in rows if row["code"] == "LD01"]
        assert small
        assert all(not row["n"] and not row["value"] and not row["unweighted"] for row in small)

    def test_margin_counts_and_groups_together_give_nobody_away(self) -> None:
        """Three people of unknown sex: the count of an age group must not differ by them from its levels of sex and
        age."""

        def change(number: int, person: Respondent) -> Respondent:
            return factory.replaced(person, profile={"sex": None, "sex_age": None}) if number < 3 else person

        inputs = changed(factory.inputs(n=500), change)
        plan, _ = everything(inputs)
        report = assemble(inputs)
        gone = {withheld.level_key(check) for check in report.margin_checks if check.n is None}
        people = [cell for cell in plan.cells if cell.key.partition("|")[0] == withheld.PEOPLE]
        assert gone
        assert not release.told(people, plan.bases, gone)
        assert release.told(people, plan.bases, ())

    def test_at_most_one_in_twenty_cells_is_hidden_at_a_thousand(self) -> None:
        report = assemble(factory.inputs(n=1000))
        assert report.release is not None
        assert report.release.cells > 250
        assert report.release.hidden <= 0.05 * report.release.cells
        shown = [one.flag for one in estimates(report)]
        assert shown.count("suppressed") <= 0.05 * len(shown)


class TestEverybodyAnswersAlike:
    def test_a_ranking_on_which_all_agree_shows_neither_shares_nor_headline(self) -> None:
        alike = changed(
            factory.inputs(n=300, form="short"),
            lambda _, person: factory.replaced(person, answers={"CD_MUST": [1, 2, 3]}),
        )
        report = assemble(alike)
        figure = next(figure for figure in report.conditions if figure.key == "CD_MUST")
        assert figure.headline is None or figure.headline.value is None
        assert all(share.estimate.value is None for share in figure.shares)
