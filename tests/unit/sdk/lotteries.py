"""A published lottery as plain JSON, made without the service: 24 tickets, 20 panels of 6."""

import hashlib
import json
import random
from typing import Any

from samenspraak import lottery

SEED = "0f" * 16
VALUE = "4-11-19-23-31-40"
TICKETS = [f"{n:04}-AAAA" for n in range(24)]
FEATURES = [{"sex": "MV"[n % 2], "age": ("young", "old")[n // 12]} for n in range(24)]
HOMES = [1, 1, 2, 2, *[0] * 20]


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def table() -> dict[str, Any]:
    rows = [
        {"ticket": ticket, "features": features, "household": home}
        for ticket, features, home in zip(TICKETS, FEATURES, HOMES, strict=True)
    ]
    return {"format": "samenspraak-pool-1", "assembly_id": "a1", "salt": "5a17", "rows": rows}


def panels(n: int = 20) -> list[list[int]]:
    """Three men and three women, at least two old and two young, one of each of the two shared addresses at most."""
    rng, found = random.Random(7), []
    while len(found) < n:
        men, women = (rng.sample([i for i in range(24) if FEATURES[i]["sex"] == sex], 3) for sex in "MV")
        chosen = sorted(men + women)
        if 2 <= sum(i < 12 for i in chosen) <= 4 and not {0, 1} <= set(chosen) and not {2, 3} <= set(chosen):
            found.append(chosen)
    return found


def fields() -> dict[str, Any]:
    """Everything that the commitment covers."""
    quotas = [{"feature": "sex", "value": sex, "minimum": 3, "maximum": 3} for sex in "MV"]
    quotas += [{"feature": "age", "value": age, "minimum": 2, "maximum": 4} for age in ("young", "old")]
    return {
        "format": "samenspraak-lottery-1",
        "assembly_id": "a1",
        "title": "Burgerberaad über één thema",
        "sample_kind": "opt_in_panel",
        "rules": {
            "size": 6, "quotas": quotas, "one_per_household": True, "algorithm": "leximin", "panels": 20,
            "seed_commitment": sha(SEED.encode()),
        },
        "randomness": {"source": "Lotto", "address": "", "known_from": "2026-11-28T21:00:00Z"},
        "tickets": TICKETS,
        "pool_hash": sha(lottery.canonical(table())),
        "panels": panels(),
        "published_at": "2026-11-24T09:00:00Z",
    }  # fmt: skip


def committed(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "commitment": sha(lottery.canonical(given))}


def drawing(made: dict[str, Any]) -> dict[str, Any]:
    return {
        "value": VALUE,
        "entered_at": "2026-11-28T21:10:00Z",
        "entered_by": "staff 1",
        "confirmed_at": "2026-11-28T21:20:00Z",
        "confirmed_by": "staff 2",
        "seed": SEED,
        "number": 1 + int(sha(f"{made['commitment']}|{VALUE}".encode()), 16) % 20,
    }


def file(given: dict[str, Any] | None = None, *, drawn: bool = True, **changed: Any) -> dict[str, Any]:
    """A whole file; `changed` goes into the fields before they are committed to."""
    made = committed({**(given or fields()), **changed})
    return {"lottery": made, "drawing": drawing(made) if drawn else None}


def encoded(value: Any) -> bytes:
    """As somebody might save it: other order and spaces than the canonical form."""
    return json.dumps(value, indent=2).encode()
