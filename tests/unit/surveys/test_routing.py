from collections import Counter
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samenspraak.types.application import Application
from samenspraak.types.questionnaire import Multi, Questionnaire, VoteItem

from surveys import battery, routing
from surveys.models import Respondent

CONCERNS = {"CN_PRIV": 4, "CN_ERR": 3, "CN_HUM": 2, "CN_RED": 98}


@pytest.fixture
def short(application: Application) -> Questionnaire:
    return battery.build(application, form="short")


@pytest.fixture
def long(application: Application) -> Questionnaire:
    return battery.build(application, form="long")


def keys(q: Questionnaire, answers: routing.Given, arm: str = "value_first", seed: int = 1) -> list[str]:
    return [page.key for page in routing.route(q, Respondent(arm=arm, seed=seed), answers)]


class TestRoute:
    def test_the_drawn_arm_decides_whether_value_or_concerns_come_first(self, short: Questionnaire) -> None:
        value_first, concerns_first = (keys(short, CONCERNS, arm) for arm in ("value_first", "concerns_first"))
        assert value_first.index("value") < value_first.index("concerns_1")
        assert concerns_first.index("concerns_top") < concerns_first.index("value")
        assert sorted(value_first) == sorted(concerns_first)

    def test_the_order_stays_the_same_for_one_seed_and_differs_between_seeds(self, long: Questionnaire) -> None:
        assert keys(long, {}, seed=5) == keys(long, {}, seed=5)
        assert len({tuple(keys(long, {}, seed=seed)) for seed in range(20)}) > 10

    def test_random_order_never_moves_the_ranking_before_its_concerns(self, long: Questionnaire) -> None:
        for seed in range(50):
            for arm in ("value_first", "concerns_first"):
                order = keys(long, CONCERNS, arm, seed)
                assert max(order.index(f"concerns_{n}") for n in range(1, 6)) < order.index("concerns_top")

    def test_every_concern_comes_first_about_equally_often(self, long: Questionnaire) -> None:
        firsts = Counter(
            next(key for key in keys(long, {}, seed=s) if key.startswith("concerns_")) for s in range(1000)
        )
        assert len(firsts) == 5
        assert all(140 < count < 260 for count in firsts.values())

    def test_the_ranking_is_skipped_when_no_concern_weighs(self, short: Questionnaire) -> None:
        assert "concerns_top" not in keys(short, {"CN_PRIV": 2, "CN_ERR": 98})
        assert "concerns_top" in keys(short, {"CN_PRIV": 3})

    def test_refusing_consent_is_the_end(self, short: Questionnaire) -> None:
        assert keys(short, {"CO_PART": 2}) == ["consent"]

    def test_an_open_question_about_clarity_is_asked_only_after_unclear(self, long: Questionnaire) -> None:
        assert "unclear" in keys(long, {"CC_CLEAR": 3})
        assert "unclear" not in keys(long, {"CC_CLEAR": 4})
        assert "unclear" not in keys(long, {})

    def test_country_of_birth_needs_consent_of_its_own(self, long: Questionnaire) -> None:
        assert "background_origin" in keys(long, {"CO_SPEC": 1})
        assert "background_origin" not in keys(long, {"CO_SPEC": 2})

    def test_an_answer_on_an_abandoned_route_opens_nothing(self, long: Questionnaire) -> None:
        must = {"CD_ALL": [1, 2]}
        assert "conditions_must" in keys(long, must)
        assert "conditions_must" not in keys(long, {"CD_ALL": [97]})

    @settings(max_examples=40, deadline=None)
    @given(data=st.data())
    def test_whatever_the_answers_hold_there_is_a_route_and_it_ends(self, data: st.DataObject) -> None:
        q = self.questionnaire
        names = [question.key for page in q.pages for question in page.questions]
        values = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=5)
        answers = data.draw(st.dictionaries(st.sampled_from(names), values))
        arm, seed = data.draw(st.sampled_from(["value_first", "concerns_first", "?"])), data.draw(st.integers())
        walked, at = [], None
        while (page := routing.next_page(q, Respondent(arm=arm, seed=seed), answers, after=at)) is not None:
            at = page.key
            walked.append(at)
        assert walked == keys(q, answers, arm, seed)

    @pytest.fixture(autouse=True)
    def _keep(self, long: Questionnaire) -> None:
        type(self).questionnaire = long

    questionnaire: Questionnaire


