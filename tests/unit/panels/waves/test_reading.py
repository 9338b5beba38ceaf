"""Strata over all waves, as a design needs them."""

from datetime import timedelta

from panels.waves.reading import combined
from tests.unit.panels.waves.field import NOW, wave


def test_one_wave_is_its_own_strata() -> None:
    (men, women) = combined((wave(1, M=(100, 20, 100), V=(80, 40, 80)),))
    assert (men.key, men.population, men.invited, men.probability) == ("M", 100, 20, 0.2)
    assert (women.key, women.probability) == ("V", 0.5)


def test_two_waves_from_one_frame_are_one_draw_of_both() -> None:
    later = wave(2, at=NOW + timedelta(days=7), M=(80, 20, 100))
    (men,) = combined((wave(1, M=(100, 20, 100)), later))
    assert (men.population, men.invited, men.probability) == (100, 40, 0.4)


def test_a_stratum_that_grew_is_as_large_as_it_was_last() -> None:
    later = wave(2, at=NOW + timedelta(days=7), M=(130, 20, 150), rest=(5, 1, 5))
    found = {one.key: one for one in combined((wave(1, M=(100, 20, 100)), later))}
    assert found["M"].population == 150
    assert (found["rest"].invited, found["rest"].population) == (1, 5)


def test_never_drawn_has_no_strata() -> None:
    assert combined(()) == ()
