"""The thin shell around `core`: everything that touches the network or the clock.

Written by hand for both worlds. A transport of your own (for tests, or a special network) needs the four methods of the
protocol; it raises `core.NoReply` when no answer came. The HTTP library behind `AsyncHttp` and `Http` is an inner
matter: it is imported at the first request, and none of its objects or exceptions leave this module.
"""

import asyncio
import threading
import time
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from samenspraak.core import NoReply, Options, Reply, Wire


class AsyncTransport(Protocol):
    async def send(self, wire: Wire, options: Options) -> Reply:
        """Send once and read the whole answer.

        Raises:
            NoReply: no answer came.
        """
        ...

    async def sleep(self, seconds: float) -> None: ...

    def monotonic(self) -> float: ...

    async def close(self) -> None: ...


class Transport(Protocol):
    def send(self, wire: Wire, options: Options) -> Reply:
        """Send once and read the whole answer.

        Raises:
            NoReply: no answer came.
        """
        ...

    def sleep(self, seconds: float) -> None: ...

    def monotonic(self) -> float: ...

    def close(self) -> None: ...


class AsyncHttp:
    """HTTP over a connection pool per event loop.

    A pool belongs to the loop that opened it. A client kept over two loops (`asyncio.run` twice, a notebook, a worker
    thread) therefore gets a fresh pool in the second one instead of "Event loop is closed".
    """

    def __init__(self, handler: Any = None) -> None:
        self._handler = handler
        self._pools: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()

    async def send(self, wire: Wire, options: Options) -> Reply:
        import httpx2

        try:
            response = await self._pool().request(
                wire.method,
                wire.url,
                headers=wire.headers,
                content=wire.content,
                timeout=httpx2.Timeout(options.timeout, connect=options.connect_timeout),
            )
        except httpx2.TimeoutException as fault:
            raise NoReply(str(fault) or type(fault).__name__, timed_out=True) from fault
        except (httpx2.TransportError, httpx2.DecodingError) as fault:
            raise NoReply(str(fault) or type(fault).__name__) from fault
        return _reply(response)

    def _pool(self) -> Any:
        import httpx2

        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None:
            pool = self._pools[loop] = httpx2.AsyncClient(transport=self._handler)
        return pool

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def monotonic(self) -> float:
        return time.monotonic()

    async def close(self) -> None:
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.aclose()


class Http:
    """HTTP over one connection pool; may be shared by threads."""

    def __init__(self, handler: Any = None) -> None:
        self._handler = handler
        self._client: Any = None
        self._opening = threading.Lock()

    def send(self, wire: Wire, options: Options) -> Reply:
        import httpx2

        try:
            response = self._pool().request(
                wire.method,
                wire.url,
                headers=wire.headers,
                content=wire.content,
                timeout=httpx2.Timeout(options.timeout, connect=options.connect_timeout),
            )
        except httpx2.TimeoutException as fault:
            raise NoReply(str(fault) or type(fault).__name__, timed_out=True) from fault
        except (httpx2.TransportError, httpx2.DecodingError) as fault:
            raise NoReply(str(fault) or type(fault).__name__) from fault
        return _reply(response)

    def _pool(self) -> Any:
        import httpx2

        with self._opening:
            if self._client is None:
                self._client = httpx2.Client(transport=self._handler)
            return self._client

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def monotonic(self) -> float:
        return time.monotonic()

    def close(self) -> None:
        with self._opening:
            client, self._client = self._client, None
        if client is not None:
            client.close()


def _reply(response: Any) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(status=response.status_code, headers=headers, body=response.content)
