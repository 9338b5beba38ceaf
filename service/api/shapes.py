"""What staff send to the JSON API, beside the shapes of the published language."""

from typing import Annotated, Literal

from msgspec import Meta
from samenspraak.types.base import Answer, Request


class OrganisationRequest(Request, frozen=True, kw_only=True):
    name: Annotated[str, Meta(min_length=2, max_length=200)]


class KeyRequest(Request, frozen=True, kw_only=True):
    role: Literal["developer", "staff", "fieldwork", "auditor"]
    scopes: Annotated[tuple[Annotated[str, Meta(max_length=60)], ...], Meta(max_length=20)] = ()
    """None: all scopes of the role."""
    expires_in_days: Annotated[int, Meta(ge=1, le=3650)] | None = None


class Ready(Answer, frozen=True, kw_only=True):
    """Whether this process can do its work, part by part."""

    status: Literal["ok", "degraded", "unavailable"]
    database: bool
    schema: bool
    """The database has the migrations that this version needs."""
    valkey: bool
    """Without it jobs start a little later."""


class Alive(Answer, frozen=True, kw_only=True):
    status: Literal["ok"] = "ok"


class CatalogueEntry(Answer, frozen=True, kw_only=True):
    """One kind of problem."""

    code: str
    status: int
    title: str
    explanation: str
