"""Delivery reports as mail servers write them (in the form of RFC 3464), and what is read in them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.mail.bounces import BounceKind, read, return_path

KEY = b"k" * 32
INVITATION = UUID("0198f7a0-1111-7222-8333-444455556666")
ADDRESS = return_path("bounce@example.org", invitation_id=INVITATION, key=KEY)


def report(*, action: str, status: str, to: str = ADDRESS, header: str = "To") -> bytes:
    """A report as Postfix writes it."""
    return (
        f"From: MAILER-DAEMON@mx.example.net\r\n{header}: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="BB"\r\n\r\n'
        "--BB\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI'm sorry to have to inform you ...\r\n\r\n"
        "--BB\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.net\r\nX-Postfix-Queue-ID: 4F1\r\n\r\n"
        f"Final-Recipient: rfc822; jan@example.net\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 unknown user\r\n\r\n"
        "--BB\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: Doe mee\r\n\r\n--BB--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("action", "status", "kind"),
    [
        ("failed", "5.1.1", "permanent"),
        ("failed", "5.7.1", "permanent"),
        ("Failed", "5.0.0 (permanent failure)", "permanent"),
        ("failed", "5.2.2", "transient"),
        ("failed", "4.4.7", "transient"),
        ("delayed", "4.2.0", "transient"),
        ("delivered", "2.1.5", "delivered"),
        ("relayed", "2.0.0", "delivered"),
    ],
)
def test_the_class_of_the_status_says_for_how_long(action: str, status: str, kind: BounceKind) -> None:
    bounce = read(report(action=action, status=status), key=KEY)
    assert (bounce.kind, bounce.invitation_id) == (kind, INVITATION)
    assert bounce.status == status.split()[0]


@pytest.mark.parametrize("header", ["To", "Delivered-To", "X-Original-To", "Envelope-To"])
def test_servers_name_the_address_in_one_header_or_another(header: str) -> None:
    bounce = read(report(action="failed", status="5.1.1", header=header), key=KEY)
    assert bounce.invitation_id == INVITATION


def test_the_same_report_is_known_again_also_with_lines_that_a_server_added() -> None:
    raw = report(action="failed", status="5.1.1")
    first, again = read(raw, key=KEY), read(b"Received: from mx by mail; Tue, 24 Nov 2026\r\n" + raw, key=KEY)
    other = read(report(action="failed", status="5.7.1"), key=KEY)
    assert first.report_hash == again.report_hash != other.report_hash
    named = b"Message-ID: <1@mx.example.net>\r\n"
    assert read(named + raw, key=KEY).report_hash == read(named + raw + b"\r\n", key=KEY).report_hash


def test_only_a_server_that_gave_up_asks_for_another_attempt() -> None:
    assert read(report(action="delayed", status="4.2.0"), key=KEY).waiting
    assert not read(report(action="failed", status="4.2.0"), key=KEY).waiting


def test_an_address_that_was_made_up_names_nobody() -> None:
    other = return_path("bounce@example.org", invitation_id=INVITATION, key=b"x" * 32)
    assert read(report(action="failed", status="5.1.1", to=other), key=KEY).invitation_id is None


def test_an_automatic_answer_is_no_report() -> None:
    holiday = f"From: jan@example.net\r\nTo: {ADDRESS}\r\nSubject: Afwezig\r\n\r\nIk ben er niet tot 5.1.1 januari.\r\n"
    assert read(holiday.encode(), key=KEY).kind == "none"


def test_one_of_several_recipients_that_failed_counts() -> None:
    two = report(action="delivered", status="2.0.0").replace(
        b"--BB\r\nContent-Type: text/rfc822-headers",
        b"Final-Recipient: rfc822; piet@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        b"--BB\r\nContent-Type: text/rfc822-headers",
    )
    assert read(two, key=KEY).kind == "permanent"


def test_the_return_address_fits_what_mail_servers_take() -> None:
    longest = return_path("a" * 13 + "@example.org", invitation_id=INVITATION, key=KEY)
    assert len(longest.partition("@")[0]) <= 64


@given(st.binary(max_size=400))
def test_whatever_comes_in_is_read_without_failing(raw: bytes) -> None:
    assert read(raw, key=KEY).kind in ("none", "permanent", "transient", "delivered")


def test_a_message_of_endless_parts_is_left_alone() -> None:
    bomb = b'Content-Type: multipart/report; boundary="B"\r\n\r\n' + b"--B\r\n\r\nx\r\n" * 100_000
    assert read(bomb, key=KEY).kind == "none"
