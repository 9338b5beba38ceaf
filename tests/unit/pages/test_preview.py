"""Looking at a questionnaire before it counts."""

import re
from uuid import UUID

import msgspec
import pytest
from litestar.response import Response as Answer
from samenspraak.types.questionnaire import Arm, Page, QuestionVariant

from panels import links
from panels.errors import LinkUnknown
from service.pages import preview
from tests.unit.pages.kinds import every_kind
from tests.unit.pages.samples import KINDS, both

AUDIT = UUID("01936000-0000-7000-8000-000000000001")
KEY = b"k" * 32
ASKED = every_kind()


def look(asked: object = ASKED, **query: str) -> str:
    answer: Answer[str] = preview.show(asked, preview.chosen(asked, query))  # type: ignore[arg-type]
    return str(answer.content)


class TestTheLink:
    def test_opens_its_own_audit(self) -> None:
        assert preview.audit_of(KEY, preview.token(KEY, AUDIT)) == AUDIT

    @pytest.mark.parametrize(
        "given",
        [
            "x",
            "",
            preview.token(b"o" * 32, AUDIT),
            f"{AUDIT.hex}-{links.token(KEY, 'invitation', AUDIT)}",
            f"{UUID(int=7).hex}-{links.token(KEY, 'preview', AUDIT)}",
            preview.token(KEY, AUDIT) + "A",
        ],
        ids=["malformed", "empty", "another key", "another purpose", "another audit", "longer"],
    )
    def test_opens_nothing_when_it_is(self, given: str) -> None:
        with pytest.raises(LinkUnknown):
            preview.audit_of(KEY, given)


class TestThePage:
    def test_says_that_it_does_not_count_and_has_nothing_to_send(self) -> None:
        text = look()
        assert "Voorbeeld: telt niet mee." in text
        for tag in ("<form", "<button"):
            assert tag not in text

    def test_every_page_is_there_in_every_language(self) -> None:
        shown = {page.key for page in ASKED.pages}
        for lang in (*ASKED.languages, *ASKED.unreviewed):
            for key in shown:
                text = look(lang=lang, page=key)
                assert f'<html lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}">' in text, (lang, key)

    def test_later_and_earlier_lead_through_all_of_them(self) -> None:
        seen, text = 1, look()
        assert text.count('class="button quiet"') == 0
        while (found := re.search(r'<a class="button" href="\?([^"]+)"', text)) is not None:
            query = dict(part.split("=") for part in found[1].split("&amp;"))
            text, seen = look(**query), seen + 1
        assert seen == len(ASKED.pages)
        assert f"Pagina {seen} van {seen}" in text

    def test_a_language_that_nobody_reviewed_says_so(self) -> None:
        warning = "Deze vertaling is nog niet door mensen nagekeken."
        unreviewed = msgspec.structs.replace(ASKED, languages=("en",), unreviewed=("nl",))
        assert warning in look(unreviewed, lang="nl")
        assert warning not in look(lang="nl")

    def test_shows_conditions_and_jumps_in_their_text_form(self) -> None:
        assert "Vraag DM_TOUCH komt alleen als: <code" in look(page="background")
        assert '<code dir="ltr">CO_PART in (1)</code>' in look(page="background")
        assert 'Hierna naar line als: <code dir="ltr">TV_WAY in (3)</code>' in look(page="best")

    def test_shows_the_whole_list_where_it_depends_on_earlier_answers(self) -> None:
        assert re.findall(r'name="TV_BEST" value="(\d+)"', look(page="best")) == ["1", "2", "3", "4", "98"]

    def test_nothing_is_chosen_and_knowledge_can_be_seen(self) -> None:
        assert " checked" not in look(page="travel")
        assert 'name="CC_GOAL"' in look(page="comprehension")

    def test_the_easy_mode_has_one_question_on_a_page_and_only_its_own(self) -> None:
        text = look(easy="1", page="travel")
        assert '<body class="easy">' in text
        assert 'name="TV_WAY"' in text
        assert 'name="TV_ALL"' not in text

    def test_an_address_that_asks_for_what_is_not_there_shows_the_first_page(self) -> None:
        assert look(lang="xx", arm="no", page="none", easy="yes") == look()


class TestAVariant:
    def test_is_seen_in_its_own_arm(self) -> None:
        page = ASKED.pages[0]
        other = msgspec.structs.replace(page.questions[0], text=both("Doet u mee met de proef?", "Will you join?"))
        asked = msgspec.structs.replace(
            ASKED,
            arms=(Arm(key="a", block_order=()), Arm(key="b", block_order=(), variant="trial")),
            variants=(QuestionVariant(key="trial", label=both("Proef", "Trial"), questions=(other,)),),
        )
        assert "Doet u mee met de proef?" in look(asked, arm="b")
        assert "Doet u mee met de proef?" not in look(asked, arm="a")


def test_a_questionnaire_without_arms_or_easy_mode_offers_no_choice_of_them() -> None:
    plain = msgspec.structs.replace(
        ASKED, arms=(), easy=None, pages=(Page(key="consent", block="consent", questions=KINDS[0][2]),)
    )
    text = look(plain)
    assert "Volgorde" not in text
    assert "Makkelijke versie" not in text
