"""What staff ask of an assembly, judged as a whole: every fault at once, before anybody is written to."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import get_args

from samenspraak.types.assembly import AssemblyRequest, PoolSource, QuotaRequest, RandomnessRequest
from samenspraak.types.lottery import LotteryQuota, PublicRandomness
from samenspraak.types.margins import MarginSet
from samenspraak.types.problem import Fault

from panels import coding
from panels.assemblies import volunteer_csv
from panels.assemblies.models import ORIGIN, UNKNOWN, Terms
from panels.models import Origin
from panels.sortition.quotas import Feature, Slack, from_margins

RESERVED = (volunteer_csv.ID, volunteer_csv.HOUSEHOLD)
MOST_PLACES = 1_000_000
"""Size x panels: a published file of some 6 MB."""
TITLE, PURPOSE = (3, 160), (10, 2000)
"""Fewest and most characters."""


def check(
    request: AssemblyRequest, *, margins: MarginSet | None, now: datetime
) -> tuple[tuple[LotteryQuota, ...], tuple[Fault, ...]]:
    """Quotas of the whole request, and everything that is wrong with it. Quotas are complete only without a fault.

    Args:
        margins: the set that the request names; None when it names none, or one that does not exist.
    """
    faults = [*_texts(request), *_features(request, margins)]
    derived: tuple[LotteryQuota, ...] = ()
    if not faults and margins is not None:
        derived = _from_margins(request, margins)
    if request.size * request.panels > MOST_PLACES:
        detail = f"Too many places to publish: size x panels may be at most {MOST_PLACES}; lower `panels`."
        faults.append(_fault("/panels", "too_many_places", detail))
    faults += check_quotas(request.quotas, size=request.size, pool=request.pool, margins=margins)
    faults += check_randomness(request.randomness, now=now)
    return (*derived, *as_quotas(request.quotas)), tuple(faults)


def _from_margins(request: AssemblyRequest, margins: MarginSet) -> tuple[LotteryQuota, ...]:
    features = [
        Feature(name=one.feature, dimension=one.feature, slack=Slack(kind="points", amount=one.slack))
        for one in request.features
    ]
    made = from_margins(margins, features, size=request.size) if features else ()
    return tuple(
        LotteryQuota(feature=one.feature, value=one.value, minimum=one.minimum, maximum=one.maximum) for one in made
    )


def settle(request: AssemblyRequest) -> Terms:
    """The part of a faultless request that never changes."""
    return Terms(
        title=request.title,
        organiser=request.organiser,
        purpose=request.purpose,
        size=request.size,
        pool=request.pool,
        margins_id=request.margins_id,
        one_per_household=request.one_per_household,
        algorithm=request.algorithm,
        panels=request.panels,
    )


def as_quotas(asked: Sequence[QuotaRequest]) -> tuple[LotteryQuota, ...]:
    return tuple(
        LotteryQuota(feature=one.feature, value=one.value, minimum=one.minimum, maximum=one.maximum) for one in asked
    )


def as_randomness(asked: RandomnessRequest) -> PublicRandomness:
    return PublicRandomness(source=asked.source, address=asked.address, known_from=asked.known_from)


def check_quotas(
    asked: Sequence[QuotaRequest], *, size: int, pool: PoolSource, margins: MarginSet | None = None
) -> list[Fault]:
    """What is wrong with quotas that are given as numbers: each bound, each feature, and values nobody can have."""
    faults: list[Fault] = []
    by_feature: dict[str, list[QuotaRequest]] = defaultdict(list)
    twice = Counter((quota.feature, quota.value) for quota in asked)
    for number, quota in enumerate(asked):
        by_feature[quota.feature].append(quota)
        if quota.minimum > quota.maximum:
            detail = (
                f"`{quota.feature}` {quota.value}: the minimum {quota.minimum} is above the maximum {quota.maximum}."
            )
            faults.append(_fault(f"/quotas/{number}/minimum", "minimum_above_maximum", detail))
        if twice[quota.feature, quota.value] > 1:
            detail = f"`{quota.feature}` {quota.value} has more than one quota; keep one."
            faults.append(_fault(f"/quotas/{number}", "repeated", detail))
        if quota.feature in RESERVED:
            detail = f"`{quota.feature}` is a column of its own in a list of volunteers; give the feature another name."
            faults.append(_fault(f"/quotas/{number}/feature", "reserved", detail))
        if quota.value == UNKNOWN and pool == "members":
            detail = f"`{UNKNOWN}` is added for members who did not tell their {quota.feature}; leave it out."
            faults.append(_fault(f"/quotas/{number}/value", "reserved", detail))
    for feature, quotas in by_feature.items():
        faults += _sums(feature, quotas, size)
        if pool == "members":
            faults += _levels(feature, quotas, margins)
    return faults


def check_against_pool(asked: Sequence[QuotaRequest], values: Mapping[str, Collection[str]]) -> list[Fault]:
    """Whether other quotas fit the people who are in the pool: what is known of them was fixed with the old ones.

    Args:
        values: by feature, the values that occur in the pool; empty while the pool is open.
    """
    if not values:
        return []
    faults = []
    named: dict[str, set[str]] = defaultdict(set)
    for number, quota in enumerate(asked):
        named[quota.feature].add(quota.value)
        if quota.feature not in values:
            detail = f"`{quota.feature}` is not known of the people in the pool; it holds: {', '.join(sorted(values))}."
            faults.append(_fault(f"/quotas/{number}/feature", "unknown_feature", detail))
    for feature in sorted(named.keys() & values.keys()):
        for value in sorted(set(values[feature]) - named[feature] - {UNKNOWN}):
            detail = f"`{feature}` lacks a quota for {value!r}, which people in the pool have."
            faults.append(_fault("/quotas", "missing_value", detail))
    return faults


def check_randomness(asked: RandomnessRequest, *, now: datetime) -> list[Fault]:
    faults = []
    if asked.known_from <= now:
        detail = "Name a number that becomes known later: what is known already can be steered to."
        faults.append(_fault("/randomness/known_from", "in_past", detail))
    if asked.address and not asked.address.startswith("https://"):
        detail = "The address must begin with https://, so that everybody reads the same number."
        faults.append(_fault("/randomness/address", "not_https", detail))
    return faults


def _texts(request: AssemblyRequest) -> Iterator[Fault]:
    for name, text, (fewest, most) in (("title", request.title, TITLE), ("purpose", request.purpose, PURPOSE)):
        for language, words in (("nl", text.nl), ("en", text.en)):
            length = len(words.strip())
            if not fewest <= length <= most:
                detail = f"`{name}` in `{language}` must have {fewest} to {most} characters; it has {length}."
                yield _fault(f"/{name}/{language}", "length", detail)


def _features(request: AssemblyRequest, margins: MarginSet | None) -> Iterator[Fault]:
    if request.margins_id is not None and margins is None:
        yield _fault("/margins_id", "unknown_margins", "There is no such set of margins.")
        return
    if request.features and margins is None:
        yield _fault("/margins_id", "missing", "`features` takes its quotas from margins: name a set in `margins_id`.")
        return
    yield from _decisions(request, margins)
    known = {dimension.key for dimension in margins.dimensions} if margins is not None else set()
    explicit = {quota.feature for quota in request.quotas}
    names = Counter(wanted.feature for wanted in request.features)
    for number, wanted in enumerate(request.features):
        if wanted.feature not in known:
            detail = f"The margins have no `{wanted.feature}`; they have: {', '.join(sorted(known))}."
            yield _fault(f"/features/{number}/feature", "unknown_dimension", detail)
        if wanted.feature in explicit:
            detail = f"`{wanted.feature}` stands in `features` and in `quotas`; keep one."
            yield _fault(f"/features/{number}/feature", "repeated", detail)
        if names[wanted.feature] > 1:
            detail = f"`{wanted.feature}` stands more than once in `features`; keep one."
            yield _fault(f"/features/{number}/feature", "repeated", detail)


def _decisions(request: AssemblyRequest, margins: MarginSet | None) -> Iterator[Fault]:
    """Doubtful figures decide about real people only when somebody says why."""
    if margins is None or not request.features or request.sample_kind == "simulated":
        return
    for doubt, said in (("recalled", request.accept_recalled_margins), ("outdated", request.accept_outdated_margins)):
        if getattr(margins, doubt) and not said.strip():
            detail = (
                f"These margins are {doubt}: take another set, or say in `accept_{doubt}_margins` why they will do."
            )
            yield _fault(f"/accept_{doubt}_margins", "decision_needed", detail)


def _sums(feature: str, quotas: Sequence[QuotaRequest], size: int) -> Iterator[Fault]:
    least, most = sum(quota.minimum for quota in quotas), sum(quota.maximum for quota in quotas)
    if least > size:
        detail = f"The minima of `{feature}` sum to {least}, above the {size} people of the panel: lower some."
        yield _fault("/quotas", "minima_above_size", detail)
    if most < size:
        detail = f"The maxima of `{feature}` sum to {most}, below the {size} people of the panel: raise some."
        yield _fault("/quotas", "maxima_below_size", detail)


def _levels(feature: str, quotas: Sequence[QuotaRequest], margins: MarginSet | None) -> Iterator[Fault]:
    """Members have the levels of the coded profile: quotas name each of them once, so that nobody falls between two."""
    known = {**coding.levels(margins.base if margins is not None else "18+"), ORIGIN: get_args(Origin)}
    levels = known.get(feature)
    if levels is None:
        detail = f"Members have no `{feature}`; they have: {', '.join(sorted(known))}."
        yield _fault("/quotas", "unknown_feature", detail)
        return
    named = {quota.value for quota in quotas} - {UNKNOWN}
    for value in sorted(named - set(levels)):
        detail = f"`{feature}` has no value {value!r}; it has: {', '.join(levels)}."
        yield _fault("/quotas", "unknown_value", detail)
    for value in levels:
        if value not in named:
            detail = f"`{feature}` lacks a quota for {value!r}: people with that value could not be drawn."
            yield _fault("/quotas", "missing_value", detail)


def _fault(pointer: str, code: str, detail: str) -> Fault:
    return Fault(pointer=pointer, code=code, detail=detail)
