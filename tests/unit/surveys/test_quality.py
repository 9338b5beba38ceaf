import itertools
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from samenspraak.types.application import Application
from samenspraak.types.questionnaire import AnswerValue, Info, Likert, Open, Questionnaire

from surveys import battery, quality, routing
from surveys.models import CompletedResponse, Respondent

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PERSON = itertools.count()
AGREEMENT = ("TR_COMP", "TR_ORG", "TR_CTRL", "FA_OUT", "FA_REV")


@pytest.fixture
def standard(application: Application) -> Questionnaire:
    return battery.build(application, form="standard")


def response(q: Questionnaire, *, seconds: float = 20.0, **answers: AnswerValue) -> CompletedResponse:
    """A careful respondent, unless told otherwise: varied opinions, the check question right."""
    given: dict[str, AnswerValue] = {}
    number = 0
    for page in q.pages:
        for question in page.questions:
            if isinstance(question, Likert):
                number += 1
                given[question.key] = 2 + number % 3
            elif isinstance(question, Open):
                given[question.key] = None
            elif not isinstance(question, Info):
                given[question.key] = [1] if question.key in {"CN_TOP", "CD_ALL", "CD_MUST", "PV_TYPE"} else 1
    # Nobody answers exactly as somebody else, unless told to.
    person = next(PERSON)
    given |= {
        "AT_1": 2,
        "PV_SELF": 1 + person % 5,
        "PV_SOC": 1 + person // 5 % 5,
        "VT_SURE": 1 + person // 25 % 3,
        **answers,
    }
    return CompletedResponse(
        respondent_id=uuid4(),
        language="nl",
        arm="value_first",
        answers=given,
        page_seconds={page.key: seconds for page in q.pages},
        started_at=NOON,
        completed_at=NOON,
    )


def one_among(q: Questionnaire, odd: CompletedResponse) -> tuple[str, ...]:
    everyone = [response(q) for _ in range(9)]
    found = quality.flags(q, [*everyone, odd])
    assert all(found[one.respondent_id] == () for one in everyone)
    return found[odd.respondent_id]


def test_careful_answers_have_no_flag(standard: Questionnaire) -> None:
    assert one_among(standard, response(standard)) == ()


def test_the_same_answers_as_somebody_else_are_a_flag_with_evidence_and_no_verdict(standard: Questionnaire) -> None:
    first = response(standard)
    again = response(standard, **first.answers)
    other = response(standard)
    found = quality.assess(standard, [first, again, other])
    for twin in (first, again):
        assert found[twin.respondent_id].flags == ("duplicate",)
        assert "as 1 other(s)" in found[twin.respondent_id].evidence["duplicate"]
        assert not found[twin.respondent_id].flagged
    assert found[other.respondent_id].flags == ()


def test_short_questionnaires_may_agree_by_chance(standard: Questionnaire) -> None:
    few: dict[str, AnswerValue] = dict.fromkeys(response(standard).answers)
    found = quality.assess(standard, [response(standard, **few), response(standard, **few)])
    assert all("duplicate" not in one.flags for one in found.values())


def test_under_forty_percent_of_the_median_time_is_speeding(standard: Questionnaire) -> None:
    assert one_among(standard, response(standard, seconds=7.9)) == ("speeding",)
    assert one_among(standard, response(standard, seconds=8.1)) == ()


def test_a_long_break_does_not_hide_a_rush(standard: Questionnaire) -> None:
    rushed = response(standard, seconds=0.5)
    rushed.page_seconds["description"] = 86_400.0
    slow = [response(standard, seconds=70.0) for _ in range(9)]
    assert quality.flags(standard, [*slow, rushed])[rushed.respondent_id] == ("speeding",)


def test_agreeing_with_a_statement_and_its_opposite_is_straight_lining(standard: Questionnaire) -> None:
    assert one_among(standard, response(standard, **dict.fromkeys(AGREEMENT, 4))) == ("straight_lining",)


def test_being_neutral_all_through_is_an_opinion(standard: Questionnaire) -> None:
    assert one_among(standard, response(standard, **dict.fromkeys(AGREEMENT, 3))) == ()


def test_no_variation_over_eight_concerns_is_straight_lining(standard: Questionnaire) -> None:
    concerns = [key for key in battery.concern_items().values() if key in response(standard).answers]
    assert len(concerns) == 8
    assert one_among(standard, response(standard, **dict.fromkeys(concerns, 1))) == ("straight_lining",)
    assert one_among(standard, response(standard, **{**dict.fromkeys(concerns, 1), concerns[3]: 2})) == ()


def test_not_knowing_is_no_straight_line(standard: Questionnaire) -> None:
    assert "straight_lining" not in one_among(standard, response(standard, **dict.fromkeys(AGREEMENT, 98)))


def test_a_wrong_check_question_is_a_flag(standard: Questionnaire) -> None:
    assert one_among(standard, response(standard, AT_1=4)) == ("attention",)


def test_leaving_most_closed_questions_open_is_a_flag_but_never_a_flagged_case(standard: Questionnaire) -> None:
    silent = response(standard)
    for key, value in list(silent.answers.items()):
        if key not in {"AT_1", "CO_PART"} and value is not None:
            silent.answers[key] = 98
    assert one_among(standard, silent) == ("item_nonresponse",)
    assert not quality.is_flagged(("item_nonresponse", "speeding"))


@pytest.mark.parametrize(
    ("flags", "flagged"),
    [
        ((), False),
        (("speeding",), False),
        (("speeding", "attention"), True),
        (("straight_lining", "attention"), True),
        (("straight_lining", "item_nonresponse"), False),
    ],
)
def test_two_of_three_make_a_flagged_case(flags: tuple[str, ...], flagged: bool) -> None:
    assert quality.is_flagged(flags) is flagged


def test_every_flag_comes_with_its_evidence(standard: Questionnaire) -> None:
    odd = response(standard, seconds=1.0, AT_1=5, **dict.fromkeys(AGREEMENT, 5))
    others = [response(standard) for _ in range(4)]
    found = quality.assess(standard, [odd, *others])[odd.respondent_id]
    assert found.flagged
    assert found.evidence.keys() == {"speeding", "straight_lining", "attention"}
    assert found.evidence["attention"] == "AT_1: 5 where 2 was asked for"
    assert "the median is" in found.evidence["speeding"]
    assert "FA_REV" in found.evidence["straight_lining"]


def test_nobody_completed_means_nobody_flagged(standard: Questionnaire) -> None:
    found: dict[UUID, tuple[str, ...]] = quality.flags(standard, [])
    assert found == {}


def test_the_route_of_a_careful_respondent_asks_what_they_answered(standard: Questionnaire) -> None:
    one = response(standard)
    asked = routing.on_route(standard, Respondent(arm=one.arm), one.answers)
    assert asked <= one.answers.keys()
