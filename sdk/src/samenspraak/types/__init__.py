"""The published language of Samenspraak: the shapes that travel between developer, service and public.

Shapes only, no behaviour. Requests forbid unknown fields; everything the service answers tolerates them, so
that an older client keeps working. All structs are frozen and keyword-only. Wire form is snake_case JSON; times
are UTC, RFC 3339.
"""

from samenspraak.types import (
    application,
    assembly,
    audit,
    ballot,
    base,
    estimate,
    exchange,
    expressions,
    external,
    fieldwork,
    incidents,
    inference,
    joining,
    lottery,
    margins,
    open_answers,
    panel,
    preview,
    problem,
    questionnaire,
    report,
    representation,
    selection,
    simulation,
    versions,
)

__all__ = [
    "application",
    "assembly",
    "audit",
    "ballot",
    "base",
    "estimate",
    "exchange",
    "expressions",
    "external",
    "fieldwork",
    "incidents",
    "inference",
    "joining",
    "lottery",
    "margins",
    "open_answers",
    "panel",
    "preview",
    "problem",
    "questionnaire",
    "report",
    "representation",
    "selection",
    "simulation",
    "versions",
]
