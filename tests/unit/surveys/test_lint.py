import time
from collections.abc import Callable

import msgspec
import pytest
from samenspraak.types.application import Application
from samenspraak.types.base import Localised
from samenspraak.types.expressions import AnswerOf, OneOf
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Arm,
    Attention,
    Knowledge,
    Likert,
    Multi,
    Numeric,
    Option,
    Page,
    Questionnaire,
    Ranking,
    Single,
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
        "/languages",
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


def test_two_hundred_questions_are_linted_before_anybody_notices() -> None:
    pages = [(single(f"Q{number}", show_if=if_yes(f"Q{number - 1}") if number else None),) for number in range(200)]
    q = asked(*pages)
    start = time.process_time()
    assert [finding for finding in lint(q) if finding.severity == "error"] == []
    assert time.process_time() - start < 1.0
