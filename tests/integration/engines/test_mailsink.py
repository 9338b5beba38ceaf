"""The local mail sink, over its real SMTP and HTTP."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from service import mailsink
from service.mail.compose import Letter, compose
from service.mail.send import Mailer
from service.supervise import free_port

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Sink:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.smtp_port = free_port("127.0.0.1")
        self.web_port = free_port("127.0.0.1")
        self.mailer = Mailer(f"smtp://127.0.0.1:{self.smtp_port}")
        self.web = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.web_port}")

    async def send(self, to: str, number: int = 1) -> None:
        letter = Letter(kind="welcome", language="nl", to=to, identity=str(number), link="https://x.test/m/abc")
        await self.mailer.send(compose(letter, mail_from="p@example.org", key=b"k" * 32, now=NOW))


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[Sink]:
    stopping = asyncio.Event()
    made = Sink(tmp_path / "mail")
    serving = asyncio.create_task(
        mailsink.serve(made.folder, smtp_port=made.smtp_port, web_port=made.web_port, stopping=stopping)
    )
    async with asyncio.timeout(10):
        for _ in range(200):
            await asyncio.sleep(0.05)
            try:
                await made.web.get("/mail")
                break
            except httpx.ConnectError:
                continue
    yield made
    await made.mailer.close()
    await made.web.aclose()
    stopping.set()
    await asyncio.wait_for(serving, 10)


async def test_a_mail_is_there_with_its_link_as_soon_as_it_was_accepted(sink: Sink) -> None:
    await sink.send("jan@example.org")
    (mail,) = (await sink.web.get("/mail", params={"to": "Jan@example.org"})).json()["messages"]
    assert mail["subject"] == "Welkom bij het panel"
    assert "https://x.test/m/abc" in mail["text"]
    assert mail["to"] == "jan@example.org"


async def test_a_reader_goes_on_where_it_was(sink: Sink) -> None:
    for number in range(3):
        await sink.send("jan@example.org", number)
    first = (await sink.web.get("/mail")).json()
    assert [mail["id"] for mail in first["messages"]] == ["1", "2", "3"]
    assert (await sink.web.get("/mail", params={"after": first["next"]})).json() == {"messages": [], "next": 3}
    await sink.send("piet@example.org")
    (new,) = (await sink.web.get("/mail", params={"after": first["next"]})).json()["messages"]
    assert new["to"] == "piet@example.org"


async def test_only_ones_own_mail_is_listed_by_address(sink: Sink) -> None:
    await sink.send("jan@example.org")
    await sink.send("piet@example.org")
    found = (await sink.web.get("/mail", params={"to": "piet@example.org"})).json()["messages"]
    assert [mail["to"] for mail in found] == ["piet@example.org"]


async def test_people_can_read_along(sink: Sink) -> None:
    await sink.send("jan@example.org")
    page = (await sink.web.get("/")).text
    assert "Welkom bij het panel" in page
    message = (await sink.web.get("/message/1")).text
    assert '<a href="https://x.test/m/abc">' in message
    assert "<script" not in message


@pytest.mark.parametrize(("path", "status"), [("/message/9", 404), ("/elsewhere", 404), ("/mail?after=x", 400)])
async def test_odd_questions_get_a_clear_no(sink: Sink, path: str, status: int) -> None:
    assert (await sink.web.get(path)).status_code == status


def test_a_restart_keeps_all_mail_and_skips_a_half_written_one(tmp_path: Path) -> None:
    store = mailsink.Store(tmp_path)
    for number in range(3):
        store.add(b"Subject: hi\r\n\r\ntext\r\n", to=f"m{number}@example.org", now=NOW)
    (tmp_path / "00000004.json").write_bytes(b'{"id":')
    again = mailsink.Store(tmp_path)
    assert [mail.to for mail in again.listing(to=None, after=0).messages] == [f"m{n}@example.org" for n in range(3)]
    assert again.add(b"Subject: new\r\n\r\n\r\n", to="x@example.org", now=NOW).id == "4"
