import msgspec
import pytest
from samenspraak.canonical import content_hash
from samenspraak.types.application import Application
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Attention,
    Form,
    Info,
    Knowledge,
    Likert,
    Questionnaire,
    Ranking,
    VoteItem,
)

from surveys import battery
from surveys.filling import capital
from surveys.lint import lint

FORMS: tuple[Form, ...] = ("short", "standard", "long")


def questions(q: Questionnaire) -> dict[str, AnyQuestion]:
    return {question.key: question for page in q.pages for question in page.questions}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("role", ["user", "subject"])
def test_every_form_passes_its_own_lint(application: Application, form: Form, role: str) -> None:
    asked = battery.build(msgspec.structs.replace(application, citizen_role=role), form=form)
    assert [finding for finding in lint(asked) if finding.severity == "error"] == []


@pytest.mark.parametrize("form", FORMS)
def test_no_placeholder_is_left_in_any_text(application: Application, form: Form) -> None:
    text = msgspec.json.encode(battery.build(application, form=form)).decode()
    assert "{" + "APP" not in text
    assert "{" + "ORG" not in text


def test_the_short_form_is_about_fifteen_pages_and_under_six_minutes(application: Application) -> None:
    asked = battery.build(application, form="short")
    assert 13 <= len(asked.pages) <= 16
    assert asked.estimated_minutes < 6


def test_forms_grow_from_short_to_long(application: Application) -> None:
    sizes = [len(questions(battery.build(application, form=form))) for form in FORMS]
    assert sizes == sorted(sizes)
    short, long = (set(questions(battery.build(application, form=form))) for form in ("short", "long"))
    assert short <= long


def test_what_the_panel_knows_is_not_asked_again(application: Application) -> None:
    for form in FORMS:
        asked = questions(battery.build(application, form=form))
        assert not {"DM_YEAR", "DM_SEX", "DM_PC4", "DM_PROV", "DM_EDU"} & asked.keys()
        assert "DM_DIGI" in asked


def test_users_are_asked_about_use_and_subjects_about_acceptance(application: Application) -> None:
    subject = questions(battery.build(application, form="standard"))
    user = questions(battery.build(msgspec.structs.replace(application, citizen_role="user"), form="standard"))
    assert "LU_SUBJ" in subject
    assert "LU_INT" not in subject
    assert "LU_INT" in user
    assert "LU_SUBJ" not in user


def test_names_get_a_capital_only_where_a_sentence_starts(application: Application) -> None:
    asked = questions(battery.build(application, form="standard"))
    fair = asked["FA_OUT"]
    assert isinstance(fair, Likert)
    assert fair.text.nl == "De parkeerauto behandelt iedereen even eerlijk."
    allowed = asked["LU_SUBJ"]
    assert isinstance(allowed, Likert)
    assert allowed.text.nl.startswith("Stel dat de gemeente Voorbeeld de parkeerauto ook bij u gebruikt.")


def test_dutch_ij_takes_two_capitals() -> None:
    assert capital("ijskast") == "IJskast"
    assert capital("") == ""


def test_attitudes_come_before_the_description_and_comprehension_right_after(application: Application) -> None:
    keys = [page.key for page in battery.build(application, form="standard").pages]
    assert keys.index("general_attitude") < keys.index("description")
    assert keys.index("comprehension") == keys.index("description") + 1


def test_the_two_arms_differ_in_value_and_concerns_only(application: Application) -> None:
    value_first, concerns_first = battery.build(application, form="standard").arms
    assert value_first.key == "value_first"
    order = concerns_first.block_order
    assert order.index("concerns") < order.index("concerns_top") < order.index("value")
    others = [block for block in order if block not in {"value", "concerns", "concerns_top"}]
    assert others == [b for b in value_first.block_order if b not in {"value", "concerns", "concerns_top"}]


def test_no_page_has_more_than_four_scales_under_one_stem(application: Application) -> None:
    for page in battery.build(application, form="long").pages:
        assert sum(isinstance(question, Likert) for question in page.questions) <= 4


def test_concerns_in_the_ranking_carry_the_text_of_their_item(application: Application) -> None:
    asked = questions(battery.build(application, form="short"))
    top = asked["CN_TOP"]
    assert isinstance(top, Ranking)
    codes = battery.concern_codes()
    for option in top.options:
        item = asked[codes[option.code]]
        assert isinstance(item, Likert)
        assert item.text == option.label


def test_a_wrong_answer_is_explained_with_the_part_of_the_description_about_it(application: Application) -> None:
    asked = questions(battery.build(application, form="standard"))
    human = asked["CC_HUM"]
    assert isinstance(human, Knowledge)
    assert human.explain.nl == "Een medewerker bekijkt elke boete en besluit."
    assert human.explain.en == "A member of staff looks at every fine and decides."


def test_the_vote_shows_the_balanced_arguments_of_the_application(application: Application) -> None:
    vote = questions(battery.build(application, form="short"))["VT_MAIN"]
    assert isinstance(vote, VoteItem)
    assert vote.arguments_for == tuple(application.arguments.in_favour)
    assert vote.arguments_against == tuple(application.arguments.against)


def test_one_attention_item_in_short_and_standard(application: Application) -> None:
    for form in ("short", "standard"):
        asked = questions(battery.build(application, form=form)).values()
        assert sum(isinstance(question, Attention) for question in asked) == 1


def test_every_item_says_that_it_is_a_draft(application: Application) -> None:
    asked = questions(battery.build(application, form="long")).values()
    assert {question.status for question in asked if not isinstance(question, Info)} == {"draft"}


def test_the_same_application_gives_the_same_hash(application: Application) -> None:
    first, second = (content_hash(battery.build(application, form="short")) for _ in range(2))
    assert first == second
    assert first != content_hash(battery.build(application, form="short", notice_version="2"))


def test_eighteen_concerns_of_which_eight_are_core() -> None:
    assert len(battery.concern_items()) == 18
    assert battery.concern_items()["privacy"] == "CN_PRIV"
