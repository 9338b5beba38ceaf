"""The twelve example applications."""

import re

import pytest
from samenspraak import examples
from samenspraak.checking import application_faults
from samenspraak.types.application import Application

NAMES = examples.names()
REAL = (
    *("Amsterdam", "Utrecht", "Tilburg", "IJsselland", "Rotterdam", "DUO", "UWV", "GGD", "Gem", "Signalen", "CATCH"),
    *("MONOcam", "Werkverkenner", "College voor de Rechten van de Mens", "Proctorio", "Work Explorer", "Slimme Check"),
)


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts(item)]
    if hasattr(value, "__struct_fields__"):
        return [text for name in value.__struct_fields__ for text in texts(getattr(value, name))]
    return []


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", text) if part]


def test_there_are_twelve():
    assert len(NAMES) == 12


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(KeyError, match="scanauto-parkeren"):
        examples.load("scanauto")


@pytest.mark.parametrize("name", ["../checking", "/etc/passwd", "SOURCE.md", ""])
def test_a_name_is_no_path(name):
    with pytest.raises(KeyError):
        examples.load(name)


def test_source_names_every_file():
    source = examples.files("samenspraak.examples").joinpath("SOURCE.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in source for name in NAMES)
    assert "CC0" in source


@pytest.mark.parametrize("name", NAMES)
class TestExample:
    @pytest.fixture
    def application(self, name: str) -> Application:
        return examples.load(name)

    def test_has_no_fault(self, name):
        document = examples.files("samenspraak.examples").joinpath(f"{name}.json").read_bytes()
        assert application_faults(document) == ()

    def test_is_called_as_its_file(self, name, application):
        assert application.id == name

    def test_owner_is_made_up(self, name, application):
        assert "Voorbeeld" in application.owner.nl
        assert "Voorbeeld" in application.owner.en
        assert application.register_id is None

    def test_names_no_real_organisation_or_product(self, name, application):
        found = [(real, text) for text in texts(application) for real in REAL if re.search(rf"\b{real}\b", text)]
        assert found == []

    def test_sentences_are_short(self, name, application):
        shown = [section.text for section in application.description.nl] + texts(application.arguments)
        longest = max((len(sentence.split()), sentence) for text in shown for sentence in sentences(text))
        assert longest[0] <= 20, longest

    def test_addresses_the_reader_as_u(self, name, application):
        dutch = " ".join(section.text for section in application.description.nl).lower()
        assert not re.search(r"\b(je|jij|jou|jouw)\b", dutch)

    def test_says_what_it_is_for_how_it_works_and_what_people_do(self, name, application):
        assert len(application.description.nl) == len(application.description.en) == 5

    def test_right_answers_are_never_don_t_know(self, name, application):
        keys = application.comprehension
        for key in (keys.goal, keys.human, keys.data, keys.topic):
            codes = [option.code for option in key.options]
            assert len(set(codes)) == len(codes)
            assert key.correct != 98
            assert 98 in codes

    def test_topic_question_knows_the_name(self, name, application):
        topic = application.comprehension.topic
        right = next(option for option in topic.options if option.code == topic.correct)
        assert (right.nl, right.en) == (application.name.nl, application.name.en)
