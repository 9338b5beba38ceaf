"""A small field to plan waves in: a plan, waves, members and cells, as plain values."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET
from samenspraak.types.audit import ClosingRule, DrawPlan, Plan, Schedule, WavePlan, WeightingPlan
from samenspraak.types.margins import MarginDimension, MarginLevel, MarginSet

from panels.models import Profile, QuotaCell, StratumReport, WaveRecord
from panels.waves.forecast import Field
from panels.waves.frame import Material

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
AUDIT, OTHER = UUID(int=1), UUID(int=2)
SEED = 7


def plan(
    *, waves: WavePlan | None = None, day_seconds: float = 86_400.0, target: int = 100, closes: datetime | None = None
) -> Plan:
    """Strata are the two sexes."""
    return Plan(
        audit_id=str(AUDIT),
        application_id="a",
        application_version=1,
        questionnaire_hash="q",
        margins_id="m",
        margins_hash="h",
        sample_kind="simulated",
        target_completes=target,
        closing=ClosingRule(completes=target, at=closes),
        schedule=Schedule(day_seconds=day_seconds),
        draw=DrawPlan(strata=("sex",), expected_participation=0.5),
        waves=UNSET if waves is None else waves,
        weighting=WeightingPlan(),
        subgroups=(),
        ballot=None,
        frozen_at=NOW,
    )


def margins(**levels: float) -> MarginSet:
    shares = levels or {"M": 0.5, "V": 0.5}
    return MarginSet(
        id="m",
        name="two sexes",
        base="18+",
        population=1000,
        dimensions=(
            MarginDimension(
                key="sex",
                source_dimension="sex",
                levels=tuple(_level(code, share) for code, share in shares.items()),
            ),
        ),
        content_hash="h",
        imported_at=NOW,
        recalled=False,
    )


def _level(code: str, share: float) -> MarginLevel:
    return MarginLevel(
        code=code,
        label_nl=code,
        label_en=code,
        population=round(1000 * share),
        share=share,
        reference_date="2026-01-01",
        source="none",
        provenance="read",
    )


def member(number: int) -> UUID:
    return UUID(int=1000 + number)


def material(
    *,
    men: int = 0,
    women: int = 0,
    unknown: int = 0,
    invited: Mapping[UUID, tuple[tuple[UUID, date], ...]] | None = None,
) -> Material:
    """Men first, then women, then people whose sex is not known; ids count on from `member(0)`."""
    sexes: list[Any] = ["M"] * men + ["V"] * women + [None] * unknown
    return Material(
        profiles=tuple(
            (member(number), Profile(sex=sex, birth_year=1980, province="PV26", education="2"), "nl")
            for number, sex in enumerate(sexes)
        ),
        invitations=invited or {},
        undrawable={},
    )


def cell(key: str, **values: Any) -> QuotaCell:
    known: dict[str, Any] = {"need": 50, "have": 0, "pending": 0, "closing": "watch", "decision": None, "closed": False}
    return QuotaCell(key=key, **{**known, **values})


def wave(number: int, *, at: datetime = NOW, **strata: tuple[int, int, int]) -> WaveRecord:
    """`strata`: key -> (frame, drawn, reached)."""
    return WaveRecord(
        number=number,
        decided_by="opening" if number == 1 else "staff",
        method="stratified",
        size=sum(drawn for _, drawn, _ in strata.values()) or 1,
        frame_size=sum(frame for frame, _, _ in strata.values()),
        frame_hash="f" * 64,
        strata=tuple(
            StratumReport(
                key=key,
                population_share=0.5,
                frame=frame,
                wanted=drawn,
                drawn=drawn,
                probability=drawn / frame if frame else 0.0,
                reached=reached,
            )
            for key, (frame, drawn, reached) in strata.items()
        ),
        excluded={},
        first_batch=0,
        batches=1,
        drawn_at=at,
    )


NOTHING = Field(cells=(), standings=(), past=())
