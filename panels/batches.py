"""People who come at the same moment: their invitations read, and completed, together."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from panels import links
from panels.dispositions import STEPS, sources
from panels.errors import InvitationUnknown, QuotaFull, StepNotAllowed
from panels.models import Invitation
from panels.store import Connection, fieldwork
from panels.store import batches as store


async def by_tokens(conn: Connection, tokens: Collection[str]) -> dict[str, Invitation]:
    """The invitations behind these links; malformed, unknown and purged links are left out."""
    hashes = {links.token_hash(token): token for token in tokens if links.well_formed(token)}
    if not hashes:
        return {}
    found = await fieldwork.find_by_tokens(conn, token_hashes=list(hashes))
    return {hashes[hash]: invitation for hash, invitation in found.items()}


async def complete(
    conn: Connection, *, invitation_ids: Sequence[UUID], now: datetime
) -> dict[UUID, QuotaFull | StepNotAllowed | InvitationUnknown | None]:
    """Complete these invitations as `fieldwork.mark` does one, the first first; what kept each from it, or None.

    An invitation that was completed before stays so, and nothing kept it.
    """
    steps = await store.complete(conn, invitation_ids=invitation_ids, sources=sources("completed"), now=now)
    refused: dict[UUID, QuotaFull | StepNotAllowed | InvitationUnknown | None] = {}
    for id in invitation_ids:
        step = steps.get(id)
        if step is None:
            refused[id] = InvitationUnknown(details={"invitation_id": str(id)})
        elif step.moved or step.present == "completed":
            refused[id] = None
        elif "completed" in STEPS[step.present]:
            refused[id] = QuotaFull()
        else:
            refused[id] = StepNotAllowed(details={"present": step.present, "wanted": "completed"})
    return refused
