"""Texts corrected while people answer: a new version beside the ones before, for everybody who begins from then on.

Only what leaves every question, answer, route and code as it is counts as a correction (`surveys.versions`), compared
with the version before and with the first one, since the answers to all versions are added up.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from samenspraak.canonical import content_hash
from samenspraak.types.problem import Fault
from samenspraak.types.questionnaire import Questionnaire
from samenspraak.types.versions import Change, CorrectionRequest, QuestionnaireVersion, TextCorrection

from surveys import versions
from surveys.errors import CorrectionInvalid, CorrectionStructural, QuestionnaireUnknown
from surveys.lint import lint
from surveys.store import Connection
from surveys.store import questionnaires as store
from surveys.store.questionnaires import Version

RELABELLED = "This answer reads otherwise in every language, so it may be another answer."


async def correct(
    conn: Connection, *, audit_id: UUID, request: CorrectionRequest, now: datetime
) -> QuestionnaireVersion:
    """Store the corrected questionnaire as the newest version; the audit is locked by the caller.

    Raises:
        QuestionnaireUnknown: the audit has none.
        CorrectionInvalid: with every fault: places that are no text, nothing changed, or errors of the lint.
        CorrectionStructural: with every change that is more than a text.
    """
    known = await store.versions(conn, audit_id=audit_id)
    if not known:
        raise QuestionnaireUnknown
    corrected = judged(known[0].questionnaire, known[-1].questionnaire, request)
    number = await store.add_version(
        conn,
        audit_id=audit_id,
        hash=content_hash(corrected),
        questionnaire=corrected,
        reason=request.reason,
        now=now,
    )
    return next(one for one in await listed(conn, audit_id=audit_id) if one.version == number)


async def listed(conn: Connection, *, audit_id: UUID) -> tuple[QuestionnaireVersion, ...]:
    """Every version in order, with what changed from the one before; none before the plan is approved."""
    known = await store.versions(conn, audit_id=audit_id)
    return tuple(
        _shown(one, versions.diff(before.questionnaire, one.questionnaire).changes if before else ())
        for before, one in zip((None, *known), known, strict=False)
    )


def _shown(one: Version, changes: tuple[Change, ...]) -> QuestionnaireVersion:
    return QuestionnaireVersion(
        version=one.version,
        content_hash=one.hash,
        corrected_at=one.corrected_at,
        reason=one.reason,
        changes=changes,
        began=one.began,
        completed=one.completed,
    )


def judged(first: Questionnaire, newest: Questionnaire, request: CorrectionRequest) -> Questionnaire:
    """The corrected questionnaire, if that is what it is. Raises CorrectionInvalid and CorrectionStructural."""
    if bool(request.texts) == (request.questionnaire is not None):
        detail = "Send either the texts to replace or the whole corrected questionnaire."
        raise CorrectionInvalid(faults=(Fault(pointer="/texts", code="either_or", detail=detail),))
    whole = request.questionnaire or _replaced(newest, request.texts)
    corrected = msgspec.structs.replace(whole, version=newest.version)
    found = versions.diff(newest, corrected)
    if found.kind == "same":
        detail = "Nothing differs from the newest version."
        raise CorrectionInvalid(faults=(Fault(pointer="", code="unchanged", detail=detail),))
    changes = dict.fromkeys((*found.changes, *versions.diff(first, corrected).changes))
    structural = tuple(_refused(change) for change in changes if change.kind == "structural")
    if structural:
        raise CorrectionStructural(faults=tuple(dict.fromkeys(structural)))
    known = {(finding.code, finding.path) for finding in lint(newest)}
    faults = tuple(
        Fault(pointer=finding.path, code=finding.code, detail=finding.message)
        for finding in lint(corrected)
        if finding.severity == "error" and (finding.code, finding.path) not in known
    )
    if faults:
        raise CorrectionInvalid(faults=faults)
    return corrected


def _refused(change: Change) -> Fault:
    detail = RELABELLED if change.code_reused else f"This was {change.action}; only texts can be corrected now."
    return Fault(pointer=change.path, code="code_reused" if change.code_reused else "structural", detail=detail)


def _replaced(questionnaire: Questionnaire, texts: Sequence[TextCorrection]) -> Questionnaire:
    whole = msgspec.json.decode(msgspec.json.encode(questionnaire))
    faults = tuple(_faults(whole, texts))
    if faults:
        raise CorrectionInvalid(faults=faults)
    for one in texts:
        versions.find(whole, one.path)[one.language] = one.text
    return msgspec.convert(whole, Questionnaire)


def _faults(whole: object, texts: Sequence[TextCorrection]) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for number, one in enumerate(texts):
        at, place = f"/texts/{number}", versions.find(whole, one.path)
        if not isinstance(place, dict) or not {"nl", "en"} <= place.keys():
            detail = (
                "There is no text here. Name pages and questions by their key and answers by their code: "
                "/pages/vote/questions/VT_MAIN/options/2/label."
            )
            yield Fault(pointer=f"{at}/path", code="unknown_text", detail=detail)
        elif one.language not in place:
            detail = f"This text has no version in this language; it has {', '.join(place)}."
            yield Fault(pointer=f"{at}/language", code="unknown_language", detail=detail)
        if not one.text.strip():
            yield Fault(pointer=f"{at}/text", code="blank", detail="The text is empty; write the whole new text.")
        if (one.path, one.language) in seen:
            detail = "This text is corrected twice; keep one of the two."
            yield Fault(pointer=f"{at}/path", code="duplicate", detail=detail)
        seen.add((one.path, one.language))
