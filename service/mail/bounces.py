"""Mail that came back: a return address per invitation, and the reading of delivery reports (RFC 3464).

The return address names the invitation and is signed, so that nobody can have an address marked by making one up.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from email import policy
from email.message import Message
from email.parser import BytesParser
from typing import Literal
from uuid import UUID

import msgspec

BounceKind = Literal["permanent", "transient", "delivered", "none"]
"""`permanent`: the address will never take mail. `transient`: not now. `none`: this is no delivery report."""

_TAG = re.compile(r"\+([0-9a-f]{32})\.([0-9a-f]{16})@", re.IGNORECASE)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
MOST_PARTS = 50
"""A report has three parts; what has more is not one."""


class Bounce(msgspec.Struct, frozen=True, kw_only=True):
    """What one message says about one delivery."""

    kind: BounceKind
    invitation_id: UUID | None = None
    """None: not ours, or the signature does not hold."""
    status: str = ""
    """Enhanced status code of RFC 3463: `5.1.1`."""
    waiting: bool = False
    """The mail server goes on trying by itself."""
    report_hash: bytes = b""
    """32 bytes that are the same when the same report is handed in twice."""


def return_path(address: str, *, invitation_id: UUID, key: bytes) -> str:
    """Where reports about the mail of this invitation go: `bounce@example.org` -> `bounce+ID.SIGNATURE@example.org`.

    The local part stays under 64 characters for addresses of up to 13 before the @.
    """
    local, _, domain = address.rpartition("@")
    return f"{local}+{invitation_id.hex}.{_signature(invitation_id, key)}@{domain}"


def read(raw: bytes, *, key: bytes) -> Bounce:
    """What came back, and for whom. Never fails: what cannot be read is `none`."""
    message = BytesParser(policy=policy.compat32).parsebytes(raw)
    invitation_id = next(_named(message, key), None)
    report_hash = _hash(message, raw)
    verdicts = [_verdict(block) for block in _reported(message)]
    for kind in ("permanent", "transient", "delivered"):
        for found, status, waiting in verdicts:
            if found == kind:
                return Bounce(
                    kind=found, invitation_id=invitation_id, status=status, waiting=waiting, report_hash=report_hash
                )
    return Bounce(kind="none", invitation_id=invitation_id, report_hash=report_hash)


def _hash(message: Message, raw: bytes) -> bytes:
    """Of the report's own id where it has one, else of its body: servers on the way add lines to the head."""
    own = str(message["Message-ID"] or "").strip()
    told = own.encode(errors="replace") or raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    return hashlib.sha256(told).digest()


def _signature(invitation_id: UUID, key: bytes) -> str:
    return hmac.new(key, b"bounce|" + invitation_id.bytes, hashlib.sha256).hexdigest()[:16]


def _named(message: Message, key: bytes) -> Iterator[UUID]:
    """Invitations named by addresses the report was sent to, as far as their signature holds."""
    for name in _ADDRESSED:
        for line in message.get_all(name, []):
            for tag in _TAG.finditer(str(line)):
                found = UUID(hex=tag[1])
                if hmac.compare_digest(tag[2].lower(), _signature(found, key)):
                    yield found


def _reported(message: Message) -> Iterator[Message]:
    """The blocks of a delivery report that speak of a recipient; none where this is another kind of mail."""
    if message.get_content_type() != "multipart/report":
        return
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            return
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            if isinstance(blocks, list):
                yield from (block for block in blocks if isinstance(block, Message) and block["Action"])


def _verdict(block: Message) -> tuple[BounceKind, str, bool]:
    """The judgement on one recipient: the action says whether, the class of the status says for how long; and whether
    the server still tries."""
    action = str(block["Action"]).strip().lower()
    code = _STATUS.search(str(block["Status"] or ""))
    status = code[0] if code else ""
    if action == "failed":
        # A full mailbox (4.x, or 5.2.2) may be emptied; everything else that failed for good stays so.
        lasting = not status.startswith("4") and status != "5.2.2"
        return ("permanent" if lasting else "transient"), status, False
    if action == "delayed":
        return "transient", status, True
    return ("delivered" if action in ("delivered", "relayed", "expanded") else "none"), status, False
