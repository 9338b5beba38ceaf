"""Rules of the job runner that need no database."""

import inspect
import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import jobs
from service.jobs import backoff, describe
from service.tasks import QUEUES, TASKS

jitters = st.floats(0, 1, exclude_max=True)


@given(attempt=st.integers(1, 10_000), jitter=jitters)
def test_backoff_stays_between_half_a_second_and_the_longest_wait(attempt: int, jitter: float) -> None:
    assert 0.5 <= backoff(attempt, jitter=jitter) <= 300


@given(attempt=st.integers(1, 8), jitter=jitters)
def test_each_failure_waits_longer_than_half_of_double_the_last_one(attempt: int, jitter: float) -> None:
    assert backoff(attempt + 1, jitter=jitter) == pytest.approx(2 * backoff(attempt, jitter=jitter))


def test_eight_attempts_span_more_than_a_minute() -> None:
    assert sum(backoff(attempt, jitter=0.0) for attempt in range(1, 8)) > 60


def test_a_failure_is_described_without_its_message() -> None:
    try:
        raise ValueError("jan@example.org cannot be mailed")
    except ValueError as error:
        said = describe(error)
    assert said.startswith("builtins.ValueError at test_jobs.py:")
    assert "example.org" not in said


def test_what_lies_in_valkey_is_msgpack_and_no_pickle() -> None:
    data = jobs.encode({"f": "job.run", "a": ("0190",), "k": {}})
    assert jobs.decode(data) == {"f": "job.run", "a": ["0190"], "k": {}}
    assert not data.startswith(pickle.PROTO)


class TestTaskTable:
    @pytest.mark.parametrize("kind", sorted(TASKS))
    def test_every_kind_has_a_handler_that_takes_work_and_arguments(self, kind: str) -> None:
        handler = TASKS[kind].load()
        assert inspect.iscoroutinefunction(handler)
        assert list(inspect.signature(handler).parameters) == ["work", "args"]

    def test_names_are_a_thing_and_an_act(self) -> None:
        assert all(len(kind.split(".")) == 2 for kind in TASKS)

    def test_every_queue_is_served(self) -> None:
        assert {task.queue for task in TASKS.values()} <= set(QUEUES)

    def test_arguments_hold_no_free_text(self) -> None:
        for kind, task in TASKS.items():
            for field in msgspec.structs.fields(task.args):
                assert field.name not in ("email", "to", "text", "token"), kind
