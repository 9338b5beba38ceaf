"""The secret ballot: definition, register, sealed box, receipt, closing, opening.

The register says who voted (a date, nothing finer); the box holds sealed envelopes of one length under random ids;
nothing joins the two after closing. Who can break it while the ballot is open, and only then: somebody with both the
database and the private key in the file outside it. The page says so before people vote.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from uuid import UUID

from samenspraak.canonical import content_hash
from samenspraak.types.application import Application
from samenspraak.types.ballot import BallotDefinition, BallotOption, BallotResult
from samenspraak.types.base import Localised

from surveys import envelope, sealing
from surveys.errors import (
    AlreadyCounted,
    AlreadyVoted,
    BallotClosed,
    BallotStillOpen,
    BallotUnknown,
    BoxDamaged,
    NotEntitled,
    OptionUnknown,
)
from surveys.filling import Filler
from surveys.models import Ballot, Opened, Receipt, Voter
from surveys.store import Connection
from surveys.store import ballots as store

UNKNOWN = "?"
"""Level of a dimension that the profile does not tell."""

RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""32 letters and digits without I, L, O and U, so that a code can be copied by hand."""
RECEIPT_LETTERS = 20


def define(application: Application) -> BallotDefinition:
    """The ballot on this application: 1 yes, 2 no, 3 blank, after the balanced arguments of the application."""
    fill = Filler.of(application)
    return BallotDefinition(
        proposition=fill("Mag {ORG} {APP} gebruiken?", "May {ORG} use {APP}?"),
        options=(
            BallotOption(code=1, label=Localised(nl="Ja", en="Yes")),
            BallotOption(code=2, label=Localised(nl="Nee", en="No")),
            BallotOption(code=3, label=Localised(nl="Ik stem blanco", en="I cast a blank vote")),
        ),
        arguments_for=tuple(application.arguments.in_favour),
        arguments_against=tuple(application.arguments.against),
    )


def cell(profile: Mapping[str, str | None], dimensions: tuple[str, ...]) -> str:
    """Coarse cell of a coded profile: its levels joined by `/`, `?` where unknown; `all` without dimensions."""
    return "/".join(profile.get(dimension) or UNKNOWN for dimension in dimensions) or "all"


def receipt_digest(code: str) -> str:
    """SHA-256 of a receipt code as it stands in the published list, hexadecimal.

    The digest is that of the code exactly as shown, in ASCII; small letters, spaces and missing hyphens are put right
    first.
    """
    return hashlib.sha256(_grouped("".join(filter(str.isalnum, code.upper()))).encode()).hexdigest()


def _grouped(letters: str) -> str:
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _new_receipt(entropy: Callable[[int], bytes]) -> Receipt:
    """A code of 100 random bits."""
    letters = "".join(RECEIPT_ALPHABET[byte & 31] for byte in entropy(RECEIPT_LETTERS))
    return Receipt(code=_grouped(letters))


async def open_box(
    conn: Connection,
    *,
    audit_id: UUID,
    definition: BallotDefinition,
    public_key: bytes,
    voters: Iterable[tuple[UUID, str]],
    today: date,
) -> Ballot:
    """Open the ballot for these (respondent_id, cell). Opening it again leaves the first opening as it is.

    Args:
        public_key: of the key pair of this ballot alone (`sealing.new_keypair`); its private half is the caller's to
        keep.
    """
    digest = content_hash(definition)
    fresh = await store.open(
        conn, audit_id=audit_id, definition=definition, definition_hash=digest, public_key=public_key, today=today
    )
    if fresh:
        await entitle(conn, audit_id=audit_id, voters=voters)
    return await ballot(conn, audit_id)


async def entitle(conn: Connection, *, audit_id: UUID, voters: Iterable[tuple[UUID, str]]) -> None:
    """Enter further (respondent_id, cell) in the register of a ballot that is open: people who were invited later."""
    entitled = list(voters)
    await store.entitle(
        conn,
        audit_id=audit_id,
        respondents=[respondent for respondent, _ in entitled],
        cells=[place for _, place in entitled],
    )


async def ballot(conn: Connection, audit_id: UUID) -> Ballot:
    """The ballot of an audit.

    Raises:
        BallotUnknown: the audit has none.
    """
    found = await store.find(conn, audit_id=audit_id)
    if found is None:
        raise BallotUnknown
    return found


async def has_voted(conn: Connection, *, audit_id: UUID, respondent_id: UUID) -> bool:
    """Whether this respondent has voted.

    Raises:
        NotEntitled: not in the register of this ballot.
    """
    entry = await store.entry(conn, audit_id=audit_id, respondent_id=respondent_id)
    if entry is None:
        raise NotEntitled
    return entry.voted


