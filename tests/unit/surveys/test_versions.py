"""The difference of two versions, found by key and not by place."""

from msgspec.structs import replace
from samenspraak.types.application import Application
from samenspraak.types.questionnaire import Likert, Questionnaire

from surveys import battery, versions
from tests.unit.surveys.conftest import text


def base(application: Application) -> Questionnaire:
    return battery.build(application, form="short")


def with_first_likert(q: Questionnaire, **changes: object) -> tuple[Questionnaire, str]:
    for number, page in enumerate(q.pages):
        for place, question in enumerate(page.questions):
            if isinstance(question, Likert):
                asked = (*page.questions[:place], replace(question, **changes), *page.questions[place + 1 :])
                pages = (*q.pages[:number], replace(page, questions=asked), *q.pages[number + 1 :])
                return replace(q, pages=pages), question.key
    raise AssertionError("no likert")


def test_the_same_questionnaire_has_no_changes_whatever_its_version(application: Application) -> None:
    q = base(application)
    found = versions.diff(q, replace(q, version=q.version + 1))
    assert (found.kind, found.changes) == ("same", ())


def test_a_better_word_is_one_change_of_text(application: Application) -> None:
    q = base(application)
    after, key = with_first_likert(q, text=text("Een beter woord?", "A better word?"))
    found = versions.diff(q, after)
    assert found.kind == "text"
    assert all(key in change.path for change in found.changes)


def test_a_page_put_in_front_is_one_structural_change(application: Application) -> None:
    q = base(application)
    page = replace(q.pages[3], key="extra", questions=(replace(q.pages[3].questions[0], key="EXTRA"),))
    found = versions.diff(q, replace(q, pages=(page, *q.pages)))
    assert found.kind == "structural"
    assert [change.action for change in found.changes if change.path.startswith("/pages/extra")] == ["added"]


def test_a_code_that_means_something_else_is_marked(application: Application) -> None:
    q = base(application)
    likert = next(one for page in q.pages for one in page.questions if isinstance(one, Likert))
    options = (replace(likert.options[0], label=text("Iets heel anders", "Quite another thing")), *likert.options[1:])
    after, _ = with_first_likert(q, options=options)
    found = versions.diff(q, after)
    assert found.codes_reused == 1
    assert found.kind == "structural"
