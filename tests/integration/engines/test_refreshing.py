"""The yearly question whether a profile is still right: asked once, by mail, of people who are members."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from panels import links
from panels.joining import recruitment
from service.mail.send import MailUnavailable
from service.tasks import refreshing
from service.tasks.arguments import MembersRefresh
from service.work import Work

FORM = {"birth_year": "1980", "language": "nl", "consent": "yes"}


async def join(work: Work, email: str) -> UUID:
    async with work.databases.api.transaction() as conn:
        due = await recruitment.sign_up(
            conn,
            form={**FORM, "email": email},
            simulated=True,
            address_key=work.keys.address_key,
            link_key=work.keys.link_key,
            now=work.now(),
            new_id=uuid4,
        )
        token = links.token(work.keys.link_key, "confirm", due.member_id)
        await recruitment.confirm(conn, token=token, now=work.now())
    async with work.databases.vault.transaction() as conn:
        await recruitment.admit(conn, member_id=due.member_id)
    return due.member_id


def in_days(work: Work, days: int) -> Work:
    then = work.now() + timedelta(days=days)
    return msgspec.structs.replace(work, now=lambda: then)


async def ask(work: Work) -> int:
    return await refreshing.ask_members(work, MembersRefresh(day=work.now().date()))


async def test_everybody_is_asked_once_a_year(work: Work, mail_server: Any) -> None:
    for n in range(3):
        await join(work, f"lid{n}@example.org")
    assert await ask(in_days(work, 300)) == 0
    later = in_days(work, 366)
    assert [await ask(later), await ask(later)] == [3, 0]
    assert sorted(to for to, _ in mail_server.received) == [f"lid{n}@example.org" for n in range(3)]
    assert await ask(in_days(work, 366 + 366)) == 3


async def test_a_mail_server_that_is_away_loses_no_question(work: Work, mail_server: Any) -> None:
    await join(work, "lid@example.org")
    later = in_days(work, 366)
    mail_server.limit = 0
    with pytest.raises(MailUnavailable):
        await ask(later)
    mail_server.limit = None
    assert await ask(later) == 1


async def test_an_address_that_takes_no_mail_does_not_hold_up_the_others(work: Work, mail_server: Any) -> None:
    for n in range(3):
        await join(work, f"lid{n}@example.org")
    mail_server.refused["lid1@example.org"] = "550 no such user"
    later = in_days(work, 366)
    assert [await ask(later), await ask(later)] == [3, 0]
    assert len(mail_server.received) == 2
