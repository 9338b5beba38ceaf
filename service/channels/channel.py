"""What every way to reach a member has in common: one message in, and two ways to say no."""

from collections.abc import Mapping
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from panels.models import ChannelName, Contact
from service.errors import ServiceError


class ChannelUnavailable(ServiceError):
    """The channel is away or refuses for now; the same notice may be offered again later."""

    code = "channel_unavailable"
    message = "Messages cannot be sent at the moment."
    not_now = True


class RecipientRefused(ServiceError):
    """This person can never be reached this way: an address that takes no mail, a number that is none."""

    code = "recipient_refused"
    message = "The address takes no messages."


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one member about one invitation, before a channel finds the words for it."""

    kind: Literal["invitation", "reminder"]
    audit_id: UUID
    invitation_id: UUID
    wave: str
    """Names the notice together with the invitation: offered twice, it is the same one."""
    language: str
    to: Contact
    link: str
    own_page: str
    words: Mapping[str, str] = {}
    """{app}, {org} and {Org}."""

    @property
    def identity(self) -> str:
        return f"{self.wave}|{self.invitation_id}"


class Channel(Protocol):
    """One way to reach a member. An adapter keeps no record of what it sent: the caller claims each notice first."""

    @property
    def name(self) -> ChannelName: ...

    async def offer(self, notice: Notice) -> None:
        """Hand a notice over.

        Raises:
            RecipientRefused: never to this person.
            ChannelUnavailable: not now; nothing was sent.
        """
        ...


def ways(
    contact: Contact, *, wanted: ChannelName, offered: Mapping[ChannelName, Channel], returned: bool
) -> tuple[ChannelName, ...]:
    """The channels that may reach somebody, in the order to try them: as wanted, else mail, text, letter. Pure.

    Args:
        returned: mail came back for good, so it is no way in.
    """
    possible = {
        "email": not returned,
        "sms": contact.phone is not None and "sms" in offered,
        "letter": contact.address is not None and "letter" in offered,
    }
    order: tuple[ChannelName, ...] = ("email", "sms", "letter")
    return tuple(name for name in sorted(order, key=lambda name: name != wanted) if possible[name])
