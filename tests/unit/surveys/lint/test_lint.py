from collections.abc import Callable

import msgspec
import pytest
from samenspraak.types.application import Application
from samenspraak.types.base import Localised
from samenspraak.types.expressions import (
    AllOf,
    AnswerOf,
    AnyCondition,
    Compare,
    Constant,
    Has,
    InArm,
    Not,
    OneOf,
)
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Arm,
    Attention,
    EasyForm,
    Jump,
    Knowledge,
    Likert,
    Matrix,
    MaxDiff,
    Multi,
    Numeric,
    Open,
    Option,
    Page,
    Questionnaire,
    Quota,
    Ranking,
    Row,
    Single,
    Slider,
    VoteItem,
)

from surveys import battery
from surveys.lint import lint


def both(text: str) -> Localised:
    return Localised(nl=text, en=text)


YES, NO = Option(code=1, label=both("ja")), Option(code=2, label=both("nee"))
UNSURE = Option(code=98, label=both("weet ik niet"), missing=True)


def single(key: str, *, show_if: OneOf | None = None, options: tuple[Option, ...] = (YES, NO)) -> Single:
    return Single(key=key, text=both("Ja of nee?"), options=options, show_if=show_if)


def concern(number: int) -> Likert:
    return Likert(key=f"CN_{number}", text=both(f"Zorg {number}."), options=(YES, NO), report="concern")


def asked(*pages: tuple[AnyQuestion, ...], **changes: object) -> Questionnaire:
    """A questionnaire with one block per page, in the given order for everybody."""
    made = tuple(
        Page(key=f"p{number}", block=f"b{number}", questions=questions) for number, questions in enumerate(pages)
    )
    blocks = tuple(page.block for page in made)
    q = Questionnaire(
        id="q",
        version=1,
        form="short",
        languages=("nl", "en"),
        pages=made,
        arms=(Arm(key="a", block_order=blocks),),
        shuffled_blocks=(),
        estimated_minutes=battery.minutes(made),
    )
    return msgspec.structs.replace(q, **changes)


def found(q: Questionnaire) -> set[tuple[str, str]]:
    return {(finding.code, finding.path) for finding in lint(q)} - {("draft_items", "/pages")}


def if_yes(question: str, *codes: int) -> OneOf:
    return OneOf(term=AnswerOf(question=question), values=codes or (1,))


def test_a_sound_questionnaire_has_nothing_but_its_draft_status() -> None:
    assert found(asked((single("A1"),), (single("B1", show_if=if_yes("A1")),))) == set()


