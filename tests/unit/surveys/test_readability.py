import json
from pathlib import Path

import pytest
from samenspraak.types.application import Description, Section

from surveys import readability, syllables

PUBLISHED = json.loads((Path(__file__).parent / "descriptions.json").read_text())
"""Dutch descriptions of twelve applications, with the Flesch-Douma score and word count that were published with
them.
"""

C1 = (
    "Het geautomatiseerde besluitvormingsondersteunende systeem identificeert aan de hand van administratieve "
    "gegevens en statistische risico-indicatoren uitkeringsaanvragen die in aanmerking komen voor "
    "nadere rechtmatigheidscontrole."
)


def described(*texts: str) -> Description:
    sections = [Section(heading="Waarvoor is het?", text=text) for text in texts]
    return Description(nl=sections, en=sections)


class TestSyllables:
    @pytest.mark.parametrize(
        ("word", "syllables_of"),
        [
            ("mijn", 1), ("neus", 1), ("huis", 1), ("fiets", 1), ("boek", 1), ("koud", 1), ("blauw", 1), ("maan", 1),
            ("been", 1), ("boom", 1), ("muur", 1), ("eeuw", 1), ("nieuw", 1), ("saai", 1), ("mooi", 1), ("groei", 1),
            ("nieuwe", 2), ("draaien", 2), ("groeien", 2), ("radio", 3), ("sociale", 4), ("video", 3),
            ("zeeën", 2), ("beïnvloeden", 4), ("reünie", 3), ("coördinatie", 5), ("geïnd", 2),
            ("bureau", 2), ("museum", 3), ("yoghurt", 2), ("systeem", 2), ("station", 2), ("quiz", 1),
            ("geautomatiseerd", 6), ("kunstmatige", 4), ("intelligentie", 5), ("gemeente", 3),
            ("AI", 2), ("GGD", 3), ("e-mail", 2), ("website", 2), ("software", 2), ("2023", 1),
        ],
    )  # fmt: skip
    def test_a_word_has_as_many_syllables_as_one_hears(self, word: str, syllables_of: int) -> None:
        assert syllables.count(word) == syllables_of

    def test_no_word_is_without_a_syllable(self) -> None:
        assert syllables.count("sst") == 1

    def test_apostrophe_and_hyphen_keep_a_word_together(self) -> None:
        assert syllables.words("Foto's, zo'n e-mail (gratis) & 12 dagen.") == [
            "Foto's", "zo'n", "e-mail", "gratis", "12", "dagen",
        ]  # fmt: skip


class TestSentences:
    def test_abbreviations_and_numbers_do_not_end_a_sentence(self) -> None:
        found = readability.sentences("Dat kost bijv. 1.500 euro, d.w.z. veel. Is dat te veel? Ja!")
        assert found == ["Dat kost bijv. 1.500 euro, d.w.z. veel.", "Is dat te veel?", "Ja!"]

    def test_a_line_break_ends_a_sentence(self) -> None:
        assert readability.sentences("een\ntwee\n\n- drie") == ["een", "twee", "- drie"]


class TestMeasure:
    @pytest.mark.parametrize("name", PUBLISHED)
    def test_known_descriptions_score_as_published(self, name: str) -> None:
        case = PUBLISHED[name]
        sections = [Section(heading=heading, text=text) for heading, text in case["sections"]]
        found = readability.measure(Description(nl=sections, en=sections))
        assert found.flesch_douma == pytest.approx(case["flesch_douma"], abs=3)
        assert found.words == case["words"]
        assert found.passes

    def test_both_formulas_follow_their_definition(self) -> None:
        found = readability.measure(described("De man loopt. De vrouw fietst mee."))
        words, sentences, total = 7, 2, 7
        assert found.flesch_douma == pytest.approx(206.835 - 0.93 * words / sentences - 77 * total / words, abs=0.1)
        assert found.brouwer == pytest.approx(195 - 2 / 3 * 100 * total / words - 2 * words / sentences, abs=0.1)

    def test_a_text_at_level_c1_fails_and_says_which_sentence_and_words(self) -> None:
        found = readability.measure(described("Dit is een korte zin.", C1))
        assert not found.passes
        assert found.flesch_douma < 60
        remarks = "\n".join(found.remarks)
        assert "Section 2: a sentence of 22 words, at most 20: “Het geautomatiseerde" in remarks
        assert "besluitvormingsondersteunende" in remarks
        assert "at least 60 is needed" in remarks

    def test_easy_words_in_one_endless_sentence_fail(self) -> None:
        found = readability.measure(described(" ".join(["de kat zit op de mat en"] * 4) + " slaapt."))
        assert found.flesch_douma > 60
        assert not found.passes
        assert found.longest_sentence == 29

    def test_a_text_without_words_fails_instead_of_breaking(self) -> None:
        assert not readability.measure(described("... ! ??? ---")).passes
