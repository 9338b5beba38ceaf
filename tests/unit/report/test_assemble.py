"""The report as a value: it repeats, it always comes, and it holds what a reader needs."""

import pickle
import time
from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from samenspraak.canonical import canonical_json
from samenspraak.types.audit import AnalysisPlan
from samenspraak.types.inference import FamilyPlan
from samenspraak.types.questionnaire import Form
from samenspraak.types.report import Disclosure, Figure, Report

from service.reports.assemble import assemble
from service.reports.build import build
from service.reports.sample import knowledge_keys, scores
from service.reports.weighting import final_weights
from tests.unit.report import factory


@pytest.fixture(scope="module")
def report() -> Report:
    return assemble(factory.inputs(n=1000))


class TestRepeats:
    def test_same_inputs_in_another_order_give_the_same_bytes(self) -> None:
        inputs = factory.inputs(n=300)
        turned = msgspec.structs.replace(inputs, respondents=inputs.respondents[::-1])
        assert build(inputs) == build(turned)

    def test_inputs_survive_the_way_to_another_process(self) -> None:
        inputs = factory.inputs(n=40)
        assert pickle.loads(pickle.dumps(inputs)) == inputs

    def test_report_reads_back_as_it_was_written(self, report: Report) -> None:
        assert canonical_json(msgspec.json.decode(canonical_json(report), type=Report)) == canonical_json(report)

    def test_another_seed_than_the_committed_one_is_refused(self) -> None:
        inputs = msgspec.structs.replace(factory.inputs(n=40), seed="00" * 16)
        with pytest.raises(ValueError, match="commitment"):
            assemble(inputs)


class TestAlwaysComes:
    @pytest.mark.parametrize("n", [0, 1, 2, 9, 25])
    def test_few_answers_give_a_report_without_figures(self, n: int) -> None:
        report = assemble(factory.inputs(n=n, ballot=False))
        shown = [f.headline.value for f in (*report.value, *report.use) if f.headline is not None]
        assert report.n == n
        assert report.method
        assert all(value is None for value in shown)
        assert report.weighting.dimensions == ()
        assert build(factory.inputs(n=n, ballot=False)).pdf.startswith(b"%PDF")

    @pytest.mark.parametrize("form", ["short", "standard", "long"])
    def test_every_form_has_its_report(self, form: Form) -> None:
        report = assemble(factory.inputs(n=150, form=form))
        assert report.vote_item is not None
        assert report.concerns
        assert report.conditions

    def test_a_chosen_system_is_asked_about_use(self) -> None:
        report = assemble(factory.inputs(n=150, application="chatbot-gemeente"))
        assert "LU_INT" in {figure.key for figure in report.use}


class TestWeighting:
    def test_weighted_margins_meet_the_population(self, report: Report) -> None:
        assert report.weighting.converged
        assert max(abs(check.weighted - check.population) for check in report.margin_checks if check.weighted) < 1e-6

    def test_merged_levels_are_named_in_words(self) -> None:
        report = assemble(factory.inputs(n=250))
        assert report.weighting.merged
        assert any("samengevoegd" in remark for remark in report.weighting.merged)
        assert all(check.n is None or check.n >= 30 for check in report.margin_checks)

    def test_small_sample_carries_a_warning(self) -> None:
        weighting = assemble(factory.inputs(n=250)).disclosure.weighting
        assert "Let op: minder dan 500" in weighting.nl
        assert "fewer than 500" in weighting.en

    def test_weights_for_the_ballot_have_mean_one_and_cover_everybody(self) -> None:
        inputs = factory.inputs(n=200)
        weights = final_weights(inputs)
        assert weights is not None
        assert set(weights) == {person.respondent_id for person in inputs.respondents}
        assert sum(weights.values()) / len(weights) == pytest.approx(1.0)

    def test_too_few_answers_leave_the_ballot_unweighted(self) -> None:
        assert final_weights(factory.inputs(n=20)) is None


def figures_of(report: Report) -> list[Figure]:
    vote = [report.vote_item] if report.vote_item else []
    return [*report.value, *report.use, *report.other, *vote]


