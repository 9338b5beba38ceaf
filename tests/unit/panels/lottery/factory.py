"""A small lottery made by hand: 48 volunteers, panels of 12, quotas on sex and age, one person per address."""

import hashlib
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from samenspraak.types.lottery import Drawing, LotteryQuota, LotteryRules, PublicRandomness

from panels.lottery import drawing, publication
from panels.lottery.publication import Publication
from panels.sortition.model import Person

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KNOWN = NOW + timedelta(days=4)
SALT = bytes(range(32))
SEED = "00c0ffee00c0ffee00c0ffee00c0ffee"
VALUE = "4-11-19-23-31-40"
SIZE = 12
PANELS = 50
AGES = ("18-34", "35-64", "65+")


def people(n: int = 48) -> tuple[Person, ...]:
    """Two sexes and three ages in turn; the first six live at three addresses."""
    return tuple(
        Person(
            id=f"member-{place:03}",
            features={"sex": "MV"[place % 2], "age3": AGES[place % 3]},
            household=f"address-{place // 2}" if place < 6 else f"alone-{place}" if place % 5 else "",
        )
        for place in range(n)
    )


def rules(**changed: Any) -> LotteryRules:
    quotas = (
        LotteryQuota(feature="sex", value="M", minimum=6, maximum=6),
        LotteryQuota(feature="sex", value="V", minimum=6, maximum=6),
        *(LotteryQuota(feature="age3", value=age, minimum=3, maximum=5) for age in AGES),
    )
    given: dict[str, Any] = {
        "size": SIZE,
        "quotas": quotas,
        "one_per_household": True,
        "algorithm": "leximin",
        "panels": PANELS,
        "seed_commitment": hashlib.sha256(SEED.encode()).hexdigest(),
    }
    return LotteryRules(**{**given, **changed})


def seats(pool: Sequence[Person], panels: int = PANELS) -> tuple[tuple[str, ...], ...]:
    """Panels that meet the rules: two of each of the six kinds, never two from one address."""
    rng = random.Random(1)
    kinds: dict[tuple[str, ...], list[Person]] = {}
    for person in pool:
        kinds.setdefault(tuple(person.features.values()), []).append(person)
    found: list[tuple[str, ...]] = []
    while len(found) < panels:
        chosen = [person for kind in kinds.values() for person in rng.sample(kind, 2)]
        homes = [person.household for person in chosen if person.household]
        if len(set(homes)) == len(homes):
            found.append(tuple(person.id for person in chosen))
    return tuple(found)


def randomness(**changed: Any) -> PublicRandomness:
    given: dict[str, Any] = {
        "source": "Lotto van 28 november 2026, de zes getallen van laag naar hoog, met streepjes ertussen",
        "address": "https://lotto.example",
        "known_from": KNOWN,
    }
    return PublicRandomness(**{**given, **changed})


def publish(**changed: Any) -> Publication:
    pool = changed.get("people", people())
    given: dict[str, Any] = {
        "assembly_id": "a1",
        "title": "Burgerberaad klimaat",
        "sample_kind": "opt_in_panel",
        "rules": rules(),
        "randomness": randomness(),
        "people": pool,
        "seats": changed.get("seats") or seats(pool),
        "salt": SALT,
        "published_at": NOW,
    }
    return publication.publish(**{**given, **changed})


def drawn(published: Publication, **changed: Any) -> Drawing:
    given: dict[str, Any] = {
        "value": VALUE,
        "entered_at": KNOWN + timedelta(hours=1),
        "entered_by": "staff key 1",
        "confirmed_value": changed.get("value", VALUE),
        "confirmed_at": KNOWN + timedelta(hours=2),
        "confirmed_by": "staff key 2",
        "seed": SEED,
    }
    return drawing.draw(published.lottery, **{**given, **changed})


def file(published: Publication | None = None, *, done: bool = True) -> bytes:
    """The file as anybody downloads it."""
    made = published or publish()
    return publication.document(made.content, drawn(made) if done else None)
