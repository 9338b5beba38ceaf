"""Where an invitation can go: one table of allowed steps."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from panels.models import Disposition

DISPOSITIONS: tuple[Disposition, ...] = get_args(Disposition)

STEPS: Mapping[Disposition, frozenset[Disposition]] = MappingProxyType(
    {
        # A link can be opened before the mail is booked as sent, so a queued person may start or decline.
        "queued": frozenset({"sent", "undeliverable", "started", "declined", "withdrawn", "quota_full"}),
        "sent": frozenset({"undeliverable", "started", "declined", "withdrawn", "quota_full"}),
        # Mail servers sometimes refuse one mail and deliver the next.
        "undeliverable": frozenset({"sent", "started", "declined", "withdrawn", "quota_full"}),
        "started": frozenset({"completed", "declined", "broken_off", "withdrawn", "quota_full"}),
        # Whoever broke off may come back.
        "broken_off": frozenset({"started", "completed", "declined", "withdrawn", "quota_full"}),
        # Whoever said no may change their mind; nobody is asked to.
        "declined": frozenset({"started", "withdrawn", "quota_full"}),
        # Answers can be taken back until the report.
        "completed": frozenset({"withdrawn"}),
        # Let go because a quota of the questionnaire was full: not eligible, and no refusal (AAPOR 2023, code 4.8).
        "quota_full": frozenset({"withdrawn"}),
        "withdrawn": frozenset(),
    }
)

REMINDED: tuple[Disposition, ...] = ("sent", "started", "broken_off")
"""Who gets a reminder: mailed, and neither done nor out."""

PENDING: tuple[Disposition, ...] = ("queued", "sent", "started", "broken_off")
"""Who may still complete, as the counters of the cells see it."""


def sources(wanted: Disposition) -> list[Disposition]:
    """The dispositions from which `wanted` can follow."""
    return [present for present, following in STEPS.items() if wanted in following]