CASES: dict[str, tuple[Callable[[], Questionnaire], str, str]] = {
    "a key twice": (lambda: asked((single("A1"),), (single("A1"),)), "duplicate_key", "/pages/1/questions/0/key"),
    "a code twice": (
        lambda: asked((single("A1", options=(YES, YES)),)),
        "duplicate_code",
        "/pages/0/questions/0/options/1/code",
    ),
    "an empty page": (lambda: asked((single("A1"),), ()), "empty_page", "/pages/1"),
    "an unknown question": (
        lambda: asked((single("A1", show_if=if_yes("ZZ")),)),
        "unknown_question",
        "/pages/0/questions/0/show_if",
    ),
    "a question asked later": (
        lambda: asked((single("A1", show_if=if_yes("B1")),), (single("B1"),)),
        "forward_reference",
        "/pages/0/questions/0/show_if",
    ),
    "a question on the same page": (
        lambda: asked((single("A1"), single("B1", show_if=if_yes("A1")))),
        "same_page_condition",
        "/pages/0/questions/1/show_if",
    ),
    "a question one arm asks later": (
        lambda: asked(
            (single("A1"),),
            (single("B1", show_if=if_yes("A1")),),
            arms=(Arm(key="a", block_order=("b0", "b1")), Arm(key="b", block_order=("b1", "b0"))),
        ),
        "backward_condition",
        "/pages/1/questions/0/show_if",
    ),
    "a question in the same shuffled block": (
        lambda: asked_shuffled(),
        "backward_condition",
        "/pages/1/questions/0/show_if",
    ),
    "a code that does not exist": (
        lambda: asked((single("A1"),), (single("B1", show_if=if_yes("A1", 1, 7)),)),
        "unknown_code",
        "/pages/1/questions/0/show_if/values/1",
    ),
    "a page nobody reaches": (
        lambda: asked((single("A1"),), (single("B1", show_if=if_yes("A1", 7)),)),
        "unreachable_page",
        "/pages/1",
    ),
    "a text missing in one language": (
        lambda: asked((single("A1", options=(YES, Option(code=2, label=Localised(nl="nee", en=" ")))),)),
        "missing_language",
        "/pages/0/questions/0/options/1/label/en",
    ),
    "nine concerns on a page": (lambda: asked(tuple(map(concern, range(9)))), "too_many_concerns", "/pages/0"),
    "comprehension without don't know": (
        lambda: asked(
            (Knowledge(key="K1", text=both("Wat?"), options=(YES, NO), correct=1, explain=both("Zo is het.")),)
        ),
        "no_dont_know",
        "/pages/0/questions/0/options",
    ),
    "comprehension with an impossible key": (
        lambda: asked(
            (Knowledge(key="K1", text=both("Wat?"), options=(YES, NO, UNSURE), correct=5, explain=both("Zo is het.")),)
        ),
        "unknown_code",
        "/pages/0/questions/0/correct",
    ),
    "an attention item nobody can pass": (
        lambda: asked((Attention(key="AT_1", text=both("Kies ja."), options=(YES, NO), expected=4),)),
        "unknown_code",
        "/pages/0/questions/0/expected",
    ),
    "a vote with one-sided arguments": (
        lambda: asked(
            (
                VoteItem(
                    key="V1",
                    text=both("Voor of tegen?"),
                    options=(YES, NO),
                    arguments_for=(both("goed"),),
                    arguments_against=(),
                ),
            )
        ),
        "unbalanced",
        "/pages/0/questions/0",
    ),
    "a choice of at most nothing": (
        lambda: asked((Multi(key="M1", text=both("Welke?"), options=(YES, NO), maximum=0),)),
        "impossible",
        "/pages/0/questions/0/maximum",
    ),
    "a range without a number": (
        lambda: asked((Numeric(key="N1", text=both("Hoe oud?"), minimum=9, maximum=1),)),
        "impossible",
        "/pages/0/questions/0/minimum",
    ),
    "a ranked concern nobody was asked about": (
        lambda: asked(
            (concern(1),),
            (Ranking(key="R1", text=both("Wat eerst?"), options=(YES,), options_from="concerns"),),
        ),
        "unknown_question",
        "/pages/1/questions/0/options/0",
    ),
    "arms that ask different things": (
        lambda: asked(
            (single("A1"),),
            (single("B1"),),
            arms=(Arm(key="a", block_order=("b0", "b1")), Arm(key="b", block_order=("b0",))),
        ),
        "arms_differ",
        "/arms/1/block_order",
    ),
    "a language without texts": (
        lambda: asked((single("A1"),), languages=("nl", "fr")),
        "unknown_language",
        "/languages/1",
    ),
    "wrong minutes": (lambda: asked((single("A1"),), estimated_minutes=9.0), "estimated_minutes", "/estimated_minutes"),
    "a hard sentence": (
        lambda: asked(
            (
                Single(
                    key="A1",
                    text=both("Accepteert u geautomatiseerde besluitvormingsprocedures?"),
                    options=(YES, NO),
                ),
            )
        ),
        "item_reading_level",
        "/pages/0/questions/0/text/nl",
    ),
}


def ask(question: AnyQuestion, *, after: tuple[AnyQuestion, ...] = (), **changes: object) -> Questionnaire:
    """A questionnaire that ends with this question."""
    return asked((single("A1"), *after), (question,), **changes)


