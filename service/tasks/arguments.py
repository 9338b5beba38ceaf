"""Arguments of every job: frozen structs of ids and small words, safe to store and to log."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec


class Arguments(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all of them."""


class MemberConfirm(Arguments, frozen=True, kw_only=True):
    member_id: UUID


class MemberWelcome(Arguments, frozen=True, kw_only=True):
    member_id: UUID


class PanelImport(Arguments, frozen=True, kw_only=True):
    import_id: UUID


class MemberExport(Arguments, frozen=True, kw_only=True):
    member_id: UUID


class MemberErase(Arguments, frozen=True, kw_only=True):
    member_id: UUID


class MemberReach(Arguments, frozen=True, kw_only=True):
    """Takes over the mobile number or postal address that a member dropped into the vault."""

    member_id: UUID


class MembersRefresh(Arguments, frozen=True, kw_only=True):
    """Asks members whose profile is old whether it is still right."""

    day: date


class MemberMerge(Arguments, frozen=True, kw_only=True):
    """Two memberships of one person: invitations of the duplicate go to the one kept."""

    kept: UUID
    duplicate: UUID


class MailWave(Arguments, frozen=True, kw_only=True):
    audit_id: UUID
    wave: str
    """`invitation`, `reminder_1`, `reminder_2`, ..."""
    batch: int


class MailAgain(Arguments, frozen=True, kw_only=True):
    """One invitation once more, after its mail came back."""

    audit_id: UUID
    invitation_id: UUID
    wave: str
    """`again_1` to `again_3` by mail, `other` by another way."""


class FieldworkObserve(Arguments, frozen=True, kw_only=True):
    audit_id: UUID
    day: int
    """Plan day since the opening."""


class MailResult(Arguments, frozen=True, kw_only=True):
    """Tells everybody who was invited to an audit that its report is public."""

    audit_id: UUID


class SurveyClose(Arguments, frozen=True, kw_only=True):
    audit_id: UUID
    why: Literal["completes", "date"]


class ReportBuild(Arguments, frozen=True, kw_only=True):
    audit_id: UUID


class AuditPublish(Arguments, frozen=True, kw_only=True):
    audit_id: UUID


class AssemblyMail(Arguments, frozen=True, kw_only=True):
    assembly_id: UUID
    wave: str
    """`asked`, `ticket`, `outcome_1`, `outcome_2`, ..."""
    batch: int


class AssemblySolve(Arguments, frozen=True, kw_only=True):
    assembly_id: UUID
    attempt: int


class MicrodataMake(Arguments, frozen=True, kw_only=True):
    microdata_id: UUID


class LettersPrint(Arguments, frozen=True, kw_only=True):
    batch_id: UUID


class DataPurge(Arguments, frozen=True, kw_only=True):
    day: date
