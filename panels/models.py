"""Values of the panels domain: members, consent, draws, invitations. Other rooms keep nothing but the ids."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from samenspraak.types.base import SampleKind

Sex = Literal["M", "V", "X"]
Education = Literal["1", "2", "3"]
MemberStatus = Literal["pending", "active", "paused", "withdrawn", "duplicate"]
ChannelName = Literal["email", "sms", "letter"]
"""Ways to reach a member: mail, a text message, a letter on paper."""
Origin = Literal["N", "E", "B"]
"""Born in the Netherlands of parents born there; otherwise with a link to Europe; or to somewhere outside Europe."""
Purpose = Literal["membership", "profile", "origin", "assembly"]
"""What a consent is for: being a member and getting mail, using background for drawing and weighting, keeping the
origin, or being asked for citizens' assemblies, until withdrawn. The first two make a member, the others are free."""

Disposition = Literal[
    "queued", "sent", "undeliverable", "started", "completed", "declined", "broken_off", "withdrawn", "quota_full"
]

Closing = Literal["watch", "finish", "refuse"]
"""What a full cell does: nothing, let those finish who began, or take nobody at all."""

Decision = Literal["stopped", "reopened"]
"""What staff may do with a cell."""
DecidedBy = Literal["opening", "staff", "plan"]
DrawMethod = Literal["stratified", "balanced"]

Coded = Mapping[str, str | None]
"""Level codes by dimension, as in the margins; None where the person's answer is not known."""


AccessMode = Literal["kiosk", "phone"]
"""How an access session is used: by the person on a public computer, or by staff while the person speaks."""


class AccessSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session that lives."""

    audit_id: UUID
    invitation_id: UUID
    mode: AccessMode
    operator: UUID | None
    """Key of the member of staff who fills in; None on a public computer."""
    ends_at: datetime


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Background that a member gave: the least that draws and weights need."""

    sex: Sex | None
    birth_year: int
    province: str | None
    education: Education | None
    municipality: str | None = None
    """`GM0344`; known where a table of postcodes was loaded."""
    urbanity: str | None = None
    """`1` very urban to `5` not urban, of the neighbourhood."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    status: MemberStatus
    kind: SampleKind
    profile: Profile
    language: str
    consent_version: str
    consent_at: datetime
    joined_at: datetime
    profile_at: datetime | None = None
    """When the member last changed or confirmed the profile; None: at joining."""
    household: bool = False
    """Whether a keyed hash of the home address is kept."""
    recruitment_probability: float | None = None
    recruitment_wave: str | None = None
    channel: ChannelName = "email"
    """How the member wants to be invited."""
    phone_given: bool = False
    address_given: bool = False
    """Whether the vault holds a mobile number, and a postal address."""


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """A checked sign-up form. `canonical` is the address as it is compared, `email` as mail is sent to it."""

    email: str
    canonical: str
    birth_year: int
    sex: Sex | None
    province: str | None
    education: Education | None
    language: str
    consent: bool
    municipality: str | None = None
    urbanity: str | None = None
    household: str | None = None
    """Normalised home address, to be hashed and forgotten."""
    origin: Origin | None = None
    """Only with its own consent."""
    assembly: bool = False


class ConfirmationDue(msgspec.Struct, frozen=True, kw_only=True):
    """Next step after a sign-up: the job `member.confirm` mails this address, member or not."""

    member_id: UUID


class MemberAdmitted(msgspec.Struct, frozen=True, kw_only=True):
    """Next step after a confirmation: the job `member.welcome` claims the address and mails the member link."""

    member_id: UUID


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A front door in the Netherlands that letters can go to."""

    name: str = ""
    """Who the letter is for; empty where the member gave no name."""
    street: str
    door: str
    """House number with its addition: `12 BIS`."""
    postcode: str
    """`3511AB`"""
    place: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The address as PostNL wants it: two spaces after the postcode, the place in capitals."""
        home = f"{self.street} {self.door}", f"{self.postcode[:4]} {self.postcode[4:]}  {self.place.upper()}"
        return (self.name, *home) if self.name else home


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    email: str
    language: str
    phone: str | None = None
    """E.164: `+31612345678`."""
    address: Address | None = None


class ConsentRecord(msgspec.Struct, frozen=True, kw_only=True):
    purpose: Purpose
    version: str
    given_at: datetime
    withdrawn_at: datetime | None = None


class TakenPart(msgspec.Struct, frozen=True, kw_only=True):
    """One invitation as its owner may see it; `respondent_id` is gone once the audit is reported."""

    audit_id: UUID
    respondent_id: UUID
    disposition: Disposition
    invited_at: datetime


class ProfileChange(msgspec.Struct, frozen=True, kw_only=True):
    """One time a member changed the profile, or said that it is still right (nothing changed)."""

    at: datetime
    changed: tuple[str, ...]


class FlagRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A sign that something may be wrong with a membership, and what staff made of it."""

    kind: str
    evidence: dict[str, object]
    raised_at: datetime
    decision: str | None = None
    reason: str | None = None
    decided_at: datetime | None = None


class AssemblyPart(msgspec.Struct, frozen=True, kw_only=True):
    """One assembly that a member was asked for."""

    assembly_id: UUID
    answer: str
    """asked, yes, no, left"""
    features: dict[str, str]
    """What the lottery knew of the member, fixed when its pool closed."""
    ticket: str
    seat: str | None = None
    """offered, confirmed, declined; None: not drawn."""


