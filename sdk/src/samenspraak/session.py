"""Sending with retries; what every resource of the client shares."""

import random
import uuid
from datetime import UTC, datetime
from typing import TypeVar

from samenspraak import core
from samenspraak.core import Access, Call, NoReply, Options, Reply, SignedReport
from samenspraak.transport import AsyncTransport

T = TypeVar("T")


class AsyncSession:
    """One key, one address, one pool and one set of options."""

    def __init__(self, access: Access, options: Options, transport: AsyncTransport) -> None:
        self.access = access
        self.options = options
        self.transport = transport

    def with_options(self, options: Options) -> "AsyncSession":
        """The same pool under other options."""
        return AsyncSession(self.access, options, self.transport)

    async def send(self, call: Call) -> Reply:
        """Send until there is an answer worth having.

        Raises:
            ConnectionFailed: no answer after all attempts; `ConnectionTimedOut` when the last one ran out of time.
            ApiError: the answer is not 2xx.
        """
        attempt = 0
        while True:
            reply: Reply | None = None
            lost = NoReply("no answer")
            try:
                reply = await self.transport.send(core.wire(call, self.access), self.options)
            except NoReply as fault:
                lost = fault
            now = datetime.now(UTC)
            if reply is not None and 200 <= reply.status < 300:
                return reply
            seconds = core.pause(attempt, reply, self.options, now=now, draw=random.random)
            attempt += 1
            if seconds is not None:
                await self.transport.sleep(seconds)
            elif reply is not None:
                raise core.failure(reply, call, now=now)
            else:
                raise core.unreached(lost, call, self.access, attempts=attempt) from lost

    async def get(self, path: str, shape: type[T], /, **query: str | int | bool | None) -> T:
        call = core.get(path, request_id=_new_id(), query=core.query(**query))
        return core.decode(await self.send(call), call, shape)

    async def get_when_ready(self, path: str, shape: type[T], /) -> T | None:
        """None while the service answers 202: accepted, not finished."""
        call = core.get(path, request_id=_new_id())
        reply = await self.send(call)
        return None if reply.status == 202 else core.decode(reply, call, shape)

    async def get_bytes(self, path: str, /, *, accept: str, **query: str) -> bytes:
        reply = await self.send(core.get(path, request_id=_new_id(), accept=accept, query=core.query(**query)))
        return reply.body

    async def get_signed(self, path: str, /) -> SignedReport:
        call = core.get(path, request_id=_new_id())
        return core.signed(await self.send(call), call)

    async def post(self, path: str, shape: type[T], body: object = None, /, **query: str | int | bool | None) -> T:
        call = core.post(path, body, request_id=_new_id(), idempotency_key=_new_id(), query=core.query(**query))
        return core.decode(await self.send(call), call, shape)

    async def post_bytes(self, path: str, body: object, /, *, accept: str) -> bytes:
        call = core.post(path, body, request_id=_new_id(), idempotency_key=_new_id(), accept=accept)
        return (await self.send(call)).body

    async def put(self, path: str, shape: type[T], body: object, /) -> T:
        call = core.put(path, body, request_id=_new_id())
        return core.decode(await self.send(call), call, shape)

    async def post_csv(self, path: str, shape: type[T], csv: bytes, /, **query: str | int | bool | None) -> T:
        call = core.post_csv(path, csv, core.query(**query), request_id=_new_id(), idempotency_key=_new_id())
        return core.decode(await self.send(call), call, shape)

    async def post_file(self, path: str, shape: type[T], file: bytes, content_type: str, /) -> T:
        call = core.post_file(path, file, content_type, request_id=_new_id(), idempotency_key=_new_id())
        return core.decode(await self.send(call), call, shape)

    async def delete(self, path: str, /) -> None:
        await self.send(Call(method="DELETE", path=path, request_id=_new_id()))


def _new_id() -> str:
    return str(uuid.uuid4())
