"""The respondents as arrays: weights, design, answers by question, and the parts a figure is shown for."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from samenspraak.types.audit import WeightingPlan
from samenspraak.types.base import SampleKind
from samenspraak.types.questionnaire import AnyQuestion, Knowledge, Questionnaire
from samenspraak.types.report import Release

from analytics.arrays import BoolArray, FloatArray
from analytics.designs.design import Design
from analytics.representation.sensitivity import BiasTerm
from service.reports.answers import Answers
from service.reports.inputs import Respondent
from surveys.quality import is_flagged


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who completed, in the order of `respondents`, ready for estimation."""

    respondents: tuple[Respondent, ...]
    answers: Answers
    design: Design
    kind: SampleKind
    plan: WeightingPlan
    flagged: BoolArray
    understood: BoolArray
    """Enough comprehension questions right; all False where the questionnaire has none."""
    arms: dict[str, BoolArray]
    """By order of the questions."""
    variants: dict[str, BoolArray]
    """By variant of the application; empty where everybody was asked about the same."""
    bias: BiasTerm | None = None
    """Allowance for who took part; None for a probability sample."""
    withheld: frozenset[str] = frozenset()
    """Keys of the cells that may not be shown, for the sake of others in the report (`reports.withheld`)."""
    release: Release | None = None
    """What was held back, in numbers."""

    @property
    def n(self) -> int:
        return len(self.respondents)

    def codes(self, key: str) -> FloatArray:
        """Stored code per person; NaN where there is none."""
        return self.answers.codes(key)

    def chosen(self, key: str, codes: Sequence[int]) -> FloatArray:
        """n x k: whether each code is in the stored list; NaN rows for people without a stored list."""
        return self.answers.chosen(key, codes)

    def wrote(self, key: str) -> int:
        """People who wrote something in an open question."""
        return self.answers.wrote(key)


def questions(questionnaire: Questionnaire) -> tuple[AnyQuestion, ...]:
    """Every question in the order of the definition."""
    return tuple(question for page in questionnaire.pages for question in page.questions)


def knowledge_keys(questionnaire: Questionnaire, variant: str = "") -> dict[str, int]:
    """Comprehension questions about the application with their right answer, in this variant of it."""
    own = next((one.questions for one in questionnaire.variants if one.key == variant), ())
    return {
        question.key: question.correct
        for question in (*questions(questionnaire), *own)
        if isinstance(question, Knowledge) and question.report in ("comprehension", "")
    }


def enough_right(asked: int) -> int:
    """Right answers that count as having understood: two of three, two of two, one of one, three of four."""
    return -(-2 * asked // 3)


def scores(respondents: Sequence[Respondent], questionnaire: Questionnaire) -> FloatArray:
    """Comprehension questions right per person, by the key of each one's variant; don't know and skipped count as not
    right."""
    variant_of = {arm.key: arm.variant for arm in questionnaire.arms}
    keys = {variant: knowledge_keys(questionnaire, variant) for variant in {"", *variant_of.values()}}
    right = [
        sum(person.answers.get(key) == correct for key, correct in keys[variant_of.get(person.arm, "")].items())
        for person in respondents
    ]
    return np.array(right, dtype=np.float64)


def build(
    respondents: tuple[Respondent, ...],
    *,
    design: Design,
    questionnaire: Questionnaire,
    kind: SampleKind,
    plan: WeightingPlan,
) -> Sample:
    """Sample without a bias term: that is measured on its own key figures."""
    keys = knowledge_keys(questionnaire)
    understood = (
        scores(respondents, questionnaire) >= enough_right(len(keys))
        if keys
        else np.zeros(len(respondents), dtype=bool)
    )
    return Sample(
        respondents=respondents,
        answers=Answers(respondents),
        design=design,
        kind=kind,
        plan=plan,
        flagged=np.array([is_flagged(person.flags) for person in respondents], dtype=bool),
        understood=understood,
        arms=_parts(respondents, {arm.key: arm.order or arm.key for arm in questionnaire.arms}),
        variants=_parts(respondents, {arm.key: arm.variant for arm in questionnaire.arms}),
    )


def _parts(respondents: Sequence[Respondent], part_of: Mapping[str, str]) -> dict[str, BoolArray]:
    """Masks of the parts that arms fall into, in order of the arms; empty where there is one part only."""
    names = list(dict.fromkeys(part_of.values()))
    mine = np.array([part_of.get(person.arm, "") for person in respondents])
    return {name: mine == name for name in names} if len(names) > 1 else {}