class TestSteps:
    def test_back_is_the_way_one_came(self, short: Questionnaire) -> None:
        order = keys(short, CONCERNS)
        for before, after in pairwise(order):
            page = routing.previous_page(short, Respondent(arm="value_first", seed=1), CONCERNS, before=after)
            assert page is not None
            assert page.key == before
        assert routing.previous_page(short, Respondent(arm="value_first", seed=1), CONCERNS, before=order[0]) is None
        last = routing.previous_page(short, Respondent(arm="value_first", seed=1), CONCERNS, before=None)
        assert last is not None
        assert last.key == order[-1]

    def test_from_a_page_that_left_the_route_one_goes_on_after_its_place(self, short: Questionnaire) -> None:
        page = routing.next_page(short, Respondent(arm="value_first", seed=1), {}, after="concerns_top")
        assert page is not None
        assert page.key == "trust"

    def test_progress_counts_the_pages_of_this_route(self, short: Questionnaire) -> None:
        order = keys(short, CONCERNS)
        assert routing.progress(short, Respondent(arm="value_first", seed=1), CONCERNS, at="consent") == (1, len(order))
        who = Respondent(arm="value_first", seed=1)
        assert routing.progress(short, who, CONCERNS, at=None) == (
            len(order),
            len(order),
        )

    def test_a_ranking_of_a_concern_that_no_longer_weighs_must_be_given_again(self, short: Questionnaire) -> None:
        asked = routing.on_route(short, Respondent(arm="value_first", seed=1), CONCERNS)
        whole: dict[str, int | list[int]] = {**dict.fromkeys(asked, 1), **CONCERNS, "CN_TOP": [1, 3], "CD_MUST": [1]}
        assert routing.unanswered(short, Respondent(arm="value_first", seed=1), whole) is None
        assert (
            routing.unanswered(short, Respondent(arm="value_first", seed=1), {**whole, "CN_ERR": 1}) == "concerns_top"
        )


class TestOptions:
    def test_only_weighing_concerns_are_ranked_and_no_more_than_there_are(self, short: Questionnaire) -> None:
        [page] = [page for page in short.pages if page.key == "concerns_top"]
        shown = routing.options_shown(page.questions[0], Respondent(seed=1), CONCERNS, short)
        codes = {key: code for code, key in battery.concern_codes().items()}
        assert {option.code for option in shown.options} == {codes["CN_PRIV"], codes["CN_ERR"]}
        assert shown.top == 2

    def test_shuffled_options_keep_none_of_these_and_something_else_at_the_end(self, long: Questionnaire) -> None:
        question = next(q for page in long.pages for q in page.questions if q.key == "CD_ALL")
        assert isinstance(question, Multi)
        orders = set()
        for seed in range(30):
            codes = [option.code for option in routing.options_shown(question, Respondent(seed=seed), {}, long).options]
            assert codes[-3:] == [13, 96, 97]
            assert sorted(codes) == sorted(option.code for option in question.options)
            orders.add(tuple(codes))
        assert len(orders) > 25

    def test_likert_options_are_never_shuffled(self, short: Questionnaire) -> None:
        question = next(q for page in short.pages for q in page.questions if q.key == "PV_SELF")
        shown = routing.options_shown(question, Respondent(seed=9), {}, short)
        assert [option.code for option in shown.options] == [1, 2, 3, 4, 5, 98]

    def test_arguments_for_come_first_for_about_half(self, short: Questionnaire) -> None:
        vote = next(q for page in short.pages for q in page.questions if isinstance(q, VoteItem))
        firsts = sum(routing.arguments_shown(vote, Respondent(seed=seed))[2] for seed in range(1000))
        assert 420 < firsts < 580
        in_favour, against, _ = routing.arguments_shown(vote, Respondent(seed=3))
        assert set(in_favour) == set(vote.arguments_for)
        assert set(against) == set(vote.arguments_against)


def test_an_unknown_arm_gives_the_plain_order(short: Questionnaire) -> None:
    plain = msgspec.structs.replace(short, shuffled_blocks=())
    assert keys(plain, CONCERNS, "no such arm") == [page.key for page in plain.pages]
