"""Three-valued logic: the truth tables, and what an answer of each kind says about a condition."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samenspraak.expressions import parse
from samenspraak.types.expressions import AllOf, AnyOf, Not

from surveys.expressions import Truth, holds, reads
from surveys.models import Respondent

ANSWERS = {"YES": 1, "NO": 2, "MANY": [1, 3], "GRID": {"police": 4}, "NAME": "Ali", "SKIPPED": None, "NONE_OF": []}
NOBODY = Respondent()

# Which of the three a condition on one answer gives; the table below then holds for every condition.
WRITTEN: dict[Truth, str] = {True: "YES = 1", False: "NO = 1", None: "SKIPPED = 1"}

KLEENE_AND: dict[tuple[Truth, Truth], Truth] = {
    (True, True): True,
    (True, False): False,
    (True, None): None,
    (False, True): False,
    (False, False): False,
    (False, None): False,
    (None, True): None,
    (None, False): False,
    (None, None): None,
}
"""The strong tables of Kleene, Introduction to Metamathematics (1952), section 64."""

KLEENE_OR: dict[tuple[Truth, Truth], Truth] = {
    (True, True): True,
    (True, False): True,
    (True, None): True,
    (False, True): True,
    (False, False): False,
    (False, None): None,
    (None, True): True,
    (None, False): None,
    (None, None): None,
}

KLEENE_NOT: dict[Truth, Truth] = {True: False, False: True, None: None}


def said(text: str, who: Respondent = NOBODY) -> Truth:
    return holds(parse(text), who, ANSWERS)


@pytest.mark.parametrize("left", list(WRITTEN))
@pytest.mark.parametrize("right", list(WRITTEN))
def test_and_or_and_not_follow_the_tables_of_kleene(left: Truth, right: Truth) -> None:
    assert said(f"{WRITTEN[left]} and {WRITTEN[right]}") is KLEENE_AND[left, right]
    assert said(f"{WRITTEN[left]} or {WRITTEN[right]}") is KLEENE_OR[left, right]
    assert said(f"not {WRITTEN[left]}") is KLEENE_NOT[left]


def test_three_conditions_together_are_two_and_one_more() -> None:
    for truths in product(WRITTEN, repeat=3):
        parts = tuple(parse(WRITTEN[truth]) for truth in truths)
        first = KLEENE_AND[truths[0], truths[1]]
        assert holds(AllOf(of=parts), NOBODY, ANSWERS) is KLEENE_AND[first, truths[2]]
        first = KLEENE_OR[truths[0], truths[1]]
        assert holds(AnyOf(of=parts), NOBODY, ANSWERS) is KLEENE_OR[first, truths[2]]


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("YES in (1, 2)", True),
        ("MANY in (3, 4)", True),
        ("MANY in (2)", False),
        ("NONE_OF in (2)", None),
        ("NAME in (1, 2)", None),
        ('NAME in (1, "Ali")', True),
        ('YES = "1"', None),
        ('NAME < "B"', None),
        ('NAME != "Ben"', True),
        ("MANY has 3", True),
        ("MANY has 2", False),
        ("SKIPPED has 2", None),
        ("YES has 1", True),
        ("chosen(MANY) = 2", True),
        ("chosen(SKIPPED) = 0", None),
        ("MANY = 1", None),
        ('GRID["police"] > 3', True),
        ('GRID["court"] > 3', None),
        ('YES["police"] = 1', None),
        ("GRID = 4", None),
        ("answered(YES)", True),
        ("answered(SKIPPED)", False),
        ("answered(NONE_OF)", False),
        ("answered(NEVER_ASKED)", False),
        ('answered(GRID["police"])', True),
        ('answered(GRID["court"])', False),
        ('answered(YES["court"])', False),
        ("count(YES = 1, NO = 1, SKIPPED = 1) = 1", True),
        ("YES < NO", True),
        ("2.5 > YES", True),
    ],
)
def test_what_a_condition_says_of_these_answers(text: str, truth: Truth) -> None:
    assert said(text) is truth


def test_an_arm_is_named_as_a_whole_or_by_order_or_variant() -> None:
    who = Respondent(arm="value_first/no_check")
    for key in ("value_first/no_check", "value_first", "no_check"):
        assert said(f'arm("{key}")', who) is True
    assert said('arm("value")', who) is False


def test_what_is_not_known_of_a_person_is_unknown() -> None:
    assert said('profile.age3 = "65+"', Respondent(profile={"age3": "65+"})) is True
    assert said('profile.age3 = "65+"') is None
    assert said('not profile.age3 = "65+"') is None


garbage = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("YES", "MANY", "GRID", "NAME"), garbage)))
def test_whatever_an_answer_holds_a_condition_is_true_false_or_unknown(answers: dict[str, object]) -> None:
    texts = (
        'YES = 1 and MANY has 3 or not GRID["police"] in (1, 2)',
        'count(answered(NAME), MANY in (1), NAME = "x") >= chosen(MANY)',
        "YES < 2.5 or NAME >= 3 or GRID has 1",
    )
    for text in texts:
        truth = holds(parse(text), NOBODY, answers)  # type: ignore[arg-type]  # what a database might hold
        assert truth in (True, False, None)
        assert holds(Not(of=parse(text)), NOBODY, answers) is KLEENE_NOT[truth]  # type: ignore[arg-type]


def test_reads_names_every_question_with_the_codes_it_is_compared_with() -> None:
    text = "AA in (1, 2) and not (BB has 3 or chosen(CC) > 1) and count(answered(DD), EE = 1) = 1"
    assert list(reads(parse(text))) == [("AA", (1, 2)), ("BB", (3,)), ("CC", ()), ("DD", ()), ("EE", ())]
