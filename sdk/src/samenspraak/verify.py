"""Check for yourself: hashes and signatures that the service prints, worked out again from what it published.

A client older than the service drops fields that it does not know, and then cannot arrive at the same hash: bring it up
to date before you conclude that something was changed.

Everything here runs without a network. Only `report` needs an extra: `pip install samenspraak[verify]`.
"""

import hashlib
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Sequence

import msgspec

from samenspraak.canonical import content_hash
from samenspraak.types.audit import Audit, TrailEvent
from samenspraak.types.ballot import BallotResult, CellCount
from samenspraak.types.report import Fieldwork

__all__ = ["ballot", "ballot_digest", "plan", "receipt", "report", "seed", "trail"]


def report(content: bytes, signature: str, public_key: str) -> bool:
    """Whether the service that holds the key signed exactly these bytes of `report.json`.

    Args:
        content: the file as downloaded, not decoded and written again.
        signature: base64url of the Ed25519 signature, as sent in the header `X-Samenspraak-Signature`.
        public_key: base64url of the 32 bytes, from the register. Note it once and compare: a key fetched together with
            the report proves little.

    Raises:
        ImportError: the package `cryptography` is not installed.
    """
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as missing:
        raise ImportError("Checking signatures needs the extra: pip install samenspraak[verify]") from missing
    try:
        Ed25519PublicKey.from_public_bytes(_decode(public_key)).verify(_decode(signature), content)
    except (InvalidSignature, ValueError, NotBase64):
        return False
    return True


def plan(audit: Audit) -> bool:
    """Whether the plan shown is the one whose hash was printed at approval. False without a plan."""
    return audit.plan is not None and content_hash(audit.plan) == audit.plan_hash


def seed(fieldwork: Fieldwork) -> bool:
    """Whether the seed of the draw is the one committed to before the draw. False while it is not published."""
    return bool(fieldwork.seed) and hashlib.sha256(fieldwork.seed.encode()).hexdigest() == fieldwork.seed_commitment


def ballot_digest(cells: Sequence[CellCount], receipts: Sequence[str]) -> str:
    """SHA-256 over the counts by cell and the sorted receipts, in canonical JSON."""
    return content_hash({"cells": cells, "receipts": receipts})


def ballot(result: BallotResult) -> bool:
    """Whether the count is sound in itself: digest, one receipt per ballot, and cells that add up to the totals."""
    added: dict[str, int] = {}
    for cell in result.cells:
        for option, ballots in cell.counts.items():
            added[option] = added.get(option, 0) + ballots
    return (
        ballot_digest(result.cells, result.receipts) == result.digest
        and len(set(result.receipts)) == len(result.receipts) == result.cast
        and list(result.receipts) == sorted(result.receipts)
        and (result.suppressed or (added == result.counts and sum(added.values()) == result.cast))
    )


def receipt(result: BallotResult, code: str) -> bool:
    """Whether the ballot with this receipt was counted. `code` as printed on the receipt page; dashes matter."""
    return hashlib.sha256(code.strip().encode()).hexdigest() in result.receipts


def trail(events: Iterable[TrailEvent]) -> int | None:
    """Number of the first event that was changed or whose predecessor is another, or None.

    Events of one audit are not neighbours in the trail: of those, each is checked by itself. Neighbours are also
    checked against each other, so the whole trail is checked as a chain.
    """
    before: TrailEvent | None = None
    for event in events:
        if event.hash != content_hash(msgspec.structs.replace(event, hash="")):
            return event.number
        if before is not None and event.number == before.number + 1 and event.previous_hash != before.hash:
            return event.number
        before = event
    return None


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
