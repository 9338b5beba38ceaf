"""The trail shows every change, removal and reordering of what it holds."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from samenspraak.types.audit import TrailEvent

from service.audits.trail import FIRST, link, verify

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def chain(length: int = 6) -> list[TrailEvent]:
    events: list[TrailEvent] = []
    for number in range(1, length + 1):
        events.append(
            link(
                number=number,
                at=START + timedelta(minutes=number, microseconds=number),
                actor="staff:key_1",
                event="audit.submit",
                audit_id=f"audit-{number % 2}",
                detail={"from": "draft", "days": 3.0, "count": number, "on": True, "none": None},
                previous_hash=events[-1].hash if events else FIRST,
            )
        )
    return events


def test_a_whole_chain_verifies_and_so_does_its_copy_over_the_wire() -> None:
    events = chain()
    copied = msgspec.json.decode(msgspec.json.encode(events), type=list[TrailEvent])
    assert verify(events) is None
    assert verify(copied) is None
    assert verify([]) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", START),
        ("actor", "system"),
        ("event", "audit.refuse"),
        ("audit_id", None),
        ("detail", {"from": "draft"}),
        ("previous_hash", "1" * 64),
        ("hash", "2" * 64),
        ("number", 9),
    ],
)
def test_a_change_of_any_field_is_found_where_it_is(field: str, value: object) -> None:
    events = chain()
    events[2] = msgspec.structs.replace(events[2], **{field: value})
    assert verify(events) == 3


def test_a_changed_event_with_its_hash_made_anew_breaks_at_the_next() -> None:
    events = chain()
    forged = link(
        number=3,
        at=events[2].at,
        actor="system",
        event=events[2].event,
        audit_id=events[2].audit_id,
        detail=events[2].detail,
        previous_hash=events[2].previous_hash,
    )
    assert verify([*events[:2], forged, *events[3:]]) == 4


def test_a_removed_event_is_found() -> None:
    events = chain()
    assert verify([*events[:3], *events[4:]]) == 4
    assert verify(events[1:]) == 1


def test_two_events_in_another_order_are_found() -> None:
    events = chain()
    assert verify([events[0], events[2], events[1], *events[3:]]) == 2


def test_an_inserted_event_is_found() -> None:
    events = chain()
    assert verify([*events[:3], events[2], *events[3:]]) == 4


def test_a_chain_can_be_checked_in_parts() -> None:
    events = chain()
    assert verify(events[3:], number=3, previous_hash=events[2].hash) is None
    assert verify(events[3:], number=3, previous_hash=events[1].hash) == 4


def test_the_same_moment_in_another_zone_has_the_same_hash() -> None:
    amsterdam = timezone(timedelta(hours=1))
    hashes = {
        link(number=1, at=at, actor="a", event="e", audit_id=None, detail={}, previous_hash=FIRST).hash
        for at in (START, START.astimezone(amsterdam))
    }
    assert len(hashes) == 1