async def cast(
    conn: Connection,
    *,
    audit_id: UUID,
    respondent_id: UUID,
    choice: int,
    today: date,
    entropy: Callable[[int], bytes],
) -> Receipt:
    """Cast a vote: the register is marked and the sealed ballot dropped in the box, both or neither.

    Args:
        choice: code of an option of the definition.
        entropy: random bytes (`os.urandom`) for ballot id, receipt and envelope.

    Returns:
        The receipt, known to the voter alone: only its digest is inside the envelope.

    Raises:
        BallotUnknown, OptionUnknown, NotEntitled, AlreadyVoted, BallotClosed.
    """
    on = await ballot(conn, audit_id)
    if choice not in {option.code for option in on.definition.options}:
        raise OptionUnknown
    place = await store.use_vote(conn, audit_id=audit_id, respondent_id=respondent_id, today=today)
    if place is None:
        await _refuse(conn, audit_id, respondent_id)
        raise BallotClosed
    receipt = _new_receipt(entropy)
    content = envelope.write(Opened(cell=place, choice=choice, receipt=receipt_digest(receipt.code)))
    sealed = sealing.seal(on.public_key, content, entropy)
    await store.drop(conn, audit_id=audit_id, id=uuid.UUID(bytes=entropy(16), version=4), sealed=sealed)
    return receipt


async def _refuse(conn: Connection, audit_id: UUID, respondent_id: UUID) -> None:
    """Say why there was no vote to use."""
    entry = await store.entry(conn, audit_id=audit_id, respondent_id=respondent_id)
    if entry is None:
        raise NotEntitled
    if entry.voted:
        raise AlreadyVoted


async def close_register(conn: Connection, audit_id: UUID, *, today: date) -> bool:
    """Close the ballot (worker or tally role); False when it was closed before.

    Votes under way are waited for. The register is written anew, so that nothing in it tells when anybody voted.

    Raises:
        BallotUnknown: the audit has none.
    """
    await ballot(conn, audit_id)
    return await store.close(conn, audit_id=audit_id, today=today)


async def voters(conn: Connection, audit_id: UUID) -> list[Voter]:
    """Who voted, with cell, ordered by the random respondent id: what the weights of the cells are made from.

    Raises:
        BallotUnknown, BallotStillOpen.
    """
    if (await ballot(conn, audit_id)).state == "open":
        raise BallotStillOpen
    return await store.voters(conn, audit_id=audit_id)


async def entitled(conn: Connection, audit_id: UUID) -> int:
    """Number of people who may vote."""
    return await store.entitled(conn, audit_id=audit_id)


async def empty_box(conn: Connection, *, audit_id: UUID, private_key: bytes) -> list[Opened]:
    """Take every ballot out of the box and open it (tally role); in the order of their receipts, which is random.

    Count and `store_result` in the same transaction: then the envelopes are gone exactly if the result is there.

    Raises:
        BallotUnknown, BallotStillOpen, AlreadyCounted.
        BoxDamaged: an envelope does not open, or the ballots do not agree with the register; `details` has the numbers.
    """
    on = await ballot(conn, audit_id)
    if on.state == "open":
        raise BallotStillOpen
    if on.state == "counted":
        raise AlreadyCounted
    opened: list[Opened] = []
    damaged = 0
    for sealed in await store.empty(conn, audit_id=audit_id):
        try:
            opened.append(envelope.read(sealing.unseal(private_key, sealed)))
        except sealing.Unopenable:
            damaged += 1
    register = await store.voters(conn, audit_id=audit_id)
    _agree(on.definition, opened, register, damaged)
    return sorted(opened, key=lambda one: one.receipt)


def _agree(definition: BallotDefinition, opened: list[Opened], register: list[Voter], damaged: int) -> None:
    """Every envelope opens, holds an option of this ballot and its own receipt, and each cell has as many as voters."""
    codes = {option.code for option in definition.options}
    odd = sum(one.choice not in codes for one in opened)
    repeated = len(opened) - len({one.receipt for one in opened})
    cells_agree = Counter(one.cell for one in opened) == Counter(voter.cell for voter in register)
    if damaged or odd or repeated or not cells_agree:
        raise BoxDamaged(
            details={
                "voted": len(register),
                "opened": len(opened),
                "unopenable": damaged,
                "odd": odd,
                "repeated": repeated,
            }
        )


async def store_result(conn: Connection, *, audit_id: UUID, result: BallotResult, today: date) -> None:
    """Keep the result (tally role), in the transaction that emptied the box.

    Raises:
        AlreadyCounted: there is a result, or the ballot was never closed.
    """
    if not await store.store_result(conn, audit_id=audit_id, today=today, result=result):
        raise AlreadyCounted


async def result(conn: Connection, audit_id: UUID) -> BallotResult | None:
    """The stored result, or None before the count.

    Raises:
        BallotUnknown: the audit has no ballot.
    """
    return (await ballot(conn, audit_id)).result
