"""Participation and response rates."""


def participation_rate(completes: int, invited: int) -> float | None:
    """Completes over invitations, for opt-in and simulated samples (AAPOR). None: nobody invited."""
    return completes / invited if invited else None


def response_rate_2(
    *, complete: int, partial: int, refusal: int, non_contact: int, other: int, unknown: int
) -> float | None:
    """AAPOR RR2: completes and partials over everyone eligible or possibly eligible. Probability samples only."""
    base = complete + partial + refusal + non_contact + other + unknown
    return (complete + partial) / base if base else None
