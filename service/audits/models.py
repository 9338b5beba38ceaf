"""Values of the life cycle: the stored audit, and who acts on it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from samenspraak.types.audit import Audit, AuditState, Plan
from samenspraak.types.base import SampleKind
from samenspraak.types.questionnaire import AnyQuestion, Form, Quota

Role = Literal["developer", "staff", "fieldwork", "auditor"]

PUBLICATION_DAYS = 42
"""Days between `reported` and publication in full, with or without the owner's answer."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes a transition: a role with its key, never a name."""

    role: Literal["developer", "staff", "fieldwork", "auditor", "system"]
    key_id: UUID | None = None

    def __str__(self) -> str:
        return self.role if self.key_id is None else f"{self.role}:key_{self.key_id}"


SYSTEM = Actor(role="system")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One audit as it is stored. Converted to `samenspraak.types.audit.Audit` before it leaves."""

    id: UUID
    organisation_id: UUID
    application_id: UUID
    application_name: str
    form: Form
    target_completes: int
    secret_ballot: bool
    wants_to_learn: str
    state: AuditState
    created_at: datetime
    own_questions: tuple[AnyQuestion, ...] = ()
    quotas: tuple[Quota, ...] = ()
    sample_kind: SampleKind | None = None
    plan: Plan | None = None
    plan_hash: str | None = None
    seed: str | None = None
    """128 random bits as 32 hexadecimal digits; published with the report, its SHA-256 before the draw."""
    reason: str | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    reported_at: datetime | None = None
    publish_by: datetime | None = None
    published_at: datetime | None = None


def seen(case: Case, *, completes: int | None) -> Audit:
    """The audit as its owner and staff see it; the seed stays inside."""
    return Audit(
        id=str(case.id),
        organisation_id=str(case.organisation_id),
        application_id=str(case.application_id),
        application_name=case.application_name,
        form=case.form,
        state=case.state,
        sample_kind=case.sample_kind,
        target_completes=case.target_completes,
        completes=completes,
        secret_ballot=case.secret_ballot,
        plan=case.plan,
        plan_hash=case.plan_hash,
        reason=case.reason,
        created_at=case.created_at,
        opened_at=case.opened_at,
        closed_at=case.closed_at,
        reported_at=case.reported_at,
        publish_by=case.publish_by,
        published_at=case.published_at,
        wants_to_learn=case.wants_to_learn,
        own_questions=case.own_questions,
        quotas=case.quotas,
    )