def paged(**changes: object) -> Questionnaire:
    """Three pages; the changes are made to the second."""
    q = asked((single("A1"),), (single("B1"),), (single("C1"),))
    second = msgspec.structs.replace(q.pages[1], **changes)
    return msgspec.structs.replace(q, pages=(q.pages[0], second, q.pages[2]))


def compare(question: str, test: str, value: float | str, row: str = "") -> Compare:
    return Compare(left=AnswerOf(question=question, row=row), test=test, right=Constant(value=value))


def when(condition: AnyCondition, *after: AnyQuestion) -> Questionnaire:
    return ask(Single(key="Z1", text=both("Ja of nee?"), options=(YES, NO), show_if=condition), after=after)


AGE = Numeric(key="AGE", text=both("Hoe oud bent u?"), minimum=16, maximum=99)
GRID = Matrix(key="GRID", text=both("Wat vindt u?"), rows=(Row(key="a", text=both("Dit")),), options=(YES, NO))
OPEN = Open(key="WHY", text=both("Waarom?"))
WORDS = {"best": both("meest"), "worst": both("minst")}
ITEMS = tuple(Option(code=code, label=both(f"zaak {code}")) for code in range(1, 7))
ENDS = {"low": both("laag"), "high": both("hoog")}
AT = "/pages/1/questions/0"
PERSON = Quota(key="young", label=both("jong"), when=compare("A1", "eq", 1), limit=5)

