"""How long calculations are run: by whom, is the caller's business."""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Compute(Protocol):
    """Runs a pure function that may take seconds, so that whoever waits for others is not held up."""

    async def __call__(self, work: Callable[[], T], /) -> T: ...


async def in_place(work: Callable[[], T], /) -> T:
    """Here and now."""
    return work()
