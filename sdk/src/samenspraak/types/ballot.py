"""The secret consultative ballot: its definition, frozen before opening, and its count."""

from typing import Annotated

from msgspec import Meta

from samenspraak.types.base import Answer, Localised, Request
from samenspraak.types.estimate import Estimate


class BallotOption(Request, frozen=True, kw_only=True):
    code: Annotated[int, Meta(ge=1, le=20)]
    label: Localised


class BallotDefinition(Request, frozen=True, kw_only=True):
    """One choice per voter, blank included. Its hash is printed on the ballot page and in the report."""

    key: str = "ballot"
    proposition: Localised
    options: tuple[BallotOption, ...]
    arguments_for: tuple[Localised, ...]
    arguments_against: tuple[Localised, ...]
    cell_dimensions: tuple[str, ...] = ("age3", "education3")
    """The coarse cell a ballot carries, declared before opening. Nothing else travels with a ballot."""
    minimum_cell: Annotated[int, Meta(ge=10)] = 10
    """Cells are merged until every cell x option holds at least this many ballots,
    down to the unweighted count."""


class CellCount(Answer, frozen=True, kw_only=True):
    cell: str
    """Merged cell, as level codes joined by `+` (merged) and `/` (dimensions); `all` when merging ended there."""
    counts: dict[str, int]
    """Option code -> ballots. Every count is at least the minimum cell, or the whole table is one cell."""
    weight: float
    """Final weights of this cell's voters, summed in the register, over its ballots; 1.0 where unweighted."""


class BallotResult(Answer, frozen=True, kw_only=True):
    """Counted once, after closing. Always a consultative vote among participants."""

    definition_hash: str
    entitled: int
    """People invited to the ballot: a response base, never the electorate."""
    cast: int
    counts: dict[str, int]
    """Unweighted: option code -> ballots; empty when fewer than the minimum were cast."""
    shares: dict[str, Estimate]
    """Option code -> weighted share (unweighted where weighting was not safe), with interval and base."""
    weighted: bool
    cells: tuple[CellCount, ...]
    receipts: tuple[str, ...]
    """SHA-256 of every receipt, sorted: a voter finds that the ballot was counted, nobody what was chosen."""
    digest: str
    """SHA-256 over cells and receipts in canonical JSON."""
    signature: str | None = None
    """Ed25519 over `digest`, base64url."""
    notes: tuple[Localised, ...] = ()
    suppressed: bool = False