MORE: dict[str, tuple[Callable[[], Questionnaire], str, str]] = {
    "a contradiction": (
        lambda: when(AllOf(of=(compare("AGE", "lt", 18), compare("AGE", "gt", 30))), AGE),
        "never_true",
        f"{AT}/show_if",
    ),
    "a condition true of everybody": (lambda: when(if_yes("A1", 1, 2)), "always_true", f"{AT}/show_if"),
    "a number out of range": (
        lambda: when(compare("AGE", "eq", 100), AGE),
        "out_of_range",
        f"{AT}/show_if/right/value",
    ),
    "a text against a number": (lambda: when(compare("WHY", "eq", 1), OPEN), "incomparable", f"{AT}/show_if"),
    "a matrix without its row": (lambda: when(compare("GRID", "eq", 1), GRID), "incomparable", f"{AT}/show_if"),
    "an unknown row": (lambda: when(compare("GRID", "eq", 1, "b"), GRID), "unknown_row", f"{AT}/show_if/left"),
    "an unknown arm": (
        lambda: when(AllOf(of=(compare("A1", "eq", 1), InArm(key="zz")))),
        "unknown_arm",
        f"{AT}/show_if/of/1/key",
    ),
    "a deep place": (
        lambda: when(Not(of=AllOf(of=(compare("A1", "eq", 1), Has(question="A1", code=9))))),
        "unknown_code",
        f"{AT}/show_if/of/of/1/code",
    ),
    "a page condition on a later question": (
        lambda: paged(show_if=compare("C1", "eq", 1)),
        "forward_reference",
        "/pages/1/show_if",
    ),
    "a jump back": (lambda: paged(next=(Jump(to="p0"),)), "backward_jump", "/pages/1/next/0/to"),
    "a jump to itself": (lambda: paged(next=(Jump(to="p1"),)), "backward_jump", "/pages/1/next/0/to"),
    "a jump to nowhere": (lambda: paged(next=(Jump(to="zz"),)), "unknown_page", "/pages/1/next/0/to"),
    "a jump after one for all": (
        lambda: paged(next=(Jump(to="end"), Jump(when=compare("A1", "eq", 1), to="p2"))),
        "never_followed",
        "/pages/1/next/1",
    ),
    "a page everybody jumps over": (lambda: paged(next=(Jump(to="end"),)), "unreachable_page", "/pages/2"),
    "a jump nobody makes": (
        lambda: paged(next=(Jump(when=AllOf(of=(compare("A1", "eq", 1), compare("A1", "eq", 2))), to="end"),)),
        "never_true",
        "/pages/1/next/0/when",
    ),
    "a quota nobody fits": (
        lambda: ask(
            single("B1"),
            quotas=(msgspec.structs.replace(PERSON, when=AllOf(of=(if_yes("A1"), if_yes("A1", 2)))),),
        ),
        "quota_cannot_fill",
        "/quotas/0/when",
    ),
    "a quota on what nobody is asked": (
        lambda: ask(
            single("B1", show_if=if_yes("A1", 7)),
            quotas=(msgspec.structs.replace(PERSON, when=if_yes("B1")),),
        ),
        "quota_cannot_fill",
        "/quotas/0/when",
    ),
    "a quota twice": (lambda: ask(single("B1"), quotas=(PERSON, PERSON)), "duplicate_key", "/quotas/1/key"),
    "no options": (lambda: ask(single("B1", options=())), "no_options", f"{AT}/options"),
    "one option": (lambda: ask(single("B1", options=(YES,))), "one_option", f"{AT}/options"),
    "a row twice": (
        lambda: ask(msgspec.structs.replace(GRID, rows=(*GRID.rows, *GRID.rows))),
        "duplicate_key",
        f"{AT}/rows/1/key",
    ),
    "nine rows": (
        lambda: ask(
            msgspec.structs.replace(GRID, rows=tuple(Row(key=f"r{n}", text=both(f"Punt {n}")) for n in range(9)))
        ),
        "many_rows",
        f"{AT}/rows",
    ),
    "a set larger than the items": (
        lambda: ask(MaxDiff(key="MD", text=both("Wat telt?"), options=ITEMS[:3], sets=2, **WORDS)),
        "impossible",
        f"{AT}/set_size",
    ),
    "too few sets": (
        lambda: ask(MaxDiff(key="MD", text=both("Wat telt?"), options=ITEMS, sets=1, **WORDS)),
        "items_not_shown",
        f"{AT}/sets",
    ),
    "a step that misses the end": (
        lambda: ask(Slider(key="SL", text=both("Hoeveel?"), maximum=100, step=30, **ENDS)),
        "step_misses_end",
        f"{AT}/step",
    ),
    "a missing code on the line": (
        lambda: ask(Slider(key="SL", text=both("Hoeveel?"), options=(UNSURE,), **ENDS)),
        "code_in_range",
        f"{AT}/options/0/code",
    ),
    "a slot for a later question": (
        lambda: asked((Single(key="A1", text=both("U zei {B1}?"), options=(YES, NO)),), (single("B1"),)),
        "forward_reference",
        "/pages/0/questions/0/text/nl",
    ),
    "a slot for what was typed": (
        lambda: ask(Single(key="B1", text=both("U zei {WHY}?"), options=(YES, NO)), after=(OPEN,)),
        "slot_without_label",
        f"{AT}/text/nl",
    ),
    "a slot for nothing": (
        lambda: ask(Single(key="B1", text=both("U zei {ZZ}?"), options=(YES, NO))),
        "unknown_question",
        f"{AT}/text/nl",
    ),
    "a slot in one language": (
        lambda: ask(Single(key="B1", text=Localised(nl="U zei {A1}?", en="And?"), options=(YES, NO))),
        "slots_differ",
        f"{AT}/text/en",
    ),
    "options from nowhere": (
        lambda: ask(Multi(key="M1", text=both("Welke?"), options=(YES, NO), options_from="ZZ")),
        "unknown_question",
        f"{AT}/options_from",
    ),
    "options that share no code": (
        lambda: ask(Multi(key="M1", text=both("Welke?"), options=ITEMS[3:], options_from="A1")),
        "nothing_carried",
        f"{AT}/options_from",
    ),
    "a language in both lists": (
        lambda: ask(single("B1"), unreviewed=("en",)),
        "language_twice",
        "/unreviewed/0",
    ),
    "Arabic in Latin letters": (
        lambda: ask(
            Single(key="B1", text=Localised(nl="Ja?", en="Yes?", ar="naam"), options=(YES, NO)), unreviewed=("ar",)
        ),
        "not_arabic",
        f"{AT}/text/ar",
    ),
    "an arm twice": (
        lambda: ask(
            single("B1"), arms=(Arm(key="a", block_order=("b0", "b1")), Arm(key="a", block_order=("b1", "b0")))
        ),
        "duplicate_arm",
        "/arms/1/key",
    ),
    "two arms that are one": (
        lambda: ask(single("B1"), arms=tuple(Arm(key=key, block_order=("b0", "b1")) for key in ("a", "b"))),
        "same_arm",
        "/arms/1",
    ),
    "an easy form that asks what is not there": (
        lambda: ask(single("B1"), easy=EasyForm(asked=("A1", "ZZ"))),
        "unknown_question",
        "/easy/asked/1",
    ),
    "a write-in where it is lost": (
        lambda: ask(
            Likert(key="L1", text=both("Eens?"), options=(YES, Option(code=3, label=both("anders"), write_in=True)))
        ),
        "write_in_ignored",
        f"{AT}/options/1/write_in",
    ),
}


