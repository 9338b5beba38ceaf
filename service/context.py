"""What every controller may use: one frozen struct, made once at start and handed over as a Litestar dependency."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import uuid_utils.compat
from litestar.di import NamedDependency

from service.db import Database
from service.keyring import Keyring
from service.settings import Settings


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """Settings, database, secrets, and the sources of time, ids and randomness; tests replace the last three."""

    settings: Settings
    db: Database
    keys: Keyring
    """The application's own keys: links, mail addresses, report signature."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    new_id: Callable[[], UUID] = uuid_utils.compat.uuid7
    entropy: Callable[[int], bytes] = os.urandom


InContext = NamedDependency[Context]
"""How a handler asks for the context: `context: InContext`."""
