"""Nothing in a report gives a small group or one person away, not even to somebody who subtracts."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pytest
from samenspraak.types.estimate import Estimate
from samenspraak.types.questionnaire import Knowledge
from samenspraak.types.report import Figure, Report, SubgroupTable

from analytics.disclosure.attack import table as attack
from service.reports.assemble import assemble
from service.reports.inputs import ReportInputs, Respondent
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
        headline = assemble(factory.inputs(n=n, without_opinion=0.0)).value[0].headline
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
        low, high = attack(counts, mask)
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

    def test_group_of_one_mind_hides_its_table(self) -> None:
        def change(number: int, person: Respondent) -> Respondent:
            return factory.replaced(person, answers={"PV_SELF": 1}) if person.profile["education3"] == "1" else person

        report = assemble(changed(factory.inputs(n=400), change))
        table = next(t for t in report.subgroups if t.figure == "PV_SELF" and t.dimension == "education3")
        assert {row.estimate.flag for row in table.rows} == {"suppressed"}
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
