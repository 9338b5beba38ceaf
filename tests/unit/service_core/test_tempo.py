"""How often one link may send. An address is no link: a library has one for everybody."""

import pytest

from service.tempo import PER_MINUTE, Tempo, TooOften


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_thousand_links_behind_one_address_are_never_limited() -> None:
    tempo = Tempo(Clock())
    for _ in range(20):
        for person in range(1000):
            tempo.count(f"link-{person}")


def test_one_link_that_runs_wild_is_told_to_wait_and_may_go_on_afterwards() -> None:
    clock = Clock()
    tempo = Tempo(clock)
    for _ in range(PER_MINUTE):
        tempo.count("wild")
    with pytest.raises(TooOften) as told:  # noqa: PT012
        for _ in range(5):
            tempo.count("wild")
    assert told.value.retry_after is not None
    assert told.value.retry_after >= 1
    tempo.count("quiet")
    clock.now += 60
    for _ in range(PER_MINUTE // 2):
        tempo.count("wild")
