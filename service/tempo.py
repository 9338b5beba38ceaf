"""How often one link may send: a limit for links that run wild, never for addresses.

A thousand people behind one address (a school, a library, a provider) are a thousand links. What is counted is forms
per link, in the memory of this process alone: with several processes a link may send that many to each, which still
stops a script that hammers. Who fills in a questionnaire sends a few forms a minute, the fastest perhaps twenty.
"""

import time
from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.enums import HttpMethod

from service.errors import ServiceError

PER_MINUTE = 120
"""Forms of one link: so many at once, and from then on so many a minute."""
REMEMBERED = 20_000
"""Links that are looked through for ones to forget when more than these sent lately."""


class TooOften(ServiceError):
    """This link sends more forms than any person does. Nothing was changed."""

    code = "too_often"
    message = "This link sends too many forms. Wait a minute and send again."


class Tempo:
    """Per link, the moment at which everything that it sent would be spread out at the even pace (GCRA)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._even: dict[str, float] = {}

    def count(self, token: str) -> None:
        """Count one form.

        Raises:
            TooOften: with `retry_after`, the seconds until one more is welcome.
        """
        now, step = self._clock(), 60 / PER_MINUTE
        even = max(self._even.get(token, now), now) + step
        if even - now > 60 + step / 2:
            raise TooOften(retry_after=max(1, round(even - now - 60)))
        self._even[token] = even
        if len(self._even) > REMEMBERED:
            self._even = {link: moment for link, moment in self._even.items() if moment > now}


async def kept(request: Request[Any, Any, Any]) -> None:
    """Before every request to a page behind a link: forms are counted, looking is not.

    Raises:
        TooOften: as `Tempo.count`.
    """
    if request.method == HttpMethod.POST:
        request.app.state.tempo.count(str(request.path_params["token"]))