class TestContents:
    def test_eleven_disclosure_items_and_the_input_for_article_27_are_there(self, report: Report) -> None:
        items = {name: getattr(report.disclosure, name) for name in Disclosure.__struct_fields__}
        assert len(items) == 11
        assert {item.item for item in report.method} == {"ai_act_27", "reproduction"}
        assert all(text.nl and text.en for text in (*items.values(), *(item.text for item in report.method)))

    def test_every_figure_carries_base_interval_and_kind(self, report: Report) -> None:
        for figure in (*report.value, *report.use, *report.other, *report.concern_figures):
            estimate = figure.headline
            assert estimate is not None
            assert estimate.value is not None
            assert estimate.interval is not None
            assert estimate.sensitivity is not None
            assert estimate.n
            assert estimate.n_eff
            assert estimate.base
            assert estimate.sample_kind == "simulated"

    def test_sensitivity_band_holds_the_interval(self, report: Report) -> None:
        for item in report.concerns:
            band, interval = item.share.sensitivity, item.share.interval
            assert band is not None
            assert interval is not None
            assert band.lower <= interval.lower
            assert interval.upper <= band.upper

    def test_subgroups_are_the_planned_ones_for_key_figures_only(self, report: Report) -> None:
        assert {table.dimension for table in report.subgroups} == {
            "sex", "age3", "education3", "landsdeel", "digital_skill", "experience",
        }  # fmt: skip
        assert "PV_SOC" in {table.figure for table in report.subgroups}
        assert "GA_1" not in {table.figure for table in report.subgroups}

    def test_a_planted_difference_is_found_and_said_with_its_interval(self, report: Report) -> None:
        found = [t for t in report.subgroups if t.figure == "PV_SOC" and t.dimension == "education3"]
        assert found[0].differs
        assert any("We zien een verschil tussen" in sentence.nl for sentence in report.headline)

    def test_groups_of_a_sample_without_differences_stay_silent(self) -> None:
        inputs = factory.inputs(n=400)
        mixed = factory.sample(inputs.questionnaire, n=400, seed=99)
        strangers = tuple(
            factory.replaced(person, answers=other.answers)
            for person, other in zip(inputs.respondents, mixed, strict=True)
        )
        report = assemble(msgspec.structs.replace(inputs, respondents=strangers))
        profile = [t for t in report.subgroups if t.dimension in ("sex", "age3", "education3", "landsdeel")]
        assert sum(bool(table.differs) for table in profile) == 0

    def test_rank_intervals_hold_the_order_shown(self, report: Report) -> None:
        for place, item in enumerate(report.concerns, 1):
            assert item.rank_low is not None
            assert item.rank_high is not None
            assert item.rank_low <= place <= item.rank_high

    def test_what_goes_with_voting_against_comes_from_one_model_and_is_named_as_association(
        self, report: Report
    ) -> None:
        found = report.drivers
        assert found is not None
        assert len(found.rows) == len(report.concerns)
        effects = [row.effect.value for row in found.rows if row.effect.value is not None]
        assert effects == sorted(effects, reverse=True)
        assert all(row.p_adjusted is not None and row.p_adjusted >= (row.p or 0) for row in found.rows)
        assert "Samenhang, geen oorzaak" in found.note.nl
        assert "stemvraag" in found.outcome.nl

    def test_declared_families_hold_every_test_once_and_nothing_else_is_tested(self, report: Report) -> None:
        families = {family.name: family for family in report.families}
        assert families["vote_and_value"].correction == "holm"
        assert families["other_key_figures"].correction == "benjamini_hochberg"
        places = [(test.figure, test.dimension) for family in report.families for test in family.tests]
        assert len(places) == len(set(places)) == len(report.subgroups)
        tested = {(t.figure, t.dimension): t.p_adjusted for t in report.subgroups}
        for family in report.families:
            for test in family.tests:
                assert tested[test.figure, test.dimension] == test.p_adjusted

    def test_figures_outside_every_family_are_shown_without_a_test(self) -> None:
        inputs = factory.inputs(n=400)
        analysis = AnalysisPlan(families=(FamilyPlan(name="vote", kind="confirmatory", figures=("VT_MAIN",)),))
        plan = msgspec.structs.replace(inputs.plan, analysis=analysis)
        found = assemble(msgspec.structs.replace(inputs, plan=plan))
        assert [family.name for family in found.families] == ["vote"]
        assert all(t.differs is None for t in found.subgroups if t.figure != "VT_MAIN")
        assert any(t.differs is not None for t in found.subgroups if t.figure == "VT_MAIN")

    def test_thin_groups_of_the_vote_get_a_second_opinion_and_no_others_do(self) -> None:
        found = assemble(factory.inputs(n=320))
        rows = [(t, row) for t in found.subgroups for row in t.rows]
        assert any(row.second_opinion for _, row in rows)
        for table, row in rows:
            if row.second_opinion is not None:
                assert table.figure == "VT_MAIN"
                assert row.estimate.flag == "exploratory"
                assert (
                    row.second_opinion.interval.lower <= row.second_opinion.value <= row.second_opinion.interval.upper
                )

    def test_order_effects_are_differences_between_the_two_orders(self, report: Report) -> None:
        assert report.order_effects
        for one in report.order_effects:
            figure = next(f for f in figures_of(report) if f.key == one.figure)
            first, second = figure.arms[one.first].value, figure.arms[one.second].value
            if first is not None and second is not None:
                assert one.difference.value == pytest.approx(first - second, abs=2e-6)

    def test_indices_say_how_well_their_items_hang_together(self, report: Report) -> None:
        value = next(f for f in report.value if f.key == "VALUE_INDEX")
        assert value.reliability is not None
        assert 0.5 < (value.reliability.alpha or 0) < 1
        assert value.reliability.n >= 100

    def test_scales_with_two_sides_have_a_net_score_and_the_vote_a_lead(self, report: Report) -> None:
        balance = next(f for f in report.value if f.key == "PV_BAL")
        shares = {share.code: share.estimate.value or 0.0 for share in balance.shares}
        assert balance.net is not None
        assert balance.net.value == pytest.approx(shares["4"] + shares["5"] - shares["1"] - shares["2"], abs=1e-5)
        assert next(f for f in report.value if f.key == "PV_SOC").net is None
        assert report.vote_item is not None
        found, votes = report.vote_item.lead, {s.code: s.estimate.value or 0.0 for s in report.vote_item.shares}
        assert found is not None
        assert found.difference.value == pytest.approx(votes["1"] + votes["2"] - votes["3"], abs=1e-5)
        assert not found.too_close
        assert found.probability == pytest.approx(1, abs=1e-3)

    def test_variants_are_compared_in_value_use_and_vote(self) -> None:
        found = assemble(factory.inputs(n=400, variants=True))
        assert found.variants is not None
        assert [row.variant for row in found.variants.rows] == ["base", "alone"]
        assert [row.n for row in found.variants.rows] == [200, 200]
        assert {one.figure for one in found.variants.differences} == {"PV_SOC", "LU_SUBJ", "VT_MAIN"}
        for one in found.variants.differences:
            first, second = (row.figures[one.figure].value for row in found.variants.rows)
            assert first is not None
            assert second is not None
            assert one.difference.value == pytest.approx(first - second, abs=2e-6)
            assert one.p_adjusted is not None
        assert 0.1 < (found.variants.detectable or 0) < 0.3
        assert set(found.value[0].arms) == {"value_first", "concerns_first"}

    def test_understanding_is_judged_by_the_key_of_each_ones_variant(self) -> None:
        """Everybody answers as the main text says: right in that variant, one wrong in the other."""
        inputs = factory.inputs(n=200, variants=True)
        keys = knowledge_keys(inputs.questionnaire)
        people = tuple(factory.replaced(person, answers=dict(keys)) for person in inputs.respondents)
        right = scores(people, inputs.questionnaire)
        arms = {arm.key: arm.variant for arm in inputs.questionnaire.arms}
        base = np.array([arms[person.arm] == "base" for person in people])
        assert set(right[base]) == {len(keys)}
        assert set(right[~base]) == {len(keys) - 1}

    def test_who_took_part_is_told_from_invitation_to_figure(self, report: Report) -> None:
        found = report.representation
        assert found is not None
        counts = [step.count for step in found.funnel if step.count is not None]
        assert counts == sorted(counts, reverse=True)
        assert counts[0] == report.fieldwork.invited
        assert found.indicator is not None
        assert 0.4 < found.indicator.value < 1
        assert found.indicator.unadjusted <= found.indicator.value
        young = next(c for p in found.indicator.partials if p.dimension == "age3" for c in p.categories)
        assert (young.code, young.value < 0) == ("18-34", True)

    def test_open_answers_are_counts_only(self, report: Report) -> None:
        assert report.open_answers["OP_Q"] >= 10
        assert b"Wie kijkt er mee" not in canonical_json(report)

    def test_decisions_of_staff_stand_on_the_first_page(self) -> None:
        decision = {"accept_draft_items": "Conceptvragen toegestaan door de redactie, 1 november 2026."}
        assert assemble(factory.inputs(n=40, decisions=decision)).decisions == tuple(decision.values())


def test_cost_of_a_thousand_answers_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    inputs = factory.inputs(n=1000)
    spent = {}
    steps: dict[str, Callable[[], object]] = {"assemble": lambda: assemble(inputs), "everything": lambda: build(inputs)}
    for name, step in steps.items():
        start = time.process_time()
        step()
        spent[name] = time.process_time() - start
    with capsys.disabled():
        print("CPU seconds for n = 1,000 and the standard form:", {k: round(v, 3) for k, v in spent.items()})
    assert all(value > 0 for value in spent.values())
