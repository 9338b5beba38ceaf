"""What the register shows of an audit: public facts only, in the reader's language."""

from datetime import datetime

import msgspec
from samenspraak.types.application import Application
from samenspraak.types.audit import AuditState, OwnerResponse

from service.audits.models import Case
from service.pages.entry import owners_answer
from service.pages.rendering import day, moment
from service.pages.texts import Texts
from service.pages.views import OwnersAnswer, View

PUBLIC: frozenset[AuditState] = frozenset(
    ("approved", "fielding", "closed", "analysing", "reported", "published", "refused", "withdrawn")
)
"""From approval on an audit is public, and so is a refusal or withdrawal with its reason."""


class Line(View, frozen=True, kw_only=True):
    """One audit in the list."""

    address: str
    name: str
    owner: str
    date: str
    state: AuditState
    state_text: str


class ListView(View, frozen=True, kw_only=True):
    audits: tuple[Line, ...]
    more: str = ""


class AuditView(View, frozen=True, kw_only=True):
    """One audit on its own page."""

    base: str
    name: str
    owner: str
    state: AuditState
    state_text: str
    reason: str
    published: bool
    waiting: str
    response: OwnersAnswer | None
    receipts: int
    looked_up: str
    facts: tuple[tuple[str, str], ...]
    hashes: tuple[tuple[str, str], ...]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Everything public about one audit, before it is put into words."""

    case: Case
    application: Application
    response: OwnerResponse | None = None
    receipts: tuple[str, ...] = ()
    """SHA-256 of every receipt of the secret ballot, once the report is public."""


def line(shown: Shown, t: Texts, query: str) -> Line:
    """One audit as a line of the list."""
    case = shown.case
    return Line(
        address=f"/register/{case.id}{query}",
        name=t.of(shown.application.name),
        owner=_owner(shown.application, t),
        date=day(_latest(case), t.lang),
        state=case.state,
        state_text=t(f"state.{case.state}"),
    )


def audit(shown: Shown, t: Texts, *, looked_up: str = "") -> AuditView:
    """One audit as a page. Nothing that depends on answers before it is published."""
    case, published = shown.case, shown.case.state == "published"
    return AuditView(
        base=f"/register/{case.id}",
        name=t.of(shown.application.name),
        owner=_owner(shown.application, t),
        state=case.state,
        state_text=t(f"state.{case.state}"),
        reason=(case.reason or "") if case.state in ("refused", "withdrawn") else "",
        published=published,
        waiting=_waiting(case, t),
        response=owners_answer(shown.response, t) if published and shown.response else None,
        receipts=len(shown.receipts) if published else 0,
        looked_up=looked_up,
        facts=_facts(case, t),
        hashes=_hashes(case, t),
    )


def _owner(application: Application, t: Texts) -> str:
    return application.owner.en if t.lang == "en" else application.owner.nl


def _latest(case: Case) -> datetime:
    return case.published_at or case.reported_at or case.closed_at or case.opened_at or case.created_at


def _waiting(case: Case, t: Texts) -> str:
    if case.state == "reported" and case.publish_by is not None:
        return t("answer.waiting", day=day(case.publish_by, t.lang))
    return t("audit.not_yet") if case.state in ("approved", "fielding", "closed", "analysing") else ""


def _facts(case: Case, t: Texts) -> tuple[tuple[str, str], ...]:
    frozen = case.plan.frozen_at if case.plan else None
    moments = (
        ("audit.approved", frozen),
        ("audit.opened", case.opened_at),
        ("audit.closed", case.closed_at),
        ("audit.reported", case.reported_at),
        ("audit.publish_by", None if case.published_at else case.publish_by),
        ("audit.published", case.published_at),
    )
    kind = ((t("audit.kind"), t(f"kind.{case.sample_kind}")),) if case.sample_kind else ()
    return (*kind, *((t(name), moment(at, t.lang)) for name, at in moments if at is not None))


def _hashes(case: Case, t: Texts) -> tuple[tuple[str, str], ...]:
    if case.plan is None or case.plan_hash is None:
        return ()
    return (
        (t("audit.plan_hash"), case.plan_hash),
        (t("audit.questionnaire"), case.plan.questionnaire_hash),
        (t("audit.seed"), case.plan.draw.seed_commitment),
    )
