"""Life of a client: opening, sharing, closing, and two event loops."""

import asyncio
import inspect
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from samenspraak import AsyncSamenspraak, Samenspraak
from samenspraak.transport import AsyncHttp, Http

ROOT = Path(__file__).parents[3]


def test_with_options_leaves_the_first_client_as_it_is(client, service, make_audit):
    service.answers(make_audit())
    client.with_options(timeout=2).audits.get("a1")
    client.audits.get("a1")
    assert [request.extensions["timeout"] for request in service.requests] == [
        {"connect": 2, "read": 2, "write": 2, "pool": 2},
        {"connect": 5, "read": 30, "write": 30, "pool": 30},
    ]


def test_client_without_a_key_says_what_to_do(monkeypatch):
    monkeypatch.delenv("SAMENSPRAAK_API_KEY", raising=False)
    with pytest.raises(Exception, match="SAMENSPRAAK_API_KEY"):
        Samenspraak(base_url="https://host.test")


def test_printing_a_client_shows_no_key():
    assert "secret" not in repr(Samenspraak("secret", base_url="https://host.test"))


class Watched(httpx2.MockTransport):
    """Remembers whether it was closed."""

    def __init__(self, handler) -> None:
        super().__init__(handler)
        self.closed = 0

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


def test_leaving_the_block_closes_the_connections_and_the_client_can_open_again(service, make_audit):
    service.answers(make_audit())
    line = Watched(service.handle)
    with Samenspraak("k", base_url="https://h.test", transport=Http(line)) as client:
        client.audits.get("a1")
        assert line.closed == 0
    assert line.closed == 1
    client.audits.get("a1")
    client.close()
    assert line.closed == 2


async def test_leaving_the_asyncio_block_closes_the_connections(service, make_audit):
    service.answers(make_audit())
    line = Watched(service.handle)
    async with AsyncSamenspraak("k", base_url="https://h.test", transport=AsyncHttp(line)) as client:
        await client.audits.get("a1")
        await client.with_options(max_retries=0).audits.get("a1")
    assert line.closed == 1


def test_closing_an_unused_client_does_nothing(client):
    client.close()
    client.close()


def test_one_asyncio_client_works_in_two_event_loops(service, make_audit, monkeypatch):
    opened = []
    real = httpx2.AsyncClient
    monkeypatch.setattr(httpx2, "AsyncClient", lambda **kwargs: opened.append(real(**kwargs)) or opened[-1])
    service.answers(make_audit())
    client = AsyncSamenspraak("k", base_url="https://h.test", transport=AsyncHttp(httpx2.MockTransport(service.handle)))

    async def twice() -> None:
        await client.audits.get("a1")
        await client.audits.get("a1")
        await client.close()

    asyncio.run(twice())
    asyncio.run(twice())
    assert len(opened) == 2
    assert len(service.requests) == 4


def surface(kind: type) -> dict[str, str]:
    """Public methods with their parameters, the asynchronous names taken away."""
    found = {}
    for name, member in vars(kind).items():
        if callable(member) and not name.startswith("_"):
            found[name] = re.sub(r"\bAsync(?=[A-Z])", "", str(inspect.signature(member))).replace(".sync.", ".")
    return found


@pytest.mark.parametrize("path", ["", "applications", "audits", "staff", "staff.panel", "staff.audits", "staff.jobs"])
def test_both_clients_offer_the_same(client, async_client, path):
    one, other = client, async_client
    for part in filter(None, path.split(".")):
        one, other = getattr(one, part), getattr(other, part)
    assert surface(type(one)) == surface(type(other))
    assert surface(type(one))


class TestGeneratedClient:
    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        script = str(ROOT / "sdk" / "generate_sync.py")
        return subprocess.run([sys.executable, script, *args], capture_output=True, text=True, check=False)

    def test_is_up_to_date(self):
        done = self.run("--check")
        assert done.returncode == 0, done.stdout + done.stderr

    def test_holds_nothing_asynchronous(self):
        for path in (ROOT / "sdk/src/samenspraak/sync").glob("*.py"):
            assert not re.search(r"\b(async (def|with|for)|await)\b|\bAsync[A-Z]", path.read_text()), path.name

    def test_every_generated_file_says_where_to_change_it(self):
        for path in (ROOT / "sdk/src/samenspraak/sync").glob("[a-z]*.py"):
            assert path.read_text().startswith(f"# Generated from samenspraak/{path.name}"), path.name
