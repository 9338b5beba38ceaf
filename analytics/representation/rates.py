"""Outcome rates, each for the kind of sample it is defined for.

Samples drawn with known probabilities have response rates: AAPOR Standard Definitions (10th edition, 2023), RR1 to RR6,
COOP1 to COOP4, REF1 to REF3 and CON1 to CON3, and for panels recruited with probabilities the cumulative response rate
(Callegaro and DiSogra 2008). People who chose themselves were never a sample of anybody: they have a participation
rate, completes over invitations. Asking one kind for the rate of the other is refused."""

import msgspec
from samenspraak.types.base import SampleKind
from samenspraak.types.problem import Fault

from analytics.errors import AnalyticsError, RateRefused


class Dispositions(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who was drawn, counted once, by final outcome."""

    complete: int
    partial: int = 0
    refusal: int = 0
    """Refused or broke off."""
    non_contact: int = 0
    other: int = 0
    """Eligible, for instance too ill, or no language in common."""
    unknown_household: int = 0
    """Unknown whether there is anybody at the address."""
    unknown_other: int = 0
    """Unknown whether the person is eligible."""
    not_eligible: int = 0
    """Known to be outside the population: moved abroad, died, too young."""


class Eligibility(msgspec.Struct, frozen=True, kw_only=True):
    """The share of people of unknown eligibility that is taken to be eligible, e."""

    share: float
    basis: str
    """Where it comes from, in words that are printed with every rate that uses it."""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """None where the rate divides by nobody."""

    rr1: float | None
    """Completes over everybody who is or may be eligible: the minimum response rate."""
    rr2: float | None
    """As RR1, partial answers count as answers."""
    rr3: float | None
    """As RR1, with e of the unknown taken as eligible."""
    rr4: float | None
    """As RR2, with e of the unknown taken as eligible."""
    rr5: float | None
    """As RR1, nobody unknown taken as eligible: the maximum response rate."""
    rr6: float | None
    """As RR2, nobody unknown taken as eligible."""
    coop1: float | None
    """Completes over those contacted, unable ones included."""
    coop2: float | None
    """As COOP1, partial answers count."""
    coop3: float | None
    """As COOP1, without those unable."""
    coop4: float | None
    """As COOP2, without those unable."""
    ref1: float | None
    """Refusals over everybody who is or may be eligible."""
    ref2: float | None
    """As REF1, with e of the unknown."""
    ref3: float | None
    """As REF1, without the unknown."""
    con1: float | None
    """Those reached over everybody who is or may be eligible."""
    con2: float | None
    """As CON1, with e of the unknown."""
    con3: float | None
    """As CON1, without the unknown."""
    eligibility: Eligibility
    """The e of RR3, RR4, REF2 and CON2."""
    drawn: int
    """Everybody counted, those not eligible included."""


class CumulativeRate(msgspec.Struct, frozen=True, kw_only=True):
    """Recruitment x profile x retention x completion of a recruited panel."""

    value: float
    recruitment: float
    profile: float
    retention: float
    completion: float


def proportional_allocation(found: Dispositions) -> Eligibility:
    """e as the eligible share among those whose eligibility became known (the CASRO assumption); 1 where nobody's did
    not."""
    eligible = found.complete + found.partial + found.refusal + found.non_contact + found.other
    known = eligible + found.not_eligible
    return Eligibility(
        share=eligible / known if known else 1.0,
        basis=f"proportional allocation: {eligible} of {known} people of known eligibility were eligible",
    )


def response_rates(found: Dispositions, *, sample_kind: SampleKind, eligibility: Eligibility | None = None) -> Rates:
    """All outcome rates of a probability sample. Without `eligibility`, e follows by proportional allocation.

    Raises:
        RateRefused: the sample was not drawn with known probabilities. AnalyticsError: counts below 0, or e outside
        0 to 1 or without a basis.
    """
    _only_probability(sample_kind, "A response rate", "Use `participation`.")
    _check_counts(found)
    e = proportional_allocation(found) if eligibility is None else eligibility
    if not 0 <= e.share <= 1 or not e.basis.strip():
        raise AnalyticsError(
            f"The eligible share must lie between 0 and 1 and say what it rests on: {e.share}, {e.basis!r}."
        )
    i, p, r, nc, o = found.complete, found.partial, found.refusal, found.non_contact, found.other
    unknown = found.unknown_household + found.unknown_other
    eligible = i + p + r + nc + o
    possible, likely = eligible + unknown, eligible + e.share * unknown
    return Rates(
        rr1=_over(i, possible),
        rr2=_over(i + p, possible),
        rr3=_over(i, likely),
        rr4=_over(i + p, likely),
        rr5=_over(i, eligible),
        rr6=_over(i + p, eligible),
        coop1=_over(i, i + p + r + o),
        coop2=_over(i + p, i + p + r + o),
        coop3=_over(i, i + p + r),
        coop4=_over(i + p, i + p + r),
        ref1=_over(r, possible),
        ref2=_over(r, likely),
        ref3=_over(r, eligible),
        con1=_over(i + p + r + o, possible),
        con2=_over(i + p + r + o, likely),
        con3=_over(i + p + r + o, eligible),
        eligibility=e,
        drawn=possible + found.not_eligible,
    )


def participation(completes: int, invited: int, *, sample_kind: SampleKind) -> float | None:
    """Completes over invitations, for people who chose themselves. None: nobody was invited.

    Raises:
        RateRefused: a probability sample, which has response rates, or an open link, which invites nobody that could be
        counted. AnalyticsError: counts that cannot be.
    """
    if sample_kind == "probability":
        raise RateRefused("A probability sample has response rates, no participation rate. Use `response_rates`.")
    if sample_kind == "open_link":
        raise RateRefused("An open link has no invitations to divide by. Report the number of answers.")
    if not 0 <= completes <= invited:
        raise AnalyticsError(f"{completes} completes of {invited} invitations cannot be; count each person once.")
    return _over(completes, invited)


def cumulative(
    *, recruitment: float, profile: float, completion: float, retention: float = 1.0, sample_kind: SampleKind
) -> CumulativeRate:
    """Cumulative response rate of a panel that was recruited with probabilities.

    `recruitment`: response rate of the recruitment. `profile`: of the recruited, those who filled in a profile.
    `retention`: of those, still in the panel when the sample was drawn. `completion`: of the panel members invited,
    those who completed.

    Raises:
        RateRefused: people joined the panel by themselves. AnalyticsError: a part outside 0 to 1; all are named.
    """
    _only_probability(sample_kind, "A cumulative response rate", "Use `participation`.")
    parts = {"recruitment": recruitment, "profile": profile, "retention": retention, "completion": completion}
    faults = [
        Fault(pointer=f"/{name}", code="no_share", detail=f"The {name} rate must lie between 0 and 1, not {value:g}.")
        for name, value in parts.items()
        if not 0 <= value <= 1
    ]
    if faults:
        raise AnalyticsError(" ".join(fault.detail for fault in faults), faults=faults)
    return CumulativeRate(value=recruitment * profile * retention * completion, **parts)


def _only_probability(sample_kind: SampleKind, what: str, remedy: str) -> None:
    if sample_kind != "probability":
        raise RateRefused(
            f"{what} needs a sample drawn with known probabilities; this one is `{sample_kind}`. {remedy}"
        )


def _check_counts(found: Dispositions) -> None:
    faults = [
        Fault(pointer=f"/{name}", code="below_zero", detail=f"`{name}` is {count}; a count cannot be below 0.")
        for name, count in msgspec.structs.asdict(found).items()
        if count < 0
    ]
    if faults:
        raise AnalyticsError(" ".join(fault.detail for fault in faults), faults=faults)


def _over(part: float, whole: float) -> float | None:
    return part / whole if whole else None
