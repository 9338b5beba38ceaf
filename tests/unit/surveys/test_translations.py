"""The short form in Turkish, Arabic, Polish and Ukrainian: complete, with the right names and codes, and in that
language."""

import re
from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest
from msgspec import UNSET
from samenspraak.types.application import Application, CitizenRole, Owner
from samenspraak.types.base import Lang, Language, Localised
from samenspraak.types.questionnaire import (
    AnyQuestion,
    Attention,
    Info,
    Knowledge,
    Option,
    Questionnaire,
    Single,
    VoteItem,
)

from analytics.texts import screen
from surveys import battery, translations
from surveys.instruments import instruments
from surveys.lint import lint
from surveys.lint.texts import localised
from surveys.lint.view import options
from surveys.translations import TRANSLATED

SLOT = re.compile(r"\{(\w+)\}")
LETTERS = {"ar": re.compile(r"[\u0621-\u064a]"), "uk": re.compile(r"[а-щьюяєіїґ]", re.IGNORECASE)}
LATIN = re.compile(r"[A-Za-z]{2,}")
DUTCH = re.compile(
    r"\b(het|een|van|niet|voor|wat|wie|welke|hoe|vindt|mensen|deze|the|you|what|which|people)\b", re.IGNORECASE
)
FROM_THE_DEVELOPER = ("/explain", "/arguments", "/sections")
"""Parts of a question that the battery does not write."""
BATTERY = {item.id: item for item in instruments().items}
ROLES: tuple[CitizenRole, ...] = ("user", "subject")


def short(application: Application, role: CitizenRole = "subject") -> Questionnaire:
    return battery.build(msgspec.structs.replace(application, citizen_role=role), form="short")


def asked(q: Questionnaire) -> dict[str, AnyQuestion]:
    return {question.key: question for page in q.pages for question in page.questions}


def of_the_battery(q: Questionnaire) -> Iterator[tuple[str, Localised]]:
    """Place and text of everything that the battery itself says."""
    for key, question in asked(q).items():
        if isinstance(question, Info):
            continue
        for where, text in localised(question):
            own_options = isinstance(question, Knowledge) and where.startswith("/options")
            if not own_options and not where.startswith(FROM_THE_DEVELOPER):
                yield f"{key}{where}", text


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("lang", TRANSLATED)
def test_every_text_of_the_short_form_is_there(application: Application, role: CitizenRole, lang: Language) -> None:
    texts = dict(of_the_battery(short(application, role)))
    assert len(texts) > 120
    assert [place for place, text in texts.items() if not getattr(text, lang)] == []


@pytest.mark.parametrize("lang", TRANSLATED)
def test_names_stand_in_a_translation_as_often_as_in_the_dutch_text(lang: Language) -> None:
    held = translations.translations()
    differing = []
    for id, entries in held.items.items():
        item, entry = BATTERY[id], entries[lang]
        pairs = [(item.nl, entry.text), (item.stem_nl, entry.stem)] if entry.text else []
        pairs += [(option.nl, entry.options[option.code]) for option in item.options if option.code in entry.options]
        differing += [id for dutch, own in pairs if Counter(SLOT.findall(dutch)) != Counter(SLOT.findall(own))]
    assert differing == []


def test_every_entry_belongs_to_the_battery_and_has_only_its_codes() -> None:
    held = translations.translations()
    for id, entries in held.items.items():
        codes = {option.code for option in BATTERY[id].options}
        wanted = codes if BATTERY[id].nl and entries["tr"].text else None
        for entry in entries.values():
            assert set(entry.options) == wanted if wanted is not None else set(entry.options) <= codes, id
    for id, entries in held.scales.items():
        codes = {option.code for option in instruments().scales[id]}
        assert all(set(entry.options) == codes for entry in entries.values()), id
    for _, lang, _ in held.every():
        assert lang in TRANSLATED


def test_every_entry_is_there_in_all_four_languages() -> None:
    held = translations.translations()
    places = Counter(place for place, _, _ in held.every())
    assert {place for place, number in places.items() if number != len(TRANSLATED)} == set()


@pytest.mark.parametrize("lang", TRANSLATED)
def test_no_text_was_left_in_dutch_or_english(application: Application, lang: Language) -> None:
    names = (application.short_name.nl, application.owner.nl)
    for place, text in of_the_battery(short(application)):
        words = getattr(text, lang)
        for name in names:
            words = words.replace(name, "")
        if not any(letter.isalpha() for letter in words):
            continue
        assert words not in (text.nl, text.en), place
        assert not DUTCH.search(words), place
        if lang in LETTERS:
            assert LETTERS[lang].search(words), place
            assert not LATIN.search(words), place


