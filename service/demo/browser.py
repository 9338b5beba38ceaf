"""A browser without JavaScript: reads the forms of a page and sends them as a person would."""

import asyncio
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2
import msgspec

_PATIENCE = 90.0
"""Seconds a visitor keeps reloading a page that does not answer."""


class Control(msgspec.Struct):
    """One named control of a form with the values it offers."""

    name: str
    kind: str
    values: list[str]
    preset: list[str]


class Form(msgspec.Struct):
    action: str
    method: str
    controls: dict[str, Control]
    buttons: list[tuple[str, str]]

    def hidden(self) -> dict[str, list[str]]:
        """What the page sends along by itself."""
        return {c.name: list(c.preset) for c in self.controls.values() if c.kind == "hidden"}

    def questions(self) -> list[Control]:
        """What a person fills in, in page order."""
        return [c for c in self.controls.values() if c.kind != "hidden"]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self._form: Form | None = None
        self._select: Control | None = None
        self._skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {key: value or "" for key, value in attrs}
        if tag in ("style", "script", "title"):
            self._skip += 1
        elif tag == "a" and "href" in at:
            self.links.append(at["href"])
        elif tag == "form":
            self._form = Form(
                action=at.get("action", ""), method=at.get("method", "get").lower(), controls={}, buttons=[]
            )
            self.forms.append(self._form)
        elif self._form is not None and tag == "option" and self._select is not None:
            self._select.values.append(at.get("value", ""))
        elif self._form is not None and tag in ("input", "select", "textarea", "button"):
            self._control(tag, at, self._form)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag in ("style", "script", "title"):
            self._skip -= 1

    def handle_data(self, data: str) -> None:
        if not self._skip and data.strip():
            self.text.append(data.strip())

    def _control(self, tag: str, at: Mapping[str, str], form: Form) -> None:
        name, value = at.get("name", ""), at.get("value", "")
        kind = at.get("type", "text") if tag == "input" else tag
        if tag == "button" or kind == "submit":
            form.buttons.append((name, value))
            return
        if not name:
            return
        control = form.controls.setdefault(name, Control(name=name, kind=kind, values=[], preset=[]))
        if kind in ("radio", "checkbox"):
            control.values.append(value)
            if "checked" in at:
                control.preset.append(value)
        elif tag == "select":
            self._select = control
        elif kind == "hidden":
            control.preset.append(value)


class Page(msgspec.Struct):
    """A page as a visitor sees it."""

    url: str
    status: int
    forms: list[Form]
    links: list[str]
    text: str

    def form(self, *, action: str | None = None, ending: str | None = None) -> Form | None:
        """The first form that offers a button with this value, or whose address ends so."""
        for form in self.forms:
            if action is not None and any(value == action for _, value in form.buttons):
                return form
            if ending is not None and form.action.partition("?")[0].endswith(ending):
                return form
        return None


def read(url: str, status: int, html: str) -> Page:
    """Parse a page into the forms, links and text a visitor has."""
    reader = _Reader()
    reader.feed(html)
    return Page(url=url, status=status, forms=reader.forms, links=reader.links, text=" ".join(reader.text))


class Browser:
    """Opens pages and sends forms; reloads while the service is away, as a patient visitor does."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self.requests = 0

    async def open(self, url: str) -> Page:
        return await self._fetch("GET", url, None)

    async def send(
        self, page: Page, form: Form, values: Mapping[str, Sequence[str]], *, action: str | None = None
    ) -> Page:
        """Send a form with these values, its hidden fields and one button; follow the redirect."""
        body = {**form.hidden(), **{name: list(v) for name, v in values.items()}}
        button = next(((n, v) for n, v in form.buttons if action is None or v == action), None)
        if button is not None and button[0]:
            body[button[0]] = [button[1]]
        return await self._fetch("POST", urljoin(page.url, form.action), body)

    async def _fetch(self, method: str, url: str, body: dict[str, list[str]] | None) -> Page:
        deadline = asyncio.get_running_loop().time() + _PATIENCE
        while True:
            self.requests += 1
            try:
                response = await self._client.request(method, url, data=body, follow_redirects=False)
            except httpx2.TransportError:
                response = None
            if response is not None and response.status_code != 503:
                break
            if asyncio.get_running_loop().time() > deadline:
                raise ServiceAway(url if "/s/" not in url else "a survey page")
            await asyncio.sleep(0.5)
        if response.status_code in (301, 302, 303, 307, 308):
            return await self._fetch("GET", urljoin(url, response.headers["location"]), None)
        return read(url, response.status_code, response.text)


class ServiceAway(Exception):
    """The service did not come back within the patience of a visitor."""
