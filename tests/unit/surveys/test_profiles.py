"""Only what conditions look at is taken from a profile."""

from typing import Any

import msgspec
import pytest
from samenspraak.types.expressions import AllOf, Answered, Compare, Constant, Count, Not, Profile
from samenspraak.types.questionnaire import EasyForm, Jump, Quota

from surveys.profiles import looked_at, needed
from tests.unit.pages.kinds import every_kind
from tests.unit.pages.samples import both

ASKED = every_kind()
YOUNG = Compare(left=Profile(field="age3"), test="eq", right=Constant(value="18-34"))
KNOWN = {"age3": "18-34", "sex": "V", "municipality": "GM0363", "education3": None}


def test_a_questionnaire_without_such_conditions_takes_nothing() -> None:
    assert looked_at(ASKED) == frozenset()
    assert needed(ASKED, KNOWN) == {}


@pytest.mark.parametrize("place", ["page", "question", "jump", "quota", "easy", "deep"])
def test_a_condition_anywhere_is_seen(place: str) -> None:
    page, *others = ASKED.pages
    question = page.questions[0]
    places: dict[str, dict[str, Any]] = {
        "page": {"pages": (msgspec.structs.replace(page, show_if=YOUNG), *others)},
        "question": {
            "pages": (
                msgspec.structs.replace(page, questions=(msgspec.structs.replace(question, show_if=YOUNG),)),
                *others,
            )
        },
        "jump": {"pages": (msgspec.structs.replace(page, next=(Jump(to="end", when=YOUNG),)), *others)},
        "quota": {"quotas": (Quota(key="young", label=both("Jong", "Young"), when=YOUNG, limit=5),)},
        "easy": {"easy": EasyForm(asked=(), questions=(msgspec.structs.replace(question, show_if=YOUNG),))},
        "deep": {
            "quotas": (
                Quota(
                    key="deep",
                    label=both("Diep", "Deep"),
                    when=AllOf(
                        of=(
                            Answered(question="CO_PART"),
                            Not(of=Compare(left=Count(of=(YOUNG,)), test="ge", right=Constant(value=1))),
                        )
                    ),
                    limit=5,
                ),
            )
        },
    }
    changed = msgspec.structs.replace(ASKED, **places[place])
    assert looked_at(changed) == {"age3"}
    assert needed(changed, KNOWN) == {"age3": "18-34"}


def test_what_is_not_known_is_left_out() -> None:
    learned = Compare(left=Profile(field="education3"), test="eq", right=Constant(value="1"))
    asked = msgspec.structs.replace(ASKED, quotas=(Quota(key="low", label=both("Laag", "Low"), when=learned, limit=5),))
    assert needed(asked, KNOWN) == {}
