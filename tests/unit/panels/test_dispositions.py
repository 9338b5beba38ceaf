"""The table of steps: what can follow what."""

from panels.dispositions import DISPOSITIONS, REMINDED, STEPS, sources


def test_every_disposition_has_its_row() -> None:
    assert set(STEPS) == set(DISPOSITIONS)
    assert all(following <= set(DISPOSITIONS) for following in STEPS.values())


def test_everything_can_be_reached_from_queued() -> None:
    reached, todo = {"queued"}, ["queued"]
    while todo:
        for following in STEPS[todo.pop()]:  # type: ignore[index]
            if following not in reached:
                reached.add(following)
                todo.append(following)
    assert reached == set(DISPOSITIONS)


def test_withdrawn_is_the_end() -> None:
    assert STEPS["withdrawn"] == frozenset()
    assert set(sources("withdrawn")) == set(DISPOSITIONS) - {"withdrawn"}


def test_a_completed_answer_can_only_be_taken_back() -> None:
    assert STEPS["completed"] == {"withdrawn"}
    assert set(sources("completed")) == {"started", "broken_off"}


def test_nobody_who_is_done_or_said_no_is_reminded() -> None:
    assert not set(REMINDED) & {"completed", "declined", "undeliverable", "withdrawn", "queued"}
