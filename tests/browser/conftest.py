"""Real Chromium, and a running service with an audit in the field. Nothing here leaves the machine."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from service.demo.mailbox import Mailbox
from tests.browser.evidence import Evidence
from tests.browser.looking import AXE, TAGS
from tests.journey import steps
from tests.journey.conftest import Running, running
from tests.unit.pages.conftest import application, every_page, visit_in, walk_in

__all__ = ["application", "every_page", "running", "visit_in", "walk_in"]

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--disable-quic",
)  # fmt: skip
SHORT = bool(os.environ.get("SHORT"))
"""The short form for the gate: two languages, one state of each kind, a part of the other pages."""
INVITED = 6
"""The invitations that are waited for: one for each test that answers, and one for all that look."""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def evidence(chromium: Browser) -> Iterator[Evidence]:
    """Collects what was seen; a whole run writes the page and the pictures' index, a partial one leaves both alone."""
    axe = AXE.read_text()[:40].split("v", 1)[1].split()[0]
    found = Evidence(chromium=chromium.version, axe=axe, tags=TAGS)
    yield found
    found.write()


Opened = Callable[..., BrowserContext]


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Opened]:
    """A new browser profile with these options; closed after the test."""
    contexts: list[BrowserContext] = []

    def open_one(**options: object) -> BrowserContext:
        contexts.append(chromium.new_context(**options))  # type: ignore[arg-type]
        return contexts[-1]

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def under_axe(opened: Opened) -> BrowserContext:
    """Only where axe is put into a page our own policy has to step aside."""
    return opened(bypass_csp=True)


class Field(msgspec.Struct):
    """A running service with one audit in the field, and the links that were mailed."""

    running: Running
    visitor: str
    """The link of somebody who only looks around, as often as wanted."""
    links: list[str]

    def link(self) -> str:
        """The link of somebody who did nothing yet."""
        return self.links.pop()


@pytest.fixture(scope="module")
def field(running: Running) -> Field:
    """Set up in a thread of its own: Playwright keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(_field(running))).result(120)


async def _field(running: Running) -> Field:
    key = await steps.developer_key(running, "gemeente Voorbeeld")
    await steps.fielded(running, await steps.submitted(key, running.api))
    async with httpx2.AsyncClient(timeout=20.0) as client:
        mailbox, links = Mailbox(client, running.mailbox), list[str]()
        deadline = time.monotonic() + 60
        while len(links) < INVITED:
            assert time.monotonic() < deadline, "no invitations in 60 s"
            await asyncio.sleep(0.2)
            await mailbox.poll()
            letters = [letter for n in range(steps.MEMBERS) for letter in mailbox.letters(steps.address(n))]
            links = [link for letter in letters if (link := letter.link("/s/"))]
    return Field(running=running, visitor=links[0], links=links[1:])


def path_of(page: Page) -> str:
    """The address without its host and query."""
    return "/" + page.url.split("://", 1)[1].split("/", 1)[1].split("?")[0]
