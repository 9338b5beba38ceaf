"""What staff write down about a source, judged as a whole before it is kept."""

import re
from collections.abc import Iterator
from datetime import date

from samenspraak.types.base import SampleKind
from samenspraak.types.external import Intake, SourceRequest
from samenspraak.types.problem import Fault

from panels.errors import SourceInvalid

ID = "{id}"
"""Stands in an address for the firm's own id of a person."""

KINDS: dict[Intake, frozenset[SampleKind]] = {
    "panel": frozenset({"probability", "opt_in_panel", "event", "open_link", "simulated"}),
    "link_in": frozenset({"opt_in_panel", "event", "open_link", "simulated"}),
    "register": frozenset({"probability", "simulated"}),
}
"""Which sample kinds each way of coming in can give: a link never makes a probability sample."""

_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:\d{1,5})?(/[^\s<>\"\\^`|]*)?(\?[^\s<>\"\\^`|]*)?")


def check(request: SourceRequest, *, intake: Intake, today: date) -> None:
    """Refuse a source that could not be used or defended.

    Raises:
        SourceInvalid: with every fault.
    """
    faults = list(_faults(request, intake, today))
    if faults:
        raise SourceInvalid(faults=tuple(faults))


def _faults(request: SourceRequest, intake: Intake, today: date) -> Iterator[Fault]:
    for language in ("nl", "en"):
        if len(getattr(request.selection, language).strip()) < 10:
            yield Fault(
                pointer=f"/selection/{language}",
                code="too_short",
                detail="Say in a sentence how these people were selected; it is printed in the report.",
            )
    if intake == "panel":
        detail = "This audit draws its people from the panel; a source belongs to an audit with another `intake`."
        yield Fault(pointer="", code="not_external", detail=detail)
    if intake == "register":
        yield from _register(request, today)
    elif request.legal_basis is not None:
        detail = "People who come through a link come by themselves; a legal basis belongs to a register."
        yield Fault(pointer="/legal_basis", code="not_needed", detail=detail)
    if request.redirects is not None:
        for field in ("complete", "screened_out", "quota_full"):
            yield from _address(field, getattr(request.redirects, field))


def _register(request: SourceRequest, today: date) -> Iterator[Fault]:
    if request.redirects is not None:
        detail = "People from a register come with a letter and have nowhere to return to; leave this out."
        yield Fault(pointer="/redirects", code="not_needed", detail=detail)
    if request.most is not None:
        detail = "A probability sample is the file, whole; leave this out."
        yield Fault(pointer="/most", code="not_needed", detail=detail)
    basis = request.legal_basis
    if basis is None:
        detail = "Nobody in a register may be written to before the legal basis is recorded."
        yield Fault(pointer="/legal_basis", code="missing", detail=detail)
        return
    try:
        decided = date.fromisoformat(basis.decided_on)
    except ValueError:
        yield Fault(pointer="/legal_basis/decided_on", code="no_date", detail="This is no date; write 2026-11-24.")
        return
    if decided > today:
        detail = "The decision lies in the future; first decide, then write to people."
        yield Fault(pointer="/legal_basis/decided_on", code="in_the_future", detail=detail)


def _address(field: str, address: str) -> Iterator[Fault]:
    if not _ADDRESS.fullmatch(address.replace(ID, "x")) or "\x00" in address:
        detail = "This is no address; it begins with https:// and holds no spaces."
        yield Fault(pointer=f"/redirects/{field}", code="not_an_address", detail=detail)
    elif address.count(ID) != 1 or ID in address.partition("//")[2].partition("/")[0]:
        detail = f"The address must hold {ID} once, after the name of the site."
        yield Fault(pointer=f"/redirects/{field}", code="no_id", detail=detail)
