"""An assembly and a person, made without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from samenspraak.types.base import Localised
from samenspraak.types.lottery import LotteryQuota, PublicRandomness

from panels.assemblies.models import Assembly, Candidate, Seat, Terms, Visitor

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
QUOTAS = tuple(
    LotteryQuota(feature=feature, value=value, minimum=1, maximum=6)
    for feature, values in (("sex_age", ("M_18-24", "V_18-24")), ("province", ("PV26", "PV27")))
    for value in values
)


def assembly(**changes: Any) -> Assembly:
    made = Assembly(
        id=UUID(int=7),
        state="recruiting",
        sample_kind="opt_in_panel",
        terms=Terms(
            title=Localised(nl="Burgerberaad over AI in de zorg", en="Citizens' assembly on AI in care"),
            organiser="Gemeente Voorbeeld",
            purpose=Localised(
                nl="Ziekenhuizen gebruiken steeds vaker AI. Wat mag wel en wat niet? "
                "De gemeenteraad bespreekt uw advies in het openbaar.",
                en="Hospitals use AI more and more. What is right and what is not? "
                "The council discusses your advice in public.",
            ),
            size=40,
            pool="members",
            margins_id=None,
            one_per_household=True,
            algorithm="leximin",
            panels=1000,
        ),
        quotas=QUOTAS,
        randomness=PublicRandomness(
            source="Lotto van 28 november 2026, de zes getallen van laag naar hoog",
            address="https://lotto.example",
            known_from=NOW + timedelta(days=4),
        ),
        seed="0123456789abcdef0123456789abcdef",
        salt=b"s" * 32,
        asked=4000,
        answer_by=NOW + timedelta(days=14),
        created_at=NOW,
        changed_at=NOW,
    )
    return msgspec.structs.replace(made, **changes)


def candidate(**changes: Any) -> Candidate:
    made = Candidate(
        assembly_id=UUID(int=7),
        id=UUID(int=9),
        member_id=UUID(int=11),
        reference=None,
        language="nl",
        answer="asked",
        features={},
        household="",
        ticket="",
        invited=1.0,
        responded=None,
        selected=None,
    )
    return msgspec.structs.replace(made, **changes)


def seat(**changes: Any) -> Seat:
    made = Seat(candidate_id=UUID(int=9), round=1, state="offered", chance=0.034, settled_at=None)
    return msgspec.structs.replace(made, **changes)


IN_POOL: dict[str, Any] = {"answer": "yes", "ticket": "7KQ4-M2XP", "selected": 0.034}
PUBLISHED: dict[str, Any] = {"published_at": NOW, "pool_closed_at": NOW}
DRAWN: dict[str, Any] = {**PUBLISHED, "drawn_at": NOW}


def visitors() -> dict[str, Visitor]:
    """One visitor for every stage."""
    yes = candidate(answer="yes")
    pool = candidate(**IN_POOL)
    return {
        "asked": Visitor(assembly=assembly(), candidate=candidate()),
        "willing": Visitor(assembly=assembly(), candidate=yes),
        "unwilling": Visitor(assembly=assembly(), candidate=candidate(answer="no")),
        "missed": Visitor(assembly=assembly(state="pool_closed"), candidate=candidate()),
        "left": Visitor(assembly=assembly(state="solved"), candidate=candidate(answer="left")),
        "waiting": Visitor(assembly=assembly(state="solving"), candidate=yes),
        "published": Visitor(assembly=assembly(state="published", **PUBLISHED), candidate=pool),
        "offered": Visitor(assembly=assembly(state="drawn", **DRAWN), candidate=pool, seat=seat()),
        "confirmed": Visitor(assembly=assembly(state="drawn", **DRAWN), candidate=pool, seat=seat(state="confirmed")),
        "declined": Visitor(assembly=assembly(state="drawn", **DRAWN), candidate=pool, seat=seat(state="declined")),
        "lapsed": Visitor(assembly=assembly(state="seated", **DRAWN), candidate=pool, seat=seat()),
        "not_drawn": Visitor(assembly=assembly(state="drawn", **DRAWN), candidate=pool),
        "drawn_again": Visitor(assembly=assembly(state="published", round=2, **DRAWN), candidate=pool),
        "begun": Visitor(assembly=assembly(state="seated", **DRAWN), candidate=pool),
        "cancelled": Visitor(
            assembly=assembly(state="cancelled", reason="De gemeenteraad trok de vraag in."), candidate=pool
        ),
    }
