"""Who is at the door: the person behind a link, and what there is to say to them."""

from panels import links
from panels.assemblies.models import Stage, Visitor
from panels.errors import LinkUnknown
from panels.store import Connection, assemblies, seats, volunteers


async def by_token(conn: Connection, token: str) -> Visitor:
    """Everything that the page of one person shows; changes nothing. Raises LinkUnknown."""
    found = (
        await volunteers.find_by_token(conn, token_hash=links.token_hash(token)) if links.well_formed(token) else None
    )
    if found is None:
        raise LinkUnknown
    assembly = await assemblies.find(conn, assembly_id=found.assembly_id)
    if assembly is None:
        raise LinkUnknown
    seat = await seats.find(conn, assembly_id=assembly.id, candidate_id=found.id)
    return Visitor(assembly=assembly, candidate=found, seat=seat)


def stage(visitor: Visitor) -> Stage:
    """What the page is about. Pure."""
    assembly, answer = visitor.assembly, visitor.candidate.answer
    if assembly.state == "cancelled":
        return "cancelled"
    if assembly.state in ("draft", "recruiting"):
        return "willing" if answer == "yes" else "unwilling" if answer == "no" else "asked"
    if answer == "left":
        return "left"
    if answer != "yes":
        return "missed"
    if visitor.seat is not None:
        offered = visitor.seat.state == "offered"
        return "lapsed" if offered and assembly.state in ("seated", "ended") else visitor.seat.state
    if assembly.drawn_at is None:
        return "published" if assembly.state == "published" else "waiting"
    if assembly.state in ("seated", "ended"):
        return "begun"
    return "not_drawn" if assembly.state == "drawn" else "drawn_again"
