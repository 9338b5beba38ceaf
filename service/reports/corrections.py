"""Texts of the questionnaire that were corrected while people answered: when, why, what, and how many answered each."""

from collections.abc import Sequence

import msgspec
from samenspraak.types.report import CorrectedText, Correction
from samenspraak.types.versions import QuestionnaireVersion


def corrections(versions: Sequence[QuestionnaireVersion]) -> tuple[Correction, ...]:
    """One entry per version after the first."""
    return tuple(
        Correction(
            version=one.version,
            corrected_at=one.corrected_at,
            reason=one.reason,
            answered_before=sum(other.completed for other in versions if other.version < one.version),
            answered_after=sum(other.completed for other in versions if other.version >= one.version),
            texts=tuple(
                CorrectedText(path=change.path, before=_text(change.before), after=_text(change.after))
                for change in one.changes
            ),
        )
        for one in versions
        if one.corrected_at is not None
    )


def _text(json: str) -> str:
    """A text as it was read; anything else as JSON."""
    value = msgspec.json.decode(json) if json else ""
    return value if isinstance(value, str) else json
