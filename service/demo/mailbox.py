"""The web mailbox of the local mail sink, read as its owner would."""

import asyncio
import re
from urllib.parse import quote

import httpx2
import msgspec


class Letter(msgspec.Struct):
    """One mail as the mailbox shows it; unknown fields are ignored."""

    id: str
    to: str
    subject: str
    text: str

    def link(self, path: str) -> str | None:
        """The first link in the text whose address contains this path."""
        found = re.search(rf"https?://\S+{re.escape(path)}\S*", self.text)
        return found.group(0).rstrip(").,>") if found else None


class _Listing(msgspec.Struct):
    messages: list[Letter]
    next: int = 0


class Mailbox:
    """All mail that reached the sink, indexed by address; one reader polls for everybody."""

    def __init__(self, client: httpx2.AsyncClient, base_url: str) -> None:
        self._client = client
        self._base = base_url.rstrip("/")
        self._after = 0
        self._letters: dict[str, list[Letter]] = {}
        self._arrived = asyncio.Event()
        self.total = 0

    def move(self, base_url: str) -> None:
        """Read on at another address: the sink of a service that was started again."""
        self._base = base_url.rstrip("/")

    async def poll(self) -> int:
        """Fetch what is new; returns how many mails arrived."""
        try:
            answer = await self._client.get(f"{self._base}/mail?after={self._after}")
        except httpx2.TransportError:
            return 0
        if answer.status_code != 200:
            return 0
        listing = msgspec.json.decode(answer.content, type=_Listing)
        for letter in listing.messages:
            self._letters.setdefault(letter.to.lower(), []).append(letter)
        self._after = listing.next
        self.total += len(listing.messages)
        if listing.messages:
            arrived, self._arrived = self._arrived, asyncio.Event()
            arrived.set()
        return len(listing.messages)

    async def watch(self, every: float = 0.3) -> None:
        """Poll until cancelled."""
        while True:
            await self.poll()
            await asyncio.sleep(every)

    def letters(self, address: str) -> list[Letter]:
        return self._letters.get(address.lower(), [])

    async def wait_for(self, address: str, path: str, *, within: float, at_least: int = 1) -> str | None:
        """The link with this path in the `at_least`-th mail that has one, or None when it does not come in time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while True:
            links = [found for letter in self.letters(address) if (found := letter.link(path))]
            if len(links) >= at_least:
                return links[at_least - 1]
            left = deadline - loop.time()
            if left <= 0:
                return None
            arrived = self._arrived
            try:
                await asyncio.wait_for(arrived.wait(), timeout=left)
            except TimeoutError:
                return None

    def address_of(self, letter_to: str) -> str:
        """Where a person finds this mailbox in a browser."""
        return f"{self._base}/?to={quote(letter_to)}"
