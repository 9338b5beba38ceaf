"""Variants of one application: each person reads one, is asked about that one, and every one is read equally often."""

from collections import Counter

import msgspec
import pytest
from samenspraak.types.application import Application, Description, Section, Variant
from samenspraak.types.questionnaire import Info, Knowledge, Questionnaire

from surveys import applications, battery, routing
from surveys.lint import lint
from surveys.models import Respondent
from surveys.responses import arm_at
from tests.unit.surveys.conftest import key, text


@pytest.fixture
def with_variant(application: Application) -> Application:
    human = Section(heading="Wat doen mensen?", text="De computer besluit. U kunt om een mens vragen.")
    person = Section(heading="What do people do?", text="The computer decides. You can ask for a person.")
    described = Description(nl=[*application.description.nl[:2], human], en=[*application.description.en[:2], person])
    keys = msgspec.structs.replace(
        application.comprehension, human=key(("De computer", "The computer"), ("Een medewerker", "A member of staff"))
    )
    other = Variant(
        key="no_check",
        label=text("zonder controle door een mens", "without a check by a person"),
        description=described,
        comprehension=keys,
    )
    return msgspec.structs.replace(application, variants=[other], base_label=text("met controle", "with a check"))


@pytest.fixture
def questionnaire(with_variant: Application) -> Questionnaire:
    return battery.build(with_variant, form="short")


def shown(q: Questionnaire, arm: str) -> dict[str, object]:
    return {
        question.key: question
        for page in routing.ordered(q, Respondent(arm=arm, seed=1))
        for question in page.questions
    }


class TestQuestionnaire:
    def test_each_order_is_crossed_with_each_variant(self, questionnaire: Questionnaire) -> None:
        assert [(arm.order, arm.variant) for arm in questionnaire.arms] == [
            ("value_first", "base"),
            ("concerns_first", "base"),
            ("value_first", "no_check"),
            ("concerns_first", "no_check"),
        ]
        assert [variant.key for variant in questionnaire.variants] == ["base", "no_check"]

    def test_a_variant_holds_only_what_reads_otherwise(self, questionnaire: Questionnaire) -> None:
        changed = {question.key for question in questionnaire.variants[1].questions}
        assert "DESCRIPTION" in changed
        assert "CC_HUM" in changed
        assert changed <= {"DESCRIPTION", "CC_GOAL", "CC_HUM", "CC_DATA"}

    def test_people_read_and_are_asked_about_their_own_variant(self, questionnaire: Questionnaire) -> None:
        base, other = shown(questionnaire, "value_first/base"), shown(questionnaire, "value_first/no_check")
        assert list(base) == list(other)
        assert isinstance(base["DESCRIPTION"], Info)
        assert isinstance(other["DESCRIPTION"], Info)
        assert "medewerker" in base["DESCRIPTION"].sections[2].text.nl
        assert "De computer besluit" in other["DESCRIPTION"].sections[2].text.nl
        assert isinstance(other["CC_HUM"], Knowledge)
        right = next(o.label.nl for o in other["CC_HUM"].options if o.code == other["CC_HUM"].correct)
        assert right == "De computer"

    def test_an_application_without_variants_keeps_its_two_arms(self, application: Application) -> None:
        plain = battery.build(application, form="short")
        assert plain.variants == ()
        assert [arm.key for arm in plain.arms] == ["value_first", "concerns_first"]

    def test_every_block_gives_each_arm_equally_often(self, questionnaire: Questionnaire) -> None:
        arms = tuple(arm.key for arm in questionnaire.arms)
        for block_seed in range(20):
            given = Counter(arm_at(arms, number=number, block_seed=block_seed) for number in range(8))
            assert given == dict.fromkeys(arms, 2)


class TestLint:
    def test_a_sound_questionnaire_has_no_errors(self, questionnaire: Questionnaire) -> None:
        assert [finding for finding in lint(questionnaire) if finding.severity == "error"] == []

    def test_faults_of_variants_are_found_together(self, questionnaire: Questionnaire) -> None:
        base, other = questionnaire.variants
        stranger = msgspec.structs.replace(other.questions[0], key="NOT_ASKED")
        wrong_kind = msgspec.structs.replace(other.questions[0], key="CC_GOAL")
        broken = msgspec.structs.replace(other, questions=(stranger, wrong_kind))
        nobody = msgspec.structs.replace(base, key="nobody")
        changed = msgspec.structs.replace(questionnaire, variants=(base, broken, broken, nobody))
        codes = {finding.code for finding in lint(changed) if finding.severity == "error"}
        assert {"unknown_question", "kind_differs", "duplicate_key", "variant_without_arm"} <= codes


class TestSubmission:
    def test_a_sound_variant_has_no_faults(self, with_variant: Application) -> None:
        assert applications.check(with_variant) == ()

    def test_every_fault_of_a_variant_is_named_where_it_stands(self, with_variant: Application) -> None:
        variant = with_variant.variants[0]
        bad = msgspec.structs.replace(
            variant,
            key="base",
            label=text("", "x"),
            description=Description(nl=variant.description.nl, en=variant.description.en[:1]),
            comprehension=msgspec.structs.replace(
                variant.comprehension, goal=msgspec.structs.replace(variant.comprehension.goal, correct=9)
            ),
        )
        faults = applications.check(msgspec.structs.replace(with_variant, variants=[bad, variant, variant]))
        assert {(fault.pointer, fault.code) for fault in faults} == {
            ("/variants/0/key", "reserved"),
            ("/variants/0/label/nl", "blank"),
            ("/variants/0/description/en", "lengths_differ"),
            ("/variants/0/comprehension/goal/correct", "unknown_code"),
            ("/variants/2/key", "duplicate"),
        }

    def test_a_label_without_variants_is_refused(self, application: Application) -> None:
        faults = applications.check(msgspec.structs.replace(application, base_label=text("zoals nu", "as it is")))
        assert [(fault.pointer, fault.code) for fault in faults] == [("/base_label", "without_variants")]