class MemberExport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the panel holds about one member, contact data apart (see `membership.contact`)."""

    member: Member
    consents: tuple[ConsentRecord, ...]
    invitations: tuple[TakenPart, ...]
    origin: Origin | None = None
    profile_changes: tuple[ProfileChange, ...] = ()
    flags: tuple[FlagRecord, ...] = ()
    merged: tuple[UUID, ...] = ()
    """Other memberships of the same person that were merged into this one."""
    assemblies: tuple[AssemblyPart, ...] = ()


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure did. `respondents` are the (audit_id, respondent_id) pairs that were still linked: their
    answers are still this person's to withdraw, so the caller erases them in the surveys domain."""

    member_id: UUID
    contact: bool
    profile: bool
    consents: int
    invitations: int
    respondents: tuple[tuple[UUID, UUID], ...]


class FrameMember(msgspec.Struct, frozen=True, kw_only=True):
    """One member who may be drawn."""

    member_id: UUID
    coded: Coded
    language: str = "nl"


class Selected(msgspec.Struct, frozen=True, kw_only=True):
    member_id: UUID
    stratum: str
    probability: float
    """Chance that this member had to be drawn, in (0, 1]; its inverse is the base weight."""


class StratumReport(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    """Level codes joined by ` x `, or `rest`: members for whom a stratum dimension is not known."""
    population_share: float | None
    frame: int
    wanted: int
    drawn: int
    probability: float
    shortfall: int = 0
    """People wanted who are not in the panel; their places went to other strata."""
    reached: int = 0
    """Members with a chance in this wave or an earlier one: the population of the stratum, as the draws see it."""


class Draw(msgspec.Struct, frozen=True, kw_only=True):
    """A draw that anybody with the frame and the seed can repeat."""

    selected: tuple[Selected, ...]
    strata: tuple[StratumReport, ...]
    size: int
    frame_size: int
    seed: int


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A wave is drawn: `batches` mail jobs of the wave `invitation` must follow, numbered from `first_batch`."""

    invited: int
    batches: int
    first_batch: int = 0
    respondents: tuple[tuple[UUID, dict[str, str | None]], ...]
    """(respondent_id, coded profile), in random order."""


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    audit_id: UUID
    member_id: UUID | None
    """None once the audit is reported or the member erased."""
    respondent_id: UUID
    disposition: Disposition
    probability: float
    profile: dict[str, str | None]
    """Coded profile, frozen at the draw."""
    language: str
    created_at: datetime
    stratum: str = ""
    """Stratum of the draw, or cell of an external sample."""
    closed: bool = False
    """Whether the person's cell takes nobody new."""
    closing: Closing = "watch"

    @property
    def shut(self) -> bool:
        """Whether not even somebody who has begun may go on."""
        return self.closed and self.closing == "refuse"


class Mailing(msgspec.Struct, frozen=True, kw_only=True):
    """One message to be sent; where it goes is looked up in the vault just before."""

    invitation_id: UUID
    member_id: UUID
    language: str
    channel: ChannelName = "email"
    """How the member wants to be invited."""
    returned: bool = False
    """Mail of this invitation came back for good: the mail address is no way in any more."""
    reminded: bool = False
    """Whether a reminder was sent before."""


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """A member who took part and wants to hear how it ended; carries no trace of the answers."""

    member_id: UUID
    language: str


class FieldworkCounts(msgspec.Struct, frozen=True, kw_only=True):
    invited: int
    dispositions: dict[str, int]
    """Every disposition, also those at 0."""
    reminders_sent: int
    channels: dict[str, int] = {}
    """Messages sent, reminders included, by channel."""
    returned: dict[str, int] = {}
    """Reports on mail that did not arrive, by `permanent` and `transient`."""


class FrameRow(msgspec.Struct, frozen=True, kw_only=True):
    """One invited person as the weighting sees it."""

    respondent_id: UUID
    probability: float
    """To be invited in any wave so far, of a member of the panel."""
    recruited: float | None = None
    """To have been recruited into the panel; None where that is not known."""
    stratum: str
    wave: int = 1
    """The draw that reached this person."""
    responded: bool = False
    coded: dict[str, str | None]


class QuotaCell(msgspec.Struct, frozen=True, kw_only=True):
    """Counters of one cell of an audit, as the database keeps them."""

    key: str
    need: int
    have: int
    """Completed, and not taken back."""
    pending: int
    """Invited, and neither done nor out."""
    closing: Closing
    decision: Decision | None
    closed: bool


class WaveRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One draw of an audit. Its mails are the batches from `first_batch` on."""

    number: int
    decided_by: DecidedBy
    method: DrawMethod
    size: int
    frame_size: int
    frame_hash: str
    strata: tuple[StratumReport, ...]
    excluded: dict[str, int]
    """Members who could not be drawn, by reason."""
    first_batch: int
    batches: int
    drawn_at: datetime


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """How far and how even the fieldwork was at one moment; `r` None where too few took part, or too few did not."""

    day: int
    """Plan days since the opening."""
    at: datetime
    wave: int
    invited: int
    completed: int
    r: float | None = None
    lower: float | None = None
    upper: float | None = None


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """How long rows of a table are kept. `days` None: kept, because they hold nothing about a person."""

    table: str
    what: str
    days: int | None
    why: str


class Purged(msgspec.Struct, frozen=True, kw_only=True):
    """Proof of one purge of one table, counted in the same transaction."""

    table: str
    deleted: int
    kept: int
    oldest: datetime | None
    """Age of the oldest row that is left."""
