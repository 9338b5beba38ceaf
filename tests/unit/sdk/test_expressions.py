"""The text form of conditions: what is written is read back, and a mistake is named with its place."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samenspraak.expressions import LONGEST_TEXT, ExpressionFault, depth_of, parse, write
from samenspraak.types.expressions import (
    MOST_DEEP,
    AllOf,
    Answered,
    AnswerOf,
    AnyCondition,
    AnyOf,
    AnyTerm,
    Chosen,
    Compare,
    Constant,
    Count,
    Has,
    InArm,
    Not,
    OneOf,
    Profile,
)

keys = st.from_regex(r"[A-Z][A-Z0-9_]{1,39}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8"), max_size=12)
rows = st.text(st.characters(codec="utf-8"), max_size=12)
whole = st.integers(-(10**18) + 1, 10**18 - 1)
numbers = whole | st.floats(allow_nan=False, allow_infinity=False)


def terms(inner: st.SearchStrategy[AnyCondition]) -> st.SearchStrategy[AnyTerm]:
    return st.one_of(
        st.builds(AnswerOf, question=keys, row=rows),
        st.builds(Profile, field=st.sampled_from(["sex", "age3", "education3", "landsdeel", "urbanity"])),
        st.builds(Constant, value=numbers | texts),
        st.builds(Chosen, question=keys),
        st.builds(Count, of=st.lists(inner, min_size=1, max_size=3).map(tuple)),
    )


leaves: st.SearchStrategy[AnyCondition] = st.one_of(
    st.builds(Has, question=keys, code=whole),
    st.builds(Answered, question=keys, row=rows),
    st.builds(InArm, key=texts),
)


def grown(inner: st.SearchStrategy[AnyCondition]) -> st.SearchStrategy[AnyCondition]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(
            Compare,
            left=terms(inner),
            test=st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]),
            right=terms(inner),
        ),
        st.builds(OneOf, term=terms(inner), values=st.lists(whole | texts, min_size=1, max_size=3).map(tuple)),
        st.builds(AllOf, of=several),
        st.builds(AnyOf, of=several),
        st.builds(Not, of=inner),
    )


@settings(max_examples=300, deadline=None)
@given(st.recursive(leaves, grown, max_leaves=8))
def test_what_is_written_is_read_back_as_the_same_condition(condition: AnyCondition) -> None:
    assert parse(write(condition)) == condition


def test_not_binds_before_and_and_and_before_or() -> None:
    one, two, three = (Has(question="AA", code=code) for code in (1, 2, 3))
    assert parse("not AA has 1 and AA has 2 or AA has 3") == AnyOf(of=(AllOf(of=(Not(of=one), two)), three))
    assert parse("not (AA has 1 and (AA has 2 or AA has 3))") == Not(of=AllOf(of=(one, AnyOf(of=(two, three)))))
    assert parse("AA has 1 or AA has 2 and AA has 3") == AnyOf(of=(one, AllOf(of=(two, three))))


def test_brackets_are_written_only_where_they_change_the_meaning() -> None:
    assert write(parse("((AA = 1) and (not (BB = 2)) or (CC = 3))")) == "AA = 1 and not BB = 2 or CC = 3"
    assert write(parse("not (AA = 1 or BB = 2) and (CC = 3 or CC = 4)")) == (
        "not (AA = 1 or BB = 2) and (CC = 3 or CC = 4)"
    )


def test_an_and_of_one_condition_is_that_condition() -> None:
    one = Has(question="AA", code=1)
    inner = AnyOf(of=(one, Answered(question="BB")))
    assert write(AllOf(of=(one,))) == "AA has 1"
    assert write(Not(of=AllOf(of=(inner,)))) == "not (AA has 1 or answered(BB))"


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 1, "expected a condition; the text ends"),
        ("AGE", 4, "`in` or `has` after `AGE`; the text ends"),
        ("AGE >", 6, "expected a number, a text or a question"),
        ("AGE >= 18 x", 11, "`x` is no word of conditions"),
        ("AGE = 1 AGE = 2", 9, "expected `and`, `or` or the end"),
        ("(AGE = 1", 9, "expected `)`; the text ends"),
        ('AGE = "x', 7, "no closing quote"),
        (r'AGE = "\x"', 7, "not written as in JSON"),
        ("age = 1", 1, "keys are in capitals"),
        ("profile.name = 1", 9, "one of sex, age3"),
        ('AGE has "x"', 9, "expected a whole number"),
        ("AGE has 1.5", 9, "expected a whole number"),
        ("AGE in ()", 9, "a whole number or a text in quotes"),
        ('TRUST["police"] has 3', 17, "expected =, !="),
        ("3 has 3", 3, "or `in` after `3`"),
        ("AGE ; 1", 5, "`; 1` starts nothing"),
        ("AGE = 99999999999999999999", 7, "too large"),
        ("AGE = 1e999", 7, "too large"),
        ('TRUST[""] = 1', 7, "of 1 to 40 characters"),
        (f'arm("{"x" * 61}")', 5, "of 0 to 60 characters"),
        ("AGE = 1\x00", 8, "starts nothing"),
        ("not " * 40 + "AGE = 1", 4 * 33 + 1, "32 levels deep"),
        ("(" * 40 + "AGE = 1" + ")" * 40, 34, "32 levels deep"),
        ("A" * (LONGEST_TEXT + 1), LONGEST_TEXT + 1, "at most 20000 characters"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_was_expected(text: str, position: int, words: str) -> None:
    with pytest.raises(ExpressionFault) as caught:
        parse(text)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"Position {position}: ")
    assert caught.value.position == position


def test_levels_of_and_and_or_count_without_brackets_too() -> None:
    deep = "not " * (MOST_DEEP - 2)
    assert parse(f"AA = 1 or {deep} BB = 1")
    with pytest.raises(ExpressionFault, match="32 levels"):
        parse(f"CC = 1 or AA = 1 and {deep} BB = 1")


PIECES = [*'AB1"()[],.=<>! \\', "not ", "and ", " in ", " has ", "count(", "profile."]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_a_condition_or_a_fault_that_lies_within_it(text: str) -> None:
    position = None
    try:
        condition = parse(text)
    except ExpressionFault as fault:
        position = fault.position
    if position is None:
        assert parse(write(condition)) == condition
    else:
        assert 1 <= position <= len(text) + 1


json_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


def nesting(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(nesting, value.values()), default=0)
    return 1 + max(map(nesting, value), default=0) if isinstance(value, list) else 0


@given(json_values)
def test_depth_is_that_of_the_decoded_value(value: object) -> None:
    assert depth_of(json.dumps(value, ensure_ascii=False).encode()) == nesting(value)


@pytest.mark.parametrize(
    ("raw", "depth"),
    [
        (b"", 0),
        (b"[" * 1_000_000, 1_000_000),
        (b'"' + b'\\"' * 500_000, 0),
        (b'["abc\\', 1),
        (b'{"a": "[[[\\"["}', 1),
        (b"]]][", 0),
    ],
)
def test_depth_of_what_is_no_json_is_counted_all_the_same(raw: bytes, depth: int) -> None:
    assert depth_of(raw) == depth
