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
Purpose = Literal["membership", "profile"]
"""What a consent is for: being a member and getting mail, or using background for drawing and weighting."""

Disposition = Literal["queued", "sent", "undeliverable", "started", "completed", "declined", "broken_off", "withdrawn"]

Coded = Mapping[str, str | None]
"""Level codes by dimension, as in the margins; None where the person's answer is not known."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Background that a member gave: the least that draws and weights need."""

    sex: Sex | None
    birth_year: int
    province: str | None
    education: Education | None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    status: MemberStatus
    kind: SampleKind
    profile: Profile
    language: str
    consent_version: str
    consent_at: datetime
    joined_at: datetime


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


class ConfirmationDue(msgspec.Struct, frozen=True, kw_only=True):
    """Next step after a sign-up: the job `member.confirm` mails this address, member or not."""

    member_id: UUID


class MemberAdmitted(msgspec.Struct, frozen=True, kw_only=True):
    """Next step after a confirmation: the job `member.welcome` claims the address and mails the member link."""

    member_id: UUID


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    email: str
    language: str


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


class MemberExport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the panel holds about one member, contact data apart (see `membership.contact`)."""

    member: Member
    consents: tuple[ConsentRecord, ...]
    invitations: tuple[TakenPart, ...]


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


class Draw(msgspec.Struct, frozen=True, kw_only=True):
    """A draw that anybody with the frame and the seed can repeat."""

    selected: tuple[Selected, ...]
    strata: tuple[StratumReport, ...]
    size: int
    frame_size: int
    seed: int


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """Fieldwork is drawn: `batches` mail jobs of the wave `invitation` must follow, numbered from 0."""

    invited: int
    batches: int
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


class Mailing(msgspec.Struct, frozen=True, kw_only=True):
    """One mail to be sent; the address is looked up in the vault just before."""

    invitation_id: UUID
    member_id: UUID
    language: str


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """A member who took part and wants to hear how it ended; carries no trace of the answers."""

    member_id: UUID
    language: str


class FieldworkCounts(msgspec.Struct, frozen=True, kw_only=True):
    invited: int
    dispositions: dict[str, int]
    """Every disposition, also those at 0."""
    reminders_sent: int


class FrameRow(msgspec.Struct, frozen=True, kw_only=True):
    """One invited person as the weighting sees it."""

    respondent_id: UUID
    probability: float
    stratum: str
    coded: dict[str, str | None]


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
