"""Jumps, page conditions, options carried forward, the easy mode, and lots that are fair."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samenspraak.expressions import parse
from samenspraak.types.base import Localised
from samenspraak.types.questionnaire import (
    AnswerValue,
    AnyQuestion,
    EasyForm,
    Info,
    Jump,
    MaxDiff,
    Multi,
    Option,
    Page,
    Questionnaire,
    Single,
)
from scipy.stats import chisquare

from surveys import routing
from surveys.models import Respondent
from surveys.responses import arm_at


def text(words: str) -> Localised:
    return Localised(nl=words, en=words.upper())


OPTIONS = tuple(Option(code=code, label=text(f"optie {code}")) for code in (1, 2, 3, 4))
ANYBODY = Respondent()


def single(key: str, **more: object) -> Single:
    return Single(**{"key": key, "text": text("?"), "options": OPTIONS, **more})  # type: ignore[arg-type]


def page(key: str, *questions: AnyQuestion, **more: object) -> Page:
    return Page(**{"key": key, "block": "b", "questions": questions, **more})  # type: ignore[arg-type]


def asked(*pages: Page, easy: EasyForm | None = None) -> Questionnaire:
    return Questionnaire(id="q", version=1, form="short", languages=("nl", "en"), pages=pages, easy=easy)


class TestJumps:
    JUMPS = (
        Jump(when=parse("AA = 1"), to="c"),
        Jump(when=parse("AA = 2"), to="end"),
        Jump(when=parse("AA = 3"), to="a"),
    )
    Q = asked(
        page("a", single("AA"), next=JUMPS),
        page("b", single("BB")),
        page("c", single("CC", show_if=parse("not answered(BB)"))),
        page("d", single("DD")),
    )

    @pytest.mark.parametrize(
        ("given", "pages"),
        [
            # An answer on a page that is passed over does not count: CC is asked although BB was answered before.
            ({"AA": 1, "BB": 1}, ["a", "c", "d"]),
            ({"AA": 2}, ["a"]),
            ({"AA": 3}, ["a", "b", "c", "d"]),
            ({"AA": 4, "BB": 1}, ["a", "b", "d"]),
            ({}, ["a", "b", "c", "d"]),
        ],
    )
    def test_the_first_that_holds_is_followed_and_none_goes_back(
        self, given: dict[str, AnswerValue], pages: list[str]
    ) -> None:
        assert [one.key for one in routing.route(self.Q, ANYBODY, given)] == pages

    def test_what_is_passed_over_is_off_the_route(self) -> None:
        assert "BB" not in routing.on_route(self.Q, ANYBODY, {"AA": 1, "BB": 1})
        assert "BB" in routing.on_route(self.Q, ANYBODY, {"AA": 4, "BB": 1})


class TestCarriedForward:
    OTHER = Option(code=97, label=text("anders"), pinned=True)
    Q = asked(
        page("a", Multi(key="MM", text=text("?"), options=OPTIONS)),
        page("b", single("CF", options=(*OPTIONS, OTHER), options_from="MM")),
        page("z", single("ZZ"), show_if=parse("MM has 1")),
    )

    @pytest.mark.parametrize(
        ("given", "pages", "offered"),
        [
            ({}, ["a"], []),
            ({"MM": [2, 3]}, ["a", "b"], [2, 3, 97]),
            ({"MM": [1]}, ["a", "b", "z"], [1, 97]),
        ],
    )
    def test_only_what_was_chosen_is_offered(
        self, given: dict[str, AnswerValue], pages: list[str], offered: list[int]
    ) -> None:
        assert [one.key for one in routing.route(self.Q, ANYBODY, given)] == pages
        shown = routing.options_shown(self.Q.pages[1].questions[0], ANYBODY, given, self.Q)
        assert [option.code for option in shown.options] == offered


class TestEasyMode:
    Q = asked(
        page("a", Info(key="II", text=text("lees"), sections=()), single("AA"), single("BB")),
        page("b", single("CC"), single("DD")),
        easy=EasyForm(asked=("BB", "CC", "DD"), questions=(single("BB", hint=text("kort")),)),
    )
    WHO = Respondent(easy=True)

    def test_one_question_on_a_page_and_only_those_of_the_form(self) -> None:
        route = routing.route(self.Q, self.WHO, {})
        assert [[question.key for question in one.questions] for one in route] == [["II"], ["BB"], ["CC"], ["DD"]]
        assert len({one.key for one in route}) == 4

    def test_its_own_words_replace_those_of_the_questionnaire(self) -> None:
        found = routing.question(self.Q, self.WHO, "BB")
        assert found is not None
        assert found.hint == text("kort")

    def test_whoever_did_not_choose_it_sees_the_whole(self) -> None:
        assert [one.key for one in routing.route(self.Q, ANYBODY, {})] == ["a", "b"]


class TestLots:
    N = 100_000

    def test_every_option_is_as_often_in_every_place(self) -> None:
        """Chi-square for each of four options over 100,000 respondents; one in ten thousand fair lots fails this."""
        question = single("AA", randomise=True)
        q = asked(page("a", question))
        counted: Counter[tuple[int, int]] = Counter()
        for seed in range(1_000_000, 1_000_000 + self.N):
            shown = routing.options_shown(question, Respondent(seed=seed), {}, q).options
            counted.update((option.code, place) for place, option in enumerate(shown))
        for option in OPTIONS:
            assert chisquare([counted[option.code, place] for place in range(4)]).pvalue > 1e-4 / 4

    def test_either_arm_is_as_often_first_in_its_block(self) -> None:
        first = Counter(arm_at(("x", "y"), number=0, block_seed=seed) for seed in range(self.N))
        assert chisquare(list(first.values())).pvalue > 1e-4

    @pytest.mark.parametrize(("items", "sets", "size"), [(4, 2, 3), (7, 7, 3), (12, 9, 4), (6, 5, 3)])
    def test_best_worst_sets_show_every_item_equally_often_up_to_one(self, items: int, sets: int, size: int) -> None:
        options = tuple(Option(code=code, label=text(f"ding {code}")) for code in range(1, items + 1))
        question = MaxDiff(
            key="MD", text=text("?"), options=options, sets=sets, set_size=size, best=text("b"), worst=text("w")
        )
        designs = set()
        for seed in range(20):
            shown = routing.sets_shown(question, Respondent(seed=seed))
            assert shown == routing.sets_shown(question, Respondent(seed=seed))
            assert [len({option.code for option in one}) for one in shown] == [size] * sets
            often = Counter(option.code for one in shown for option in one)
            assert max(often.values()) - min(often.get(option.code, 0) for option in options) <= 1
            designs.add(tuple(tuple(option.code for option in one) for one in shown))
        assert len(designs) > 10


odd = st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers(0, 5), max_size=4)
odd = odd | st.dictionaries(st.text(max_size=3), st.integers(0, 5), max_size=3)


@given(st.dictionaries(st.sampled_from(["AA", "BB", "CC", "MM", "CF", "ZZ", "??"]), odd, max_size=6), st.booleans())
def test_whatever_is_stored_there_is_a_route(stored: dict[str, AnswerValue], easy: bool) -> None:
    who = Respondent(easy=easy)
    for q in (TestJumps.Q, TestCarriedForward.Q, TestEasyMode.Q):
        route = routing.route(q, who, stored)
        assert route[0].key == "a"
        assert routing.next_page(q, who, stored, after=route[-1].key) is None
