"""A mail server that sends nothing: it keeps every message in a file and shows it in a small web mailbox."""

import asyncio
import contextlib
import html
import os
import signal
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
LARGEST = 5_000_000
PAGE = 500


class StoredMail(msgspec.Struct, frozen=True, kw_only=True):
    """One message as the mailbox gives it."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    received_at: datetime
    headers: dict[str, str] = {}


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    messages: list[StoredMail]
    next: int
    """Pass it as `after` to get what comes later."""


class Store:
    """Messages as numbered files in one folder, with an index in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._by_number: list[StoredMail] = []
        self._by_address: dict[str, list[int]] = defaultdict(list)
        for path in sorted(folder.glob("*.json")):
            with contextlib.suppress(msgspec.DecodeError):
                self._remember(msgspec.json.decode(path.read_bytes(), type=StoredMail))

    def add(self, content: bytes, *, to: str, now: datetime) -> StoredMail:
        """Keep a message: the file is there, whole, before the sender hears that it was accepted."""
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        number = int(self._by_number[-1].id) + 1 if self._by_number else 1
        mail = StoredMail(
            id=str(number),
            to=to,
            subject=str(message["Subject"] or ""),
            text=_part(message, "plain"),
            html=_part(message, "html"),
            received_at=now,
            headers={name: str(value) for name, value in message.items()},
        )
        path = self._folder / f"{number:08}.json"
        draft = path.with_suffix(".new")
        draft.write_bytes(msgspec.json.encode(mail))
        draft.rename(path)
        self._remember(mail)
        return mail

    def listing(self, *, to: str | None, after: int) -> Listing:
        """At most 500 messages with a number above `after`, oldest first."""
        places = range(len(self._by_number)) if to is None else self._by_address.get(to.lower(), [])
        found = [self._by_number[place] for place in places if int(self._by_number[place].id) > after][:PAGE]
        return Listing(messages=found, next=int(found[-1].id) if found else after)

    def find(self, id: str) -> StoredMail | None:
        return next((mail for mail in self._by_number if mail.id == id), None)

    def _remember(self, mail: StoredMail) -> None:
        self._by_address[mail.to.lower()].append(len(self._by_number))
        self._by_number.append(mail)


class Receiver:
    """What the SMTP server does with a message: one stored copy per recipient."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        for recipient in envelope.rcpt_tos:
            self._store.add(envelope.content, to=recipient, now=datetime.now(UTC))
        return "250 kept"


class Mailbox:
    """The web side, a bare ASGI application: JSON for programs, two plain pages for people."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        query = parse_qs(scope["query_string"].decode("latin-1"))
        status, kind, body = self._answer(scope["path"], query)
        headers = [
            (b"content-type", kind),
            (b"content-security-policy", b"default-src 'none'; style-src 'self'"),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, bytes, bytes]:
        to = query.get("to", [None])[0]
        after = query.get("after", ["0"])[0]
        if path == "/mail":
            if not after.isdecimal():
                return 400, b"text/plain", b"after must be a number\n"
            return 200, b"application/json", msgspec.json.encode(self._store.listing(to=to, after=int(after)))
        if path == "/mailbox.css":
            return 200, b"text/css; charset=utf-8", STYLE
        if path == "/":
            return 200, b"text/html; charset=utf-8", _list_page(self._store.listing(to=to, after=0)).encode()
        mail = self._store.find(path.removeprefix("/message/")) if path.startswith("/message/") else None
        if mail is None:
            return 404, b"text/plain", b"no such message\n"
        return 200, b"text/html; charset=utf-8", _message_page(mail).encode()


class _WebServer(uvicorn.Server):
    """Leaves the signals to us, who have two servers to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(folder: Path, *, smtp_port: int, web_port: int, stopping: asyncio.Event) -> None:
    """Take mail and show it until `stopping` is set. Both listen on this machine only."""
    store = Store(folder)
    loop = asyncio.get_running_loop()
    receiver = Receiver(store)
    smtp = await loop.create_server(
        lambda: SMTP(receiver, hostname="samenspraak.local", data_size_limit=LARGEST, loop=loop), HOST, smtp_port
    )
    web = _WebServer(
        uvicorn.Config(Mailbox(store), host=HOST, port=web_port, log_level="warning", access_log=False, lifespan="off")
    )
    showing = asyncio.create_task(web.serve())
    stopped = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({showing, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        smtp.close()
        web.should_exit = True
        await showing


def main(folder: Path, *, smtp_port: int, web_port: int) -> None:
    """Run until SIGTERM or SIGINT."""
    asyncio.run(_main(folder, smtp_port, web_port))


async def _main(folder: Path, smtp_port: int, web_port: int) -> None:
    os.umask(0o077)
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await serve(folder, smtp_port=smtp_port, web_port=web_port, stopping=stopping)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


STYLE = b"""\
:root { color-scheme: light dark; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 44rem; font: 1.05rem/1.6 system-ui, sans-serif; }
h1 { margin: .5rem 0 1rem; font-size: 1.6rem; line-height: 1.25; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .55rem 1rem .55rem 0; border-bottom: 1px solid #8886; text-align: left; vertical-align: top; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0 0 1.5rem; }
dt { opacity: .75; }
dd { margin: 0; overflow-wrap: anywhere; }
pre { padding: 1.5rem 0; border-block: 1px solid #8886; font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
summary { cursor: pointer; padding-block: .5rem; }
"""
READ = ("From", "To", "Subject", "Date")
"""The headers a mail reader shows; the others are folded away."""


def _page(title: str, lang: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/mailbox.css"></head><body><main>{body}</main></body></html>'
    )


def _headers(named: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in named)
    return f'<dl lang="en">{rows}</dl>'


def _list_page(listing: Listing) -> str:
    rows = "".join(
        f'<tr><td><a href="/message/{mail.id}">{html.escape(mail.subject)}</a></td><td>{html.escape(mail.to)}</td>'
        f"<td>{mail.received_at:%Y-%m-%d %H:%M:%S}</td></tr>"
        for mail in reversed(listing.messages)
    )
    head = '<tr><th scope="col">Subject</th><th scope="col">To</th><th scope="col">Received (UTC)</th></tr>'
    told = "<h1>Mailbox</h1><p>Nothing here was sent into the world.</p>"
    return _page("Mailbox", "en", f"{told}<table><thead>{head}</thead><tbody>{rows}</tbody></table>")


def _message_page(mail: StoredMail) -> str:
    shown = _headers((name, value) for name, value in mail.headers.items() if name in READ)
    others = _headers((name, value) for name, value in mail.headers.items() if name not in READ)
    title, lang = html.escape(mail.subject), html.escape(mail.headers.get("Content-Language", "nl"), quote=True)
    text = html.escape(mail.text)
    for word in mail.text.split():
        if word.startswith(("http://", "https://")):
            address = html.escape(word)
            text = text.replace(address, f'<a href="{address}">{address}</a>')
    return _page(
        mail.subject,
        lang,
        f'<p><a href="/" lang="en">Mailbox</a></p><h1>{title}</h1>{shown}<pre>{text}</pre>'
        f'<details><summary lang="en">Other headers</summary>{others}</details>',
    )
