"""Ticket numbers: unique, short, and no use to anybody who does not know the salt."""

import pytest

from panels.errors import LotteryInvalid
from panels.lottery import tickets

SALT = bytes(range(32))
IDS = [f"member-{n}" for n in range(3000)]


def test_everybody_gets_a_ticket_of_their_own_in_two_groups_of_four():
    found = tickets.of(IDS, salt=SALT)
    assert len(set(found.values())) == len(IDS)
    assert all(len(ticket) == 9 and ticket[4] == "-" for ticket in found.values())


def test_no_ticket_holds_a_letter_that_is_taken_for_a_digit():
    assert not set("ILOU") & set("".join(tickets.of(IDS, salt=SALT).values()))


def test_the_order_of_people_makes_no_difference():
    assert tickets.of(IDS, salt=SALT) == tickets.of(IDS[::-1], salt=SALT)


def test_another_salt_gives_other_tickets():
    ours, theirs = tickets.of(IDS, salt=SALT), tickets.of(IDS, salt=SALT[::-1])
    assert not set(ours.values()) & set(theirs.values())


def test_tickets_grow_by_a_group_when_two_would_be_the_same(monkeypatch):
    monkeypatch.setattr(tickets, "SHORTEST", 1)  # 20 bits: 3,000 people meet each other
    found = tickets.of(IDS, salt=SALT)
    assert len(set(found.values())) == len(IDS)
    assert {len(ticket) for ticket in found.values()} == {9}


def test_nobody_gets_a_ticket_when_the_pool_is_empty():
    assert tickets.of([], salt=SALT) == {}


def test_a_short_salt_and_repeated_ids_are_refused_together():
    with pytest.raises(LotteryInvalid) as refused:
        tickets.of(["a", "a"], salt=b"short")
    assert [fault.pointer for fault in refused.value.faults] == ["/salt", "/people"]


@pytest.mark.parametrize("typed", ["7k3m-q9tx", " 7K3M Q9TX ", "7K3MQ9TX", "7k3m–q9tx"])
def test_a_ticket_is_the_same_however_it_is_typed(typed: str):
    assert tickets.normal(typed) == "7K3M-Q9TX"


def test_letters_that_look_like_digits_are_read_as_digits():
    assert tickets.normal("oOiI lL00") == "0011-1100"


def test_secrets_out_of_one_salt_differ_by_purpose():
    assert tickets.salted(SALT, "pool") != tickets.salted(SALT, "tickets")
    assert SALT.hex() not in tickets.salted(SALT, "pool")
