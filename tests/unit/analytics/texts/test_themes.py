"""Themes: found where there are some, none in noise, always the same, and fit to be shown."""

import subprocess
import sys

import numpy as np
import pytest

from analytics.texts import themes
from analytics.texts.vectors import Vectors, vectors

SUBJECTS = {
    "privacy": ("Hoe lang bewaart u mijn gegevens", "Wie ziet mijn gegevens", "Mijn gegevens bewaren is niet nodig"),
    "mens": ("Kan ik een mens spreken", "Ik wil een mens aan de telefoon", "Geef mij een mens om te spreken"),
    "fout": ("Wat als er een fout komt", "Hoe vaak gaat het fout met boetes", "Een fout geeft boetes"),
}


def written(n: int, seed: int = 1) -> tuple[list[str], list[str]]:
    """Answers about three subjects, with a word of chance in each."""
    rng = np.random.default_rng(seed)
    about = [str(rng.choice(list(SUBJECTS))) for _ in range(n)]
    return [f"{rng.choice(SUBJECTS[one])} {rng.choice(['graag', 'morgen', 'toch', 'straat'])}" for one in about], about


def dutch(texts: list[str]) -> Vectors:
    return vectors(texts, ["nl"] * len(texts))


def noise(n: int) -> list[str]:
    rng = np.random.default_rng(0)
    syllables = [a + b for a in "bdfgklmnprstv" for b in ("aa", "oe", "ie", "ui")]
    lexicon = ["".join(rng.choice(syllables, size=3)) for _ in range(120)]
    return [" ".join(rng.choice(lexicon, size=8)) for _ in range(n)]


class TestFound:
    def test_what_people_wrote_about_comes_back(self) -> None:
        texts, about = written(240)
        found = themes.find(dutch(texts))
        assert len(found.themes) >= 3
        for theme in found.themes:
            inside = [about[row] for row in theme.rows]
            assert max(inside.count(one) for one in SUBJECTS) >= 0.9 * len(inside), theme
        assert {"gegevens", "mens", "fout"} <= {word for theme in found.themes for word in theme.words}

    def test_noise_has_no_themes(self) -> None:
        found = themes.find(dutch(noise(300)))
        assert found.themes == ()
        assert max(found.stability.values()) < themes.STABLE

    @pytest.mark.parametrize("n", [0, 1, 10, themes.FEWEST_ANSWERS - 1])
    def test_few_answers_have_no_themes(self, n: int) -> None:
        assert themes.find(dutch(written(n)[0])).themes == ()

    def test_everybody_writing_the_same_is_no_theme(self) -> None:
        assert themes.find(dutch(["Wat gebeurt er met mijn gegevens"] * 200)).themes == ()

    def test_empty_answers_are_in_no_theme(self) -> None:
        texts, _ = written(240)
        padded = [text for one in texts for text in (one, "")]
        found = themes.find(dutch(padded))
        assert found.answers == 240
        assert all(row % 2 == 0 for theme in found.themes for row in theme.rows)


class TestShown:
    def test_each_answer_is_in_one_theme_at_most_and_each_theme_has_ten(self) -> None:
        found = themes.find(dutch(written(240)[0]))
        rows = [row for theme in found.themes for row in theme.rows]
        assert len(rows) == len(set(rows))
        assert all(len(theme.rows) >= 10 for theme in found.themes)
        assert [len(theme.rows) for theme in found.themes] == sorted((len(t.rows) for t in found.themes), reverse=True)

    def test_words_are_written_as_most_people_wrote_them_and_by_ten_or_more(self) -> None:
        texts, _ = written(240)
        texts = [text.replace("gegevens", "GEGEVENS") if number % 3 else text for number, text in enumerate(texts)]
        texts[0] += " Zwartkijkers"
        given = dutch(texts)
        words = {word for theme in themes.find(given).themes for word in theme.words}
        assert "gegevens" in words
        assert "zwartkijkers" not in words
        held = dict(zip(given.shown, given.people, strict=True))
        assert all(held[word] >= 10 for word in words)

    def test_answers_in_another_language_stay_out(self) -> None:
        texts, _ = written(240)
        english = ["What happens with my data when I call", "How can I talk to a person about data"] * 20
        given = vectors(texts + english, ["nl"] * 280)
        assert given.language == "nl"
        assert given.spoken.sum() == 240
        assert max(row for theme in themes.find(given).themes for row in theme.rows) < 240


class TestRepeated:
    def test_the_order_of_the_answers_makes_no_difference(self) -> None:
        texts, _ = written(200)
        order = np.random.default_rng(3).permutation(200)
        first, second = themes.find(dutch(texts)), themes.find(dutch([texts[i] for i in order]))
        assert [theme.words for theme in first.themes] == [theme.words for theme in second.themes]
        assert first.stability == second.stability
        moved = [sorted(int(order[row]) for row in theme.rows) for theme in second.themes]
        assert [sorted(texts[row] for row in theme.rows) for theme in first.themes] == [
            sorted(texts[row] for row in rows) for rows in moved
        ]

    def test_the_seed_moves_the_subsamples_only(self) -> None:
        given = dutch(written(200)[0])
        assert themes.find(given, seed=4) == themes.find(given, seed=4)
        assert themes.find(given, seed=4).stability != themes.find(given, seed=5).stability

    @pytest.mark.slow
    def test_another_process_finds_the_same(self) -> None:
        code = (
            "from tests.unit.analytics.texts.test_themes import dutch, written\n"
            "from analytics.texts import themes\n"
            "print(themes.find(dutch(written(200)[0])))"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == f"{themes.find(dutch(written(200)[0]))}\n"


@pytest.mark.slow
def test_the_heavy_library_is_loaded_only_when_themes_are_looked_for() -> None:
    code = (
        "import sys, analytics, analytics.texts.themes, analytics.texts.quotes, analytics.texts.coding, service.app\n"
        "print('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