@pytest.mark.parametrize("lang", TRANSLATED)
def test_the_labels_of_a_question_all_differ(application: Application, lang: Language) -> None:
    for key, question in asked(short(application)).items():
        labels = [getattr(option.label, lang) for option in options(question) if option.label.tr is not UNSET]
        assert len(set(labels)) == len(labels), key


@pytest.mark.parametrize("lang", TRANSLATED)
def test_the_check_question_names_the_label_that_counts_as_right(application: Application, lang: Language) -> None:
    check = asked(short(application))["AT_1"]
    assert isinstance(check, Attention)
    named = next(getattr(option.label, lang) for option in check.options if option.code == check.expected)
    quoted = re.search(r"[“„«'](.+?)[”»']", getattr(check.text, lang))
    assert quoted is not None
    assert quoted[1] == named


@pytest.mark.parametrize("lang", ["nl", "en", *TRANSLATED])
def test_the_words_that_refuse_a_quote_are_known_to_the_screen(application: Application, lang: Language) -> None:
    hint = asked(short(application))["OP_Q"].hint
    assert hint is not None
    wish = getattr(hint, lang).split(": ")[1].split(".")[0]
    assert any(finding.kind == "no_quote" for finding in screen.screen(f"? {wish}"))


def test_codes_and_kinds_are_the_same_in_every_form(application: Application) -> None:
    one, other = asked(short(application)), asked(battery.build(application, form="long"))
    for key in one.keys() - {"CN_TOP", "CD_MUST"}:
        assert [o.code for o in options(one[key])] == [o.code for o in options(other[key])], key
        assert [o.label.nl for o in options(one[key])] == [o.label.nl for o in options(other[key])], key


class TestNames:
    def test_stand_in_dutch_where_the_developer_gave_no_other(self, application: Application) -> None:
        vote = asked(short(application))["VT_MAIN"]
        assert isinstance(vote, VoteItem)
        assert "„de gemeente Voorbeeld”" in str(vote.text.pl)
        assert "«\u2068de parkeerauto\u2069»" in str(vote.text.ar)
        assert "\u2068" not in str(vote.text.uk)

    def test_stand_as_the_developer_gave_them(self, application: Application) -> None:
        given = msgspec.structs.replace(
            application,
            short_name=Localised(nl="de parkeerauto", en="the parking car", tr="park arabası"),
            owner=Owner(nl="de gemeente Voorbeeld", en="the municipality of Voorbeeld", tr="Voorbeeld Belediyesi"),
        )
        text = asked(short(given))["VT_MAIN"].text
        assert "“park arabası”" in str(text.tr)
        assert "“Voorbeeld Belediyesi”" in str(text.tr)
        assert "„de parkeerauto”" in str(text.pl)

    def test_head_the_page_of_a_question_of_the_owner(self, application: Application) -> None:
        yes = Option(code=1, label=Localised(nl="Ja", en="Yes"))
        no = Option(code=2, label=Localised(nl="Nee", en="No"))
        own = Single(key="OWN_CAR", text=Localised(nl="Auto?", en="Car?"), options=(yes, no))
        page = next(page for page in battery.build(application, form="short", own=(own,)).pages if page.block == "own")
        assert page.title is not None
        assert page.title.pl == "Pytanie od: de gemeente Voorbeeld"


class TestWhatMayBeFielded:
    def test_the_short_form_can_be_looked_at_in_four_more_languages(self, application: Application) -> None:
        assert short(application).unreviewed == ("tr", "ar", "pl", "uk")
        for form in ("standard", "long"):
            other = battery.build(application, form=form)
            assert other.unreviewed == ()
            assert all(text.tr is UNSET for _, text in of_the_battery(other))

    def test_only_dutch_and_english_are_fielded(self, application: Application) -> None:
        assert short(application).languages == ("nl", "en")

    def test_no_language_is_offered_before_people_approved_all_of_it(self) -> None:
        fielded = set(Lang.__args__) - {"nl", "en"}
        assert [lang for lang in fielded if not translations.reviewed(lang)] == []
        assert not any(translations.reviewed(lang) for lang in TRANSLATED)

    def test_what_the_developer_left_out_is_one_warning_for_a_language(self, application: Application) -> None:
        found = [finding for finding in lint(short(application)) if finding.code == "missing_language"]
        assert {finding.severity for finding in found} == {"warning"}
        assert len(found) == len(TRANSLATED)