def asked_shuffled() -> Questionnaire:
    pages = (
        Page(key="p0", block="mixed", questions=(single("A1"),)),
        Page(key="p1", block="mixed", questions=(single("B1", show_if=if_yes("A1")),)),
    )
    return msgspec.structs.replace(asked(), pages=pages, shuffled_blocks=("mixed",), arms=())


@pytest.mark.parametrize("case", CASES)
def test_lint_points_at(case: str) -> None:
    made, code, path = CASES[case]
    assert (code, path) in found(made())


def test_errors_come_first(application: Application) -> None:
    q = battery.build(application, form="long")
    broken = msgspec.structs.replace(q, pages=(*q.pages, q.pages[3]))
    severities = [finding.severity for finding in lint(broken)]
    assert severities == sorted(severities)
    assert severities[0] == "error"


def test_a_long_questionnaire_is_called_long(application: Application) -> None:
    assert ("too_long", "/estimated_minutes") in found(battery.build(application, form="long"))


def test_a_chain_of_two_hundred_questions_is_sound() -> None:
    pages = [(single(f"Q{number}", show_if=if_yes(f"Q{number - 1}") if number else None),) for number in range(200)]
    assert [finding for finding in lint(asked(*pages)) if finding.severity == "error"] == []


def test_what_hangs_on_a_question_nobody_gets_is_not_reached_either() -> None:
    q = asked((single("A1"),), (single("B1", show_if=if_yes("A1", 7)),), (single("C1", show_if=if_yes("B1")),))
    assert {("unreachable_page", "/pages/1"), ("unreachable_page", "/pages/2")} <= found(q)


def test_conditions_nested_without_end_are_reported_and_not_followed() -> None:
    condition: AnyCondition = if_yes("A1")
    for _ in range(5000):
        condition = Not(of=condition)
    q = asked((single("A1"),), (single("B1"),))
    second = msgspec.structs.replace(q.pages[1], show_if=condition)
    assert ("too_deep", "/pages/1/show_if") in found(msgspec.structs.replace(q, pages=(q.pages[0], second)))


def test_an_untranslated_language_under_way_is_one_warning() -> None:
    q = asked((single("A1"), single("B1")), unreviewed=("tr",))
    turkish = [finding for finding in lint(q) if finding.code == "missing_language"]
    assert [(one.severity, one.path) for one in turkish] == [("warning", "/pages/0/questions/0/text/tr")]
    assert "6 texts" in turkish[0].message


def test_an_arm_of_several_orders_is_known_by_either_name() -> None:
    condition = AllOf(of=(InArm(key="first"), InArm(key="base")))
    page = (Single(key="B1", text=both("Ja of nee?"), options=(YES, NO), show_if=condition),)
    arms = (Arm(key="first/base", block_order=("b0", "b1")), Arm(key="second/base", block_order=("b1", "b0")))
    q = asked((single("A1"),), page, arms=arms)
    assert {code for code, _ in found(q)} == set()


@pytest.mark.parametrize("case", MORE)
def test_lint_also_points_at(case: str) -> None:
    made, code, path = MORE[case]
    assert (code, path) in found(made())
